"""`load_text_folder`: texts from files, with a folder for each class."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch
from sklearn.utils._param_validation import (
    StrOptions,
    validate_parameter_constraints,
)

from sk_keras._shared.set_module import set_module
from sk_keras.data._class_folders import class_names, is_shown
from sk_keras.preprocessing._text.encodings import check_encoding

_CONSTRAINTS = {
    "pattern": [str],
    "encoding": [str],
    "decode_error": [StrOptions({"strict", "ignore", "replace"})],
    "return_X_y": ["boolean"],
}


@set_module("sk_keras.data")
def load_text_folder(
    path: Any,
    *,
    categories: Iterable[str] | None = None,
    pattern: str = "*",
    encoding: str = "utf-8",
    decode_error: str = "strict",
    return_X_y: bool = False,
) -> Any:
    """Read texts from files that lie in a folder for each class.

    The names of the folders are the classes, in alphabetical order; the files of a
    class follow in alphabetical order, too. Files and folders whose names begin with a
    dot are skipped, and so are files beside the folders. Lines end with a single line
    feed, also those of Windows, and a byte order mark is no part of a text.

    Parameters
    ----------
    path : str or path-like
        The folder of the folders.
    categories : iterable of str, default=None
        Names of the folders to read; None is all.
    pattern : str, default="*"
        Which files of a folder are read, as for `pathlib.Path.glob`: ``"*.txt"``, or
        ``"**/*.txt"`` for those in folders further down as well.
    encoding : str, default="utf-8"
        Of the files.
    decode_error : {"strict", "ignore", "replace"}, default="strict"
        What becomes of bytes that are no text: an error, nothing, or a mark.
    return_X_y : bool, default=False
        Whether to return data and target alone.

    Returns
    -------
    Bunch, or (data, target) if ``return_X_y``
        data : list of str of length n_files
        target : array of int of shape (n_files,), which are positions in target_names
        target_names : list of str, the names of the folders
        filenames : array of str of shape (n_files,)

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If there is no such folder, or none of a category.
    ValueError
        If it has no folders, a folder has no files that match, or a file is not in the
        encoding; the message names it.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sk_keras.data import load_text_folder
    >>> with TemporaryDirectory() as folder:
    ...     for name, text in {"ham": "See you at noon.", "spam": "You won!"}.items():
    ...         Path(folder, name).mkdir()
    ...         _ = Path(folder, name, "1.txt").write_text(text)
    ...     texts = load_text_folder(folder)
    >>> texts.data
    ['See you at noon.', 'You won!']
    >>> texts.target
    array([0, 1])
    >>> texts.target_names
    ['ham', 'spam']
    """
    parameters = {
        "pattern": pattern,
        "encoding": encoding,
        "decode_error": decode_error,
        "return_X_y": return_X_y,
    }
    validate_parameter_constraints(_CONSTRAINTS, parameters, "load_text_folder")
    check_encoding(encoding)
    root = Path(path)
    names = {*class_names(root, categories, "categories")}
    classes = [root / name for name in sorted(names)]
    files = [_files(folder, pattern) for folder in classes]
    empty = [
        folder.name for folder, found in zip(classes, files, strict=True) if not found
    ]
    if empty:
        raise ValueError(
            f"Each class must have a file. These folders in {path} have none that "
            f"match {pattern!r}: {', '.join(empty)}. Choose the others with categories."
        )
    paths = [file for of_class in files for file in of_class]
    data = [_text(file, encoding, decode_error) for file in paths]
    target = np.repeat(np.arange(len(classes)), list(map(len, files)))
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=[folder.name for folder in classes],
        filenames=np.array(list(map(str, paths))),
    )


def _files(folder: Path, pattern: str) -> list[Path]:
    """List the files of a class, without hidden ones."""

    def hidden(file: Path) -> bool:
        return any(not is_shown(part) for part in file.relative_to(folder).parts)

    try:
        found = list(folder.glob(pattern))
    except (NotImplementedError, ValueError) as error:
        raise ValueError(f"pattern is {pattern!r}: {error}.") from None
    return sorted(file for file in found if file.is_file() and not hidden(file))


def _text(file: Path, encoding: str, errors: str) -> str:
    try:
        text = file.read_text(encoding=encoding, errors=errors)
    except UnicodeError as error:
        why = str(error)
        if isinstance(error, UnicodeDecodeError):
            why = f"{error.reason} at byte {error.start}"
        raise ValueError(
            f"{file} is not a text in {encoding}: {why}. Give its encoding, or "
            "decode_error='replace'."
        ) from None
    return text.removeprefix("\ufeff")
