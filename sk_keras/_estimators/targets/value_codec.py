"""Targets that are numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sk_keras._estimators.targets.codec import (
    Shape,
    TargetCodec,
    same_axes,
    width_error,
)
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.losses import Plan
from sk_keras._shared.keras_objects.precision import float_type
from sk_keras._shared.serialization import tagged


@tagged("values")
@dataclass(frozen=True)
class ValueCodec(TargetCodec):
    """Real values of any shape: regression."""

    shape: Shape

    target_type = "continuous"
    classes = None

    @property
    def n_columns(self) -> int:
        """Number of values in a row."""
        return int(self.shape[0] or 1) if self.shape else 1

    def divided(self, widths: Sequence[int]) -> list[TargetCodec]:
        """Give each output as many columns as it has units."""
        if self.shape != (sum(widths),):
            return []
        return [ValueCodec((width,) if width > 1 else ()) for width in widths]

    def check(self, head: Head) -> None:
        """Accept any: an own loss may want another shape than that of y."""

    def fits_shape(self, head: Head) -> bool:
        """Accept the shape of y, or with a last axis of 1 added."""
        shapes = (self.shape, (*self.shape, 1))
        return any(same_axes(head.shape, shape) for shape in shapes)

    def shape_error(self, head: Head, several: int = 1) -> ValueError:
        """Say what shape an output needs, of ``several`` values for each of y."""
        shape = (*self.shape, several) if several > 1 else self.shape
        needed = f"{shape[-1] if shape else 1} unit{'s' * (shape not in ((), (1,)))}"
        if len(shape) > 1 or None in shape:
            needed = f"shape {(None, *shape)}"
        target = f"y of shape {(None, *self.shape)}"
        if several > 1:
            target += f" and {several} quantiles"
        return width_error(head, target, needed, "n_outputs")

    def check_y(self, y: np.ndarray) -> None:
        """Accept the shape that y had in fit."""
        if not same_axes(self.shape, y.shape[1:]):
            raise ValueError(
                f"y has shape {y.shape}, but the targets seen in fit had shape "
                f"{('n_samples', *self.shape)}."
            )

    def encode(self, y: np.ndarray, plan: Plan, head: Head) -> np.ndarray:
        """Give floats in the rank of the output."""
        self.check_y(y)
        with np.errstate(over="ignore"):
            values = y.astype(float_type())
        if np.isinf(values).any():
            largest = np.nanmax(np.abs(y))
            raise ValueError(
                "Input y contains infinity or a value too large for "
                f"dtype({str(values.dtype)!r}): {largest:.6g}. Networks learn targets "
                "near 1 best: scale y, for instance by "
                "sklearn.compose.TransformedTargetRegressor."
            )
        return values[..., None] if len(head.shape) == values.ndim else values

    def decode(self, raw: np.ndarray, plan: Plan) -> np.ndarray:
        """Give values in the shape of y, or of the output where that is another."""
        if plan.link in ("output", "ascending"):
            values = raw.astype(np.float64)
            return np.sort(values, axis=-1) if plan.link == "ascending" else values
        extra_axis = raw.ndim == len(self.shape) + 2
        return (raw[..., 0] if extra_axis else raw).astype(np.float64)
