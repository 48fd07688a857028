"""Traced programs: an epoch of training or validation, or a forward pass.

`keras.Model.fit` calls its graph once a batch, and traces it anew for every
model. Here the loop over batches is inside the graph, around Keras' own
`train_step` and `test_step`; and the graph takes the variables that it works
on as arguments. So one trace serves every model of the same architecture, and
nothing is copied or shared between models.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python.framework import op_def_registry

from sk_keras.training.cache import MAX_PROGRAMS, LeastRecentlyUsed
from sk_keras.training.callbacks import one_figure
from sk_keras.training.fingerprint import (
    CannotCompare,
    Fingerprint,
    own_metrics_variables,
    signature,
)
from sk_keras.training.seeding import seeded
from sk_keras.training.streams import Rows

#: Multiplications for one row up to which operations run one after another in
#: the calling thread. Handing them to a pool of threads costs more than that.
SMALL_MODEL = 2**14

#: Operations with effects that are on the variables handed in, and on nothing else.
_HARMLESS = frozenset(
    ("ReadVariableOp", "VariableShape", "VarIsInitializedOp", "Assert", "While", "If")
    + ("Case", "StatefulPartitionedCall", "Placeholder", "Print", "PrintV2")
)

_programs: LeastRecentlyUsed[Program] = LeastRecentlyUsed(MAX_PROGRAMS)


def clear_cache() -> None:
    """Drop all traced programs.

    The first fit and the first prediction of each architecture trace a
    program, which later ones use again. At most 128 are kept, and dropped when
    they have not been used for longest; each takes a few megabytes.

    Examples
    --------
    >>> import sk_keras
    >>> sk_keras.clear_cache()
    """
    _programs.clear()


class Program:
    """A traced function of a model's variables and of data.

    Parameters
    ----------
    body : callable
        Traced with placeholders for what follows the variables in a call. It
        finds the model's variables exchanged for placeholders, too.
    variables : list of keras.Variable
        The variables of the model that it is traced with.
    specs : list
        Structures of `tensorflow.TensorSpec` for the other arguments.
    one_thread : bool
        Whether operations run one after another.

    Attributes
    ----------
    shareable : bool
        Whether it works on nothing but its arguments, so that it may be called
        with another model's variables.
    """

    def __init__(
        self,
        body: Callable[..., Any],
        variables: list[Any],
        specs: list[Any],
        *,
        one_thread: bool,
    ) -> None:
        def run(values: list[Any], *arguments: Any) -> Any:
            with _exchanged(variables, values):
                return body(*arguments)

        self._executor = _one_thread if one_thread else nullcontext
        with self._executor():
            # As in `keras.Model.fit`, Python code of layers is not converted.
            traced = tf.function(run, autograph=False)
            self._function = traced.get_concrete_function(
                [v._value for v in variables], *specs
            )
        operations = list(_operations(self._function.graph))
        self.shareable = not self._function.captured_inputs and not any(
            _has_effects(node.op) for node in operations
        )
        if one_thread and any(
            "_lower_using_switch_merge" in n.attr for n in operations
        ):
            raise _NeedsThreads

    def __call__(self, variables: list[tf.Variable], *arguments: Any) -> Any:
        """Run on the variables of a model, and on data."""
        with self._executor():
            return self._function(variables, *arguments)


class _NeedsThreads(Exception):
    """A traced function inside was made for an executor with threads."""


@contextmanager
def _exchanged(variables: list[Any], values: list[Any]) -> Iterator[None]:
    """Have Keras variables stand for others while a graph is traced."""
    own = [variable._value for variable in variables]
    try:
        for variable, value in zip(variables, values, strict=True):
            variable._value = value
        yield
    finally:
        for variable, value in zip(variables, own, strict=True):
            variable._value = value


def _one_thread() -> AbstractContextManager[None]:
    return context.function_executor_type("SINGLE_THREADED_EXECUTOR")


def _operations(graph: Any) -> Iterator[Any]:
    definition = graph.as_graph_def()
    yield from definition.node
    for function in definition.library.function:
        yield from function.node_def


def _has_effects(operation: str) -> bool:
    """Tell whether an operation keeps or draws something outside its arguments."""
    definition = op_def_registry.get(operation)
    if definition is None or operation.startswith("Resource"):
        return False  # a function of the graph's library; a change of a variable
    if operation in _HARMLESS or operation.endswith("VariableOp"):
        return operation == "VarHandleOp"
    return definition.is_stateful or operation.startswith(("PyFunc", "EagerPyFunc"))


def _trace(
    body: Callable[..., Any], model: Any, variables: list[Any], specs: list[Any]
) -> Program:
    gpu = tf.config.list_logical_devices("GPU")
    one_thread = not gpu and work_per_row(model) <= SMALL_MODEL
    try:
        return Program(body, variables, specs, one_thread=one_thread)
    except _NeedsThreads:
        return Program(body, variables, specs, one_thread=False)


def work_per_row(model: Any) -> float:
    """Estimate the multiplications of a forward pass for one row."""
    total = 0
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.RNN | keras.layers.Bidirectional):
            return np.inf  # a loop inside, with gates that run side by side
        own = layer._trainable_variables + layer._non_trainable_variables
        try:
            shape = [size or 1 for size in layer.output.shape]
        except (AttributeError, ValueError):  # not called by itself
            shape = []
        # Convolutions use their weights at every position.
        positions = int(np.prod(shape[1:-1]))
        total += positions * sum(int(np.prod(v.shape)) for v in own)
    return total


def fingerprint_of(model: Any) -> Fingerprint | None:
    """Return a model's fingerprint, None if it has none."""
    try:
        fingerprint = Fingerprint(model)
        hash(fingerprint.training if model.compiled else fingerprint.forward)
    except (CannotCompare, TypeError):
        return None
    return fingerprint


