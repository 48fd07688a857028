"""Rows of data: arrays or a sparse matrix with targets and weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from scipy import sparse

from sk_keras._shared.arrays.parts import n_rows, parts_of
from sk_keras._shared.arrays.ragged import Ragged

#: Rows that are made dense, or copied, at a time, in elements.
CHUNK_ELEMENTS = 2**24

#: Larger arrays are not handed to TensorFlow whole, in bytes: it makes a copy.
WHOLE_BYTES = 2**28


def take(part: Any, rows: np.ndarray | slice, *, pad: bool = True) -> Any:
    """Take rows of an array, a list or a dict of arrays; sparse ones get dense.

    Parameters
    ----------
    part : array, CSR matrix or Ragged, or a dict or list of them
    rows : array of int or slice
    pad : bool, default=True
        Whether to fill sequences up to the longest of all: Keras' data sets want
        batches of one shape.
    """
    if isinstance(part, dict):
        return {key: take(value, rows, pad=pad) for key, value in part.items()}
    if isinstance(part, list):
        # A tuple: data sets of TensorFlow take a list for an array.
        return tuple(take(value, rows, pad=pad) for value in part)
    if part is None:
        return None
    if sparse.issparse(part):
        return part[rows].toarray()
    if isinstance(part, Ragged) and pad:
        return part[rows].padded(part.longest)
    return part[rows]


def pieces(X: Any, batch_size: int) -> Iterator[slice]:
    """Split rows into pieces of whole batches: one, unless X is large or sparse."""
    total = n_rows(X)
    rows = total
    if not fit_in_memory(X):
        rows = chunk_rows(X, batch_size)
    for start in range(0, total, rows):
        yield slice(start, start + rows)


def fit_in_memory(X: Any) -> bool:
    """Tell whether every part of X can be used as one tensor."""
    return all(
        not sparse.issparse(part) and part.nbytes <= WHOLE_BYTES for part in parts_of(X)
    )


def chunk_rows(X: Any, batch_size: int) -> int:
    """Return how many rows, in whole batches, make a chunk."""
    width = max(map(_row_elements, parts_of(X)))
    return max(CHUNK_ELEMENTS // max(width, 1) // batch_size, 1) * batch_size


def _row_elements(part: Any) -> int:
    sizes = [part.longest if size is None else size for size in part.shape[1:]]
    return int(np.prod(sizes))


@dataclass
class Rows:
    """Data to train or to validate on.

    Attributes
    ----------
    X : array of shape (n_samples, ...), CSR matrix or Ragged, or list or dict of them
    y : array, list or dict of arrays
        Encoded targets.
    weight : array of shape (n_samples,) or None, or arranged as y
    """

    X: Any
    y: Any
    weight: Any = None

    def __len__(self) -> int:
        return n_rows(self.X)

    @property
    def fit_in_memory(self) -> bool:
        """Whether rows can be handed over as they are, not in chunks."""
        return fit_in_memory(self.X)

    def batch(self, rows: np.ndarray | slice, *, pad: bool = True) -> tuple[Any, ...]:
        """Return the tuple that Keras trains on."""
        parts = (take(self.X, rows, pad=pad), take(self.y, rows, pad=pad))
        return parts if self.weight is None else (*parts, take(self.weight, rows))

    def chunks(self, order: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
        """Split an order of rows into pieces of whole batches that fit in memory."""
        rows = chunk_rows(self.X, batch_size)
        for start in range(0, len(order), rows):
            yield order[start : start + rows]


@dataclass
class Stream:
    """Data that come batch by batch.

    Attributes
    ----------
    first : Rows
        An example of a batch.
    steps : int
        Batches of an epoch.
    epoch : callable
        Starts an epoch: returns an iterator over its batches, each of them Rows.
    """

    first: Rows
    steps: int
    epoch: Callable[[], Iterator[Rows]]

    def __len__(self) -> int:
        return len(self.first)

    def batch(self, rows: slice, *, pad: bool = True) -> tuple[Any, ...]:
        """Return rows of the example, as Keras trains on them."""
        return self.first.batch(rows, pad=pad)


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
        self._batches = stream.epoch()
        #: Keras looks at the first batches before it begins, and asks for them again.
        self._looked_at: dict[int, Any] = {}
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
        batch = next(self._batches).batch(slice(None))
        if self.change is not None:
            batch = self.change(batch, self._passes * len(self) + index)
        if not self._begun:
            self._looked_at[index] = batch
        return batch

    def begin(self) -> None:
        """Begin a pass; the first is the one that was looked at."""
        if self._begun:
            self._batches = self.stream.epoch()
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
