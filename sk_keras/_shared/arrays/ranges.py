"""The range of values, and whether it is that of probabilities."""

from __future__ import annotations

from typing import Any

from scipy import sparse

#: By how much scaled values may miss the ends of their range.
ROUNDING = 1e-6


def range_of(X: Any) -> tuple[float, float]:
    """Return the least and the greatest value; zeros of sparse rows count."""
    if sparse.issparse(X) or X.size:
        return float(X.min()), float(X.max())
    return 0.0, 0.0


def in_unit_range(data_range: tuple[float, float]) -> bool:
    """Tell whether values lie between 0 and 1."""
    return -ROUNDING <= data_range[0] and data_range[1] <= 1.0 + ROUNDING
