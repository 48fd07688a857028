"""`embedding_matrix`: vectors of words as the weights of an Embedding layer."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, validate_parameter_constraints

from sk_keras._shared.set_module import set_module


@set_module("sk_keras.preprocessing")
def embedding_matrix(
    word_index: Mapping[str, int],
    vectors: Mapping[str, Any],
    num_words: int | None = None,
) -> tuple[np.ndarray, float]:
    """Put the vectors of words into the rows of their indices.

    Parameters
    ----------
    word_index : dict of str to int
        Indices from 1, as in the ``word_index_`` of a fitted tokenizer.
    vectors : mapping of str to array-like of shape (n_values,)
        As from `load_word_vectors`.
    num_words : int, default=None
        Rows of the result at most: words of this index and above are left out, as a
        tokenizer with the same ``num_words`` does. None keeps all.

    Returns
    -------
    matrix : array of shape (min(num_words, largest index + 1), n_values), float32
        Row 0, which is for padding, and the rows of words without a vector are zero.
    coverage : float
        The share of the words with a row that have a vector, from 0 to 1.

    Raises
    ------
    TypeError
        If ``word_index`` or ``vectors`` is no mapping.
    ValueError
        If either is empty, an index is not an integer from 1, or vectors differ in
        length or are not finite.

    See Also
    --------
    load_word_vectors : Vectors from a file.

    Examples
    --------
    >>> from sk_keras.preprocessing import embedding_matrix
    >>> vectors = {"cat": [0.5, 1.0], "dog": [0.25, -1.0]}
    >>> matrix, coverage = embedding_matrix({"the": 1, "cat": 2}, vectors)
    >>> matrix
    array([[0. , 0. ],
           [0. , 0. ],
           [0.5, 1. ]], dtype=float32)
    >>> coverage
    0.5
    """
    constraints = {"num_words": [Interval(Integral, 1, None, closed="left"), None]}
    parameters = {"num_words": num_words}
    validate_parameter_constraints(constraints, parameters, "embedding_matrix")
    _check_mapping(word_index, "word_index", "of words to indices")
    _check_mapping(vectors, "vectors", "of words to vectors")
    n_rows = _largest(word_index) + 1
    n_rows = n_rows if num_words is None else min(num_words, n_rows)
    first = next(iter(vectors))
    n_values = len(_vector(vectors, first, None))
    matrix = np.zeros((n_rows, n_values), dtype=np.float32)
    found = n_words = 0
    for word, index in word_index.items():
        if index >= n_rows:
            continue
        n_words += 1
        if word in vectors:
            matrix[index] = _vector(vectors, word, n_values)
            found += 1
    return matrix, found / max(n_words, 1)


def _check_mapping(mapping: Any, name: str, what: str) -> None:
    if not isinstance(mapping, Mapping):
        hint = ""
        if hasattr(mapping, "word_index_"):
            hint = "; pass its word_index_"
        raise TypeError(
            f"{name} must be a mapping {what}. Got {type(mapping).__name__}{hint}."
        )
    if not mapping:
        raise ValueError(f"{name} must be a mapping {what}. It is empty.")


def _largest(word_index: Mapping[str, int]) -> int:
    for word, index in word_index.items():
        if not isinstance(index, Integral) or index < 1:
            raise ValueError(
                "The indices in word_index must be integers from 1; 0 is for padding. "
                f"Got {index!r} for {word!r}."
            )
    return max(word_index.values())


def _vector(vectors: Mapping[str, Any], word: str, n_values: int | None) -> np.ndarray:
    """Return a vector as numbers, of the length that the others have."""
    try:
        with np.errstate(over="ignore"):  # found below
            vector = np.asarray(vectors[word], dtype=np.float32)
    except (TypeError, ValueError):
        raise ValueError(f"The vector of {word!r} must be numbers.") from None
    if vector.ndim != 1 or n_values not in (None, len(vector)):
        length = "one axis" if n_values is None else f"the shape ({n_values},)"
        raise ValueError(
            f"The vector of {word!r} must have {length}, like the others. Got the "
            f"shape {vector.shape}."
        )
    finite = np.isfinite(vector)
    if not finite.all():
        raise ValueError(
            f"The vector of {word!r} must be finite float32 numbers. Got "
            f"{vector[~finite][0]}."
        )
    return vector
