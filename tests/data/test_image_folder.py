"""`load_image_folder`."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sk_keras.data import load_image_folder
from sk_keras.preprocessing import ImageLoader

FILES = (
    "dog/b.png",
    "dog/a.JPG",
    "dog/old/c.png",
    "cat/z.png",
    "ape/1.gif",
)


def picture(path, value=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((6, 5, 3), value, np.uint8)).save(path)


@pytest.fixture
def folder(tmp_path):
    """Three classes, and things that are no pictures."""
    for name in FILES:
        picture(tmp_path / name)
    picture(tmp_path / "dog/._a.png")
    picture(tmp_path / ".trash/x.png")
    picture(tmp_path / "outside.png")
    (tmp_path / "dog/notes.txt").write_text("no picture")
    return tmp_path


def test_what_is_found(folder):
    found = load_image_folder(folder)
    assert found.target_names == ["ape", "cat", "dog"]
    names = ["ape/1.gif", "cat/z.png", "dog/a.JPG", "dog/b.png", "dog/old/c.png"]
    assert list(found.filenames) == [str(Path(name)) for name in names]
    assert list(found.data) == [str(folder / name) for name in names]
    assert found.target.tolist() == [0, 1, 2, 2, 2]
    assert found.target.dtype == np.int64
    assert found.data.dtype.kind == "U"
    X, y = load_image_folder(str(folder), return_X_y=True)
    np.testing.assert_array_equal(X, found.data)
    np.testing.assert_array_equal(y, found.target)
    loaded = ImageLoader((3, 3), root=folder).transform(found.filenames)
    assert loaded.shape == (5, 3, 3, 3)


def test_chosen_classes_and_extensions(folder):
    found = load_image_folder(folder, classes=["dog", "ape"])
    assert found.target_names == ["dog", "ape"]
    assert found.target.tolist() == [0, 0, 0, 1]
    found = load_image_folder(folder, classes=["dog"], extensions={".JPG"})
    assert list(found.filenames) == [str(Path("dog/a.JPG"))]


def spoil(folder):
    """Put a broken picture and a text into the folder."""
    Image.fromarray(
        np.random.default_rng(0).integers(0, 256, (40, 30, 3)).astype(np.uint8)
    ).save(folder / "cat/half.jpg")
    whole = (folder / "cat/half.jpg").read_bytes()
    (folder / "cat/half.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "dog/words.png").write_text("no picture")


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_broken_files(folder, n_jobs):
    good = load_image_folder(folder)
    spoil(folder)
    with pytest.raises(ValueError, match="half.jpg.*truncated.*1 more.*on_error"):
        load_image_folder(folder, n_jobs=n_jobs)
    with pytest.warns(
        UserWarning, match="Left out 2 files.*half.jpg.*words.png"
    ) as caught:
        left = load_image_folder(folder, on_error="skip", n_jobs=n_jobs)
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(left.data, good.data)
    np.testing.assert_array_equal(left.target, good.target)
    everything = load_image_folder(folder, on_error="ignore")
    assert len(everything.data) == len(good.data) + 2


def test_messages_are_sentences(folder):
    (folder / "cat/gone.png").symlink_to(folder / "nowhere.png")
    with pytest.raises(ValueError, match=r"no file '[^']*gone.png'\. Remove such"):
        load_image_folder(folder)
    with pytest.warns(UserWarning, match="Left out 1 file that.*gone.png"):
        load_image_folder(folder, on_error="skip")


def test_looks_at_files_without_converting_them(folder):
    """Nothing is said of 16 bits: ImageLoader knows the colour mode, and warns."""
    wide = np.full((2, 2), 300, np.uint16)
    Image.fromarray(wide).save(folder / "cat/wide.png")
    found = load_image_folder(folder)
    assert str(Path("cat/wide.png")) in found.filenames


def test_many_broken_files_are_not_all_named(folder):
    for i in range(12):
        (folder / f"cat/{i:02}.png").write_text("no picture")
    with pytest.warns(UserWarning, match="12 files.*09.png and others"):
        load_image_folder(folder, on_error="skip")


@pytest.mark.parametrize("on_error", ["raise", "skip", "ignore"])
def test_classes_without_pictures(folder, on_error):
    (folder / "bee").mkdir()
    with pytest.warns(UserWarning, match=r"no pictures of the classes \['bee'\]"):
        found = load_image_folder(folder, on_error=on_error)
    assert found.target_names == ["ape", "bee", "cat", "dog"]
    assert found.target.tolist() == [0, 2, 3, 3, 3]


BAD = {
    "no folder": ({"path": "nowhere"}, FileNotFoundError, "nowhere"),
    "a file": ({"path": "outside.png"}, NotADirectoryError, "outside.png"),
    "flat": ({"path": "dog/old"}, ValueError, "There are no folders in"),
    "no picture": ({"extensions": [".bmp"]}, ValueError, r"no pictures.*\['.bmp'\]"),
    "unknown class": (
        {"classes": ["cat", "cow"]},
        FileNotFoundError,
        r"\['cow'\].*\['ape', 'cat', 'dog'\]",
    ),
    "twice": ({"classes": ["cat", "cat"]}, ValueError, "different"),
    "no class": ({"classes": []}, ValueError, "at least one"),
    "one word": ({"classes": "cat"}, TypeError, "list of str"),
    "one extension": ({"extensions": ".png"}, TypeError, "extensions must be a list"),
    "on_error": ({"on_error": "warn"}, ValueError, "on_error must be"),
}


@pytest.mark.parametrize("how, error, match", BAD.values(), ids=BAD)
def test_refused(folder, how, error, match):
    how = dict(how)
    path = folder / how.pop("path", "")
    with pytest.raises(error, match=match):
        load_image_folder(path, **how)


def test_file_names_go_through_cross_validation(tmp_path):
    for i, name in itertools.product(range(8), ["dark", "light"]):
        picture(tmp_path / name / f"{i}.png", value=i + 100 * (name == "light"))
    found = load_image_folder(tmp_path)
    flat = FunctionTransformer(lambda images: images.reshape(-1, 12))
    pipe = make_pipeline(ImageLoader((2, 2)), flat, RidgeClassifier())
    scores = cross_val_score(pipe, found.data, found.target, cv=4, error_score="raise")
    assert scores.mean() == 1
