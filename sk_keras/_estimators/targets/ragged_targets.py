"""Targets of unequal length: a label or value for each step of a sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sk_keras._estimators.targets.heads import Head, flat_outputs, packed
from sk_keras._shared.arrays.parts import parts_of
from sk_keras._shared.arrays.ragged import Ragged, differ, sequences
from sk_keras._shared.keras_objects.private_api.graphs import mask_of


def check_masked(model: Any, few: Any, y: Any) -> None:
    """Refuse a model that would learn from what rows are filled up with.

    Keras keeps masked steps out of losses and metrics; the mask must reach the
    outputs.
    """
    import keras

    if not any(isinstance(part, Ragged) for part in parts_of(y)):
        return
    outputs = keras.tree.flatten(model(few, training=False))
    if all(mask_of(out) is None for out in outputs):
        raise ValueError(
            "y has rows of unequal length, which are filled up, and the model has no "
            "mask that tells its outputs' steps from the filling. Begin it with "
            "Embedding(..., mask_zero=True) or a Masking layer, and let the layers "
            "after it keep the mask, as LSTM(return_sequences=True) and Dense do."
        )


def without_padding(raw: Any, X: Any, heads: Sequence[Head], structure: str) -> Any:
    """Cut the steps of outputs to the length of each row of X.

    Parameters
    ----------
    raw : array, list or dict of arrays
        What the model returned.
    X : array or Ragged, or a dict or list of them
    heads : sequence of Head
    structure : {"array", "list", "dict"}

    Returns
    -------
    array or Ragged, list or dict of them
    """
    rows = next((part for part in parts_of(X) if isinstance(part, Ragged)), None)
    if rows is None:
        return raw
    parts = [
        Ragged(values[np.arange(values.shape[1]) < rows.lengths[:, None]], rows.splits)
        if head.shape[:1] == (None,) and values.shape[1] == max(rows.longest, 1)
        else values
        for head, values in zip(heads, flat_outputs(raw, heads), strict=True)
    ]
    return packed(parts, heads, structure)


def by_steps(function: Callable[..., np.ndarray], part: Any, *more: Any) -> Any:
    """Apply what works on rows of steps, to rows of unequal length as well."""
    if not isinstance(part, Ragged):
        return function(part, *more)
    return Ragged(function(part.values[None], *more)[0], part.splits)


def array_or_ragged(part: Any) -> Any:
    """Make an array of a target; of rows of unequal length, what holds them."""
    if isinstance(part, Ragged):
        return part
    rows = sequences(part)
    return Ragged.of(rows) if rows and differ(rows) else np.asarray(part)


def rows_or_array(part: Any) -> Any:
    """Return rows of unequal length as a list of arrays."""
    return part.rows() if isinstance(part, Ragged) else part


def row_means(steps: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the mean over the steps of each row; NaN for rows without any."""
    rows = np.repeat(np.arange(len(lengths)), lengths)
    with np.errstate(invalid="ignore"):
        return np.bincount(rows, steps, minlength=len(lengths)) / lengths
