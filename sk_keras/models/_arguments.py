"""Checks of arguments that the ready builders share."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np


def positive_integers(given: Any, builder: str, name: str) -> list[int]:
    """List one number, or several.

    Parameters
    ----------
    given : int or sequence of int
    builder, name : str
        For messages.

    Raises
    ------
    ValueError
        If it is neither, or a number is below 1.
    """
    one = not isinstance(given, Sequence | np.ndarray)
    numbers = [given] if one else list(given)
    if not numbers or not all(map(_is_positive_integer, numbers)):
        raise ValueError(
            f"{builder} needs {name} of one positive integer or several. Got {given!r}."
        )
    return [int(each) for each in numbers]


def _is_positive_integer(value: Any) -> bool:
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    return whole and int(value) > 0


def flag(given: Any, builder: str, name: str) -> bool:
    """Return what is True or False.

    Parameters
    ----------
    given : bool
    builder, name : str
        For messages.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if not isinstance(given, bool | np.bool_):
        raise ValueError(f"{builder} needs {name}=True or False. Got {given!r}.")
    return bool(given)
