"""Kinds of targets, the forms that they come in, and losses: each as Keras trains it.

The table in docs/losses.md ("What a target may be") is this grid.
"""

from functools import cache
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras.data import ArrayDict

layers = keras.layers
N = 12
RNG = np.random.RandomState(0)
X = RNG.randn(N, 4).astype("float32")
#: All labels are there, and the rows of one-hot and of other labels differ.
KIND = np.arange(N) % 3
FLAG = np.arange(N) % 2
NAMES = np.array(["a", "b", "c"])[KIND]
MANY = np.c_[FLAG, KIND > 0, KIND > 1].astype(int)
TAGS = np.add.outer(np.arange(N), np.arange(5)) % 3
PIXELS = np.add.outer(np.arange(N), np.arange(12).reshape(3, 4)) % 3
MASKS = PIXELS % 2
VALUES = RNG.randn(N)
SHARES = np.exp(X[:, :3]) / np.exp(X[:, :3]).sum(axis=1, keepdims=True)


def one_hot(y, k=3):
    return np.eye(k, dtype="float32")[y]


def column(y):
    return y.astype("float32").reshape(-1, 1)


def same(y):
    return y.astype("float32")


def model_of(shape, activation=None):
    """Build a model of one output, which is called "out"."""

    def build():
        inputs = keras.Input((4,))
        x = layers.Dense(4, activation="tanh")(inputs)
        x = layers.Dense(int(np.prod(shape)))(x)
        x = layers.Reshape(shape)(x) if len(shape) > 1 else x
        last = layers.Activation(activation or "linear", name="out")
        return keras.Model(inputs, last(x))

    return build


CROSSENTROPIES = ("categorical_crossentropy", "kl_divergence")
SPARSE = "sparse_categorical_crossentropy"

#: For each kind: what it is, the output, and what each loss takes as targets.
KINDS = {
    "two labels": (
        np.array(["no", "yes"])[FLAG],
        model_of((1,), "sigmoid"),
        {
            loss: column(FLAG)
            for loss in (
                None,
                "binary_crossentropy",
                "mse",
                "binary_focal_crossentropy",
            )
        },
    ),
    "two labels, tanh": (
        FLAG,
        model_of((1,), "tanh"),
        {loss: 2 * column(FLAG) - 1 for loss in (None, "hinge", "squared_hinge")},
    ),
    "labels": (
        NAMES,
        model_of((3,), "softmax"),
        {
            None: KIND,
            SPARSE: KIND,
            **{loss: one_hot(KIND) for loss in (*CROSSENTROPIES, "mse")},
        },
    ),
    "one-hot rows": (
        one_hot(KIND).astype(int),
        model_of((3,), "softmax"),
        {loss: one_hot(KIND) for loss in (None, *CROSSENTROPIES, "mse")},
    ),
    "labels that are true together": (
        MANY,
        model_of((3,), "sigmoid"),
        {loss: same(MANY) for loss in (None, "binary_crossentropy", "mse")},
    ),
    "a label for each step": (
        TAGS,
        model_of((5, 3), "softmax"),
        {None: TAGS, SPARSE: TAGS, "categorical_crossentropy": one_hot(TAGS)},
    ),
    "a label for each pixel": (
        PIXELS[..., None],
        model_of((3, 4, 3), "softmax"),
        {None: PIXELS, "categorical_crossentropy": one_hot(PIXELS)},
    ),
    "one-hot pixels": (
        one_hot(PIXELS).astype(int),
        model_of((3, 4, 3), "softmax"),
        {None: one_hot(PIXELS), "categorical_crossentropy": one_hot(PIXELS)},
    ),
    "masks": (
        MASKS,
        model_of((3, 4, 1), "sigmoid"),
        {loss: same(MASKS[..., None]) for loss in (None, "binary_crossentropy", "mse")},
    ),
    "values": (
        VALUES,
        model_of((1,)),
        {loss: column(VALUES) for loss in (None, "mae", "huber", "log_cosh")},
    ),
    "columns of values": (
        X[:, :2],
        model_of((2,)),
        dict.fromkeys((None, "mae", "cosine_similarity"), X[:, :2]),
    ),
    "values of more axes": (
        X.reshape(N, 2, 2),
        model_of((2, 2)),
        {loss: X.reshape(N, 2, 2) for loss in (None, "huber")},
    ),
    "distributions": (
        SHARES,
        model_of((3,), "softmax"),
        {loss: same(SHARES) for loss in (*CROSSENTROPIES, "mse")},
    ),
}
FORMS = {
    "array": lambda y: y,
    "list": lambda y: y.tolist(),
    "table": lambda y: pd.Series(y) if y.ndim == 1 else pd.DataFrame(y),
    "dict": lambda y: {"out": y},
    "ArrayDict": lambda y: ArrayDict({"out": y}),
    "sparse": sparse.csr_matrix,
}
CELLS = [
    (kind, loss, form)
    for kind, (y, _, losses) in KINDS.items()
    for loss in losses
    for form in FORMS
    if not (form == "table" and y.ndim > 2) and not (form == "sparse" and y.ndim != 2)
]
GIVEN = {"epochs": 2, "batch_size": -1, "random_state": 0, "optimizer": "sgd"}


