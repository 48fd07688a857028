"""Histories of all fits of a search as one table."""

import pickle
import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from joblib.externals.loky import get_reusable_executor
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._shared.searches import histories
from sk_keras._shared.searches.fit_place import FitPlace
from sk_keras._shared.searches.histories import STORE, HistoryStore
from sk_keras.inspection import search_history
from tests.builders import dense_classifier, dense_regressor

callbacks = pytest.importorskip("sklearn.callback")
from sk_keras.inspection import HistoryMonitor  # noqa: E402

SPLITS = KFold(2, shuffle=True, random_state=0)


def net(**changed):
    params = {"model": dense_classifier, "epochs": 2, "random_state": 0}
    return KerasClassifier(
        metrics=["accuracy"], validation_split=0.2, **{**params, **changed}
    )


def piped(**changed):
    return make_pipeline(StandardScaler(), net(**changed))


def by_hand(search, X, y):
    """Fit every candidate on every split."""
    rows = []
    for candidate, params in enumerate(search.cv_results_["params"]):
        for split, (train, _) in enumerate(SPLITS.split(X)):
            fitted = (
                clone(search.estimator).set_params(**params).fit(X[train], y[train])
            )
            last = fitted[-1] if hasattr(fitted, "steps") else fitted
            frame = last.history_frame().reset_index()
            shown = {f"param_{name}": [v] * len(frame) for name, v in params.items()}
            frame = frame.assign(candidate=candidate, split=split, **shown)
            if "iter" in search.cv_results_:
                frame["iter"] = search.cv_results_["iter"][candidate]
            rows.append(frame)
    return pd.concat(rows, ignore_index=True)


SEARCHES = {
    "grid": lambda: GridSearchCV(net(), {"hidden": [3, 4]}, cv=SPLITS),
    "values that are no numbers": lambda: GridSearchCV(
        net(),
        {"batch_size": [8, -1], "optimizer": ["sgd", keras.optimizers.Adam]},
        cv=SPLITS,
    ),
    "pipeline": lambda: GridSearchCV(
        piped(), {"kerasclassifier__epochs": [1, 3]}, cv=SPLITS
    ),
    "randomized": lambda: RandomizedSearchCV(
        net(), {"hidden": range(2, 9)}, n_iter=3, cv=SPLITS, random_state=0
    ),
    "halving": lambda: HalvingGridSearchCV(
        net(),
        {"hidden": [2, 3, 4]},
        cv=SPLITS,
        resource="epochs",
        min_resources=1,
        max_resources=4,
        factor=2,
        random_state=0,
    ),
    "several scores": lambda: GridSearchCV(
        net(),
        {"hidden": [3, 4]},
        cv=SPLITS,
        scoring=["accuracy", "neg_log_loss"],
        refit="neg_log_loss",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "backend"),
    [*((kind, "sequential") for kind in SEARCHES)]
    + [(kind, "threading") for kind in ("pipeline", "halving")],
)
def test_figures_are_those_of_fits_by_hand(kind, backend, iris):
    search = SEARCHES[kind]()
    with parallel_config(backend, n_jobs=2):
        search.fit(*iris)
    table = search_history(search)
    expected = by_hand(search, *iris)
    first = ["candidate", "split"] + ["iter"] * (kind == "halving")
    params = [n for n in search.cv_results_ if n.startswith("param_")]
    figures = ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert list(table.columns) == [*first, *params, "epoch", *figures]
    pd.testing.assert_frame_equal(table, expected[table.columns], check_dtype=False)


@pytest.mark.slow
def test_halving_counts_candidates_as_its_results_do(iris):
    search = SEARCHES["halving"]().fit(*iris)
    table = search_history(search)
    assert table["iter"].unique().tolist() == [0, 1]
    epochs = table.groupby("candidate").epoch.max()
    np.testing.assert_array_equal(epochs, search.cv_results_["n_resources"])
    for name in ("param_hidden", "iter"):
        seen = table.groupby("candidate")[name].first()
        np.testing.assert_array_equal(seen, search.cv_results_[name])


