"""ImageAugmenter: its geometry beside Keras' own, what it draws, masks, batches."""

import math
import os
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from sklearn.base import clone

from sk_keras.preprocessing import ImageAugmenter
from sk_keras.preprocessing._image.augmenting import in_memory
from sk_keras.preprocessing._image.augmenting.ranges import DRAWN
from tests.preprocessing.references import old_images

MODES = ("nearest", "constant", "reflect", "wrap")


def scene(size=17, channels=3):
    """Draw a square, a line and a gradient, on levels from 10 to 240."""
    image = np.full((size, size, channels), 10.0, np.float32)
    image += np.linspace(0, 60, size, dtype=np.float32)[:, None, None]
    image[3:7, 4:8] = np.linspace(200, 240, channels)
    image[12, 2:15] = 150
    return image


def reference(image, transforms, **how):
    """Apply transforms with Keras' ImageDataGenerator, whose names are others.

    Its tx moves columns, though it draws it from the range for heights.
    """
    names = {
        "rotation": "theta",
        "shift_columns": "tx",
        "shift_rows": "ty",
        "zoom_columns": "zx",
        "zoom_rows": "zy",
        "channel_shift": "channel_shift_intensity",
    }
    given = {names.get(name, name): value for name, value in transforms.items()}
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        return old_images(**how).apply_transform(image, given)


# --- geometry --------------------------------------------------------------

ALONE = {
    "rotation": {"rotation": 33.0},
    "rotation, far": {"rotation": -160.0},
    "rows": {"shift_rows": 4.0},
    "rows, a share": {"shift_rows": -2.25},
    "columns": {"shift_columns": -5.0},
    "columns, beyond": {"shift_columns": 21.5},
    "shear": {"shear": 25.0},
    "zoom in": {"zoom_rows": 0.6, "zoom_columns": 0.6},
    "zoom out": {"zoom_rows": 1.7, "zoom_columns": 1.2},
    "horizontal": {"flip_horizontal": True},
    "vertical": {"flip_vertical": True},
    "channels up": {"channel_shift": 55.5},
    "channels down": {"channel_shift": -70.0},
}
TOGETHER = {
    "rotation": -23.0,
    "shift_rows": 2.5,
    "shift_columns": 3.0,
    "shear": 14.0,
    "zoom_rows": 1.3,
    "zoom_columns": 0.8,
    "flip_horizontal": True,
    "flip_vertical": True,
    "channel_shift": 31.0,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "transforms", [*ALONE.values(), TOGETHER], ids=[*ALONE, "together"]
)
def test_same_as_the_reference(transforms, mode):
    image = scene()
    how = {"fill_mode": mode, "cval": 77.0}
    got = ImageAugmenter(**how).apply_transforms(image[None], transforms)[0]
    np.testing.assert_allclose(got, reference(image, transforms, **how), atol=1e-2)
    assert np.abs(got - image).max() > 5


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 1.6])
@pytest.mark.parametrize("kind", ["levels", "standardised"])
def test_brightness_as_the_reference(factor, kind):
    image = np.rint(scene()) if kind == "levels" else scene() / 100 - 1
    got = ImageAugmenter().apply_transforms(image[None], {"brightness": factor})[0]
    # The reference goes through 256 levels, and cuts off what is between them.
    level = 1 if kind == "levels" else (image.max() - image.min()) / 255
    expected = reference(image, {"brightness": factor})
    np.testing.assert_allclose(got, expected, atol=(1 + factor) * level)


def test_brightness_of_shares():
    """The reference makes black images of all that are not on levels."""
    X = np.array([[[0.0, 0.2], [0.6, 1.0]]])
    got = ImageAugmenter().apply_transforms(X, {"brightness": 1.5})
    np.testing.assert_allclose(got[0], [[0, 0.3], [0.9, 1]], atol=1e-6)


def test_brightness_of_dark_levels():
    got = ImageAugmenter().apply_transforms(
        np.array([[[0, 1], [1, 0]]], np.uint8), {"brightness": 2}
    )
    np.testing.assert_array_equal(got[0], [[0, 2], [2, 0]])


