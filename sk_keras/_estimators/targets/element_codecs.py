"""Labels for the elements of a sample: tags of a sequence, masks of an image.

One rule for the last axis of y, beside that of the model's output; ``s`` are axes that
both have, ``k`` is the number of classes:

============  =============================  =====================================
y             output                         what y is
============  =============================  =====================================
(n, *s)       (n, *s, k)                     a label for each element
(n, *s)       (n, *s) or (n, *s, 1)          the same, of two, by a sigmoid each
(n, *s, 1)    (n, *s, k)                     a label for each element
(n, *s, k)    (n, *s, k), no sigmoid         one-hot along the last axis, if it is that
(n, *s, k)    (n, *s, k) with sigmoid        any number of ones along the last axis
============  =============================  =====================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sk_keras._estimators.targets.codec import (
    Shape,
    TargetCodec,
    same_axes,
    width_error,
)
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.label_codecs import coded, positions, signed
from sk_keras._estimators.targets.losses import Plan
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.serialization import tagged


class ElementCodec(TargetCodec):
    """A label for every element of a sample."""

    target_type = "elementwise"


@tagged("labels of elements")
@dataclass(frozen=True, eq=False)
class ElementwiseCodec(ElementCodec):
    """Labels of any type.

    Attributes
    ----------
    classes : array
    shape : tuple of int or None
        Of the elements of a sample.
    last : bool, default=False
        Whether y has a last axis of 1 beside.
    """

    classes: np.ndarray
    shape: Shape
    last: bool = False

    @property
    def y_shape(self) -> Shape:
        """Shape of a sample of y."""
        return (*self.shape, *[1] * self.last)

    def for_head(self, head: Head) -> TargetCodec:
        """Take a last axis of 1 off where the output has its classes there."""
        same_rank = len(head.shape) == len(self.shape)
        if same_rank and self.shape[-1] == 1 and head.width != 1:
            return replace(self, shape=self.shape[:-1], last=True)
        return self

    def loss_target(self, head: Head) -> str:
        """Name the kind of one element's target."""
        if len(head.shape) == len(self.shape):
            return "multilabel-indicator"  # a sigmoid for each element
        return "binary" if self.n_classes <= 2 else "multiclass"

    def check(self, head: Head) -> None:
        """Accept a last axis of one unit a class, or a sigmoid for two."""
        k = self.n_classes
        units = [k, 1, 2] if k <= 2 else [k]
        fits = any(same_axes(head.shape, (*self.shape, unit)) for unit in units)
        binary = k <= 2 and same_axes(head.shape, self.shape)
        if not (fits or binary):
            shape = (None, *self.y_shape)
            needed = f"shape {(None, *self.shape, k)}" + (
                f" or {(None, *self.shape, 1)}" if k <= 2 else ""
            )
            raise width_error(head, f"y of shape {shape} with {k} classes", needed)

    def check_y(self, y: np.ndarray) -> None:
        """Accept the shape that y had in fit."""
        if not same_axes(self.y_shape, y.shape[1:]):
            raise ValueError(_of_other_shape(y, self.y_shape))

    def labels(self, y: np.ndarray) -> np.ndarray:
        """Return the labels, an axis for each of the elements."""
        return y[..., 0] if self.last else y

    def encode(self, y: np.ndarray, plan: Plan, head: Head) -> np.ndarray:
        """Give integers, or 0/1 with the shape of the output."""
        self.check_y(y)
        codes = positions(self.labels(y), self.classes)
        if len(head.shape) == len(self.shape) and plan.encoding != "int":
            return signed(codes.astype(np.float32), plan)
        return coded(codes, plan, head)

    def probabilities(self, raw: np.ndarray, plan: Plan) -> np.ndarray:
        """Give an array with the classes along the last axis."""
        same_rank = raw.ndim == len(self.shape) + 1
        return super().probabilities(raw[..., None] if same_rank else raw, plan)

    def decode(self, raw: np.ndarray, plan: Plan) -> np.ndarray:
        """Give the most probable label of every element."""
        best = np.argmax(self.probabilities(raw, plan), axis=-1)
        found: np.ndarray = self.classes[best]
        return found[..., None] if self.last else found


