"""y in each of its forms, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import check_array
from sklearn.utils.validation import assert_all_finite

from sk_keras._estimators.inputs.one_input import refuse_masked
from sk_keras._shared.arrays.array_dict import ArrayDict
from sk_keras._shared.arrays.ragged import Ragged, differ, sequences
from sk_keras._shared.warn import warn


def check_y(y: Any, *, numeric: bool, name: str, allow_nan: bool = False) -> Any:
    """Check a target of any supported form.

    Parameters
    ----------
    y : array-like of shape (n_samples, ...), or dict of them
    numeric : bool
        Whether values are wanted, not labels.
    name : str
        The estimator's, for messages.
    allow_nan : bool, default=False
        Whether values may be missing.

    Returns
    -------
    array or dict of arrays
        Ragged where rows are of unequal length.
    """
    if y is None:
        raise ValueError(
            f"This {name} estimator requires y to be passed, but the target y is None."
        )
    refuse_masked(y, "y")
    y = _of_numpy(y)
    how: Any = {"numeric": numeric, "name": name, "allow_nan": allow_nan}
    if sparse.issparse(y):
        y = y.toarray()
    if isinstance(y, Mapping | ArrayDict):
        if not y.keys():
            raise ValueError("y is an empty dict. Give a target for each output.")
        named = {str(key): y[key] for key in y.keys()}
        return {
            k: check_y(v, numeric=numeric, name=name, allow_nan=allow_nan)
            for k, v in named.items()
        }
    rows = sequences(y)
    if rows is not None and differ(rows):
        y = Ragged.of(rows)
        if len(y.values):
            y.values = check_y(
                y.values, numeric=numeric, name=name, allow_nan=allow_nan
            )
        return y
    if rows is not None and not isinstance(y, list | tuple):
        y = np.asarray(rows)  # a column of sequences that happen to be as long
    return _one_target(y, **how)


def _of_numpy(y: Any) -> Any:
    """Give pandas' own kinds of booleans and integers NumPy's, so that labels stay.

    scikit-learn makes floats of them. Those with missing values are left to be refused.
    """
    if hasattr(y, "columns"):
        kinds = {c: getattr(y[c].dtype, "numpy_dtype", None) for c in y.columns}
        kinds = {c: k for c, k in kinds.items() if k and not y[c].isna().any()}
        return y.astype(kinds) if kinds and y.columns.is_unique else y
    kind = getattr(getattr(y, "dtype", None), "numpy_dtype", None)
    return y if kind is None or y.isna().any() else np.asarray(y, dtype=kind)


def allows_nan(loss: Any) -> bool:
    """Tell whether a loss says of itself that values may be missing.

    Parameters
    ----------
    loss : str, callable, class, keras.losses.Loss, list, dict or None
        One with ``allow_nan = True`` among its attributes knows what to do with NaN.
    """
    if isinstance(loss, Mapping):
        return any(map(allows_nan, loss.values()))
    if isinstance(loss, list | tuple):
        return any(map(allows_nan, loss))
    return getattr(getattr(loss, "func", loss), "allow_nan", False) is True


def _one_target(y: Any, *, numeric: bool, name: str, allow_nan: bool) -> np.ndarray:
    if numeric:
        _check_numbers(y, name)
    y = check_array(
        y,
        dtype="numeric" if numeric else None,
        ensure_2d=False,
        allow_nd=True,
        ensure_all_finite=False,
        ensure_min_samples=0,
        ensure_min_features=0,
        input_name="y",
    )
    assert_all_finite(y, input_name="y", allow_nan=numeric and allow_nan)
    if not numeric and y.ndim == 2 and y.shape[1] == 1:
        warn(
            "A column-vector y was passed when a 1d array was expected. Please change "
            "the shape of y to (n_samples,), for example using ravel().",
            DataConversionWarning,
        )
        y = y.ravel()
    return y


def _check_numbers(y: Any, name: str) -> None:
    """Refuse labels where values are wanted, and say whose they are."""
    values = np.asarray(y)
    if values.dtype.kind not in "OSU":
        return
    try:
        if values.dtype.kind != "O":
            raise ValueError("text")
        values.astype(float)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{name} needs a y of numbers. Got {values.ravel()[:1].tolist()}; labels "
            "are for KerasClassifier."
        ) from error
