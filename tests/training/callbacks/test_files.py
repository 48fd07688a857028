"""Files of callbacks: where the user said, or a folder for each fit of many."""

import os
import threading

import keras
import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.multioutput import ClassifierChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._shared.searches.fit_place import FitPlace
from sk_keras._training.callbacks import files
from sk_keras.inspection import search_history
from tests.builders import dense_classifier, dense_regressor

pytest.importorskip("sklearn.callback")

GRID = {"hidden": [3, 4]}
FOLDERS = [f"candidate-{c}_split-{s}" for c in (0, 1) for s in (0, 1)]
ONE_SEARCH = [f"search-0/{name}" for name in [*FOLDERS, "refit"]]


def net(path, **changed):
    log = keras.callbacks.CSVLogger(path / "log.csv")
    params = {"epochs": 1, "batch_size": -1, "random_state": 0, "callbacks": log}
    return KerasClassifier(dense_classifier, **{**params, **changed})


class Own(ClassifierMixin, BaseEstimator):
    """A user's own estimator around another."""

    def __init__(self, inner):
        self.inner = inner

    def fit(self, X, y):
        self.inner_ = clone(self.inner).fit(X, y)
        self.classes_ = self.inner_.classes_
        return self

    def predict(self, X):
        return self.inner_.predict(X)


class OwnKeras(KerasClassifier):
    """A user's subclass with a fit of its own."""

    def fit(self, X, y):
        return super().fit(X, y)


def regress(path, X, y):
    inner = KerasRegressor(
        dense_regressor, epochs=1, callbacks=keras.callbacks.CSVLogger(path / "log.csv")
    )
    TransformedTargetRegressor(inner).fit(X, np.arange(len(y), dtype=float))


def grid(estimator, X, y, **kwargs):
    name = "hidden" if "hidden" in estimator.get_params() else None
    name = name or next(n for n in estimator.get_params() if n.endswith("__hidden"))
    return GridSearchCV(estimator, {name: [3, 4]}, cv=2, **kwargs).fit(X, y)


def nested_search(path, X, y, **kwargs):
    inner = GridSearchCV(net(path), GRID, cv=2, **kwargs)
    GridSearchCV(inner, {"estimator__epochs": [1]}, cv=2).fit(X, y)


def threaded(use, *args, **kwargs):
    with parallel_config("threading"):
        use(*args, **kwargs)


NESTED = [
    f"search-0/{outer}/{inner}"
    for outer in ["fit-0", "fit-1", "refit"]
    for inner in [*FOLDERS, "refit"]
]

