"""`pad_sequences`, `SequencePadder`, and the check of sequences that both share."""

import pickle
from fractions import Fraction
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from sk_keras.preprocessing import SequencePadder, pad_sequences
from sk_keras.preprocessing._sequence.sequences import checked_sequences

ENDS = st.sampled_from(["pre", "post"])
INTEGERS = st.lists(st.integers(-1000, 1000), max_size=9)
FLOATS = st.lists(st.floats(-1e6, 1e6, width=32), max_size=9)
VECTORS = st.lists(st.tuples(*[st.integers(-9, 9)] * 3), max_size=6)
SHORT = [[1], [2, 3], [4, 5, 6]]


def same(ours, reference):
    np.testing.assert_array_equal(ours, reference)
    assert ours.dtype == reference.dtype
    assert ours.shape == reference.shape


# --- against the reference -----------------------------------------------------


@pytest.mark.slow
@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    rows=st.lists(INTEGERS, min_size=1, max_size=8),
    maxlen=st.none() | st.integers(1, 12),
    dtype=st.sampled_from(["int16", "int32", "int64", "float32", "float64"]),
    padding=ENDS,
    truncating=ENDS,
    value=st.integers(-5, 5),
    as_type=st.sampled_from([list, tuple, np.array]),
)
def test_integers_as_the_reference(
    rows, maxlen, dtype, padding, truncating, value, as_type
):
    import keras

    rows = [as_type(row) if row else row for row in rows]
    given = (rows, maxlen, dtype, padding, truncating, value)
    same(pad_sequences(*given), keras.utils.pad_sequences(*given))


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    rows=st.lists(FLOATS, min_size=1, max_size=8),
    maxlen=st.none() | st.integers(1, 12),
    dtype=st.sampled_from(["float32", "float64"]),
    padding=ENDS,
    truncating=ENDS,
    value=st.sampled_from([0.0, -1, 0.5, np.nan]),
)
def test_floats_as_the_reference(rows, maxlen, dtype, padding, truncating, value):
    import keras

    given = (rows, maxlen, dtype, padding, truncating, value)
    same(pad_sequences(*given), keras.utils.pad_sequences(*given))


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    rows=st.lists(VECTORS, min_size=1, max_size=6).filter(any),
    maxlen=st.none() | st.integers(1, 8),
    padding=ENDS,
    truncating=ENDS,
)
def test_vectors_as_the_reference(rows, maxlen, padding, truncating):
    import keras

    given = (rows, maxlen, "int32", padding, truncating)
    same(pad_sequences(*given), keras.utils.pad_sequences(*given))


def test_steps_of_several_axes_as_the_reference():
    import keras

    rng = np.random.RandomState(0)
    films = [rng.rand(n_frames, 2, 3) for n_frames in (4, 0, 2)]
    given = (films, 3, "float64")
    same(pad_sequences(*given), keras.utils.pad_sequences(*given))


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    rows=st.lists(INTEGERS, min_size=1, max_size=8).filter(any),
    others=st.lists(INTEGERS, min_size=1, max_size=8),
    padding=ENDS,
    truncating=ENDS,
)
def test_transformer_as_the_function(rows, others, padding, truncating):
    ends = {"padding": padding, "truncating": truncating}
    padder = SequencePadder(**ends)
    fitted = padder.fit_transform(rows)
    same(fitted, pad_sequences(rows, **ends))
    same(padder.fit(rows).transform(rows), fitted)
    longest = max(map(len, rows))
    assert padder.maxlen_ == longest
    same(padder.transform(others), pad_sequences(others, longest, **ends))


# --- forms of sequences --------------------------------------------------------

