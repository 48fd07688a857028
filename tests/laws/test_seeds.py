"""The same random state gives the same weights, and leaves Keras' own alone."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone

from sk_keras import KerasClassifier, clear_cache
from tests.fits import ONE_STEP, assert_same_weights, differ

L = keras.layers


def noisy(n_features_in, n_classes):
    """Build a model that draws random numbers in training."""
    return keras.Sequential(
        [
            keras.layers.Input((n_features_in,)),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def test_same_seed_same_weights(few):
    """Keras' wrappers have no `random_state`."""
    estimator = KerasClassifier(noisy, epochs=2, random_state=0)
    one, two = clone(estimator).fit(*few), clone(estimator).fit(*few)
    other = clone(estimator).set_params(random_state=1).fit(*few)
    assert_same_weights(one.model_, two.model_)
    assert differ(one.model_, other.model_)


@pytest.mark.slow
def test_global_generators_are_left_alone(few):
    """SciKeras seeds them, and may leave operations deterministic for good."""

    def draws():
        return (
            random.random(),
            np.random.random_sample(),
            float(tf.random.uniform(())),
            float(keras.random.uniform(())),
        )

    keras.utils.set_random_seed(7)
    undisturbed = draws()
    keras.utils.set_random_seed(7)
    KerasClassifier(noisy, **ONE_STEP).fit(*few).predict(few[0])
    assert draws() == undisturbed


def test_unseeded_fits_differ(few):
    estimator = KerasClassifier(noisy, epochs=1)
    assert differ(clone(estimator).fit(*few).model_, clone(estimator).fit(*few).model_)


# --- threads ----------------------------------------------------------------


class TensorFlowNoise(L.Layer):
    """Noise by an operation that takes its seed from TensorFlow."""

    def call(self, x, training=False):
        return x + tf.random.normal(tf.shape(x), stddev=0.1) if training else x


def drawn_by_tensorflow(n_features_in, n_classes, width=5):
    """Build a model whose noise is TensorFlow's."""
    return keras.Sequential(
        [
            L.Input((n_features_in,)),
            L.Dense(width),
            TensorFlowNoise(),
            L.Dense(n_classes, activation="softmax"),
        ]
    )


def drawn_by_keras(n_features_in, n_classes, width=5):
    """Build a model that draws by layers of Keras."""
    return keras.Sequential(
        [
            L.Input((n_features_in,)),
            L.Dense(width),
            L.GaussianNoise(0.1),
            L.Dense(n_classes, activation="softmax"),
        ]
    )


@pytest.mark.slow
@pytest.mark.parametrize("build", [drawn_by_keras, drawn_by_tensorflow])
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_threads_neither_disturb_a_fit_nor_are_disturbed(build, engine, few):
    one = KerasClassifier(build, epochs=1, random_state=0, engine=engine)
    estimators = [clone(one).set_params(width=width) for width in (3, 4, 5, 6)]
    expected = [clone(e).fit(*few).model_ for e in estimators]
    drawn, done = [], threading.Event()

    def draw():
        while not done.is_set():
            drawn.append(random.random())
            np.random.random_sample()
            tf.random.uniform(())
            L.Dense(2).build((None, 2))

    beside = threading.Thread(target=draw)
    beside.start()
    clear_cache()  # so that graphs are traced beside the others
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda e: clone(e).fit(*few).model_, estimators))
    done.set()
    beside.join()
    for model, other in zip(found, expected, strict=True):
        assert_same_weights(model, other)
    assert len(set(drawn)) == len(drawn)


# --- builders that draw by themselves ---------------------------------------


def with_python(n_features_in, n_classes):
    return drawn_by_keras(n_features_in, n_classes, random.randint(2, 5))


def with_numpy(n_features_in, n_classes):
    return drawn_by_keras(n_features_in, n_classes, np.random.randint(2, 5))


def with_tensorflow(n_features_in, n_classes):
    def initial(shape, dtype=None):
        return tf.random.normal(shape, stddev=0.5)

    return keras.Sequential(
        [L.Input((n_features_in,)), L.Dense(n_classes, kernel_initializer=initial)]
    )


def with_the_random_state(n_features_in, n_classes, random_state):
    rng = np.random.RandomState(random_state)
    return drawn_by_keras(n_features_in, n_classes, rng.randint(2, 50))


@pytest.mark.parametrize("build", [with_python, with_numpy])
def test_global_generators_in_a_builder_are_warned_of(build, few, monkeypatch):
    estimator = KerasClassifier(build, random_state=0)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    with pytest.warns(UserWarning, match="ask for an argument random_state"):
        estimator.initialize(*few)
    # Others may have drawn, who have nothing to do with the builder.
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    estimator.initialize(*few)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    estimator.set_params(random_state=None).initialize(*few)


def test_what_tensorflow_draws_at_once_is_warned_of(few):
    """It keeps the state of such operations through fits, and for all threads."""
    estimator = KerasClassifier(with_tensorflow, random_state=0)
    with pytest.warns(UserWarning, match="tf.random outside of graphs"):
        estimator.initialize(*few)
    estimator.set_params(random_state=None).initialize(*few)


def test_what_layers_draw_eagerly_is_warned_of(few):
    estimator = KerasClassifier(
        drawn_by_tensorflow, epochs=1, run_eagerly=True, random_state=0
    )
    with pytest.warns(UserWarning, match="tf.random outside of graphs"):
        estimator.fit(*few)


def test_a_builder_draws_from_the_random_state(few, monkeypatch):
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    estimator = KerasClassifier(with_the_random_state, random_state=3)
    one, two = (clone(estimator).initialize(*few).model_ for _ in range(2))
    assert_same_weights(one, two)
    width = one.layers[0].units
    assert width == np.random.RandomState(3).randint(2, 50)
