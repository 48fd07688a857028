"""Loaders of public data sets, on small files of the same formats."""

import gzip
import json
import os
import pickle
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from sk_keras import KerasClassifier
from sk_keras.data import (
    fetch_cifar10,
    fetch_cifar100,
    fetch_fashion_mnist,
    fetch_imdb,
    fetch_mnist,
    fetch_reuters,
)

RNG = np.random.RandomState(0)
#: Rows of the training and of the test set.
N = {"train": 6, "test": 4}
GREY = {
    part: RNG.randint(256, size=(n, 28, 28)).astype("uint8") for part, n in N.items()
}
LABELS = {part: RNG.randint(10, size=n).astype("uint8") for part, n in N.items()}
#: Ranks of words, and reviews of them.
WORDS = {word: i + 1 for i, word in enumerate("the a film good bad so it was".split())}


def reviews(n):
    return [
        RNG.randint(1, len(WORDS) + 1, RNG.randint(1, 9)).tolist() for _ in range(n)
    ]


def objects(rows):
    array = np.empty(len(rows), dtype=object)
    for i, row in enumerate(rows):
        array[i] = row
    return array


REVIEWS = {part: reviews(4 * n) for part, n in N.items()}
SENTIMENTS = {part: RNG.randint(2, size=4 * n) for part, n in N.items()}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder for data; nothing is downloaded."""

    import keras

    def refuse(*args, **kwargs):
        raise OSError("URL fetch failure")

    monkeypatch.setattr(keras.utils, "get_file", refuse)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path


def write_mnist(home):
    arrays = {f"x_{part}": GREY[part] for part in N}
    np.savez(home / "mnist.npz", **arrays, **{f"y_{p}": LABELS[p] for p in N})


def idx(array):
    header = np.array([8 * 256 + array.ndim, *array.shape], ">u4")
    return header.tobytes() + array.tobytes()


def write_fashion(home, folder="fashion-mnist", packed=True):
    (home / folder).mkdir(exist_ok=True)
    for part, short in (("train", "train"), ("test", "t10k")):
        for name, array in (("images-idx3", GREY[part]), ("labels-idx1", LABELS[part])):
            content = gzip.compress(idx(array)) if packed else idx(array)
            end = ".gz" if packed else ""
            (home / folder / f"{short}-{name}-ubyte{end}").write_bytes(content)


def planes(part, n=None):
    rng = np.random.RandomState(len(part))
    return rng.randint(256, size=(n or N[part], 3072)).astype("uint8")


def cifar_files(kind):
    """Make the content of CIFAR's files, pickled as by Python 2."""
    if kind == 10:
        files = {
            f"data_batch_{i}": {b"data": planes("train") + i, b"labels": [i] * 6}
            for i in range(1, 6)
        }
        files["test_batch"] = {b"data": planes("test"), b"labels": [9, 8, 7, 6]}
        names = [f"kind {i}".encode() for i in range(10)]
        files["batches.meta"] = {b"label_names": names, b"num_vis": 3072}
    else:
        files = {
            part: {
                b"data": planes(part),
                b"fine_labels": [*range(N[part])],
                b"coarse_labels": [0] * N[part],
            }
            for part in N
        }
        files["meta"] = {
            b"fine_label_names": [f"fine {i}".encode() for i in range(100)],
            b"coarse_label_names": [f"coarse {i}".encode() for i in range(20)],
        }
    return {name: pickle.dumps(value, protocol=2) for name, value in files.items()}


FOLDERS = {10: "cifar-10-batches-py", 100: "cifar-100-python"}


def write_cifar(home, kind, *, archive=None, inside=""):
    folder = home / inside / FOLDERS[kind]
    folder.mkdir(parents=True)
    for name, content in cifar_files(kind).items():
        (folder / name).write_bytes(content)
    if archive:
        with tarfile.open(home / archive, "w:gz") as tar:
            tar.add(folder, arcname=folder.name)
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def write_imdb(home):
    arrays = {f"x_{part}": objects(REVIEWS[part]) for part in N}
    np.savez(home / "imdb.npz", **arrays, **{f"y_{p}": SENTIMENTS[p] for p in N})
    (home / "imdb_word_index.json").write_text(json.dumps(WORDS))


def write_reuters(home):
    x, y = objects(REVIEWS["train"]), SENTIMENTS["train"] + 44
    np.savez(home / "reuters.npz", x=x, y=y)
    (home / "reuters_word_index.json").write_text(json.dumps(WORDS))


# --- images ----------------------------------------------------------------


def joined(parts, subset):
    chosen = ["train", "test"] if subset == "all" else [subset]
    return np.concatenate([parts[part] for part in chosen])


