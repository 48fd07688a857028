"""Keras' callbacks and a user's own: every way to give them, alone and in searches."""

import functools
import inspect
import os
import threading
from importlib.util import find_spec

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense_classifier, dense_regressor

EPOCHS = 3
ROWS = 40
BATCHES = 2


class LossHistory(keras.callbacks.Callback):
    """A user's own: the loss of every batch."""

    def __init__(self, every=1):
        super().__init__()
        self.every = every
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        if batch % self.every == 0:
            self.losses.append(logs["loss"])


def halved(epoch):
    return 0.01 / 2**epoch


def constant(epoch):
    return 0.02


def note_twice(epoch, logs):
    logs["twice"] = 2 * logs["loss"]


def note_thrice(epoch, logs):
    logs["thrice"] = 3 * logs["loss"]


def exists(attribute, *more):
    """Check that a path of the callback's is written."""
    return lambda callback, fitted: os.path.exists(
        os.path.join(getattr(callback, attribute), *more)
    )


def logged(callback, fitted):
    log = pd.read_csv(callback.filename)
    return np.allclose(log.loss, fitted.history_["loss"], rtol=1e-5)


def follows(schedule):
    rates = [schedule(epoch) for epoch in range(EPOCHS)]
    return lambda callback, fitted: np.allclose(
        fitted.history_["learning_rate"], rates, rtol=1e-5
    )


def in_folder(path):
    return lambda folder: str(folder / path)


has_tensorboard = pytest.mark.skipif(
    find_spec("tensorboard") is None,
    reason="TensorFlow writes for TensorBoard only where that is installed",
)

#: Class; arguments; an argument to search over, with two values; a check of the
#: callback and the fitted estimator; whether Keras has to run the batches.
CASES = {
    "K6-ModelCheckpoint": (
        keras.callbacks.ModelCheckpoint,
        {"filepath": in_folder("best.keras"), "monitor": "loss"},
        ("save_best_only", [True, False]),
        exists("filepath"),
        False,
    ),
    "K6-weights": (
        keras.callbacks.ModelCheckpoint,
        {"filepath": in_folder("{epoch}.weights.h5"), "save_weights_only": True},
        ("verbose", [0, 0]),
        lambda callback, fitted: all(
            os.path.exists(callback.filepath.format(epoch=e)) for e in (1, 2, 3)
        ),
        False,
    ),
    "K7-EarlyStopping": (
        keras.callbacks.EarlyStopping,
        {"monitor": "loss", "min_delta": 100.0, "patience": 1},
        ("patience", [1, 2]),
        lambda callback, fitted: fitted.n_iter_ == callback.patience + 1,
        False,
    ),
    "K9-LearningRateScheduler": (
        keras.callbacks.LearningRateScheduler,
        {"schedule": halved},
        ("schedule", [halved, constant]),
        lambda callback, fitted: follows(callback.schedule)(callback, fitted),
        False,
    ),
    "K10-TensorBoard": (
        keras.callbacks.TensorBoard,
        {"log_dir": in_folder("logs")},
        ("write_graph", [True, False]),
        exists("log_dir", "train"),
        True,
    ),
    "K11-ReduceLROnPlateau": (
        keras.callbacks.ReduceLROnPlateau,
        {"monitor": "loss", "min_delta": 100.0, "patience": 1, "factor": 0.5},
        ("factor", [0.5, 0.1]),
        lambda callback, fitted: np.isclose(
            fitted.history_["learning_rate"][2],
            fitted.history_["learning_rate"][1] * callback.factor,
        ),
        False,
    ),
    "K12-LossHistory": (
        LossHistory,
        {"every": 1},
        ("every", [1, 2]),
        lambda callback, fitted: (
            len(callback.losses) == BATCHES * EPOCHS / callback.every
        ),
        True,
    ),
    "K13-CSVLogger": (
        keras.callbacks.CSVLogger,
        {"filename": in_folder("log.csv")},
        ("append", [True, False]),
        logged,
        False,
    ),
    "K13-LambdaCallback": (
        keras.callbacks.LambdaCallback,
        {"on_epoch_end": note_twice},
        ("on_epoch_end", [note_twice, note_thrice]),
        lambda callback, fitted: (
            ("twice" in fitted.history_) == (callback.on_epoch_end is note_twice)
        ),
        False,
    ),
    "BackupAndRestore": (
        keras.callbacks.BackupAndRestore,
        {"backup_dir": in_folder("backup"), "delete_checkpoint": False},
        ("double_checkpoint", [True, False]),
        exists("backup_dir", "latest.weights.h5"),
        True,
    ),
}