def test_a_square_lands_where_it_should():
    X = np.zeros((1, 9, 12, 1), np.float32)
    X[0, 5:7, 6:9] = 1
    up_and_left = {"shift_rows": 3, "shift_columns": 4}
    moved = ImageAugmenter().apply_transforms(X, up_and_left)
    expected = np.zeros_like(X)
    expected[0, 2:4, 2:5] = 1
    np.testing.assert_array_equal(moved, expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("turns", [1, 2, 3, -1])
@pytest.mark.parametrize("size", [8, 9, 64])
def test_quarter_turns_are_exact(turns, size, mode):
    X = np.random.RandomState(0).rand(1, size, size, 2).astype(np.float32)
    augmenter = ImageAugmenter(fill_mode=mode, cval=7)
    got = augmenter.apply_transforms(X, {"rotation": 90.0 * turns})
    np.testing.assert_allclose(got[0], np.rot90(X[0], turns), atol=1e-5)


def test_half_a_turn_of_an_oblong():
    """The reference turns it about another point than its middle."""
    X = np.random.RandomState(0).rand(1, 5, 8, 1).astype(np.float32)
    got = ImageAugmenter().apply_transforms(X, {"rotation": 180})
    np.testing.assert_allclose(got, X[:, ::-1, ::-1], atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_flips_are_exact(mode):
    X = np.random.RandomState(0).rand(2, 5, 8, 3).astype(np.float32)
    augmenter = ImageAugmenter(fill_mode=mode)
    both = {"flip_horizontal": [True, False], "flip_vertical": [False, True]}
    got = augmenter.apply_transforms(X, both)
    np.testing.assert_array_equal(got, [X[0, :, ::-1], X[1, ::-1]])


def test_shear_is_in_degrees():
    """What Keras 1 called 0.2, in radians."""
    X = np.zeros((1, 41, 41, 1), np.float32)
    X[0, :, 20] = 1  # an upright line
    got = ImageAugmenter().apply_transforms(X, {"shear": 11.5})[0, ..., 0]
    # Ten rows above the middle it has moved by ten times the sine.
    place = (got[10] * np.arange(41)).sum() / got[10].sum()
    assert place - 20 == pytest.approx(-10 * math.sin(0.2), abs=0.02)
    hardly = ImageAugmenter().apply_transforms(X, {"shear": 0.2})
    assert np.abs(hardly - X).max() < 0.1


def test_beyond_the_edge():
    X = np.arange(1.0, 5.0).reshape(1, 1, 4, 1)
    for mode, expected in {
        "nearest": [3, 4, 4, 4],
        "constant": [3, 4, 9, 9],
        "reflect": [3, 4, 4, 3],
        "wrap": [3, 4, 2, 3],  # as SciPy: the last pixel is on the first
    }.items():
        augmenter = ImageAugmenter(fill_mode=mode, cval=9)
        got = augmenter.apply_transforms(X, {"shift_columns": 2})
        np.testing.assert_array_equal(got.ravel(), expected, err_msg=mode)


# --- forms of images ---------------------------------------------------------

EVERYTHING = {
    "rotation_range": 30,
    "width_shift_range": 0.2,
    "height_shift_range": 2,
    "shear_range": 10,
    "zoom_range": 0.2,
    "channel_shift_range": 0.1,
    "brightness_range": (0.7, 1.2),
    "horizontal_flip": True,
    "vertical_flip": True,
    "random_state": 0,
}


@pytest.mark.parametrize("mode", MODES)
def test_channels_first(mode):
    X = np.random.RandomState(0).rand(4, 6, 9, 3).astype(np.float32)
    last = ImageAugmenter(**EVERYTHING, fill_mode=mode)
    first = clone(last).set_params(data_format="channels_first")
    moved = first.augment(np.moveaxis(X, -1, 1))
    np.testing.assert_array_equal(np.moveaxis(moved, 1, -1), last.augment(X))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_warning_of_the_other_format(data_format):
    first = np.zeros((2, 3, 9, 9))
    X = first if data_format == "channels_last" else np.moveaxis(first, 1, -1)
    augmenter = ImageAugmenter(rotation_range=20, data_format=data_format)
    with pytest.warns(UserWarning, match="X has 9 channels .* which is more likely"):
        augmenter.augment(X)
    with warnings.catch_warnings(action="error"):
        augmenter.augment(np.zeros((2, 9, 9, 9)))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_images_without_channels(data_format):
    X = np.random.RandomState(0).rand(4, 6, 9).astype(np.float32)
    augmenter = ImageAugmenter(**EVERYTHING, data_format=data_format)
    axis = -1 if data_format == "channels_last" else 1
    grey = augmenter.augment(np.expand_dims(X, axis))
    np.testing.assert_array_equal(np.expand_dims(augmenter.augment(X), axis), grey)


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        ("uint8", "float32"),
        ("int64", "float32"),
        ("bool", "float32"),
        ("float16", "float16"),
        ("float32", "float32"),
        ("float64", "float64"),
    ],
)
def test_types(given, returned):
    X = (np.random.RandomState(0).rand(3, 5, 5, 1) * 1.9).astype(given)
    before = X.copy()
    out = ImageAugmenter(**EVERYTHING).augment(X)
    assert out.dtype == returned
    np.testing.assert_array_equal(X, before)


