"""Text, sequences and images as scikit-learn transformers, and plain functions.

The names load on first use; importing them does not import TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sk_keras._lazy import lazy_names

if TYPE_CHECKING:
    from sk_keras.preprocessing._image_augmenter import ImageAugmenter as ImageAugmenter
    from sk_keras.preprocessing._image_files import array_to_img as array_to_img
    from sk_keras.preprocessing._image_files import img_to_array as img_to_array
    from sk_keras.preprocessing._image_files import load_img as load_img
    from sk_keras.preprocessing._image_loader import ImageLoader as ImageLoader
    from sk_keras.preprocessing._image_standardizer import (
        ImageStandardizer as ImageStandardizer,
    )

_HOME: dict[str, str] = {
    "ImageAugmenter": "sk_keras.preprocessing._image_augmenter",
    "ImageLoader": "sk_keras.preprocessing._image_loader",
    "ImageStandardizer": "sk_keras.preprocessing._image_standardizer",
    "array_to_img": "sk_keras.preprocessing._image_files",
    "img_to_array": "sk_keras.preprocessing._image_files",
    "load_img": "sk_keras.preprocessing._image_files",
}

__all__ = [
    "ImageAugmenter",
    "ImageLoader",
    "ImageStandardizer",
    "array_to_img",
    "img_to_array",
    "load_img",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME, globals())
