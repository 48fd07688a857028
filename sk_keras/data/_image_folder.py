"""`load_image_folder`."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch
from sklearn.utils.parallel import Parallel, delayed

from sk_keras._shared.set_module import set_module
from sk_keras._shared.warn import warn
from sk_keras.data._class_folders import class_names, is_shown
from sk_keras.preprocessing._image.files import read

#: Ends of the names of files that are taken for pictures.
EXTENSIONS = (
    ".bmp",
    ".gif",
    ".jpeg",
    ".jpg",
    ".png",
    ".ppm",
    ".tif",
    ".tiff",
    ".webp",
)

#: How many of the files left out a warning names.
MOST_NAMED = 10

ON_ERROR = ("raise", "skip", "ignore")


@set_module("sk_keras.data")
def load_image_folder(
    path: str | os.PathLike[str],
    *,
    classes: Sequence[str] | None = None,
    extensions: Collection[str] = EXTENSIONS,
    on_error: str = "raise",
    n_jobs: int | None = None,
    return_X_y: bool = False,
) -> Any:
    """List the pictures of a folder that has a folder for each class.

    The file names are the data: they go through splits and searches, and
    `ImageLoader` reads the pictures.

    Parameters
    ----------
    path : str or Path
        The folder. Each folder in it is a class; the pictures in that, and in
        folders below it, are of the class. Names that begin with a dot are left
        out.
    classes : list of str, default=None
        The folders to take; the first is class 0. None takes all, in alphabetical
        order.
    extensions : collection of str, default=EXTENSIONS
        Ends of file names that make a picture: .bmp, .gif, .jpeg,
        .jpg, .png, .ppm, .tif, .tiff and .webp. Other files are left out.
    on_error : {"raise", "skip", "ignore"}, default="raise"
        What to do about files that Pillow cannot read. "raise" and "skip" read all
        files; the first raises an error that names the file, the other leaves them
        out and warns. "ignore" opens no file.
    n_jobs : int, default=None
        Number of threads that read files; None is 1, -1 is one for each core.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` alone.

    Returns
    -------
    Bunch with the keys

        data : ndarray of shape (n_samples,), str
            Paths: `path`, class and file.
        target : ndarray of shape (n_samples,), int64
            Positions in `target_names`.
        target_names : list of str
            The classes.
        filenames : ndarray of shape (n_samples,), str
            The same as `data`, without `path`; for ``ImageLoader(root=path)``.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or none for one of the `classes`.
    ValueError
        If there are no folders or no pictures in it, or a file is no picture.
    ImportError
        If files are read, and Pillow is not installed.

    Warns
    -----
    UserWarning
        If files are skipped, or a class has no picture.

    See Also
    --------
    sk_keras.preprocessing.ImageLoader : Loads the pictures.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> import numpy as np
    >>> from sk_keras.data import load_image_folder
    >>> from sk_keras.preprocessing import array_to_img
    >>> folder = Path(mkdtemp())
    >>> for name in ("cat/tom.png", "dog/rex.png", "dog/ivy.png"):
    ...     (folder / name).parent.mkdir(exist_ok=True)
    ...     array_to_img(np.zeros((4, 4, 3))).save(folder / name)
    >>> pets = load_image_folder(folder)
    >>> pets.target_names, pets.target
    (['cat', 'dog'], array([0, 1, 1]))
    >>> [Path(name).name for name in pets.data]
    ['tom.png', 'ivy.png', 'rex.png']
    """
    if on_error not in ON_ERROR:
        raise ValueError(f"on_error must be one of {[*ON_ERROR]}. Got {on_error!r}.")
    root = Path(path)
    names = class_names(root, classes, "classes")
    if len(set(names)) < len(names):
        raise ValueError(f"classes must be different names. Got {names}.")
    if isinstance(extensions, str):
        raise TypeError(f"extensions must be a list of str. Got {extensions!r}.")
    ends = tuple(end.lower() for end in extensions)
    found = [_pictures(root / name, ends) for name in names]
    if on_error != "ignore":
        found = _readable(found, skip=on_error == "skip", n_jobs=n_jobs)
    empty = [name for name, files in zip(names, found, strict=True) if not files]
    if len(empty) == len(names):
        raise ValueError(
            f"There are no pictures in the folders {names} of {str(root)!r}. Their "
            f"names should end with one of {sorted(extensions)}."
        )
    if empty:
        warn(f"There are no pictures of the classes {empty}.")
    files = [file for group in found for file in group]
    data = np.array([str(file) for file in files])
    target = np.repeat(np.arange(len(names)), [len(group) for group in found])
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=names,
        filenames=np.array([str(file.relative_to(root)) for file in files]),
    )


def _pictures(folder: Path, ends: tuple[str, ...]) -> list[Path]:
    """List the pictures in a folder and below it, sorted."""
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = filter(is_shown, folders)
        found += [
            Path(parent, file)
            for file in filter(is_shown, files)
            if file.lower().endswith(ends)
        ]
    return sorted(found)


def _readable(
    found: list[list[Path]], *, skip: bool, n_jobs: int | None
) -> list[list[Path]]:
    """Read all files, and drop those that cannot be read, if that was asked for."""
    files = [file for group in found for file in group]
    errors = Parallel(n_jobs=n_jobs, prefer="threads")(
        delayed(_error_of)(file) for file in files
    )
    broken = {f: e for f, e in zip(files, errors, strict=True) if e is not None}
    if broken and not skip:
        more = f" {len(broken) - 1} more cannot be read." if len(broken) > 1 else ""
        raise ValueError(
            f"{next(iter(broken.values()))}.{more} Remove such files, or leave them "
            'out: on_error="skip".'
        )
    if broken:
        named = [str(file) for file in list(broken)[:MOST_NAMED]]
        more = " and others" if len(broken) > MOST_NAMED else ""
        what = "1 file" if len(broken) == 1 else f"{len(broken)} files"
        warn(f"Left out {what} that cannot be read: {', '.join(named)}{more}.")
    return [[file for file in group if file not in broken] for group in found]


def _error_of(file: Path) -> str | None:
    """Read a picture; say what is wrong with it, if something is."""
    try:
        read(file)
    except (OSError, ValueError) as error:
        return str(error).rstrip(".")
    return None
