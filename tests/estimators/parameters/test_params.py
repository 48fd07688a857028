"""Parameters: the estimator's own, the builder's, and the laws of clone."""

from functools import partial

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._estimators.parameters.builder_arguments import builder_kwargs
from sk_keras._estimators.parameters.builders import (
    GivenModel,
    builder_name,
    resolve_builder,
)
from sk_keras._shared.routing.same_value import same_value
from sk_keras.models import mlp
from sk_keras.preprocessing import ImageAugmenter
from tests.builders import dense_classifier, dense_regressor

#: Every run draws the same examples, and leaves no database behind.
REPEATABLE = settings(deadline=None, derandomize=True, database=None, max_examples=50)

MISSING = "missing"


def softmax(*hidden, n=3):
    """Make a small classifier for four features."""
    layers = [keras.layers.Dense(units) for units in hidden]
    last = keras.layers.Dense(n, activation="softmax")
    return keras.Sequential([keras.layers.Input((4,)), *layers, last])


def hidden_8(hidden=8):
    return softmax(hidden)


def hidden_16(hidden=16):
    return softmax(hidden)


def width_4(width=4):
    return softmax(width)


def any_name(**kwargs):
    return softmax(kwargs.get("hidden", 2))


def required(meta, units, compile_kwargs, params, hidden=8, epochs=5):
    return softmax(units, hidden)


class Building:
    """Builds, as an object, as a class and by a method."""

    def __call__(self, hidden=8):
        return softmax(hidden)

    def build(self, hidden=16):
        """Build by name."""
        return softmax(hidden)


@pytest.fixture(scope="module")
def small():
    """Twenty-four rows of three classes; X of shape (24, 4)."""
    rng = np.random.RandomState(0)
    return rng.randn(24, 4).astype("float32"), np.arange(24) % 3


def width(e, X, y):
    """Number of units of the first layer that a fit would make."""
    return e.initialize(X, y).model_.layers[0].units


# --- get_params and set_params ---------------------------------------------


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (hidden_8, {"hidden": 8}),
        (width_4, {"width": 4}),
        (partial(hidden_8, hidden=3), {"hidden": 3}),
        (Building, {"hidden": 8}),
        (Building(), {"hidden": 8}),
        (Building().build, {"hidden": 16}),
        (any_name, {}),
        (required, {"hidden": 8}),
        (
            "mlp",
            {
                "hidden_layer_sizes": (100,),
                "activation": "relu",
                "dropout": 0.0,
                "batch_norm": False,
                "l2": 1e-4,
            },
        ),
    ],
    ids=[
        "function",
        "other-name",
        "partial",
        "class",
        "object",
        "method",
        "kwargs",
        "filled-or-own-names-are-not-listed",
        "ready",
    ],
)
def test_get_params_lists_the_builders_defaults(model, expected):
    e = KerasClassifier(model)
    listed = e.get_params()
    assert {
        k: v for k, v in listed.items() if k not in e._get_param_names()
    } == expected


@pytest.mark.parametrize("name", ["hidden", "model__hidden"])
@pytest.mark.parametrize(
    "make",
    [
        lambda name: KerasClassifier(hidden_8, **{name: 5}),
        lambda name: KerasClassifier(hidden_8).set_params(**{name: 5}),
        lambda name: KerasClassifier(hidden_8, hidden=4).set_params(**{name: 5}),
        lambda name: KerasClassifier().set_params(model=hidden_8, **{name: 5}),
        lambda name: clone(KerasClassifier(hidden_8, **{name: 5})),
        lambda name: KerasClassifier(build_fn=hidden_8, **{name: 5}),
        lambda name: KerasClassifier(partial(hidden_8, hidden=3), **{name: 5}),
        lambda name: KerasClassifier(any_name, **{name: 5}),
        lambda name: KerasClassifier(any_name).set_params(**{name: 5}),
        lambda name: KerasClassifier(Building, **{name: 5}),
        lambda name: KerasClassifier(Building().build, **{name: 5}),
    ],
    ids=[
        "constructor",
        "set_params",
        "over",
        "with-model",
        "clone",
        "build_fn",
        "partial",
        "kwargs",
        "kwargs-set_params",
        "class",
        "method",
    ],
)
def test_builder_arguments_can_be_set(make, name, small):
    e = make(name)
    assert e.get_params()["hidden"] == 5
    assert "model__hidden" not in e.get_params()
    assert width(e, *small) == 5


