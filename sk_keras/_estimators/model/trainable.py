"""Which layers a fit trains: those that patterns or a function choose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from sk_keras._shared.keras_objects.custom import is_model
from sk_keras._shared.keras_objects.flags import flags_of, set_flags
from sk_keras._shared.keras_objects.layer_paths import (
    LayerPath,
    any_matches,
    counts_on_numbers,
    listed,
)
from sk_keras._shared.keras_objects.private_api.layers import own_weights
from sk_keras._shared.routing.did_you_mean import suggestion

MSG_KIND = (
    "trainable must be None, a pattern, a list of patterns, or a function of a layer. "
    "Got {got!r}."
)
MSG_NO_MATCH = (
    "trainable={pattern!r} matches no layer with weights. {hint}The layers with "
    "weights are {names}."
)
MSG_NUMBER = (
    "trainable={pattern!r} counts on the number in {path!r}. Keras gives such numbers "
    "to layers without names, and others in the next model. Give the layer a name, or "
    "trainable a function of a layer."
)
MSG_ANSWER = (
    "trainable must return True or False for a layer. For {path!r} it returned "
    "{answer!r}."
)


MSG_NOTHING = (
    "trainable={chosen!r} leaves nothing to train: all weights of the model would be "
    "frozen. The layers with weights are {names}."
)


def set_trainable(model: Any, chosen: Any, numbered: Mapping[str, str]) -> None:
    """Set the flags of a built model's layers: those that are chosen are trained.

    Parameters
    ----------
    model : keras.Model
    chosen : str, list of str or callable
        Shell patterns, of which a layer matches one by its name, its path, a
        stretch of that, or the name of a model that it is in. Or a function
        that is asked for each layer with weights.
    numbered : dict of str to str
        Names that Keras has made up, and what they are without their numbers.

    Raises
    ------
    TypeError
        If ``chosen`` is of another kind, or a function does not answer with a
        bool.
    ValueError
        If a pattern matches no layer with weights, depends on a number that
        Keras gave, or nothing is left to train.
    """
    parts = [part for part in _parts(model) if _weights(part)]
    if callable(chosen):
        trained = [part for part in parts if _answer(chosen, part)]
    else:
        trained = _matching(parts, _patterns(chosen), numbered)
    before = flags_of(model)
    _set(parts, trained, model)
    if not model.trainable_variables:
        set_flags(model, before)
        raise ValueError(MSG_NOTHING.format(chosen=chosen, names=listed(parts)))


def _parts(model: Any, outer: tuple[Any, ...] = ()) -> Iterator[LayerPath]:
    """Go through the layers of a model and of the models inside it."""
    yield LayerPath(outer or (model,))
    for layer in model.layers:
        inner = _inner_model(layer)
        if inner is None:
            yield LayerPath((*outer, layer))
        else:
            around = () if inner is layer else (layer,)
            yield from _parts(inner, (*outer, *around, inner))


def _inner_model(layer: Any) -> Any:
    """Return the model that a layer is or, as TimeDistributed may, wraps."""
    import keras

    inner = layer.layer if isinstance(layer, keras.layers.Wrapper) else layer
    return inner if is_model(inner) else None


def _weights(part: LayerPath) -> list[Any]:
    """List the weights that a layer's flag decides on; of a model, its own beside."""
    layer = part.layer
    return own_weights(layer) if is_model(layer) else layer.weights


def _patterns(chosen: Any) -> list[str]:
    patterns = [chosen] if isinstance(chosen, str) else chosen
    several = isinstance(patterns, list | tuple) and len(patterns) > 0
    if not several or not all(isinstance(pattern, str) for pattern in patterns):
        raise TypeError(MSG_KIND.format(got=chosen))
    return list(patterns)


def _matching(
    parts: list[LayerPath], patterns: list[str], numbered: Mapping[str, str]
) -> list[LayerPath]:
    """List the parts that match any pattern; each pattern has to match one."""
    trained = []
    for pattern in patterns:
        matched = [part for part in parts if any_matches(part.stretches(), pattern)]
        if not matched:
            known = {thing.name for part in parts for thing in part.chain}
            hint = suggestion(pattern.strip("*"), {*known, *(p.path for p in parts)})
            names = listed(parts)
            raise ValueError(
                MSG_NO_MATCH.format(pattern=pattern, hint=hint, names=names)
            )
        for part in parts:
            if counts_on_numbers(part.stretches, pattern, numbered):
                raise ValueError(MSG_NUMBER.format(pattern=pattern, path=part.path))
        trained += matched
    return trained


def _answer(chosen: Callable[[Any], Any], part: LayerPath) -> bool:
    answer = chosen(part.layer)
    if not isinstance(answer, bool | np.bool_):
        raise TypeError(MSG_ANSWER.format(path=part.path, answer=answer))
    return bool(answer)


def _set(parts: list[LayerPath], trained: list[LayerPath], model: Any) -> None:
    """Set flags; those of models first, for they reach all that is inside."""
    chosen = {id(part.layer) for part in trained}
    # A layer in several models opens all of them.
    reached = [part for part in parts if id(part.layer) in chosen]
    opened = {id(thing) for part in reached for thing in part.chain}
    containers = {id(c): c for part in parts for c in part.chain[:-1]}
    for container in (model, *containers.values()):
        if not container.trainable and (container is model or id(container) in opened):
            container.trainable = True
    for part in parts:
        flag = id(part.layer) in chosen
        if is_model(part.layer):
            for variable in _weights(part):
                variable.trainable = flag
        elif part.layer.trainable != flag:
            part.layer.trainable = flag
    for key, container in containers.items():
        if key not in opened and container.trainable:
            container.trainable = False
