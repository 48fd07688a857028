"""Text, sequences and images as scikit-learn transformers, and plain functions.

The names load on first use; importing them does not import TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sk_keras._lazy import lazy_names

if TYPE_CHECKING:
    from sk_keras.preprocessing._image_augmenter import ImageAugmenter as ImageAugmenter

_HOME: dict[str, str] = {
    "ImageAugmenter": "sk_keras.preprocessing._image_augmenter",
}

__all__ = [
    "ImageAugmenter",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME, globals())
