"""What counts as a model builder, and how it is called.

A builder is anything that can be called and gives a `keras.Model`. The
estimators accept more than that (names, model objects, a subclass' own
``__call__``); `resolve_builder` turns each of them into one callable whose
signature says which arguments it takes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sk_keras._shared.keras_objects.custom import is_layer, is_model, is_model_class
from sk_keras._shared.keras_objects.packing import copy_model
from sk_keras._shared.routing.did_you_mean import suggestion
from sk_keras._shared.routing.signatures import argument_names
from sk_keras._shared.serialization import tagged

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

MSG_KINDS = (
    "must be a function, a bound method, a functools.partial, an object or class "
    "with __call__, a keras.Model (object or subclass), the name of a ready "
    "builder, or None"
)


@tagged("given model")
@dataclass(frozen=True, eq=False)
class GivenModel:
    """A model that was given ready made, as a builder without arguments.

    Each call makes a copy with the weights of the original, which is never
    trained itself.
    """

    model: Any

    def __call__(self) -> Any:
        """Return a copy of the model, its weights and compilation."""
        return copy_model(self.model)

    def __deepcopy__(self, memo: Any) -> GivenModel:
        """Copy the model by our own means, which know its custom classes."""
        return GivenModel(self())


@tagged("given class")
@dataclass(eq=False)
class GivenClass:
    """A class that was given, whose objects build: one is made for each model.

    What its ``__call__`` takes is read from the class, so that asking for
    parameters makes no object.
    """

    cls: type

    def __post_init__(self) -> None:
        self.__qualname__ = getattr(self._call, "__qualname__", self.cls.__qualname__)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._call)

    @property
    def _call(self) -> Any:
        """The class' ``__call__``, bound to the class in place of an object of it."""
        call: Any = inspect.getattr_static(self.cls, "__call__")
        return call.__get__(self.cls, self.cls) if hasattr(call, "__get__") else call

    @property
    def origin(self) -> Any:
        """What two objects of the class have in common."""
        return getattr(self._call, "__func__", self._call)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make an object of the class, and have it build."""
        return self.cls()(*args, **kwargs)


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
        return _given_class(builder)
    if not callable(builder) or is_layer(builder):
        raise TypeError(f"model {MSG_KINDS}. Got {builder!r} instead.")
    return builder


def _given_class(cls: type) -> Callable[..., Any]:
    """Check that objects of a class can be made without arguments, and can build."""
    if "__call__" not in dir(cls):
        raise TypeError(f"model {MSG_KINDS}. Got the class {cls.__name__}.")
    try:
        inspect.signature(cls).bind()
    except ValueError:
        # A class without a signature is written in C: only an object tells its own.
        made: Callable[..., Any] = cls()
        return made
    except TypeError:
        cls()  # makes nothing: Python says best what its constructor lacks
    return GivenClass(cls)


def _ready(name: str) -> Callable[..., Any]:
    from sk_keras import models

    if name not in models.__all__:
        raise ValueError(
            f"There is no ready builder {name!r}. {suggestion(name, models.__all__)}"
            f"The ready builders are {sorted(models.__all__)}."
        )
    return getattr(models, name)


def is_ready(builder: Any) -> bool:
    """Tell whether a builder is one of `sk_keras.models`."""
    return str(getattr(builder, "__module__", "")).startswith("sk_keras.models")


def makes_itself(builder: Any) -> bool:
    """Tell whether the builder is a class, whose ``**kwargs`` are Keras' own."""
    return inspect.isclass(builder.func if isinstance(builder, partial) else builder)


def asks_compile_kwargs(builder: Any) -> bool:
    """Tell whether a builder takes what the model is compiled with."""
    arguments, takes_any = argument_names(builder)
    return "compile_kwargs" in arguments or (takes_any and not makes_itself(builder))


def same_builder(a: Any, b: Any) -> bool:
    """Tell whether two resolved builders are of the same origin.

    Model objects and classes are wrapped anew each time they are resolved.
    """
    if isinstance(a, GivenModel) or isinstance(b, GivenModel):
        return type(a) is type(b)
    return a == b or _origin(a) is _origin(b)


def _origin(builder: Any) -> Any:
    """Return the function of a bound method, whatever it is bound to."""
    if isinstance(builder, GivenClass):
        return builder.origin
    return getattr(builder, "__func__", builder)


def builder_name(builder: Any) -> str:
    """Name a builder for messages."""
    if isinstance(builder, GivenModel):
        return f"the given model {builder.model.name!r}"
    while isinstance(builder, partial):
        builder = builder.func
    name = getattr(builder, "__qualname__", None)
    return name if name else type(builder).__name__
