"""Weights of classes as weights of samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils import compute_class_weight, compute_sample_weight

from sk_keras._estimators.inputs.checked_rows import CheckedRows
from sk_keras._estimators.targets.bound_targets import BoundTargets
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.label_codecs import (
    IndicatorCodec,
    LabelCodec,
    OneHotCodec,
)
from sk_keras._shared.arrays.parts import parts_of
from sk_keras._shared.arrays.ragged import Ragged


def weighted(
    checked: CheckedRows, class_weight: Any, targets: BoundTargets
) -> CheckedRows:
    """Multiply the weights of rows with those of their classes.

    Parameters
    ----------
    checked : CheckedRows
    class_weight : "balanced", dict, list or None
        For several targets in a dict or list one of these for each, or
        "balanced" for all.
    targets : BoundTargets

    Raises
    ------
    ValueError
        If a name is that of no target, or weights are negative or all zero.
    """
    if class_weight is None:
        return checked
    if any(isinstance(part, Ragged) for part in parts_of(checked.y)):
        raise ValueError(
            "class_weight cannot weigh steps where the rows of y are of unequal "
            "length. Give sample_weight, or targets of one length."
        )
    if isinstance(checked.y, dict):
        return replace(checked, weight=_by_target(checked, class_weight, targets))
    several = targets.form == "columns"
    own = _of(checked.y, class_weight, targets.codecs[0], several=several)
    return replace(checked, weight=_times(own, checked.weight))


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


def _by_target(
    checked: CheckedRows, class_weight: Any, targets: BoundTargets
) -> dict[str, np.ndarray]:
    if isinstance(class_weight, list | tuple):
        if checked.container is not list or len(class_weight) != len(checked.y):
            raise ValueError(
                f"class_weight is a list of {len(class_weight)}, but the targets are "
                f"{_described(checked)}. Give 'balanced', or the class weights of each "
                "target as y has the targets."
            )
        class_weight = {str(i): each for i, each in enumerate(class_weight)}
    each = dict.fromkeys(checked.y, class_weight)
    if isinstance(class_weight, Mapping):
        unknown = sorted(map(str, set(class_weight) - set(checked.y)))
        if unknown:
            raise ValueError(
                f"class_weight has the keys {unknown}, but the targets are "
                f"{sorted(checked.y)}. Give 'balanced', or a dict with the class "
                "weights of each target."
            )
        each = {name: class_weight.get(name) for name in checked.y}
    codecs = dict(zip(targets.keys, targets.codecs, strict=True))
    weights = {}
    for name, y in checked.y.items():
        given = checked.weight
        given = given[name] if isinstance(given, dict) else given
        own = np.ones(len(y))
        if each[name] is not None:
            own = _of(y, each[name], codecs[name], several=False)
        weights[name] = _times(own, given)
    return weights


def _described(checked: CheckedRows) -> str:
    if checked.container is list:
        return f"a list of {len(checked.y)}"
    return f"a dict with the keys {list(checked.y)}"


def _of(
    y: np.ndarray, class_weight: Any, codec: TargetCodec, *, several: bool
) -> np.ndarray:
    """Return the weight of each sample, or of each element of a sequence."""
    if isinstance(codec, OneHotCodec) and not isinstance(class_weight, list):
        y, codec = y.argmax(axis=1), LabelCodec(codec.classes)
    balanced = isinstance(class_weight, str)
    columns = isinstance(codec, IndicatorCodec) or isinstance(class_weight, list)
    if several or columns:
        weight = compute_sample_weight(class_weight, y)
        by_class = weight
    else:
        # By all classes: those in this part of the data may be fewer.
        labels = y.ravel()
        classes = np.unique(labels) if balanced else codec.classes
        by_class = compute_class_weight(class_weight, classes=classes, y=labels)
        weight = by_class[np.searchsorted(classes, labels)].reshape(y.shape)
    if by_class.min() < 0 or not by_class.any():
        wrong = "negative weights" if by_class.min() < 0 else "every row weight zero"
        raise ValueError(f"class_weight={class_weight!r} gives {wrong}.")
    return weight


def _times(weight: np.ndarray, other: np.ndarray | None) -> np.ndarray:
    if other is None:
        return weight
    wide, narrow = (weight, other) if weight.ndim >= other.ndim else (other, weight)
    return wide * narrow.reshape(narrow.shape + (1,) * (wide.ndim - narrow.ndim))
