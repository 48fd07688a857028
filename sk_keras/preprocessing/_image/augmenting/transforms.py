"""Random transforms of batches of images, in TensorFlow's graph.

What is drawn for each image is one thing, applying it is another: masks are moved
as their images are. Rotation, shifts, shear, zoom and flips are one affine map, and
cost one interpolation; channel shift and brightness follow. That is the order of
``ImageDataGenerator``, to which it makes no difference that it flips after the shift.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from sk_keras.preprocessing._image.augmenting.ranges import DRAWN, Range

#: Pixels by which a position may miss the image, and still count as inside: what
#: rounding makes of the edge.
_ROUNDING = 1e-4

#: What moves pixels, and masks with them; and what leaves them where they are.
MOVING = {
    "rotation": 0.0,
    "shift_rows": 0.0,
    "shift_columns": 0.0,
    "shear": 0.0,
    "zoom_rows": 1.0,
    "zoom_columns": 1.0,
    "flip_horizontal": 0.0,
    "flip_vertical": 0.0,
}


def draw(
    ranges: Mapping[str, Range], values: Mapping[str, Any], n: Any, seed: tf.Tensor
) -> dict[str, tf.Tensor]:
    """Draw for each of n images.

    Parameters
    ----------
    ranges : dict of str to Range
        Says what is drawn, and how.
    values : dict of str to tensor
        Takes the place of the values in ``ranges``, so that a graph serves others.
    n : int or tensor
    seed : tensor of two integers
        Equal seeds draw the same.

    Returns
    -------
    drawn : dict of str to tensor of shape (n,)
    """
    # All are drawn, whichever are used: what one range is does not change the others.
    uniform = tf.random.stateless_uniform((len(DRAWN), n), seed)
    rows = {name: uniform[DRAWN.index(name)] for name in ranges}
    return {name: _drawn(ranges[name].kind, values[name], rows[name]) for name in rows}


def _drawn(kind: str, values: Any, uniform: tf.Tensor) -> tf.Tensor:
    if kind == "coin":
        return uniform < 0.5
    if kind == "interval":
        return values[0] + uniform * (values[1] - values[0])
    size = tf.cast(tf.shape(values)[0], tf.float32)
    return tf.gather(values, tf.cast(tf.floor(uniform * size), tf.int32))


def transform(
    images: tf.Tensor,
    drawn: Mapping[str, tf.Tensor],
    cval: Any,
    *,
    fill_mode: str,
    data_format: str,
    interpolation: str = "bilinear",
) -> tf.Tensor:
    """Apply what was drawn to images.

    Parameters
    ----------
    images : tensor of shape (n, height, width), (n, height, width, channels) or \
(n, channels, height, width)
    drawn : dict of str to tensor of shape (n,)
        Angles in degrees, shifts in pixels.
    cval : float
        What is beyond the edges, if the mode is "constant".
    fill_mode : {"constant", "nearest", "reflect", "wrap"}
    data_format : {"channels_last", "channels_first"}
        Where images have channels.
    interpolation : {"bilinear", "nearest"}

    Returns
    -------
    tensor of the same shape
        Of float32; with "nearest" of a type that holds all numbers as they were.
    """
    whole_numbers = images.dtype.is_integer
    wide = interpolation == "nearest" and images.dtype != tf.float32
    x = tf.cast(images, tf.float64 if wide else tf.float32)
    first = data_format == "channels_first"
    grey = x.shape.rank == 3
    if grey:
        x = x[..., None]
    elif first:
        x = tf.transpose(x, (0, 2, 3, 1))
    if any(name in drawn for name in MOVING):
        x = _warped(x, _matrix(x, drawn), fill_mode, cval, interpolation)
    if "channel_shift" in drawn:
        low, high = _extremes(x)
        shifted = x + drawn["channel_shift"][:, None, None, None]
        x = tf.clip_by_value(shifted, low, high)
    if "brightness" in drawn:
        x = _brightened(x, drawn["brightness"][:, None, None, None], whole_numbers)
    if grey:
        return x[..., 0]
    return tf.transpose(x, (0, 3, 1, 2)) if first else x


def _extremes(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the least and the greatest value of each image."""
    axes = (1, 2, 3)
    return tf.reduce_min(x, axes, keepdims=True), tf.reduce_max(x, axes, keepdims=True)


def _brightened(x: tf.Tensor, factor: tf.Tensor, whole_numbers: bool) -> tf.Tensor:
    """Multiply by a factor, from black up to white.

    White is 255, or 1 for images that have nothing above it. Images with values
    below 0 or above 255 have been standardised: there, black and white are their own.
    """
    low, high = _extremes(x)
    own = (low < 0) | (high > 255)
    white = tf.where(high > 1 + _ROUNDING, 255.0, 1.0)
    if whole_numbers:
        white = tf.fill(tf.shape(high), 255.0)
    black, white = tf.where(own, low, 0.0), tf.where(own, high, white)
    return tf.clip_by_value(black + (x - black) * factor, black, white)


