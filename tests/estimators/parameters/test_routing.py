"""Routed names: plain functions over plain dicts, and who wins over whom."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator

from sk_keras import KerasClassifier
from sk_keras._shared.routing.did_you_mean import TODAY, suggestion
from sk_keras._shared.routing.making import instantiate
from sk_keras._shared.routing.prefixes import (
    CONSUMER_NAMES,
    PREFIXES,
    merged_arguments,
    routed_to,
    split_name,
)
from sk_keras._shared.routing.signatures import argument_names, constructor_names
from tests.builders import dense_classifier

#: Every run draws the same examples, and leaves no database behind.
REPEATABLE = settings(deadline=None, derandomize=True, database=None, max_examples=50)

NAMES = st.from_regex(r"[a-z]{1,6}(__[a-z]{1,6}){0,2}", fullmatch=True)


# --- names -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("epochs", ("epochs", "")),
        ("model__hidden", ("model", "hidden")),
        ("callbacks__0__patience", ("callbacks", "0__patience")),
        ("batch_size", ("batch_size", "")),
        ("_odd", ("_odd", "")),
    ],
)
def test_split_name(name, parts):
    assert split_name(name) == parts


@REPEATABLE
@given(NAMES)
def test_split_name_loses_nothing(name):
    prefix, rest = split_name(name)
    assert "__" not in prefix
    assert (f"{prefix}__{rest}" if rest else prefix) == name


@pytest.mark.parametrize(
    ("params", "prefix", "expected"),
    [
        ({"fit__epochs": 3, "predict__verbose": 1}, "fit", {"epochs": 3}),
        ({"fit_epochs": 3, "fitting__epochs": 2}, "fit", {}),
        ({"callbacks__0__patience": 3}, "callbacks", {"0__patience": 3}),
        ({"callbacks__0__patience": 3}, "callbacks__0", {"patience": 3}),
        ({}, "fit", {}),
    ],
)
def test_routed_to(params, prefix, expected):
    assert routed_to(params, prefix) == expected


@REPEATABLE
@given(st.dictionaries(NAMES, st.integers(), max_size=6), st.sampled_from(PREFIXES))
def test_routed_to_inverts_prefixing(params, prefix):
    others = {f"x{name}": value for name, value in params.items()}
    routed = {f"{prefix}__{name}": value for name, value in params.items()}
    before = {**others, **routed}
    assert routed_to(before, prefix) == params
    assert before == {**others, **routed}


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("hiden", ["hidden", "width"], "Did you mean 'hidden'? "),
        ("nb_epoch", ["batch_size"], "Did you mean 'epochs'? "),
        ("optimizer__lr", [], "Did you mean 'optimizer__learning_rate'? "),
        ("zebra", ["hidden", "width"], ""),
        ("hidden", [], ""),
    ],
)
def test_suggestion(name, known, expected):
    assert suggestion(name, known) == expected


@pytest.mark.parametrize("today", sorted(set(TODAY.values())))
def test_old_spellings_lead_to_names_that_are_taken(today):
    e = KerasClassifier(dense_classifier)
    value = {"epochs": 3}.get(today, 1)
    assert e.set_params(**{today: value}).get_params()[today] == value


# --- signatures ------------------------------------------------------------


class Holder:
    def method(self, a, b=1):
        """Take a and b."""


def _positional(a, /, b):
    """Take b by name, a by place only."""


@pytest.mark.parametrize(
    ("function", "names", "takes_any"),
    [
        (lambda: 0, [], False),
        (lambda a, b=1: 0, ["a", "b"], False),
        (lambda *args, c, **rest: 0, ["c"], True),
        (Holder().method, ["a", "b"], False),
        (_positional, ["b"], False),
    ],
    ids=["nothing", "plain", "kwargs", "bound", "positional-only"],
)
def test_argument_names(function, names, takes_any):
    arguments, takes = argument_names(function)
    assert list(arguments) == names
    assert takes is takes_any


class Open(keras.callbacks.Callback):
    def __init__(self, own=1, **kwargs):
        super().__init__()
        self.own = own


class Plain:
    pass


@pytest.mark.parametrize(
    ("cls", "some", "takes_any"),
    [
        (keras.optimizers.Adam, {"learning_rate", "beta_1", "clipnorm"}, False),
        (keras.optimizers.SGD, {"momentum", "nesterov", "weight_decay"}, False),
        (keras.losses.BinaryCrossentropy, {"from_logits", "label_smoothing"}, False),
        (keras.metrics.AUC, {"num_thresholds", "name"}, False),
        (keras.callbacks.EarlyStopping, {"patience", "monitor"}, False),
        (Open, {"own"}, True),
        (Plain, set(), False),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_constructor_names(cls, some, takes_any):
    names, takes = constructor_names(cls)
    assert some <= names
    assert "self" not in names
    assert takes is takes_any


# --- making objects --------------------------------------------------------


class Box:
    """Keeps what it is made with."""

    def __init__(self, a=0, b=0):
        self.a, self.b = a, b

    def __eq__(self, other):
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None


@pytest.mark.parametrize(
    ("item", "params", "expected"),
    [
        (Box, {}, Box()),
        (Box, {"a": 1}, Box(1)),
        (Box, {"0": 1, "1": 2}, Box(1, 2)),
        (Box, {"1": 2, "0": 1}, Box(1, 2)),
        (Box, {"0": 1, "b": 2}, Box(1, 2)),
        (Box, {"a": Box, "a__b": 2}, Box(Box(b=2))),
        (Box, {"a": [Box, Box], "a__b": 2, "a__0__a": 1}, Box([Box(1, 2), Box(0, 2)])),
        ([Box, Box], {"a": 1}, [Box(1), Box(1)]),
        ([Box, Box], {"1__a": 1}, [Box(), Box(1)]),
        ([Box, Box], {"a": 1, "1__a": 2}, [Box(1), Box(2)]),
        ((Box,), {"a": 1}, (Box(1),)),
        ({"x": Box, "y": Box}, {"a": 1, "y__a": 2}, {"x": Box(1), "y": Box(2)}),
        ({"x": [Box]}, {"x__0__b": 3}, {"x": [Box(b=3)]}),
        ({"x": [Box, "auc"]}, {"b": 3}, {"x": [Box(b=3), "auc"]}),
        ("adam", {}, "adam"),
        (None, {}, None),
        ([], {}, []),
    ],
    ids=[
        "class",
        "argument",
        "positional",
        "positional-out-of-order",
        "positional-and-named",
        "nested",
        "nested-list",
        "list-all",
        "list-index",
        "list-index-over-all",
        "tuple",
        "dict",
        "dict-list",
        "names-are-left",
        "string",
        "none",
        "empty",
    ],
)
def test_instantiate(item, params, expected):
    made = instantiate(item, params, "loss")
    assert made == expected
    assert type(made) is type(expected)


def test_instantiate_leaves_its_arguments_as_they_were():
    items = {"x": [Box, "auc"]}
    params = {"x__0__a": 1}
    instantiate(items, params, "metrics")
    assert items == {"x": [Box, "auc"]}
    assert params == {"x__0__a": 1}


def test_objects_without_routed_parameters_are_handed_on():
    given = keras.losses.BinaryCrossentropy()
    assert instantiate([given], {}, "loss")[0] is given


def test_objects_with_a_config_are_copied_with_the_change():
    given = keras.optimizers.SGD(0.5, momentum=0.9)
    made = instantiate(given, {"learning_rate": 0.25}, "optimizer")
    assert isinstance(made, keras.optimizers.SGD)
    assert made is not given
    assert float(made.learning_rate) == 0.25
    assert made.momentum == 0.9
    assert float(given.learning_rate) == 0.5


def test_callback_attributes_are_set():
    made = instantiate(keras.callbacks.EarlyStopping(), {"patience": 7}, "callbacks")
    assert made.patience == 7


def test_schedules_are_made_with_what_is_routed_to_them():
    params = {
        "learning_rate": keras.optimizers.schedules.ExponentialDecay,
        "learning_rate__initial_learning_rate": 0.5,
        "learning_rate__decay_steps": 10,
        "learning_rate__decay_rate": 0.25,
    }
    made = instantiate(keras.optimizers.SGD, params, "optimizer")
    schedule = made.get_config()["learning_rate"]["config"]
    assert schedule["initial_learning_rate"] == 0.5
    assert schedule["decay_steps"] == 10
    assert schedule["decay_rate"] == 0.25


SGD, ADAM = keras.optimizers.SGD, keras.optimizers.Adam
STOPPING = keras.callbacks.EarlyStopping


@pytest.mark.parametrize(
    ("item", "params", "where", "error", "message"),
    [
        (
            ADAM,
            {"lerning_rate": 1},
            "optimizer",
            ValueError,
            "'optimizer__lerning_rate': Adam takes no argument 'lerning_rate'. "
            r"Did you mean 'optimizer__learning_rate'\? It takes \[",
        ),
        (
            SGD,
            {"beta_1": 1},
            "optimizer",
            ValueError,
            r"SGD takes no argument 'beta_1'.*It takes \[.*'momentum'",
        ),
        (ADAM, {"decay": 1}, "optimizer", ValueError, "optimizer__decay.*schedules"),
        (
            keras.losses.BinaryCrossentropy,
            {"from_logit": True},
            "loss",
            ValueError,
            r"BinaryCrossentropy takes no argument.*Did you mean 'loss__from_logits'\?",
        ),
        (
            [STOPPING],
            {"0__patienc": 1},
            "callbacks",
            ValueError,
            r"EarlyStopping takes no.*Did you mean 'callbacks__0__patience'\?",
        ),
        (
            {"stop": STOPPING},
            {"stop__patienc": 1},
            "callbacks",
            ValueError,
            r"EarlyStopping takes no.*Did you mean 'callbacks__stop__patience'\?",
        ),
        (
            SGD(0.1),
            {"momentun": 1},
            "optimizer",
            TypeError,
            r"optimizer__momentun.*SGD.*mean 'optimizer__momentum'\?.*the class",
        ),
        (
            STOPPING(),
            {"patienc": 1},
            "callbacks",
            TypeError,
            r"callbacks__patienc.*EarlyStopping.*Did you mean 'callbacks__patience'\?",
        ),
        ("mse", {"name": 1}, "loss", TypeError, "loss__name was given, but 'mse'"),
    ],
    ids=[
        "optimizer",
        "other-optimizer",
        "decay",
        "loss",
        "list",
        "dict",
        "object",
        "callback-object",
        "string",
    ],
)
def test_what_a_consumer_does_not_take(item, params, where, error, message):
    with pytest.raises(error, match=message):
        instantiate(item, params, where)


def test_suggestions_do_not_come_from_the_prefix():
    # "optimizer__" alone makes any two names look alike.
    with pytest.raises(ValueError, match="SGD takes no argument") as caught:
        instantiate(SGD, {"beta_1": 1}, "optimizer")
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    ("item", "params"),
    [
        ([Box], {"5__a": 1}),
        ({"x": Box}, {"y__a": 1}),
        ([], {"a": 1}),
        ({}, {"a": 1}),
        (Box, {"c__a": 1}),
    ],
    ids=["index", "key", "empty-list", "empty-dict", "nested"],
)
def test_names_that_nobody_takes_are_not_dropped(item, params):
    with pytest.raises((ValueError, TypeError), match=f"metrics__{next(iter(params))}"):
        instantiate(item, params, "metrics")


# --- arguments of fit and predict -------------------------------------------


@pytest.mark.parametrize(
    ("consumer", "plain", "routed", "call", "expected"),
    [
        ("fit", {}, {}, {}, {}),
        ("fit", {"epochs": 1, "optimizer": "sgd"}, {}, {}, {"epochs": 1}),
        ("fit", {"epochs": 1}, {"fit__epochs": 2}, {}, {"epochs": 2}),
        ("fit", {"epochs": 1}, {"fit__epochs": 2}, {"epochs": 3}, {"epochs": 3}),
        ("fit", {"epochs": 1}, {"predict__verbose": 1}, {}, {"epochs": 1}),
        ("fit", {}, {"fit__callbacks__patience": 1}, {}, {}),
        ("predict", {"batch_size": 1}, {"fit__batch_size": 2}, {}, {"batch_size": 1}),
        (
            "predict",
            {},
            {"predict__verbose": 1},
            {"steps": 2},
            {"verbose": 1, "steps": 2},
        ),
    ],
    ids=[
        "nothing",
        "plain",
        "routed",
        "call",
        "other-consumer",
        "nested",
        "not-fit's",
        "together",
    ],
)
def test_merged_arguments(consumer, plain, routed, call, expected):
    assert merged_arguments(consumer, plain, routed, call) == expected


@pytest.mark.parametrize(
    ("consumer", "name", "message"),
    [
        ("fit", "epoch", r"fit got an unexpected argument 'epoch'\. .*mean 'epochs'\?"),
        ("predict", "epochs", r"predict got an unexpected argument 'epochs'.*It takes"),
    ],
)
def test_arguments_that_fit_and_predict_do_not_take(consumer, name, message):
    with pytest.raises(TypeError, match=message):
        merged_arguments(consumer, {}, {}, {name: 1})


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
