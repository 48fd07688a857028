"""What counts as a model builder, and how it is called.

A builder is anything that can be called and gives a `keras.Model`. The
estimators accept more than that (names, model objects, a subclass' own
``__call__``); `resolve_builder` turns each of them into one callable whose
signature says which arguments it takes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from sk_keras._shared.keras_objects.custom import is_layer, is_model, is_model_class
from sk_keras._shared.keras_objects.packing import Packable, copy_model
from sk_keras._shared.routing.did_you_mean import suggestion
from sk_keras._shared.routing.prefixes import routed_to
from sk_keras._shared.routing.signatures import argument_names

#: Arguments that the estimator always fills itself.
FILLED_BY_FACTS = ("meta", "compile_kwargs", "params")

#: Arguments that it fills where they have no default.
DATA_FACTS = (
    "n_features_in",
    "input_shape",
    "n_outputs",
    "n_classes",
    "target_type",
    "vocabulary_size",
)

#: Parameters of the estimator that an argument of the same name seldom means.
_MEANT_OTHERWISE = ("trainable",)

MSG_KINDS = (
    "must be a function, a bound method, a functools.partial, an object or class "
    "with __call__, a keras.Model (object or subclass), the name of a ready "
    "builder, or None"
)


class GivenModel(Packable):
    """A model that was given ready made, as a builder without arguments.

    Each call makes a copy with the weights of the original, which is never
    trained itself.
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self) -> Any:
        """Return a copy of the model, its weights and compilation."""
        return copy_model(self.model)

    def __deepcopy__(self, memo: Any) -> GivenModel:
        """Copy the model by our own means, which know its custom classes."""
        return GivenModel(self())


def resolve_builder(
    model: Any, build_fn: Any = None, own: Callable[..., Any] | None = None
) -> Callable[..., Any]:
    """Turn the ``model`` parameter into a callable that builds.

    Parameters
    ----------
    model, build_fn : callable, class, keras.Model, str or None
        The parameter and its older alias; one of them at most.
    own : callable or None
        What a subclass defines itself; used where both are None. Without it,
        the ready builder "mlp" is.

    Returns
    -------
    builder : callable

    Raises
    ------
    TypeError
        If it is of no kind that can build.
    ValueError
        If both are given, or the name is not that of a ready builder.
    """
    if model is not None and build_fn is not None:
        raise ValueError(
            "Both model= and build_fn= were given. build_fn is the older name of "
            "model: give one of them."
        )
    builder = model if model is not None else build_fn
    if builder is None:
        builder = own if own is not None else "mlp"
    if isinstance(builder, str):
        return _ready(builder)
    if is_model(builder):
        return GivenModel(builder)
    if inspect.isclass(builder) and not is_model_class(builder):
        if "__call__" not in dir(builder):
            raise TypeError(f"model {MSG_KINDS}. Got the class {builder.__name__}.")
        made: Any = builder()
        return made.__call__
    if not callable(builder) or is_layer(builder):
        raise TypeError(f"model {MSG_KINDS}. Got {builder!r} instead.")
    return builder


def _ready(name: str) -> Callable[..., Any]:
    from sk_keras import models

    if name not in models.__all__:
        raise ValueError(
            f"There is no ready builder {name!r}. {suggestion(name, models.__all__)}"
            f"The ready builders are {sorted(models.__all__)}."
        )
    return getattr(models, name)


def _makes_itself(builder: Any) -> bool:
    """Tell whether the builder is a class, whose ``**kwargs`` are Keras' own."""
    return inspect.isclass(builder.func if isinstance(builder, partial) else builder)


def asks_compile_kwargs(builder: Any) -> bool:
    """Tell whether a builder takes what the model is compiled with."""
    arguments, takes_any = argument_names(builder)
    return "compile_kwargs" in arguments or (takes_any and not _makes_itself(builder))


def same_builder(a: Any, b: Any) -> bool:
    """Tell whether two resolved builders are of the same origin.

    Model objects and classes are wrapped anew each time they are resolved.
    """
    if isinstance(a, GivenModel) or isinstance(b, GivenModel):
        return type(a) is type(b)
    return a == b or getattr(a, "__func__", a) is getattr(b, "__func__", b)


def builder_name(builder: Any) -> str:
    """Name a builder for messages."""
    if isinstance(builder, GivenModel):
        return f"the given model {builder.model.name!r}"
    while isinstance(builder, partial):
        builder = builder.func
    name = getattr(builder, "__qualname__", None)
    return name if name else type(builder).__name__


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
    arguments, takes_any = argument_names(builder)
    kwargs: dict[str, Any] = {}
    for name, parameter in arguments.items():
        required = parameter.default is parameter.empty
        if f"model__{name}" in given:
            kwargs[name] = given[f"model__{name}"]
        elif name in FILLED_BY_FACTS:
            if name in always:
                kwargs[name] = always[name]
        elif name in given:
            kwargs[name] = given[name]
        elif name in own:
            meant = name not in untouched and name not in _MEANT_OTHERWISE
            if required or meant:
                kwargs[name] = own[name]
        elif name in facts and required:
            kwargs[name] = facts[name]
        elif required:
            raise ValueError(
                f"{builder_name(builder)} has an argument {name!r} without a default, "
                f"and nobody gives it. Give it as a parameter, {name}=..., or give the "
                f"argument a default; {', '.join((*DATA_FACTS, *FILLED_BY_FACTS))} are "
                "filled in by the estimator."
            )
    if takes_any and not _makes_itself(builder):
        kwargs = {**always, **kwargs}
    if takes_any:
        rest = {k: v for k, v in given.items() if "__" not in k}
        rest.update(routed_to(given, "model"))
        kwargs = {**rest, **kwargs}
    # Searches over arrays give NumPy's numbers, which Keras layers refuse.
    return {k: v.item() if isinstance(v, np.generic) else v for k, v in kwargs.items()}
