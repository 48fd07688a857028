"""A user's own layers, losses and the like, and builders that use them."""

import copy

import keras
from keras import layers, ops
from keras.saving import register_keras_serializable

#: Under which the registered ones are known.
PACKAGE = __name__.rpartition(".")[2]

# --- losses, metrics -------------------------------------------------------


def own_loss(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


class OwnLoss(keras.losses.Loss):
    def __init__(self, power=2.0, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def call(self, y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred) ** self.power, axis=-1)

    def get_config(self):
        return {**super().get_config(), "power": self.power}


class LossWithoutConfig(keras.losses.Loss):
    def __init__(self, power=2.0):
        super().__init__()
        self.power = power

    def call(self, y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred) ** self.power, axis=-1)


@register_keras_serializable(PACKAGE)
def registered_loss(y_true, y_pred):
    return own_loss(y_true, y_pred)


@register_keras_serializable(PACKAGE)
class RegisteredLoss(OwnLoss):
    pass


def own_metric(y_true, y_pred):
    return ops.mean(y_pred[..., :1], axis=-1)


class OwnMetric(keras.metrics.Metric):
    def __init__(self, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.sum = self.add_weight(initializer="zeros", name="sum")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.sum.assign_add(self.scale * ops.mean(y_pred[..., 0]))

    def result(self):
        return self.sum

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


@register_keras_serializable(PACKAGE)
class RegisteredMetric(OwnMetric):
    pass


# --- optimizers, callbacks -------------------------------------------------


class OwnSGD(keras.optimizers.SGD):
    def __init__(self, learning_rate=0.1, factor=1.0, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.factor = factor

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(self.factor * gradient, variable, learning_rate)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@register_keras_serializable(PACKAGE)
class RegisteredSGD(OwnSGD):
    pass


def own_rate():
    return 0.1


class OwnSchedule(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rate):
        self.rate = rate

    def __call__(self, step):
        return self.rate / (1.0 + ops.cast(step, "float32"))

    def get_config(self):
        return {"rate": self.rate}


class OwnCallback(keras.callbacks.Callback):
    """Shrink the weights after an epoch."""

    def __init__(self, factor=1.0):
        super().__init__()
        self.factor = factor

    def on_epoch_end(self, epoch, logs=None):
        self.model.set_weights([self.factor * w for w in self.model.get_weights()])


# --- parts of layers -------------------------------------------------------


def own_activation(x):
    return ops.tanh(2 * x)


@register_keras_serializable(PACKAGE)
def registered_activation(x):
    return own_activation(x)


class OwnActivation(layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return ops.tanh(self.factor * x)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


def own_initializer(shape, dtype=None):
    return 0.1 * ops.ones(shape, dtype)


class OwnInitializer(keras.initializers.Initializer):
    def __init__(self, value=0.1):
        self.value = value

    def __call__(self, shape, dtype=None):
        return self.value * ops.ones(shape, dtype)

    def get_config(self):
        return {"value": self.value}


class InitializerWithoutConfig(OwnInitializer):
    get_config = keras.initializers.Initializer.get_config


@register_keras_serializable(PACKAGE)
class RegisteredInitializer(OwnInitializer):
    pass


def own_regularizer(weights):
    return 0.1 * ops.sum(ops.abs(weights))


class OwnRegularizer(keras.regularizers.Regularizer):
    def __init__(self, value=0.1):
        self.value = value

    def __call__(self, weights):
        return self.value * ops.sum(ops.abs(weights))

    def get_config(self):
        return {"value": self.value}


class RegularizerWithoutConfig(OwnRegularizer):
    get_config = keras.regularizers.Regularizer.get_config


@register_keras_serializable(PACKAGE)
class RegisteredRegularizer(OwnRegularizer):
    pass


def own_constraint(weights):
    return ops.clip(weights, -0.1, 0.1)


class OwnConstraint(keras.constraints.Constraint):
    def __init__(self, limit=0.1):
        self.limit = limit

    def __call__(self, weights):
        return ops.clip(weights, -self.limit, self.limit)

    def get_config(self):
        return {"limit": self.limit}


class ConstraintWithoutConfig(OwnConstraint):
    get_config = keras.constraints.Constraint.get_config


@register_keras_serializable(PACKAGE)
class RegisteredConstraint(OwnConstraint):
    pass


# --- layers, models --------------------------------------------------------


class OwnLayer(layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones")

    def call(self, x):
        return self.factor * self.scale * x

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class LayerThatKerasDescribes(layers.Layer):
    """Without a ``get_config``: Keras writes its arguments down itself."""

    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return self.factor * x


class ForgetfulLayer(LayerThatKerasDescribes):
    def get_config(self):
        return layers.Layer.get_config(self)


@register_keras_serializable(PACKAGE)
class RegisteredLayer(OwnLayer):
    pass


class OwnStep(keras.Model):
    """Logs something of its own."""

    def __init__(self, n_classes, units=4):
        super().__init__()
        self.n_classes, self.units = n_classes, units
        self.hidden = layers.Dense(units, activation=own_activation)
        self.out = layers.Dense(n_classes, activation="softmax")

    def call(self, x):
        return self.out(self.hidden(x))

    def train_step(self, data):
        return {**super().train_step(data), "steps": 7.0}

    def get_config(self):
        return {"n_classes": self.n_classes, "units": self.units}


class OwnFunctional(keras.Model):
    """The same around inputs and outputs."""

    def train_step(self, data):
        return {**super().train_step(data), "steps": 7.0}


class WithoutConfig(keras.Model):
    """Made with something that Keras does not write down."""

    def __init__(self, units=3, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(units)
        self.drop = layers.Dropout(rate)
        self.out = layers.Dense(3, activation="softmax")

    def call(self, x):
        return self.out(self.drop(self.hidden(x)))


# --- builders --------------------------------------------------------------


def build(
    n_features_in,
    n_classes,
    layer=None,
    activation=None,
    kernel_initializer="glorot_uniform",
    kernel_regularizer=None,
    kernel_constraint=None,
):
    inputs = keras.Input((n_features_in,))
    x = layers.Dense(
        4,
        activation=activation,
        kernel_initializer=kernel_initializer,
        kernel_regularizer=kernel_regularizer,
        kernel_constraint=kernel_constraint,
    )(inputs)
    if isinstance(layer, type):
        x = layer()(x)
    elif layer is not None:
        x = type(layer).from_config(layer.get_config())(x)
    return keras.Model(inputs, layers.Dense(n_classes, activation="softmax")(x))


def build_compiled(n_features_in, n_classes):
    model = build(n_features_in, n_classes, OwnLayer(3.0), activation=own_activation)
    model.compile(
        OwnSGD(0.1, 0.5),
        OwnLoss(3.0),
        metrics=[own_metric, OwnMetric(2.0, name="twice")],
    )
    return model


def build_functional(n_features_in, n_classes):
    inputs = keras.Input((n_features_in,))
    return OwnFunctional(inputs, layers.Dense(n_classes, activation="softmax")(inputs))


def wrapped(n_features_in, n_classes):
    """Custom things inside Keras' own wrappers and models in models."""
    inner = keras.Sequential(
        [layers.Input((1,)), OwnLayer(3.0), layers.Dense(2, activation=own_activation)]
    )
    inputs = keras.Input((n_features_in,))
    x = layers.Reshape((n_features_in, 1))(inputs)
    x = layers.Flatten()(layers.TimeDistributed(inner)(x))
    return keras.Model(inputs, layers.Dense(n_classes, activation="softmax")(x))


CONFIG = build(
    4,
    3,
    OwnLayer(3.0),
    activation=own_activation,
    kernel_initializer=OwnInitializer(0.2),
    kernel_regularizer=own_regularizer,
    kernel_constraint=OwnConstraint(0.15),
).get_config()

#: The names in the config.
NAMES = {
    "OwnLayer": OwnLayer,
    "own_activation": own_activation,
    "OwnInitializer": OwnInitializer,
    "own_regularizer": own_regularizer,
    "OwnConstraint": OwnConstraint,
}


def from_config():
    return keras.Model.from_config(copy.deepcopy(CONFIG))
