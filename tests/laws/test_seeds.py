"""The same random state gives the same weights, and leaves Keras' own alone."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone

from sk_keras import KerasClassifier
from tests.fits import ONE_STEP, assert_same_weights, differ


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
