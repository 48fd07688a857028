"""How a fitted estimator runs its model over X."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sklearn.utils.validation import check_is_fitted

from sk_keras._estimators.inputs.check_x import check_X
from sk_keras._estimators.inputs.check_y import check_y
from sk_keras._estimators.inputs.stream import open_stream
from sk_keras._estimators.inputs.weights import check_weight
from sk_keras._estimators.model.recipe import Recipe
from sk_keras._shared.arrays.parts import n_rows, put_together
from sk_keras._shared.routing.prefixes import merged_arguments, routed_to


class PredictingMixin:
    """Predictions before they are decoded; stands left of an estimator's base."""

    batch_size: Any
    model_: Any
    predict: Callable[..., Any]
    _all_routed: Callable[..., Any]
    _check_arguments: Callable[..., None]
    _numeric_target: bool
    _recipe: Recipe
    _targets: Any

    def _raw_predictions(
        self, X: Any, predict_params: Mapping[str, Any], part: str = "model_"
    ) -> Any:
        """Run the model over X, or a part of it that takes X as well."""
        check_is_fitted(self)
        from sk_keras._training.fixed_batches import is_stateful
        from sk_keras._training.prediction import joined

        size = {"batch_size": self.batch_size}
        arguments = merged_arguments(
            "predict", size, self._all_routed(), predict_params
        )
        self._check_arguments("predict", arguments)
        stream = open_stream(
            X, None, None, arguments.pop("steps", None), "predict__steps"
        )
        if stream:
            if is_stateful(self.model_):  # whose batches go on from each other
                whole = put_together([x for x, *_ in stream])
                return self._raw_predictions(whole, predict_params, part)
            parts = [self._raw_predictions(x, predict_params, part) for x, *_ in stream]
            return joined(parts)
        return self._forward(check_X(self, X, reset=False), arguments, part)

    def _forward(self, X: Any, arguments: dict[str, Any], part: str = "model_") -> Any:
        """Run the model, or a part of it, over checked rows."""
        from sk_keras._training.prediction import predict

        batch_size = arguments.pop("batch_size") or 32
        batch_size = n_rows(X) if batch_size == -1 else batch_size
        X = self._recipe.inputs.arrange(X)
        raw = predict(getattr(self, part), X, batch_size, arguments)
        return self._targets.without_padding(raw, X)

    def _to_score(self, X: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
        """Return checked targets, predictions, and weights."""
        steps = routed_to(self._all_routed(), "predict").get("steps")
        stream = open_stream(X, y, sample_weight, steps, "predict__steps")
        if stream:
            parts = [self._to_score(*batch) for batch in stream]
            return tuple(map(put_together, zip(*parts, strict=True)))
        predicted = self.predict(X)
        y = self._targets.as_in_fit(y)
        y = check_y(y, numeric=self._numeric_target, name=type(self).__name__)
        return y, predicted, check_weight(sample_weight, y)

    def __sklearn_is_fitted__(self) -> bool:
        return "model_" in vars(self)
