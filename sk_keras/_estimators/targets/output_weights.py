"""Weights as the loss of an output takes them."""

from __future__ import annotations

from typing import Any

from sk_keras._estimators.inputs.weights import scaled
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.heads import Head
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.keras_objects.precision import float_type


def rank_of_loss(head: Head) -> int:
    """Count the axes of an output's loss."""
    return max(len(head.shape), 1)


def weights_of_output(
    weight: Any, head: Head, finer: bool, codec: TargetCodec, *, scale: bool
) -> Any:
    """Give weights the axes of an output's loss: Keras aligns others at the end."""
    rank = rank_of_loss(head) + finer
    if weight.ndim > rank:
        wanted = ("n_samples", *head.shape[:-1])
        raise ValueError(
            f"Weights (sample_weight, or class_weight of labels that can be true "
            f"together) have shape {weight.shape}, but the {head} has a loss of shape "
            f"{wanted}, which is no mean over elements that each could have a weight. "
            "Give weights of that shape, or ('n_samples',), or a loss of Keras as "
            "'binary_crossentropy'."
        )
    if scale:
        of_labels = weight.ndim > rank_of_loss(head) and not codec.exclusive
        weight = scaled(weight, by_column=of_labels)
    more = [1] * (rank - weight.ndim)
    if isinstance(weight, Ragged):
        values = weight.values.astype(float_type())
        return Ragged(values.reshape(*values.shape, *more), weight.splits)
    return weight.astype(float_type()).reshape(*weight.shape, *more)
