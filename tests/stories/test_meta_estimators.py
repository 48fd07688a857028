"""Every scikit-learn tool that takes an estimator takes ours, unchanged."""

import functools
import pickle

import keras
import numpy as np
import pandas as pd
import pytest
import sklearn
from joblib import parallel_config
from joblib.externals.loky import get_reusable_executor
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_transformer,
)
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import get_scorer, log_loss, recall_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    train_test_split,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense_classifier, dense_regressor

pytestmark = pytest.mark.slow

#: Settings that learn the data sets here in a quarter of a second, for most of
#: it goes into tracing: an epoch is one long step.
QUICK = {"epochs": 30, "batch_size": -1, "random_state": 0}
SGD = {"optimizer": "sgd", "optimizer__learning_rate": 1.0}
ADAM = {"optimizer": "adam", "optimizer__learning_rate": 0.03}


def classifier(**changed):
    return KerasClassifier(dense_classifier, **{**QUICK, **SGD, **changed})


def regressor(**changed):
    return KerasRegressor(dense_regressor, **{**QUICK, **ADAM, **changed})


def deep_classifier(meta, hidden=8):
    """Build a model with a layer more than `dense_classifier`."""
    return keras.Sequential(
        [
            keras.layers.Input((meta["n_features_in_"],)),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(meta["n_classes_"], activation="softmax"),
        ]
    )


def weights_of(estimator):
    return [np.asarray(v) for v in estimator.model_.trainable_variables]


def same_weights(a, b):
    pairs = zip(weights_of(a), weights_of(b), strict=True)
    return all(np.array_equal(v, w) for v, w in pairs)


# --- ensembles and reductions --------------------------------------------

# What wraps a classifier, on which data, and the classifiers fitted inside.
CLASSIFIER_WRAPPERS = [
    pytest.param(
        lambda inner: VotingClassifier(
            [("keras", inner), ("linear", LogisticRegression())], voting="soft"
        ),
        "iris",
        lambda meta: [meta.named_estimators_["keras"]],
        id="VotingClassifier-soft",
    ),
    pytest.param(
        lambda inner: StackingClassifier(
            [("keras", inner)], final_estimator=LogisticRegression(), cv=2
        ),
        "iris",
        lambda meta: meta.estimators_,
        id="StackingClassifier",
    ),
    pytest.param(
        lambda inner: BaggingClassifier(inner, n_estimators=2, random_state=0),
        "iris",
        lambda meta: meta.estimators_,
        id="BaggingClassifier",
    ),
    pytest.param(
        lambda inner: AdaBoostClassifier(inner, n_estimators=2, random_state=0),
        "iris",
        lambda meta: meta.estimators_,
        id="AdaBoostClassifier",
    ),
    pytest.param(
        lambda inner: CalibratedClassifierCV(inner, cv=2),
        "iris",
        lambda meta: [c.estimator for c in meta.calibrated_classifiers_],
        id="CalibratedClassifierCV",
    ),
    pytest.param(
        lambda inner: TunedThresholdClassifierCV(inner, cv=2),
        "cancer",
        lambda meta: [meta.estimator_],
        id="TunedThresholdClassifierCV",
    ),
    pytest.param(
        OneVsRestClassifier,
        "iris",
        lambda meta: meta.estimators_,
        id="OneVsRestClassifier",
    ),
    pytest.param(
        lambda inner: make_pipeline(StandardScaler(), inner),
        "cancer",
        lambda meta: [meta[-1]],
        id="Pipeline",
    ),
]


@pytest.mark.parametrize("wrap, data, inside", CLASSIFIER_WRAPPERS)
def test_classifier_inside(wrap, data, inside, request):
    X, y = request.getfixturevalue(data)
    X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
    meta = wrap(classifier()).fit(X, y)
    assert meta.score(X_test, y_test) > 0.85
    assert all("model_" in vars(fitted) for fitted in inside(meta))
    p = meta.predict_proba(X_test)
    assert p.shape == (len(X_test), len(np.unique(y)))
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    assert set(meta.predict(X_test)) == set(y)


