"""Rows of data: arrays or a sparse matrix with targets and weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from sk_keras._shared.arrays.parts import n_rows, parts_of
from sk_keras._training.batches import take, tensors

#: Rows that are made dense, or copied, at a time, in elements.
CHUNK_ELEMENTS = 2**22

#: Larger arrays are not handed to TensorFlow whole, in bytes: that takes a copy.
WHOLE_BYTES = 2**27


def pieces(X: Any, batch_size: int) -> Iterator[slice]:
    """Split rows into pieces of whole batches: one, unless X is large."""
    total = n_rows(X)
    rows = total
    if not fit_in_memory(X):
        rows = chunk_rows(X, batch_size)
    for start in range(0, total, rows):
        yield slice(start, start + rows)


def fit_in_memory(X: Any) -> bool:
    """Tell whether every part of X can be used as one tensor."""
    return all(
        # One chunk is all there would be of it.
        int(np.prod(part.shape)) <= CHUNK_ELEMENTS
        if sparse.issparse(part)
        else part.nbytes <= WHOLE_BYTES
        for part in parts_of(X)
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
        if self.weight is None:
            return parts
        return (*parts, take(self.weight, rows, pad=pad))

    def tensors(self, rows: np.ndarray | slice) -> tuple[Any, ...]:
        """Return the same as tensors, sequences of unequal length."""
        parts = (self.X, self.y, *([] if self.weight is None else [self.weight]))
        return tuple(tensors(part, rows) for part in parts)

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
        Starts an epoch. It takes how many batches may come together, and returns an
        iterator over Rows of one or more of them, each with the number of batches.
    """

    first: Rows
    steps: int
    epoch: Callable[[int], Iterator[tuple[Rows, int]]]

    def __len__(self) -> int:
        return len(self.first)

    def batch(self, rows: slice, *, pad: bool = True) -> tuple[Any, ...]:
        """Return rows of the example, as Keras trains on them."""
        return self.first.batch(rows, pad=pad)
