"""What Keras layers put out, as NumPy and SciPy hold it, and names for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

#: Layers that put out a value for each value, in its place, if they code nothing.
_ELEMENTWISE = (
    "Discretization",
    "Hashing",
    "IntegerLookup",
    "Normalization",
    "Rescaling",
    "StringLookup",
)

#: How layers code categories as columns.
_CODED = ("one_hot", "multi_hot", "count", "tf_idf")


def as_host(value: Any, n_rows: int, layer: str) -> Any:
    """Take a layer's output out of TensorFlow.

    Parameters
    ----------
    value : tensor, sparse tensor or ragged tensor
    n_rows : int
        How many it should have.
    layer : str
        Its name, for messages.

    Returns
    -------
    ndarray, CSR matrix, or list of arrays of unequal length
        Text is str.

    Raises
    ------
    TypeError
        If it is something else, as of layers with several outputs.
    ValueError
        If it has another number of rows.
    """
    kind = type(value).__name__
    if kind == "SparseTensor":
        made = _as_csr(value)
    elif kind == "RaggedTensor":
        made = _rows(value)
    elif hasattr(value, "shape"):
        made = _as_text(np.asarray(value))
    else:
        raise TypeError(
            f"{layer} puts out a {kind}, and a transformer can only give one array."
        )
    found = len(made) if isinstance(made, list) else (*made.shape, 0)[0]
    if found != n_rows:
        raise ValueError(
            f"{layer} makes {found} rows of {n_rows}. The rows of what a transformer "
            "gives are those of X."
        )
    return made


def _rows(value: Any) -> list[Any]:
    """List the rows of a ragged tensor."""
    if value.ragged_rank > 1:
        return list(value.to_list())
    steps = _as_text(np.asarray(value.values))
    return list(np.split(steps, np.asarray(value.row_splits)[1:-1]))


def _as_csr(value: Any) -> Any:
    if len(value.shape) == 2:
        rows, columns = np.asarray(value.indices).T
        entries = (np.asarray(value.values), (rows, columns))
        return sparse.csr_matrix(entries, shape=tuple(value.shape))
    import tensorflow as tf

    return np.asarray(tf.sparse.to_dense(tf.sparse.reorder(value)))


def _as_text(array: np.ndarray) -> np.ndarray:
    """Decode text, which TensorFlow holds as bytes."""
    if array.dtype.kind not in "OS":
        return array
    texts = [v.decode() if isinstance(v, bytes) else v for v in array.flat]
    out = np.empty(len(texts), dtype=object)
    out[:] = texts
    return out.reshape(array.shape)


def joined(parts: list[Any]) -> Any:
    """Put the outputs of batches below each other.

    Sequences that Keras has filled up to the longest of their batch are filled up,
    with zeros, to the longest of all.
    """
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], list):
        return [row for part in parts for row in part]
    if sparse.issparse(parts[0]):
        return sparse.vstack(parts, format="csr")
    inner = [part.shape[1:] for part in parts]
    if len(set(inner)) > 1:
        longest = np.max(inner, axis=0)
        parts = [
            np.pad(
                p,
                [
                    (0, 0),
                    *((0, n - m) for n, m in zip(longest, p.shape[1:], strict=True)),
                ],
            )
            for p in parts
        ]
    return np.concatenate(parts)


def column_names(layer: Any, features: Sequence[str], width: int) -> np.ndarray:
    """Name the columns of a layer's output.

    Parameters
    ----------
    layer : keras.layers.Layer
    features : sequence of str
        Names of the columns of its input.
    width : int
        Number of columns.

    Returns
    -------
    ndarray of shape (width,), objects
    """
    kind, coded = type(layer).__name__, layer.get_config().get("output_mode")
    if kind in _ELEMENTWISE and coded in (None, "int") and width == len(features):
        return np.asarray(features, dtype=object)
    numbered = [f"{kind.lower()}{i}" for i in range(width)]
    if coded not in _CODED:
        return np.array(numbered, dtype=object)
    if hasattr(layer, "get_vocabulary"):
        words = [str(word) for word in layer.get_vocabulary()][:width]
        words = _unique(words) + numbered[len(words) :]
    else:
        words = [str(i) for i in range(width)] if len(features) == 1 else numbered
    if len(features) == 1 and kind != "TextVectorization":
        words = [f"{features[0]}_{word}" for word in words]
    return np.array(words, dtype=object)


def _unique(words: list[str]) -> list[str]:
    """Put numbers to words that come twice, as marks of the unknown may."""
    often, seen, made = Counter(words), Counter[str](), []
    for word in words:
        made.append(f"{word}_{seen[word]}" if often[word] > 1 else word)
        seen[word] += 1
    return made


def fixed_width(layer: Any, made: Any) -> int | tuple[Any, ...]:
    """Return the number of columns that a layer puts out, or else its shape."""
    if isinstance(made, list):
        return (None, None)
    shape = ("n_samples", *made.shape[1:])
    config = layer.get_config()
    if len(shape) != 2:
        return shape
    # Filled up to the longest text of a call.
    grows = config.get("output_sequence_length", 0) is None
    if grows and config["output_mode"] == "int":
        return ("n_samples", None)
    return int(made.shape[1])
