"""Checked rows as the engine takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sk_keras._estimators.inputs.checked_rows import CheckedRows
from sk_keras._estimators.inputs.stream import BatchStream
from sk_keras._estimators.inputs.weights import refuse_nothing
from sk_keras._estimators.model.input_plan import InputPlan
from sk_keras._estimators.targets.base import Targets
from sk_keras._training.rows import Rows, Stream


def encoded(
    checked: CheckedRows,
    targets: Targets,
    inputs: InputPlan,
    scale_weights: bool,
    *,
    training: bool,
) -> Rows:
    """Arrange X as the model takes it, and encode the targets.

    Parameters
    ----------
    checked : CheckedRows
    targets : Targets
    inputs : InputPlan
    scale_weights : bool
        Whether weights are scaled to a mean of 1.
    training : bool
        Whether the model learns from the rows.

    Raises
    ------
    ValueError
        If all weights are zero, or X does not go into the model.
    """
    weight = None
    if checked.weight is not None:
        if scale_weights:
            refuse_nothing(checked.weight)
        weight = targets.arrange_weights(checked.weight, scale=scale_weights)
    X = inputs.arrange(checked.X, training=training)
    return Rows(X, targets.encode(checked.y), weight)


def encoded_stream(
    stream: BatchStream, encode: Callable[[tuple[Any, ...]], Rows]
) -> Stream:
    """Encode the batches of a stream, each when its turn comes."""

    def epoch(at_most: int) -> Iterator[tuple[Rows, int]]:
        for batches, n_batches in stream.together(at_most):
            yield encode(batches), n_batches

    return Stream(encode(stream.first()), stream.steps, epoch)
