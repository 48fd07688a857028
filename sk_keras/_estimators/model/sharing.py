"""Models and layers that more than one estimator would train."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sk_keras._shared.keras_objects.flags import Flags
from sk_keras._shared.keras_objects.private_api.layers import all_layers, own_weights

MSG_SAME_MODEL = (
    "{builder} returned a model that it has returned before. Estimators that share a "
    "model would train each other's: make a new model in each call, or give the "
    "model itself, KerasClassifier(model), which is copied for each fit."
)
MSG_SAME_LAYER = (
    "{builder} put the layer {layer!r} into more than one model, and one of them "
    "trains it, so that it would change under the others. Make it in the builder, "
    "freeze it in all of them (trainable=...), or give the whole model, "
    "KerasClassifier(model), which is copied for each fit."
)

MSG_FROZEN = (
    "{builder} put the layer {layer!r} into its model, and trainable=... of another "
    "estimator has frozen it, so that trainable=None would not train what the builder "
    "left open. Say here what is trained, trainable=..., make the layer in the "
    "builder, or give the whole model, KerasClassifier(model), which is copied for "
    "each fit."
)

MSG_OVERWRITE = (
    "{builder} put the layer {layer!r}, which other estimators use, into a model that "
    "was saved with other weights in it. To load them would change the others: have "
    "the builder give its base the same weights in each process, or make it anew in "
    "each call, or give the whole model, KerasClassifier(model), which is copied for "
    "each fit."
)

#: Models that are somebody's already.
_models: WeakSet[Any] = WeakSet()

#: The models that a layer is in.
_users: WeakKeyDictionary[Any, WeakSet[Any]] = WeakKeyDictionary()

#: Layers that have been trained.
_trained: WeakSet[Any] = WeakSet()

#: Layers that an estimator has frozen, and not their builder.
_frozen: WeakSet[Any] = WeakSet()


def claim_model(model: Any, builder: str) -> None:
    """Take a model for an estimator.

    Raises
    ------
    ValueError
        If it is another one's.
    """
    if model in _models:
        raise ValueError(MSG_SAME_MODEL.format(builder=builder))
    _models.add(model)


def claim_layers(model: Any, builder: str) -> None:
    """Take the layers of a model, for training where they are not frozen.

    Several models may have a frozen layer in common: a large base need not be
    in memory twice.

    Raises
    ------
    ValueError
        If a layer is in another model, and one of the two trains it.
    """
    layers = all_layers(model, include_self=False)
    trains = [any(v.trainable for v in own_weights(one)) for one in layers]
    for layer, is_open in zip(layers, trains, strict=True):
        others = set(_users.get(layer, ())) - {model}
        was_trained = layer in _trained and model not in _users.get(layer, ())
        if was_trained or (is_open and others):
            raise ValueError(MSG_SAME_LAYER.format(builder=builder, layer=layer.name))
    for layer, is_open in zip(layers, trains, strict=True):
        _users.setdefault(layer, WeakSet()).add(model)
        if is_open:
            _trained.add(layer)


def note_frozen(model: Any, before: Flags) -> None:
    """Keep in mind which layers were not frozen by their builder.

    Parameters
    ----------
    model : keras.Model
    before : Flags
        As they were before the estimator set them.
    """
    layers = all_layers(model)
    for layer, was_open in zip(layers, before[0], strict=False):
        if was_open and not layer.trainable:
            _frozen.add(layer)


def refuse_frozen(model: Any, builder: str) -> None:
    """Refuse a new model whose flags are not its builder's alone.

    Raises
    ------
    ValueError
        If another estimator has frozen a layer of it.
    """
    for layer in all_layers(model, include_self=False):
        if layer in _frozen and not layer.trainable:
            raise ValueError(MSG_FROZEN.format(builder=builder, layer=layer.name))


def refuse_overwrite(model: Any, arrays: Sequence[Any], builder: str) -> None:
    """Refuse to load a model whose weights are others in a model that shares them.

    Parameters
    ----------
    model : keras.Model
        Made anew.
    arrays : sequence of numpy.ndarray
        The saved values of its variables.

    Raises
    ------
    ValueError
        If a layer is in another model, and has other weights there.
    """
    saved = dict(zip(map(id, model.variables), arrays, strict=False))
    for layer in all_layers(model, include_self=False):
        differs = any(
            id(v) in saved and not _same(v.numpy(), saved[id(v)]) for v in layer.weights
        )
        if differs and _others(layer, model):
            raise ValueError(MSG_OVERWRITE.format(builder=builder, layer=layer.name))


def _same(weight: Any, saved: Any) -> bool:
    # NaN is the same as NaN; other shapes are another error.
    return weight.shape != saved.shape or weight.tobytes() == saved.tobytes()


def _others(layer: Any, model: Any) -> set[Any]:
    """List the other models that a layer is in, and that are still in use."""
    if len(_users.get(layer, ())) > 1:
        gc.collect()  # models refer to themselves
    return set(_users.get(layer, ())) - {model}