@pytest.mark.parametrize(
    "make",
    [
        lambda: KerasClassifier(any_name, hidden=3).set_params(hidden=5),
        lambda: KerasClassifier(any_name, hidden=3).set_params(model__hidden=5),
        lambda: KerasClassifier(any_name, model__hidden=3).set_params(hidden=5),
        lambda: KerasClassifier(any_name, model__hidden=3).set_params(model__hidden=5),
        lambda: clone(KerasClassifier(any_name, hidden=3)).set_params(hidden=5),
    ],
    ids=["plain", "plain-routed", "routed-plain", "routed", "clone"],
)
def test_builders_with_any_name_get_the_last_value(make, small):
    assert width(make(), *small) == 5


@pytest.mark.parametrize("name", ["epoch", "nb_epoch", "optimiser", "batchsize"])
def test_a_builder_that_takes_any_name_hides_no_typing_error(name):
    with pytest.raises(ValueError, match=rf"'{name}'.*Did you mean"):
        KerasClassifier(any_name, **{name: 1})
    # Spelled out, it is meant.
    assert KerasClassifier(any_name, **{f"model__{name}": 1})


def test_the_routed_spelling_counts_where_both_are_given(small):
    e = KerasClassifier(hidden_8, hidden=3, model__hidden=5)
    assert e.get_params()["hidden"] == 5
    assert width(e, *small) == 5


@pytest.mark.parametrize(
    "make",
    [
        lambda: KerasClassifier(hidden_8, hidden=5),
        lambda: KerasClassifier(hidden_8, hidden=4).set_params(hidden=5),
        lambda: KerasClassifier(partial(hidden_8, hidden=5)),
        lambda: KerasClassifier(lambda hidden=5: softmax(hidden)),
    ],
    ids=["given", "set", "partial", "default"],
)
def test_builder_arguments_are_attributes(make):
    # As every other parameter of a scikit-learn estimator is.
    assert make().hidden == 5


@pytest.mark.parametrize("given", [{}, {"hidden": 3}], ids=["default", "given"])
def test_an_attribute_set_by_hand_counts(given, small):
    e = KerasClassifier(hidden_8, **given)
    e.hidden = 5
    assert e.get_params()["hidden"] == 5
    assert clone(e).get_params()["hidden"] == 5
    assert width(e, *small) == 5
    assert e.set_params(epochs=3).hidden == 5
    assert e.set_params(hidden=6).hidden == 6
    assert width(e, *small) == 6


def test_an_attribute_set_by_hand_is_shown():
    e = KerasClassifier(hidden_8)
    e.hidden = 5
    assert "hidden=5" in repr(e)


def test_attributes_that_are_not_there():
    with pytest.raises(
        AttributeError, match="'KerasClassifier'.* no attribute 'hiden'"
    ):
        KerasClassifier(hidden_8).hiden  # noqa: B018


@pytest.mark.parametrize("estimator", [KerasClassifier, KerasRegressor])
def test_set_params_sets_nothing_where_one_name_is_wrong(estimator):
    e = estimator(hidden_8)
    before = e.get_params()
    with pytest.raises(ValueError, match="hiden"):
        e.set_params(epochs=3, hidden=4, model=hidden_16, hiden=5)
    assert e.get_params() == before


def test_set_params_without_names_returns_the_estimator():
    e = KerasClassifier(hidden_8)
    assert e.set_params() is e
    assert e.set_params(hidden=3) is e


@pytest.mark.parametrize(
    "e",
    [
        KerasClassifier(),
        KerasClassifier(hidden_8, hidden=5, optimizer__learning_rate=0.1),
        KerasClassifier("mlp", dropout=0.5),
        KerasClassifier(any_name, hidden=5),
        KerasRegressor(dense_regressor, hidden=3, fit__epochs=4),
    ],
    ids=["default", "function", "ready", "kwargs", "regressor"],
)
def test_setting_what_get_params_lists_changes_nothing(e):
    before = e.get_params()
    assert e.set_params(**before).get_params() == before


NAMES = ("hidden", "model__hidden", "epochs", "batch_size", "optimizer__learning_rate")


@REPEATABLE
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(1, 9)), max_size=8))
def test_the_last_value_set_counts(steps):
    e = KerasClassifier(hidden_8)
    expected = {"hidden": 8, "epochs": "auto", "batch_size": 32}
    for name, value in steps:
        e.set_params(**{name: value})
        expected[name.removeprefix("model__")] = value
    for copy in (e, clone(e)):
        params = copy.get_params()
        assert {name: params[name] for name in expected} == expected