def test_one_pixel():
    X = np.array([[[[0.5]]]])
    for mode in MODES:
        out = ImageAugmenter(rotation_range=90, fill_mode=mode).augment(X)
        np.testing.assert_array_equal(out, X)


# --- draws -------------------------------------------------------------------

N = 4000


def drawn(name, **params):
    X = np.zeros((N, 10, 20, 1), np.float32)
    return ImageAugmenter(random_state=0, **params).draw_transforms(X)[name]


@pytest.mark.parametrize(
    ("name", "params", "low", "high"),
    [
        ("rotation", {"rotation_range": 30}, -30, 30),
        ("shear", {"shear_range": 12}, -12, 12),
        ("shift_rows", {"height_shift_range": 0.2}, -2, 2),
        ("shift_columns", {"width_shift_range": 0.2}, -4, 4),
        ("shift_rows", {"height_shift_range": 3.0}, -3, 3),
        ("zoom_rows", {"zoom_range": 0.2}, 0.8, 1.2),
        ("zoom_columns", {"zoom_range": (0.5, 0.9)}, 0.5, 0.9),
        ("channel_shift", {"channel_shift_range": 0.4}, -0.4, 0.4),
        ("brightness", {"brightness_range": (0.5, 1.5)}, 0.5, 1.5),
        ("brightness", {"brightness_range": [0, 1]}, 0, 1),
    ],
)
def test_uniform_draws(name, params, low, high):
    values = drawn(name, **params)
    assert values.min() >= np.float32(low) and values.max() <= np.float32(high)
    shares, _ = np.histogram(values, 4, (low, high))
    np.testing.assert_allclose(shares / N, 0.25, atol=0.03)


@pytest.mark.parametrize(
    ("shift", "values"),
    [
        (1, [-1, 0, 1]),
        (2, [-2, -1, 0, 1, 2]),
        ([1, 3], [-3, -1, 1, 3]),
        ([0.1, 0.2], [-4, -2, 2, 4]),
        (np.array([5]), [-5, 5]),
    ],
)
def test_draws_of_several_values(shift, values):
    found, counts = np.unique(
        drawn("shift_columns", width_shift_range=shift), return_counts=True
    )
    np.testing.assert_allclose(found, values, atol=1e-6)
    np.testing.assert_allclose(counts / N, 1 / len(values), atol=0.03)


def test_every_other_image_is_flipped():
    for name in ("flip_horizontal", "flip_vertical"):
        flag = {name.replace("flip_", "") + "_flip": True}
        assert drawn(name, **flag).mean() == pytest.approx(0.5, abs=0.03)


def test_zooms_are_drawn_apart():
    both = drawn("zoom_rows", zoom_range=0.3), drawn("zoom_columns", zoom_range=0.3)
    assert abs(np.corrcoef(both)[0, 1]) < 0.05


def test_one_range_does_not_change_other_draws():
    alone = drawn("flip_vertical", vertical_flip=True)
    np.testing.assert_array_equal(
        alone, drawn("flip_vertical", vertical_flip=True, rotation_range=9)
    )


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"zoom_range": (1, 1)},
        {"width_shift_range": 0, "height_shift_range": [0]},
        {"rotation_range": 0.0, "zoom_range": 0.0, "brightness_range": None},
    ],
)
def test_nothing_to_draw(params):
    X = np.random.RandomState(0).rand(3, 4, 4, 1).astype(np.float32)
    augmenter = ImageAugmenter(**params)
    assert augmenter.draw_transforms(X) == {}
    np.testing.assert_array_equal(augmenter.augment(X), X)


