"""`ArrayDict`."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from sk_keras._shared.arrays.ragged import sequences
from sk_keras._shared.set_module import set_module


@set_module("sk_keras.data")
class ArrayDict:
    """Named arrays with the same rows, which scikit-learn can split.

    scikit-learn takes the length of a plain dict for the number of samples, so
    that cross-validation refuses it. This container has the rows of its arrays,
    and gives a container of the same rows of each when it is indexed. It serves
    as X for models with several inputs and as y for several outputs.

    Parameters
    ----------
    arrays : mapping of str to array-like of shape (n_samples, ...)
        Sparse matrices, DataFrames, whose columns have names, and lists of
        sequences of unequal length are kept as they are.

    Attributes
    ----------
    shape : tuple of int
        (n_samples,), for scikit-learn.

    Raises
    ------
    TypeError
        If it is no mapping.
    ValueError
        If it is empty, or the arrays differ in their number of rows.

    See Also
    --------
    sk_keras.KerasClassifier : Takes one as X or y.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.data import ArrayDict
    >>> X = ArrayDict({"main": np.arange(6).reshape(3, 2), "aux": [0.5, 1.5, 2.5]})
    >>> X["aux"]
    array([0.5, 1.5, 2.5])
    >>> X[[0, 2]]
    ArrayDict({'main': (2, 2), 'aux': (2,)})
    """

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        if not hasattr(arrays, "keys"):
            raise TypeError(
                "ArrayDict needs a dict of arrays. Got "
                f"{type(arrays).__name__} instead; name each array."
            )
        self._arrays = {str(key): _array(arrays[key]) for key in arrays.keys()}
        scalars = [key for key, array in self._arrays.items() if not array.shape]
        if scalars:
            raise ValueError(
                f"ArrayDict needs arrays with an axis of rows, but {scalars} are "
                "single values. Give a value for each row; for a single row slice: "
                "X[:1]."
            )
        counts = {key: array.shape[0] for key, array in self._arrays.items()}
        if len(set(counts.values())) != 1:
            raise ValueError(
                "ArrayDict needs one or more arrays with the same number of rows. Got "
                f"{counts}."
            )
        self.shape: tuple[int] = (next(iter(counts.values())),)

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self._arrays.keys()

    def values(self) -> ValuesView[Any]:
        """Return the arrays."""
        return self._arrays.values()

    def items(self) -> ItemsView[str, Any]:
        """Return pairs of name and array."""
        return self._arrays.items()

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __contains__(self, name: object) -> bool:
        return name in self._arrays

    def __getitem__(self, rows: Any) -> Any:
        """Return the array of a name, or the rows of all arrays.

        Parameters
        ----------
        rows : str, slice, array of int or array of bool
        """
        if isinstance(rows, str):
            if rows not in self:
                raise KeyError(f"{rows!r}; the keys are {list(self)}")
            return self._arrays[rows]
        if isinstance(rows, tuple):  # scikit-learn adds an Ellipsis
            rows = rows[0]
        if np.ndim(rows) == 0 and not isinstance(rows, slice):
            raise TypeError(
                "ArrayDict takes a name, a slice, or an array of row numbers. Got "
                f"{rows!r}; for a single row slice: X[i : i + 1]."
            )
        return ArrayDict({key: _picked(array, rows) for key, array in self.items()})

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Put the arrays beside each other, as columns."""
        columns = np.column_stack([_columns(a) for a in self.values()])
        return columns if dtype is None else columns.astype(dtype, copy=False)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Concatenate rows, as `cross_val_predict` does; else act as columns."""
        if func is np.concatenate and len(args) == 1 and not kwargs:
            parts = list(args[0])
            if all(isinstance(part, ArrayDict) for part in parts):
                return ArrayDict({key: _one_below(key, parts) for key in parts[0]})
        return func(*_as_columns(args), **kwargs)

    def __repr__(self) -> str:
        shapes = {key: array.shape for key, array in self.items()}
        return f"ArrayDict({shapes})"


def _array(values: Any) -> Any:
    if sparse.issparse(values):
        return values.tocsr()
    if hasattr(values, "iloc") and values.ndim > 1:
        return values
    rows = sequences(values)
    if rows is None:
        return np.asarray(values)
    try:
        return np.asarray(rows)
    except ValueError:  # of unequal length
        held = np.empty(len(rows), dtype=object)
        held[:] = rows
        return held


def _picked(array: Any, rows: Any) -> Any:
    return (array.iloc if hasattr(array, "iloc") else array)[rows]


def _one_below(key: str, parts: list[ArrayDict]) -> Any:
    arrays = [part[key] for part in parts]
    if any(map(sparse.issparse, arrays)):
        return sparse.vstack(arrays, format="csr")
    if all(hasattr(array, "iloc") for array in arrays):
        return pd.concat(arrays)
    return np.concatenate(arrays)


def _as_columns(arguments: Any) -> Any:
    """Put matrices in place of containers, in lists as well."""
    if isinstance(arguments, list | tuple):
        return type(arguments)(map(_as_columns, arguments))
    return np.asarray(arguments) if isinstance(arguments, ArrayDict) else arguments


def _columns(part: Any) -> np.ndarray:
    part = part.toarray() if sparse.issparse(part) else part
    rows = sequences(part)
    if rows is not None:  # which have no columns; what looks at them wants few facts
        part = np.array([len(row) for row in rows])
    return np.reshape(part, (len(part), -1))
