"""Names of columns, where X has a table for each of several inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.utils.validation import _check_feature_names


def check_names(estimator: Any, parts: Mapping[Any, Any], *, reset: bool) -> None:
    """Check the names of the columns of each part against fit's, or learn them.

    As scikit-learn does for one table: other names, and another order, are errors; a
    warning where only one of both has names.

    Parameters
    ----------
    estimator : estimator
        ``_part_names`` are set by ``reset``.
    parts : dict of array-like
        As the user gave them.
    reset : bool

    Raises
    ------
    ValueError
        If names differ from those in fit.
    """
    known = {} if reset else vars(estimator).get("_part_names", {})
    found = {}
    for key, part in parts.items():
        # It learns for the whole X; here each part has names of its own.
        holder = object.__new__(type(estimator))
        if key in known:
            holder.feature_names_in_ = known[key]
        try:
            _check_feature_names(holder, part, reset=reset)
        except ValueError as error:
            raise ValueError(f"Input X[{key!r}]: {error}") from None
        if "feature_names_in_" in vars(holder):
            found[key] = holder.feature_names_in_
    if reset:
        estimator._part_names = found
