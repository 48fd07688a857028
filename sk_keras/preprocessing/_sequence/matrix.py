"""SequencesToMatrix: sequences of indices as a matrix."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from sk_keras._shared.pickle_format import PlainStateMixin
from sk_keras._shared.set_module import set_module
from sk_keras.preprocessing._sequence.bags import (
    MODES,
    checked_indices,
    count_matrix,
    weighted,
)


@set_module("sk_keras.preprocessing")
class SequencesToMatrix(
    PlainStateMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator
):
    """Turn sequences of indices into a matrix with a column for each index.

    Results are those of Keras' ``Tokenizer.sequences_to_matrix`` after
    ``fit_on_sequences``. Index 0 is an index as any other, as it is there: in padded
    sequences, column 0 counts the padding, and the padding is part of the length by
    which ``"freq"`` divides. Pass the sequences before they are padded where it should
    not, or leave column 0 out: ``matrix[:, 1:]``.

    Parameters
    ----------
    num_words : int or None, default=None
        Number of columns; larger indices are left out. None is the largest index seen
        in `fit`, plus 1.
    mode : {"binary", "count", "tfidf", "freq"}, default="binary"
        What is in the matrix, for every sequence and index: 1 if the sequence has it;
        how often it has it; the same with a weight for rare indices; or divided by the
        length of the sequence. `TextTokenizer` has the formulas.
    sparse_output : bool, default=False
        Whether the matrix is a SciPy CSR matrix. It is never made dense.

    Attributes
    ----------
    num_words_ : int
        Number of columns.
    index_docs_ : ndarray of shape (num_words_,), int64
        How many sequences of `fit` have each index.
    document_count_ : int
        How many sequences were seen.

    See Also
    --------
    TextTokenizer : The same matrices from texts.

    Examples
    --------
    >>> from sk_keras.preprocessing import SequencesToMatrix
    >>> sequences = [[1, 2, 1], [3]]
    >>> SequencesToMatrix(mode="count").fit_transform(sequences)
    array([[0., 2., 1., 0.],
           [0., 0., 0., 1.]])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "num_words": [Interval(Integral, 1, None, closed="left"), None],
        "mode": [StrOptions(set(MODES))],
        "sparse_output": ["boolean"],
    }

    def __init__(
        self,
        num_words: int | None = None,
        *,
        mode: str = "binary",
        sparse_output: bool = False,
    ) -> None:
        self.num_words = num_words
        self.mode = mode
        self.sparse_output = sparse_output

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the number of columns, and how many sequences have each index.

        Parameters
        ----------
        X : list of list of int, or array of shape (n_samples, n_steps)
            Sequences of indices from 0, which may differ in length. An array or a
            Series of objects may hold them, and an array of padded sequences is taken
            as well.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If a parameter has a value that it may not have, X has no sequences, or a
            step is no integer or is negative; the message names the row.
        """
        return self._count(X, 0, np.zeros(0, np.int64))

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Add sequences to those seen before; the matrix may become wider.

        Parameters
        ----------
        X : list of list of int, or array of shape (n_samples, n_steps)
            As in `fit`.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        if not hasattr(self, "index_docs_"):
            return self.fit(X)
        return self._count(X, self.document_count_, self.index_docs_)

    def _count(self, X: Any, n: int, docs: np.ndarray) -> Self:
        self._validate_params()
        indices, lengths = checked_indices(X)
        if not len(lengths):
            raise ValueError("X has no sequences. Give at least one; it may be empty.")
        width = max(int(indices.max(initial=-1)) + 1, len(docs), 1)
        width = width if self.num_words is None else int(self.num_words)
        counts = count_matrix(indices, lengths, width)
        found = np.bincount(counts.indices, minlength=width).astype(np.int64)
        found[: len(docs)] += docs[:width]
        self.num_words_, self.index_docs_ = width, found
        self.document_count_ = n + len(lengths)
        return self

    def transform(self, X: Any) -> Any:
        """Turn sequences into a matrix.

        Parameters
        ----------
        X : list of list of int, or array of shape (n_samples, n_steps)
            As in `fit`. Indices of `num_words_` and more are left out.

        Returns
        -------
        matrix : ndarray or CSR matrix of shape (n_samples, num_words_), float64
            A DataFrame after ``set_output(transform="pandas")``.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        TypeError, ValueError
            As `fit`.
        """
        check_is_fitted(self)
        self._validate_params()
        indices, lengths = checked_indices(X)
        counts = count_matrix(indices, lengths, self.num_words_)
        documents = self.document_count_, self.index_docs_
        return weighted(
            counts, self.mode, lengths, documents, sparse_output=self.sparse_output
        )

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Fit to sequences, and turn them into a matrix.

        Parameters
        ----------
        X : list of list of int, or array of shape (n_samples, n_steps)
            As in `fit`.
        y : None
            Ignored.

        Returns
        -------
        matrix : ndarray or CSR matrix of shape (n_samples, num_words_), float64
        """
        X = list(X) if isinstance(X, Iterator) else X
        return self.fit(X, y).transform(X)

    @property
    def _n_features_out(self) -> int:
        return self.num_words_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # A table of real numbers, as scikit-learn's checks have it, are no indices.
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags
