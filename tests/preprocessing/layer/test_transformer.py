"""`LayerTransformer`: preprocessing layers of Keras as transformers."""

import copy
import datetime
import pickle
import random
from types import SimpleNamespace

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import layers
from keras.initializers import GlorotUniform
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from sk_keras.preprocessing import LayerTransformer

TEXTS = ["a b b", "b c d!", "B", "d e f g"]
WORDS = np.array([["a"], ["b"], ["b"], ["c"]], dtype=object)
NUMBERS = np.random.default_rng(0).normal(size=(20, 3))
CODES = np.random.default_rng(0).integers(0, 5, (20, 1))
IMAGES = np.random.default_rng(0).uniform(size=(5, 8, 8, 3)).astype("float32")


class Times(layers.Layer):
    """A user's layer, not registered."""

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return x * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class Forgetful(Times):
    """A user's layer that does not tell its argument."""

    def get_config(self):
        return layers.Layer.get_config(self)


def shout(texts):
    return tf.strings.upper(texts)


def embedding():
    layer = layers.Embedding(5, 2, embeddings_initializer=GlorotUniform(seed=0))
    layer.build(None)
    return layer


#: A function that makes a layer, and rows that it takes.
LAYERS = {
    "Normalization": (layers.Normalization, NUMBERS),
    "Normalization of one axis": (lambda: layers.Normalization(axis=None), NUMBERS),
    "Normalization given": (lambda: layers.Normalization(mean=1, variance=4), NUMBERS),
    "Normalization of images": (layers.Normalization, IMAGES),
    "Discretization": (lambda: layers.Discretization(num_bins=4), NUMBERS),
    "Discretization given": (
        lambda: layers.Discretization([-1, 1], output_mode="one_hot"),
        NUMBERS[:, :1],
    ),
    "Discretization sparse": (
        lambda: layers.Discretization(
            num_bins=3, output_mode="one_hot", sparse=True, dtype="float32"
        ),
        NUMBERS,
    ),
    "CategoryEncoding": (lambda: layers.CategoryEncoding(num_tokens=5), CODES),
    "CategoryEncoding sparse": (
        lambda: layers.CategoryEncoding(5, output_mode="one_hot", sparse=True),
        CODES,
    ),
    "Hashing": (lambda: layers.Hashing(num_bins=4), WORDS),
    "Hashing salted": (
        lambda: layers.Hashing(num_bins=4, salt=3, output_mode="one_hot"),
        WORDS,
    ),
    "StringLookup": (layers.StringLookup, WORDS),
    "StringLookup one-hot": (
        lambda: layers.StringLookup(output_mode="one_hot"),
        WORDS,
    ),
    "StringLookup given": (
        lambda: layers.StringLookup(vocabulary=["b", "z"], num_oov_indices=2),
        WORDS,
    ),
    "StringLookup invert": (
        lambda: layers.StringLookup(vocabulary=["b", "z"], invert=True),
        CODES % 3,
    ),
    "IntegerLookup": (layers.IntegerLookup, CODES),
    "IntegerLookup sparse": (
        lambda: layers.IntegerLookup(output_mode="multi_hot", sparse=True),
        CODES,
    ),
    "TextVectorization": (layers.TextVectorization, TEXTS),
    "TextVectorization tf-idf": (
        lambda: layers.TextVectorization(output_mode="tf_idf"),
        TEXTS,
    ),
    "TextVectorization padded": (
        lambda: layers.TextVectorization(
            max_tokens=20, output_mode="count", pad_to_max_tokens=True
        ),
        TEXTS,
    ),
    "TextVectorization sparse": (
        lambda: layers.TextVectorization(output_mode="multi_hot", sparse=True),
        TEXTS,
    ),
    "TextVectorization ragged": (lambda: layers.TextVectorization(ragged=True), TEXTS),
    "TextVectorization by function": (
        lambda: layers.TextVectorization(standardize=shout, output_sequence_length=3),
        TEXTS,
    ),
    "TextVectorization by lambda": (
        lambda: layers.TextVectorization(standardize=lambda t: t, ngrams=2),
        TEXTS,
    ),
    "TextVectorization given": (
        lambda: layers.TextVectorization(
            vocabulary=["a", "d"], idf_weights=[1.0, 2.0], output_mode="tf_idf"
        ),
        TEXTS,
    ),
    "Rescaling": (lambda: layers.Rescaling(1 / 255, offset=1), NUMBERS),
    "Resizing": (lambda: layers.Resizing(4, 6), IMAGES),
    "CenterCrop": (lambda: layers.CenterCrop(4, 6), IMAGES),
    "RandomFlip": (layers.RandomFlip, IMAGES),
    "Lambda": (lambda: layers.Lambda(lambda x: x[:, :2]), NUMBERS),
    "Embedding": (embedding, CODES),
    "a user's": (lambda: Times(3.0), NUMBERS),
    "a chain": (
        lambda: keras.Sequential([layers.CenterCrop(4, 6), layers.Rescaling(2)]),
        IMAGES,
    ),
}
OF_ANY_WIDTH = [
    LAYERS[name][0] for name in ("TextVectorization", "TextVectorization by lambda")
]

