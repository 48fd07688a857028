"""What objects of Keras' own classes are made of, as a value that can be compared.

All that the code of Keras' own classes can read is in the attributes of their objects.
These are gone through, every one, and each has to be a plain value or again an object
of one of Keras' own classes. With anything else, a user's function, a subclass, a
method set on an object, there is no value: what code does cannot be told by looking at
it, and `NotPlain` is raised.
"""

from __future__ import annotations

import functools
import hashlib
import re
import sys
import types
from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sk_keras._shared.keras_objects.private_api.bookkeeping import (
    FLAT_LOSSES,
    exclusions,
    of_forward_pass,
    tracked_types,
    what_counts,
    without_names,
)
from sk_keras._shared.keras_objects.private_api.graphs import (
    calls_in,
    ends_of,
)
from sk_keras._training.programs.free_sizes import FreeSizes

#: Larger arrays are not compared.
MAX_ARRAY_BYTES = 2**24

#: Optimizers that never look at the name of a variable, but to leave out its decay.
_BLIND_TO_NAMES = frozenset(
    ("SGD", "RMSprop", "Adam", "AdamW", "Nadam", "Adamax", "Adagrad", "Adadelta")
    + ("Adafactor", "Ftrl", "Lamb", "Lion", "ScheduleFreeAdamW", "LossScaleOptimizer")
)

_SIMPLE = frozenset((type(None), bool, int, float, complex, str, bytes, type(...)))

#: What holds other things, with the kind that it is of.
_HOLDERS = {
    list: "list",
    tuple: "tuple",
    set: "set",
    frozenset: "set",
    dict: "dict",
    defaultdict: "dict",
    OrderedDict: "dict",
    **tracked_types(),
}

_PRINTED = (slice, range, np.dtype, tf.DType, tf.TensorShape)


#: What every object is made for that no strategy of distribution was chosen for.
_STRATEGY = type(tf.distribute.get_strategy())


class NotPlain(Exception):
    """Something that is no plain value, and of no class of Keras' own."""


class PlainValues:
    """Values of what belongs to one program, equal for what is traced alike.

    Parameters
    ----------
    variables : iterable of keras.Variable
        In the order in which the program takes them: they are told by their places.
    training : bool, default=True
        Whether the losses and metrics of a model count.
    free : FreeSizes or None, default=None
        Which sizes do not count.
    """

    def __init__(
        self,
        variables: Iterable[Any],
        *,
        training: bool = True,
        free: FreeSizes | None = None,
    ) -> None:
        self._places = {id(v): i for i, v in enumerate(variables)}
        self._training = training
        self._free = free or FreeSizes(None)
        self._seen: dict[int, int] = {}
        #: Places of classes and functions: each is looked at once.
        self._own: dict[int, str] = {}
        self._names: list[str] = []
        self._by_name = False

    def of(self, thing: Any) -> Hashable:
        """Return the value of an object.

        Parameters
        ----------
        thing : object
            A model, an optimizer, a layer. What was met before is referred to.

        Returns
        -------
        hashable
            Of tuples, strings and numbers.

        Raises
        ------
        NotPlain
            If there is something of which no such value can be given.
        """
        kind = type(thing)
        if kind in _SIMPLE:
            return (kind.__name__, repr(thing))  # 1, 1.0 and True are equal
        if kind in _HOLDERS:
            return self._held(_HOLDERS[kind], thing)
        if isinstance(thing, _PRINTED):
            return (kind.__name__, repr(thing))
        if isinstance(thing, np.generic | np.ndarray | tf.Tensor):
            return _array_value(thing)
        if isinstance(thing, re.Pattern):
            return ("pattern", thing.pattern, thing.flags)
        if isinstance(thing, type | types.FunctionType):
            return ("code", self._own_name(thing))
        if kind is functools.partial and not vars(thing):
            return ("partial", self.of([thing.func, thing.args, thing.keywords]))
        if kind is types.MethodType:
            return self._method(thing)
        if kind.__bases__ == (tuple,):  # one with names
            return ("tuple", kind.__name__, tuple(map(self.of, thing)))
        if id(thing) in self._seen:
            return ("seen", self._seen[id(thing)])
        self._seen[id(thing)] = len(self._seen)
        return self._object(kind, thing)

    def _own_name(self, thing: Any) -> str:
        if id(thing) not in self._own:
            self._own[id(thing)] = _own_name(thing)
        return self._own[id(thing)]

    def of_all(self, variables: Iterable[Any]) -> Hashable:
        """Return the values of what is set on variables: regularizers, flags."""
        return tuple(map(self._attributes, variables))

    def _held(self, kind: str, things: Any) -> Hashable:
        if kind == "dict":
            # The order of keys can be the order of outputs.
            pairs = [(self.of(key), self.of(item)) for key, item in things.items()]
            return (kind, tuple(pairs))
        values = map(self.of, things)
        return (kind, tuple(sorted(values, key=repr) if kind == "set" else values))

    def names(self, data: Any) -> tuple[str, ...]:
        """Return the names by which graphs that were met look inputs up in a dict.

        There are none where neither the data nor a call in a graph has a dict.
        """
        by_name = self._by_name or isinstance(data, Mapping)
        return tuple(self._names) if by_name else ()

    def _method(self, method: types.MethodType) -> Hashable:
        owner, name = method.__self__, method.__func__.__name__
        if getattr(type(owner), name, None) is not method.__func__:
            raise NotPlain(f"the method {name}")
        return ("method", name, self.of(owner))

    def _object(self, kind: type, thing: Any) -> Hashable:
        if kind is _STRATEGY:
            return ("one device",)
        name = self._own_name(kind)
        if kind is keras.KerasTensor:
            shape = self._free.of_tensor(thing)
            ragged = getattr(thing, "ragged", False)  # not before Keras 3.9
            return (name, repr((shape, thing.dtype, thing.sparse, ragged)))
        if kind is keras.random.SeedGenerator:
            return (name, self.of(thing.state))  # where it began does not matter
        if isinstance(thing, keras.initializers.Initializer):
            return ("initializer",)  # nor do the seeds that it holds
        if kind is keras.Variable:
            return (name, self._place(thing))
        more: tuple[Hashable, ...] = ()
        if isinstance(thing, keras.Function):
            more = self._graph(thing)
        elif isinstance(thing, keras.metrics.Metric):
            more = (thing.name,)  # logs have it
        elif isinstance(thing, keras.optimizers.Optimizer):
            more = (self._names_for(thing),)
        return (name, self._attributes(thing), *more)

    def _place(self, variable: Any) -> int:
        """Return the place of a variable among the arguments."""
        if id(variable) not in self._places:
            raise NotPlain(f"the variable {variable.path}, which is no argument")
        return self._places[id(variable)]

    def _attributes(self, thing: Any) -> Hashable:
        held = vars(thing)
        names = self._free.counted(thing, what_counts(held))
        if isinstance(thing, keras.Model) and not self._training:
            names = of_forward_pass(names)
        if "seed_generator" in held or "generator" in held:
            names = [name for name in names if name != "seed"]
        return tuple((name, self._attribute(name, held[name])) for name in names)

    def _attribute(self, name: str, value: Any) -> Hashable:
        # Logs are named after the outputs only where there are several.
        if name == "output_names" and value is not None and len(value) < 2:
            return None
        if name == FLAT_LOSSES and value is not None and len(value) < 2:
            value = without_names(value)
        return self.of(value)

    def _graph(self, graph: Any) -> tuple[Hashable, ...]:
        """Return the value of the calls that a graph of layers is made of."""
        inputs, outputs = ends_of(graph)
        parts: list[Any] = [inputs]
        for call in calls_in(graph):
            args, kwargs = call.arguments.args, call.arguments.kwargs
            parts += (call.operation, args, kwargs, call.outputs)
            self._by_name |= _has_mapping([*args, *kwargs.values()])
        if not isinstance(inputs, Mapping):
            self._names += [tensor.name for tensor in keras.tree.flatten(inputs)]
        return tuple(map(self.of, (*parts, outputs)))

    def _names_for(self, optimizer: Any) -> Hashable:
        """Return the names of all variables, if an optimizer goes by them."""
        excluded, names, variables = exclusions(optimizer)
        if excluded:
            raise NotPlain("variables that are excluded from weight decay")
        if type(optimizer).__name__ in _BLIND_TO_NAMES and not names:
            return ()
        return tuple(variable.path for variable in variables)


