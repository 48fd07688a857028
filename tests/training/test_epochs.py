"""Epochs, and the hooks of callbacks around them."""

import keras
import numpy as np
import pytest

from sk_keras import KerasClassifier, clear_cache
from sk_keras._training.programs import program
from tests.builders import dense_classifier
from tests.fits import assert_same_weights, weights_of
from tests.training.programs.models import dense, own_layer, own_step

L = keras.layers


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_hooks_around_validation_are_called(iris, engine):
    class Hooks(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.calls = []

        def on_test_begin(self, logs=None):
            self.calls.append("begin")

        def on_test_end(self, logs=None):
            self.calls.append("end")

    X, y = iris
    e = KerasClassifier(
        dense_classifier, epochs=2, engine=engine, callbacks=Hooks, validation_split=0.2
    ).fit(X, y)
    assert e.callbacks_["0"].calls == ["begin", "end"] * 2


def with_dropout():
    layers = [L.Dense(5, "relu", kernel_regularizer="l2"), L.Dropout(0.3)]
    return keras.Sequential([L.Input((6,)), *layers, L.Dense(3, "softmax")])


def of_words():
    layers = [L.Embedding(5, 3, mask_zero=True), L.GlobalAveragePooling1D()]
    return keras.Sequential([L.Input((None,)), *layers, L.Dense(3, "softmax")])


def of_two_outputs():
    x = L.Input((6,))
    return keras.Model(x, [L.Dense(n, "softmax", name=str(n))(x) for n in (3, 2)])


@keras.saving.register_keras_serializable("tests")
class Largest(keras.metrics.Metric):
    """The largest output of an epoch: no mean of its batches'."""

    def __init__(self, name="largest", **kwargs):
        super().__init__(name=name, **kwargs)
        self.largest = self.add_variable((), "zeros", name="largest")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.largest.assign(keras.ops.maximum(self.largest, keras.ops.max(y_pred)))

    def result(self):
        return self.largest.value


#: Training ends after eleven epochs without improvement.
IDLE = {"epochs": "auto", "optimizer": "sgd", "optimizer__learning_rate": 0.0}

FALLING = keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)

TOGETHER = {
    "dropout": (with_dropout, {}),
    "a step and logs of its own": (
        own_step,
        {"loss": "sparse_categorical_crossentropy"},
    ),
    "a layer of a user's": (own_layer, {"optimizer": "rmsprop"}),
    "momentum": (dense, {"optimizer": "sgd", "optimizer__momentum": 0.9}),
    "a rate that falls": (dense, {"optimizer__learning_rate": FALLING}),
    "metrics": (dense, {"metrics": ["accuracy", Largest()]}),
    "rows in order": (dense, {"shuffle": False}),
    "all rows in a batch": (dense, {"batch_size": -1}),
    "words": (of_words, {}),
    "two outputs": (of_two_outputs, {}),
    "as many as it takes": (dense, IDLE),
}


def rows_and_targets(build):
    rng = np.random.RandomState(0)
    X, y = rng.randint(0, 5, (33, 6)).astype("float32"), np.arange(33) % 3
    return X, [y, y % 2] if build is of_two_outputs else y


@pytest.mark.slow
@pytest.mark.parametrize(("build", "params"), TOGETHER.values(), ids=TOGETHER)
def test_epochs_in_one_call_are_those_one_by_one(monkeypatch, build, params):
    X, y = rows_and_targets(build)
    settings = {"epochs": 12, "batch_size": 8, "random_state": 0, **params}
    clear_cache()
    alone = KerasClassifier(build, **settings).fit(X, y)
    monkeypatch.setattr(program, "WORTH_REPEATING", 0)
    made = []
    monkeypatch.setattr(program, "repeated", noted(program.repeated, made))
    together = KerasClassifier(build, **settings).fit(X, y)
    assert len(made) == 1
    assert together.history_ == alone.history_
    assert_same_weights(together.model_, alone.model_)
    optimizers = [e.model_.optimizer.variables for e in (together, alone)]
    for a, b in zip(*optimizers, strict=True):
        np.testing.assert_array_equal(a, b)


def noted(function, calls):
    """Return a function that also notes its calls."""

    def wrapper(*arguments):
        calls.append(arguments)
        return function(*arguments)

    return wrapper


class Weights(keras.callbacks.Callback):
    """Keeps what the weights are after each epoch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(weights_of(self.model))


class Idle(keras.callbacks.Callback):
    """Looks at a fit when it has begun and when it ends."""

    def __init__(self):
        super().__init__()
        self.epochs = None

    def on_train_end(self, logs=None):
        self.epochs = self.params["epochs"]


@pytest.mark.parametrize(
    ("params", "times"),
    [
        ({}, 2),
        ({"callbacks": Idle}, 2),
        ({"callbacks": Weights}, 0),
        ({"validation_split": 0.3}, 0),
        ({"verbose": 2}, 0),
        ({"fit__initial_epoch": 6}, 1),
        ({"epochs": 4}, 0),
    ],
    ids=str,
)
def test_epochs_are_alone_where_somebody_looks(monkeypatch, capsys, params, times):
    monkeypatch.setattr(program, "WORTH_REPEATING", 0)
    runs = []
    repeated = program.Program.repeated
    monkeypatch.setattr(program.Program, "repeated", noted(repeated, runs))
    X, y = rows_and_targets(dense)
    settings = {"epochs": 11, "random_state": 0, **params}
    e = KerasClassifier(dense, **settings).fit(X, y)
    assert len(runs) == times
    assert e.n_iter_ == settings["epochs"] - settings.get("fit__initial_epoch", 0)
    if settings.get("callbacks") is Weights:
        seen = [
            np.concatenate([w.ravel() for w in one]) for one in e.callbacks_["0"].seen
        ]
        assert len({one.tobytes() for one in seen}) == 11


def test_a_program_is_repeated_when_it_has_run_often(monkeypatch):
    monkeypatch.setattr(program, "WORTH_REPEATING", 25)
    runs = []
    repeated = program.Program.repeated
    monkeypatch.setattr(program.Program, "repeated", noted(repeated, runs))
    X, y = rows_and_targets(dense)
    counts = []
    clear_cache()
    for seed in range(4):
        KerasClassifier(with_dropout, epochs=10, random_state=seed).fit(X, y)
        counts.append(len(runs))
    assert counts == [0, 0, 2, 4]