def test_one_vs_one(iris):
    """It has no probabilities, but counts votes."""
    X, y = iris
    meta = OneVsOneClassifier(classifier(epochs=10)).fit(X, y)
    assert meta.score(X, y) > 0.85
    assert [len(e.classes_) for e in meta.estimators_] == [2, 2, 2]


def test_boosting_weighs_rows_anew(iris):
    X, y = iris
    meta = AdaBoostClassifier(classifier(epochs=6), n_estimators=2, random_state=0)
    meta.fit(X, y)
    first, second = meta.estimators_
    assert not same_weights(first, second)
    wrong = first.predict(X) != y
    again = second.predict(X) == y
    # The second classifier cares most for what the first got wrong.
    assert again[wrong].mean() > 0.5


def test_stacking_learns_from_probabilities(iris):
    X, y = iris
    meta = StackingClassifier([("keras", classifier())], cv=2, passthrough=False)
    meta.fit(X, y)
    np.testing.assert_allclose(
        meta.transform(X), meta.estimators_[0].predict_proba(X), rtol=1e-6
    )
    assert meta.final_estimator_.coef_.shape == (3, 3)


def test_threshold_is_tuned_for_the_score(cancer):
    X, y = cancer
    meta = TunedThresholdClassifierCV(
        classifier(epochs=5), scoring="recall", cv=2, random_state=0
    ).fit(X, y)
    assert meta.best_threshold_ < 0.25
    assert recall_score(y, meta.predict(X)) == 1.0


def test_self_training_labels_the_rest(cancer):
    X, y = cancer
    known = np.arange(len(y)) % 5 == 0
    meta = SelfTrainingClassifier(classifier(), max_iter=1, threshold=0.8)
    meta.fit(X, np.where(known, y, -1))
    labelled = meta.labeled_iter_ == 1
    assert labelled.sum() > 100
    assert (meta.transduction_[labelled] == y[labelled]).mean() > 0.85


@pytest.mark.parametrize("wrap", [MultiOutputClassifier, ClassifierChain])
def test_a_classifier_for_each_column(wrap, iris):
    X, y = iris
    Y = np.column_stack([y == "setosa", y == "virginica"]).astype(int)
    meta = wrap(classifier()).fit(X, Y)
    predicted = meta.predict(X)
    assert predicted.shape == Y.shape
    assert ((predicted == Y).mean(axis=0) > 0.85).all()


REGRESSOR_WRAPPERS = [
    pytest.param(
        lambda inner: VotingRegressor(
            [("keras", inner), ("linear", LinearRegression())]
        ),
        id="VotingRegressor",
    ),
    pytest.param(
        lambda inner: StackingRegressor(
            [("keras", inner), ("linear", LinearRegression())], cv=2
        ),
        id="StackingRegressor",
    ),
    pytest.param(
        lambda inner: BaggingRegressor(inner, n_estimators=2, random_state=0),
        id="BaggingRegressor",
    ),
    pytest.param(
        lambda inner: AdaBoostRegressor(inner, n_estimators=2, random_state=0),
        id="AdaBoostRegressor",
    ),
    pytest.param(
        lambda inner: make_pipeline(StandardScaler(), inner),
        id="Pipeline",
    ),
]


@pytest.mark.parametrize("wrap", REGRESSOR_WRAPPERS)
def test_regressor_inside(wrap, diabetes):
    X, X_test, y, y_test = train_test_split(*diabetes, random_state=0)
    meta = wrap(regressor()).fit(X, y)
    assert meta.predict(X_test).shape == y_test.shape
    assert meta.score(X_test, y_test) > 0.3


