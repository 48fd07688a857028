"""Sequences of unequal length: one array of all their steps, and where each begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse


class Ragged:
    """Rows that differ in length.

    Parameters
    ----------
    values : ndarray of shape (n_steps, ...)
        The steps of all rows, one row after the other.
    splits : ndarray of shape (n_rows + 1,), int64
        Where rows begin and end: row ``i`` is ``values[splits[i]:splits[i + 1]]``.
    """

    def __init__(self, values: np.ndarray, splits: np.ndarray) -> None:
        self.values = values
        self.splits = splits

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Ragged:
        """Put a list of arrays of shape (n_steps, ...) together.

        Raises
        ------
        ValueError
            If rows differ in more than their length.
        """
        arrays = list(map(_steps, rows))
        inner = {array.shape[1:] for array in arrays if len(array)}
        if len(inner) > 1:
            shapes = sorted({("n_steps", *shape) for shape in inner}, key=str)
            raise ValueError(
                "Sequences may differ in length only. Got rows of the shapes "
                f"{', '.join(map(str, shapes))}."
            )
        filled = [array for array in arrays if len(array)] or [np.zeros(0, np.float32)]
        splits = np.cumsum([0, *map(len, arrays)], dtype=np.int64)
        return cls(np.concatenate(filled), splits)

    def __len__(self) -> int:
        return len(self.splits) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Number of steps of each row."""
        return np.diff(self.splits)

    @property
    def longest(self) -> int:
        """Number of steps of the longest row."""
        return int(self.lengths.max(initial=0))

    @property
    def shape(self) -> tuple[int | None, ...]:
        """(n_rows, None, ...)."""
        return (len(self), None, *self.values.shape[1:])

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.values.ndim + 1

    @property
    def dtype(self) -> np.dtype:
        """Type of the values."""
        return self.values.dtype

    @property
    def nbytes(self) -> int:
        """Bytes of the values."""
        return int(self.values.nbytes)

    def __getitem__(self, rows: Any) -> Ragged:
        """Pick rows by a slice, by numbers or by a mask."""
        numbers = np.arange(len(self))[rows]
        starts, lengths = self.splits[numbers], self.lengths[numbers]
        splits = np.cumsum([0, *lengths], dtype=np.int64)
        steps = np.arange(splits[-1]) + np.repeat(starts - splits[:-1], lengths)
        return Ragged(self.values[steps], splits)

    def rows(self) -> list[np.ndarray]:
        """Return the rows, each an array of its own length."""
        return np.split(self.values, self.splits[1:-1])

    def padded(self, length: int | None = None) -> np.ndarray:
        """Fill rows up with zeros at the end.

        Parameters
        ----------
        length : int, default=None
            None is the longest row's; at least 1.

        Returns
        -------
        array of shape (n_rows, length, ...)
        """
        length = max(self.longest if length is None else length, 1)
        out = np.zeros((len(self), length, *self.values.shape[1:]), self.dtype)
        out[np.arange(length) < self.lengths[:, None]] = self.values
        return out


def _steps(row: Any) -> np.ndarray:
    try:
        return np.asarray(row)
    except ValueError as error:
        raise ValueError(
            "The steps of a sequence must all have the same shape. Got a sequence of "
            f"{len(row)} steps that differ."
        ) from error


def sequences(X: Any) -> list[Any] | None:
    """Return the rows of X if they are sequences in a list, None otherwise.

    A list, a tuple, a Series or an array of objects may hold them.
    """
    of_objects = str(getattr(X, "dtype", "")) == "object" and X.ndim == 1
    listed = isinstance(X, list | tuple) or of_objects
    rows = list(X) if listed else []
    if not rows or not all(map(_is_sequence, rows)):
        return None
    return rows


def _is_sequence(row: Any) -> bool:
    return isinstance(row, list | tuple) or (
        isinstance(row, np.ndarray) and row.ndim > 0
    )


def differ(rows: list[Any]) -> bool:
    """Tell whether sequences are of unequal length."""
    return len({len(row) for row in rows}) > 1


def stacked(rows: list[Any]) -> Any:
    """Make an array of sequences that are as long, so that integers stay integers.

    Raises
    ------
    ValueError
        If arrays differ in another axis than the first; what else differs further in
        is left to be refused.
    """
    try:
        return np.asarray(rows)
    except ValueError:
        shapes = sorted({np.shape(row) for row in rows if hasattr(row, "shape")})
        if len(shapes) > 1:
            listed = ", ".join(map(str, shapes[:3]))
            raise ValueError(
                "Samples may differ in length along their first axis only, as "
                f"(n_steps, n_features). Got samples of the shapes {listed}"
                f"{' ...' * (len(shapes) > 3)}. Bring that axis to the front, "
                "[sample.T for sample in X], or give all one shape."
            ) from None
        return rows


def rows_of(X: Any, name: str) -> list[Any]:
    """List the sequences of X, in an array of equal ones as well."""
    rows = sequences(X)
    if rows is not None:
        return rows
    array = X.toarray() if sparse.issparse(X) else np.asarray(X)
    if array.ndim < 2:
        raise ValueError(
            f"{name} must be a list of sequences, as in fit. Got an array of shape "
            f"{array.shape}; for a single sequence write [sequence]."
        )
    return list(array)
