"""Arrays of numbers in which integers stay integers, however large they are."""

from __future__ import annotations

from array import array
from numbers import Integral
from typing import Any

import numpy as np


def integers_of_lists(rows: list[Any]) -> np.ndarray | None:
    """Read lists of integers; None if there is something else in them.

    NumPy would look at every step twice, first for its type. This array refuses what
    is no integer, or beyond int64, by itself.
    """
    steps = array("q")
    try:
        for row in rows:
            steps.fromlist(row if type(row) is list else list(row))
    except (TypeError, OverflowError):
        return None
    return np.frombuffer(steps, dtype=np.int64)


def end_to_end(parts: list[np.ndarray]) -> np.ndarray:
    """Put arrays one after the other; integers stay integers."""
    values = np.concatenate(parts)
    if values.dtype.kind != "f" or any(part.dtype.kind == "f" for part in parts):
        return values
    # NumPy makes floats of int64 and uint64 together.
    sized = [part for part in parts if part.size]
    dtype = _integer_type(
        min((int(part.min()) for part in sized), default=0),
        max((int(part.max()) for part in sized), default=0),
    )
    return np.concatenate([part.astype(dtype) for part in parts])


def array_of(steps: list[Any]) -> np.ndarray:
    """Make an array of a list; integers stay integers."""
    values = np.array(steps)
    if values.dtype.kind == "f" and np.abs(values).max(initial=0) >= 2.0**63:
        # NumPy makes floats of integers that int64 does not hold.
        cells = np.array(steps, dtype=object).ravel()
        if all(isinstance(cell, Integral) for cell in cells):
            values = np.array(steps, dtype=_integer_type(min(cells), max(cells)))
    return values


def _integer_type(lowest: int, largest: int) -> type[np.integer]:
    if largest <= np.iinfo(np.int64).max:
        return np.int64
    if lowest >= 0:
        return np.uint64
    raise ValueError(
        f"No integer type holds both {lowest} and {largest}. Make floats of them first."
    )
