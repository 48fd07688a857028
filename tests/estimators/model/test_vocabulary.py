"""Integers that stand for words: sizes learned from data, and unknown integers."""

import copy
import functools
import pickle

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from scipy import sparse
from sklearn.base import clone

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._estimators.model.facts import plain_facts
from sk_keras._estimators.model.vocabulary import vocabulary_size
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras.models import bilstm, fasttext, gru, lstm, text_cnn
from tests.models.texts import SMALL, TEXT_BUILDERS, text_builders

Y = np.arange(8) % 2
ROWS = np.array([[1, 2, 3, 0], [4, 5, 6, 0]] * 4)
UNEQUAL = [[1, 2, 3], [4, 5, 6, 1, 2], [3], [6, 6]] * 2


def classifier(builder, **params):
    small = {"embedding_dim": 3, **SMALL.get(builder, {})}
    defaults = {"epochs": 1, "optimizer": "sgd", "random_state": 0}
    return KerasClassifier(builder, **{**small, **defaults, **params})


@functools.cache
def learned(builder, unequal=False):
    """Fit a ready builder for the tests that only look at it: do not fit it again."""
    return classifier(builder, epochs=2).fit(UNEQUAL if unequal else ROWS, Y)


def words(input_shape, vocabulary_size, extra=0):
    """Build a small classifier of texts, with its own Embedding."""
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Embedding(vocabulary_size + extra, 3, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, "sigmoid"),
        ]
    )


def ten_words(input_shape, meta):
    return words(input_shape, 10)


def two_texts(vocabulary_size, merge=True):
    """Build a model of a title and a text, each with vectors of its own."""
    inputs, vectors = [], []
    for name in ("title", "text"):
        inputs.append(keras.Input((None,), name=name))
        size, layer = vocabulary_size[name], f"{name}_words"
        vector = layers.Embedding(size, 2, mask_zero=True, name=layer)
        vectors.append(layers.GlobalAveragePooling1D()(vector(inputs[-1])))
    return keras.Model(inputs, layers.Dense(1, "sigmoid")(layers.concatenate(vectors)))


def embedding(e):
    return next(la for la in e.model_.layers if isinstance(la, layers.Embedding))


# --- the fact --------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        (ROWS, 7),
        (ROWS.astype("uint8"), 7),
        (ROWS.astype(float), None),
        (np.zeros((2, 3), int), 1),
        (np.full((2, 3), -4), 1),
        (np.full((1, 1), 2**40), 2**40 + 1),
        (Ragged.of(UNEQUAL), 7),
        (Ragged.of([[], []]), None),
        (sparse.csr_matrix(ROWS), 7),
        (sparse.csr_matrix((2, 3), dtype=int), 1),
        ({"a": ROWS, "b": ROWS * 1.0}, {"a": 7, "b": None}),
        ([ROWS, ROWS[:, :2]], [7, 6]),
    ],
    ids=["array", "bytes", "floats", "zeros", "negative", "huge", "unequal", "empty"]
    + ["sparse", "sparse-empty", "dict", "list"],
)
def test_the_number_of_integers(X, expected):
    size = vocabulary_size(X)
    assert size == expected
    kinds = {type(each) for each in np.ravel(size)} if isinstance(size, int) else ()
    assert size is None or isinstance(size, dict | list) or kinds
    assert not isinstance(size, np.generic)


@pytest.mark.parametrize(
    ("X", "expected"),
    [(ROWS, 7), (pd.DataFrame(ROWS), 7), (ROWS.tolist(), 7), (UNEQUAL, 7)]
    + [(ROWS.astype("float32"), 7), (ROWS + 0.5, None)],
    ids=["array", "frame", "lists", "unequal", "whole-floats", "fractions"],
)
def test_the_fact_reaches_builders(X, expected):
    seen = {}

    def build(input_shape, vocabulary_size, meta):
        seen.update(argument=vocabulary_size, meta=meta["vocabulary_size_"])
        return words(input_shape, 7)

    e = KerasClassifier(build)
    if expected is None:
        with pytest.raises(ValueError, match="X has fractions"):
            e.fit(X, Y)
    else:
        e.initialize(X, Y)
    assert seen == {"argument": expected, "meta": expected}
    assert e.vocabulary_size_ == expected


