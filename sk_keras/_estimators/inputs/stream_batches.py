"""Batches of a stream: as arrays, and several of them put together."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np

#: Bytes of batches that are handed over together, at most.
JOINED_BYTES = 2**24


def together(batches: Iterator[Any], at_most: int) -> Iterator[tuple[Any, int]]:
    """Put batches together that follow each other and are alike.

    Parameters
    ----------
    batches : iterator
        Over batches as the source gives them.
    at_most : int
        1 is for who takes batches ahead of their use.

    Yields
    ------
    batch : tuple
        One, or several, one behind the other.
    n_batches : int
        How many these are.
    """
    group: list[Any] = []
    kind: Any = None
    for batch in batches:
        this, size = _kind(batch)
        if group and this != kind:
            yield _joined(group)
            group = []
        kind = this
        most = 1 if this is None else min(at_most, JOINED_BYTES // max(size, 1))
        at_once = most <= 1 < at_most  # before the next one is asked for
        # A source may fill the same array again for the next one.
        group.append(as_batch(batch) if at_once else deepcopy(as_batch(batch)))
        if len(group) >= most:
            yield _joined(group)
            group = []
    if group:
        yield _joined(group)


def _kind(batch: Any) -> tuple[Any, int]:
    """Return what batches must share to be put together, None if it cannot; its bytes.

    Parameters
    ----------
    batch : object
        As the source gives it: of tensors or arrays, in tuples and dicts. In a list
        there may be rows of unequal length.
    """
    if batch is None:
        return "none", 0
    if isinstance(batch, tuple | dict):
        names = list(batch) if isinstance(batch, dict) else len(batch)
        values = batch.values() if isinstance(batch, dict) else batch
        kinds, sizes = zip(*map(_kind, values), strict=True) if batch else ((), ())
        return None if None in kinds else (str(names), kinds), sum(sizes)
    tf = sys.modules.get("tensorflow")
    is_tensor = tf is not None and isinstance(batch, tf.Tensor)
    if not (is_tensor or type(batch) is np.ndarray) or not batch.shape:
        return None, 0
    if batch.dtype == object:
        return None, 0
    itemsize = batch.dtype.size if is_tensor else batch.itemsize
    size = int(np.prod(batch.shape)) * itemsize
    return (is_tensor, tuple(batch.shape), str(batch.dtype)), size


def _joined(batches: list[Any]) -> tuple[tuple[Any, ...], int]:
    """Put batches of one kind together; return them with their number."""
    if len(batches) == 1:
        return batches[0], 1
    together = tuple(map(_one_behind_the_other, zip(*batches, strict=True)))
    return together, len(batches)


def _one_behind_the_other(values: Any) -> Any:
    first = values[0]
    if isinstance(first, dict):
        return {key: _one_behind_the_other([v[key] for v in values]) for key in first}
    if isinstance(first, list):
        return list(map(_one_behind_the_other, zip(*values, strict=True)))
    return None if first is None else np.concatenate(values)


def as_batch(batch: Any) -> tuple[Any, ...]:
    """Return (X, y, sample_weight), None where a batch lacks one; arrays throughout."""
    if isinstance(batch, list):
        batch = tuple(batch)  # as Keras has it
    if not isinstance(batch, tuple):
        batch = (batch,)
    if not 1 <= len(batch) <= 3:
        raise ValueError(
            "A batch must be X, or a tuple (X, y) or (X, y, sample_weight). Got a "
            f"tuple of {len(batch)}."
        )
    x, y, weight = (*map(_plain, batch), None, None)[:3]
    return x, y, weight


def _plain(value: Any) -> Any:
    """Turn tensors into arrays; tuples of inputs are lists."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if hasattr(value, "row_splits"):
        return list(value.numpy())
    array = value.numpy() if hasattr(value, "numpy") else value
    if getattr(getattr(array, "dtype", None), "kind", "") == "S":
        return np.char.decode(array, "utf-8")
    if str(getattr(array, "dtype", "")) == "object":
        if all(isinstance(item, bytes) for item in np.ravel(array)):
            return np.char.decode(array.astype(bytes), "utf-8")  # TensorFlow's text
    return array