def test_parameters_reach_the_estimator_through_a_pipeline(small):
    pipeline = make_pipeline(StandardScaler(), KerasClassifier(hidden_8))
    assert pipeline.get_params()["kerasclassifier__hidden"] == 8
    pipeline.set_params(kerasclassifier__hidden=5, kerasclassifier__model__hidden=6)
    assert pipeline.get_params()["kerasclassifier__hidden"] == 6


# --- subclasses ------------------------------------------------------------


class OwnParameter(KerasClassifier):
    """Declares a parameter and hands the rest on."""

    def __init__(self, depth=1, **kwargs):
        self.depth = depth
        super().__init__(**kwargs)

    def __call__(self, depth, hidden=7):
        return softmax(*[hidden] * depth)


class ScikerasBuild(KerasClassifier):
    """Builds by the method that SciKeras asked for."""

    def _keras_build_fn(self, hidden=7):
        return softmax(hidden)


class Forgetful(KerasClassifier):
    """Declares a parameter and loses it."""

    def __init__(self, depth=1, **kwargs):
        super().__init__(**kwargs)


def test_a_subclass_has_its_own_parameters_and_builder(small):
    e = OwnParameter(depth=2, hidden=3, epochs=1)
    params = e.get_params()
    assert (params["depth"], params["hidden"], params["epochs"]) == (2, 3, 1)
    assert clone(e).get_params() == params
    layers = clone(e).initialize(*small).model_.layers
    assert [layer.units for layer in layers] == [3, 3, 3]


def test_the_builder_of_a_scikeras_subclass(small):
    assert width(ScikerasBuild(hidden=3), *small) == 3
    assert ScikerasBuild().get_params()["hidden"] == 7


def test_a_subclass_that_loses_a_parameter_is_told():
    with pytest.raises(
        AttributeError, match=r"Forgetful.*'depth'.*self\.depth = depth"
    ):
        Forgetful().get_params()


# --- clone -----------------------------------------------------------------


def own_loss(y, p):
    """Return the mean of squares."""
    return keras.ops.mean(keras.ops.square(y - p), axis=-1)


class OwnLoss(keras.losses.Loss):
    """A loss that is not registered with Keras."""

    def __init__(self, power=2.0, name="own"):
        super().__init__(name=name)
        self.power = power

    def call(self, y, p):
        """Return the mean of powers."""
        return keras.ops.mean(keras.ops.abs(y - p) ** self.power, axis=-1)

    def get_config(self):
        return {"power": self.power, "name": self.name}


class OwnMetric(keras.metrics.Mean):
    """A metric that is not registered with Keras."""


class OwnDense(keras.layers.Dense):
    """A layer that is not registered with Keras."""


class OwnOptimizer(keras.optimizers.SGD):
    """An optimizer that is not registered with Keras."""


class Note(keras.callbacks.Callback):
    """Counts the epochs it has seen."""

    def __init__(self, seen=0):
        super().__init__()
        self.seen = seen
        self.log = []

    def on_epoch_end(self, epoch, logs=None):
        """Count."""
        self.seen += 1
        self.log.append(epoch)


def schedule():
    return keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)


def own_model():
    inputs = keras.Input((4,))
    x = OwnDense(3, activation="softmax")(inputs)
    return keras.Model(inputs, x)


def compiled_model():
    model = softmax(2)
    model.compile(keras.optimizers.SGD(schedule()), "sparse_categorical_crossentropy")
    return model


