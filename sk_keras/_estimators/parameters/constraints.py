"""What values the parameters of the estimators may have."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
)

#: Parameters that all estimators have.
PARAMETERS: dict[str, list[Any]] = {
    "optimizer": [str, type, dict, HasMethods("apply_gradients")],
    "loss": [str, type, callable, list, tuple, dict, None],
    "metrics": [list, tuple, dict, str, callable, HasMethods("update_state"), None],
    "epochs": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "batch_size": [
        Interval(Integral, 1, None, closed="left"),
        Options(Integral, {-1}),
        None,
    ],
    "validation_batch_size": [
        Interval(Integral, 1, None, closed="left"),
        Options(Integral, {-1}),
        None,
    ],
    "shuffle": ["boolean"],
    "validation_split": [
        Interval(Real, 0, 1, closed="left"),
        HasMethods("split"),
        None,
    ],
    "early_stopping": ["boolean", Interval(Integral, 1, None, closed="left")],
    "augmenter": [object],  # Keras is needed to tell a layer: checked with the data
    "trainable": [str, list, tuple, callable, None],
    "warm_start": ["boolean"],
    "random_state": ["random_state"],
    "run_eagerly": ["boolean"],
    "engine": [StrOptions({"auto", "keras"})],
    "custom_objects": [dict, None],
    "input_columns": [dict, None],
    "verbose": ["verbose", StrOptions({"auto"})],
}

#: Arguments of `keras.Model.fit` that are no parameters of the estimators.
FIT_CONSTRAINTS: dict[str, list[Any]] = {
    "initial_epoch": [Interval(Integral, 0, None, closed="left")],
    "steps_per_epoch": [Interval(Integral, 1, None, closed="left"), None],
    "validation_steps": [Interval(Integral, 1, None, closed="left"), None],
    "validation_freq": [Interval(Integral, 1, None, closed="left"), list, tuple],
}
