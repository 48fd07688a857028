"""KerasAutoencoderDetector: outliers by their reconstruction errors."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import has_fit_parameter

from sk_keras import KerasAutoencoder, KerasAutoencoderDetector


@pytest.fixture(scope="module")
def plane():
    """Rows near a plane in 8 dimensions, the first ten of them far from it."""
    rng = np.random.RandomState(0)
    X = rng.randn(300, 2) @ rng.randn(2, 8) + 0.05 * rng.randn(300, 8)
    X[:10] = 3 * rng.randn(10, 8)
    return X.astype("float32")


def autoencoder(**params):
    given = {"encoding_dim": 2, "epochs": 40, "random_state": 0}
    given.update(optimizer__learning_rate=0.01, **params)
    return KerasAutoencoder(**given)


@pytest.fixture(scope="module")
def fitted(plane):
    return KerasAutoencoderDetector(autoencoder(), contamination=1 / 30).fit(plane)


@pytest.mark.slow
def test_conventions(fitted, plane):
    scores, decision = fitted.score_samples(plane), fitted.decision_function(plane)
    labels = fitted.predict(plane)
    np.testing.assert_allclose(decision, scores - fitted.offset_)
    np.testing.assert_array_equal(labels, np.where(decision < 0, -1, 1))
    assert labels.dtype.kind == "i"
    np.testing.assert_allclose(
        scores, -fitted.autoencoder_.reconstruction_error(plane), rtol=1e-6
    )


@pytest.mark.slow
def test_outliers_are_found(fitted, plane):
    np.testing.assert_array_equal(np.flatnonzero(fitted.predict(plane) < 0), range(10))
    assert roc_auc_score(np.arange(300) >= 10, fitted.score_samples(plane)) == 1.0


@pytest.mark.parametrize("contamination", [0.01, 0.1, 0.5])
def test_contamination_is_the_share_of_outliers(plane, contamination):
    detector = KerasAutoencoderDetector(
        autoencoder(epochs=1), contamination=contamination
    )
    share = np.mean(detector.fit_predict(plane) == -1)
    assert share == pytest.approx(contamination, abs=1 / 300)


def test_automatic_threshold_is_that_of_box_plots(plane):
    detector = KerasAutoencoderDetector(autoencoder(), contamination="auto").fit(plane)
    errors = detector.autoencoder_.reconstruction_error(plane)
    lower, upper = np.percentile(errors, [25, 75])
    assert detector.offset_ == pytest.approx(-(upper + 1.5 * (upper - lower)))
    assert set(range(10)) <= set(np.flatnonzero(detector.predict(plane) < 0))


def test_the_given_autoencoder_stays_as_it_is(plane):
    given = autoencoder(epochs=1)
    detector = KerasAutoencoderDetector(given, random_state=3).fit(plane)
    assert not hasattr(given, "model_")
    assert given.random_state == 0
    assert detector.autoencoder_ is not given
    assert clone(detector).get_params(deep=False).keys() == {
        "autoencoder",
        "contamination",
        "random_state",
    }


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "n_codes"), [((8,), 3), ((4, 2), 3), ((1,), 1)])
def test_default_has_few_codes(plane, shape, n_codes):
    X = plane[:, : int(np.prod(shape))].reshape(-1, *shape)
    detector = KerasAutoencoderDetector(random_state=0).fit(X, epochs=2)
    assert detector.autoencoder_.transform(X).shape == (300, n_codes)


def test_random_state(plane):
    detector = KerasAutoencoderDetector(autoencoder(epochs=1, random_state=None))
    one, same, other = (
        clone(detector).set_params(random_state=seed).fit(plane).offset_
        for seed in (0, 0, 1)
    )
    assert one == same != other


@pytest.mark.slow
def test_nested_parameters(plane):
    detector = KerasAutoencoderDetector(autoencoder(epochs=1))
    detector.set_params(
        autoencoder__encoding_dim=3, autoencoder__optimizer__learning_rate=0.1
    )
    fitted = detector.fit(plane).autoencoder_
    assert fitted.transform(plane).shape[1] == 3
    assert fitted.get_params()["optimizer__learning_rate"] == 0.1


@pytest.mark.slow
def test_search_by_the_area_under_the_curve(plane):
    y = np.where(np.arange(300) < 10, -1, 1)
    search = GridSearchCV(
        KerasAutoencoderDetector(autoencoder(epochs=5)),
        {"autoencoder__model": ["dense", "deep"]},
        scoring="roc_auc",
        cv=[(np.arange(300), np.arange(300))],
    ).fit(plane, y)
    assert (search.cv_results_["mean_test_score"] > 0.9).all()


def test_pipeline_pickle_and_other_forms(plane):
    pipeline = make_pipeline(
        StandardScaler(), KerasAutoencoderDetector(autoencoder(epochs=3))
    )
    labels = pipeline.fit_predict(plane)
    twin = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(twin.predict(plane), labels)
    np.testing.assert_array_equal(pipeline.predict(plane.tolist()), labels)


@pytest.mark.slow
def test_tables_sparse_rows_and_images(plane):
    frame = pd.DataFrame(plane, columns=list("abcdefgh"))
    detector = KerasAutoencoderDetector(autoencoder(epochs=1))
    detector.fit(frame, X_val=frame[:50])
    assert list(detector.feature_names_in_) == list("abcdefgh")
    assert "val_loss" in detector.autoencoder_.history_
    with pytest.warns(UserWarning, match="but KerasAutoencoderDetector") as caught:
        detector.predict(plane)
    assert len(caught) == 1
    rows = KerasAutoencoderDetector(autoencoder(epochs=1)).fit(sparse.csr_array(plane))
    np.testing.assert_allclose(rows.offset_, detector.offset_, rtol=0.2)
    images = plane.reshape(-1, 4, 2)
    by_image = KerasAutoencoderDetector(autoencoder(model="conv", epochs=1))
    assert by_image.fit_predict(images).shape == (300,)


@pytest.mark.parametrize(
    "given",
    [
        lambda X: {"X_val": X},
        lambda X: {"validation_data": X},
        lambda X: {"validation_data": (X, None, np.ones(len(X)))},
        lambda X: {"validation_data": [X, X]},
    ],
    ids=["X_val", "table", "weights", "list"],
)
def test_validation_tables_are_checked_for_their_names(plane, given):
    frame = pd.DataFrame(plane, columns=list("abcdefgh"))
    detector = KerasAutoencoderDetector(autoencoder(epochs=1))
    history = detector.fit(frame, **given(frame)).autoencoder_.history_
    expected = detector.fit(plane, X_val=plane).autoencoder_.history_
    np.testing.assert_allclose(history["val_loss"], expected["val_loss"], rtol=1e-6)
    with pytest.raises(ValueError, match="same order as they were in fit"):
        detector.fit(frame, **given(frame[list("hgfedcba")]))


@pytest.mark.slow
def test_sample_weights_are_an_argument_of_fit(plane):
    weight = np.where(np.arange(300) < 10, 0.0, 1.0)
    detector = KerasAutoencoderDetector(autoencoder(epochs=2))
    assert has_fit_parameter(detector, "sample_weight")
    by_place = detector.fit(plane, None, weight).score_samples(plane)
    expected = autoencoder(epochs=2).fit(plane, sample_weight=weight)
    np.testing.assert_array_equal(by_place, expected.score_samples(plane))
    assert not np.array_equal(detector.fit(plane).score_samples(plane), by_place)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"contamination": 0.0}, "'contamination' parameter"),
        ({"contamination": 0.6}, "'contamination' parameter"),
        ({"contamination": "none"}, "'contamination' parameter"),
        ({"autoencoder": "dense"}, "'autoencoder' parameter"),
    ],
)
def test_bad_parameters(plane, params, message):
    with pytest.raises(ValueError, match=message):
        KerasAutoencoderDetector(**params).fit(plane)


@pytest.mark.parametrize("method", ["predict", "score_samples", "decision_function"])
def test_unfitted(plane, method):
    with pytest.raises(NotFittedError):
        getattr(KerasAutoencoderDetector(), method)(plane)


def test_bad_rows(fitted, plane):
    with pytest.raises(ValueError, match="KerasAutoencoderDetector is expecting 8"):
        fitted.predict(plane[:, :3])
    with pytest.raises(ValueError, match="OneHotEncoder"):
        KerasAutoencoderDetector().fit([["a", "b"], ["c", "d"]])


@pytest.mark.filterwarnings("ignore:The training loss is no longer finite")
def test_a_diverged_autoencoder_is_no_detector():
    X = np.random.RandomState(0).rand(30, 4) * 1e3
    autoencoder = KerasAutoencoder(encoding_dim=2, epochs=3, optimizer="sgd")
    autoencoder.set_params(optimizer__learning_rate=1e30)
    detector = KerasAutoencoderDetector(autoencoder)
    with pytest.raises(ValueError, match="The autoencoder has diverged"):
        detector.fit(X)
    with pytest.raises(NotFittedError):
        detector.predict(X)
