"""Displays: what they draw, on which axes."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler

from sk_keras import KerasAutoencoder
from sk_keras.inspection import (
    LatentSpaceDisplay,
    ManifoldDisplay,
    ReconstructionDisplay,
)


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return (X[:100] / 16).astype("float32"), y[:100]


@pytest.fixture(scope="module")
def fitted(digits):
    variational = KerasAutoencoder(
        "variational", encoding_dim=2, epochs=1, random_state=0
    )
    return variational.fit(digits[0])


@pytest.fixture(scope="module", autouse=True)
def pyplot():
    backend = matplotlib.get_backend()
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    yield plt
    matplotlib.use(backend)


@pytest.fixture(autouse=True)
def closed(pyplot):
    yield
    pyplot.close("all")


@pytest.mark.slow
def test_reconstructions_lie_below_the_originals(fitted, digits):
    X, _ = digits
    display = ReconstructionDisplay.from_estimator(fitted, X, n_images=4)
    np.testing.assert_array_equal(display.originals, X[:4].reshape(4, 8, 8))
    again = fitted.reconstruct(X[:4]).reshape(4, 8, 8)
    np.testing.assert_allclose(display.reconstructions, again, atol=1e-6)
    drawn = np.asarray(display.image_.get_array())
    assert drawn.shape == (2 * 9 - 1, 4 * 9 - 1)
    np.testing.assert_allclose(drawn[:8, 9:17], X[1].reshape(8, 8))
    np.testing.assert_allclose(drawn[9:, 9:17], again[1], atol=1e-6)
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == ["original", "reconstruction"]


@pytest.mark.parametrize(
    "estimator",
    [PCA(4), make_pipeline(MinMaxScaler(), PCA(4))],
    ids=["pca", "pipeline"],
)
def test_other_transformers_can_be_compared(digits, estimator):
    X, _ = digits
    display = ReconstructionDisplay.from_estimator(estimator.fit(X), X)
    assert display.reconstructions.shape == (10, 8, 8)


@pytest.mark.parametrize(
    ("shape", "image_shape", "drawn"),
    [
        ((8, 8), None, (17, 35)),
        ((4, 16), None, (9, 67)),
        ((8, 8, 1), None, (17, 35)),
        ((64,), (4, 16), (9, 67)),
        ((48,), (4, 4, 3), (9, 19, 3)),
        ((4, 4, 3), None, (9, 19, 3)),
    ],
    ids=str,
)
def test_images_of_any_shape(digits, shape, image_shape, drawn):
    X = digits[0][:, : int(np.prod(shape))].reshape(-1, *shape)

    display = ReconstructionDisplay.from_estimator(
        FunctionTransformer(inverse_func=np.asarray),
        X,
        n_images=4,
        image_shape=image_shape,
    )
    assert display.image_.get_array().shape == drawn


@pytest.mark.slow
def test_points_have_the_colours_of_their_classes(fitted, digits):
    X, y = digits
    display = LatentSpaceDisplay.from_estimator(fitted, X, y, s=3)
    assert len(display.points_) == 10
    offsets = np.asarray(display.points_[7].get_offsets())
    np.testing.assert_allclose(offsets, fitted.transform(X[y == 7]), atol=1e-5)
    assert display.points_[0].get_sizes() == [3]
    texts = display.ax_.get_legend().get_texts()
    assert [text.get_text() for text in texts] == [str(i) for i in range(10)]


def test_points_have_the_colours_of_values(fitted, digits):
    X, _ = digits
    values = np.linspace(0, 1, 100)
    display = LatentSpaceDisplay.from_estimator(fitted, X, values)
    (points,) = display.points_
    np.testing.assert_array_equal(points.get_array(), values)
    assert display.ax_.get_legend() is None
    (plain,) = LatentSpaceDisplay.from_estimator(fitted, X).points_
    assert plain.get_array() is None


def test_many_labels(digits):
    points = np.random.RandomState(0).rand(100, 2)
    labels = np.array([f"kind {i % 25}" for i in range(100)])
    assert len(LatentSpaceDisplay(points, labels).plot().points_) == 25


def test_points_from_elsewhere(digits):
    _, y = digits
    points = np.random.RandomState(0).rand(100, 2)
    assert len(LatentSpaceDisplay(points, y).plot().points_) == 10
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        LatentSpaceDisplay(points, y[:50]).plot()


def test_the_manifold_is_laid_out_like_the_plane(fitted):
    display = ManifoldDisplay.from_estimator(fitted, n_images=3)
    assert display.images.shape == (9, 8, 8)
    end = 1.6448536  # the 95th percentile of the normal distribution
    corners = {0: (-end, end), 2: (end, end), 4: (0, 0), 6: (-end, -end)}
    for number, code in corners.items():
        expected = fitted.inverse_transform([code])[0].reshape(8, 8)
        np.testing.assert_allclose(display.images[number], expected, atol=1e-5)
    assert ManifoldDisplay.from_estimator(fitted, n_images=1).images.shape == (1, 8, 8)


@pytest.mark.parametrize(
    "draw",
    [
        lambda a, X, ax: ReconstructionDisplay.from_estimator(a, X, ax=ax),
        lambda a, X, ax: LatentSpaceDisplay.from_estimator(a, X, ax=ax),
        lambda a, X, ax: ManifoldDisplay.from_estimator(a, n_images=2, ax=ax),
    ],
    ids=["reconstruction", "plane", "manifold"],
)
def test_axes(fitted, digits, pyplot, draw):
    figure, ax = pyplot.subplots()
    display = draw(fitted, digits[0], ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    again = display.plot()
    assert again is display
    assert display.ax_ is not ax


@pytest.mark.slow
def test_bad_input(fitted, digits):
    X, y = digits
    three = KerasAutoencoder(encoding_dim=3, epochs=1).fit(X)
    with pytest.raises(ValueError, match="KerasAutoencoder has 3 codes"):
        LatentSpaceDisplay.from_estimator(three, X, y)
    with pytest.raises(ValueError, match="KerasAutoencoder has 3 codes"):
        ManifoldDisplay.from_estimator(three)
    narrow = KerasAutoencoder(encoding_dim=3, epochs=1).fit(X[:, :12])
    with pytest.raises(ValueError, match="is no image. Give image_shape"):
        ReconstructionDisplay.from_estimator(narrow, X[:, :12])
    with pytest.raises(ValueError, match=r"Got image_shape=\(3, 5\)"):
        ReconstructionDisplay.from_estimator(narrow, X[:, :12], image_shape=(3, 5))
    with pytest.raises(ValueError, match="'n_images' parameter"):
        ReconstructionDisplay.from_estimator(fitted, X, n_images=0)
    with pytest.raises(NotFittedError):
        ReconstructionDisplay.from_estimator(KerasAutoencoder(), X)


@pytest.mark.parametrize("form", [pd.DataFrame, list, np.asarray])
def test_codes_in_any_form(form):
    codes = np.random.RandomState(0).rand(6, 2)
    display = LatentSpaceDisplay(form(codes), [0, 1, 0, 1, 0, 1]).plot()
    drawn = [np.asarray(points.get_offsets()) for points in display.points_]
    np.testing.assert_allclose(drawn, [codes[::2], codes[1::2]])


@pytest.mark.parametrize("shape", [(6, 3), (6,)])
def test_codes_that_are_no_plane(shape):
    with pytest.raises(ValueError, match="two codes for each sample"):
        LatentSpaceDisplay(np.ones(shape)).plot()


def test_reconstructions_of_sparse_rows(fitted, digits):
    X = digits[0]
    X = X.reshape(len(X), -1)
    display = ReconstructionDisplay.from_estimator(fitted, sparse.coo_matrix(X))
    np.testing.assert_allclose(display.originals.reshape(10, -1), X[:10])
