"""What is in a pickle: plain values, and names that users know."""

import copy
import importlib
import io
import pickle
from pathlib import Path

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

import sk_keras
from sk_keras import (
    KerasAutoencoder,
    KerasAutoencoderDetector,
    KerasClassifier,
    KerasFeatureExtractor,
    KerasRegressor,
)
from sk_keras._shared.pickle_format import FORMAT
from sk_keras._shared.serialization import TAG
from sk_keras.data import ArrayDict
from sk_keras.preprocessing import (
    HashingTokenizer,
    ImageAugmenter,
    ImageLoader,
    ImageStandardizer,
    LayerTransformer,
    SequencePadder,
    SequencesToMatrix,
    TextTokenizer,
    WordVectors,
)
from tests.builders import dense_classifier

GOLDEN = Path(__file__).parent / "golden"
RNG = np.random.RandomState(0)
X = RNG.randn(20, 4).astype(np.float32)
LABELS = np.array(["a", "b"] * 10)
IMAGES = RNG.randint(0, 255, (4, 6, 6, 1)).astype(np.float32)
TEXTS = ["one two", "two three three"]
QUICK = {"epochs": 1, "random_state": 0}

#: Modules whose names may stand in a pickle: what is public in them may not move.
PUBLIC = (
    "sk_keras",
    "sk_keras.data",
    "sk_keras.inspection",
    "sk_keras.models",
    "sk_keras.models.autoencoders",
    "sk_keras.models.layers",
    "sk_keras.preprocessing",
)


def plain_model():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="dense")])


class Builder:
    def __call__(self, n_classes):
        return keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(n_classes, activation="softmax")]
        )


def two_outputs(n_classes):
    inputs = keras.Input((4,))
    heads = {
        name: keras.layers.Dense(2, activation="softmax", name=name)(inputs)
        for name in "pq"
    }
    return keras.Model(inputs, heads)


def classifier(*args, y=LABELS, **params):
    return KerasClassifier(*args, **{**QUICK, **params}).fit(X, y)


PAIRS = {"p": LABELS, "q": LABELS}

#: Each makes a fitted estimator.
FITTED = {
    "classifier": classifier,
    "own builder": lambda: classifier(dense_classifier),
    "own class": lambda: classifier(Builder),
    "ready function": lambda: classifier(sk_keras.models.mlp),
    "given model": lambda: KerasRegressor(plain_model(), **QUICK).fit(X, X[:, :2]),
    "loss object": lambda: KerasRegressor(loss=keras.losses.Huber(), **QUICK).fit(
        X, X[:, 0]
    ),
    "multilabel": lambda: classifier(y=X[:, :3] > 0),
    "one-hot": lambda: classifier(y=np.eye(2)[[0, 1] * 10]),
    "by key": lambda: classifier(two_outputs, y=PAIRS),
    "list": lambda: classifier(two_outputs, y=list(PAIRS.values())),
    "ArrayDict": lambda: classifier(two_outputs, y=ArrayDict(PAIRS)),
    "columns": lambda: classifier(
        two_outputs, y=np.c_[LABELS, LABELS == "a"].astype(object)
    ),
    "words": lambda: KerasClassifier("fasttext", **QUICK).fit(
        RNG.randint(1, 9, (20, 5)), LABELS
    ),
    "augmenter": lambda: KerasRegressor(
        plain_images, augmenter=ImageAugmenter(horizontal_flip=True), **QUICK
    ).fit(IMAGES, [0, 1, 2, 3]),
    "regressor": lambda: KerasRegressor(**QUICK).fit(X, X[:, 0]),
    "autoencoder": lambda: KerasAutoencoder(encoding_dim=2, **QUICK).fit(X),
    "detector": lambda: KerasAutoencoderDetector(
        KerasAutoencoder(encoding_dim=2, **QUICK)
    ).fit(X),
    "extractor": lambda: KerasFeatureExtractor(plain_model(), layer="dense").fit(X),
    "tokenizer": lambda: TextTokenizer().fit(TEXTS),
    "hashing": lambda: HashingTokenizer(8).fit(TEXTS),
    "padder": lambda: SequencePadder().fit([[1, 2], [3]]),
    "matrix": lambda: SequencesToMatrix(5).fit([[1, 2], [3]]),
    "loader": lambda: ImageLoader((4, 4)),
    "standardizer": lambda: ImageStandardizer(zca_whitening=True).fit(IMAGES),
    "images": lambda: ImageAugmenter(rotation_range=9, brightness_range=(0.5, 1)),
    "layer": lambda: LayerTransformer(keras.layers.Normalization()).fit(X),
    "word vectors": lambda: WordVectors(["a"], np.ones((1, 2))),
}


