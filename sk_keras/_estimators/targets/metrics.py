"""Metrics of Keras, by what they are defined on; those of a compiled model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sk_keras._estimators.targets.heads import Head
from sk_keras._shared.keras_objects.losses_metrics import snake_case

ACCURACY = ("accuracy", "acc")
#: Of integers that count along an axis of outputs, and their twins for columns.
SPARSE = {
    "sparse_categorical_accuracy": "CategoricalAccuracy",
    "sparse_top_k_categorical_accuracy": "TopKCategoricalAccuracy",
    "sparse_categorical_crossentropy": "CategoricalCrossentropy",
}
#: Of columns, exactly one of which is true.
COLUMNS = (
    "categorical_accuracy",
    "top_k_categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "kl_divergence",
    "one_hot_io_u",
    "one_hot_mean_io_u",
)
#: Of a probability each, and a 0 or 1.
CHANCES = (
    "auc",
    "precision",
    "recall",
    "true_positives",
    "true_negatives",
    "false_positives",
    "false_negatives",
    "precision_at_recall",
    "recall_at_precision",
    "sensitivity_at_specificity",
    "specificity_at_sensitivity",
    "binary_crossentropy",
    "binary_focal_crossentropy",
)
THRESHOLDS = ("binary_accuracy", "binary_io_u", "f1_score", "f_beta_score")
MARGINS = ("hinge", "squared_hinge")
VALUES = (
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "root_mean_squared_error",
    "log_cosh",
    "log_cosh_error",
    "huber",
    "poisson",
    "r2_score",
    "cosine_similarity",
    "pearson_correlation",
    "concordance_correlation",
)
#: Of whole numbers on both sides.
NUMBERS = ("io_u", "mean_io_u")
#: Of values without targets, or of equal numbers.
NEVER = ("mean", "sum", "accuracy_class")


@dataclass(frozen=True)
class Known:
    """A metric of Keras.

    Attributes
    ----------
    name : str
        The canonical one.
    logged : str
        That of its entry in logs.
    config : dict
        Its arguments.
    named : bool
        Whether the user gave its name alone, so that its arguments are open.
    """

    name: str
    logged: str
    config: Mapping[str, Any]
    named: bool


def known(metric: Any) -> Known | None:
    """Recognise a metric of Keras; None for one of a user's own."""
    import keras

    name = metric if isinstance(metric, str) else getattr(metric, "__name__", "")
    if name.lower() in ACCURACY and isinstance(metric, str):
        return Known("accuracy", name, {}, True)
    found = keras.metrics.get(metric) if isinstance(metric, str) else metric
    if not _of_keras(found) or type(found) is keras.metrics.MeanMetricWrapper:
        return None
    if not isinstance(found, keras.metrics.Metric):
        return Known(found.__name__, found.__name__, {}, False)
    own = snake_case(type(found).__name__)
    own = "accuracy_class" if own == "accuracy" else own
    logged = metric if isinstance(metric, str) else found.name
    return Known(own, logged, found.get_config(), isinstance(metric, str))


def _of_keras(metric: Any) -> bool:
    thing = metric if callable(metric) and hasattr(metric, "__name__") else type(metric)
    return str(getattr(thing, "__module__", "")).startswith("keras.")


def wants_columns(metric: Any) -> bool:
    """Tell whether a metric of several classes is defined on columns of 0 and 1."""
    found = known(metric)
    if found is None or found.name in ("accuracy", *SPARSE):
        return False
    if found.name in NUMBERS:
        return not found.config["sparse_y_true"]
    return True


def columns_wanted(given: Iterable[Any], heads: Sequence[Head]) -> list[bool]:
    """Tell for each output whether a metric of it is defined on columns."""
    wanted = [False] * len(heads)

    def look(metric: Any, i: int) -> None:
        wanted[i] |= wants_columns(metric)

    for metrics in given:
        metrics_of_each(metrics, heads, look)
    return wanted


def metrics_of_each(
    metrics: Any, heads: Sequence[Head], change: Callable[[Any, int], Any]
) -> Any:
    """Go through the metrics of a compiled model's outputs.

    Parameters
    ----------
    metrics : list, dict or None
        As `keras.Model.compile` takes them for these outputs.
    heads : sequence of Head
    change : callable
        Gets a metric and the number of its output, and returns what takes its place.

    Returns
    -------
    the same, made anew
    """
    if metrics is None:
        return None

    def of(i: int) -> Callable[[Any], Any]:
        return lambda metric: change(metric, i)

    if len(heads) == 1:
        return _mapped(metrics, of(0))
    names = [head.name for head in heads]
    by_name = isinstance(metrics, Mapping)
    if set(metrics) - set(names) if by_name else len(metrics) != len(names):
        return metrics  # which is refused, or spread over the outputs, elsewhere
    if by_name:
        return {k: _mapped(each, of(names.index(k))) for k, each in metrics.items()}
    return [_mapped(each, of(i)) for i, each in enumerate(metrics)]


def _mapped(metrics: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(metrics, Mapping):
        return {key: _mapped(each, change) for key, each in metrics.items()}
    if isinstance(metrics, list | tuple):
        return [_mapped(each, change) for each in metrics]
    return None if metrics is None else change(metrics)
