"""X as Keras layers take it: numbers of any axes, or text."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils._missing import is_pandas_na, is_scalar_nan
from sklearn.utils.validation import (
    _check_feature_names,
    _check_n_features,
    validate_data,
)

MSG_TEXT = (
    "X must be all text or all numbers. Got {value!r} beside text, in row {row}{hint}."
)

#: Layers that take text.
OF_TEXT = ("StringLookup", "TextVectorization")

#: Layers that take numbers for the names of categories.
_OF_INTEGERS = ("CategoryEncoding", "Hashing", "IntegerLookup")

MSG_ROWS = (
    "The rows of texts must be equally long. Got {value!r} in row {row}; join the "
    "words of a row, by ' ' for instance."
)

MSG_LARGE = (
    "Input X contains a value too large for dtype('float32'), in which the layer "
    "calculates: {value:.3g}."
)


def check_layer_input(estimator: Any, X: Any, *, reset: bool) -> np.ndarray:
    """Check X against fit's, or learn its names, axes and kind from it.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_``, ``feature_names_in_`` and ``_input`` by ``reset``.
    X : array-like of shape (n_samples, ...), or list or Series of str
    reset : bool

    Returns
    -------
    ndarray of shape (n_samples, ...)
        Numbers, or str in an array of objects; a list of str is one column.

    Raises
    ------
    ValueError, TypeError
        As scikit-learn does, and if text and numbers are mixed.
    """
    text = _text(X)
    if text is None:
        if not reset:
            _check_axes(estimator, X if hasattr(X, "shape") else np.asarray(X))
        array = validate_data(estimator, X, reset=reset, dtype="numeric", allow_nd=True)
        array = _for_keras(array)
    else:
        if not len(text):
            raise ValueError(
                "Found array with 0 sample(s) while a minimum of 1 is "
                f"required by {type(estimator).__name__}."
            )
        if not reset:
            _check_axes(estimator, text)
        _check_feature_names(estimator, X, reset=reset)
        _check_n_features(estimator, text, reset=reset)
        array = text
    kind = "numbers" if text is None else "text"
    if reset:
        estimator._input = (kind, array.shape[1:])
    elif kind != estimator._input[0]:
        raise ValueError(f"X is {kind}, but in fit it was {estimator._input[0]}.")
    return array


def _text(X: Any) -> np.ndarray | None:
    """Return X as an array of str with two axes or more, or None if it is none."""
    if isinstance(X, str):
        raise ValueError(f"X must be a list of texts. For a single one write [{X!r}].")
    if sparse.issparse(X):
        return None
    if not hasattr(X, "shape") and not _holds_text(X):
        return None
    array = _objects(X)
    if array is None or not array.ndim:
        return None
    if hasattr(X, "shape") and not any(isinstance(v, str | bytes) for v in array.flat):
        return None
    array = array[:, None] if array.ndim == 1 else array
    for row in range(len(array)):
        for value in array[row].flat:
            if not isinstance(value, str | bytes):
                _refuse(value, row)
    return array


def _holds_text(X: Any) -> bool:
    """Tell whether there is a text in a list, or in the lists in it."""
    return isinstance(X, list | tuple) and any(
        isinstance(value, str | bytes) or _holds_text(value) for value in X
    )


def _refuse(value: Any, row: int) -> None:
    """Refuse what stands where a text should."""
    if isinstance(value, list | tuple):
        raise ValueError(MSG_ROWS.format(value=value, row=row))
    missing = value is None or is_scalar_nan(value) or is_pandas_na(value)
    hint = "; fill what is missing, by '' for instance" if missing else ""
    raise ValueError(MSG_TEXT.format(value=value, row=row, hint=hint))


def _objects(X: Any) -> np.ndarray | None:
    """Return X as an array of objects if it may hold text."""
    if isinstance(X, list | tuple):
        return np.array(X, dtype=object)
    dtypes = list(X.dtypes) if hasattr(X, "columns") else [getattr(X, "dtype", None)]
    if all(getattr(dtype, "kind", "O") in "biufc" for dtype in dtypes):
        return None
    try:
        array = np.asarray(X)
    except TypeError:  # scikit-learn says what it thinks of it
        return None
    return array.astype(object) if array.dtype.kind in "OUST" else None


def _for_keras(array: np.ndarray) -> np.ndarray:
    """Cast types that TensorFlow's layers do not take; integers stay exact.

    Nor half floats: sums and squares of them are soon infinite.
    """
    if array.dtype.kind == "b" or array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype == np.uint64:
        largest = int(array.max())
        if largest > np.iinfo(np.int64).max:
            raise ValueError(f"X has integers that int64 cannot hold: {largest}.")
        return array.astype(np.int64)
    if array.dtype.kind == "f" and array.dtype.itemsize > 4:
        largest = np.abs(array).max(initial=0)
        if largest > np.finfo(np.float32).max:
            raise ValueError(MSG_LARGE.format(value=largest))
        return array.astype(np.float64, copy=False)
    return array


def check_codes(X: np.ndarray, layer: Any) -> np.ndarray:
    """Refuse numbers that a layer of categories would change or drop.

    Returns
    -------
    ndarray
        X, or the same integers in the type that all such layers take.

    Raises
    ------
    ValueError
        Names the first.
    """
    name = type(layer).__name__
    if name in OF_TEXT and X.dtype != object and not layer.get_config().get("invert"):
        raise ValueError(
            f"{name} takes text, and X holds numbers. Give X.astype(str), or take "
            "IntegerLookup."
        )
    if name not in _OF_INTEGERS or X.dtype == object:
        return X
    parts = X[X != np.trunc(X)]
    if parts.size:
        raise ValueError(
            f"{name} takes whole numbers, and would cut off the fraction of "
            f"{float(parts.flat[0])}. Round X, or sort it into bins with "
            "Discretization."
        )
    n_codes = layer.num_tokens if name == "CategoryEncoding" else None
    if n_codes is not None and (X.min() < 0 or X.max() >= n_codes):
        raise ValueError(
            f"{name} with num_tokens={n_codes} takes whole numbers from 0 to "
            f"{n_codes - 1}. Got numbers from {X.min():g} to {X.max():g}."
        )
    return X.astype(np.int64, copy=False) if X.dtype.kind in "iu" else X


def _check_axes(estimator: Any, X: Any) -> None:
    """Compare axes with those of fit; scikit-learn looks at the second only."""
    seen, shape = estimator._input[1], tuple(X.shape)
    if max(len(shape), len(seen) + 1) > 2 and shape[1:] != seen:
        raise ValueError(
            f"X has shape {shape}, but {type(estimator).__name__} is expecting "
            f"{('n_samples', *seen)}, as in fit."
        )
