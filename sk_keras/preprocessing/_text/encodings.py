"""Names of encodings, checked."""

from __future__ import annotations


def check_encoding(encoding: str) -> None:
    """Raise if there is no encoding of texts of this name."""
    try:
        "a".encode(encoding)
    except LookupError:
        raise ValueError(
            f"There is no encoding of texts called {encoding!r}. Common ones are "
            "'utf-8' and 'latin-1'."
        ) from None
