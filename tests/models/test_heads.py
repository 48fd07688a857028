"""Outputs of ready builders: targets of several axes, and those they have none for."""

import numpy as np
import pytest

from sk_keras import KerasRegressor
from tests.errors import MASKS, NAMES, STEPS, VALUES, X, case, fitting, refused, table


@table(
    case("mlp-masks", fitting("mlp", MASKS), ValueError, "'elementwise'.*your own"),
)
def test_builders(call, error, message):
    refused(call, error, message)


@table(
    case(
        "columns-in-dict",
        fitting("mlp", {"a": np.c_[NAMES, NAMES]}),
        ValueError,
        "type 'elementwise'. Give a builder of your own",
    ),
)
def test_targets(call, error, message):
    refused(call, error, message)


SHAPED = np.arange(len(X) * 12.0).reshape(len(X), 6, 2) / 100


@pytest.mark.parametrize(
    ("model", "rows"),
    [("mlp", X), ("lstm", STEPS), ("gru", STEPS), ("cnn", STEPS[..., None])],
)
@pytest.mark.slow
def test_values_of_any_shape(model, rows):
    e = KerasRegressor(model, epochs=1, random_state=0).fit(rows, SHAPED)
    assert e.predict(rows).shape == SHAPED.shape
    assert e.n_outputs_ == (6, 2)


def test_values_of_any_shape_in_a_dict():
    y = {"one": VALUES, "many": SHAPED, "flat": SHAPED[:, 0]}
    predicted = KerasRegressor("mlp", epochs=1).fit(X, y).predict(X)
    assert {k: v.shape[1:] for k, v in predicted.items()} == {
        "one": (),
        "many": (6, 2),
        "flat": (2,),
    }
