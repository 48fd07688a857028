"""The guides' example of a text file, read by a generator, through the estimator."""

import keras
import numpy as np
import pytest
from keras import layers

from sk_keras import KerasClassifier

pytestmark = pytest.mark.slow

#: Two inputs in a row, and a label that is one-hot already.
ROWS = """\
1 2 0 1
2 3 1 0
1 3 0 1
1 4 0 1
2 4 1 0
2 5 1 0
"""
X_VALID = np.array([[1, 2], [2, 3]])
Y_VALID = np.array([[0, 1], [1, 0]])


def build():
    return keras.Sequential(
        [
            layers.Input((2,)),
            layers.Dense(1000, activation="relu"),
            layers.Dense(2, activation="softmax"),
        ]
    )


class Reader:
    """Reads the file anew for every batch, and counts."""

    def __init__(self, path):
        self.path = path
        self.count = 0

    def batches(self):
        while True:
            rows = np.loadtxt(self.path, delimiter=" ", dtype="int")
            self.count += 1
            yield rows[:, :2], rows[:, 2:]


@pytest.fixture
def reader(tmp_path):
    path = tmp_path / "rows.txt"
    path.write_text(ROWS)
    return Reader(path)


@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_a_text_file_read_by_a_generator(reader, engine):
    classifier = KerasClassifier(
        build,
        optimizer="sgd",
        loss="categorical_crossentropy",
        metrics=["accuracy"],
        epochs=2,
        fit__steps_per_epoch=10,
        engine=engine,
        random_state=0,
    )
    classifier.fit(reader.batches(), validation_data=(X_VALID, Y_VALID))
    # The guide's queue runs ahead of the training; here no batch is read in vain.
    assert reader.count == 20
    assert classifier.engine_.startswith("compiled" if engine == "auto" else "keras")

    history = classifier.history_
    # The guide has 0.6960 and 0.6766, in validation 0.6794 and 0.6662: from the
    # chance of two labels, 0.69, downwards.
    assert 0.6 < history["loss"][0] < 0.75
    assert history["loss"][1] < history["loss"][0]
    assert history["val_loss"][1] < history["val_loss"][0]
    assert min(history["accuracy"]) >= 0.4

    labels = classifier.predict(X_VALID)
    probabilities = classifier.predict_proba(X_VALID)
    assert labels.shape == probabilities.shape == (2, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(labels.argmax(axis=1), probabilities.argmax(axis=1))


def test_the_text_file_is_learned_in_the_end(reader):
    classifier = KerasClassifier(
        build, optimizer__learning_rate=0.01, epochs=10, random_state=0
    )
    classifier.fit(reader.batches(), steps_per_epoch=20)
    rows = np.loadtxt(reader.path, dtype="int")
    assert reader.count == 200
    np.testing.assert_array_equal(classifier.predict(rows[:, :2]), rows[:, 2:])
