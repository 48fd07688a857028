"""Optimizers made anew for each fit: what a config leaves out is not lost."""

import keras
import numpy as np
import pytest

from sk_keras import KerasRegressor
from sk_keras._shared.keras_objects.optimizers import fresh_optimizer

L = keras.layers
X, Y = np.zeros((8, 3), "float32"), np.zeros(8, "float32")


def decaying(*names, wrapped=False):
    """Make an optimizer that decays all variables but those of some names."""
    optimizer = keras.optimizers.AdamW(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=list(names))
    if wrapped:
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def network(n_features_in):
    layers = [L.Dense(2, name="hidden", use_bias=False), L.Dense(1, name="head")]
    return keras.Sequential([L.Input((n_features_in,)), *layers])


def compiled(n_features_in):
    model = network(n_features_in)
    model.compile(decaying("hidden"), "mse")
    return model


def decayed(estimator):
    """Tell which kernels have become smaller; their gradients are zero here."""
    estimator.set_params(random_state=0)
    before = estimator.initialize(X, Y).model_.get_weights()
    after = estimator.fit(X, Y).model_.get_weights()
    return [
        bool(np.any(a != b)) for a, b in zip(after, before, strict=True) if b.ndim == 2
    ]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (decaying("hidden"), [False, True]),
        (decaying("head/kern", "nothing"), [True, False]),
        (decaying("kernel"), [False, False]),
        (decaying("hidden", wrapped=True), [False, True]),
        (decaying("bias"), [True, True]),
    ],
    ids=["layer", "path", "kernels", "wrapped", "other"],
)
def test_names_that_are_not_decayed(optimizer, expected, engine):
    estimator = KerasRegressor(network, optimizer=optimizer, epochs=2, engine=engine)
    assert decayed(estimator) == expected


@pytest.mark.slow
def test_names_that_a_builder_excludes():
    assert decayed(KerasRegressor(compiled, epochs=2)) == [False, True]


def test_variables_of_one_model_are_refused():
    dense = L.Dense(1)
    dense.build((None, 3))
    optimizer = keras.optimizers.AdamW(weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_list=[dense.bias])
    with pytest.raises(ValueError, match=r"var_names=\['bias'\]"):
        fresh_optimizer(optimizer)
