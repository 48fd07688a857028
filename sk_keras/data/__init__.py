"""Containers for data that scikit-learn can slice, and loaders.

The names load on first use; importing them does not import TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sk_keras._shared.lazy import lazy_names

if TYPE_CHECKING:
    from sk_keras._shared.arrays.array_dict import ArrayDict as ArrayDict
    from sk_keras.data._cifar import fetch_cifar10 as fetch_cifar10
    from sk_keras.data._cifar import fetch_cifar100 as fetch_cifar100
    from sk_keras.data._image_folder import load_image_folder as load_image_folder
    from sk_keras.data._mnist import fetch_fashion_mnist as fetch_fashion_mnist
    from sk_keras.data._mnist import fetch_mnist as fetch_mnist
    from sk_keras.data._text_datasets import fetch_imdb as fetch_imdb
    from sk_keras.data._text_datasets import fetch_reuters as fetch_reuters
    from sk_keras.data._text_folder import load_text_folder as load_text_folder

_HOME: dict[str, str] = {
    "ArrayDict": "sk_keras._shared.arrays.array_dict",
    "fetch_cifar10": "sk_keras.data._cifar",
    "fetch_cifar100": "sk_keras.data._cifar",
    "fetch_fashion_mnist": "sk_keras.data._mnist",
    "fetch_imdb": "sk_keras.data._text_datasets",
    "fetch_mnist": "sk_keras.data._mnist",
    "fetch_reuters": "sk_keras.data._text_datasets",
    "load_image_folder": "sk_keras.data._image_folder",
    "load_text_folder": "sk_keras.data._text_folder",
}

__all__: list[str] = [
    "ArrayDict",
    "fetch_cifar10",
    "fetch_cifar100",
    "fetch_fashion_mnist",
    "fetch_imdb",
    "fetch_mnist",
    "fetch_reuters",
    "load_image_folder",
    "load_text_folder",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME, globals())
