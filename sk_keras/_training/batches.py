"""Rows taken for a batch, sequences of unequal length filled up."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from scipy import sparse

from sk_keras._shared.arrays.ragged import Ragged


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


def as_tensor(part: Any) -> Any:
    """Hand a part of the data to TensorFlow as it is; sequences stay unequal."""
    import tensorflow as tf

    if isinstance(part, Ragged):
        return tf.RaggedTensor.from_row_splits(part.values, part.splits, validate=False)
    return tf.convert_to_tensor(part)


def gathered(data: Any, rows: Any) -> Any:
    """Take a batch of tensors in a graph, its sequences filled up to the longest."""
    import keras

    return keras.tree.map_structure(partial(_gather, rows=rows), data)


def _gather(part: Any, rows: Any) -> Any:
    """Take rows; sequences are filled up to the longest of the batch."""
    import tensorflow as tf

    picked = tf.gather(part, rows)
    return picked.to_tensor() if isinstance(picked, tf.RaggedTensor) else picked
