"""What a batch is like, as far as a graph depends on it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import keras
import tensorflow as tf

from sk_keras._shared.arrays.ragged import Ragged


def signature(data: Any, *, padded: bool = False) -> tuple[Hashable, Any]:
    """Describe a batch of arrays or tensors, but for the number of its rows.

    Parameters
    ----------
    data : array or Ragged, or a structure of them
    padded : bool, default=False
        Whether sequences of unequal length come filled up.

    Returns
    -------
    key : hashable
    specs : the same structure of tensorflow.TensorSpec
    """
    specs = keras.tree.map_structure(
        lambda part: _spec(part, ragged=isinstance(part, Ragged) and not padded), data
    )
    key = tuple(
        (path, type(spec), spec.shape.as_list().__repr__(), spec.dtype.name)
        for path, spec in keras.tree.flatten_with_path(specs)
    )
    return (_structure(data), key), specs


def _spec(part: Any, *, ragged: bool) -> Any:
    shape, dtype = (None, *part.shape[1:]), tf.as_dtype(part.dtype)
    if ragged:
        return tf.RaggedTensorSpec(shape, dtype, 1, row_splits_dtype=tf.int64)
    return tf.TensorSpec(shape, dtype)


def _structure(data: Any) -> Hashable:
    if isinstance(data, Mapping):
        return (dict, tuple((k, _structure(v)) for k, v in data.items()))
    if isinstance(data, list | tuple):
        return (type(data), tuple(_structure(v) for v in data))
    return None
