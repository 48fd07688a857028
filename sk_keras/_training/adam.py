"""Adam's update in few operations, equal to Keras' own to the last bit.

Keras makes some forty operations for each variable, half of what the program of a
small model consists of; here it is ten, with the same factors. TensorFlow has all of
Adam as one operation, which is worse: it takes ``1 - beta_2`` from a rounded
``beta_2``, five digits away from Keras', and hands a few hundred weights over to
another thread, which takes longer than to move them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from sk_keras._shared.keras_objects.private_api.training import (
    moments_of,
    on_one_device,
)

#: Keras rounds its factors to this one, whatever the dtype of a variable.
_DTYPE = tf.float32

#: As it was before anything could exchange it.
_USUAL = keras.optimizers.Adam.update_step


@contextmanager
def few_operations(optimizer: Any) -> Iterator[None]:
    """Have an optimizer that is Keras' Adam make few operations while it is traced.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer or None
        The update of any other than `keras.optimizers.Adam` and
        `keras.optimizers.AdamW`, and of these with ``amsgrad``, is left as it is.
    """
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = optimizer.inner_optimizer
    with on_one_device(optimizer), _few_of_adam(optimizer):
        yield


@contextmanager
def _few_of_adam(optimizer: Any) -> Iterator[None]:
    if not _is_plain_adam(optimizer):
        yield
        return
    update = _Update(optimizer)
    optimizer.apply, optimizer.update_step = update.apply, update.update_step
    try:
        yield
    finally:
        del optimizer.apply, optimizer.update_step


def _is_plain_adam(optimizer: Any) -> bool:
    """Tell whether an optimizer does what Keras' Adam does, and nothing else."""
    return (
        type(optimizer) in (keras.optimizers.Adam, keras.optimizers.AdamW)
        and not vars(optimizer).keys() & {"apply", "update_step"}
        and type(optimizer).update_step is _USUAL
        and not optimizer.amsgrad
        and all(
            type(value) is float  # NumPy's are of another precision
            for value in (optimizer.beta_1, optimizer.beta_2, optimizer.epsilon)
        )
    )


class _Factors(NamedTuple):
    """What is the same for all variables in one step."""

    first: tf.Tensor
    second: tf.Tensor
    rate: tf.Tensor
    epsilon: tf.Tensor


class _Update:
    """The methods of Adam that are replaced."""

    def __init__(self, adam: Any) -> None:
        self._adam = adam
        self._usual_apply: Callable[..., Any] = adam.apply
        self._usual_step: Callable[..., Any] = adam.update_step
        self._factors: _Factors | None = None

    def apply(self, *arguments: Any, **named: Any) -> Any:
        """Begin a step of all variables, with factors of its own."""
        self._factors = None
        return self._usual_apply(*arguments, **named)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move a variable and its moments."""
        if isinstance(gradient, tf.IndexedSlices) or variable.dtype != _DTYPE:
            self._usual_step(gradient, variable, learning_rate)
            return
        if self._factors is None:
            self._factors = self._factors_at(learning_rate)
        factors = self._factors
        gradient = tf.cast(gradient, _DTYPE)
        first, second = moments_of(self._adam, variable)
        _move(first, factors.first, gradient)
        _move(second, factors.second, tf.raw_ops.Square(x=gradient))
        way = tf.raw_ops.Mul(x=_value(first), y=factors.rate)
        root = tf.raw_ops.Sqrt(x=_value(second))
        way = tf.raw_ops.RealDiv(x=way, y=tf.raw_ops.AddV2(x=root, y=factors.epsilon))
        tf.raw_ops.AssignSubVariableOp(resource=variable.handle, value=way)

    def _factors_at(self, learning_rate: Any) -> _Factors:
        adam = self._adam
        step = tf.cast(adam.iterations + 1, _DTYPE)
        bias_1 = 1 - tf.pow(tf.constant(adam.beta_1), step)
        bias_2 = 1 - tf.pow(tf.constant(adam.beta_2), step)
        rate = tf.cast(tf.convert_to_tensor(learning_rate), _DTYPE)
        return _Factors(
            first=tf.constant(1 - adam.beta_1),
            second=tf.constant(1 - adam.beta_2),
            rate=rate * tf.sqrt(bias_2) / bias_1,
            epsilon=tf.constant(adam.epsilon),
        )


def _value(variable: tf.Variable) -> tf.Tensor:
    return tf.raw_ops.ReadVariableOp(resource=variable.handle, dtype=_DTYPE)


def _move(moment: tf.Variable, by: tf.Tensor, towards: tf.Tensor) -> None:
    """Move a moment by a part of the way towards a value."""
    way = tf.raw_ops.Sub(x=_value(moment), y=towards)
    tf.raw_ops.ResourceApplyGradientDescent(var=moment.handle, alpha=by, delta=way)
