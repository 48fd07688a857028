"""What a training step of a model's own returns as logs.

Where its names are those of the metrics, Keras logs these in its place. A step that
counts its loss by itself has not updated Keras' mean of it, which would be 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras


def told(model: Any, logs: Mapping[str, Any], metrics: Mapping[str, Any]) -> Any:
    """Return metrics, but what the step says where they were not updated.

    Parameters
    ----------
    model : keras.Model
    logs : dict
        What the step returned for the last batch.
    metrics : dict
        Results over all batches, by the same names.
    """
    return _put_in(_idle(model), logs, metrics)


def _idle(model: Any) -> dict[str, Any]:
    """Tell which means of a model are means of nothing."""
    return {
        metric.name: metric.count == 0
        for metric in model.metrics
        if type(metric) is keras.metrics.Mean
    }


def _put_in(
    idle: Mapping[str, Any], logs: Mapping[str, Any], metrics: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        name: keras.ops.where(idle[name], logs[name], value) if name in idle else value
        for name, value in metrics.items()
    }


class StepLogs(keras.callbacks.Callback):
    """Do the same after an epoch of `keras.Model.fit`, before others see the logs."""

    def __init__(self) -> None:
        super().__init__()
        self._last: Mapping[str, Any] = {}
        self._idle: dict[str, Any] | None = None

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Keep what the step returned."""
        self._last = logs if isinstance(logs, Mapping) else {}

    def on_test_begin(self, logs: Any = None) -> None:
        """Look at the means before validation updates them."""
        self._idle = {name: bool(none) for name, none in _idle(self.model).items()}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Put it in place of means of nothing."""
        names = {name for name in logs or {} if not name.startswith("val_")}
        if logs and names == set(self._last):
            idle = _idle(self.model) if self._idle is None else self._idle
            logs.update(_put_in(idle, self._last, {n: logs[n] for n in names}))
        self._idle = None
