"""Checks of arguments that the ready builders share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

#: What to do with sequences that differ in length.
PAD = "Fill them up with SequencePadder, or use 'lstm' or 'gru'."


def positive_integers(
    given: Any, builder: str, name: str, *, at_least: int = 1
) -> list[int]:
    """List one number, or several.

    Parameters
    ----------
    given : int or sequence of int
    builder, name : str
        For messages.
    at_least : int, default=1
        How many are needed.

    Raises
    ------
    ValueError
        If it is neither, or a number is below 1.
    """
    one = not isinstance(given, Sequence | np.ndarray)
    numbers = [given] if one else list(given)
    if len(numbers) < at_least or not all(map(_is_positive_integer, numbers)):
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


def of_one_shape(shapes: Any, builder: str, remedy: str) -> None:
    """Refuse samples that differ in length, for a builder that takes one shape.

    Parameters
    ----------
    shapes : tuple of int or None, or a dict or list of them
        Of a sample; None for an axis along which they differ.
    builder, remedy : str
        For messages.

    Raises
    ------
    ValueError
        If an axis is None.
    """
    each = shapes.values() if isinstance(shapes, Mapping) else [shapes]
    for shape in each:
        inner = [shape] if not any(isinstance(n, Sequence) for n in shape) else shape
        for one in inner:
            if None in one:
                raise ValueError(
                    f"{builder} takes samples of one shape, and these differ in length "
                    f"along their first axis: {('n_samples', *one)}. {remedy}"
                )
