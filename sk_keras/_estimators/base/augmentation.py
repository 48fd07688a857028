"""What changes the batches of a fit: an ImageAugmenter or a Keras layer."""

from __future__ import annotations

from typing import Any

import keras

from sk_keras._training.augmenting import Augmentation, LayerAugmentation
from sk_keras.preprocessing._image.augmenting.in_graph import ImageAugmentation


def augmentation_of(augmenter: Any, example: Any, seed: int) -> Augmentation:
    """Make what changes the batches of one fit.

    Parameters
    ----------
    augmenter : ImageAugmenter or keras.layers.Layer
        Stays as it is.
    example : tuple of arrays
        A few rows, as the engine trains on them.
    seed : int

    Raises
    ------
    ValueError
        If the augmenter does not suit the data.
    """
    if isinstance(augmenter, keras.layers.Layer):
        return LayerAugmentation(augmenter, example, seed)
    return ImageAugmentation(augmenter, example, seed)
