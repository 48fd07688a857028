"""Which way each feature of training takes: the compiled engine, or Keras' own loop.

Users of a feature with a reason pay for it with speed; see `engine_`.
"""

from types import SimpleNamespace

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from scipy import sparse
from sklearn.model_selection import GroupShuffleSplit, TimeSeriesSplit

from sk_keras import KerasClassifier
from sk_keras._training.engine import why_keras
from sk_keras._training.settings import FitSettings
from sk_keras.data import ArrayDict

L, C = keras.layers, keras.callbacks
N = 24
RNG = np.random.RandomState(0)
X = RNG.randn(N, 5).astype("float32")
Y = np.arange(N) % 2
NAMES = np.array(["no", "yes"])[Y]
A, B = X[:, :3], X[:, 3:]
SERIES = RNG.randn(N, 4, 2).astype("float32")
UNEQUAL = [list(row[: 2 + i % 3]) for i, row in enumerate(SERIES)]
TAGS = RNG.randint(0, 2, (N, 4))


# --- builders ----------------------------------------------------------------


def one(n_features_in=5):
    return keras.Sequential([L.Input((n_features_in,)), L.Dense(1, "sigmoid")])


def two_inputs():
    inputs = [L.Input((3,), name="a"), L.Input((2,), name="b")]
    return keras.Model(inputs, L.Dense(1, "sigmoid")(L.Concatenate()(inputs)))


def two_outputs():
    x = L.Input((5,))
    outputs = [L.Dense(1, "sigmoid", name=name)(x) for name in ("one", "two")]
    return keras.Model(x, dict(zip(("one", "two"), outputs, strict=True)))


def masked():
    layers = [L.Masking(), L.SimpleRNN(2), L.Dense(1, "sigmoid")]
    return keras.Sequential([L.Input((None, 2)), *layers])


def tagger():
    layers = [L.SimpleRNN(2, return_sequences=True), L.Dense(1, "sigmoid")]
    return keras.Sequential([L.Input((4, 2)), *layers])


def with_memory():
    """Build a model that remembers from one batch to the next."""
    x = L.Input(batch_shape=(8, 4, 2))
    last = L.Dense(1, "sigmoid")(L.SimpleRNN(2, stateful=True)(x))
    return keras.Model(x, last)


def of_eight_rows():
    x = L.Input(batch_shape=(8, 5))
    return keras.Model(x, L.Dense(1, "sigmoid")(x))


class OwnStep(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


class OwnStepInPython(keras.Model):
    """Needs values in the middle of a step, which a graph does not have."""

    def train_step(self, data):
        float(data[0].numpy().sum())
        return super().train_step(data)


class OwnFit(keras.Model):
    def fit(self, *args, **kwargs):
        return super().fit(*args, **kwargs)


def of_class(cls):
    def build():
        x = L.Input((5,))
        return cls(x, L.Dense(1, "sigmoid")(x))

    return build


def on_one_device():
    with tf.distribute.OneDeviceStrategy("/cpu:0").scope():
        return one()


# --- callbacks and streams ---------------------------------------------------


class BetweenBatches(C.Callback):
    def on_train_batch_end(self, batch, logs=None):
        """Do nothing, between batches."""


class BetweenEpochs(C.Callback):
    def on_epoch_end(self, epoch, logs=None):
        """Do nothing, between epochs."""


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        rows = slice(8 * index, 8 * index + 8)
        return X[rows], Y[rows]


def generator():
    while True:
        yield from (Batches()[i] for i in range(3))


def dataset():
    return tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)


# --- the table ---------------------------------------------------------------


def row(build=one, rows=X, y=Y, fit=None, **params):
    return build, rows, y, fit or {}, params


def streamed(source, **fit):
    return row(one, source, None, {"classes": [0, 1], **fit})


def calls(callback, **params):
    return row(callbacks=callback, validation_split=0.25, **params)


