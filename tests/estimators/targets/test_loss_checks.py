"""Losses that do not fit the target or the output."""

import keras
import pytest

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense, dense_classifier, ends_in, logits
from tests.errors import FLAG, MANY, VALUES, case, fitting, refused, table


@table(
    case(
        "loss-of-several-units",
        fitting(ends_in(dense(1, "sigmoid")), FLAG, loss="categorical_crossentropy"),
        ValueError,
        "'categorical_crossentropy' does not fit a binary.*'binary_crossentropy'",
    ),
    case(
        "loss-of-one-label",
        fitting(
            ends_in(dense(3, "sigmoid")), MANY, loss="sparse_categorical_crossentropy"
        ),
        ValueError,
        "does not fit a multilabel-indicator.*use 'binary_crossentropy'",
    ),
    case(
        "loss-of-classes",
        fitting(ends_in(dense(1)), VALUES, KerasRegressor, loss="hinge"),
        ValueError,
        "'hinge' does not fit a continuous target.*'mean_squared_error'",
    ),
    case(
        "loss-of-fractions",
        fitting(ends_in(dense(1, "sigmoid")), 3 * VALUES, KerasRegressor, loss="bce"),
        ValueError,
        "'binary_crossentropy' does.*between 0 and 1.*y lies between -.*scale y",
    ),
    case(
        "loss-in-compiled-model",
        fitting(lambda: _compiled_with("categorical_crossentropy", 1, "sigmoid"), FLAG),
        ValueError,
        "'categorical_crossentropy' does not fit a binary",
    ),
)
def test_outputs_and_losses(call, error, message):
    refused(call, error, message)


def _compiled_with(loss, *last):
    model = ends_in(dense(*last))()
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize(
    "loss",
    [
        "sparse_categorical_crossentropy",
        "categorical_crossentropy",
        "kl_divergence",
        keras.losses.CategoricalFocalCrossentropy(),
    ],
    ids=["sparse", "categorical", "divergence", "focal"],
)
def test_losses_of_probabilities_are_refused_on_raw_scores(iris, loss):
    with pytest.raises(ValueError, match=r"takes probabilities.*from_logits=True"):
        KerasClassifier(logits, loss=loss).fit(*iris)


def test_losses_of_raw_scores_are_refused_on_probabilities(iris):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    with pytest.raises(ValueError, match="from_logits=True takes raw scores"):
        KerasClassifier(dense_classifier, loss=loss).fit(*iris)