def plain_images():
    return keras.Sequential(
        [keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    )


class Recording(pickle.Unpickler):
    """Loads a pickle, and writes down what it names by module."""

    def __init__(self, file):
        super().__init__(file)
        self.names = set()

    def find_class(self, module, name):
        self.names.add((module, name))
        return super().find_class(module, name)


def names_in(data):
    reader = Recording(io.BytesIO(data))
    reader.load()
    return reader.names


@pytest.fixture(scope="module", params=FITTED)
def fitted(request):
    return FITTED[request.param]()


@pytest.mark.slow
@pytest.mark.parametrize("protocol", [2, pickle.DEFAULT_PROTOCOL])
def test_a_pickle_names_what_is_public_only(fitted, protocol):
    named = names_in(pickle.dumps(fitted, protocol))
    own = {pair for pair in named if pair[0].split(".")[0] == "sk_keras"}
    assert not {(module, name) for module, name in own if module not in PUBLIC}
    for module, name in own:
        public = importlib.import_module(module)
        assert name in public.__all__
        assert getattr(public, name).__module__ == module


@pytest.mark.slow
def test_a_plain_pickle_is_read(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    assert type(again) is type(fitted)
    assert joblib.hash(again) == joblib.hash(fitted)
    if hasattr(fitted, "get_params"):
        assert repr(again) == repr(fitted)


def test_the_format_is_read_first(fitted):
    if not isinstance(fitted, BaseEstimator):
        pytest.skip("It is no estimator, and has no format number.")
    twin = object.__new__(type(fitted))
    message = f"This {type(fitted).__name__} was saved in format 99 by sk_keras 9.9"
    with pytest.raises(ValueError, match=message):
        twin.__setstate__({"_format": 99, "_version": "9.9", "_recipe": "unknown"})
    with pytest.raises(ValueError, match="has no format number.*Fit the estimator"):
        twin.__setstate__({"_recipe": "unknown"})


@pytest.mark.parametrize(
    "unknown", [{TAG: "hologram"}, {TAG: "loss", "hue": 1}, {TAG: "recipe"}, {TAG: 1}]
)
def test_unknown_parts_of_a_state_are_refused(unknown):
    state = {**KerasRegressor().__getstate__(), "loss": unknown}
    message = rf"holds a {unknown[TAG]!r} with the fields .* does not know"
    with pytest.raises(ValueError, match=message):
        KerasRegressor().__setstate__(state)


class Mine(dict):
    """A user's own kind of dict."""


class MyLoss(keras.losses.Loss):
    """A loss that is not registered."""

    def call(self, y, raw):
        return keras.ops.mean(keras.ops.square(y - raw), axis=-1)


@pytest.mark.parametrize(
    "value",
    [
        {TAG: "recipe"},
        {TAG: 1, "a": [{TAG: {}}]},
        Mine(a=1),
        Mine(a=Mine(b=(1, [2]))),
        [Mine({TAG: 2})],
    ],
    ids=str,
)
def test_dicts_of_users_come_back_as_they_were(value):
    regressor = KerasRegressor(plain_model, compile__loss_weights=value)
    again = pickle.loads(pickle.dumps(regressor)).get_params()["compile__loss_weights"]
    assert again == value
    assert TAG in str(value) or type(again) is type(value)


@pytest.mark.parametrize("kind", [dict, Mine])
def test_keras_objects_are_packed_in_any_kind_of_dict(kind):
    regressor = KerasRegressor(plain_model, loss=kind(a=MyLoss()))
    assert isinstance(pickle.loads(pickle.dumps(regressor)).loss["a"], MyLoss)


@pytest.mark.parametrize("name", ["extractor", "tokenizer", "standardizer", "matrix"])
def test_copies_are_shallow(name):
    fitted = FITTED[name]()
    twin = copy.copy(fitted)
    assert vars(twin) is not vars(fitted)
    assert all(vars(twin)[key] is value for key, value in vars(fitted).items())


@pytest.mark.slow
@pytest.mark.parametrize("number", range(2, FORMAT + 1))
@pytest.mark.parametrize("load", [pd.read_pickle, joblib.load])
def test_files_of_each_format_are_read(number, load):
    ending = {pd.read_pickle: "pickle", joblib.load: "joblib"}[load]
    entries = load(GOLDEN / f"format_{number}.{ending}")
    assert len(entries) == 8
    for name, entry in entries.items():
        got = getattr(entry["estimator"], entry["method"])(entry["X"])
        np.testing.assert_allclose(
            _dense(got), _dense(entry["result"]), rtol=1e-5, atol=1e-6, err_msg=name
        )


def _dense(result):
    if isinstance(result, list):
        return np.concatenate(list(map(np.asarray, result)))
    return result
