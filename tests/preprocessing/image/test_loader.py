"""Pictures in files as arrays: `ImageLoader`, and functions beside those of Keras."""

import copy
import io
import itertools
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from sk_keras.preprocessing import ImageLoader, array_to_img, img_to_array, load_img

MODES = ("rgb", "rgba", "grayscale")
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def noise(shape, top=256, seed=0, dtype=np.uint8):
    return np.random.default_rng(seed).integers(0, top, shape).astype(dtype)


PICTURES = {
    "rgb.png": lambda: Image.fromarray(noise((9, 7, 3))),
    "rgba.png": lambda: Image.fromarray(noise((9, 7, 4))),
    "grey.png": lambda: Image.fromarray(noise((9, 7))),
    "grey16.png": lambda: Image.fromarray(noise((9, 7), 2**16, dtype=np.uint16)),
    "palette.gif": lambda: Image.fromarray(noise((9, 7, 3))).quantize(16),
    "photo.jpg": lambda: Image.fromarray(noise((40, 30, 3))),
    "bits.bmp": lambda: Image.fromarray(noise((9, 7), 2) > 0),
    "inks.tif": lambda: Image.fromarray(noise((9, 7, 3))).convert("CMYK"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures of many kinds, a broken one and a file that is none."""
    folder = tmp_path_factory.mktemp("pictures")
    for name, make in PICTURES.items():
        make().save(folder / name)
    whole = (folder / "photo.jpg").read_bytes()
    (folder / "broken.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "words.png").write_text("no picture")
    (folder / "empty.png").write_bytes(b"")
    return folder


# --- as Keras does ---------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*more than 8 bits")
@pytest.mark.filterwarnings("ignore:.*a palette")
@pytest.mark.parametrize("keep", [False, True], ids=["", "keep"])
@pytest.mark.parametrize("size", [None, (9, 7), (4, 12), (20, 5)], ids=str)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", PICTURES)
def test_loads_as_keras_does(folder, name, mode, size, keep):
    import keras

    how = {"color_mode": mode, "target_size": size, "keep_aspect_ratio": keep}
    ours, theirs = (
        load_img(folder / name, **how),
        keras.utils.load_img(folder / name, **how),
    )
    assert (ours.mode, ours.size) == (theirs.mode, theirs.size)
    for data_format in ("channels_last", "channels_first"):
        array = img_to_array(ours, data_format=data_format)
        expected = keras.utils.img_to_array(theirs, data_format=data_format)
        assert array.dtype == expected.dtype
        np.testing.assert_array_equal(array, expected)


def test_warns_of_values_that_are_cut(tmp_path):
    for name, pixels in {
        "wide.png": np.full((2, 2), 300, np.uint16),
        "narrow.png": np.full((2, 2), 200, np.uint16),
        "float.tif": np.full((2, 2), 0.5, np.float32),
    }.items():
        Image.fromarray(pixels).save(tmp_path / name)
    with pytest.warns(UserWarning, match="wide.png.*'rgb' cuts.*'grayscale'") as caught:
        load_img(tmp_path / "wide.png")
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="float.tif.*'rgb' cuts.*'grayscale'"):
        load_img(tmp_path / "float.tif")
    kept = img_to_array(load_img(tmp_path / "float.tif", color_mode="grayscale"))
    assert (kept == 0.5).all()
    loader = ImageLoader((4, 4), color_mode="grayscale", interpolation="bilinear")
    assert (loader.fit_transform([tmp_path / "float.tif"]) == 0.5).all()
    load_img(tmp_path / "narrow.png")
    whole = img_to_array(load_img(tmp_path / "wide.png", color_mode="grayscale"))
    assert (whole == 300).all()


def test_16_bits_in_the_other_order_of_bytes(tmp_path):
    file, pixels = tmp_path / "big.tif", noise((6, 5), 2**16, dtype=np.uint16)
    image = Image.frombytes("I;16B", (5, 6), pixels.astype(">u2").tobytes())
    image.save(file)
    with Image.open(file) as image:
        assert image.mode == "I;16B"
    for size in (None, (6, 5)):
        grey = load_img(file, color_mode="grayscale", target_size=size)
        np.testing.assert_array_equal(img_to_array(grey)[..., 0], pixels)
    with pytest.warns(UserWarning, match="big.tif.*'rgb' cuts"):
        assert img_to_array(load_img(file)).max() == 255


def test_a_mode_that_pillow_cannot_convert_is_named(tmp_path):
    Image.new("LAB", (4, 3)).save(tmp_path / "lab.tif")
    with pytest.raises(ValueError, match="lab.tif.*color_mode='grayscale'.*LAB"):
        load_img(tmp_path / "lab.tif", color_mode="grayscale")


@pytest.mark.parametrize("path", ["", "https://example.org/a.png", "a//b.png"])
def test_names_in_messages_are_those_that_were_given(path):
    with pytest.raises((FileNotFoundError, ValueError)) as caught:
        load_img(path)
    assert repr(path) in str(caught.value)
    if path:
        with pytest.raises(FileNotFoundError, match=path):
            ImageLoader((4, 4)).transform([path])


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_resizes_as_keras_does(folder, interpolation):
    import keras

    how = {"target_size": (13, 17), "interpolation": interpolation}
    ours = img_to_array(load_img(folder / "photo.jpg", **how))
    theirs = keras.utils.load_img(folder / "photo.jpg", **how)
    np.testing.assert_array_equal(ours, keras.utils.img_to_array(theirs))


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("kind", ["unit", "bytes", "large", "constant"])
def test_makes_images_as_keras_does(kind, scale, channels):
    import keras

    x = {
        "unit": noise((5, 6, channels)) / 255,
        "bytes": noise((5, 6, channels)),
        "large": noise((5, 6, channels), 70_000, dtype=np.int64),
        "constant": np.full((5, 6, channels), 7.0),
    }[kind]
    if kind == "large" and not scale and channels > 1:
        with pytest.raises(ValueError, match="between 0 and 255.*scale=True"):
            array_to_img(x, scale=False)
        return
    before = x.copy()
    ours = array_to_img(x, scale=scale)
    np.testing.assert_array_equal(x, before)
    if channels == 1 and kind == "large" and not scale:
        assert ours.mode == "I"
        np.testing.assert_array_equal(np.asarray(ours), x[..., 0])
        return
    theirs = keras.utils.array_to_img(x, scale=scale)
    assert ours.mode == theirs.mode
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
    turned = array_to_img(
        x.transpose(2, 0, 1), data_format="channels_first", scale=scale
    )
    np.testing.assert_array_equal(np.asarray(turned), np.asarray(ours))


def test_large_whole_numbers_stay_exact():
    x = np.array([[2**24 + 1, 2**31 - 1, 0]])[..., None]
    np.testing.assert_array_equal(np.asarray(array_to_img(x, scale=False)), x[..., 0])


def test_there_and_back():
    x = noise((5, 6, 3))
    image = array_to_img(x, scale=False)
    back = img_to_array(image, dtype="uint8")
    np.testing.assert_array_equal(back, x)
    back[:] = 0  # a copy: the image stays
    np.testing.assert_array_equal(img_to_array(image), x)


@pytest.mark.parametrize("kind", [str, Path, os.fsencode, io.BytesIO, open])
def test_kinds_of_paths(folder, kind):
    path = str(folder / "rgb.png")
    given = path
    if kind is io.BytesIO:
        given = io.BytesIO(Path(path).read_bytes())
    elif kind is open:
        given = open(path, "rb")
    elif kind is not str:
        given = kind(path)
    np.testing.assert_array_equal(img_to_array(load_img(given)), noise((9, 7, 3)))
    if hasattr(given, "close"):
        given.close()


BAD_CALLS = {
    "mode": (lambda f: load_img(f / "rgb.png", color_mode="bgr"), "color_mode"),
    "method": (lambda f: load_img(f / "rgb.png", interpolation="x"), "interpolation"),
    "size": (lambda f: load_img(f / "rgb.png", target_size=(5,)), "target_size"),
    "zero": (lambda f: load_img(f / "rgb.png", target_size=(0, 5)), "target_size"),
    "number": (lambda f: load_img(f / "rgb.png", target_size=5), "target_size"),
    "float": (lambda f: load_img(f / "rgb.png", target_size=(5.5, 2)), "target_size"),
    "axes": (lambda f: array_to_img(np.zeros((2, 2))), "3 axes"),
    "none": (lambda f: array_to_img(np.zeros((0, 2, 3))), r"\(0, 2, 3\)"),
    "two channels": (lambda f: array_to_img(np.zeros((2, 2, 2))), "1, 3 or 4"),
    "NaN": (lambda f: array_to_img(np.full((2, 2, 3), np.nan)), "NaN"),
    "below": (lambda f: array_to_img(np.full((2, 2, 3), -1), scale=False), "between"),
    "apart": (lambda f: array_to_img([[[-3e38], [3e38]]]), "too far apart.*float32"),
    "format": (lambda f: array_to_img(np.zeros((2, 2, 3)), data_format="x"), "format"),
    "values": (lambda f: img_to_array(np.zeros(3)), r"2 axes.*\(3,\)"),
}


@pytest.mark.parametrize("call, match", BAD_CALLS.values(), ids=BAD_CALLS)
def test_bad_arguments(folder, call, match):
    with pytest.raises(ValueError, match=match):
        call(folder)


def test_a_path_of_another_type():
    with pytest.raises(TypeError, match="str, a Path.*int"):
        load_img(3)


# --- ImageLoader -----------------------------------------------------------

NAMES = ["rgb.png", "photo.jpg", "grey.png"]


@pytest.mark.parametrize(
    "form",
    [
        list,
        tuple,
        np.array,
        pd.Series,
        lambda names: pd.Series(names, dtype="category", index=[5, 3, 1]),
        lambda names: pd.DataFrame({"file": names}),
        lambda names: np.array(names, dtype=object)[:, None],
        lambda names: [[name] for name in names],
        lambda names: [Path(name) for name in names],
        lambda names: np.array([Path(name) for name in names]),
    ],
)
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_forms_of_names(folder, form, n_jobs):
    loader = ImageLoader((8, 6), root=folder, n_jobs=n_jobs)
    made = loader.fit_transform(form(NAMES))
    assert made.dtype == np.float32
    expected = [load_img(folder / name, target_size=(8, 6)) for name in NAMES]
    np.testing.assert_array_equal(made, np.stack(list(map(img_to_array, expected))))
    assert loader.n_features_in_ == 1


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_many_files_keep_their_order(tmp_path, n_jobs):
    names = [str(tmp_path / f"{i}.png") for i in range(70)]
    for i, name in enumerate(names):
        Image.fromarray(np.full((2, 2), i, np.uint8)).save(name)
    made = ImageLoader(None, color_mode="grayscale", n_jobs=n_jobs).transform(names)
    assert made.shape == (70, 2, 2, 1)
    np.testing.assert_array_equal(made[:, 0, 0, 0], np.arange(70))


@pytest.mark.filterwarnings("ignore:.*values up to 255")
@pytest.mark.filterwarnings("ignore:.*more than 8 bits")
@pytest.mark.filterwarnings("ignore:.*a palette")
@pytest.mark.parametrize("mode, channels", [*zip(MODES, (3, 4, 1), strict=True)])
def test_colour_modes(folder, mode, channels):
    loader = ImageLoader((5, 4), color_mode=mode, interpolation="bilinear")
    made = loader.transform([folder / name for name in PICTURES])
    assert made.shape == (len(PICTURES), 5, 4, channels)
    expected = load_img(
        folder / "inks.tif",
        color_mode=mode,
        target_size=(5, 4),
        interpolation="bilinear",
    )
    np.testing.assert_array_equal(made[-1], img_to_array(expected))


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_one_warning_for_many_files(folder, tmp_path, n_jobs):
    names = [tmp_path / f"{i}.png" for i in range(40)]
    for name in names:
        Image.fromarray(np.full((2, 2), 300, np.uint16)).save(name)
    names.insert(0, folder / "rgb.png")
    loader = ImageLoader((2, 2), n_jobs=n_jobs)
    with pytest.warns(UserWarning) as caught:
        assert loader.transform(names).max() <= 255
    assert len(caught) == 1
    assert "/0.png' has more than 8 bits" in str(caught[0].message).replace("\\", "/")
    assert str(caught[0].message).endswith("So it is with 39 more files.")
    assert caught[0].filename == __file__


def test_keeps_the_aspect_ratio(folder):
    import keras

    kept, squeezed = (
        ImageLoader((4, 4), keep_aspect_ratio=keep).transform([folder / "photo.jpg"])
        for keep in (True, False)
    )
    np.testing.assert_array_equal(
        kept[0],
        keras.utils.img_to_array(
            keras.utils.load_img(
                folder / "photo.jpg", target_size=(4, 4), keep_aspect_ratio=True
            )
        ),
    )
    assert (kept != squeezed).any()


def test_names_of_columns(folder):
    frame = pd.DataFrame({"file": NAMES})
    loader = ImageLoader((4, 4), root=folder).fit(frame)
    assert list(loader.feature_names_in_) == ["file"]
    with pytest.raises(ValueError, match="feature names"):
        loader.transform(frame.rename(columns={"file": "path"}))
    assert not hasattr(loader.fit(NAMES), "feature_names_in_")


@pytest.mark.parametrize(
    "copied", [clone, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_copies(folder, copied):
    loader = ImageLoader((4, 4), root=folder, color_mode="rgba").fit(NAMES)
    again = copied(loader)
    assert again.get_params() == loader.get_params()
    np.testing.assert_array_equal(again.transform(NAMES), loader.transform(NAMES))


def labelled(folder, n=24):
    names = [f"{i}.png" for i in range(n)]
    y = np.arange(n) % 2
    for name, label in zip(names, y, strict=True):
        pixels = noise((6, 6, 3), 100, seed=int(name.split(".")[0]))
        pixels[:3] += np.uint8(100 * label)
        Image.fromarray(pixels).save(folder / name)
    return names, np.array(["dark", "light"])[y]


def flat(X):
    return X.reshape(len(X), -1)


@pytest.mark.slow
def test_names_go_through_a_search_in_processes(tmp_path):
    names, y = labelled(tmp_path)
    # Functions of this module would have TensorFlow imported in each process.
    flat = FunctionTransformer(np.reshape, kw_args={"shape": (-1, 48)})
    pipe = make_pipeline(ImageLoader((4, 4), root=tmp_path), flat, RidgeClassifier())
    grid = {"imageloader__interpolation": ["nearest", "bilinear"]}
    search = GridSearchCV(pipe, grid, cv=2, n_jobs=2).fit(names, y)
    assert search.best_score_ > 0.9
    assert set(search.predict(names[:4])) == {"dark", "light"}


def test_a_column_of_names_beside_others(tmp_path):
    names, y = labelled(tmp_path)
    frame = pd.DataFrame({"file": names, "number": np.arange(len(names))})
    loading = make_pipeline(
        ImageLoader((4, 4), root=tmp_path), FunctionTransformer(flat)
    )
    columns = make_column_transformer(
        (loading, ["file"]), ("passthrough", ["number"]), sparse_threshold=0
    )
    scores = cross_val_score(
        make_pipeline(columns, RidgeClassifier()), frame, y, cv=2, error_score="raise"
    )
    assert scores.mean() > 0.9


# --- what is wrong with files ----------------------------------------------

BAD_FILES = {
    "missing.png": (FileNotFoundError, "no file"),
    "broken.jpg": (ValueError, "cannot be read as a picture.*truncated"),
    "words.png": (ValueError, "cannot be read as a picture"),
    "empty.png": (ValueError, "cannot be read as a picture"),
    "": (TypeError, "Got '' in row"),
}


@pytest.mark.parametrize("at, n_jobs", [*itertools.product([0, 20], [1, 2])])
@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_named(folder, name, at, n_jobs):
    names = ["rgb.png"] * 21
    names[at] = name
    error, match = BAD_FILES[name]
    loader = ImageLoader((4, 4), root=folder, n_jobs=n_jobs)
    with pytest.raises(error, match=match) as caught:
        loader.transform(names)
    assert name in str(caught.value)


def test_a_folder_is_no_picture(folder):
    with pytest.raises(ValueError, match="cannot be read as a picture"):
        ImageLoader((4, 4)).transform([folder])


def test_bombs_are_named(folder, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(ValueError, match="photo.jpg.*cannot be read.*exceeds limit"):
        ImageLoader((4, 4)).transform([folder / "photo.jpg"])


def test_pictures_of_several_sizes(folder):
    loader = ImageLoader(None, root=folder)
    assert loader.transform(["rgb.png", "grey.png"]).shape == (2, 9, 7, 3)
    with pytest.raises(ValueError, match=r"rgb.png.*\(9, 7\).*photo.jpg.*\(40, 30\)"):
        loader.transform(["rgb.png", "photo.jpg"])


BAD_X = {
    "a name": ("rgb.png", ValueError, r"\['rgb.png'\]"),
    "a path": (Path("rgb.png"), ValueError, "single picture"),
    "None": (None, TypeError, "NoneType"),
    "a number": (3, TypeError, "int 3"),
    "a set": ({"rgb.png"}, TypeError, "set"),
    "a dict": ({"rgb.png": 1}, TypeError, "dict"),
    "none": ([], ValueError, "0 samples"),
    "numbers": ([1, 2], TypeError, "Got 1 in row 0"),
    "missing": (["rgb.png", None], TypeError, "Got None in row 1"),
    "NaN": (pd.Series(["rgb.png", np.nan]), TypeError, "Got nan in row 1"),
    "two columns": (
        pd.DataFrame({"a": ["x"], "b": ["y"]}),
        ValueError,
        r"shape \(1, 2\)",
    ),
    "images": (np.zeros((2, 4, 4, 3)), ValueError, r"shape \(2, 4, 4, 3\)"),
    "a scalar": (np.array("rgb.png"), ValueError, r"ImageLoader expects.*\(\)"),
}


@pytest.mark.parametrize("X, error, match", BAD_X.values(), ids=BAD_X)
@pytest.mark.parametrize("method", ["fit", "transform"])
def test_bad_X(folder, X, error, match, method):
    with pytest.raises(error, match=match):
        getattr(ImageLoader((4, 4), root=folder), method)(X)


@pytest.mark.parametrize(
    "params",
    [
        {"target_size": 4},
        {"target_size": (4,)},
        {"target_size": (4, -1)},
        {"target_size": (True, 4)},
        {"color_mode": "cmyk"},
        {"interpolation": "cubic"},
        {"root": 3},
        {"n_jobs": "all"},
    ],
    ids=str,
)
def test_bad_parameters(folder, params):
    loader = ImageLoader((4, 4)).set_params(**params)
    for method in (loader.fit, loader.transform):
        with pytest.raises(ValueError, match=next(iter(params))):
            method([folder / "rgb.png"])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_estimator_checks():
    assert {r["status"] for r in check_estimator(ImageLoader((4, 4)))} == {"passed"}


# --- what is imported ------------------------------------------------------


def test_pillow_is_named_where_it_is_missing(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    for call in (
        lambda: load_img(folder / "rgb.png"),
        lambda: array_to_img(np.zeros((2, 2, 3))),
        lambda: ImageLoader((4, 4)).transform([folder / "rgb.png"]),
    ):
        with pytest.raises(ImportError, match=r"sk_keras\[image\]"):
            call()


@pytest.mark.slow
def test_imports_are_light():
    code = (
        "import sys, sk_keras.data as d, sk_keras.preprocessing as p\n"
        "print('pandas' in sys.modules)\n"  # scikit-learn itself imports it
        "for m in (d, p):\n"
        "    [getattr(m, name) for name in m.__all__]\n"
        "    assert set(m.__all__) <= set(dir(m))\n"
        "print({'tensorflow', 'keras', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "set()"]


# --- numbers of a palette --------------------------------------------------


def mask(numbers, bits=8):
    """Make a picture with a palette, as masks of segmentation have it."""
    image = Image.fromarray(np.asarray(numbers, np.uint8), mode="P")
    image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0] + [0] * 756)
    return image


NUMBERS = np.arange(4).repeat(6).reshape(4, 6)

WITH_NUMBERS = {
    "palette": (lambda: mask(NUMBERS), NUMBERS),
    "one channel": (lambda: Image.fromarray(NUMBERS.astype(np.uint8)), NUMBERS),
    "16 bits": (
        lambda: Image.fromarray((NUMBERS * 1000).astype(np.uint16)),
        NUMBERS * 1000,
    ),
    "black and white": (lambda: Image.fromarray(NUMBERS > 1), NUMBERS > 1),
}


@pytest.mark.parametrize(("make", "expected"), WITH_NUMBERS.values(), ids=WITH_NUMBERS)
def test_numbers_are_kept(tmp_path, make, expected):
    path = tmp_path / "mask.png"
    make().save(path)
    loaded = img_to_array(load_img(path, color_mode="palette"))
    np.testing.assert_array_equal(loaded[..., 0], expected)
    twice = ImageLoader((8, 12), color_mode="palette").transform([path])
    np.testing.assert_array_equal(twice[0, ..., 0], np.kron(expected, np.ones((2, 2))))


def test_what_is_no_number_is_refused(tmp_path, folder):
    mask(NUMBERS).save(tmp_path / "mask.png")
    with pytest.raises(ValueError, match="its mode is 'RGB'"):
        load_img(folder / "rgb.png", color_mode="palette")
    for how in ("bilinear", "lanczos"):
        with pytest.raises(ValueError, match="Give interpolation='nearest'"):
            load_img(tmp_path / "mask.png", color_mode="palette", interpolation=how)
        with pytest.raises(ValueError, match="Give interpolation='nearest'"):
            ImageLoader((2, 2), color_mode="palette", interpolation=how).fit(["a"])


def test_brightness_of_a_palette_is_warned_of(tmp_path):
    path = tmp_path / "mask.png"
    mask(NUMBERS).save(path)
    with pytest.warns(UserWarning, match="mask.png' has a palette"):
        load_img(path, color_mode="grayscale")
    with pytest.warns(UserWarning, match="So it is with 1 more"):
        ImageLoader(None, color_mode="grayscale").transform([path, path])
    load_img(path)  # colours are what they are


@pytest.mark.parametrize(
    "order", [["grey.png", "grey16.png"], ["grey16.png", "grey.png"]]
)
def test_pictures_of_several_depths_are_warned_of(folder, order):
    loader = ImageLoader(None, color_mode="grayscale", root=folder)
    with pytest.warns(UserWarning, match="grey.png' has values up to 255 and .*16.png"):
        loader.transform(order)
    loader.transform(order[:1])
