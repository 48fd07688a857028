"""What an `ImageAugmenter` is given, checked."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np

from sk_keras.preprocessing._image.arrays import refuse_one
from sk_keras.preprocessing._image.augmenting.ranges import DRAWN

MSG_IMAGES = (
    "{name} must be images, an array of shape (n_samples, height, width) or {shape}. "
    "Got an array of shape {got}. Reshape it first."
)


def height_and_width(shape: tuple[int, ...], data_format: str) -> tuple[int, int]:
    """Read the size of images from the shape of an array."""
    first = data_format == "channels_first" and len(shape) == 4
    height, width = shape[2:4] if first else shape[1:3]
    return height, width


def check_image_shape(shape: tuple[int, ...], data_format: str, name: str) -> None:
    """Raise a ValueError if an array of a shape holds no images."""
    if len(shape) in (3, 4) and 0 not in shape:
        refuse_one(shape, name)
        return
    first = data_format == "channels_first"
    order = "channels, height, width" if first else "height, width, channels"
    wanted = f"(n_samples, {order})"
    raise ValueError(MSG_IMAGES.format(name=name, shape=wanted, got=shape))


def check_count(name: str, value: Any) -> None:
    """Raise a ValueError if a value is no positive int."""
    if not isinstance(value, Integral) or value < 1:
        raise ValueError(f"{name} must be an int above 0. Got {value!r}.")


def check_interpolation(name: Any) -> None:
    """Raise a ValueError if a way to interpolate masks is not known."""
    if name not in ("nearest", "bilinear"):
        raise ValueError(
            f"mask_interpolation must be 'nearest' or 'bilinear'. Got {name!r}."
        )


def check_fill(fill_mode: str, cval: float, dtype: Any) -> None:
    """Raise a ValueError if masks of a type cannot hold what is beyond the edges."""
    dtype = np.dtype(dtype)
    if fill_mode != "constant" or dtype.kind not in "iub":
        return
    low, high = (0, 1)
    if dtype.kind != "b":
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    if not low <= np.trunc(cval) <= high:
        raise ValueError(
            f"cval={cval} is what is beyond the edges of masks as well, and those are "
            f"of type {dtype}, which cannot hold it. Give masks of a wider type, such "
            f"as float32, or another fill_mode."
        )


def checked_transforms(transforms: Mapping[str, Any], n: int) -> dict[str, np.ndarray]:
    """Bring what is done to n images into arrays of one value for each."""
    unknown = sorted(set(transforms) - set(DRAWN))
    if unknown:
        raise ValueError(
            f"transforms must be of the names {list(DRAWN)}. Got {unknown[0]!r}."
        )
    checked = {}
    for name, value in transforms.items():
        flag = name.startswith("flip")
        array = np.asarray(value, bool if flag else np.float32)
        if array.shape not in ((), (n,)):
            raise ValueError(
                f"transforms[{name!r}] must be a number, or an array of shape ({n},), "
                f"one for each image. Got an array of shape {array.shape}."
            )
        checked[name] = np.broadcast_to(array, (n,))
    return checked