def _matrix(x: tf.Tensor, drawn: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """Return the map from a pixel's place to the place that it is taken from.

    It is that of ``apply_affine_transform``, from right to left: zoom, shear, shift
    and rotation about the middle of the image; before them, a flip.

    Returns
    -------
    tensor of float32 of shape (n, 6)
        Column: the first three, times column, row and 1; row: the others.
    """
    n = tf.shape(x)[0]
    # In double precision, so that a quarter of a turn hits pixels.
    p = {
        name: tf.cast(drawn.get(name, tf.fill((n,), usual)), tf.float64)
        for name, usual in MOVING.items()
    }
    turn = p["rotation"] * (np.pi / 180)
    lean = turn + p["shear"] * (np.pi / 180)
    columns = p["zoom_columns"] * (1 - 2 * p["flip_horizontal"])
    rows = p["zoom_rows"] * (1 - 2 * p["flip_vertical"])
    a, b = columns * tf.cos(turn), -rows * tf.sin(lean)
    c, d = columns * tf.sin(turn), rows * tf.cos(lean)
    size = tf.cast(tf.shape(x)[1:3], tf.float64)
    middle_row, middle_column = (size[0] - 1) / 2, (size[1] - 1) / 2
    to_left, up = p["shift_columns"], p["shift_rows"]
    column = tf.cos(turn) * to_left - tf.sin(turn) * up
    row = tf.sin(turn) * to_left + tf.cos(turn) * up
    column += middle_column - a * middle_column - b * middle_row
    row += middle_row - c * middle_column - d * middle_row
    return tf.cast(tf.stack([a, b, column, c, d, row], axis=1), tf.float32)


def _warped(
    x: tf.Tensor, matrix: tf.Tensor, fill_mode: str, cval: Any, interpolation: str
) -> tf.Tensor:
    if fill_mode == "wrap":  # TensorFlow's repeats the edge, which is another image
        return _wrapped(x, matrix, interpolation)
    out = tf.raw_ops.ImageProjectiveTransformV3(
        images=x,
        transforms=tf.pad(matrix, ((0, 0), (0, 2))),
        output_shape=tf.shape(x)[1:3],
        fill_value=0.0,
        interpolation=interpolation.upper(),
        fill_mode="REFLECT" if fill_mode == "reflect" else "NEAREST",
    )
    out = tf.ensure_shape(out, x.shape)
    if fill_mode != "constant":
        return out
    # Nothing is mixed of the edge and what is beyond it.
    (_, inside_rows), (_, inside_columns) = _places(x, matrix)
    beyond = tf.cast(cval, out.dtype)
    return tf.where((inside_rows & inside_columns)[..., None], out, beyond)


def _places(
    x: tf.Tensor, matrix: tf.Tensor
) -> tuple[tuple[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """Return the row and the column that pixels are taken from, and which are inside.

    Each is of shape (n, height, width).
    """
    size = tf.shape(x)[1:3]
    m = matrix[:, :, None, None]
    rows = tf.range(tf.cast(size[0], tf.float32))[:, None]
    columns = tf.range(tf.cast(size[1], tf.float32))

    def one(a: tf.Tensor, b: tf.Tensor, c: tf.Tensor, size: Any) -> Any:
        place = a * columns + b * rows + c
        end = tf.cast(size - 1, tf.float32)
        return place, (place >= -_ROUNDING) & (place <= end + _ROUNDING)

    from_row = one(m[:, 3], m[:, 4], m[:, 5], size[0])
    return from_row, one(m[:, 0], m[:, 1], m[:, 2], size[1])


def _wrapped(x: tf.Tensor, matrix: tf.Tensor, interpolation: str) -> tf.Tensor:
    """Take pixels from images that repeat, the last row and column on the first."""
    size = tf.shape(x)[1:3]
    parts = []
    for (place, inside), n in zip(_places(x, matrix), tf.unstack(size), strict=True):
        end = tf.cast(n - 1, tf.float32)
        again = tf.math.floormod(place, tf.maximum(end, 1.0))
        place = tf.clip_by_value(tf.where(inside, place, again), 0.0, end)
        if interpolation == "nearest":
            place = tf.floor(place + 0.5)
        before = tf.floor(place)
        at = tf.cast(before, tf.int32)
        share = tf.cast((place - before)[..., None], x.dtype)
        parts.append((at, tf.minimum(at + 1, n - 1), share))
    (top, bottom, down), (left, right, across) = parts
    flat = tf.reshape(x, (-1, tf.shape(x)[3]))
    image = (tf.range(tf.shape(x)[0]) * size[0])[:, None, None]

    def take(row: tf.Tensor, column: tf.Tensor) -> tf.Tensor:
        return tf.gather(flat, (image + row) * size[1] + column)

    upper = take(top, left) * (1 - across) + take(top, right) * across
    lower = take(bottom, left) * (1 - across) + take(bottom, right) * across
    return tf.ensure_shape(upper * (1 - down) + lower * down, x.shape)
