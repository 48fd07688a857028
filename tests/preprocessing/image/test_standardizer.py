"""`ImageStandardizer`, beside the standardising of `ImageDataGenerator`."""

import copy
import itertools
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from sk_keras.preprocessing import ImageStandardizer
from sk_keras.preprocessing._image import arrays as images_module
from tests.preprocessing.references import old_images

OPTIONS = (
    "samplewise_center",
    "samplewise_std_normalization",
    "featurewise_center",
    "featurewise_std_normalization",
    "zca_whitening",
)
COMBINATIONS = [
    dict(zip(OPTIONS, flags, strict=True))
    for flags in itertools.product([False, True], repeat=len(OPTIONS))
]


def bent(image):
    """A function of one image that shows its axes, and writes into it."""
    image[0] += 3.0
    return np.sqrt(np.abs(image)) + np.arange(image.shape[-1])


def pictures(n=30, shape=(4, 5, 3), seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (n, *shape))


def reference(X, Z, **options):
    """What `ImageDataGenerator` makes of each image of Z after a fit on X."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says what it changes; ours is documented
        generator = old_images(dtype="float64", **options)
        generator.fit(X)
    return np.stack([generator.standardize(z.copy()) for z in Z])


def by_names(options):
    return "-".join(name for name, value in options.items() if value) or "none"


# --- equal to the reference ------------------------------------------------


@pytest.mark.filterwarnings("ignore:The statistics for")
@pytest.mark.parametrize("function", [None, bent], ids=["plain", "function"])
@pytest.mark.parametrize("rescale", [None, 1 / 255], ids=["", "rescale"])
@pytest.mark.parametrize("options", COMBINATIONS, ids=by_names)
def test_equal_to_the_reference(options, rescale, function):
    X, Z = pictures(100), pictures(7, seed=1)
    options = {**options, "rescale": rescale, "preprocessing_function": function}
    ours = ImageStandardizer(**options).fit(X).transform(Z)
    theirs = reference(X, Z, **options)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"featurewise_std_normalization": True},
        {"samplewise_std_normalization": True, "preprocessing_function": bent},
        {"zca_whitening": True, "zca_epsilon": 0.5},
    ],
    ids=by_names,
)
@pytest.mark.parametrize("n_samples", [20, 100])  # fewer and more than values
def test_channels_first_and_epsilon(options, n_samples):
    X, Z = pictures(n_samples, (3, 4, 5)), pictures(7, (3, 4, 5), seed=1)
    options = {**options, "data_format": "channels_first"}
    ours = ImageStandardizer(**options).fit(X).transform(Z)
    np.testing.assert_allclose(ours, reference(X, Z, **options), rtol=1e-5, atol=1e-5)


def test_zca_matrix_is_the_references():
    for data_format, shape in [("channels_last", (4, 5, 3)), ("channels_first", None)]:
        X = pictures(100, shape or (3, 4, 5))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            generator = old_images(
                zca_whitening=True, data_format=data_format, dtype="float64"
            )
            generator.fit(X)
        ours = ImageStandardizer(zca_whitening=True, data_format=data_format).fit(X)
        theirs = generator.zca_whitening_matrix
        np.testing.assert_allclose(ours.zca_matrix_, theirs, rtol=1e-6, atol=1e-12)


def test_whitened_images_have_no_correlations():
    X = pictures(500, (3, 3, 1))
    X[:, 1] += X[:, 0]
    white = ImageStandardizer(zca_whitening=True).fit_transform(X).reshape(500, -1)
    np.testing.assert_allclose(white.T @ white / 500, np.eye(9), atol=1e-6)


# --- statistics ------------------------------------------------------------


@pytest.mark.parametrize("options", COMBINATIONS[1:8:2], ids=by_names)
def test_batches_do_not_matter(options):
    X = pictures(50) + 1e4  # where sums of squares would lose digits
    options = {**options, "rescale": 2.0}
    options.pop("samplewise_center"), options.pop("samplewise_std_normalization")
    whole = ImageStandardizer(**options).fit(X)
    parts = ImageStandardizer(**options)
    for rows in (slice(0, 1), slice(1, 30), slice(30, 50)):
        parts.partial_fit(X[rows])
    assert parts.n_samples_seen_ == whole.n_samples_seen_ == 50
    np.testing.assert_allclose(whole.mean_, 2 * X.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(whole.std_, 2 * X.std(axis=(0, 1, 2)), rtol=1e-9)
    np.testing.assert_allclose(parts.std_, whole.std_, rtol=1e-9)
    np.testing.assert_allclose(parts.transform(X), whole.transform(X), atol=1e-6)


def test_a_new_fit_forgets_the_last():
    scaler = ImageStandardizer(featurewise_center=True).fit(pictures())
    scaler.fit(pictures(10, (6, 6, 1), seed=3))
    assert scaler.n_samples_seen_ == 10
    assert scaler.mean_.shape == (1,)
    assert scaler.image_shape_ == (6, 6, 1)


@pytest.mark.filterwarnings("ignore:The statistics for")
def test_work_is_done_in_slices(monkeypatch):
    options = dict.fromkeys(OPTIONS, True)
    X = pictures(40)
    at_once = ImageStandardizer(**options).fit_transform(X)
    monkeypatch.setattr(images_module, "BATCH_BYTES", 3 * 8 * 60)
    assert len(list(images_module.batches(X))) == 14
    sliced = ImageStandardizer(**options).fit_transform(X)
    np.testing.assert_allclose(sliced, at_once, atol=1e-8)


@pytest.mark.parametrize(
    "options",
    [{"preprocessing_function": bent}, {"samplewise_center": True}],
    ids=by_names,
)
@pytest.mark.parametrize("learned", OPTIONS[2:])
def test_warns_of_statistics_of_other_images(options, learned):
    scaler = ImageStandardizer(**options, **{learned: True})
    with pytest.warns(UserWarning, match="put two in a row"):
        scaler.fit(pictures())
    # What it says to do centres what the first step makes.
    two = make_pipeline(
        ImageStandardizer(**options), ImageStandardizer(featurewise_center=True)
    )
    assert abs(two.fit_transform(pictures()).mean()) < 1e-10


# --- manners ---------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype, expected",
    [
        ("uint8", "float32"),
        ("int64", "float32"),
        ("float16", "float32"),
        ("float32", "float32"),
        ("float64", "float64"),
        ("bool", "float32"),
        ("object", "float64"),
    ],
)
def test_types(dtype, expected):
    X = (pictures() > 100).astype(dtype)
    before = X.copy()
    scaler = ImageStandardizer(
        rescale=2, featurewise_std_normalization=True, preprocessing_function=bent
    )
    with pytest.warns(UserWarning, match="put two in a row"):
        made = scaler.fit_transform(X)
    assert made.dtype == expected
    np.testing.assert_array_equal(X, before)
    with pytest.warns(UserWarning, match="put two in a row"):
        same = clone(scaler).fit_transform(before.astype("float64"))
    np.testing.assert_allclose(made, same, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", ["int64", "uint32", "float64"])
def test_large_whole_numbers_keep_their_differences(dtype):
    X = pictures().round() + 2**31
    scaler = ImageStandardizer(samplewise_std_normalization=True)
    made = scaler.fit_transform(X.astype(dtype))
    assert made.dtype == ("float64" if dtype == "float64" else "float32")
    np.testing.assert_allclose(made, scaler.transform(X - 2**31), atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("learned", [False, True])
def test_blank_images_become_zeros(dtype, learned):
    """Of one value throughout: what rounding leaves must not be blown up."""
    kind = "featurewise" if learned else "samplewise"
    scaler = ImageStandardizer(**{f"{kind}_std_normalization": True})
    blank = np.full((3, 300, 301, 3), 200.1, dtype)
    np.testing.assert_allclose(scaler.fit_transform(blank), 0, atol=1e-2)


def test_read_only_images():
    X = pictures()
    X.flags.writeable = False
    options = dict.fromkeys(OPTIONS[2:], True)
    assert ImageStandardizer(**options).fit_transform(X).flags.writeable


@pytest.mark.filterwarnings("ignore:The statistics for")
@pytest.mark.parametrize("options", [COMBINATIONS[0], COMBINATIONS[-1]], ids=by_names)
def test_grey_and_flat_images(options):
    X = pictures(30, (4, 5, 1))
    whole = ImageStandardizer(**options, rescale=2).fit_transform(X)
    grey = ImageStandardizer(**options, rescale=2).fit_transform(X[..., 0])
    np.testing.assert_array_equal(grey, whole[..., 0])
    for shape in [(4, 5), (4, 5, 1), [-1, 5]]:
        flat = ImageStandardizer(**options, rescale=2, image_shape=shape)
        np.testing.assert_array_equal(
            flat.fit_transform(X.reshape(30, 20)), whole.reshape(30, 20)
        )


def test_flat_colour_images_in_either_format():
    for data_format, axis in [("channels_last", 3), ("channels_first", 1)]:
        X = pictures(30, (2, 3, 4))
        scaler = ImageStandardizer(
            featurewise_center=True, data_format=data_format, image_shape=(2, 3, 4)
        ).fit(X.reshape(30, -1))
        axes = tuple({0, 1, 2, 3} - {axis})
        np.testing.assert_allclose(scaler.mean_, X.mean(axis=axes))
        assert scaler.image_shape_ == (2, 3, 4)


def test_a_table_of_pixels_keeps_its_names():
    X = pd.DataFrame(pictures(10, (2, 2)).reshape(10, 4), columns=list("abcd"))
    scaler = ImageStandardizer(featurewise_center=True, image_shape=(2, 2))
    made = scaler.set_output(transform="pandas").fit_transform(X)
    assert list(made.columns) == list("abcd")
    np.testing.assert_allclose(made, X - X.to_numpy().mean())
    with pytest.raises(ValueError, match="feature names"):
        scaler.transform(X[list("dcba")])


@pytest.mark.filterwarnings("ignore:The statistics for")
@pytest.mark.parametrize("options", COMBINATIONS, ids=by_names)
def test_inverse(options):
    X = pictures(100)
    scaler = ImageStandardizer(**options, rescale=0.1).fit(X)
    if options["samplewise_center"] or options["samplewise_std_normalization"]:
        assert not hasattr(scaler, "inverse_transform")
        with pytest.raises(AttributeError) as caught:
            scaler.inverse_transform(X)
        assert "with samplewise_" in str(caught.value.__cause__)
        return
    made = scaler.transform(X)
    before = made.copy()
    np.testing.assert_allclose(scaler.inverse_transform(made), X, rtol=1e-6)
    np.testing.assert_array_equal(made, before)


def test_no_inverse_of_what_is_lost():
    with pytest.raises(AttributeError) as caught:
        ImageStandardizer(preprocessing_function=bent).inverse_transform(pictures())
    assert "with preprocessing_function" in str(caught.value.__cause__)
    scaler = ImageStandardizer(zca_whitening=True).fit(pictures(30))
    with pytest.raises(ValueError, match="30 images of 60 values"):
        scaler.inverse_transform(pictures())


@pytest.mark.filterwarnings("ignore:The statistics for")
@pytest.mark.parametrize("options", COMBINATIONS, ids=by_names)
def test_fitted_only_where_it_learns(options):
    scaler = ImageStandardizer(**options)
    if any(options[name] for name in OPTIONS[2:]):
        with pytest.raises(NotFittedError):
            scaler.transform(pictures())
        assert not hasattr(scaler, "mean_")
    else:
        unfitted = scaler.transform(pictures())
        np.testing.assert_array_equal(unfitted, scaler.fit_transform(pictures()))


def test_whitening_asked_for_too_late():
    scaler = ImageStandardizer(featurewise_center=True).fit(pictures())
    assert not hasattr(scaler, "zca_matrix_")
    with pytest.raises(NotFittedError, match="with zca_whitening"):
        scaler.set_params(zca_whitening=True).transform(pictures())


@pytest.mark.filterwarnings("ignore:The statistics for")
@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_copies(copied):
    scaler = ImageStandardizer(**dict.fromkeys(OPTIONS, True)).fit(pictures())
    again = copied(scaler)
    np.testing.assert_array_equal(
        again.transform(pictures()), scaler.transform(pictures())
    )
    again.partial_fit(pictures(seed=5))
    assert (scaler.n_samples_seen_, again.n_samples_seen_) == (30, 60)


def test_in_a_search():
    X = pictures(40, (3, 3))
    y = np.arange(40) % 2
    X[y == 1, 0] += 300
    flat = FunctionTransformer(lambda X: X.reshape(len(X), -1))
    pipe = make_pipeline(ImageStandardizer(), flat, RidgeClassifier())
    grid = {"imagestandardizer__featurewise_std_normalization": [True, False]}
    search = GridSearchCV(pipe, grid, cv=2).fit(X, y)
    assert search.best_score_ > 0.8


# --- what is refused -------------------------------------------------------

BAD = {
    "flat": (np.zeros((3, 20)), {}, r"image_shape=\(rows, columns\)"),
    "flat that does not fit": (
        np.zeros((3, 21)),
        {"image_shape": (4, 5)},
        r"21 features.*image_shape=\(4, 5\)",
    ),
    "one value": (np.zeros(3), {}, "Reshape your data"),
    "five axes": (np.zeros((3, 2, 2, 2, 2)), {}, r"channels\) or.*\(3, 2, 2, 2, 2\)"),
    "none": (np.zeros((0, 2, 2, 3)), {}, "0 sample"),
    "no pixels": (np.zeros((3, 0, 2, 3)), {}, r"no pixels.*\(3, 0, 2, 3\)"),
    "several sizes": (
        [np.zeros((4, 4, 3)), np.zeros((5, 4, 3))],
        {},
        r"same shape.*\[\(4, 4, 3\), \(5, 4, 3\)\]",
    ),
    "an array of arrays": (
        np.array([[np.zeros((4, 4, 3))], [0]], dtype=object)[[0, 0], 0],
        {},
        "array of objects.*np.stack",
    ),
    "a Series of arrays": (
        pd.Series([np.zeros((4, 4, 3)), np.zeros((5, 4, 3))]),
        {},
        r"same shape.*\[\(4, 4, 3\), \(5, 4, 3\)\]",
    ),
    "shape of text": (np.zeros((3, 4)), {"image_shape": ("a", 2)}, "image_shape must"),
    "shape of one": (np.zeros((3, 4)), {"image_shape": (4,)}, "image_shape must"),
    "shape of four": (np.zeros((3, 4)), {"image_shape": (2, 2, 1, 1)}, "image_shape"),
    "open shape": (np.zeros((3, 4)), {"image_shape": (-1, -1)}, "image_shape must"),
    "zero": (np.zeros((3, 4)), {"image_shape": (0, 4)}, "image_shape must"),
    "rescale": (np.zeros((3, 2, 2, 3)), {"rescale": np.nan}, "rescale"),
    "NaN": (np.full((3, 2, 2, 3), np.nan), {}, "NaN"),
    "infinite": (np.full((3, 2, 2, 3), np.inf), {}, "infinity"),
    "words": (np.full((3, 2, 2, 3), "x"), {}, "could not convert|dtype"),
    "complex": (np.zeros((3, 2, 2, 3), complex), {}, "Complex"),
    "format": (np.zeros((3, 2, 2, 3)), {"data_format": "tf"}, "data_format"),
    "epsilon": (np.zeros((3, 2, 2, 3)), {"zca_epsilon": -1}, "zca_epsilon"),
    "flag": (np.zeros((3, 2, 2, 3)), {"zca_whitening": "yes"}, "zca_whitening"),
    "too large": (
        np.zeros((2, 65, 64, 3)),
        {"zca_whitening": True},
        "12480 values.*1.2 GB",
    ),
    "too many flat": (
        np.zeros((2, 12289)),
        {"zca_whitening": True, "image_shape": (-1, 1)},
        "12289 values",
    ),
}


@pytest.mark.parametrize("X, options, match", BAD.values(), ids=BAD)
def test_refused(X, options, match):
    with pytest.raises(ValueError, match=match):
        ImageStandardizer(**options).fit(X)


def test_function_of_another_shape():
    scaler = ImageStandardizer(preprocessing_function=lambda image: image[:2])
    with pytest.raises(ValueError, match=r"\(4, 5, 3\).*\(2, 5, 3\)"):
        scaler.transform(pictures())


@pytest.mark.parametrize(
    "function, what",
    [
        (lambda image: None, "None"),
        (lambda image: image.astype(complex), "complex128"),
        (lambda image: image.astype(str), "<U"),
    ],
)
def test_function_that_gives_no_numbers(function, what):
    scaler = ImageStandardizer(preprocessing_function=function)
    with pytest.raises(ValueError, match=f"must return an array of real.*{what}"):
        scaler.transform(pictures())


@pytest.mark.parametrize("shape", [(4, 5, 1), (5, 4, 3), (4, 5), (6, 5, 3)])
def test_images_of_another_shape(shape):
    scaler = ImageStandardizer(featurewise_center=True).fit(pictures())
    expected = r"\('n_samples', 4, 5, 3\)"
    for method in (scaler.transform, scaler.inverse_transform, scaler.partial_fit):
        with pytest.raises(ValueError, match=expected):
            method(pictures(3, shape))


def test_the_other_axis_of_channels():
    X = pictures(5, (3, 8, 8))
    with pytest.warns(UserWarning, match="8 channels with data_format='channels_last'"):
        ImageStandardizer(featurewise_center=True).fit(X)
    right = ImageStandardizer(featurewise_center=True, data_format="channels_first")
    assert right.fit(X).mean_.shape == (3,)
    # Nothing is said where there can be no doubt, or nothing depends on it.
    ImageStandardizer(featurewise_center=True).fit(pictures(5, (8, 8, 13)))
    ImageStandardizer(samplewise_center=True).fit(X)


@pytest.mark.parametrize("rescale", [None, 0, 0.0])
def test_no_rescaling(rescale):
    X = pictures()
    np.testing.assert_array_equal(ImageStandardizer(rescale=rescale).transform(X), X)


# --- scikit-learn's checks -------------------------------------------------

FLAT = {"image_shape": (-1, 1)}  # any row of numbers is such an image


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [
        ImageStandardizer(**FLAT),
        ImageStandardizer(**FLAT, samplewise_std_normalization=True),
        ImageStandardizer(**FLAT, featurewise_std_normalization=True, rescale=0.5),
        ImageStandardizer(**FLAT, zca_whitening=True, zca_epsilon=0.1),
    ]
)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_estimator_checks_without_a_shape():
    """scikit-learn leaves out what it would do with tables."""
    assert {r["status"] for r in check_estimator(ImageStandardizer())} == {"passed"}