@pytest.mark.slow
def test_grids_with_different_parameters(iris):
    grids = [{"hidden": [3]}, {"metrics": [None], "validation_split": [0.0]}]
    table = search_history(GridSearchCV(net(), grids, cv=SPLITS).fit(*iris))
    assert table.param_hidden.isna().tolist() == [False] * 4 + [True] * 4
    assert table.val_loss.isna().tolist() == [False] * 4 + [True] * 4
    assert table.accuracy.isna().tolist() == [False] * 4 + [True] * 4


def too_small(meta, hidden=3):
    if hidden < 3:
        raise ValueError("too small")
    return dense_classifier(meta, hidden=hidden)


@pytest.mark.slow
def test_figures_that_are_called_as_other_columns_are(iris):
    def note(epoch, logs):
        logs.update(epoch=7.0, split=9.0)

    noting = keras.callbacks.LambdaCallback(on_epoch_end=note)
    table = search_history(GridSearchCV(net(callbacks=noting), {}, cv=2).fit(*iris))
    assert table.split.tolist() == [0, 0, 1, 1]
    assert table.epoch.tolist() == [1, 2, 1, 2]
    assert set(table.history_epoch) == {7.0}
    assert set(table.history_split) == {9.0}


@pytest.mark.slow
def test_the_best_estimator_can_be_trained_further(iris):
    search = SEARCHES["grid"]().fit(*iris)
    table = search_history(search)
    search.best_estimator_.partial_fit(*iris)
    pd.testing.assert_frame_equal(search_history(search), table)
    search.best_estimator_.fit(*iris)
    pd.testing.assert_frame_equal(search_history(search), table)


def test_failed_candidates_have_no_rows(iris):
    search = GridSearchCV(net(model=too_small), {"hidden": [2, 3]}, cv=SPLITS)
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        search.fit(*iris)
    assert search_history(search).candidate.unique().tolist() == [1]


@pytest.mark.slow
def test_regressors(diabetes):
    X, y = diabetes
    model = KerasRegressor(dense_regressor, epochs=1, random_state=0)
    search = GridSearchCV(model, {"hidden": [3, 4]}, cv=SPLITS).fit(X, y)
    pd.testing.assert_frame_equal(
        search_history(search), by_hand(search, X, y)[[*search_history(search)]]
    )


@pytest.mark.slow
def test_each_search_has_its_own(iris):
    """One estimator in several searches, one search fitted several times."""
    X, y = iris
    model = net()
    one = GridSearchCV(model, {"hidden": [3]}, cv=SPLITS).fit(X, y)
    two = GridSearchCV(model, {"hidden": [5]}, cv=SPLITS).fit(X, y)
    for search in (one, two, two.fit(X[:100], y[:100])):
        n = 100 if search is two and search.best_estimator_.X_shape_[0] == 100 else 150
        table = search_history(search)
        expected = by_hand(search, X[:n], y[:n])
        pd.testing.assert_frame_equal(table, expected[table.columns])


@pytest.mark.slow
def test_searches_in_searches(iris):
    inner = GridSearchCV(net(), {"hidden": [3, 4]}, cv=SPLITS)
    outer = GridSearchCV(inner, {"estimator__epochs": [1, 2]}, cv=SPLITS).fit(*iris)
    best = search_history(outer.best_estimator_)
    expected = by_hand(outer.best_estimator_, *iris)
    pd.testing.assert_frame_equal(best, expected[best.columns])
    # Of each candidate of the outer one what the inner one has refitted.
    table = search_history(outer)
    assert table.candidate.tolist() == [0, 0, 1, 1, 1, 1]
    X, y = iris
    train, _ = next(SPLITS.split(X))
    refitted = clone(inner).set_params(estimator__epochs=2).fit(X[train], y[train])
    first = table[(table.candidate == 1) & (table.split == 0)]
    assert first.loss.tolist() == refitted.best_estimator_.history_["loss"]