def test_target_is_transformed_there_and_back(diabetes):
    X, y = diabetes
    far = 1000 + 50 * y
    meta = TransformedTargetRegressor(
        regressor(),
        transformer=StandardScaler(),
    ).fit(X, far)
    assert meta.score(X, far) > 0.4
    inner = meta.regressor_.predict(X)
    assert abs(inner.mean()) < 0.5
    np.testing.assert_allclose(
        meta.predict(X), meta.transformer_.inverse_transform(inner[:, None]).ravel()
    )


@pytest.mark.parametrize("wrap", [MultiOutputRegressor, RegressorChain])
def test_a_regressor_for_each_column(wrap, diabetes):
    X, y = diabetes
    Y = np.column_stack([y, 1 - 2 * y])
    meta = wrap(regressor()).fit(X, Y)
    assert meta.predict(X).shape == Y.shape
    assert meta.score(X, Y) > 0.4


def test_frozen_estimator_is_not_trained_again(fitted_binary, cancer):
    X, y = cancer
    before = weights_of(fitted_binary)
    meta = CalibratedClassifierCV(FrozenEstimator(fitted_binary)).fit(X, y)
    assert meta.score(X, y) > 0.85
    inner = meta.calibrated_classifiers_[0].estimator.estimator
    assert inner is fitted_binary
    for now, then in zip(weights_of(fitted_binary), before, strict=True):
        np.testing.assert_array_equal(now, then)


# --- cross-validation ----------------------------------------------------


def test_folds_are_stratified(iris):
    """iris is sorted by label: a fold of `KFold` would train on two classes."""
    X, y = iris
    assert (np.sort(y) == y).all()
    assert cross_val_score(classifier(), X, y, cv=3).min() > 0.8


def test_cross_val_predict_gives_probabilities(iris):
    X, y = iris
    p = cross_val_predict(classifier(), X, y, cv=3, method="predict_proba")
    assert p.shape == (150, 3)
    assert log_loss(y, p) < 0.4


def test_cross_validate_with_several_scores(cancer):
    X, y = cancer
    scores = cross_validate(
        classifier(),
        X,
        y,
        cv=2,
        scoring=["roc_auc", "average_precision", "neg_log_loss", "accuracy"],
        return_estimator=True,
        return_train_score=True,
    )
    assert scores["test_roc_auc"].min() > 0.95
    assert scores["test_average_precision"].min() > 0.95
    assert scores["test_neg_log_loss"].min() > -0.4
    assert scores["train_accuracy"].min() > 0.9
    assert [e.n_iter_ for e in scores["estimator"]] == [30, 30]


@pytest.mark.parametrize(
    "scoring, floor",
    [
        ("roc_auc", 0.95),
        ("average_precision", 0.95),
        ("neg_log_loss", -0.4),
        ("neg_brier_score", -0.12),
        ("f1", 0.85),
        ("balanced_accuracy", 0.85),
    ],
)
def test_binary_scorers(scoring, floor, fitted_binary, cancer):
    assert get_scorer(scoring)(fitted_binary, *cancer) > floor


@pytest.fixture(scope="module")
def learned(iris):
    """A classifier that knows iris well."""
    return classifier().fit(*iris)


@pytest.mark.parametrize(
    "scoring, floor",
    [
        ("roc_auc_ovr", 0.9),
        ("roc_auc_ovo_weighted", 0.9),
        ("neg_log_loss", -0.4),
        ("f1_macro", 0.8),
        ("top_k_accuracy", 0.95),
    ],
)
def test_multiclass_scorers(scoring, floor, learned, iris):
    assert get_scorer(scoring)(learned, *iris) > floor


def test_regression_scores(diabetes):
    scores = cross_validate(
        regressor(), *diabetes, scoring=["r2", "neg_mean_squared_error"], cv=2
    )
    assert scores["test_r2"].min() > 0.3
    assert scores["test_neg_mean_squared_error"].min() > -0.75


def test_fit_arguments_of_cross_validation(iris):
    scores = cross_validate(
        classifier(), *iris, cv=2, params={"epochs": 2}, return_estimator=True
    )
    assert [e.n_iter_ for e in scores["estimator"]] == [2, 2]