@pytest.mark.parametrize("subset", ["train", "test", "all"])
@pytest.mark.parametrize(
    ("fetch", "write", "names"),
    [(fetch_mnist, write_mnist, "0"), (fetch_fashion_mnist, write_fashion, "T-shirt")],
    ids=["mnist", "fashion"],
)
def test_grey_images(home, fetch, write, names, subset):
    write(home)
    got = fetch(subset=subset, data_home=home)
    images, target = joined(GREY, subset), joined(LABELS, subset)
    np.testing.assert_array_equal(got.images, images)
    np.testing.assert_array_equal(got.data, images.reshape(len(images), -1))
    np.testing.assert_array_equal(got.target, target)
    assert got.images.dtype == np.uint8
    assert got.target.dtype == np.int64
    assert got.target_names[0].startswith(names)
    assert len(got.target_names) == 10
    assert got.feature_names[29] == "pixel_1_1"
    assert got.frame is None
    assert "28 x 28" in got.DESCR
    X, y = fetch(subset=subset, data_home=str(home), return_X_y=True)
    np.testing.assert_array_equal(X, got.data)
    np.testing.assert_array_equal(y, got.target)


def test_the_training_set_is_the_default(home):
    write_mnist(home)
    assert len(fetch_mnist(data_home=home).data) == N["train"]


@pytest.mark.parametrize(
    "form",
    [{}, {"folder": ""}, {"packed": False}, {"folder": "", "packed": False}],
    ids=["Keras", "flat", "unpacked", "flat-unpacked"],
)
def test_forms_of_fashion_mnist(home, form):
    write_fashion(home, **form)
    np.testing.assert_array_equal(
        fetch_fashion_mnist(data_home=home).images, GREY["train"]
    )


@pytest.mark.parametrize("kind", [10, 100])
@pytest.mark.parametrize("form", ["folder", "archive", "keras", "keras-archive"])
def test_colour_images(home, kind, form):
    fetch = {10: fetch_cifar10, 100: fetch_cifar100}[kind]
    target = f"{FOLDERS[kind]}-target"
    where = {
        "folder": {},
        "archive": {"archive": f"cifar-{kind}-python.tar.gz"},
        "keras": {"inside": target},
        "keras-archive": {"archive": f"{target}_archive"},
    }
    write_cifar(home, kind, **where[form])
    got = fetch(subset="test", data_home=home)
    expected = planes("test").reshape(-1, 3, 32, 32)
    for channel in range(3):
        np.testing.assert_array_equal(got.images[..., channel], expected[:, channel])
    np.testing.assert_array_equal(got.data, got.images.reshape(4, -1))
    assert got.target.tolist() == ([9, 8, 7, 6] if kind == 10 else [0, 1, 2, 3])
    assert got.target_names[3] == {10: "kind 3", 100: "fine 3"}[kind]
    assert got.feature_names[:4] == [
        "pixel_0_0_red",
        "pixel_0_0_green",
        "pixel_0_0_blue",
        "pixel_0_1_red",
    ]
    n_train = 30 if kind == 10 else 6
    assert len(fetch(data_home=home).target) == n_train
    both = fetch(subset="all", data_home=home)
    np.testing.assert_array_equal(both.images[n_train:], got.images)


def test_coarse_labels(home):
    write_cifar(home, 100)
    got = fetch_cifar100(label_mode="coarse", data_home=home)
    assert set(got.target) == {0}
    assert got.target_names[1] == "coarse 1"
    assert len(got.target_names) == 20


def test_images_as_a_table(home):
    write_mnist(home)
    got = fetch_mnist(data_home=home, as_frame=True)
    assert list(got.frame) == [*got.feature_names, "target"]
    assert got.frame["pixel_3_4"].tolist() == GREY["train"][:, 3, 4].tolist()
    X, y = fetch_mnist(data_home=home, as_frame=True, return_X_y=True)
    assert X.shape == (6, 784)
    assert y.name == "target"


@pytest.mark.slow
def test_images_train_a_network(home):
    write_mnist(home)
    digits = fetch_mnist(data_home=home)
    e = KerasClassifier("cnn", filters=(2,), hidden=2, epochs=1)
    assert e.fit(digits.images, digits.target).predict(digits.images).shape == (6,)


# --- texts -----------------------------------------------------------------

