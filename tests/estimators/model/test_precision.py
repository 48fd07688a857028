"""Dtype policies: what is fitted under one stays under it; float64 stays whole."""

import copy
import pickle
import subprocess
import sys
from contextlib import contextmanager

import keras
import numpy as np
import pytest
from sklearn.base import clone

from sk_keras import KerasAutoencoder, KerasClassifier, KerasRegressor
from sk_keras._shared.keras_objects.precision import float_type, policy
from sk_keras.preprocessing import LayerTransformer
from tests.builders import dense, ends_in
from tests.errors import KIND, VALUES, X

FAR = np.c_[1.7e9 + np.arange(24.0), np.arange(24.0) % 3]


@contextmanager
def under(name):
    """Set what users set in a program's first lines, and take it back."""
    floats = "float64" if name == "float64" else "float32"
    keras.config.set_floatx(floats)
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


def classifier():
    return KerasClassifier("mlp", hidden_layer_sizes=(4,), epochs=1, random_state=0)


POLICIES = ["mixed_float16", "mixed_bfloat16", "float64"]


@pytest.mark.slow
@pytest.mark.parametrize("name", POLICIES)
def test_a_pickle_keeps_its_policy(name):
    with under(name):
        e = classifier().fit(X, KIND)
        expected = e.predict_proba(X)
        stored = pickle.dumps(e)
    again = pickle.loads(stored)
    np.testing.assert_array_equal(again.predict_proba(X), expected)
    assert again.model_.layers[1].dtype_policy.name == name
    np.testing.assert_array_equal(copy.deepcopy(again).predict_proba(X), expected)
    if name == "float64":  # and a penalty on weights, which is a loss
        with pytest.raises(ValueError, match=r"cannot add the losses.*set_floatx\('fl"):
            again.partial_fit(X, KIND)
    else:
        assert len(again.partial_fit(X, KIND).history_["loss"]) == 2
    assert keras.config.dtype_policy().name == "float32"
    # A new fit is made under what holds now.
    assert clone(again).fit(X, KIND).model_.layers[1].dtype_policy.name == "float32"


@pytest.mark.slow
def test_a_new_process_keeps_the_policy(tmp_path):
    with under("mixed_float16"):
        e = KerasAutoencoder("variational", encoding_dim=2, epochs=1, random_state=0)
        stored = pickle.dumps((e.fit(X), X, e.transform(X)))
    (tmp_path / "e.pickle").write_bytes(stored)
    code = (
        "import pickle, sys, numpy as np; from pathlib import Path;"
        "e, X, expected = pickle.loads(Path(sys.argv[1]).read_bytes());"
        "np.testing.assert_array_equal(e.transform(X), expected)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, tmp_path / "e.pickle"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_float64_is_not_rounded(engine):
    with under("float64"):
        build = ends_in(dense(1), shape=(2,))
        e = KerasRegressor(build, epochs=1, random_state=0, engine=engine)
        e.set_params(batch_size=-1, optimizer__learning_rate=1e-12)
        by_hand = clone(e).initialize(FAR, VALUES).model_
        by_hand.fit(FAR, VALUES[:, None], batch_size=24, verbose=0)
        predicted = e.fit(FAR, VALUES).predict(FAR)
        expected = by_hand.predict(FAR, verbose=0).ravel()
        np.testing.assert_allclose(predicted, expected, rtol=1e-12)
        assert len(np.unique(predicted)) == 24
        large = 1.7e9 + VALUES  # as targets
        e.fit(0 * FAR, large)
        errors = large - e.predict(0 * FAR)
        np.testing.assert_allclose(e.history_["loss"][0], np.mean(errors**2), rtol=1e-9)
    # As it was fitted, whatever holds now.
    np.testing.assert_array_equal(
        e.predict(0 * FAR), np.full(24, e.predict(0 * FAR[:1]))
    )


def test_other_estimators_keep_float64():
    with under("float64"):
        e = KerasAutoencoder("dense", encoding_dim=1, epochs=1).fit(FAR / 1e9)
        assert e.transform(FAR / 1e9).dtype == np.float64
        assert e.inverse_transform(e.transform(FAR / 1e9)).dtype == np.float64
        moved = LayerTransformer(keras.layers.Rescaling(1.0, offset=-1.7e9)).fit(FAR)
        np.testing.assert_array_equal(moved.transform(FAR)[:, 0], np.arange(24.0))


def test_float_type_and_policy():
    assert float_type() == np.float32
    with under("float64"):
        assert float_type() == np.float64
    with policy("mixed_float16"):
        assert keras.config.dtype_policy().name == "mixed_float16"
        assert float_type() == np.float32
    for nothing in (None, "float32"):
        with policy(nothing):
            assert keras.config.dtype_policy().name == "float32"