def test_learning_curve_by_partial_fit(iris):
    """`exploit_incremental_learning` trains on, with the classes given."""
    X, y = iris
    sizes, train, test = learning_curve(
        classifier(epochs=1),
        X,
        y,
        train_sizes=[30, 60, 100],
        cv=3,
        shuffle=True,
        random_state=0,
        exploit_incremental_learning=True,
    )
    assert sizes.tolist() == [30, 60, 100]
    assert train.shape == test.shape == (3, 3)
    assert test[-1].mean() > test[0].mean()


def test_validation_curve_over_epochs(iris):
    train, test = validation_curve(
        classifier(), *iris, param_name="epochs", param_range=[1, 30], cv=2
    )
    assert train.shape == test.shape == (2, 2)
    assert test[1].mean() > test[0].mean() + 0.1


# --- searches ------------------------------------------------------------


def width(fitted):
    return fitted.model_.layers[0].units


def learning_rate(fitted):
    return float(fitted.model_.optimizer.learning_rate)


def n_epochs(fitted):
    return fitted.n_iter_


def n_steps(fitted):
    return int(fitted.model_.optimizer.iterations)


def patience(fitted):
    [callback] = fitted.callbacks_.values()
    return callback.patience


# A parameter, the values tried, how to read them from the fitted estimator,
# and what should be read there. 40 rows are trained on.
STOP = keras.callbacks.EarlyStopping(monitor="loss", patience=7)
SEARCHED = {
    "builder argument": ("hidden", [3, 5], width, [3, 5], {}),
    "model__": ("model__hidden", [3, 5], width, [3, 5], {}),
    "builder": (
        "model",
        [dense_classifier, deep_classifier],
        lambda e: len(e.model_.layers),
        [2, 3],
        {},
    ),
    "optimizer": (
        "optimizer",
        ["adam", "rmsprop"],
        lambda e: type(e.model_.optimizer),
        [keras.optimizers.Adam, keras.optimizers.RMSprop],
        {},
    ),
    "optimizer__": (
        "optimizer__learning_rate",
        [0.25, 0.5],
        learning_rate,
        [0.25, 0.5],
        {},
    ),
    "epochs": ("epochs", [1, 3], n_epochs, [1, 3], {}),
    "fit__": ("fit__epochs", [2, 3], n_epochs, [2, 3], {}),
    "batch_size": ("batch_size", [10, 40], n_steps, [4, 1], {}),
    "loss__": (
        "loss__label_smoothing",
        [0.25, 0.5],
        lambda e: e.model_.loss._fn_kwargs["label_smoothing"],
        [0.25, 0.5],
        {"loss": "categorical_crossentropy"},
    ),
    "callbacks__ of an object in a list": (
        "callbacks__0__patience",
        [1, 3],
        patience,
        [1, 3],
        {"callbacks": [STOP]},
    ),
    "callbacks__ of a class by name": (
        "callbacks__stop__patience",
        [1, 3],
        patience,
        [1, 3],
        {
            "callbacks": {"stop": keras.callbacks.EarlyStopping},
            "callbacks__monitor": "loss",
        },
    ),
    "early_stopping": ("early_stopping", [2, 4], patience, [2, 4], {}),
}


@pytest.mark.parametrize(
    "name, values, read, expected, preset", SEARCHED.values(), ids=SEARCHED
)
def test_searched_parameters_take_effect(name, values, read, expected, preset, iris):
    """What a search sets is what the models in its pipelines were made with."""
    X, y = (part[::3] for part in iris)
    estimator = classifier(**{"epochs": 1, **preset})
    pipe = Pipeline([("scale", StandardScaler()), ("nn", estimator)])
    seen = []

    def scoring(fitted, X, y):
        seen.append(read(fitted[-1]))
        return 0.0

    GridSearchCV(
        pipe,
        {f"nn__{name}": values},
        scoring=scoring,
        cv=[(np.arange(40), np.arange(40, 50))],
        refit=False,
    ).fit(X, y)
    assert seen == expected
    assert STOP.patience == 7