EXPECTED = np.array([[0, 0, 1], [0, 2, 3], [4, 5, 6]], dtype="int32")
FORMS = {
    "tuple": tuple(SHORT),
    "tuples": [tuple(row) for row in SHORT],
    "arrays": [np.array(row, "int16") for row in SHORT],
    "mixed": [[1], np.array([2, 3]), (4, 5, 6)],
    "ranges": [range(1, 2), range(2, 4), range(4, 7)],
    "objects": np.array([*SHORT, None], dtype=object)[:3],
    "series": pd.Series(SHORT, index=[7, 8, 9]),
    "series of series": [pd.Series(row, dtype="int64") for row in SHORT],
    "bools": [[True], [2, 3], [4, 5, 6]],
    "numpy scalars": [[np.int8(i) for i in row] for row in SHORT],
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(form):
    same(pad_sequences(FORMS[form]), EXPECTED)
    same(SequencePadder().fit(FORMS[form]).transform(FORMS[form]), EXPECTED)


def test_iterators_are_read_once():
    same(pad_sequences(iter(SHORT)), EXPECTED)
    same(SequencePadder().fit_transform(row for row in SHORT), EXPECTED)
    steps = make_pipeline(SequencePadder(), FunctionTransformer())
    same(steps.fit_transform(iter(SHORT)), EXPECTED)


TABLE = np.arange(1, 7).reshape(2, 3)


@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        TABLE.astype("uint8"),
        TABLE.astype(object),
        pd.DataFrame(TABLE),
        TABLE.tolist(),
    ],
    ids=["array", "uint8", "object", "frame", "list"],
)
def test_tables(table):
    expected = np.array([[0, 1, 2, 3], [0, 4, 5, 6]], dtype="int32")
    same(pad_sequences(table, 4), expected)
    same(SequencePadder(4).fit_transform(table), expected)


def test_data_are_left_as_they_were():
    X = np.arange(6).reshape(2, 3)
    before = X.copy()
    out = pad_sequences(X, dtype="int64")
    out[:] = 99
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("rows", [[[], []], [[], [1]], [[]]], ids=str)
def test_empty_sequences(rows, padding):
    import keras

    given = (rows, None, "int32", padding)
    same(pad_sequences(*given), keras.utils.pad_sequences(*given))
    same(pad_sequences(rows, 2), keras.utils.pad_sequences(rows, 2))


def test_no_sequences():
    assert pad_sequences([], 4).shape == (0, 4)
    with pytest.raises(ValueError, match="no sequences to learn a length from"):
        pad_sequences([])


# --- dtypes: nothing is cut ----------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "dtype", "value", "expected"),
    [
        ([[0.5], [1.7, 2]], "int32", 0, "float64"),
        ([[1.0], [2.0]], "int32", 0, "float64"),
        ([np.array([0.5], "float32")], "int32", 0, "float32"),
        ([np.array([0.5], "float16")], "int8", 0, "float16"),
        ([[0.5]], "float32", 0, "float32"),
        ([[1e300]], "float32", 0, "float64"),
        ([[np.inf, 1]], "float32", 0, "float32"),
        ([[70000]], "float16", 0, "float64"),
        ([[1]], "int32", 0.5, "float64"),
        ([[1]], "int32", np.nan, "float64"),
        ([[1]], "int32", 2.0, "int32"),
        ([[1]], "float32", 1e300, "float64"),
        ([[2**31 - 1]], "int32", 0, "int32"),
        ([[2**31]], "int32", 0, "int64"),
        ([[-1]], "uint8", 0, "int64"),
        ([[1]], "uint8", -1, "int64"),
        ([[2**63]], "int32", 0, "uint64"),
        ([[True, False]], "bool", 0, "bool"),
        ([[1, 0]], "bool", 0, "bool"),
        ([[2, 0]], "bool", 0, "int64"),
    ],
)
def test_dtype_is_widened_where_values_would_be_lost(rows, dtype, value, expected):
    out = pad_sequences(rows, 3, dtype, "post", value=value)
    assert out.dtype == expected
    kept = np.asarray(rows[0]).astype(expected)
    np.testing.assert_array_equal(out[0], [*kept, *[value] * (3 - len(kept))])
    padder = SequencePadder(3, dtype=dtype, padding="post", value=value)
    same(padder.fit(rows).transform(rows), out)
    assert padder.dtype_ == expected


def test_transform_has_the_dtype_of_fit():
    padder = SequencePadder().fit([[0.5, 1.5]])
    assert padder.transform([[1, 2]]).dtype == "float64"
    assert SequencePadder().fit([[1, 2]]).transform([[0.5]]).dtype == "float64"


objects = partial(np.array, dtype=object)
unsigned = partial(np.array, dtype="uint64")


