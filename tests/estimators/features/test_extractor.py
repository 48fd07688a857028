"""Features from layers of trained models."""

import copy
import pickle
import subprocess
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from urllib.error import URLError

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

import sk_keras
from sk_keras import KerasClassifier, KerasFeatureExtractor, KerasRegressor
from sk_keras._estimators.features.kept_rows import (
    kept_rows,
    rows_key,
    with_kept_rows,
)
from sk_keras._shared.least_recently_used import LeastRecentlyUsed
from sk_keras._training import prediction
from tests.builders import dense_classifier

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 8, 8, 3), np.uint8)
PHOTOS = RNG.integers(0, 256, (8, 32, 32, 3), np.uint8)


def small_model():
    """A model with a model inside it."""
    keras.utils.set_random_seed(0)
    base = keras.Sequential(
        [
            layers.Input((8, 8, 3)),
            layers.Conv2D(4, 3, name="conv1"),
            layers.ReLU(name="relu1"),
            layers.Conv2D(5, 3, name="conv2"),
        ],
        name="base",
    )
    inputs = layers.Input((8, 8, 3), name="image")
    x = base(layers.Rescaling(1 / 255, name="scale")(inputs))
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    outputs = layers.Dense(2, activation="softmax", name="head")(x)
    return keras.Model(inputs, outputs, name="small")


@pytest.fixture(scope="module")
def model():
    return small_model()


@pytest.fixture(scope="module")
def computed(model):
    """What each layer of the model puts out."""
    x = IMAGES.astype("float32") / np.float32(255)
    found = {"base": model.get_layer("base")(x)}
    for name in ("conv1", "relu1", "conv2"):
        layer = model.get_layer("base").get_layer(name)
        x = found[name] = layer(x)
    found["gap"] = x = model.get_layer("gap")(x)
    found["head"] = model.get_layer("head")(x)
    return {name: np.asarray(out) for name, out in found.items()}


@pytest.fixture
def counted(monkeypatch):
    """Rows that go through a network, call by call."""
    calls = []
    real = prediction.predict

    def predict(model, X, *arguments):
        calls.append(len(X))
        return real(model, X, *arguments)

    monkeypatch.setattr(prediction, "predict", predict)
    return calls


def flat(out):
    return out.reshape(len(out), -1)


# --- layers -----------------------------------------------------------------

LAYERS = {
    "the output": (None, ["head"]),
    "a name": ("gap", ["gap"]),
    "the last index": (-1, ["head"]),
    "an index": (3, ["gap"]),
    "a model inside": ("base", ["base"]),
    "a path": ("base/relu1", ["relu1"]),
    "a name inside": ("conv1", ["conv1"]),
    "a pattern": ("conv?", ["conv1", "conv2"]),
    "a pattern of paths": ("base/*[12]", ["conv1", "relu1", "conv2"]),
}


@pytest.mark.slow
@pytest.mark.parametrize(("layer", "names"), LAYERS.values(), ids=LAYERS)
def test_layers(layer, names, model, computed):
    features = KerasFeatureExtractor(model, layer=layer).fit_transform(IMAGES)
    expected = np.hstack([flat(computed[name]) for name in names])
    np.testing.assert_allclose(features, expected, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("pooling", "pool"), [("avg", np.mean), ("max", np.max)])
def test_pooling(pooling, pool, model, computed):
    """Outputs without positions stay as they are."""
    extractor = KerasFeatureExtractor(model, layer="conv?", pooling=pooling)
    expected = [pool(computed[name], axis=(1, 2)) for name in ("conv1", "conv2")]
    features = extractor.fit_transform(IMAGES)
    np.testing.assert_allclose(features, np.hstack(expected), atol=1e-5)

    extractor = KerasFeatureExtractor(model, pooling=pooling)
    features = extractor.fit_transform(IMAGES)
    np.testing.assert_allclose(features, computed["head"], atol=1e-5)


@pytest.fixture(scope="module")
def fitted():
    X = RNG.normal(size=(20, 6)).astype("float32")
    clf = KerasClassifier("mlp", hidden_layer_sizes=(7, 4), epochs=2, random_state=0)
    return clf.fit(X, np.arange(20) % 2), X


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrap", [lambda e: e, FrozenEstimator], ids=["as is", "frozen"]
)
def test_before_the_head_of_an_estimator(wrap, fitted):
    clf, X = fitted
    features = KerasFeatureExtractor(wrap(clf)).fit_transform(X)
    assert features.shape == (20, 4)
    rows = sparse.csr_matrix(X)
    sparsely = KerasFeatureExtractor(wrap(clf)).fit_transform(rows)
    np.testing.assert_allclose(sparsely, features, atol=1e-6)
    kernel, bias = clf.model_.get_weights()[-2:]
    odds = 1 / (1 + np.exp(-(features @ kernel + bias)))
    np.testing.assert_allclose(odds[:, 0], clf.predict_proba(X)[:, 1], atol=1e-6)


