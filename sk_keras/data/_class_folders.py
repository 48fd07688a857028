"""A folder with a folder for each class."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def class_names(root: Path, chosen: Iterable[str] | None, argument: str) -> list[str]:
    """List the names of the folders in a folder.

    Parameters
    ----------
    root : pathlib.Path
    chosen : iterable of str or None
        Those to take, in their order; None takes all, in alphabetical order.
    argument : str
        What the user chooses them by, for messages.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or none of a chosen name in it.
    NotADirectoryError
        If it is a file.
    TypeError, ValueError
        If there are no folders in it, or what is chosen is no list of names.
    """
    if not root.exists():
        raise FileNotFoundError(f"There is no folder {str(root)!r}.")
    if not root.is_dir():
        raise NotADirectoryError(f"{str(root)!r} is a file, not a folder.")
    if isinstance(chosen, str):
        raise TypeError(
            f"{argument} must be a list of str. Got {chosen!r}; write [{chosen!r}]."
        )
    inside = sorted(p.name for p in root.iterdir() if p.is_dir() and is_shown(p.name))
    if not inside:
        raise ValueError(
            f"There are no folders in {str(root)!r}. Put the files of each class into "
            "a folder of its own."
        )
    names = inside if chosen is None else [str(name) for name in chosen]
    missing = [name for name in names if name not in inside]
    if missing:
        raise FileNotFoundError(
            f"There are no folders {missing} in {str(root)!r}. There are {inside}."
        )
    if not names:
        raise ValueError(f"{argument} must name at least one folder. It is empty.")
    return names


def is_shown(name: str) -> bool:
    """Tell whether a file or folder is not a hidden one."""
    return not name.startswith(".")
