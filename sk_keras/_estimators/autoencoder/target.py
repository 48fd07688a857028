"""X as its own target: what an autoencoder learns to put out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sk_keras._estimators.targets.bound_targets import of_rank
from sk_keras._estimators.targets.heads import Head, packed
from sk_keras._estimators.targets.loss_checks import CLASS_LOSSES, DOMAINS
from sk_keras._estimators.targets.losses import LossKind, is_crossentropy, loss_kind
from sk_keras._shared.arrays.ranges import ROUNDING, in_unit_range, range_of

MSG_SHAPE = (
    "The decoder of the autoencoder puts out {decoded}, but X has shape {shape}: what "
    "it puts out must have the shape of X. The builder can ask for input_shape as an "
    "argument to size its last layer."
)
MSG_RANGE = (
    "loss {name!r} takes an X whose values are {words}, and X lies between {low:.6g} "
    "and {high:.6g}. Scale X, for instance by sklearn.preprocessing.MinMaxScaler("
    "clip=True), or use loss='mean_squared_error'."
)
MSG_BOUNDED = (
    "The decoder ends in a {activation}, whose values lie between {least} and "
    "{greatest}, and X lies between {low:.6g} and {high:.6g}. Scale X, for instance by "
    "sklearn.preprocessing.MinMaxScaler(({least}, {greatest}), clip=True), or let the "
    "decoder end in a linear layer (output_activation='linear' of the ready builders)."
)

#: Between which values the outputs of activations lie.
BOUNDED = {"sigmoid": (0, 1), "tanh": (-1, 1)}


@dataclass
class Reconstruction:
    """The targets of an autoencoder, before and after its model is known.

    It stands in for `TargetSet` and for `BoundTargets`. The target is X itself, in
    the shape and the range that X has.

    Attributes
    ----------
    shape : tuple of int
        Of a sample.
    data_range : tuple of float
        The least and the greatest value.
    head : Head or None
        The decoder's output, known once the model is.
    structure : type
        How the model arranges its output.
    kind : LossKind or None
        The compiled loss, known once it is.
    """

    shape: tuple[int, ...]
    data_range: tuple[float, float]
    head: Head | None = None
    structure: type = object
    kind: LossKind | None = None
    container: type = dict
    names: tuple[str, ...] = ()

    target_type = "reconstruction"
    classes = None

    @property
    def codecs(self) -> dict[str, Any]:
        """One target for the one output."""
        return {"": self}

    @property
    def in_unit_range(self) -> bool:
        """Whether all values lie between 0 and 1."""
        return in_unit_range(self.data_range)

    # --- before the model is known -------------------------------------------

    def bind(self, heads: list[Head], structure: type) -> Reconstruction:
        """Match the target with the model's output.

        Raises
        ------
        ValueError
            If the output has not the shape of X.
        """
        if len(heads) != 1 or tuple(heads[0].shape) != self.shape:
            shapes = [f"shape {(None, *head.shape)}" for head in heads]
            text = MSG_SHAPE.format(
                decoded=" and ".join(shapes), shape=("n_samples", *self.shape)
            )
            raise ValueError(text)
        return replace(self, head=heads[0], structure=structure)

    # --- with a model ----------------------------------------------------------

    def learned(self) -> dict[str, Any]:
        """Return what only the model's outputs could decide on: nothing."""
        return {}

    def picked_losses(self) -> Any:
        """Choose the loss: a cross-entropy for values that are like probabilities."""
        import keras

        assert self.head is not None
        if self.in_unit_range and self.head.activation == "sigmoid":
            loss = keras.losses.BinaryCrossentropy()
        else:
            loss = keras.losses.MeanSquaredError()
        return packed([loss], [self.head], self.structure)

    def set_losses(self, loss: Any, y: Any) -> None:
        """Check the compiled loss against the output, and against X."""
        while isinstance(loss, Mapping | list | tuple) and len(loss) == 1:
            loss = next(iter(loss.values() if isinstance(loss, Mapping) else loss))
        self.kind = None if loss is None else loss_kind(loss)
        if self.kind is not None and self.kind.name in CLASS_LOSSES:
            raise ValueError(
                f"loss {self.kind.name!r} is a loss for classes, and an autoencoder "
                "puts out values. Use 'mean_squared_error', or 'binary_crossentropy' "
                "for an X between 0 and 1."
            )
        self.check_range(y)
        self._check_activation()

    def _check_activation(self) -> None:
        kind, head = self.kind, self.head
        if kind is None or kind.custom or head is None:
            return
        if is_crossentropy(kind) and (kind.from_logits or head.activation == "linear"):
            raise ValueError(
                f"loss {kind.name!r} takes values between 0 and 1, and the decoder's "
                f"{head} is to put out such values itself. Let it end in a sigmoid "
                "(output_activation='sigmoid' of the ready builders), without "
                "from_logits=True, or use loss='mean_squared_error'."
            )

    def check_range(self, X: Any) -> None:
        """Refuse rows to train on that loss or decoder are not made for."""
        least, greatest = range_of(X)
        kind = self.kind
        if kind is not None and not kind.custom and kind.name in DOMAINS:
            low, high, words = DOMAINS[kind.name]
            if least < low - ROUNDING or greatest > high + ROUNDING:
                text = MSG_RANGE.format(
                    name=kind.name, words=words, low=least, high=greatest
                )
                raise ValueError(text)
        activation = None if self.head is None else self.head.activation
        if activation in BOUNDED:
            low, high = BOUNDED[activation]
            if least < low - ROUNDING or greatest > high + ROUNDING:
                text = MSG_BOUNDED.format(
                    activation=activation,
                    **{"least": low, "greatest": high, "low": least, "high": greatest},
                )
                raise ValueError(text)

    def encode(self, y: Any) -> Any:
        """Give X in the type that losses compute in; sparse rows stay sparse."""
        assert self.head is not None
        rows = y if y.dtype == np.float32 else y.astype(np.float32)
        return packed([rows], [self.head], self.structure)

    def arrange_weights(self, weight: Any) -> Any:
        """Give weights the axes of the output's loss."""
        assert self.head is not None
        return packed([of_rank(weight, self.head)], [self.head], self.structure)

    def without_padding(self, raw: Any, X: Any) -> Any:
        """Leave what the model returned as it is: rows are of one length."""
        return raw


def reconstruction(X: Any) -> Reconstruction:
    """Make the target of an autoencoder from checked rows."""
    return Reconstruction(tuple(X.shape[1:]), range_of(X))
