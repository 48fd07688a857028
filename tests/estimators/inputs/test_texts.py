"""Texts as X, for models that take strings themselves."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.model_selection import cross_val_score

from sk_keras import KerasClassifier, KerasFeatureExtractor
from sk_keras._estimators.inputs.texts import texts_of
from sk_keras.data import ArrayDict
from tests.errors import refused

TEXTS = np.array(["good film", "bad film", "good fun", "bad bore"] * 6)
GOOD = np.array(["yes", "no"] * 12)
PLACES = np.arange(24.0)[:, None] / 24


def layers_on(words):
    return [
        words,
        keras.layers.Embedding(20, 4, name="vectors"),
        keras.layers.GlobalAveragePooling1D(),
        keras.layers.Dense(1, activation="sigmoid"),
    ]


def words():
    layer = keras.layers.TextVectorization(20, output_sequence_length=3)
    layer.adapt(TEXTS)
    return layer


def build(shape=(1,)):
    return keras.Sequential(
        [keras.layers.Input(shape, dtype="string"), *layers_on(words())]
    )


def build_two():
    text = keras.Input((1,), dtype="string", name="text")
    place = keras.Input((1,), name="place")
    x = text
    for layer in layers_on(words())[:-1]:
        x = layer(x)
    x = keras.layers.Concatenate()([x, place])
    outputs = keras.layers.Dense(1, activation="sigmoid")(x)
    return keras.Model({"text": text, "place": place}, outputs)


QUICK = {"epochs": 2, "random_state": 0, "optimizer__learning_rate": 0.05}
FORMS = {
    "array": TEXTS,
    "objects": TEXTS.astype(object),
    "bytes": TEXTS.astype("S"),
    "list": TEXTS.tolist(),
    "column": TEXTS[:, None],
    "Series": pd.Series(TEXTS),
    "string dtype": pd.Series(TEXTS, dtype="string"),
    "category": pd.Series(TEXTS, dtype="category"),
    "DataFrame": pd.DataFrame({"text": TEXTS}),
}


@pytest.fixture(scope="module")
def by_keras():
    e = KerasClassifier(build, **QUICK).initialize(TEXTS, GOOD)
    y = (GOOD == "yes")[:, None].astype("float32")
    rows = tf.constant(TEXTS[:, None])
    # One batch, so that its order does not count.
    e.model_.fit(rows, y, batch_size=24, epochs=2, verbose=0)
    return e.model_.predict(rows, verbose=0).ravel()


@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize("form", FORMS)
def test_forms(form, engine, by_keras):
    e = KerasClassifier(build, **QUICK, engine=engine, batch_size=-1)
    e.fit(FORMS[form], GOOD)
    np.testing.assert_allclose(e.predict_proba(FORMS[form])[:, 1], by_keras, rtol=1e-4)
    assert e.n_features_in_ == 1


def test_a_single_string_for_each_row():
    e = KerasClassifier(build, shape=(), **QUICK).fit(TEXTS, GOOD)
    wide = KerasClassifier(build, **QUICK).fit(TEXTS, GOOD)
    np.testing.assert_allclose(e.predict_proba(TEXTS), wide.predict_proba(TEXTS))


@pytest.mark.slow
def test_in_use():
    e = KerasClassifier(build, **QUICK, early_stopping=2).fit(TEXTS, GOOD)
    again = pickle.loads(pickle.dumps(e))
    np.testing.assert_array_equal(again.predict_proba(TEXTS), e.predict_proba(TEXTS))
    assert again.partial_fit(TEXTS, GOOD).score(TEXTS, GOOD) > 0.4
    assert cross_val_score(e, TEXTS.tolist(), GOOD, cv=2, error_score="raise").size == 2
    features = KerasFeatureExtractor(e, layer="vectors", pooling="avg")
    assert features.fit_transform(TEXTS).shape == (24, 4)


@pytest.mark.slow
@pytest.mark.parametrize(
    "X",
    [
        {"text": TEXTS, "place": PLACES},
        ArrayDict({"text": TEXTS, "place": PLACES}),
        pd.DataFrame({"text": TEXTS, "place": PLACES.ravel()}),
    ],
    ids=["dict", "ArrayDict", "table"],
)
def test_beside_numbers(X):
    e = KerasClassifier(build_two, **QUICK)
    if isinstance(X, pd.DataFrame):
        e.set_params(input_columns={"text": ["text"], "place": ["place"]})
    named = KerasClassifier(build_two, **QUICK)
    named.fit({"text": TEXTS, "place": PLACES}, GOOD)
    expected = named.predict_proba({"text": TEXTS, "place": PLACES})
    np.testing.assert_allclose(e.fit(X, GOOD).predict_proba(X), expected)


@pytest.mark.parametrize("value", [None, np.nan, pd.NA])
def test_missing_texts(value):
    lacking = TEXTS.astype(object)
    lacking[3] = value
    e = KerasClassifier(build, **QUICK)
    with pytest.raises(ValueError, match="X has missing texts, the first in row 3"):
        e.fit(lacking, GOOD)
    with pytest.raises(ValueError, match="missing texts, the first in row 3"):
        e.fit(pd.DataFrame({"text": lacking}), GOOD)


REFUSED = {
    "text for numbers": (
        lambda: KerasClassifier("mlp", epochs=1).fit(TEXTS, GOOD),
        "X is text, 'good film', and the model's input takes numbers.*TextTokenizer",
    ),
    "numbers for text": (
        lambda: KerasClassifier(build, **QUICK).fit(PLACES, GOOD),
        r"input takes strings, and X holds numbers.*X.astype\(str\)",
    ),
    "later numbers": (
        lambda: KerasClassifier(build, **QUICK).fit(TEXTS, GOOD).predict(PLACES),
        r"takes strings, and X holds numbers",
    ),
    "later text": (
        lambda: KerasClassifier("mlp", epochs=1).fit(PLACES, GOOD).predict(TEXTS),
        "X is text, 'good film'",
    ),
    "one input of two": (
        lambda: KerasClassifier(build_two, **QUICK).fit(
            {"text": PLACES, "place": PLACES}, GOOD
        ),
        r"X\['text'\] holds numbers",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    refused(REFUSED[case][0], ValueError, REFUSED[case][1])


def test_numbers_in_text_stay_text():
    def digits():
        layer = keras.layers.StringLookup(vocabulary=["1", "2"])
        inputs = keras.Input((1,), dtype="string")
        x = keras.layers.Flatten()(keras.layers.Embedding(3, 2)(layer(inputs)))
        return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))

    X = np.array(["1", "2"] * 12)
    e = KerasClassifier(digits, epochs=1).fit(X, GOOD)
    assert len(np.unique(e.predict_proba(X)[:, 0])) == 2


def test_inputs_in_another_order():
    e = KerasClassifier(build_two, **QUICK)
    e.fit({"text": TEXTS, "place": PLACES}, GOOD)
    turned = e.predict_proba({"place": PLACES, "text": TEXTS})
    expected = e.predict_proba({"text": TEXTS, "place": PLACES})
    np.testing.assert_array_equal(turned, expected)


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        (np.ones((3, 2)), None),
        (np.ones((3, 2), "int8"), None),
        ([[1.0, 2.0], [3.0, 4.0]], None),
        (pd.DataFrame({"a": [1.0]}), None),
        (pd.DataFrame({"a": ["x"], "b": ["y"]}), (1, 2)),
        (pd.DataFrame({"a": ["x"], "b": [1.0]}), None),
        (pd.Series(["x", "y"], dtype="category"), (2,)),
        ([["x", "y"]], (1, 2)),
        ([np.str_("x")], (1,)),
        ([[1], [2, 3]], None),
        (np.array([{"a": 1}]), None),
        ([], None),
    ],
)
def test_what_texts_are(X, expected):
    texts = texts_of(X, "X")
    assert (None if texts is None else texts.shape) == expected


def test_numbers_in_text_are_numbers_for_models_of_numbers():
    X, y = np.array([["1", "2.5"], ["3", "4"]] * 5), np.arange(10) % 2
    e = KerasClassifier("mlp", epochs=1, random_state=0).fit(X, y)
    of_numbers = KerasClassifier("mlp", epochs=1, random_state=0)
    of_numbers.fit(X.astype(float), y)
    expected = of_numbers.predict_proba(X.astype(float))
    np.testing.assert_array_equal(e.predict_proba(X), expected)
    np.testing.assert_array_equal(e.predict_proba(X.astype(float)), expected)


@pytest.mark.parametrize("later", [PLACES, TEXTS])
def test_models_that_declare_no_input(later):
    class Words(keras.Model):
        def __init__(self):
            super().__init__()
            self.words, self.last = words(), keras.layers.Dense(1, "sigmoid")
            self.vectors = keras.layers.Embedding(20, 2)

        def call(self, inputs):
            return self.last(keras.ops.mean(self.vectors(self.words(inputs)), axis=1))

    class Numbers(keras.Model):
        def __init__(self):
            super().__init__()
            self.last = keras.layers.Dense(1, "sigmoid")

        def call(self, inputs):
            return self.last(inputs)

    given = {"loss": "binary_crossentropy", "epochs": 1}
    cls, first = (Words, TEXTS) if later is PLACES else (Numbers, PLACES)
    e = KerasClassifier(cls, **given).fit(first, GOOD)
    assert e.predict(first).shape == (24,)
    with pytest.raises(ValueError, match="X is text|X holds numbers, and in fit"):
        e.predict(later)
