"""scikit-learn's own callbacks: an epoch is a task, nested as deep as one likes."""

import copy
import pickle
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from scipy import sparse
from sklearn.base import clone
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._estimators.base.fitting import BaseKerasEstimator
from sk_keras._training.callbacks.monitoring import EpochLog
from tests.builders import dense_classifier, dense_regressor

callbacks = pytest.importorskip("sklearn.callback")


class Records:
    """Writes down what it is told, and may stop or fail at an epoch."""

    def __init__(self, stop_at=None, fail_at=None):
        self.stop_at = stop_at
        self.fail_at = fail_at
        self.seen = []

    def setup(self, estimator, context):
        self.seen.append(("setup", context.task_name, context.max_subtasks))

    def teardown(self, estimator, context):
        self.seen.append(("teardown", context.task_name, context.max_subtasks))

    def on_fit_task_begin(self, estimator, context):
        self.seen.append(("begin", context.task_name, context.task_id))
        if self.fail_at == ("begin", context.task_name, context.task_id):
            raise RuntimeError("as was asked for")

    def on_fit_task_end(self, estimator, context):
        self.seen.append(("end", context.task_name, context.task_id))
        if self.fail_at == ("end", context.task_name, context.task_id):
            raise RuntimeError("as was asked for")
        return (context.task_name, context.task_id) == ("epoch", self.stop_at)


class Looks:
    """Takes a fitted estimator at every task, and what it predicts."""

    def __init__(self):
        self.seen = {}

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(
        self, estimator, context, *, X, y, metadata, fitted_estimator
    ):
        self._look("begin", context, X, y, metadata, fitted_estimator)

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        self._look("end", context, X, y, metadata, fitted_estimator)

    def _look(self, when, context, X, y, metadata, fitted):
        task = (when, context.task_name, context.task_id)
        self.seen[task] = {"X": X, "y": y, "metadata": metadata}
        if fitted is not None:
            learned = {k: v for k, v in vars(fitted).items() if k in LEARNED}
            self.seen[task].update(learned, predicted=fitted.predict(X))


LEARNED = ("history_", "n_iter_", "best_epoch_", "classes_")
# What Keras traces for Adam takes four times as long.
PARAMS = {"optimizer": "sgd", "random_state": 0}
ESTIMATORS = {
    "classifier": lambda **p: KerasClassifier(dense_classifier, **{**PARAMS, **p}),
    "regressor": lambda **p: KerasRegressor(dense_regressor, **{**PARAMS, **p}),
}
DATA = {"classifier": "iris", "regressor": "diabetes"}


@pytest.fixture(params=ESTIMATORS)
def kind(request):
    """An estimator's factory with its data."""
    return ESTIMATORS[request.param], request.getfixturevalue(DATA[request.param])


@pytest.fixture(params=["auto", "keras"])
def engine(request):
    return request.param


# --- tasks ----------------------------------------------------------------


@pytest.mark.slow
def test_epochs_are_tasks(kind, engine):
    make, (X, y) = kind
    fitted = make(epochs=2, engine=engine).set_callbacks(watch := Records()).fit(X, y)
    assert watch.seen == [
        ("setup", "fit", 2),
        ("begin", "fit", 0),
        ("begin", "epoch", 0),
        ("end", "epoch", 0),
        ("begin", "epoch", 1),
        ("end", "epoch", 1),
        ("end", "fit", 0),
        ("teardown", "fit", 2),
    ]
    assert fitted.engine_.startswith("compiled" if engine == "auto" else "keras")
    assert not [name for name in vars(fitted) if "ctx" in name or "teardown" in name]


@pytest.mark.parametrize(
    ("params", "fit_params", "at_most", "run"),
    [
        ({"epochs": "auto", "optimizer__learning_rate": 0.0}, {}, 200, 12),
        ({"epochs": 50, "early_stopping": 1, "optimizer": "sgd"}, {}, 50, None),
        ({"epochs": 5}, {"initial_epoch": 3}, 5 - 3, 2),
        ({"epochs": 5}, {"epochs": 3}, 3, 3),
    ],
    ids=["auto", "early-stopping", "initial-epoch", "epochs-of-the-call"],
)
def test_number_of_epochs(iris, params, fit_params, at_most, run):
    params = {"optimizer__learning_rate": 1.0, **params}
    fitted = ESTIMATORS["classifier"](**params).set_callbacks(watch := Records())
    fitted.fit(*iris, **fit_params)
    assert watch.seen[0] == ("setup", "fit", at_most)
    ended = [task for task in watch.seen if task[:2] == ("end", "epoch")]
    assert len(ended) == fitted.n_iter_ == (run or fitted.n_iter_)
    assert run == at_most or len(ended) < at_most
    assert watch.seen[-1][0] == "teardown"