if "raise_error" in inspect.signature(keras.callbacks.TerminateOnNaN).parameters:
    # It has no argument before Keras 3.13.
    CASES["TerminateOnNaN"] = (
        keras.callbacks.TerminateOnNaN,
        {"raise_error": False},
        ("raise_error", [True, False]),
        lambda callback, fitted: fitted.n_iter_ == EPOCHS,
        True,
    )

#: How a callback can be given: the parameters, from its class and arguments.
WAYS = {
    "instance": lambda cls, args: {"callbacks": cls(**args)},
    "class": lambda cls, args: {
        "callbacks": [cls],
        **{f"callbacks__0__{name}": value for name, value in args.items()},
    },
    "dict": lambda cls, args: {
        "callbacks": {"other": OTHER, "own": cls},
        **{f"callbacks__own__{name}": value for name, value in args.items()},
    },
}

OTHER = keras.callbacks.EarlyStopping(monitor="loss", patience=9)

# What Keras traces for Adam takes four times as long.
MAKE = {
    "classifier": functools.partial(KerasClassifier, dense_classifier, optimizer="sgd"),
    "regressor": functools.partial(KerasRegressor, dense_regressor, optimizer="sgd"),
}


@pytest.fixture
def small(iris, diabetes):
    X, y = iris
    rows = np.random.RandomState(0).permutation(len(y))[:ROWS]
    data = diabetes[0][:ROWS], diabetes[1][:ROWS]
    return {"classifier": (X[rows], y[rows]), "regressor": data}


@pytest.fixture
def arguments(tmp_path):
    """Resolve the paths in a case's arguments."""
    places = in_folder("").__code__
    return lambda args: {
        name: value(tmp_path) if getattr(value, "__code__", None) is places else value
        for name, value in args.items()
    }


def cases(table):
    return [
        pytest.param(*case, id=name, marks=[has_tensorboard] * ("Board" in name))
        for name, case in table.items()
    ]


