"""Steps that a model masks do not count in a score."""

import keras
import numpy as np
import pytest
from sklearn.metrics import r2_score

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._estimators.base import masks

L = keras.layers
RNG = np.random.RandomState(0)
LENGTHS = RNG.randint(1, 7, 40)
ROWS = [RNG.randint(1, 9, n) for n in LENGTHS]
# A third of the tags is not to be learned, so that scores are not 1.
TAGS = [
    np.where(RNG.rand(n) < 0.3, RNG.randint(0, 3, n), row % 3)
    for row, n in zip(ROWS, LENGTHS, strict=True)
]


def padded(rows):
    filled = np.zeros((len(rows), 7), int)
    for line, row in zip(filled, rows, strict=True):
        line[: len(row)] = row
    return filled


X, Y = padded(ROWS), padded(TAGS)
MASK = X > 0


def tagger(n_classes, mask_zero=True):
    layers = [L.Embedding(9, 4, mask_zero=mask_zero), L.Dense(n_classes, "softmax")]
    return keras.Sequential([L.Input((None,)), *layers])


def two_taggers(mask_zero=True):
    words = L.Input((None,))
    x = L.Embedding(9, 4, mask_zero=mask_zero)(words)
    return keras.Model(words, {n: L.Dense(3, "softmax", name=n)(x) for n in "ab"})


SETTINGS = {"epochs": 2, "optimizer__learning_rate": 0.1, "random_state": 0}


@pytest.fixture(scope="module")
def fitted():
    return KerasClassifier(tagger, **SETTINGS).fit(X, Y)


def share(e, some=slice(None)):
    right = (e.predict(X[some]) == Y[some]) & MASK[some]
    return right.sum(axis=1) / MASK[some].sum(axis=1)


def test_a_score_is_that_of_unequal_rows(fitted):
    ragged = KerasClassifier(tagger, **SETTINGS).initialize(ROWS, TAGS)
    ragged.model_.set_weights(fitted.model_.get_weights())
    assert 0.4 < fitted.score(X, Y) < 0.95
    assert fitted.score(X, Y) == pytest.approx(ragged.score(ROWS, TAGS))
    assert fitted.score(X, Y) == pytest.approx(share(fitted).mean())
    assert fitted.score(X, Y) != pytest.approx(np.mean(fitted.predict(X) == Y))


def test_weights_count(fitted):
    weight = RNG.rand(40)
    expected = np.average(share(fitted), weights=weight)
    assert fitted.score(X, Y, sample_weight=weight) == pytest.approx(expected)
    by_step = RNG.rand(*Y.shape)
    expected = np.average(fitted.predict(X) == Y, weights=by_step * MASK)
    assert fitted.score(X, Y, sample_weight=by_step) == pytest.approx(expected)


def test_rows_that_are_masked_altogether_do_not_count(fitted):
    empty = np.vstack([X, np.zeros((5, 7), int)])
    tags = np.vstack([Y, np.ones((5, 7), int)])
    assert fitted.score(empty, tags) == pytest.approx(fitted.score(X, Y))


def test_batches_and_streams(fitted, monkeypatch):
    expected = fitted.score(X, Y)
    monkeypatch.setattr(masks, "ROWS", 16)
    assert fitted.score(X, Y) == pytest.approx(expected)

    class Stream(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, i):
            rows = slice(10 * i, 10 * i + 10)
            return X[rows], Y[rows]

    assert fitted.score(Stream()) == pytest.approx(expected)


FORMS = {
    "a last axis": lambda: Y[..., None],
    "one-hot": lambda: np.eye(3)[Y],
    "words": lambda: np.array(["a", "b", "c"])[Y],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_forms_of_y(fitted, form):
    other = KerasClassifier(tagger, **SETTINGS).initialize(X, form())
    other.model_.set_weights(fitted.model_.get_weights())
    assert other.score(X, form()) == pytest.approx(fitted.score(X, Y))


def test_several_outputs(fitted):
    y = {"a": Y, "b": (Y + 1) % 3}
    e = KerasClassifier(two_taggers, **SETTINGS).fit(X, y)
    found = e.predict(X)
    each = [
        (((found[k] == y[k]) & MASK).sum(axis=1) / MASK.sum(axis=1)).mean() for k in y
    ]
    assert e.score(X, y) == pytest.approx(np.mean(each))


def test_without_a_mask_all_steps_count():
    e = KerasClassifier(tagger, mask_zero=False, **SETTINGS).fit(X, Y)
    assert e.score(X, Y) == pytest.approx(np.mean(e.predict(X) == Y))


def level():
    layers = [L.Embedding(9, 4, mask_zero=True), L.Dense(1)]
    return keras.Sequential([L.Input((None,)), *layers])


@pytest.mark.parametrize("last", [False, True], ids=["steps", "a last axis"])
def test_values_of_steps(last):
    levels = [row / 3 + RNG.randn(len(row)) for row in ROWS]
    filled = np.zeros(X.shape)
    for line, row in zip(filled, levels, strict=True):
        line[: len(row)] = row
    y = filled[..., None] if last else filled
    e = KerasRegressor(level, **{**SETTINGS, "epochs": 30}).fit(X, y)
    found = e.predict(X)
    assert 0 < e.score(X, y) < 0.9
    assert e.score(X, y) == pytest.approx(r2_score(y[MASK], found[MASK]))
    ragged = KerasRegressor(level, **SETTINGS).initialize(ROWS, levels)
    ragged.model_.set_weights(e.model_.get_weights())
    assert e.score(X, y) == pytest.approx(ragged.score(ROWS, levels))
    weight = RNG.rand(40)
    expected = r2_score(
        y[MASK], found[MASK], sample_weight=np.repeat(weight, MASK.sum(axis=1))
    )
    assert e.score(X, y, sample_weight=weight) == pytest.approx(expected)
