"""Rows taken for a batch, sequences of unequal length filled up."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from scipy import sparse

from sk_keras._shared.arrays.ragged import Ragged

#: From here on a copy less is worth the trouble.
LARGE_BYTES = 2**20

#: What the address of a tensor's memory is a multiple of, in bytes.
_ALIGNMENT = 64


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
    if str(part.dtype) == "object":  # texts, of which Keras takes tensors alone
        import tensorflow as tf

        return tf.constant(part[rows])
    return part[rows]


def tensors(part: Any, rows: np.ndarray | slice, *, length: int | None = None) -> Any:
    """Take rows as TensorFlow takes them.

    Parameters
    ----------
    part : array, CSR matrix or Ragged, or a dict or list of them
    rows : array of int or slice
    length : int, default=None
        What sequences are filled up to; None leaves them unequal.
    """
    import tensorflow as tf

    if isinstance(part, dict):
        return {k: tensors(v, rows, length=length) for k, v in part.items()}
    if isinstance(part, list):
        return tuple(tensors(value, rows, length=length) for value in part)
    if part is None:
        return None
    if isinstance(part, Ragged) and length is None:
        part = part[rows]
        return tf.RaggedTensor.from_row_splits(part.values, part.splits, validate=False)
    if isinstance(part, Ragged):
        return tf.convert_to_tensor(part[rows].padded(length))
    return _tensor(part, rows)


def _tensor(part: Any, rows: np.ndarray | slice) -> Any:
    """Take rows of an array or a CSR matrix.

    TensorFlow copies an array twice. A large one is written to where it can use it.
    """
    import tensorflow as tf

    n_rows = len(range(part.shape[0])[rows] if isinstance(rows, slice) else rows)
    shape = (n_rows, *part.shape[1:])
    n_bytes = int(np.prod(shape)) * part.dtype.itemsize
    if n_bytes < LARGE_BYTES or part.dtype.kind not in "biuf":
        return tf.convert_to_tensor(take(part, rows))
    memory = _aligned(shape, part.dtype)
    if sparse.issparse(part):
        part[rows].toarray(out=memory)
    elif isinstance(rows, slice):
        memory[...] = part[rows]
    else:
        np.take(part, rows, axis=0, out=memory, mode="clip")
    return tf.experimental.dlpack.from_dlpack(memory.__dlpack__())


def _aligned(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return memory for an array that begins where TensorFlow wants it to."""
    n_bytes = int(np.prod(shape)) * dtype.itemsize
    memory = np.empty(n_bytes + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + n_bytes].view(dtype).reshape(shape)


def gathered(data: Any, rows: Any) -> Any:
    """Take a batch of tensors in a graph, its sequences filled up to the longest."""
    import keras

    return keras.tree.map_structure(partial(_gather, rows=rows), data)


def _gather(part: Any, rows: Any) -> Any:
    """Take rows; sequences are filled up to the longest of the batch."""
    import tensorflow as tf

    picked = tf.gather(part, rows)
    return picked.to_tensor() if isinstance(picked, tf.RaggedTensor) else picked
