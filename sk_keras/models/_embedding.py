"""Vectors for the integers that texts are made of, shared by the ready builders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from sk_keras.models._arguments import flag

#: Keras looks vectors up by integers of 32 bits.
MOST = 2**31 - 1


@dataclass(frozen=True)
class WordEmbedding:
    """How the integers of a text become vectors.

    Attributes
    ----------
    size : int or None
        Number of different integers; None for that of the data, or of the matrix.
    dim : int
        Length of the vectors, where there is no matrix.
    mask_zero : bool
        Whether 0 is padding.
    matrix : array-like of shape (size, dim) or None
        The vectors to start from.
    trainable : bool
        Whether they are trained.
    meta : dict or None
        Facts about the data.
    """

    size: Any
    dim: int
    mask_zero: bool
    matrix: Any
    trainable: bool
    meta: Mapping[str, Any] | None

    @classmethod
    def among(cls, arguments: Mapping[str, Any]) -> WordEmbedding:
        """Take what says so from all arguments of a builder, by name."""
        return cls(
            size=arguments["vocabulary_size"],
            dim=arguments["embedding_dim"],
            mask_zero=arguments["mask_zero"],
            matrix=arguments["embedding_matrix"],
            trainable=arguments["embedding_trainable"],
            meta=arguments["meta"],
        )

    @property
    def learns(self) -> bool:
        """Whether the size is left to the data."""
        return self.size is None and self.matrix is None and self.meta is not None

    @property
    def knows_integers(self) -> bool:
        """Whether somebody says how many integers there are."""
        of_data = (self.meta or {}).get("vocabulary_size_")
        return any(each is not None for each in (self.size, self.matrix, of_data))

    def refuse_vectors(self, builder: str, input_shape: Any) -> None:
        """Raise a ValueError if integers are expected where X has vectors."""
        given = {"vocabulary_size": self.size, "embedding_matrix": self.matrix}
        for name, value in given.items():
            if value is not None:
                raise ValueError(
                    f"{builder} got {name}, which is for rows of integers, X of shape "
                    "(n_samples, n_steps). Got samples of shape "
                    f"{shown(input_shape)}: leave {name} out."
                )

    def of(self, builder: str, input_shape: Any) -> tuple[Any, Any]:
        """Make the input of a model, and the layer that its integers go into.

        Parameters
        ----------
        builder : str
            For messages.
        input_shape : tuple (n_steps,)

        Returns
        -------
        inputs : keras.KerasTensor of shape (None, n_steps), integers
        vectors : keras.KerasTensor of shape (None, n_steps, dim)

        Raises
        ------
        ValueError
            If a sample is no row, or nobody knows how many integers there are.
        """
        import keras

        if not is_row(input_shape):
            raise ValueError(
                f"{builder} needs texts as rows of integers, X of shape (n_samples, "
                f"n_steps). Got samples of shape {shown(input_shape)}; reshape X first."
            )
        masks = flag(self.mask_zero, builder, "mask_zero")
        trained = flag(self.trainable, builder, "embedding_trainable")
        matrix = None if self.matrix is None else _checked_matrix(self.matrix, builder)
        size = self._size(builder, matrix)
        dim = self.dim if matrix is None else matrix.shape[1]
        words = keras.layers.Embedding(size, dim, mask_zero=masks, trainable=trained)
        inputs = keras.Input(input_shape, dtype="int32")
        vectors = words(inputs)
        if matrix is not None:
            words.set_weights([matrix])
        return inputs, vectors

    def _size(self, builder: str, matrix: np.ndarray | None) -> int:
        """Find the number of integers: given, the matrix's, or that of the data."""
        size = self.size
        if matrix is not None:
            if size is not None and size != len(matrix):
                raise ValueError(
                    f"{builder} got vocabulary_size={size!r} and an embedding_matrix "
                    f"of {len(matrix)} rows. It has a row for each integer: leave "
                    "vocabulary_size out, or make the two equal."
                )
            return len(matrix)
        if self.learns and self.meta is not None:
            size = self.meta.get("vocabulary_size_")
        if not isinstance(size, Integral) or isinstance(size, bool) or size < 1:
            raise ValueError(
                f"{builder} needs vocabulary_size, the number of different integers in "
                f"X: the largest of them, plus 1. Got {self.size!r}"
                + (
                    " for X of floats: X.astype(int) if they are words."
                    if self.learns
                    else "."
                )
            )
        if int(size) > MOST:
            raise ValueError(
                f"{builder} has vectors for {MOST} integers at most. Got "
                f"vocabulary_size={size}, the largest of them plus 1; number the words "
                "from 1 on."
            )
        return int(size)


def is_row(input_shape: Any) -> bool:
    """Tell whether a sample is a row, of a fixed length or of any."""
    if isinstance(input_shape, Mapping) or len(input_shape) != 1:
        return False
    return input_shape[0] is None or isinstance(input_shape[0], Integral)


def shown(input_shape: Any) -> Any:
    """Return the shape of samples for messages."""
    several = isinstance(input_shape, Mapping | list)
    return input_shape if several else tuple(input_shape)


def _checked_matrix(matrix: Any, builder: str) -> np.ndarray:
    try:
        array = np.asarray(matrix, dtype="float32")
    except (TypeError, ValueError) as error:
        hint = ""
        if isinstance(matrix, tuple) and len(matrix) == 2:
            hint = "; of a matrix and its coverage, give the matrix"
        elif isinstance(matrix, Mapping):
            hint = (
                "; sk_keras.preprocessing.embedding_matrix(word_index, vectors) puts "
                "vectors into the order of the words"
            )
        raise ValueError(
            f"{builder} needs an embedding_matrix of numbers, of shape "
            f"(vocabulary_size, dim). Got a {type(matrix).__name__}{hint}."
        ) from error
    if array.ndim != 2 or not array.size:
        raise ValueError(
            f"{builder} needs an embedding_matrix of shape (vocabulary_size, dim), a "
            f"row for each integer. Got one of shape {array.shape}."
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"{builder} got an embedding_matrix with NaN or infinity, in row "
            f"{int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])}. Give zeros "
            "where there is no vector."
        )
    return array
