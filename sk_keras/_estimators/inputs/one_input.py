"""One input of a model: an array, a table, or sequences of unequal length."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import assert_all_finite

from sk_keras._shared.arrays.ragged import Ragged, differ, rows_of, sequences, stacked

#: Dtypes that reach Keras as they are: Keras casts them a batch at a time, and
#: Embedding layers want integers. Everything else becomes float32.
KEPT_DTYPES = [
    np.float32,
    *(np.dtype(kind) for kind in ("i1", "i2", "i4", "i8", "u1", "u2", "u4")),
]


def check_input(estimator: Any, X: Any, name: str, known: Any = None) -> Any:
    """Check the array of one input; one value a row gets an axis of its own.

    Where fit's rows were of unequal length, as its shape tells, they may be here.
    """
    rows = sequences(X)
    if known is not None and len(known) > 1 and known[1] is None:
        return check_ragged(estimator, rows_of(X, name), name)
    if rows is not None and differ(rows):
        return check_ragged(estimator, rows, name)
    try:
        X = check_array(
            X if rows is None else stacked(rows),
            dtype=KEPT_DTYPES,
            accept_sparse="csr",
            ensure_2d=False,
            allow_nd=True,
            input_name=name,
            estimator=estimator,
        )
    except ValueError as error:
        if name in str(error):
            raise
        raise ValueError(f"Input {name}: {error}") from error
    return X[:, None] if X.ndim == 1 else X


def check_ragged(estimator: Any, rows: list[Any], name: str) -> Ragged:
    ragged = Ragged.of(rows)
    ragged.values = check_array(
        ragged.values,
        dtype=KEPT_DTYPES,
        ensure_2d=False,
        allow_nd=True,
        ensure_min_samples=0,  # of steps: a sequence may be empty
        ensure_min_features=0,
        input_name=name,
        estimator=estimator,
    )
    assert_all_finite(ragged.values, input_name=name)
    return ragged


def width_of(X: Any) -> int:
    """Count the features of one step, or of one row."""
    axis = 2 if isinstance(X, Ragged) else 1
    return int(X.shape[axis]) if len(X.shape) > axis else 1