def test_all_names():
    X = np.zeros((2, 4, 4, 3))
    transforms = ImageAugmenter(**EVERYTHING).draw_transforms(X)
    assert tuple(transforms) == DRAWN
    assert {value.shape for value in transforms.values()} == {(2,)}


# --- seeds -------------------------------------------------------------------


def test_random_state():
    X = np.random.RandomState(0).rand(3, 6, 6, 1)
    augmenter = ImageAugmenter(rotation_range=90, random_state=3)
    once = augmenter.augment(X)
    np.testing.assert_array_equal(augmenter.augment(X), once)
    assert np.abs(augmenter.set_params(random_state=4).augment(X) - once).max() > 0.01
    state = np.random.RandomState(5)
    going_on = ImageAugmenter(rotation_range=90, random_state=state)
    assert np.abs(going_on.augment(X) - going_on.augment(X)).max() > 0.01


def test_global_generators_stay():
    X = np.random.RandomState(0).rand(3, 6, 6, 1)
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    augmenter = ImageAugmenter(rotation_range=90)
    one, other = augmenter.augment(X), augmenter.augment(X)
    next(iter(augmenter.flow(X, batch_size=2)))
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    assert np.abs(one - other).max() > 0.01


def test_augment_is_draw_and_apply():
    X = np.random.RandomState(0).rand(3, 6, 6, 3)
    augmenter = ImageAugmenter(**EVERYTHING)
    transforms = augmenter.draw_transforms(X)
    np.testing.assert_array_equal(
        augmenter.apply_transforms(X, transforms), augmenter.augment(X)
    )


def test_large_arrays_in_pieces(monkeypatch):
    X = np.random.RandomState(0).rand(7, 5, 5, 1)
    masks = (X > 0.5).astype(int)
    augmenter = ImageAugmenter(**EVERYTHING)
    whole = augmenter.augment(X, masks)
    monkeypatch.setattr(in_memory, "CHUNK_ELEMENTS", 51)
    for one, other in zip(augmenter.augment(X, masks), whole, strict=True):
        np.testing.assert_array_equal(one, other)


# --- masks -------------------------------------------------------------------


def test_masks_move_with_their_images():
    rng = np.random.RandomState(0)
    X = rng.rand(6, 16, 16, 1).astype(np.float32)
    augmenter = ImageAugmenter(
        **{**EVERYTHING, "channel_shift_range": 0, "brightness_range": None}
    )
    moved, same = augmenter.augment(X, X, mask_interpolation="bilinear")
    np.testing.assert_array_equal(moved, same)


def test_channel_shift_and_brightness_are_not_for_masks():
    X = np.random.RandomState(0).rand(6, 8, 8, 1)
    augmenter = ImageAugmenter(
        channel_shift_range=0.5, brightness_range=(0.2, 0.4), random_state=0
    )
    moved, masks = augmenter.augment(X, X)
    np.testing.assert_allclose(masks, X)
    assert np.abs(moved - X).max() > 0.1


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "bool"])
@pytest.mark.parametrize("mode", MODES)
def test_labels_stay_labels(dtype, mode):
    X = np.zeros((8, 16, 16, 3), np.float32)
    masks = np.random.RandomState(0).choice([0, 3, 250], (8, 16, 16)).astype(dtype)
    augmenter = ImageAugmenter(**EVERYTHING, fill_mode=mode)
    moved = augmenter.augment(X, masks)[1]
    assert moved.dtype == dtype and moved.shape == masks.shape
    assert set(np.unique(moved)) <= set(np.unique(masks))
    assert (moved != masks).any()


def test_masks_that_are_mixed_are_rounded():
    X = np.zeros((1, 1, 4))
    pictures = np.array([[[10, 11, 14, 14]]], np.uint8)
    half = {"shift_columns": 0.75}
    _, moved = ImageAugmenter().apply_transforms(
        X, half, pictures, mask_interpolation="bilinear"
    )
    assert moved.tolist() == [[[11, 13, 14, 14]]]


