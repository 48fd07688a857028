"""Targets of another form than those of fit."""

import numpy as np
import pytest

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense, dense_classifier, ends_in
from tests.errors import KIND, MANY, NAMES, VALUES, X, case, fitting, refused, table


@table(
    case(
        "loss-by-unknown-name",
        fitting(ends_in(dense(3, "softmax")), KIND, loss={"kind": "mse"}),
        ValueError,
        "loss.*'kind'",
    ),
)
def test_outputs_and_losses(call, error, message):
    refused(call, error, message)


@table(
    case(
        "partial_fit-other-classes",
        lambda: (
            KerasClassifier("mlp")
            .initialize(X, KIND)
            .partial_fit(X, KIND, classes=[0, 1, 2, 3])
        ),
        ValueError,
        "classes.*not the same as",
    ),
)
def test_labels_that_fit_has_not_seen(call, error, message):
    refused(call, error, message)


@pytest.mark.parametrize(
    ("estimator", "y", "other", "message"),
    [
        (KerasClassifier, {"a": KIND}, {"b": KIND}, r"no target for \['a'\].*\['b'\]"),
        (
            KerasRegressor,
            {"a": VALUES},
            {"b": VALUES},
            r"no target for \['a'\].*\['b'\]",
        ),
        (KerasClassifier, {"a": KIND}, KIND, r"dict.*\['a'\]"),
        (KerasRegressor, {"a": VALUES}, VALUES, r"dict.*\['a'\]"),
        (KerasClassifier, KIND, {"a": KIND}, "y .*dict"),
        (KerasRegressor, VALUES, {"a": VALUES}, "y .*dict"),
        (KerasRegressor, VALUES, np.c_[VALUES, VALUES], r"\(24, 2\).*seen in fit had"),
        (KerasRegressor, VALUES, VALUES[:3], "inconsistent numbers of samples"),
        (KerasClassifier, KIND, KIND[:3], "inconsistent numbers of samples"),
        (KerasClassifier, MANY, MANY[:, :2], r"\(24, 2\).*3 columns"),
        (KerasClassifier, np.c_[KIND, NAMES], KIND, r"shape \(24,\).*2 columns"),
    ],
    ids=[
        "key",
        "key-regressor",
        "array-for-dict",
        "array-for-dict-regressor",
        "dict-for-array",
        "dict-for-array-regressor",
        "columns",
        "length",
        "length-classifier",
        "labels",
        "one-column",
    ],
)
def test_scores_of_another_form_of_target(estimator, y, other, message):
    e = estimator("mlp").initialize(X, y)
    refused(lambda: e.score(X, other), ValueError, message)


def test_warm_start_with_other_classes(iris):
    X, y = iris
    e = KerasClassifier(dense_classifier, epochs=1, warm_start=True)
    e.fit(X, y)
    with pytest.raises(ValueError, match="not the same as in the fit before.*anew"):
        e.fit(X, y, classes=[*np.unique(y), "another"])
