"""Values of parameters, of any kind, compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

import numpy as np


def same_value(a: Any, b: Any) -> bool:
    """Compare two parameter values of any kind; Keras objects by their configs."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        same_kind = a.dtype == b.dtype and a.shape == b.shape
        # Bytes, so that NaN is itself; objects have none that would tell.
        return bool(same_kind and a.dtype != object and a.tobytes() == b.tobytes())
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(same_value(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same_value, a, b))
    if is_dataclass(a):
        return same_value(vars(a), vars(b))
    try:
        if hasattr(a, "get_config") and not isinstance(a, type):
            return same_value(a.get_config(), b.get_config())
        return bool(a == b)
    except Exception:  # tables and the like have no single truth
        return False
