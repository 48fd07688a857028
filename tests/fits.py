"""Settings of quick fits, and their weights compared."""

import numpy as np

#: One step of training, for tests that do not care what was learned.
ONE_STEP = {"epochs": 1, "batch_size": -1, "optimizer": "sgd", "random_state": 0}
#: Settings that learn iris in a quarter of a second.
QUICK = {
    "epochs": 15,
    "batch_size": -1,
    "optimizer": "sgd",
    "optimizer__learning_rate": 1.0,
    "random_state": 0,
}
#: For models on which such steps would be too long.
CAREFUL = {**QUICK, "optimizer": "adam", "optimizer__learning_rate": 0.1}


def weights_of(model):
    return [np.asarray(v) for v in model.trainable_variables]


def assert_same_weights(a, b):
    for v, w in zip(weights_of(a), weights_of(b), strict=True):
        np.testing.assert_array_equal(v, w)


def differ(a, b):
    pairs = zip(weights_of(a), weights_of(b), strict=True)
    return not all(np.array_equal(v, w) for v, w in pairs)
