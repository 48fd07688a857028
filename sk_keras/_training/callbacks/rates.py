"""Learning rates that two would set at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from sk_keras._shared.keras_objects.private_api.training import rate_of

MSG_TWO_RATES = (
    "The callback {name!r}, a {callback}, sets the learning rate, which the optimizer "
    "takes from {schedule}. Give one of them: a number as the optimizer's "
    "learning_rate, or no such callback."
)


def check_rates(model: Any, callbacks: Mapping[str, Any]) -> None:
    """Raise before training if a callback sets a rate that a schedule gives.

    Keras says so when the callback first sets it, which may be after hours.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    callbacks : dict of str to keras.callbacks.Callback

    Raises
    ------
    ValueError
    """
    schedule = rate_of(model.optimizer)
    if not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        return
    kinds = (
        keras.callbacks.LearningRateScheduler,
        keras.callbacks.ReduceLROnPlateau,
    )
    for name, callback in callbacks.items():
        if isinstance(callback, kinds):
            raise ValueError(
                MSG_TWO_RATES.format(
                    name=name,
                    callback=type(callback).__name__,
                    schedule=type(schedule).__name__,
                )
            )