def head_inside():
    last = layers.Dense(2, activation="softmax")
    head = keras.Sequential([layers.Input((4,)), last], name="head")
    first = layers.Dense(4, activation="tanh", name="first")
    return keras.Sequential([layers.Input((6,)), first, head])


def all_inside():
    inner = keras.Sequential(
        [layers.Input((6,)), layers.Dense(4, "tanh", name="first"), layers.Dense(2)]
    )
    inputs = layers.Input((6,))
    return keras.Model(inputs, layers.Softmax()(inner(inputs)))


@pytest.mark.slow
@pytest.mark.parametrize("make", [head_inside, all_inside])
def test_a_head_in_a_model_inside(make, fitted):
    _, X = fitted
    clf = KerasClassifier(make, epochs=1, random_state=0).fit(X, np.arange(20) % 2)
    kernel, bias = clf.model_.get_weights()[:2]
    features = KerasFeatureExtractor(clf).fit_transform(X)
    np.testing.assert_allclose(features, np.tanh(X @ kernel + bias), atol=1e-5)


def two_branches(n_features_in):
    inputs = layers.Input((n_features_in,))
    halves = [layers.Dense(1)(inputs), layers.Dense(1)(inputs)]
    return keras.Model(inputs, layers.Add()(halves))


def two_outputs(n_features_in):
    inputs = layers.Input((n_features_in,))
    hidden = layers.Dense(2, name="hidden")(inputs)
    return keras.Model(inputs, [layers.Dense(1, name=n)(hidden) for n in "uv"])


NO_HEAD = {
    "one layer": (lambda n_features_in: dense(n_features_in), "nothing comes before"),
    "two branches": (two_branches, "2 branches meet"),
    "two outputs": (two_outputs, "the model has 2 outputs"),
}


def dense(n_features_in):
    return keras.Sequential([layers.Input((n_features_in,)), layers.Dense(1)])


@pytest.mark.slow
@pytest.mark.parametrize(("make", "why"), NO_HEAD.values(), ids=NO_HEAD)
def test_estimators_without_a_layer_before_the_head(make, why, fitted):
    _, X = fitted
    y = dict.fromkeys("uv", X[:, 0]) if make is two_outputs else X[:, 0]
    reg = KerasRegressor(make, epochs=1, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match=rf"{why}.*layer=\.\.\. is one of"):
        KerasFeatureExtractor(reg).fit(X)


def siamese():
    inputs = [layers.Input((4, 4, 1), name=name) for name in ("left", "right")]
    stack = [layers.Input((4, 4, 1)), layers.Conv2D(2, 3, name="conv")]
    encoder = keras.Sequential([*stack, layers.Flatten()], name="encoder")
    differ = layers.Subtract(name="differ")([encoder(x) for x in inputs])
    return keras.Model(inputs, layers.Dense(1, name="out")(differ), name="siamese")


@pytest.mark.slow
def test_p45_shared_layers():
    model = siamese()
    X = [RNG.normal(size=(5, 4, 4, 1)).astype("float32") for _ in range(2)]
    for layer in ("encoder", "encoder/conv", 2):
        with pytest.raises(ValueError, match="called 2 times.*'left', on 'right'"):
            KerasFeatureExtractor(model, layer=layer).fit(X)
    extractor = KerasFeatureExtractor(model, layer="differ").fit(X)
    encoder = model.get_layer("encoder")
    expected = encoder(X[0]) - encoder(X[1])
    np.testing.assert_allclose(extractor.transform(X), expected, atol=1e-6)
    # Calls in other models do not count.
    keras.Model(model.inputs, model.get_layer("differ")(model.inputs))
    assert KerasFeatureExtractor(model, layer="differ").fit(X)
    as_dict = KerasFeatureExtractor(model, layer="differ")
    named = dict(zip(("left", "right"), X, strict=True))
    np.testing.assert_allclose(as_dict.fit_transform(named), expected, atol=1e-6)