@pytest.mark.parametrize("as_type", [list, tuple, objects, unsigned])
@pytest.mark.parametrize(
    "rows", [[[2**63 + 1, 1]], [[2**63 + 1], [1]], [[1], [2**63 + 1, 2]]], ids=str
)
def test_integers_beyond_int64_stay_integers(rows, as_type):
    import keras

    expected = keras.utils.pad_sequences(rows, dtype="uint64")
    same(pad_sequences([as_type(row) for row in rows]), expected)
    assert 2**63 + 1 in expected.ravel().tolist()
    # Among those of another type, and in vectors.
    some = [as_type(rows[0]), *rows[1:], np.array([3])]
    same(pad_sequences(some)[: len(rows)], expected)
    vectors = [[[step, 2] for step in row] for row in rows]
    assert 2**63 + 1 in pad_sequences(vectors).ravel().tolist()


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        ([[2**63]], -1),
        ([[1]], 2**70),
        ([[2**63, -1]], 0),
        ([[2**63], [-1]], 0),
        ([(2**63, -1)], 0),
        ([[[2**63, -1]]], 0),
        ([np.array([2**63, -1], object)], 0),
        ([np.array([2**63], "uint64"), [-1]], 0),
    ],
    ids=str,
)
def test_no_integer_type_holds_all(rows, value):
    with pytest.raises(ValueError, match="No integer type holds both"):
        pad_sequences(rows, value=value)


def test_large_integers_beside_floats_are_floats():
    same(pad_sequences([[2**63, -1, 0.5]]), np.array([[2.0**63, -1, 0.5]]))


@pytest.mark.parametrize(
    ("number", "dtype", "expected"),
    [
        (2**11, "float16", "float16"),
        (2**11 + 1, "float16", "float64"),
        (-(2**24), "float32", "float32"),
        (2**24 + 1, "float32", "float64"),
    ],
)
def test_integers_keep_all_digits_among_floats(number, dtype, expected):
    out = pad_sequences([[number]], dtype=dtype)
    assert out.dtype == expected
    assert out.astype(object) == number
    # What fills is rounded like other floats.
    assert pad_sequences([[1]], 2, dtype, value=number).dtype == dtype


# --- bad input -----------------------------------------------------------------

ROWS = {
    "scalar": ([[1], 2], "Row 1 is 2. Reshape your data; for a single sequence"),
    "none": ([[1], None], "Row 1 is None; give an empty list"),
    "text": ([[1], "ab"], "Row 1 is 'ab'; turn texts into sequences"),
    "words": ([[1], ["a"]], "Row 1 has 'a' in it"),
    "missing": ([[1], [1, None]], "Row 1 has None in it"),
    "mixed depth": ([[1], [1, [2]]], "Those of row 1 differ in their shapes"),
    "depths": ([[1], [[2]]], "row 0 are single numbers, those of row 1 are vectors"),
    "lengths": ([[[1, 2]], [[3]]], "vectors of 2 values, .* row 1 are vectors of 1"),
    "within": ([[[1, 2], [3]]], "Those of row 0 differ in their shapes"),
    "arrays": ([np.ones(2), np.ones((2, 2))], "row 1 are vectors of 2 values"),
    "array of words": ([np.ones(2), np.array(["a"])], "Row 1 has 'a' in it"),
    "films": ([np.ones((1, 2, 2)), np.ones((1, 2, 3))], r"arrays of shape \(2, 3\)"),
    "huge": ([[1], [2**70]], "at most 64 bits. Row 1 has 1180591620717411303424"),
    "complex": ([[1], [1j]], "Row 1 has an object of type complex"),
    "set": ([[1], {1}], "Row 1 is an object of type set"),
    "zero axes": ([np.array(3)], "Row 0 is 3"),
    "single sequence": ([1, 2], r"Row 0 is 1. .* write \[sequences\]"),
    "long text": (["a" * 99], r"Row 0 is 'a+\.\.\.; turn"),
    "text table": (np.array([["a"]]), "must be numbers. Got an array of dtype <U1"),
    "frame of lists": (pd.DataFrame({"a": SHORT}), "whose cells hold sequences"),
    "cell": (np.array([[1, 2], [3, {}]], dtype=object), "Row 1 has an object of type"),
}


