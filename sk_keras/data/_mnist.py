"""MNIST and Fashion-MNIST."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np

from sk_keras._shared.set_module import set_module
from sk_keras.data._dataset_files import (
    KERAS_FILES,
    SUBSETS,
    DataHome,
    RemoteFile,
    check_option,
    load_arrays,
    readable,
)
from sk_keras.data._image_bunch import checked, image_bunch, parts_of

MNIST = RemoteFile(
    "mnist.npz",
    KERAS_FILES + "mnist.npz",
    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
)
FASHION_MNIST = {
    part: [
        RemoteFile(
            f"fashion-mnist/{name}.gz",
            f"{KERAS_FILES}{name}.gz",
            others=(f"{name}.gz", f"fashion-mnist/{name}", name),
        )
        for name in (f"{short}-images-idx3-ubyte", f"{short}-labels-idx1-ubyte")
    ]
    for part, short in (("train", "train"), ("test", "t10k"))
}
CLOTHES = (
    ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat")
    + ("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
)  # fmt: skip

DESCR_MNIST = """\
MNIST: 70,000 images of handwritten digits, 28 x 28 pixels, grey values 0 to 255.
60,000 are for training, 10,000 for tests; the writers of the two are different.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document
recognition (1998). Y. LeCun and C. Cortes hold the copyright; CC BY-SA 3.0."""
DESCR_FASHION_MNIST = """\
Fashion-MNIST: 70,000 images of clothes of 10 kinds, 28 x 28 pixels, grey values 0 to
255. 60,000 are for training, 10,000 for tests.

H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, a novel image dataset for benchmarking
machine learning algorithms (2017). Zalando SE; MIT license."""


@set_module("sk_keras.data")
def fetch_mnist(
    *,
    subset: str = "train",
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Any:
    """Load MNIST, images of handwritten digits.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        60,000 images for training, 10,000 for tests, or the ones after the others.
    data_home : str or path, default=None
        Folder of the file ``mnist.npz``. None is that of `keras.datasets`,
        ``~/.keras/datasets``.
    download_if_missing : bool, default=True
        Whether a file that is not there is downloaded; False is an error then.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` in place of the Bunch.
    as_frame : bool, default=False
        Whether `data` is a DataFrame and `target` a Series.

    Returns
    -------
    sklearn.utils.Bunch
        data : array of shape (n_samples, 784), uint8
            Grey values, 0 to 255, a row for each image.
        images : array of shape (n_samples, 28, 28), uint8
            The same as images.
        target : array of shape (n_samples,), int64
            The digits.
        target_names : array of shape (10,)
        feature_names : list of str
        frame : DataFrame or None
            `data` and `target`, with ``as_frame=True``.
        DESCR : str

    Raises
    ------
    OSError
        If the file is not there and cannot be downloaded; the message says where
        to put it.
    ValueError
        If the file cannot be read, or an argument has no such value.

    Examples
    --------
    >>> from sk_keras.data import fetch_mnist
    >>> digits = fetch_mnist(subset="test")  # doctest: +SKIP
    >>> digits.images.shape  # doctest: +SKIP
    (10000, 28, 28)
    """
    check_option("subset", subset, SUBSETS)
    path = MNIST.path(data_home, download_if_missing)
    keys = [f"{kind}_{part}" for part in parts_of(subset) for kind in ("x", "y")]
    with readable(path, "MNIST"):
        arrays = list(load_arrays(path, keys).values())
        images, target = checked(*map(np.concatenate, (arrays[::2], arrays[1::2])))
    names = np.array(list("0123456789"))
    made = image_bunch(images, target, names, DESCR_MNIST, as_frame)
    return (made.data, made.target) if return_X_y else made


@set_module("sk_keras.data")
def fetch_fashion_mnist(
    *,
    subset: str = "train",
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Any:
    """Load Fashion-MNIST, images of clothes of ten kinds.

    Parameters and result are those of `fetch_mnist`. The files are
    ``train-images-idx3-ubyte.gz`` and three like it, in the folder `data_home` or
    its subfolder ``fashion-mnist``.

    Examples
    --------
    >>> from sk_keras.data import fetch_fashion_mnist
    >>> clothes = fetch_fashion_mnist()  # doctest: +SKIP
    >>> clothes.target_names[clothes.target[0]]  # doctest: +SKIP
    'Ankle boot'
    """
    check_option("subset", subset, SUBSETS)
    arrays = []
    for part in parts_of(subset):
        for file in FASHION_MNIST[part]:
            path = file.path(data_home, download_if_missing)
            with readable(path, "Fashion-MNIST"):
                arrays.append(_idx(path))
    with readable(path, "Fashion-MNIST"):  # the labels, read last
        images, target = checked(*map(np.concatenate, (arrays[::2], arrays[1::2])))
    made = image_bunch(images, target, np.array(CLOTHES), DESCR_FASHION_MNIST, as_frame)
    return (made.data, made.target) if return_X_y else made


def _idx(path: Path) -> np.ndarray:
    """Read an array of bytes in the format of the MNIST files."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    header = np.frombuffer(content, ">u4", count=1 + content[3], offset=0)
    shape = tuple(int(size) for size in header[1:])
    if int(header[0]) >> 8 != 8:
        raise ValueError("it is no file of bytes in the IDX format")
    return np.frombuffer(content, np.uint8, offset=4 * len(header)).reshape(shape)