#: What is done with an estimator, and the folders that its files are in.
USES = {
    "fit": (lambda path, X, y: net(path).fit(X, y), ["."]),
    "fit twice": (lambda path, X, y: net(path).fit(X, y).fit(X, y), ["."]),
    "a clone by hand": (lambda path, X, y: clone(net(path)).fit(X, y), ["."]),
    "partial_fit": (lambda path, X, y: net(path).partial_fit(X, y), ["."]),
    "callbacks of a call": (
        lambda path, X, y: net(path, callbacks=None).fit(
            X, y, callbacks=keras.callbacks.CSVLogger(path / "log.csv")
        ),
        ["."],
    ),
    "Pipeline": (
        lambda path, X, y: make_pipeline(StandardScaler(), net(path)).fit(X, y),
        ["."],
    ),
    "Pipeline of transformers": (
        lambda path, X, y: make_pipeline(
            make_column_transformer((StandardScaler(), [0, 1, 2, 3])), net(path)
        ).fit(X, y),
        ["."],
    ),
    "TransformedTargetRegressor": (regress, ["."]),
    "an estimator of one's own": (lambda path, X, y: Own(net(path)).fit(X, y), ["."]),
    "the best of a search, again": (
        lambda path, X, y: grid(net(path), X, y).best_estimator_.fit(X, y),
        [".", *ONE_SEARCH],
    ),
    "GridSearchCV": (lambda path, X, y: grid(net(path), X, y), ONE_SEARCH),
    "GridSearchCV of a Pipeline": (
        lambda path, X, y: grid(make_pipeline(StandardScaler(), net(path)), X, y),
        ONE_SEARCH,
    ),
    "GridSearchCV without refit": (
        lambda path, X, y: grid(net(path), X, y, refit=False),
        ONE_SEARCH[:-1],
    ),
    "RandomizedSearchCV": (
        lambda path, X, y: RandomizedSearchCV(net(path), GRID, n_iter=2, cv=2).fit(
            X, y
        ),
        ONE_SEARCH,
    ),
    "HalvingGridSearchCV": (
        lambda path, X, y: HalvingGridSearchCV(
            net(path),
            GRID,
            cv=2,
            resource="epochs",
            min_resources=1,
            max_resources=2,
            factor=2,
        ).fit(X, y),
        # The third row of cv_results_ is the better one of the first two.
        [*ONE_SEARCH, *(f"search-0/candidate-2_split-{s}" for s in (0, 1))],
    ),
    "a search in a search": (nested_search, NESTED),
    "threads of a search in a search": (
        lambda path, X, y: threaded(nested_search, path, X, y, n_jobs=2),
        NESTED,
    ),
    "a search in a cross-validation": (
        lambda path, X, y: cross_validate(
            GridSearchCV(net(path), GRID, cv=2), X, y, cv=2
        ),
        [f"search-{n}/{name}" for n in (0, 1) for name in [*FOLDERS, "refit"]],
    ),
    "an ensemble in a search": (
        lambda path, X, y: GridSearchCV(
            BaggingClassifier(net(path), n_estimators=2), {}, cv=2, refit=False
        ).fit(X, y),
        [f"fit-{n}" for n in range(4)],
    ),
    "cross_val_score": (
        lambda path, X, y: cross_val_score(net(path), X, y, cv=3),
        ["fit-0", "fit-1", "fit-2"],
    ),
    "cross_val_score of a Pipeline": (
        lambda path, X, y: cross_val_score(
            make_pipeline(StandardScaler(), net(path)), X, y, cv=2
        ),
        ["fit-0", "fit-1"],
    ),
    "cross_val_score of a subclass": (
        lambda path, X, y: cross_val_score(
            OwnKeras(**net(path).get_params()), X, y, cv=2
        ),
        ["fit-0", "fit-1"],
    ),
    "cross_val_score of one's own": (
        lambda path, X, y: cross_val_score(Own(net(path)), X, y, cv=2),
        ["fit-0", "fit-1"],
    ),
    "cross_val_predict": (
        lambda path, X, y: cross_val_predict(net(path), X, y, cv=2),
        ["fit-0", "fit-1"],
    ),
    "learning_curve": (
        lambda path, X, y: learning_curve(
            net(path), X, y, cv=2, train_sizes=[1.0], shuffle=True
        ),
        ["fit-0", "fit-1"],
    ),
    "VotingClassifier": (
        lambda path, X, y: VotingClassifier([("a", net(path)), ("b", net(path))]).fit(
            X, y
        ),
        ["fit-0", "fit-1"],
    ),
    "ClassifierChain": (
        lambda path, X, y: ClassifierChain(net(path)).fit(
            X, np.column_stack([y == "setosa", y == "virginica"]).astype(int)
        ),
        ["fit-0", "fit-1"],
    ),
    "AdaBoostClassifier": (
        lambda path, X, y: AdaBoostClassifier(
            net(path, epochs=20, batch_size=8), n_estimators=2, random_state=0
        ).fit(X, y),
        ["fit-0", "fit-1"],
    ),
}


def folders_of(path, name="log.csv"):
    return sorted(str(p.parent.relative_to(path)) for p in path.rglob(name))


@pytest.mark.slow
@pytest.mark.parametrize("use", USES)
def test_where_files_go(use, iris, tmp_path):
    run, expected = USES[use]
    run(tmp_path, *iris)
    assert folders_of(tmp_path) == sorted(expected)


