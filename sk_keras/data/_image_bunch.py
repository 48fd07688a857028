"""Images and labels as scikit-learn's loaders arrange them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import Bunch


def parts_of(subset: str) -> tuple[str, ...]:
    """List the parts of a data set that a subset is made of."""
    return ("train", "test") if subset == "all" else (subset,)


def checked(images: np.ndarray, target: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return images and their labels as integers.

    Raises
    ------
    ValueError
        If they are none, or not as many.
    """
    target = np.asarray(target, dtype=np.int64)
    if images.ndim < 3:
        raise ValueError(f"it has no images, but an array of shape {images.shape}")
    if target.ndim != 1:
        raise ValueError(
            f"it has no label for each image, but an array of shape {target.shape}"
        )
    if len(images) != len(target):
        raise ValueError(f"it has {len(images)} images, but {len(target)} labels")
    return images, target


def image_bunch(
    images: np.ndarray, target: Any, names: np.ndarray, descr: str, as_frame: bool
) -> Bunch:
    """Arrange images and labels as scikit-learn's loaders do."""
    shape = images.shape[1:]
    channels = ("red", "green", "blue") if len(shape) == 3 else ("",)
    feature_names = [
        f"pixel_{row}_{column}" + (f"_{channel}" if channel else "")
        for row in range(shape[0])
        for column in range(shape[1])
        for channel in channels
    ]
    data: Any = images.reshape(len(images), -1)
    frame = None
    if as_frame:
        import pandas as pd

        data = pd.DataFrame(data, columns=feature_names, copy=False)
        target = pd.Series(target, name="target")
        frame = pd.concat([data, target], axis=1)
    return Bunch(
        data=data,
        target=target,
        frame=frame,
        images=images,
        feature_names=feature_names,
        target_names=names,
        DESCR=descr,
    )