@pytest.mark.parametrize("case", ROWS)
def test_bad_rows(case):
    rows, message = ROWS[case]
    with pytest.raises(ValueError, match=message):
        pad_sequences(rows)
    # A table of objects is checked by scikit-learn first.
    table = getattr(rows, "ndim", 1) > 1
    message = None if table else message.replace("sequences\\]", "X\\]")
    with pytest.raises((ValueError, TypeError), match=message):
        SequencePadder().fit(rows)


@pytest.mark.parametrize(
    "X", [3, None, "text", {1: [2]}, np.array(3), sparse.eye(3)], ids=repr
)
def test_no_collection(X):
    with pytest.raises(TypeError, match="sequences"):
        pad_sequences(X)
    with pytest.raises((TypeError, ValueError)):
        SequencePadder().fit(X)


@pytest.mark.parametrize(
    "wrong",
    [
        {"maxlen": 0},
        {"maxlen": -1},
        {"maxlen": 2.5},
        {"padding": "before"},
        {"truncating": "post "},
        {"value": "0"},
        {"value": None},
        {"value": 10**400},
        {"dtype": "object"},
        {"dtype": "str"},
        {"dtype": "integers"},
        {"dtype": None},
    ],
    ids=str,
)
def test_bad_parameters(wrong):
    (name,) = wrong
    with pytest.raises((ValueError, TypeError), match=name):
        pad_sequences(SHORT, **wrong)
    with pytest.raises((ValueError, TypeError), match=name):
        SequencePadder(**wrong).fit(SHORT)


def test_steps_for_others():
    with pytest.raises(ValueError, match=r"single numbers.*\(1, n_steps, 2\)"):
        checked_sequences([[[1, 2]]])
    with pytest.raises(ValueError, match="must be integers. Row 1 has 0.5"):
        checked_sequences([[1.0], [2, 0.5]], integers=True)
    whole = checked_sequences([[1.0], [2.0, 3.0]], integers=True)
    assert whole.values.dtype == "int64"
    assert [row.tolist() for row in whole.rows()] == [[1], [2, 3]]


# --- the transformer -----------------------------------------------------------


def test_not_fitted():
    for method in ("transform", "inverse_transform"):
        with pytest.raises(NotFittedError):
            getattr(SequencePadder(), method)(SHORT)
    with pytest.raises(NotFittedError):
        SequencePadder().get_feature_names_out()


def test_nothing_to_learn():
    with pytest.raises(ValueError, match="All sequences are empty"):
        SequencePadder().fit([[], []])
    with pytest.raises(ValueError, match="0 sample"):
        SequencePadder().fit([])
    assert SequencePadder(2).fit([[], []]).transform([[1]]).tolist() == [[0, 1]]


def test_width_of_tables_is_that_of_fit_but_not_of_lists():
    padder = SequencePadder().fit(pd.DataFrame(TABLE, columns=list("abc")))
    assert padder.n_features_in_ == 3
    assert padder.feature_names_in_.tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match="missing:\n- c"):
        padder.transform(pd.DataFrame(TABLE[:, :2], columns=list("ab")))
    assert padder.transform([[1], [1, 2, 3, 4]]).shape == (2, 3)
    padder.fit(SHORT)
    assert not hasattr(padder, "n_features_in_")
    assert not hasattr(padder, "feature_names_in_")
    assert padder.transform(np.ones((2, 5), int)).shape == (2, 3)


def test_arrays_of_vectors_may_have_any_number_of_steps():
    padder = SequencePadder().fit(np.ones((2, 3, 2)))
    assert padder.transform(np.ones((4, 5, 2))).shape == (4, 3, 2)
    assert padder.transform(np.ones((4, 1, 2)))[0, :, 0].tolist() == [0, 0, 1]


def test_tables_of_lists():
    with pytest.raises(ValueError, match="whose cells hold sequences. Pass one column"):
        SequencePadder().fit(pd.DataFrame({"a": SHORT}))


def test_integers_of_both_kinds_stay_integers():
    rows = [np.array([2**62 + 1], "uint64"), np.array([-1])]
    same(pad_sequences(rows), np.array([[2**62 + 1], [-1]]))
    mixed = pad_sequences([np.array([2**62 + 1], "uint64"), [-1]])
    same(mixed, np.array([[2**62 + 1], [-1]]))


