"""Traced programs: the same as Keras, shared where and only where they may be."""

import functools
import gc
import threading
import types
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.model_selection import GridSearchCV

from sk_keras import KerasClassifier, KerasRegressor, clear_cache
from sk_keras._training import engine, epochs, prediction
from sk_keras._training.programs import program as programs
from sk_keras._training.programs.fingerprint import Fingerprint
from sk_keras._training.programs.program_cache import kept_programs
from sk_keras._training.programs.tokens import CannotCompare
from sk_keras._training.rows import Rows
from sk_keras._training.settings import FitSettings
from tests.builders import dense_classifier

L = keras.layers


@keras.saving.register_keras_serializable("tests")
class Scaled(L.Layer):
    """A layer of a user's, with an attribute that its code uses."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.inner = L.Dense(4)

    def build(self, shape):
        self.inner.build(shape)
        self.shift = self.add_weight(shape=(4,), initializer="zeros")

    def call(self, x):
        return self.inner(x) * self.factor + self.shift


class OwnStep(keras.Model):
    """A model with a train_step and logs of its own."""

    def train_step(self, data):
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            out = self(x, training=True)
            loss = 2 * self.compute_loss(x, y, out, weight)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(
            zip(gradients, self.trainable_variables, strict=True)
        )
        self.compute_metrics(x, y, out, weight)
        return {"loss": loss, "nested": {"rows": tf.shape(y)[0]}}


def dense():
    return keras.Sequential([L.Input((6,)), L.Dense(5, "relu"), L.Dense(3, "softmax")])


def normalised():
    layers = [L.Dense(5), L.BatchNormalization(), L.ReLU(), L.Dropout(0.3, seed=1)]
    return keras.Sequential([L.Input((6,)), *layers, L.Dense(3, "softmax")])


def conv():
    layers = [L.Reshape((3, 2, 1)), L.Conv2D(3, 2, padding="same"), L.Flatten()]
    return keras.Sequential([L.Input((6,)), *layers, L.Dense(3, "softmax")])


def lstm():
    layers = [L.Reshape((3, 2)), L.LSTM(4)]
    return keras.Sequential([L.Input((6,)), *layers, L.Dense(3, "softmax")])


def embedding():
    layers = [L.Embedding(4, 3), L.GlobalAveragePooling1D()]
    return keras.Sequential([L.Input((6,)), *layers, L.Dense(3, "softmax")])


def several_inputs():
    a, b = L.Input((6,), name="a"), L.Input((2,), name="b")
    merged = L.Concatenate()([L.Dense(3, "tanh")(a), L.Dense(2)(b)])
    return keras.Model({"a": a, "b": b}, L.Dense(3, "softmax")(merged))


def own_layer():
    return keras.Sequential([L.Input((6,)), Scaled(0.5), L.Dense(3, "softmax")])


def own_step():
    x = L.Input((6,))
    return OwnStep(x, L.Dense(3, "softmax")(L.Dense(5, "relu")(x)))


MODELS = {
    f.__name__: f
    for f in (
        dense,
        normalised,
        conv,
        lstm,
        embedding,
        several_inputs,
        own_layer,
        own_step,
    )
}
OPTIMIZERS = {
    "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "schedule": lambda: keras.optimizers.Adam(
        keras.optimizers.schedules.ExponentialDecay(0.02, 5, 0.7)
    ),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.01),
    "clipped": lambda: keras.optimizers.AdamW(0.01, clipnorm=0.1),
}


def data(model, n_rows, seed, weighted):
    """Draw rows that fit a model."""
    rng = np.random.RandomState(seed)
    X = rng.randint(0, 4, (n_rows, 6)).astype(np.float32)
    y = X.sum(axis=1).astype(np.int32) % 3
    weight = rng.uniform(0.5, 2, n_rows).astype(np.float32) if weighted else None
    if isinstance(model.inputs, list) and len(model.inputs) > 1:
        X = {"a": X, "b": X[:, :2] - X[:, 2:4]}
    return Rows(X, y, weight)


def settings(which="auto", n_epochs=2, seed=None):
    return FitSettings(
        epochs=n_epochs,
        batch_size=8,
        validation_batch_size=8,
        verbose=0,
        engine=which,
        seed=seed,
        order=None,
        extra={},
    )


def train(which, build, optimizer, full, seed=7):
    """Build, compile and fit; return the weights, the history and the path."""
    keras.utils.set_random_seed(seed)
    model = build()
    accuracy = ["accuracy", keras.metrics.SparseCategoricalCrossentropy(name="ce")]
    model.compile(
        optimizer(),
        "sparse_categorical_crossentropy",
        metrics=accuracy if full else None,
        weighted_metrics=["accuracy"] if full else None,
    )
    train_rows = data(model, 29, 0, weighted=full)
    held_out = data(model, 11, 1, weighted=full) if full else None
    history, path = engine.fit(model, train_rows, held_out, {}, settings(which))
    return model.get_weights(), history, path


#: Each model with each optimizer, and each of both plain and with all the rest.
PAIRED = [
    pytest.param(
        MODELS[model],
        OPTIMIZERS[name],
        full,
        id=f"{model}-{name}-{'weights-metrics-val' if full else 'plain'}",
    )
    for i, model in enumerate(MODELS)
    for j, name in enumerate(OPTIMIZERS)
    for full in [j == (i + 1) % len(OPTIMIZERS)]
]


@pytest.mark.slow
@pytest.mark.parametrize(("build", "optimizer", "full"), PAIRED)
def test_the_same_as_keras_and_again_from_the_cache(
    build, optimizer, full, monkeypatch
):
    weights, history, path = train("auto", build, optimizer, full)
    assert path == "compiled"
    expected_weights, expected_history, _ = train("keras", build, optimizer, full)
    for got, expected in zip(weights, expected_weights, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)
    assert list(history) == list(expected_history)
    for name, values in expected_history.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5)

    monkeypatch.setattr(epochs, "trace", None)  # what is not kept fails
    again_weights, again_history, path = train("auto", build, optimizer, full)
    assert path == "compiled"
    assert again_history == history
    for got, expected in zip(again_weights, weights, strict=True):
        np.testing.assert_array_equal(got, expected)


# --- what models share -------------------------------------------------------


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
    layer.call = lambda x: factor * inner(x)
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
    "units of a subclassed model": (lambda: subclassed(3), lambda: subclassed(4)),
}


def training_key(model):
    return Fingerprint(model).training


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_models_that_differ_have_other_fingerprints(pair):
    a, b = (make() for make in pair)
    assert training_key(a) != training_key(b)


@pytest.mark.parametrize(
    "make",
    [*(m for pair in DIFFERENT.values() for m in pair), *MODELS.values()],
    ids=lambda make: getattr(make, "__name__", "model"),
)
def test_models_that_differ_in_numbered_names_share_a_fingerprint(make):
    first = make()
    dense_before = L.Dense(1).name
    second = make()
    assert L.Dense(1).name != dense_before
    for model in (first, second):
        if not model.compiled:
            model.compile("adam", "mse")
            model.optimizer.build(model.trainable_variables)
    assert training_key(first) == training_key(second)


def test_the_learning_rate_is_not_in_the_fingerprint():
    one, other = (compiled(optimizer=adam(rate)) for rate in (0.1, 0.2))
    assert training_key(one) == training_key(other)


def test_a_global_that_a_loss_reads_is_in_the_fingerprint(monkeypatch):
    before = training_key(compiled(loss=reads_a_global))
    monkeypatch.setattr(f"{__name__}.SCALE", 2.0)
    assert training_key(compiled(loss=reads_a_global)) != before


def test_a_global_called_like_an_attribute_does_not_count(monkeypatch):
    before = training_key(scaled(0.5)())
    monkeypatch.setattr(f"{__name__}.factor", threading.Lock(), raising=False)
    assert training_key(scaled(0.5)()) == before


def test_a_module_of_ones_own_is_looked_into(monkeypatch):
    own = types.ModuleType("own_module")
    own.inner = types.ModuleType("own_module.inner")
    monkeypatch.setattr(f"{__name__}.own", own, raising=False)
    namespace = globals()
    exec("def reads_a_module(y, p): return own.inner.SCALE * (y - p) ** 2", namespace)
    keys = []
    for own.inner.SCALE in (1.0, 2.0, 1.0):
        keys.append(training_key(compiled(loss=namespace["reads_a_module"])))
    assert keys[0] == keys[2] != keys[1]


def test_a_method_that_was_exchanged_is_in_the_fingerprint(monkeypatch):
    make = scaled(0.5)
    before = training_key(make())
    monkeypatch.setattr(Scaled, "call", lambda self, x: self.inner(x))
    assert training_key(make()) != before


def test_epsilon_is_in_the_fingerprint():
    before = training_key(compiled())
    usual = keras.config.epsilon()
    keras.config.set_epsilon(0.1)
    try:
        assert training_key(compiled()) != before
    finally:
        keras.config.set_epsilon(usual)
    assert training_key(compiled()) == before


def test_a_class_made_by_a_function_counts_by_its_content():
    def make(factor):
        class Local(L.Layer):
            def call(self, x):
                return factor * x

        return compiled([Local(), L.Dense(1)])

    assert training_key(make(1.0)) == training_key(make(1.0))
    assert training_key(make(1.0)) != training_key(make(2.0))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("generator", lambda: iter("a")),
        ("large array", lambda: np.ones(2**22 + 1)),
        ("lock", threading.Lock),
        ("slots", lambda: SlotsBelow(1.0)),
        ("list of a class of one's own", lambda: type("Own", (list,), {})([1])),
        ("module of one's own", lambda: types.ModuleType("own_module")),
    ],
)
def test_what_cannot_be_compared_says_so(kind, value):
    layer = L.Lambda(functools.partial(add, by=value()))
    with pytest.raises(CannotCompare):
        training_key(compiled([layer, L.Dense(1)]))


def add(x, by):
    return x


def test_parts_go_into_the_programs_that_need_them():
    a, b = Fingerprint(compiled(loss="mse")), Fingerprint(compiled(loss="mae"))
    assert a.forward == b.forward
    assert a.measuring != b.measuring
    a = Fingerprint(compiled(optimizer="sgd"))
    b = Fingerprint(compiled(optimizer="adam"))
    assert a.measuring == b.measuring
    assert a.training != b.training


# --- the cache --------------------------------------------------------------


class Noise(L.Layer):
    """Draws from TensorFlow itself: each program has its own stream."""

    def call(self, x, training=False):
        return x + tf.random.normal(tf.shape(x)) if training else x


class NumpyNoise(L.Layer):
    """Draws from NumPy while it is traced."""

    def call(self, x, training=False):
        return x * np.random.uniform(0.5, 1.5) if training else x


class Table(L.Layer):
    """Holds a resource of TensorFlow's that is no Keras variable."""

    def __init__(self):
        super().__init__()
        self.counter = tf.Variable(0.0, trainable=False)

    def call(self, x):
        self.counter.assign_add(1.0)
        return x + 0 * self.counter


