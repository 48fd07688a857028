"""`sliding_windows`, beside the functions of Keras that it takes after."""

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.model_selection import TimeSeriesSplit

from sk_keras import KerasRegressor
from sk_keras.preprocessing import sliding_windows
from tests.preprocessing.references import old_sequence

SERIES = np.arange(10)
TABLE = np.column_stack([SERIES, 10 * SERIES, 100 * SERIES])
FRAME = pd.DataFrame(
    TABLE, columns=["a", "b", "c"], index=pd.date_range("2020-01-01", periods=10)
)


# --- what a window is -----------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    n_steps=st.integers(1, 40),
    n_features=st.sampled_from([None, 1, 3]),
    window=st.integers(1, 8),
    horizon=st.integers(0, 4),
    gap=st.integers(0, 3),
    stride=st.integers(1, 5),
    copy=st.booleans(),
)
def test_windows_by_their_definition(
    n_steps, n_features, window, horizon, gap, stride, copy
):
    shape = (n_steps,) if n_features is None else (n_steps, n_features)
    X = np.arange(np.prod(shape)).reshape(shape)
    given = {"horizon": horizon, "gap": gap, "stride": stride, "copy": copy}
    gap = gap if horizon else 0  # without targets there is nothing to leave out
    needed = window + gap + horizon
    if n_steps < needed:
        with pytest.raises(ValueError, match=f"{n_steps} steps, .* takes {needed}"):
            sliding_windows(X, window, **given)
        return
    windows, y = sliding_windows(X, window, **given)
    starts = range(0, n_steps - needed + 1, stride)
    columns = X.reshape(n_steps, -1)
    np.testing.assert_array_equal(windows, [columns[s : s + window] for s in starts])
    if horizon == 0:
        assert y is None
        return
    future = [X[s + window + gap : s + needed] for s in starts]
    expected = np.array(future)[:, 0] if horizon == 1 else np.array(future)
    np.testing.assert_array_equal(y, expected)
    # No window knows of its target or of what comes later.
    assert (windows.max(axis=(1, 2)) < y.reshape(len(y), -1).min(axis=1)).all()


@pytest.mark.slow
@settings(max_examples=8, deadline=None, derandomize=True)
@given(n_steps=st.integers(6, 30), window=st.integers(1, 5), stride=st.integers(1, 4))
def test_windows_of_keras(n_steps, window, stride):
    import keras

    X = np.random.RandomState(0).rand(n_steps, 2)
    y = X[:, 0]
    windows, target = sliding_windows(X, window, stride=stride, targets=0)
    dataset = keras.utils.timeseries_dataset_from_array(
        X[:-1], y[window:], window, sequence_stride=stride, batch_size=None
    )
    expected, expected_y = zip(*dataset.as_numpy_iterator(), strict=True)
    np.testing.assert_array_equal(windows, expected)
    np.testing.assert_array_equal(target, expected_y)
    generator = old_sequence().TimeseriesGenerator(
        X, y, window, stride=stride, batch_size=7
    )
    parts = [generator[i] for i in range(len(generator))]
    expected, expected_y = (np.concatenate(part) for part in zip(*parts, strict=True))
    np.testing.assert_array_equal(windows, expected)
    np.testing.assert_array_equal(target, expected_y)


def test_last_window_for_the_future():
    windows, y = sliding_windows(SERIES, 3, horizon=0)
    assert y is None
    assert windows[-1, :, 0].tolist() == [7, 8, 9]


# --- targets --------------------------------------------------------------------

LABELS = np.array(list("abcdefghij"))


