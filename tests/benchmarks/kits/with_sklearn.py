"""scikit-learn's own multi-layer perceptron."""

from __future__ import annotations

from typing import Any

from sklearn.neural_network import MLPClassifier

from tests.benchmarks.settings import ADAM_EPSILON, LEARNING_RATE, SEED

#: It stops early where others run all epochs; so many without progress never come.
NEVER = 10**6


def tabular(n_features: int, *, hidden: Any, epochs: int, batch_size: int) -> Any:
    """Make a classifier with a hidden layer, or several."""
    return MLPClassifier(
        hidden,
        alpha=0.0,
        epsilon=ADAM_EPSILON,
        learning_rate_init=LEARNING_RATE,
        max_iter=epochs,
        n_iter_no_change=NEVER,
        batch_size=batch_size,
        random_state=SEED,
    )


def parameters(*, hidden: Any, epochs: Any, batch_size: Any) -> dict[str, Any]:
    """Name the values of a search."""
    return {
        "hidden_layer_sizes": hidden,
        "max_iter": epochs,
        "batch_size": batch_size,
    }