#: Values of every parameter that are not its default.
VALUES = {
    "model": [
        hidden_8,
        partial(hidden_8, hidden=2),
        Building,
        Building(),
        "lstm",
        softmax(2),
        compiled_model(),
        own_model(),
    ],
    "build_fn": [hidden_8],
    "optimizer": [
        "sgd",
        keras.optimizers.SGD,
        keras.optimizers.SGD(0.1, momentum=0.5),
        keras.optimizers.Adam(schedule()),
        OwnOptimizer(0.1),
        {"class_name": "SGD", "config": {"learning_rate": 0.1}},
    ],
    "loss": [
        "mse",
        own_loss,
        OwnLoss,
        OwnLoss(3.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        ["mse", OwnLoss(3.0)],
        {"a": "mse", "b": OwnLoss(3.0)},
    ],
    "metrics": [
        ["accuracy"],
        [keras.metrics.AUC],
        [keras.metrics.AUC(num_thresholds=9), OwnMetric(name="m")],
        {"a": ["mae"], "b": keras.metrics.MeanAbsoluteError()},
    ],
    "epochs": [3],
    "batch_size": [-1, 8],
    "validation_batch_size": [8],
    "shuffle": [False],
    "validation_split": [0.2, KFold(3)],
    "early_stopping": [True, 3],
    "callbacks": [
        Note,
        Note(2),
        [Note(2), keras.callbacks.EarlyStopping(monitor="loss", patience=7)],
        {"note": Note(3), "other": Note},
        keras.callbacks.LearningRateScheduler(own_loss),
    ],
    "augmenter": [
        ImageAugmenter(rotation_range=20, random_state=3),
        keras.layers.RandomFlip("vertical", seed=3),
        keras.Sequential([keras.layers.RandomRotation(0.2)]),
    ],
    "class_weight": ["balanced", {0: 1.0, 1: 2.0, 2: 3.0}],
    "trainable": ["dense*", ["dense*", "out"], own_loss],
    "warm_start": [True],
    "random_state": [3, np.random.RandomState(3)],
    "run_eagerly": [True],
    "engine": ["keras"],
    "custom_objects": [{"OwnDense": OwnDense}],
    "input_columns": [{"x": ["a"]}],
    "verbose": [2, "auto"],
}

#: Values of parameters that are not in the constructor's signature.
ROUTED_VALUES = {
    "hidden": [5, [1, 2], np.arange(3)],
    "activation": [keras.layers.ReLU(), keras.activations.tanh],
    "model__epochs": [5],
    "compile__loss_weights": [[0.5]],
    "optimizer__learning_rate": [0.1, schedule(), type(schedule())],
    "loss__from_logits": [True],
    "metrics__0__name": ["m"],
    "callbacks__0__patience": [3],
    "fit__callbacks": [[Note(2)]],
    "predict__batch_size": [5],
}


def each(values):
    """Give a case for each value, named after its parameter and kind."""
    return [
        pytest.param(name, value, id=f"{name}-{type(value).__name__}-{i}")
        for name, options in values.items()
        for i, value in enumerate(options)
    ]


def told(value):
    """Describe a value so that a faithful copy of it compares equal."""
    if isinstance(value, type):
        return value
    if isinstance(value, keras.Model):
        compiled = value.get_compile_config() if value.compiled else None
        weights = [w.tolist() for w in value.get_weights()]
        return type(value), value.get_config(), compiled, weights
    if isinstance(value, keras.callbacks.Callback | Building):
        return type(value), {name: told(v) for name, v in vars(value).items()}
    if hasattr(value, "get_config"):
        return type(value), told(value.get_config())
    if isinstance(value, ImageAugmenter):
        return told(value.get_params())
    if isinstance(value, np.random.RandomState):
        return told(value.get_state())
    if isinstance(value, KFold):
        return vars(value)
    if isinstance(value, partial):
        return value.func, value.args, value.keywords
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {name: told(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value), [told(v) for v in value]
    return value


def told_params(e):
    return {name: told(value) for name, value in e.get_params().items()}


def test_the_tables_hold_every_parameter():
    names = {*KerasClassifier._get_param_names(), *KerasRegressor._get_param_names()}
    assert set(VALUES) == names
    defaults = KerasClassifier().get_params()
    for name, options in VALUES.items():
        assert not any(same_value(value, defaults[name]) for value in options)


def builder_with_activation(hidden=8, activation=None, epochs=2):
    return softmax(2)


@pytest.mark.parametrize(("name", "value"), each({**VALUES, **ROUTED_VALUES}))
def test_a_clone_has_equal_parameters(name, value):
    given = {} if name in ("model", "build_fn") else {"model": builder_with_activation}
    e = KerasClassifier(**given, **{name: value})
    before = told_params(e)
    assert e.get_params()[name] is value
    copy = clone(e)
    assert told_params(copy) == before
    assert told_params(clone(copy)) == before
    assert told_params(e) == before
    # A copy of a mutable object is another object.
    mutable = hasattr(value, "get_config") or isinstance(
        value, list | dict | keras.callbacks.Callback
    )
    if mutable and not isinstance(value, type):
        assert copy.get_params()[name] is not value


@pytest.mark.parametrize("value", VALUES["model"][5:], ids=["plain", "compiled", "own"])
def test_a_clone_of_a_model_has_variables_of_its_own(value):
    copy = clone(KerasClassifier(value)).model
    before = [w.copy() for w in copy.get_weights()]
    original = value.get_weights()
    value.set_weights([w + 1 for w in original])
    try:
        for now, then in zip(copy.get_weights(), before, strict=True):
            np.testing.assert_array_equal(now, then)
    finally:
        value.set_weights(original)


@pytest.mark.parametrize("make", [clone, lambda e: e.set_params(epochs=1)])
def test_the_users_values_are_kept_as_they_are(make):
    sizes = [4, 4]
    e = KerasClassifier("mlp", hidden_layer_sizes=sizes)
    assert e.get_params()["hidden_layer_sizes"] is sizes
    make(e)
    assert e.get_params()["hidden_layer_sizes"] is sizes
    assert sizes == [4, 4]


# --- fit leaves no trace ---------------------------------------------------


def full_of_objects(model, **more):
    """Give nearly every parameter an object that a careless fit would change."""
    return KerasClassifier(
        model,
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="hits")],
        epochs=2,
        callbacks={
            "note": Note(),
            "stop": keras.callbacks.EarlyStopping(monitor="loss", patience=5),
            "class": Note,
        },
        class_weight={0: 1.0, 1: 2.0, 2: 3.0},
        validation_split=KFold(3),
        callbacks__note__seen=10,
        fit__initial_epoch=0,
        custom_objects={"OwnDense": OwnDense},
        random_state=0,
        **more,
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: full_of_objects(
            hidden_8,
            optimizer=keras.optimizers.Adam(schedule()),
            loss=keras.losses.SparseCategoricalCrossentropy(),
            hidden=3,
        ),
        lambda: full_of_objects(softmax(2), optimizer=OwnOptimizer(0.1)),
        lambda: full_of_objects(own_model()),
    ],
    ids=["builder", "model", "custom-model"],
)
def test_fit_changes_no_parameter(make, small):
    e = make()
    values, before = e.get_params(deep=False), told_params(e)
    X, y = small
    X_before, y_before = X.copy(), y.copy()
    e.fit(X, y, sample_weight=np.ones(24)).predict(X)
    e.partial_fit(X, y).score(X, y)
    assert told_params(e) == before
    now = e.get_params(deep=False)
    assert [name for name in values if now[name] is not values[name]] == []
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)
    # The callbacks that were used are others, with what was routed to them.
    assert e.callbacks_["note"] is not e.callbacks["note"]
    assert e.callbacks_["note"].seen > 10
    assert getattr(e.callbacks["note"], "_model", None) is None


