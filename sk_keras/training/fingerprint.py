"""What a traced program depends on, as a value that can be compared.

A graph that was traced for one model may run another one's variables only if
tracing that other one would have given the same graph. A fingerprint holds
everything that goes into a trace: configs of layers, losses, metrics and
optimizers without the names that Keras numbers; for classes and functions that
are not part of an installed package also their code, and what that code reads
from closures, defaults and globals. Something that cannot be compared raises
`CannotCompare`; such a model keeps its programs for itself.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import inspect
import sys
import sysconfig
import types
import warnings
from collections.abc import Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np
import tensorflow as tf

#: Larger arrays in closures and attributes are not compared.
MAX_ARRAY_BYTES = 2**24

#: Entries of a config that only say how variables begin.
_BEGINNINGS = ("_initializer", "initializer")


class CannotCompare(Exception):
    """Something that a trace depends on has no comparable value."""


class Fingerprint:
    """The parts of a model's fingerprint; programs take what they depend on.

    Parameters
    ----------
    model : keras.Model
        Built.

    Raises
    ------
    CannotCompare
        If there is something that cannot be compared.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self._tokens = _Tokens(model)

    @functools.cached_property
    def forward(self) -> Hashable:
        """What a forward pass depends on."""
        return (
            keras.config.floatx(),
            keras.config.image_data_format(),
            self._tokens.of(self.model),
            tuple(_variable(v) for v in self.model.variables),
        )

    @functools.cached_property
    def measuring(self) -> Hashable:
        """What the forward pass with loss and metrics depends on."""
        model = self.model
        compiled = dict(getattr(getattr(model, "_compile_config", None), "config", {}))
        compiled.pop("optimizer", None)
        several = isinstance(getattr(model, "output_names", None), list)
        names = list(model.output_names) if several else []
        return (
            self.forward,
            self._tokens.of(compiled),
            self._tokens.of(model.loss),
            model.jit_compile,
            # Logs are named after the outputs where there is more than one.
            tuple(names) if len(names) > 1 else (),
            tuple(_variable(v) for v in own_metrics_variables(model)),
        )

    @functools.cached_property
    def training(self) -> Hashable:
        """What a step of training depends on."""
        # A rate that is a number is kept in a variable, and not in here.
        optimizer = self.model.optimizer
        made = [] if optimizer is None else optimizer.variables
        return (
            self.measuring,
            self._tokens.of(optimizer),
            tuple(_variable(v) for v in made),
        )


def own_metrics_variables(model: Any) -> list[Any]:
    """List the variables of metrics that layers made, not ``compile``."""
    metrics = [m for layer in model._flatten_layers() for m in layer._metrics]
    return [v for metric in metrics for v in metric.variables]


def signature(data: Any) -> tuple[Hashable, Any]:
    """Describe a batch of arrays or tensors, but for the number of its rows.

    Returns
    -------
    key : hashable
    specs : the same structure of tensorflow.TensorSpec
    """
    specs = keras.tree.map_structure(
        lambda a: tf.TensorSpec((None, *a.shape[1:]), tf.as_dtype(a.dtype)), data
    )
    key = tuple(
        (path, spec.shape.as_list().__repr__(), spec.dtype.name)
        for path, spec in keras.tree.flatten_with_path(specs)
    )
    return (_structure(data), key), specs


def _structure(data: Any) -> Hashable:
    if isinstance(data, Mapping):
        return (dict, tuple((k, _structure(v)) for k, v in data.items()))
    if isinstance(data, list | tuple):
        return (type(data), tuple(_structure(v) for v in data))
    return None


def _variable(variable: Any) -> Hashable:
    return (
        tuple(variable.shape),
        str(variable.dtype),
        bool(variable.trainable),
        str(getattr(variable, "aggregation", None)),
    )


