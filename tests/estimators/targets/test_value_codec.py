"""Values beside the outputs of the model."""

import numpy as np

from sk_keras import KerasRegressor
from tests.builders import dense, ends_in
from tests.errors import VALUES, case, fitting, refused, table, with_value


@table(
    case(
        "value",
        fitting(ends_in(dense(2)), VALUES, KerasRegressor),
        ValueError,
        r"shape \(None, 2\) with linear.*needs 1 unit[^s]",
    ),
    case(
        "values",
        fitting(ends_in(dense(1)), np.c_[VALUES, VALUES], KerasRegressor),
        ValueError,
        r"y of shape \(None, 2\) needs 2 units",
    ),
)
def test_outputs_and_losses(call, error, message):
    refused(call, error, message)


def test_a_regressor_is_not_told_about_classes():
    call = fitting(ends_in(dense(2)), VALUES, KerasRegressor)
    assert "n_classes" not in refused(call, ValueError, "n_outputs")


@table(
    case(
        "too-large",
        fitting("mlp", with_value(VALUES, 1e300), KerasRegressor),
        ValueError,
        r"Input y contains infinity or a value too large for dtype\('float32'\)",
    ),
)
def test_targets(call, error, message):
    refused(call, error, message)