@pytest.mark.slow
def test_fits_of_other_processes_and_of_this_one(iris):
    """Of an outer search in processes, the last refit alone runs in this one."""
    inner = GridSearchCV(net(), {"hidden": [3, 4]}, cv=SPLITS)
    inner.estimator.set_callbacks(HistoryMonitor())
    outer = GridSearchCV(inner, {"estimator__epochs": [1, 2]}, cv=SPLITS).fit(*iris)
    table, best = search_history(outer), search_history(outer.best_estimator_)
    run = outer.best_estimator_.best_estimator_._place.run
    for levels in list(STORE._runs[run]):
        if levels[0] is not None:
            STORE._bytes -= histories._cost(STORE._runs[run].pop(levels))
    assert set(STORE.fits(run)) == {(None, n) for n in range(4)}
    pd.testing.assert_frame_equal(search_history(outer), table)
    pd.testing.assert_frame_equal(search_history(outer.best_estimator_), best)


@pytest.mark.slow
def test_searches_of_a_cross_validation(iris):
    search = GridSearchCV(net(), {"hidden": [3, 4]}, cv=SPLITS)
    fitted = cross_validate(search, *iris, cv=SPLITS, return_estimator=True)
    X, y = iris
    for (train, _), each in zip(SPLITS.split(X), fitted["estimator"], strict=True):
        table = search_history(each)
        expected = by_hand(each, X[train], y[train])
        pd.testing.assert_frame_equal(table, expected[table.columns])


# --- monitors ---------------------------------------------------------------


@pytest.mark.slow
def test_without_refit_a_monitor_finds_them(iris):
    monitor = HistoryMonitor()
    model = piped()
    model[-1].set_callbacks(monitor)
    grid = {"kerasclassifier__hidden": [3, 4]}
    search = GridSearchCV(model, grid, cv=SPLITS, refit=False)
    with pytest.raises(TypeError, match="needs a fitted search"):
        search_history(search)
    search.fit(*iris)
    table = search_history(search)
    expected = by_hand(search, *iris)
    pd.testing.assert_frame_equal(table, expected[table.columns])
    again = clone(search).set_params(refit=True).fit(*iris)
    with pytest.raises(ValueError, match="has seen 2 searches"):
        search_history(search)
    pd.testing.assert_frame_equal(search_history(again), table)


@pytest.mark.parametrize(
    "outer", [piped(), GridSearchCV(net(), {}, cv=2)], ids=["pipeline", "search"]
)
def test_a_monitor_is_for_keras_estimators(iris, outer):
    outer = clone(outer).set_callbacks(HistoryMonitor())
    message = rf"KerasClassifier or KerasRegressor.*Got a {type(outer).__name__}"
    with pytest.raises(TypeError, match=message):
        outer.fit(*iris)


def test_other_callbacks_are_not_asked(iris):
    scores = callbacks.ScoringMonitor(scoring="accuracy")
    scores.runs = ["a user's own"]
    search = GridSearchCV(net().set_callbacks(scores), {}, cv=SPLITS).fit(*iris)
    assert len(search_history(search)) == 2 * 2


def test_a_monitor_takes_a_message_of_each_fit(iris):
    monitor = HistoryMonitor()
    model = net().set_callbacks(monitor).fit(*iris)
    assert monitor.runs() == {} == dict(enumerate(monitor._log))
    search = GridSearchCV(model, {"hidden": [3, 4]}, cv=SPLITS).fit(*iris)
    assert len(monitor._log) == 5
    [fits] = monitor.runs().values()
    assert set(fits) == {(0,), (1,), (2,), (3,), (None,)}
    assert fits[(None,)] == search.best_estimator_.history_


@pytest.mark.slow
def test_processes(iris, tmp_path):
    """What other processes write and record comes home, and nothing else is mixed."""
    X, y = iris
    log = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    scores = callbacks.ScoringMonitor(scoring="accuracy")
    # With one program for all: each process traces its own.
    grid = {"kerasclassifier__optimizer__learning_rate": [0.01, 0.1]}
    model = piped(callbacks=log)
    with parallel_config("loky", n_jobs=2):
        bare = GridSearchCV(model, grid, cv=SPLITS).fit(X, y)
        with pytest.raises(ValueError, match=r"set_callbacks\(sk_keras\.inspection\."):
            search_history(bare)
        model[-1].set_callbacks(HistoryMonitor(), scores)
        search = GridSearchCV(model, grid, cv=SPLITS).fit(X, y)
        cross_validate(model, X, y, cv=SPLITS)
    get_reusable_executor().shutdown()
    table = search_history(search)
    model[-1].set_params(callbacks=None)
    expected = by_hand(search, X, y)[table.columns]
    # Processes share processors otherwise, and round otherwise.
    pd.testing.assert_frame_equal(table, expected, rtol=1e-4)
    assert len(scores.get_logs(select="all")[0].data) == 5 * 3
    names = [f"candidate-{c}_split-{s}" for c in (0, 1) for s in (0, 1)]
    folders = [f"search-{n}/{name}" for n in (0, 1) for name in [*names, "refit"]]
    written = {str(p.parent.relative_to(tmp_path)) for p in tmp_path.rglob("log.csv")}
    assert written == {*folders, "fit-0", "fit-1"}
    for (candidate, split), fit in table.groupby(["candidate", "split"]):
        name = f"search-1/candidate-{candidate}_split-{split}/log.csv"
        np.testing.assert_allclose(pd.read_csv(tmp_path / name).loss, fit.loss)


