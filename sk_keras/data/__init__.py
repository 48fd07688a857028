"""Containers for data that scikit-learn can slice."""

from sk_keras.data._array_dict import ArrayDict

__all__ = ["ArrayDict"]
