"""Which arguments one call of a builder gets, and from whom."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sk_keras._estimators.parameters.builders import (
    DATA_FACTS,
    FILLED_BY_FACTS,
    builder_name,
    makes_itself,
)
from sk_keras._shared.routing.prefixes import routed_to
from sk_keras._shared.routing.signatures import argument_names

#: Parameters of the estimator that an argument of the same name seldom means.
_MEANT_OTHERWISE = ("trainable",)

MSG_NOBODY = (
    "{builder} has an argument {name!r} without a default, and nobody gives it. Give "
    "it as a parameter, {name}=..., or give the argument a default; {filled} are "
    "filled in by the estimator."
)


def builder_kwargs(
    builder: Callable[..., Any],
    *,
    given: Mapping[str, Any],
    facts: Mapping[str, Any],
    always: Mapping[str, Any],
    own: Mapping[str, Any],
    untouched: set[str],
) -> dict[str, Any]:
    """Collect the arguments that one call of the builder gets.

    Parameters
    ----------
    builder : callable
    given : dict
        What the user set for the builder; names with a ``model__`` prefix
        are meant for it where the estimator has a parameter of that name.
    facts : dict
        `DATA_FACTS`, for arguments without a default.
    always : dict
        ``meta`` and ``params``, wherever the builder names them.
        ``compile_kwargs`` are the `Recipe`'s to add.
    own : dict
        The estimator's parameters.
    untouched : set of str
        Those of them that stand at their defaults: a default of the builder
        comes before them.

    Raises
    ------
    ValueError
        If an argument without a default stays without a value.
    """
    routed = routed_to(given, "model")
    changed = {
        name: value
        for name, value in own.items()
        if name not in untouched and name not in _MEANT_OTHERWISE
    }
    # The first source that has a name gives its value.
    before_defaults = ChainMap(*map(dict, (routed, always, given, changed)))
    without_default = ChainMap(*before_defaults.maps, dict(own), dict(facts))
    arguments, takes_any = argument_names(builder)
    kwargs = {}
    for name, parameter in arguments.items():
        if name in FILLED_BY_FACTS and name not in routed and name not in always:
            continue
        required = parameter.default is parameter.empty
        source = without_default if required else before_defaults
        if name in source:
            kwargs[name] = source[name]
        elif required:
            filled = ", ".join((*DATA_FACTS, *FILLED_BY_FACTS))
            text = MSG_NOBODY.format(
                builder=builder_name(builder), name=name, filled=filled
            )
            raise ValueError(text)
    if takes_any:
        plain = {name: value for name, value in given.items() if "__" not in name}
        unasked = {} if makes_itself(builder) else always
        kwargs = {**plain, **routed, **unasked, **kwargs}
    return {name: _plain_number(value) for name, value in kwargs.items()}


def _plain_number(value: Any) -> Any:
    """Make Python's numbers of NumPy's, which searches give and Keras layers refuse."""
    if type(value) in (list, tuple):
        return type(value)(map(_plain_number, value))
    return value.item() if isinstance(value, np.generic) else value
