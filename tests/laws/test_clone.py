"""A clone has equal parameters and shares nothing; a fit changes none of them."""

import copy
from functools import partial

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import KFold

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._shared.routing.same_value import same_value
from sk_keras.preprocessing import ImageAugmenter
from tests.builders import Building, Network, given_model, hidden_8, linear, softmax
from tests.fits import ONE_STEP, assert_same_weights
from tests.told import told


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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


NOT_DEFAULT = {
    "input_columns": {"all": slice(0, 4)},
    "optimizer": "sgd",
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "epochs": 3,
    "batch_size": 7,
    "validation_batch_size": 9,
    "shuffle": False,
    "validation_split": 0.3,
    "early_stopping": 4,
    "callbacks": [keras.callbacks.EarlyStopping],
    "augmenter": keras.layers.RandomFlip(seed=3),
    "class_weight": "balanced",
    "trainable": "dense*",
    "warm_start": True,
    "random_state": 3,
    "run_eagerly": True,
    "engine": "keras",
    "custom_objects": {"Network": Network},
    "verbose": 2,
    "use_bias": False,
    "optimizer__learning_rate": 0.5,
    "loss__from_logits": True,
    "compile__loss_weights": [2.0],
    "callbacks__monitor": "loss",
    "fit__epochs": 4,
    "predict__batch_size": 11,
}


def test_clone_keeps_every_parameter():
    """Keras' wrappers lose `fit_kwargs`: searches train a single epoch."""
    estimator = KerasClassifier(linear, **NOT_DEFAULT)
    params = estimator.get_params()
    assert {name: params[name] for name in NOT_DEFAULT} == NOT_DEFAULT
    assert same_value(clone(estimator).get_params(), params)
    assert set(params) - {"model", "build_fn"} == set(NOT_DEFAULT)


def test_epochs_survive_a_clone(few):
    assert clone(KerasClassifier(linear, epochs=3)).fit(*few).n_iter_ == 3


def test_clones_share_nothing_that_trains():
    """Keras' wrappers hand one model object to every clone."""
    given = KerasClassifier(
        given_model(),
        optimizer=keras.optimizers.SGD(0.5),
        callbacks=[keras.callbacks.EarlyStopping(patience=7)],
        loss=keras.losses.SparseCategoricalCrossentropy(),
    )
    twin = clone(given)
    for name in ("model", "optimizer", "loss"):
        assert getattr(twin, name) is not getattr(given, name)
    assert twin.callbacks[0] is not given.callbacks[0]
    assert_same_weights(twin.model, given.model)
    assert not {id(v) for v in twin.model.layers} & {id(v) for v in given.model.layers}
    assert twin.optimizer.get_config() == given.optimizer.get_config()
    assert twin.callbacks[0].patience == 7


def test_fit_leaves_parameters_alone(few):
    """Keras' wrappers write the arguments of `fit` into `fit_kwargs`."""
    given = {
        "metrics": ["accuracy"],
        "class_weight": {"setosa": 1.0, "versicolor": 2.0, "virginica": 1.0},
        "callbacks": {"stop": keras.callbacks.EarlyStopping(monitor="loss")},
        "custom_objects": {},
        "optimizer": {"class_name": "SGD", "config": {"learning_rate": 0.1}},
        "loss": keras.losses.SparseCategoricalCrossentropy(),
    }
    before = copy.deepcopy({k: v for k, v in given.items() if k not in ("loss",)})
    del before["callbacks"]
    estimator = KerasClassifier(linear, epochs=2, **given)
    params = estimator.get_params()
    estimator.fit(*few, epochs=1, batch_size=10, sample_weight=np.ones(50))
    assert estimator.n_iter_ == 1
    assert all(estimator.get_params()[name] is params[name] for name in params)
    assert {name: given[name] for name in before} == before
    assert list(given["callbacks"]) == ["stop"]


def test_fit_leaves_data_alone(few):
    """SciKeras multiplies class weights into the caller's array."""
    X, y = few
    weight = np.full(50, 2)
    copies = X.copy(), y.copy(), weight.copy()
    KerasClassifier(linear, class_weight="balanced", **ONE_STEP).fit(X, y, weight)
    for now, then in zip((X, y, weight), copies, strict=True):
        np.testing.assert_array_equal(now, then)
        assert now.dtype == then.dtype
