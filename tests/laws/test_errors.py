"""A fit that fails leaves nothing fitted, and what is not fitted says so."""

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense, dense_classifier, dense_regressor, ends_in, linear
from tests.errors import KIND, X, refused
from tests.fits import ONE_STEP


@pytest.mark.parametrize(
    ("estimator", "method"),
    [
        *((KerasClassifier, name) for name in ("predict_proba", "predict_log_proba")),
        *(
            (estimator, name)
            for estimator in (KerasClassifier, KerasRegressor)
            for name in ("predict", "score", "summary", "history_frame")
        ),
    ],
)
def test_estimators_that_are_not_fitted(estimator, method):
    arguments = {"score": (X, KIND), "summary": (), "history_frame": ()}.get(
        method, (X,)
    )
    message = f"This {estimator.__name__} instance is not fitted yet. Call 'fit'"
    call = getattr(estimator("mlp"), method)
    refused(lambda: call(*arguments), NotFittedError, message)


def test_a_refused_fit_leaves_no_fitted_estimator():
    e = KerasClassifier(ends_in(dense(4, "softmax")))
    refused(lambda: e.fit(X, KIND), ValueError, "needs 3 units")
    refused(lambda: e.predict(X), NotFittedError, "not fitted yet")


class Fails(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise RuntimeError("as was asked for")


@pytest.mark.parametrize(
    "fails",
    [
        lambda e, X, y: e.set_params(callbacks=Fails()).fit(X, y),
        lambda e, X, y: e.set_params(callbacks=Fails()).partial_fit(X, y),
        lambda e, X, y: e.set_params(validation_split=GroupKFold(2)).fit(X, y),
    ],
    ids=["fit", "partial_fit", "split"],
)
def test_a_first_fit_that_fails_leaves_nothing_fitted(fails, iris):
    e = KerasClassifier(dense_classifier, epochs=1)
    with pytest.raises((RuntimeError, ValueError)):
        fails(e, *iris)
    refused(lambda: e.predict(iris[0]), NotFittedError, "not fitted yet")
    e.set_params(callbacks=None, validation_split=0.0).partial_fit(*iris)
    assert e.n_iter_ == 1


def test_a_later_partial_fit_that_fails_leaves_the_model(iris):
    e = KerasClassifier(dense_classifier).partial_fit(*iris)
    e.set_params(callbacks=Fails())
    refused(lambda: e.partial_fit(*iris), RuntimeError, "as was asked for")
    assert e.set_params(callbacks=None).partial_fit(*iris).n_iter_ == 2


def test_a_failed_fit_leaves_nothing_fitted(iris):
    X, y = iris
    stop = keras.callbacks.EarlyStopping(monitor="nothing")
    e = KerasClassifier(dense_classifier, epochs=2, callbacks=stop)
    with pytest.raises(ValueError, match="is not logged"):
        e.fit(X, y)
    with pytest.raises(NotFittedError):
        e.predict(X)


@pytest.mark.parametrize("what", ["fit X", "fit y", "predict"])
def test_nan_is_refused(what, few, one_step):
    X, y = few
    hole = X.copy()
    hole[3, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        if what == "fit X":
            KerasClassifier(linear, **ONE_STEP).fit(hole, y)
        elif what == "fit y":
            KerasRegressor(dense_regressor, **ONE_STEP).fit(X, hole[:, 1])
        else:
            one_step.predict(hole)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "score", "summary"])
def test_not_fitted(method, few):
    X, y = few
    arguments = {"score": (X, y), "summary": ()}.get(method, (X,))
    with pytest.raises(NotFittedError):
        getattr(KerasClassifier(linear), method)(*arguments)