OPTIONS = {
    "default": {"num_words": 100},
    "num_words": {"num_words": 7},
    "skip_top": {"num_words": 9, "skip_top": 5},
    "maxlen": {"num_words": 100, "maxlen": 6},
    "no-start": {"num_words": 9, "start_char": None},
    "no-oov": {"num_words": 8, "skip_top": 4, "oov_char": None},
    "bare": {"num_words": 9, "start_char": None, "index_from": 0},
    "other": {"num_words": 20, "start_char": 5, "oov_char": 6, "index_from": 8},
}


def as_keras(kind, home, monkeypatch, seed=113, **options):
    """Load the same files by Keras, whose cache they are for the moment."""
    from keras.src.datasets import imdb, reuters

    module = {"imdb": imdb, "reuters": reuters}[kind]
    path = str(home / f"{kind}.npz")
    monkeypatch.setattr(module, "get_file", lambda **kwargs: path)
    return module.load_data(seed=seed, **options)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize(
    ("kind", "fetch", "write"),
    [("imdb", fetch_imdb, write_imdb), ("reuters", fetch_reuters, write_reuters)],
    ids=["imdb", "reuters"],
)
def test_texts_as_keras_has_them(home, monkeypatch, kind, fetch, write, options):
    write(home)
    expected = as_keras(kind, home, monkeypatch, **options)
    for subset, (x, y) in zip(("train", "test"), expected, strict=True):
        got = fetch(subset=subset, data_home=home, **options)
        assert list(got.data) == list(x)
        assert got.target.tolist() == list(y)
        assert got.data.dtype == object
    both = fetch(subset="all", data_home=home, **options)
    assert list(both.data) == [*expected[0][0], *expected[1][0]]
    other = as_keras(kind, home, monkeypatch, seed=5, **options)[1]
    got = fetch(subset="test", random_state=5, data_home=home, **options)
    assert list(got.data) == list(other[0])


def test_a_share_of_the_news_for_tests(home, monkeypatch):
    write_reuters(home)
    options = {"test_split": 0.5, "num_words": 100}
    (x, _), (x_test, _) = as_keras("reuters", home, monkeypatch, **options)
    assert list(fetch_reuters(test_split=0.5, data_home=home).data) == list(x)
    got = fetch_reuters(test_split=0.5, data_home=home, subset="test")
    assert list(got.data) == list(x_test)
    assert len(got.target_names) == 46
    assert got.target_names[3] == "earn"


def test_all_words_are_kept_unless_it_is_said(home):
    write_imdb(home)
    # Keras cuts out the last word: its default is the largest integer.
    most = max(map(max, fetch_imdb(subset="all", data_home=home).data))
    assert most == len(WORDS) + 3


def test_words_have_the_integers_of_the_data(home):
    write_imdb(home)
    got = fetch_imdb(data_home=home)
    assert got.word_index["the"] == 4
    assert list(got.target_names) == ["negative", "positive"]
    texts = fetch_imdb(data_home=home, as_text=True)
    for text, row in zip(texts.data, got.data, strict=True):
        assert [got.word_index[word] for word in text.split()] == row[1:]
    assert texts.target.tolist() == got.target.tolist()
    few = fetch_imdb(data_home=home, as_text=True, num_words=6).data
    assert {word for text in few for word in text.split()} == {"the", "a"}
    # Without an offset, the words of ranks 1 and 2 are not to be told.
    bare = {"index_from": 0, "start_char": None, "oov_char": None}
    plain = fetch_imdb(data_home=home, as_text=True, **bare).data
    assert list(plain) == list(texts.data)


def test_texts_of_one_length(home):
    rows = objects([[1, 2], [3, 4]])
    np.savez(home / "reuters.npz", x=rows, y=np.array([0, 1]))
    X, y = fetch_reuters(subset="all", data_home=home, return_X_y=True)
    assert X.shape == (2,)
    assert sorted(X) == [[1, 4, 5], [1, 6, 7]]


@pytest.mark.slow
def test_texts_train_a_network(home):
    write_imdb(home)
    X, y = fetch_imdb(data_home=home, return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0, stratify=y)
    e = KerasClassifier("fasttext", embedding_dim=2, epochs=1).fit(X, y)
    assert e.predict(X_test).shape == y_test.shape


# --- files that are not there, or broken -----------------------------------

FILES = {
    fetch_mnist: "mnist.npz",
    fetch_fashion_mnist: "fashion-mnist/train-images-idx3-ubyte.gz",
    fetch_cifar10: "cifar-10-python.tar.gz",
    fetch_cifar100: "cifar-100-python.tar.gz",
    fetch_imdb: "imdb.npz",
    fetch_reuters: "reuters.npz",
}
each_loader = pytest.mark.parametrize(
    ("fetch", "file"), FILES.items(), ids=[f.__name__ for f in FILES]
)


