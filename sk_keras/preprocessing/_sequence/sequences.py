"""Check collections of sequences, and lay their steps end to end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, NoReturn

import numpy as np
from scipy import sparse

from sk_keras._shared.arrays.ragged import Ragged
from sk_keras.preprocessing._sequence.integer_arrays import (
    array_of,
    end_to_end,
    integers_of_lists,
)

_NUMBERS = "biuf"


def checked_sequences(
    X: Any, *, name: str = "X", integers: bool = False, vectors: bool = False
) -> Ragged:
    """Check sequences of unequal length.

    Parameters
    ----------
    X : list, tuple or iterator of sequences, Series of sequences, or array-like of \
            shape (n_rows, n_steps, ...)
        A sequence is a list, a tuple or an array of numbers, or of vectors.
    name : str, default="X"
        What messages call it.
    integers : bool, default=False
        Whether steps must be integers; whole floats become integers.
    vectors : bool, default=False
        Whether steps may be vectors, or arrays of more axes, of one shape.

    Returns
    -------
    Ragged
        Its values are of a dtype of booleans, integers or floats.

    Raises
    ------
    TypeError
        If X is no collection.
    ValueError
        If a row is no sequence, or its steps are not as they must be; the message has
        the number of the row.
    """
    ragged = _laid_out(X, name)
    if ragged.values.ndim > 1 and not vectors:
        shape = (*ragged.shape[:1], "n_steps", *ragged.shape[2:])
        raise ValueError(
            f"The steps of the sequences in {name} must be single numbers. Got "
            f"vectors: {name} has the shape ({', '.join(map(str, shape))})."
        )
    if integers:
        ragged = Ragged(_integers(ragged, name), ragged.splits)
    return ragged


def as_rows(X: Any, name: str = "X") -> list[Any] | np.ndarray:
    """Return an array of two or more axes as it is, anything else as a list of rows.

    An iterator is used up.
    """
    if sparse.issparse(X):
        raise TypeError(
            f"{name} must be sequences or a dense array. Got a sparse matrix; make it "
            f"dense: {name}.toarray()."
        )
    if hasattr(X, "__array__"):
        table = np.asarray(X)
        if table.ndim == 0:
            _refuse_collection(X, name)
        return list(table) if table.ndim == 1 else table
    if isinstance(X, list | tuple | Iterator):
        return list(X)
    _refuse_collection(X, name)


def _refuse_collection(X: Any, name: str) -> NoReturn:
    raise TypeError(
        f"{name} must be a list of sequences, or an array of shape (n_rows, n_steps). "
        f"Got {_shown(X)}."
    )


def _laid_out(X: Any, name: str) -> Ragged:
    rows = as_rows(X, name)
    if isinstance(rows, np.ndarray):
        if rows.dtype.kind in _NUMBERS:
            n_rows, n_steps = rows.shape[:2]
            splits = np.arange(n_rows + 1, dtype=np.int64) * n_steps
            return Ragged(rows.reshape(n_rows * n_steps, *rows.shape[2:]), splits)
        rows = _rows_of_objects(rows, name)
    types = set(map(type, rows))
    if not types <= {list, tuple, np.ndarray}:
        rows = [_sequence(row, i, name) for i, row in enumerate(rows)]
    if any(row.ndim == 0 for row in rows if isinstance(row, np.ndarray)):
        rows = [_sequence(row, i, name) for i, row in enumerate(rows)]
    splits = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    values = _together(rows)
    if values is None:
        values = _row_by_row(rows, name)
    return Ragged(values, splits)


def _rows_of_objects(table: np.ndarray, name: str) -> list[Any]:
    """Return the rows of an array of Python objects, which keep their types."""
    if table.dtype.kind != "O":
        raise ValueError(
            f"The steps of the sequences in {name} must be numbers. Got an array of "
            f"dtype {table.dtype}."
        )
    refuse_nested(table, name)
    rows: list[Any] = table.tolist()
    return rows


def refuse_nested(table: np.ndarray, name: str = "X") -> None:
    """Raise if the cells of a table hold sequences."""
    if table.dtype.kind != "O":
        return
    if any(isinstance(cell, list | tuple | np.ndarray) for cell in table.flat):
        raise ValueError(
            f"{name} is a table whose cells hold sequences. Pass one column of it, as "
            f"in {name}.iloc[:, 0], or a list of sequences."
        )


def _sequence(row: Any, number: int, name: str) -> Any:
    """Return a row as a list, a tuple or an array, or say why it is no sequence."""
    if hasattr(row, "__array__") and np.ndim(row) > 0:
        return np.asarray(row)
    if isinstance(row, list | tuple | range):
        return list(row)
    hint = ""
    if row is None:
        hint = "; give an empty list for a sequence without steps"
    elif isinstance(row, str | bytes):
        hint = "; turn texts into sequences of indices first"
    elif np.isscalar(row):
        hint = f". Reshape your data; for a single sequence write [{name}]"
    raise ValueError(
        f"{name} must be a list of sequences: lists, tuples or arrays of numbers. Row "
        f"{number} is {_shown(row)}{hint}."
    )


def _together(rows: list[Any]) -> np.ndarray | None:
    """Lay all steps end to end at once; None if that does not go."""
    filled = [row for row in rows if len(row)]
    if not filled:
        return np.zeros(0, np.int64)
    types = set(map(type, filled))
    values: np.ndarray | None
    try:
        if types == {np.ndarray}:
            values = end_to_end(filled)
        elif np.ndarray not in types:
            values = integers_of_lists(filled)
            if values is None:
                values = array_of(list(chain.from_iterable(filled)))
        else:
            return None
    except (ValueError, TypeError):
        return None
    return values if values.dtype.kind in _NUMBERS else None


def _row_by_row(rows: list[Any], name: str) -> np.ndarray:
    """Lay steps end to end, and find the row that does not go with the others."""
    first, parts = None, []
    for number, row in enumerate(rows):
        if not len(row):
            continue
        steps = _steps(row, number, name)
        if first is None:
            first, inner = number, steps.shape[1:]
        if steps.shape[1:] != inner:
            raise ValueError(
                f"The steps of the sequences in {name} must be of one kind. Those of "
                f"row {first} are {_kind(inner)}, those of row {number} are "
                f"{_kind(steps.shape[1:])}."
            )
        parts.append(steps)
    return end_to_end(parts)


def _steps(row: Any, number: int, name: str) -> np.ndarray:
    of_objects = isinstance(row, np.ndarray) and row.dtype.kind == "O"
    values = row.tolist() if of_objects else row
    try:
        np.asarray(values)
    except ValueError:
        raise ValueError(
            f"The steps of a sequence in {name} must be numbers, or vectors of one "
            f"length. Those of row {number} differ in their shapes."
        ) from None
    steps = values if isinstance(values, np.ndarray) else array_of(list(values))
    if steps.dtype.kind not in _NUMBERS:
        raise ValueError(
            f"The steps of the sequences in {name} must be numbers of at most 64 bits. "
            f"Row {number} has {_shown(_no_number(row))} in it."
        )
    return steps


def _no_number(values: Any) -> Any:
    """Return the first value, at any depth, that keeps an array from being numbers."""
    for value in values:
        if isinstance(value, list | tuple) or np.ndim(value):
            value = _no_number(value)
        if np.asarray(value).dtype.kind not in _NUMBERS:
            return value
    return 0


def _kind(inner: tuple[int, ...]) -> str:
    if not inner:
        return "single numbers"
    if len(inner) == 1:
        return f"vectors of {inner[0]} values"
    return f"arrays of shape {inner}"


def _integers(ragged: Ragged, name: str) -> np.ndarray:
    values = ragged.values
    if values.dtype.kind != "f":
        return values
    with np.errstate(invalid="ignore"):
        whole = values.astype(np.int64)
    wrong = np.flatnonzero(whole != values)
    if len(wrong):
        row = np.searchsorted(ragged.splits, wrong[0], side="right") - 1
        raise ValueError(
            f"The steps of the sequences in {name} must be integers. Row {row} has "
            f"{values[wrong[0]]} in it."
        )
    return whole


def _shown(value: Any) -> str:
    """Return a value of a user's for a message, or its type if that is long."""
    if isinstance(value, np.generic | np.ndarray) and value.ndim == 0:
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        text = repr(value)
        return text if len(text) <= 40 else f"{text[:37]}..."
    return f"an object of type {type(value).__name__}"
