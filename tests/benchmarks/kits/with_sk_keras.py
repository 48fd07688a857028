"""sk_keras."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import keras

import sk_keras
from sk_keras import KerasClassifier
from tests.benchmarks.kits import networks
from tests.benchmarks.settings import SEED

# The package imports its modules when they are needed; a first fit is timed without
# imports, for every contender.
for _module in pkgutil.walk_packages(sk_keras.__path__, "sk_keras."):
    importlib.import_module(_module.name)


def _one_hidden(n_features_in: int, hidden: int = 16) -> keras.Model:
    return networks.one_hidden(n_features_in, hidden)


def _two_hidden(n_features_in: int, hidden: int = 16) -> keras.Model:
    return networks.two_hidden(n_features_in, hidden)


def tabular(n_features: int, *, hidden: int, epochs: int, batch_size: int) -> Any:
    """Make a classifier with one hidden layer."""
    return KerasClassifier(
        _one_hidden,
        hidden=hidden,
        epochs=epochs,
        batch_size=batch_size,
        random_state=SEED,
    )


def wide(*, hidden: int, epochs: int, batch_size: int) -> Any:
    """Make a classifier with two hidden layers, whose epochs take long."""
    return KerasClassifier(
        _two_hidden,
        hidden=hidden,
        epochs=epochs,
        batch_size=batch_size,
        random_state=SEED,
    )


def image(kind: str, *, epochs: int, batch_size: int) -> Any:
    """Make a classifier of digits."""
    return KerasClassifier(
        networks.IMAGE_NETWORKS[kind],
        epochs=epochs,
        batch_size=batch_size,
        random_state=SEED,
    )


def parameters(*, hidden: Any, epochs: Any, batch_size: Any) -> dict[str, Any]:
    """Name the values of a search."""
    return {"hidden": hidden, "epochs": epochs, "batch_size": batch_size}
