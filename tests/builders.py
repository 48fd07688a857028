"""Small models that the tests share."""

import keras


def dense_classifier(meta, hidden=8, activation="relu"):
    """Build a small classifier that sizes itself for any flat label target."""
    outputs = 1 if meta["target_type_"] == "binary" else meta["n_classes_"]
    last = "softmax" if meta["target_type_"].startswith("multiclass") else "sigmoid"
    return keras.Sequential(
        [
            keras.layers.Input((meta["n_features_in_"],)),
            keras.layers.Dense(hidden, activation=activation),
            keras.layers.Dense(outputs, activation=last),
        ]
    )


def dense_regressor(n_features_in, n_outputs, hidden=8):
    """Build a small regressor for any number of target columns."""
    return keras.Sequential(
        [
            keras.layers.Input((n_features_in,)),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(n_outputs),
        ]
    )


def ends_in(*last, shape=(4,)):
    """Make a builder of a model with these layers: (class, arguments) pairs."""

    def build():
        return keras.Sequential(
            [
                keras.layers.Input(shape),
                *(cls(*args, **more) for cls, args, more in last),
            ]
        )

    return build


def dense(units, activation=None):
    return keras.layers.Dense, (units,), {"activation": activation}


def two_outputs():
    inputs = keras.Input((4,))
    kind = keras.layers.Dense(3, activation="softmax", name="kind")(inputs)
    return keras.Model(
        inputs, [kind, keras.layers.Dense(1, activation="sigmoid", name="flag")(inputs)]
    )


def logits(n_features_in, n_classes):
    """Build a network that ends in raw scores, one unit for two classes."""
    units = 1 if n_classes == 2 else n_classes
    return keras.Sequential(
        [keras.layers.Input((n_features_in,)), keras.layers.Dense(units)]
    )


def softmax(*hidden, n=3):
    """Make a small classifier for four features."""
    layers = [keras.layers.Dense(units) for units in hidden]
    last = keras.layers.Dense(n, activation="softmax")
    return keras.Sequential([keras.layers.Input((4,)), *layers, last])


def hidden_8(hidden=8):
    return softmax(hidden)


def hidden_16(hidden=16):
    return softmax(hidden)


def any_name(**kwargs):
    return softmax(kwargs.get("hidden", 2))


class Building:
    """Builds, as an object, as a class and by a method."""

    def __call__(self, hidden=8):
        return softmax(hidden)

    def build(self, hidden=16):
        """Build by name."""
        return softmax(hidden)


def linear(n_features_in, n_classes, use_bias=True):
    """Build a softmax regression: the model that is quickest to fit."""
    return keras.Sequential(
        [
            keras.layers.Input((n_features_in,)),
            keras.layers.Dense(n_classes, activation="softmax", use_bias=use_bias),
        ]
    )


def given_model():
    """Make a model for iris that somebody has trained and compiled already."""
    model = linear(4, 3)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


class Network(keras.Model):
    """A subclassed model without an input layer."""

    def __init__(self, n_classes, hidden=4):
        super().__init__()
        self.first = keras.layers.Dense(hidden, activation="relu")
        self.last = keras.layers.Dense(n_classes, activation="softmax")

    def call(self, inputs):
        return self.last(self.first(inputs))


def subclassed(n_classes, hidden=4):
    return Network(n_classes, hidden)
