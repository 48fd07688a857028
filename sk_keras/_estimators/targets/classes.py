"""Lists of classes: one, or one for each of several targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sk_keras._shared.arrays.array_dict import ArrayDict


def keyed(values: Any) -> dict[str, Any]:
    """Name what belongs to each target; by position in a list, "" for one alone."""
    if isinstance(values, Mapping | ArrayDict):
        return {str(key): values[key] for key in values.keys()}
    if isinstance(values, list | tuple) and len(values) and np.ndim(values[0]) > 0:
        return {str(i): value for i, value in enumerate(values)}
    return {"": values}


def classes_by_key(classes: Any, targets: Any) -> dict[str, np.ndarray]:
    """Check that classes are arranged as targets, or as classes known before."""
    now, keys = keyed(classes), list(keyed(targets))
    unknown = [key for key in now if key not in keys]
    if unknown:
        described = "one target" if keys == [""] else f"the targets {keys}"
        given = "one list" if unknown == [""] else f"classes of {unknown}"
        raise ValueError(
            f"classes must be arranged as y is. Got {given}, but there "
            f"{'is' if keys == [''] else 'are'} {described}."
        )
    return {key: np.unique(np.asarray(one)) for key, one in now.items()}


def check_same_classes(classes: Any, known: Any) -> None:
    """Refuse other classes than those of the first call.

    Parameters
    ----------
    classes, known : array, or dict or list of them
        As given, and as learned.
    """
    now = classes_by_key(classes, known)
    before = {key: np.unique(one) for key, one in keyed(known).items()}
    if any(not np.array_equal(now[key], before[key]) for key in now):
        raise ValueError(
            f"classes={_spelled(classes)} is not the same as in the fit before, "
            f"where it was {_spelled(known)}. Leave classes out to go on with "
            "those, or fit anew without warm_start."
        )


def _spelled(classes: Any) -> Any:
    """Write classes for a message."""
    by_key = {key: np.asarray(one).tolist() for key, one in keyed(classes).items()}
    return by_key[""] if list(by_key) == [""] else by_key