def parts(e):
    """List everything in a fitted estimator that training changes."""
    model = e.model_
    return [
        model,
        *model._flatten_layers(include_self=False),
        *model.variables,
        model.optimizer,
        *model.optimizer.variables,
        *e.callbacks_.values(),
        *model.metrics,
    ]


@pytest.mark.parametrize("model", [hidden_8, softmax(2), Building()])
def test_clones_share_nothing(model, small):
    e = KerasClassifier(
        model,
        optimizer=keras.optimizers.SGD(0.1),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
        callbacks=[Note()],
        epochs=1,
    )
    first, second = clone(e).fit(*small), clone(e).fit(*small)
    third = e.fit(*small)
    used = parts(third)
    once = [{id(part) for part in parts(one)} for one in (first, second, third)]
    assert len(set.union(*once)) == sum(map(len, once))
    again = {id(part) for part in parts(e.fit(*small))}
    assert not again & {id(part) for part in used}
    given = [e.optimizer, *e.metrics, *e.callbacks, e.model]
    assert not {id(part) for part in given} & set.union(*once, again)


def test_a_model_given_as_an_object_is_the_start_of_every_fit(small):
    X, y = small
    model = softmax(4)
    start = [w.copy() for w in model.get_weights()]
    e = KerasClassifier(model, epochs=2, random_state=0, shuffle=False).fit(X, y)
    first = [w.copy() for w in e.model_.get_weights()]
    assert any((a != b).any() for a, b in zip(first, start, strict=True))
    second = e.fit(X, y).model_.get_weights()
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    for a, b in zip(model.get_weights(), start, strict=True):
        np.testing.assert_array_equal(a, b)


# --- searches --------------------------------------------------------------

