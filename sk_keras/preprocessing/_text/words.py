"""A text as a list of words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from reprlib import repr as shorten
from typing import Any

from sk_keras._shared.set_module import set_module

#: Punctuation, tab and newline; the apostrophe stays.
FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'

#: What str.split() takes for spaces in ASCII, but for the blank.
_ASCII_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f"


@set_module("sk_keras.preprocessing")
def text_to_word_sequence(
    text: str,
    filters: str | Sequence[str] = FILTERS,
    lower: bool = True,
    split: str = " ",
) -> list[str]:
    r"""Split a text into a list of words.

    Parameters
    ----------
    text : str
    filters : str or list of str, default=punctuation, tab and newline
        Characters that separate words, as `split` does: ``"a-b"`` is two words. The
        default leaves the apostrophe, so that ``"it's"`` is one.
    lower : bool, default=True
        Whether to turn the text to lower case, before anything else.
    split : str, default=" "
        What else separates words; one character or several.

    Returns
    -------
    words : list of str
        None of them empty.

    Raises
    ------
    TypeError
        If `text` is not a str, or `filters` neither a str nor a list.
    ValueError
        If `split` is empty, or `filters` holds more than single characters.

    Examples
    --------
    >>> from sk_keras.preprocessing import text_to_word_sequence
    >>> text_to_word_sequence("Hello, World! it's  a-b")
    ['hello', 'world', "it's", 'a', 'b']
    """
    check_text(text)
    words: list[str] = word_splitter(filters, lower, split)(text)
    return words


def check_text(text: Any) -> None:
    """Raise if a text is not a str."""
    if not isinstance(text, str):
        raise TypeError(
            f"text must be a str. Got {shorten(text)} of type {type(text).__name__}."
        )


def word_splitter(
    filters: str | Sequence[str],
    lower: bool,
    split: str,
    char_level: bool = False,
) -> Callable[[Any], Any]:
    """Return a function that turns one text into its words.

    A str becomes a list of words, or, with `char_level`, a str of characters, to
    which `filters` and `split` do not apply. A list or tuple of words keeps its
    words; they are only turned to lower case.
    """
    _check_splitting(filters, split)
    parts = _splitter(tuple(filters), split)

    def words(text: Any) -> Any:
        if not isinstance(text, str):
            return [word.lower() for word in text] if lower else text
        if lower:
            text = text.lower()
        return text if char_level else parts(text)

    return words


def _check_splitting(filters: Any, split: Any) -> None:
    if not isinstance(split, str) or not split:
        raise ValueError(f"split must be a str that is not empty. Got {split!r}.")
    if isinstance(filters, bytes) or not isinstance(filters, Collection):
        raise TypeError(
            'filters must be a str, or a list of characters; "" filters none. Got '
            f"{filters!r}."
        )
    for character in filters:
        if not isinstance(character, str) or len(character) != 1:
            raise ValueError(
                f"filters must hold single characters. Got {character!r} among them."
            )


@lru_cache(maxsize=32)
def _splitter(filters: tuple[str, ...], split: str) -> Callable[[str], list[str]]:
    """Return a function that splits a text at `split` and filtered characters."""
    table = str.maketrans(dict.fromkeys(filters, split))
    others = [character for character in dict.fromkeys(filters) if character != split]
    in_turn = not any(character in split for character in others)
    spaces = [space for space in _ASCII_SPACES if space not in filters]

    def parts(text: str) -> list[str]:
        # str.translate is fast for ASCII only; elsewhere 35 replacements are faster.
        if text.isascii() or not in_turn:
            text = text.translate(table)
        else:
            for character in others:
                text = text.replace(character, split)
        # Without a separator, str.split drops empty words, but splits at any space.
        if split == " " and text.isascii() and not any(map(text.__contains__, spaces)):
            return text.split()
        return list(filter(None, text.split(split)))

    return parts
