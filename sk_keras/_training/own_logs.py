"""What a training step of a model's own returns as logs.

Where its names are those of the metrics, Keras logs these in its place. A step that
counts its loss by itself has not updated Keras' mean of it, which would be 0: here it
is the mean over the batches of what the step returned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras


def counting(model: Any, step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Have the means of a model count what a step returns and has not counted.

    Parameters
    ----------
    model : keras.Model
    step : callable
        Of one batch; it returns its logs.
    """

    def counted(batch: Any) -> Any:
        means = _means(model)
        before = {name: keras.ops.copy(mean.count) for name, mean in means.items()}
        logs = step(batch)
        for name in set(means) & set(logs) if isinstance(logs, Mapping) else ():
            idle = keras.ops.equal(means[name].count, before[name])
            weight = keras.ops.cast(idle, means[name].dtype)
            means[name].update_state(logs[name], sample_weight=weight)
        return logs

    return counted


def _means(model: Any) -> dict[str, Any]:
    """Return the means among the metrics of a model, of the loss above all."""
    return {m.name: m for m in model.metrics if type(m) is keras.metrics.Mean}


class StepLogs(keras.callbacks.Callback):
    """Do the same in `keras.Model.fit`, before others see the logs of an epoch."""

    def __init__(self) -> None:
        super().__init__()
        self._batches: list[Mapping[str, Any]] = []
        self._idle: dict[str, bool] | None = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin with no batch."""
        self._batches, self._idle = [], None

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Keep what the step returned."""
        if isinstance(logs, Mapping):
            self._batches.append({name: float(logs[name]) for name in logs})

    def on_test_begin(self, logs: Any = None) -> None:
        """Look at the means before validation updates them."""
        self._idle = self._without_count()

    def _without_count(self) -> dict[str, bool]:
        return {name: not float(m.count) for name, m in _means(self.model).items()}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Put means over the batches in place of means of nothing."""
        names = {name for name in logs or {} if not name.startswith("val_")}
        if logs is None or not self._batches or names != set(self._batches[-1]):
            return
        idle = self._without_count() if self._idle is None else self._idle
        for name in names:
            if idle.get(name, False):
                values = [batch[name] for batch in self._batches]
                logs[name] = sum(values) / len(values)
