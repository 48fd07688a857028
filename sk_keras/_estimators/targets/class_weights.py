"""Weights of classes as weights of samples.

What weights are for the classes of a target is found once, of all rows in training; so
that "balanced" means the same for the rows of the validation set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils import compute_class_weight

from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.label_codecs import MultilabelCodec, OneHotCodec
from sk_keras._shared.arrays.parts import parts_of
from sk_keras._shared.arrays.ragged import Ragged


def refuse_balanced(class_weight: Any) -> None:
    """Raise if weights are to balance classes of which a part is known only."""
    each = [class_weight]
    if isinstance(class_weight, Mapping | list | tuple):
        each = parts_of(class_weight)
    if any(isinstance(one, str) and one == "balanced" for one in each):
        raise ValueError(
            "class_weight='balanced' cannot be known from a part of the data. Give a "
            "dict, sklearn.utils.class_weight.compute_class_weight makes one, or "
            "sample weights."
        )


def by_class(
    y: Any, class_weight: Any, codec: TargetCodec, mask: Any = None
) -> np.ndarray | None:
    """Find the weights of the classes of a target.

    Parameters
    ----------
    y : array or Ragged
        Checked, all rows in training.
    class_weight : "balanced", dict, list or None
        A list has one of these for each column of 0 and 1.
    codec : TargetCodec
    mask : array of bool of shape (n_samples, n_steps) or None, default=None
        Which steps count.

    Returns
    -------
    array of shape (n_classes,), or (n_labels, 2) for labels that can be true together
        In the order of the classes; of such a label what 0 and 1 weigh.

    Raises
    ------
    ValueError
        If weights are negative or no finite numbers, or nothing has any.
    """
    if class_weight is None:
        return None
    labels = codec.labels(y.values[None] if isinstance(y, Ragged) else y)
    if isinstance(codec, MultilabelCodec):
        weights = _of_columns(labels, class_weight)
        _check(weights[np.arange(len(weights)), labels.astype(int)], class_weight)
        return weights
    if isinstance(codec, OneHotCodec) and isinstance(class_weight, list):
        rows = np.eye(codec.n_classes)
        of_zero, of_one = _of_columns(rows[labels], class_weight).T
        # As in scikit-learn, the columns of a row multiply.
        return np.prod(np.where(rows, of_one, of_zero), axis=1)
    # By all classes: those in this part of the data may be fewer.
    if mask is not None and mask.shape == labels.shape[:2]:
        labels = labels[mask]
    values, classes = labels.ravel(), codec.classes
    balanced = isinstance(class_weight, str)
    there = np.unique(values) if balanced else classes
    weights = np.ones(len(classes))
    found = compute_class_weight(class_weight, classes=there, y=values)
    weights[np.searchsorted(classes, there)] = found
    _check(found, class_weight)
    return weights


def _of_columns(y: np.ndarray, class_weight: Any) -> np.ndarray:
    """Return what 0 and 1 weigh in each column."""
    each = [class_weight] * y.shape[1] if class_weight == "balanced" else class_weight
    if not isinstance(each, list | tuple) or len(each) != y.shape[1]:
        raise ValueError(
            f"y has {y.shape[1]} columns of 0 and 1, whose class_weight is 'balanced' "
            "or a list with one for each: 'balanced', None, or a dict of what 0 and 1 "
            f"weigh. Got {class_weight!r}."
        )
    weights = np.ones((y.shape[1], 2))
    for row, one, column in zip(weights, each, y.T, strict=True):
        there = np.unique(column) if isinstance(one, str) else np.array([0, 1])
        row[there.astype(int)] = compute_class_weight(one, classes=there, y=column)
    return weights


def weights_of_rows(y: Any, weights: np.ndarray | None, codec: TargetCodec) -> Any:
    """Return the weight of each row, or of each element or label of it.

    Parameters
    ----------
    y : array or Ragged
    weights : array or None
        As `by_class` gives them; None for rows that count once.
    codec : TargetCodec
    """
    if weights is None:
        return np.ones(len(y))
    if isinstance(y, Ragged):
        return Ragged(weights_of_rows(y.values[None], weights, codec)[0], y.splits)
    labels = codec.labels(y)
    if isinstance(codec, MultilabelCodec):
        return weights[np.arange(len(weights)), labels.astype(int)]
    return weights[np.searchsorted(codec.classes, labels)]


def _check(weight: np.ndarray, class_weight: Any) -> None:
    wrong = None
    if not np.isfinite(weight).all():
        wrong = "weights that are no finite numbers"
    elif weight.min() < 0:
        wrong = "negative weights"
    elif not weight.any():
        wrong = "every row weight zero"
    if wrong:
        raise ValueError(f"class_weight={class_weight!r} gives {wrong}.")


def times(weight: Any, other: Any) -> Any:
    """Multiply weights; those with fewer axes count for all of the others' last."""
    if other is None:
        return weight
    if isinstance(weight, Ragged) or isinstance(other, Ragged):
        return _times_of_steps(weight, other)
    wide, narrow = (weight, other) if weight.ndim >= other.ndim else (other, weight)
    return wide * narrow.reshape(narrow.shape + (1,) * (wide.ndim - narrow.ndim))


def _times_of_steps(weight: Any, other: Any) -> Ragged:
    rows = weight if isinstance(weight, Ragged) else other
    steps = [
        part.values if isinstance(part, Ragged) else np.repeat(part, rows.lengths)
        for part in (weight, other)
    ]
    return Ragged(times(*steps), rows.splits)
