"""What displays are given that they cannot draw."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from sk_keras import KerasAutoencoder, KerasAutoencoderDetector
from sk_keras.inspection import (
    LatentSpaceDisplay,
    ManifoldDisplay,
    ReconstructionDisplay,
    search_history,
)

pytest.importorskip("matplotlib").use("Agg")

X = np.random.RandomState(0).rand(20, 9)
CODES = np.random.RandomState(0).rand(20, 2)
KINDS = np.arange(20) % 2


@pytest.fixture(scope="module")
def plain():
    return KerasAutoencoder(encoding_dim=2, epochs=1, random_state=0).fit(X)


@pytest.mark.parametrize("ax", [3, "x"])
def test_axes_that_are_none(plain, ax):
    for draw in (
        lambda: LatentSpaceDisplay(CODES).plot(ax=ax),
        lambda: ManifoldDisplay(np.ones((4, 3, 3))).plot(ax=ax),
        lambda: ReconstructionDisplay.from_estimator(plain, X, ax=ax),
    ):
        with pytest.raises(TypeError, match="ax must be matplotlib Axes"):
            draw()


@pytest.mark.parametrize("name", ["c", "color", "label"])
def test_colours_and_labels_are_those_of_y(name):
    assert LatentSpaceDisplay(CODES).plot(**{name: "red"}).points_
    for y in (KINDS, np.linspace(0, 1, 20)):
        with pytest.raises(TypeError, match=f"{name} was given, and y gives"):
            LatentSpaceDisplay(CODES, y).plot(**{name: "red"})


def test_codes_of_no_known_distribution(plain):
    with pytest.raises(ValueError, match="codes of 'dense' do not follow"):
        ManifoldDisplay.from_estimator(plain)


@pytest.mark.slow
def test_searches_over_detectors():
    detector = KerasAutoencoderDetector(KerasAutoencoder(encoding_dim=2, epochs=1))
    search = GridSearchCV(
        detector, {"contamination": [0.1, 0.2]}, cv=2, scoring=lambda e, X, y=None: 1.0
    )
    with pytest.raises(TypeError, match="no fits inside a KerasAutoencoderDetector"):
        search_history(search.fit(X))
