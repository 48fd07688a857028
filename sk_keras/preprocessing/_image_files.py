"""Pictures in files and Pillow's images as arrays, and back."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

#: Pillow's modes for the colour modes, and those that need not be converted.
MODES = {
    "rgb": ("RGB", {"RGB"}),
    "rgba": ("RGBA", {"RGBA"}),
    "grayscale": ("L", {"L", "I;16", "I"}),
}

#: Methods of resizing, as Pillow knows them in capital letters.
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")

MSG_PILLOW = (
    "Reading and making pictures needs Pillow, which is not installed. Install it "
    'with: python -m pip install "sk_keras[image]"'
)

MSG_BITS = (
    "{name!r} has more than 8 bits a pixel, and color_mode={mode!r} cuts its values to "
    "whole numbers up to 255. Whole numbers are kept by color_mode='grayscale'."
)

MSG_RANGE = (
    "With scale=False the values must be between 0 and {top}. Got values between "
    "{low:.6g} and {high:.6g}; give scale=True, or clip them."
)


def pillow() -> Any:
    """Import `PIL.Image`.

    Raises
    ------
    ImportError
        Names the extra that brings Pillow.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(MSG_PILLOW) from error
    return Image


def load_img(
    path: Any,
    *,
    color_mode: str = "rgb",
    target_size: Sequence[int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Image:
    """Load a picture as an image of Pillow, as `keras.utils.load_img` does.

    Parameters
    ----------
    path : str, Path, bytes or file object
    color_mode : {"rgb", "rgba", "grayscale"}, default="rgb"
        Pictures of 16 or 32 bits keep whole numbers with "grayscale" only; the other
        modes cut them at 255, with a warning.
    target_size : tuple of 2 int, default=None
        (rows, columns) to resize to; None keeps the size.
    interpolation : {"nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"}, \
default="nearest"
        How to resize.
    keep_aspect_ratio : bool, default=False
        Whether to cut the longer side off, equally at both ends, before resizing.

    Returns
    -------
    PIL.Image.Image
        Its pixels are loaded, and the file is closed.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is no picture or a broken one, or an argument has another value.
    TypeError
        If `path` is none.
    ImportError
        If Pillow is not installed.

    Notes
    -----
    The orientation that cameras write beside a picture is not applied.

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> from sk_keras.preprocessing import array_to_img, img_to_array, load_img
    >>> file = io.BytesIO()
    >>> array_to_img(np.arange(12.0).reshape(2, 2, 3)).save(file, "png")
    >>> img_to_array(load_img(file, target_size=(4, 6))).shape
    (4, 6, 3)
    """
    check_how(color_mode, interpolation)
    size = None if target_size is None else pair(target_size, "target_size")
    name = getattr(path, "name", path)
    if not hasattr(path, "read"):
        if not isinstance(path, str | bytes | os.PathLike):
            raise TypeError(
                "path must be a str, a Path or an open file. Got "
                f"{type(path).__name__} instead."
            )
        path = Path(os.fsdecode(path))
        name = str(path)
    module = pillow()
    try:
        with module.open(path) as image:
            image.load()
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no file {name!r}.") from None
    except (OSError, SyntaxError, ValueError, module.DecompressionBombError) as error:
        raise ValueError(f"{name!r} cannot be read as a picture: {error}") from error
    mode, kept = MODES[color_mode]
    if image.mode not in kept:
        _warn_of_bits(image, name, color_mode)
        image = image.convert(mode)
    if size is not None and image.size != size[::-1]:
        image = _resized(image, size, interpolation, keep_aspect_ratio)
    return image


def _warn_of_bits(image: Any, name: Any, color_mode: str) -> None:
    """Warn where values do not fit into 8 bits."""
    wide = image.mode.startswith("I") and image.getextrema()[1] > 255
    if wide or image.mode == "F":
        warnings.warn(MSG_BITS.format(name=name, mode=color_mode), stacklevel=3)


def check_how(color_mode: str, interpolation: str) -> None:
    """Check the names of a colour mode and of a method of resizing."""
    allowed = {
        "color_mode": (color_mode, MODES),
        "interpolation": (interpolation, INTERPOLATIONS),
    }
    for name, (value, choices) in allowed.items():
        if value not in choices:
            raise ValueError(f"{name} must be one of {[*choices]}. Got {value!r}.")


def pair(size: Any, name: str) -> tuple[int, int]:
    """Check a size: two whole numbers above zero."""
    numbers = list(size) if isinstance(size, Sequence | np.ndarray) else []
    whole = all(
        isinstance(n, int | np.integer) and not isinstance(n, bool) and n > 0
        for n in numbers
    )
    if len(numbers) != 2 or not whole:
        raise ValueError(
            f"{name} must be (rows, columns), two int above 0. Got {size!r} instead."
        )
    return int(numbers[0]), int(numbers[1])


def _resized(image: Any, size: tuple[int, int], how: str, keep: bool) -> Any:
    rows, columns = size
    box = None
    if keep:
        width, height = image.size
        # The largest part of the wanted shape, in the middle.
        part_height = max(1, min(height, width * rows // columns))
        part_width = max(1, min(width, height * columns // rows))
        left, top = (width - part_width) // 2, (height - part_height) // 2
        box = (left, top, left + part_width, top + part_height)
    method = pillow().Resampling[how.upper()]
    return image.resize((columns, rows), method, box=box)


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
    array = np.array(x, dtype=dtype)
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
        array = array - array.min()
        top = array.max()
        array = array / (top if top else 1) * 255
    grey = array.shape[2] == 1
    wide = grey and array.max() > 255
    _check_range(array, 2**31 - 1 if grey else 255)
    pixels = array.astype(np.int32 if wide else np.uint8)
    return pillow().fromarray(pixels[..., 0] if grey else pixels)


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