@pytest.mark.slow
def test_a_callback_can_stop_training(kind, engine):
    make, (X, y) = kind
    model = make(epochs=5, engine=engine).set_callbacks(Records(stop_at=1))
    assert model.fit(X, y).n_iter_ == 2
    model.set_params(epochs="auto").fit(X, y)  # does not warn of its limit
    assert model.n_iter_ == 2


@pytest.mark.parametrize(
    "where",
    [
        ("begin", "fit", 0),
        ("begin", "epoch", 1),
        ("end", "epoch", 0),
        ("end", "fit", 0),
    ],
    ids=str,
)
def test_teardown_follows_errors(iris, where):
    model = ESTIMATORS["classifier"](epochs=2).set_callbacks(
        watch := Records(fail_at=where)
    )
    with pytest.raises(RuntimeError, match="as was asked for"):
        model.fit(*iris)
    assert watch.seen[-2:] == [where, ("teardown", "fit", 2)]
    # Half trained is not fitted; what ended is.
    assert ("model_" in vars(model)) is (where == ("end", "fit", 0))


def test_no_setup_without_a_fit(iris):
    X, y = iris
    model = ESTIMATORS["classifier"](epochs=2).set_callbacks(watch := Records())
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(X, y[:-1])
    model.initialize(X, y)
    assert watch.seen == []


def test_partial_fit_is_a_fit_of_an_epoch(kind):
    make, (X, y) = kind
    look = Looks()
    model = make().set_callbacks(watch := Records(), look)
    for n_iter in (1, 2):
        watch.seen.clear()
        model.partial_fit(X, y)
        assert watch.seen[:2] == [("setup", "fit", 1), ("begin", "fit", 0)]
        assert watch.seen[-2:] == [("end", "fit", 0), ("teardown", "fit", 1)]
        assert [t for t in watch.seen if t[1] == "epoch"] == [
            ("begin", "epoch", 0),
            ("end", "epoch", 0),
        ]
        assert look.seen["end", "epoch", 0]["n_iter_"] == n_iter
        assert look.seen["end", "epoch", 0]["history_"] == model.history_


# --- what they see --------------------------------------------------------


@pytest.mark.slow
def test_the_estimator_is_fitted_as_far_as_the_epoch(kind, engine):
    make, (X, y) = kind
    make(epochs=3, engine=engine).set_callbacks(look := Looks()).fit(X, y)
    start = make().initialize(X, y)
    np.testing.assert_array_equal(
        look.seen["begin", "epoch", 0]["predicted"], start.predict(X)
    )
    for epoch in range(3):
        as_far = make(epochs=epoch + 1, engine=engine).fit(X, y)
        seen = look.seen["end", "epoch", epoch]
        np.testing.assert_array_equal(seen["predicted"], as_far.predict(X))
        for name in LEARNED:
            if name in vars(as_far):
                assert np.all(seen[name] == getattr(as_far, name))
    assert look.seen["end", "fit", 0]["n_iter_"] == 3
    assert "predicted" not in look.seen["begin", "fit", 0]


@pytest.mark.slow
def test_callbacks_change_nothing(kind, engine):
    make, (X, y) = kind
    plain = make(epochs=3, engine=engine, validation_split=0.2).fit(X, y)
    watched = clone(plain).set_callbacks(Looks()).fit(X, y)
    assert watched.history_ == plain.history_
    np.testing.assert_array_equal(watched.predict(X), plain.predict(X))


