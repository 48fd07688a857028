"""Words as numbers, by a hash in place of a vocabulary."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

from sk_keras._shared.set_module import set_module
from sk_keras.preprocessing._text.words import FILTERS, text_to_word_sequence

#: Hashes that are kept: endless streams of texts have ever new words.
_KEPT = 2**20

HashFunction = str | Callable[[str], int]


@set_module("sk_keras.preprocessing")
def hashing_trick(
    text: str,
    n: int,
    hash_function: HashFunction = "md5",
    filters: str | Sequence[str] = FILTERS,
    lower: bool = True,
    split: str = " ",
) -> list[int]:
    """Turn a text into the hashes of its words.

    Different words can have the same hash: the smaller `n`, the more of them.

    Parameters
    ----------
    text : str
    n : int
        Hashes are from 1 to `n` - 1; 0 is left for padding. At least 2.
    hash_function : {"md5", "hash"} or callable, default="md5"
        ``"md5"`` gives the same numbers in every process. ``"hash"`` is Python's own,
        which gives others in every process unless ``PYTHONHASHSEED`` is set. A
        callable takes a word and returns an int.
    filters, lower, split
        As in `text_to_word_sequence`.

    Returns
    -------
    hashes : list of int
        One for each word.

    Raises
    ------
    TypeError
        If `text` is not a str, or a callable does not return an int.
    ValueError
        If `n` is less than 2 or not an integer, or `hash_function` is unknown.

    Examples
    --------
    >>> from sk_keras.preprocessing import hashing_trick
    >>> hashing_trick("The cat and the dog.", 100)
    [51, 3, 69, 51, 33]
    """
    table = HashTable(n, hash_function)
    return table.hashes(text_to_word_sequence(text, filters, lower, split))


@set_module("sk_keras.preprocessing")
def one_hot(
    text: str,
    n: int,
    filters: str | Sequence[str] = FILTERS,
    lower: bool = True,
    split: str = " ",
    *,
    hash_function: HashFunction = "md5",
) -> list[int]:
    """Turn a text into numbers of words, which need not be unique.

    It is `hashing_trick` with its arguments in another order. The name is Keras': of
    a one-hot vector only the place of the 1 is kept.

    Parameters
    ----------
    text : str
    n : int
        Numbers are from 1 to `n` - 1. At least 2.
    filters, lower, split
        As in `text_to_word_sequence`.
    hash_function : {"md5", "hash"} or callable, default="md5"
        As in `hashing_trick`.

    Returns
    -------
    numbers : list of int

    Raises
    ------
    TypeError, ValueError
        As `hashing_trick`.

    Examples
    --------
    >>> from sk_keras.preprocessing import one_hot
    >>> one_hot("The cat and the dog.", 100)
    [51, 3, 69, 51, 33]
    """
    return hashing_trick(text, n, hash_function, filters, lower, split)


class HashTable(dict[str, int]):
    """Hashes of words, from 1 to n - 1, which are kept for words that come again.

    Parameters
    ----------
    n : int
    hash_function : {"md5", "hash"} or callable
    """

    def __init__(self, n: int, hash_function: HashFunction) -> None:
        super().__init__()
        if not isinstance(n, Integral) or isinstance(n, bool) or n < 2:
            raise ValueError(
                "n must be an int of at least 2: hashes are from 1 to n - 1. Got "
                f"{n!r}."
            )
        self._n: int = int(n) - 1
        self._hash: Callable[[str], Any] = _resolve(hash_function)

    def __missing__(self, word: str) -> int:
        value = self._hash(word)
        if not isinstance(value, Integral):
            raise TypeError(
                f"hash_function must return an int. For {word!r} it returned {value!r}."
            )
        if len(self) >= _KEPT:
            self.clear()
        number = self[word] = int(value) % self._n + 1
        return number

    def hashes(self, words: Any) -> list[int]:
        """Return the hash of each word."""
        return list(map(self.__getitem__, words))


def _resolve(hash_function: Any) -> Callable[[str], Any]:
    if hash_function == "md5":
        return _md5
    if hash_function == "hash":
        return hash
    if callable(hash_function):
        found: Callable[[str], Any] = hash_function
        return found
    raise ValueError(
        f'hash_function must be "md5", "hash" or a callable. Got {hash_function!r}.'
    )


def _md5(word: str) -> int:
    # Half of a surrogate pair is no valid text, but can be hashed as well.
    code = word.encode(errors="surrogatepass")
    return int.from_bytes(hashlib.md5(code, usedforsecurity=False).digest(), "big")
