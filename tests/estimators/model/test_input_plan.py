"""X beside the inputs of the model."""

import keras
import numpy as np
import pytest

from sk_keras import KerasClassifier
from tests.builders import dense, ends_in
from tests.errors import KIND, X, case, fitting, refused, table

layers = keras.layers


def two_inputs():
    inputs = [keras.Input((4,)), keras.Input((2,))]
    return keras.Model(
        inputs, layers.Dense(3, activation="softmax")(layers.Concatenate()(inputs))
    )


@table(
    case(
        "width-of-X",
        fitting(ends_in(dense(3, "softmax"), shape=(5,)), KIND),
        ValueError,
        r"inputs of shape \(None, 5\), but X has shape .*4.*input_shape",
    ),
    case(
        "rank-of-X",
        fitting(ends_in(dense(3, "softmax"), shape=(5, 4)), KIND),
        ValueError,
        r"inputs of shape \(None, 5, 4\), but X has shape .*4",
    ),
    case(
        "two-inputs",
        fitting(two_inputs, KIND),
        ValueError,
        r"2 inputs \(.*\), but X is one array of shape .*input_columns",
    ),
)
def test_builders(call, error, message):
    refused(call, error, message)


def counted(meta):
    return keras.Sequential(
        [
            layers.Input((4,), dtype="int32"),
            layers.Embedding(50, 2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


@pytest.mark.slow
def test_fractions_for_an_input_of_integers():
    whole = np.abs(X.round()) % 50
    e = KerasClassifier(counted, epochs=1).fit(whole.astype(float), KIND)
    np.testing.assert_array_equal(e.predict(whole), e.predict(whole.astype(int)))
    message = "takes integers, and X has fractions"
    refused(lambda: e.predict(whole + 0.5), ValueError, message)
    refused(fitting(counted, KIND), ValueError, message)
