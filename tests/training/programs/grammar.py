"""Pairs of models drawn at random that differ in one thing, wherever that hides.

A model is drawn by asking `Draw` for its parts. What is asked for by `one_of` is the
same for both models of a pair; each `value` is a place where they may differ, and in
one of these places, drawn too, they do.
"""

import functools
import os
import types
from contextlib import contextmanager

import keras
import numpy as np

from tests.training.programs.models import Scaled

L = keras.layers
ops = keras.ops

#: What functions look up when they are traced.
TABLE = {"factor": 1.0}
MODULE = types.ModuleType("of_a_user")
VARIABLE = "SK_KERAS_TEST_FACTOR"
GLOBAL_FACTOR = 1.0

FACTORS = (0.5, 0.7, 1.5, 2.0)


class Draw:
    """Draws the parts of a model.

    Parameters
    ----------
    seed : int
        What is drawn follows from it.
    differs_at : int or None
        The place, counted through all values, that gets another value.
    """

    def __init__(self, seed, differs_at=None):
        self._rng = np.random.RandomState(seed)
        self._differs_at = differs_at
        self.places = []

    def one_of(self, *things):
        return things[self._rng.randint(len(things))]

    def value(self, what, *values):
        i = self._rng.randint(len(values))
        if len(self.places) == self._differs_at:
            i = (i + 1) % len(values)
        self.places.append(what)
        return values[i]

    def factor(self, what):
        return self.value(what, *FACTORS)


# --- functions that hold a factor somewhere ----------------------------------


def scaled_tanh(x, s=1.0):
    return s * ops.tanh(x)


class Object:
    """Holds a factor in an attribute."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        return self.factor * ops.tanh(x)

    def method(self, x):
        return self.factor * ops.tanh(x)


def by_table(x):
    return TABLE["factor"] * ops.tanh(x)


def by_environment(x):
    return float(os.environ[VARIABLE]) * ops.tanh(x)


def by_global(x):
    return globals()["GLOBAL_FACTOR"] * ops.tanh(x)


def by_module(x):
    return MODULE.factor * ops.tanh(x)


def in_a_closure(draw):
    factor = draw.factor("closure")
    return lambda x: factor * ops.tanh(x)


def in_a_default(draw):
    default = draw.factor("default")

    def function(x, factor=default):
        return factor * ops.tanh(x)

    return function


def in_a_partial(draw):
    return functools.partial(scaled_tanh, s=draw.factor("partial"))


def in_a_partial_that_passes_for_a_function(draw):
    return functools.update_wrapper(in_a_partial(draw), scaled_tanh)


def in_an_object(draw):
    return Object(draw.factor("callable object"))


def in_a_method(draw):
    return Object(draw.factor("bound method")).method


def in_an_array(draw):
    factors = np.full(1, draw.factor("array"), "float32")
    return lambda x: factors * ops.tanh(x)


def in_a_list(draw):
    factors = [{"factor": draw.factor("nested list")}]
    return lambda x: factors[0]["factor"] * ops.tanh(x)


def behind_wraps(draw):
    factor = draw.factor("wrapped function")

    @functools.wraps(ops.tanh)
    def function(x):
        return factor * ops.tanh(x)

    return function


def in_a_local_class(draw):
    class Local:
        factor = draw.factor("class attribute")

        def __call__(self, x):
            return self.factor * ops.tanh(x)

    return Local()


def looked_up(function, assign, what):
    def make(draw):
        assign(draw.factor(what))
        return function

    return make


def _set_table(factor):
    TABLE["factor"] = factor


def _set_environment(factor):
    os.environ[VARIABLE] = str(factor)


def _set_global(factor):
    globals()["GLOBAL_FACTOR"] = factor


def _set_module(factor):
    MODULE.factor = factor


def known_to_keras(draw):
    return draw.value("activation", "relu", "tanh", "elu", "softplus", "silu")


FUNCTIONS = (
    in_a_closure,
    in_a_default,
    in_a_partial,
    in_a_partial_that_passes_for_a_function,
    in_an_object,
    in_a_method,
    in_an_array,
    in_a_list,
    behind_wraps,
    in_a_local_class,
    looked_up(by_table, _set_table, "table"),
    looked_up(by_environment, _set_environment, "environment"),
    looked_up(by_global, _set_global, "global"),
    looked_up(by_module, _set_module, "attribute of a module"),
)


def function(draw):
    return draw.one_of(*FUNCTIONS)(draw)


def activation(draw):
    return draw.one_of(*FUNCTIONS, known_to_keras)(draw)


# --- layers ------------------------------------------------------------------


def dense(draw, x):
    layer = L.Dense(4, activation(draw), **regularised(draw))
    x = layer(x)
    changed = draw.one_of(None, None, "regularizer", "constraint", "trainable", "layer")
    if changed == "regularizer":
        factor = draw.factor("regularizer of a variable")
        layer.kernel.regularizer = keras.regularizers.L2(factor)
    elif changed == "constraint":
        norm = draw.value("constraint of a variable", 0.1, 0.2, 0.3)
        layer.kernel.constraint = keras.constraints.MaxNorm(norm)
    elif changed == "trainable":
        layer.bias.trainable = draw.value("trainable variable", True, False)
    elif changed == "layer":
        layer.trainable = draw.value("trainable layer", True, False)
    return x


class Shrinking(keras.constraints.Constraint):
    """A constraint whose config leaves its factor out."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, w):
        return self.factor * w


