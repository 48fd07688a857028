"""Epochs of training and validation, each as one program.

`keras.Model.fit` calls its graph once a batch, and traces it anew for every
model. Here the loop over batches is inside the graph, around Keras' own
`train_step` and `test_step`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sk_keras._shared.keras_objects.private_api.graphs import graph_of
from sk_keras._shared.keras_objects.private_api.training import (
    build_on,
    measures_of,
)
from sk_keras._shared.keras_objects.seeding import plain_variable_names
from sk_keras._training.adam import few_operations
from sk_keras._training.augmenting import Augmentation
from sk_keras._training.batches import gathered
from sk_keras._training.callbacks.monitoring import figures
from sk_keras._training.datasets import Order
from sk_keras._training.own_logs import told
from sk_keras._training.programs.executor import traced_once
from sk_keras._training.programs.free_sizes import sized_when_run
from sk_keras._training.programs.keys import LOGGING, overridden, step_key, unique
from sk_keras._training.programs.program import Program, trace
from sk_keras._training.programs.program_cache import kept
from sk_keras._training.programs.signature import signature
from sk_keras._training.rows import Rows, Stream

#: Batches of a stream that are run in one call.
TOGETHER = 32

#: Epochs that are run in one call, which saves a fit of short ones a third of its time.
AT_ONCE = 5

#: Steps of such a call at the most: it cannot be interrupted.
MOST_STEPS = 2048


class Epochs:
    """Epochs of training or validation on one model.

    Parameters
    ----------
    model : keras.Model
        Compiled, its variables and those of its optimizer made.
    rows : Rows or Stream
        What is trained or measured on.
    training : bool
        Whether epochs train, or only measure.
    seed : int or None
        For operations that take their seeds while they are traced.
    augment : Augmentation or None, default=None
        Changes the batches.
    """

    def __init__(
        self,
        model: Any,
        rows: Rows | Stream,
        *,
        training: bool,
        seed: int | None,
        augment: Augmentation | None = None,
    ) -> None:
        self._model, self._data, self._augment = model, rows, augment
        #: Data that come in pieces have their metrics reset before the first.
        self._whole_epochs = isinstance(rows, Rows) and rows.fit_in_memory
        #: Batches that were run, by whose numbers an augmentation draws.
        self._done = 0
        with plain_variable_names():
            _build_metrics(model, rows.batch(slice(0, 2)))
        state = model.variables + model.metrics_variables
        if training and model.optimizer is not None:
            state += model.optimizer.variables
        if augment is not None:
            state += augment.variables
        state = unique(state)
        batch = rows.batch(slice(0, 2), pad=False)
        data_key, specs = signature(batch)
        key: Hashable | None = None
        any_size: list[Any] = []
        if augment is None or augment.key is not None:
            key, any_size = step_key(model, state, batch, training=training, seed=seed)
        if key is not None:
            augmented = None if augment is None else augment.key
            key = (key, data_key, augmented, self._whole_epochs)
        epoch = _epoch(model, training, augment, resets=self._whole_epochs)
        optimizer = model.optimizer if training else None

        def make() -> Program:
            with few_operations(optimizer), sized_when_run(any_size):
                return _epoch_program(epoch, model, state, specs, augment)

        self._program = kept(key, make, seed)
        self._variables = self._program.taking(state)
        self._whole: Any = None

    def passes(
        self,
        random_state: np.random.RandomState | None,
        batch_size: int,
        certain: Callable[[], int] = lambda: 1,
    ) -> Iterator[dict[str, float]]:
        """Run one epoch after another, and yield the loss and metrics of each.

        Parameters
        ----------
        random_state : numpy.random.RandomState or None
            Draws the order of the rows for each; None keeps it. A stream has an
            order, and batches, of its own.
        batch_size : int
        certain : callable, default=lambda: 1
            Asked, when all logs so far were looked at, how many epochs may be run
            before the logs of the first of them are.
        """
        order = Order(len(self._data), random_state)
        while True:
            if isinstance(self._data, Stream):
                yield self._streamed(self._data)
            elif self._are_together(certain(), batch_size):
                yield from self._several(order, batch_size)
            else:
                yield self(order.draw(), batch_size)

    def _are_together(self, certain: int, batch_size: int) -> bool:
        """Tell whether the next epochs are run in one call."""
        steps = AT_ONCE * self.n_batches(batch_size)
        short = self._whole_epochs and self._augment is None and steps <= MOST_STEPS
        return short and certain >= AT_ONCE and self._program.may_be_repeated(certain)

    def _several(self, order: Order, batch_size: int) -> Iterator[dict[str, float]]:
        """Run epochs in one call, since each costs as much as some steps."""
        orders = np.stack([order.draw() for _ in range(AT_ONCE)])
        data = self._tensors()
        n_tensors = len(tf.nest.flatten(data, expand_composites=True))
        program = self._program.repeated(n_tensors, AT_ONCE)
        size = tf.constant(batch_size, tf.int64)
        logs = program(self._variables, data, tf.constant(orders, tf.int64), size)
        values = keras.tree.map_structure(np.asarray, logs)
        for i in range(AT_ONCE):
            one = keras.tree.map_structure(lambda value, i=i: value[i], values)
            yield figures(one)

    def _tensors(self) -> Any:
        """Hand all rows to TensorFlow, once."""
        assert isinstance(self._data, Rows)
        if self._whole is None:
            self._whole = self._data.tensors(slice(None))
        return self._whole

    def n_batches(self, batch_size: int) -> int:
        """Count the batches of an epoch."""
        if isinstance(self._data, Stream):
            return self._data.steps
        return -(-len(self._data) // batch_size)

    def _streamed(self, stream: Stream) -> dict[str, float]:
        logs: Any = None
        for i, (rows, n_batches) in enumerate(stream.epoch(TOGETHER)):
            size = len(rows) // n_batches
            some = rows.tensors(slice(None))
            logs = self._run(some, np.arange(len(rows)), size, is_first=i == 0)
        return figures(logs)

    def __call__(self, order: np.ndarray, batch_size: int) -> dict[str, float]:
        """Run one epoch over rows.

        Parameters
        ----------
        order : array of int
            The rows to use, in this order.
        batch_size : int

        Returns
        -------
        logs : dict of str to float
            The loss and metrics over the epoch.
        """
        assert isinstance(self._data, Rows)
        if self._whole_epochs:
            logs = self._run(self._tensors(), order, batch_size, is_first=True)
        else:
            for i, chunk in enumerate(self._data.chunks(order, batch_size)):
                some, rows = self._data.tensors(chunk), np.arange(len(chunk))
                logs = self._run(some, rows, batch_size, is_first=i == 0)
        return figures(logs)

    def _run(
        self, data: Any, order: np.ndarray, batch_size: int, *, is_first: bool
    ) -> Any:
        if is_first and not self._whole_epochs:
            self._model.reset_metrics()
        rows, size = tf.constant(order, tf.int64), tf.constant(batch_size, tf.int64)
        arguments = [data, rows, size]
        if self._augment is not None:
            arguments += self._augment.arguments(self._done)
        self._done += -(-len(order) // batch_size)
        return self._program(self._variables, *arguments)


def _loop(goes_on: Callable[..., Any], body: Callable[..., Any]) -> None:
    """Run a body over the beginnings of batches, one after the other."""
    first = tf.zeros((), tf.int64)
    tf.while_loop(goes_on, body, (first,), parallel_iterations=1)


def _build_metrics(model: Any, few: Any) -> None:
    """Have the metrics of compile() make their variables, as they do on first data.

    Keras runs the model on symbols for that. Where the outputs are known from
    the model's building already, it takes a fraction of the time.
    """
    graph = graph_of(model)
    outputs = None if graph is None else graph.output
    if outputs is not None and not overridden(
        model, ("compute_metrics", "compute_loss")
    ):
        y = keras.tree.map_structure(
            lambda a: keras.KerasTensor((None, *a.shape[1:]), a.dtype.name), few[1]
        )
        if keras.tree.is_nested(outputs) and len(keras.tree.flatten(outputs)) == 1:
            # An output alone in a list or dict takes a bare target, as in a fit.
            y = keras.tree.pack_sequence_as(outputs, keras.tree.flatten(y))
        for measure in measures_of(model):
            if not measure.built:
                measure.build(y, outputs)
    build_on(model, few)  # what is left


def _epoch_program(
    epoch: Callable[..., Any],
    model: Any,
    state: list[Any],
    specs: Any,
    augment: Augmentation | None,
) -> Program:
    """Trace one epoch."""
    order, size = tf.TensorSpec((None,), tf.int64), tf.TensorSpec((), tf.int64)
    arguments = [specs, order, size, *([] if augment is None else augment.specs)]
    # One thread is for steps that take less time than to hand them over.
    return trace(epoch, model, state, arguments, threads=augment is not None)


def _epoch(
    model: Any, training: bool, augment: Augmentation | None, *, resets: bool
) -> Callable[..., Any]:
    """Return a function that loops a step of Keras over the batches of an epoch.

    With ``resets`` it begins with metrics at zero.
    """
    own_logs = bool(overridden(model, LOGGING))

    def epoch(
        data: Any,
        order: tf.Tensor,
        batch_size: tf.Tensor,
        *drawing: Any,
    ) -> Any:
        n_rows = tf.shape(order, out_type=tf.int64)[0]
        step = _step(model, training, own_logs)

        def run(start: tf.Tensor) -> Any:
            batch = gathered(
                data, order[start : tf.minimum(start + batch_size, n_rows)]
            )
            if augment is not None:
                values, seed = drawing
                number = tf.stack([tf.zeros((), tf.int64), start // batch_size])
                batch = augment.changed(batch, values, seed + number)
            return step(batch)

        def run_and_go_on(start: tf.Tensor) -> tuple[tf.Tensor]:
            run(start)
            return (start + batch_size,)

        if resets:
            model.reset_metrics()
        # As in Keras, logs of a model's own are those of the last batch.
        last = (n_rows - 1) // batch_size * batch_size
        end = last if own_logs else n_rows
        _loop(lambda start: start < end, run_and_go_on)
        if not own_logs:
            return model.get_metrics_result()
        logs, metrics = run(last), model.get_metrics_result()
        are_metrics = isinstance(logs, dict) and set(logs) == set(metrics)
        return told(model, logs, metrics) if are_metrics else logs

    return epoch


def _step(model: Any, training: bool, own_logs: bool) -> Callable[..., Any]:
    """Return Keras' step for one batch, as it stands in a program."""
    step: Callable[..., Any] = model.train_step if training else model.test_step
    if model.jit_compile:
        step = tf.function(step, jit_compile=True, autograph=False)
    elif own_logs:
        step = traced_once(step)
    return step
