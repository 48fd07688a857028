"""`load_word_vectors`: vectors of words from GloVe and word2vec text files."""

from __future__ import annotations

import codecs
import gzip
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from numbers import Integral
from typing import Any, BinaryIO

import numpy as np
from sklearn.utils._param_validation import Interval, validate_parameter_constraints

from sk_keras._shared.set_module import set_module
from sk_keras.preprocessing._text.encodings import check_encoding
from sk_keras.preprocessing._text.word_vectors import WordVectors

_NUMBER = re.compile(rb"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_NOT_FINITE = re.compile(rb"[-+]?(nan|inf(inity)?)", re.IGNORECASE)
_HEADER = re.compile(rb"(\d+) (\d+)")

#: Lines that are read together.
_CHUNK = 4096


@set_module("sk_keras.preprocessing")
def load_word_vectors(
    path: Any,
    *,
    vocabulary: Iterable[str] | None = None,
    limit: int | None = None,
    encoding: str = "utf-8",
) -> WordVectors:
    r"""Read vectors of words from a text file of GloVe or word2vec.

    A line has a word and its values, with a space between two; word2vec's files begin
    with a line of the number of words and the number of values. A word may have spaces
    in it. Of a word that comes twice, the first vector is taken.

    Parameters
    ----------
    path : str or path-like
        A file that ends in ``.gz`` is decompressed.
    vocabulary : iterable of str, default=None
        The words to load, as in the ``word_index_`` of a tokenizer; None is all. It
        saves memory and time.
    limit : int, default=None
        How many lines with words are read: the files usually have the most frequent
        words first. None is all.
    encoding : str, default="utf-8"
        Of the words. It must have ASCII's digits and spaces, which UTF-16 has not.

    Returns
    -------
    WordVectors
        A mapping of words to float32 arrays; its ``matrix`` has all of them.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a line is not a word and its values, has another number of values than the
        first, or values that are not finite; if there are fewer lines than the header
        says, or none. The message names file and line.

    See Also
    --------
    embedding_matrix : The vectors as the weights of an Embedding layer.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sk_keras.preprocessing import load_word_vectors
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "vectors.txt"
    ...     _ = path.write_text("cat 0.5 1\ndog 0.25 -1\n")
    ...     vectors = load_word_vectors(path)
    >>> vectors
    WordVectors(2 words, 2 values each)
    >>> vectors["dog"]
    array([ 0.25, -1.  ], dtype=float32)
    """
    constraints = {
        "limit": [Interval(Integral, 1, None, closed="left"), None],
        "encoding": [str],
    }
    parameters = {"limit": limit, "encoding": encoding}
    validate_parameter_constraints(constraints, parameters, "load_word_vectors")
    check_encoding(encoding)
    wanted = None if vocabulary is None else _wanted(vocabulary, encoding)
    opened = gzip.open if os.fspath(path).endswith(".gz") else open
    try:
        with opened(path, "rb") as file:
            return _Reader(path, encoding, wanted).read(file, limit)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"{path} is no whole file of gzip: {error}. Download it again."
        ) from None


def _wanted(vocabulary: Iterable[str], encoding: str) -> set[bytes]:
    if isinstance(vocabulary, str | bytes):
        raise TypeError(
            "vocabulary must be a collection of words. Got a single text; write [word]."
        )
    words = set()
    for word in vocabulary:
        if not isinstance(word, str):
            raise TypeError(f"vocabulary must have strings. Got {word!r}.")
        with suppress(UnicodeEncodeError):  # the file cannot have such a word
            words.add(word.encode(encoding))
    return words


