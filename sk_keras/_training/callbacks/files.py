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

from sk_keras._shared.keras_objects.private_api.training import move_paths
from sk_keras._shared.searches.fit_place import FitPlace, called_by_sklearn, split_count

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


def separate_files(callbacks: Iterable[Any], place: FitPlace | None) -> None:
    """Let the callbacks of a fit write into folders of its own, if it is one of many.

    ``out/best.keras`` becomes ``out/search-0/candidate-3_split-1/best.keras``
    or ``out/search-0/refit/best.keras``; ``out/fit-0/best.keras`` where the
    fit is not one of a search. A callback that writes a folder gets such a
    folder in it. The numbers are the first free ones.

    Parameters
    ----------
    callbacks : iterable of keras.callbacks.Callback
        Changed in place.
    place : FitPlace or None
        Where in a search the fit is.
    """
    found = [
        (callback, name, path, *_split(path, inside))
        for callback in callbacks
        for name, path, inside in _writes(callback)
    ]
    if not found or (place is None and not called_by_sklearn()):
        return
    folders = _own_folders({base for *_, base, _ in found}, place)
    for callback, name, path, base, rest in found:
        new = os.path.join(folders[base], rest).rstrip(os.sep)
        setattr(callback, name, new)
        move_paths(callback, new, path)


def _writes(callback: Any) -> Iterable[tuple[str, str, bool]]:
    """List the attributes that hold paths, the paths, and whether of folders."""
    files = [name for cls, name in _FILES.items() if isinstance(callback, cls)]
    folders = [name for cls, name in _FOLDERS.items() if isinstance(callback, cls)]
    files.extend(getattr(callback, "writes_to", ()))
    for name in [*files, *folders]:
        path = getattr(callback, name, None)
        if isinstance(path, str | os.PathLike):
            yield name, os.fspath(path), name in folders


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
        move_paths(callback, os.fspath(callback.backup_dir))


def _own_folders(bases: set[str], place: FitPlace | None) -> dict[str, str]:
    """Name a folder of the fit in each of the folders given, and make the local ones.

    Elsewhere there are no moves and locks; the names there are unique as well.
    """
    local = [base for base in bases if "://" not in base]
    for base in local:
        os.makedirs(base or os.curdir, exist_ok=True)
    if place is None:
        names = dict.fromkeys(bases, f"fit-{uuid4().hex}")
        names.update(dict.fromkeys(local, f"fit-{_free_number(local)}"))
        return {base: os.path.join(base, name) for base, name in names.items()}
    below = _level_names(place)
    run = f"search-{place.run}"
    folders = {base: os.path.join(base, run, *below) for base in bases}
    for base in local:
        folders[base] = os.path.join(_search_folder(base, place.run), *below)
        os.makedirs(folders[base], exist_ok=True)
    return folders


def _level_names(place: FitPlace) -> list[str]:
    levels = place.levels
    names = ["refit" if number is None else f"fit-{number}" for number in levels]
    n_splits = split_count()
    if levels[-1] is not None and n_splits is not None:
        candidate, split = divmod(levels[-1], n_splits)
        names[-1] = f"candidate-{candidate}_split-{split}"
    return names


def _free_number(bases: Iterable[str]) -> int:
    """Make folders of the first number that is free in all the folders given."""
    states = {base: os.stat(base or os.curdir) for base in bases}
    # "logs" and "./logs/" are one folder.
    different = {(s.st_dev, s.st_ino): base for base, s in states.items()}
    for number in count():
        made: list[str] = []
        try:
            for _, base in sorted(different.items()):  # all in the same order
                folder = os.path.join(base, f"fit-{number}")
                os.mkdir(folder)  # fails for all but one of those who try
                made.append(folder)
        except FileExistsError:
            for folder in made:
                os.rmdir(folder)
            continue
        return number
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
