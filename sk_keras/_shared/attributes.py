"""What estimators learn: the one place where their attributes are written as a dict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def learn(estimator: Any, attributes: Mapping[str, Any]) -> None:
    """Set attributes of an estimator, past any ``__setattr__``."""
    vars(estimator).update(attributes)


def forget(estimator: Any, names: Iterable[str]) -> None:
    """Take attributes away from an estimator, those that it has."""
    for name in names:
        vars(estimator).pop(name, None)


def shallow_copy(estimator: Any, **changed: Any) -> Any:
    """Copy an estimator that keeps what it has learned, without its constructor.

    Parameters
    ----------
    estimator : estimator
    **changed : dict
        Attributes that the copy has in place of the estimator's.
    """
    twin = object.__new__(type(estimator))
    learn(twin, {**vars(estimator), **changed})
    return twin
