"""The networks, for the three contenders that are built on Keras."""

from __future__ import annotations

from collections.abc import Sequence

import keras

layers = keras.layers


def perceptron(
    n_features: int, hidden: int | Sequence[int], activation: str | Sequence[str]
) -> keras.Model:
    """Build a binary classifier with a hidden layer for each width."""
    widths = [hidden] if isinstance(hidden, int) else list(hidden)
    functions = (
        [activation] * len(widths) if isinstance(activation, str) else activation
    )
    return keras.Sequential(
        [
            layers.Input((n_features,)),
            *map(layers.Dense, widths, functions),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def mlp() -> keras.Model:
    """Build a perceptron 512-512 for digits."""
    return keras.Sequential(
        [
            layers.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def cnn() -> keras.Model:
    """Build a convolutional network of two blocks for digits."""
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def pictures(size: int) -> keras.Model:
    """Build a convolutional network of three blocks for coloured images."""
    blocks = [
        part
        for filters in (16, 32, 32)
        for part in (
            layers.Conv2D(filters, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
        )
    ]
    return keras.Sequential(
        [
            layers.Input((size, size, 3)),
            *blocks,
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def lstm() -> keras.Model:
    """Build a recurrent network that reads the rows of a digit."""
    return keras.Sequential(
        [
            layers.Input((28, 28)),
            layers.LSTM(64),
            layers.Dense(10, activation="softmax"),
        ]
    )


IMAGE_NETWORKS = {"mlp": mlp, "cnn": cnn, "lstm": lstm}
