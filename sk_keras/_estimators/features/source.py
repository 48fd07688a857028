"""The part of a model that features come from."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from sk_keras._estimators.base.fitting import BaseKerasEstimator
from sk_keras._estimators.features.applications import (
    build_application,
    check_images,
    check_name,
    preprocessing_of,
)
from sk_keras._estimators.features.layer_outputs import (
    model_before_head,
    model_to_layer,
)
from sk_keras._shared.keras_objects.custom import is_model
from sk_keras._shared.keras_objects.packing import copy_model
from sk_keras._shared.warn import warn

MSG_MODEL = (
    "model must be the name of a model in keras.applications, a keras.Model, or a "
    "fitted estimator of sk_keras. Got {got!r}."
)
MSG_WEIGHTS = (
    "weights={weights!r} is for the models of keras.applications, which are given by "
    "name. A {cls} has weights already: leave weights out."
)
MSG_LAYER = "layer must be a name, a pattern, an index or None. Got {got!r}."
MSG_NO_WEIGHTS = (
    "The model {name!r} is not built: it has no weights yet. Give it an Input layer, "
    "call it on data, or train it."
)
MSG_INPUT = (
    "The model {name!r} takes inputs of shape {model}, but X has shape {data}. Resize "
    "or reshape X, or give a model for such inputs."
)
MSG_RANGE = (
    "{name} expects pixels from 0 to 255, which it prepares by itself, and X has "
    "values from {low:g} to {high:g}. Give the pixels as they are in the files, or set "
    "preprocess=False."
)
MSG_ONE_ARRAY = (
    "The model {name!r} is a {cls}, whose inputs are not known. For such a model X has "
    "to be one array."
)


def check_source(model: Any, layer: Any, weights: Any) -> None:
    """Check what the constraints of single parameters do not tell.

    Raises
    ------
    TypeError
        If a model is no name, model or estimator, or a layer is a bool.
    ValueError
        If there is no model of that name, a model has no weights yet, or is given
        some that it cannot take.
    NotFittedError
        If it is an estimator that is not fitted.
    """
    if isinstance(layer, bool | np.bool_):
        raise TypeError(MSG_LAYER.format(got=layer))
    if isinstance(model, str):
        check_name(model)
        return
    source = unfrozen(model)
    if not is_model(source) and not isinstance(source, BaseKerasEstimator):
        raise TypeError(MSG_MODEL.format(got=model))
    if not (isinstance(weights, str) and weights == "imagenet"):
        raise ValueError(MSG_WEIGHTS.format(weights=weights, cls=type(source).__name__))
    if not is_model(source):
        check_is_fitted(source)
    elif not source.built:
        raise ValueError(MSG_NO_WEIGHTS.format(name=source.name))


def part_of(
    model: Any, layer: str | int | None, weights: Any, preprocess: bool, X: Any
) -> tuple[Any, Callable[[Any], Any] | None]:
    """Copy a model up to a layer.

    Parameters
    ----------
    model : str, keras.Model or fitted estimator
    layer : str, int or None
    weights : "imagenet", None or path
    preprocess : bool
    X : array, CSR matrix or Ragged, or a dict or list of them
        Checked.

    Returns
    -------
    part : keras.Model
        Shares nothing with what was given.
    prepare : callable or None
        To be applied to X.
    """
    numbered: Mapping[str, str] = {}
    prepare = None
    if isinstance(model, str):
        _check_pixels(model, X, preprocess)
        part, numbered = build_application(model, weights, tuple(X.shape[1:]))
        prepare = preprocessing_of(model) if preprocess else None
    elif is_model(unfrozen(model)):
        part = copy_model(unfrozen(model))
    else:
        estimator = copy.deepcopy(unfrozen(model))
        part, numbered = estimator.model_, estimator._made.made_up_names
        if layer is None:
            part = model_before_head(part)
    if layer is not None:
        part = model_to_layer(part, layer, numbered)
    _check_shape(part, X, name_of(model))
    return part, prepare


def _check_pixels(name: str, X: Any, preprocess: bool) -> None:
    """Check that X is color images, and warn where they seem to be scaled."""
    check_images(name, tuple(getattr(X, "shape", ())))
    low, high = float(X.min()), float(X.max())
    if preprocess and (low < 0 or high > 255 or 0 < high <= 1):
        text = MSG_RANGE.format(name=name, low=low, high=high)
        warn(text)


def _check_shape(part: Any, X: Any, name: str) -> None:
    """Compare X with the inputs of a model, if there is but one."""
    inputs = getattr(part, "inputs", None)
    if inputs is None and isinstance(X, dict | list):
        raise ValueError(MSG_ONE_ARRAY.format(name=name, cls=type(part).__name__))
    if inputs is None or isinstance(X, dict | list) or len(inputs) > 1:
        return
    wanted, found = tuple(inputs[0].shape)[1:], tuple(X.shape)[1:]
    fits = len(wanted) == len(found) and all(
        w is None or w == f for w, f in zip(wanted, found, strict=True)
    )
    if not fits:
        taken, given = (None, *wanted), ("n_samples", *found)
        raise ValueError(MSG_INPUT.format(name=name, model=taken, data=given))


def unfrozen(model: Any) -> Any:
    """Return what a FrozenEstimator holds, and anything else as it is."""
    return model.estimator if isinstance(model, FrozenEstimator) else model


def rows_of_list(model: Any, X: Any) -> int | None:
    """Count the rows of X if it is a list with an array for each input of a model."""
    source = unfrozen(model)
    source = source if is_model(source) else getattr(source, "model_", None)
    inputs = getattr(source, "inputs", None) or []
    several = isinstance(X, list | tuple) and len(X) == len(inputs) > 1
    return len(X[0]) if several and hasattr(X[0], "__len__") else None


def name_of(model: Any) -> str:
    """Name a model in messages."""
    source = unfrozen(model)
    if isinstance(source, str):
        return source
    return str(source.name) if is_model(source) else type(source).__name__
