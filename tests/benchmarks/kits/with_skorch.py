"""skorch, on PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from skorch import NeuralNetClassifier
from torch import nn

from tests.benchmarks.settings import ADAM_EPSILON, LEARNING_RATE, SEED

torch.manual_seed(SEED)


class Perceptron(nn.Module):
    """A binary classifier with a hidden layer for each width; it puts out logits."""

    def __init__(self, n_features: int, hidden: int | Sequence[int]) -> None:
        super().__init__()
        widths = [n_features, *([hidden] if isinstance(hidden, int) else hidden)]
        self.hidden = nn.ModuleList(map(nn.Linear, widths, widths[1:]))
        self.out = nn.Linear(widths[-1], 2)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return logits of shape (n_samples, 2)."""
        for layer in self.hidden:
            X = torch.relu(layer(X))
        return self.out(X)


def tabular(n_features: int, *, hidden: Any, epochs: int, batch_size: int) -> Any:
    """Make a classifier with a hidden layer, or several."""
    return NeuralNetClassifier(
        Perceptron,
        module__n_features=n_features,
        module__hidden=hidden,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        optimizer__eps=ADAM_EPSILON,
        lr=LEARNING_RATE,
        max_epochs=epochs,
        batch_size=batch_size,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )


def parameters(*, hidden: Any, epochs: Any, batch_size: Any) -> dict[str, Any]:
    """Name the values of a search."""
    return {"module__hidden": hidden, "max_epochs": epochs, "batch_size": batch_size}
