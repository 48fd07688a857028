"""What ends a fit: early stopping, and ``epochs="auto"``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from sk_keras._shared.warn import warn
from sk_keras._training.callbacks.monitoring import LogsOnly

#: sklearn's rule for its multi-layer perceptrons, which ``epochs="auto"`` follows.
AUTO_EPOCHS = 200
AUTO_TOL = 1e-4

#: Epochs without improvement after which training ends.
PATIENCE = 10

MSG_NO_LOSS = (
    "epochs='auto' ends training by the logged 'loss', and the model's train_step "
    "returns {logged}. Let it return {{'loss': ...}} as well, or give a number of "
    "epochs."
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


class StopOnPlateau(LogsOnly):
    """End training when the training loss stops improving, as sklearn's MLP does."""

    def __init__(self) -> None:
        super().__init__()
        self.best = np.inf
        self.waited = 0
        self.converged = False

    @property
    def certain_epochs(self) -> int:
        """Epochs that must pass without improvement before training ends."""
        return PATIENCE + 1 - self.waited

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Count the epochs in which the loss fell by less than the tolerance."""
        logs = logs or {}
        if "loss" not in logs:
            raise ValueError(MSG_NO_LOSS.format(logged=list(logs)))
        loss = logs["loss"]
        self.waited = self.waited + 1 if not loss < self.best - AUTO_TOL else 0
        self.best = min(self.best, loss)
        if self.waited > PATIENCE:
            self.converged = True
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Warn, as sklearn does, if the loss was still falling at the end."""
        if not self.converged and not self.model.stop_training:
            from sklearn.exceptions import ConvergenceWarning

            warn(
                f"epochs='auto' ended at its limit of {AUTO_EPOCHS} epochs while the "
                "training loss was still falling. Set epochs to a larger number, or "
                "raise optimizer__learning_rate.",
                ConvergenceWarning,
            )
