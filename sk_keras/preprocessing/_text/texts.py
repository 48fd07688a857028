"""A collection of texts, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized
from collections.abc import Set as AbstractSet
from itertools import islice
from reprlib import repr as shorten
from typing import Any

import numpy as np
from scipy import sparse

#: Texts of an iterator that are taken up at once.
BATCH = 1024

#: Rows that a message names.
NAMED = 5


def text_batches(X: Any, batch_size: int = BATCH) -> Iterator[list[Any]]:
    """Yield checked texts: all of them at once, those of an iterator in batches.

    Parameters
    ----------
    X : array-like of shape (n_samples,), DataFrame of one column, or iterable
        Each text is a str, or a list or tuple of str: its words.
    batch_size : int, default=BATCH

    Yields
    ------
    texts : list of str, list or tuple

    Raises
    ------
    ValueError
        If X is no collection of texts, or a text is missing or no text.
    """
    refuse_no_texts(X)
    X = _one_column(X)
    if isinstance(X, Sized):
        texts = X.tolist() if hasattr(X, "tolist") else list(X)  # type: ignore[call-overload]
        _check(texts, 0)
        yield texts
        return
    texts, first = iter(X), 0
    while batch := list(islice(texts, batch_size)):
        _check(batch, first)
        first += len(batch)
        yield batch


def refuse_no_texts(X: Any) -> None:
    """Raise if X cannot be a collection of texts, without reading any."""
    if isinstance(X, str | bytes):
        raise ValueError(
            "Iterable over raw text documents expected, string object received. For a "
            "single text write [text]."
        )
    if sparse.issparse(X) or isinstance(X, Mapping | AbstractSet):
        raise ValueError(
            "X must be texts in order: a list, a 1-D array, a Series or a DataFrame of "
            f"one column. Got {type(X).__name__}."
        )
    shape = getattr(X, "shape", None)
    if shape is None and not hasattr(X, "__iter__"):
        raise ValueError(
            f"Expected array-like (array or non-string sequence) of texts, got {X!r}."
        )
    if shape is not None and len(shape) != 1 and tuple(shape[1:]) != (1,):
        raise ValueError(_too_wide(X, shape))


def _one_column(X: Any) -> Any:
    """Take the texts out of a table of one column."""
    if len(getattr(X, "shape", ())) != 2:
        return X
    return X.iloc[:, 0] if hasattr(X, "iloc") else np.asarray(X)[:, 0]


def _too_wide(X: Any, shape: tuple[int, ...]) -> str:
    columns = getattr(X, "columns", None)
    if columns is None:
        return f"X must be a 1-D array of texts. Got an array of shape {tuple(shape)}."
    names = ", ".join(repr(name) for name in list(columns)[:NAMED])
    more = ", ..." if len(columns) > NAMED else ""
    return (
        f"X must have one column of texts. Got a {type(X).__name__} with "
        f"{len(columns)} columns: {names}{more}. Give one of them, X[name]; a "
        "ColumnTransformer does it in a pipeline."
    )


def _check(texts: list[Any], first: int) -> None:
    """Raise if a text is missing or no text; row numbers begin at `first`."""
    if set(map(type, texts)) <= {str}:
        return
    bad = [(first + i, t) for i, t in enumerate(texts) if not _is_text(t)]
    missing = [row for row, text in bad if _is_missing(text)]
    if missing:
        raise ValueError(
            f"X has missing texts in {_rows(missing)}. Fill them, for instance with "
            'X.fillna("") on a Series, or leave the rows out.'
        )
    if bad:
        row, text = bad[0]
        raise ValueError(
            "Each text must be a str, or a list of str: its words. Got others in "
            f"{_rows([row for row, _ in bad])}: row {row} is {_shown(text)}."
        )


def _is_text(text: Any) -> bool:
    if isinstance(text, list | tuple):
        return all(isinstance(word, str) for word in text)
    return isinstance(text, str)


def _is_missing(text: Any) -> bool:
    if isinstance(text, float | np.floating):
        return bool(np.isnan(text))
    # Those of pandas are known by name: pandas need not be imported.
    return text is None or type(text).__name__ in {"NAType", "NaTType"}


def _rows(rows: list[int]) -> str:
    if len(rows) == 1:
        return f"row {rows[0]}"
    named = ", ".join(map(str, rows[:NAMED]))
    more = len(rows) - NAMED
    return f"rows {named}" + (f" and {more} more" if more > 0 else "")


def _shown(text: Any) -> str:
    if isinstance(text, list | tuple):
        word = next(word for word in text if not isinstance(word, str))
        kind = type(word).__name__
        return f"a {type(text).__name__} with {shorten(word)} of type {kind}"
    return f"{shorten(text)} of type {type(text).__name__}"