def regularised(draw):
    kind = draw.one_of(None, None, "kernel", "activity", "constraint")
    if kind == "kernel":
        l1 = keras.regularizers.L1(draw.factor("kernel regularizer"))
        return {"kernel_regularizer": l1}
    if kind == "activity":
        factor = draw.factor("activity regularizer")
        return {"activity_regularizer": lambda x: factor * ops.mean(ops.square(x))}
    if kind == "constraint":
        factor = draw.value("own constraint", 0.5, 0.8, 0.9)
        return {"kernel_constraint": Shrinking(factor)}
    return {}


def activated(draw, x):
    return L.Activation(activation(draw))(x)


def as_lambda(draw, x):
    return L.Lambda(function(draw), output_shape=lambda shape: shape)(x)


def own_layer(draw, x):
    return Scaled(draw.factor("attribute of an own layer"))(x)


def changed_call(draw, x):
    """Put a call of its own on an instance of Keras' layer."""
    layer, factor = L.Dense(4), draw.factor("call of an instance")
    usual = layer.call
    layer.call = lambda x, **kwargs: factor * usual(x, **kwargs)
    return layer(x)


def dropout(draw, x):
    return L.Dropout(draw.value("rate", 0.2, 0.4, 0.6), seed=1)(x)


def noise(draw, x):
    return L.GaussianNoise(draw.value("stddev", 0.1, 0.2, 0.5), seed=2)(x)


def layer_norm(draw, x):
    return L.LayerNormalization(epsilon=draw.value("epsilon", 0.1, 0.3, 1.0))(x)


def batch_norm(draw, x):
    return L.BatchNormalization(momentum=draw.value("momentum of BN", 0.5, 0.9))(x)


def rescaled(draw, x):
    return L.Rescaling(draw.factor("scale"))(x)


def penalty(draw, x):
    return L.ActivityRegularization(l2=draw.factor("activity l2"))(x)


def operation(draw, x):
    return x * draw.factor("operand")


def clipped(draw, x):
    return ops.clip(x, -1.0, draw.factor("argument of an operation"))


def mapped(draw, x):
    return ops.map(function_on_arrays(draw), x)


def function_on_arrays(draw):
    factor = draw.factor("function of an operation")
    return lambda x: factor * x