@pytest.mark.parametrize("given", [True, False], ids=["folder", "default"])
@pytest.mark.parametrize("download", [True, False], ids=["offline", "not-asked"])
@each_loader
def test_a_missing_file(home, fetch, file, download, given):
    folder = home / "data" if given else home / "keras" / "datasets"
    with pytest.raises(OSError) as caught:
        fetch(data_home=folder if given else None, download_if_missing=download)
    message = str(caught.value)
    assert f"put it at {folder / file}," in message
    assert f"/{Path(file).name}" in message.split("Download https://")[1].split()[0]
    assert ("URL fetch failure" in message) == download
    assert ("download_if_missing is False" in message) != download


def test_words_are_asked_for_where_they_are_needed(home):
    write_imdb(home)
    (home / "imdb_word_index.json").unlink()
    assert len(fetch_imdb(data_home=home, return_X_y=True)[0]) == 24
    for wanted in ({}, {"as_text": True, "return_X_y": True}):
        with pytest.raises(OSError, match="put it at .*imdb_word_index.json"):
            fetch_imdb(data_home=home, **wanted)


def test_a_download(home, monkeypatch):
    import keras

    asked = []

    def get_file(fname, origin, file_hash, cache_subdir):
        asked.append((fname, origin, len(file_hash)))
        write_mnist(Path(cache_subdir))

    monkeypatch.setattr(keras.utils, "get_file", get_file)
    for _ in range(2):
        assert len(fetch_mnist(data_home=home / "new").data) == N["train"]
    url = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
    assert asked == [("mnist.npz", url, 64)]


def test_a_download_that_fails_leaves_nothing(home, monkeypatch):
    import keras

    def get_file(fname, origin, file_hash, cache_subdir):
        Path(cache_subdir, fname).write_bytes(b"half")
        raise ValueError("Incomplete or corrupted file detected.")

    monkeypatch.setattr(keras.utils, "get_file", get_file)
    with pytest.raises(OSError, match="Incomplete or corrupted"):
        fetch_mnist(data_home=home)
    assert not (home / "mnist.npz").exists()


@each_loader
@pytest.mark.parametrize("content", [b"", b"<html>not found</html>"], ids=len)
def test_a_broken_file(home, fetch, file, content):
    (home / file).parent.mkdir(exist_ok=True)
    (home / file).write_bytes(content)
    with pytest.raises(ValueError, match=f"{file} cannot be read.*Remove it"):
        fetch(data_home=home)


def test_a_cut_file(home):
    write_mnist(home)
    content = (home / "mnist.npz").read_bytes()
    (home / "mnist.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="mnist.npz cannot be read as MNIST"):
        fetch_mnist(data_home=home)


def test_a_file_with_other_arrays(home):
    np.savez(home / "mnist.npz", a=np.ones(3))
    with pytest.raises(ValueError, match="mnist.npz cannot be read as MNIST.*x_train"):
        fetch_mnist(data_home=home)


def damaged(content):
    """Turn bits of a compressed file."""
    content = bytearray(content)
    for at in range(len(content) // 3, len(content) // 2):
        content[at] ^= 255
    return bytes(content)


@pytest.mark.parametrize(
    ("fetch", "write", "file"),
    [
        (fetch_mnist, write_mnist, "mnist.npz"),
        (fetch_fashion_mnist, write_fashion, FILES[fetch_fashion_mnist]),
        (
            fetch_cifar10,
            lambda home: write_cifar(home, 10, archive=FILES[fetch_cifar10]),
            FILES[fetch_cifar10],
        ),
    ],
    ids=["mnist", "fashion", "cifar"],
)
def test_a_damaged_file(home, fetch, write, file):
    write(home)
    if file == "mnist.npz":
        arrays = dict(np.load(home / file))
        np.savez_compressed(home / file, **arrays)  # as the real one is
    (home / file).write_bytes(damaged((home / file).read_bytes()))
    with pytest.raises(ValueError, match=f"{file} cannot be read.*Remove it"):
        fetch(data_home=home)


@pytest.mark.parametrize("error", [MemoryError(), PermissionError(13, "denied", "it")])
def test_errors_that_are_not_the_files(home, monkeypatch, error):
    def fail(*args):
        raise error

    write_mnist(home)
    monkeypatch.setattr("zipfile.ZipFile", fail)
    with pytest.raises(type(error)) as caught:
        fetch_mnist(data_home=home)
    assert caught.value is error


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (LABELS["train"], LABELS["train"], "it has no images, but an array of sh"),
        (GREY["train"], GREY["train"], "it has no label for each image, but an arr"),
        (GREY["test"], LABELS["train"], "it has 4 images, but 6 labels"),
    ],
    ids=["labels", "images", "fewer"],
)
def test_files_that_took_each_others_place(home, images, labels, message):
    write_fashion(home)
    folder = home / "fashion-mnist"
    for name, array in (("images-idx3", images), ("labels-idx1", labels)):
        path = folder / f"train-{name}-ubyte.gz"
        path.write_bytes(gzip.compress(idx(array)))
    with pytest.raises(ValueError, match=f"ubyte.gz cannot be .*MNIST: {message}"):
        fetch_fashion_mnist(data_home=home)