@pytest.mark.parametrize(
    ("X", "given", "shape", "first"),
    [
        (SERIES, {}, (7,), 3),
        (SERIES, {"horizon": 2}, (6, 2), [3, 4]),
        (SERIES, {"horizon": 2, "gap": 1}, (5, 2), [4, 5]),
        (SERIES[:, None], {}, (7, 1), [3]),
        (SERIES[:, None], {"targets": 0}, (7,), 3),
        (TABLE, {}, (7, 3), [3, 30, 300]),
        (TABLE, {"targets": 1}, (7,), 30),
        (TABLE, {"targets": -1}, (7,), 300),
        (TABLE, {"targets": [1]}, (7, 1), [30]),
        (TABLE, {"targets": [2, 0]}, (7, 2), [300, 3]),
        (TABLE, {"targets": [2, 0], "horizon": 2}, (6, 2, 2), [[300, 3], [400, 4]]),
        (TABLE.tolist(), {"targets": 1}, (7,), 30),
        (FRAME, {"targets": "b"}, (7,), 30),
        (FRAME, {"targets": ["c", "a"]}, (7, 2), [300, 3]),
        (FRAME, {"targets": 1}, (7,), 30),
        (FRAME["a"], {}, (7,), 3),
        (FRAME.set_axis([2, 1, 0], axis=1), {"targets": 2}, (7,), 300),
        (TABLE, {"y": LABELS}, (7,), "d"),
        (TABLE, {"y": LABELS, "horizon": 2}, (6, 2), ["d", "e"]),
        (TABLE, {"y": FRAME[["b"]]}, (7, 1), [30]),
        (TABLE, {"y": FRAME["b"]}, (7,), 30),
        (TABLE, {"y": SERIES.tolist()}, (7,), 3),
    ],
)
def test_targets(X, given, shape, first):
    windows, y = sliding_windows(X, 3, **given)
    assert windows.shape == (len(y), 3, np.asarray(X).reshape(10, -1).shape[1])
    assert y.shape == shape
    assert y[0].tolist() == first


def test_steps_of_more_axes():
    films = np.arange(10 * 4).reshape(10, 2, 2)
    windows, y = sliding_windows(films, 3, horizon=2)
    assert (windows.shape, y.shape) == ((6, 3, 2, 2), (6, 2, 2, 2))
    np.testing.assert_array_equal(windows[1], films[1:4])
    np.testing.assert_array_equal(y[1], films[4:6])


# --- memory ---------------------------------------------------------------------


def test_view_takes_no_memory_and_cannot_be_written_to():
    X = TABLE.copy()
    windows, y = sliding_windows(X, 3)
    assert np.shares_memory(windows, X)
    assert not np.shares_memory(y, X)
    assert y.flags.c_contiguous and y.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        windows[0] = 1
    np.testing.assert_array_equal(X, TABLE)


def test_copy_is_of_its_own():
    X = TABLE.copy()
    windows, _ = sliding_windows(X, 3, copy=True)
    assert windows.flags.c_contiguous and windows.flags.writeable
    windows[:] = -1
    np.testing.assert_array_equal(X, TABLE)


@pytest.mark.parametrize("dtype", ["int8", "float32", "float64", "bool"])
def test_types_are_kept(dtype):
    windows, y = sliding_windows(SERIES.astype(dtype), 3)
    assert (windows.dtype, y.dtype) == (dtype, dtype)


def test_missing_values_are_kept():
    X = np.array([1.0, np.nan, 3.0, np.inf])
    windows, y = sliding_windows(X, 2)
    np.testing.assert_array_equal(windows[:, :, 0], [[1, np.nan], [np.nan, 3]])
    np.testing.assert_array_equal(y, [3, np.inf])
    integers = pd.Series([1, None, 3, 4], dtype="Int64")
    windows, _ = sliding_windows(integers, 2)
    np.testing.assert_array_equal(windows[:, :, 0], [[1, np.nan], [np.nan, 3]])


@pytest.mark.slow
def test_a_forecaster_takes_them():
    X = np.sin(np.arange(60) / 3)
    windows, y = sliding_windows(X, 6, horizon=2)
    net = KerasRegressor("lstm", units=4, epochs=2, random_state=0).fit(windows, y)
    future, _ = sliding_windows(X, 6, horizon=0)
    assert net.predict(future[-1:]).shape == (1, 2)
    own, _ = sliding_windows(X, 6, horizon=2, copy=True)
    np.testing.assert_array_equal(net.predict(windows), net.predict(own))


@pytest.mark.parametrize(("stride", "gap"), [(1, 4), (2, 2), (3, 1), (7, 0)])
def test_gap_of_a_split_that_leaves_no_unknown_target_in_training(stride, gap):
    steps = {"horizon": 3, "gap": 2, "stride": stride}
    assert gap == (steps["horizon"] + steps["gap"] - 1) // stride
    windows, y = sliding_windows(np.arange(200), 4, **steps)
    for train, test in TimeSeriesSplit(3, gap=gap, test_size=2).split(windows):
        known = windows[test[0]].max()
        assert y[train].max() <= known
        assert y[train[-1] + 1].max() > known  # the next one would be too many


# --- bad input ------------------------------------------------------------------