@tagged("one-hot labels of elements")
@dataclass(frozen=True, eq=False)
class OneHotElementsCodec(ElementCodec):
    """A single one along the last axis; predictions look the same.

    Attributes
    ----------
    zero_and_one : array
        The labels of y, if each element turns out to be one.
    shape : tuple of int or None
        Of a sample, its last axis that of the classes.
    dtype : str
    """

    zero_and_one: np.ndarray
    shape: Shape
    dtype: str

    @property
    def classes(self) -> np.ndarray:
        """The numbers along the last axis."""
        return np.arange(self.shape[-1] or 0)

    def for_head(self, head: Head) -> TargetCodec:
        """Take elements for labels where the output has a sigmoid or an axis more."""
        if len(head.shape) == len(self.shape) and head.activation != "sigmoid":
            return self
        return ElementwiseCodec(self.zero_and_one, self.shape).for_head(head)

    def loss_target(self, head: Head) -> str:
        """Name the kind of one element's target."""
        return "multiclass-onehot"

    def check(self, head: Head) -> None:
        """Accept the shape of y."""
        if not same_axes(head.shape, self.shape):
            shape = (None, *self.shape)
            raise width_error(head, f"one-hot y of shape {shape}", f"shape {shape}")

    def check_y(self, y: np.ndarray) -> None:
        """Accept the shape that y had in fit, and a single 1 for each element."""
        if not same_axes(self.shape, y.shape[1:]):
            raise ValueError(_of_other_shape(y, self.shape))
        if not _is_one_hot(y):
            raise ValueError(
                "y has elements with several ones or none along its last axis, but in "
                "fit each had one: it was taken for one-hot labels. For labels that "
                "can be true together, fit on rows that show it."
            )

    def labels(self, y: np.ndarray) -> np.ndarray:
        """Return the number of each element's class."""
        numbers: np.ndarray = np.argmax(y, axis=-1)
        return numbers

    def right(self, y: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        """Tell which elements are right."""
        same: np.ndarray = self.labels(y) == self.labels(predicted)
        return same

    def encode(self, y: np.ndarray, plan: Plan, head: Head) -> np.ndarray:
        """Give y as it is, or integers where the loss wants them."""
        self.check_y(y)
        if plan.encoding == "int":
            return self.labels(y).astype(np.int32)
        return signed(y.astype(np.float32), plan)

    def decode(self, raw: np.ndarray, plan: Plan) -> np.ndarray:
        """Give a 1 for the most probable class of every element."""
        rows = np.eye(self.n_classes, dtype=self.dtype)
        made: np.ndarray = rows[np.argmax(raw, axis=-1)]
        return made


def element_codec(y: Any, labels: np.ndarray) -> TargetCodec:
    """Make the codec of labels for elements.

    Parameters
    ----------
    y : array of shape (n_samples, ...), or Ragged
    labels : array
        All that there are.
    """
    values, shape = (y.values if isinstance(y, Ragged) else y), y.shape[1:]
    if len(shape) > 1 and shape[-1] != 1 and _is_one_hot(values):
        return OneHotElementsCodec(labels, shape, y.dtype.str)
    return ElementwiseCodec(labels, shape)


def _of_other_shape(y: np.ndarray, shape: Shape) -> str:
    return (
        f"y has shape {y.shape}, but the targets seen in fit had shape "
        f"{('n_samples', *shape)}."
    )


def _is_one_hot(y: np.ndarray) -> bool:
    """Tell whether there is a single 1 along the last axis, and else 0."""
    if y.dtype.kind not in "biuf":
        return False
    ones = y == 1
    return bool(((y == 0) | ones).all() and (ones.sum(axis=-1) == 1).all())
