"""Monitors of callbacks, and what is logged."""

import warnings

import keras
import pytest

from sk_keras import KerasClassifier
from tests.builders import dense_classifier
from tests.errors import KIND, X, classifying, refused

EarlyStopping = keras.callbacks.EarlyStopping


LOGGED = r"Logged are \["


@pytest.mark.slow
@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {
                "callbacks": EarlyStopping(monitor="val_acc"),
                "metrics": ["accuracy"],
                "validation_split": 0.25,
            },
            r"EarlyStopping monitors 'val_acc'.*Did you mean 'val_accuracy'\?.*"
            + LOGGED,
        ),
        (
            {"callbacks": EarlyStopping(monitor="acc"), "metrics": ["accuracy"]},
            r"monitors 'acc'.*Did you mean 'accuracy'\?.*" + LOGGED,
        ),
        (
            {
                "callbacks": EarlyStopping,
                "callbacks__monitor": "val_los",
                "validation_split": 0.25,
            },
            r"monitors 'val_los'.*Did you mean 'val_loss'\?",
        ),
        (
            {
                "callbacks": [
                    keras.callbacks.ReduceLROnPlateau(monitor="val_accuracy")
                ],
                "validation_split": 0.25,
            },
            r"ReduceLROnPlateau monitors 'val_accuracy'.*metrics=\['accuracy'\]",
        ),
        ({"callbacks": EarlyStopping(monitor="f1")}, "monitors 'f1'.*" + LOGGED),
        (
            {"callbacks": EarlyStopping()},
            "EarlyStopping monitors 'val_loss'.*no validation data.*validation_split",
        ),
        (
            {"callbacks": {"stop": EarlyStopping(monitor="val_accuracy", mode="max")}},
            "monitors 'val_accuracy'.*no validation data",
        ),
    ],
    ids=[
        "val_acc",
        "acc",
        "routed",
        "no-metrics",
        "never-logged",
        "no-validation",
        "no-validation-mode",
    ],
)
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_monitors(params, message, engine):
    # Keras warns at every epoch and trains on; see P12 and P13.
    call = classifying(epochs=3, engine=engine, run_eagerly=True, **params)
    refused(call, ValueError, message)


@pytest.mark.slow
def test_monitors_that_the_validation_set_in_fit_serves():
    e = KerasClassifier(
        dense_classifier,
        metrics=["accuracy"],
        epochs=1,
        callbacks=EarlyStopping(monitor="val_accuracy", mode="max"),
    )
    assert "val_accuracy" in e.fit(X, KIND, X_val=X, y_val=KIND).history_


class Both(keras.metrics.Metric):
    """Two figures by name."""

    def __init__(self, name="both", **kwargs):
        super().__init__(name=name, **kwargs)
        self.rows = self.add_weight(name="rows", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count rows."""
        self.rows.assign_add(keras.ops.cast(keras.ops.shape(y_true)[0], "float32"))

    def result(self):
        """Return the number of rows, and twice that."""
        return {"rows": self.rows.value, "twice": 2 * self.rows.value}


@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_several_values_of_a_metric_are_entries_of_their_own(iris, engine):
    X, y = iris
    e = KerasClassifier(
        dense_classifier,
        metrics=[keras.metrics.F1Score(average=None), Both],
        epochs=2,
        validation_split=0.4,
        random_state=0,
        callbacks=EarlyStopping(monitor="val_f1_score_2", mode="max", patience=5),
        engine=engine,
    ).fit(X, y)
    names = ["f1_score_0", "f1_score_1", "f1_score_2", "loss", "rows", "twice"]
    assert sorted(e.history_) == sorted([*names, *(f"val_{name}" for name in names)])
    assert e.history_["twice"] == [180.0, 180.0]
    assert all(0 <= value <= 1 for value in e.history_["val_f1_score_1"])


@pytest.mark.slow
def test_early_stopping_waits_for_the_first_validation(cancer):
    X, y = cancer
    e = KerasClassifier(
        dense_classifier, epochs=4, early_stopping=5, fit__validation_freq=2
    )
    with warnings.catch_warnings():
        # Keras warns in every epoch without the figure.
        warnings.simplefilter("ignore", UserWarning)
        assert e.fit(X, y).n_iter_ == 4