@pytest.mark.parametrize(
    ("cval", "dtype"), [(-1, "uint8"), (300, "uint8"), (-1, "bool"), (2, "bool")]
)
def test_masks_that_cannot_hold_what_is_beyond(cval, dtype):
    X, masks = np.ones((1, 3, 3)), np.ones((1, 3, 3), dtype)
    augmenter = ImageAugmenter(fill_mode="constant", cval=cval)
    up = {"shift_rows": 1}
    with pytest.raises(ValueError, match=f"cval={cval} .* of type {dtype}, which"):
        augmenter.apply_transforms(X, up, masks)
    wide = augmenter.apply_transforms(X, up, masks.astype("int32"))[1]
    assert wide[0, -1].tolist() == [cval] * 3
    augmenter.set_params(fill_mode="nearest").apply_transforms(X, up, masks)


@pytest.mark.parametrize("mode", MODES)
def test_masks_of_wide_numbers(mode):
    X = np.zeros((8, 16, 16, 3), np.float32)
    for values in (2**40 + np.arange(3), np.array([0.1, 0.2, 1 / 3])):
        masks = np.random.RandomState(0).choice(values, (8, 16, 16))
        how = {**EVERYTHING, "fill_mode": mode, "cval": 2**35}
        moved = ImageAugmenter(**how).augment(X, masks)[1]
        known = {*values, 2**35} if mode == "constant" else {*values}
        assert set(np.unique(moved)) == known


# --- batches for Keras ---------------------------------------------------------


@pytest.fixture
def pictures():
    """Ten images, each with its number in one corner of a second channel."""
    X = np.random.RandomState(0).rand(10, 6, 6, 2).astype(np.float32)
    X[..., 1] = np.arange(10)[:, None, None]
    return X, np.arange(10)


def test_flow_has_a_length_and_all_rows(pictures):
    import keras

    X, y = pictures
    flow = ImageAugmenter(rotation_range=30, random_state=0).flow(X, y, 4)
    assert isinstance(flow, keras.utils.PyDataset)
    assert len(flow) == 3
    batches = list(flow)
    assert [len(batch_y) for _, batch_y in batches] == [4, 4, 2]
    for batch_X, batch_y in batches:
        np.testing.assert_allclose(batch_X[:, 0, 0, 1], batch_y, atol=1e-4)
    seen = np.concatenate([batch_y for _, batch_y in batches])
    assert sorted(seen) == list(range(10)) and list(seen) != list(range(10))


def test_flow_draws_anew_in_each_epoch(pictures):
    X, y = pictures
    augmenter = ImageAugmenter(rotation_range=30, random_state=0)
    flow = augmenter.flow(X, y, 10, shuffle=False)
    first, again = flow[0][0], flow[0][0]
    np.testing.assert_array_equal(first, again)
    flow.on_epoch_end()
    assert np.abs(flow[0][0] - first).max() > 0.01
    twin = augmenter.flow(X, y, 10, shuffle=False)
    np.testing.assert_array_equal(twin[0][0], first)


def test_batches_draw_apart():
    X = np.tile(np.random.RandomState(0).rand(1, 8, 8, 1), (4, 1, 1, 1))
    flow = ImageAugmenter(rotation_range=90, random_state=0).flow(X, batch_size=2)
    one, other = flow
    for a, b in [(one[0], one[1]), (one[0], other[0]), (one[1], other[1])]:
        assert np.abs(a - b).max() > 0.01


def test_flow_moves_masks_and_hands_weights_on(pictures):
    X, _ = pictures
    masks, weights = (X[..., :1] > 0.5).astype(np.uint8), np.arange(10.0)
    augmenter = ImageAugmenter(horizontal_flip=True, random_state=0)
    flow = augmenter.flow(X, masks, 10, sample_weight=weights)
    batch_X, batch_y, batch_weight = flow[0]
    np.testing.assert_array_equal(batch_y, batch_X[..., :1] > 0.5)
    np.testing.assert_array_equal(batch_weight, batch_X[:, 0, 0, 1])
    assert (batch_X != X[batch_weight.astype(int)]).any()


