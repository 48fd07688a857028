"""The steps of standardising images, and which of them go together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sk_keras._shared.warn import warn
from sk_keras.preprocessing._image.statistics import Whitening

#: Added to each standard deviation before it divides.
STD_EPSILON = 1e-6

#: Values of an image above which whitening is refused: 64 x 64 x 3.
MAX_WHITENED = 12_288

#: What changes images before the learned statistics are applied.
_BEFORE = (
    "preprocessing_function",
    "samplewise_center",
    "samplewise_std_normalization",
)

#: What is learned from images.
_LEARNED = ("featurewise_center", "featurewise_std_normalization", "zca_whitening")

MSG_MIXED = (
    "The statistics for {learned} are learned from the rescaled images, but applied "
    "after {before}, as in ImageDataGenerator. To learn them from what {before} makes, "
    "put two in a row: make_pipeline(ImageStandardizer({before}=...), "
    "ImageStandardizer({learned}=True))."
)

MSG_NO_INVERSE = (
    "ImageStandardizer has no inverse_transform with {option}: {why}. Only rescale, "
    "the featurewise options and zca_whitening can be undone."
)

MSG_NOT_WHITENED = (
    "This {name} was not fitted with zca_whitening. Call 'fit' with it before."
)

MSG_NO_NAMES = (
    "Images of shape {shape} are no table, and their columns have no names. Give "
    "flat images, with image_shape, or keep arrays: set_output(transform='default')."
)

MSG_LOST = (
    "Images whitened with the statistics of {n_samples} images of {n_values} values "
    "each cannot be restored: the part that those images do not show was dropped. Fit "
    "on {n_values} images or more."
)

MSG_TOO_LARGE = (
    "zca_whitening decomposes a matrix of the number of values of an image, squared. "
    "Images of {shape} have {n} values, for which it would take {gigabytes:.1f} GB "
    "several times over. Give images of at most {most} values, or leave zca_whitening "
    "out."
)


#: What is subtracted from channels, what divides them, and how to whiten.
Learned = tuple[np.ndarray, np.ndarray, Whitening | None]


def learned_options(options: Any) -> list[str]:
    """List the options of a standardizer for which it learns from images."""
    return [name for name in _LEARNED if getattr(options, name)]


def warn_of_mixed(options: Any) -> None:
    """Warn where statistics are applied to other images than they are learned from."""
    learned = learned_options(options)
    before = [name for name in _BEFORE if getattr(options, name)]
    if learned and before:
        warn(MSG_MIXED.format(learned=learned[0], before=before[0]))


def can_invert(options: Any) -> bool:
    """Tell whether a standardizer has an inverse, as `available_if` asks.

    Raises
    ------
    AttributeError
        Names the option that cannot be undone.
    """
    reasons = (
        "a function cannot be undone",
        "each image's own mean is lost",
        "each image's own mean and scale are lost",
    )
    for option, why in zip(_BEFORE, reasons, strict=True):
        if getattr(options, option):
            raise AttributeError(MSG_NO_INVERSE.format(option=option, why=why))
    return True


def check_whitened(shape: tuple[int, ...]) -> int:
    """Return the number of values of an image that can be whitened.

    Raises
    ------
    ValueError
        If there are too many.
    """
    n = int(np.prod(shape))
    if n > MAX_WHITENED:
        raise ValueError(
            MSG_TOO_LARGE.format(
                shape=shape, n=n, gigabytes=8 * n**2 / 1e9, most=MAX_WHITENED
            )
        )
    return n


def before_learned(images: np.ndarray, options: Any) -> np.ndarray:
    """Take the steps for which nothing is learned; images are written over.

    Parameters
    ----------
    images : ndarray of shape (n_samples, rows, columns, channels)
    options : ImageStandardizer
    """
    if options.preprocessing_function is not None:
        _apply_function(images, options.preprocessing_function, options.data_format)
    if options.rescale:
        images *= options.rescale
    _scale_samples(
        images,
        center=options.samplewise_center,
        std=options.samplewise_std_normalization,
    )
    return images


def _apply_function(
    images: np.ndarray, function: Callable[[np.ndarray], Any], data_format: str
) -> None:
    """Replace each of (n_samples, rows, columns, channels) by what a function makes.

    Raises
    ------
    ValueError
        If it makes something of another shape.
    """
    first = data_format == "channels_first"
    for image in images:
        view = np.moveaxis(image, -1, 0) if first else image
        returned = function(view)
        made = np.asarray(returned)
        if made.dtype.kind not in "biuf":
            what = "None" if returned is None else f"one of the type {made.dtype}"
            raise ValueError(
                "preprocessing_function must return an array of real numbers. It "
                f"returned {what}."
            )
        if made.shape != view.shape:
            raise ValueError(
                "preprocessing_function must return an image of the shape that it "
                f"gets, {view.shape}. It returned one of the shape {made.shape}."
            )
        view[...] = made


def _scale_samples(images: np.ndarray, *, center: bool, std: bool) -> None:
    """Centre each image, and divide it by its standard deviation, in place."""
    axes = (1, 2, 3)
    if center or std:
        # In float64, or rounding would leave something of an image of one value.
        images -= images.mean(axis=axes, keepdims=True, dtype=np.float64)
    if std:
        images /= images.std(axis=axes, keepdims=True) + STD_EPSILON


def learned_values(
    options: Any,
    mean: np.ndarray,
    std: np.ndarray,
    whitening: Whitening | None,
    dtype: Any,
) -> Learned:
    """Put what was learned into the form in which it is applied.

    Parameters
    ----------
    options : ImageStandardizer
    mean, std : ndarray of shape (n_channels,)
    whitening : Whitening or None
    dtype : dtype
        Of the images that it will be applied to.
    """
    scales = options.featurewise_std_normalization and not options.zca_whitening
    divisor = std + STD_EPSILON if scales else np.ones_like(std)
    if whitening is not None:
        whitening = Whitening(*(part.astype(dtype) for part in whitening))
    return mean.astype(dtype), divisor.astype(dtype), whitening


def apply_learned(
    images: np.ndarray,
    mean: np.ndarray,
    divisor: np.ndarray,
    whitening: Whitening | None,
) -> np.ndarray:
    """Centre and scale the channels, in place, and whiten the images.

    Parameters
    ----------
    images : ndarray of shape (n_samples, rows, columns, channels)
    mean, divisor : ndarray of shape (n_channels,)
    whitening : Whitening or None
        All of the type of the images.
    """
    images -= mean
    images /= divisor
    if whitening is None:
        return images
    directions, scales = whitening
    along = images.reshape(len(images), -1) @ directions
    return np.reshape((along / scales) @ directions.T, images.shape)


def undo_learned(
    images: np.ndarray,
    mean: np.ndarray,
    divisor: np.ndarray,
    whitening: Whitening | None,
) -> np.ndarray:
    """Undo `apply_learned`.

    Raises
    ------
    ValueError
        If whitening has lost something.
    """
    if whitening is not None:
        directions, scales = whitening
        if directions.shape[0] > directions.shape[1]:
            n_values, n_samples = directions.shape
            raise ValueError(MSG_LOST.format(n_samples=n_samples, n_values=n_values))
        along = images.reshape(len(images), -1) @ directions
        images = ((along * scales) @ directions.T).reshape(images.shape)
    restored: np.ndarray = images * divisor + mean
    return restored