# --- models -----------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "module", "preprocess"),
    [
        ("VGG16", "vgg16", True),
        ("VGG16", "vgg16", False),
        ("MobileNetV2", "mobilenet_v2", True),
    ],
)
def test_applications(name, module, preprocess):
    """They prepare pixels in different ways."""
    extractor = KerasFeatureExtractor(
        name, weights=None, preprocess=preprocess, pooling="max"
    )
    features = extractor.fit_transform(PHOTOS[:3])
    reference = getattr(keras.applications, name)(
        weights=None, include_top=False, input_shape=(32, 32, 3), pooling="max"
    )
    reference.set_weights(extractor.model_.get_weights())
    prepare = getattr(keras.applications, module).preprocess_input
    x = PHOTOS[:3].astype("float32")
    expected = reference(prepare(x) if preprocess else x, training=False)
    scale = np.abs(expected).max()
    assert scale > 0
    np.testing.assert_allclose(features / scale, expected / scale, atol=1e-5)


@pytest.mark.slow
def test_random_weights_are_always_the_same():
    """Whatever was built before, and without a trace in the generators."""
    images = PHOTOS[:2]
    extractor = KerasFeatureExtractor("VGG16", weights=None, layer="block1_pool")
    first = extractor.fit_transform(images)
    keras.utils.set_random_seed(7)
    small_model()
    kept_rows.clear()
    before = np.random.get_state()[1].copy()
    np.testing.assert_array_equal(clone(extractor).fit_transform(images), first)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.slow
def test_weights_from_a_file(tmp_path):
    source = keras.applications.MobileNet(
        weights=None, include_top=False, input_shape=(32, 32, 3)
    )
    path = tmp_path / "own.weights.h5"
    source.save_weights(path)
    for given in (path, str(path)):
        extractor = KerasFeatureExtractor("MobileNet", weights=given)
        extractor.fit(PHOTOS)
        for a, b in zip(
            extractor.model_.get_weights(), source.get_weights(), strict=True
        ):
            np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="own.*does not fit VGG16 without its"):
        KerasFeatureExtractor("VGG16", weights=path).fit(PHOTOS)


@pytest.mark.slow
def test_without_a_network(monkeypatch, tmp_path):
    """The file has another name than the address says."""

    def refuse(*args, **kwargs):
        raise URLError("no network")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)
    monkeypatch.setattr("keras.src.backend.config.keras_home", lambda: str(tmp_path))
    with pytest.raises(OSError, match="no network") as raised:
        KerasFeatureExtractor("NASNetMobile").fit(PHOTOS)
    message = str(raised.value)
    assert "NASNet-mobile-no-top.h5, and put it into the folder" in message
    assert f"{tmp_path / 'models'} as nasnet_mobile_no_top.h5" in message


class Net(keras.Model):
    """A model whose layers are not connected as a graph."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x)

    def get_config(self):
        return {"units": self.units}


@pytest.mark.slow
def test_subclassed_models(fitted):
    _, X = fitted
    net = Net(4)
    with pytest.raises(ValueError, match="is not built: it has no weights"):
        KerasFeatureExtractor(net).fit(X)
    expected = net(X)
    extractor = KerasFeatureExtractor(net).fit(X)
    np.testing.assert_allclose(extractor.transform(X), expected, atol=1e-6)
    again = pickle.loads(pickle.dumps(extractor))
    np.testing.assert_allclose(again.transform(X), expected, atol=1e-6)
    with pytest.raises(TypeError, match="connected as a graph.*is a Net"):
        KerasFeatureExtractor(net, layer="dense").fit(X)
    with pytest.raises(ValueError, match="X has to be one array"):
        KerasFeatureExtractor(net).fit({"a": X, "b": X})


@pytest.mark.slow
def test_tables_and_columns():
    """An estimator's own columns for its inputs, and a model of several outputs."""

    def build(meta):
        a, b = layers.Input((2,), name="a"), layers.Input((4,), name="b")
        both = layers.Concatenate(name="both")([a, b])
        return keras.Model([a, b], layers.Dense(1)(layers.Dense(5)(both)))

    table = pd.DataFrame(RNG.normal(size=(8, 6)).astype("float32"), columns=[*"abcdef"])
    columns = {"a": ["f", "a"], "b": [*"bcde"]}
    reg = KerasRegressor(build, input_columns=columns, epochs=1, random_state=0)
    reg.fit(table, table["a"])
    extractor = KerasFeatureExtractor(reg, layer="both").set_output(transform="pandas")
    features = extractor.fit_transform(table)
    np.testing.assert_array_equal(features, table[["f", "a", *"bcde"]])
    assert KerasFeatureExtractor(reg).fit_transform(table).shape == (8, 5)
    with pytest.raises(ValueError, match="feature names should match"):
        extractor.transform(table[[*"fedcba"]])


