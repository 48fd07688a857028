"""Containers for data that scikit-learn can slice, and loaders.

The names load on first use; importing them does not import TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sk_keras._lazy import lazy_names

if TYPE_CHECKING:
    from sk_keras.data._array_dict import ArrayDict as ArrayDict
    from sk_keras.data._image_folder import load_image_folder as load_image_folder
    from sk_keras.data._text_folder import load_text_folder as load_text_folder

_HOME: dict[str, str] = {
    "ArrayDict": "sk_keras.data._array_dict",
    "load_image_folder": "sk_keras.data._image_folder",
    "load_text_folder": "sk_keras.data._text_folder",
}

__all__: list[str] = [
    "ArrayDict",
    "load_image_folder",
    "load_text_folder",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME, globals())