class Printing(L.Layer):
    """Calls Python from the graph."""

    def call(self, x):
        return tf.ensure_shape(tf.numpy_function(lambda a: a, [x], tf.float32), x.shape)


def fitted(layer=None, **params):
    X = np.random.RandomState(0).randn(40, 4).astype(np.float32)
    y = (X[:, 0] > 0).astype(int)

    def build(n_classes):
        layers = [] if layer is None else [layer()]
        return keras.Sequential([L.Input((4,)), *layers, L.Dense(1, "sigmoid")])

    params = {"epochs": 2, "random_state": 0, **params}
    return KerasClassifier(build, **params).fit(X, y), X, y


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layer", "kept"),
    [
        (None, True),
        (lambda: L.Dropout(0.5), True),
        (lambda: L.RandomFlip(seed=1), True),
        (Noise, False),
        (NumpyNoise, False),
        (Table, False),
        (Printing, False),
    ],
)
def test_programs_with_effects_of_their_own_are_not_shared(layer, kept):
    if layer is not None and isinstance(layer(), L.RandomFlip):

        def layer():
            flip = [L.Reshape((2, 2, 1)), L.RandomFlip(seed=1), L.Flatten()]
            return keras.Sequential(flip)

    clear_cache()
    once, X, _ = fitted(layer)
    twice, _, _ = fitted(layer)
    assert once.engine_ == "compiled"
    assert (len(kept_programs) == 1) is kept
    for a, b in zip(once.model_.get_weights(), twice.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(once.predict_proba(X), twice.predict_proba(X))


@pytest.mark.slow
def test_a_second_search_traces_nothing(monkeypatch, cancer):
    X, y = cancer
    grid = [
        {"hidden": [4, 6], "batch_size": [16, 50]},
        {"hidden": [4, 6], "epochs": [2], "optimizer__learning_rate": [0.1, 0.01]},
    ]
    model = KerasClassifier(
        dense_classifier, metrics=["accuracy"], epochs=1, random_state=0
    )
    search = GridSearchCV(model, grid, cv=2)
    clear_cache()
    first = search.fit(X, y).cv_results_["mean_test_score"]
    assert len(kept_programs) == 4  # two architectures, fit and predict
    for module in (epochs, prediction):
        monkeypatch.setattr(module, "trace", None)
    np.testing.assert_array_equal(
        first, search.fit(X, y).cv_results_["mean_test_score"]
    )


@pytest.mark.slow
def test_a_fit_writes_no_other_models_variables():
    first, X, y = fitted(metrics=["accuracy"])
    model = first.model_
    held = [*model.variables, *model.optimizer.variables]
    before = [v.numpy().copy() for v in held]
    second, _, _ = fitted(metrics=["accuracy"], epochs=4, random_state=3)
    second.predict(X)
    for variable, value in zip(held, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert int(second.model_.optimizer.iterations) == 8
    assert not set(map(id, held)) & set(map(id, second.model_.variables))


@pytest.mark.slow
def test_kept_programs_keep_no_model_alive():
    clear_cache()
    estimator, X, _ = fitted()
    estimator.predict(X)
    model = weakref.ref(estimator.model_)
    del estimator
    gc.collect()
    assert model() is None
    assert len(kept_programs) == 2


@pytest.mark.slow
def test_the_cache_is_bounded(monkeypatch):
    monkeypatch.setattr(kept_programs, "size", 3)
    clear_cache()
    for units in range(1, 6):
        fitted(functools.partial(L.Dense, units))
    assert len(kept_programs) == 3
    fitted(functools.partial(L.Dense, 5))
    assert len(kept_programs) == 3
    clear_cache()
    assert len(kept_programs) == 0


def test_clearing_the_cache_leaves_fitted_models_alone():
    estimator, X, _ = fitted()
    before = estimator.predict_proba(X)
    clear_cache()
    np.testing.assert_array_equal(estimator.predict_proba(X), before)


class Constant(keras.metrics.Metric):
    """Has a variable that reset_state leaves alone."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.held = self.add_variable((), "ones", name="held")

    def update_state(self, y_true, y_pred, sample_weight=None):
        pass

    def reset_state(self):
        pass

    def result(self):
        return 3.0 * self.held


class ReadsMetrics(keras.callbacks.Callback):
    """Take down what the model's own metrics say after each epoch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        result = self.model.get_metrics_result()
        self.seen.append({name: float(value) for name, value in result.items()})


@pytest.mark.slow
def test_metrics_keep_their_state_and_callbacks_see_it():
    for _ in range(2):  # the second time from the cache
        estimator, _, _ = fitted(
            metrics=[Constant(name="constant"), "accuracy"], callbacks=ReadsMetrics
        )
        history = estimator.history_
        assert history["constant"] == [3.0, 3.0]
        for i, seen in enumerate(estimator.callbacks_["0"].seen):
            assert seen == {name: history[name][i] for name in seen}
            assert "accuracy" in seen


@pytest.mark.slow
def test_a_method_set_on_the_model_is_used():
    def build(n_features_in, factor=1.0):
        model = keras.Sequential([L.Input((n_features_in,)), L.Dense(1)])
        usual = model.compute_loss
        model.compute_loss = lambda *args, **kwargs: factor * usual(*args, **kwargs)
        return model

    X, y = np.ones((8, 3), "float32"), np.arange(8.0)
    one, five = (
        KerasRegressor(build, factor=f, epochs=1, loss="mse", random_state=0).fit(X, y)
        for f in (1.0, 5.0)
    )
    ratio = five.history_["loss"][0] / one.history_["loss"][0]
    assert ratio == pytest.approx(5.0, rel=1e-5)


@pytest.mark.slow
def test_predictions_follow_a_model_changed_between_fits():
    estimator, X, y = fitted(warm_start=True)
    estimator.predict_proba(X)
    estimator.model_.layers[-1].activation = keras.activations.softplus
    estimator.fit(X, y)
    positive = estimator.predict_proba(X)[:, 1]
    expected = np.asarray(estimator.model_(X)).ravel()
    np.testing.assert_allclose(positive, np.minimum(expected, positive), rtol=1e-5)


@pytest.mark.slow
def test_threads_share_a_program(monkeypatch):
    expected = fitted(random_state=5)[0].model_.get_weights()
    clear_cache()
    traces = []
    traced = programs.trace

    def count(*args, **kwargs):
        traces.append(1)
        return traced(*args, **kwargs)

    monkeypatch.setattr(epochs, "trace", count)
    results = {}

    def work(i):
        results[i] = fitted(random_state=5)[0]

    threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    assert len(traces) == 1
    for i in range(4):
        got = results[i].model_.get_weights()
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_array_equal(a, b)