@pytest.mark.slow
@pytest.mark.parametrize("use", ["GridSearchCV", "cross_val_score"])
def test_where_files_go_in_threads(use, iris, tmp_path):
    run, expected = USES[use]
    with parallel_config("threading", n_jobs=3):
        run(tmp_path, *iris)
    assert folders_of(tmp_path) == sorted(expected)


def test_what_is_written_belongs_to_the_fit(iris, tmp_path):
    search = grid(net(tmp_path, epochs=2), *iris)
    history = search_history(search)
    for (candidate, split), fit in history.groupby(["candidate", "split"]):
        folder = tmp_path / "search-0" / f"candidate-{candidate}_split-{split}"
        written = pd.read_csv(folder / "log.csv")
        np.testing.assert_allclose(written.loss, fit.loss, rtol=1e-6)
    best = search.best_estimator_
    written = pd.read_csv(best.callbacks_["0"].filename)
    np.testing.assert_allclose(written.loss, best.history_["loss"], rtol=1e-6)
    assert best.callbacks_["0"].filename == str(tmp_path / "search-0/refit/log.csv")
    # What the user has given is as it was.
    assert search.estimator.callbacks.filename == str(tmp_path / "log.csv")
    assert best.callbacks.filename == str(tmp_path / "log.csv")


def test_files_of_a_fit_stay_together(iris, tmp_path):
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras")
    logs = [keras.callbacks.CSVLogger(tmp_path / "log.csv"), checkpoint]
    cross_val_score(net(tmp_path, callbacks=logs), *iris, cv=2)
    for name in ("log.csv", "best.keras"):
        assert folders_of(tmp_path, name) == ["fit-0", "fit-1"]


@pytest.mark.slow
def test_every_search_has_a_folder(iris, tmp_path):
    search = grid(net(tmp_path), *iris)
    first = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    search.fit(*iris)
    os.remove(tmp_path / "search-0" / ".search")  # cannot be told from a user's now
    (tmp_path / "search-2").mkdir()
    (tmp_path / "search-2" / "of the user's").touch()
    grid(net(tmp_path), *iris)
    assert [folders_of(tmp_path / f"search-{n}") for n in (0, 1, 2, 3)] == [
        [*FOLDERS, "refit"],
        [*FOLDERS, "refit"],
        [],
        [*FOLDERS, "refit"],
    ]
    left = {p: p.read_bytes() for p in first if p.name != ".search"}
    assert left == {p: text for p, text in first.items() if p.name != ".search"}


@pytest.mark.slow
def test_every_callback_that_writes(iris, tmp_path):
    class Own(keras.callbacks.Callback):
        writes_to = ("path",)

        def __init__(self, path):
            super().__init__()
            self.path = path

        def on_train_end(self, logs=None):
            with open(self.path, "a") as file:
                file.write("once")

    class OwnCheckpoint(keras.callbacks.ModelCheckpoint):
        pass

    backup = keras.callbacks.BackupAndRestore(
        str(tmp_path / "backup"), delete_checkpoint=False
    )
    given = [
        OwnCheckpoint(tmp_path / "out" / "{epoch}" / "{epoch}.keras"),
        keras.callbacks.CSVLogger(tmp_path / "out" / "log.csv"),
        backup,
        Own(str(tmp_path / "own.txt")),
        keras.callbacks.EarlyStopping(monitor="loss"),
    ]
    best = grid(net(tmp_path, callbacks=given), *iris).best_estimator_
    for folder in [*FOLDERS, "refit"]:
        for file in (
            f"out/search-0/{folder}/1/1.keras",
            f"out/search-0/{folder}/log.csv",
            f"backup/search-0/{folder}/latest.weights.h5",
            f"search-0/{folder}/own.txt",
        ):
            assert (tmp_path / file).is_file(), file
        assert (tmp_path / f"search-0/{folder}/own.txt").read_text() == "once"
    refit = "search-0/refit"
    assert best.callbacks_["0"].filepath == str(
        tmp_path / f"out/{refit}/{{epoch}}/{{epoch}}.keras"
    )
    assert best.callbacks_["2"].backup_dir == str(tmp_path / f"backup/{refit}")
    assert backup.backup_dir == str(tmp_path / "backup")


