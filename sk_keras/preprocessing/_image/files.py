"""Pictures in files as images of Pillow."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sk_keras._shared.set_module import set_module
from sk_keras._shared.warn import warn

if TYPE_CHECKING:
    from PIL.Image import Image

#: Pillow's modes for the colour modes, and those that need not be converted.
MODES = {
    "rgb": ("RGB", {"RGB"}),
    "rgba": ("RGBA", {"RGBA"}),
    "grayscale": ("L", {"L", "I;16", "I", "F"}),
    "palette": ("P", {"P", "L", "I;16", "I"}),
}

#: Methods of resizing, as Pillow knows them in capital letters.
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")

MSG_PILLOW = (
    "Reading and making pictures needs Pillow, which is not installed. Install it "
    'with: python -m pip install "sk_keras[image]"'
)

#: Modes of 16 bits of which Pillow can do little, beside "I;16" of which it can much.
_ODD_MODES = ("I;16B", "I;16L", "I;16N")

MSG_BITS = (
    "{what} more than 8 bits a pixel, and color_mode={mode!r} cuts the values to whole "
    "numbers from 0 to 255. Values of one channel are kept by color_mode='grayscale'."
)

MSG_PALETTE = (
    "{what} a palette, of whose numbers color_mode='grayscale' makes brightness. For "
    "masks, whose numbers are classes, give color_mode='palette'."
)

MSG_NO_NUMBERS = (
    "{name!r} has no palette: its mode is {mode!r}, and color_mode='palette' keeps "
    "numbers of colours, or of one channel."
)

MSG_MIXED_NUMBERS = (
    "interpolation={how!r} would mix the numbers that color_mode='palette' keeps. Give "
    "interpolation='nearest'."
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


@set_module("sk_keras.preprocessing")
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
    color_mode : {"rgb", "rgba", "grayscale", "palette"}, default="rgb"
        Pictures of 16 or 32 bits keep their values with "grayscale", fractions among
        them, and whole numbers with "palette"; the other modes cut them at 255, with a
        warning. "palette" keeps the numbers of
        a palette, which in masks are classes, as they are.
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
    image = read(path)
    warning = warning_of_values(f"{_name(path)!r} has", image, color_mode)
    if warning:
        warn(warning)
    image = converted(image, color_mode, path)
    return (
        image
        if size is None
        else resized(image, size, interpolation, keep_aspect_ratio)
    )


def read(path: Any) -> Image:
    """Read a picture, and leave its mode and size as they are.

    Parameters
    ----------
    path : str, Path, bytes or file object

    Raises
    ------
    FileNotFoundError, ValueError, TypeError, ImportError
        As `load_img`.
    """
    name, is_file = _name(path), hasattr(path, "read")
    if not is_file and not isinstance(path, str | bytes | os.PathLike):
        raise TypeError(
            "path must be a str, a Path or an open file. Got "
            f"{type(path).__name__} instead."
        )
    module = pillow()
    try:
        with module.open(path if is_file else name) as image:
            image.load()
            loaded: Image = image.convert("I") if image.mode in _ODD_MODES else image
            return loaded
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no file {name!r}.") from None
    except (OSError, SyntaxError, ValueError, module.DecompressionBombError) as error:
        raise ValueError(f"{name!r} cannot be read as a picture: {error}") from error


def _name(path: Any) -> Any:
    """Return what to call a file in messages: its path as it was given."""
    if isinstance(path, str | bytes | os.PathLike):
        return os.fsdecode(path)
    return getattr(path, "name", path)


def converted(image: Image, color_mode: str, path: Any) -> Image:
    """Convert an image to a colour mode, unless it has it.

    Raises
    ------
    ValueError
        If Pillow cannot; names the file at `path`.
    """
    mode, kept = MODES[color_mode]
    if image.mode in kept:
        return image
    if color_mode == "palette":
        if image.mode == "1":  # black and white are 0 and 1
            numbers: Image = pillow().fromarray(np.asarray(image).astype(np.uint8))
            return numbers
        raise ValueError(MSG_NO_NUMBERS.format(name=_name(path), mode=image.mode))
    try:
        return image.convert(mode)
    except ValueError as error:
        raise ValueError(
            f"{_name(path)!r} cannot be converted to color_mode={color_mode!r}: {error}"
        ) from error


def warning_of_values(what: str, image: Any, color_mode: str) -> str | None:
    """Return a warning where a colour mode changes what values mean, or None.

    It cuts those of more bits, or makes brightness of the numbers of a palette.

    Parameters
    ----------
    what : str
        How it begins: which files have what follows.
    image : PIL.Image.Image
        As it was read.
    color_mode : {"rgb", "rgba", "grayscale", "palette"}
    """
    if image.mode == "P" and color_mode == "grayscale":
        return MSG_PALETTE.format(what=what)
    if image.mode == "F":
        cut = color_mode != "grayscale"
    elif image.mode.startswith("I") and color_mode not in ("grayscale", "palette"):
        low, high = image.getextrema()
        cut = low < 0 or high > 255
    else:
        cut = False
    return MSG_BITS.format(what=what, mode=color_mode) if cut else None


def check_how(color_mode: str, interpolation: str) -> None:
    """Check the names of a colour mode and of a method of resizing."""
    allowed = {
        "color_mode": (color_mode, MODES),
        "interpolation": (interpolation, INTERPOLATIONS),
    }
    for name, (value, choices) in allowed.items():
        if value not in choices:
            raise ValueError(f"{name} must be one of {[*choices]}. Got {value!r}.")
    if color_mode == "palette" and interpolation != "nearest":
        raise ValueError(MSG_MIXED_NUMBERS.format(how=interpolation))


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


def resized(image: Image, size: tuple[int, int], how: str, keep: bool) -> Image:
    """Resize an image.

    Parameters
    ----------
    image : PIL.Image.Image
    size : tuple of 2 int
        Rows and columns.
    how : str
        Name of a method of resizing.
    keep : bool
        Whether to keep the aspect ratio, and cut the longer side off.
    """
    rows, columns = size
    if image.size == (columns, rows):
        return image
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
