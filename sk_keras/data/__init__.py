"""Containers that scikit-learn can slice, and data in files.

The names load on first use; importing them does not import TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sk_keras._lazy import lazy_names

if TYPE_CHECKING:
    from sk_keras.data._array_dict import ArrayDict as ArrayDict
    from sk_keras.data._image_folder import load_image_folder as load_image_folder

_HOME = {
    "ArrayDict": "sk_keras.data._array_dict",
    "load_image_folder": "sk_keras.data._image_folder",
}

__all__ = [
    "ArrayDict",
    "load_image_folder",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME, globals())