every_layer = pytest.mark.parametrize(("make", "X"), LAYERS.values(), ids=LAYERS)


def by_keras(layer, X):
    """What the layer gives where it is used by hand."""
    X = np.array(X, dtype=object) if isinstance(X, list) else X
    given = {"vocabulary", "mean", "bin_boundaries"}
    config = layer.get_config()
    if hasattr(layer, "adapt") and all(config.get(name) is None for name in given):
        layer.adapt(X)
    made = layer(X, training=False)
    if isinstance(made, tf.SparseTensor):
        made = tf.sparse.to_dense(tf.sparse.reorder(made))
    if isinstance(made, tf.RaggedTensor):
        return made.to_list()
    made = made.numpy()
    return np.vectorize(bytes.decode)(made) if made.dtype == object else made


def plain(made):
    """Make what transformers give comparable."""
    if isinstance(made, list):
        return [row.tolist() for row in made]
    return made.toarray() if sparse.issparse(made) else made


def same(one, other):
    assert type(one) is type(other)
    np.testing.assert_equal(plain(one), plain(other))


# --- as the layer does -----------------------------------------------------


@every_layer
def test_as_the_layer_does(make, X):
    layer = make()
    transformer = LayerTransformer(layer)
    made = transformer.fit_transform(X)
    np.testing.assert_equal(plain(made), by_keras(layer, X))
    same(transformer.transform(X), made)


@every_layer
def test_the_layer_is_not_changed(make, X):
    layer = make()
    config, weights = layer.get_config(), [np.array(w) for w in layer.weights]
    LayerTransformer(layer).fit(X).transform(X)
    assert repr(layer.get_config()) == repr(config)
    np.testing.assert_equal([np.array(w) for w in layer.weights], weights)
    if hasattr(layer, "get_vocabulary") and config.get("vocabulary") is None:
        assert len(layer.get_vocabulary()) <= 2


@every_layer
def test_fit_forgets_what_was_before(make, X):
    expected = LayerTransformer(make()).fit_transform(X)
    layer = make()
    if hasattr(layer, "adapt"):
        few = LayerTransformer(layer).fit(X[:1]).layer_
        same(LayerTransformer(few).fit_transform(X), expected)
    transformer = LayerTransformer(layer).fit(X[:1])
    same(transformer.fit(X).transform(X), expected)


@every_layer
@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e)), copy.copy]
)
def test_copies(make, X, copied):
    transformer = LayerTransformer(make()).fit(X)
    again = copied(transformer)
    assert again.layer_ is not transformer.layer_
    same(again.transform(X), transformer.transform(X))
    same(again.fit(X).transform(X), transformer.transform(X))


