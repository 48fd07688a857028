"""Augmented images to look at: a figure, or files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def figure(
    pairs: list[tuple[np.ndarray, np.ndarray]],
    n_images: int,
    n_versions: int,
    channels_first: bool,
) -> Any:
    """Draw originals, and versions of each to their right.

    Parameters
    ----------
    pairs : list of (originals, versions)
        Images, and masks if there are any; of shape (n_images, ...) and
        (n_images * n_versions, ...).
    n_images, n_versions : int
    channels_first : bool

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    n_rows, n_columns = n_images * len(pairs), n_versions + 1
    # Apart from pyplot, nobody has to close it.
    drawing = Figure(figsize=(1.5 * n_columns, 1.5 * n_rows), layout="constrained")
    axes = drawing.subplots(n_rows, n_columns, squeeze=False)
    for part, (originals, versions) in enumerate(pairs):
        limits = shown_range(originals)
        for image in range(n_images):
            row = image * len(pairs) + part
            some = versions[image * n_versions : (image + 1) * n_versions]
            for ax, picture in zip(axes[row], [originals[image], *some], strict=True):
                ax.imshow(_picture(picture, limits, channels_first), cmap="gray")
                ax.set_axis_off()
    axes[0, 0].set_title("original")
    return drawing


def saved(
    pairs: list[tuple[np.ndarray, np.ndarray]],
    folder: Path,
    prefix: str,
    channels_first: bool,
) -> list[Path]:
    """Write versions as PNG files; masks beside them, with "mask" in their names."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            "preview needs Pillow, which is not installed. Run pip install pillow."
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind, (originals, versions) in zip(("", "mask_"), pairs, strict=False):
        limits = shown_range(originals)
        for number, version in enumerate(versions):
            path = folder / f"{prefix}_{kind}{number:03}.png"
            Image.fromarray(_picture(version, limits, channels_first)).save(path)
            paths.append(path)
    return paths


def shown_range(images: np.ndarray) -> tuple[float, float]:
    """Return the values that are shown as black and as white."""
    low, high = float(images.min()), float(images.max())
    if low >= 0 and images.dtype.kind == "f" and high <= 1:
        return 0.0, 1.0
    # Small numbers are the classes of a mask, or grey on a scale of its own.
    if low >= 0 and 20 < high <= 255:
        return 0.0, 255.0
    return low, high if high > low else low + 1


def _picture(
    image: np.ndarray, limits: tuple[float, float], channels_first: bool
) -> np.ndarray:
    """Make an image of 256 levels: grey, or of three or four channels."""
    if image.ndim == 3 and channels_first:
        image = np.moveaxis(image, 0, -1)
    if image.ndim == 3 and image.shape[-1] not in (3, 4):
        image = image[..., 0]  # one channel; of other numbers the first
    low, high = limits
    levels = (image.astype(np.float64) - low) / (high - low) * 255
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)
