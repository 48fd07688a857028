"""Pickles of layers: equal for equal layers, whenever and wherever they are made."""

import datetime
import pickle
import time
from types import SimpleNamespace

import joblib
import keras
import numpy as np
import pytest

from sk_keras.preprocessing import LayerTransformer
from sk_keras.preprocessing._layer.stable_pickle import stable_pickle

L = keras.layers
X = np.random.RandomState(0).rand(20, 5).astype("float32")


def same_layer_twice():
    inputs, layer = keras.Input((5,)), L.Dense(5)
    return keras.Model(inputs, layer(layer(inputs)))


def adapted():
    layer = L.Normalization()
    layer.adapt(X)
    return layer


def wrapped():
    layer = L.TimeDistributed(L.Dense(2))
    layer.build((None, 3, 5))
    return layer


LAYERS = {
    "learned": adapted,
    "several": lambda: keras.Sequential([L.Input((5,)), L.Dense(4), L.Dense(3)]),
    "the same twice": same_layer_twice,
    "wrapped": wrapped,
}


@pytest.fixture
def tomorrow(monkeypatch):
    """Put the clock forward when called."""

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + datetime.timedelta(days=1)

    def put_forward():
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + 86_400)
        module = "keras.src.saving.saving_lib.datetime"
        monkeypatch.setattr(module, SimpleNamespace(datetime=Later))

    return put_forward


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_equal_layers_have_equal_pickles(tomorrow, make):
    layer = make()
    before, usual = stable_pickle(layer), pickle.dumps(layer)
    again = pickle.loads(before)
    tomorrow()
    assert pickle.dumps(layer) != usual  # the clock is in there
    assert stable_pickle(layer) == before
    assert stable_pickle(again) == before
    for weight, other in zip(again.weights, layer.weights, strict=True):
        np.testing.assert_array_equal(weight, other)


def test_a_layer_that_is_in_a_model_twice_stays_one():
    again = pickle.loads(stable_pickle(same_layer_twice()))
    assert len(again.layers) == 2
    np.testing.assert_array_equal(
        again.predict(X, verbose=0),
        pickle.loads(stable_pickle(again)).predict(X, verbose=0),
    )


def test_layers_that_differ_have_other_pickles():
    layer = L.Dense(3)
    layer.build((None, 5))
    before = stable_pickle(layer)
    layer.kernel.assign_add(layer.kernel)
    assert stable_pickle(layer) != before


def test_a_fitted_transformer_has_one_hash(tomorrow):
    fitted = LayerTransformer(L.Normalization()).fit(X)
    before = joblib.hash(fitted)
    tomorrow()
    assert joblib.hash(fitted) == before
    assert joblib.hash(pickle.loads(pickle.dumps(fitted))) == before
