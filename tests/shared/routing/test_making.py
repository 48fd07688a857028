"""Objects made with the arguments that are routed to them."""

import keras
import pytest

from sk_keras._shared.routing.making import instantiate
from tests.errors import classifying, refused

EarlyStopping = keras.callbacks.EarlyStopping


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"optimizer": "sgd", "optimizer__beta_1": 0.5}, "SGD takes no.*'momentum'"),
        (
            {"optimizer__lerning_rate": 0.5},
            r"Adam takes no argument 'lerning_rate'.*'optimizer__learning_rate'\?",
        ),
        (
            {"loss": "sparse_categorical_crossentropy", "loss__from_logit": True},
            r"SparseCategoricalCrossentropy takes no.*mean 'loss__from_logits'\?",
        ),
        ({"loss__from_logits": True}, "loss__from_logits was given, but loss.*None"),
        ({"metrics__name": "m"}, "metrics__name was given, but metrics.*None"),
        (
            {"metrics": [keras.metrics.AUC], "metrics__threshold": 3},
            r"AUC takes no argument 'threshold'.*mean 'metrics__(0__)?thresholds'\?",
        ),
        (
            {"callbacks": EarlyStopping, "callbacks__patienc": 3},
            r"EarlyStopping takes no.*patience'\?",
        ),
        (
            {"callbacks": [EarlyStopping()], "callbacks__0__patienc": 3},
            r"callbacks__0__patienc was given.*Did you mean 'callbacks__0__patience'\?",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_names_that_a_consumer_does_not_take(params, message):
    refused(classifying(**params), (ValueError, TypeError), message)


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
