"""Epochs as tasks of scikit-learn's callbacks."""

from __future__ import annotations

from typing import Any

import keras

from sk_keras._estimators.base.tasks import FitTask
from sk_keras._training.callbacks.monitoring import EpochLog


class EpochTasks(keras.callbacks.Callback):
    """Tell scikit-learn's callbacks when an epoch begins and ends.

    It has hooks for epochs only, so that whole epochs still run in one graph.
    """

    def __init__(self, task: FitTask) -> None:
        super().__init__()
        self.task = task
        self.log = EpochLog()
        self.epoch: Any = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Begin a task."""
        self.epoch = self.task.begin_epoch(self.log.history)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """End it; stop training if a callback says so."""
        self.log.on_epoch_end(epoch, logs)
        if self.task.end_epoch(self.epoch, self.log.history):
            self.model.stop_training = True
