"""SciKeras."""

from __future__ import annotations

from typing import Any

import keras
from scikeras.wrappers import KerasClassifier

from tests.benchmarks.kits import networks
from tests.benchmarks.settings import SEED

# Its random_state turns on deterministic operations, which cost time.
keras.utils.set_random_seed(SEED)


def _perceptron(meta: dict[str, Any], hidden: Any = 16) -> keras.Model:
    return networks.perceptron(meta["n_features_in_"], hidden, "relu")


def tabular(n_features: int, *, hidden: Any, epochs: int, batch_size: int) -> Any:
    """Make a classifier with a hidden layer, or several."""
    return KerasClassifier(
        _perceptron,
        model__hidden=hidden,
        optimizer="adam",
        loss="binary_crossentropy",
        epochs=epochs,
        batch_size=batch_size,
        verbose=0,
    )


def parameters(*, hidden: Any, epochs: Any, batch_size: Any) -> dict[str, Any]:
    """Name the values of a search."""
    return {"model__hidden": hidden, "epochs": epochs, "batch_size": batch_size}