@pytest.mark.slow
def test_keras_trains_on_a_flow(pictures):
    import keras

    X, y = pictures
    model = keras.Sequential(
        [keras.layers.Input((6, 6, 2)), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    model.compile(loss="mse")
    flow = ImageAugmenter(rotation_range=30).flow(X, y.astype(float), 4)
    history = model.fit(flow, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_a_loop_that_is_broken_off(pictures):
    batches = ImageAugmenter(rotation_range=90, random_state=0).flow(pictures[0])
    first, second = (next(iter(batches)) for _ in range(2))
    assert np.abs(first - second).max() > 0.01


def test_flow_ends(pictures):
    flow = ImageAugmenter().flow(*pictures, 4)
    with pytest.raises(IndexError, match="There are 3 batches"):
        flow[3]


# --- previews ----------------------------------------------------------------


@pytest.mark.parametrize("channels", [None, 1, 3])
def test_preview(channels):
    shape = (5, 6, 6) if channels is None else (5, 6, 6, channels)
    X = np.random.RandomState(0).rand(*shape)
    figure = ImageAugmenter(rotation_range=40).preview(X, n_images=2, n_versions=3)
    assert len(figure.axes) == 2 * 4
    shown = figure.axes[0].images[0].get_array()
    expected = X[0][..., 0] if channels == 1 else X[0]
    np.testing.assert_array_equal(shown, np.rint(expected * 255))


@pytest.mark.parametrize("dtype", ["float64", "uint8"])
def test_preview_of_small_numbers(dtype):
    """The digits of scikit-learn go to 16, and are seen all the same."""
    X = np.array([[[0, 8], [16, 4]]], dtype)
    figure = ImageAugmenter().preview(X, n_versions=1)
    assert figure.axes[0].images[0].get_array().max() == 255


def test_preview_with_masks():
    X = np.random.RandomState(0).rand(3, 2, 6, 6)
    masks = np.arange(36).reshape(1, 6, 6).repeat(3, 0) % 3
    augmenter = ImageAugmenter(horizontal_flip=True, data_format="channels_first")
    figure = augmenter.preview(X, masks, n_images=2, n_versions=3)
    assert len(figure.axes) == 2 * 2 * 4
    np.testing.assert_array_equal(
        figure.axes[4].images[0].get_array(), np.rint(masks[0] * 127.5)
    )


def test_preview_as_files(tmp_path):
    from PIL import Image

    X = np.random.RandomState(0).randint(0, 256, (4, 6, 8, 3)).astype(np.uint8)
    folder = tmp_path / "new" / "folder"
    paths = ImageAugmenter().preview(
        X, X[..., 0], n_images=2, n_versions=2, folder=folder, prefix="cat"
    )
    names = [f"cat_{kind}00{i}.png" for kind in ("", "mask_") for i in range(4)]
    assert [path.name for path in paths] == names
    assert sorted(folder.iterdir()) == sorted(paths)
    np.testing.assert_array_equal(np.array(Image.open(paths[2])), X[1])
    np.testing.assert_array_equal(np.array(Image.open(paths[6])), X[1, ..., 0])


# --- an object of scikit-learn ---------------------------------------------------


def test_clone_and_pickle():
    augmenter = ImageAugmenter(**EVERYTHING, fill_mode="wrap", cval=3)
    X = np.random.RandomState(0).rand(3, 6, 6, 1)
    for twin in (clone(augmenter), pickle.loads(pickle.dumps(augmenter))):
        assert twin.get_params() == augmenter.get_params()
        np.testing.assert_array_equal(twin.augment(X), augmenter.augment(X))
    assert repr(ImageAugmenter(zoom_range=0.2)) == "ImageAugmenter(zoom_range=0.2)"


def test_it_is_no_transformer():
    """In a pipeline it would change what is predicted on."""
    for name in ("fit", "transform", "fit_transform"):
        assert not hasattr(ImageAugmenter(), name)


@pytest.mark.slow
def test_import_is_light():
    code = (
        "import sys; from sk_keras.preprocessing import ImageAugmenter; "
        "ImageAugmenter(); print([m for m in ('tensorflow', 'keras', 'PIL', "
        "'matplotlib') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert found.stdout.strip() == "[]"


# --- errors --------------------------------------------------------------------

IMAGES = np.zeros((2, 4, 5, 3))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"rotation_range": -1}, "'rotation_range' parameter.* must be a float"),
        ({"rotation_range": "20"}, "'rotation_range'.*Got '20'"),
        ({"rotation_range": np.nan}, "'rotation_range'"),
        ({"zoom_range": 1.0}, "'zoom_range'.*Got 1.0"),
        ({"zoom_range": (0, 1)}, "lower greater than 0.*Got \\(0, 1\\)"),
        ({"zoom_range": (1.2, 0.8)}, "not above upper"),
        ({"zoom_range": (0.8, 1, 1.2)}, "must be a pair"),
        ({"zoom_range": ("a", "b")}, "finite numbers"),
        ({"brightness_range": 0.5}, "'brightness_range'"),
        ({"brightness_range": (-1, 1)}, "lower at least 0"),
        ({"brightness_range": (0, np.inf)}, "finite numbers"),
        ({"width_shift_range": []}, "must not be empty"),
        ({"width_shift_range": ["a"]}, "finite numbers"),
        ({"height_shift_range": -0.1}, "'height_shift_range'"),
        ({"fill_mode": "mirror"}, "'fill_mode'.*Got 'mirror'"),
        ({"cval": np.nan}, "'cval'"),
        ({"horizontal_flip": "yes"}, "'horizontal_flip'"),
        ({"data_format": "channels"}, "'data_format'"),
        ({"random_state": "a"}, "'random_state'"),
    ],
)
def test_wrong_parameters(params, message):
    augmenter = ImageAugmenter(**params)  # nothing is checked before it is used
    for use in (augmenter.augment, augmenter.flow, augmenter.preview):
        with pytest.raises(ValueError, match=message):
            use(IMAGES)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((3, 4)), r"\(n_samples, height, width, channels\).*\(3, 4\)"),
        (np.zeros(3), "height, width"),
        (np.zeros((1, 2, 3, 4, 5)), "height, width"),
        (np.zeros((0, 4, 4, 1)), "minimum of 1 is required"),
        (np.zeros((2, 4, 0, 1)), r"got an array of shape|Got an array of shape"),
        (np.full((1, 2, 2, 1), np.nan), "contains NaN"),
        (np.full((1, 2, 2, 1), "a"), "convert string to float|numeric"),
    ],
)
def test_what_is_no_images(X, message):
    with pytest.raises(ValueError, match=message):
        ImageAugmenter(rotation_range=9).augment(X)