@pytest.mark.slow
def test_stateful_models():
    """They take batches of their own size, and begin anew in each call."""
    keras.utils.set_random_seed(0)
    stateful = [layers.Input(batch_shape=(4, 3, 2)), layers.LSTM(3, stateful=True)]
    X = RNG.normal(size=(8, 3, 2)).astype("float32")
    extractor = KerasFeatureExtractor(keras.Sequential(stateful)).fit(X)
    first = extractor.transform(X)
    np.testing.assert_allclose(extractor.transform(X), first, atol=1e-6)
    assert not np.allclose(first[4:], extractor.transform(X[4:]))


@pytest.mark.slow
def test_sequences_of_unequal_length():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            layers.Input((None,)),
            layers.Embedding(9, 3, mask_zero=True),
            layers.LSTM(4, return_sequences=True, name="steps"),
        ]
    )
    rows = [[1, 2, 3], [4], [5, 6]]
    extractor = KerasFeatureExtractor(model, layer="steps", pooling="avg").fit(rows)
    features = extractor.transform(rows)
    alone = [np.asarray(model(np.array([row])))[0].mean(axis=0) for row in rows]
    np.testing.assert_allclose(features, alone, atol=1e-5)
    with pytest.raises(ValueError, match="no fixed size.*pooling='avg'"):
        KerasFeatureExtractor(model, layer="steps").fit(rows)
    same = KerasFeatureExtractor(model, layer="steps").fit(np.ones((2, 5), int))
    assert len(same.get_feature_names_out()) == 20


def any_width():
    """A model for rows of any length, as the checks have them."""
    inputs = layers.Input((None,), name="row")
    columns = layers.Reshape((-1, 1), name="columns")(inputs)
    each = layers.Dense(3, activation="tanh", name="each")(columns)
    return keras.Model(inputs, each, name="any_width")


CHECKED = [
    KerasFeatureExtractor(any_width()),
    KerasFeatureExtractor(any_width(), layer="each", pooling="avg"),
]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(CHECKED)
def test_estimator_checks(estimator, check):
    check(estimator)


# --- what is refused --------------------------------------------------------


def unbuilt():
    return keras.Sequential([layers.Dense(3)])


