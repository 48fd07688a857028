"""Callbacks of the user: what may be one, and a new one for each fit."""

import keras
import pytest

from sk_keras import KerasClassifier
from tests.builders import dense_classifier
from tests.errors import classifying, refused

EarlyStopping = keras.callbacks.EarlyStopping


@pytest.mark.parametrize(
    ("value", "came"),
    [
        (3, "Got 3"),
        ("early", "Got 'early'"),
        ([3], "Got 3"),
        ([EarlyStopping(), int], "Got <class 'int'>"),
        ({"stop": 3}, "Got 3 .*'stop'"),
        (len, "Got <built-in function len>"),
    ],
    ids=["number", "name", "list", "class", "dict", "function"],
)
def test_callbacks_that_are_none(value, came):
    message = f"callbacks must be Keras callbacks.*{came}"
    refused(classifying(callbacks=value), TypeError, message)


def test_callbacks_of_scikit_learn():
    callback = pytest.importorskip("sklearn.callback").ProgressBar()
    refused(classifying(callbacks=[callback]), TypeError, r"set_callbacks\(")


@pytest.mark.slow
def test_a_callback_may_be_called_early_stopping(cancer, tmp_path):
    X, y = cancer
    log = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    KerasClassifier(
        dense_classifier, epochs=2, early_stopping=2, callbacks={"early_stopping": log}
    ).fit(X, y)
    assert (tmp_path / "log.csv").read_text().count("\n") == 3