def _has_mapping(arguments: Any) -> bool:
    if isinstance(arguments, list | tuple):
        return any(map(_has_mapping, arguments))
    return isinstance(arguments, Mapping)


#: Symbolic tensors are of another class.
_TENSOR = type(tf.constant(0))


def _array_value(array: Any) -> Hashable:
    """Return the value of an array's shape, type and content."""
    kind = type(array)
    whole = kind is np.ndarray or isinstance(array, np.generic)
    if not whole and not (kind is _TENSOR and array.dtype.is_numpy_compatible):
        raise NotPlain(f"a {kind.__name__}")  # a masked array, say, holds more
    content = np.asarray(array)
    if content.dtype == object or content.nbytes > MAX_ARRAY_BYTES:
        raise NotPlain(f"an array of {content.nbytes} bytes")
    digest = hashlib.blake2b(np.ascontiguousarray(content).tobytes(), digest_size=16)
    return (kind.__name__, content.shape, str(content.dtype), digest.hexdigest())


# --- code ----------------------------------------------------------------------


def is_own(thing: Any) -> bool:
    """Tell whether a class or function is one of Keras' own."""
    try:
        return bool(_own_name(thing))
    except NotPlain:
        return False


def _own_name(thing: Any) -> str:
    """Return where a class or function is found in Keras or TensorFlow.

    Raises
    ------
    NotPlain
        If it is not found there, or if a part of the class was exchanged.
    """
    module, name = thing.__module__ or "", thing.__qualname__
    top = module.partition(".")[0]
    found: Any = sys.modules.get(module) if top in ("keras", "tensorflow") else None
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is not thing:
        raise NotPlain(f"{module}.{name}")
    if isinstance(thing, type) and top == "keras":
        for base in thing.__mro__:
            _check_unchanged(base)
    return f"{module}.{name}"


#: The functions of Keras' classes, as they were when they were first seen.
_functions: dict[type, dict[str, Any]] = {}


def _check_unchanged(cls: type) -> None:
    now = {
        name: v for name, v in vars(cls).items() if callable(v) or hasattr(v, "fget")
    }
    if _functions.setdefault(cls, now) != now:
        raise NotPlain(f"{cls.__name__}, of which a method was exchanged")