def test_grid_search_finds_the_rate_that_learns(iris):
    search = GridSearchCV(
        classifier(), {"optimizer__learning_rate": [1e-6, 1.0]}, cv=2
    ).fit(*iris)
    assert search.best_params_ == {"optimizer__learning_rate": 1.0}
    assert search.best_score_ > 0.85
    assert learning_rate(search.best_estimator_) == 1.0
    assert np.diff(search.cv_results_["mean_test_score"]) > 0.2
    loaded = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(loaded.predict(iris[0]), search.predict(iris[0]))


def test_randomized_search(cancer):
    pipe = Pipeline([("scale", StandardScaler()), ("nn", classifier(epochs=5))])
    search = RandomizedSearchCV(
        pipe,
        {"nn__hidden": range(4, 12), "nn__optimizer__learning_rate": [0.5, 1.0, 2.0]},
        n_iter=3,
        scoring="neg_log_loss",
        cv=2,
        random_state=0,
    ).fit(*cancer)
    best = search.best_estimator_[-1]
    assert width(best) == search.best_params_["nn__hidden"]
    assert learning_rate(best) == pytest.approx(
        search.best_params_["nn__optimizer__learning_rate"]
    )
    assert search.best_score_ > -0.4


def test_halving_search_spends_epochs(iris):
    search = HalvingGridSearchCV(
        classifier(),
        {"optimizer__learning_rate": [1e-6, 1e-4, 1.0]},
        resource="epochs",
        min_resources=3,
        max_resources=9,
        factor=3,
        cv=2,
        random_state=0,
    ).fit(*iris)
    assert search.n_resources_ == [3, 9]
    assert search.n_candidates_ == [3, 1]
    assert search.best_estimator_.n_iter_ == 9
    assert search.best_params_["optimizer__learning_rate"] == 1.0
    assert search.best_score_ > 0.8


@pytest.fixture
def workers():
    """End the worker processes afterwards: each holds a TensorFlow."""
    yield
    get_reusable_executor().shutdown(wait=True)


def test_parallel_search_gives_the_same_scores(workers, iris):
    """Threads and processes build and train the same models."""
    halves = [(np.arange(0, 150, 2), np.arange(1, 150, 2))]
    grid = {"hidden": [2, 8]}
    search = GridSearchCV(classifier(epochs=5), grid, cv=halves, refit=False)
    alone = clone(search).fit(*iris).cv_results_["split0_test_score"]
    # A second fit would go to a second process, where TensorFlow starts, too.
    for backend, n in (("threading", 2), ("loky", 1)):
        some = clone(search).set_params(param_grid={"hidden": grid["hidden"][:n]})
        with parallel_config(backend, n_jobs=2):
            scores = some.fit(*iris).cv_results_["split0_test_score"]
        np.testing.assert_array_equal(scores, alone[:n])
    assert np.ptp(alone) > 0


# --- feature selection and inspection ------------------------------------


def test_feature_selection_keeps_the_telling_feature(iris):
    """Petal length says more of the species than the sepals do."""
    X, y = iris
    selector = SequentialFeatureSelector(
        classifier(epochs=10), n_features_to_select=1, cv=2
    )
    assert selector.fit(X[:, :3], y).get_support().tolist() == [False, False, True]


def test_permutation_importance(iris):
    X, y = iris
    noise = np.random.RandomState(0).normal(size=(150, 2))
    fitted = classifier().fit(np.hstack([noise, X[:, 2:]]), y)
    found = permutation_importance(
        fitted, np.hstack([noise, X[:, 2:]]), y, n_repeats=3, random_state=0
    )
    assert found.importances_mean[2:].min() > found.importances_mean[:2].max() + 0.05