#: What the builders below were called with.
CALLS = []


@pytest.fixture
def calls():
    """Take down what builders are called with."""
    CALLS.clear()
    return CALLS


def telling_8(meta, hidden=8):
    CALLS.append(hidden)
    return softmax(hidden)


def telling_16(meta, hidden=16):
    CALLS.append(hidden)
    return softmax(hidden)


def telling_optimizer(meta, optimizer="rmsprop"):
    CALLS.append(optimizer)
    return softmax()


def search(e, grid, X, y):
    return GridSearchCV(e, grid, cv=2, error_score="raise", refit=False).fit(X, y)


@pytest.mark.parametrize(
    ("given", "grid", "expected"),
    [
        ({}, {"model": [telling_8, telling_16]}, [8, 8, 16, 16]),
        ({"hidden": 8}, {"model": [telling_8, telling_16]}, [8, 8, 16, 16]),
        ({"hidden": 5}, {"model": [telling_8, telling_16]}, [5, 5, 5, 5]),
        ({}, {"model": [telling_16], "hidden": [8, 3]}, [8, 8, 3, 3]),
        ({}, {"hidden": [3, 4]}, [3, 3, 4, 4]),
        ({}, {"model__hidden": [3, 4]}, [3, 3, 4, 4]),
    ],
    ids=["switch", "at-default", "set", "together", "argument", "routed-argument"],
)
def test_searches_reach_the_builder(given, grid, expected, small, calls, monkeypatch):
    # What the search hands to the builder matters here, not the training.
    monkeypatch.setattr(KerasClassifier, "fit", KerasClassifier.initialize)
    search(KerasClassifier(telling_8, **given), grid, *small)
    assert sorted(calls) == sorted(expected)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda e: e, "rmsprop"),
        (lambda e: e.set_params(optimizer="sgd"), "sgd"),
        (lambda e: e.set_params(optimizer="adam"), "adam"),
        (lambda e: clone(e.set_params(optimizer="adam")), "adam"),
        (lambda e: e.set_params(optimizer="sgd").set_params(optimizer="adam"), "adam"),
        (lambda e: clone(e.set_params(optimizer="sgd")).set_params(epochs=3), "sgd"),
        (
            lambda e: e.set_params(optimizer="adam").set_params(optimizer="rmsprop"),
            "rmsprop",
        ),
        (lambda e: e.set_params(model__optimizer="adagrad"), "adagrad"),
        (lambda e: e.set_params(**e.get_params()), "rmsprop"),
    ],
    ids=[
        "default",
        "other",
        "estimator's-default",
        "cloned",
        "back-again",
        "cloned-other",
        "builder's-default",
        "routed",
        "own-parameters",
    ],
)
def test_who_decides_on_an_argument_that_both_have(make, expected, small, calls):
    make(KerasClassifier(telling_optimizer)).initialize(*small)
    assert calls == [expected]


def test_a_search_over_an_argument_that_both_have(small, calls, monkeypatch):
    monkeypatch.setattr(KerasClassifier, "fit", KerasClassifier.initialize)
    grid = {"optimizer": ["adam", "sgd"]}
    search(KerasClassifier(telling_optimizer), grid, *small)
    assert sorted(calls) == ["adam", "adam", "sgd", "sgd"]


def test_a_search_changes_the_fitted_models(small):
    grid = {"optimizer__learning_rate": [1e-8, 0.5], "batch_size": [6]}
    e = KerasClassifier(hidden_8, epochs=3, random_state=0)
    found = GridSearchCV(e, grid, cv=2, scoring="neg_log_loss").fit(*small)
    scores = found.cv_results_["mean_test_score"]
    assert scores[0] != pytest.approx(scores[1], abs=1e-3)
    best = found.best_estimator_
    rate = found.best_params_["optimizer__learning_rate"]
    assert float(best.model_.optimizer.learning_rate) == pytest.approx(rate)


