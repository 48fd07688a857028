"""skorch, on PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from skorch import NeuralNetClassifier
from torch import nn

from tests.benchmarks.settings import ADAM_EPSILON, LEARNING_RATE, SEED

torch.manual_seed(SEED)


class OneHidden(nn.Module):
    """A binary classifier with one hidden layer, which puts out logits."""

    def __init__(self, n_features: int, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(n_features, hidden)
        self.out = nn.Linear(hidden, 2)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return logits of shape (n_samples, 2)."""
        return self.out(torch.relu(self.hidden(X)))


def tabular(n_features: int, *, hidden: int, epochs: int, batch_size: int) -> Any:
    """Make a classifier with one hidden layer."""
    return NeuralNetClassifier(
        OneHidden,
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
