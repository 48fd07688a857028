"""Batches of pictures that stay in their files, beside those of pictures in memory."""

import numpy as np
import pandas as pd
import pytest

from sk_keras import KerasClassifier
from sk_keras.data import load_image_folder
from sk_keras.preprocessing import (
    ImageAugmenter,
    ImageLoader,
    ImageStandardizer,
    array_to_img,
)
from sk_keras.preprocessing._image import loader as loader_module

pytest.importorskip("PIL")

CHANGES = {"rotation_range": 30, "horizontal_flip": True, "width_shift_range": 0.2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("pets")
    rng = np.random.RandomState(0)
    for i in range(11):
        name = root / ("cat", "dog")[i % 2] / f"{i:02}.png"
        name.parent.mkdir(exist_ok=True)
        pixels = rng.randint(0, 120, (8, 8, 3)) + 120 * (i % 2)
        array_to_img(pixels, scale=False).save(name)
    return load_image_folder(root)


@pytest.fixture
def loader():
    return ImageLoader((6, 6), color_mode="grayscale")


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("form", ["array", "list", "Series", "DataFrame"])
def test_equal_to_those_in_memory(folder, loader, shuffle, form):
    names = {
        "array": folder.data,
        "list": folder.data.tolist(),
        "Series": pd.Series(folder.data, index=range(11, 0, -1)),
        "DataFrame": pd.DataFrame({"file": folder.data}),
    }[form]
    weight = np.linspace(0, 1, 11)
    how = {"batch_size": 4, "shuffle": shuffle, "sample_weight": weight}
    augmenter = ImageAugmenter(**CHANGES, random_state=0)
    images = loader.fit_transform(folder.data)
    of_files = augmenter.flow(names, folder.target, loader=loader, **how)
    in_memory = augmenter.flow(images, folder.target, **how)
    assert len(of_files) == len(in_memory) == 3
    for _ in range(2):  # epochs
        for got, expected in zip(of_files, in_memory, strict=True):
            for a, b in zip(got, expected, strict=True):
                np.testing.assert_array_equal(a, b)


def test_a_batch_is_in_memory_at_a_time(folder, loader, monkeypatch):
    read = []
    own = loader_module.read
    monkeypatch.setattr(
        loader_module, "read", lambda path: read.append(path) or own(path)
    )
    batches = ImageAugmenter().flow(folder.data, folder.target, 4, loader=loader)
    assert len(read) == 1  # whose shape is that of all
    batches[0]
    assert len(read) == 5


@pytest.mark.slow
def test_estimators_take_them(folder, loader):
    labels = np.array(folder.target_names)[folder.target]
    augmenter = ImageAugmenter(**CHANGES, random_state=0)
    train = augmenter.flow(folder.data, labels, 4, loader=loader)
    as_they_are = ImageAugmenter()
    test = as_they_are.flow(folder.data, labels, 4, loader=loader, shuffle=False)
    e = KerasClassifier("cnn", filters=(4,), hidden=0, epochs=20, random_state=0)
    e.set_params(optimizer__learning_rate=0.01)
    e.fit(train, classes=["cat", "dog"], validation_data=test)
    assert e.score(test) > 0.7
    images = loader.fit_transform(folder.data)
    assert e.score(images, labels) == pytest.approx(e.score(test))
    names = as_they_are.flow(folder.data, batch_size=4, loader=loader, shuffle=False)
    np.testing.assert_array_equal(e.predict(names), e.predict(images))


def test_what_is_refused(folder, loader, tmp_path):
    flow = ImageAugmenter(**CHANGES).flow
    with pytest.raises(TypeError, match="loader must be an ImageLoader, an object"):
        flow(folder.data, loader=ImageLoader)
    with pytest.raises(FileNotFoundError, match="There is no file"):
        flow(["nothing.png"], loader=loader)
    array_to_img(np.zeros((4, 9, 3))).save(tmp_path / "wide.png")
    names = [folder.data[0], tmp_path / "wide.png"]
    batches = flow(names, batch_size=1, shuffle=False, loader=ImageLoader(None))
    with pytest.raises(ValueError, match="different sizes.*target_size"):
        list(batches)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        flow(folder.data, folder.target[1:], loader=loader)


def test_statistics_of_changed_pictures(folder, loader):
    """A standardizer learns from what training shows."""
    images = loader.fit_transform(folder.data)
    augmenter = ImageAugmenter(**CHANGES, random_state=0)
    rounds = np.concatenate([augmenter.augment(images) for _ in range(3)])
    scaler = ImageStandardizer(featurewise_center=True).fit(rounds)
    np.testing.assert_allclose(scaler.mean_.ravel(), rounds.mean(), rtol=1e-5)
