"""Files of public data sets: found, downloaded, and read without running code."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

KERAS_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

MSG_MISSING = (
    "{name} is not in {folder}{why}. Download {url} and put it at {path}, or name the "
    "folder that has it by data_home."
)
MSG_BROKEN = (
    "{path} cannot be read as {what}: {error}. Remove it, so that it is downloaded "
    "again, or replace it."
)

SUBSETS = ("train", "test", "all")

DataHome = str | os.PathLike[str] | None

#: All that the pickled parts of these files are made of.
_HARMLESS = {
    ("_codecs", "encode"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    *(
        (f"numpy.{core}.{module}", name)
        for core in ("core", "_core")
        for module, name in (
            ("multiarray", "_reconstruct"),
            ("multiarray", "scalar"),
            ("numeric", "_frombuffer"),
        )
    ),
}


@dataclass(frozen=True)
class RemoteFile:
    """A file of a data set.

    Attributes
    ----------
    name : str
        What it is called on disk, below the folder of the data.
    url : str
    sha256 : str or None
        Of a download, where it is known.
    others : tuple of str
        Other names under which it may be there: unpacked, or as Keras has it.
    """

    name: str
    url: str
    sha256: str | None = None
    others: tuple[str, ...] = ()

    def path(self, data_home: DataHome, download: bool) -> Path:
        """Return the path of the file, downloaded if need be.

        Raises
        ------
        OSError
            If it is not there and cannot be downloaded; says where to put it.
        """
        folder = data_folder(data_home)
        for name in (self.name, *self.others):
            if (folder / name).exists():
                return folder / name
        path = folder / self.name
        if not download:
            raise self._missing(folder, ", and download_if_missing is False")
        try:
            self._download(path)
        except Exception as error:
            with suppress(OSError):
                path.unlink()  # a part of it, or another file
            why = f", and downloading it failed ({error})"
            raise self._missing(folder, why) from error
        return path

    def _missing(self, folder: Path, why: str) -> OSError:
        path = folder / self.name
        return OSError(
            MSG_MISSING.format(
                name=path.name, folder=path.parent, why=why, url=self.url, path=path
            )
        )

    def _download(self, path: Path) -> None:
        import keras

        path.parent.mkdir(parents=True, exist_ok=True)
        keras.utils.get_file(
            path.name, self.url, file_hash=self.sha256, cache_subdir=str(path.parent)
        )


def data_folder(data_home: DataHome) -> Path:
    """Return the folder of the data: a given one, or that of `keras.datasets`."""
    if data_home is None:
        data_home = Path(os.environ.get("KERAS_HOME", "~/.keras")) / "datasets"
    return Path(data_home).expanduser().absolute()


@contextmanager
def readable(path: Path, what: str) -> Iterator[None]:
    """Name the file where reading it fails.

    Raises
    ------
    ValueError
        In place of whatever a broken file makes its reader raise.
    """
    try:
        yield
    except (MemoryError, PermissionError):
        raise  # it may be whole
    except Exception as error:
        raise ValueError(
            MSG_BROKEN.format(path=path, what=what, error=_in_short(error))
        ) from error


def _in_short(error: Exception) -> str:
    return str(error).split("\n")[0] or type(error).__name__


class _ArraysOnly(pickle.Unpickler):
    """Reads arrays, numbers, strings and containers of them, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _HARMLESS:
            raise pickle.UnpicklingError(f"it refers to {module}.{name}")
        return super().find_class(module, name)


def load_arrays(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Read arrays from an ``.npz`` file; those of objects hold plain values only."""
    with zipfile.ZipFile(path) as archive:
        found = {}
        for name in names:
            with archive.open(f"{name}.npy") as member:
                found[name] = _load_array(member)
    return found


def _load_array(file: IO[bytes]) -> np.ndarray:
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    shape, in_columns, dtype = read(file)
    if dtype.hasobject:
        array: np.ndarray = _ArraysOnly(file).load()
        return array
    values = np.frombuffer(file.read(), dtype)
    return values.reshape(shape, order="F" if in_columns else "C")


def load_pickled(file: IO[bytes]) -> Mapping[str, Any]:
    """Read a dict that Python 2 has pickled; its keys become text."""
    found = _ArraysOnly(file, encoding="bytes").load()
    return {_text(key): value for key, value in found.items()}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def texts(values: Sequence[Any]) -> np.ndarray:
    """Return names as an array of text."""
    return np.array([_text(value) for value in values])


def check_option(name: str, value: Any, options: Sequence[Any]) -> None:
    """Raise a ValueError for what is none of the options."""
    if value not in options:
        allowed = ", ".join(map(repr, options))
        raise ValueError(f"{name} must be one of {allowed}. Got {value!r} instead.")