class _Tokens:
    """Turns objects into hashable values; equal ones for equal traces."""

    def __init__(self, model: Any) -> None:
        #: Names that Keras may have numbered, and the order in which they come.
        self._names = {layer.name for layer in model._flatten_layers()}
        self._numbers: dict[str, int] = {}
        self._seen: dict[int, int] = {}
        self._kept: list[Any] = []

    def of(self, thing: Any) -> Hashable:
        """Return the token of any object."""
        if thing is None or isinstance(thing, bool | int | float | complex | str):
            # 1, 1.0 and True are equal, and so are the zeros.
            return (type(thing), repr(thing))
        if isinstance(thing, bytes | enum.Enum | type(Ellipsis)):
            return (type(thing), thing)
        if isinstance(thing, slice | range):
            return (type(thing), repr(thing))
        if isinstance(thing, np.ndarray | np.generic | tf.Tensor):
            return self._array(thing)
        if isinstance(thing, np.dtype | tf.DType | tf.TensorShape):
            return (type(thing), str(thing))
        if isinstance(thing, keras.Variable | tf.Variable):
            return ("variable", _variable(thing))
        if isinstance(thing, type):
            return self._once(thing, self._class)
        if isinstance(thing, types.ModuleType):
            return thing
        if isinstance(thing, Mapping):
            return self._once(thing, self._mapping)
        if isinstance(thing, list | tuple):
            return self._once(thing, self._sequence)
        if isinstance(thing, set | frozenset):
            return (type(thing), frozenset(self.of(v) for v in thing))
        if isinstance(thing, keras.KerasTensor):
            return ("tensor", tuple(thing.shape), thing.dtype)
        if callable(thing) or _is_keras_object(thing) or hasattr(thing, "__dict__"):
            return self._once(thing, self._object)
        raise CannotCompare(f"a {type(thing).__name__}")

    def _once(self, thing: Any, token: Any) -> Hashable:
        """Refer to an object that was met before by its number."""
        if id(thing) in self._seen:
            return ("seen", self._seen[id(thing)])
        self._seen[id(thing)] = len(self._seen)
        self._kept.append(thing)  # so that no other object takes its id
        return token(thing)

    def _array(self, array: Any) -> Hashable:
        if isinstance(array, tf.Tensor) and not hasattr(array, "numpy"):
            raise CannotCompare("a symbolic tensor")
        array = np.asarray(array)
        if array.dtype == object or array.nbytes > MAX_ARRAY_BYTES:
            raise CannotCompare(f"an array of {array.nbytes} bytes")
        content = np.ascontiguousarray(array).tobytes()
        digest = hashlib.blake2b(content, digest_size=16).digest()
        return ("array", array.shape, str(array.dtype), digest)

    def _mapping(self, mapping: Mapping[Any, Any]) -> Hashable:
        # The order of keys can be the order of outputs.
        pairs = tuple((self.of(k), self.of(v)) for k, v in mapping.items())
        return ("mapping", pairs)

    def _sequence(self, items: list[Any] | tuple[Any, ...]) -> Hashable:
        # Keras and TensorFlow track lists in classes of their own.
        kind = "list" if isinstance(items, list) else "tuple"
        return (kind, tuple(self.of(item) for item in items))

    # --- functions and classes ----------------------------------------------

    def _object(self, thing: Any) -> Hashable:
        if isinstance(thing, types.MethodType):
            return ("method", self.of(thing.__func__), self.of(thing.__self__))
        if isinstance(thing, functools.partial):
            return (
                "partial",
                self.of(thing.func),
                self.of(thing.args),
                self.of(thing.keywords),
            )
        if isinstance(thing, types.FunctionType):
            return self._function(thing)
        if isinstance(thing, types.BuiltinFunctionType | np.ufunc):
            return thing
        if isinstance(thing, staticmethod | classmethod):
            return (type(thing), self.of(thing.__func__))
        if isinstance(thing, property):
            return ("property", self.of(thing.fget), self.of(thing.fset))
        if _is_keras_object(thing):
            return self._keras_object(thing)
        if is_installed(type(thing)):
            wrapped = getattr(thing, "python_function", None)  # a tf.function
            if inspect.isfunction(wrapped):
                return ("wrapped", type(thing), self.of(wrapped))
            if callable(thing) and getattr(thing, "__dict__", None) == {}:
                return thing
            raise CannotCompare(f"a {type(thing).__name__}")
        return ("object", self.of(type(thing)), self.of(dict(vars(thing))))

    def _function(self, function: types.FunctionType) -> Hashable:
        if is_installed(function) and function.__closure__ is None:
            return function
        return (
            "function",
            function.__code__,
            self.of(function.__defaults__),
            self.of(function.__kwdefaults__),
            tuple(self._cell(cell) for cell in function.__closure__ or ()),
            () if is_installed(function) else self._read_by(function),
            self.of(dict(vars(function))),
        )

    def _cell(self, cell: Any) -> Hashable:
        try:
            return self.of(cell.cell_contents)
        except ValueError:  # not yet filled
            return ("empty cell",)

    def _read_by(self, function: types.FunctionType) -> Hashable:
        """Return tokens of the globals that a function's code may read."""
        names = sorted(set(_names_in(function.__code__)))
        read: list[Hashable] = []
        for name in names:
            if name not in function.__globals__:
                continue
            value = function.__globals__[name]
            read.append((name, self.of(value)))
            if isinstance(value, types.ModuleType) and not is_installed(value):
                # A module of the user's: what may be read of it.
                inside = vars(value)
                read.extend((name, n, self.of(inside[n])) for n in names if n in inside)
        return tuple(read)

    def _class(self, cls: type) -> Hashable:
        if is_installed(cls):
            return cls
        # Parts of a class can be changed after it was made.
        own = {
            name: value
            for name, value in vars(cls).items()
            if name not in _CLASS_INTERNALS and not isinstance(value, _DESCRIPTORS)
        }
        bases = tuple(self.of(base) for base in cls.__bases__)
        return (cls, bases, self.of(own))

    # --- objects of Keras ---------------------------------------------------

    def _keras_object(self, thing: Any) -> Hashable:
        if isinstance(thing, keras.random.SeedGenerator):
            return ("seed generator",)  # its state is a variable
        if isinstance(thing, keras.layers.Layer):
            return self._layer(thing)
        parts = [self.of(type(thing)), self._config(thing)]
        if not isinstance(thing, keras.initializers.Initializer):
            parts.append(tuple(self._attributes(thing)))
        return tuple(parts)

    def _layer(self, layer: Any) -> Hashable:
        known = is_installed(type(layer))
        # A subclassed model or layer of the user's is what it holds; one that
        # is put together of inputs and outputs has those in its config only.
        has_topology = hasattr(layer, "inputs")
        config = self._config(layer) if known or has_topology else None
        inner = layer._flatten_layers(include_self=False, recursive=False)
        attributes = self._foreign(layer) if known else self._attributes(layer)
        return (
            self.of(type(layer)),
            layer.dtype_policy.name,
            bool(layer.trainable),
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
            # The rate is a variable, or else a schedule among the attributes.
            config.pop("learning_rate", None)
        if isinstance(thing, keras.optimizers.Optimizer | keras.losses.Loss):
            config.pop("name", None)  # logs are not named after it
        generators = keras.random.SeedGenerator
        if any(isinstance(value, generators) for value in vars(thing).values()):
            config.pop("seed", None)
        return self._anonymous(config)

    def _anonymous(self, value: Any) -> Hashable:
        """Return a config's token, with layers by number for layers by name."""
        if isinstance(value, Mapping):
            return tuple(
                (key, self._anonymous(item))
                for key, item in value.items()
                if not str(key).endswith(_BEGINNINGS)
            )
        if isinstance(value, list | tuple):
            return tuple(self._anonymous(item) for item in value)
        if isinstance(value, str) and value in self._names:
            return ("name", self._number(value))
        return self.of(value)

    def _number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

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

_CLASS_INTERNALS = frozenset(
    ("__dict__", "__weakref__", "__doc__", "__module__", "__abstractmethods__")
    + ("_abc_impl", "__firstlineno__", "__static_attributes__", "__annotations__")
)
_DESCRIPTORS = (
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.WrapperDescriptorType,
)


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
    layers = thing._flatten_layers() if isinstance(thing, keras.layers.Layer) else ()
    held = (value for item in (thing, *layers) for value in vars(item).values())
    if not any(getattr(value, "__name__", "") == "<lambda>" for value in held):
        return nullcontext()
    # Not for all: filters of warnings are not safe under threads.
    return warnings.catch_warnings(action="ignore", category=UserWarning)


def _is_known(thing: Any, name: str) -> bool:
    """Tell whether an attribute is of Keras' own making in every object."""
    if name.startswith("_self_") or name in _base_attributes(thing):
        return True  # TensorFlow's tracking; Keras' own business
    # Keras wraps an object's methods in functions, which it keeps on the object.
    return inspect.isroutine(vars(thing)[name]) and hasattr(type(thing), name)


def _names_in(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _names_in(const)


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
        keras.optimizers.Optimizer: frozenset(vars(optimizer)) - {"_learning_rate"},
        keras.metrics.Metric: frozenset(vars(keras.metrics.Metric(name="e"))),
        keras.losses.Loss: frozenset(vars(keras.losses.Loss(name="f"))),
    }


def _base_attributes(thing: Any) -> frozenset[str]:
    for kind, names in _plain_attributes().items():
        if isinstance(thing, kind):
            return names
    return frozenset()


_INSTALLED = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}
)


def is_installed(thing: Any) -> bool:
    """Tell whether a function, class or module comes with an installed package.

    Its code is then taken to stay as it is while the process runs.
    """
    if isinstance(thing, types.ModuleType):
        return _module_is_installed(thing.__name__)
    return _module_is_installed(getattr(thing, "__module__", None) or "")


@functools.lru_cache(1024)
def _module_is_installed(name: str) -> bool:
    top = name.split(".")[0]
    if top in sys.stdlib_module_names and top != "__main__":
        return True
    file = getattr(sys.modules.get(name), "__file__", None)
    return file is not None and file.startswith(_INSTALLED)
