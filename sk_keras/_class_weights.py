"""Weights of classes as weights of samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils import compute_class_weight, compute_sample_weight

from sk_keras._samples import Sample
from sk_keras._target_set import BoundTargets


def weighted(sample: Sample, class_weight: Any, targets: BoundTargets) -> Sample:
    """Multiply the weights of a sample with those of its classes.

    Parameters
    ----------
    sample : Sample
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
        return sample
    if isinstance(sample.y, dict):
        return replace(sample, weight=_by_target(sample, class_weight, targets))
    classes = targets.codecs[0].classes
    own = _of(sample.y, class_weight, classes, several=targets.form == "columns")
    return replace(sample, weight=_times(own, sample.weight))


def _by_target(
    sample: Sample, class_weight: Any, targets: BoundTargets
) -> dict[str, np.ndarray]:
    if sample.container is list and isinstance(class_weight, list | tuple):
        class_weight = {str(i): each for i, each in enumerate(class_weight)}
    each = dict.fromkeys(sample.y, class_weight)
    if isinstance(class_weight, Mapping):
        unknown = sorted(map(str, set(class_weight) - set(sample.y)))
        if unknown:
            raise ValueError(
                f"class_weight has the keys {unknown}, but the targets are "
                f"{sorted(sample.y)}. Give 'balanced', or a dict with the class "
                "weights of each target."
            )
        each = {name: class_weight.get(name) for name in sample.y}
    classes = dict(zip(targets.keys, (c.classes for c in targets.codecs), strict=True))
    weights = {}
    for name, y in sample.y.items():
        given = sample.weight
        given = given[name] if isinstance(given, dict) else given
        own = np.ones(len(y))
        if each[name] is not None:
            own = _of(y, each[name], classes[name], several=False)
        weights[name] = _times(own, given)
    return weights


def _of(y: np.ndarray, class_weight: Any, classes: Any, *, several: bool) -> np.ndarray:
    """Return the weight of each sample, or of each element of a sequence."""
    matrix = y.ndim == 2 and (several or len(classes) == y.shape[1])
    if matrix or (y.ndim == 2 and isinstance(class_weight, list)):
        weight = compute_sample_weight(class_weight, y)
    else:
        # By all classes: those in this part of the data may be fewer.
        labels = y.ravel()
        if class_weight == "balanced":
            classes = np.unique(labels)
        by_class = compute_class_weight(class_weight, classes=classes, y=labels)
        weight = by_class[np.searchsorted(classes, labels)].reshape(y.shape)
    if weight.min() < 0 or not weight.any():
        wrong = "negative weights" if weight.min() < 0 else "every row weight zero"
        raise ValueError(f"class_weight={class_weight!r} gives {wrong}.")
    return weight


def _times(weight: np.ndarray, other: np.ndarray | None) -> np.ndarray:
    if other is None:
        return weight
    wide, narrow = (weight, other) if weight.ndim >= other.ndim else (other, weight)
    return wide * narrow.reshape(narrow.shape + (1,) * (wide.ndim - narrow.ndim))
