"""The compiled engine beside `keras.Model.fit` itself, on several inputs and outputs.

From equal weights and the same order of rows, both end with equal weights and
history. `tests.training.programs.test_programs` does the same for models of one
input and output.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest

from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._training import engine
from sk_keras._training.rows import Rows, Stream
from sk_keras._training.settings import FitSettings

L = keras.layers
N, HELD_OUT, SIZE, EPOCHS = 29, 11, 8, 2

RNG = np.random.RandomState(0)
A = RNG.randn(N, 4).astype("float32")
B = RNG.randn(N, 3).astype("float32")
WORDS = RNG.randint(1, 9, (N, 5)).astype("int32")
KIND = RNG.randint(0, 3, N).astype("int32")
FLAG = RNG.randint(0, 2, (N, 1)).astype("float32")
VALUE = RNG.randn(N, 2).astype("float32")
W1, W2 = RNG.uniform(0.5, 2, (2, N)).astype("float32")
LENGTHS = RNG.randint(1, 6, N)
STEPS = np.arange(5) < LENGTHS[:, None]
SERIES = RNG.randn(N, 5, 2).astype("float32") * STEPS[..., None]
TOKENS = WORDS * STEPS
TAGS = RNG.randint(0, 3, (N, 5)).astype("int32")
STEP_WEIGHTS = (RNG.uniform(0.5, 2, (N, 5)) * STEPS).astype("float32")

CROSSENTROPY = "sparse_categorical_crossentropy"
ADAM = {"optimizer": "adam"}
BOTH = {**ADAM, "loss": [CROSSENTROPY, "binary_crossentropy"]}
NAMED = {**ADAM, "loss": {"kind": CROSSENTROPY, "flag": "binary_crossentropy"}}


# --- models ------------------------------------------------------------------


def joined(inputs):
    """Put inputs of two widths through layers, and together."""
    a, b = inputs
    return L.Concatenate()([L.Dense(5, "relu")(a), L.Dense(4, "tanh")(b)])


def two_inputs(as_dict):
    a, b = L.Input((4,), name="a"), L.Input((3,), name="b")
    outputs = L.Dense(3, "softmax")(joined([a, b]))
    return keras.Model({"a": a, "b": b} if as_dict else [a, b], outputs)


def two_outputs(as_dict):
    x = L.Input((4,))
    hidden = L.Dropout(0.2, seed=1)(L.Dense(6, "relu")(x))
    kind = L.Dense(3, "softmax", name="kind")(hidden)
    flag = L.Dense(1, "sigmoid", name="flag")(hidden)
    return keras.Model(x, {"kind": kind, "flag": flag} if as_dict else [kind, flag])


def two_values():
    x = L.Input((4,))
    hidden = L.Dense(6, "relu")(x)
    return keras.Model(x, [L.Dense(1, name="one")(hidden), L.Dense(1, name="two")(x)])


def both():
    a, b = L.Input((4,), name="a"), L.Input((5,), dtype="int32", name="b")
    words = L.GlobalAveragePooling1D()(L.Embedding(9, 3)(b))
    hidden = L.BatchNormalization()(L.Concatenate()([L.Dense(5, "relu")(a), words]))
    kind = L.Dense(3, "softmax", name="kind")(hidden)
    return keras.Model([a, b], [kind, L.Dense(1, "sigmoid", name="flag")(words)])


def masked_series():
    layers = [L.Masking(), L.LSTM(4), L.Dense(3, "softmax")]
    return keras.Sequential([L.Input((None, 2)), *layers])


def masked_words():
    layers = [L.Embedding(9, 3, mask_zero=True), L.GlobalAveragePooling1D()]
    last = L.Dense(3, "softmax")
    return keras.Sequential([L.Input((None,), dtype="int32"), *layers, last])


def tagger():
    layers = [L.Embedding(9, 3, mask_zero=True), L.Dense(4, "tanh")]
    last = L.Dense(3, "softmax")
    return keras.Sequential([L.Input((5,), dtype="int32"), *layers, last])


def series_and_table():
    series, table = L.Input((None, 2), name="series"), L.Input((4,), name="table")
    read = L.GlobalAveragePooling1D()(L.Dense(3, "tanh")(L.Masking()(series)))
    outputs = L.Dense(3, "softmax")(L.Concatenate()([read, table]))
    return keras.Model({"series": series, "table": table}, outputs)


# --- cases -------------------------------------------------------------------


@dataclass
class Case:
    """A model, the data for it, and what it is compiled with.

    `validated` tells whether some rows are measured as well, as validation data.
    """

    build: Callable[[], keras.Model]
    X: Any
    y: Any
    weight: Any = None
    compile: dict[str, Any] = field(default_factory=dict)
    validated: bool = False


ONE_LOSS = {**ADAM, "loss": CROSSENTROPY, "metrics": ["accuracy"]}
CASES = {
    "inputs in a dict": Case(lambda: two_inputs(True), {"a": A, "b": B}, KIND),
    "inputs in a list": Case(
        lambda: two_inputs(False), [A, B], KIND, W1, validated=True
    ),
    "loss weights in a dict": Case(
        lambda: two_outputs(True),
        A,
        {"kind": KIND, "flag": FLAG},
        compile={**NAMED, "loss_weights": {"kind": 0.3, "flag": 2.0}},
    ),
    "one loss for two outputs": Case(
        two_values,
        A,
        [VALUE[:, :1], VALUE[:, 1:]],
        compile={"optimizer": "sgd", "loss": ["mse", "mse"], "loss_weights": [1, 3]},
    ),
    "weights of samples": Case(
        lambda: two_outputs(False), A, [KIND, FLAG], [W1, W1], BOTH
    ),
    "weights of samples for each output": Case(
        lambda: two_outputs(False),
        A,
        [KIND, FLAG],
        [W1, W2],
        {**BOTH, "loss_weights": [1.0, 0.2], "weighted_metrics": [["accuracy"], []]},
    ),
    "weights of samples by name": Case(
        lambda: two_outputs(True),
        A,
        {"kind": KIND, "flag": FLAG},
        {"kind": W1, "flag": W2},
        NAMED,
    ),
    "metrics for each output": Case(
        lambda: two_outputs(True),
        A,
        {"kind": KIND, "flag": FLAG},
        compile={**NAMED, "metrics": {"kind": ["accuracy"], "flag": ["mae", "AUC"]}},
        validated=True,
    ),
    "inputs and outputs": Case(
        both,
        [A, WORDS],
        [KIND, FLAG],
        [W1, W2],
        {**BOTH, "loss_weights": [1.0, 0.5], "metrics": [["accuracy"], ["mae"]]},
        validated=True,
    ),
    "weights of steps": Case(
        tagger,
        TOKENS,
        TAGS,
        STEP_WEIGHTS,
        {**ADAM, "loss": CROSSENTROPY, "weighted_metrics": ["accuracy"]},
    ),
    "steps under a mask": Case(tagger, TOKENS, TAGS),
}

UNEQUAL = {
    "series": Case(masked_series, SERIES, KIND, validated=True),
    "words": Case(masked_words, TOKENS, KIND, W1),
    "series beside a table": Case(
        series_and_table, {"series": SERIES, "table": A}, KIND
    ),
}


# --- the same data for both --------------------------------------------------


def rows_of(part, rows):
    """Take rows of arrays in any arrangement."""
    if part is None:
        return None
    return keras.tree.map_structure(lambda array: array[rows], part)


def parts(case, rows):
    data = [rows_of(part, rows) for part in (case.X, case.y, case.weight)]
    return data if case.weight is not None else data[:2]


def unequal(part):
    """Cut what is filled up: the steps of `LENGTHS`."""
    if part.ndim < 2 or part.shape[1] != STEPS.shape[1]:
        return part
    return Ragged.of([row[:n] for row, n in zip(part, LENGTHS, strict=False)])


def compiled(case):
    keras.utils.set_random_seed(7)
    model = case.build()
    model.compile(**(case.compile or ONE_LOSS))
    return model


SETTINGS = FitSettings(
    epochs=EPOCHS,
    batch_size=SIZE,
    validation_batch_size=SIZE,
    verbose=0,
    engine="auto",
    seed=None,
    order=None,
    extra={},
)


def check(case, train, held_out, expected):
    """Compare a fit of the engine with one that Keras has done.

    Parameters
    ----------
    train, held_out : Rows or Stream
    expected : callable
        Fits a model with Keras and returns its history.
    """
    one, other = compiled(case), compiled(case)
    history, path = engine.fit(one, train, held_out, {}, SETTINGS)
    wanted = expected(other)
    assert path == "compiled"
    assert sorted(history) == sorted(wanted)
    for name, values in wanted.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5, err_msg=name)
    for got, want in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-7)


def with_keras(case, held_out=None):
    """Postpone a fit by Keras on the arrays themselves."""

    def fit(model):
        X, y, *weight = parts(case, slice(0, N))
        return model.fit(
            X,
            y,
            sample_weight=weight[0] if weight else None,
            batch_size=SIZE,
            epochs=EPOCHS,
            shuffle=False,
            verbose=0,
            validation_data=held_out and tuple(held_out),
            validation_batch_size=SIZE,
        ).history

    return fit


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_several_inputs_and_outputs(case):
    held_out = parts(case, slice(0, HELD_OUT)) if case.validated else None
    train = Rows(*parts(case, slice(0, N)))
    check(case, train, held_out and Rows(*held_out), with_keras(case, held_out))


@pytest.mark.slow
@pytest.mark.parametrize("case", UNEQUAL.values(), ids=UNEQUAL.keys())
def test_sequences_of_unequal_length_as_filled_up_by_hand(case):
    def rows(to):
        X, *others = parts(case, slice(0, to))
        return Rows(keras.tree.map_structure(unequal, X), *others)

    held_out = parts(case, slice(0, HELD_OUT)) if case.validated else None
    check(case, rows(N), held_out and rows(HELD_OUT), with_keras(case, held_out))


#: Where the batches of a stream begin and end: they differ in size.
CUTS = [0, 8, 13, 24, 29]


class Pieces(keras.utils.PyDataset):
    """Batches as Keras takes them."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index].batch(slice(None))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["inputs in a dict", "weights of samples by name", "inputs and outputs"]
)
def test_streams(name):
    case = CASES[name]
    pieces = [slice(a, b) for a, b in zip(CUTS, CUTS[1:], strict=False)]
    batches = [Rows(*parts(case, rows)) for rows in pieces]

    def stream(n_batches):
        some = [(rows, 1) for rows in batches[:n_batches]]
        return Stream(batches[0], n_batches, lambda at_most: iter(some))

    def expected(model):
        return model.fit(
            Pieces(batches),
            epochs=EPOCHS,
            shuffle=False,
            verbose=0,
            validation_data=Pieces(batches[:2]),
        ).history

    check(case, stream(len(batches)), stream(2), expected)
