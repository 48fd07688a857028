"""`pad_sequences`: sequences of unequal length as one array."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from sklearn.utils._param_validation import (
    Interval,
    StrOptions,
    validate_parameter_constraints,
)

from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.set_module import set_module
from sk_keras.preprocessing._sequence.sequences import checked_sequences

End = Literal["pre", "post"]

#: What values the parameters of padding may have.
PADDING_CONSTRAINTS: dict[str, list[Any]] = {
    "maxlen": [Interval(Integral, 1, None, closed="left"), None],
    "padding": [StrOptions({"pre", "post"})],
    "truncating": [StrOptions({"pre", "post"})],
    "value": [Real],
    "dtype": "no_validation",  # type: ignore[dict-item]
}


@set_module("sk_keras.preprocessing")
def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: End = "pre",
    truncating: End = "pre",
    value: float = 0,
) -> np.ndarray:
    """Make one array of sequences of unequal length.

    Parameters
    ----------
    sequences : list, tuple or iterator of sequences, Series of sequences, or array \
            of shape (n_rows, n_steps, ...)
        A sequence is a list, a tuple or an array of numbers or of vectors.
    maxlen : int, default=None
        The width of the result; None is the length of the longest sequence.
    dtype : str or dtype, default="int32"
        Of the result. It is widened where it would lose values: floats in an integer
        type keep a float type, and integers that are out of its range become int64 or
        uint64, or float64 in a float type that has too few digits. Floats are rounded
        to a smaller float type, as it is asked for, unless they are out of its range.
    padding : {"pre", "post"}, default="pre"
        Where shorter sequences are filled up.
    truncating : {"pre", "post"}, default="pre"
        Where longer sequences are cut.
    value : float, default=0
        What fills.

    Returns
    -------
    array of shape (n_rows, maxlen), or (n_rows, maxlen, ...) for sequences of vectors

    Raises
    ------
    TypeError
        If ``sequences`` is no collection, or ``dtype`` no dtype.
    ValueError
        If a row is no sequence of numbers or of vectors of one length, ``maxlen`` is
        below 1 or cannot be found because there are no sequences, or no dtype holds
        all values.

    See Also
    --------
    SequencePadder : The same as a transformer, which keeps the width of the training
        data.

    Examples
    --------
    >>> from sk_keras.preprocessing import pad_sequences
    >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
    array([[0, 1],
           [2, 3],
           [5, 6]], dtype=int32)
    >>> pad_sequences([[0.5], [1.5, 2.5]], padding="post", value=-1)
    array([[ 0.5, -1. ],
           [ 1.5,  2.5]])
    """
    parameters = {
        "maxlen": maxlen,
        "padding": padding,
        "truncating": truncating,
        "value": value,
    }
    validate_parameter_constraints(PADDING_CONSTRAINTS, parameters, "pad_sequences")
    wanted = number_type(dtype)
    ragged = checked_sequences(sequences, name="sequences", vectors=True)
    if maxlen is None:
        if not len(ragged):
            raise ValueError(
                "There are no sequences to learn a length from. Give maxlen, or at "
                "least one sequence."
            )
        maxlen = ragged.longest
    wide = wide_enough(wanted, ragged.values, value)
    return padded(ragged, int(maxlen), padding, truncating, value, wide)


def padded(
    ragged: Ragged,
    length: int,
    padding: End,
    truncating: End,
    value: float,
    dtype: np.dtype,
) -> np.ndarray:
    """Fill up and cut rows.

    Parameters
    ----------
    ragged : Ragged
    length : int
    padding, truncating : {"pre", "post"}
    value : float
    dtype : dtype
        It must hold all values.

    Returns
    -------
    array of shape (n_rows, length, ...)
    """
    kept = np.minimum(ragged.lengths, length)
    values = ragged.values
    cut = ragged.lengths - kept
    if cut.any():
        order = [False, True] if truncating == "pre" else [True, False]
        counts = np.column_stack([cut, kept] if truncating == "pre" else [kept, cut])
        values = values[np.repeat(np.tile(order, len(kept)), counts.ravel())]
    step_shape = values.shape[1:]
    n_each = math.prod(step_shape)  # the values of a step lie side by side
    out = np.full((len(ragged), length * n_each), value, dtype)
    columns, width = np.arange(length * n_each), kept[:, None] * n_each
    if padding == "pre":
        filled = columns >= length * n_each - width
    else:
        filled = columns < width
    out[filled] = values.reshape(-1)
    return out.reshape(len(ragged), length, *step_shape)


def stripped(X: np.ndarray, padding: End, value: float) -> list[np.ndarray]:
    """Take the steps that are nothing but a value off the end that was filled up.

    Parameters
    ----------
    X : array of shape (n_rows, length, ...)
    padding : {"pre", "post"}
    value : float

    Returns
    -------
    list of arrays of shape (n_steps, ...)
    """
    if math.isnan(value):
        filler = np.isnan(X)
    else:  # as it stands in X: rounded to its type
        filler = X == (X.dtype.type(value) if X.dtype.kind == "f" else value)
    real = ~filler.reshape(*X.shape[:2], -1).all(axis=2)
    if padding == "pre":
        real = np.logical_or.accumulate(real, axis=1)
    else:
        real = np.logical_or.accumulate(real[:, ::-1], axis=1)[:, ::-1]
    return [row[steps] for row, steps in zip(X, real, strict=True)]


def number_type(dtype: Any) -> np.dtype:
    """Return a dtype of booleans, integers or floats."""
    try:
        found: np.dtype | None = None if dtype is None else np.dtype(dtype)
    except TypeError:
        found = None
    if found is None or found.kind not in "biuf":
        raise TypeError(
            "dtype must be one of booleans, integers or floats, as in 'int32' or "
            f"'float32'. Got {dtype!r}."
        )
    return found


def wide_enough(wanted: np.dtype, values: np.ndarray, value: float) -> np.dtype:
    """Return a dtype, or a wider one where it would lose values.

    Parameters
    ----------
    wanted : dtype
    values : array
    value : float
        One value more.
    """
    filler = _as_float(value)
    whole = filler.is_integer()
    if whole and wanted.kind in "biu" and values.dtype.kind in "biu":
        return _integer_type(wanted, values, int(value))
    if wanted.kind == "f":
        floats = wanted
    else:
        floats = values.dtype if values.dtype.kind == "f" else np.dtype(np.float64)
    info = np.finfo(floats)
    largest = _largest(values)
    fits = max(largest, abs(filler) if math.isfinite(filler) else 0) <= float(info.max)
    if values.dtype.kind in "iu":  # up to here each of them has a float of its own
        fits = fits and largest <= 2.0 ** (info.nmant + 1)
    return floats if fits else np.dtype(np.float64)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError(
            "value must be a number that a float64 can hold. Got a larger integer."
        ) from None


def _largest(values: np.ndarray) -> float:
    """Return the largest size of a finite value."""
    if values.dtype.kind == "b" or not values.size:
        return 1
    low, high = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)
    if not (np.isfinite(low) and np.isfinite(high)):
        finite = values[np.isfinite(values)]
        low, high = finite.min(initial=0), finite.max(initial=0)
    return max(abs(float(low)), abs(float(high)))


def _integer_type(wanted: np.dtype, values: np.ndarray, value: int) -> np.dtype:
    lowest = highest = value
    if values.size:
        lowest = min(lowest, int(values.min()))
        highest = max(highest, int(values.max()))
    for dtype in (wanted, np.dtype(np.int64), np.dtype(np.uint64)):
        low, high = (0, 1) if dtype.kind == "b" else _limits(dtype)
        if low <= lowest and highest <= high:
            return dtype
    raise ValueError(
        f"No integer type holds both {lowest} and {highest}. Ask for floats, as in "
        "dtype='float64', or choose another value to fill with."
    )


def _limits(dtype: np.dtype) -> tuple[int, int]:
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)
