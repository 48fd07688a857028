"""By what programs are found: models that differ in anything have other keys."""

import functools
import os
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_keras import clear_cache
from sk_keras._training import engine
from sk_keras._training.epochs import _build_metrics
from sk_keras._training.prediction import predict
from sk_keras._training.programs.keys import (
    forward_key,
    step_key,
    unique,
)
from sk_keras._training.rows import Rows
from sk_keras._training.settings import FitSettings
from tests.training.programs.models import MODELS, Scaled, rows_for

L = keras.layers


def compiled(layers=None, loss="mse", optimizer="sgd", inputs=(6,), **kwargs):
    """Build and compile a small model, whose parts tests exchange."""
    layers = [L.Dense(5, "relu"), L.Dense(1)] if layers is None else layers
    model = keras.Sequential([L.Input(inputs), *layers])
    model.compile(optimizer, loss, **kwargs)
    model.optimizer.build(model.trainable_variables)
    return model


def pinball(alpha):
    """Make a loss whose parameter is in a closure."""

    def loss(y, p):
        return keras.ops.mean(keras.ops.maximum(alpha * (y - p), (alpha - 1) * (y - p)))

    return loss


SCALE = 1.0


def reads_a_global(y, p):
    return SCALE * keras.ops.mean(keras.ops.square(y - p))


def frozen(model, index):
    model.layers[index].trainable = False
    return model


def with_kernel_frozen():
    model = compiled()
    model.layers[0].kernel.trainable = False
    return model


def adapted(mean):
    """Build with a layer whose statistics are learned, not configured."""
    layer = L.Normalization()
    layer.adapt(
        np.array([[mean], [mean + 2.0]], "float32") * np.ones((2, 6), "float32")
    )
    return compiled([layer, L.Dense(1)])


def binned(at):
    layer = L.Discretization(num_bins=2)
    layer.adapt(np.array([at - 1.0, at + 1.0] * 10, "float32"))
    return compiled([layer, L.Rescaling(1.0), L.Dense(1)])


class Shifted(keras.losses.Loss):
    """A loss whose config leaves its parameter out."""

    def __init__(self, by):
        super().__init__()
        self.by = by

    def call(self, y, p):
        return keras.ops.square(y - p + self.by)


class Factor:
    """An object whose attribute a function uses."""

    def __init__(self, value):
        self.value = value

    def __call__(self, y, p):
        return self.value * (y - p) ** 2


class Plain(keras.regularizers.Regularizer):
    """A regulariser whose config leaves its parameter out."""

    def __init__(self, by):
        self.by = by

    def __call__(self, x):
        return self.by * keras.ops.sum(keras.ops.square(x))

    def get_config(self):
        return {}


class Slots:
    __slots__ = ("value",)


class SlotsBelow(Slots):
    """Holds a value where vars() does not show it."""

    def __init__(self, value):
        self.value = value

    def __call__(self, y, p):
        return self.value * (y - p) ** 2


class Tied(L.Layer):
    """Uses a variable of another layer."""

    def __init__(self, source, **kwargs):
        super().__init__(**kwargs)
        self.source = source

    def call(self, x):
        return x @ self.source.kernel

    def get_config(self):
        return {"name": self.name}


class ByName(keras.Model):
    """Reads the names of its layers."""

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            head = self.get_layer("head")
            out = self(x, training=True)
            loss = self.compute_loss(x, y, out) + keras.ops.sum(head.kernel**2)
        weights = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        return {"loss": loss}


class OwnConfig(keras.optimizers.SGD):
    """An optimizer of a user's whose config is not complete."""

    def get_config(self):
        return {"learning_rate": 0.1}