def test_the_estimator_is_made_only_if_it_is_taken(iris, monkeypatch):
    made = []
    real = BaseKerasEstimator._as_fitted

    def counted(self, history):
        made.append(history)
        return real(self, history)

    gathered = []
    gather = EpochLog.history

    def counted_too(self):
        gathered.append(self)
        return gather(self)

    monkeypatch.setattr(BaseKerasEstimator, "_as_fitted", counted)
    monkeypatch.setattr(EpochLog, "history", counted_too)
    model = ESTIMATORS["classifier"](epochs=3)
    for callback, times in ((Records(), 1), (Looks(), 1 + 2 * 3)):
        made.clear()
        gathered.clear()
        model.set_callbacks(callback).fit(*iris)
        assert len(made) == len(gathered) == times


@pytest.mark.slow
def test_they_get_the_rows_to_train_on(iris):
    X, y = iris
    frame = pd.DataFrame(X, columns=list("abcd"))
    weight = np.linspace(0.5, 1.5, len(y))
    model = ESTIMATORS["classifier"](epochs=1, validation_split=0.2)
    model.set_callbacks(look := Looks()).fit(frame, y, sample_weight=weight)
    for seen in look.seen.values():
        assert list(seen["X"].columns) == list("abcd")
        assert seen["X"].shape == (120, 4)
        rows = [np.abs(frame.to_numpy() - x).sum(1).argmin() for x in seen["X"].values]
        np.testing.assert_array_equal(seen["y"], y[rows])
        duplicated = frame.duplicated(keep=False).to_numpy()[rows]
        given = seen["metadata"]["sample_weight"]
        np.testing.assert_allclose(given[~duplicated], weight[rows][~duplicated])


def test_sparse_rows_stay_sparse(iris):
    X, y = iris
    model = ESTIMATORS["classifier"](epochs=1).set_callbacks(look := Looks())
    model.fit(sparse.csr_matrix(X), y)
    assert sparse.issparse(look.seen["end", "epoch", 0]["X"])
    assert look.seen["end", "epoch", 0]["metadata"] is None


@pytest.mark.slow
def test_scoring_monitor_scores_every_epoch(iris, engine):
    X, y = iris
    monitor = callbacks.ScoringMonitor(scoring="accuracy")
    make = ESTIMATORS["classifier"]
    model = make(epochs=3, engine=engine).set_callbacks(monitor).fit(X, y)
    log = monitor.get_logs().data_as_pandas
    scores = log[log.task_name == "epoch"].accuracy.tolist()
    expected = [make(epochs=n, engine=engine).fit(X, y).score(X, y) for n in (1, 2, 3)]
    assert scores == expected
    assert log[log.task_name == "fit"].accuracy.tolist() == [model.score(X, y)]


# --- copies ---------------------------------------------------------------


@pytest.mark.slow
def test_clones_and_pickles_keep_callbacks(iris):
    X, y = iris
    given = keras.Sequential(
        [keras.layers.Input((4,)), keras.layers.Dense(3, "softmax")]
    )
    monitor = callbacks.ScoringMonitor(scoring="accuracy")
    for model in (dense_classifier, given):
        e = KerasClassifier(model, epochs=1, optimizer=keras.optimizers.SGD(0.1))
        e.set_callbacks(monitor)
        # One object serves all clones, as with every estimator.
        assert clone(e)._skl_callbacks[0] is monitor
        assert clone(clone(make_pipeline(e)))[0]._skl_callbacks[0] is monitor
        e.fit(X, y)
        for twin in (pickle.loads(pickle.dumps(e)), copy.deepcopy(e)):
            np.testing.assert_array_equal(twin.predict(X), e.predict(X))
            assert type(twin._skl_callbacks[0]) is type(monitor)
            twin.fit(X, y)
        assert "_skl_callbacks" not in vars(clone(e.set_callbacks()))


def test_shallow_copies_share_the_model(fitted_classifier):
    twin = copy.copy(fitted_classifier)
    assert twin.model_ is fitted_classifier.model_
    assert vars(twin) == vars(fitted_classifier)


def test_only_callbacks_of_scikit_learn():
    with pytest.raises(TypeError, match="FitCallback protocol"):
        KerasClassifier().set_callbacks(keras.callbacks.EarlyStopping())


# --- nested ---------------------------------------------------------------

SPLITS = KFold(2, shuffle=True, random_state=0)


