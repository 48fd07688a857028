"""X as its own target: what an autoencoder learns to put out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sk_keras._estimators.targets.base import Targets
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.loss_checks import CLASS_LOSSES, DOMAINS
from sk_keras._estimators.targets.losses import (
    LossKind,
    Plan,
    is_crossentropy,
    loss_kind,
)
from sk_keras._shared.arrays.ranges import ROUNDING, in_unit_range, range_of
from sk_keras._shared.keras_objects.precision import float_type
from sk_keras._shared.serialization import tagged

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


@tagged("samples")
@dataclass(frozen=True)
class SampleCodec(TargetCodec):
    """A sample that is its own target."""

    shape: tuple[int, ...]

    target_type = "reconstruction"
    classes = None

    def check(self, head: Head) -> None:
        """Accept the shape of X."""
        if tuple(head.shape) != self.shape:
            decoded, shape = f"shape {(None, *head.shape)}", ("n_samples", *self.shape)
            raise ValueError(MSG_SHAPE.format(decoded=decoded, shape=shape))

    def check_y(self, y: Any) -> None:
        """Accept the shape that X had in fit."""
        if tuple(y.shape[1:]) != self.shape:
            raise ValueError(
                f"X has shape {tuple(y.shape)}, but in fit it had "
                f"{('n_samples', *self.shape)}."
            )

    def encode(self, y: Any, plan: Plan, head: Head) -> Any:
        """Give X in the type that losses compute in; sparse rows stay sparse."""
        return y if y.dtype == float_type() else y.astype(float_type())

    def decode(self, raw: np.ndarray, plan: Plan) -> np.ndarray:
        """Give what the model returned."""
        return raw


@tagged("reconstruction")
@dataclass(frozen=True, eq=False)
class Reconstruction(Targets):
    """The target of an autoencoder: X, in the shape and the range that X has.

    The model that `AutoencoderBuilder` makes has one output, which is one array.

    Attributes
    ----------
    data_range : tuple of float
        The least and the greatest value.
    kind : LossKind or None
        The compiled loss, known once it is.
    """

    data_range: tuple[float, float] = (0.0, 0.0)
    kind: LossKind | None = None

    def arranged(self, values: Sequence[Any]) -> Any:
        """Return what belongs to X."""
        return values[0]

    #: Samples have weights, as in scikit-learn.
    weighs_elements = False

    def facts(self) -> dict[str, Any]:
        """Return what builders can ask about X as a target."""
        return {**super().facts(), "X_range_": self.data_range}

    def bind(self, heads: Sequence[Head], structure: str) -> Reconstruction:
        """Match the target with the model's output.

        Raises
        ------
        ValueError
            If the output has not the shape of X.
        """
        return self._bound(self.codecs, heads, structure)

    def picked_losses(self, *metrics: Any) -> Any:
        """Choose the loss: a cross-entropy for values that are like probabilities."""
        import keras

        (head,) = self.heads
        if in_unit_range(self.data_range) and head.activation == "sigmoid":
            return keras.losses.BinaryCrossentropy()
        return keras.losses.MeanSquaredError()

    def planned(self, loss: Any, y: Any) -> Reconstruction:
        """Check the compiled loss against the output, and against X."""
        while isinstance(loss, Mapping | list | tuple) and len(loss) == 1:
            loss = next(iter(loss.values() if isinstance(loss, Mapping) else loss))
        kind = None if loss is None else loss_kind(loss)
        if kind is not None and kind.name in CLASS_LOSSES:
            raise ValueError(
                f"loss {kind.name!r} is a loss for classes, and an autoencoder "
                "puts out values. Use 'mean_squared_error', or 'binary_crossentropy' "
                "for an X between 0 and 1."
            )
        targets = replace(self, kind=kind, plans=(Plan("values", "value"),))
        targets.check_range(y)
        targets._check_activation()
        return targets

    def split(self, y: Any) -> list[Any]:
        """List X alone."""
        return [y]

    def _check_activation(self) -> None:
        kind, (head,) = self.kind, self.heads
        if kind is None or kind.custom:
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
        activation = self.heads[0].activation
        if activation in BOUNDED:
            low, high = BOUNDED[activation]
            if least < low - ROUNDING or greatest > high + ROUNDING:
                text = MSG_BOUNDED.format(
                    activation=activation,
                    **{"least": low, "greatest": high, "low": least, "high": greatest},
                )
                raise ValueError(text)


def reconstruction(X: Any) -> Reconstruction:
    """Make the target of an autoencoder from checked rows."""
    return Reconstruction((SampleCodec(tuple(X.shape[1:])),), data_range=range_of(X))