def test_masks_of_another_size():
    with pytest.raises(ValueError, match="Masks must have the height and width"):
        ImageAugmenter().augment(IMAGES, np.zeros((2, 5, 4)))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ImageAugmenter().augment(IMAGES, np.zeros((3, 4, 5)))
    with pytest.raises(ValueError, match="y must be images"):
        ImageAugmenter().augment(IMAGES, np.zeros(2))


@pytest.mark.parametrize(
    ("transforms", "message"),
    [
        ({"theta": 3}, "names.*'rotation'.*Got 'theta'"),
        ({"rotation": [1, 2, 3]}, r"shape \(2,\).*shape \(3,\)"),
    ],
)
def test_wrong_transforms(transforms, message):
    with pytest.raises(ValueError, match=message):
        ImageAugmenter().apply_transforms(IMAGES, transforms)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"batch_size": 0}, "batch_size must be an int above 0"),
        ({"y": [1, 2, 3]}, "inconsistent numbers of samples"),
        ({"sample_weight": [1, 2]}, "give y as well"),
    ],
)
def test_wrong_flows(how, message):
    with pytest.raises(ValueError, match=message):
        ImageAugmenter().flow(IMAGES, **how)


def test_wrong_previews():
    for how in ({"n_images": 0}, {"n_versions": 1.5}):
        with pytest.raises(ValueError, match=f"{next(iter(how))} must be an int above"):
            ImageAugmenter().preview(IMAGES, **how)


def test_wrong_interpolation():
    with pytest.raises(ValueError, match="'nearest' or 'bilinear'.*Got 'cubic'"):
        ImageAugmenter().augment(IMAGES, IMAGES, mask_interpolation="cubic")
    with pytest.raises(ValueError, match="Got 'cubic'"):
        ImageAugmenter().flow(IMAGES, IMAGES, mask_interpolation="cubic")
