"""Which arguments a callable takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

#: What plain functions take. A search asks for the same few ones thousands of times.
_taken: WeakKeyDictionary[FunctionType, tuple[Any, tuple[dict[str, Any], bool]]] = (
    WeakKeyDictionary()
)


def argument_names(function: Callable[..., Any]) -> tuple[dict[str, Any], bool]:
    """List the named arguments of a callable, and whether it takes any name.

    Returns
    -------
    arguments : dict of str to inspect.Parameter
    takes_any : bool
        Whether it has ``**kwargs``.
    """
    if not isinstance(function, FunctionType) or vars(function):
        return _argument_names(function)  # vars may hold another signature
    made_of = (function.__code__, function.__defaults__, function.__kwdefaults__)
    known = _taken.get(function)
    if known is None or any(a is not b for a, b in zip(known[0], made_of, strict=True)):
        known = _taken[function] = (made_of, _argument_names(function))
    return known[1]


def _argument_names(function: Callable[..., Any]) -> tuple[dict[str, Any], bool]:
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(function).parameters.values()
    return (
        {p.name: p for p in parameters if p.kind in kinds},
        any(p.kind is p.VAR_KEYWORD for p in parameters),
    )


def constructor_names(cls: type) -> tuple[set[str], bool]:
    """List what a class' constructor takes, ``**kwargs`` followed upwards.

    Returns
    -------
    names : set of str
    takes_any : bool
        Whether a constructor without signature, or one with ``**kwargs``
        outside Keras, makes it impossible to say.
    """
    names: set[str] = set()
    for base in cls.__mro__:
        if "__init__" not in vars(base) or base is object:
            continue
        arguments, takes_any = argument_names(vars(base)["__init__"])
        names |= set(arguments) - {"self"}
        if not takes_any:
            return names, False
        if not base.__module__.startswith("keras."):
            return names, True
    return names, False
