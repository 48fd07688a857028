"""Encoders and decoders of dense layers, shared by the ready autoencoders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from numbers import Real
from typing import Any

from sk_keras._shared.arrays.ranges import in_unit_range
from sk_keras.models._arguments import positive_integers


def last_activation(given: Any, data_range: tuple[float, float]) -> Any:
    """Choose the decoder's last activation: what gives values like the data's."""
    if given is not None:
        return given
    return "sigmoid" if in_unit_range(data_range) else "linear"


def width_of(builder: str, encoding_dim: int | None) -> int:
    """Return the number of codes; refuse to have none given."""
    if encoding_dim is None:
        raise ValueError(
            f"{builder} needs encoding_dim, the number of codes. Got None, which is "
            "for conv alone."
        )
    (width,) = positive_integers([encoding_dim], builder, "encoding_dim")
    return width


def check_factor(name: str, value: Any) -> None:
    """Refuse a penalty that would reward what it is to keep small."""
    if not isinstance(value, Real) or not float(value) >= 0:
        raise ValueError(f"{name} must be a number, 0 or greater. Got {value!r}.")


def sizes_of(hidden_layer_sizes: Any) -> list[int]:
    """Return the units of each hidden layer; one number is one layer."""
    name = "hidden_layer_sizes"
    return positive_integers(hidden_layer_sizes, "An autoencoder", name, at_least=0)


def coded(x: Any, width: int, activation: Any) -> Any:
    """Put a dense layer of codes on top."""
    import keras

    return keras.layers.Dense(width, activation=activation, name="code")(x)


def encoder_of(
    input_shape: tuple[int, ...],
    sizes: Sequence[int],
    activation: Any,
    code: Callable[[Any], Any],
) -> Any:
    """Build an encoder: dense layers of these sizes, and codes on top of them."""
    import keras

    x = inputs = keras.Input(input_shape)
    if len(input_shape) > 1:
        x = keras.layers.Flatten()(x)
    for units in sizes:
        x = keras.layers.Dense(units, activation=activation)(x)
    return keras.Model(inputs, code(x), name="encoder")


def decoder_of(
    input_shape: tuple[int, ...],
    width: int,
    sizes: Sequence[int],
    activation: Any,
    last: Any,
) -> Any:
    """Build a decoder: dense layers of these sizes in reverse, and samples on top."""
    import keras

    x = codes = keras.Input((width,))
    for units in reversed(sizes):
        x = keras.layers.Dense(units, activation=activation)(x)
    x = keras.layers.Dense(prod(input_shape), activation=last)(x)
    if len(input_shape) > 1:
        x = keras.layers.Reshape(input_shape)(x)
    return keras.Model(codes, x, name="decoder")
