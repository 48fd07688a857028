"""Target codecs: labels and values in the form that a loss wants, and back.

A codec is made from ``y`` before the model exists (the builder wants to know
the classes). Whether labels go in as integers, one-hot rows, 0/1 or -1/+1 is
the `Plan`'s to say, once the model and its loss are known.
Codecs work on arrays alone; Keras does not appear here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from sk_keras._estimators.targets.codec import (
    TargetCodec,
    width_error,
)
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.losses import Plan
from sk_keras._shared.serialization import tagged

MSG_SOFTMAX_1 = (
    "The model ends in a softmax over one unit, which is 1 for every input. For {k} "
    "classes use {layers}."
)


def positions(y: np.ndarray, classes: np.ndarray, what: str = "y") -> np.ndarray:
    """Find each label among the classes; refuse labels that are not there."""
    if {y.dtype.kind, classes.dtype.kind} <= set("biuf"):
        # True is 1, as it is for Python and for sklearn's metrics.
        y, classes = y + 0, classes + 0
    if "f2" in (y.dtype.str[1:], classes.dtype.str[1:]):  # which pandas cannot look up
        y, classes = y.astype(np.float32), classes.astype(np.float32)
    codes = pd.Index(classes).get_indexer(pd.Index(y.ravel()))
    if (codes < 0).any():
        unseen = pd.unique(pd.Series(y.ravel()[codes < 0]))[:10].tolist()
        raise ValueError(
            f"{what} contains labels that were not seen in fit: {unseen}. The classes "
            f"are {classes.tolist()}. Fit on data that has every class, or give "
            "classes=."
        )
    return codes.reshape(y.shape)


def coded(codes: np.ndarray, plan: Plan, head: Head) -> np.ndarray:
    """Give positions of classes as integers, or as rows of 0/1 or -1/+1."""
    if plan.encoding == "int":
        return codes.astype(np.int32)
    if head.width == 1:
        return signed(codes[..., None].astype(np.float32), plan)
    return signed(np.eye(head.width or 1, dtype=np.float32)[codes], plan)


def signed(matrix: np.ndarray, plan: Plan) -> np.ndarray:
    return 2 * matrix - 1 if plan.encoding == "sign" else matrix


@tagged("labels")
@dataclass(frozen=True, eq=False)
class LabelCodec(TargetCodec):
    """One label a sample, of any type."""

    classes: np.ndarray

    @property
    def target_type(self) -> str:  # type: ignore[override]
        """Kind of the target."""
        return "binary" if len(self.classes) <= 2 else "multiclass"

    def check(self, head: Head) -> None:
        """Accept one unit a class, or a single unit for two classes."""
        k = self.n_classes
        if head.width == 1 and head.activation == "softmax" and k > 1:
            layers = f"Dense({k}, activation='softmax')"
            if k == 2:
                layers = f"Dense(1, activation='sigmoid') or {layers}"
            raise ValueError(MSG_SOFTMAX_1.format(k=k, layers=layers))
        fits = head.width == k or (k <= 2 and head.width in (1, 2))
        if len(head.shape) > 1 or not fits:
            units = f"{k} units" if k > 2 else "1 unit or 2 units"
            if len(head.shape) > 1:
                units += f" in an output of shape {(None, k)}"
            classes = f"{k} classes" if k != 1 else "1 class"
            raise width_error(head, f"a label of {classes}", units)

    def check_y(self, y: np.ndarray) -> None:
        """Accept a label for each row."""
        if y.ndim != 1:
            raise ValueError(
                f"y has shape {y.shape}, but in fit it had a label for each row."
            )

    def encode(self, y: np.ndarray, plan: Plan, head: Head) -> np.ndarray:
        """Give integers, or a matrix of 0/1 or -1/+1."""
        self.check_y(y)
        return coded(positions(y, self.classes), plan, head)

    def decode(self, raw: np.ndarray, plan: Plan) -> np.ndarray:
        """Give the most probable label."""
        if raw.shape[-1] > 1 and self.n_classes > 1:
            # Largest raw value, largest probability, clipped or not.
            return self.classes[np.argmax(raw, axis=-1)]
        return self.classes[np.argmax(self.probabilities(raw, plan), axis=-1)]


@dataclass(frozen=True)
class IndicatorCodec(TargetCodec):
    """A matrix of 0/1 with a column for each class."""

    n_labels: int
    dtype: str

    #: What messages call it.
    words: ClassVar[str]

    @property
    def classes(self) -> np.ndarray:
        """The numbers of the columns."""
        return np.arange(self.n_labels)

    def check(self, head: Head) -> None:
        """Accept one unit a column."""
        if head.shape != (self.n_classes,):
            target = f"a {self.words} target of {self.n_classes} columns"
            raise width_error(head, target, f"{self.n_classes} units")

    def check_y(self, y: np.ndarray) -> None:
        """Accept as many columns as in fit."""
        if y.shape[1:] != (self.n_classes,):
            raise ValueError(
                f"y has shape {y.shape}, but the targets seen in fit had "
                f"{self.n_classes} columns."
            )

    def encode(self, y: np.ndarray, plan: Plan, head: Head) -> np.ndarray:
        """Give the matrix itself, or integers where the loss wants them."""
        self.check_y(y)
        if plan.encoding == "int":
            return np.argmax(y, axis=1).astype(np.int32)
        return signed(y.astype(np.float32), plan)


@tagged("one-hot labels")
@dataclass(frozen=True)
class OneHotCodec(IndicatorCodec):
    """Rows with a single one; predictions look the same."""

    target_type = "multiclass-onehot"
    words = "one-hot"

    def check_y(self, y: np.ndarray) -> None:
        """Refuse rows that are not one-hot, as those of fit were."""
        super().check_y(y)
        if not np.all(y.sum(axis=1) == 1):
            raise ValueError(
                "y has rows with several ones or none, but in fit every row had one: "
                "it was taken for one-hot labels. For labels that can be true "
                "together, fit on rows that show it."
            )

    def labels(self, y: np.ndarray) -> np.ndarray:
        """Return the number of each row's class."""
        return np.argmax(y, axis=1)

    def decode(self, raw: np.ndarray, plan: Plan) -> np.ndarray:
        """Give one-hot rows."""
        return np.eye(self.n_classes, dtype=self.dtype)[np.argmax(raw, axis=-1)]


@tagged("multilabel")
@dataclass(frozen=True)
class MultilabelCodec(IndicatorCodec):
    """Rows with any number of ones."""

    target_type = "multilabel-indicator"
    words = "multilabel"
    exclusive = False

    def decode(self, raw: np.ndarray, plan: Plan) -> np.ndarray:
        """Give 1 where the probability is above one half."""
        return (self.probabilities(raw, plan) > 0.5).astype(self.dtype)
