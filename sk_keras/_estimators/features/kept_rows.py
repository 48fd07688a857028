"""Features of rows that were computed before."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import numpy as np

from sk_keras._shared.least_recently_used import LeastRecentlyUsed

#: Features that are kept at most, in bytes.
MAX_BYTES = 2**27


#: Rows of features, by model and content. A search transforms the same images many
#: times: in each split, for each candidate, to train and to score.
kept_rows: LeastRecentlyUsed[np.ndarray] = LeastRecentlyUsed(
    lambda row: row.nbytes, MAX_BYTES
)


def with_kept_rows(
    X: np.ndarray, model_key: str, compute: Callable[[Any], np.ndarray]
) -> np.ndarray:
    """Compute features of those rows only that are not known.

    Parameters
    ----------
    X : ndarray of shape (n_samples, ...)
    model_key : str
        Says which model it is, and with which weights.
    compute : callable
        Gives the features of some rows.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
    """
    start = blake2b(repr((model_key, X.dtype.str, X.shape[1:])).encode())
    keys = [_digest(start, row) for row in X]
    known = list(map(kept_rows.get, keys))
    # A row that comes twice is computed once.
    new = {
        key: i
        for i, (key, row) in enumerate(zip(keys, known, strict=True))
        if row is None
    }
    if not new:
        return np.stack([row for row in known if row is not None])
    chosen = np.fromiter(new.values(), int)
    rows = compute(X if len(chosen) == len(X) else X[chosen])
    for key, row in zip(new, rows, strict=True):
        kept_rows.put(key, row.copy())
    if len(chosen) == len(X):
        return rows
    at = {key: i for i, key in enumerate(new)}
    pairs = zip(keys, known, strict=True)
    return np.stack([rows[at[key]] if row is None else row for key, row in pairs])


def _digest(start: Any, row: np.ndarray) -> bytes:
    digest = start.copy()
    digest.update(np.ascontiguousarray(row).data)
    return bytes(digest.digest())


def rows_key(model: Any, X: Any) -> str | None:
    """Say which model it is, and with which weights.

    Parameters
    ----------
    model : keras.Model
    X : object
        What it is to run over.

    Returns
    -------
    str or None
        None where kept rows would save nothing, where the rows may depend on each
        other, or where the model has code that is not Keras' own.
    """
    from sk_keras._training.programs.by_row import may_mix_rows
    from sk_keras._training.programs.executor import SMALL_MODEL, work_per_row
    from sk_keras._training.programs.keys import layer_key
    from sk_keras._training.stateful_models import fixed_batch_size, is_stateful

    if fixed_batch_size(model) is not None or is_stateful(model) or may_mix_rows(model):
        return None
    if not isinstance(X, np.ndarray) or work_per_row(model) <= SMALL_MODEL:
        return None
    key = layer_key(model, X[:1])
    if key is None:
        return None
    digest = blake2b(key.encode())
    for variable in model.variables:
        digest.update(np.ascontiguousarray(variable.numpy()).tobytes())
    return digest.hexdigest()