def test_shape_of_steps_is_that_of_fit():
    padder = SequencePadder().fit([[[1, 2]], [[3, 4], [5, 6]]])
    assert padder.step_shape_ == (2,)
    assert padder.transform([[], []]).shape == (2, 2, 2)
    with pytest.raises(ValueError, match=r"in fit, \(2,\). Got \(3,\)"):
        padder.transform([[[1, 2, 3]]])
    with pytest.raises(ValueError, match=r"in fit, \(2,\). Got \(\)"):
        padder.transform([[1, 2, 3]])


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("value", [0, -1, np.nan])
def test_inverse(padding, value):
    rows = [[], [1], [2, 5, 3], [4, 5, 6, 7]]
    padder = SequencePadder(padding=padding, value=value).fit(rows)
    assert padder.inverse_transform(padder.transform(rows)) == rows


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (np.float64(0.1), "float32"),
        (0.1, "float32"),
        (2**70, "float64"),
        (Fraction(1, 2), "float64"),
        (np.float32(0.1), "float64"),
    ],
    ids=repr,
)
def test_inverse_finds_the_value_in_any_type(value, dtype):
    padder = SequencePadder(3, value=value, dtype=dtype).fit([[1.5]])
    assert padder.inverse_transform(padder.transform([[1.5], []])) == [[1.5], []]
    assert padder.inverse_transform([[0, 5, 7]]) == [[0, 5, 7]]


def test_inverse_takes_only_the_end_off():
    padder = SequencePadder().fit([[1, 0, 2, 0]])
    assert padder.inverse_transform([[0, 1, 0, 2], [1, 0, 2, 0]]) == [
        [1, 0, 2],
        [1, 0, 2, 0],
    ]
    with pytest.raises(ValueError, match="2 axes"):
        padder.inverse_transform(np.zeros((2, 2, 2)))


def test_inverse_of_vectors():
    rows = [[[1, 0]], [[0, 2], [3, 4]]]
    padder = SequencePadder(3, padding="post").fit(rows)
    back = padder.inverse_transform(padder.transform(rows))
    assert [row.tolist() for row in back] == rows


def test_frames_come_out():
    padder = SequencePadder().set_output(transform="pandas")
    X = pd.Series(SHORT, index=["x", "y", "z"])
    frame = padder.fit_transform(X)
    assert frame.columns.tolist() == [f"sequencepadder{i}" for i in range(3)]
    assert frame.index.tolist() == ["x", "y", "z"]
    assert frame.columns.tolist() == padder.get_feature_names_out().tolist()
    np.testing.assert_array_equal(frame, EXPECTED)
    assert padder.inverse_transform(frame) == SHORT


def test_vectors_have_no_columns():
    padder = SequencePadder().fit([[[1, 2]]])
    with pytest.raises(ValueError, match="Names of columns need a result of two axes"):
        padder.get_feature_names_out()
    padder.set_output(transform="pandas")
    with pytest.raises(ValueError, match="Pandas containers need .* two axes"):
        padder.transform([[[1, 2]]])


def test_pickle_and_clone():
    padder = SequencePadder(value=-1, padding="post", dtype="int64").fit(SHORT)
    again = pickle.loads(pickle.dumps(padder))
    same(again.transform([[7]]), padder.transform([[7]]))
    twin = clone(padder)
    assert twin.get_params() == padder.get_params()
    assert not hasattr(twin, "maxlen_")


@parametrize_with_checks(
    [SequencePadder(), SequencePadder(3, padding="post", value=-1, dtype="float32")]
)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
def test_in_a_search():
    rng = np.random.RandomState(0)
    kinds = np.arange(40) % 2
    X = [(rng.randint(1, 5, rng.randint(3, 9)) + 4 * kind).tolist() for kind in kinds]
    pipeline = make_pipeline(SequencePadder(), LogisticRegression())
    grid = {"sequencepadder__maxlen": [1, 3, None]}
    search = GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(X, kinds)
    assert search.best_score_ > 0.9
    assert pickle.loads(pickle.dumps(search)).predict(X[:2]).tolist() == [0, 1]
