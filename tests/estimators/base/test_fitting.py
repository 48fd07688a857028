"""The steps of a fit."""

import pytest
from sklearn.exceptions import ConvergenceWarning

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense_classifier, dense_regressor


def test_a_diverged_fit_says_so(diabetes):
    X, y = diabetes
    e = KerasRegressor(
        dense_regressor, optimizer="sgd", optimizer__learning_rate=1e6, epochs=8
    )
    with pytest.warns(ConvergenceWarning, match="diverged"):
        e.fit(X, y)


def test_partial_fit_is_one_epoch_whatever_fit_is_told(iris):
    X, y = iris
    e = KerasClassifier(dense_classifier, fit__initial_epoch=3, epochs=5)
    assert e.partial_fit(X, y).n_iter_ == 1
