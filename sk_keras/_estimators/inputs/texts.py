"""Texts as X, for models that take strings themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

MSG_MISSING = (
    "{name} has missing texts, the first in row {row}. Fill them, for instance with "
    'X.fillna(""), or leave the rows out.'
)
MSG_TEXT = (
    "{what} is text, {found!r}, and the model's input takes numbers: could not convert "
    "string to float. X must be numbers: encode categories with OneHotEncoder or "
    "OrdinalEncoder and texts with TextTokenizer, and load pictures by their file "
    "names with ImageLoader, in a Pipeline before this estimator. For texts as they "
    "are, let the model begin with keras.Input((1,), dtype='string') and a layer that "
    "takes strings, as TextVectorization."
)


def texts_of(X: Any, name: str) -> np.ndarray | None:
    """Return X as an array of texts, None if it holds others.

    Parameters
    ----------
    X : array-like of str, of shape (n_samples,) or (n_samples, n_columns)
    name : str
        For messages.

    Raises
    ------
    ValueError
        If texts are missing.
    """
    if not _may_be_texts(X):
        return None
    try:
        values = np.asarray(X, dtype=object)
    except ValueError:  # of unequal lengths
        return None
    flat = values.ravel()
    if not any(isinstance(value, str | bytes) for value in flat[:100]):
        return None
    others = [i for i, value in enumerate(flat) if not isinstance(value, str | bytes)]
    if not others:
        return values
    missing = [
        i for i in others if pd.api.types.is_scalar(flat[i]) and pd.isna(flat[i])
    ]
    if len(missing) < len(others):
        return None
    row = missing[0] // max(flat.size // max(len(values), 1), 1)
    raise ValueError(MSG_MISSING.format(name=name, row=row))


def _may_be_texts(X: Any) -> bool:
    """Tell, without a look at all of them, whether values could be texts."""
    dtypes = getattr(X, "dtypes", None)
    if hasattr(X, "columns") and dtypes is not None:
        return not all(getattr(dtype, "kind", "O") in "biufcmM" for dtype in dtypes)
    dtype = getattr(X, "dtype", None)
    if dtype is not None:
        return getattr(dtype, "kind", "O") in "OUST"
    first = X
    while isinstance(first, list | tuple) and len(first):
        first = first[0]
    return isinstance(first, str | bytes) or first is None or hasattr(first, "dtype")


def are_texts(part: Any) -> bool:
    """Tell whether checked X, or a part of it, is text."""
    return str(getattr(part, "dtype", "")) == "object"
