"""How a fitted estimator runs its model over X."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.utils.validation import check_is_fitted

from sk_keras._estimators.inputs.check_x import check_X
from sk_keras._estimators.inputs.check_y import check_y
from sk_keras._estimators.inputs.stream import open_stream
from sk_keras._estimators.inputs.weights import check_weight, some
from sk_keras._shared.arrays.parts import n_rows, parts_of, put_together
from sk_keras._shared.routing.prefixes import merged_arguments, routed_to


def raw_predictions(
    estimator: Any, X: Any, predict_params: Mapping[str, Any], part: str = "model_"
) -> Any:
    """Run a model over X, before anything is decoded.

    Parameters
    ----------
    estimator : BaseKerasEstimator
    X : array-like or stream
        As the user gave it.
    predict_params : dict
        Arguments of `keras.Model.predict` for this call.
    part : str, default="model_"
        The attribute that holds the model; another one takes X as well.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    """
    check_is_fitted(estimator)
    from sk_keras._training.prediction import joined
    from sk_keras._training.stateful_models import is_stateful

    arguments = predict_arguments(estimator, predict_params)
    estimator._check_arguments("predict", arguments)
    steps = arguments.pop("steps", None)
    stream = open_stream(X, None, None, steps, "predict__steps")
    if not stream:
        return forward(estimator, check_X(estimator, X, reset=False), arguments, part)
    if is_stateful(estimator.model_):  # whose batches go on from each other
        whole = put_together([x for x, *_ in stream])
        return raw_predictions(estimator, whole, predict_params, part)
    return joined(
        [raw_predictions(estimator, x, predict_params, part) for x, *_ in stream]
    )


def predict_arguments(
    estimator: Any, predict_params: Mapping[str, Any]
) -> dict[str, Any]:
    """Merge the arguments of `keras.Model.predict`."""
    size = {"batch_size": estimator.batch_size}
    return merged_arguments("predict", size, estimator._all_routed(), predict_params)


def forward(
    estimator: Any, X: Any, arguments: Mapping[str, Any], part: str = "model_"
) -> Any:
    """Run a model, or a part of it, over checked rows.

    Parameters
    ----------
    estimator : BaseKerasEstimator
    X : array, CSR matrix or Ragged, or a dict or list of them
    arguments : dict
        Of `keras.Model.predict`, without ``steps``.
    part : str, default="model_"
    """
    from sk_keras._training.prediction import predict

    arguments = dict(arguments)
    batch_size = arguments.pop("batch_size") or 32
    batch_size = n_rows(X) if batch_size == -1 else batch_size
    X = estimator._made.inputs.arrange(X)
    raw = predict(getattr(estimator, part), X, batch_size, arguments)
    return estimator._targets.without_padding(raw, X)


def to_score(estimator: Any, X: Any, y: Any, sample_weight: Any) -> Any:
    """Return checked targets, predictions, and weights."""
    steps = routed_to(estimator._all_routed(), "predict").get("steps")
    stream = open_stream(X, y, sample_weight, steps, "predict__steps")
    if stream:
        parts = [_to_score(estimator, *batch, batch=True) for batch in stream]
        y, predicted, weight = map(put_together, zip(*parts, strict=True))
        if weight is not None and not any(map(some, parts_of(weight))):
            raise ValueError("All sample weights are zero: there is nothing to score.")
        return y, predicted, weight
    return _to_score(estimator, X, y, sample_weight)


def _to_score(
    estimator: Any, X: Any, y: Any, sample_weight: Any, *, batch: bool = False
) -> Any:
    predicted = estimator.predict(X)
    y = estimator._targets.as_in_fit(y)
    y = check_y(y, numeric=estimator._numeric_target, name=type(estimator).__name__)
    return y, predicted, check_weight(sample_weight, y, zeros=batch)
