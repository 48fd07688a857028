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
