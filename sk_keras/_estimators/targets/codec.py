"""What the codecs of labels and of values have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.losses import Plan, probabilities

Shape = tuple[int | None, ...]


MSG_WIDTH = (
    "The model's {head} does not fit the target: {target} needs {needed}. The builder "
    "can ask for {fact} or meta as an argument to size its last layer."
)


class TargetCodec(ABC):
    """One output's targets; subclasses say how they are coded."""

    target_type: str
    #: The labels that there are, None for values.
    classes: Any
    #: Whether exactly one class is true of a sample.
    exclusive = True

    @property
    def n_classes(self) -> Any:
        """Number of classes, None for values."""
        return None if self.classes is None else len(self.classes)

    @property
    def n_columns(self) -> int:
        """Number of columns of y, where outputs share them."""
        return 1

    def divided(self, widths: Sequence[int]) -> list[TargetCodec]:
        """Make the codecs of outputs that share the columns; none if they cannot."""
        return []

    def loss_target(self, head: Head) -> str:
        """Name the target kind that decides on the loss."""
        return self.target_type

    def for_head(self, head: Head) -> TargetCodec:
        """Return the codec for what y means to an output."""
        return self

    def labels(self, y: np.ndarray) -> np.ndarray:
        """Return labels, which are among the classes, with the axes of the loss."""
        return y

    def right(self, y: Any, predicted: Any) -> np.ndarray:
        """Tell which elements of predictions are right, in the form of y."""
        return np.asarray(y == predicted)

    @abstractmethod
    def check(self, head: Head) -> None:
        """Raise a ValueError if the targets do not fit an output."""

    def fits_shape(self, head: Head) -> bool:
        """Tell whether an output has the shape that a loss for each value needs."""
        return True

    @abstractmethod
    def check_y(self, y: np.ndarray) -> None:
        """Raise a ValueError if targets have not the form of those of fit."""

    @abstractmethod
    def encode(self, y: np.ndarray, plan: Plan, head: Head) -> np.ndarray:
        """Turn targets into what the loss takes."""

    @abstractmethod
    def decode(self, raw: np.ndarray, plan: Plan) -> np.ndarray:
        """Turn raw outputs into predictions in the form that y had."""

    def probabilities(self, raw: np.ndarray, plan: Plan) -> np.ndarray:
        """Turn raw outputs into probabilities; a class alone has probability 1."""
        if self.n_classes == 1 and self.exclusive:
            return np.ones((*raw.shape[:-1], 1))
        return probabilities(raw, plan, exclusive=self.exclusive)


def width_error(
    head: Head, target: str, needed: str, fact: str = "n_classes"
) -> ValueError:
    return ValueError(
        MSG_WIDTH.format(head=head, target=target, needed=needed, fact=fact)
    )


def same_axes(shape: Shape, wanted: Shape) -> bool:
    """Compare shapes; an axis of unknown length (None) fits any."""
    return len(shape) == len(wanted) and all(
        s is None or s == w for s, w in zip(shape, wanted, strict=True)
    )
