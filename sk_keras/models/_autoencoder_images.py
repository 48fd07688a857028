"""A ready autoencoder for images."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from sk_keras.models._arguments import positive_integers
from sk_keras.models._autoencoder_parts import coded, last_activation, width_of


def conv(
    input_shape: tuple[int, ...],
    encoding_dim: int | None,
    data_range: tuple[float, float],
    filters: int | Sequence[int] = (16, 8, 8),
    kernel_size: int = 3,
    code_activation: str = "linear",
    output_activation: str | None = None,
) -> tuple[Any, Any]:
    """Build an autoencoder of convolutions, for images of any size.

    Each convolution is followed by a pooling that halves the image, as long as it is
    larger than two pixels. The decoder doubles it as often; where a size was odd, it
    cuts the last row or column off.

    Parameters
    ----------
    input_shape : tuple (height, width) or (height, width, channels)
        Images without a channel axis are grey.
    encoding_dim : int or None
        Number of codes, from a dense layer. None is the last, small image as it is:
        all of its pixels and filters are codes, (4, 4, 8) of an image of 28 by 28.
    data_range : tuple of float
        The least and the greatest value of the data.
    filters : int or sequence of int, default=(16, 8, 8)
        Filters of each convolution.
    kernel_size : int, default=3
        Height and width of the kernels, in pixels.
    code_activation : str or callable, default="linear"
        Of the layer that gives the codes.
    output_activation : str or callable, default=None
        None is a sigmoid for data between 0 and 1, and linear otherwise.

    Returns
    -------
    encoder, decoder : keras.Model

    Raises
    ------
    ValueError
        If a sample is no image, or there are no filters.

    Examples
    --------
    >>> from sk_keras.models.autoencoders import conv
    >>> encoder, decoder = conv((28, 28), None, (0.0, 1.0))
    >>> encoder.output_shape, decoder.output_shape
    ((None, 4, 4, 8), (None, 28, 28))
    >>> encoder, decoder = conv((15, 9, 3), 6, (0.0, 1.0), filters=(4, 2))
    >>> encoder.output_shape, decoder.output_shape
    ((None, 6), (None, 15, 9, 3))
    """
    if len(input_shape) not in (2, 3):
        raise ValueError(
            "conv needs images, X of shape (n_samples, height, width) or (n_samples, "
            f"height, width, channels). Got samples of shape {tuple(input_shape)}; "
            "reshape X first."
        )
    filters = positive_integers(filters, "conv", "filters")
    if encoding_dim is not None:
        encoding_dim = width_of("conv", encoding_dim)
    shapes = _shapes(input_shape, filters)
    encoder = _encoder(
        input_shape, shapes, filters, kernel_size, encoding_dim, code_activation
    )
    last = last_activation(output_activation, data_range)
    decoder = _decoder(input_shape, shapes, filters, kernel_size, encoding_dim, last)
    return encoder, decoder


def _shapes(
    input_shape: tuple[int, ...], filters: Sequence[int]
) -> list[tuple[int, int]]:
    """Return height and width before the first convolution, and after each."""
    shapes = [(input_shape[0], input_shape[1])]
    for _ in filters:
        height, width = shapes[-1]
        pooled = min(height, width) > 2
        half = (-(-height // 2), -(-width // 2))
        shapes.append(half if pooled else (height, width))
    return shapes


def _encoder(
    input_shape: tuple[int, ...],
    shapes: list[tuple[int, int]],
    filters: Sequence[int],
    kernel_size: int,
    encoding_dim: int | None,
    code_activation: Any,
) -> Any:
    import keras

    x = inputs = keras.Input(input_shape)
    if len(input_shape) == 2:
        x = keras.layers.Reshape((*input_shape, 1))(x)
    steps = list(zip(filters, shapes, shapes[1:], strict=False))
    for i, (n_filters, before, after) in enumerate(steps):
        codes = encoding_dim is None and i == len(steps) - 1
        activation = code_activation if codes else "relu"
        x = keras.layers.Conv2D(
            n_filters, kernel_size, padding="same", activation=activation
        )(x)
        if after != before:
            x = keras.layers.MaxPooling2D(padding="same")(x)
    if encoding_dim is not None:
        x = coded(keras.layers.Flatten()(x), encoding_dim, code_activation)
    return keras.Model(inputs, x, name="encoder")


def _decoder(
    input_shape: tuple[int, ...],
    shapes: list[tuple[int, int]],
    filters: Sequence[int],
    kernel_size: int,
    encoding_dim: int | None,
    last: Any,
) -> Any:
    import keras

    small = (*shapes[-1], filters[-1])
    x = codes = keras.Input(small if encoding_dim is None else (encoding_dim,))
    if encoding_dim is not None:
        x = keras.layers.Dense(prod(small), activation="relu")(x)
        x = keras.layers.Reshape(small)(x)
    steps = list(zip(filters, shapes, shapes[1:], strict=False))
    for n_filters, before, after in reversed(steps):
        x = keras.layers.Conv2D(
            n_filters, kernel_size, padding="same", activation="relu"
        )(x)
        if after != before:
            x = keras.layers.UpSampling2D()(x)
            extra = [2 * a - b for a, b in zip(after, before, strict=True)]
            if any(extra):
                x = keras.layers.Cropping2D([(0, n) for n in extra])(x)
    channels = input_shape[2] if len(input_shape) == 3 else 1
    x = keras.layers.Conv2D(channels, kernel_size, padding="same", activation=last)(x)
    if len(input_shape) == 2:
        x = keras.layers.Reshape(input_shape)(x)
    return keras.Model(codes, x, name="decoder")
