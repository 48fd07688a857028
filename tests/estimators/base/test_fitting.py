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


@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize("begin", [3, 5])
def test_no_epoch_left_is_an_error(few, engine, begin):
    e = KerasClassifier(dense_classifier, epochs=3, engine=engine)
    with pytest.raises(ValueError, match=f"initial_epoch={begin} leaves no epoch"):
        e.fit(*few, initial_epoch=begin)
    assert not hasattr(e, "model_")
