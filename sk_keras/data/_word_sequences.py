"""Texts of public data sets as sequences of integers, with the options of Keras."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from sk_keras.data._dataset_files import DataHome, RemoteFile, readable


def check_numbers(
    num_words: Any,
    skip_top: Any,
    oov_char: Any,
    maxlen: Any,
    start_char: Any,
    index_from: Any,
) -> None:
    """Refuse what is no number of words, or no integer for one."""
    limits = {
        "num_words": (num_words, 1, True),
        "skip_top": (skip_top, 0, False),
        "oov_char": (oov_char, 0, True),
        "maxlen": (maxlen, 1, True),
        "start_char": (start_char, 0, True),
        "index_from": (index_from, 0, False),
    }
    for name, (value, least, may_be_none) in limits.items():
        if value is None and may_be_none:
            continue
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole or value < least:
            none = " or None" if may_be_none else ""
            raise ValueError(
                f"{name} must be an integer of at least {least}{none}. Got {value!r}."
            )


def shuffled(x: Any, y: Any, rng: np.random.RandomState) -> tuple[Any, Any]:
    """Draw an order of texts and labels.

    Raises
    ------
    ValueError
        If there are not as many labels as texts.
    """
    if len(x) != len(y):
        raise ValueError(f"it has {len(x)} texts, but {len(y)} labels")
    order = np.arange(len(x))
    rng.shuffle(order)
    return x[order], y[order]


def begun(
    x: Any, y: Any, start: int | None, index_from: int, maxlen: int | None
) -> tuple[list[list[int]], np.ndarray]:
    """Add the offset and the start, and leave out what is too long."""
    first = [] if start is None else [start]
    rows = [first + [int(word) + index_from for word in text] for text in x]
    if maxlen is not None:
        kept = [i for i, row in enumerate(rows) if len(row) < maxlen]
        if not kept:
            shortest = min(map(len, rows), default=0)
            raise ValueError(
                f"No text is shorter than maxlen={maxlen}. The shortest has "
                f"{shortest} integers; maxlen leaves out what is not shorter."
            )
        rows, y = [rows[i] for i in kept], y[kept]
    return rows, np.asarray(y, dtype=np.int64)


def cut_words(
    row: list[int], num_words: int | None, skip_top: int, oov: int | None
) -> list[int]:
    """Put one integer for rare and for very frequent words, or leave them out."""
    kept = [w >= skip_top and (num_words is None or w < num_words) for w in row]
    if oov is None:
        return [w for w, keep in zip(row, kept, strict=True) if keep]
    return [w if keep else oov for w, keep in zip(row, kept, strict=True)]


def load_words(file: RemoteFile, data_home: DataHome, download: bool) -> dict[str, int]:
    """Read the ranks of the words."""
    path = file.path(data_home, download)
    with readable(path, "a dict of words"), open(path, encoding="utf-8") as content:
        return {str(word): int(rank) for word, rank in json.load(content).items()}


def text_bunch(
    rows: list[list[int]],
    target: np.ndarray,
    names: Sequence[str],
    words: dict[str, int],
    index_from: int,
    special: tuple[int | None, int | None],
    as_text: bool,
    descr: str,
) -> Bunch:
    """Arrange texts and labels as scikit-learn's loaders do.

    Parameters
    ----------
    rows : list of lists of int
    target : array of shape (n_samples,)
    names : sequence of str
        Of the labels.
    words : dict of str to int
        Ranks of the words.
    index_from : int
        What was added to them.
    special : tuple
        Integers that stand for no word.
    as_text : bool
        Whether integers are turned back into words.
    descr : str
    """
    word_index = {word: rank + index_from for word, rank in words.items()}
    data = np.empty(len(rows), dtype=object)
    for i, row in enumerate(rows):  # not at once: they may be of one length
        data[i] = row
    if as_text:
        spelled = {number: word for word, number in word_index.items()}
        for number in special:
            spelled.pop(number, None)  # type: ignore[arg-type]
        data[:] = [" ".join(spelled[w] for w in row if w in spelled) for row in rows]
    return Bunch(
        data=data,
        target=target,
        target_names=np.array(names),
        word_index=word_index,
        DESCR=descr,
    )
