"""Of two models that differ in one thing, neither gets the other's programs.

`SK_KERAS_PAIRS` says how many pairs are drawn: 12 unless told, 60 by `.ci/run`, 300 by
`hatch run nightly:pairs`. From the 61st on, each is also compared with
`keras.Model.fit`.
"""

import os

import keras
import numpy as np
import pytest

from sk_keras import clear_cache
from sk_keras._training import engine
from sk_keras._training.prediction import predict
from sk_keras._training.rows import Rows
from sk_keras._training.settings import FitSettings
from tests.training.programs import grammar

N_PAIRS = int(os.environ.get("SK_KERAS_PAIRS", "12"))


def places(seed):
    """Name the places where models of a seed may differ, in an order drawn by it."""
    draw = grammar.Draw(seed)
    with grammar.lookups():
        grammar.model(draw)
    order = np.random.RandomState(seed).permutation(len(draw.places))
    return {int(i): draw.places[i] for i in order}


def outcome(seed, differs_at, which="auto"):
    """Fit a model; return what it predicts, its history, and its weights."""
    keras.utils.set_random_seed(0)
    rng = np.random.RandomState(0)
    X, y = (rng.randn(20, n).astype("float32") for n in (4, 2))
    settings = FitSettings(
        epochs=2,
        batch_size=8,
        validation_batch_size=8,
        verbose=0,
        engine=which,
        seed=0,
        order=None,
        extra={},
    )
    with grammar.lookups():
        model = grammar.model(grammar.Draw(seed, differs_at))
        history, path = engine.fit(model, Rows(X, y), None, {}, settings)
        assert path == "compiled" or which == "keras"
        out = predict(model, X, 8, {})
    return [out, *map(np.asarray, history.values()), *model.get_weights()]


def are_equal(values, others):
    return all(map(np.array_equal, values, others))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(N_PAIRS))
def test_a_fit_after_its_twins_is_as_with_nothing_kept(seed):
    for place, name in places(seed).items():
        clear_cache()
        twin, after = outcome(seed, None), outcome(seed, place)
        clear_cache()
        expected = outcome(seed, place)
        assert are_equal(after, expected), name
        if not are_equal(twin, expected):
            break  # otherwise it has no effect: say, on a layer that is not trained
    else:
        raise AssertionError("No place of this pair has an effect.")
    if seed >= 60:
        # Not the weights: those without an effect have gradients of rounding errors.
        with_keras = outcome(seed, place, which="keras")[:2]
        for value, reference in zip(after, with_keras, strict=False):
            np.testing.assert_allclose(value, reference, rtol=1e-4, atol=1e-6)