# --- repr ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (KerasClassifier(), "KerasClassifier()"),
        (KerasRegressor(), "KerasRegressor()"),
        (KerasClassifier("mlp"), "KerasClassifier(model='mlp')"),
        (KerasClassifier(epochs=3), "KerasClassifier(epochs=3)"),
        (KerasClassifier(epochs="auto", batch_size=32), "KerasClassifier()"),
        (KerasClassifier(dropout=0.5), "KerasClassifier(dropout=0.5)"),
        (KerasClassifier(dropout=0.0), "KerasClassifier()"),
        (
            KerasClassifier("mlp", l2=0.5, optimizer__learning_rate=0.1),
            "KerasClassifier(l2=0.5, model='mlp', optimizer__learning_rate=0.1)",
        ),
        (clone(KerasRegressor(dropout=0.5)), "KerasRegressor(dropout=0.5)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_repr(e, expected):
    assert repr(e) == expected


def test_html_repr_names_the_parameters():
    assert "hidden" in KerasClassifier(hidden_8, hidden=5)._repr_html_()


# --- builders --------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (hidden_8, "hidden_8"),
        (partial(partial(hidden_8), hidden=2), "hidden_8"),
        (Building, "Building.__call__"),
        (Building(), "Building"),
        (Building().build, "Building.build"),
        ("lstm", "lstm"),
        (keras.Sequential, "Sequential"),
    ],
    ids=["function", "partial", "class", "object", "method", "ready", "model-class"],
)
def test_every_kind_of_builder_has_a_name(model, name):
    assert builder_name(resolve_builder(model)) == name


def test_none_is_the_own_builder_or_the_ready_one():
    assert resolve_builder(None) is mlp
    assert resolve_builder(None, None, hidden_8) is hidden_8
    assert resolve_builder(None, hidden_16, hidden_8) is hidden_16
    assert resolve_builder(hidden_8) is hidden_8


def test_a_model_object_becomes_a_builder_of_copies():
    model = softmax(2)
    builder = resolve_builder(model)
    assert isinstance(builder, GivenModel)
    copy = builder()
    assert copy is not model
    assert told(copy) == told(model)


@pytest.mark.parametrize(
    "model",
    [
        hidden_8,
        partial(hidden_8),
        Building,
        Building(),
        Building().build,
        softmax(8),
        any_name,
        lambda meta: softmax(meta["n_features_in_"]),
    ],
    ids=[
        "function",
        "partial",
        "class",
        "object",
        "method",
        "model",
        "kwargs",
        "lambda",
    ],
)
def test_every_kind_of_builder_builds(model, small):
    X, y = small
    p = KerasClassifier(model).initialize(X, y).predict_proba(X)
    assert p.shape == (24, 3)


FACTS = {"n_classes": 3, "input_shape": (4,)}
ALWAYS = {"meta": {"a": 1}, "params": {}}
OWN = {"optimizer": "adam", "random_state": None, "epochs": "auto"}


@pytest.mark.parametrize(
    ("builder", "given", "touched", "expected"),
    [
        (lambda: 0, {}, set(), {}),
        (lambda a=1: 0, {}, set(), {}),
        (lambda a=1: 0, {"a": 2}, set(), {"a": 2}),
        (lambda a: 0, {"a": 2}, set(), {"a": 2}),
        (lambda n_classes: 0, {}, set(), {"n_classes": 3}),
        (lambda n_classes=7: 0, {}, set(), {}),
        (lambda n_classes: 0, {"n_classes": 9}, set(), {"n_classes": 9}),
        (lambda meta: 0, {}, set(), {"meta": {"a": 1}}),
        (lambda meta=None: 0, {}, set(), {"meta": {"a": 1}}),
        (lambda optimizer: 0, {}, set(), {"optimizer": "adam"}),
        (lambda optimizer="sgd": 0, {}, set(), {}),
        (lambda optimizer="sgd": 0, {}, {"optimizer"}, {"optimizer": "adam"}),
        (lambda epochs=1: 0, {"model__epochs": 4}, {"epochs"}, {"epochs": 4}),
        (lambda **rest: 0, {"a": 2}, set(), {"a": 2, **ALWAYS}),
        (lambda **rest: 0, {"a": 2, "fit__epochs": 3}, set(), {"a": 2, **ALWAYS}),
        (lambda **rest: 0, {"model__epochs": 2}, set(), {"epochs": 2, **ALWAYS}),
        (lambda a, **rest: 0, {"a": 2, "b": 3}, set(), {"a": 2, "b": 3, **ALWAYS}),
        (lambda input_shape, a=1: 0, {"a": 3}, set(), {"input_shape": (4,), "a": 3}),
        (partial(lambda a, b=2: 0, 1), {"b": 5}, set(), {"b": 5}),
    ],
    ids=[
        "nothing",
        "default",
        "given",
        "required-given",
        "fact",
        "default-over-fact",
        "given-over-fact",
        "meta",
        "meta-with-default",
        "own",
        "default-over-untouched-own",
        "touched-own-over-default",
        "model-prefix-over-own",
        "kwargs",
        "kwargs-without-routed",
        "kwargs-model-prefix",
        "kwargs-and-named",
        "several",
        "partial",
    ],
)
def test_builder_kwargs(builder, given, touched, expected):
    kwargs = builder_kwargs(
        builder,
        given=given,
        facts=FACTS,
        always=ALWAYS,
        own=OWN,
        untouched=set(OWN) - touched,
    )
    assert kwargs == expected


