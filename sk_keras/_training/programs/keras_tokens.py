"""Models, layers, losses, metrics and optimizers as values that can be compared."""

from __future__ import annotations

import functools
import inspect
import re
import warnings
from collections.abc import Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import FunctionType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sk_keras._shared.keras_objects.private_api.layers import all_layers
from sk_keras._shared.keras_objects.private_api.process_state import is_tracking
from sk_keras._shared.keras_objects.private_api.training import RATE
from sk_keras._training.programs.tokens import (
    CannotCompare,
    Tokens,
    array_token,
    is_installed,
)

#: Entries of a config that only say how variables begin.
_BEGINNINGS = ("_initializer", "initializer")

#: Entries of a config that hold names of layers.
_NAMING = ("name", "keras_history", "input_layers", "output_layers")

#: Attributes that every object of a kind has, and that no trace depends on; those
#: that begin with an underscore are left out as well.
_BOOKKEEPING = frozenset(
    ("name", "built", "call_signature_parameters", "compiled", "loss", "optimizer")
    + ("train_function", "test_function", "predict_function", "stop_training")
    + ("steps_per_execution", "unrolled_steps_per_execution", "history")
    + ("input_names", "output_names")
)


def variable_token(variable: Any) -> Hashable:
    """Return the token of a variable, whatever its value."""
    return (
        tuple(variable.shape),
        str(variable.dtype),
        bool(variable.trainable),
        str(getattr(variable, "aggregation", None)),
    )


class KerasTokens(Tokens):
    """Tokens of a model and of what belongs to it."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        #: Names that Keras has numbered, and the order in which they come.
        self._names = {part.name for part in _parts(model) if _is_numbered(part)}
        self._numbers: dict[str, int] = {}
        self._variables = {id(v): i for i, v in enumerate(model.variables)}

    def _known(self, thing: Any) -> Hashable | None:
        if isinstance(thing, keras.Variable | tf.Variable):
            return ("variable", self._variables.get(id(thing)), variable_token(thing))
        if isinstance(thing, keras.KerasTensor):
            return ("tensor", tuple(thing.shape), thing.dtype)
        if isinstance(thing, tf.Tensor):
            if not hasattr(thing, "numpy"):
                raise CannotCompare("a symbolic tensor")
            return array_token(thing)
        if isinstance(thing, tf.DType | tf.TensorShape):
            return (type(thing), str(thing))
        return self._keras_object(thing) if _is_keras_object(thing) else None

    def _keras_object(self, thing: Any) -> Hashable:
        if isinstance(thing, keras.random.SeedGenerator):
            return ("seed generator",)  # its state is a variable
        if isinstance(thing, keras.layers.Layer):
            return self._layer(thing)
        parts = [self.of(type(thing)), self._config(thing)]
        # Keras' own initializers hold a seed that they have drawn.
        initializer = isinstance(thing, keras.initializers.Initializer)
        if not (initializer and is_installed(type(thing))):
            parts.append(tuple(self._attributes(thing)))
        return (*parts, str(getattr(thing, "dtype", None)))

    def _layer(self, layer: Any) -> Hashable:
        known = is_installed(type(layer))
        # A subclassed model or layer of the user's is what it holds; one that
        # is put together of inputs and outputs has those in its config only.
        has_topology = hasattr(layer, "inputs")
        config = self._config(layer) if known or has_topology else None
        inner = all_layers(layer, include_self=False, recursive=False)
        attributes = self._foreign(layer) if known else self._attributes(layer)
        return (
            self.of(type(layer)),
            self._name(layer.name),
            layer.dtype_policy.name,
            (layer.trainable, layer.autocast, layer.supports_masking),
            config,
            tuple(self.of(item) for item in inner),
            tuple(attributes),
        )

    def _config(self, thing: Any) -> Hashable:
        try:
            with _unwarned(thing):
                config = dict(thing.get_config())
        except Exception as error:
            name = type(thing).__name__
            raise CannotCompare(f"{name} has no config ({error})") from error
        if isinstance(thing, keras.optimizers.Optimizer):
            # The rate is a variable, or else a schedule among the attributes,
            # where a wrapped optimizer is as well.
            config.pop("learning_rate", None)
            config.pop("inner_optimizer", None)
        if isinstance(thing, keras.optimizers.Optimizer | keras.losses.Loss):
            config.pop("name", None)  # logs are not named after it
        generators = keras.random.SeedGenerator
        if any(isinstance(value, generators) for value in vars(thing).values()):
            config.pop("seed", None)
        return self._anonymous(config)

    def _anonymous(self, value: Any, *, names: bool = False) -> Hashable:
        """Return a config's token, with numbered names by their order.

        Parameters
        ----------
        names : bool
            Whether strings are names of layers.
        """
        if isinstance(value, Mapping):
            return tuple(
                (key, self._anonymous(item, names=names or key in _NAMING))
                for key, item in value.items()
                if not str(key).endswith(_BEGINNINGS)
            )
        if isinstance(value, list | tuple):
            return tuple(self._anonymous(item, names=names) for item in value)
        return self._name(value) if names else self.of(value)

    def _name(self, name: Any) -> Hashable:
        if name not in self._names:
            return self.of(name)
        return ("name", self._numbers.setdefault(name, len(self._numbers)))

    def _attributes(self, thing: Any) -> Iterator[Hashable]:
        """Go through everything that a Keras object holds."""
        for name, value in vars(thing).items():
            if not _is_known(thing, name):
                yield (name, self.of(value))

    def _foreign(self, layer: Any) -> Iterator[Hashable]:
        """Go through what a layer of Keras' own holds besides its config.

        That is a user's functions and objects, which its config only names,
        and what it has learned by ``adapt``.
        """
        for name, value in vars(layer).items():
            if _is_known(layer, name):
                continue
            adapted = name in _ADAPTED and hasattr(layer, "adapt")
            tensor = isinstance(value, np.ndarray | tf.Tensor)
            foreign = _may_be_foreign(value) and not name.endswith(_BEGINNINGS)
            if adapted or tensor or foreign:
                yield (name, self.of(value))


#: What `adapt` learns in preprocessing layers, which is not in their configs.
_ADAPTED = ("bin_boundaries", "mean", "variance", "summary")


def _is_keras_object(thing: Any) -> bool:
    return any(
        base.__module__.startswith("keras.") and hasattr(base, "get_config")
        for base in type(thing).__mro__
    )


def _may_be_foreign(value: Any) -> bool:
    """Tell whether an attribute of a Keras object can hold a user's code."""
    if isinstance(value, list | tuple):
        return any(_may_be_foreign(item) for item in value)
    if isinstance(value, Mapping):
        return any(_may_be_foreign(item) for item in value.values())
    if isinstance(value, type):
        return False
    return inspect.isroutine(value) or _is_keras_object(value)


