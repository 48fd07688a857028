"""Routed names: plain functions over plain dicts, and who wins over whom."""

import keras
import numpy as np
import pytest
from sklearn.base import BaseEstimator

from sk_keras import KerasClassifier
from sk_keras._shared.routing.prefixes import CONSUMER_NAMES
from tests.builders import dense_classifier

# --- making objects --------------------------------------------------------


SGD, ADAM = keras.optimizers.SGD, keras.optimizers.Adam


# --- what reaches Keras ----------------------------------------------------


@pytest.fixture(scope="module")
def small():
    """Twenty-four rows of three classes; X of shape (24, 4)."""
    rng = np.random.RandomState(0)
    return rng.randn(24, 4).astype("float32"), np.arange(24) % 3


@pytest.mark.parametrize(
    ("params", "call", "expected"),
    [
        ({}, {}, (1, 1)),
        ({"batch_size": 12}, {}, (1, 2)),
        ({"batch_size": 12, "fit__batch_size": 8}, {}, (1, 3)),
        ({"batch_size": 12, "fit__batch_size": 8}, {"batch_size": 6}, (1, 4)),
        ({"fit__epochs": 2}, {}, (2, 2)),
        ({"fit__epochs": 2}, {"epochs": 3}, (3, 3)),
        ({"batch_size": -1}, {"epochs": 2}, (2, 2)),
    ],
    ids=["default", "plain", "routed", "call", "epochs", "epochs-call", "all-rows"],
)
def test_fit_takes_call_over_routed_over_plain(params, call, expected, small):
    e = KerasClassifier(dense_classifier, **{"epochs": 1, **params}).fit(*small, **call)
    assert (e.n_iter_, int(e.model_.optimizer.iterations)) == expected
    assert {name: e.get_params()[name] for name in params} == params


class Telling(keras.Sequential):
    """Tells what `predict` was called with."""

    def predict(self, X, **kwargs):
        """Take down the arguments."""
        self.asked = kwargs
        return super().predict(X, **kwargs)


def telling(n_classes):
    return Telling(
        [keras.layers.Input((4,)), keras.layers.Dense(n_classes, activation="softmax")]
    )


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
@pytest.mark.parametrize(
    ("params", "call", "batch_size"),
    [
        ({}, {}, 32),
        ({"batch_size": 12}, {}, 12),
        ({"batch_size": 12, "predict__batch_size": 8}, {}, 8),
        ({"batch_size": 12, "predict__batch_size": 8}, {"batch_size": 6}, 6),
        ({"batch_size": 12, "fit__batch_size": 8}, {}, 12),
        ({"batch_size": -1}, {}, 24),
    ],
    ids=["default", "plain", "routed", "call", "not-fit's", "all-rows"],
)
def test_predict_takes_call_over_routed_over_plain(
    method, params, call, batch_size, small
):
    X, y = small
    e = KerasClassifier(telling, **params).initialize(X, y)
    getattr(e, method)(X, **call)
    assert e.model_.asked["batch_size"] == batch_size


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ("adam", 0.001)),
        ({"optimizer": "sgd"}, ("sgd", 0.01)),
        ({"optimizer__learning_rate": 0.5}, ("adam", 0.5)),
        ({"optimizer": SGD, "optimizer__learning_rate": 0.5}, ("sgd", 0.5)),
        ({"optimizer": SGD(0.25)}, ("sgd", 0.25)),
        ({"optimizer": SGD(0.25), "optimizer__learning_rate": 0.5}, ("sgd", 0.5)),
        ({"compile__optimizer": "sgd"}, ("sgd", 0.01)),
        ({"optimizer": "adam", "compile__optimizer": "sgd"}, ("sgd", 0.01)),
        (
            {"optimizer": {"class_name": "SGD", "config": {"learning_rate": 0.25}}},
            ("sgd", 0.25),
        ),
    ],
    ids=[
        "default",
        "name",
        "routed",
        "class-routed",
        "object",
        "object-routed",
        "compile",
        "compile-over-plain",
        "config",
    ],
)
def test_optimizer(params, expected, small):
    e = KerasClassifier(dense_classifier, **params).initialize(*small)
    optimizer = e.model_.optimizer
    name = type(optimizer).__name__.lower()
    assert (name, pytest.approx(float(optimizer.learning_rate))) == expected
    assert optimizer is not params.get("optimizer")


@pytest.mark.parametrize(
    ("params", "attribute", "expected"),
    [
        ({}, "run_eagerly", False),
        ({"run_eagerly": True}, "run_eagerly", True),
        ({"compile__run_eagerly": True}, "run_eagerly", True),
        ({"run_eagerly": True, "compile__run_eagerly": False}, "run_eagerly", False),
        ({"compile__steps_per_execution": 4}, "steps_per_execution", 4),
        ({"compile__jit_compile": False}, "jit_compile", False),
    ],
    ids=["default", "plain", "routed", "routed-over-plain", "steps", "jit"],
)
def test_compile_parameters(params, attribute, expected, small):
    model = KerasClassifier(dense_classifier, **params).initialize(*small).model_
    assert getattr(model, attribute) == expected