class _Reader:
    """Read one file."""

    def __init__(self, path: Any, encoding: str, wanted: set[bytes] | None) -> None:
        self.path = path
        self.encoding = encoding
        self.wanted = wanted
        self.rows: dict[str, int] = {}
        self.values = bytearray()  # grows in place, unlike arrays
        self.n_values = 0
        self.n_lines = 0

    def read(self, file: BinaryIO, limit: int | None) -> WordVectors:
        """Read all lines, or the first ones."""
        lines = _numbered(file)
        number, first = next(lines, (0, b""))
        if not first:
            raise ValueError(f"{self.path} is empty: it has no words with vectors.")
        header = _HEADER.fullmatch(first)
        if header:
            expected, self.n_values = int(header[1]), int(header[2])
            if not self.n_values:
                raise self._wrong(number, "says that vectors have no values")
        else:
            expected, self.n_values = 0, _n_values(first)
            if not self.n_values:
                raise self._wrong(number, "is not a word and its values")
            lines = _before((number, first), lines)
        lines = islice(lines, limit)
        while chunk := list(islice(lines, _CHUNK)):
            self.n_lines += len(chunk)
            self._take(chunk)
        if limit is None and self.n_lines < expected:
            raise ValueError(
                f"{self.path} ends too soon: by its first line it has {expected} "
                f"words, but there are {self.n_lines}. Download it again."
            )
        matrix = np.frombuffer(self.values or b"", np.float32)
        return WordVectors(list(self.rows), matrix.reshape(-1, self.n_values))

    def _take(self, lines: list[tuple[int, bytes]]) -> None:
        """Keep the vectors of new words that are wanted."""
        numbers, texts = [], []
        for number, line in lines:
            word, text = self._split(number, line)
            if self.wanted is not None and word not in self.wanted:
                continue
            name = self._decoded(number, word)
            if name not in self.rows:
                self.rows[name] = len(self.rows)
                numbers.append(number)
                texts.append(text)
        if texts:
            self.values += self._parsed(numbers, texts).tobytes()

    def _split(self, number: int, line: bytes) -> tuple[bytes, str]:
        """Split a word, which may have spaces, from its values."""
        n_spaces = line.count(b" ")
        if n_spaces == self.n_values:
            word, text = line.split(b" ", 1)
            if not word:
                raise self._wrong(number, "has no word before its values")
        else:
            word, *values = line.rsplit(b" ", self.n_values)
            if n_spaces < self.n_values:
                what = f"has {n_spaces} values, not {self.n_values}"
                raise self._wrong(number, what)
            if word.endswith(b" "):
                raise self._wrong(number, "has spaces in a row")
            if _NUMBER.fullmatch(word.rpartition(b" ")[2]):
                raise self._wrong(number, f"has more than {self.n_values} values")
            text = b" ".join(values)
        return word, text.decode("latin-1")

    def _parsed(self, numbers: list[int], texts: list[str]) -> np.ndarray:
        try:
            values = _read_values(texts)
        except ValueError:
            values = np.full((0, self.n_values), np.nan)
        if values.shape == (len(texts), self.n_values) and np.isfinite(values).all():
            return values
        for number, text in zip(numbers, texts, strict=True):
            for value in text.split(" "):
                if not _NUMBER.fullmatch(value.encode("latin-1")):
                    raise self._wrong(number, f"has {value!r} among its values")
                if not np.isfinite(_read_values([value])).all():
                    raise self._wrong(number, f"has {value}, which is no float32")
        raise self._wrong(numbers[0], "or one of those after it does not parse")

    def _decoded(self, number: int, word: bytes) -> str:
        try:
            return word.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise self._wrong(
                number, f"has a word that is not {self.encoding} ({error.reason})"
            ) from None

    def _wrong(self, number: int, what: str) -> ValueError:
        return ValueError(
            f"Line {number} of {self.path} {what}. Expected a text file, in which each "
            "line has a word and the values of its vector, with a space between two."
        )


def _numbered(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Return lines that are not blank, with their numbers from 1."""
    for number, line in enumerate(file, 1):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        line = line.rstrip(b" \t\r\n").replace(b"\t", b" ")
        if line:
            yield number, line


def _before(
    first: tuple[int, bytes], others: Iterator[tuple[int, bytes]]
) -> Iterator[tuple[int, bytes]]:
    yield first
    yield from others


def _n_values(line: bytes) -> int:
    """Count the values at the end of a line, whose first part is a word.

    Those that are not finite count, so that this line is named for them and not the
    next.
    """
    parts = line.split(b" ")[1:]
    n = 0
    while n < len(parts) and (
        _NUMBER.fullmatch(parts[-1 - n]) or _NOT_FINITE.fullmatch(parts[-1 - n])
    ):
        n += 1
    return n


def _read_values(texts: list[str]) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.loadtxt(
            texts, dtype=np.float32, comments=None, delimiter=" ", ndmin=2
        )
