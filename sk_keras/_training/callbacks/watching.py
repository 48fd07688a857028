"""Callbacks of one fit: fresh copies, stopping rules, a check of names."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from sk_keras._shared.routing.making import instantiate
from sk_keras._shared.routing.prefixes import suggestion
from sk_keras._training.callbacks.files import follow_routed_path

#: sklearn's rule for its multi-layer perceptrons, which ``epochs="auto"`` follows.
AUTO_EPOCHS = 200
AUTO_TOL = 1e-4

#: Epochs without improvement after which training ends.
PATIENCE = 10

#: Hooks that are called between the batches of an epoch.
BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)


MSG_NO_CALLBACK = (
    "callbacks must be Keras callbacks (objects or classes), a list or a dict of them. "
    "Got {item!r} as callback {name!r}.{hint}"
)

HINT_SKLEARN = " Callbacks of scikit-learn are set by estimator.set_callbacks(...)."

MSG_NO_COPY = (
    "Every fit needs a copy of callback {name!r}, and {item!r} cannot be copied: "
    "{error}. Let it open what cannot be copied in on_train_begin, or give the class, "
    "of which every fit makes an object: callbacks={{'name': Class}}, with its "
    "arguments as callbacks__name__argument."
)


def fresh_callbacks(callbacks: Any, routed: Mapping[str, Any]) -> dict[str, Any]:
    """Make the callbacks of one fit.

    Parameters
    ----------
    callbacks : Callback, class, list, tuple, dict or None
        Objects are copied, classes instantiated; the user's stay as they are.
    routed : dict
        What is routed to them, prefix taken off.

    Returns
    -------
    dict of str to keras.callbacks.Callback
        By name, or by position where they came without names.

    Raises
    ------
    TypeError
        If something is no Keras callback.
    """
    if callbacks is None:
        instantiate(None, routed, "callbacks")  # refuses what is routed to nothing
        return {}
    single = not isinstance(callbacks, Mapping | list | tuple)
    copies = _copied([callbacks] if single else callbacks)
    made = instantiate(copies, dict(routed), "callbacks")
    named = made if isinstance(made, Mapping) else dict(enumerate(made))
    for name, callback in named.items():
        if not isinstance(callback, keras.callbacks.Callback):
            raise _no_callback(callback, name)
        follow_routed_path(callback)
    return {str(name): callback for name, callback in named.items()}


def _no_callback(item: Any, name: Any) -> TypeError:
    kind = item if inspect.isclass(item) else type(item)
    # The hooks of scikit-learn's callbacks; it has no class for all of them.
    hint = HINT_SKLEARN if hasattr(kind, "on_fit_task_begin") else ""
    return TypeError(MSG_NO_CALLBACK.format(item=item, name=name, hint=hint))


def _copied(item: Any, name: Any = 0) -> Any:
    if isinstance(item, Mapping):
        return {key: _copied(value, key) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [_copied(value, i) for i, value in enumerate(item)]
    if inspect.isclass(item):
        if not issubclass(item, keras.callbacks.Callback):
            raise _no_callback(item, name)
        return item
    # A callback that has been in use holds its model, which is not the copy's.
    model = getattr(item, "_model", None)
    try:
        return copy.deepcopy(item, {id(model): None} if model is not None else {})
    except TypeError as error:
        raise TypeError(
            MSG_NO_COPY.format(item=item, name=name, error=error)
        ) from error


def has_batch_hooks(callback: Any) -> bool:
    """Tell whether a callback wants to be called between batches."""
    idle = [getattr(keras.callbacks.Callback, hook) for hook in BATCH_HOOKS]
    if getattr(callback, "save_freq", None) == "epoch":
        idle.append(keras.callbacks.ModelCheckpoint.on_train_batch_end)
    return any(
        getattr(type(callback), hook) not in idle or hook in vars(callback)
        for hook in BATCH_HOOKS
    )


def one_figure(name: str, value: Any) -> float:
    """Turn a logged value into a float.

    Raises
    ------
    ValueError
        If a metric gives several values.
    """
    if np.ndim(value) > 0:
        raise ValueError(
            f"The metric {name!r} gives {np.size(value)} values an epoch, and one is "
            "needed. Metrics with an average take average='macro', for instance."
        )
    return float(value)


class EpochLog(keras.callbacks.Callback):
    """Keep what every epoch logs, other callbacks' entries included."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Take down one epoch."""
        self.epochs.append({n: one_figure(n, v) for n, v in (logs or {}).items()})

    def history(self) -> dict[str, list[float]]:
        """Return a list for each name, NaN in epochs that did not log it."""
        names = dict.fromkeys(name for logs in self.epochs for name in logs)
        return {n: [logs.get(n, np.nan) for logs in self.epochs] for n in names}


class StopOnPlateau(keras.callbacks.Callback):
    """End training when the training loss stops improving, as sklearn's MLP does."""

    def __init__(self) -> None:
        super().__init__()
        self.best = np.inf
        self.waited = 0
        self.converged = False

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Count the epochs in which the loss fell by less than the tolerance."""
        loss = (logs or {}).get("loss", np.nan)
        self.waited = self.waited + 1 if not loss < self.best - AUTO_TOL else 0
        self.best = min(self.best, loss)
        if self.waited > PATIENCE:
            self.converged = True
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Warn, as sklearn does, if the loss was still falling at the end."""
        if not self.converged and not self.model.stop_training:
            from sklearn.exceptions import ConvergenceWarning

            warnings.warn(
                f"epochs='auto' ended at its limit of {AUTO_EPOCHS} epochs while the "
                "training loss was still falling. Set epochs to a larger number, or "
                "raise optimizer__learning_rate.",
                ConvergenceWarning,
                stacklevel=2,
            )


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


def stopping_rule(early_stopping: bool | int, epochs: int | str) -> dict[str, Any]:
    """Make the callback that ends a fit, by the name it goes by.

    Parameters
    ----------
    early_stopping : bool or int
        Epochs without a better validation loss; True for 10.
    epochs : int or "auto"
        "auto" ends by the training loss, where nothing else does.
    """
    if early_stopping:
        yes = isinstance(early_stopping, bool | np.bool_)
        patience = PATIENCE if yes else int(early_stopping)
        best = keras.callbacks.EarlyStopping(
            monitor="val_loss", patience=patience, restore_best_weights=True
        )
        return {"early_stopping": best}
    return {"auto_epochs": StopOnPlateau()} if epochs == "auto" else {}