TWO = {"one": Y, "two": Y[::-1]}
WEIGHT = np.linspace(0.5, 2, N)
TABLE = pd.DataFrame(X, columns=list("vwxyz"))
COLUMNS = {"a": ["v", "w", "x"], "b": ["y", "z"]}

COMPILED = {
    "one array": row(),
    "table": row(rows=TABLE),
    "labels as text": row(y=NAMES),
    "inputs in a dict": row(two_inputs, {"a": A, "b": B}),
    "inputs in a list": row(two_inputs, [A, B]),
    "inputs in an ArrayDict": row(two_inputs, ArrayDict({"a": A, "b": B})),
    "input_columns": row(two_inputs, TABLE, input_columns=COLUMNS),
    "split by width": row(two_inputs),
    "outputs in a dict": row(two_outputs, y=TWO),
    "outputs in an ArrayDict": row(two_outputs, y=ArrayDict(TWO)),
    "a column for each output": row(two_outputs, y=np.c_[Y, Y[::-1]]),
    "loss weights": row(
        two_outputs, y=TWO, compile__loss_weights={"one": 1, "two": 0.2}
    ),
    "metrics for each output": row(
        two_outputs, y=TWO, metrics={"one": ["accuracy"], "two": ["AUC"]}
    ),
    "weights for each output": row(
        two_outputs, y=TWO, fit={"sample_weight": {"one": WEIGHT, "two": None}}
    ),
    "class weights": row(class_weight="balanced"),
    "class weights for each output": row(
        two_outputs, y=TWO, class_weight={"one": {0: 1, 1: 3}, "two": "balanced"}
    ),
    "sample weights": row(fit={"sample_weight": WEIGHT}),
    "sample weights for each step": row(
        tagger, SERIES, TAGS, {"sample_weight": np.outer(WEIGHT, [1, 2, 1, 0.5])}
    ),
    "sequences of unequal length": row(masked, UNEQUAL),
    "sparse rows": row(rows=sparse.csr_array(X)),
    "sparse input beside another": row(two_inputs, {"a": sparse.csr_array(A), "b": B}),
    "generator": streamed(generator(), steps_per_epoch=3),
    "PyDataset": streamed(Batches()),
    "tf.data": streamed(dataset()),
    "tf.data without end": streamed(dataset().repeat(), steps_per_epoch=3),
    "validation_split": row(validation_split=0.25),
    "validation by groups": row(
        validation_split=GroupShuffleSplit(1, random_state=0),
        fit={"groups": np.arange(N) // 4},
    ),
    "validation by time": row(validation_split=TimeSeriesSplit(2)),
    "X_val": row(fit={"X_val": X, "y_val": Y}),
    "validation_data": row(fit={"validation_data": (X, Y, WEIGHT)}),
    "validation by a generator": row(
        fit={"validation_data": generator(), "validation_steps": 3}
    ),
    "validation by a PyDataset": row(fit={"X_val": Batches()}),
    "validation by tf.data": row(fit={"validation_data": dataset()}),
    "validation_batch_size": row(validation_split=0.25, validation_batch_size=3),
    "early_stopping": row(early_stopping=2),
    "epochs='auto'": row(epochs="auto", optimizer="sgd", optimizer__learning_rate=0.0),
    "EarlyStopping": calls(C.EarlyStopping()),
    "ReduceLROnPlateau": calls(C.ReduceLROnPlateau()),
    "ModelCheckpoint": calls(C.ModelCheckpoint("best.keras", save_best_only=True)),
    "CSVLogger": calls(C.CSVLogger("log.csv")),
    "LearningRateScheduler": calls(C.LearningRateScheduler(lambda epoch: 0.1)),
    "LambdaCallback on epochs": calls(C.LambdaCallback(on_epoch_end=print)),
    "SwapEMAWeights": calls(C.SwapEMAWeights(), optimizer__use_ema=True),
    "callback of one's own on epochs": calls(BetweenEpochs),
    "schedule": row(
        optimizer__learning_rate=keras.optimizers.schedules.CosineDecay(0.1, 20)
    ),
    "warm_start": row(warm_start=True),
    "train_step of one's own": row(of_class(OwnStep), loss="binary_crossentropy"),
    "steps_per_execution": row(compile__steps_per_execution=2),
    "initial_epoch": row(fit={"initial_epoch": 1}),
    "strategy with one device": row(on_one_device),
}

WITH_KERAS = {
    "engine='keras'": (row(engine="keras"), "engine='keras'"),
    "run_eagerly": (row(run_eagerly=True), "run_eagerly"),
    "stateful model": (row(with_memory, SERIES, batch_size=8), "the model is stateful"),
    "fixed batch size": (
        row(of_eight_rows, batch_size=8),
        "the model's batch size is fixed",
    ),
    "fit of one's own": (row(of_class(OwnFit)), "the model has its own fit"),
    "train_step that needs values": (
        row(of_class(OwnStepInPython), run_eagerly=True, loss="binary_crossentropy"),
        "run_eagerly",
    ),
    "steps_per_epoch": (row(fit={"steps_per_epoch": 2}), "steps_per_epoch is given"),
    "validation_steps": (
        row(fit={"validation_data": (X, Y), "validation_steps": 2}),
        "validation_steps is given",
    ),
    "validation_freq": (
        row(validation_split=0.25, fit={"validation_freq": 2}),
        "validation_freq is given",
    ),
    "TerminateOnNaN": (calls(C.TerminateOnNaN()), "TerminateOnNaN has hooks"),
    "BackupAndRestore": (calls(C.BackupAndRestore("b")), "BackupAndRestore has hooks"),
    "ModelCheckpoint by batches": (
        calls(C.ModelCheckpoint("last.keras", save_freq=2)),
        "ModelCheckpoint has hooks",
    ),
    "LambdaCallback on batches": (
        calls(C.LambdaCallback(on_train_batch_end=lambda batch, logs: None)),
        "LambdaCallback has hooks",
    ),
    "callback of one's own on batches": (
        calls(BetweenBatches),
        "BetweenBatches has hooks",
    ),
}

TABLE_OF_PATHS = [
    *(pytest.param(what, "compiled", id=name) for name, what in COMPILED.items()),
    *(
        pytest.param(what, f"keras ({reason}", id=name)
        for name, (what, reason) in WITH_KERAS.items()
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("what", "path"), TABLE_OF_PATHS)
def test_path_of_a_feature(what, path, tmp_path, monkeypatch):
    build, rows, y, fit, params = what
    monkeypatch.chdir(tmp_path)  # for what callbacks write
    usual = {"epochs": 2, "batch_size": 8, "optimizer": "sgd", "random_state": 0}
    classifier = KerasClassifier(build, **{**usual, **params}).fit(rows, y, **fit)
    assert classifier.engine_.startswith(path)
    assert classifier.engine_ == path or path.startswith("keras (")
    assert np.isfinite(classifier.history_["loss"]).all()


def test_partial_fit_and_warm_start_stay_compiled():
    classifier = KerasClassifier(one, epochs=1, warm_start=True, random_state=0)
    classifier.partial_fit(X, Y).fit(X, Y)
    assert classifier.engine_ == "compiled"
    assert classifier.partial_fit(Batches()).engine_ == "compiled"


SETTINGS = FitSettings(1, 8, 8, 0, "auto", None, None, {})


def test_tensorboard_needs_keras():
    # Only asked for, not run: what it writes with may not be installed.
    assert "TensorBoard has hooks" in why_keras(one(), [C.TensorBoard()], SETTINGS)


def test_a_strategy_over_several_devices_needs_keras(monkeypatch):
    # Several devices take a process that begins with them; the engine only asks
    # how many there are.
    model = of_class(OwnStep)()
    assert why_keras(model, [], SETTINGS) is None
    several = SimpleNamespace(num_replicas_in_sync=2)
    monkeypatch.setattr(OwnStep, "distribute_strategy", several, raising=False)
    assert why_keras(model, [], SETTINGS) == "a distribution strategy"