REFUSED = {
    "case of a name": ("mobilenetv2", {}, PHOTOS, ValueError, "mean 'MobileNetV2'"),
    "no such name": ("VGG20", {}, PHOTOS, ValueError, "Did you mean 'VGG19'"),
    "no model": (3, {}, PHOTOS, TypeError, "model must be.*Got 3"),
    "a builder": (small_model, {}, PHOTOS, TypeError, "model must be"),
    "no file": ("VGG16", {"weights": "imagnet"}, PHOTOS, ValueError, "is no file"),
    "not built": (unbuilt(), {}, IMAGES, ValueError, "has no weights yet"),
    "not fitted": (KerasClassifier(), {}, IMAGES, NotFittedError, "KerasClassifier"),
    "weights twice": (small_model(), {"weights": None}, IMAGES, ValueError, "leave we"),
    "no such layer": (
        small_model(),
        {"layer": "bse/conv1"},
        IMAGES,
        ValueError,
        "no layer of the model. Did you mean 'base/conv1'.*'image', 'scale', 'base'",
    ),
    "no such index": (small_model(), {"layer": 9}, IMAGES, ValueError, "has 5 layers"),
    "a bool": (small_model(), {"layer": True}, IMAGES, TypeError, "layer must be"),
    "another size": (
        small_model(),
        {},
        PHOTOS,
        ValueError,
        r"'small' takes inputs of shape \(None, 8, 8, 3\).*X has shape.*32, 32",
    ),
    "pooling": (small_model(), {"pooling": "sum"}, IMAGES, ValueError, "'pooling'"),
    "batch size": (
        small_model(),
        {"batch_size": 0},
        IMAGES,
        ValueError,
        "'batch_size'",
    ),
    "too small": ("InceptionV3", {"weights": None}, PHOTOS, ValueError, "75x75"),
    "no channel": (
        "VGG16",
        {},
        PHOTOS[..., 0],
        ValueError,
        r"color images.*np.repeat\(X\[..., None\], 3, axis=-1\).*color_mode='rgb'",
    ),
    "one image": ("VGG16", {}, PHOTOS[0], ValueError, r"one image.*X\[None\]"),
    "grey": ("VGG16", {}, PHOTOS[..., :1], ValueError, r"np.repeat\(X, 3, axis=-1\)"),
    "channels first": (
        "VGG16",
        {},
        np.moveaxis(PHOTOS, -1, 1),
        ValueError,
        r"np.moveaxis\(X, 1, -1\)",
    ),
    "file names": ("VGG16", {}, [["a.png"], ["b.png"]], ValueError, "ImageLoader"),
    "several sizes": (
        "VGG16",
        {"weights": None},
        [np.zeros((size, 32, 3)) for size in (32, 40, 48)],
        ValueError,
        "images of one size.*ImageLoader",
    ),
    "no images": ("VGG16", {}, np.ones((3, 4)), ValueError, "three channels"),
    "missing values": (
        small_model(),
        {},
        np.full((2, 8, 8, 3), np.nan),
        ValueError,
        "NaN",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_is_refused(case):
    model, params, X, error, message = case
    extractor = KerasFeatureExtractor(model, **params)
    with pytest.raises(error, match=message):
        extractor.fit(X)
    with pytest.raises(NotFittedError):
        extractor.transform(X)


@pytest.mark.slow
def test_names_that_keras_numbers(fitted):
    """They differ from process to process; those in a given model are its own."""
    clf, X = fitted
    name = clf.model_.layers[1].name
    for layer in (name, "dense_[1-9]*"):
        with pytest.raises(ValueError, match="counts on the name|no layer of the"):
            KerasFeatureExtractor(clf, layer=layer).fit(X)
    assert KerasFeatureExtractor(clf, layer=1).fit_transform(X).shape == (20, 7)
    given = keras.Sequential([layers.Input((6,)), layers.Dense(5), layers.Dense(2)])
    extractor = KerasFeatureExtractor(given, layer=given.layers[0].name)
    assert clone(extractor).fit_transform(X).shape == (20, 5)
    made_up = KerasFeatureExtractor("InceptionV3", weights=None, layer="conv2d*_3")
    with pytest.raises(ValueError, match="no layer|counts on the name 'conv2d"):
        made_up.fit(np.zeros((1, 75, 75, 3)))


@pytest.mark.slow
@pytest.mark.parametrize("high", [1.0, 300.0])
def test_a_warning_of_scaled_pixels(high):
    X = PHOTOS[:2] / 255 * high
    extractor = KerasFeatureExtractor("VGG16", weights=None, layer="block1_pool")
    with pytest.warns(UserWarning, match="expects pixels from 0 to 255.*preprocess"):
        extractor.fit(X)
    extractor.set_params(preprocess=False).fit(X)


def test_another_shape_than_in_fit(model):
    extractor = KerasFeatureExtractor(model).fit(IMAGES)
    with pytest.raises(ValueError, match=r"expecting \('n_samples', 8, 8, 3\)"):
        extractor.transform(PHOTOS)


def test_a_fit_that_fails_leaves_nothing_behind(model):
    extractor = KerasFeatureExtractor(model).fit(IMAGES)
    with pytest.raises(ValueError, match="no layer of the model"):
        extractor.set_params(layer="none").fit(IMAGES)
    with pytest.raises(NotFittedError):
        extractor.transform(IMAGES)


# --- scikit-learn -----------------------------------------------------------


def test_the_model_is_left_alone(model):
    before = model.get_weights()
    calls = [len(layer._inbound_nodes) for layer in model.layers]
    behind = len(
        model.get_layer("head").output._keras_history.operation._outbound_nodes
    )
    extractor = KerasFeatureExtractor(model, layer="conv1", pooling="avg").fit(IMAGES)
    assert extractor.model is model
    assert [len(layer._inbound_nodes) for layer in model.layers] == calls
    head = model.get_layer("head").output._keras_history.operation
    assert len(head._outbound_nodes) == behind
    kept_rows.clear()
    features = extractor.transform(IMAGES)
    try:
        model.set_weights([0 * w for w in before])
        kept_rows.clear()
        np.testing.assert_array_equal(extractor.transform(IMAGES), features)
    finally:
        model.set_weights(before)


@pytest.mark.slow
@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))],
    ids=["deepcopy", "pickle"],
)
def test_copies(copied, model, fitted):
    clf, X = fitted
    cases = [(model, "conv1", IMAGES), (clf, None, X), (clf, 1, X)]
    for source, layer, data in cases:
        extractor = KerasFeatureExtractor(source, layer=layer).fit(data)
        features = extractor.transform(data)
        again = copied(copied(extractor))
        kept_rows.clear()
        np.testing.assert_array_equal(again.transform(data), features)
        assert again.model_ is not extractor.model_