def _unwarned(thing: Any) -> AbstractContextManager[Any]:
    """Keep Keras from warning that lambdas in a config are hard to load."""
    layers = all_layers(thing) if isinstance(thing, keras.layers.Layer) else ()
    held = (value for item in (thing, *layers) for value in vars(item).values())
    functions = (value for value in held if isinstance(value, FunctionType))
    if not any(function.__name__ == "<lambda>" for function in functions):
        return nullcontext()
    # Not for all: filters of warnings are not safe under threads.
    return warnings.catch_warnings(action="ignore", category=UserWarning)


def _parts(model: Any) -> list[Any]:
    """List a model's layers, and the operations between them."""
    layers = all_layers(model)
    return layers + [o for layer in layers for o in getattr(layer, "operations", ())]


def _is_numbered(part: Any) -> bool:
    """Tell whether Keras made up a name: that of the class, and a number."""
    stem = re.sub(r"_\d+$", "", part.name)
    return stem.replace("_", "") == type(part).__name__.lower()


def _is_known(thing: Any, name: str) -> bool:
    """Tell whether an attribute is of Keras' own making in every object."""
    if is_tracking(name):
        return True
    if name in _base_attributes(thing) and (
        name.startswith("_") or name in _BOOKKEEPING
    ):
        return True
    # Keras wraps some methods in functions, which it keeps on the object.
    wrapped = getattr(vars(thing)[name], "__wrapped__", None)
    if wrapped is None:
        return False
    own = [vars(cls).get(name) for cls in type(thing).__mro__]
    return any(getattr(wrapped, "__func__", None) is f for f in own if f is not None)


@functools.cache
def _plain_attributes() -> Mapping[type, frozenset[str]]:
    """Name the attributes that every object of a kind has."""
    tensor = keras.Input((1,), name="x")
    models = (keras.Sequential(name="a"), keras.Model(tensor, tensor, name="b"))
    for model in models:
        model.compile(loss="mse")
    optimizer = keras.optimizers.Optimizer(0.1, name="c")
    return {
        keras.Model: frozenset(n for model in models for n in vars(model)),
        keras.layers.Layer: frozenset(vars(keras.layers.Layer(name="d"))),
        keras.optimizers.Optimizer: frozenset(vars(optimizer)) - {RATE},
        keras.metrics.Metric: frozenset(vars(keras.metrics.Metric(name="e"))),
        keras.losses.Loss: frozenset(vars(keras.losses.Loss(name="f"))),
    }


def _base_attributes(thing: Any) -> frozenset[str]:
    for kind, names in _plain_attributes().items():
        if isinstance(thing, kind):
            return names
    return frozenset()