@every_layer
def test_clones_share_nothing(make, X):
    transformer = LayerTransformer(make(), batch_size=3).fit(X)
    cloned = clone(transformer)
    assert cloned.batch_size == 3
    assert cloned.layer is not transformer.layer
    assert not {id(w) for w in cloned.layer.weights} & {
        id(w) for w in transformer.layer.weights
    }
    with pytest.raises(NotFittedError):
        cloned.transform(X)
    same(cloned.fit(X).transform(X), transformer.transform(X))


@every_layer
def test_batches_do_not_matter(make, X):
    whole = LayerTransformer(make()).fit(X)
    assert len(X) > 3
    one = LayerTransformer(make(), batch_size=3).fit(X)
    same(one.transform(X), whole.transform(X))


@every_layer
def test_names(make, X):
    transformer = LayerTransformer(make()).fit(X)
    made = transformer.transform(X)
    if isinstance(made, list) or made.ndim != 2 or make in OF_ANY_WIDTH:
        with pytest.raises(ValueError, match="columns have no names"):
            transformer.get_feature_names_out()
        return
    names = transformer.get_feature_names_out()
    assert names.dtype == object and len(set(names)) == len(names)
    assert names.shape == made.shape[1:]
    if not sparse.issparse(made):
        table = transformer.set_output(transform="pandas").transform(X)
        assert list(table.columns) == list(names)
        np.testing.assert_array_equal(table, made)


def frame(**columns):
    return pd.DataFrame(columns)


NAMED = {
    "as in X": (
        layers.Normalization,
        frame(age=[1.0, 2], size=[3.0, 5]),
        ["age", "size"],
    ),
    "bins": (
        lambda: layers.Discretization([0.5], output_mode="one_hot"),
        frame(age=[0.0, 1]),
        ["age_0", "age_1"],
    ),
    "words": (
        lambda: layers.TextVectorization(output_mode="count"),
        frame(text=["b b", "a"]),
        ["[UNK]", "b", "a"],
    ),
    "categories": (
        lambda: layers.StringLookup(output_mode="one_hot"),
        frame(city=["Rome", "Oslo", "Oslo"]),
        ["city_[UNK]", "city_Oslo", "city_Rome"],
    ),
    "without the unknown": (
        lambda: layers.StringLookup(num_oov_indices=0, output_mode="one_hot"),
        frame(city=["Rome", "Oslo", "Oslo"]),
        ["city_Oslo", "city_Rome"],
    ),
    "several unknown": (
        lambda: layers.StringLookup(num_oov_indices=2, output_mode="multi_hot"),
        frame(a=["x", "x"], b=["y", "x"]),
        ["[UNK]_0", "[UNK]_1", "x", "y"],
    ),
    "numbers": (
        lambda: layers.CategoryEncoding(3, output_mode="multi_hot"),
        frame(a=[0, 1], b=[1, 2]),
        ["categoryencoding0", "categoryencoding1", "categoryencoding2"],
    ),
    "a user's": (lambda: Times(2.0), frame(a=[0.0], b=[1.0]), ["times0", "times1"]),
}


@pytest.mark.parametrize("make, X, names", NAMED.values(), ids=NAMED)
def test_which_names(make, X, names):
    transformer = LayerTransformer(make()).fit(X)
    assert list(transformer.get_feature_names_out()) == names
    assert list(transformer.feature_names_in_) == list(X.columns)


def test_columns_mean_what_their_names_say():
    X = frame(city=["Rome", "Oslo", "Oslo"])
    lookup = LayerTransformer(layers.StringLookup(output_mode="one_hot"))
    table = lookup.set_output(transform="pandas").fit_transform(X)
    for city in ("Rome", "Oslo"):
        assert table[f"city_{city}"].tolist() == (X["city"] == city).tolist()


