"""Which loss fits which target and output, and what it means for the codec.

`pick_loss` answers ``loss=None``, and `plan_for` says how labels are encoded for a
loss and how the model's raw outputs are read back as probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from sk_keras._estimators.targets.heads import Head
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.keras_objects.losses_metrics import snake_case
from sk_keras._shared.serialization import tagged

#: Target kinds of one output.
LABELS = ("binary", "multiclass")
MARGIN_LOSSES = ("hinge", "squared_hinge", "categorical_hinge")
CATEGORICAL_LOSSES = (
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "kl_divergence",
)


@tagged("coding")
@dataclass(frozen=True)
class Plan:
    """How one output's targets are encoded and its values read back.

    Attributes
    ----------
    encoding : {"int", "onehot", "sign", "zero_one", "values"}
    link : {"probability", "logit", "logits", "margin", "value", "own", "distance", \
"output", "ascending"}
        "logit" stands for one sigmoid a unit, "logits" for a softmax over all; "own"
        is what only a user's own loss knows to read. "output" are values of another
        shape than y, "ascending" those to be put in order along the last axis.
    threshold : float
        Of a distance: where labels change.
    similar : {0, 1}
        Which label small distances stand for.
    """

    encoding: str
    link: str
    threshold: float = 0.5
    similar: int = 1


@tagged("loss")
@dataclass(frozen=True)
class LossKind:
    """A loss by its canonical name; "custom" for a user's own."""

    name: str
    from_logits: bool = False
    custom: bool = False

    @property
    def quantiles(self) -> bool:
        """Whether it is a `sk_keras.models.losses.PinballLoss`."""
        return self.name == "pinball_loss"

    @property
    def distance(self) -> bool:
        """Whether it is a `sk_keras.models.losses.ContrastiveLoss`."""
        return self.name == "contrastive_loss"


def loss_kind(loss: Any) -> LossKind:
    """Recognise a loss given as a name, function, object or class."""
    import keras

    if isinstance(loss, str):
        loss = keras.losses.get(loss)
    from_logits = False
    if isinstance(loss, partial):
        kind = loss_kind(loss.func)
        logits = bool(loss.keywords.get("from_logits", kind.from_logits))
        return LossKind(kind.name, logits, kind.custom)
    if type(loss).__name__ == "EachElement":
        return loss_kind(loss.loss)
    if isinstance(loss, keras.losses.Loss):
        config = _config_of(loss)
        from_logits = bool(
            config.get("from_logits", getattr(loss, "from_logits", False))
        )
        known = ("keras.", "sk_keras.models.losses")
        builtin = [c for c in type(loss).__mro__ if c.__module__.startswith(known)]
        own = type(loss)
        bases = [c for c in builtin if c.__name__ not in _ABSTRACT]
        name = snake_case(bases[0].__name__ if bases else own.__name__)
        custom = not own.__module__.startswith("keras.") or own.__name__ in _ABSTRACT
        return LossKind(name, from_logits, custom)
    if isinstance(loss, type):
        custom = not loss.__module__.startswith("keras.")
        return LossKind(snake_case(loss.__name__), False, custom)
    name = getattr(loss, "__name__", type(loss).__name__)
    custom = not str(getattr(loss, "__module__", "")).startswith("keras.")
    return LossKind(name, from_logits, custom)


def loss_of_each(loss: Any, heads: Sequence[Head]) -> list[Any]:
    """List the loss of each output; None where an output has none.

    Raises
    ------
    ValueError
        If a name is that of no output, or a list has not one loss for each.
    """
    names = [head.name for head in heads]
    if isinstance(loss, Mapping):
        unknown = sorted(set(loss) - set(names))
        if unknown:
            raise ValueError(
                f"loss has the keys {unknown}, but the model's outputs are {names}."
            )
        each = [loss.get(name) for name in names]
    elif isinstance(loss, list | tuple):
        each = list(loss)
        if len(each) != len(names):
            raise ValueError(
                f"loss has {len(each)} entries, but the model has {len(names)} "
                f"outputs, {names}. Give one loss for each."
            )
    else:
        each = [loss] * len(names)
    return each


_ABSTRACT = ("Loss", "LossFunctionWrapper", "KerasSaveable", "object")


def _config_of(loss: Any) -> Mapping[str, Any]:
    try:
        return loss.get_config()
    except Exception:  # a user's loss may have none
        return {}


