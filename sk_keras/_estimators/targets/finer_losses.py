"""Losses that have a value for each element, where weights are that fine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sk_keras._estimators.targets.base import Targets
from sk_keras._estimators.targets.heads import packed
from sk_keras._estimators.targets.losses import loss_kind, loss_of_each
from sk_keras._estimators.targets.output_weights import rank_of_loss
from sk_keras._shared.keras_objects.private_api.training import compile_arguments

#: Losses of Keras that are means of what each element of a row costs.
OF_ELEMENTS = (
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "hinge",
    "squared_hinge",
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "huber",
    "log_cosh",
    "poisson",
)


def with_finer_losses(model: Any, targets: Targets, weight: Any) -> Targets:
    """Compile a model anew where weights are finer than the losses of its outputs.

    Where they cannot be so fine, the weights are refused when they are arranged.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    targets : Targets
        Bound to it.
    weight : array, Ragged, dict of them or None
        Weights of rows in training.

    Returns
    -------
    Targets
        Which know how fine the losses are.
    """
    import keras

    from sk_keras.models.losses import EachElement

    losses = loss_of_each(getattr(model, "loss", None), targets.heads)
    if weight is not None and targets.weighs_elements:
        parts = zip(targets.split_weight(weight), targets.heads, losses, strict=True)
        new = [
            EachElement(loss)
            if each.ndim > rank_of_loss(head) and _is_of_elements(loss)
            else loss
            for each, head, loss in parts
        ]
        known = type(model).compile is keras.Model.compile
        if known and any(a is not b for a, b in zip(losses, new, strict=True)):
            arguments = compile_arguments(model)
            if arguments.get("weighted_metrics"):
                raise ValueError(
                    "weighted_metrics have a value for each row or step, and weights "
                    "are finer: those of labels, or of single values. Leave "
                    "weighted_metrics out, or give weights for rows."
                )
            losses = new
            loss = packed(losses, targets.heads, targets.structure)
            model.compile(**{**arguments, "loss": loss})
    return replace(targets, finer=tuple(isinstance(x, EachElement) for x in losses))


def _is_of_elements(loss: Any) -> bool:
    """Tell whether a loss is a mean over elements, and over rows alike."""
    import keras

    from sk_keras.models.losses import EachElement

    if loss is None or isinstance(loss, EachElement):
        return False
    kind = loss_kind(loss)
    config = loss.get_config() if isinstance(loss, keras.losses.Loss) else {}
    mean = config.get("reduction", "sum_over_batch_size") in (
        "sum_over_batch_size",
        "mean",
    )
    last = config.get("axis", -1) == -1
    return kind.name in OF_ELEMENTS and not kind.custom and mean and last
