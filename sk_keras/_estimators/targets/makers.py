"""The codecs of a target: one, or one for each target of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from sk_keras._estimators.targets.classes import classes_by_key
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.label_codecs import (
    ElementwiseCodec,
    known_labels,
    label_codec,
    label_kind,
)
from sk_keras._estimators.targets.target_set import TargetSet
from sk_keras._estimators.targets.value_codec import ValueCodec
from sk_keras._shared.arrays.ragged import Ragged


def make_targets(y: Any, codec_of: Callable[[np.ndarray], TargetCodec]) -> TargetSet:
    """Make the codecs for a target: one, or one for each key of a dict.

    Parameters
    ----------
    y : array or dict of arrays
    codec_of : callable
        Makes the codec of one array.
    """
    if isinstance(y, Mapping):
        return TargetSet({key: codec_of(part) for key, part in y.items()}, "dict")
    return TargetSet({"": codec_of(y)}, "array")


def value_targets(y: Any) -> TargetSet:
    """Make the codecs for a regressor's target."""
    targets = make_targets(y, lambda part: ValueCodec(part.shape[1:]))
    if not isinstance(y, Mapping | Ragged) and y.ndim == 2:
        targets.by_column = partial(_value_columns, y.shape[1])
    return targets


def _value_columns(n_columns: int, widths: list[int]) -> list[TargetCodec]:
    if sum(widths) != n_columns:
        return []
    return [ValueCodec((width,) if width > 1 else ()) for width in widths]


def label_targets(y: Any, classes: Any = None) -> TargetSet:
    """Make the codecs for a classifier's target.

    Parameters
    ----------
    y : array or dict of arrays
    classes : array-like, or dict or list of them, default=None
        The labels that there are, where y may lack some: for each target of a
        dict or list, or for each column of labels; one for all else.

    Raises
    ------
    ValueError
        If y holds no labels, or the classes are not arranged as y.
    """
    if isinstance(y, Mapping):
        known = {} if classes is None else classes_by_key(classes, y)
        codecs = {k: _codec_in_dict(part, known.get(k)) for k, part in y.items()}
        elements = {
            key: ElementwiseCodec(known_labels(part, known.get(key)), part.shape[1:])
            for key, part in y.items()
            if part.ndim == 2 and not isinstance(part, Ragged)
        }
        return TargetSet(codecs, "dict", elements)
    if isinstance(classes, Mapping):
        raise ValueError("classes is a dict, but y is one array. Give a list.")
    if y.ndim == 2 and not isinstance(y, Ragged):
        return _matrix_targets(y, classes)
    return TargetSet({"": label_codec(y, classes)}, "array")


def _matrix_targets(y: np.ndarray, classes: Any) -> TargetSet:
    """Make the codecs of a matrix; the model decides what it is."""
    classes = None if classes is None else list(classes)
    several = classes is not None and np.ndim(classes[0]) > 0
    if several and len(classes) != y.shape[1]:
        raise ValueError(
            f"classes has {len(classes)} entries, but y has {y.shape[1]} columns."
        )
    every = np.concatenate(list(map(np.ravel, classes))) if several else classes
    elements = {"": ElementwiseCodec(known_labels(y, every), y.shape[1:])}
    each = list(classes) if several else [classes] * y.shape[1]
    columns = partial(_label_columns, y, each)
    if label_kind(y) == "multiclass-multioutput":
        codecs = {str(i): codec for i, codec in enumerate(columns([1] * y.shape[1]))}
        return TargetSet(codecs, "columns", elements)
    return TargetSet({"": label_codec(y)}, "array", elements, columns)


def _label_columns(
    y: np.ndarray, classes: list[Any], widths: list[int]
) -> list[TargetCodec]:
    if len(widths) != y.shape[1]:
        return []
    return [label_codec(*pair) for pair in zip(y.T, classes, strict=True)]


def _codec_in_dict(y: Any, classes: Any) -> TargetCodec:
    """Make the codec of a target beside others, whose columns have no outputs."""
    if label_kind(y) == "multiclass-multioutput":
        return ElementwiseCodec(known_labels(y, classes), y.shape[1:])
    return label_codec(y, classes)
