"""What an `ImageAugmenter` may draw, from its parameters and the size of images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np

#: Everything that can be drawn for an image, in the order of the drawing.
DRAWN = (
    "rotation",
    "shift_rows",
    "shift_columns",
    "shear",
    "zoom_rows",
    "zoom_columns",
    "flip_horizontal",
    "flip_vertical",
    "channel_shift",
    "brightness",
)


@dataclass(frozen=True)
class Range:
    """What one quantity is drawn from.

    Attributes
    ----------
    kind : {"interval", "values", "coin"}
        Any number between two, one of several numbers, or yes or no.
    values : array of float32
        The two ends, or the numbers; empty for yes or no.
    """

    kind: Literal["interval", "values", "coin"]
    values: np.ndarray


def ranges(params: Mapping[str, Any], height: int, width: int) -> dict[str, Range]:
    """Return the ranges of what is drawn; what never changes an image is left out.

    Parameters
    ----------
    params : dict
        Parameters of an `ImageAugmenter`.
    height, width : int
        Of the images, in pixels.

    Raises
    ------
    ValueError
    """
    found = {
        "rotation": _around(0, params["rotation_range"]),
        "shift_rows": _shift(params["height_shift_range"], height),
        "shift_columns": _shift(params["width_shift_range"], width),
        "shear": _around(0, params["shear_range"]),
        "flip_horizontal": _coin(params["horizontal_flip"]),
        "flip_vertical": _coin(params["vertical_flip"]),
        "channel_shift": _around(0, params["channel_shift_range"]),
    }
    found["zoom_rows"] = found["zoom_columns"] = _zoom(params["zoom_range"])
    if params["brightness_range"] is not None:
        found["brightness"] = _pair(params["brightness_range"], "brightness_range")
    return {n: found[n] for n in DRAWN if found.get(n) is not None}  # type: ignore[misc]


def _interval(low: float, high: float) -> Range:
    return Range("interval", np.array([low, high], np.float32))


def _around(middle: float, size: float) -> Range | None:
    return _interval(middle - size, middle + size) if size else None


def _coin(flip: bool) -> Range | None:
    return Range("coin", np.zeros(0, np.float32)) if flip else None


def _zoom(zoom: Any) -> Range | None:
    if isinstance(zoom, Real):
        return _around(1, float(zoom))
    drawn = _pair(zoom, "zoom_range")
    return None if (drawn.values == 1).all() else drawn


def _pair(values: Any, name: str) -> Range:
    """Check a pair of factors."""
    low, high = _numbers(values, name) if len(values) == 2 else (1.0, 0.0)
    if not 0 <= low <= high or (name == "zoom_range" and low == 0):
        least = "greater than 0" if name == "zoom_range" else "at least 0"
        raise ValueError(
            f"{name} must be a pair (lower, upper) of numbers, lower {least} and not "
            f"above upper. Got {values!r}."
        )
    return _interval(low, high)


def _numbers(values: Any, name: str) -> list[float]:
    numbers = list(values)
    if not all(isinstance(v, Real) and np.isfinite(float(v)) for v in numbers):
        raise ValueError(f"{name} must hold finite numbers. Got {values!r}.")
    return [float(v) for v in numbers]


def _shift(shift: Any, size: int) -> Range | None:
    """Return shifts in pixels, for numbers below 1 as a share of the size."""
    if isinstance(shift, Integral):
        values = np.arange(-int(shift), int(shift) + 1, dtype=np.float32)
        return Range("values", values) if shift else None
    if isinstance(shift, Real):
        return _around(0, float(shift) * (size if shift < 1 else 1))
    given = np.array(_numbers(shift, "a shift range"), np.float32)
    if not given.size:
        raise ValueError("A list of shifts must not be empty; 0 is for no shifts.")
    given = given * (size if np.abs(given).max() < 1 else 1)
    return Range("values", np.concatenate([-given, given])) if given.any() else None