def test_a_default_or_a_value_comes_before_the_fact():
    def build(input_shape, vocabulary_size=50):
        return words(input_shape, vocabulary_size)

    assert embedding(KerasClassifier(build).initialize(ROWS, Y)).input_dim == 50
    e = KerasClassifier(words, vocabulary_size=np.int64(20)).initialize(ROWS, Y)
    assert embedding(e).input_dim == 20
    e = KerasClassifier(words, model__vocabulary_size=30).initialize(ROWS, Y)
    assert embedding(e).input_dim == 30


def test_facts_of_an_older_state():
    meta = {"n_features_in_": 4, "X_shape_": (8, 4), "n_outputs_": 1}
    assert plain_facts({**meta, "target_type_": "binary"})["vocabulary_size"] is None


# --- ready builders --------------------------------------------------------


@pytest.mark.slow
@text_builders
@pytest.mark.parametrize("unequal", [False, True], ids=["padded", "unequal"])
def test_ready_builders_learn_the_size(builder, unequal):
    e, X = learned(builder, unequal), UNEQUAL if unequal else ROWS
    assert embedding(e).input_dim == 7
    assert embedding(e).output_dim == 3
    assert e.get_params()["vocabulary_size"] is None
    assert e.predict_proba(X).shape == (8, 2)
    # A size that differs from the last fit's is learned anew.
    again = copy.copy(e).initialize([[9, 1, 1, 1]] * 8, Y)
    assert embedding(again).input_dim == 10


@text_builders
def test_ready_builders_by_name_learn_the_size(builder):
    e = classifier(builder.__name__, **SMALL[builder]).initialize(ROWS, Y)
    assert embedding(e).input_dim == 7
    assert embedding(e).output_dim == 3
    assert e.get_params()["vocabulary_size"] is None


def test_a_second_fit_learns_the_size_anew():
    e = classifier(fasttext).fit(ROWS, Y)
    assert embedding(e.fit([[9, 1, 1, 1]] * 8, Y)).input_dim == 10


@pytest.mark.slow
@pytest.mark.parametrize(
    ("builder", "X"),
    list(zip(TEXT_BUILDERS, [ROWS, UNEQUAL, ROWS, UNEQUAL, ROWS], strict=True)),
    ids=[builder.__name__ for builder in TEXT_BUILDERS],
)
def test_ready_builders_for_numbers(builder, X):
    r = KerasRegressor(builder, **SMALL[builder], epochs=1, optimizer="sgd")
    assert np.isfinite(r.fit(X, Y * 1.0).predict(X)).all()
    assert embedding(r).input_dim == 7


