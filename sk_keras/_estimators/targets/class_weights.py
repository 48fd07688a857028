"""Weights of classes as weights of samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils import compute_class_weight, compute_sample_weight

from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.label_codecs import MultilabelCodec
from sk_keras._shared.arrays.parts import parts_of


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


def weights_by_class(
    y: np.ndarray, class_weight: Any, codec: TargetCodec
) -> np.ndarray:
    """Return the weight of each sample, or of each element of a sequence."""
    if isinstance(codec, MultilabelCodec) or isinstance(class_weight, list):
        return weights_by_column(y, class_weight)
    y = codec.labels(y)
    # By all classes: those in this part of the data may be fewer.
    labels = y.ravel()
    classes = np.unique(labels) if isinstance(class_weight, str) else codec.classes
    by_class = compute_class_weight(class_weight, classes=classes, y=labels)
    weight = by_class[np.searchsorted(classes, labels)].reshape(y.shape)
    _check(by_class, class_weight)
    return weight


def weights_by_column(y: np.ndarray, class_weight: Any) -> np.ndarray:
    """Return the weight of each row of a matrix, the product over its columns."""
    weight = compute_sample_weight(class_weight, y)
    _check(weight, class_weight)
    return weight


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


def times(weight: np.ndarray, other: np.ndarray | None) -> np.ndarray:
    """Multiply weights; those with fewer axes count for all of the others' last."""
    if other is None:
        return weight
    wide, narrow = (weight, other) if weight.ndim >= other.ndim else (other, weight)
    return wide * narrow.reshape(narrow.shape + (1,) * (wide.ndim - narrow.ndim))
