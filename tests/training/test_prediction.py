"""Predictions are what the model puts out, whatever its symbols say."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_keras._training.prediction import predict

L = keras.layers


class Casting(L.Layer):
    """Says that it puts out what comes in, and puts out another type."""

    def call(self, x):
        return tf.cast(x, tf.float64)

    def compute_output_shape(self, shape):
        return shape


def of_half_precision():
    dense = L.Dense(2)
    model = keras.Sequential([L.Input((4,)), dense])
    dense.dtype_policy = keras.DTypePolicy("mixed_float16")
    return model


def in_a_dict():
    x = L.Input((4,))
    outputs = {"b": L.Dense(2)(x), "a": [L.Dense(1)(x), x]}
    return keras.Model(x, outputs)


MODELS = {
    "plain": lambda: keras.Sequential([L.Input((4,)), L.Dense(2)]),
    "own layer": lambda: keras.Sequential([L.Input((4,)), L.Dense(2), Casting()]),
    "lambda": lambda: keras.Sequential(
        [
            L.Input((4,)),
            L.Lambda(lambda x: tf.cast(x, tf.float64), output_shape=(4,)),
        ]
    ),
    "fewer columns": lambda: keras.Sequential(
        [L.Input((4,)), L.Lambda(lambda x: x[:, :2], output_shape=(4,))]
    ),
    "half precision": of_half_precision,
    "structure": in_a_dict,
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_outputs_are_those_of_keras(make):
    X = np.random.RandomState(0).randn(7, 4).astype("float32")
    model = make()
    out, expected = predict(model, X, 3, {}), model.predict(X, verbose=0)
    keras.tree.assert_same_structure(out, expected)
    pairs = zip(keras.tree.flatten(out), keras.tree.flatten(expected), strict=True)
    for got, value in pairs:
        assert got.dtype == value.dtype
        np.testing.assert_allclose(got, value, rtol=1e-5)
