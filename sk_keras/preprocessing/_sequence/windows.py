"""`sliding_windows`: pieces of a time series, and what comes after each."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils._indexing import _get_column_indices
from sklearn.utils._param_validation import Interval, validate_parameter_constraints

from sk_keras._shared.set_module import set_module

_CONSTRAINTS = {
    "window": [Interval(Integral, 1, None, closed="left")],
    "horizon": [Interval(Integral, 0, None, closed="left")],
    "gap": [Interval(Integral, 0, None, closed="left")],
    "stride": [Interval(Integral, 1, None, closed="left")],
    "sampling_rate": [Interval(Integral, 1, None, closed="left")],
    "copy": ["boolean"],
}


@set_module("sk_keras.preprocessing")
def sliding_windows(
    X: Any,
    window: int,
    *,
    horizon: int = 1,
    gap: int = 0,
    stride: int = 1,
    sampling_rate: int = 1,
    targets: Any = None,
    y: Any = None,
    copy: bool = False,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Cut a time series into windows, with the steps to forecast after each.

    Window ``i`` has the steps from ``i * stride`` on, ``window`` of them, of which each
    is ``sampling_rate`` steps after the one before. After its last step come ``gap``
    steps that are left out, and then the ``horizon`` steps of its target. No target is
    in its own window, unless ``horizon`` is 0.

    Parameters
    ----------
    X : array-like of shape (n_steps,) or (n_steps, n_features), or of more axes
        The steps in the order of time: numbers. Missing values are kept.
    window : int
        Number of steps of a window.
    horizon : int, default=1
        Number of steps to forecast. 0 leaves no gap, so that with a stride of 1 the
        last window ends with the series: what to predict the future from. It makes no
        targets, unless ``targets`` or ``y`` are given: then those of the last step of
        each window.
    gap : int, default=0
        Number of steps between a window and its target.
    stride : int, default=1
        Number of steps from the start of a window to the start of the next.
    sampling_rate : int, default=1
        Number of steps from one step of a window to its next.
    targets : str, int or list of them, default=None
        The columns of X to forecast: names, or positions, which integers always are.
        None is all of them, or X itself if it has one axis. A single column, not in a
        list, makes a target without an axis for columns.
    y : array-like of shape (n_steps,) or (n_steps, n_targets), default=None
        Another series to forecast, in step with X, instead of columns of X: its rows
        go with those of X by their order, whatever their index. It may be labels.
    copy : bool, default=False
        Whether windows have memory of their own. Otherwise they are a view into X that
        cannot be written to: it takes no memory, but shows later changes of X.

    Returns
    -------
    windows : array of shape (n_windows, window, n_features)
        A series of one axis has one feature.
    target : array of shape (n_windows,), (n_windows, n_targets), \
            (n_windows, horizon) or (n_windows, horizon, n_targets), or None
        Without an axis for a horizon of 0 or 1, and without one for a single series.
        None if ``horizon`` is 0, and neither ``targets`` nor ``y`` is given.

    Raises
    ------
    ValueError
        If the series is too short for one window and its target, a parameter is
        wrong, X is not numbers, or y is of another length.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.preprocessing import sliding_windows
    >>> windows, target = sliding_windows(np.arange(6), window=3, horizon=2)
    >>> windows[:, :, 0]
    array([[0, 1, 2],
           [1, 2, 3]])
    >>> target
    array([[3, 4],
           [4, 5]])
    """
    parameters = {
        "window": window,
        "horizon": horizon,
        "gap": gap,
        "stride": stride,
        "sampling_rate": sampling_rate,
        "copy": copy,
    }
    validate_parameter_constraints(_CONSTRAINTS, parameters, "sliding_windows")
    steps = _series(X)
    span = (window - 1) * sampling_rate + 1
    start = span + gap if horizon else span
    n_windows = (len(steps) - start - horizon) // stride + 1
    if n_windows < 1:
        raise ValueError(
            f"X has {len(steps)} steps, but one window with its target takes "
            f"{start + horizon}: a window of {span}, a gap of {start - span} and a "
            f"horizon of {horizon}. Give a longer series, or make these smaller."
        )
    columns = steps if steps.ndim > 1 else steps[:, np.newaxis]
    windows = _pieces(columns, span, n_windows, stride)[:, ::sampling_rate]
    if copy:
        windows = np.array(windows, order="C")
    future = _future(X, steps, targets, y)
    if horizon == 0:
        if targets is None and y is None:
            return windows, None
        return windows, np.array(future[span - 1 :: stride][:n_windows])
    target = np.array(_pieces(future[start:], horizon, n_windows, stride), order="C")
    return windows, target[:, 0] if horizon == 1 else target


def _series(X: Any) -> np.ndarray:
    dtypes = dict(X.dtypes) if hasattr(X, "columns") else {"X": getattr(X, "dtype", "")}
    _refuse_times([name for name, dtype in dtypes.items() if _is_time(dtype)])
    steps: np.ndarray = check_array(
        X,
        dtype="numeric",
        ensure_2d=False,
        allow_nd=True,
        ensure_all_finite=False,
        input_name="X",
    )
    _refuse_times(["X"] if _is_time(steps.dtype) else [])
    if steps.dtype.kind not in "biuf":
        raise ValueError(f"X must be numbers. Got an array of dtype {steps.dtype}.")
    return steps


def _refuse_times(names: list[Any]) -> None:
    if names:
        raise ValueError(
            f"X must be numbers. There are times in {', '.join(map(repr, names))}: "
            "leave them out, or make numbers of them."
        )


def _is_time(dtype: Any) -> bool:
    return getattr(dtype, "kind", "") in ("m", "M")


def _future(X: Any, steps: np.ndarray, targets: Any, y: Any) -> np.ndarray:
    """Find what is to be forecast: columns of X, or another series."""
    if y is None:
        return steps if targets is None else _columns(X, steps, targets)
    if targets is not None:
        raise ValueError(
            "Give targets, which are columns of X, or y, another series; not both."
        )
    series: np.ndarray = check_array(
        y,
        dtype=None,
        ensure_2d=False,
        allow_nd=True,
        ensure_all_finite=False,
        input_name="y",
    )
    check_consistent_length(steps, series)
    return series


def _columns(X: Any, steps: np.ndarray, targets: Any) -> np.ndarray:
    if steps.ndim != 2:
        raise ValueError(
            "targets names columns, and needs X of shape (n_steps, n_features). Got X "
            f"of shape {steps.shape}."
        )
    table = X if hasattr(X, "iloc") else steps
    places = _get_column_indices(table, targets)
    if not places:
        raise ValueError(f"targets must name at least one column. Got {targets!r}.")
    single = isinstance(targets, str | Integral)
    return steps[:, places[0] if single else places]


def _pieces(series: np.ndarray, length: int, n: int, stride: int) -> np.ndarray:
    """Return views of shape (n, length, ...) of pieces that overlap."""
    views = sliding_window_view(series, length, axis=0)[::stride][:n]
    return np.moveaxis(views, -1, 1)
