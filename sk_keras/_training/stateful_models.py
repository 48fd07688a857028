"""Models whose batches have one size, as stateful recurrent layers want it.

A stateful layer begins a batch where it ended the one before: row ``i`` of a
batch goes on from row ``i`` of the last. So rows stay in order, every batch has
the same number of them, and the state is cleared where a sequence begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from sk_keras._shared.keras_objects.private_api.layers import all_layers
from sk_keras._training.batches import take
from sk_keras._training.rows import Rows, Stream

#: What the estimators take if the user says nothing.
USUAL_BATCH_SIZE = 32


def fixed_batch_size(model: Any) -> int | None:
    """Return the number of rows that a model's batches must have, None if any."""
    sizes = {tensor.shape[0] for tensor in getattr(model, "inputs", None) or []}
    return next((size for size in sizes if size is not None), None)


def is_stateful(model: Any) -> bool:
    """Tell whether a model remembers from one batch to the next."""
    return any(getattr(layer, "stateful", False) for layer in all_layers(model))


def reset_states(model: Any) -> None:
    """Clear what stateful layers remember."""
    for layer in all_layers(model, include_self=False):
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
            layer.reset_state()


class StatesReset(keras.callbacks.Callback):
    """Clear states where an epoch or a validation begins."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin with the first row."""
        reset_states(self.model)

    def on_test_begin(self, logs: Any = None) -> None:
        """Begin with the first row of the validation data."""
        reset_states(self.model)


def check_batch_size(size: int, asked: int, parts: Mapping[str, Any]) -> None:
    """Refuse data that cannot be cut into batches of the model's size.

    Parameters
    ----------
    size : int
        The model's.
    asked : int
        The user's ``batch_size``.
    parts : dict of str to Rows, Stream or None

    Raises
    ------
    ValueError
    """
    rows = {name: len(data) for name, data in parts.items() if isinstance(data, Rows)}
    for name, data in parts.items():
        if isinstance(data, Stream) and len(data) != size:
            raise ValueError(
                f"The model takes batches of exactly {size} rows, and the stream of "
                f"{name} data gives batches of {len(data)}."
            )
    if asked not in (size, USUAL_BATCH_SIZE, *rows.values()):
        raise ValueError(
            f"batch_size={asked} was given, but the model's inputs have a batch size "
            f"of {size}. Give the same, or leave batch_size out."
        )
    for name, n_rows in rows.items():
        if n_rows % size:
            raise ValueError(
                f"The model takes batches of exactly {size} rows, and the {n_rows} "
                f"rows of {name} data are no multiple of it. Leave {n_rows % size} "
                "out, or build the model for another batch size."
            )


def predict_in_batches(
    model: Any, X: Any, n_rows: int, size: int, extra: Mapping[str, Any]
) -> Any:
    """Run a model over rows in order; the last batch is filled up.

    Parameters
    ----------
    model : keras.Model
    X : array of shape (n_rows, ...), CSR matrix or Ragged, or a dict or list of them
    n_rows : int
    size : int
        The model's batch size.
    extra : dict
        Further arguments of `keras.Model.predict`.

    Returns
    -------
    array, list or dict of arrays
    """
    reset_states(model)
    # Rows that are beside others in a batch do not touch them.
    filled = np.minimum(np.arange(-(-n_rows // size) * size), n_rows - 1)
    arguments = {"verbose": 0, **extra, "batch_size": size}
    out = model.predict(take(X, filled), **arguments)
    reset_states(model)
    return keras.tree.map_structure(lambda part: part[:n_rows], out)
