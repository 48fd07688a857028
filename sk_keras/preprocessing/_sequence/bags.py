"""Sequences of indices as matrices: a row for each sequence, a column an index."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, pairwise
from typing import Any

import numpy as np
from scipy import sparse

from sk_keras.preprocessing._sequence.sequences import checked_sequences

#: What a matrix can hold; ``"tfidf"`` needs counts of documents.
MODES = ("binary", "count", "tfidf", "freq")


def flattened(sequences: Iterable[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Put sequences one after the other.

    Returns
    -------
    indices : ndarray of shape (n_indices,), int64
    lengths : ndarray of shape (n_sequences,), int64
    """
    lengths: list[int] = []

    def counted(sequence: list[int]) -> list[int]:
        lengths.append(len(sequence))
        return sequence

    indices = chain.from_iterable(map(counted, sequences))
    return np.fromiter(indices, np.int64), np.array(lengths, np.int64)


def count_matrix(
    indices: np.ndarray, lengths: np.ndarray, width: int
) -> sparse.csr_matrix:
    """Count each index in each sequence; those from `width` on are left out.

    Returns
    -------
    counts : CSR matrix of shape (n_sequences, width), float64
    """
    kept = indices < width
    if not kept.all():
        rows = np.repeat(np.arange(len(lengths)), lengths)
        lengths = np.bincount(rows[kept], minlength=len(lengths))
        indices = indices[kept]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    shape = (len(lengths), width)
    counts = sparse.csr_matrix((np.ones(len(indices)), indices, starts), shape=shape)
    if width <= len(indices):
        # By columns and back, which puts columns in order without sorting.
        counts = counts.tocsc().tocsr()
    counts.sum_duplicates()
    return counts


def weighted(
    counts: sparse.csr_matrix,
    mode: str,
    lengths: np.ndarray,
    documents: tuple[int, np.ndarray] | None = None,
    *,
    sparse_output: bool,
) -> Any:
    """Turn counts into what a mode asks for.

    Parameters
    ----------
    counts : CSR matrix of shape (n_sequences, width)
        It is changed.
    mode : {"binary", "count", "tfidf", "freq"}
    lengths : ndarray of shape (n_sequences,)
        Of the whole sequences, for ``"freq"``.
    documents : tuple of int and ndarray, default=None
        For ``"tfidf"``: the number of documents, and of those with each index, as far
        as indices are in `counts`.
    sparse_output : bool

    Returns
    -------
    matrix : ndarray or CSR matrix of shape (n_sequences, width), float64
    """
    if mode == "binary":
        counts.data.fill(1)
    elif mode == "freq":
        counts.data /= np.repeat(lengths, np.diff(counts.indptr))
    elif mode == "tfidf":
        assert documents is not None
        idf = np.log(1 + documents[0] / (1 + documents[1]))
        counts.data = (1 + np.log(counts.data)) * idf[counts.indices]
    return counts if sparse_output else counts.toarray()


def integer_rows(X: Any) -> list[list[int]]:
    """Return sequences of integers as lists of Python's ints."""
    ragged = checked_sequences(X, integers=True)
    steps, splits = ragged.values.tolist(), ragged.splits.tolist()
    return [steps[start:end] for start, end in pairwise(splits)]


def checked_indices(X: Any) -> tuple[np.ndarray, np.ndarray]:
    """Check sequences of indices, and put them one after the other.

    Returns
    -------
    indices : ndarray of shape (n_indices,), int64
    lengths : ndarray of shape (n_sequences,), int64

    Raises
    ------
    TypeError, ValueError
        If X are no sequences, or a step is no integer or is negative.
    """
    ragged = checked_sequences(X, integers=True)
    indices = ragged.values.astype(np.int64)
    negative = np.flatnonzero(indices < 0)
    if len(negative):
        row = np.searchsorted(ragged.splits, negative[0], side="right") - 1
        raise ValueError(
            "The steps of the sequences in X must be indices from 0. Row "
            f"{row} has {ragged.values[negative[0]]} in it."
        )
    return indices, ragged.lengths


def nonzero_columns(X: Any, width: int) -> list[list[int]]:
    """Return the columns of each row that are not 0.

    Raises
    ------
    ValueError
        If X is no matrix of that width.
    """
    X = sparse.csr_matrix(X) if sparse.issparse(X) else np.asarray(X)
    if X.ndim != 2 or X.shape[1] != width:
        raise ValueError(
            f"X must be a matrix with {width} columns, as transform gives it. Got the "
            f"shape {X.shape}."
        )
    rows, columns = X.nonzero()
    order = np.lexsort((columns, rows))
    splits = np.searchsorted(rows[order], np.arange(1, X.shape[0]))
    return [part.tolist() for part in np.split(columns[order], splits)][: X.shape[0]]
