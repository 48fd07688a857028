"""`WordVectors`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from sk_keras._shared.set_module import set_module


@set_module("sk_keras.preprocessing")
class WordVectors(Mapping[str, np.ndarray]):
    """Vectors of words: a mapping that has one matrix behind it.

    Parameters
    ----------
    words : list of str
        Without duplicates.
    matrix : array of shape (n_words, n_values), float32
        A row for each word. It is not copied.

    Attributes
    ----------
    words : list of str
    matrix : array of shape (n_words, n_values), float32
        It cannot be written to.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.preprocessing import WordVectors
    >>> vectors = WordVectors(["cat", "dog"], np.eye(2, dtype="float32"))
    >>> vectors["dog"]
    array([0., 1.], dtype=float32)
    >>> "mouse" in vectors
    False
    """

    def __init__(self, words: list[str], matrix: np.ndarray) -> None:
        if np.ndim(matrix) != 2 or len(words) != len(matrix):
            raise ValueError(
                "WordVectors needs a row of the matrix for each word. Got "
                f"{len(words)} words, and a matrix of shape {np.shape(matrix)}."
            )
        self.words = list(words)
        self.matrix = np.asarray(matrix, dtype=np.float32).view()
        self.matrix.flags.writeable = False
        self._rows = {word: row for row, word in enumerate(self.words)}
        if len(self._rows) < len(self.words):
            raise ValueError("WordVectors needs words without duplicates.")

    def __getitem__(self, word: str) -> np.ndarray:
        vector: np.ndarray = self.matrix[self._rows[word]]
        return vector

    def __contains__(self, word: object) -> bool:
        return word in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        # Mapping would compare arrays as if they were single values.
        if not isinstance(other, WordVectors):
            return NotImplemented
        if self._rows.keys() != other._rows.keys():
            return False
        rows = [other._rows[word] for word in self.words]
        return np.array_equal(self.matrix, other.matrix[rows])

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy of an array could be written to.
        return type(self), (self.words, self.matrix)

    def __repr__(self) -> str:
        n_words, n_values = self.matrix.shape
        return f"WordVectors({n_words} words, {n_values} values each)"
