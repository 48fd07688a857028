"""Rows and labels of every form and type; one row as many."""

import keras
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.metrics import accuracy_score, log_loss

from sk_keras import KerasClassifier
from tests.builders import linear
from tests.fits import CAREFUL, ONE_STEP, QUICK


@pytest.mark.slow
@pytest.mark.parametrize("fit_dtype", ["int64", "float32", "float64"])
def test_predict_takes_any_number_type(fit_dtype):
    """SciKeras: 'casting from float64 to int64 is not safe'."""
    rng = np.random.RandomState(0)
    X, y = rng.randint(-3, 4, (60, 5)), rng.randint(0, 2, 60)
    estimator = KerasClassifier(linear, **ONE_STEP).fit(X.astype(fit_dtype), y)
    expected = estimator.predict_proba(X.astype(fit_dtype))
    for dtype in ("int8", "int64", "float32", "float64", "object"):
        np.testing.assert_allclose(
            estimator.predict_proba(X.astype(dtype)), expected, rtol=1e-6
        )
    np.testing.assert_allclose(
        estimator.predict_proba(pd.DataFrame(X)), expected, rtol=1e-6
    )
    # Fractions are not cut off.
    assert not np.allclose(estimator.predict_proba(X + 0.5), expected, rtol=1e-3)


@pytest.mark.parametrize("dtype", ["uint8", "float64", "bool"])
def test_score_takes_any_label_type(dtype, cancer, fitted_binary):
    """SciKeras: integers in fit and floats in score raise."""
    X, y = cancer
    expected = accuracy_score(y, fitted_binary.predict(X))
    assert fitted_binary.score(X, y.astype(dtype)) == expected


def test_names_of_features_are_checked(few):
    """SciKeras takes columns in any order and never says a word."""
    X, y = few
    frame = pd.DataFrame(X, columns=list("abcd"))
    estimator = KerasClassifier(linear, **ONE_STEP).fit(frame, y)
    assert estimator.feature_names_in_.tolist() == list("abcd")
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.predict(frame[list("dcba")])


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array])
def test_sparse_rows(kind, few):
    """Keras' wrappers refuse them, SciKeras makes lists of them."""
    X, y = few
    X = np.where(np.abs(X) > 0.5, X, 0)
    dense = KerasClassifier(linear, **ONE_STEP).fit(X, y)
    estimator = KerasClassifier(linear, **ONE_STEP).fit(kind(X), y)
    np.testing.assert_allclose(
        estimator.predict_proba(kind(X)), dense.predict_proba(X), rtol=1e-5
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "builder, shape, argument",
    [
        ("lstm", (6, 2), {"units": 3}),
        ("cnn", (6, 6, 1), {"filters": (2,), "hidden": 4}),
    ],
    ids=["sequences", "images"],
)
def test_sequences_and_images(builder, shape, argument):
    """Keras' wrappers take tables only."""
    rng = np.random.RandomState(0)
    y = np.repeat(["calm", "loud"], 20)
    X = rng.normal(size=(40, *shape)) + 3.0 * (y == "loud").reshape(
        -1, *[1] * len(shape)
    )
    estimator = KerasClassifier(builder, **CAREFUL, **argument).fit(X, y)
    assert estimator.score(X, y) > 0.9
    assert estimator.predict_proba(X[:1]).shape == (1, 2)
    with pytest.raises(ValueError, match="expecting"):
        estimator.predict(X[:, :, :1] if X.ndim == 3 else X[..., 0])


@pytest.mark.slow
@pytest.mark.parametrize(
    "fixture, data, width",
    [("fitted_classifier", "iris", 3), ("fitted_binary", "cancer", 2)],
    ids=["multiclass", "binary"],
)
def test_one_row_keeps_its_shape(fixture, data, width, request):
    """SciKeras squeezes it: (3,) in place of (1, 3)."""
    fitted = request.getfixturevalue(fixture)
    X, _ = request.getfixturevalue(data)
    one = fitted.predict_proba(X[:1])
    assert one.shape == (1, width)
    np.testing.assert_allclose(one, fitted.predict_proba(X)[:1], rtol=1e-5)
    assert fitted.predict(X[:1]).shape == (1,)
    np.testing.assert_array_equal(fitted.predict_log_proba(X[:1]), np.log(one))


@pytest.mark.slow
def test_one_row_of_a_regressor(fitted_regressor, diabetes):
    X, _ = diabetes
    one = fitted_regressor.predict(X[:1])
    assert one.shape == (1,)
    np.testing.assert_allclose(one, fitted_regressor.predict(X)[:1], rtol=1e-5)


def scores_only(units):
    """Make a builder of a model that ends in raw scores."""

    def build(n_features_in):
        return keras.Sequential(
            [keras.layers.Input((n_features_in,)), keras.layers.Dense(units)]
        )

    return build


LOGIT_LOSSES = {
    "picked, one unit": (2, 1, None),
    "picked, two units": (2, 2, None),
    "picked, three units": (3, 3, None),
    "binary": (2, 1, keras.losses.BinaryCrossentropy(from_logits=True)),
    "categorical": (3, 3, keras.losses.CategoricalCrossentropy(from_logits=True)),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "n_classes, units, loss", LOGIT_LOSSES.values(), ids=LOGIT_LOSSES
)
def test_logits_become_probabilities(n_classes, units, loss, iris):
    """SciKeras returns the logits: [-3.3, 4.3]."""
    X, y = iris
    X, y = X[: 50 * n_classes], y[: 50 * n_classes]
    estimator = KerasClassifier(scores_only(units), loss=loss, **QUICK).fit(X, y)
    raw = estimator.model_.predict(X, verbose=0)
    assert raw.min() < 0 or raw.max() > 1
    p = estimator.predict_proba(X)
    assert p.shape == (len(X), n_classes)
    assert p.min() >= 0
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(
        estimator.classes_[p.argmax(axis=1)], estimator.predict(X)
    )
    assert estimator.score(X, y) > 0.8
    assert log_loss(y, p) == pytest.approx(
        estimator.model_.evaluate(X, estimator._targets.encode(y), verbose=0), rel=1e-3
    )
