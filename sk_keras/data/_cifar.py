"""CIFAR-10 and CIFAR-100."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sk_keras._shared.set_module import set_module
from sk_keras.data._dataset_files import (
    SUBSETS,
    DataHome,
    RemoteFile,
    check_option,
    load_pickled,
    readable,
    texts,
)
from sk_keras.data._image_bunch import checked, image_bunch, parts_of

CIFAR10 = RemoteFile(
    "cifar-10-python.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    (
        "cifar-10-batches-py",
        "cifar-10-batches-py-target/cifar-10-batches-py",
        "cifar-10-batches-py.tar.gz",
        "cifar-10-batches-py-target_archive",
    ),
)
CIFAR100 = RemoteFile(
    "cifar-100-python.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    (
        "cifar-100-python",
        "cifar-100-python-target/cifar-100-python",
        "cifar-100-python-target_archive",
    ),
)

DESCR_CIFAR = """\
{name}: 60,000 colour images of {kinds}, 32 x 32 pixels, values 0 to 255 of red, green
and blue. 50,000 are for training, 10,000 for tests.

A. Krizhevsky: Learning multiple layers of features from tiny images (2009)."""


@set_module("sk_keras.data")
def fetch_cifar10(
    *,
    subset: str = "train",
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Any:
    """Load CIFAR-10, colour images of ten kinds.

    Parameters and result are those of `fetch_mnist`, with images of shape
    (32, 32, 3) and 50,000 of them for training. The file is
    ``cifar-10-python.tar.gz``; unpacked, it is the folder ``cifar-10-batches-py``.

    Examples
    --------
    >>> from sk_keras.data import fetch_cifar10
    >>> fetch_cifar10(subset="test").images.shape  # doctest: +SKIP
    (10000, 32, 32, 3)
    """
    check_option("subset", subset, SUBSETS)
    path = CIFAR10.path(data_home, download_if_missing)
    files = {"train": [f"data_batch_{i}" for i in range(1, 6)], "test": ["test_batch"]}
    chosen = [name for part in parts_of(subset) for name in files[part]]
    with readable(path, "CIFAR-10"):
        *batches, meta = _pickled(path, [*chosen, "batches.meta"])
        images = _colour_images([batch["data"] for batch in batches])
        target = np.concatenate([batch["labels"] for batch in batches])
        images, target = checked(images, target)
        names = texts(meta["label_names"])
    descr = DESCR_CIFAR.format(name="CIFAR-10", kinds="10 kinds")
    made = image_bunch(images, target, names, descr, as_frame)
    return (made.data, made.target) if return_X_y else made


@set_module("sk_keras.data")
def fetch_cifar100(
    *,
    subset: str = "train",
    label_mode: str = "fine",
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Any:
    """Load CIFAR-100, colour images of a hundred kinds in twenty groups.

    Parameters and result are those of `fetch_cifar10`, and one parameter more. The
    file is ``cifar-100-python.tar.gz``; unpacked, it is the folder
    ``cifar-100-python``.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
    label_mode : {"fine", "coarse"}, default="fine"
        Whether the target is the kind, 0 to 99, or the group, 0 to 19.
    data_home : str or path, default=None
    download_if_missing : bool, default=True
    return_X_y : bool, default=False
    as_frame : bool, default=False

    Examples
    --------
    >>> from sk_keras.data import fetch_cifar100
    >>> groups = fetch_cifar100(label_mode="coarse")  # doctest: +SKIP
    >>> len(groups.target_names)  # doctest: +SKIP
    20
    """
    check_option("subset", subset, SUBSETS)
    check_option("label_mode", label_mode, ("fine", "coarse"))
    path = CIFAR100.path(data_home, download_if_missing)
    with readable(path, "CIFAR-100"):
        *batches, meta = _pickled(path, [*parts_of(subset), "meta"])
        images = _colour_images([batch["data"] for batch in batches])
        target = np.concatenate([batch[f"{label_mode}_labels"] for batch in batches])
        images, target = checked(images, target)
        names = texts(meta[f"{label_mode}_label_names"])
    descr = DESCR_CIFAR.format(name="CIFAR-100", kinds="100 kinds in 20 groups")
    made = image_bunch(images, target, names, descr, as_frame)
    return (made.data, made.target) if return_X_y else made


def _pickled(path: Path, names: Sequence[str]) -> list[Any]:
    """Read files of a folder, or of an archive that has the folder."""
    if path.is_dir():
        found = []
        for name in names:
            with open(path / name, "rb") as file:
                found.append(load_pickled(file))
        return found
    with tarfile.open(path) as archive:
        members = {Path(member.name).name: member for member in archive.getmembers()}
        files: Callable[[Any], Any] = archive.extractfile
        return [load_pickled(files(members[name])) for name in names]


def _colour_images(rows: Sequence[Any]) -> np.ndarray:
    """Put the colours of each pixel side by side."""
    planes = np.concatenate(rows).reshape(-1, 3, 32, 32)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
