"""Validation data: given, or split off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import TimeSeriesSplit, train_test_split
from sklearn.utils import check_consistent_length

from sk_keras._estimators.inputs.checked_rows import CheckedRows
from sk_keras._estimators.inputs.stream import is_stream
from sk_keras._shared.arrays.parts import parts_of
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.warn import warn

MSG_BOTH = (
    "A validation set was given in two ways: {first} and {second}. Give one of them."
)
MSG_LACKING = (
    "validation_split={split!r} leaves no row of {classes} in the {name} set. A "
    "fraction or a StratifiedShuffleSplit keeps the proportions of the classes."
)


#: By a mean that lies farther from all of y than these lie apart.
MSG_UNIT = (
    "The targets of the validation set lie far outside those in training: are they in "
    "another unit? TransformedTargetRegressor transforms y and leaves y_val as it is. "
    "Give y_val in the unit of the transformed y, or use validation_split."
)


@contextmanager
def about_validation(*, targets: bool) -> Iterator[None]:
    """Say of an error that it is the validation set's.

    Parameters
    ----------
    targets : bool
        Whether the set has some.
    """
    try:
        yield
    except ValueError as error:
        names = "X_val, y_val, sample_weight_val" if targets else "X_val"
        raise ValueError(f"In the validation set ({names}): {error}") from error


def warn_of_other_unit(train: Any, held_out: Any) -> None:
    """Warn where targets for validation lie far outside those in training.

    Parameters
    ----------
    train, held_out : CheckedRows or stream
        Of values. Batches of a stream are not looked at.
    """
    if not (isinstance(train, CheckedRows) and isinstance(held_out, CheckedRows)):
        return
    for y, y_val in zip(parts_of(train.y), parts_of(held_out.y), strict=False):
        if isinstance(y, Ragged) or not len(y_val):
            continue
        low, high = np.nanmin(y, axis=0), np.nanmax(y, axis=0)
        middle, span = np.nanmean(y_val, axis=0), high - low
        far = (middle < low - span) | (middle > high + span)
        if (far & (span > 0)).any():
            warn(MSG_UNIT)
            return


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
    ways = (
        _by_names(X_val, y_val, sample_weight_val),
        _by_validation_data(validation_data),
        _by_split(split),
    )
    given = [way for way in ways if way is not None]
    if len(given) > 1:
        raise ValueError(MSG_BOTH.format(first=given[0].name, second=given[1].name))
    return given[0].data if given else None


class _Way(NamedTuple):
    """A way in which a validation set was given, and the set, if it is there yet."""

    name: str
    data: tuple[Any, Any, Any] | None


def _by_names(X_val: Any, y_val: Any, sample_weight_val: Any) -> _Way | None:
    if is_stream(X_val) and y_val is None:
        return _Way("X_val", (X_val, None, sample_weight_val))
    if X_val is not None and y_val is not None:
        return _Way("X_val, y_val", (X_val, y_val, sample_weight_val))
    if X_val is not None or y_val is not None:
        raise ValueError(
            "X_val and y_val go together, but only "
            f"{'y_val' if X_val is None else 'X_val'} was given."
        )
    if sample_weight_val is not None:
        raise ValueError("sample_weight_val was given without X_val and y_val.")
    return None


def _by_validation_data(data: Any) -> _Way | None:
    if data is None:
        return None
    if is_stream(data):
        return _Way("validation_data", (data, None, None))
    is_tuple = isinstance(data, list | tuple)
    if not is_tuple or len(data) not in (2, 3):
        got = f" of {len(data)}" if is_tuple else ""
        raise ValueError(
            "validation_data must be a tuple (X, y) or (X, y, sample_weight). Got "
            f"{type(data).__name__}{got}."
        )
    return _Way("validation_data", (*data, None)[:3])


def _by_split(split: Any) -> _Way | None:
    nothing = split is None or (isinstance(split, Real) and split == 0)
    return None if nothing else _Way(f"validation_split={split!r}", None)


def check_groups(groups: Any, split: Any) -> None:
    """Refuse groups that nobody would look at."""
    if groups is not None and not hasattr(split, "split"):
        raise ValueError(
            "groups was given, but validation_split is no splitter that keeps them "
            "together, as sklearn.model_selection.GroupShuffleSplit does. Got "
            f"validation_split={split!r}."
        )


def check_splittable(data: Any, split: Any, model: Any) -> None:
    """Refuse to split what has no rows to choose from."""
    if not isinstance(data, CheckedRows):
        raise ValueError(
            "validation_split and early_stopping split rows off, and X comes batch by "
            "batch. Give X_val and y_val, or validation_data."
        )
    from sk_keras._training.stateful_models import is_stateful

    if is_stateful(model) and not hasattr(split, "split"):
        raise ValueError(
            "The model is stateful: rows go on from each other, and a validation_split "
            "of a fraction would tear them apart. Give X_val and y_val, or a splitter "
            "that keeps the order, TimeSeriesSplit."
        )


def split_validation(
    checked: CheckedRows,
    split: Any,
    *,
    groups: Any = None,
    stratify: bool,
    random_state: Any,
) -> tuple[CheckedRows, CheckedRows]:
    """Split a validation set off.

    Parameters
    ----------
    checked : CheckedRows
    split : float or CV splitter
        A fraction (shuffled), or a splitter whose first split is used; of a
        `TimeSeriesSplit` the last, which trains on most.
    groups : array-like of shape (n_samples,) or None
        For the splitter.
    stratify : bool
        Whether a fraction keeps the proportions of the classes.
    random_state : numpy.random.RandomState
    """
    if hasattr(split, "split"):
        return _by_splitter(checked, split, groups, stratify)
    classes = checked.y if stratify and _can_stratify(checked.y, split) else None
    train, validation = train_test_split(
        np.arange(len(checked)),
        test_size=split,
        stratify=classes,
        random_state=random_state,
    )
    return checked.rows(train), checked.rows(validation)


def _by_splitter(
    checked: CheckedRows, splitter: Any, groups: Any, stratify: bool
) -> tuple[CheckedRows, CheckedRows]:
    """Split as a splitter does, which need not keep rows of each class."""
    rows = np.zeros(len(checked))
    y = checked.y if isinstance(checked.y, np.ndarray) else None
    if groups is not None:
        check_consistent_length(groups, rows)
    splits = splitter.split(rows, y, groups)
    last = isinstance(splitter, TimeSeriesSplit)
    train, validation = list(splits)[-1] if last else next(iter(splits))
    sets = checked.rows(np.asarray(train)), checked.rows(np.asarray(validation))
    if stratify and y is not None and y.ndim == 1:
        for name, rows_of_set in zip(("training", "validation"), sets, strict=True):
            _warn_of_lacking(name, rows_of_set.y, y, splitter)
    return sets


def _warn_of_lacking(name: str, y: np.ndarray, every: np.ndarray, split: Any) -> None:
    lacking = [repr(label) for label in np.setdiff1d(every, y).tolist()]
    if not lacking:
        return
    shown = ", ".join(lacking[:5]) + (" and others" if len(lacking) > 5 else "")
    classes = f"class{'es' if len(lacking) > 1 else ''} {shown}"
    message = MSG_LACKING.format(split=split, classes=classes, name=name)
    warn(message)


def _can_stratify(y: Any, fraction: float) -> bool:
    """Tell whether every class has members enough for both sets."""
    if not isinstance(y, np.ndarray) or y.ndim != 1:
        return False
    counts = np.unique(y, return_counts=True)[1]
    n_rows = len(y)
    smaller = min(int(np.ceil(fraction * n_rows)), n_rows - int(fraction * n_rows))
    return bool(counts.min() >= 2 and smaller >= len(counts))