def by_name(*names):
    x = L.Input((6,), name="in")
    hidden = L.Dense(6, name=names[0])(x)
    model = ByName(x, L.Dense(6, name=names[1])(hidden))
    model.compile("sgd", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def tied(index):
    layers = [L.Dense(6), L.Dense(6)]
    for layer in layers:
        layer.build((None, 6))
    return compiled([*layers, Tied(layers[index]), L.Dense(1)])


def with_method(name, function):
    model = compiled()
    setattr(model, name, types.MethodType(function, model))
    return model


def with_call(factor):
    layer = L.Dense(6)
    inner = layer.call
    layer.call = lambda x, training=None: factor * inner(x)
    return compiled([layer, L.Dense(1)])


def wrapped(scale):
    """Make a function that passes for one of Keras'."""
    source = "def f(x): return scale * x"
    namespace = {"scale": scale, "__name__": __name__}
    exec(source, namespace)
    return functools.wraps(keras.ops.relu)(namespace["f"])


def residual(factor):
    x = L.Input((6,))
    model = keras.Model(x, L.Dense(1)(x + factor * L.Dense(6)(x)))
    model.compile("sgd", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def upsampling(interpolation):
    up = L.UpSampling2D(interpolation=interpolation, name=interpolation)
    return compiled([L.Reshape((2, 3, 1)), up, L.Flatten(), L.Dense(1)])


class Subclassed(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.hidden = [L.Dense(units, "relu"), L.Dense(units)]
        self.out = L.Dense(1)

    def call(self, x):
        for layer in self.hidden:
            x = layer(x)
        return self.out(x)


def subclassed(units=3):
    model = Subclassed(units)
    model(np.zeros((2, 6), "float32"))
    model.compile("sgd", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def functional(skip):
    """Build the same layers, joined in two ways."""
    x = L.Input((6,))
    a = L.Dense(6)(x)
    b = L.Dense(6)(a if not skip else x)
    model = keras.Model(x, L.Dense(1)(L.Add()([a, b])))
    model.compile("sgd", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def swapped(order):
    x, z = L.Input((6,)), L.Input((6,))
    model = keras.Model([x, z], L.Subtract()([x, z] if order else [z, x]))
    model.compile("sgd", "mse")
    model.optimizer.build([])
    return model


def one_layer(layer):
    return functools.partial(compiled, [layer, L.Dense(1)])


def scaled(factor):
    return lambda: compiled([Scaled(factor), L.Dense(1)])


def optimizer(make):
    return lambda: compiled(optimizer=make())


# --- places where a difference can hide ---------------------------------------


def with_attribute(name, thing):
    """Set an attribute of variables, after a layer has made them."""
    model = compiled()
    for variable in model.trainable_variables:
        setattr(variable, name, thing)
    return model


def mapped(factor):
    x = L.Input((6,))
    y = keras.ops.map(lambda row: factor * row, x)
    model = keras.Model(x, L.Dense(1)(y))
    model.compile("sgd", "mse")
    return model


def stepping(factor):
    model = compiled()
    usual = model.train_step

    @functools.wraps(usual)
    def train_step(data):
        x, y = data
        return usual((x * factor, y))

    model.train_step = train_step
    return model


def times(x, factor):
    return x * factor


def passing(factor):
    function = functools.partial(times, factor=factor)
    return compiled([L.Dense(1, activation=functools.update_wrapper(function, times))])


class Reading(L.Layer):
    """Multiplies by what it reads while it is called."""

    def __init__(self, read, **kwargs):
        super().__init__(**kwargs)
        self.read = read

    def call(self, x):
        return x * float(self.read())


def from_environment():
    return os.environ["SCALE_OF_A_TEST"]


def in_environment(value):
    os.environ["SCALE_OF_A_TEST"] = value
    return compiled([Reading(from_environment), L.Dense(1)])


def from_globals():
    return globals()["FAC" + "TOR"]


def with_global(value):
    globals()["FACTOR"] = value
    return compiled([Reading(from_globals), L.Dense(1)])


settings = types.SimpleNamespace(scale=1.0)


def from_module():
    return settings.scale


def with_module(value):
    settings.scale = value
    return compiled([Reading(from_module), L.Dense(1)])


def masked(hidden):
    values = np.ma.masked_array([3.0], [hidden])
    return compiled([Reading(lambda: values.filled(1.0)[0]), L.Dense(1)])


class Meta(type):
    scale = 1.0


class OfMeta(L.Layer, metaclass=type("Both", (Meta, type(L.Layer)), {})):
    def call(self, x):
        return x * type(self).scale


def of_metaclass(value):
    Meta.scale = value
    return compiled([OfMeta(), L.Dense(1)])


class Clip(keras.constraints.Constraint):
    def __init__(self, at):
        self.at = at

    def __call__(self, w):
        return keras.ops.clip(w, -self.at, self.at)


class Scaling(keras.optimizers.SGD):
    def __init__(self, factor):
        super().__init__(0.1)
        self.factor = factor

    def apply(self, grads, trainable_variables=None):
        super().apply([g * self.factor for g in grads], trainable_variables)


def bent(factor):
    @tf.custom_gradient
    def identity(x):
        return x + 0.0, lambda upstream: factor * upstream

    return compiled([L.Dense(6, activation=identity), L.Dense(1)])


class LastTrained(keras.Model):
    """Trains the last of its weights only."""

    first = 0

    @property
    def trainable_weights(self):
        return super().trainable_weights[self.first :]


def with_last_trained(first):
    x = L.Input((6,))
    model = LastTrained(x, L.Dense(1)(L.Dense(3)(x)))
    model.first = first
    model.compile("sgd", "mse")
    return model


def excluding(name):
    optimizer = keras.optimizers.AdamW(weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=[name])
    return compiled([L.Dense(1, name="head")], optimizer=optimizer)


sgd, adam = keras.optimizers.SGD, keras.optimizers.Adam
decay = keras.optimizers.schedules.ExponentialDecay

#: Pairs of makers of models that differ in one thing.
DIFFERENT = {
    "units": (lambda: compiled([L.Dense(3)]), lambda: compiled([L.Dense(4)])),
    "activation": (
        lambda: compiled([L.Dense(3, "relu")]),
        lambda: compiled([L.Dense(3, "tanh")]),
    ),
    "activation function": (
        lambda: compiled([L.Dense(3, lambda x: x * 2)]),
        lambda: compiled([L.Dense(3, lambda x: x * 3)]),
    ),
    "bias": (
        lambda: compiled([L.Dense(3, use_bias=False)]),
        lambda: compiled([L.Dense(3)]),
    ),
    "rate": (
        lambda: compiled([L.Dropout(0.2), L.Dense(1)]),
        lambda: compiled([L.Dropout(0.3), L.Dense(1)]),
    ),
    "int or float": (
        lambda: compiled([L.Rescaling(1), L.Dense(1)]),
        lambda: compiled([L.Rescaling(1.0), L.Dense(1)]),
    ),
    "regulariser": (
        lambda: compiled([L.Dense(1, kernel_regularizer=keras.regularizers.L2(0.1))]),
        lambda: compiled([L.Dense(1, kernel_regularizer=keras.regularizers.L2(0.2))]),
    ),
    "constraint": (
        lambda: compiled([L.Dense(1, kernel_constraint="non_neg")]),
        lambda: compiled([L.Dense(1)]),
    ),
    "layer class": (
        lambda: compiled([L.GaussianDropout(0.2), L.Dense(1)]),
        lambda: compiled([L.Dropout(0.2), L.Dense(1)]),
    ),
    "lambda": (
        lambda: compiled([L.Lambda(lambda x: x + 1), L.Dense(1)]),
        lambda: compiled([L.Lambda(lambda x: x + 2), L.Dense(1)]),
    ),
    "order of layers": (
        lambda: compiled([L.ReLU(), L.Softmax(), L.Dense(1)]),
        lambda: compiled([L.Softmax(), L.ReLU(), L.Dense(1)]),
    ),
    "topology": (lambda: functional(True), lambda: functional(False)),
    "order of inputs": (lambda: swapped(True), lambda: swapped(False)),
    "input shape": (compiled, lambda: compiled(inputs=(7,))),
    "dtype policy": (
        lambda: compiled([L.Dense(1, dtype="mixed_bfloat16")]),
        lambda: compiled([L.Dense(1)]),
    ),
    "trainable flag": (compiled, lambda: frozen(compiled(), 0)),
    "which layer is frozen": (
        lambda: frozen(compiled([L.Dense(6), L.Dense(6), L.Dense(1)]), 0),
        lambda: frozen(compiled([L.Dense(6), L.Dense(6), L.Dense(1)]), 1),
    ),
    "frozen variable": (compiled, with_kernel_frozen),
    "adapted mean": (lambda: adapted(0.0), lambda: adapted(5.0)),
    "adapted bins": (lambda: binned(0.0), lambda: binned(5.0)),
    "loss": (compiled, lambda: compiled(loss="mae")),
    "loss argument": (
        lambda: compiled(loss=keras.losses.Huber(delta=1.0)),
        lambda: compiled(loss=keras.losses.Huber(delta=2.0)),
    ),
    "loss closure": (
        lambda: compiled(loss=pinball(0.1)),
        lambda: compiled(loss=pinball(0.9)),
    ),
    "loss without a config": (
        lambda: compiled(loss=Shifted(1.0)),
        lambda: compiled(loss=Shifted(2.0)),
    ),
    "object as loss": (
        lambda: compiled(loss=Factor(1.0)),
        lambda: compiled(loss=Factor(2.0)),
    ),
    "partial as loss": (
        lambda: compiled(loss=functools.partial(keras.losses.huber, delta=1.0)),
        lambda: compiled(loss=functools.partial(keras.losses.huber, delta=2.0)),
    ),
    "reduction": (
        lambda: compiled(loss=keras.losses.MeanSquaredError(reduction="sum")),
        lambda: compiled(loss=keras.losses.MeanSquaredError()),
    ),
    "loss weight": (compiled, lambda: compiled(loss_weights=[0.5])),
    "metrics": (compiled, lambda: compiled(metrics=["mae"])),
    "metric function": (
        lambda: compiled(metrics=[pinball(0.1)]),
        lambda: compiled(metrics=[pinball(0.9)]),
    ),
    "function in a metric": (
        lambda: compiled(metrics=[keras.metrics.MeanMetricWrapper(pinball(0.1), "m")]),
        lambda: compiled(metrics=[keras.metrics.MeanMetricWrapper(pinball(0.9), "m")]),
    ),
    "name in the logs": (
        lambda: compiled(metrics=[keras.metrics.MeanSquaredError(name="a")]),
        lambda: compiled(metrics=[keras.metrics.MeanSquaredError(name="b")]),
    ),
    "weighted metrics": (
        lambda: compiled(metrics=["mae"]),
        lambda: compiled(weighted_metrics=["mae"]),
    ),
    "momentum": (
        optimizer(lambda: sgd(0.1, momentum=0.1)),
        optimizer(lambda: sgd(0.1, momentum=0.2)),
    ),
    "nesterov": (
        optimizer(lambda: sgd(0.1, momentum=0.1)),
        optimizer(lambda: sgd(0.1, momentum=0.1, nesterov=True)),
    ),
    "beta": (optimizer(lambda: adam(beta_1=0.8)), optimizer(adam)),
    "clipping": (optimizer(lambda: adam(clipnorm=1.0)), optimizer(adam)),
    "averaging": (optimizer(lambda: adam(use_ema=True)), optimizer(adam)),
    "decay": (optimizer(lambda: adam(weight_decay=0.1)), optimizer(adam)),
    "accumulation": (
        optimizer(lambda: adam(gradient_accumulation_steps=2)),
        optimizer(adam),
    ),
    "schedule": (
        optimizer(lambda: adam(decay(0.1, 5, 0.5))),
        optimizer(lambda: adam(decay(0.1, 5, 0.6))),
    ),
    "schedule or rate": (optimizer(lambda: adam(decay(0.1, 5, 0.5))), optimizer(adam)),
    "optimizer": (compiled, lambda: compiled(optimizer="adam")),
    "own layer": (scaled(0.5), scaled(0.6)),
    "activity regulariser": (
        lambda: compiled([L.Dense(1, activity_regularizer=Plain(0.1))]),
        lambda: compiled([L.Dense(1, activity_regularizer=Plain(0.2))]),
    ),
    "activity regulariser of an own layer": (
        lambda: compiled([Scaled(1, activity_regularizer="l1"), L.Dense(1)]),
        lambda: compiled([Scaled(1, activity_regularizer="l2"), L.Dense(1)]),
    ),
    "name that is a value": (
        lambda: upsampling("nearest"),
        lambda: upsampling("bilinear"),
    ),
    "name that code reads": (
        lambda: by_name("head", "tail"),
        lambda: by_name("tail", "head"),
    ),
    "variable of another layer": (lambda: tied(0), lambda: tied(1)),
    "method of the object": (
        lambda: with_method("compute_loss", lambda self, *args, **kwargs: 1.0),
        lambda: with_method("compute_loss", lambda self, *args, **kwargs: 2.0),
    ),
    "call of the object": (lambda: with_call(1.0), lambda: with_call(2.0)),
    "constant in a residual": (lambda: residual(1.0), lambda: residual(2.0)),
    "dtype of a loss": (
        lambda: compiled(loss=keras.losses.MeanSquaredError(dtype="float64")),
        lambda: compiled(loss=keras.losses.MeanSquaredError()),
    ),
    "clipping that a config leaves out": (
        optimizer(lambda: OwnConfig(0.1, clipnorm=1.0)),
        optimizer(lambda: OwnConfig(0.1)),
    ),
    "global behind functools.wraps": (
        lambda: compiled([L.Dense(1, activation=wrapped(1.0))]),
        lambda: compiled([L.Dense(1, activation=wrapped(2.0))]),
    ),
    "own config beside a wrapped optimizer": (
        optimizer(lambda: keras.optimizers.LossScaleOptimizer(adam(beta_1=0.8))),
        optimizer(lambda: keras.optimizers.LossScaleOptimizer(adam())),
    ),
    "regularizer of a variable": (
        lambda: with_attribute("regularizer", keras.regularizers.L2(0.1)),
        lambda: with_attribute("regularizer", keras.regularizers.L2(0.2)),
    ),
    "constraint of a variable": (
        lambda: with_attribute("constraint", keras.constraints.MaxNorm(1.0)),
        lambda: with_attribute("constraint", keras.constraints.MaxNorm(2.0)),
    ),
    "function of an operation": (lambda: mapped(1.0), lambda: mapped(2.0)),
    "own step behind functools.wraps": (lambda: stepping(1.0), lambda: stepping(2.0)),
    "partial that passes for a function": (lambda: passing(1.0), lambda: passing(2.0)),
    "environment": (lambda: in_environment("1"), lambda: in_environment("2")),
    "global by its name": (lambda: with_global(1.0), lambda: with_global(2.0)),
    "attribute of a module": (lambda: with_module(1.0), lambda: with_module(2.0)),
    "masked array": (lambda: masked(True), lambda: masked(False)),
    "metaclass": (lambda: of_metaclass(1.0), lambda: of_metaclass(2.0)),
    "object with an incomplete config": (
        lambda: compiled([L.Dense(1, kernel_regularizer=Plain(0.1))]),
        lambda: compiled([L.Dense(1, kernel_regularizer=Plain(0.2))]),
    ),
    "own constraint": (
        lambda: compiled([L.Dense(1, kernel_constraint=Clip(0.1))]),
        lambda: compiled([L.Dense(1, kernel_constraint=Clip(0.2))]),
    ),
    "own apply": (
        lambda: compiled(optimizer=Scaling(0.1)),
        lambda: compiled(optimizer=Scaling(0.2)),
    ),
    "custom gradient": (lambda: bent(1.0), lambda: bent(2.0)),
    "names that are excluded from decay": (
        lambda: excluding("kernel"),
        lambda: excluding("bias"),
    ),
    "own trainable weights": (
        lambda: with_last_trained(0),
        lambda: with_last_trained(-2),
    ),
    "units of a subclassed model": (lambda: subclassed(3), lambda: subclassed(4)),
}


def training_key(model, *, training=True, seed=0):
    """Return the key of a compiled model's steps."""
    if not model.compiled:
        model.compile("adam", "mse")
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    batch = rows_for(model)
    _build_metrics(model, batch)
    state = model.variables + model.metrics_variables
    if training:
        state += model.optimizer.variables
    state = unique(state)
    return step_key(model, state, batch, training=training, seed=seed).key


#: Of those above, the ones that are for one model alone: code around their steps.
ALONE = {
    "clipping that a config leaves out",
    "custom gradient",
    "name that code reads",
    "own apply",
    "own constraint",
    "own step behind functools.wraps",
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_models_that_differ_have_other_keys(name):
    keys = [training_key(make()) for make in DIFFERENT[name]]
    if name in ALONE:
        assert keys == [None, None]
    else:
        assert None not in keys
        assert keys[0] != keys[1]


#: And of these, one whose optimizer reads the numbered names.
NUMBERED = ALONE | {"own_step", "names that are excluded from decay"}


@pytest.mark.parametrize("name", sorted((DIFFERENT.keys() | MODELS.keys()) - NUMBERED))
def test_models_that_differ_in_numbered_names_have_one_key(name):
    for make in DIFFERENT.get(name) or [MODELS[name]]:
        first = training_key(make())
        dense_before = L.Dense(1).name
        second = training_key(make())
        assert L.Dense(1).name != dense_before
        assert first == second is not None


@pytest.mark.parametrize(
    "make", [lambda: scaled(0.5)(), compiled], ids=["own", "plain"]
)
def test_the_learning_rate_is_not_in_the_key(make):
    one, other = (compiled(optimizer=adam(rate)) for rate in (0.1, 0.2))
    assert training_key(one) == training_key(other)


def test_a_global_that_a_loss_reads_is_in_the_key(monkeypatch):
    before = training_key(compiled(loss=reads_a_global))
    monkeypatch.setattr(f"{__name__}.SCALE", 2.0)
    assert training_key(compiled(loss=reads_a_global)) != before


def test_a_method_that_was_exchanged_is_in_the_key(monkeypatch):
    make = scaled(0.5)
    before = training_key(make())
    monkeypatch.setattr(Scaled, "call", lambda self, x: self.inner(x))
    assert training_key(make()) != before


def test_a_method_of_keras_that_was_exchanged_is_in_the_key(monkeypatch):
    before = training_key(compiled())
    usual = L.Dense.call
    monkeypatch.setattr(L.Dense, "call", lambda self, inputs: 2 * usual(self, inputs))
    assert training_key(compiled()) != before


def test_epsilon_is_in_the_key():
    before = training_key(compiled())
    usual = keras.config.epsilon()
    keras.config.set_epsilon(0.1)
    try:
        assert training_key(compiled()) != before
    finally:
        keras.config.set_epsilon(usual)
    assert training_key(compiled()) == before


def test_a_class_made_by_a_function_counts_by_what_it_does():
    def make(factor):
        class Local(L.Layer):
            def call(self, x):
                return factor * x

        return compiled([Local(), L.Dense(1)])

    assert training_key(make(1.0)) == training_key(make(1.0))
    assert training_key(make(1.0)) != training_key(make(2.0))


def test_parts_go_into_the_keys_that_need_them():
    def keys(**kwargs):
        model = compiled(**kwargs)
        x, _ = rows_for(model)
        measuring = training_key(model, training=False)
        return forward_key(model, x), measuring, training_key(model)

    a, b, c = keys(), keys(loss="mae"), keys(optimizer="adam")
    assert a[0] == b[0] == c[0]
    assert a[1] == c[1] != b[1]
    assert len({a[2], b[2], c[2]}) == 3


def around_named_inputs(first, second):
    """Put a model with inputs of these names into another one."""
    a, b = L.Input((6,), name=first), L.Input((6,), name=second)
    inner = keras.Model([a, b], L.Subtract()([a, b]))
    return keras.Sequential([inner, L.Dense(1)])


def test_names_by_which_inner_models_find_their_inputs_count():
    x = {"a": np.ones((2, 6), "float32"), "b": np.zeros((2, 6), "float32")}
    keys = []
    for names in (("a", "b"), ("b", "a"), ("a", "b")):
        model = around_named_inputs(*names)
        model(x)
        keys.append(forward_key(model, x))
    assert keys[0] == keys[2] != keys[1]


# --- a kept program never changes a result ---------------------------------------

#: Pairs whose difference is in no config.
HIDDEN = sorted(
    ALONE
    | {
        "activity regulariser",
        "attribute of a module",
        "call of the object",
        "constraint of a variable",
        "environment",
        "function of an operation",
        "global behind functools.wraps",
        "global by its name",
        "loss closure",
        "masked array",
        "metaclass",
        "object with an incomplete config",
        "partial that passes for a function",
        "regularizer of a variable",
        "variable of another layer",
    }
)


def outcome(make):
    """Fit a model that always begins alike; return its weights and predictions."""
    keras.utils.set_random_seed(0)
    model = make()
    rng = np.random.RandomState(0)
    x, y = rows_for(model)
    x, y = rng.randn(20, *x.shape[1:]), rng.randn(20, *y.shape[1:])
    rows = Rows(x.astype("float32"), y.astype("float32"))
    history, _ = engine.fit(model, rows, None, {}, SETTINGS)
    return [*model.get_weights(), *history.values(), predict(model, rows.X, 8, {})]


SETTINGS = FitSettings(
    epochs=1,
    batch_size=8,
    validation_batch_size=8,
    verbose=0,
    engine="auto",
    seed=0,
    order=None,
    extra={},
)


@pytest.mark.slow
@pytest.mark.parametrize("name", HIDDEN)
def test_a_fit_after_another_models_is_as_with_nothing_kept(name):
    one, other = DIFFERENT[name]
    clear_cache()
    outcome(one)
    after = outcome(other)
    clear_cache()
    for value, expected in zip(after, outcome(other), strict=True):
        np.testing.assert_array_equal(value, expected)
