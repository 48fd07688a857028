"""How arrays hold images: axes, types, batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

#: Bytes of the images that are worked on at a time.
BATCH_BYTES = 32 * 2**20

MSG_AXES = (
    "{name} expects images: an array of shape {axes} or, for grey ones, "
    "(n_samples, rows, columns). Got an array of shape {shape}. {do}"
)

MSG_ONE = (
    "{name} has shape {shape}: {n} grey images of {rows} rows and {columns} columns, "
    "or one image with {columns} channels? Write X[None] for one image, and "
    "X[..., None] for grey ones."
)

#: Least rows of an image, as large as nobody's grey images are narrow.
_ROWS_OF_ONE = 8

_AXES = {
    "channels_last": "(n_samples, rows, columns, channels)",
    "channels_first": "(n_samples, channels, rows, columns)",
}


def float_type(dtype: Any) -> np.dtype:
    """Name the type of results: float64 for float64, else float32."""
    wide = np.issubdtype(dtype, np.floating) and np.dtype(dtype).itemsize > 4
    return np.dtype(np.float64 if wide else np.float32)


def working_type(dtype: Any) -> np.dtype:
    """Name the type to calculate in: float64 for what float32 does not hold exactly."""
    wide = np.issubdtype(dtype, np.integer) and np.dtype(dtype).itemsize > 2
    return np.dtype(np.float64) if wide else float_type(dtype)


def channels_last(
    X: np.ndarray, data_format: str, shape: tuple[int, ...] | None, name: str
) -> np.ndarray:
    """View X as images with the axes (n_samples, rows, columns, channels).

    Parameters
    ----------
    X : ndarray of shape (n_samples, ...)
    data_format : {"channels_last", "channels_first"}
    shape : tuple of int or None
        Of one image, for X of shape (n_samples, n_features).
    name : str
        Who asks, for messages.

    Raises
    ------
    ValueError
        If X has no such axes.
    """
    if X.ndim == 2 and shape is not None:
        X = _shaped(X, shape, name)
    if 0 in X.shape[1:]:
        raise ValueError(f"The images have no pixels: X has shape {X.shape}.")
    if X.ndim == 3:
        if shape is None:
            refuse_one(X.shape)
        return X[..., None]
    if X.ndim != 4:
        raise ValueError(
            MSG_AXES.format(
                name=name,
                axes=_AXES[data_format],
                shape=X.shape,
                do=_what_to_do(X.ndim),
            )
        )
    return np.moveaxis(X, 1, -1) if data_format == "channels_first" else X


def refuse_one(shape: tuple[int, ...], name: str = "X") -> None:
    """Refuse what is one image with channels, and not grey images of a few columns.

    Parameters
    ----------
    shape : tuple of int
        Of an array of images.
    name : str, default="X"
        What the array is called.

    Raises
    ------
    ValueError
        Says how to write either.
    """
    if len(shape) == 3 and shape[2] in (1, 3, 4) and shape[1] >= _ROWS_OF_ONE:
        n, rows, columns = shape
        text = MSG_ONE.format(name=name, shape=shape, n=n, rows=rows, columns=columns)
        raise ValueError(text)


def check_image_shape(shape: Any) -> None:
    """Check how rows are to be read as images.

    Raises
    ------
    ValueError
        If it is not two or three whole numbers, one of which may be -1.
    """
    whole = all(
        isinstance(n, int | np.integer)
        and not isinstance(n, bool)
        and (n > 0 or n == -1)
        for n in shape
    )
    if not whole or len(shape) not in (2, 3) or list(shape).count(-1) > 1:
        raise ValueError(
            "image_shape must be (rows, columns), or three numbers with the channels; "
            f"one of them may be -1. Got {shape!r}."
        )


def check_axes(X: Any, seen: tuple[int, ...] | None, estimator: Any) -> None:
    """Refuse images of several shapes, and of another than in fit.

    scikit-learn looks at the second axis only.

    Parameters
    ----------
    X : array-like
    seen : tuple of int or None
        Shape of one image in fit, if there was one.
    estimator : estimator

    Raises
    ------
    ValueError
        Names the shapes.
    """
    kind = getattr(getattr(X, "dtype", None), "kind", None)
    objects = kind == "O" and len(X.shape) == 1
    if isinstance(X, list | tuple) or objects:
        shapes = {tuple(np.shape(image)) for image in X if hasattr(image, "shape")}
        if len(shapes) > 1:
            raise ValueError(
                f"All images of X must have the same shape. Got {sorted(shapes)}; "
                "ImageLoader gives them one size."
            )
        if objects and shapes:
            raise ValueError(
                "X must be one array of images. Got an array of objects, each an array "
                f"of shape {shapes.pop()}; np.stack(X) makes one of them."
            )
    if seen is None:
        return
    shape = tuple(X.shape if hasattr(X, "shape") else np.asarray(X).shape)
    if len(shape) > 2 and shape[1:] != seen:
        raise ValueError(
            f"X has shape {shape}, but {type(estimator).__name__} is expecting "
            f"{('n_samples', *seen)}, as in fit."
        )


def _what_to_do(n_axes: int) -> str:
    if n_axes == 2:
        return "For rows of pixels say how to read them: image_shape=(rows, columns)."
    return "Reshape your data; for a single image write X[None]."


def _shaped(X: np.ndarray, shape: tuple[int, ...], name: str) -> np.ndarray:
    try:
        return X.reshape(len(X), *shape)
    except ValueError as error:
        raise ValueError(
            f"X has {X.shape[1]} features, which {name} cannot read as images of the "
            f"shape image_shape={tuple(shape)}."
        ) from error


def batches(images: np.ndarray) -> Iterator[slice]:
    """Cut images into slices of rows of some megabytes each."""
    size = max(1, BATCH_BYTES // max(1, 8 * int(np.prod(images.shape[1:]))))
    for start in range(0, len(images), size):
        yield slice(start, start + size)
