"""Files that callbacks write: where they go when many fits write the same.

An estimator that the user fits writes where the user said. Each fit that a tool of
scikit-learn makes gets a folder of its own there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from itertools import count
from typing import Any
from uuid import uuid4

import keras

from sk_keras._places import Place, called_by_sklearn, split_counts

#: Attributes of callbacks that say which file, or which folder, is written.
_FILES: dict[type, str] = {
    keras.callbacks.ModelCheckpoint: "filepath",
    keras.callbacks.CSVLogger: "filename",
}
_FOLDERS: dict[type, str] = {
    keras.callbacks.TensorBoard: "log_dir",
    keras.callbacks.BackupAndRestore: "backup_dir",
}

#: File in the folder of a search that says which search it is.
_MARKER = ".search"


def separate_files(callbacks: Iterable[Any], place: Place | None) -> None:
    """Let the callbacks of a fit write into folders of its own, if it is one of many.

    ``out/best.keras`` becomes ``out/search-0/candidate-3_split-1/best.keras``
    or ``out/search-0/refit/best.keras``; ``out/fit-0/best.keras`` where the
    fit is not one of a search. A callback that writes a folder gets such a
    folder in it. The numbers are the first free ones.

    Parameters
    ----------
    callbacks : iterable of keras.callbacks.Callback
        Changed in place.
    place : Place or None
        Where in a search the fit is.
    """
    found = [(c, name, inside) for c in callbacks for name, inside in _writes(c)]
    if not found or (place is None and not called_by_sklearn()):
        return
    folders: dict[str, str] = {}
    for callback, name, inside in found:
        path = os.fspath(getattr(callback, name))
        base, rest = _split(path, inside)
        if base not in folders:
            folders[base] = _own_folder(base, place)
        new = os.path.join(folders[base], rest).rstrip(os.sep)
        setattr(callback, name, new)
        _follow(callback, path, new)


def _writes(callback: Any) -> Iterable[tuple[str, bool]]:
    """List the attributes that hold paths, and whether they are of folders."""
    files = [name for cls, name in _FILES.items() if isinstance(callback, cls)]
    folders = [name for cls, name in _FOLDERS.items() if isinstance(callback, cls)]
    files.extend(getattr(callback, "writes_to", ()))
    for name in [*files, *folders]:
        if isinstance(getattr(callback, name, None), str | os.PathLike):
            yield name, name in folders


def _split(path: str, inside: bool) -> tuple[str, str]:
    """Split a path into the folder that gets the new one, and the rest.

    Parts with placeholders ("{epoch}") belong to the rest.
    """
    base, rest = (path, "") if inside else os.path.split(path)
    while "{" in base:
        base, part = os.path.split(base)
        rest = os.path.join(part, rest)
    return base, rest


def follow_routed_path(callback: Any) -> None:
    """Let a callback whose folder was changed after it was made write there."""
    if isinstance(callback, keras.callbacks.BackupAndRestore):
        made_with = os.path.dirname(callback._weights_path)
        _follow(callback, made_with, os.fspath(callback.backup_dir))


def _follow(callback: Any, old: str, new: str) -> None:
    """Change the private attributes that are made of a path."""
    start = old.rstrip(os.sep) + os.sep
    for name, value in list(vars(callback).items()):
        if name.startswith("_") and isinstance(value, str) and value.startswith(start):
            setattr(callback, name, os.path.join(new, value.removeprefix(start)))


def _own_folder(base: str, place: Place | None) -> str:
    if "://" in base:  # no moves and locks there; these names are unique as well
        name = f"fit-{uuid4().hex}" if place is None else f"search-{place.run}"
        return os.path.join(base, name, *_level_names(place))
    os.makedirs(base or os.curdir, exist_ok=True)
    if place is None:
        return _free_folder(base)
    folder = os.path.join(_search_folder(base, place.run), *_level_names(place))
    os.makedirs(folder, exist_ok=True)
    return folder


def _level_names(place: Place | None) -> list[str]:
    levels = () if place is None else place.levels
    n_splits = iter(split_counts())
    names = [
        "refit" if number is None else _level_name(number, next(n_splits, None))
        for number in reversed(levels)
    ]
    return names[::-1]


def _level_name(number: int, n_splits: int | None) -> str:
    if n_splits is None:
        return f"fit-{number}"
    candidate, split = divmod(number, n_splits)
    return f"candidate-{candidate}_split-{split}"


def _free_folder(base: str) -> str:
    """Make the first folder of the numbered ones that is not there."""
    for number in count():
        folder = os.path.join(base, f"fit-{number}")
        try:
            os.mkdir(folder)  # fails for all but one of those who try
        except FileExistsError:
            continue
        return folder
    raise AssertionError  # numbers do not end


def _search_folder(base: str, run: str) -> str:
    """Find or make the folder of a search, which its fits in all processes share."""
    for number in count():
        folder = os.path.join(base, f"search-{number}")
        if not os.path.exists(folder):
            _make_search_folder(folder, run)
        if _read(os.path.join(folder, _MARKER)) == run:
            return folder
    raise AssertionError  # numbers do not end


def _make_search_folder(folder: str, run: str) -> None:
    """Make a folder and the marker in it in one step; another may come first."""
    unfinished = os.path.join(os.path.dirname(folder), f".search-{uuid4().hex}")
    os.mkdir(unfinished)
    with open(os.path.join(unfinished, _MARKER), "w") as marker:
        marker.write(run)
    try:
        os.rename(unfinished, folder)
    except OSError:
        shutil.rmtree(unfinished)
        if not os.path.exists(folder):
            raise


def _read(path: str) -> str | None:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None