def _kept(
    key: Hashable | None, make: Callable[[], Program], seed: int | None
) -> Program:
    """Return the program of a key; make it, and keep it if it may be shared."""
    program = None if key is None else _programs.get(key)
    if program is not None:
        return program
    # One at a time: the first to come makes it for all who wait.
    with seeded(seed):
        program = None if key is None else _programs.get(key)
        if program is None:
            program = make()
            if key is not None and program.shareable:
                _programs.put(key, program)
    return program


#: Methods of a model whose logs need not be its metrics.
_LOGGING = ("train_step", "test_step", "compute_metrics", "get_metrics_result")


def overridden(model: Any, names: tuple[str, ...]) -> list[str]:
    """List the methods that a model does not have from `keras.Model`."""
    return [n for n in names if getattr(type(model), n) is not getattr(keras.Model, n)]


class Epochs:
    """Epochs of training or validation on one model.

    Parameters
    ----------
    model : keras.Model
        Compiled, its variables and those of its optimizer made.
    fingerprint : Fingerprint or None
        None keeps the program from other models.
    rows : Rows
        What is trained or measured on.
    training : bool
        Whether epochs train, or only measure.
    seed : int or None
        For operations that take their seeds while they are traced.
    """

    def __init__(
        self,
        model: Any,
        fingerprint: Fingerprint | None,
        rows: Rows,
        *,
        training: bool,
        seed: int | None,
    ) -> None:
        self.rows = rows
        few = rows.batch(slice(0, 2))
        data_key, specs = signature(few)
        key = None
        if fingerprint is not None:
            parts = fingerprint.training if training else fingerprint.measuring
            key = (training, parts, data_key)
        state = _unique(
            model.variables
            + ([] if model.optimizer is None else model.optimizer.variables)
            + own_metrics_variables(model)
        )
        self._program = _kept(
            key, lambda: _epoch_program(model, state, few, specs, training), seed
        )
        # Metrics of compile() begin anew in each epoch; those of the model
        # itself may not even exist yet.
        metrics = [tf.Variable(tf.zeros(*m)) for m in self._program.metrics]
        self._variables = [v._value for v in state] + metrics
        self._whole: Any = None

    def __call__(self, order: np.ndarray, batch_size: int) -> dict[str, float]:
        """Run one epoch.

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
        size = tf.constant(batch_size, tf.int64)
        if self.rows.fit_in_memory:
            if self._whole is None:
                whole = self.rows.batch(slice(None))
                self._whole = keras.tree.map_structure(tf.convert_to_tensor, whole)
            order = tf.constant(order, tf.int64)
            logs = self._run(self._whole, order, size, tf.constant(True))
        else:
            for i, part in enumerate(self.rows.chunks(order, batch_size)):
                dense = keras.tree.map_structure(tf.constant, self.rows.batch(part))
                order = tf.range(len(part), dtype=tf.int64)
                logs = self._run(dense, order, size, tf.constant(i == 0))
        return dict(_flat_logs(logs))

    def _run(self, *arguments: Any) -> Any:
        return self._program(self._variables, *arguments)


def _flat_logs(logs: Any) -> Iterator[tuple[str, float]]:
    for name, value in logs.items():
        if isinstance(value, Mapping):
            yield from _flat_logs(value)
        else:
            yield name, one_figure(name, value)


def _unique(variables: list[Any]) -> list[Any]:
    return list({id(v): v for v in variables}.values())


def _epoch_program(
    model: Any, state: list[Any], few: Any, specs: Any, training: bool
) -> Program:
    """Trace one epoch, with the variables that the metrics of compile() need."""
    # Metrics make their variables when they first see data.
    model._symbolic_build(data_batch=few)
    known = {id(v) for v in state}
    metrics = [v for v in _unique(model.metrics_variables) if id(v) not in known]
    index = tf.TensorSpec((), tf.int64)
    arguments = [specs, tf.TensorSpec((None,), tf.int64), index]
    program = _trace(
        _epoch(model, training),
        model,
        state + metrics,
        [*arguments, tf.TensorSpec((), tf.bool)],
    )
    program.metrics = [(tuple(v.shape), v.dtype) for v in metrics]
    return program


def _epoch(model: Any, training: bool) -> Callable[..., Any]:
    """Return a function that loops a step of Keras over the batches of an epoch."""
    step = model.train_step if training else model.test_step
    own_logs = overridden(model, _LOGGING)
    if model.jit_compile:
        step = tf.function(step, jit_compile=True, autograph=False)
    elif own_logs:
        step = tf.function(step, autograph=False)  # used twice, traced once

    def epoch(
        data: Any, order: tf.Tensor, batch_size: tf.Tensor, is_first: tf.Tensor
    ) -> Any:
        n_rows = tf.shape(order, out_type=tf.int64)[0]

        def run(start: tf.Tensor) -> Any:
            rows = order[start : tf.minimum(start + batch_size, n_rows)]
            return step(
                keras.tree.map_structure(partial(tf.gather, indices=rows), data)
            )

        def run_and_go_on(start: tf.Tensor) -> tuple[tf.Tensor]:
            run(start)
            return (start + batch_size,)

        tf.cond(is_first, model.reset_metrics, lambda: None)
        # As in Keras, logs of a model's own are those of the last batch.
        last = (n_rows - 1) // batch_size * batch_size
        end = last if own_logs else n_rows
        first = tf.zeros((), tf.int64)
        tf.while_loop(
            lambda start: start < end, run_and_go_on, (first,), parallel_iterations=1
        )
        if own_logs:
            return model._get_metrics_result_or_logs(run(last))
        return model.get_metrics_result()

    return epoch


def forward_program(model: Any, specs: Any, key: Hashable | None) -> Program:
    """Return the program that runs a model forward over rows, by batches.

    Parameters
    ----------
    model : keras.Model
    specs : structure of tensorflow.TensorSpec
    key : hashable or None
        What it depends on; None keeps it from other models.

    Returns
    -------
    Program
        Takes the rows and the batch size, and returns what the model does.
    """

    def forward(x: Any, batch_size: tf.Tensor) -> Any:
        n_rows = tf.shape(keras.tree.flatten(x)[0], out_type=tf.int64)[0]

        def batch(number: tf.Tensor) -> Any:
            start = number * batch_size
            end = tf.minimum(start + batch_size, n_rows)
            # Matrix products take another path for a single row, with another
            # rounding; beside a copy of itself it gets what it gets among many.
            rows = tf.minimum(tf.range(start, tf.maximum(end, start + 2)), n_rows - 1)
            some = keras.tree.map_structure(partial(tf.gather, indices=rows), x)
            out = model(some, training=False)
            return keras.tree.map_structure(lambda o: o[: end - start], out)

        # Used for the first batch and for all others, traced once.
        batch = tf.function(batch, autograph=False)
        zero = tf.zeros((), tf.int64)
        one = tf.ones((), tf.int64)
        out = batch(zero)
        n_batches = (n_rows - 1) // batch_size + 1
        arrays = [_array_of(part, n_batches) for part in keras.tree.flatten(out)]

        def write(number: tf.Tensor, arrays: list[Any]) -> tuple[tf.Tensor, list[Any]]:
            parts = keras.tree.flatten(batch(number))
            pairs = zip(arrays, parts, strict=True)
            return number + one, [
                a.write(tf.cast(number, tf.int32), p) for a, p in pairs
            ]

        _, arrays = tf.while_loop(
            lambda number, _: number < n_batches, write, (one, arrays)
        )
        return keras.tree.pack_sequence_as(out, [a.concat() for a in arrays])

    variables = _unique(model.variables)
    arguments = [specs, tf.TensorSpec((), tf.int64)]
    return _kept(key, lambda: _trace(forward, model, variables, arguments), None)


def _array_of(first: tf.Tensor, n_batches: tf.Tensor) -> tf.TensorArray:
    """Make an array of the outputs of batches, the first one in it."""
    array = tf.TensorArray(
        first.dtype,
        size=tf.cast(n_batches, tf.int32),
        infer_shape=False,
        element_shape=(None, *first.shape[1:]),
    )
    return array.write(0, first)
