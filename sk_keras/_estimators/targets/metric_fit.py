"""Which metrics of Keras fit which targets and outputs.

Keras computes any metric of any target, and where they do not belong together the
figure means nothing: `categorical_accuracy` of integers, `AUC` of raw scores. Here a
metric given by name is made so that it fits where it can be, and what cannot fit is
refused. Metrics of a user's own are left alone: they see targets as the loss does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.loss_checks import are_distributions
from sk_keras._estimators.targets.losses import PROBABILITIES, Plan, loss_kind
from sk_keras._estimators.targets.metrics import (
    COLUMNS,
    MARGINS,
    NEVER,
    NUMBERS,
    SPARSE,
    VALUES,
    Known,
    known,
)
from sk_keras._shared.keras_objects.losses_metrics import snake_case

#: Of one row of values for each sample.
FLAT = ("f1_score", "f_beta_score", "r2_score")
#: Of what lies along the last axis, which has to be more than one value.
ALONG = ("cosine_similarity", "pearson_correlation", "concordance_correlation")
LOGITS = ("logit", "logits")
OF_OTHER_SHAPE = ("output", "ascending")


class NoFit(Exception):
    """Says why a metric does not fit, and what does."""


@dataclass(frozen=True)
class Place:
    """Where a metric is to be computed.

    Attributes
    ----------
    head : Head
    plan : Plan
        How targets are coded and outputs read.
    exclusive : bool
        Whether exactly one of several units is true.
    loss : str
        The loss that decided on the plan, for messages.
    y : array or Ragged
        The targets, some of them in a stream.
    """

    head: Head
    plan: Plan
    exclusive: bool
    loss: str
    y: Any

    @property
    def scores(self) -> bool:
        """Whether outputs are not probabilities."""
        if self.plan.link in (*LOGITS, "margin", "distance"):
            return True
        in_unit = self.head.activation in PROBABILITIES
        return not in_unit and self.plan.link not in ("probability", "own")

    @property
    def flags(self) -> bool:
        """Whether targets are all 0 or 1."""
        return bool(np.isin(getattr(self.y, "values", self.y), (0, 1)).all())

    @property
    def shares(self) -> bool:
        """Whether targets are not negative, and sum to 1 along the last axis."""
        values = getattr(self.y, "values", self.y)
        return values.ndim > 1 and are_distributions(values)


def place_of_metrics(
    codec: TargetCodec, head: Head, plan: Plan, loss: Any, y: Any
) -> Place:
    """Describe where the metrics of an output are computed."""
    name = "None" if loss is None else loss_kind(loss).name
    return Place(head, plan, codec.exclusive, name, y)


def suited(metric: Any, place: Place) -> Any:
    """Return a metric that fits targets and outputs: the given one, or made anew.

    Raises
    ------
    ValueError
        If it does not fit, with what does.
    """
    found = known(metric)
    if found is None:
        return metric
    try:
        return _suited(metric, found, place)
    except NoFit as reason:
        raise ValueError(
            f"metric {found.logged!r} does not fit the {place.head} with targets as "
            f"loss {place.loss!r} takes them: {reason}."
        ) from None


def _suited(metric: Any, found: Known, place: Place) -> Any:
    plan, name = place.plan, found.name
    if name in NEVER:
        other = "'accuracy'" if name == "accuracy_class" else "a function of your own"
        raise NoFit(f"it does not compare outputs with targets; use {other}")
    if plan.link in OF_OTHER_SHAPE:
        raise NoFit(
            "outputs have another shape than y, which only a function of your own can "
            "compare"
        )
    if name in FLAT and len(place.head.shape) > 1:
        raise NoFit("it takes one row of values for each sample")
    if name in ALONG and place.head.width == 1 and _last_axis(found):
        raise NoFit(
            "it compares what lies along the last axis, and a single value has no "
            "direction; use 'mean_squared_error' or 'r2_score'"
        )
    by_coding = {"values": _of_values, "int": _of_integers, "onehot": _of_columns}
    return by_coding.get(plan.encoding, _of_flags)(metric, found, place)


def _last_axis(found: Known) -> bool:
    axis: int = found.config.get("axis", -1)
    return axis == -1


def _of_integers(metric: Any, found: Known, place: Place) -> Any:
    """Fit a metric to integers, each the number of a unit."""
    if found.name == "accuracy" or found.name in SPARSE:
        return _of_scores(metric, found, place)
    if found.name in NUMBERS and found.config["sparse_y_true"]:
        return _of_numbers(metric, found)
    raise NoFit(
        "it takes a column for each class, and these are integers; use "
        "loss='categorical_crossentropy', or loss=None to have it picked"
    )


def _of_columns(metric: Any, found: Known, place: Place) -> Any:
    """Fit a metric to rows of 0 and a single 1."""
    import keras

    name = found.name
    if name in SPARSE:
        config = dict(found.config)
        config["name"] = found.logged
        if config.pop("ignore_class", None) is not None:
            raise NoFit("columns have no class to be ignored; leave ignore_class out")
        config.pop("from_sorted_ids", None)
        if found.named:
            config.pop("from_logits", None)
        twin = getattr(keras.metrics, SPARSE[name])
        kept = Known(snake_case(twin.__name__), found.logged, config, found.named)
        return _of_scores(twin(**config), kept, place)
    if name in NUMBERS:
        if found.config["sparse_y_true"]:
            raise NoFit("y is in columns; use sparse_y_true=False")
        return _of_numbers(metric, found)
    if name in ("f1_score", "f_beta_score") and found.config["threshold"] is None:
        return metric  # the largest counts, whatever it is
    return _of_scores(metric, found, place)


def _of_numbers(metric: Any, found: Known) -> Any:
    if found.config["sparse_y_pred"]:
        raise NoFit("each class has an output; use sparse_y_pred=False")
    return metric


def _of_flags(metric: Any, found: Known, place: Place) -> Any:
    """Fit a metric to a 0 or 1 for each unit, one or several of which are true."""
    import keras

    name, plan = found.name, place.plan
    if plan.encoding == "sign":
        if name in MARGINS:
            return metric
        raise NoFit("targets are -1 and 1; use 'hinge', or a function of your own")
    if name in SPARSE or name in COLUMNS or name in NUMBERS:
        fitting = "'accuracy'" if "accuracy" in name else "'binary_accuracy'"
        if "io_u" in name:
            fitting = "keras.metrics.BinaryIoU"
        raise NoFit(
            f"it takes classes of which one is true, each with a unit; use {fitting}"
        )
    if name == "accuracy":
        if plan.link == "distance":
            raise NoFit("small distances stand for a label; the score counts them")
        if place.head.width == 1 and place.exclusive and not place.scores:
            return metric
        boundary = 0.0 if plan.link in (*LOGITS, "margin") else 0.5
        return keras.metrics.BinaryAccuracy(name=found.logged, threshold=boundary)
    if name in ("f1_score", "f_beta_score") and found.config["threshold"] is None:
        if not found.named or place.scores:
            raise NoFit(
                "without a threshold the largest of several units counts; use "
                "threshold=0.5, on probabilities"
            )
        return _anew(metric, found, threshold=0.5)
    return _of_scores(metric, found, place)


def _of_scores(metric: Any, found: Known, place: Place) -> Any:
    """Fit a metric to outputs that are probabilities, or something else."""
    name, link = found.name, place.plan.link
    if name.endswith("crossentropy") or name == "auc":
        return _of_logits(metric, found, place)
    if not place.scores or name in MARGINS:
        return metric
    if name in ("binary_accuracy", "binary_io_u") and link in ("logit", "margin"):
        if found.config.get("threshold") == 0:
            return metric
        if found.named:
            return _anew(metric, found, threshold=0.0)
        raise NoFit("outputs are raw scores, which change sides at 0; use threshold=0")
    if name == "accuracy" or "categorical" in name or name.startswith("one_hot"):
        return metric  # the largest counts
    if link == "value" and name in (*VALUES, "binary_accuracy", "binary_io_u"):
        return metric
    raise NoFit(
        "it takes probabilities, and these are not; end the model in a sigmoid or "
        "softmax"
    )


def _of_logits(metric: Any, found: Known, place: Place) -> Any:
    """Tell a metric whether outputs are logits, or check what it was told."""
    link, name = place.plan.link, found.name
    each = link == "logit" and not name.endswith("categorical_crossentropy")
    among = link == "logits" and name.endswith("categorical_crossentropy")
    if not place.scores:
        if found.config.get("from_logits"):
            raise NoFit("outputs are probabilities; leave from_logits out")
        return metric
    if not (each or among):
        raise NoFit(
            "it takes probabilities, and these are not; end the model in a sigmoid or "
            "softmax"
        )
    if found.config.get("from_logits"):
        return metric
    if found.named or "from_logits" not in found.config:
        return _anew(metric, found, from_logits=True)
    raise NoFit("outputs are raw scores; use from_logits=True")


def _of_values(metric: Any, found: Known, place: Place) -> Any:
    """Fit a metric to values."""
    if found.name in VALUES:
        return metric
    if found.name in COLUMNS and place.shares and place.head.width != 1:
        return metric
    if place.flags and found.name not in (*SPARSE, *COLUMNS, *NUMBERS):
        return metric
    raise NoFit("it is for labels, and y holds values; use 'mean_absolute_error'")


def _anew(metric: Any, found: Known, **changes: Any) -> Any:
    """Make a metric anew that was given by its name, or as a function."""
    import keras

    made = keras.metrics.get(metric) if isinstance(metric, str) else metric
    if not isinstance(made, keras.metrics.Metric):
        ((name, value),) = changes.items()
        raise NoFit(f"outputs are raw scores; use an object of it with {name}={value}")
    return type(made)(**{**made.get_config(), "name": found.logged, **changes})
