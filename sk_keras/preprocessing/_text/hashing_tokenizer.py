"""HashingTokenizer: texts as sequences of hashes, or as a matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from sk_keras._shared.set_module import set_module
from sk_keras.preprocessing._text.hashes import HashFunction, HashTable
from sk_keras.preprocessing._text.texts import refuse_no_texts
from sk_keras.preprocessing._text.transformer import BaseTextTransformer
from sk_keras.preprocessing._text.words import FILTERS


@set_module("sk_keras.preprocessing")
class HashingTokenizer(BaseTextTransformer):
    r"""Turn texts into sequences of hashes or a matrix, without a vocabulary.

    There is nothing to learn: `transform` needs no `fit`, the same word has the same
    number in all texts, and no word is unknown. Different words can share a number.

    Parameters
    ----------
    n_features : int
        Numbers are from 1 to ``n_features - 1``; 0 is left for padding. It is the
        number of vectors that an ``Embedding`` needs, and of columns of a matrix.
    hash_function : {"md5", "hash"} or callable, default="md5"
        ``"md5"`` gives the same numbers in every process. ``"hash"`` is Python's own,
        which gives others in every process unless ``PYTHONHASHSEED`` is set: a model
        trained in one process would be wrong in the next. A callable takes a word and
        returns an int, always the same one for the same word.
    filters, lower, split, char_level
        As of `TextTokenizer`.
    output : {"sequences", "binary", "count", "freq"}, default="sequences"
        As of `TextTokenizer`; ``"tfidf"`` would have to learn.
    sparse_output : bool, default=False
        Whether the matrix is a SciPy CSR matrix. It is never made dense.

    Raises
    ------
    ValueError
        By `fit` and `transform`, if a parameter has a value that it may not have, or
        a text is missing or no text; the message names the rows.

    See Also
    --------
    TextTokenizer : With a vocabulary.
    hashing_trick : For one text.

    Examples
    --------
    >>> from sk_keras.preprocessing import HashingTokenizer
    >>> texts = ["The cat and the dog.", "A dog!"]
    >>> HashingTokenizer(100).transform(texts)
    [[51, 3, 69, 51, 33], [92, 33]]
    >>> HashingTokenizer(2**20, output="count", sparse_output=True).transform(
    ...     texts
    ... ).shape
    (2, 1048576)
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **BaseTextTransformer._parameter_constraints,
        "n_features": [Interval(Integral, 2, None, closed="left")],
        "hash_function": [StrOptions({"md5", "hash"}), callable],
        "output": [StrOptions({"sequences", "binary", "count", "freq"})],
    }

    def __init__(
        self,
        n_features: int,
        *,
        hash_function: HashFunction = "md5",
        filters: str | Sequence[str] = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        output: str = "sequences",
        sparse_output: bool = False,
    ) -> None:
        self.n_features = n_features
        self.hash_function = hash_function
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.output = output
        self.sparse_output = sparse_output

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Check the parameters; there is nothing to learn.

        Parameters
        ----------
        X : iterable of str
            It is not read.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        self._validate_params()
        self._words()
        if X is not None:
            refuse_no_texts(X)
        return self

    def partial_fit(self, X: Any = None, y: Any = None) -> Self:
        """Check the parameters, as `fit` does.

        Parameters
        ----------
        X : iterable of str
            It is not read.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        return self.fit(X)

    def _numbering(self) -> Callable[[Any], list[int]]:
        return HashTable(self.n_features, self.hash_function).hashes

    def _width(self) -> int:
        return int(self.n_features)

    def _documents(self, columns: np.ndarray) -> None:
        return None

    def _column_names(self) -> list[str]:
        return [f"hashingtokenizer{i}" for i in range(self._width())]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags
