"""Callbacks that watch a fit: its history, and names that are monitored in vain."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from sk_keras._shared.routing.did_you_mean import suggestion

#: Hooks that are called between the batches of an epoch.
BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)


#: Hooks that are called between the epochs.
EPOCH_HOOKS = ("on_epoch_begin", "on_epoch_end")


def has_batch_hooks(callback: Any) -> bool:
    """Tell whether a callback wants to be called between batches."""
    idle = []
    if getattr(callback, "save_freq", None) == "epoch":
        idle.append(keras.callbacks.ModelCheckpoint.on_train_batch_end)
    return _has_hooks(callback, BATCH_HOOKS, idle)


def _has_hooks(callback: Any, hooks: Sequence[str], idle: Sequence[Any] = ()) -> bool:
    """Tell whether a callback has hooks of its own, but for some that do nothing."""
    nothing = [getattr(keras.callbacks.Callback, hook) for hook in hooks]
    return any(
        getattr(type(callback), hook) not in [*nothing, *idle] or hook in vars(callback)
        for hook in hooks
    )


def figures(logs: Any) -> dict[str, float]:
    """Turn logs into floats, each value of several into an entry of its own.

    Parameters
    ----------
    logs : dict of str to float, array, or dict of them
        Of an epoch. Several values of a metric are numbered ("f1_score_0"); those in
        a dict keep their own names, as in Keras.

    Examples
    --------
    >>> figures({"f1": np.array([0.5, 0.25]), "loss": 1})
    {'f1_0': 0.5, 'f1_1': 0.25, 'loss': 1.0}
    """
    flat: dict[str, float] = {}
    for name, value in logs.items():
        if isinstance(value, Mapping):
            flat.update(figures(value))
        elif np.size(value) > 1:
            numbered = enumerate(np.ravel(value))
            flat.update({f"{name}_{i}": float(each) for i, each in numbered})
        else:
            flat[name] = float(np.squeeze(value))
    return flat


class LogsOnly(keras.callbacks.Callback):
    """A callback that looks at the logs of epochs, and not at the model."""

    @property
    def certain_epochs(self) -> int:
        """How many epochs more are run whatever their logs are."""
        return sys.maxsize


def certain_epochs(callback: Any) -> int:
    """Say how many epochs may be run before a callback is told of the first."""
    if isinstance(callback, LogsOnly):
        return callback.certain_epochs
    return 1 if _has_hooks(callback, EPOCH_HOOKS) else sys.maxsize


class EachFigure(LogsOnly):
    """Put floats in place of what has several values, before others see the logs."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Change the logs of an epoch."""
        if logs is not None:
            flat = figures(logs)
            logs.clear()
            logs.update(flat)


class EpochLog(LogsOnly):
    """Keep what every epoch logs, other callbacks' entries included."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Take down one epoch."""
        if not logs:
            raise ValueError(
                "The model's train_step returns no logs, so that nothing tells how "
                "training goes. Let it return {'loss': ...}."
            )
        self.epochs.append(figures(logs or {}))

    def history(self) -> dict[str, list[float]]:
        """Return a list for each name, NaN in epochs that did not log it."""
        names = dict.fromkeys(name for logs in self.epochs for name in logs)
        return {n: [logs.get(n, np.nan) for logs in self.epochs] for n in names}


class MonitorGuard(keras.callbacks.Callback):
    """Stop at the first epoch if a callback monitors what is never logged.

    Keras would warn every epoch and go on, or say that it cannot tell the
    direction.
    """

    def __init__(self, callbacks: Mapping[str, Any]) -> None:
        super().__init__()
        self.monitors = {
            name: callback.monitor
            for name, callback in callbacks.items()
            if isinstance(getattr(callback, "monitor", None), str)
            # A checkpoint that keeps every epoch monitors nothing.
            and getattr(callback, "save_best_only", True)
        }
        self.types = {
            name: type(callback).__name__ for name, callback in callbacks.items()
        }

    def check_validation(self, has_validation: bool) -> None:
        """Raise before training if a validation figure is wanted without any."""
        for name, monitor in self.monitors.items():
            if monitor.startswith("val_") and not has_validation:
                raise ValueError(
                    f"{self.types[name]} monitors {monitor!r}, but there is no "
                    "validation data. Set validation_split, or give fit an X_val."
                )

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compare the monitored names with the logged ones, once."""
        logged = list(logs or {})
        measured = any(name.startswith("val_") for name in logged)
        for name, monitor in list(self.monitors.items()):
            if monitor.startswith("val_") and not measured:
                continue  # with validation_freq its epoch comes later
            del self.monitors[name]
            if monitor not in logged:
                near = {"acc": "accuracy", "val_acc": "val_accuracy"}.get(monitor)
                hint = (
                    f"Did you mean {near!r}? "
                    if near in logged
                    else suggestion(monitor, logged)
                )
                raise ValueError(
                    f"{self.types[name]} monitors {monitor!r}, which is not logged. "
                    f"{hint}Logged are {logged}; metrics=['accuracy'] logs 'accuracy'."
                )
