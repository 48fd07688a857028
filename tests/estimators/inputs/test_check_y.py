"""y: what may be in it."""

import numpy as np
import pytest
from sklearn.exceptions import DataConversionWarning

from sk_keras import KerasClassifier, KerasRegressor
from tests.errors import (
    KIND,
    NAMES,
    VALUES,
    N,
    X,
    case,
    fitting,
    refused,
    table,
    with_value,
)


@table(
    case(
        "none", fitting("mlp", None), ValueError, "requires y to be passed.*y is None"
    ),
    case(
        "none-regressor",
        fitting("mlp", None, KerasRegressor),
        ValueError,
        "KerasRegressor estimator requires y to be passed.*y is None",
    ),
    case("missing", lambda: KerasClassifier().fit(X), ValueError, "requires y to be"),
    case(
        "nan-label",
        fitting("mlp", with_value(KIND, np.nan)),
        ValueError,
        "Input y contains NaN",
    ),
    case("empty-dict", fitting("mlp", {}), ValueError, r"\by\b.*(empty|no target)"),
    case(
        "text",
        fitting("mlp", NAMES, KerasRegressor),
        ValueError,
        r"\by\b.*(numeric|KerasClassifier)",
    ),
    case(
        "text-of-numbers",
        fitting("mlp", KIND.astype(str), KerasRegressor),
        ValueError,
        r"\by\b.*(numeric|numbers)",
    ),
    case(
        "nan",
        fitting("mlp", with_value(VALUES, np.nan), KerasRegressor),
        ValueError,
        "Input y contains NaN",
    ),
    case(
        "inf",
        fitting("mlp", with_value(VALUES, np.inf), KerasRegressor),
        ValueError,
        "Input y contains infinity",
    ),
    case(
        "nan-in-dict",
        fitting("mlp", {"a": with_value(VALUES, np.nan)}, KerasRegressor),
        ValueError,
        "Input y contains NaN",
    ),
)
def test_targets(call, error, message):
    refused(call, error, message)


def test_labels_in_a_column_are_taken_with_a_warning():
    # As scikit-learn's classifiers do.
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        e = KerasClassifier("mlp").initialize(X, KIND[:, None])
    assert e.predict(X).shape == (N,)
