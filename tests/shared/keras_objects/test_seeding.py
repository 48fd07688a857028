"""The random state of a fit."""

import keras
import numpy as np
import pytest
from sklearn.base import clone

from sk_keras import KerasClassifier
from tests.builders import logits


def weights(estimator):
    return np.concatenate([w.ravel() for w in estimator.model_.get_weights()])


@pytest.mark.slow
@pytest.mark.parametrize(
    "params",
    [{"fit__steps_per_epoch": 3}, {"engine": "keras"}],
    ids=["steps", "keras"],
)
def test_random_state_holds_where_keras_runs_the_epochs(iris, params):
    def noisy(n_features_in, n_classes):
        model = logits(n_features_in, n_classes)
        x = keras.layers.Lambda(lambda t: t + keras.random.normal((n_features_in,)))(
            model.inputs[0]
        )
        return keras.Model(model.inputs, model(x))

    X, y = iris
    e = KerasClassifier(noisy, epochs=3, random_state=0, **params)
    first, second = weights(clone(e).fit(X, y)), weights(clone(e).fit(X, y))
    np.testing.assert_array_equal(first, second)
