"""Images of Pillow as arrays, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sk_keras._shared.set_module import set_module
from sk_keras.preprocessing._image.files import pillow

if TYPE_CHECKING:
    from PIL.Image import Image

MSG_RANGE = (
    "With scale=False the values must be between 0 and {top}. Got values between "
    "{low:.6g} and {high:.6g}; give scale=True, or clip them."
)

MSG_APART = (
    "The values are too far apart to be scaled in {dtype}: from {low:.6g} to "
    "{high:.6g}. Give a larger dtype, or clip them."
)


@set_module("sk_keras.preprocessing")
def img_to_array(
    img: Any, *, data_format: str = "channels_last", dtype: Any = "float32"
) -> np.ndarray:
    """Put an image of Pillow into an array, as `keras.utils.img_to_array` does.

    Parameters
    ----------
    img : PIL.Image.Image, or array-like of 2 or 3 axes
    data_format : {"channels_last", "channels_first"}, default="channels_last"
    dtype : dtype, default="float32"

    Returns
    -------
    ndarray of shape (rows, columns, channels)
        Or (channels, rows, columns); one channel for grey images. A copy.

    Raises
    ------
    ValueError
        If it has other axes.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.preprocessing import img_to_array
    >>> img_to_array(np.zeros((4, 6))).shape
    (4, 6, 1)
    """
    _check_format(data_format)
    array = np.array(img, dtype=dtype)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3:
        raise ValueError(
            "img must have 2 axes, or 3 with the channels. Got an array of shape "
            f"{array.shape}."
        )
    return array.transpose(2, 0, 1) if data_format == "channels_first" else array


@set_module("sk_keras.preprocessing")
def array_to_img(
    x: Any,
    *,
    data_format: str = "channels_last",
    scale: bool = True,
    dtype: Any = "float32",
) -> Image:
    """Make an image of Pillow of an array, as `keras.utils.array_to_img` does.

    Parameters
    ----------
    x : array-like of shape (rows, columns, channels)
        Or (channels, rows, columns); 1 channel makes a grey image, 3 one in colours,
        4 one that is transparent in places.
    data_format : {"channels_last", "channels_first"}, default="channels_last"
    scale : bool, default=True
        Whether to stretch the values to reach from 0 to 255. With False they must be
        in this range; those of a grey image may be larger, up to 2**31 - 1, and
        make an image of 32 bits.
    dtype : dtype, default="float32"
        What to calculate in.

    Returns
    -------
    PIL.Image.Image

    Raises
    ------
    ValueError
        If x is no such array, has values that are not finite, or cannot be shown
        unscaled.
    ImportError
        If Pillow is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.preprocessing import array_to_img
    >>> image = array_to_img(np.linspace(-1, 1, 24).reshape(2, 4, 3))
    >>> image.size, image.mode, image.getpixel((0, 0))[0]
    ((4, 2), 'RGB', 0)
    """
    _check_format(data_format)
    array = np.array(x)
    if scale or array.dtype.kind not in "iub":  # whole numbers stay exact
        array = array.astype(dtype)
    if array.ndim == 3 and data_format == "channels_first":
        array = array.transpose(1, 2, 0)
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or not array.size:
        raise ValueError(
            "x must be one image of 3 axes with 1, 3 or 4 channels "
            f"(data_format={data_format!r}). Got an array of shape {np.shape(x)}."
        )
    if not np.isfinite(array).all():
        raise ValueError("x has values that are NaN or infinite.")
    if scale:
        array = _stretched(array)
    grey = array.shape[2] == 1
    wide = grey and array.max() > 255
    _check_range(array, 2**31 - 1 if grey else 255)
    pixels = array.astype(np.int32 if wide else np.uint8)
    image: Image = pillow().fromarray(pixels[..., 0] if grey else pixels)
    return image


def _stretched(array: np.ndarray) -> np.ndarray:
    """Stretch values to reach from 0 to 255."""
    low, high = array.min(), array.max()
    with np.errstate(over="ignore"):
        top = high - low
    if not np.isfinite(top):
        raise ValueError(MSG_APART.format(low=low, high=high, dtype=array.dtype))
    stretched: np.ndarray = (array - low) / (top if top else 1) * 255
    return stretched


def _check_range(array: np.ndarray, top: int) -> None:
    low, high = float(array.min()), float(array.max())
    if low < 0 or high > top:
        raise ValueError(MSG_RANGE.format(top=top, low=low, high=high))


def _check_format(data_format: str) -> None:
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(
            "data_format must be 'channels_last' or 'channels_first'. Got "
            f"{data_format!r}."
        )
