"""One input of a model: an array, a table, or sequences of unequal length."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import assert_all_finite

from sk_keras._estimators.inputs.texts import texts_of
from sk_keras._shared.arrays.ragged import Ragged, differ, rows_of, sequences, stacked
from sk_keras._shared.attributes import forget
from sk_keras._shared.keras_objects.precision import float_type

INTEGERS = [np.dtype(kind) for kind in ("i1", "i2", "i4", "i8", "u1", "u2", "u4")]


def learn_floats(estimator: Any) -> None:
    """Have an estimator keep to the floats that Keras has when it is fitted."""
    forget(estimator, ["_floats"])
    if float_type() == np.float64:
        estimator._floats = "float64"


def kept_dtypes(estimator: Any) -> list[Any]:
    """List the dtypes that reach Keras as they are, the one for all else first.

    Keras casts them a batch at a time, and Embedding layers want integers.
    """
    wide = vars(estimator).get("_floats") == "float64"
    return [np.float64] * wide + [np.float32, *INTEGERS]


def refuse_masked(values: Any, name: str) -> None:
    """Refuse masked arrays, whose masks scikit-learn and Keras would not see.

    Raises
    ------
    ValueError
        If something is masked.
    """
    if np.ma.isMaskedArray(values) and np.ma.is_masked(values):
        raise ValueError(
            f"{name} is a masked array, and what it masks would be used. Fill it, for "
            "instance by an imputer after .filled(np.nan), or leave these rows out."
        )


def check_input(estimator: Any, X: Any, name: str, known: Any = None) -> Any:
    """Check the array of one input; one value a row gets an axis of its own.

    Where fit's rows were of unequal length, as its shape tells, they may be here.
    """
    refuse_masked(X, name)
    texts = texts_of(X, name)
    if texts is not None:
        return texts[:, None] if texts.ndim == 1 else texts
    rows = sequences(X)
    if known is not None and len(known) > 1 and known[1] is None:
        return check_ragged(estimator, rows_of(X, name), name)
    if rows is not None and differ(rows):
        return check_ragged(estimator, rows, name)
    try:
        X = check_array(
            X if rows is None else stacked(rows),
            dtype=kept_dtypes(estimator),
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
        dtype=kept_dtypes(estimator),
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