# --- forms of X ------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        list,
        tuple,
        np.array,
        lambda texts: np.array(texts, dtype=object)[:, None],
        pd.Series,
        lambda texts: pd.Series(texts, dtype="category", index=[4, 3, 2, 1]),
        lambda texts: pd.Series(texts, dtype="string"),
        lambda texts: pd.DataFrame({"text": texts}),
        lambda texts: [[text] for text in texts],
        lambda texts: [np.str_(text) for text in texts],
        lambda texts: np.array([text.encode() for text in texts]),
    ],
)
@pytest.mark.parametrize(
    "make",
    [lambda: layers.TextVectorization(output_mode="count"), layers.StringLookup],
    ids=["texts", "lookup"],
)
def test_forms_of_text(form, make):
    expected = LayerTransformer(make()).fit_transform(TEXTS)
    transformer = LayerTransformer(make())
    same(transformer.fit_transform(form(TEXTS)), expected)
    assert transformer.n_features_in_ == 1


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int32", "int64", "uint64", "object", "Int64"]
)
def test_types_of_integers(dtype):
    large = 2**53 + 1 if dtype[-2:] == "64" else 101  # no float has it
    X = pd.DataFrame({"id": [large, 3, large]}).astype(dtype)
    X = X if dtype == "Int64" else X.to_numpy()
    if dtype == "Int64":
        large = 101
        X["id"] = [101, 3, 101]
    lookup = LayerTransformer(layers.IntegerLookup(num_oov_indices=0)).fit(X)
    assert lookup.layer_.get_vocabulary() == [large, 3]
    assert lookup.transform(X).ravel().tolist() == [0, 1, 0]


@pytest.mark.parametrize("dtype", ["bool", "float16", "float64", "longdouble", "int64"])
def test_types_of_numbers(dtype):
    X = (NUMBERS > 0 if dtype == "bool" else NUMBERS * 10).astype(dtype)
    made = LayerTransformer(layers.Normalization()).fit_transform(X)
    assert made.dtype == np.float32
    wide = X.astype("float64")
    expected = (wide - wide.mean(axis=0)) / wide.std(axis=0)
    np.testing.assert_allclose(
        made, expected, atol=1e-2 if dtype == "float16" else 1e-5
    )


def test_half_floats_are_added_up_in_wider_ones():
    X = NUMBERS * 1e4  # whose squares float16 does not hold
    made = LayerTransformer(layers.Normalization()).fit_transform(X.astype("float16"))
    expected = (X - X.mean(axis=0)) / X.std(axis=0)
    np.testing.assert_allclose(made, expected, atol=1e-2)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "uint16", "int32", "uint32"])
@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.CategoryEncoding(5, output_mode="multi_hot"),
        lambda: layers.CategoryEncoding(5, output_mode="count", sparse=True),
        lambda: layers.Hashing(num_bins=3),
        lambda: layers.IntegerLookup(output_mode="one_hot"),
    ],
)
def test_codes_of_any_type(make, dtype):
    expected = LayerTransformer(make()).fit_transform(CODES)
    same(LayerTransformer(make()).fit_transform(CODES.astype(dtype)), expected)


def test_doubles_where_the_layer_calculates_in_them():
    layer = layers.Normalization(dtype="float64")
    made = LayerTransformer(layer).fit_transform(NUMBERS)
    assert made.dtype == np.float64
    expected = (NUMBERS - NUMBERS.mean(axis=0)) / NUMBERS.std(axis=0)
    np.testing.assert_allclose(made, expected, rtol=1e-12)


def test_a_sequence_is_filled_up_to_the_longest_of_a_call():
    texts = ["a", "b b", "a a a a", "b"]
    transformer = LayerTransformer(layers.TextVectorization(), batch_size=1)
    made = transformer.fit_transform(texts)
    assert made.tolist() == [[2, 0, 0, 0], [3, 3, 0, 0], [2, 2, 2, 2], [3, 0, 0, 0]]


# --- parameters of the layer -----------------------------------------------


