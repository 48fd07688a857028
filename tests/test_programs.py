"""Traced programs: the same as Keras, shared where and only where they may be."""

import functools
import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_keras import KerasClassifier, clear_cache
from sk_keras.training import engine, epochs, prediction, programs
from sk_keras.training.engine import FitSettings
from sk_keras.training.fingerprint import CannotCompare, Fingerprint
from sk_keras.training.prediction import predict
from sk_keras.training.streams import Rows

from .conftest import dense_classifier

L = keras.layers


@keras.saving.register_keras_serializable("tests")
class Scaled(L.Layer):
    """A layer of a user's, with an attribute that its code uses."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.inner = L.Dense(4)

    def build(self, shape):
        self.inner.build(shape)
        self.shift = self.add_weight(shape=(4,), initializer="zeros")

    def call(self, x):
        return self.inner(x) * self.factor + self.shift


class OwnStep(keras.Model):
    """A model with a train_step and logs of its own."""

    def train_step(self, data):
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            out = self(x, training=True)
            loss = 2 * self.compute_loss(x, y, out, weight)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(
            zip(gradients, self.trainable_variables, strict=True)
        )
        self.compute_metrics(x, y, out, weight)
        return {"loss": loss, "nested": {"rows": tf.shape(y)[0]}}


def dense():
    return keras.Sequential([L.Input((6,)), L.Dense(5, "relu"), L.Dense(3, "softmax")])


def normalised():
    layers = [L.Dense(5), L.BatchNormalization(), L.ReLU(), L.Dropout(0.3, seed=1)]
    return keras.Sequential([L.Input((6,)), *layers, L.Dense(3, "softmax")])


def conv():
    layers = [L.Reshape((3, 2, 1)), L.Conv2D(3, 2, padding="same"), L.Flatten()]
    return keras.Sequential([L.Input((6,)), *layers, L.Dense(3, "softmax")])


def lstm():
    layers = [L.Reshape((3, 2)), L.LSTM(4)]
    return keras.Sequential([L.Input((6,)), *layers, L.Dense(3, "softmax")])


def embedding():
    layers = [L.Embedding(4, 3), L.GlobalAveragePooling1D()]
    return keras.Sequential([L.Input((6,)), *layers, L.Dense(3, "softmax")])


def several_inputs():
    a, b = L.Input((6,), name="a"), L.Input((2,), name="b")
    merged = L.Concatenate()([L.Dense(3, "tanh")(a), L.Dense(2)(b)])
    return keras.Model({"a": a, "b": b}, L.Dense(3, "softmax")(merged))


def own_layer():
    return keras.Sequential([L.Input((6,)), Scaled(0.5), L.Dense(3, "softmax")])


def own_step():
    x = L.Input((6,))
    return OwnStep(x, L.Dense(3, "softmax")(L.Dense(5, "relu")(x)))


MODELS = {
    f.__name__: f
    for f in (
        dense,
        normalised,
        conv,
        lstm,
        embedding,
        several_inputs,
        own_layer,
        own_step,
    )
}
OPTIMIZERS = {
    "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "schedule": lambda: keras.optimizers.Adam(
        keras.optimizers.schedules.ExponentialDecay(0.02, 5, 0.7)
    ),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.01),
    "clipped": lambda: keras.optimizers.AdamW(0.01, clipnorm=0.1),
}


def data(model, n_rows, seed, weighted):
    """Draw rows that fit a model."""
    rng = np.random.RandomState(seed)
    X = rng.randint(0, 4, (n_rows, 6)).astype(np.float32)
    y = X.sum(axis=1).astype(np.int32) % 3
    weight = rng.uniform(0.5, 2, n_rows).astype(np.float32) if weighted else None
    if isinstance(model.inputs, list) and len(model.inputs) > 1:
        X = {"a": X, "b": X[:, :2] - X[:, 2:4]}
    return Rows(X, y, weight)


def settings(which="auto", n_epochs=2, seed=None):
    return FitSettings(
        epochs=n_epochs,
        batch_size=8,
        validation_batch_size=8,
        verbose=0,
        engine=which,
        seed=seed,
        order=None,
        extra={},
    )


def train(which, build, optimizer, full, seed=7):
    """Build, compile and fit; return the weights, the history and the path."""
    keras.utils.set_random_seed(seed)
    model = build()
    accuracy = ["accuracy", keras.metrics.SparseCategoricalCrossentropy(name="ce")]
    model.compile(
        optimizer(),
        "sparse_categorical_crossentropy",
        metrics=accuracy if full else None,
        weighted_metrics=["accuracy"] if full else None,
    )
    train_rows = data(model, 29, 0, weighted=full)
    held_out = data(model, 11, 1, weighted=full) if full else None
    history, path = engine.fit(model, train_rows, held_out, {}, settings(which))
    return model.get_weights(), history, path


@pytest.mark.parametrize("full", [False, True], ids=["plain", "weights-metrics-val"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS.keys())
def test_the_same_as_keras_and_again_from_the_cache(
    build, optimizer, full, monkeypatch
):
    weights, history, path = train("auto", build, optimizer, full)
    assert path == "compiled"
    expected_weights, expected_history, _ = train("keras", build, optimizer, full)
    for got, expected in zip(weights, expected_weights, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)
    assert list(history) == list(expected_history)
    for name, values in expected_history.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5)

    monkeypatch.setattr(epochs, "trace", None)  # what is not kept fails
    again_weights, again_history, _ = train("auto", build, optimizer, full)
    assert again_history == history
    for got, expected in zip(again_weights, weights, strict=True):
        np.testing.assert_array_equal(got, expected)
