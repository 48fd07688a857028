"""Data and networks of two inputs and several outputs."""

import keras
import numpy as np
import pandas as pd

from sk_keras import KerasClassifier

RNG = np.random.RandomState(0)
N = 40
IDS = RNG.randint(1, 50, (N, 4))
AUX = RNG.standard_normal((N, 3)).astype("float32")
X = {"ids": IDS, "aux": AUX}
LEVEL = np.where(IDS[:, 0] > 25, "hi", "lo")
KIND = RNG.randint(0, 3, N)
TAGS = np.r_[[[1, 1, 0]], RNG.randint(0, 2, (N - 1, 3))]
FLAGS = np.c_[KIND > 1, KIND > 0].astype(int)
TABLE = pd.DataFrame(IDS, columns=list("mnop")).join(
    pd.DataFrame(AUX, columns=list("xyz"))
)
COLUMNS = {"ids": list("mnop"), "aux": list("xyz")}


class Build:
    """Build a network of two inputs with the outputs (name, units, activation)."""

    def __init__(self, *heads, as_dict=False):
        self.heads, self.as_dict = heads, as_dict

    def __call__(self, hidden=4):
        ids = keras.Input((4,), name="ids", dtype="int32")
        aux = keras.Input((3,), name="aux")
        words = keras.layers.Flatten()(keras.layers.Embedding(51, 2)(ids))
        x = keras.layers.Concatenate()([words, aux])
        x = keras.layers.Dense(hidden, activation="tanh")(x)
        outputs = {
            name: keras.layers.Dense(units, activation, name=name)(x)
            for name, units, activation in self.heads
        }
        outputs = outputs if self.as_dict else list(outputs.values())
        return keras.Model([ids, aux], outputs)


ONE = Build(("level", 1, "sigmoid"))
TWO = Build(("level", 1, "sigmoid"), ("kind", 3, "softmax"))
TWO_IN_A_DICT = Build(*TWO.heads, as_dict=True)
THREE = Build(*TWO.heads, ("tags", 3, "sigmoid"))
BINARY = Build(("a", 1, "sigmoid"), ("b", 1, "sigmoid"))
VALUES = Build(("wide", 2, None), ("narrow", 1, None))
Y = {"level": LEVEL, "kind": KIND}
QUICK = {"epochs": 1, "optimizer": "sgd", "random_state": 0}


def classifier(build, **params):
    return KerasClassifier(build, **{**QUICK, **params})


def fit(build=TWO, X=X, y=Y, then=lambda e: e, fit_params=None, **params):
    return lambda: then(classifier(build, **params).fit(X, y, **(fit_params or {})))


TWO_OUTPUTS = r"The model has 2 outputs \(.*\), but the target is "