@pytest.mark.parametrize(
    "layer",
    [
        layers.TextVectorization,
        layers.TextVectorization(),
        layers.TextVectorization(max_tokens=9, output_mode="int"),
    ],
    ids=["class", "object", "object with other values"],
)
def test_arguments_of_the_layer(layer):
    given = {"layer__max_tokens": 3, "layer__output_mode": "count"}
    transformer = LayerTransformer(layer, **given)
    assert given.items() <= transformer.get_params().items()
    assert list(transformer.fit(TEXTS).get_feature_names_out()) == ["[UNK]", "b", "d"]
    later = LayerTransformer(layer).set_params(**given)
    for copied in (later, clone(transformer), pickle.loads(pickle.dumps(later))):
        assert copied.get_params().keys() == transformer.get_params().keys()
        same(copied.fit(TEXTS).transform(TEXTS), transformer.transform(TEXTS))
    transformer.set_params(layer__max_tokens=2).fit(TEXTS)
    assert transformer.transform(TEXTS).shape == (4, 2)
    function = clone(transformer).set_params(layer__standardize=shout).fit(TEXTS)
    assert list(function.get_feature_names_out()) == ["[UNK]", "B"]


@pytest.mark.slow
@pytest.mark.parametrize("cls", [layers.TextVectorization, layers.StringLookup])
def test_words_that_are_given(cls, tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("z\na\n")
    given = str(file), ["z", "a"], np.array(["z", "a"])
    made = [LayerTransformer(cls, layer__vocabulary=words) for words in given]
    made += [LayerTransformer(cls(), layer__vocabulary=words) for words in given]
    made += [LayerTransformer(cls(vocabulary=words)) for words in given[:2]]
    made += list(map(clone, made))
    for transformer in made:
        again = pickle.loads(pickle.dumps(transformer.fit(WORDS)))
        assert again.layer_.get_vocabulary()[-2:] == ["z", "a"]
        same(again.transform(WORDS), transformer.transform(WORDS))
        assert len(np.unique(again.transform(WORDS))) == 2


def test_a_search_over_arguments():
    texts = ["good film", "bad film", "good plot", "bad plot"] * 5
    y = ["good" in text for text in texts]
    pipe = make_pipeline(
        LayerTransformer(layers.TextVectorization(output_mode="multi_hot")),
        LogisticRegression(),
    )
    grid = {"layertransformer__layer__max_tokens": [2, 10]}
    search = GridSearchCV(pipe, grid, cv=2, error_score="raise").fit(texts, y)
    assert search.best_params_ == {"layertransformer__layer__max_tokens": 10}
    assert search.best_score_ == 1


def test_columns_of_a_table():
    X = frame(
        text=["a b", "b", "a a", "b"], city=["Rome", "Oslo"] * 2, age=[1.0, 2, 3, 4]
    )
    columns = make_column_transformer(
        (LayerTransformer(layers.TextVectorization(output_mode="count")), "text"),
        (LayerTransformer(layers.StringLookup(output_mode="one_hot")), ["city"]),
        (LayerTransformer(layers.Normalization()), ["age"]),
    )
    made = columns.fit_transform(X)
    assert made.shape == (4, 7)
    assert list(columns.get_feature_names_out())[-1] == "layertransformer-3__age"


# --- inverse ---------------------------------------------------------------


@pytest.mark.parametrize(
    "make, X",
    [
        (layers.Normalization, NUMBERS),
        (lambda: layers.Normalization(axis=None), NUMBERS),
        (lambda: layers.Normalization(mean=1, variance=4), NUMBERS),
        (lambda: layers.Normalization(axis=(1, 3)), IMAGES),
        (layers.StringLookup, WORDS),
        (lambda: layers.StringLookup(mask_token="", num_oov_indices=0), WORDS),
        (layers.IntegerLookup, CODES),
    ],
)
def test_inverse(make, X):
    transformer = LayerTransformer(make()).fit(X)
    back = transformer.inverse_transform(transformer.transform(X))
    if X.dtype == object:
        assert back.tolist() == X.tolist()
    else:
        np.testing.assert_allclose(back, X, atol=1e-5)


def test_inverse_of_the_unknown():
    transformer = LayerTransformer(layers.StringLookup()).fit(WORDS)
    made = transformer.transform(np.array([["b"], ["z"]]))
    assert transformer.inverse_transform(made).tolist() == [["b"], ["[UNK]"]]
    for bad in ([[9]], [[-1]], [[0.5]]):
        with pytest.raises(ValueError, match="positions in a vocabulary of 4"):
            transformer.inverse_transform(bad)
    with pytest.raises(ValueError, match=r"\('n_samples', 1\)"):
        transformer.inverse_transform([[1, 1]])


@pytest.mark.parametrize(
    "make, X",
    [
        (lambda: layers.Normalization(invert=True), NUMBERS),
        (lambda: layers.StringLookup(output_mode="one_hot"), WORDS),
        (lambda: layers.Rescaling(2.0), NUMBERS),
        (layers.TextVectorization, TEXTS),
    ],
)
def test_no_inverse(make, X):
    assert not hasattr(LayerTransformer(make()), "inverse_transform")  # not fitted
    transformer = LayerTransformer(make()).fit(X)
    assert not hasattr(transformer, "inverse_transform")


# --- what is refused -------------------------------------------------------


class Halves(layers.Layer):
    def call(self, x):
        return x[::2]


class Two(layers.Layer):
    def call(self, x):
        return x, x


BAD_LAYERS = {
    "None": (None, TypeError, "must be a Keras layer.*None"),
    "a name": ("Normalization", TypeError, "'Normalization'"),
    "another class": (int, TypeError, "class 'int'"),
    "a function": (len, TypeError, "must be a Keras layer"),
    "untrained": (layers.Dense(2), ValueError, "Dense has weights that nobody"),
    "untrained class": (layers.PReLU, ValueError, "PReLU has weights"),
    "forgetful": (Forgetful(3.0), TypeError, r"get_config leaves out \['factor'\]"),
    "fewer rows": (Halves(), ValueError, "Halves makes 1 rows of 2"),
    "two outputs": (Two(), TypeError, "Two puts out a tuple"),
    "two inputs": (layers.Add(), ValueError, "Add cannot take X of shape"),
    "for text": (layers.TextVectorization(), ValueError, "takes text.*astype"),
    "for images": (layers.Resizing(2, 2), ValueError, r"Resizing.*\(\d+, 3\).*float64"),
    "codes": (layers.CategoryEncoding(2), ValueError, "whole numbers.*fraction of"),
    "lookup": (layers.IntegerLookup(), ValueError, "whole numbers.*Discretization"),
    "not adapted": (
        keras.Sequential([layers.Normalization(name="mine"), layers.Rescaling(2.0)]),
        ValueError,
        "'mine' in Sequential has not been adapted",
    ),
    "not adapted words": (
        keras.Sequential([layers.TextVectorization()]),
        TypeError,
        "cannot be copied.*must have learned it",
    ),
}


@pytest.mark.parametrize("layer, error, match", BAD_LAYERS.values(), ids=BAD_LAYERS)
def test_bad_layers(layer, error, match):
    with pytest.raises(error, match=match) as caught:
        LayerTransformer(layer).fit_transform(NUMBERS)
    assert "\x1b" not in str(caught.value)


BAD_NAMES = {
    "no prefix": ({"max_tokens": 3}, TypeError, "layer__max_tokens"),
    "misspelt": ({"layer__max_token": 3}, ValueError, "mean 'layer__max_tokens'"),
    "nothing": ({"layer__": 3}, TypeError, "unexpected argument 'layer__'"),
}


@pytest.mark.parametrize(
    "layer", [layers.TextVectorization(), layers.TextVectorization]
)
@pytest.mark.parametrize("given, error, match", BAD_NAMES.values(), ids=BAD_NAMES)
def test_bad_names(layer, given, error, match):
    with pytest.raises(error, match=match):
        LayerTransformer(layer, **given)
    transformer = LayerTransformer(layer)
    with pytest.raises(ValueError if "max_tokens" in given else error):
        transformer.set_params(batch_size=7, **given)
    assert transformer.batch_size == 256  # nothing was set
    assert set(transformer.get_params()) == {"batch_size", "layer"}


def test_names_of_another_layer():
    transformer = LayerTransformer(layers.TextVectorization, layer__max_tokens=3)
    with pytest.raises(ValueError, match="Normalization takes no argument"):
        transformer.set_params(layer=layers.Normalization)
    assert transformer.layer is layers.TextVectorization


def test_weights_outlive_other_arguments():
    """An argument of a trained layer is changed, and its weights stay."""
    dense = layers.Dense(2)
    before = np.asarray(dense(NUMBERS.astype("float32")))
    assert before.min() < 0
    changed = LayerTransformer(dense, layer__activation="relu")
    for transformer in (changed, clone(changed)):
        np.testing.assert_allclose(
            transformer.fit_transform(NUMBERS), before.clip(0), rtol=1e-6
        )
    other = LayerTransformer(dense, layer__units=3)
    with pytest.raises(ValueError, match=r"Dense cannot keep its weights.*\['units'\]"):
        other.fit(NUMBERS)


def test_parts_that_were_adapted():
    part = layers.Normalization()
    part.adapt(NUMBERS)
    chain = LayerTransformer(keras.Sequential([part, layers.Rescaling(2.0)]))
    for transformer in (chain, clone(chain)):
        made = transformer.fit(NUMBERS[:3]).transform(NUMBERS)
        np.testing.assert_allclose(made.std(axis=0), 2, rtol=1e-5)


BAD_X = {
    "no words": (["", " "], "text", "vocabulary of TextVectorization is empty"),
    "a text": ("a b", "text", r"list of texts.*\['a b'\]"),
    "missing": (["a", None], "text", "Got None beside text, in row 1; fill"),
    "NaN": (pd.Series(["a", np.nan]), "text", "Got nan beside text, in row 1; fill"),
    "NA": (pd.Series(["a", pd.NA], dtype="string"), "text", "row 1; fill"),
    "missing first": ([None, "a"], "text", "Got None beside text, in row 0; fill"),
    "NaN first": ([[np.nan], ["a"]], "text", "Got nan beside text, in row 0; fill"),
    "a number first": ([1, "a"], "text", "Got 1 beside text, in row 0"),
    "unequal rows": (
        [["a", "b"], ["c"]],
        "text",
        r"rows of texts must be equally long.*Got \['a', 'b'\] in row 0",
    ),
    "a scalar": (np.array("a b"), "text", "Expected 2D array"),
    "mixed": (pd.DataFrame({"a": ["x"], "b": [1]}), "text", "Got 1 beside text.*0"),
    "empty": ([], "text", "0 sample|Expected 2D"),
    "empty array": (np.empty((0, 1), dtype=object), "numbers", "0 sample"),
    "numbers of one axis": ([1.0, 2.0], "numbers", "Reshape your data"),
    "NaN in numbers": ([[1.0], [np.nan]], "numbers", "NaN"),
    "infinite": ([[1.0], [np.inf]], "numbers", "infinity"),
    "too large": ([[1.0], [1e300]], "numbers", "too large for dtype..float32"),
    "too large integers": (
        np.array([[2**63]], dtype=np.uint64),
        "numbers",
        "int64 cannot hold: 9223372036854775808",
    ),
    "complex": (np.ones((2, 2), complex), "numbers", "Complex"),
    "words for numbers": ([["a"], ["b"]], "numbers", "Normalization cannot take.*text"),
}


@pytest.mark.parametrize("X, kind, match", BAD_X.values(), ids=BAD_X)
def test_bad_X(X, kind, match):
    of_text = layers.TextVectorization(output_mode="tf_idf")
    layer = of_text if kind == "text" else layers.Normalization()
    with pytest.raises(ValueError, match=match):
        LayerTransformer(layer).fit(X)


def test_sparse_X():
    with pytest.raises(TypeError, match="[Ss]parse"):
        LayerTransformer(layers.Normalization()).fit(sparse.eye(3, format="csr"))


@pytest.mark.parametrize(
    "fitted, later, match",
    [
        (NUMBERS, NUMBERS[:, :2], "2 features.*expecting 3"),
        (IMAGES, IMAGES[:, :4], r"\(5, 4, 8, 3\).*\('n_samples', 8, 8, 3\)"),
        (NUMBERS, IMAGES, r"\('n_samples', 3\)"),
        (NUMBERS, [["a", "b", "c"]], "X is text, but in fit it was numbers"),
        (frame(a=[1.0], b=[2.0]), frame(b=[1.0], a=[2.0]), "feature names"),
    ],
)
def test_X_other_than_in_fit(fitted, later, match):
    transformer = LayerTransformer(layers.Rescaling(2.0)).fit(fitted)
    with pytest.raises(ValueError, match=match):
        transformer.transform(later)


def test_a_fit_that_fails_leaves_nothing_behind():
    transformer = LayerTransformer(layers.Normalization()).fit(NUMBERS)
    with pytest.raises(ValueError, match="NaN"):
        transformer.fit([[np.nan]])
    with pytest.raises(NotFittedError):
        transformer.transform(NUMBERS)


def test_codes_out_of_range():
    transformer = LayerTransformer(layers.CategoryEncoding(3)).fit([[2]])
    for code in (3, -1, 2**40):
        with pytest.raises(ValueError, match="num_tokens=3.* 0 to 2. Got numbers from"):
            transformer.transform([[0], [code]])


@pytest.mark.parametrize("size", [0, -1, 2.5, None])
def test_bad_batch_size(size):
    with pytest.raises(ValueError, match="batch_size"):
        LayerTransformer(layers.Normalization(), batch_size=size).fit(NUMBERS)


@pytest.mark.parametrize("layer", [layers.RandomFlip, layers.RandomFlip()])
def test_leaves_no_trace_in_global_generators(layer):
    before = random.getstate(), np.random.get_state()[1].tolist()
    transformer = LayerTransformer(layer).fit(IMAGES)
    np.testing.assert_array_equal(clone(transformer).fit_transform(IMAGES), IMAGES)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


def test_a_pickle_does_not_tell_the_time(monkeypatch):
    """By its pickle, a pipeline with a memory finds what was transformed before."""
    transformer = LayerTransformer(layers.Rescaling(2.0, name="twice"))
    before = pickle.dumps(transformer)
    clock = SimpleNamespace(time=lambda: 0, localtime=lambda _: (2030, 1, 1, 0, 0, 0))
    monkeypatch.setattr("zipfile.time", clock)
    assert pickle.dumps(transformer) == before


class Remembering(layers.Layer):
    """Keeps what it has learned beside its variables and its config."""

    shift = 0.0

    def call(self, x):
        return x + self.shift

    def save_own_variables(self, store):
        store["shift"] = np.array(self.shift)

    def load_own_variables(self, store):
        self.shift = float(np.array(store["shift"]))


def test_a_state_of_a_layers_own_is_kept():
    layer = Remembering()
    layer.build((None, 3))
    layer.shift = 3.0
    fitted = LayerTransformer(layer).fit(NUMBERS)
    for transformer in (fitted, pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_allclose(transformer.transform(NUMBERS), NUMBERS + 3, 1e-5)


# --- scikit-learn's checks -------------------------------------------------


@pytest.fixture
def at_one_moment(monkeypatch):
    """Stop the clock in pickles of layers, by which the checks compare parameters."""
    now = SimpleNamespace(now=lambda: datetime.datetime(2020, 1, 1))
    lib = "keras.src.saving.saving_lib.datetime"
    monkeypatch.setattr(lib, SimpleNamespace(datetime=now))
    clock = SimpleNamespace(time=lambda: 0, localtime=lambda _: (2020, 1, 1, 0, 0, 0))
    monkeypatch.setattr("zipfile.time", clock)


@pytest.mark.usefixtures("at_one_moment")
@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [
        LayerTransformer(layers.Normalization),
        LayerTransformer(layers.Normalization(name="normal"), batch_size=3),
        LayerTransformer(layers.Rescaling(2.0, name="twice")),
        LayerTransformer(layers.Discretization, layer__num_bins=3),
    ]
)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize("cls", [layers.TextVectorization, layers.StringLookup])
def test_estimator_checks_of_text(cls):
    results = check_estimator(LayerTransformer(cls))
    assert {result["status"] for result in results} == {"passed"}
