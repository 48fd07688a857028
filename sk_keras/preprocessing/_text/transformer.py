"""What the tokenizers share: input, parameters, and the outputs they choose from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence, Sized
from itertools import chain
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import check_is_fitted

from sk_keras._shared.pickle_format import PlainStateMixin
from sk_keras.preprocessing._sequence.bags import count_matrix, flattened, weighted
from sk_keras.preprocessing._text.texts import refuse_no_texts, text_batches
from sk_keras.preprocessing._text.words import word_splitter


def _contained(sequences: list[list[int]], X: Any, estimator: Any) -> Any:
    """Return a list as it is, or as a Series where pandas is asked for.

    The Series has the index of X, for later steps of a pipeline: a ColumnTransformer
    matches the rows of tables by their index, not by their order.
    """
    if _get_output_config("transform", estimator)["dense"] != "pandas":
        return sequences
    import pandas as pd

    index = X.index if isinstance(X, pd.Series | pd.DataFrame) else None
    return pd.Series(sequences, index=index, dtype=object)


class BaseTextTransformer(PlainStateMixin, TransformerMixin, BaseEstimator, ABC):
    """Texts as sequences of integers, or as a matrix of counts."""

    _parameter_constraints: dict[str, list[Any]] = {
        "filters": [str, list, tuple],
        "lower": ["boolean"],
        "split": [str],
        "char_level": ["boolean"],
        "sparse_output": ["boolean"],
    }

    filters: str | Sequence[str]
    lower: bool
    split: str
    char_level: bool
    output: str
    sparse_output: bool

    @abstractmethod
    def __init__(self) -> None: ...

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # scikit-learn would put lists of unequal length into a table: they have a name,
        # and no columns.
        cls._sklearn_auto_wrap_output_keys = property(
            lambda self: set() if self.output == "sequences" else {"transform"}
        )

    @abstractmethod
    def _numbering(self) -> Callable[[Any], list[int]]:
        """Return a function that turns the words of a text into integers."""

    @abstractmethod
    def _width(self) -> int:
        """Count the columns of a matrix."""

    @abstractmethod
    def _documents(self, columns: np.ndarray) -> tuple[int, np.ndarray] | None:
        """Count the documents, and those with an index in `columns`, if known."""

    @abstractmethod
    def _column_names(self) -> list[str]:
        """Name the columns of a matrix."""

    @abstractmethod
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from texts what there is to learn."""

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Fit to texts, and transform them.

        Parameters
        ----------
        X : iterable of str, of shape (n_samples,)
            As in `fit`; an iterator is read once, into a list if there is a
            vocabulary to learn.
        y : None
            Ignored.

        Returns
        -------
        sequences or matrix
            As of `transform`.
        """
        if not isinstance(X, Sized) and self.__sklearn_tags__().requires_fit:
            X = list(chain.from_iterable(text_batches(X)))
        return self.fit(X, y).transform(X)

    def transform(self, X: Any) -> Any:
        """Turn texts into sequences of integers, or into a matrix.

        Parameters
        ----------
        X : iterable of str, of shape (n_samples,)
            As in `fit`.

        Returns
        -------
        sequences : list of list of int
            With ``output="sequences"``: one for each text, as long as the text. A
            Series of lists after ``set_output(transform="pandas")``.
        matrix : ndarray or CSR matrix of shape (n_samples, n_columns), float64
            With every other output; a DataFrame after
            ``set_output(transform="pandas")``.

        Raises
        ------
        NotFittedError
            If there is a vocabulary to learn, and `fit` was not called.
        ValueError
            If X is no collection of texts, or a text is missing or no text.
        """
        batches = text_batches(X)
        if self.output == "sequences":
            return _contained(list(self._sequences(batches)), X, self)
        indices, lengths = self._indices(self._words_of(batches))
        counts = count_matrix(indices, lengths, self._width())
        documents = None
        if self.output == "tfidf":
            documents = self._documents(counts.indices)
        return weighted(
            counts, self.output, lengths, documents, sparse_output=self.sparse_output
        )

    def iter_transform(self, X: Any) -> Iterator[list[int]]:
        """Yield the sequence of one text after the other.

        Parameters
        ----------
        X : iterable of str
            As in `fit`. An iterator may be endless: one text is read for each
            sequence.

        Yields
        ------
        sequence : list of int
            Whatever `output` is.

        Raises
        ------
        NotFittedError, ValueError
            As `transform`.
        """
        sequences = self._sequences(text_batches(X, batch_size=1))
        refuse_no_texts(X)  # now, and not when the first sequence is asked for
        return sequences

    def _sequences(self, batches: Iterator[list[Any]]) -> Iterator[list[int]]:
        """Yield the sequences of checked texts; errors in parameters come at once."""
        words = self._words_of(batches)
        return map(self._numbering(), words)

    def _words_of(self, batches: Iterator[list[Any]]) -> Iterator[Any]:
        """Yield the words of checked texts; errors in parameters come at once."""
        check_is_fitted(self)
        self._validate_params()
        words = self._words()
        return (words(text) for texts in batches for text in texts)

    def _indices(self, texts: Iterator[Any]) -> tuple[np.ndarray, np.ndarray]:
        """Return the indices of all words of texts, and how many each text has."""
        return flattened(map(self._numbering(), texts))

    def _words(self) -> Callable[[Any], Any]:
        return word_splitter(self.filters, self.lower, self.split, self.char_level)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns of the matrix, or the sequences.

        Parameters
        ----------
        input_features : str, array-like of one str or None, default=None
            The name of the column of texts, which sequences keep; None names them
            after the class.

        Returns
        -------
        names : ndarray of str objects
            A single one with ``output="sequences"``.
        """
        check_is_fitted(self)
        if self.output != "sequences":
            return np.array(self._column_names(), dtype=object)
        own = type(self).__name__.lower()
        given = own if input_features is None else input_features
        return np.array(np.atleast_1d(given)[:1], dtype=object)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what holds the results of `transform` and `fit_transform`.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            A matrix becomes a DataFrame. With ``output="sequences"``, ``"pandas"``
            gives a Series of lists, with the index of X; ``"polars"`` leaves them a
            list. None changes nothing.

        Returns
        -------
        self
        """
        # scikit-learn's own is there only where it makes tables: without it, the
        # set_output of a whole pipeline would fail.
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags
