"""Which steps of a model's outputs are masked: filled up, and not to be counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sk_keras._estimators.inputs.check_x import check_X
from sk_keras._estimators.inputs.stream import open_stream
from sk_keras._shared.arrays.parts import n_rows, parts_of, pick
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.keras_objects.private_api.graphs import mask_of
from sk_keras._shared.routing.prefixes import routed_to

#: Rows that are run at a time.
ROWS = 256


def output_masks(estimator: Any, X: Any) -> list[Any]:
    """Return what masks have reached the outputs of a fitted model.

    Parameters
    ----------
    estimator : BaseKerasEstimator
    X : array-like or stream

    Returns
    -------
    list of (array of bool of shape (n_samples, n_steps) or None)
        For each output; False for steps that are left out in training.
    """
    steps = routed_to(estimator._all_routed(), "predict").get("steps")
    stream = open_stream(X, None, None, steps, "predict__steps")
    batches = [x for x, *_ in stream] if stream else [X]
    found = [_of_rows(estimator, batch) for batch in batches]
    return [
        None if any(mask is None for mask in masks) else np.concatenate(masks)
        for masks in zip(*found, strict=True)
    ]


def _of_rows(estimator: Any, X: Any) -> list[Any]:
    return masks_of_checked(estimator, check_X(estimator, X, reset=False))


def masks_of_checked(estimator: Any, X: Any) -> list[Any]:
    """Return what `output_masks` does, for rows that are checked."""
    heads = estimator._targets.heads
    nothing = [None] * len(heads)
    if any(isinstance(part, Ragged) for part in parts_of(X)):
        return nothing  # whose predictions have no more steps than they
    X = estimator._made.inputs.arrange(X)
    if all(mask is None for mask in _run(estimator, X, slice(0, 1))):
        return nothing
    slices = [slice(start, start + ROWS) for start in range(0, n_rows(X), ROWS)]
    parts = [_run(estimator, X, rows) for rows in slices]
    return [
        None if masks[0] is None else np.concatenate(masks)
        for masks in zip(*parts, strict=True)
    ]


def _run(estimator: Any, X: Any, rows: slice) -> list[Any]:
    """Run the model over rows, and return the masks of its outputs."""
    import keras

    from sk_keras._training.batches import tensors

    out = estimator.model_(tensors(pick(X, rows), slice(None)), training=False)
    if isinstance(out, Mapping):
        out = [out[head.name] for head in estimator._targets.heads]
    masks = map(mask_of, keras.tree.flatten(out))
    return [None if mask is None else np.asarray(mask) for mask in masks]
