"""Words counted and ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, repeat
from typing import Any

import numpy as np


def count_words(
    texts: Iterable[Any],
    words: Callable[[Any], Any],
    counts: Counter[str],
    docs: Counter[str],
) -> None:
    """Count the words of texts, and the texts that have them.

    Parameters
    ----------
    texts : iterable
    words : callable
        Returns the words of a text.
    counts, docs : Counter
        They are added to. The order of `counts` is that in which words are first seen.
    """
    for text in texts:
        found = words(text)
        counts.update(found)
        docs.update(set(found))


def check_room(num_words: int | None, oov_token: str | None) -> None:
    """Raise if there is no index left for `oov_token`."""
    if oov_token is not None and num_words == 1:
        raise ValueError(
            "num_words=1 leaves no index for oov_token. Make it 2 or more: indices "
            "from 1 to num_words - 1 are kept."
        )


def ranked(counts: Mapping[str, int], oov_token: str | None) -> dict[str, int]:
    """Give words numbers from 1, the most frequent first, ties as first seen.

    Parameters
    ----------
    counts : dict of int
    oov_token : str or None
        Gets number 1, whether or not it is among the words.
    """
    order = sorted(counts, key=counts.__getitem__, reverse=True)
    if oov_token is not None:
        order = [oov_token, *(word for word in order if word != oov_token)]
    return {word: index for index, word in enumerate(order, 1)}


def numbering(
    index: Mapping[str, int], limit: int | None, oov_token: str | None
) -> Callable[[Any], list[int]]:
    """Return a function that turns words into their indices.

    Parameters
    ----------
    index : dict of int
        Indices of words, from 1.
    limit : int or None
        Indices from it on are left out.
    oov_token : str or None
        Its index stands for words that have none, or that are left out. Without one
        such words are dropped.
    """
    other = _index_of_others(index, limit, oov_token)
    find = index.get

    def all_words(words: Any) -> list[int]:
        if other is None:
            return list(filter(None, map(find, words)))
        return list(map(find, words, repeat(other)))

    if limit is None:
        return all_words

    def most_frequent(words: Any) -> list[int]:
        # Unknown words are as those beyond the limit.
        found = map(find, words, repeat(limit))
        if other is None:
            return [i for i in found if i < limit]
        return [i if i < limit else other for i in found]

    return most_frequent


def numbered(
    texts: Iterable[Any], index: Mapping[str, int], limit: int | None, oov_token: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Turn the words of texts into one array of indices, as `numbering` would.

    Parameters
    ----------
    texts : iterable
        The words of each text.
    index, limit, oov_token
        As in `numbering`.

    Returns
    -------
    indices : ndarray of shape (n_indices,), int64
    lengths : ndarray of shape (n_texts,), int64
        How many of them each text has.
    """
    other = _index_of_others(index, limit, oov_token)
    n_words: list[int] = []

    def counted(words: Any) -> Any:
        n_words.append(len(words))
        return words

    words = chain.from_iterable(map(counted, texts))
    indices = np.fromiter(map(index.get, words, repeat(0)), np.int64)
    lengths = np.array(n_words, np.int64)
    known = indices > 0
    if limit is not None:
        known &= indices < limit
    if other is not None:
        indices[~known] = other
        return indices, lengths
    rows = np.repeat(np.arange(len(lengths)), lengths)[known]
    return indices[known], np.bincount(rows, minlength=len(lengths))


def _index_of_others(
    index: Mapping[str, int], limit: int | None, oov_token: str | None
) -> int | None:
    """Return the index for words without one, None if they are dropped."""
    check_room(limit, oov_token)
    other = None if oov_token is None else index.get(oov_token)
    if other is None and oov_token is not None:
        raise ValueError(
            f"oov_token={oov_token!r} has no index, since fit did not know it. Call "
            "fit again, or set oov_token as it was."
        )
    return other


def vocabulary_size(
    index: Mapping[str, int], limit: int | None, oov_token: str | None
) -> int:
    """Return the largest index that `numbering` can give, plus 1; same arguments."""
    size = max(index.values(), default=0) + 1
    if limit is not None:
        size = min(size, int(limit))
    # In the JSON of Keras, the index of the token may be beyond the limit.
    other = 0 if oov_token is None else index.get(oov_token, 0)
    return max(size, other + 1)


def word_texts(
    sequences: Iterable[Iterable[int]],
    words: Mapping[int, str],
    limit: int | None,
    oov_token: str | None,
) -> list[str]:
    """Turn indices back into words, with blanks between them.

    Parameters
    ----------
    sequences : iterable of iterable of int
        0 is padding, and stands for no word.
    words : dict of str
        The word of each index.
    limit, oov_token
        As in `numbering`.
    """
    known = words if limit is None else {i: w for i, w in words.items() if i < limit}
    found = ((known.get(i, oov_token) for i in sequence if i) for sequence in sequences)
    return [" ".join(word for word in line if word is not None) for line in found]


def docs_by_column(
    docs: Mapping[str, int], words: Mapping[int, str], columns: np.ndarray
) -> np.ndarray:
    """Return how many texts have the word of each of some columns.

    Parameters
    ----------
    docs : dict of int
        Number of texts of each word.
    words : dict of str
        The word of each index.
    columns : ndarray of int
        Columns that are asked for; they may repeat.

    Returns
    -------
    counts : ndarray of shape (max(columns) + 1,), float64
        0 for columns that were not asked for.
    """
    asked = np.flatnonzero(np.bincount(columns)).tolist()
    counts = np.zeros(max(asked, default=-1) + 1)
    for column in asked:
        counts[column] = docs.get(words[column], 0)
    return counts


def column_names(words: Mapping[int, str], width: int) -> list[str]:
    """Name columns by their words; those without one, as the first, ``<0>``.

    Parameters
    ----------
    words : dict of str
        The word of each index.
    width : int
        Number of columns.

    Returns
    -------
    names : list of str
        No two of them equal.
    """
    taken = set(words.values())
    return [words[i] if i in words else _unlike(f"<{i}>", taken) for i in range(width)]


def _unlike(name: str, taken: set[str]) -> str:
    return _unlike(f"<{name}>", taken) if name in taken else name
