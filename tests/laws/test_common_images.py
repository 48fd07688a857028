"""What holds for every transformer of images and of layers."""

import copy
import pickle

import numpy as np
import pytest
from keras import layers
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks, get_tags

from sk_keras.preprocessing import ImageLoader, ImageStandardizer, LayerTransformer
from tests.laws.checks import WITHOUT_DATA

IMAGES = np.random.default_rng(0).uniform(0, 255, (40, 3, 4, 3))

#: Transformers with the rows that they take.
TRANSFORMERS = {
    "loader": (ImageLoader((3, 3)), "paths"),
    "loader of one size": (
        ImageLoader(None, color_mode="grayscale", n_jobs=2),
        "paths",
    ),
    "rescaling": (ImageStandardizer(rescale=1 / 255), IMAGES),
    "samplewise": (ImageStandardizer(samplewise_std_normalization=True), IMAGES),
    "featurewise": (
        ImageStandardizer(
            featurewise_std_normalization=True, data_format="channels_first"
        ),
        IMAGES.transpose(0, 3, 1, 2).astype("float32"),
    ),
    "flat": (
        ImageStandardizer(featurewise_center=True, image_shape=(3, 4, 3)),
        IMAGES.reshape(40, -1),
    ),
    "whitening": (
        ImageStandardizer(zca_whitening=True),
        IMAGES.astype(np.uint8),
    ),
    "layer": (LayerTransformer(layers.Normalization(), batch_size=7), IMAGES),
    "class of layers": (
        LayerTransformer(layers.Normalization),
        IMAGES,
    ),
    "texts": (
        LayerTransformer(layers.TextVectorization(output_mode="tf_idf")),
        ["a b", "b c", "", "c"] * 10,
    ),
}


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Names of files, each a picture of its own."""
    folder = tmp_path_factory.mktemp("pictures")
    for i, image in enumerate(IMAGES):
        Image.fromarray(image.astype(np.uint8)).save(folder / f"{i}.png")
    return [str(folder / f"{i}.png") for i in range(len(IMAGES))]


@pytest.fixture(params=TRANSFORMERS, ids=str)
def case(request, paths):
    """A transformer and rows for it."""
    transformer, X = TRANSFORMERS[request.param]
    return clone(transformer), paths if isinstance(X, str) else X


def same(one, other):
    assert one.dtype == other.dtype
    np.testing.assert_array_equal(one, other)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("check", WITHOUT_DATA)
def test_checks_without_data(case, check, request):
    transformer, _ = case
    if check == "check_set_params" and request.node.callspec.params["case"] == "texts":
        pytest.skip("Keras itself cannot deep-copy a layer that has not seen texts.")
    getattr(estimator_checks, check)(type(transformer).__name__, transformer)


def test_fit_keeps_parameters_and_data(case):
    transformer, X = case
    before, rows = transformer.get_params(), copy.deepcopy(X)
    assert transformer.fit(X, [0] * len(X)) is transformer
    transformer.transform(X)
    after = transformer.get_params()
    assert before.keys() == after.keys()
    assert all(before[name] is after[name] for name in before)
    np.testing.assert_array_equal(X, rows)


def test_not_fitted(case):
    transformer, X = case
    if not get_tags(transformer).requires_fit:
        same(transformer.transform(X), clone(transformer).fit(X).transform(X))
        return
    with pytest.raises(NotFittedError):
        transformer.transform(X)


def test_fit_transform_is_fit_and_transform(case):
    transformer, X = case
    expected = clone(transformer).fit(X).transform(X)
    same(transformer.fit_transform(X), expected)
    same(transformer.fit_transform(X, [0] * len(X)), expected)
    same(make_pipeline(clone(transformer)).fit_transform(X), expected)


def test_fit_forgets_what_was_before(case):
    transformer, X = case
    expected = clone(transformer).fit(X).transform(X)
    same(transformer.fit(X[:2]).fit(X).transform(X), expected)


def test_partial_fit_adds_up(case):
    transformer, X = case
    if not hasattr(transformer, "partial_fit"):
        pytest.skip("It has no partial_fit.")
    expected = clone(transformer).fit(X).transform(X)
    made = transformer.partial_fit(X[:2]).partial_fit(X[2:]).transform(X)
    np.testing.assert_allclose(made, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_copies_transform_alike(case, copied):
    transformer, X = case
    expected = transformer.fit(X).transform(X)
    same(copied(transformer).transform(X), expected)


def test_a_row_does_not_depend_on_the_others(case):
    transformer, X = case
    expected = transformer.fit(X).transform(X)
    rows = [transformer.transform(X[i : i + 1]) for i in range(len(X))]
    np.testing.assert_allclose(np.concatenate(rows), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        transformer.transform(X[::-1]), expected[::-1], rtol=1e-4, atol=1e-5
    )


def test_tables_have_names_and_others_refuse_to_be_one(case):
    transformer, X = case
    made = transformer.fit(X).transform(X)
    if not hasattr(transformer, "set_output"):
        assert made.ndim == 4
        return
    transformer.set_output(transform="pandas")
    if made.ndim > 2:
        with pytest.raises(ValueError, match="columns have no names|2-d"):
            transformer.transform(X)
        return
    table = transformer.transform(X)
    assert list(table.columns) == list(transformer.get_feature_names_out())
    np.testing.assert_array_equal(table, made)
