"""Rows of data with targets and weights, checked."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import (
    _check_sample_weight,
    _num_samples,
    assert_all_finite,
)

from sk_keras._estimators.inputs.check_x import check_X
from sk_keras._estimators.targets.steps import check_lengths
from sk_keras._shared.arrays.parts import are_parts, map_parts, n_rows, parts_of, pick
from sk_keras._shared.arrays.ragged import Ragged, differ, sequences
from sk_keras.data import ArrayDict


@dataclass
class Sample:
    """Checked data: X, y as the user meant it, weights.

    Attributes
    ----------
    X : array, CSR matrix or Ragged, or a dict or list of them
    y : array or Ragged, or a dict of them
    weight : array, dict of arrays or None
        Of shape (n_samples,), or the first axes of its target.
    names : tuple of str
        Names of the columns of y, where it was a table.
    container : type
        What held several targets: dict, list or ArrayDict.
    """

    X: Any
    y: Any
    weight: Any = None
    names: tuple[str, ...] = ()
    container: type = dict

    def __len__(self) -> int:
        return n_rows(self.X)

    def rows(self, index: np.ndarray) -> Sample:
        """Pick rows."""
        weight = None if self.weight is None else pick(self.weight, index)
        X = pick(self.X, index)
        y = X if self.y is self.X else pick(self.y, index)
        return replace(self, X=X, y=y, weight=weight)

    def without_zero_weights(self) -> Sample:
        """Leave out rows that must not count."""
        if self.weight is None:
            return self
        parts = [part.reshape(len(part), -1) for part in parts_of(self.weight)]
        counts = np.any([part.any(axis=1) for part in parts], axis=0)
        if counts.all() or not counts.any():
            return self
        return self.rows(np.flatnonzero(counts))


def check_y(y: Any, *, numeric: bool, name: str) -> Any:
    """Check a target of any supported form.

    Parameters
    ----------
    y : array-like of shape (n_samples, ...), or dict of them
    numeric : bool
        Whether values are wanted, not labels.
    name : str
        The estimator's, for messages.

    Returns
    -------
    array or dict of arrays
        Ragged where rows are of unequal length.
    """
    if y is None:
        raise ValueError(
            f"This {name} estimator requires y to be passed, but the target y is None."
        )
    if sparse.issparse(y):
        y = y.toarray()
    if isinstance(y, Mapping | ArrayDict):
        if not y.keys():
            raise ValueError("y is an empty dict. Give a target for each output.")
        named = {str(key): y[key] for key in y.keys()}
        return {k: check_y(v, numeric=numeric, name=name) for k, v in named.items()}
    rows = sequences(y)
    if rows is not None and differ(rows):
        y = Ragged.of(rows)
        if len(y.values):
            y.values = check_y(y.values, numeric=numeric, name=name)
        return y
    if rows is not None and not isinstance(y, list | tuple):
        y = np.asarray(rows)  # a column of sequences that happen to be as long
    return _one_target(y, numeric=numeric, name=name)


def _one_target(y: Any, *, numeric: bool, name: str) -> np.ndarray:
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
    assert_all_finite(y, input_name="y")
    if not numeric and y.ndim == 2 and y.shape[1] == 1:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change "
            "the shape of y to (n_samples,), for example using ravel().",
            DataConversionWarning,
            stacklevel=9,
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


def check_sample(
    estimator: Any, X: Any, y: Any, sample_weight: Any, *, reset: bool, numeric: bool
) -> Sample:
    """Check the data of a fit, or a validation set against it (``reset=False``)."""
    names = tuple(map(str, y.columns)) if hasattr(y, "columns") else ()
    if reset:
        y, container = targets_by_name(y, X)
    else:
        y, container = estimator._targets.as_in_fit(y), estimator._targets.container
    y = check_y(y, numeric=numeric, name=type(estimator).__name__)
    n_samples = _num_samples(parts_of(y)[0])
    X = check_X(estimator, X, reset=reset, n_samples=n_samples)
    for part in parts_of(y):
        check_consistent_length(parts_of(X)[0], part)
    check_lengths(X, y)
    return Sample(X, y, check_weight(sample_weight, y), names, container)


def targets_by_name(y: Any, X: Any) -> tuple[Any, type]:
    """Put a list of targets, one for each output, in a dict.

    A list of arrays may also be a list of rows; the rows of X tell.

    Returns
    -------
    y : as it was, or a dict with the keys "0", "1" ...
    container : type
        What y was: list, ArrayDict, or dict for all else.
    """
    if isinstance(y, ArrayDict):
        return y, ArrayDict
    if not isinstance(y, list | tuple) or not are_parts(y, _count(X)):
        return y, dict
    return {str(i): part for i, part in enumerate(y)}, list


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


def check_weight(sample_weight: Any, y: Any) -> Any:
    """Check sample weights; copies of shape (n_samples,), or of a target's first axes.

    Parameters
    ----------
    sample_weight : array-like, mapping of str to array-like, or None
        A mapping gives weights to outputs by their names, a list of arrays in their
        order.
    y : array or dict of arrays
        Checked.
    """
    if sample_weight is None:
        return None
    if isinstance(y, dict) and _is_listed(sample_weight, y):
        sample_weight = dict(zip(y, sample_weight, strict=True))
    if isinstance(sample_weight, Mapping | ArrayDict):
        if not isinstance(y, dict) or set(sample_weight.keys()) - set(y):
            outputs = f"the keys {sorted(y)}" if isinstance(y, dict) else "no names"
            raise ValueError(
                f"sample_weight has the keys {sorted(sample_weight.keys())}, but the "
                f"targets have {outputs}."
            )
        given = {name: sample_weight[name] for name in sample_weight.keys()}
        weight: Any = {
            # An output may count for nothing, as long as another one does.
            name: np.ones(len(part))
            if given.get(name) is None
            else _one_weight(given[name], part, zeros=True)
            for name, part in y.items()
        }
    else:
        weight = _one_weight(sample_weight, parts_of(y)[0])
    if not any(part.any() for part in parts_of(weight)):
        raise ValueError(
            "All sample weights are zero: there is nothing to train on. Give at least "
            "one sample a positive weight."
        )
    return weight


def _is_listed(weight: Any, y: dict[str, Any]) -> bool:
    """Tell a list of weights for each of the outputs that came in a list."""
    return (
        isinstance(weight, list | tuple)
        and list(y) == [str(i) for i in range(len(weight))]
        and all(part is None or np.ndim(part) > 0 for part in weight)
    )


def scaled(weight: Any, to_mean_1: bool) -> Any:
    """Give weights a mean of 1, where asked; those of an output may all be 0.

    Raises
    ------
    ValueError
        If all are 0 where they are to be scaled.
    """
    if to_mean_1 and not any(part.any() for part in parts_of(weight)):
        raise ValueError(
            "All sample weights are zero in the rows to train or to validate on. "
            "Give at least one row a positive weight."
        )

    def one(part: np.ndarray) -> np.ndarray:
        mean = part.mean() if to_mean_1 and part.any() else 1.0
        return (part / mean).astype(np.float32)

    return map_parts(one, weight)


def _one_weight(weight: Any, y: np.ndarray, *, zeros: bool = False) -> np.ndarray:
    if zeros and np.shape(weight) == (len(y),) and not np.any(weight):
        return np.zeros(len(y))  # scikit-learn refuses these
    if isinstance(y, Ragged) and sequences(weight) is not None:
        raise ValueError(
            "sample_weight must have one weight for each row where the rows of y are "
            "of unequal length."
        )
    if np.asarray(weight).ndim > 1 and y.ndim > 1:  # for each step of a sequence
        weight = check_array(
            weight,
            dtype=np.float64,
            allow_nd=True,
            ensure_non_negative=True,
            copy=True,
            input_name="sample_weight",
        )
        if weight.shape != y.shape[: weight.ndim]:
            raise ValueError(
                f"sample_weight has shape {weight.shape}, but y has shape {y.shape}: "
                "give a weight for each row, or for each of the first axes of y."
            )
        return weight
    return _check_sample_weight(
        weight, y, dtype=np.float64, ensure_non_negative=True, copy=True
    )