def test_tensorboard_gets_a_run_for_each_fit(tmp_path):
    board = keras.callbacks.TensorBoard(
        f"{tmp_path}/logs/", embeddings_metadata=f"{tmp_path}/logs/words.tsv"
    )
    files.separate_files([board], FitPlace("run", (None,)))
    assert board.log_dir == f"{tmp_path}/logs/search-0/refit"
    assert board.embeddings_metadata == f"{tmp_path}/logs/words.tsv"


def test_relative_paths(iris, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = keras.callbacks.CSVLogger("log.csv")
    best = grid(net(tmp_path, callbacks=log), *iris).best_estimator_
    assert folders_of(tmp_path) == sorted(ONE_SEARCH)
    assert best.callbacks_["0"].filename == "search-0/refit/log.csv"


def test_files_of_a_fit_have_one_number(iris, tmp_path):
    (tmp_path / "other" / "fit-0").mkdir(parents=True)
    given = [
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.CSVLogger(f"{tmp_path}/other/../also.csv"),  # the same folder
        keras.callbacks.CSVLogger(tmp_path / "other" / "log.csv"),
    ]
    cross_val_score(net(tmp_path, callbacks=given), *iris, cv=2)
    here, there = ["fit-1", "fit-2"], ["other/fit-1", "other/fit-2"]
    assert folders_of(tmp_path) == [*here, *there]
    assert folders_of(tmp_path, "also.csv") == here
    assert not (tmp_path / "fit-0").exists()


def test_paths_elsewhere_are_not_made():
    log = keras.callbacks.CSVLogger("gs://bucket/out/log.csv")
    files.separate_files([log], FitPlace("1f", (3, None)))
    assert log.filename == "gs://bucket/out/search-1f/fit-3/refit/log.csv"
    assert not os.path.exists("gs:")


@pytest.mark.slow
def test_without_tasks_of_scikit_learn_folders_are_numbered(
    iris, tmp_path, monkeypatch
):
    for module in ("fitting", "training"):
        name = f"sk_keras._estimators.base.{module}.place_of"
        monkeypatch.setattr(name, lambda estimator: None)
    grid(net(tmp_path), *iris)
    assert folders_of(tmp_path) == [f"fit-{n}" for n in range(5)]


def test_many_fits_at_a_time(tmp_path):
    """All fits of a search find one folder; other fits find none that is taken."""
    bases = [str(tmp_path), str(tmp_path / "deeper")]
    os.mkdir(bases[1])
    os.mkdir(tmp_path / "deeper" / "fit-2")
    found = {"a": set(), "b": set(), None: []}
    start = threading.Barrier(12)

    def work(run):
        start.wait()
        for _ in range(20):
            if run is None:
                found[None].append(files._free_number(bases))
            else:
                found[run].add(files._search_folder(str(tmp_path), run))

    threads = [
        threading.Thread(target=work, args=(run,)) for run in ("a", "b", None) * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found["a"]) == len(found["b"]) == 1
    assert found["a"] != found["b"]
    assert len(set(found[None])) == 4 * 20
    assert 2 not in found[None]
    expected = {f"fit-{number}" for number in found[None]}
    assert {p.name for p in tmp_path.glob("fit-*")} == expected
    assert {p.name for p in (tmp_path / "deeper").glob("fit-*")} == {*expected, "fit-2"}
    assert not list(tmp_path.glob(".search*"))


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path, monkeypatch):
    def refuse(*args):
        raise PermissionError("no")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(PermissionError):
        files._search_folder(str(tmp_path), "a")
    assert list(tmp_path.iterdir()) == []
