"""Ready autoencoders: functions that return an encoder and a decoder.

``KerasAutoencoder("deep", hidden_layer_sizes=(256, 64))`` names one. The first
three arguments are filled in by the estimator: the shape of a sample, the number of
codes, and the range of the data, which decides on the last activation.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from sk_keras.models._autoencoder_images import conv
from sk_keras.models._autoencoder_parts import (
    check_factor,
    coded,
    decoder_of,
    encoder_of,
    last_activation,
    sizes_of,
    width_of,
)

__all__ = ["conv", "deep", "dense", "sequence", "sparse", "variational"]


def dense(
    input_shape: tuple[int, ...],
    encoding_dim: int,
    data_range: tuple[float, float],
    hidden_layer_sizes: int | Sequence[int] = (),
    activation: str = "relu",
    code_activation: str = "linear",
    output_activation: str | None = None,
) -> tuple[Any, Any]:
    """Build an autoencoder of dense layers.

    Parameters
    ----------
    input_shape : tuple of int
        Shape of a sample; more than one axis is flattened.
    encoding_dim : int
        Number of codes.
    data_range : tuple of float
        The least and the greatest value of the data.
    hidden_layer_sizes : int or sequence of int, default=()
        Units of each layer between the input and the codes; those of the decoder
        come in reverse order.
    activation : str or callable, default="relu"
        Of these layers.
    code_activation : str or callable, default="linear"
        Of the codes. With "relu" they are not negative, and some may stay 0 for
        every sample.
    output_activation : str or callable, default=None
        None is a sigmoid for data between 0 and 1, and linear otherwise.

    Returns
    -------
    encoder, decoder : keras.Model

    Examples
    --------
    >>> from sk_keras.models.autoencoders import dense
    >>> encoder, decoder = dense((8, 8), 3, (0.0, 1.0))
    >>> encoder.output_shape, decoder.output_shape
    ((None, 3), (None, 8, 8))
    """
    width = width_of("dense", encoding_dim)

    def code(x: Any) -> Any:
        return coded(x, width, code_activation)

    last = last_activation(output_activation, data_range)
    sizes = sizes_of(hidden_layer_sizes)
    return (
        encoder_of(input_shape, sizes, activation, code),
        decoder_of(input_shape, width, sizes, activation, last),
    )


def deep(
    input_shape: tuple[int, ...],
    encoding_dim: int,
    data_range: tuple[float, float],
    hidden_layer_sizes: int | Sequence[int] = (128, 64),
    activation: str = "relu",
    code_activation: str = "linear",
    output_activation: str | None = None,
) -> tuple[Any, Any]:
    """Build an autoencoder of several dense layers on both sides of the codes.

    Parameters and result are those of `dense`.

    Examples
    --------
    >>> from sk_keras.models.autoencoders import deep
    >>> encoder, decoder = deep((64,), 32, (0.0, 1.0))
    >>> [layer.units for layer in encoder.layers[1:]]
    [128, 64, 32]
    """
    width = width_of("deep", encoding_dim)
    sizes = sizes_of(hidden_layer_sizes)
    activations = (activation, code_activation, output_activation)
    return dense(input_shape, width, data_range, sizes, *activations)


def sparse(
    input_shape: tuple[int, ...],
    encoding_dim: int,
    data_range: tuple[float, float],
    l1: float = 1e-4,
    hidden_layer_sizes: int | Sequence[int] = (),
    activation: str = "relu",
    code_activation: str = "relu",
    output_activation: str | None = None,
) -> tuple[Any, Any]:
    """Build an autoencoder with few codes that are not 0.

    Parameters
    ----------
    input_shape, encoding_dim, data_range
        As in `dense`.
    l1 : float, default=1e-4
        What the absolute values of the codes add to the loss: their sum over a
        sample, the mean over the batch, times this. Not negative.
    hidden_layer_sizes, activation, output_activation
        As in `dense`.
    code_activation : str or callable, default="relu"
        Of the codes.

    Returns
    -------
    encoder, decoder : keras.Model

    Raises
    ------
    ValueError
        If ``l1`` is negative.

    Examples
    --------
    >>> from sk_keras.models.autoencoders import sparse
    >>> encoder, decoder = sparse((64,), 32, (0.0, 1.0), l1=1e-3)
    >>> encoder.layers[-1].l1
    0.001
    """
    from sk_keras.models.layers import SparsityPenalty

    check_factor("l1", l1)
    width = width_of("sparse", encoding_dim)

    def code(x: Any) -> Any:
        return SparsityPenalty(l1)(coded(x, width, code_activation))

    last = last_activation(output_activation, data_range)
    sizes = sizes_of(hidden_layer_sizes)
    return (
        encoder_of(input_shape, sizes, activation, code),
        decoder_of(input_shape, width, sizes, activation, last),
    )


def variational(
    input_shape: tuple[int, ...],
    encoding_dim: int,
    data_range: tuple[float, float],
    kl_weight: float = 1.0,
    hidden_layer_sizes: int | Sequence[int] = (256, 128),
    activation: str = "relu",
    output_activation: str | None = None,
) -> tuple[Any, Any]:
    """Build a variational autoencoder of dense layers.

    The encoder learns a normal distribution for each sample, and codes are its
    means; in training they are drawn from it. The loss is that of the
    reconstruction, plus the divergence of these distributions from standard normal
    ones, so that the decoder makes new samples of normal numbers.

    Parameters
    ----------
    input_shape, encoding_dim, data_range, activation, output_activation
        As in `dense`.
    kl_weight : float, default=1.0
        Weight of the divergence beside the loss summed over the features, both
        divided by their number. With the binary cross-entropy, 1 is the variational
        lower bound; with the mean squared error it is that of normal data of
        variance 1/2. Less than 1 gives better reconstructions, more than 1 smoother
        samples. Not negative.
    hidden_layer_sizes : int or sequence of int, default=(256, 128)
        As in `dense`.

    Returns
    -------
    encoder, decoder : keras.Model

    Raises
    ------
    ValueError
        If ``kl_weight`` is negative.

    References
    ----------
    D. P. Kingma and M. Welling, "Auto-Encoding Variational Bayes", 2013.

    Examples
    --------
    >>> from sk_keras.models.autoencoders import variational
    >>> encoder, decoder = variational((64,), 2, (0.0, 1.0))
    >>> encoder.output_shape, decoder.output_shape
    ((None, 2), (None, 64))
    """
    import keras

    from sk_keras.models.layers import Sampling

    check_factor("kl_weight", kl_weight)
    width = width_of("variational", encoding_dim)
    n_features = prod(input_shape)

    def code(x: Any) -> Any:
        mean = keras.layers.Dense(width, name="mean")(x)
        log_variance = keras.layers.Dense(
            width, name="log_variance", kernel_initializer="zeros"
        )(x)
        # Losses of Keras are means over the features, and not sums.
        return Sampling(kl_weight / n_features, name="code")([mean, log_variance])

    last = last_activation(output_activation, data_range)
    sizes = sizes_of(hidden_layer_sizes)
    return (
        encoder_of(input_shape, sizes, activation, code),
        decoder_of(input_shape, width, sizes, activation, last),
    )


def sequence(
    input_shape: tuple[int, ...],
    encoding_dim: int,
    data_range: tuple[float, float],
    units: int = 64,
    output_activation: str | None = None,
) -> tuple[Any, Any]:
    """Build an autoencoder of sequences of one length, out of LSTM layers.

    The codes are the state that a sequence leaves behind; the decoder sees them at
    every step.

    Parameters
    ----------
    input_shape : tuple (n_steps, n_features)
    encoding_dim : int
        Number of codes, units of the encoder's layer.
    data_range : tuple of float
        The least and the greatest value of the data.
    units : int, default=64
        Units of the decoder's layer.
    output_activation : str or callable, default=None
        None is a sigmoid for data between 0 and 1, and linear otherwise.

    Returns
    -------
    encoder, decoder : keras.Model

    Raises
    ------
    ValueError
        If a sample is no sequence of vectors.

    Examples
    --------
    >>> from sk_keras.models.autoencoders import sequence
    >>> encoder, decoder = sequence((10, 3), 4, (-1.0, 1.0))
    >>> encoder.output_shape, decoder.output_shape
    ((None, 4), (None, 10, 3))
    """
    import keras

    if len(input_shape) != 2 or None in input_shape:
        raise ValueError(
            "sequence needs sequences of vectors, all of one length: X of shape "
            "(n_samples, n_steps, n_features). Got samples of shape "
            f"{tuple(input_shape)}; reshape X first."
        )
    width = width_of("sequence", encoding_dim)
    n_steps, n_features = input_shape
    last = last_activation(output_activation, data_range)
    encoder = keras.Sequential(
        [keras.Input(input_shape), keras.layers.LSTM(width)], name="encoder"
    )
    decoder = keras.Sequential(
        [
            keras.Input((width,)),
            keras.layers.RepeatVector(n_steps),
            keras.layers.LSTM(units, return_sequences=True),
            keras.layers.Dense(n_features, activation=last),
        ],
        name="decoder",
    )
    return encoder, decoder
