"""y: what may be in it."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import DataConversionWarning

from sk_keras import KerasClassifier, KerasRegressor
from tests.errors import (
    FLAG,
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


# --- kinds of pandas and NumPy that labels come in ---------------------------------


@pytest.mark.parametrize(
    "labels",
    [
        pd.Series(FLAG > 0, dtype="boolean"),
        pd.Series(FLAG, dtype="Int64"),
        pd.Series(KIND, dtype="UInt8"),
        pd.Series(FLAG > 0),
        FLAG.astype("float16"),
        KIND.astype("float16"),
    ],
    ids=lambda labels: str(labels.dtype),
)
def test_labels_keep_their_kind(labels):
    e = KerasClassifier("mlp", hidden_layer_sizes=(), epochs=1).fit(X, labels)
    plain = np.asarray(labels.tolist())
    assert e.predict(X).dtype.kind.replace("u", "i") == plain.dtype.kind
    np.testing.assert_array_equal(e.classes_, np.unique(plain))
    assert 0 <= e.score(X, labels) <= 1


def test_tables_of_labels_keep_their_kind():
    y = pd.DataFrame({"a": FLAG > 0, "b": FLAG < 1}).astype("boolean")
    e = KerasClassifier("mlp", hidden_layer_sizes=(), epochs=1).fit(X, y)
    assert e.target_type_ == "multiclass-onehot"
    e.fit(X, y.astype("Int64"))
    assert e.predict(X).dtype.kind in "iu"


@pytest.mark.parametrize("dtype", ["boolean", "Int64"])
def test_missing_labels_are_refused(dtype):
    y = pd.Series([True, None] * (N // 2), dtype=dtype)
    with pytest.raises(ValueError, match="(?i)nan"):
        KerasClassifier("mlp", epochs=1).fit(X, y)


def masked(values, *, some=True):
    return np.ma.masked_array(values, mask=some & (np.arange(len(values)) == 2))


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda e: e.fit(np.ma.masked_less(X, 0), VALUES), "X"),
        (lambda e: e.fit({"x": np.ma.masked_less(X, 0)}, VALUES), "X['x']"),
        (lambda e: e.fit(X, VALUES).predict(np.ma.masked_less(X, 0)), "X"),
        (lambda e: e.fit(X, masked(VALUES)), "y"),
        (lambda e: e.fit(X, VALUES).score(X, masked(VALUES)), "y"),
        (lambda e: e.fit(X, VALUES, masked(np.ones(N))), "sample_weight"),
    ],
)
def test_masked_arrays_are_refused(call, what):
    e = KerasRegressor("mlp", hidden_layer_sizes=(), epochs=1)
    refused(lambda: call(e), ValueError, re.escape(f"{what} is a masked array"))


def test_nothing_masked_is_nothing():
    e = KerasRegressor("mlp", hidden_layer_sizes=(), epochs=1, random_state=0)
    plain = e.fit(X, VALUES).history_
    assert e.fit(np.ma.array(X), masked(VALUES, some=False)).history_ == plain