def logits(n_classes):
    return keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(n_classes)])


@pytest.mark.parametrize(
    "loss",
    [
        "sparse_categorical_crossentropy",
        keras.losses.SparseCategoricalCrossentropy,
        keras.losses.SparseCategoricalCrossentropy(),
    ],
    ids=["name", "class", "object"],
)
def test_loss_parameters_reach_the_loss(loss, small):
    X, y = small
    e = KerasClassifier(logits, loss=loss, loss__from_logits=True).initialize(X, y)
    assert e.model_.loss.get_config()["from_logits"] is True
    raw = e.model_.predict(X, verbose=0)
    expected = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(e.predict_proba(X), expected, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("metrics", "routed", "logged"),
    [
        (["accuracy"], {}, {"accuracy"}),
        ("accuracy", {}, {"accuracy"}),
        (["SparseCategoricalAccuracy"], {"metrics__name": "hits"}, {"hits"}),
        (
            [keras.metrics.SparseCategoricalAccuracy],
            {"metrics__name": "hits"},
            {"hits"},
        ),
        (
            [keras.metrics.SparseCategoricalAccuracy, "accuracy"],
            {"metrics__0__name": "hits"},
            {"hits", "accuracy"},
        ),
    ],
    ids=["list", "name", "name-routed", "class-routed", "one-of-two"],
)
def test_metric_parameters_reach_the_metrics(metrics, routed, logged, small):
    e = KerasClassifier(
        dense_classifier, metrics=metrics, epochs=1, random_state=0, **routed
    )
    history = e.fit(*small).history_
    assert set(history) == {"loss", *logged}
    assert all(0 < history[name][0] <= 1 for name in logged)


class Note(keras.callbacks.Callback):
    """Keeps a word; counts the epochs it has seen."""

    def __init__(self, word="none"):
        super().__init__()
        self.word = word
        self.seen = 0

    def on_epoch_end(self, epoch, logs=None):
        """Count."""
        self.seen += 1


def test_accuracy_is_no_single_metric(small):
    # Keras picks one of four by the shapes, so that there is no class to make.
    e = KerasClassifier(dense_classifier, metrics=["accuracy"], metrics__name="hits")
    with pytest.raises(TypeError, match="metrics__0__name.*'accuracy'.*Give the class"):
        e.fit(*small)


@pytest.mark.parametrize(
    ("callbacks", "routed", "words"),
    [
        (Note, {"callbacks__word": "a"}, {"0": "a"}),
        (Note(), {"callbacks__word": "a"}, {"0": "a"}),
        ([Note, Note("b")], {"callbacks__0__word": "a"}, {"0": "a", "1": "b"}),
        ({"x": Note, "y": Note}, {"callbacks__word": "a"}, {"x": "a", "y": "a"}),
        (
            {"x": Note, "y": Note},
            {"callbacks__word": "a", "callbacks__y__word": "b"},
            {"x": "a", "y": "b"},
        ),
        (Note, {"fit__callbacks__word": "a"}, {"0": "a"}),
    ],
    ids=["class", "object", "index", "all", "key", "through-fit"],
)
def test_callback_parameters_reach_the_callbacks(callbacks, routed, words, small):
    e = KerasClassifier(dense_classifier, callbacks=callbacks, epochs=1, **routed)
    made = {
        name: callback
        for name, callback in e.fit(*small).callbacks_.items()
        if isinstance(callback, Note)
    }
    assert {name: callback.word for name, callback in made.items()} == words
    assert all(callback.seen == 1 for callback in made.values())


@pytest.mark.parametrize(
    ("callbacks", "name"),
    [
        (None, "callbacks__patience"),
        ({"stop": Note}, "callbacks__stp__word"),
        ([Note], "callbacks__3__word"),
    ],
    ids=["no-callbacks", "key", "index"],
)
def test_routed_callback_parameters_are_not_dropped(callbacks, name, small):
    e = KerasClassifier(dense_classifier, callbacks=callbacks, epochs=1, **{name: 1})
    with pytest.raises((ValueError, TypeError), match=name):
        e.fit(*small)


@pytest.mark.parametrize("prefix", sorted(CONSUMER_NAMES))
def test_every_consumer_name_is_a_parameter(prefix):
    names = {f"{prefix}__{name}": 1 for name in CONSUMER_NAMES[prefix]}
    params = KerasClassifier(dense_classifier, **names).get_params()
    assert {name: params[name] for name in names} == names


def test_estimators_inside_keep_their_own_parameters():
    class Split(BaseEstimator):
        def __init__(self, n=2):
            self.n = n

        def split(self, X, y):
            """Split nothing."""

    e = KerasClassifier(dense_classifier, validation_split=Split())
    assert e.get_params()["validation_split__n"] == 2
    assert e.set_params(validation_split__n=5).validation_split.n == 5
