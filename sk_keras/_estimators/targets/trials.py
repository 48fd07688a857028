"""What a loss of a user's own takes and prefers: it is tried before training."""

from __future__ import annotations

from typing import Any

import numpy as np

from sk_keras._estimators.targets.heads import Head
from sk_keras._shared.keras_objects.private_api.traced import forget_gradients


def takes(loss: Any, y: np.ndarray, head: Head) -> bool:
    """Tell whether a loss can be computed from targets in a coding, by shapes.

    Nothing is computed: the loss is called with symbols. Their number of rows is none
    of their other sizes, so that nothing fits by broadcasting along the wrong axis.

    Parameters
    ----------
    loss : callable or keras.losses.Loss
    y : array of shape (n, ...)
        A few targets, encoded.
    head : Head
        The output.
    """
    import tensorflow as tf

    known = [*y.shape[1:], *(n for n in head.shape if n)]
    rows = 1 + max(known, default=1)
    sizes = [*y.shape[1:], *[rows] * len(head.shape)]
    shape = [sizes[i] if n is None else n for i, n in enumerate(head.shape)]
    traced = tf.function(_as_keras_calls(loss), autograph=False)
    try:
        concrete = traced.get_concrete_function(
            tf.TensorSpec((rows, *y.shape[1:]), y.dtype),
            tf.TensorSpec((rows, *shape), tf.float32),
        )
    except Exception:  # whatever an own loss raises
        return False
    forget_gradients(concrete.graph.as_graph_def())
    return True


def prefers_small(loss: Any, head: Head) -> bool:
    """Tell whether a loss is lower for small outputs where the label is 1."""
    import tensorflow as tf

    shape = (1, *(n or 1 for n in head.shape))
    call = _as_keras_calls(loss)

    def cost(label: float, value: float) -> float:
        given = tf.fill(shape, label), tf.fill(shape, value)
        return float(np.mean(call(*given)))

    try:
        return cost(1.0, 0.9) > cost(1.0, 0.1) and cost(0.0, 0.9) <= cost(0.0, 0.1)
    except Exception:  # it needs more than one row, or more than a loss is given
        return False


def _as_keras_calls(loss: Any) -> Any:
    """Return a loss that takes targets and outputs as `keras.Model.fit` hands them."""
    import keras

    if isinstance(loss, keras.losses.Loss):
        return loss
    # The public loss of a function: it brings both to the same rank first.
    wrapped = keras.losses.MeanSquaredError()
    wrapped.fn = loss
    return wrapped