def own_callback(fitted):
    return fitted.callbacks_.get("own") or fitted.callbacks_["0"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cls", "args", "searched", "works", "batches", "way", "kind"),
    [
        case
        for i, way in enumerate(WAYS)
        for j, name in enumerate(CASES)
        for kind in [list(MAKE)[(i + j) % 2]]  # both for each callback and each way
        for case in cases({f"{kind}-{way}-{name}": (*CASES[name], way, kind)})
    ],
)
def test_every_callback_in_every_way(
    cls, args, searched, works, batches, way, kind, small, arguments
):
    args = arguments(args)
    given = WAYS[way](cls, args)
    estimator = MAKE[kind](epochs=EPOCHS, batch_size=ROWS // BATCHES, **given)
    fitted = estimator.fit(*small[kind])
    callback = own_callback(fitted)
    assert type(callback) is cls
    assert works(callback, fitted)
    assert fitted.engine_.startswith("keras" if batches else "compiled")
    # Nothing of the user's was used itself.
    if way == "instance":
        assert callback is not given["callbacks"]
        assert getattr(given["callbacks"], "_model", None) is None


@pytest.mark.slow
@pytest.mark.parametrize("way", ["instance", "class", "dict"])
@pytest.mark.parametrize(("cls", "args", "searched", "works", "batches"), cases(CASES))
def test_every_callback_in_a_search(
    cls, args, searched, works, batches, way, small, arguments
):
    name, values = searched
    routed = {"dict": "callbacks__own__"}.get(way, "callbacks__0__") + name

    def works_here(fitted, X, y):
        callback = own_callback(fitted)
        if name in vars(callback):
            assert getattr(callback, name) == fitted.get_params()[routed]
        return float(works(callback, fitted))

    search = GridSearchCV(
        MAKE["classifier"](
            epochs=EPOCHS,
            batch_size=ROWS // BATCHES,
            **WAYS[way](cls, arguments(args)),
        ),
        {routed: values},
        scoring=works_here,
        cv=[(np.arange(ROWS), np.arange(ROWS))],
        error_score="raise",
        refit=False,
    )
    search.fit(*small["classifier"])
    assert search.cv_results_["mean_test_score"].tolist() == [1.0, 1.0]


@pytest.mark.slow
def test_batch_losses_lead_to_the_loss_of_the_epoch(small):
    fitted = MAKE["regressor"](
        epochs=2, batch_size=ROWS // BATCHES, callbacks=LossHistory
    ).fit(*small["regressor"])
    last = fitted.callbacks_["0"].losses[BATCHES - 1 :: BATCHES]
    np.testing.assert_allclose(last, fitted.history_["loss"], rtol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Scoring failed", "ignore:One or more of the test")
def test_terminate_on_nan_ends_diverged_fits_of_a_search(small, capsys):
    search = GridSearchCV(
        MAKE["regressor"](
            epochs=EPOCHS,
            batch_size=10,
            random_state=0,
            optimizer="sgd",
            callbacks=keras.callbacks.TerminateOnNaN,
        ),
        {"optimizer__learning_rate": [0.001, 1e30]},
        cv=2,
        error_score=np.nan,
    )
    with pytest.warns(ConvergenceWarning, match="no longer finite"):
        search.fit(*small["regressor"])
    assert search.best_params_ == {"optimizer__learning_rate": 0.001}
    assert "Invalid loss, terminating training" in capsys.readouterr().out


class StopsTheProcess(keras.callbacks.Callback):
    """Fails in an epoch, as long as a file is there."""

    def __init__(self, flag, epoch):
        super().__init__()
        self.flag = flag
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch and os.path.exists(self.flag):
            raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.parametrize("way", ["instance", "class", "routed-to-instance"])
def test_backup_goes_on_where_the_fit_was_ended(small, tmp_path, way):
    cls = keras.callbacks.BackupAndRestore
    folder = tmp_path / "backup"
    flag = tmp_path / "flag"
    flag.touch()
    backup, routed = {
        "instance": (cls(str(folder)), {}),
        "class": (cls, {"callbacks__0__backup_dir": folder}),
        "routed-to-instance": (cls("elsewhere"), {"callbacks__0__backup_dir": folder}),
    }[way]
    estimator = MAKE["regressor"](
        epochs=4, random_state=0, callbacks=[backup, StopsTheProcess(flag, 2)], **routed
    )
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(*small["regressor"])
    assert sorted(os.listdir(folder)) == ["latest.weights.h5", "training_metadata.json"]
    flag.unlink()
    estimator.fit(*small["regressor"])
    assert estimator.n_iter_ == 2  # the epochs 3 and 4
    assert not folder.exists()
    assert not os.path.exists("elsewhere")


@pytest.mark.slow
def test_a_checkpoint_is_the_model(small, tmp_path):
    X, y = small["regressor"]
    path = tmp_path / "last.keras"
    checkpoint = keras.callbacks.ModelCheckpoint(path)
    given = {"optimizer": "adam", "callbacks": checkpoint}
    fitted = MAKE["regressor"](epochs=2, **given).fit(X, y)
    assert fitted.engine_ == "compiled"
    loaded = keras.models.load_model(path)
    np.testing.assert_allclose(
        loaded.predict(X, verbose=0).ravel(), fitted.predict(X), rtol=1e-5
    )
    for a, b in zip(
        loaded.optimizer.variables, fitted.model_.optimizer.variables, strict=True
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("save_freq", "engine"), [("epoch", "compiled"), (1, "keras (ModelCheckpoint has")]
)
def test_only_checkpoints_between_batches_need_batches(
    small, tmp_path, save_freq, engine
):
    checkpoint = keras.callbacks.ModelCheckpoint(
        tmp_path / "{epoch}.keras", save_freq=save_freq
    )
    fitted = MAKE["regressor"](epochs=1, callbacks=checkpoint).fit(*small["regressor"])
    assert fitted.engine_.startswith(engine)
    assert os.listdir(tmp_path) == ["1.keras"]


class HoldsLock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()


def test_callbacks_that_cannot_be_copied():
    X, y = np.eye(4), [0, 1, 0, 1]
    message = "a copy of callback 'mine'.*cannot pickle.*on_train_begin, or give the cl"
    model = KerasClassifier(dense_classifier, epochs=1)
    with pytest.raises(TypeError, match=message):
        model.set_params(callbacks={"mine": HoldsLock()}).fit(X, y)
    model.set_params(callbacks={"mine": HoldsLock}).fit(X, y)
    assert type(model.callbacks_["mine"]) is HoldsLock
