"""`skipgrams` and `make_sampling_table`: pairs of words to learn word vectors from."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import RandomState
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_parameter_constraints

from sk_keras._shared.arrays.ragged import sequences
from sk_keras._shared.set_module import set_module

#: Steps of windows that are looked at together: 8 MiB.
_CHUNK = 2**20

_CONSTRAINTS = {
    "vocabulary_size": [Interval(Integral, 1, 2**63, closed="both")],
    "window_size": [Interval(Integral, 0, None, closed="left")],
    "negative_samples": [Interval(Real, 0, None, closed="left")],
    "shuffle": ["boolean"],
    "categorical": ["boolean"],
    "avoid_near": ["boolean"],
    "random_state": ["random_state"],
}


@set_module("sk_keras.preprocessing")
def skipgrams(
    sequence: Any,
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    random_state: Any = None,
    *,
    avoid_near: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Make pairs of words that stand near each other, and pairs of random words.

    Parameters
    ----------
    sequence : array-like of int of shape (n_words,), iterator, or list of sequences
        Indices of words. Index 0 is no word, and in no pair. Words of different
        sequences are never near each other.
    vocabulary_size : int
        The largest possible index, plus 1.
    window_size : int, default=4
        How many words before and after a word are near it.
    negative_samples : float, default=1.0
        How many random pairs there are for each pair of near words. Their first words
        are those of the near pairs; the second are drawn from all indices but 0, with
        equal chances, so that one may be near by accident (see ``avoid_near``).
    shuffle : bool, default=True
        Whether pairs come in random order: otherwise near pairs first, in the order
        of the sequence.
    categorical : bool, default=False
        Whether labels are [1, 0] and [0, 1] instead of 0 and 1.
    sampling_table : array-like of shape (n_indices,), default=None
        For each index the probability that a word is taken as the first of its pairs,
        as `make_sampling_table` has it for words numbered by their frequency. It must
        have a probability for each index of the vocabulary.
    random_state : int, RandomState instance or None, default=None
        Draws random pairs, their order, and the words that are taken.
    avoid_near : bool, default=False
        Whether random pairs that are also near ones, somewhere in the sequences, are
        drawn anew.

    Returns
    -------
    couples : array of shape (n_pairs, 2), int32
        Indices; int64 if the vocabulary needs it.
    labels : array of shape (n_pairs,) or (n_pairs, 2), int32
        1 for near words, 0 for random ones.

    Raises
    ------
    ValueError
        If the sequence is not one of integers from 0 to ``vocabulary_size - 1``, the
        table is too short or has no probabilities, a parameter is wrong, or a word is
        near all words, so that no random one is left for it.

    See Also
    --------
    make_sampling_table : Probabilities for words numbered by their frequency.

    Examples
    --------
    >>> from sk_keras.preprocessing import skipgrams
    >>> couples, labels = skipgrams(
    ...     [1, 2, 3], 5, window_size=1, negative_samples=0, shuffle=False
    ... )
    >>> couples
    array([[1, 2],
           [2, 1],
           [2, 3],
           [3, 2]], dtype=int32)
    >>> labels
    array([1, 1, 1, 1], dtype=int32)
    >>> couples, labels = skipgrams([1, 2, 3], 5, negative_samples=2, random_state=0)
    >>> couples.shape, int(labels.sum())
    ((18, 2), 6)
    """
    parameters = {
        "vocabulary_size": vocabulary_size,
        "window_size": window_size,
        "negative_samples": negative_samples,
        "shuffle": shuffle,
        "categorical": categorical,
        "avoid_near": avoid_near,
        "random_state": random_state,
    }
    validate_parameter_constraints(_CONSTRAINTS, parameters, "skipgrams")
    words = _indices(_in_one(sequence, window_size), vocabulary_size)
    random = check_random_state(random_state)
    first = np.flatnonzero(words)
    if sampling_table is not None:
        table = _table(sampling_table, vocabulary_size)
        first = first[table[words[first]] >= random.random_sample(len(first))]
    near = _near(words, first, window_size)
    n_far = int(len(near) * negative_samples)
    far_first = near[:, 0]
    if not shuffle or n_far % max(len(near), 1):
        # Else each is taken as often as the others, and shuffled below.
        far_first = random.permutation(far_first)
    far = _far(far_first, n_far, vocabulary_size, random)
    if avoid_near:
        _draw_anew(far, near, vocabulary_size, random)
    couples = np.concatenate([near, far])
    order = np.arange(len(couples))
    if shuffle:
        random.shuffle(order)
        couples = couples.take(order, axis=0)  # faster than couples[order]
    labels = (order < len(near)).astype(np.int32)
    if categorical:
        labels = np.column_stack([1 - labels, labels])
    return couples, labels


@set_module("sk_keras.preprocessing")
def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """Return the probabilities by which frequent words are taken.

    Words are taken to be numbered by their frequency, from 1, and frequencies to follow
    Zipf's law. A word of frequency f is taken with the probability
    ``min(1, sqrt(sampling_factor / f))``.

    Parameters
    ----------
    size : int
        Number of indices.
    sampling_factor : float, default=1e-5
        The larger, the more words are taken.

    Returns
    -------
    array of shape (size,), float64
        Index 0, which is no word, has the probability of index 1.

    Raises
    ------
    ValueError
        If a parameter is not above 0.

    See Also
    --------
    skipgrams : Takes such a table.

    Examples
    --------
    >>> from sk_keras.preprocessing import make_sampling_table
    >>> make_sampling_table(4).round(5)
    array([0.00315, 0.00315, 0.00548, 0.00742])
    """
    constraints = {
        "size": [Interval(Integral, 1, None, closed="left")],
        "sampling_factor": [Interval(Real, 0, None, closed="neither")],
    }
    parameters = {"size": size, "sampling_factor": sampling_factor}
    validate_parameter_constraints(constraints, parameters, "make_sampling_table")
    euler = 0.577  # with the digits that the formula is known with
    rank = np.maximum(np.arange(size), 1)
    # One divided by the frequency of a word of this rank.
    rarity = rank * (np.log(rank) + euler) + 0.5 - 1.0 / (12.0 * rank)
    return np.minimum(1.0, np.sqrt(sampling_factor * rarity))