# --- what is kept -------------------------------------------------------------


@pytest.mark.slow
def test_histories_that_are_gone(iris, monkeypatch):
    search = SEARCHES["grid"]().fit(*iris)
    twin = pickle.loads(pickle.dumps(search))
    pd.testing.assert_frame_equal(search_history(twin), search_history(search))
    monkeypatch.setattr("sk_keras.inspection.searches.STORE", HistoryStore())
    for gone in (twin, GridSearchCV(net(), {}, cv=2, refit=False).fit(*iris)):
        with pytest.raises(ValueError, match="are not here.*HistoryMonitor"):
            search_history(gone)


@pytest.mark.parametrize(
    "thing",
    [
        None,
        LogisticRegression(),
        GridSearchCV(LogisticRegression(), {}),
        KerasClassifier(),
    ],
    ids=["none", "estimator", "unfitted", "keras"],
)
def test_what_is_no_fitted_search(thing):
    with pytest.raises(TypeError, match="needs a fitted search, such as GridSearchCV"):
        search_history(thing)


def test_searches_without_keras(iris):
    X, y = iris
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2).fit(X, y)
    with pytest.raises(TypeError, match="over a KerasClassifier.*Got LogisticReg"):
        search_history(search)


def test_fits_outside_of_searches_are_not_kept(iris, monkeypatch):
    monkeypatch.setattr(histories, "STORE", store := HistoryStore())
    piped().fit(*iris)
    cross_validate(net(), *iris, cv=2)
    assert store._runs == {}
    GridSearchCV(net(), {}, cv=2).fit(*iris)
    assert [len(fits) for fits in store._runs.values()] == [2]


def history(n_epochs):
    return {"loss": [0.5] * n_epochs, "val_loss": [1.5] * n_epochs}


def test_the_store_is_bounded():
    one = 2 * 8 * 100 + histories._OVERHEAD
    store = HistoryStore(max_bytes=5 * one)
    for run in "abc":
        for number in range(2):
            store.keep(FitPlace(run, (number,)), history(100))
    assert store.fits("a") == {}
    assert store.fits("b") == {(0,): history(100), (1,): history(100)}
    store.keep(FitPlace("a", (2,)), history(100))  # not half of a search
    assert store.fits("a") == {}
    assert store._bytes == 4 * one
    store.keep(FitPlace("c", (1,)), history(50))  # in place of the other
    assert store.fits("c")[(1,)] == history(50)
    assert store._bytes == 4 * one - 2 * 8 * 50
    for number in range(5):  # too many by themselves
        store.keep(FitPlace("d", (number,)), history(150))
    assert store._bytes == 0
    assert store.fits("d") == {}


def test_the_store_forgets_very_old_searches(monkeypatch):
    monkeypatch.setattr(histories, "MAX_RUNS", 3)
    store = HistoryStore()
    for run in "abcd":
        store.keep(FitPlace(run, (0,)), history(1))
    assert list(store._runs) == ["b", "c", "d"]
    assert store._bytes == 3 * (16 + histories._OVERHEAD)


@pytest.mark.slow
def test_importing_it_is_light():
    code = (
        "import sys, sk_keras.inspection; from sk_keras.inspection import "
        "search_history, HistoryMonitor; assert 'tensorflow' not in sys.modules, 1; "
        "print(dir(sk_keras.inspection))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "search_history" in done.stdout