@pytest.mark.slow
@text_builders
def test_ready_builders_leave_padding_out(builder):
    e = learned(builder, unequal=True)
    alone = np.vstack([e.predict_proba([row]) for row in UNEQUAL])
    np.testing.assert_allclose(e.predict_proba(UNEQUAL), alone, rtol=1e-5)
    fixed = learned(builder)
    left = fixed.predict_proba(np.roll(ROWS, 1, axis=1))
    np.testing.assert_allclose(fixed.predict_proba(ROWS), left, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("builder", [lstm, gru, bilstm], ids=lambda b: b.__name__)
def test_sequence_builders_without_padding(builder):
    e = classifier(builder, mask_zero=False).initialize(ROWS, Y)
    assert not embedding(e).mask_zero
    p = e.predict_proba(ROWS)
    assert not np.allclose(p, e.predict_proba(np.roll(ROWS, 1, axis=1)))


@pytest.mark.slow
@text_builders
def test_rows_of_floats_are_no_words(builder):
    with pytest.raises(ValueError, match=f"{builder.__name__} needs.*integers"):
        classifier(builder).fit(ROWS * 1.0, Y)
    # Whole numbers are, if their number is given.
    e = classifier(builder, vocabulary_size=7)
    e = e.fit(ROWS * 1.0, Y) if builder is fasttext else e.initialize(ROWS * 1.0, Y)
    np.testing.assert_array_equal(e.predict_proba(ROWS), e.predict_proba(ROWS * 1.0))


@pytest.mark.parametrize("name", ["vocabulary_size", "embedding_matrix"])
def test_sequences_of_vectors_have_no_words(name):
    value = {"vocabulary_size": 9, "embedding_matrix": np.ones((9, 2))}[name]
    with pytest.raises(ValueError, match=f"lstm got {name}.*rows of integers.*leave"):
        lstm((4, 2), "binary", 1, 2, **{name: value})


# --- integers beyond a size that was learned -------------------------------


@pytest.mark.slow
@text_builders
def test_integers_that_training_did_not_have_count_as_0(builder):
    e = learned(builder)
    unknown = np.array([[1, 9, 3, 7], [2**40, 0, 6, 1]])
    known = np.array([[1, 0, 3, 0], [0, 0, 6, 1]])
    expected = e.predict_proba(known)
    before = unknown.copy()
    for X in (unknown, pd.DataFrame(unknown), unknown.astype(float)):
        np.testing.assert_array_equal(e.predict_proba(X), expected)
    np.testing.assert_array_equal(unknown, before)
    each = np.vstack([e.predict_proba(row[None]) for row in unknown])
    np.testing.assert_allclose(each, expected, rtol=1e-6)
    assert e.score(unknown, [0, 1]) == e.score(known, [0, 1])


@pytest.mark.slow
def test_unknown_integers_in_sequences_of_unequal_length():
    e = classifier(fasttext).fit(UNEQUAL, Y)
    unknown, known = [[1, 99], [50]], [[1, 0], [0]]
    np.testing.assert_array_equal(e.predict_proba(unknown), e.predict_proba(known))


@pytest.mark.slow
def test_unknown_integers_in_a_sparse_matrix():
    e = classifier(fasttext).fit(sparse.csr_matrix(ROWS), Y)
    unknown = sparse.csr_matrix(np.array([[1, 0, 99, 0]]))
    expected = e.predict_proba(np.array([[1, 0, 0, 0]]))
    np.testing.assert_array_equal(e.predict_proba(unknown), expected)
    assert unknown.max() == 99


@pytest.mark.slow
def test_unknown_integers_where_0_is_a_word():
    e = classifier(fasttext, mask_zero=False).fit(ROWS, Y)
    message = "X has the integer 9.*counts as 0, which is a word.*mask_zero=True"
    with pytest.warns(UserWarning, match=message):
        p = e.predict_proba(ROWS + 3)
    known = np.where(ROWS + 3 > 6, 0, ROWS + 3)
    np.testing.assert_array_equal(p, e.predict_proba(known))
    with pytest.warns(UserWarning, match=message):
        e.fit(ROWS, Y, X_val=ROWS + 3, y_val=Y)


@pytest.mark.slow
def test_unknown_integers_in_validation_data():
    unknown, known = ROWS + 90, np.zeros_like(ROWS)
    losses = [
        classifier(text_cnn).fit(ROWS, Y, X_val=X, y_val=Y).history_["val_loss"]
        for X in (unknown, known)
    ]
    assert losses[0] == losses[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "copied",
    [lambda e, at: pickle.loads(pickle.dumps(e)), lambda e, at: joblib_copy(e, at)],
    ids=["pickle", "joblib"],
)
def test_copies_know_what_was_learned(copied, tmp_path):
    e = classifier(text_cnn).fit(ROWS, Y)
    twin = copied(e, tmp_path / "e.joblib")
    unknown = ROWS + 90
    np.testing.assert_array_equal(twin.predict_proba(unknown), e.predict_proba(unknown))
    assert twin.vocabulary_size_ == 7
    fixed = copied(classifier(text_cnn, vocabulary_size=7).fit(ROWS, Y), tmp_path / "f")
    with pytest.raises(ValueError, match="X has the integer 96"):
        fixed.predict(unknown)
    # What a clone learns is its own.
    assert embedding(clone(e).fit(ROWS + 5, Y)).input_dim == 12


def joblib_copy(e, path):
    joblib.dump(e, path)
    return joblib.load(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "further",
    [
        lambda e, X: e.partial_fit(X, Y),
        lambda e, X: e.set_params(warm_start=True).fit(X, Y),
    ],
    ids=["partial_fit", "warm_start"],
)
def test_training_further_with_larger_integers(further):
    e = classifier(text_cnn).fit(ROWS, Y)
    weights = e.model_.get_weights()
    message = "integer 7 in training.*0 to 6 only.*learned.*Give vocabulary_size"
    with pytest.raises(ValueError, match=message):
        further(e, ROWS + 1)
    for before, after in zip(weights, e.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    further(e, ROWS - (ROWS > 0))  # smaller ones are known
    roomy = classifier(text_cnn, vocabulary_size=50).fit(ROWS, Y)
    further(roomy, ROWS + 1)


@pytest.mark.slow
def test_the_first_batch_of_a_stream_tells():
    def batches(*parts):
        yield from ((part, Y) for part in parts)

    small, large = ROWS, ROWS + 3
    e = classifier(fasttext)
    e.fit(batches(large, small), classes=[0, 1], steps_per_epoch=2)
    assert e.vocabulary_size_ == 10
    with pytest.raises(ValueError, match="first batch of a stream. Give vocabulary"):
        e.fit(batches(small, large), classes=[0, 1], steps_per_epoch=2)
    e.set_params(vocabulary_size=10)
    e.fit(batches(small, large), classes=[0, 1], steps_per_epoch=2)
    # To be predicted are words that training did not have.
    e.set_params(vocabulary_size=None).fit(
        batches(small), classes=[0, 1], steps_per_epoch=1
    )
    expected = e.predict(np.where(large > 6, 0, large))
    stream = ((part,) for part in [large])
    np.testing.assert_array_equal(e.predict(stream, steps=1), expected)


# --- sizes that are the user's ---------------------------------------------

FIXED = {
    "given": {"model": words, "vocabulary_size": 10},
    "meta": {"model": ten_words},
    "one-more": {"model": words, "extra": 3},
    "matrix": {"model": fasttext, "embedding_matrix": np.ones((10, 2))},
}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize("params", FIXED.values(), ids=FIXED)
def test_integers_beyond_a_size_that_was_given(params, engine):
    e = KerasClassifier(
        **params, epochs=1, engine=engine, optimizer="sgd", random_state=0
    )
    e.fit(ROWS, Y)
    name = embedding(e).name
    message = f"X has the integer 11, but the Embedding layer '{name}' .* 0 to 9 only"
    for call in (e.predict, e.predict_proba, lambda X: e.score(X, Y)):
        with pytest.raises(ValueError, match=message + ".*vocabulary_size.*input_dim"):
            call(ROWS + 5)
    with pytest.raises(ValueError, match=r"11.* 0 to 9 only"):
        e.fit(ROWS, Y, X_val=ROWS + 5, y_val=Y)
    if "extra" not in params:
        with pytest.raises(ValueError, match=r"11.* 0 to 9 only"):
            e.fit(ROWS + 5, Y)


@pytest.mark.slow
@pytest.mark.parametrize("params", [*FIXED.values(), {"model": words}])
def test_negative_integers(params):
    e = KerasClassifier(**params, epochs=1).fit(ROWS, Y)
    message = "X has the integer -3, but the Embedding layer .* takes 0 and more"
    with pytest.raises(ValueError, match=message):
        e.predict(ROWS - 3)
    for X in (ROWS - 3, np.full_like(ROWS, -3), [[-3], [1, 2]] * 4):
        with pytest.raises(ValueError, match=message if "extra" in params else "-3"):
            KerasClassifier(**params, epochs=1).fit(X, Y)


def test_fractions_for_an_embedding():
    # The layer itself would cut them off.
    with pytest.raises(ValueError, match="takes integers, and X has fractions"):
        KerasClassifier(ten_words, epochs=1).fit(ROWS + 0.5, Y)


def test_a_layer_that_no_input_goes_straight_into():
    def shifted(input_shape):
        inputs = keras.Input(input_shape, dtype="int32")
        x = layers.Embedding(7, 2)(inputs + 1)
        outputs = layers.Dense(1, "sigmoid")(layers.GlobalAveragePooling1D()(x))
        return keras.Model(inputs, outputs)

    e = KerasClassifier(shifted, epochs=1)
    with pytest.raises(ValueError, match="integer 7, but an Embedding layer"):
        e.fit(ROWS, Y)
    e.fit(np.minimum(ROWS, 5), Y)


def without_input(vocabulary_size):
    return keras.Sequential(
        [
            layers.Embedding(vocabulary_size, 2, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, "sigmoid"),
        ]
    )


def encoded(input_shape, vocabulary_size):
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, without_input(vocabulary_size)(inputs))


class Subclassed(keras.Model):
    def __init__(self, vocabulary_size):
        super().__init__()
        self.inner = without_input(vocabulary_size)

    def call(self, x):
        return self.inner(x)


@pytest.mark.slow
@pytest.mark.parametrize("builder", [without_input, encoded, Subclassed])
def test_words_that_training_did_not_have_in_models_of_any_kind(builder):
    e = KerasClassifier(builder, epochs=1, loss="binary_crossentropy", random_state=0)
    e.fit(ROWS, Y)
    twin = pickle.loads(pickle.dumps(e))
    known = np.where(ROWS + 3 > 6, 0, ROWS + 3)
    expected = e.predict_proba(known)
    for each in (e, twin):
        np.testing.assert_array_equal(each.predict_proba(ROWS + 3), expected)
    with pytest.raises(ValueError, match="integer 9 in training.*Give vocabulary_size"):
        e.partial_fit(ROWS + 3, Y)
    e.set_params(vocabulary_size=7).fit(ROWS, Y)
    with pytest.raises(ValueError, match="integer (9|7|8), but .* 0 to 6 only"):
        e.predict(ROWS + 3)


def sliced(input_shape, vocabulary_size):
    """Build a model of two words and a number, side by side in a row."""
    row = keras.Input(input_shape, dtype="int32")
    words = layers.Flatten()(layers.Embedding(vocabulary_size, 2)(row[:, :2]))
    number = keras.ops.cast(row[:, 2:], "float32") / 10
    x = layers.concatenate([words, number])
    return keras.Model(row, layers.Dense(1, "sigmoid")(x))


class Sliced(keras.Model):
    def __init__(self, vocabulary_size):
        super().__init__()
        self.words = layers.Embedding(vocabulary_size, 2)
        self.out = layers.Dense(1, "sigmoid")

    def call(self, row):
        words = layers.Flatten()(self.words(row[:, :2]))
        number = keras.ops.cast(row[:, 2:], "float32") / 10
        return self.out(keras.ops.concatenate([words, number], axis=1))


@pytest.mark.slow
@pytest.mark.parametrize("builder", [sliced, Sliced])
def test_integers_that_are_no_words_stay_as_they_are(builder):
    X = np.array([[1, 2, 10], [3, 1, 20]] * 4)
    e = KerasClassifier(builder, epochs=1, loss="binary_crossentropy", random_state=0)
    e.fit(X, Y)
    rows = np.array([[1, 2, 0], [1, 2, 50]])
    p = e.predict_proba(rows)[:, 1]
    expected = e.model_.predict(rows, verbose=0).ravel()
    np.testing.assert_allclose(p, expected, rtol=1e-5)
    assert abs(p[0] - p[1]) > 0.01


@text_builders
def test_integers_that_are_too_large_for_any_embedding(builder):
    with pytest.raises(ValueError, match="vectors for 2147483647 integers at most"):
        classifier(builder).fit(ROWS * 10**9, Y)


# --- several inputs --------------------------------------------------------


@pytest.mark.slow
def test_each_input_has_its_own_size():
    X = {"title": ROWS[:, :2], "text": ROWS + 2}
    e = KerasClassifier(two_texts, epochs=1, random_state=0).fit(X, Y)
    assert e.vocabulary_size_ == {"title": 6, "text": 9}
    unknown = {"title": X["title"] + [6, 0], "text": X["text"]}
    expected = e.predict_proba({"title": X["title"] * [0, 1], "text": X["text"]})
    assert np.isfinite(expected).all()
    np.testing.assert_array_equal(e.predict_proba(unknown), expected)
    e = KerasClassifier(two_texts, vocabulary_size={"title": 6, "text": 9}, epochs=1)
    with pytest.raises(ValueError, match=r"X\['title'\] has the integer 10"):
        e.fit(X, Y).predict(unknown)


@pytest.mark.slow
@pytest.mark.parametrize("shared", [True, False], ids=["one-layer", "two-layers"])
def test_inputs_with_one_numbering_of_words(shared):
    def twins(vocabulary_size):
        size = max(vocabulary_size.values())
        one, other = (layers.Embedding(size, 2, mask_zero=True) for _ in "ab")
        inputs = [keras.Input((2,), name=name) for name in ("a", "b")]
        vectors = [one(inputs[0]), (one if shared else other)(inputs[1])]
        x = layers.GlobalAveragePooling1D()(layers.concatenate(vectors))
        return keras.Model(inputs, layers.Dense(1, "sigmoid")(x))

    X = {"a": ROWS[:, :2], "b": ROWS[:, 1:3]}
    e = KerasClassifier(twins, epochs=1, random_state=0).fit(X, Y)
    assert e.vocabulary_size_ == {"a": 6, "b": 7}
    for name in X:
        unknown = {**X, name: X[name] + [7, 0]}
        expected = e.predict_proba({**X, name: X[name] * [0, 1]})
        assert np.isfinite(expected).all()
        np.testing.assert_array_equal(e.predict_proba(unknown), expected)
    # A word of the other input is known.
    known, padded = ({**X, "a": X["a"] * [0, 1] + [word, 0]} for word in (6, 0))
    assert not np.array_equal(e.predict_proba(known), e.predict_proba(padded))


@pytest.mark.slow
def test_inputs_in_a_list_and_in_one_array():
    def side_by_side(vocabulary_size):
        size = vocabulary_size
        sizes = size if isinstance(size, list) else [size, size]
        return two_inputs(sizes)

    def two_inputs(sizes):
        inputs = [keras.Input((2,)), keras.Input((2,))]
        x = layers.concatenate(
            [
                layers.Embedding(s, 2, mask_zero=True)(i)
                for s, i in zip(sizes, inputs, strict=True)
            ]
        )
        x = layers.GlobalAveragePooling1D()(x)
        return keras.Model(inputs, layers.Dense(1, "sigmoid")(x))

    left, right = ROWS[:, :2], ROWS[:, 1:3]
    e = KerasClassifier(side_by_side, epochs=1).fit([left, right], Y)
    assert e.vocabulary_size_ == [6, 7]
    expected = e.predict_proba([left, right * [0, 1]])
    assert np.isfinite(expected).all()
    np.testing.assert_array_equal(e.predict_proba([left, right + [7, 0]]), expected)
    both = np.hstack([left, right])
    e = KerasClassifier(side_by_side, epochs=1).fit(both, Y)
    assert e.vocabulary_size_ == 7
    expected = e.predict_proba(both * [0, 1, 0, 1])
    assert np.isfinite(expected).all()
    np.testing.assert_array_equal(e.predict_proba(both + [50, 0, 50, 0]), expected)


def test_one_input_in_a_dict():
    e = KerasClassifier(lambda vocabulary_size: words((4,), vocabulary_size["a"]))
    e.set_params(epochs=1).fit({"a": ROWS}, Y)
    expected = e.predict_proba({"a": ROWS * [1, 0, 0, 1]})
    assert np.isfinite(expected).all()
    unknown = {"a": ROWS + [0, 7, 7, 0]}
    np.testing.assert_array_equal(e.predict_proba(unknown), expected)


# --- words among floats ---------------------------------------------------------------


def of_words(vocabulary_size, seen=None):
    size = vocabulary_size["words"] if isinstance(vocabulary_size, dict) else None
    words = keras.Input((3,), name="words")
    rest = keras.Input((1,), name="rest")
    vectors = keras.layers.Embedding(size or vocabulary_size or 9, 2)(words)
    joined = keras.layers.Concatenate()([keras.layers.Flatten()(vectors), rest])
    return keras.Model([words, rest], keras.layers.Dense(1)(joined))


WORDS = np.random.RandomState(0).randint(0, 7, (20, 3))
WORDS[0, 0] = 6


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_whole_floats_are_counted_for_builders_that_ask(dtype):
    table = np.c_[WORDS, np.linspace(0, 1, 20)].astype(dtype)
    columns = {"words": [0, 1, 2], "rest": [3]}
    e = KerasRegressor(of_words, input_columns=columns, epochs=1)
    e.fit(table, np.arange(20.0))
    assert e.vocabulary_size_ == {"words": 7, "rest": None}
    table[3, 0] = 2.5
    with pytest.raises(ValueError, match="takes integers, and X has fractions"):
        KerasRegressor(
            lambda: of_words({"words": 7}), input_columns=columns, epochs=1
        ).fit(table, np.arange(20.0))


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        (np.array([[0.0, 3.0]]), 4),
        (np.array([[0.5, 3.0]]), None),
        (np.array([[-1.0, 3.0]]), None),
        (np.array([[0.0, 3e9]]), None),
        (np.array([[1, 3]]), 4),
    ],
)
def test_which_floats_are_whole(X, expected):
    assert vocabulary_size(X, whole_floats=True) == expected
    if X.dtype.kind == "f":
        assert vocabulary_size(X) is None
