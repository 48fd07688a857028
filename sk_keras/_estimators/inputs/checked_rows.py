"""Rows of data with targets and weights, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import (
    _num_samples,
)

from sk_keras._estimators.inputs.check_x import check_X
from sk_keras._estimators.inputs.check_y import allows_nan, check_y
from sk_keras._estimators.inputs.weights import check_weight
from sk_keras._shared.arrays.array_dict import ArrayDict
from sk_keras._shared.arrays.parts import are_parts, n_rows, parts_of, pick
from sk_keras._shared.arrays.ragged import Ragged


@dataclass
class CheckedRows:
    """Checked data: X, y as the user meant it, weights.

    Attributes
    ----------
    X : array, CSR matrix or Ragged, or a dict or list of them
    y : array or Ragged, or a dict of them
    weight : array, dict of arrays or None
        Of shape (n_samples,), or the first axes of its target.
    names : tuple of str
        Names of the columns of y, where it was a table.
    container : {"dict", "list", "ArrayDict"}
        What held several targets, in the data that are learned from.
    """

    X: Any
    y: Any
    weight: Any = None
    names: tuple[str, ...] = ()
    container: str = "dict"

    def __len__(self) -> int:
        return n_rows(self.X)

    def rows(self, index: np.ndarray) -> CheckedRows:
        """Pick rows."""
        weight = None if self.weight is None else pick(self.weight, index)
        X = pick(self.X, index)
        y = X if self.y is self.X else pick(self.y, index)
        return replace(self, X=X, y=y, weight=weight)

    def without_zero_weights(self) -> CheckedRows:
        """Leave out rows that must not count."""
        if self.weight is None:
            return self
        counts = np.any([_counts(array) for array in parts_of(self.weight)], axis=0)
        if counts.all() or not counts.any():
            return self
        return self.rows(np.flatnonzero(counts))


def _counts(weight: Any) -> np.ndarray:
    """Tell which rows have a weight that is not 0."""
    if isinstance(weight, Ragged):
        return np.array([row.any() for row in weight.rows()])
    counts: np.ndarray = weight.reshape(len(weight), -1).any(axis=1)
    return counts


def check_rows(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    *,
    reset: bool,
    numeric: bool,
    batch: bool = False,
) -> CheckedRows:
    """Check the data of a fit, or a validation set against it (``reset=False``).

    A ``batch`` of more may have weights that are all 0.
    """
    names = tuple(map(str, y.columns)) if hasattr(y, "columns") else ()
    container = "dict"
    if reset:
        y, container = targets_by_name(y, X)
    else:
        y = estimator._targets.as_in_fit(y)
    nan = allows_nan(estimator.loss)
    y = check_y(y, numeric=numeric, name=type(estimator).__name__, allow_nan=nan)
    n_samples = _num_samples(parts_of(y)[0])
    X = check_X(estimator, X, reset=reset, n_samples=n_samples)
    for target in parts_of(y):
        check_consistent_length(parts_of(X)[0], target)
    check_lengths(X, y)
    weight = check_weight(sample_weight, y, zeros=batch)
    return CheckedRows(X, y, weight, names, container)


def targets_by_name(y: Any, X: Any) -> tuple[Any, str]:
    """Put a list of targets, one for each output, in a dict.

    A list of arrays may also be a list of rows; the rows of X tell.

    Returns
    -------
    y : as it was, or a dict with the keys "0", "1" ...
    container : {"list", "ArrayDict", "dict"}
        What y was; "dict" for all else.
    """
    if isinstance(y, ArrayDict):
        return y, "ArrayDict"
    if not isinstance(y, list | tuple) or not are_parts(y, _count(X)):
        return y, "dict"
    return {str(i): part for i, part in enumerate(y)}, "list"


def _count(X: Any) -> int | None:
    """Count the rows of X before it is checked."""
    if isinstance(X, Mapping | ArrayDict) and not sparse.issparse(X):
        X = next(iter(X.values()), None)
    try:
        # Lists in a list are rows, as far as can be told without y.
        arrays = isinstance(X, list | tuple) and all(hasattr(x, "shape") for x in X)
        if arrays and len(X) and are_parts(X, _num_samples(X[0])):
            X = X[0]
        return _num_samples(X)
    except TypeError:
        return None


def check_lengths(X: Any, y: Any) -> None:
    """Refuse targets that have not as many steps as the rows of an input.

    Parameters
    ----------
    X, y : array or Ragged, or a dict or list of them
        Checked.
    """
    inputs = [array for array in parts_of(X) if isinstance(array, Ragged)]
    for target in parts_of(y):
        if not isinstance(target, Ragged):
            continue
        if any(np.array_equal(target.lengths, each.lengths) for each in inputs):
            continue
        if not inputs:
            raise ValueError(
                "y has rows of unequal length, but X has not. A target of unequal "
                "lengths needs a label or value for each step of X; pad y where it "
                "is something else."
            )
        row = int(np.flatnonzero(target.lengths != inputs[0].lengths)[0])
        raise ValueError(
            f"Row {row} of y has {target.lengths[row]} steps, but row {row} of X has "
            f"{inputs[0].lengths[row]}. A target of unequal lengths needs a label or "
            "value for each step of X."
        )