@pytest.mark.slow
def test_clones(model, fitted):
    """They share no model, and are equal to joblib, as a cache asks it."""
    clf, X = fitted
    for source, data in [(model, IMAGES), (clf, X)]:
        extractor = KerasFeatureExtractor(source, pooling="avg", batch_size=7)
        twin, third = clone(extractor), clone(clone(extractor))
        assert twin.model is not source
        assert twin.get_params(False).keys() == extractor.get_params(False).keys()
        assert (twin.pooling, twin.batch_size) == ("avg", 7)
        assert joblib.hash(twin) == joblib.hash(third)
        features = extractor.fit_transform(data)
        kept_rows.clear()
        np.testing.assert_array_equal(twin.fit_transform(data), features)
    unfitted = clone(KerasFeatureExtractor(KerasClassifier(epochs=3)))
    assert unfitted.model.epochs == 3


def test_a_table_of_features(model):
    extractor = KerasFeatureExtractor(model, layer="gap").fit(IMAGES)
    names = [f"kerasfeatureextractor{i}" for i in range(5)]
    assert extractor.get_feature_names_out().tolist() == names
    assert extractor.n_features_in_ == 8
    table = extractor.set_output(transform="pandas").transform(IMAGES)
    assert table.columns.tolist() == names
    assert table.dtypes.unique().tolist() == ["float32"]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_comes_as_float32(dtype):
    model = keras.Sequential([layers.Input((6,)), layers.Dense(2, dtype=dtype)])
    features = KerasFeatureExtractor(model).fit_transform(np.ones((3, 6)))
    assert features.dtype == np.float32


@pytest.mark.parametrize("batch_size", [1, 4, -1])
def test_batch_size(batch_size, model, computed):
    extractor = KerasFeatureExtractor(model, layer="gap", batch_size=batch_size)
    features = extractor.fit_transform(IMAGES)
    np.testing.assert_allclose(features, computed["gap"], atol=1e-5)


# --- features that are kept -------------------------------------------------


def searched(extractor, memory):
    """Search over a classifier of the features."""
    steps = [("features", extractor), ("classify", LogisticRegression())]
    grid = {"classify__C": [0.1, 1.0]}
    search = GridSearchCV(Pipeline(steps, memory=memory), grid, cv=2)
    return search.fit(PHOTOS, np.arange(len(PHOTOS)) % 2)


def convolution():
    keras.utils.set_random_seed(0)
    stack = [layers.Input((32, 32, 3)), layers.Conv2D(8, 3)]
    return keras.Sequential(stack, name="convolution")


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda: KerasFeatureExtractor(
            "VGG16", weights=None, layer="block1_pool", pooling="avg"
        ),
        lambda: KerasFeatureExtractor(convolution(), pooling="avg"),
    ],
    ids=["application", "model"],
)
def test_a_search_runs_the_network_once(make, counted, tmp_path):
    """Each image once in the first search, none in the second."""
    kept_rows.clear()
    extractor = make()
    first = searched(extractor, str(tmp_path))
    assert sum(counted) == len(PHOTOS)
    counted.clear()
    second = searched(extractor, str(tmp_path))
    assert counted == []
    np.testing.assert_array_equal(
        first.cv_results_["mean_test_score"], second.cv_results_["mean_test_score"]
    )
    # As in another process: what was trained on is on disk.
    sk_keras.clear_cache()
    searched(extractor, str(tmp_path))
    assert sum(counted) == len(PHOTOS)
    assert max(counted) == len(PHOTOS) // 2


@pytest.mark.slow
def test_rows_are_kept_for_one_model_only(counted):
    model = convolution()
    extractor = KerasFeatureExtractor(model, pooling="avg").fit(PHOTOS)
    kept_rows.clear()
    doubled = np.concatenate([PHOTOS[:3], PHOTOS[:3]])
    features = extractor.transform(doubled)
    np.testing.assert_array_equal(features[:3], features[3:])
    assert counted == [3]
    extractor.transform(PHOTOS[2:5])
    assert counted == [3, 2]
    model.set_weights([2 * w for w in model.get_weights()])
    other = KerasFeatureExtractor(model, pooling="avg").fit(PHOTOS)
    np.testing.assert_allclose(other.transform(doubled), 2 * features, rtol=1e-4)
    assert counted == [3, 2, 3]
    # Another kind of number, and another pooling.
    extractor.transform(PHOTOS[:3].astype("float32"))
    KerasFeatureExtractor(model, pooling="max").fit(PHOTOS).transform(PHOTOS[:3])
    assert counted == [3, 2, 3, 3, 3]
    features[:] = -1  # the user's
    assert extractor.transform(PHOTOS[:3]).min() != -1