def estimator(kind, loss):
    y, build, _ = KINDS[kind]
    cls = KerasRegressor if y.dtype.kind == "f" else KerasClassifier
    return cls(build, loss=loss, **GIVEN)


@cache
def by_keras(kind, loss):
    """Train by hand, from the same start."""
    y, _, losses = KINDS[kind]
    model = estimator(kind, loss).initialize(X, y).model_
    model.run_eagerly = True  # a trace takes longer than two steps
    history = model.fit(X, losses[loss], batch_size=N, epochs=2, verbose=0).history
    return history["loss"], np.asarray(model(X))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "loss", "form"), CELLS)
def test_as_keras_trains(kind, loss, form):
    y = KINDS[kind][0]
    given = FORMS[form](y)
    e = clone(estimator(kind, loss)).fit(X, given)
    losses, raw = by_keras(kind, loss)
    np.testing.assert_allclose(e.history_["loss"], losses, rtol=1e-5)
    np.testing.assert_allclose(np.asarray(e.model_(X)), raw, rtol=1e-4, atol=1e-6)
    predicted = e.predict(X)
    predicted = predicted["out"] if form in ("dict", "ArrayDict") else predicted
    assert predicted.shape == y.shape
    assert np.isfinite(e.score(X, given))


@pytest.mark.parametrize("lengths", ["unequal", "even"])
@pytest.mark.parametrize("loss", [None, SPARSE, "categorical_crossentropy"])
def test_steps_of_any_length(loss, lengths):
    """Rows of unequal length train as their padded and masked array does."""

    def build():
        return keras.Sequential(
            [
                layers.Embedding(9, 3, mask_zero=True),
                layers.Dense(3, activation="softmax"),
            ]
        )

    n_steps = [3 + (i % 3) * (lengths == "unequal") for i in range(N)]
    words = [1 + np.arange(n) % 8 for n in n_steps]
    tags = [word % 3 for word in words]
    e = KerasClassifier(build, loss=loss, **GIVEN)
    model = clone(e).initialize(words, tags).model_
    model.run_eagerly = True
    longest = max(n_steps)
    padded, targets = (
        np.array([np.pad(row, (0, longest - len(row))) for row in rows])
        for rows in (words, tags)
    )
    targets = one_hot(targets) if loss == "categorical_crossentropy" else targets
    expected = model.fit(padded, targets, batch_size=N, epochs=2, verbose=0).history
    e.fit(words, tags)
    np.testing.assert_allclose(e.history_["loss"], expected["loss"], rtol=1e-5)
    assert e.n_classes_ == 3


#: Losses that a kind does not go with, and what is said.
REFUSED = {
    ("two labels", "categorical_crossentropy"): "needs one unit for each class",
    ("two labels", "cosine_similarity"): "a single value has none",
    ("labels", "pinball"): "loss for values",
    ("labels", "contrastive"): "one distance for each row",
    ("one-hot rows", SPARSE): "y is one-hot",
    ("labels that are true together", SPARSE): "several labels can be true",
    ("one-hot pixels", SPARSE): "y is one-hot",
    ("values", "hinge"): "loss for classes",
    ("values", "poisson"): "positive",
    ("values", "contrastive"): "loss for labels",
    ("columns of values", "kl_divergence"): "distributions",
    ("values of more axes", "pinball"): None,
    ("distributions", SPARSE): "loss for classes",
}


@pytest.mark.parametrize(("kind", "loss"), REFUSED)
def test_what_does_not_fit_is_refused(kind, loss):
    y, message = KINDS[kind][0], REFUSED[kind, loss]
    e = estimator(kind, loss)
    if message is None:  # one quantile has the shape of y
        assert e.fit(X, y).predict(X).shape == y.shape
        return
    with pytest.raises(ValueError, match=message):
        e.fit(X, y)


def test_the_guide_has_the_grid():
    page = (Path(__file__).parents[3] / "docs" / "losses.md").read_text()
    for kind in KINDS:
        assert f"| {kind} |" in page
