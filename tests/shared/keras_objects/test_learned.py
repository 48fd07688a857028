"""What layers were adapted to, in copies of models and in pickles."""

import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._shared.keras_objects.learned import give_words, words_of
from sk_keras._shared.keras_objects.packing import copy_model, pack, unpack
from tests.errors import refused

L = keras.layers
TEXTS = tf.constant([["good film"], ["bad film"], ["good good"], ["awful"]])
NUMBERS = np.array([[1.0], [2.0], [5.0], [9.0]], "float32")
COUNTS = NUMBERS.astype("int64")

ADAPTED = {
    "Normalization": (lambda: L.Normalization(), NUMBERS),
    "Discretization": (lambda: L.Discretization(num_bins=2), NUMBERS),
    "IntegerLookup": (lambda: L.IntegerLookup(), COUNTS),
    "StringLookup": (lambda: L.StringLookup(), TEXTS),
    "StringLookup tf-idf": (lambda: L.StringLookup(output_mode="tf_idf"), TEXTS),
    "TextVectorization": (lambda: L.TextVectorization(), TEXTS),
    "TextVectorization tf-idf": (
        lambda: L.TextVectorization(output_mode="tf_idf", max_tokens=9),
        TEXTS,
    ),
    "several unknown words": (
        lambda: L.StringLookup(num_oov_indices=3),
        TEXTS,
    ),
    "given words": (lambda: L.StringLookup(vocabulary=["good film"]), None),
}


def model_of(layer, data):
    dtype = {"float32": "float32", "int64": "int64"}.get(data.dtype.name, "string")
    return keras.Sequential([keras.Input((1,), dtype=dtype), layer])


COPIES = {
    "copy": copy_model,
    "pickle": lambda model: unpack(pack(model)),
    "copy of a copy": lambda model: copy_model(unpack(pack(model))),
    "layer": lambda model: keras.Sequential(
        [keras.Input((1,), dtype=model.inputs[0].dtype), unpack(pack(model.layers[0]))]
    ),
}


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize("name", ADAPTED)
def test_copies(name, copied):
    make, data = ADAPTED[name]
    layer = make()
    if data is not None:
        layer.adapt(data)
    x = TEXTS if data is None else data
    model = model_of(layer, x)
    np.testing.assert_array_equal(COPIES[copied](model)(x), model(x))


def test_not_built():
    layer = L.TextVectorization()
    layer.adapt(TEXTS)
    model = keras.Sequential([layer])
    np.testing.assert_array_equal(copy_model(model)(TEXTS), layer(TEXTS))


def test_given_model_with_normalization():
    """A given model that was adapted predicts as it did, whatever the copies."""
    scale = L.Normalization()
    scale.adapt(1000 * NUMBERS)
    model = keras.Sequential([keras.Input((1,)), scale, L.Dense(1)])
    one = KerasRegressor(model, loss="mse").initialize(1000 * NUMBERS, NUMBERS[:, 0])
    np.testing.assert_allclose(
        one.predict(1000 * NUMBERS), model(1000 * NUMBERS)[:, 0], rtol=1e-6
    )


def build(vectorize):
    tail = [L.Embedding(9, 2), L.Flatten(), L.Dense(1, activation="sigmoid")]
    return keras.Sequential([keras.Input((1,), dtype="string"), vectorize, *tail])


def test_layer_as_an_argument():
    layer = L.TextVectorization(max_tokens=9, output_sequence_length=3)
    layer.adapt(TEXTS)
    one = KerasClassifier(build, vectorize=layer, epochs=1, random_state=0)
    one.fit(TEXTS, [0, 1, 0, 1])
    again = pickle.loads(pickle.dumps(one))
    np.testing.assert_array_equal(again.predict_proba(TEXTS), one.predict_proba(TEXTS))


def test_refused():
    layer, other = L.StringLookup(), L.StringLookup()
    layer.adapt(TEXTS)
    other.adapt(["others"])
    message = "not those of the layer 'string_lookup.*adapted to other data since"
    refused(lambda: give_words(other, words_of(layer), "b"), ValueError, message)
    fewer = L.Dense(1)
    message = "1 layers had some, and it has 0"
    refused(lambda: give_words(fewer, words_of(layer), "b"), ValueError, message)
    assert words_of(L.StringLookup()) == []
