"""Check X, y, weights and validation data; the one user of sklearn's checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.exceptions import DataConversionWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import (
    _check_sample_weight,
    assert_all_finite,
    validate_data,
)

#: Dtypes that reach Keras as they are: Keras casts them a batch at a time, and
#: Embedding layers want integers. Everything else becomes float32.
KEPT_DTYPES = [
    np.float32,
    *(np.dtype(kind) for kind in ("i1", "i2", "i4", "i8", "u1", "u2", "u4")),
]

MSG_BOTH = (
    "A validation set was given in two ways: {first} and {second}. Give one of them."
)


@dataclass
class Sample:
    """Checked data: X, y as the user meant it, weights."""

    X: Any
    y: Any
    weight: np.ndarray | None = None

    def rows(self, index: np.ndarray) -> Sample:
        """Pick rows."""
        y = (
            {k: v[index] for k, v in self.y.items()}
            if isinstance(self.y, dict)
            else None
        )
        return Sample(
            self.X[index],
            self.y[index] if y is None else y,
            None if self.weight is None else self.weight[index],
        )

    def without_zero_weights(self) -> Sample:
        """Leave out rows that must not count."""
        if self.weight is None or self.weight.all() or not self.weight.any():
            return self
        return self.rows(np.flatnonzero(self.weight))


def check_X(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Check X against fit's, or learn its names and widths from it.

    Returns
    -------
    array of shape (n_samples, ...) or CSR matrix
    """
    # What overflows in float32 is reported as a value too large for it.
    with np.errstate(over="ignore"):
        return validate_data(
            estimator,
            X,
            reset=reset,
            dtype=KEPT_DTYPES,
            accept_sparse="csr",
            allow_nd=True,
            ensure_min_features=1,
        )


def check_shape(X: Any, shape: tuple[int, ...], name: str) -> None:
    """Compare the axes behind the first with those seen in fit.

    sklearn checks the second axis, which it calls features; in sequences and
    images it is not.
    """
    found = X.shape if hasattr(X, "shape") else np.asarray(X).shape
    if max(len(found), len(shape)) > 2 and tuple(found[1:]) != tuple(shape[1:]):
        raise ValueError(
            f"X has shape {tuple(found)}, but {name} is expecting "
            f"{('n_samples', *shape[1:])}, as in fit."
        )


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
    """
    if y is None:
        raise ValueError(
            f"This {name} estimator requires y to be passed, but the target y is None."
        )
    if isinstance(y, Mapping):
        if not y:
            raise ValueError("y is an empty dict. Give a target for each output.")
        return {str(k): check_y(v, numeric=numeric, name=name) for k, v in y.items()}
    if sparse.issparse(y):
        y = y.toarray()
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
        import warnings

        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change "
            "the shape of y to (n_samples,), for example using ravel().",
            DataConversionWarning,
            stacklevel=5,
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
    y = check_y(y, numeric=numeric, name=type(estimator).__name__)
    X = check_X(estimator, X, reset=reset)
    for part in y.values() if isinstance(y, dict) else [y]:
        check_consistent_length(X, part)
    return Sample(X, y, check_weight(sample_weight, X))


def check_weight(sample_weight: Any, X: Any) -> np.ndarray | None:
    """Check sample weights; a float32 copy of shape (n_samples,)."""
    if sample_weight is None:
        return None
    weight = _check_sample_weight(
        sample_weight, X, dtype=np.float64, ensure_non_negative=True, copy=True
    )
    if not weight.any():
        raise ValueError(
            "All sample weights are zero: there is nothing to train on. Give at least "
            "one sample a positive weight."
        )
    return weight


@contextmanager
def about_validation() -> Iterator[None]:
    """Say of an error that it is the validation set's."""
    try:
        yield
    except ValueError as error:
        raise ValueError(
            f"In the validation set (X_val, y_val, sample_weight_val): {error}"
        ) from error


def one_validation_set(
    X_val: Any, y_val: Any, sample_weight_val: Any, validation_data: Any, split: Any
) -> tuple[Any, Any, Any] | None:
    """Find the validation set among the ways to give it.

    Returns
    -------
    tuple of X, y, weights, or None

    Raises
    ------
    ValueError
        If it is given twice, by half, or beside ``validation_split``.
    """
    given = []
    if X_val is not None or y_val is not None:
        if X_val is None or y_val is None:
            raise ValueError(
                "X_val and y_val go together, but only "
                f"{'y_val' if X_val is None else 'X_val'} was given."
            )
        given.append(("X_val, y_val", (X_val, y_val, sample_weight_val)))
    elif sample_weight_val is not None:
        raise ValueError("sample_weight_val was given without X_val and y_val.")
    if validation_data is not None:
        is_tuple = isinstance(validation_data, list | tuple)
        if not is_tuple or len(validation_data) not in (2, 3):
            got = f" of {len(validation_data)}" if is_tuple else ""
            raise ValueError(
                "validation_data must be a tuple (X, y) or (X, y, sample_weight). Got "
                f"{type(validation_data).__name__}{got}."
            )
        given.append(("validation_data", (*validation_data, None)[:3]))
    names = [name for name, _ in given]
    if not (isinstance(split, Real) and split == 0) and split is not None:
        names.append(f"validation_split={split!r}")
    if len(names) > 1:
        raise ValueError(MSG_BOTH.format(first=names[0], second=names[1]))
    return given[0][1] if given else None


def split_validation(
    sample: Sample, split: Any, *, stratify: bool, random_state: Any
) -> tuple[Sample, Sample]:
    """Split a validation set off.

    Parameters
    ----------
    sample : Sample
    split : float or CV splitter
        A fraction (shuffled), or a splitter whose first split is used.
    stratify : bool
        Whether a fraction keeps the proportions of the classes.
    random_state : numpy.random.RandomState
    """
    n_rows = sample.X.shape[0]
    if hasattr(split, "split"):
        y = sample.y if isinstance(sample.y, np.ndarray) else None
        train, validation = next(iter(split.split(np.zeros(n_rows), y)))
        return sample.rows(np.asarray(train)), sample.rows(np.asarray(validation))
    classes = sample.y if stratify and _can_stratify(sample.y, split, n_rows) else None
    train, validation = train_test_split(
        np.arange(n_rows), test_size=split, stratify=classes, random_state=random_state
    )
    return sample.rows(train), sample.rows(validation)


def _can_stratify(y: Any, fraction: float, n_rows: int) -> bool:
    """Tell whether every class has members enough for both parts."""
    if not isinstance(y, np.ndarray) or y.ndim != 1:
        return False
    counts = np.unique(y, return_counts=True)[1]
    smaller = min(int(np.ceil(fraction * n_rows)), n_rows - int(fraction * n_rows))
    return bool(counts.min() >= 2 and smaller >= len(counts))


def dense_rows(rows: Any) -> np.ndarray:
    """Make a few rows dense."""
    return rows.toarray() if sparse.issparse(rows) else rows
