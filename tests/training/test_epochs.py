"""Epochs, and the hooks of callbacks around them."""

import keras
import pytest

from sk_keras import KerasClassifier
from tests.builders import dense_classifier


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_hooks_around_validation_are_called(iris, engine):
    class Hooks(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.calls = []

        def on_test_begin(self, logs=None):
            self.calls.append("begin")

        def on_test_end(self, logs=None):
            self.calls.append("end")

    X, y = iris
    e = KerasClassifier(
        dense_classifier, epochs=2, engine=engine, callbacks=Hooks, validation_split=0.2
    ).fit(X, y)
    assert e.callbacks_["0"].calls == ["begin", "end"] * 2
