"""Checked rows as the engine takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sk_keras._input_plan import InputPlan
from sk_keras._parts import map_parts
from sk_keras._samples import Sample
from sk_keras._streams import BatchStream
from sk_keras._target_set import BoundTargets
from sk_keras.training.streams import Rows, Stream


def encoded(
    sample: Sample, targets: BoundTargets, inputs: InputPlan, scale_weights: bool
) -> Rows:
    """Arrange X as the model takes it, and encode the targets.

    Parameters
    ----------
    sample : Sample
    targets : BoundTargets
    inputs : InputPlan
    scale_weights : bool
        Whether weights are scaled to a mean of 1.

    Raises
    ------
    ValueError
        If all weights are zero.
    """
    weight = None
    if sample.weight is not None:
        weight = targets.arrange_weights(
            map_parts(lambda part: _scaled(part, scale_weights), sample.weight)
        )
    return Rows(inputs.arrange(sample.X), targets.encode(sample.y), weight)


def encoded_stream(
    stream: BatchStream, encode: Callable[[tuple[Any, ...]], Rows]
) -> Stream:
    """Encode the batches of a stream, each when its turn comes."""
    return Stream(encode(stream.first()), stream.steps, lambda: map(encode, stream))


def _scaled(weight: np.ndarray, scale: bool) -> np.ndarray:
    if not weight.any():
        raise ValueError(
            "All sample weights are zero in the rows to train or to validate on. "
            "Give at least one row a positive weight."
        )
    return (weight / weight.mean() if scale else weight).astype(np.float32)