def test_weights_that_are_changed_through_a_copy():
    """A shallow copy has the same model."""
    extractor = KerasFeatureExtractor(convolution(), pooling="avg").fit(PHOTOS)
    twin = copy.copy(extractor)
    before = extractor.transform(PHOTOS[:2])
    twin.model_.set_weights([2 * w for w in twin.model_.get_weights()])
    np.testing.assert_array_equal(
        extractor.transform(PHOTOS[:2]), twin.transform(PHOTOS[:2])
    )
    assert not np.allclose(extractor.transform(PHOTOS[:2]), before)


@pytest.mark.slow
def test_weights_that_are_changed_in_place():
    """Whoever asks for the model may change it, also after a pickle."""
    for extractor in (
        KerasFeatureExtractor(convolution(), pooling="avg").fit(PHOTOS),
        pickle.loads(pickle.dumps(KerasFeatureExtractor(convolution()).fit(PHOTOS))),
    ):
        before = extractor.transform(PHOTOS[:2])
        model = extractor.model_
        model.set_weights([2 * w for w in model.get_weights()])
        np.testing.assert_allclose(
            extractor.transform(PHOTOS[:2]), 2 * before, rtol=1e-3, atol=1e-2
        )
        model.set_weights([w / 2 for w in model.get_weights()])
        np.testing.assert_allclose(
            extractor.transform(PHOTOS[:2]), before, rtol=1e-3, atol=1e-2
        )
        model.set_weights([3 * w for w in model.get_weights()])
        stored = pickle.loads(pickle.dumps(extractor))
        kept_rows.clear()
        np.testing.assert_allclose(
            stored.transform(PHOTOS[:2]), 3 * before, rtol=1e-3, atol=1e-2
        )


def scaled_by(factor):
    stack = [layers.Input((32, 32, 3)), layers.Lambda(lambda x: x * factor)]
    return keras.Sequential([*stack, layers.Conv2D(8, 3)])


def always_training(nested):
    inputs = layers.Input((32, 32, 3))
    x = layers.BatchNormalization()(layers.Conv2D(8, 3)(inputs), training=True)
    model = keras.Model(inputs, x)
    if nested:
        inputs = layers.Input((32, 32, 3))
        model = keras.Model(inputs, model(inputs))
    return model


def followed_by(operation):
    inputs = layers.Input((32, 32, 3))
    x = layers.Conv2D(8, 3)(inputs / 255.0)
    return keras.Model(inputs, operation(x))


STATEFUL = [layers.Input(batch_shape=(2, 5, 3)), layers.LSTM(99, stateful=True)]
NOT_KEPT = {
    "small": (lambda: dense(6), np.ones((4, 6))),
    "a user's code": (lambda: scaled_by(2), PHOTOS),
    "states": (lambda: keras.Sequential(STATEFUL), np.ones((4, 5, 3))),
    "batches": (lambda: always_training(False), PHOTOS),
    "a mean over rows": (
        lambda: followed_by(lambda x: x - keras.ops.mean(x, axis=0, keepdims=True)),
        PHOTOS,
    ),
    "rows in another order": (
        lambda: followed_by(lambda x: keras.ops.flip(x, axis=0)),
        PHOTOS,
    ),
    "softmax over rows": (lambda: followed_by(layers.Softmax(axis=0)), PHOTOS),
    "norm over rows": (lambda: followed_by(layers.UnitNormalization(axis=-4)), PHOTOS),
    "rows beside rows": (
        lambda: followed_by(lambda x: keras.ops.concatenate([x, x], axis=0)),
        PHOTOS,
    ),
    "batches inside": (lambda: always_training(True), PHOTOS),
    "several arrays": (siamese, [np.ones((3, 4, 4, 1))] * 2),
}


@pytest.mark.parametrize(("make", "X"), NOT_KEPT.values(), ids=NOT_KEPT)
def test_rows_that_are_not_kept(make, X):
    assert rows_key(make(), X) is None
    assert rows_key(convolution(), PHOTOS) is not None


@pytest.mark.parametrize(
    "operation",
    [
        lambda x: x * 2 - 1,
        lambda x: x[..., ::-1],
        lambda x: x[:, 1:],
        lambda x: keras.ops.stack([x, x], axis=-1),
    ],
    ids=["arithmetic", "channels", "rows of pixels", "stacked"],
)
def test_rows_are_kept_after_operations_on_each(operation):
    assert rows_key(followed_by(operation), PHOTOS) is not None


