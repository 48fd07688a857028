"""Columns of a table for each of several inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import _safe_indexing, check_array
from sklearn.utils._indexing import _get_column_indices
from sklearn.utils.validation import (
    _check_feature_names,
    _check_n_features,
    _num_features,
)

from sk_keras._estimators.inputs.one_input import check_input
from sk_keras._shared.arrays.array_dict import ArrayDict
from sk_keras._shared.arrays.ragged import sequences


def check_columns(estimator: Any, X: Any, *, reset: bool) -> dict[str, Any]:
    """Take a table apart into inputs by its columns."""
    if isinstance(X, Mapping | ArrayDict):
        raise ValueError(
            f"input_columns picks from one table, but X is a {type(X).__name__}. Give "
            "a DataFrame or an array, or leave input_columns out."
        )
    if not (hasattr(X, "iloc") or sparse.issparse(X)):
        X = check_array(X, dtype=None, input_name="X", estimator=estimator)
    _check_feature_names(estimator, X, reset=reset)
    _check_n_features(estimator, X, reset=reset)
    if reset:
        if not estimator.input_columns:
            raise ValueError(
                "input_columns is empty. Give the columns of each input, or None."
            )
        estimator._columns = {
            str(name): _positions(X, name, columns)
            for name, columns in estimator.input_columns.items()
        }
    inputs = {}
    for name, positions in estimator._columns.items():
        picked = _safe_indexing(X, positions, axis=1)
        if len(positions) == 1 and hasattr(X, "iloc"):
            column = picked.iloc[:, 0]
            picked = picked if sequences(column) is None else column
        known = None if reset else estimator.X_shape_[name]
        inputs[name] = check_input(estimator, picked, f"X[{name!r}]", known)
    return inputs


def _positions(X: Any, name: Any, columns: Any) -> list[int]:
    """Find the columns of an input; later tables may be arrays without names."""
    chosen = columns(X) if callable(columns) else columns
    try:
        # Not every kind of index is one to pandas and to a check of its kind.
        if not isinstance(chosen, str | slice | int):
            chosen = chosen.tolist() if hasattr(chosen, "tolist") else list(chosen)
        found = [int(i) for i in np.atleast_1d(_get_column_indices(X, chosen))]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ValueError(
            f"input_columns[{name!r}]={columns!r} does not fit X with "
            f"{_num_features(X)} columns: {error}"
        ) from error
    if not found:
        raise ValueError(
            f"input_columns[{name!r}]={columns!r} picks no column of X. Name at least "
            "one."
        )
    return found