def test_partial_dependence_of_a_regressor(fitted_regressor, diabetes):
    """The disease progresses with the body mass index."""
    X, _ = diabetes
    found = partial_dependence(fitted_regressor, X, [2], grid_resolution=5)
    assert found.average.shape == (1, 5)
    assert found.average[0, -1] > found.average[0, 0] + 0.2


@pytest.mark.parametrize(
    "fixture, data, n_curves",
    [("fitted_binary", "cancer", 1), ("fitted_classifier", "iris", 3)],
    ids=["binary", "multiclass"],
)
def test_partial_dependence_of_a_classifier(fixture, data, n_curves, request):
    fitted = request.getfixturevalue(fixture)
    X, _ = request.getfixturevalue(data)
    found = partial_dependence(
        fitted, X, [2], grid_resolution=4, response_method="predict_proba"
    )
    assert found.average.shape == (n_curves, 4)
    assert np.ptp(found.average) > 0.01
    if n_curves > 1:
        np.testing.assert_allclose(found.average.sum(axis=0), 1, rtol=1e-6)


# --- data frames and columns ---------------------------------------------


@pytest.fixture(scope="module")
def garden(iris):
    """iris as a data frame, with a column that names the bed."""
    X, y = iris
    frame = pd.DataFrame(X, columns=["sepal l", "sepal w", "petal l", "petal w"])
    return frame.assign(bed=np.array(["north", "south"])[np.arange(150) % 2]), y


@pytest.mark.parametrize("threshold", [0, 1], ids=["dense", "sparse"])
def test_column_transformer_in_front(threshold, garden):
    frame, y = garden
    columns = make_column_transformer(
        (StandardScaler(), ["petal l", "petal w"]),
        (OneHotEncoder(), ["bed"]),
        sparse_threshold=threshold,
    )
    pipe = make_pipeline(columns, classifier()).fit(frame, y)
    assert pipe.score(frame, y) > 0.85
    assert pipe[-1].n_features_in_ == 4
    # Columns are found by name, wherever they stand.
    np.testing.assert_array_equal(
        pipe.predict(frame[frame.columns[::-1]]), pipe.predict(frame)
    )


def test_names_of_a_data_frame_go_through_the_pipeline(garden):
    frame, y = garden
    frame = frame.drop(columns="bed")
    scale = StandardScaler().set_output(transform="pandas")
    pipe = make_pipeline(scale, classifier()).fit(frame, y)
    fitted = pipe[-1]
    assert fitted.feature_names_in_.tolist() == list(frame.columns)
    assert pipe.score(frame, y) > 0.85
    scaled = pipe[0].transform(frame)
    with pytest.raises(ValueError, match="same order"):
        fitted.predict(scaled[scaled.columns[::-1]])


@pytest.mark.parametrize("dtype", ["object", "category"])
def test_target_as_a_series(dtype, garden):
    """Rows belong together by position, whatever the index says."""
    frame, y = garden
    series = pd.Series(y, index=np.arange(150)[::-1], name="species", dtype=dtype)
    pipe = make_pipeline(StandardScaler(), classifier())
    pipe.fit(frame.drop(columns="bed"), series)
    assert pipe.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert pipe.score(frame.drop(columns="bed"), series) > 0.85


def test_fit_arguments_of_a_pipeline(iris):
    X, y = iris
    pipe = Pipeline([("scale", StandardScaler()), ("nn", classifier())])
    pipe.fit(X, y, nn__epochs=3, nn__sample_weight=1.0 * (y != "virginica"))
    assert pipe[-1].n_iter_ == 3
    assert "virginica" not in pipe.predict(X)


