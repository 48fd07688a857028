"""An ImageAugmenter's images, changed in the graph of a fit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sk_keras._training.augmenting import Augmentation
from sk_keras.preprocessing._image.augmenting.checks import check_fill
from sk_keras.preprocessing._image.augmenting.transforms import MOVING, draw, transform


class ImageAugmentation(Augmentation):
    """Batches changed by an `sk_keras.preprocessing.ImageAugmenter`."""

    def __init__(self, augmenter: Any, example: Any, seed: int) -> None:
        self.seed = seed
        self.variables = []
        self._ranges = augmenter._ranges(example[0].shape)
        self._how = {
            "fill_mode": augmenter.fill_mode,
            "data_format": augmenter.data_format,
        }
        values = {name: range.values for name, range in self._ranges.items()}
        self.values = {**values, "cval": np.array(augmenter.cval, np.float32)}
        shape = example[0].shape
        #: Which targets, and which weights, are moved with the images.
        self._moved = keras.tree.map_structure(
            lambda part: augmenter._are_masks(part, shape), tuple(example[1:])
        )
        for part in keras.tree.flatten(example[1]):
            if augmenter._are_masks(part, shape):
                check_fill(augmenter.fill_mode, augmenter.cval, part.dtype)
        kinds = tuple((name, range.kind) for name, range in self._ranges.items())
        moved = tuple(keras.tree.flatten(self._moved))
        self.key = ("images", kinds, tuple(self._how.values()), moved)

    def changed(self, batch: Any, values: Any, seed: tf.Tensor) -> Any:
        """Transform images, and move masks, and weights of their pixels, with them."""
        x, *others = batch
        drawn = draw(self._ranges, values, tf.shape(x)[0], seed)

        def moved(part: tf.Tensor, moves: bool, fill: Any) -> tf.Tensor:
            return moved_masks(part, drawn, fill, **self._how) if moves else part

        # What is made up beyond the edge weighs nothing.
        fills = (values["cval"], 0.0)
        others = [
            keras.tree.map_structure(partial(moved, fill=fill), part, moves)
            for part, moves, fill in zip(others, self._moved, fills, strict=False)
        ]
        return (transform(x, drawn, values["cval"], **self._how), *others)


def moved_masks(
    masks: tf.Tensor,
    drawn: Mapping[str, tf.Tensor],
    cval: Any,
    *,
    interpolation: str = "nearest",
    **how: Any,
) -> tf.Tensor:
    """Move masks as their images; their type, and by default their values, stay."""
    moving = {name: drawn[name] for name in MOVING if name in drawn}
    moved = transform(masks, moving, cval, interpolation=interpolation, **how)
    if masks.dtype.is_integer and interpolation == "bilinear":
        moved = tf.round(moved)  # a cast alone would darken pictures
    return tf.cast(moved, masks.dtype)
