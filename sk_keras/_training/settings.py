"""How a fit trains: epochs, batches, order, engine."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_keras._training.augmenting import Augmentation
from sk_keras._training.callbacks.early_stopping import AUTO_EPOCHS

#: Arguments of `keras.Model.fit` that are its business alone.
EXTRA_ARGUMENTS = (
    "initial_epoch",
    "steps_per_epoch",
    "validation_steps",
    "validation_freq",
)

MSG_NO_EPOCH = (
    "initial_epoch={begin} leaves no epoch to train: epochs={epochs} counts those "
    "before it as well. Set a larger number of epochs."
)


@dataclass(frozen=True)
class FitSettings:
    """How one fit runs.

    Attributes
    ----------
    epochs, batch_size, validation_batch_size : int
    verbose : {0, 1, 2} or "auto"
    engine : {"auto", "keras"}
    seed : int or None
        For what is drawn while programs are traced.
    order : numpy.random.RandomState or None
        Draws the order of rows; None keeps them as they are.
    extra : dict
        Further arguments of `keras.Model.fit`.
    augment : Augmentation or None, default=None
        Changes the batches that are trained on.
    """

    epochs: int
    batch_size: int
    validation_batch_size: int
    verbose: Any
    engine: str
    seed: int | None
    order: np.random.RandomState | None
    extra: Mapping[str, Any]
    augment: Augmentation | None = None

    @classmethod
    def of(
        cls,
        arguments: Mapping[str, Any],
        *,
        n_rows: int,
        engine: str,
        seed: int | None,
        order: np.random.RandomState,
        augment: Augmentation | None = None,
    ) -> FitSettings:
        """Read the arguments of `keras.Model.fit`, as the estimators have them."""
        batch_size = (
            n_rows if arguments["batch_size"] == -1 else arguments["batch_size"] or 32
        )
        auto = arguments["epochs"] == "auto"
        epochs = AUTO_EPOCHS if auto else arguments["epochs"]
        begin = arguments.get("initial_epoch") or 0
        if begin >= epochs:
            raise ValueError(MSG_NO_EPOCH.format(begin=begin, epochs=epochs))
        return cls(
            epochs=epochs,
            batch_size=batch_size,
            validation_batch_size=_size_of(
                arguments["validation_batch_size"], batch_size
            ),
            verbose=1 if arguments["verbose"] == "auto" else int(arguments["verbose"]),
            engine=engine,
            seed=seed,
            order=order if arguments["shuffle"] else None,
            extra={
                n: arguments[n] for n in EXTRA_ARGUMENTS if arguments.get(n) is not None
            },
            augment=augment,
        )


def _size_of(size: int | None, batch_size: int) -> int:
    # No validation set is larger than this.
    return batch_size if size is None else sys.maxsize if size == -1 else size