def pick_loss(target_type: str, head: Head, *, columns: bool = False) -> Any:
    """Choose the loss for a target kind and a model output.

    Parameters
    ----------
    target_type : {"binary", "multiclass", "multiclass-onehot", \
"multilabel-indicator", "continuous"}
    head : Head
    columns : bool, default=False
        Whether labels are to be coded as columns where they could be integers.

    Returns
    -------
    loss : keras.losses.Loss

    Raises
    ------
    ValueError
        If the output's activation fits no loss for this target, or the model
        does not tell its activation.
    """
    import keras

    if target_type == "continuous":
        return keras.losses.MeanSquaredError()
    activation = head.activation
    logits = activation == "linear"
    if activation is None:
        raise ValueError(
            f"loss=None picks a loss from the model's last activation, but the {head} "
            "does not tell it. Give the loss, for instance loss="
            "'sparse_categorical_crossentropy' for class probabilities or "
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True) for raw "
            "scores."
        )
    wide = head.width != 1 and target_type in (*LABELS, "multiclass-onehot")
    if wide and activation in ("softmax", "linear"):
        if columns or target_type == "multiclass-onehot":
            return keras.losses.CategoricalCrossentropy(from_logits=logits)
        return keras.losses.SparseCategoricalCrossentropy(from_logits=logits)
    if (
        activation in ("sigmoid", "linear")
        or head.width == 1
        and activation == "softmax"
    ):
        # A softmax of one unit gets this far for a single class only.
        return keras.losses.BinaryCrossentropy(from_logits=logits)
    if head.width == 1 and activation == "tanh":
        return keras.losses.Hinge()
    fitting = "softmax" if wide else "sigmoid"
    raise ValueError(
        f"No loss fits a {target_type} target and the {head}. Use "
        f"activation={fitting!r} in the last layer (or none, for raw scores), or give "
        "the loss."
    )


#: What rounding may take a probability beyond 0 and 1.
BEYOND = 1e-3

#: Activations that give probabilities.
PROBABILITIES = ("softmax", "sigmoid")


def is_crossentropy(kind: LossKind) -> bool:
    return "crossentropy" in kind.name or kind.name == "kl_divergence"


def plan_for(target_type: str, head: Head, kind: LossKind) -> Plan:
    """Say how labels are encoded and outputs read for a loss."""
    if target_type == "continuous":
        return Plan("values", "value")
    if kind.name.startswith("sparse_"):
        encoding = "int"
    elif kind.name in ("hinge", "squared_hinge") and kind.custom:
        encoding = "sign"  # Keras' own make it of 0 and 1, which suits more metrics
    elif head.width == 1 or target_type == "multilabel-indicator":
        encoding = "zero_one"
    else:
        encoding = "onehot"
    if kind.from_logits:
        each = encoding == "zero_one" or kind.name.startswith("binary_")
        link = "logit" if each else "logits"
    elif kind.name in MARGIN_LOSSES:
        link = "margin"
    elif kind.custom and head.activation == "linear":
        # What a user's own loss makes of raw scores is most likely a softmax.
        link = "logits" if encoding in ("int", "onehot") else "logit"
    elif is_crossentropy(kind):
        link = "probability"
    elif head.activation in PROBABILITIES:
        link = "probability"
    else:
        link = "own" if kind.custom else "value"
    return Plan(encoding, link)


def check_readable(raw: Any, plan: Plan, head: Head) -> None:
    """Refuse outputs that only a user's own loss knows to read.

    Raises
    ------
    ValueError
        If they should be probabilities and lie beyond 0 and 1.
    """
    if plan.link != "own":
        return
    values = raw.values if isinstance(raw, Ragged) else raw
    low, high = (float(f(values)) if values.size else 0.5 for f in (np.min, np.max))
    if low < -BEYOND or high > 1 + BEYOND:
        raise ValueError(
            f"The values of the {head} lie between {low:.4g} and {high:.4g}, so they "
            "are no probabilities, and what they are only the loss knows. End the "
            "model in a sigmoid or softmax, or, if they are distances, use "
            "loss='contrastive'."
        )


def probabilities(raw: np.ndarray, plan: Plan, *, exclusive: bool) -> np.ndarray:
    """Read a model's raw outputs as probabilities.

    Parameters
    ----------
    raw : array of shape (..., n_units)
    plan : Plan
    exclusive : bool
        Whether exactly one class is true; False for multilabel targets.

    Returns
    -------
    array of shape (..., n_classes), float64
        A single unit of an exclusive target gives two columns. Rows of
        exclusive targets sum to 1.
    """
    from scipy.special import expit, softmax

    values = np.asarray(raw, dtype=np.float64)
    one_unit = values.shape[-1] == 1
    if plan.link == "distance":
        # Likewise for a distance, which is 0 at least.
        near = 4.0 * (plan.threshold - values) / plan.threshold
        values = expit(near if plan.similar else -near)
    if plan.link == "margin":
        # A margin is no probability; twice its logistic keeps the order and
        # puts the boundary at one half.
        values = 2.0 * values
    among = exclusive and not one_unit
    if plan.link == "logits" or (plan.link == "margin" and among):
        return softmax(values, axis=-1)
    if plan.link in ("logit", "margin"):
        values = expit(values)
    values = np.clip(values, 0.0, 1.0)
    if not exclusive:
        return values
    if one_unit:
        return np.concatenate([1.0 - values, values], axis=-1)
    total = values.sum(axis=-1, keepdims=True)
    uniform = np.full_like(values, 1.0 / values.shape[-1])
    return np.divide(values, total, out=uniform, where=~(total == 0))
