"""Ready builders for images: what they refuse."""

import numpy as np
import pytest

from sk_keras import KerasClassifier
from tests.errors import KIND, STEPS, case, fitting, refused, table


@table(
    case("cnn", fitting("cnn", KIND), ValueError, r"cnn needs images.*shape \(4,\)"),
    case(
        "cnn-5-D",
        fitting("cnn", KIND, rows=STEPS[..., None, None]),
        ValueError,
        r"cnn needs images.*\(5, 2, 1, 1\).*reshape",
    ),
)
def test_builders(call, error, message):
    refused(call, error, message)


def test_channels_that_come_first_are_warned_of():
    X = np.zeros((4, 3, 16, 16), "float32")
    e = KerasClassifier("cnn", filters=(2,), hidden=0, epochs=1)
    with pytest.warns(UserWarning, match=r"16 channels.*np.moveaxis\(X, 1, -1\)"):
        e.fit(X, [0, 1, 0, 1])
    e.fit(np.moveaxis(X, 1, -1), [0, 1, 0, 1])