def test_memory_keeps_trained_steps(iris, tmp_path, monkeypatch):
    """A Keras step before the last is trained once for the same data."""
    X, y = iris
    trained = []
    fit = KerasClassifier.fit

    @functools.wraps(fit)
    def counted(self, *args, **kwargs):
        trained.append(self.hidden)
        return fit(self, *args, **kwargs)

    monkeypatch.setattr(KerasClassifier, "fit", counted)
    step = VotingClassifier([("nn", classifier(hidden=8))], voting="soft")
    pipe = Pipeline(
        [("probabilities", step), ("linear", LogisticRegression())],
        memory=str(tmp_path),
    )
    first = clone(pipe).fit(X, y)
    second = clone(pipe).set_params(linear__C=0.5).fit(X, y)
    assert trained == [8]
    np.testing.assert_array_equal(first[0].transform(X), second[0].transform(X))
    assert second.score(X, y) > 0.85
    third = clone(pipe).set_params(probabilities__nn__hidden=5).fit(X, y)
    assert trained == [8, 5]
    assert width(third[0].estimators_[0]) == 5


# --- metadata routing ----------------------------------------------------


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def weighted(y):
    """Weights under which there are no virginicas to learn."""
    return 1.0 * (y != "virginica")


def requesting(**changed):
    return (
        classifier(**changed)
        .set_fit_request(sample_weight=True)
        .set_score_request(sample_weight=False)
    )


@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: GridSearchCV(inner, {"hidden": [8]}, cv=2),
        lambda inner: make_pipeline(
            StandardScaler().set_fit_request(sample_weight=False), inner
        ),
        lambda inner: BaggingClassifier(inner, n_estimators=1, random_state=0),
        lambda inner: OneVsRestClassifier(inner),
    ],
    ids=["GridSearchCV", "Pipeline", "BaggingClassifier", "OneVsRestClassifier"],
)
def test_weights_reach_the_fit(wrap, routing, iris):
    X, y = iris
    meta = wrap(requesting()).fit(X, y, sample_weight=weighted(y))
    predicted = meta.predict(X)
    assert "virginica" not in predicted
    assert (predicted == y)[y == "setosa"].mean() > 0.85


def test_weights_reach_the_fits_of_cross_validation(routing, iris):
    X, y = iris
    scores = cross_validate(
        requesting(),
        X,
        y,
        cv=2,
        params={"sample_weight": weighted(y)},
        return_estimator=True,
    )
    for fitted in scores["estimator"]:
        assert "virginica" not in fitted.predict(X)
    assert (scores["test_score"] < 0.7).all()


def test_weights_that_nobody_asked_for_are_refused(routing, iris):
    X, y = iris
    with pytest.raises(ValueError, match="sample_weight"):
        cross_validate(
            classifier(epochs=1),
            X,
            y,
            cv=2,
            params={"sample_weight": weighted(y)},
            error_score="raise",
        )


def test_validation_set_goes_through_the_pipeline(routing, iris):
    """X_val is scaled as X is, by the scaler that saw X alone."""
    X, y = iris
    X = 20 + 5 * X
    X, X_val, y, y_val = train_test_split(X, y, stratify=y, random_state=0)
    nn = classifier().set_fit_request(X_val=True, y_val=True)
    pipe = make_pipeline(StandardScaler(), nn, transform_input=["X_val"])
    pipe.fit(X, y, X_val=X_val, y_val=y_val)
    final = pipe[-1].history_["val_loss"][-1]
    assert final == pytest.approx(log_loss(y_val, pipe.predict_proba(X_val)), rel=1e-3)
    assert final < 0.5


def test_validation_set_in_a_search(routing, iris):
    X, y = iris
    nn = classifier(epochs=2).set_fit_request(X_val=True, y_val=True)
    pipe = make_pipeline(StandardScaler(), nn, transform_input=["X_val"])
    search = GridSearchCV(pipe, {"kerasclassifier__hidden": [4, 8]}, cv=2)
    # X_val has another length than X: it is passed whole to every fit.
    search.fit(X, y, X_val=X[::7], y_val=y[::7])
    assert len(search.best_estimator_[-1].history_["val_loss"]) == 2