#: Facts that were handed to `curious`.
FOUND = {}


def curious(
    meta,
    params,
    compile_kwargs,
    n_features_in,
    input_shape,
    n_outputs,
    n_classes,
    target_type,
    random_state,
):
    FOUND.clear()
    FOUND.update(locals())
    return mlp(input_shape, target_type, n_outputs, n_classes)


X2, X3 = np.zeros((6, 4), "float32"), np.zeros((6, 3, 2))
LABELS = np.array(["a", "b", "c"] * 2)
VALUES_2 = np.arange(12.0).reshape(6, 2)


@pytest.mark.parametrize(
    ("estimator", "X", "y", "expected"),
    [
        (KerasClassifier, X2, LABELS, (4, (4,), 1, 3, "multiclass")),
        (KerasClassifier, X3, LABELS == "a", (3, (3, 2), 1, 2, "binary")),
        (
            KerasClassifier,
            X2,
            np.array([[0, 1, 1]] * 6),
            (4, (4,), 3, 3, "multilabel-indicator"),
        ),
        (
            KerasClassifier,
            X2,
            np.eye(6, dtype=int),
            (4, (4,), 6, 6, "multiclass-onehot"),
        ),
        (
            KerasClassifier,
            X2,
            np.c_[LABELS, LABELS],
            (4, (4,), 2, [3, 3], "multiclass-multioutput"),
        ),
        (
            KerasClassifier,
            X2,
            {"u": LABELS, "v": LABELS == "a"},
            (
                4,
                (4,),
                {"u": 1, "v": 1},
                {"u": 3, "v": 2},
                {"u": "multiclass", "v": "binary"},
            ),
        ),
        (KerasRegressor, X2, VALUES_2[:, 0], (4, (4,), 1, None, "continuous")),
        (KerasRegressor, X2, VALUES_2, (4, (4,), 2, None, "continuous")),
    ],
    ids=[
        "labels",
        "3-D",
        "multilabel",
        "one-hot",
        "columns",
        "dict",
        "values",
        "value-columns",
    ],
)
def test_facts_reach_the_builder_by_name(estimator, X, y, expected):
    e = estimator(curious, random_state=7).initialize(X, y)
    names = ("n_features_in", "input_shape", "n_outputs", "n_classes", "target_type")
    assert tuple(FOUND[name] for name in names) == expected
    assert FOUND["random_state"] == 7
    assert FOUND["params"]["random_state"] == 7
    assert {"optimizer", "loss", "metrics"} <= set(FOUND["compile_kwargs"])
    meta = FOUND["meta"]
    keys = {"n_features_in_", "X_shape_", "X_dtype_", "n_outputs_", "target_type_"}
    assert keys | {"n_outputs_expected_"} <= set(meta)
    assert meta["X_shape_"] == X.shape
    assert meta["X_dtype_"] == np.float32
    assert meta["n_outputs_expected_"] == len(e.model_.outputs)
    assert ("classes_" in meta) == (estimator is KerasClassifier)


def compiling(n_classes, compile_kwargs):
    model = softmax(n=n_classes)
    compile_kwargs["loss"] = "sparse_categorical_crossentropy"
    model.compile(**compile_kwargs)
    return model


def test_a_builder_may_compile_with_what_the_estimator_was_given(small):
    e = KerasClassifier(compiling, optimizer="sgd", optimizer__learning_rate=0.5)
    optimizer = e.initialize(*small).model_.optimizer
    assert isinstance(optimizer, keras.optimizers.SGD)
    assert float(optimizer.learning_rate) == 0.5


def test_the_default_classifier_of_the_shared_tests_takes_facts(iris):
    X, y = iris
    e = KerasClassifier(dense_classifier, hidden=5).initialize(X, y)
    assert [layer.units for layer in e.model_.layers] == [5, 3]
