"""Models of many kinds, for programs to be made for."""

import keras
import numpy as np
import tensorflow as tf

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


def rows_for(model):
    """Return two rows and targets for a model of any form."""
    inputs = getattr(model, "inputs", None) or [np.empty((2, 6))]
    arrays = [np.ones((2, *x.shape[1:]), "float32") for x in inputs]
    x = arrays if len(arrays) > 1 else arrays[0]
    if isinstance(getattr(model, "input", None), dict):
        x = dict(zip(model.input, arrays, strict=True))
    out = model(x)
    return x, np.ones(out.shape, "float32")
