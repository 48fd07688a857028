"""TextTokenizer: texts as sequences of words' indices, or as a matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from sk_keras._shared.set_module import set_module
from sk_keras.preprocessing._sequence.bags import MODES, integer_rows, nonzero_columns
from sk_keras.preprocessing._text.texts import text_batches
from sk_keras.preprocessing._text.tokenizer_json import packed, unpacked
from sk_keras.preprocessing._text.transformer import BaseTextTransformer
from sk_keras.preprocessing._text.vocabulary import (
    check_room,
    column_names,
    count_words,
    docs_by_column,
    numbered,
    numbering,
    ranked,
    vocabulary_size,
    word_texts,
)
from sk_keras.preprocessing._text.words import FILTERS


@set_module("sk_keras.preprocessing")
class TextTokenizer(BaseTextTransformer):
    r"""Learn a vocabulary; turn texts into sequences of indices or a matrix.

    The most frequent word has index 1, the next one 2; words of the same frequency
    are in the order in which they were first seen. Index 0 is left for padding. Words
    that were not seen in `fit` are dropped, or become `oov_token`.

    Results are those of the ``Tokenizer`` of older versions of Keras.

    Parameters
    ----------
    num_words : int or None, default=None
        Indices below it are kept: the ``num_words - 1`` most frequent words, among
        which `oov_token` counts. None keeps all. The attributes list all words.
    filters : str or list of str, default=punctuation, tab and newline
        Characters that separate words, as `split` does. The default leaves the
        apostrophe.
    lower : bool, default=True
        Whether to turn texts to lower case.
    split : str, default=" "
        What else separates words; one character or several.
    char_level : bool, default=False
        Whether every character is a word. `filters` and `split` have no effect then.
    oov_token : str or None, default=None
        A word, of index 1, that stands for words without an index. Choose one that
        texts do not contain, for instance ``"<oov>"``.
    output : {"sequences", "binary", "count", "tfidf", "freq"}, default="sequences"
        What `transform` returns: lists of indices, or a matrix with a column for each
        index, in which is, for every text and word,

        - ``"binary"``: 1 if the text has the word;
        - ``"count"``: how often, c;
        - ``"freq"``: c divided by the length of the sequence;
        - ``"tfidf"``: ``(1 + log(c)) * log(1 + n / (1 + d))`` with n texts in `fit`,
          of which d have the word.
    sparse_output : bool, default=False
        Whether the matrix is a SciPy CSR matrix. It is never made dense.

    Attributes
    ----------
    word_index_ : dict of int
        Index of each word, whatever `num_words` is.
    index_word_ : dict of str
        Word of each index.
    word_counts_ : dict of int
        How often each word was seen, in the order in which they were first seen.
    word_docs_ : dict of int
        How many texts have each word.
    document_count_ : int
        How many texts were seen.
    vocabulary_size_ : int
        Number of vectors that an ``Embedding`` of the sequences needs: the largest
        index that `transform` can give, plus 1.

    Raises
    ------
    ValueError
        By `fit` and `transform`, if a parameter has a value that it may not have, or
        a text is missing or no text; the message names the rows.

    See Also
    --------
    HashingTokenizer : Without a vocabulary.
    SequencesToMatrix : The same matrices from sequences of indices.

    Examples
    --------
    >>> from sk_keras.preprocessing import TextTokenizer
    >>> texts = ["The cat sat on the mat.", "The dog sat."]
    >>> tokenizer = TextTokenizer().fit(texts)
    >>> tokenizer.word_index_
    {'the': 1, 'sat': 2, 'cat': 3, 'on': 4, 'mat': 5, 'dog': 6}
    >>> tokenizer.transform(["The cat and the dog"])
    [[1, 3, 1, 6]]
    >>> tokenizer.inverse_transform([[1, 3, 1, 6]])
    ['the cat the dog']
    >>> TextTokenizer(num_words=4, output="count").fit_transform(texts)
    array([[0., 2., 1., 1.],
           [0., 1., 1., 0.]])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **BaseTextTransformer._parameter_constraints,
        "num_words": [Interval(Integral, 1, None, closed="left"), None],
        "oov_token": [str, None],
        "output": [StrOptions({"sequences", *MODES})],
    }

    def __init__(
        self,
        num_words: int | None = None,
        *,
        filters: str | Sequence[str] = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        output: str = "sequences",
        sparse_output: bool = False,
    ) -> None:
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.output = output
        self.sparse_output = sparse_output

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the vocabulary.

        Parameters
        ----------
        X : iterable of str, of shape (n_samples,)
            A list, 1-D array, Series, DataFrame of one column, or an iterator, which
            is read once and not kept. A text may be a list of words, too, which are
            only turned to lower case.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        return self._count(X, Counter(), Counter(), 0)

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Add texts to those seen before; words are ranked anew.

        Parameters
        ----------
        X : iterable of str, of shape (n_samples,)
            As in `fit`.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        if not hasattr(self, "word_counts_"):
            return self.fit(X)
        before = Counter(self.word_counts_), Counter(self.word_docs_)
        return self._count(X, *before, self.document_count_)

    def _count(self, X: Any, counts: Counter[str], docs: Counter[str], n: int) -> Self:
        self._validate_params()
        check_room(self.num_words, self.oov_token)
        words, before = self._words(), n
        for texts in text_batches(X):
            count_words(texts, words, counts, docs)
            n += len(texts)
        if n == before:
            raise ValueError("X has no texts. Give at least one; it may be empty.")
        in_order = {word: docs[word] for word in counts}
        return self._learn(ranked(counts, self.oov_token), counts, in_order, n)

    def _learn(
        self,
        word_index: dict[str, int],
        word_counts: dict[str, int],
        word_docs: dict[str, int],
        document_count: int,
    ) -> Self:
        self.word_index_ = word_index
        self.index_word_ = {i: word for word, i in word_index.items()}
        self.word_counts_, self.word_docs_ = dict(word_counts), word_docs
        self.document_count_ = document_count
        return self

    @property
    def vocabulary_size_(self) -> int:
        """Number of vectors that an Embedding of the sequences needs."""
        check_is_fitted(self)
        return vocabulary_size(self.word_index_, self.num_words, self.oov_token)

    def inverse_transform(self, X: Any) -> list[Any]:
        """Turn sequences back into texts, or a matrix into the words of its rows.

        Parameters
        ----------
        X : list of list of int, or array or sparse matrix of shape (n_samples, ...)
            As `transform` gives it with this `output`. With ``"sequences"`` it may be
            a padded integer array, too; 0 stands for no word.

        Returns
        -------
        texts : list of str
            With ``output="sequences"``: words with blanks between them.
        words : list of ndarray
            With every other output: of each row, the words whose columns are not 0,
            the most frequent word of `fit` first. The order in the text is lost.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        ValueError
            If X are no sequences of integers, or a matrix of another width.
        """
        check_is_fitted(self)
        self._validate_params()
        if self.output == "sequences":
            rows, words = integer_rows(X), self.index_word_
            return word_texts(rows, words, self.num_words, self.oov_token)
        names = self.index_word_
        return [
            np.array([names[i] for i in columns if i in names], dtype=object)
            for columns in nonzero_columns(X, self._width())
        ]

    def to_json(self, **kwargs: Any) -> str:
        """Write the tokenizer as JSON, which Keras' own can read as well.

        Parameters
        ----------
        **kwargs
            Arguments of `json.dumps`.

        Returns
        -------
        text : str

        Examples
        --------
        >>> from sk_keras.preprocessing import TextTokenizer
        >>> text = TextTokenizer(num_words=10).fit(["a b", "b c"]).to_json()
        >>> TextTokenizer.from_json(text).transform(["c b"])
        [[3, 1]]
        """
        check_is_fitted(self)
        return packed(self.get_params(), vars(self), **kwargs)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Make a tokenizer of the JSON of `to_json`, or of a Keras ``Tokenizer``'s.

        Parameters
        ----------
        text : str

        Returns
        -------
        tokenizer : TextTokenizer
            Fitted, if the one that was written had seen texts.

        Raises
        ------
        ValueError
            If `text` is not such JSON.
        """
        params, learned = unpacked(text)
        tokenizer = cls(**params)
        if learned["document_count"]:
            tokenizer._learn(**learned)
        return tokenizer

    def _numbering(self) -> Callable[[Any], list[int]]:
        return numbering(self.word_index_, self.num_words, self.oov_token)

    def _indices(self, texts: Iterable[Any]) -> tuple[np.ndarray, np.ndarray]:
        return numbered(texts, self.word_index_, self.num_words, self.oov_token)

    def _width(self) -> int:
        return int(self.num_words or max(self.index_word_, default=0) + 1)

    def _documents(self, columns: np.ndarray) -> tuple[int, np.ndarray]:
        docs, words = self.word_docs_, self.index_word_
        return self.document_count_, docs_by_column(docs, words, columns)

    def _column_names(self) -> list[str]:
        return column_names(self.index_word_, self._width())
