"""Public names: what is asked for by its public module says so itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def set_module(module: str) -> Callable[[T], T]:
    """Have a public class or function name the module that users import it from.

    Pickles name classes and functions by it, so that files stay readable when the
    file that defines them is moved. NumPy and pandas do the same. The price:
    `inspect.getsource` looks for a class in that module, in vain.

    Parameters
    ----------
    module : str
    """

    def named(thing: Any) -> Any:
        thing.__module__ = module
        return thing

    return named
