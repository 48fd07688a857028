"""What a call of `fit`, `partial_fit` or `initialize` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sk_keras._estimators.parameters.constraints import FIT_CONSTRAINTS


@dataclass(frozen=True)
class FitCall:
    """One call: its data, its arguments, and how far the story of a fit goes.

    Attributes
    ----------
    X, y, sample_weight : object
        As they were given.
    validation : tuple
        ``X_val``, ``y_val``, ``sample_weight_val`` and ``validation_data``.
    arguments : dict
        Of `keras.Model.fit`, for this call.
    classes, groups : object
    one_more : bool
        Whether it trains for one epoch more, from wherever training has come to.
    trains : bool
        Whether it trains at all, or only makes the model.
    """

    X: Any
    y: Any = None
    sample_weight: Any = None
    validation: tuple[Any, Any, Any, Any] = (None, None, None, None)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    classes: Any = None
    groups: Any = None
    one_more: bool = False
    trains: bool = True

    def is_first(self, estimator: Any) -> bool:
        """Tell whether a new model is made, and the last one is not gone on with."""
        goes_on = self.one_more or (self.trains and estimator.warm_start)
        return not (goes_on and "model_" in vars(estimator))

    def for_training(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return a fit's arguments as they count here: one epoch holds nothing out."""
        if not self.one_more:
            return dict(arguments)
        # A stream has been opened by steps_per_epoch already, which is among these.
        of_a_fit = dict.fromkeys((*FIT_CONSTRAINTS, "validation_split"))
        return {**arguments, **of_a_fit, "early_stopping": False}

    def history(
        self, before: Mapping[str, list[float]], now: Mapping[str, list[float]]
    ) -> dict[str, list[float]]:
        """Return the history that the call leaves, given that of the last fit."""
        if not self.one_more:
            return dict(now)
        return {name: [*before.get(name, []), *v] for name, v in now.items()}
