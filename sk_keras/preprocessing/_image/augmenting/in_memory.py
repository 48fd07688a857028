"""Images in memory, changed at random; and batches of them for Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sk_keras.preprocessing._image.augmenting.in_graph import moved_masks
from sk_keras.preprocessing._image.augmenting.ranges import Range
from sk_keras.preprocessing._image.augmenting.transforms import draw, transform

#: Elements of images that are changed at a time.
CHUNK_ELEMENTS = 2**24


def drawn(
    ranges: Mapping[str, Range], n: int, seed: tuple[int, int]
) -> dict[str, np.ndarray]:
    """Draw for each of n images, as arrays of shape (n,)."""
    values = {name: tf.constant(range.values) for name, range in ranges.items()}
    found = draw(ranges, values, n, tf.constant(seed, tf.int64))
    return {name: np.asarray(value) for name, value in found.items()}


def changed(
    X: np.ndarray,
    masks: np.ndarray | None,
    transforms: Mapping[str, np.ndarray],
    cval: float,
    how: Mapping[str, str],
    mask_interpolation: str,
) -> Any:
    """Apply transforms to images, and to masks if there are any."""
    rows = max(CHUNK_ELEMENTS // int(np.prod(X.shape[1:])), 1)
    images = np.empty_like(X, X.dtype if X.dtype.kind == "f" else np.float32)
    moved = None if masks is None else np.empty_like(masks)
    for start in range(0, len(X), rows):
        some = slice(start, start + rows)
        part = {name: tf.constant(v[some]) for name, v in transforms.items()}
        images[some] = transform(_tensor(X[some]), part, cval, **how)
        if masks is not None and moved is not None:
            moved[some] = moved_masks(
                _tensor(masks[some]),
                part,
                cval,
                interpolation=mask_interpolation,
                **how,
            )
    return images if moved is None else (images, moved)


def _tensor(images: np.ndarray) -> tf.Tensor:
    # What TensorFlow cannot compare and cast as numbers.
    return tf.constant(images.astype(np.uint8) if images.dtype == bool else images)


class Flow(keras.utils.PyDataset):
    """Batches of changed images with their targets.

    Parameters
    ----------
    augmenter : ImageAugmenter
    parts : tuple (X, y, sample_weight) of arrays or None
    batch_size : int
    seed : int
    shuffle : bool
    mask_interpolation : str
    """

    def __init__(
        self,
        augmenter: Any,
        parts: tuple[Any, Any, Any],
        batch_size: int,
        seed: int,
        shuffle: bool,
        mask_interpolation: str,
    ) -> None:
        super().__init__()
        self.batch_size = batch_size
        self._augmenter = augmenter
        self._parts = parts
        self._seed = seed
        self._shuffle = shuffle
        self._interpolation = mask_interpolation
        self._orders = np.random.RandomState(seed)
        self._epoch = 0
        self._order = self._new_order()

    def _new_order(self) -> np.ndarray:
        n_rows = len(self._parts[0])
        return self._orders.permutation(n_rows) if self._shuffle else np.arange(n_rows)

    def __len__(self) -> int:
        return -(-len(self._parts[0]) // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"There are {len(self)} batches. Got {index}.")
        start = index * self.batch_size
        rows = self._order[start : start + self.batch_size]
        X = self._parts[0][rows]
        y, weight = (None if part is None else part[rows] for part in self._parts[1:])
        number = self._epoch * len(self) + index
        augmenter = self._augmenter
        transforms = drawn(augmenter._ranges(X.shape), len(X), (self._seed, number))
        apply = augmenter.apply_transforms
        if y is None:
            return apply(X, transforms)
        if augmenter._are_masks(y, X.shape):
            X, y = apply(X, transforms, y, mask_interpolation=self._interpolation)
        else:
            X = apply(X, transforms)
        return (X, y) if weight is None else (X, y, weight)

    def __iter__(self) -> Iterator[Any]:
        """Go through one epoch, which a ``break`` ends as well."""
        try:
            for index in range(len(self)):
                yield self[index]
        finally:
            self.on_epoch_end()

    def on_epoch_end(self) -> None:
        """Draw another order, and begin other images."""
        self._epoch += 1
        self._order = self._new_order()
