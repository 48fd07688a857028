"""The targets that y asks for: its form, and a codec for each target in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from sk_keras._estimators.targets.arrays import ColumnTargets, SingleTarget
from sk_keras._estimators.targets.base import Targets
from sk_keras._estimators.targets.classes import classes_by_key
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.element_codecs import (
    ElementwiseCodec,
    element_codec,
)
from sk_keras._estimators.targets.label_codecs import (
    LabelCodec,
    MultilabelCodec,
    OneHotCodec,
)
from sk_keras._estimators.targets.multi_output import KeyedTargets
from sk_keras._estimators.targets.value_codec import ValueCodec
from sk_keras._shared.arrays.ragged import Ragged


def make_targets(
    y: Any,
    codec_of: Callable[[Any], TargetCodec],
    *,
    container: str = "dict",
    names: tuple[str, ...] = (),
) -> Targets:
    """Make the targets of y: one, or one for each key of a dict.

    Parameters
    ----------
    y : array or dict of arrays
    codec_of : callable
        Makes the codec of one array.
    container : {"dict", "list", "ArrayDict"}
        What held a dict of targets.
    names : tuple of str
        Names of the columns of y, where it was a table.
    """
    if isinstance(y, Mapping):
        codecs = tuple(map(codec_of, y.values()))
        return KeyedTargets(codecs, keys=tuple(y), container=container)
    return SingleTarget((codec_of(y),), names=names)


def value_targets(y: Any, **held: Any) -> Targets:
    """Make the targets of a regressor; keywords as of `make_targets`."""
    return make_targets(y, lambda part: ValueCodec(part.shape[1:]), **held)


def label_targets(
    y: Any,
    classes: Any = None,
    *,
    container: str = "dict",
    names: tuple[str, ...] = (),
) -> Targets:
    """Make the targets of a classifier.

    Parameters
    ----------
    y : array or dict of arrays
    classes : array-like, or dict or list of them, default=None
        The labels that there are, where y may lack some: for each target of a
        dict or list, or for each column of labels; one for all else.
    container, names
        As in `make_targets`.

    Raises
    ------
    ValueError
        If y holds no labels, or the classes are not arranged as y.
    """
    if isinstance(y, Mapping):
        known = {} if classes is None else classes_by_key(classes, y)
        codecs = tuple(_codec_in_dict(part, known.get(k)) for k, part in y.items())
        elements: dict[str, TargetCodec] = {
            key: ElementwiseCodec(known_labels(part, known.get(key)), part.shape[1:])
            for key, part in y.items()
            if part.ndim == 2 and not isinstance(part, Ragged)
        }
        return KeyedTargets(
            codecs, keys=tuple(y), container=container, elements=elements
        )
    if isinstance(classes, Mapping):
        raise ValueError("classes is a dict, but y is one array. Give a list.")
    if y.ndim == 2 and not isinstance(y, Ragged):
        return _matrix_targets(y, classes, names)
    return SingleTarget((label_codec(y, classes),), names=names)


def _matrix_targets(y: np.ndarray, classes: Any, names: tuple[str, ...]) -> Targets:
    """Make the targets of a matrix; the model decides what it is."""
    classes = None if classes is None else list(classes)
    several = classes is not None and np.ndim(classes[0]) > 0
    if several and len(classes) != y.shape[1]:
        raise ValueError(
            f"classes has {len(classes)} entries, but y has {y.shape[1]} columns."
        )
    every = np.concatenate(list(map(np.ravel, classes))) if several else classes
    element = ElementwiseCodec(known_labels(y, every), y.shape[1:])
    elements = SingleTarget((element,), names=names)
    pairs = zip(y.T, classes if several else [classes] * y.shape[1], strict=True)
    if label_kind(y) == "multiclass-multioutput":
        codecs = tuple(label_codec(*pair) for pair in pairs)
        return ColumnTargets(codecs, names=names, elements=elements)
    # Columns of 0/1 are classes themselves, or hold labels each.
    if classes is None:
        labels = _labels_of_columns(y)
    else:
        labels = [known_labels(*pair) for pair in pairs]
    columns = tuple(map(LabelCodec, labels))
    whole = (label_codec(y),)
    return SingleTarget(whole, names=names, elements=elements, columns=columns)


def _labels_of_columns(y: np.ndarray) -> list[np.ndarray]:
    """List the labels of each column of few labels, all columns at once."""
    labels = np.unique(y)
    there = np.stack([(y == label).any(axis=0) for label in labels], axis=1)
    return [labels[row] for row in there]


def _codec_in_dict(y: Any, classes: Any) -> TargetCodec:
    """Make the codec of a target beside others, whose columns have no outputs."""
    if label_kind(y) == "multiclass-multioutput":
        return ElementwiseCodec(known_labels(y, classes), y.shape[1:])
    return label_codec(y, classes)


def label_kind(y: Any) -> str:
    """Name what a label array is, as sklearn does; refuse what is none."""
    if isinstance(y, Ragged):
        check_classification_targets(y.values.ravel())
        return "elementwise"
    if y.ndim > 2:
        return "elementwise"
    check_classification_targets(y)
    kind: str = type_of_target(y, input_name="y")
    if y.ndim == 2 and kind != "multilabel-indicator":
        return "multiclass-multioutput"
    return kind


def known_labels(y: Any, classes: Any) -> np.ndarray:
    """Return the labels that there are: those given, or else those of y."""
    if classes is not None:
        return np.unique(np.asarray(classes))
    return np.unique(y.values if isinstance(y, Ragged) else y)


def label_codec(y: Any, classes: Any = None) -> TargetCodec:
    """Make the codec for one output's labels.

    Parameters
    ----------
    y : array of shape (n_samples,) or (n_samples, ...)
    classes : array-like, default=None
        The labels that there are; None takes those of y. Columns of 0/1 are
        classes themselves.

    Raises
    ------
    ValueError
        If y holds no labels, or several columns of them.
    """
    kind = label_kind(y)
    labels = known_labels(y, classes)
    if kind == "elementwise":
        return element_codec(y, labels)
    if kind == "multilabel-indicator":
        # One-hot rows are labels of one class each.
        onehot = bool(np.all(y.sum(axis=1) == 1))
        return (OneHotCodec if onehot else MultilabelCodec)(y.shape[1], y.dtype.str)
    if kind == "multiclass-multioutput":
        raise ValueError(
            f"A target in a dict has shape {y.shape}: give each column its own key."
        )
    return LabelCodec(labels)
