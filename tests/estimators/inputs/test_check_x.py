"""X: what may be in it, and what must be as in fit."""

import numpy as np
import pandas as pd
import pytest

from sk_keras import KerasClassifier
from tests.builders import dense_classifier
from tests.errors import KIND, STEPS, X, case, fitting, refused, table, with_value


@pytest.fixture(scope="module")
def built():
    """A classifier for X, and one for sequences; not to be fitted."""
    return (
        KerasClassifier(dense_classifier).initialize(X, KIND),
        KerasClassifier("gru", units=2).initialize(STEPS, KIND),
    )


@pytest.mark.parametrize("method", ["fit", "partial_fit", "predict", "predict_proba"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, "Input X contains NaN"),
        (
            np.inf,
            r"Input X contains infinity or a value too large for dtype\('float32'",
        ),
        (
            -np.inf,
            r"Input X contains infinity or a value too large for dtype\('float32'",
        ),
        (1e300, r"Input X contains infinity or a value too large for dtype\('float32'"),
    ],
    ids=["nan", "inf", "minus-inf", "too-large"],
)
def test_values_of_X(method, value, message, built):
    rows = with_value(X, value)
    if "predict" in method:
        refused(lambda: getattr(built[0], method)(rows), ValueError, message)
    else:
        fit = getattr(KerasClassifier(dense_classifier, epochs=1), method)
        refused(lambda: fit(rows, KIND), ValueError, message)


FRAME = pd.DataFrame(X, columns=list("abcd"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (X[:, :3], "X has 3 features, but KerasClassifier is expecting 4 features"),
        (X[0], r"Expected 2D array, got 1D array.*reshape\(1, -1\)"),
        (X[:0], "Found array with 0 sample.*minimum of 1 is required by KerasClass"),
        (STEPS[:, :4], r"\(24, 4, 2\).*KerasClassifier is expecting"),
        ([["a", "b", "c", "d"]], "could not convert string to float.*OneHotEncoder"),
        ([[1, 2, 3, 4], [1]], "unequal length"),
    ],
    ids=["width", "1-D", "empty", "rank", "text", "ragged"],
)
def test_X_unlike_that_of_fit(rows, message, built):
    refused(lambda: built[0].predict(rows), ValueError, message)


@pytest.mark.parametrize(
    ("rows", "shape"),
    [
        (STEPS[:, :4], r"\(24, 4, 2\)"),
        (STEPS[:, :, :1], r"\(24, 5, 1\)"),
        (STEPS[0], r"\(5, 2\)"),
        (np.zeros((3, 5)), r"\(3, 5\)"),
        (STEPS[..., None], r"\(24, 5, 2, 1\)"),
    ],
    ids=["steps", "features", "one-sample", "2-D", "4-D"],
)
def test_sequences_unlike_those_of_fit(rows, shape, built):
    # The second axis counts steps here: "X has 4 features" would be wrong.
    message = rf"X has shape {shape}, but KerasClassifier is expecting .*5, 2"
    refused(lambda: built[1].predict(rows), ValueError, message)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (FRAME[list("bacd")], "same order as they were in fit"),
        (FRAME[list("abc")], "now missing:\n- d"),
        (FRAME.rename(columns={"a": "z"}), "unseen at fit time:\n- z.*missing:\n- a"),
    ],
    ids=["order", "missing", "renamed"],
)
def test_column_names(rows, message):
    e = KerasClassifier(dense_classifier).initialize(FRAME, KIND)
    refused(lambda: e.predict(rows), ValueError, message)


def test_rows_without_the_names_of_fit():
    e = KerasClassifier(dense_classifier).initialize(FRAME, KIND)
    with pytest.warns(
        UserWarning, match="X does not have valid feature names, but Ker"
    ):
        e.predict(X)


@table(
    case(
        "empty", fitting("mlp", KIND[:0], rows=X[:0]), ValueError, "0 sample.*min.* 1"
    ),
    case("no-columns", fitting("mlp", KIND, rows=X[:, :0]), ValueError, "0 feature"),
    case("1-D", fitting("mlp", KIND, rows=X[:, 0]), ValueError, r"reshape\(-1, 1\)"),
    case(
        "complex",
        fitting("mlp", KIND, rows=X + 1j),
        ValueError,
        "Complex data not supp",
    ),
)
def test_rows(call, error, message):
    # Not `refused`: scikit-learn prints a complex X in full.
    with pytest.raises(error, match=message):
        call()


@pytest.mark.slow
def test_lists_of_sequences_predict_like_arrays():
    X = np.random.RandomState(0).randn(20, 5, 3).astype(np.float32)
    y = np.arange(20) % 2
    e = KerasClassifier("lstm", units=3, epochs=1, random_state=0).fit(X.tolist(), y)
    np.testing.assert_array_equal(e.predict(X.tolist()), e.predict(X))
    e.partial_fit(X.tolist(), y)