WRONG = {
    "times": ((pd.Series(FRAME.index), 3), {}, "There are times in 'X'"),
    "index": ((FRAME.index, 3), {}, "There are times in 'X'"),
    "time column": ((FRAME.reset_index(), 3), {}, "There are times in 'index': leave"),
    "list of times": ((list(FRAME.index.to_numpy()), 3), {}, "There are times in 'X'"),
    "periods": (
        (pd.DataFrame({"a": SERIES, "b": FRAME.index.to_period()}), 3),
        {"targets": "a"},
        "X must be numbers. Got an array of dtype object",
    ),
    "window": ((SERIES, 0), {}, "'window'"),
    "half a window": ((SERIES, 2.5), {}, "'window'"),
    "horizon": ((SERIES, 3), {"horizon": -1}, "'horizon'"),
    "gap": ((SERIES, 3), {"gap": -1}, "'gap'"),
    "stride": ((SERIES, 3), {"stride": 0}, "'stride'"),
    "copy": ((SERIES, 3), {"copy": "no"}, "'copy'"),
    "short": (
        (SERIES, 10),
        {},
        "10 steps, but .* takes 11: a window of 10, a gap of 0",
    ),
    "empty": (([], 1), {}, "0 sample"),
    "text": ((["a", "b"], 1), {}, "numeric|convert"),
    "ragged": (([[1], [1, 2]], 1), {}, "inhomogeneous|sequence"),
    "both": ((TABLE, 3), {"targets": 0, "y": SERIES}, "not both"),
    "length": ((TABLE, 3), {"y": SERIES[1:]}, r"inconsistent.*\[10, 9\]"),
    "no columns": ((SERIES, 3), {"targets": 0}, r"Got X of shape \(10,\)"),
    "none": ((TABLE, 3), {"targets": []}, "at least one column"),
    "beyond": ((TABLE, 3), {"targets": 3}, "features"),
    "unknown": ((FRAME, 3), {"targets": "d"}, "column"),
    "names": ((TABLE, 3), {"targets": "a"}, "only supported for dataframes"),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_input(case):
    given, more, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        sliding_windows(*given, **more)


@pytest.mark.parametrize("X", [sparse.eye(5).tocsr(), 3, None], ids=repr)
def test_no_series(X):
    with pytest.raises((TypeError, ValueError)):
        sliding_windows(X, 1)


# --- steps that are left out, targets of the last step -----------------------------


@pytest.mark.parametrize("rate", [1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2])
def test_sampling_rate_as_in_keras(rate, stride):
    rng = np.random.RandomState(0)
    X, window, gap = rng.randn(40, 2), 4, 2
    span = (window - 1) * rate + 1
    windows, target = sliding_windows(
        X, window, gap=gap, stride=stride, sampling_rate=rate, targets=1
    )
    offset = span + gap
    rows = keras.utils.timeseries_dataset_from_array(
        X[:-offset],
        X[offset:, 1],
        sequence_length=window,
        sequence_stride=stride,
        sampling_rate=rate,
        batch_size=None,
    )
    # Keras leaves out windows that end with the series.
    expected = [(np.asarray(x), float(y)) for x, y in rows]
    for (x, y), got, found in zip(expected, windows, target, strict=False):
        np.testing.assert_array_equal(got, x)
        assert found == y
    assert len(windows) == (40 - offset - 1) // stride + 1
    starts = np.arange(len(windows)) * stride
    np.testing.assert_array_equal(windows[:, -1], X[starts + span - 1])


def test_targets_of_the_last_step():
    X, y = np.arange(12.0).reshape(6, 2), np.array(list("abcdef"))
    windows, target = sliding_windows(X, 2, horizon=0, sampling_rate=2, y=y)
    assert target.tolist() == list("cdef")
    np.testing.assert_array_equal(windows[:, -1], X[2:])
    _, one = sliding_windows(X, 3, horizon=0, targets=0, gap=4)
    np.testing.assert_array_equal(one, X[2:, 0])
    _, both = sliding_windows(X, 3, horizon=0, stride=2, targets=[1, 0])
    np.testing.assert_array_equal(both, X[[2, 4]][:, ::-1])
    assert sliding_windows(X, 3, horizon=0)[1] is None


def test_a_span_that_is_too_long():
    with pytest.raises(ValueError, match="a window of 7, a gap of 0 and a"):
        sliding_windows(np.arange(7), 3, sampling_rate=3)
