"""Ready builders for images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sk_keras._shared.arrays.channels import warn_of_channels
from sk_keras._shared.set_module import set_module
from sk_keras.models._arguments import of_one_shape, positive_integers
from sk_keras.models._heads import model_of


@set_module("sk_keras.models")
def cnn(
    input_shape: tuple[int, ...],
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    filters: int | Sequence[int] = (32, 64),
    kernel_size: int = 3,
    hidden: int = 128,
    dropout: float = 0.25,
    batch_norm: bool = False,
) -> Any:
    """Build a convolutional network.

    Each convolution is followed by a pooling that halves the image, as long as
    it is larger than two pixels.

    Parameters
    ----------
    input_shape : tuple (height, width) or (height, width, channels)
        Images without a channel axis are grey.
    target_type, n_outputs, n_classes
        Facts about the target, filled in by the estimators.
    filters : int or sequence of int, default=(32, 64)
        Filters of each convolution.
    kernel_size : int, default=3
        Height and width of the kernels, in pixels.
    hidden : int, default=128
        Units of the dense layer behind the convolutions; 0 for none.
    dropout : float, default=0.25
        Share of units dropped before the output, in training.
    batch_norm : bool, default=False
        Whether convolutions are followed by `keras.layers.BatchNormalization`.

    Returns
    -------
    keras.Model
        Not compiled.

    Raises
    ------
    ValueError
        If a sample is no image, images differ in height, or a number of filters is
        none.

    Examples
    --------
    >>> from sk_keras.models import cnn
    >>> cnn((8, 8), "multiclass", 1, 10, filters=(4,)).output_shape
    (None, 10)
    """
    import keras

    if len(input_shape) not in (2, 3):
        raise ValueError(
            "cnn needs images, X of shape (n_samples, height, width) or (n_samples, "
            f"height, width, channels). Got samples of shape {tuple(input_shape)}; "
            "reshape X first."
        )
    of_one_shape(input_shape, "cnn", "Bring them to one size first.")
    warn_of_channels(input_shape, "channels_last")
    inputs = keras.Input(input_shape)
    x = inputs
    if len(input_shape) == 2:
        x = keras.layers.Reshape((*input_shape, 1))(x)
    for n_filters in positive_integers(filters, "cnn", "filters", at_least=0):
        x = keras.layers.Conv2D(n_filters, kernel_size, padding="same")(x)
        if batch_norm:
            x = keras.layers.BatchNormalization()(x)
        x = keras.layers.Activation("relu")(x)
        if min(x.shape[1:3]) > 2:
            x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Flatten()(x)
    target = (target_type, n_outputs, n_classes)
    return model_of(inputs, x, target, hidden, dropout)
