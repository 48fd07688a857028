"""What the displays share: axes, and images side by side. No import of matplotlib."""

from __future__ import annotations

from math import isqrt
from typing import Any

import numpy as np


def new_axes(ax: Any, size: tuple[float, float] | None = None) -> tuple[Any, Any]:
    """Return the axes to draw on, and their figure; new ones where none are given.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
    size : tuple of float or None, default=None
        Width and height of a new figure in inches; None is matplotlib's default.

    Raises
    ------
    TypeError
        If `ax` is something else.
    """
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

    if ax is None:
        ax = plt.subplots(figsize=size)[1]
    if not isinstance(ax, Axes):
        raise TypeError(
            f"ax must be matplotlib Axes, as of plt.subplots(). Got {ax!r}."
        )
    return ax, ax.figure


def image_shape_of(
    sample_shape: tuple[int, ...], given: tuple[int, ...] | None
) -> tuple[int, ...]:
    """Say which image a sample is.

    Parameters
    ----------
    sample_shape : tuple of int
    given : tuple (height, width) or (height, width, channels), or None
        None takes samples of two and three axes for images, and flat ones of 4, 9,
        16 ... numbers for square ones.

    Raises
    ------
    ValueError
        If a sample is no image.
    """
    size = int(np.prod(sample_shape))
    shape = tuple(sample_shape) if given is None else tuple(given)
    if given is None and len(shape) == 1 and isqrt(size) ** 2 == size:
        shape = (isqrt(size), isqrt(size))
    colours = len(shape) == 3 and shape[2] in (1, 3, 4)
    if int(np.prod(shape)) != size or not (len(shape) == 2 or colours):
        wanted = f"Got image_shape={given}." if given is not None else ""
        raise ValueError(
            f"A sample of shape {tuple(sample_shape)} is no image. Give image_shape, "
            "(height, width) or (height, width, 3 channels), with as many numbers. "
            f"{wanted}".strip()
        )
    return shape[:2] if colours and shape[2] == 1 else shape


def side_by_side(images: np.ndarray, n_rows: int, n_columns: int) -> np.ndarray:
    """Put images into one, row after row, with a pixel between them.

    Parameters
    ----------
    images : array of shape (n_rows * n_columns, height, width) or with channels

    Returns
    -------
    array of shape (n_rows * (height + 1) - 1, n_columns * (width + 1) - 1), or with \
channels
        NaN between images of one channel, which is drawn as nothing; the greatest
        value between coloured ones.
    """
    height, width = images.shape[1:3]
    fill = np.nan if images.ndim == 3 else images.max()
    shape = (n_rows * (height + 1) - 1, n_columns * (width + 1) - 1, *images.shape[3:])
    whole = np.full(shape, fill, dtype=np.float64)
    for number, image in enumerate(images):
        top = number // n_columns * (height + 1)
        left = number % n_columns * (width + 1)
        whole[top : top + height, left : left + width] = image
    return whole


def show_images(ax: Any, whole: np.ndarray, options: dict[str, Any]) -> Any:
    """Draw what `side_by_side` gives, grey unless coloured, without ticks."""
    if whole.ndim == 3:
        low, high = np.nanmin(whole), np.nanmax(whole)
        if low < 0 or high > 1:  # matplotlib cuts colours off there
            whole = (whole - low) / max(high - low, 1e-12)
    image = ax.imshow(
        whole, **{"cmap": "gray_r", "interpolation": "nearest", **options}
    )
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    return image