def nested(draw, x):
    """Put a model into the model."""
    inputs = L.Input((4,))
    outputs = draw.one_of(dense, activated, own_layer)(draw, inputs)
    return keras.Model(inputs, outputs)(x)


def residual(draw, x):
    return L.Add()([x, draw.one_of(dense, activated, operation)(draw, x)])


LAYERS = (
    dense,
    dense,
    activated,
    as_lambda,
    own_layer,
    changed_call,
    dropout,
    noise,
    layer_norm,
    batch_norm,
    rescaled,
    penalty,
    operation,
    clipped,
    mapped,
    nested,
    residual,
)


# --- losses and optimizers ---------------------------------------------------


class OwnLoss(keras.losses.Loss):
    """A loss whose config leaves its factor out."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, y, p):
        return self.factor * ops.mean(ops.square(y - p), axis=-1)


def loss(draw):
    kind = draw.one_of("name", "function", "class", "delta", "smoothed")
    if kind == "name":
        return draw.value("loss", "mse", "mae", "log_cosh")
    if kind == "function":
        f = function(draw)
        return lambda y, p: ops.mean(ops.square(y - f(p)), axis=-1)
    if kind == "class":
        return OwnLoss(draw.factor("attribute of a loss"))
    if kind == "delta":
        return keras.losses.Huber(delta=draw.value("delta", 0.1, 0.5, 1.0))
    return functools.partial(keras.losses.huber, delta=draw.factor("partial of a loss"))


class OwnOptimizer(keras.optimizers.SGD):
    """Scales its gradients."""

    def __init__(self, factor):
        super().__init__(0.05)
        self.factor = factor

    def apply(self, grads, trainable_variables=None):
        return super().apply([self.factor * g for g in grads], trainable_variables)


def optimizer(draw):
    kind = draw.one_of("sgd", "adam", "rmsprop", "clipped", "decay", "schedule", "own")
    if kind == "sgd":
        momentum = draw.value("momentum", 0.3, 0.6, 0.9)
        nesterov = draw.value("nesterov", True, False)
        return keras.optimizers.SGD(0.05, momentum=momentum, nesterov=nesterov)
    if kind == "adam":
        beta, epsilon = draw.value("beta", 0.5, 0.7), draw.value("epsilon", 1e-7, 1e-2)
        return keras.optimizers.Adam(0.05, beta_1=beta, epsilon=epsilon)
    if kind == "rmsprop":
        return keras.optimizers.RMSprop(0.02, rho=draw.value("rho", 0.5, 0.8, 0.95))
    if kind == "clipped":
        return keras.optimizers.SGD(0.1, clipnorm=draw.value("clipnorm", 0.01, 0.02))
    if kind == "decay":
        return keras.optimizers.AdamW(0.02, weight_decay=draw.factor("weight decay"))
    if kind == "schedule":
        rate = draw.value("rate of a schedule", 0.1, 0.5, 0.9)
        return keras.optimizers.SGD(
            keras.optimizers.schedules.ExponentialDecay(0.1, 1, rate)
        )
    return OwnOptimizer(draw.factor("attribute of an optimizer"))


def model(draw):
    """Build and compile a model of four inputs and two outputs."""
    inputs = L.Input((4,))
    x = L.Dense(4)(inputs)
    for _ in range(draw.one_of(1, 2, 2, 3)):
        x = draw.one_of(*LAYERS)(draw, x)
    if draw.one_of(True, False):
        x = L.Dense(draw.value("width", 1, 2, 3, 5), "tanh")(x)
    made = keras.Model(inputs, L.Dense(2)(x))
    made.compile(optimizer(draw), loss(draw))
    return made


@contextmanager
def lookups():
    """Set what functions look up, and let models of the context set it otherwise."""
    _set_table(1.0)
    _set_environment(1.0)
    _set_global(1.0)
    _set_module(1.0)
    try:
        yield
    finally:
        del os.environ[VARIABLE]
