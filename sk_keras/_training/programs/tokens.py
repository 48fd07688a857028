"""Objects, functions and classes as values that can be compared.

Two functions have equal tokens if their code is equal, and what it reads from
defaults, closures and globals; two objects if all that they hold is equal. Of
installed packages, functions and classes are themselves.
"""

from __future__ import annotations

import dis
import enum
import functools
import hashlib
import inspect
import sys
import sysconfig
import types
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, cast

import numpy as np

#: Larger arrays in closures and attributes are not compared.
MAX_ARRAY_BYTES = 2**24


class CannotCompare(Exception):
    """Something has no value that could be compared."""


class Tokens(ABC):
    """Turns objects into hashable values: equal ones for equal behaviour.

    Subclasses know about further kinds of objects.
    """

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._kept: list[Any] = []

    @abstractmethod
    def _known(self, thing: Any) -> Hashable | None:
        """Return the token of an object of a known kind, None for all others."""

    def of(self, thing: Any) -> Hashable:
        """Return the token of any object."""
        if isinstance(thing, enum.Enum):
            return (type(thing), thing)
        if isinstance(thing, _BUILTIN) and not is_installed(type(thing)):
            raise CannotCompare(f"a {type(thing).__name__}, which may hold more")
        if thing is None or isinstance(thing, bool | int | float | complex | str):
            # 1, 1.0 and True are equal, and so are the zeros.
            return (type(thing), repr(thing))
        if isinstance(thing, bytes | type(Ellipsis)):
            return (type(thing), thing)
        if isinstance(thing, slice | range):
            return (type(thing), repr(thing))
        if isinstance(thing, np.ndarray | np.generic):
            return array_token(thing)
        if isinstance(thing, np.dtype):
            return (type(thing), str(thing))
        if isinstance(thing, type):
            return self._once(thing, self._class)
        if isinstance(thing, types.ModuleType):
            if not is_installed(thing):
                raise CannotCompare(f"the module {thing.__name__}")
            return thing
        if isinstance(thing, Mapping):
            return self._once(thing, self._mapping)
        if isinstance(thing, list | tuple):
            return self._once(thing, self._sequence)
        if isinstance(thing, set | frozenset):
            return (type(thing), frozenset(self.of(v) for v in thing))
        return self._once(thing, self._object)

    def _once(self, thing: Any, token: Callable[[Any], Hashable]) -> Hashable:
        """Refer to an object that was met before by its number."""
        if id(thing) in self._seen:
            return ("seen", self._seen[id(thing)])
        self._seen[id(thing)] = len(self._seen)
        self._kept.append(thing)  # so that no other object takes its id
        return token(thing)

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
        known = self._known(thing)
        if known is not None:
            return known
        if is_installed(type(thing)) or not hasattr(thing, "__dict__"):
            wrapped = getattr(thing, "python_function", None)  # a tf.function
            if inspect.isfunction(wrapped):
                return ("wrapped", type(thing), self.of(wrapped))
            if callable(thing) and getattr(thing, "__dict__", None) == {}:
                return cast(Hashable, thing)
            raise CannotCompare(f"a {type(thing).__name__}")
        if any("__slots__" in vars(base) for base in type(thing).__mro__):
            raise CannotCompare(f"a {type(thing).__name__} with slots")
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
        code = function.__code__
        for name in _names_in(code):
            module = sys.modules.get(name)
            if name not in function.__globals__ and module is not None:
                self.of(module)  # one that it may import must be an installed one
        # Names of attributes are no globals, but may be read of a module.
        read = {n: v for n, v in function.__globals__.items() if n in _globals_in(code)}
        return self._read_in(read, _names_in(code), set())

    def _read_in(
        self, namespace: dict[str, Any], names: tuple[str, ...], modules: set[str]
    ) -> Hashable:
        read: list[Hashable] = []
        for name in names:
            if name not in namespace:
                continue
            value = namespace[name]
            if isinstance(value, types.ModuleType) and not is_installed(value):
                # A module of the user's: what may be read of it.
                if value.__name__ not in modules:
                    inside = self._read_in(
                        vars(value), names, {*modules, value.__name__}
                    )
                    read.append((name, value.__name__, inside))
            else:
                read.append((name, self.of(value)))
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
        # A class in a function is made anew by each call.
        local = "<locals>" in cls.__qualname__
        return (cls.__qualname__ if local else cls, bases, self.of(own))


def array_token(array: Any) -> Hashable:
    """Return the token of an array's shape, type and content."""
    array = np.asarray(array)
    if array.dtype == object or array.nbytes > MAX_ARRAY_BYTES:
        raise CannotCompare(f"an array of {array.nbytes} bytes")
    content = np.ascontiguousarray(array).tobytes()
    digest = hashlib.blake2b(content, digest_size=16).digest()
    return ("array", array.shape, str(array.dtype), digest)


_BUILTIN = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset)

_CLASS_INTERNALS = frozenset(
    ("__dict__", "__weakref__", "__doc__", "__module__", "__abstractmethods__")
    + ("_abc_impl", "__firstlineno__", "__static_attributes__", "__annotations__")
)
_DESCRIPTORS = (
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.WrapperDescriptorType,
)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _codes(const)


@functools.lru_cache(4096)
def _names_in(code: types.CodeType) -> tuple[str, ...]:
    """List all names in a function's code, of globals, attributes and imports."""
    return tuple(sorted({name for part in _codes(code) for name in part.co_names}))


@functools.lru_cache(4096)
def _globals_in(code: types.CodeType) -> frozenset[str]:
    """Name the globals that a function's code reads."""
    return frozenset(
        step.argval
        for part in _codes(code)
        for step in dis.get_instructions(part)
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    )


_INSTALLED = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}
)


def is_installed(thing: Any) -> bool:
    """Tell whether a function, class or module comes with an installed package.

    Its code is then taken to stay as it is while the process runs.
    """
    if isinstance(thing, types.ModuleType):
        return _module_is_installed(thing.__name__)
    if isinstance(thing, types.FunctionType):
        # Its __module__ may be that of a function that it wraps.
        return _module_is_installed(thing.__globals__.get("__name__", ""))
    return _module_is_installed(getattr(thing, "__module__", None) or "")


@functools.lru_cache(1024)
def _module_is_installed(name: str) -> bool:
    top = name.split(".")[0]
    if top in sys.stdlib_module_names and top != "__main__":
        return True
    file = getattr(sys.modules.get(name), "__file__", None)
    return file is not None and file.startswith(_INSTALLED)
