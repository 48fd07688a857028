"""Which models and layers are somebody's already: estimators share no weights."""

from __future__ import annotations

import weakref
from typing import Any

MSG_SAME_MODEL = (
    "{builder} returned a model that it has returned before. Estimators that share a "
    "model would train each other's: make a new model in each call, or give the "
    "model itself, KerasClassifier(model), which is copied for each fit."
)
MSG_SAME_LAYER = (
    "{builder} returned a model with the layer {layer!r}, which is in a model that was "
    "returned before. Estimators that share weights would train each other's: make the "
    "layer anew in each call (keras.models.clone_model and set_weights copy a model). "
    "A shared layer has to be frozen in every model, layer.trainable = False."
)

#: Models that builders have returned.
_models: weakref.WeakSet[Any] = weakref.WeakSet()

#: Layers that are in them, and whether any of them trains its weights.
_layers: weakref.WeakKeyDictionary[Any, bool] = weakref.WeakKeyDictionary()


def claim_model(model: Any, builder: str) -> None:
    """Note a model as an estimator's own.

    Parameters
    ----------
    model : keras.Model
    builder : str
        For messages.

    Raises
    ------
    ValueError
        If it is another one's.
    """
    if model in _models:
        raise ValueError(MSG_SAME_MODEL.format(builder=builder))
    _models.add(model)


def claim_layers(model: Any, builder: str) -> None:
    """Note the layers of a built model as an estimator's own, frozen ones as anybody's.

    Parameters
    ----------
    model : keras.Model
    builder : str
        For messages.

    Raises
    ------
    ValueError
        If this model or one before trains a layer that both have.
    """
    layers = list(model._flatten_layers(include_self=False))
    trained = {id(layer): bool(layer.trainable_variables) for layer in layers}
    for layer in layers:
        if layer in _layers and (trained[id(layer)] or _layers[layer]):
            message = MSG_SAME_LAYER.format(builder=builder, layer=layer.name)
            raise ValueError(message)
    for layer in layers:
        _layers[layer] = trained[id(layer)]
