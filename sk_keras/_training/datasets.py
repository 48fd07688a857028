"""Batches as `tf.data` and `PyDataset` give them to Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from sk_keras._training.rows import Rows, Stream

#: Changes a batch, given its number in the fit.
Change = Callable[[tuple[Any, ...], int], tuple[Any, ...]]


class Order:
    """The order of rows, drawn anew for every epoch."""

    def __init__(self, n_rows: int, random_state: np.random.RandomState | None) -> None:
        self.n_rows = n_rows
        self.random_state = random_state

    def draw(self) -> np.ndarray:
        """Return the row numbers of one epoch."""
        if self.random_state is None:
            return np.arange(self.n_rows)
        return self.random_state.permutation(self.n_rows)


class Batches(keras.utils.PyDataset):
    """Rows as a Keras data set, in an order that `NewOrder` draws.

    ``change`` takes a batch and its number in the fit, and returns what is trained on.
    """

    def __init__(
        self,
        rows: Rows,
        batch_size: int,
        order: Order,
        *,
        each_pass: bool = False,
        change: Change | None = None,
    ) -> None:
        super().__init__()
        self.rows = rows
        self.batch_size = batch_size
        self.order = order
        #: Whether a new order goes with each pass over the rows, not each epoch;
        #: there is no end to the passes then.
        self.each_pass = each_pass
        self.change = change
        #: Passes that have begun, counted by `NewOrder`.
        self.begun = 0
        self._pass = -1
        self.current = np.arange(len(rows))

    def __len__(self) -> int:
        return -(-len(self.rows) // self.batch_size)

    @property
    def num_batches(self) -> int | None:
        """Number of batches, None where they do not end."""
        return None if self.each_pass else len(self)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        number, index = divmod(index, len(self))
        if self.each_pass and number != self._pass:
            self.current = self.order.draw()
            self._pass = number
        start = index * self.batch_size
        batch = self.rows.batch(self.current[start : start + self.batch_size])
        if self.change is None:
            return batch
        if not self.each_pass:
            number = self.begun - 1
        return self.change(batch, max(number, 0) * len(self) + index)


class StreamBatches(keras.utils.PyDataset):
    """A stream as a Keras data set, whose batches are asked for in order.

    `Passes` says when a pass begins and ends: the data set's own hooks will not
    do, Keras also calls them in between.
    """

    def __init__(self, stream: Stream, change: Change | None = None) -> None:
        super().__init__()
        self.stream = stream
        self.change = change
        self._passes = 0
        self._batches = stream.epoch(1)
        #: Keras looks at the first batches before it begins, and asks for them again.
        self._looked_at: dict[int, tuple[Any, ...]] = {}
        self._last = -1
        self._begun = False

    def __len__(self) -> int:
        return self.stream.steps

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        if self._begun:
            self._last = index
        if index in self._looked_at:
            kept = self._looked_at
            return kept.pop(index) if self._begun else kept[index]
        rows, _ = next(self._batches)
        batch = rows.batch(slice(None))
        if self.change is not None:
            batch = self.change(batch, self._passes * len(self) + index)
        if not self._begun:
            self._looked_at[index] = batch
        return batch

    def begin(self) -> None:
        """Begin a pass; the first is the one that was looked at."""
        if self._begun:
            self._batches = self.stream.epoch(1)
            self._passes += 1
        self._begun = True

    def end(self) -> None:
        """End a pass: work for the source, if it has given all."""
        if self._last == len(self) - 1:
            next(self._batches, None)


class Passes(keras.callbacks.Callback):
    """Tell streams when their passes begin and end."""

    def __init__(self, train: Any, held_out: Any) -> None:
        super().__init__()
        self.train = [train] if isinstance(train, StreamBatches) else []
        self.held_out = [held_out] if isinstance(held_out, StreamBatches) else []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin with training."""
        for batches in self.train:
            batches.begin()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """End training."""
        for batches in self.train:
            batches.end()

    def on_test_begin(self, logs: Any = None) -> None:
        """Begin with validation."""
        for batches in self.held_out:
            batches.begin()

    def on_test_end(self, logs: Any = None) -> None:
        """End validation."""
        for batches in self.held_out:
            batches.end()


class NewOrder(keras.callbacks.Callback):
    """Draw the order of a data set's rows when an epoch begins.

    The data set's own hooks will not do: Keras also calls them before the
    first epoch.
    """

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Draw, unless the data set does."""
        if self.batches.each_pass:
            return
        self.batches.begun += 1
        self.batches.current = self.batches.order.draw()
