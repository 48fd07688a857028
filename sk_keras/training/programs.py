"""Traced programs: an epoch of training or validation as one graph.

`keras.Model.fit` calls the graph once a batch; on small models most of the
time goes between the calls. Here the loop over batches is inside the graph,
around Keras' own `train_step` and `test_step`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sk_keras.training.callbacks import one_figure
from sk_keras.training.seeding import seeded
from sk_keras.training.streams import Rows, take

#: Above so many batches, tracing the forward pass pays.
MANY_BATCHES = 8


def _loop(step: Callable[[Any], Any]) -> Any:
    """Trace a loop of one Keras step over the batches of an epoch."""

    def run(data: Any, order: tf.Tensor, batch_size: tf.Tensor) -> None:
        n_rows = tf.shape(order, out_type=tf.int64)[0]

        def batch(start: tf.Tensor) -> tuple[tf.Tensor]:
            rows = order[start : tf.minimum(start + batch_size, n_rows)]
            step(keras.tree.map_structure(partial(tf.gather, indices=rows), data))
            return (start + batch_size,)

        first = tf.zeros((), tf.int64)
        tf.while_loop(lambda start: start < n_rows, batch, (first,))

    # As in `keras.Model.fit`, Python code of layers and losses is not converted.
    return tf.function(run, reduce_retracing=True, autograph=False)


class EpochProgram:
    """One model's epochs, traced at the first call.

    Parameters
    ----------
    model : keras.Model
        Built and compiled.
    training : bool
        Whether epochs train, or only measure.
    seed : int or None
        For operations that take their seeds while they are traced.
    """

    def __init__(self, model: Any, *, training: bool, seed: int | None) -> None:
        self.model = model
        self.seed = seed
        if training and model.optimizer is not None and not model.optimizer.built:
            # Variables have to exist before the trace.
            model.optimizer.build(model.trainable_variables)
        self._run = _loop(model.train_step if training else model.test_step)
        self._traced = False
        self._data: tuple[Rows, Any] | None = None

    def __call__(
        self, rows: Rows, order: np.ndarray, batch_size: int
    ) -> dict[str, float]:
        """Run one epoch.

        Parameters
        ----------
        rows : Rows
        order : array of int
            The rows to use, in this order.
        batch_size : int

        Returns
        -------
        logs : dict of str to float
            The loss and metrics over the epoch.
        """
        self.model.reset_metrics()
        size = tf.constant(batch_size, tf.int64)
        if rows.is_sparse:
            for part in rows.chunks(order, batch_size):
                dense = keras.tree.map_structure(tf.constant, rows.batch(part))
                self._call(dense, tf.range(len(part), dtype=tf.int64), size)
        else:
            self._call(self._tensors(rows), tf.constant(order, tf.int64), size)
        logs = self.model.get_metrics_result()
        return {name: one_figure(name, value) for name, value in logs.items()}

    def _call(self, *arguments: Any) -> None:
        if not self._traced:
            with seeded(self.seed):
                self._run.get_concrete_function(*arguments)
            self._traced = True
        self._run(*arguments)

    def _tensors(self, rows: Rows) -> Any:
        """Hand arrays to TensorFlow once for all epochs."""
        if self._data is None or self._data[0] is not rows:
            whole = rows.batch(slice(None))
            self._data = rows, keras.tree.map_structure(tf.convert_to_tensor, whole)
        return self._data[1]


def predict(model: Any, X: Any, batch_size: int, extra: Mapping[str, Any]) -> Any:
    """Run a model forward over rows, a batch at a time.

    Parameters
    ----------
    model : keras.Model
    X : array of shape (n_samples, ...) or CSR matrix
    batch_size : int
    extra : dict
        Further arguments of `keras.Model.predict`, which then does it.

    Returns
    -------
    array, list or dict of arrays
        Arranged as the model's outputs.
    """
    own = ("predict", "predict_step", "make_predict_function")
    overridden = any(
        getattr(type(model), n) is not getattr(keras.Model, n) for n in own
    )
    if overridden or any(extra.values()):
        arguments = {"verbose": 0, **extra, "batch_size": batch_size}
        return model.predict(take(X, slice(None)), **arguments)
    n_rows = X.shape[0]
    many = n_rows > MANY_BATCHES * batch_size and not model.run_eagerly
    forward = tf.function(model, reduce_retracing=True) if many else model
    parts = []
    for start in range(0, n_rows, batch_size):
        rows = take(X, slice(start, start + batch_size))
        # Matrix products take another path for a single row, with another
        # rounding; beside a copy of itself it gets what it gets among others.
        alone = len(rows) == 1
        rows = np.repeat(rows, 2, axis=0) if alone else rows
        out = forward(tf.convert_to_tensor(rows), training=False)
        out = keras.tree.map_structure(np.asarray, out)
        parts.append(keras.tree.map_structure(lambda o: o[:1], out) if alone else out)
    if len(parts) == 1:
        return parts[0]
    return keras.tree.map_structure(lambda *p: np.concatenate(p), *parts)
