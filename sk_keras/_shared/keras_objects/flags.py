"""Which of a model's layers are trained: flags, and patterns that set them.

Keras has a flag ``trainable`` on every layer and every variable. A layer is
named here by its path: the names of the models that it is in, and its own,
``base/block5_conv1``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Any

import numpy as np

from sk_keras._shared.routing.prefixes import suggestion

#: How many names a message lists.
MAX_LISTED = 40

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

#: Flags of the layers and of the variables, in the order in which a model has them.
Flags = tuple[tuple[bool, ...], tuple[bool, ...]]


def flags_of(model: Any) -> Flags:
    """Read the flags of a model's layers and variables.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    layers, variables : tuple of bool
    """
    layers = tuple(bool(layer.trainable) for layer in model._flatten_layers())
    return layers, tuple(bool(variable.trainable) for variable in model.variables)


def set_flags(model: Any, flags: Flags) -> bool:
    """Write flags that `flags_of` has read from a model of the same build.

    Returns
    -------
    bool
        Whether any of them was another one before.
    """
    before = flags_of(model)
    for layer, flag in zip(model._flatten_layers(), flags[0], strict=False):
        # The public attribute would set the flags of everything inside.
        layer._trainable = flag
    for variable, flag in zip(model.variables, flags[1], strict=False):
        variable.trainable = flag
    return flags_of(model) != before


@dataclass(frozen=True)
class Part:
    """A layer with weights of its own, as `set_trainable` goes through them.

    Attributes
    ----------
    chain : tuple of keras.Layer
        The models that the layer is in, without the whole one, and the layer:
        one that is no model, or a model, for weights beside those of its layers.
    """

    chain: tuple[Any, ...]

    @property
    def layer(self) -> Any:
        """The layer itself."""
        return self.chain[-1]

    @property
    def path(self) -> str:
        """Its name after those of the models that it is in."""
        return "/".join(thing.name for thing in self.chain)

    @property
    def variables(self) -> list[Any]:
        """The weights that its flag decides on."""
        layer = self.layer
        return layer._trainable_variables if _is_model(layer) else layer.weights

    def matches(self, pattern: str, renamed: Mapping[str, str] | None = None) -> bool:
        """Tell whether a pattern matches any stretch of the path.

        Parameters
        ----------
        pattern : str
        renamed : dict of str to str or None
            Other names for some.
        """
        names = [(renamed or {}).get(t.name, t.name) for t in self.chain]
        ends = combinations(range(len(names) + 1), 2)
        return any(fnmatchcase("/".join(names[i:j]), pattern) for i, j in ends)


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
    parts = [part for part in _parts(model) if part.variables]
    if callable(chosen):
        trained = [part for part in parts if _answer(chosen, part)]
    else:
        trained = _matching(parts, _patterns(chosen), numbered)
    before = flags_of(model)
    _set(parts, trained, model)
    if not model.trainable_variables:
        set_flags(model, before)
        raise ValueError(MSG_NOTHING.format(chosen=chosen, names=_listed(parts)))


def _parts(model: Any, outer: tuple[Any, ...] = ()) -> Iterator[Part]:
    """Go through the layers of a model and of the models inside it."""
    yield Part(outer or (model,))
    for layer in model.layers:
        inner = _inner_model(layer)
        if inner is None:
            yield Part((*outer, layer))
        else:
            around = () if inner is layer else (layer,)
            yield from _parts(inner, (*outer, *around, inner))


def _inner_model(layer: Any) -> Any:
    """Return the model that a layer is or, as TimeDistributed may, wraps."""
    import keras

    inner = layer.layer if isinstance(layer, keras.layers.Wrapper) else layer
    return inner if _is_model(inner) else None


def _is_model(layer: Any) -> bool:
    import keras

    return isinstance(layer, keras.Model)


def _patterns(chosen: Any) -> list[str]:
    patterns = [chosen] if isinstance(chosen, str) else chosen
    several = isinstance(patterns, list | tuple) and len(patterns) > 0
    if not several or not all(isinstance(pattern, str) for pattern in patterns):
        raise TypeError(MSG_KIND.format(got=chosen))
    return list(patterns)


def _answer(chosen: Callable[[Any], Any], part: Part) -> bool:
    answer = chosen(part.layer)
    if not isinstance(answer, bool | np.bool_):
        raise TypeError(MSG_ANSWER.format(path=part.path, answer=answer))
    return bool(answer)


def _matching(
    parts: list[Part], patterns: list[str], numbered: Mapping[str, str]
) -> list[Part]:
    """List the parts that match any pattern; each pattern has to match one."""
    trained = []
    for pattern in patterns:
        matched = [part for part in parts if part.matches(pattern)]
        if not matched:
            known = {thing.name for part in parts for thing in part.chain}
            hint = suggestion(pattern.strip("*"), {*known, *(p.path for p in parts)})
            names = _listed(parts)
            raise ValueError(
                MSG_NO_MATCH.format(pattern=pattern, hint=hint, names=names)
            )
        _check_numbers(parts, pattern, numbered)
        trained += matched
    return trained


def _check_numbers(
    parts: list[Part], pattern: str, numbered: Mapping[str, str]
) -> None:
    """Refuse a pattern that matches otherwise where Keras counts from elsewhere."""
    numbers = ("", "_7", "_77", "_777")
    others = [{name: stem + n for name, stem in numbered.items()} for n in numbers]
    others.append({})  # as they are now
    for part in parts:
        if len({part.matches(pattern, names) for names in others}) > 1:
            raise ValueError(MSG_NUMBER.format(pattern=pattern, path=part.path))


def _listed(parts: list[Part]) -> str:
    names = [part.path for part in parts]
    more = len(names) - MAX_LISTED
    return f"{names[:MAX_LISTED]}" + (f" and {more} more" if more > 0 else "")


def _set(parts: list[Part], trained: list[Part], model: Any) -> None:
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
        if _is_model(part.layer):
            for variable in part.variables:
                variable.trainable = flag
        elif part.layer.trainable != flag:
            part.layer.trainable = flag
    for key, container in containers.items():
        if key not in opened and container.trainable:
            container.trainable = False
