"""Data for several inputs or outputs: one array, or a dict or list of them.

A part is an array, a CSR matrix or `Ragged`; all parts have the same rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from sk_keras._shared.arrays.ragged import Ragged


def parts_of(data: Any) -> list[Any]:
    """List the parts."""
    if isinstance(data, dict):
        return list(data.values())
    return list(data) if isinstance(data, list | tuple) else [data]


def map_parts(function: Callable[[Any], Any], data: Any) -> Any:
    """Apply a function to each part; the arrangement stays."""
    if isinstance(data, dict):
        return {name: function(part) for name, part in data.items()}
    if isinstance(data, list | tuple):
        return [function(part) for part in data]
    return function(data)


def are_parts(data: Any, n_samples: int | None) -> bool:
    """Tell a list of parts from a list of rows: parts are fewer than their rows.

    Parameters
    ----------
    data : list or tuple
    n_samples : int or None
        How many rows there are; None where that is not known.
    """
    if n_samples is None or not 0 < len(data) < n_samples:
        return False
    return {_length(part) for part in data} == {n_samples}


def _length(part: Any) -> int | None:
    """Count the rows of an array or a list, None for what has none."""
    if isinstance(part, list | tuple):
        return len(part)
    shape = getattr(part, "shape", ())
    return shape[0] if shape else None


def n_rows(data: Any) -> int:
    """Count the rows."""
    return int(parts_of(data)[0].shape[0])


def pick(data: Any, rows: Any) -> Any:
    """Pick rows of every part."""
    return map_parts(lambda part: part[rows], data)


def dense(data: Any) -> Any:
    """Make every part one that models take: sparse ones dense, ragged ones padded.

    Texts become tensors of TensorFlow: Keras knows no array of them.
    """
    return map_parts(_dense, data)


def _dense(part: Any) -> Any:
    if isinstance(part, Ragged):
        return part.padded()
    if str(getattr(part, "dtype", "")) == "object":
        import tensorflow as tf

        return tf.constant(part)
    return part.toarray() if sparse.issparse(part) else part


def shapes(data: Any) -> Any:
    """Return the shape of each part."""
    return map_parts(lambda part: tuple(part.shape), data)


def put_together(batches: Any) -> Any:
    """Put what came batch by batch together, part by part; None stays None."""
    first = batches[0]
    if first is None:
        return None
    if isinstance(first, list | tuple):
        return [put_together(parts) for parts in zip(*batches, strict=True)]
    if hasattr(first, "keys"):
        return {key: put_together([b[key] for b in batches]) for key in first.keys()}
    return np.concatenate(batches)


def stand_in(shape: Any, dtype: Any) -> Any:
    """Make two rows of zeros of each part, where only shapes and types matter."""
    if isinstance(shape, dict):
        return {name: stand_in(shape[name], dtype[name]) for name in shape}
    if isinstance(shape, list):
        return [stand_in(*pair) for pair in zip(shape, dtype, strict=True)]
    if len(shape) > 1 and shape[1] is None:
        return Ragged(np.zeros((2, *shape[2:]), dtype), np.arange(3))
    return np.zeros((2, *shape[1:]), dtype)