@pytest.mark.parametrize(
    ("fetch", "names"), [(fetch_imdb, ("x_train", "y_train")), (fetch_reuters, "xy")]
)
@pytest.mark.parametrize("n", [3, 5])
def test_texts_and_labels_of_other_numbers(home, fetch, names, n):
    write_imdb(home)
    write_reuters(home)
    path = home / FILES[fetch]
    arrays = dict(np.load(path, allow_pickle=True))
    rows, labels = objects([[1, 2]] * 4), np.zeros(n)
    arrays.update(zip(names, (rows, labels), strict=True))
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=f"cannot be read.* 4 texts, but {n} labels"):
        fetch(data_home=home)


def test_a_folder_that_is_a_file(home):
    (home / "data").write_text("")
    with pytest.raises(OSError, match="downloading it failed.*name the folder"):
        fetch_imdb(data_home=home / "data")


class Runs:
    def __reduce__(self):
        return (os.mkdir, ("ran",))


def test_files_run_no_code(home, monkeypatch):
    monkeypatch.chdir(home)
    x = objects([[1], Runs()])
    np.savez(home / "reuters.npz", x=x, y=np.zeros(2))
    folder = home / FOLDERS[10]
    folder.mkdir()
    for name in cifar_files(10):
        (folder / name).write_bytes(pickle.dumps({b"data": Runs()}, protocol=2))
    for fetch in (fetch_reuters, fetch_cifar10):
        with pytest.raises(ValueError, match="cannot be read.*refers to .*mkdir"):
            fetch(data_home=home)
    assert not (home / "ran").exists()


@pytest.mark.parametrize(
    ("fetch", "given", "message"),
    [
        (fetch_mnist, {"subset": "valid"}, "subset must be one of 'train', 'test'"),
        (fetch_fashion_mnist, {"subset": None}, "subset must be one of"),
        (fetch_cifar10, {"subset": "Train"}, "subset must be one of"),
        (fetch_cifar100, {"label_mode": "both"}, "label_mode must be one of 'fine'"),
        (fetch_imdb, {"subset": "dev"}, "subset must be one of"),
        (fetch_imdb, {"num_words": 0}, "num_words must be an integer of at least 1 or"),
        (fetch_imdb, {"num_words": "5"}, "num_words must be an integer.*Got '5'"),
        (
            fetch_imdb,
            {"skip_top": -1},
            "skip_top must be an integer of at least 0. Got",
        ),
        (
            fetch_imdb,
            {"skip_top": None},
            "skip_top must be an integer of at least 0. G",
        ),
        (fetch_imdb, {"maxlen": True}, "maxlen must be an integer"),
        (fetch_imdb, {"maxlen": 1}, "No text is shorter than maxlen=1. The shortest h"),
        (fetch_reuters, {"index_from": 1.5}, "index_from must be an integer"),
        (fetch_reuters, {"test_split": 2}, "test_split must be between 0 and 1. Got 2"),
        (fetch_reuters, {"test_split": "0.2"}, "test_split must be .* Got '0.2'"),
    ],
)
def test_options_that_are_none(home, fetch, given, message):
    write_imdb(home)
    with pytest.raises(ValueError, match=message):
        fetch(data_home=home, **given)


@pytest.mark.slow
def test_the_loaders_do_without_tensorflow():
    code = (
        "import sys, sk_keras.data as d; d.fetch_mnist, d.fetch_imdb, d.fetch_cifar10;"
        "bad = {'tensorflow', 'keras', 'PIL'} & set(sys.modules);"
        "assert not bad, bad; assert set(d.__all__) <= set(dir(d))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(
    "SK_KERAS_DATA" not in os.environ,
    reason="SK_KERAS_DATA names no folder with mnist.npz",
)
def test_the_real_mnist():
    digits = fetch_mnist(subset="all", data_home=os.environ["SK_KERAS_DATA"])
    assert digits.images.shape == (70_000, 28, 28)
    assert digits.target[:5].tolist() == [5, 0, 4, 1, 9]