def pipeline_with(*watchers):
    net = ESTIMATORS["classifier"](epochs=2).set_callbacks(*watchers)
    return make_pipeline(StandardScaler(), net)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["sequential", "threading"])
def test_scores_of_all_fits_of_a_search(iris, backend):
    X, y = iris
    monitor = callbacks.ScoringMonitor(scoring="accuracy")
    search = GridSearchCV(
        pipeline_with(monitor),
        {"kerasclassifier__hidden": [3, 5]},
        cv=SPLITS,
        n_jobs=2,
    )
    with parallel_config(backend):
        search.fit(X, y)
    log = monitor.get_logs().data_as_pandas
    epochs = log[log.task_name == "epoch"].set_index("task_id_path").accuracy
    assert len(log) == 5 * (2 + 1)
    for candidate, hidden in enumerate([3, 5]):
        for split, (train, _) in enumerate(SPLITS.split(X)):
            net = pipeline_with().set_params(kerasclassifier__hidden=hidden)
            net.fit(X[train], y[train])
            # Of the search, the pipeline, its second step, the last epoch.
            path = (0, 0, 2 * candidate + split, 1, 1)
            assert epochs[path] == accuracy_score(y[train], net.predict(X[train]))


@pytest.mark.parametrize("backend", ["sequential", "threading"])
def test_each_fit_of_a_cross_validation_is_a_run(iris, backend):
    watch = callbacks.ScoringMonitor(scoring="accuracy")
    with parallel_config(backend):
        cross_validate(pipeline_with(watch), *iris, cv=SPLITS, n_jobs=2)
    runs = watch.get_logs(select="all")
    assert [len(run.data) for run in runs] == [2 + 1] * 2
    assert {run.estimator_name for run in runs} == {"Pipeline"}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
def test_progress_bars_are_nested(iris, backend, capsys, monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setenv("COLUMNS", "140")
    search = GridSearchCV(
        pipeline_with(), {"kerasclassifier__hidden": [3]}, cv=SPLITS, n_jobs=2
    )
    search.set_callbacks(callbacks.ProgressBar(max_propagation_depth=None))
    with parallel_config(backend):
        search.fit(*iris)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    named = [line.split("━")[0].rstrip() for line in lines]
    fit = "  Pipeline - fit-final-estimator | KerasClassifier - fit #1"
    # A bar for each fit, none for the epochs: these are what it counts.
    assert [name for name in named if "Keras" in name] == ["    " + fit] * 2 + [
        "  " + fit
    ]
    assert len(lines) == 2 + 3 * 3
    assert all("100%" in line for line in lines)


# --- older scikit-learn -----------------------------------------------------

OLDER = """
import builtins
import sys
import warnings

real = builtins.__import__


def older(name, globals=None, locals=None, fromlist=(), level=0):
    if name == "sklearn.callback" and globals["__name__"].startswith("sk_keras"):
        raise ImportError("No module named 'sklearn.callback'")
    return real(name, globals, locals, fromlist, level)


builtins.__import__ = older
warnings.simplefilter("error")
import numpy as np
from sk_keras import KerasClassifier

X = np.random.RandomState(0).randn(40, 3)
y = X[:, 0] > 0
clf = KerasClassifier("mlp", epochs=1).fit(X, y).partial_fit(X, y)
assert clf.predict(X).shape == (40,)
assert not hasattr(clf, "set_callbacks")
try:
    KerasClassifier("mlp", epochs=1, optimizer__learning_rate=1e38).fit(X, y)
except Warning as warning:
    print(warning)
try:
    from sk_keras.inspection import HistoryMonitor
except ImportError as error:
    print(error)
from sk_keras.inspection import search_history
"""


@pytest.mark.slow
def test_estimators_work_on_an_older_scikit_learn():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(OLDER)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no longer finite" in done.stdout
    assert "HistoryMonitor needs scikit-learn 1.9" in done.stdout


def test_warnings_point_to_the_call_of_fit(iris):
    X, y = iris
    model = ESTIMATORS["classifier"](epochs=1, optimizer__learning_rate=1e38)
    with pytest.warns(match="no longer finite") as caught:
        model.fit(X, y)
    assert {warning.filename for warning in caught} == {__file__}