def test_little_memory_for_many_rows(monkeypatch):
    """What is forgotten at once is not copied first."""
    few = LeastRecentlyUsed(lambda row: row.nbytes, 10_000)
    monkeypatch.setattr("sk_keras._estimators.features.kept_rows.kept_rows", few)
    rows = np.zeros((1000, 1000), "float32")
    rows[:, 0] = np.arange(1000)
    tracemalloc.start()
    found = with_kept_rows(rows, "model", lambda rows: rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found is rows
    assert len(few) == 2
    assert peak < 500_000


def test_threads_after_a_pickle():
    """The model is made again once, whoever comes first."""
    extractor = KerasFeatureExtractor(convolution(), pooling="avg").fit(PHOTOS)
    features = extractor.transform(PHOTOS)
    state = pickle.dumps(extractor)
    kept_rows.clear()
    for _ in range(3):
        loaded = pickle.loads(state)
        together = threading.Barrier(4)

        def transformed(_, loaded=loaded, together=together):
            together.wait()
            return loaded.model_, loaded.transform(PHOTOS)

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(transformed, range(4)))
        assert len({id(model) for model, _ in found}) == 1
        for _, rows in found:
            np.testing.assert_allclose(rows, features, rtol=1e-5)


# --- another process --------------------------------------------------------

OTHER = """
import sys, joblib, numpy as np
from sk_keras import KerasFeatureExtractor
loaded, images = joblib.load(sys.argv[1])
fresh = KerasFeatureExtractor("VGG16", weights=None, layer="block1_pool").fit(images)
np.save(sys.argv[2], [loaded.transform(images), fresh.transform(images)])
"""


@pytest.mark.slow
def test_another_process(tmp_path):
    """A pickle holds the weights, and random ones are the same everywhere."""
    images = PHOTOS[:2]
    extractor = KerasFeatureExtractor("VGG16", weights=None, layer="block1_pool")
    features = extractor.fit_transform(images)
    saved, out = tmp_path / "saved.joblib", tmp_path / "out.npy"
    joblib.dump((extractor, images), saved)
    assert saved.stat().st_size < 1e6  # of the layers up to the one
    subprocess.run([sys.executable, "-c", OTHER, str(saved), str(out)], check=True)
    for found in np.load(out):
        np.testing.assert_array_equal(found, features)


@pytest.mark.slow
def test_an_estimator_of_images():
    """The one thing that features are for: another estimator."""
    X = IMAGES.astype("float32") / 255
    clf = KerasClassifier("cnn", filters=(4,), hidden=3, epochs=1, random_state=0)
    clf.fit(X, np.arange(6) % 2)
    features = KerasFeatureExtractor(clf).fit_transform(X)
    assert features.shape == (6, 3)
    again = KerasClassifier(dense_classifier, epochs=1).fit(features, np.arange(6) % 2)
    assert again.predict(features).shape == (6,)


# --- sequences of unequal length, names -------------------------------------


@pytest.mark.parametrize("layer", ["words", "steps"])
@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_pooling_leaves_masked_steps_out(pooling, layer):
    def build():
        return keras.Sequential(
            [
                keras.layers.Embedding(9, 3, mask_zero=True, name="words"),
                keras.layers.Dense(2, name="steps"),
                keras.layers.GlobalAveragePooling1D(),
                keras.layers.Dense(1),
            ]
        )

    rows = [[1, 2], [3], [4, 5, 6, 7, 8], [2, 2, 1]]
    e = KerasRegressor(build, epochs=1, random_state=0).fit(rows, np.arange(4.0))
    extractor = KerasFeatureExtractor(e, layer=layer, pooling=pooling).fit(rows)
    together = extractor.transform(rows)
    alone = np.concatenate([extractor.transform([row]) for row in rows])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    steps = keras.Sequential(e.model_.layers[: 1 + (layer == "steps")])
    pool = {"avg": np.mean, "max": np.max}[pooling]
    by_hand = [pool(np.asarray(steps(np.array([row])))[0], axis=0) for row in rows]
    np.testing.assert_allclose(together, by_hand, atol=1e-6)


def test_columns_are_those_that_the_estimator_was_fitted_on():
    X = pd.DataFrame(np.random.RandomState(0).rand(20, 3), columns=list("abc"))
    e = KerasRegressor("mlp", epochs=1).fit(X, np.arange(20.0))
    with pytest.raises(ValueError, match=r"(?s)names should match.*same order"):
        KerasFeatureExtractor(e).fit(X[list("cba")])