def _in_one(sequence: Any, window_size: int) -> Any:
    """Put sequences end to end, with words between them that are none."""
    if isinstance(sequence, Iterator):
        sequence = list(sequence)
    found = sequences(sequence)
    if found is None:
        return sequence
    between = np.zeros(window_size, np.int64)
    parts = [part for each in found for part in (np.asarray(each), between)]
    if any(part.ndim != 1 for part in parts):
        raise ValueError("skipgrams takes sequences of indices, not of more axes.")
    whole = [part for part in parts if part.size]
    return np.concatenate(whole) if whole else np.zeros(0, np.int64)


def _draw_anew(
    far: np.ndarray, near: np.ndarray, vocabulary_size: int, random: RandomState
) -> None:
    """Draw the second words of random pairs until none is a near one, in place."""
    known = np.unique(_codes(near, vocabulary_size))
    firsts, counts = np.unique(known // vocabulary_size, return_counts=True)
    full = firsts[counts == vocabulary_size - 1]
    if len(full) and np.isin(far[:, 0], full).any():
        raise ValueError(
            f"The word {full[0]} is near every word, so that avoid_near leaves no "
            "random one for it. Make window_size smaller, or leave avoid_near out."
        )
    rows = np.arange(len(far)) if len(known) else np.zeros(0, np.int64)
    while len(rows):
        codes = _codes(far[rows], vocabulary_size)
        places = np.minimum(np.searchsorted(known, codes), len(known) - 1)
        rows = rows[known[places] == codes]
        drawn = random.randint(1, vocabulary_size, size=len(rows), dtype=far.dtype)
        far[rows, 1] = drawn


def _codes(pairs: np.ndarray, vocabulary_size: int) -> np.ndarray:
    """Give each pair a number of its own."""
    codes: np.ndarray = pairs[:, 0].astype(np.int64) * vocabulary_size + pairs[:, 1]
    return codes


def _indices(sequence: Any, vocabulary_size: int) -> np.ndarray:
    """Check a sequence of indices of words."""
    try:
        words = np.asarray(sequence)
        if words.dtype == object:  # of integers, it may be
            words = np.array(words.tolist())
    except ValueError:
        words = np.zeros((0, 0))
    if words.ndim != 1:
        raise ValueError(
            "skipgrams takes a sequence of indices, or a list of sequences. Got "
            f"{words.ndim} axes."
        )
    if not words.size:
        return np.zeros(0, np.int64)
    if words.dtype.kind not in "iu":
        raise ValueError(
            "The sequence must be integers, the indices of words. Got an array of "
            f"dtype {words.dtype}."
        )
    wrong = np.flatnonzero((words < 0) | (words >= vocabulary_size))
    if len(wrong):
        raise ValueError(
            f"Indices of words must be from 0 to vocabulary_size - 1, which is "
            f"{vocabulary_size - 1}. Got {words[wrong[0]]} at position {wrong[0]}."
        )
    return words.astype(np.int32 if vocabulary_size <= 2**31 else np.int64)


def _table(sampling_table: Any, vocabulary_size: int) -> np.ndarray:
    try:
        table = np.asarray(sampling_table)
    except ValueError:
        raise ValueError(
            "sampling_table must have one probability for each index. Its rows differ "
            "in their lengths."
        ) from None
    if table.ndim != 1 or len(table) < vocabulary_size:
        raise ValueError(
            "sampling_table must have a probability for each index, in the shape "
            f"({vocabulary_size},). Got the shape {table.shape}."
        )
    if table.dtype.kind not in "biuf" or not ((table >= 0) & (table <= 1)).all():
        raise ValueError("sampling_table must have probabilities, from 0 to 1.")
    return table


def _near(words: np.ndarray, first: np.ndarray, window_size: int) -> np.ndarray:
    """Pair the words at some places with those in the windows around them."""
    if not len(first):
        return np.zeros((0, 2), words.dtype)
    reach = min(window_size, len(words) - 1)
    width = 2 * reach + 1
    windows = sliding_window_view(np.pad(words, reach), width)
    beside = np.arange(width) != reach
    n_rows = max(1, _CHUNK // width)
    pairs = []
    for start in range(0, len(first), n_rows):
        rows = first[start : start + n_rows]
        around = windows[rows]
        taken = (around != 0) & beside
        counts = np.count_nonzero(taken, axis=1)
        pairs.append(np.column_stack([np.repeat(words[rows], counts), around[taken]]))
    return np.concatenate(pairs)


def _far(
    words: np.ndarray, n_pairs: int, vocabulary_size: int, random: RandomState
) -> np.ndarray:
    """Pair words, one after the other and again, with random ones."""
    if not n_pairs:
        return np.zeros((0, 2), words.dtype)
    second = random.randint(1, vocabulary_size, size=n_pairs, dtype=words.dtype)
    return np.column_stack([np.resize(words, n_pairs), second])
