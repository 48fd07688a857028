"""Predictions are what the model puts out, whatever its symbols say."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_keras._training.prediction import predict
from sk_keras._training.programs.keys import forward_key

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
    keras.utils.set_random_seed(0)  # sums near 0 may lose more digits than are compared
    X = np.random.RandomState(0).randn(7, 4).astype("float32")
    model = make()
    out, expected = predict(model, X, 3, {}), model.predict(X, verbose=0)
    keras.tree.assert_same_structure(out, expected)
    pairs = zip(keras.tree.flatten(out), keras.tree.flatten(expected), strict=True)
    for got, value in pairs:
        assert got.dtype == value.dtype
        np.testing.assert_allclose(got, value, rtol=1e-5)


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("widths", [(1,), (7, 33), (96, 100)])
@pytest.mark.parametrize("inputs", [(5,), (4, 3)], ids=["rows", "steps"])
def test_small_networks_take_many_rows_as_they_take_few(inputs, widths, activation):
    keras.utils.set_random_seed(0)
    hidden = [L.Dense(width, activation) for width in widths]
    model = keras.Sequential([L.Input(inputs), *hidden, L.Flatten(), L.Dense(3)])
    X = np.random.RandomState(0).randn(1_001, *inputs).astype("float32")
    whole = predict(model, X, 32, {})
    for size in (1, 32, 50, 333):
        starts = range(0, len(X), size) if size > 1 else (0, 500, 1_000)
        for start in starts:
            part = predict(model, X[start : start + size], size, {})
            np.testing.assert_array_equal(part, whole[start : start + size])


ops = keras.ops

#: Functions of a user's, and whether they take each row by itself.
FUNCTIONS = {
    "scaled": (lambda x: 1.3 * ops.tanh(x), True),
    "less the row's mean": (lambda x: x - ops.mean(x, axis=1, keepdims=True), True),
    "softmax": (lambda x: ops.softmax(x, axis=-1), True),
    "less the mean": (lambda x: x - ops.mean(x, axis=0), False),
    "less the mean of all": (lambda x: x - ops.mean(x), False),
    "by the largest": (lambda x: x / ops.max(ops.abs(x)), False),
    "softmax of columns": (lambda x: ops.softmax(x, axis=0), False),
    "less the first": (lambda x: x - x[:1], False),
    "rolled": (lambda x: ops.roll(x, 1, axis=0), False),
    "flipped": (lambda x: ops.flip(x, axis=0), False),
    "summed up": (lambda x: ops.cumsum(x, axis=0), False),
    "by its products": (lambda x: ops.matmul(x @ ops.transpose(x), x), False),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_that_take_each_row_by_itself_are_known(name):
    function, by_row = FUNCTIONS[name]
    model = keras.Sequential([L.Input((3,)), L.Dense(3, function), L.Dense(2)])
    X = np.random.RandomState(0).randn(20, 3).astype("float32")
    assert forward_key(model, X[:1])[0] == ("by row" if by_row else "traced")
    expected = model.predict(X, batch_size=6, verbose=0)
    np.testing.assert_allclose(predict(model, X, 6, {}), expected, rtol=1e-5, atol=1e-6)


def less_the_mean(x):
    return x - ops.mean(x, axis=0, keepdims=True)


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [L.Dense(2, less_the_mean)],
        lambda: [L.Dense(2), L.Activation(less_the_mean)],
        lambda: [L.Dense(2), L.Lambda(less_the_mean, output_shape=(2,))],
        lambda: [L.UnitNormalization(axis=0), L.Dense(2)],
        # Functions of Keras' own, which a model may have and be plain.
        lambda: [L.Dense(2, ops.flip)],
        lambda: [keras.Sequential([L.Input((4,)), L.Activation(ops.flip)])],
        lambda: [L.Lambda(ops.flip, output_shape=(4,)), L.Dense(2)],
    ],
)
def test_batches_stay_as_they_are_where_rows_depend_on_each_other(layers):
    model = keras.Sequential([L.Input((4,)), *layers()])
    X = np.random.RandomState(0).randn(64, 4).astype("float32")
    parts = [predict(model, X[start : start + 8], 8, {}) for start in range(0, 64, 8)]
    out = predict(model, X, 8, {})
    np.testing.assert_array_equal(out, np.concatenate(parts))
    expected = model.predict(X, batch_size=8, verbose=0)
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)
