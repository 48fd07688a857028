"""How one output's targets are coded for its loss, which is tried where it may vary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.loss_checks import check_loss
from sk_keras._estimators.targets.losses import (
    PROBABILITIES,
    LossKind,
    Plan,
    loss_kind,
    plan_for,
)
from sk_keras._estimators.targets.trials import prefers_small, takes
from sk_keras._estimators.targets.value_codec import ValueCodec
from sk_keras._shared.arrays.ragged import Ragged

#: A model that trains itself knows what its outputs mean.
OF_THE_MODEL = LossKind("none", custom=True)


def plan_of(codec: TargetCodec, head: Head, loss: Any, y: Any) -> Plan:
    """Check a loss against a target and an output, and say how they meet.

    Parameters
    ----------
    codec : TargetCodec
    head : Head
    loss : str, callable, keras.losses.Loss or None
        As the model was compiled with it; None where the model trains itself.
    y : array or Ragged
        The targets of the output.

    Raises
    ------
    ValueError
        If they do not fit each other.
    """
    target = codec.loss_target(head)
    kind = OF_THE_MODEL if loss is None else loss_kind(loss)
    values = y.values if isinstance(y, Ragged) else y
    if loss is not None:
        check_loss(target, head, kind, values)
    if isinstance(codec, ValueCodec):
        return _plan_of_values(codec, head, loss, kind)
    plan = plan_for(target, head, kind)
    if kind.custom and loss is not None:
        return _plan_for_own_loss(codec, head, loss, kind, plan, y)
    return plan


def _plan_of_values(codec: ValueCodec, head: Head, loss: Any, kind: LossKind) -> Plan:
    several = getattr(loss, "n_quantiles", 1) if kind.quantiles else 1
    if several > 1:
        if head.shape != (*codec.shape, several):
            raise codec.shape_error(head, several)
        return Plan("values", "ascending" if loss.non_crossing else "output")
    if codec.fits_shape(head):
        return Plan("values", "value")
    if kind.quantiles or not kind.custom:
        raise codec.shape_error(head)
    return Plan("values", "output")


def _plan_for_own_loss(
    codec: TargetCodec, head: Head, loss: Any, kind: LossKind, plan: Plan, y: Any
) -> Plan:
    """Choose among the codings that an own loss might take labels in."""
    if kind.distance:
        where = {"threshold": loss.boundary, "similar": loss.similar}
        return replace(plan, link="distance", **where)
    if plan.encoding in ("int", "onehot") and head.width != 1:
        other = replace(plan, encoding="onehot" if plan.encoding == "int" else "int")
        codes = [_few(codec, y, each, head) for each in (plan, other)]
        if not takes(loss, codes[0], head) and takes(loss, codes[1], head):
            return other
    elif plan.encoding == "zero_one" and head.activation not in PROBABILITIES:
        if prefers_small(loss, head):
            label = repr(codec.classes[-1:].tolist()[0])
            raise ValueError(
                f"loss {kind.name!r} costs less where the {head} is small for the "
                f"label {label}: it seems to be a distance, and would be read as a "
                "probability. Use loss='contrastive', which reads what is below a "
                "threshold as that label, or derive the loss from "
                "sk_keras.models.losses.ContrastiveLoss."
            )
    return plan


def _few(codec: TargetCodec, y: Any, plan: Plan, head: Head) -> np.ndarray:
    """Encode a few targets; of unequal ones, a few steps as a row each."""
    if isinstance(y, Ragged):
        return codec.encode(y.values[None, :2], plan, head)
    return codec.encode(y[:2], plan, head)
