"""Traced programs, kept by what they depend on.

A program takes the variables that it works on as arguments. So one trace
serves every model of the same architecture, nothing is copied, and models
share nothing but the graph: fits in several threads can run one program.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python.framework import op_def_registry

from sk_keras._estimators.features.kept_rows import kept_rows
from sk_keras._shared.cache import MAX_PROGRAMS, LeastRecentlyUsed
from sk_keras._shared.keras_objects.seeding import random_state, seeded
from sk_keras._training.programs.fingerprint import Fingerprint
from sk_keras._training.programs.tokens import CannotCompare

#: Multiplications for one row up to which operations run one after another in
#: the calling thread. Handing them to a pool of threads costs more than that.
SMALL_MODEL = 2**14

_ONE_THREAD = "SINGLE_THREADED_EXECUTOR"

#: Operations that call functions.
_CALLS = frozenset(
    ("While", "StatelessWhile", "If", "StatelessIf", "Case", "StatelessCase")
    + ("PartitionedCall", "StatefulPartitionedCall", "SymbolicGradient")
)

#: Operations with effects that are on the variables handed in, and on nothing else.
_HARMLESS = _CALLS | frozenset(
    ("ReadVariableOp", "VariableShape", "VarIsInitializedOp", "Assert")
    + ("Placeholder", "Print", "PrintV2")
)

_programs: LeastRecentlyUsed[Program] = LeastRecentlyUsed(MAX_PROGRAMS)


def clear_cache() -> None:
    """Drop all traced programs, and the features that are kept.

    The first fit and the first prediction of each architecture trace a
    program, which later ones use again. At most 128 are kept, those used last;
    they take a few megabytes each, and features 128 in all.

    Examples
    --------
    >>> import sk_keras
    >>> sk_keras.clear_cache()
    """
    _programs.clear()
    kept_rows.clear()


class Program:
    """A traced function of a model's variables and of data.

    Parameters
    ----------
    body : callable
        Traced with placeholders for what follows the variables in a call. Where
        it uses one of the variables, it is the caller's that is meant.
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
        def run(values: list[tf.Variable], *arguments: Any) -> Any:
            # TensorFlow takes a variable among the arguments for an argument
            # wherever it meets it.
            return body(*arguments)

        self._one_thread = one_thread
        drawn_before = random_state()
        with _in_one_thread() if one_thread else nullcontext():
            # As in `keras.Model.fit`, Python code of layers is not converted.
            traced = tf.function(run, autograph=False)
            self._function = traced.get_concrete_function(
                [v._value for v in variables], *specs
            )
        definition = self._function.graph.as_graph_def()
        inner = [n for f in definition.library.function for n in f.node_def]
        operations = {node.op for node in (*definition.node, *inner)}
        self.shareable = (
            not self._function.captured_inputs
            and not any(map(_has_effects, operations))
            and random_state() == drawn_before
        )
        if one_thread and any(map(_calls, inner)):
            raise _NeedsThreads

    def __call__(self, variables: list[tf.Variable], *arguments: Any) -> Any:
        """Run on the variables of a model, and on data."""
        alone = self._one_thread and _pool_threads() > 1
        if not alone or not _alone.acquire(blocking=False):
            return self._function(variables, *arguments)
        try:
            with _in_one_thread():
                return self._function(variables, *arguments)
        finally:
            _alone.release()


#: Held by a program that runs in one thread. It has one of TensorFlow's pool, and
#: waits for another one that runs the body of its loop: if several did, they could
#: wait for each other. Whoever comes second runs with the usual executor, which
#: gives the same results and never waits.
_alone = threading.Lock()


@cache
def _pool_threads() -> int:
    """Count the threads that TensorFlow runs operations in."""
    given = tf.config.threading.get_inter_op_parallelism_threads()
    if not given:
        given = int(os.environ.get("TF_NUM_INTEROP_THREADS") or 0)
    if not given and hasattr(os, "sched_getaffinity"):
        given = len(os.sched_getaffinity(0))
    return given or os.cpu_count() or 1


class _NeedsThreads(Exception):
    """A program has calls in calls, which would wait for more than one thread."""


def part(function: Callable[..., Any]) -> Callable[..., Any]:
    """Have a part of a program that is used more than once traced once.

    Programs that run in one thread are written out, to have no calls in calls.
    """
    if traced_for_one_thread():
        return function
    return tf.function(function, autograph=False)


def traced_for_one_thread() -> bool:
    """Tell whether what is being traced will run in one thread."""
    executor = context.context().function_call_options.executor_type
    return bool(executor == _ONE_THREAD)


@contextmanager
def _in_one_thread() -> Iterator[None]:
    """Trace or run with the executor that has no threads of its own.

    Without TensorFlow's optimizations: they take as long as some twenty epochs
    of a model so small, which is no faster with them.
    """
    eager = context.context()
    usual = eager.function_call_options
    eager.function_call_options = _one_thread_options()
    try:
        yield
    finally:
        eager.function_call_options = usual


@cache
def _one_thread_options() -> context.FunctionCallOptions:
    config = context.context().config
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return context.FunctionCallOptions(_ONE_THREAD, config)


def _calls(node: Any) -> bool:
    """Tell whether an operation calls a function, and waits for a thread to do it."""
    return node.op in _CALLS or op_def_registry.get(node.op) is None


def _has_effects(operation: str) -> bool:
    """Tell whether an operation keeps or draws something outside its arguments."""
    definition = op_def_registry.get(operation)
    if definition is None or operation.startswith("Resource"):
        return False  # a function of the graph's library; a change of a variable
    if operation in _HARMLESS or operation.endswith("VariableOp"):
        return operation == "VarHandleOp"
    return definition.is_stateful or operation.startswith(("PyFunc", "EagerPyFunc"))


def trace(
    body: Callable[..., Any],
    model: Any,
    variables: list[Any],
    specs: list[Any],
    *,
    threads: bool = False,
) -> Program:
    """Make a `Program` with the executor that suits a model, or one with threads."""
    gpu = threads or tf.config.list_logical_devices("GPU")
    one_thread = not gpu and work_per_row(model) <= SMALL_MODEL
    make = partial(Program, body, variables, specs)
    try:
        return make(one_thread=one_thread)
    except _NeedsThreads:
        return make(one_thread=False)


#: Recurrent layers have gates that run side by side. Batch normalisation is
#: rearranged by TensorFlow with threads and not without; biases before it have
#: a gradient of zero, and there adaptive optimizers make much of a last digit.
_WITH_THREADS = (
    keras.layers.RNN,
    keras.layers.Bidirectional,
    keras.layers.BatchNormalization,
)


def work_per_row(model: Any) -> float:
    """Estimate the multiplications of a forward pass for one row.

    It is infinite if threads are wanted anyway.
    """
    total = 0
    for layer in model._flatten_layers():
        if isinstance(layer, _WITH_THREADS):
            return np.inf
        own = layer._trainable_variables + layer._non_trainable_variables
        try:
            shape = [size or 1 for size in layer.output.shape]
        except (AttributeError, ValueError):  # not called by itself
            shape = []
        # Convolutions use their weights at every position.
        positions = int(np.prod(shape[1:-1]))
        total += positions * sum(int(np.prod(v.shape)) for v in own)
    return total


def fingerprint_of(model: Any, part: str) -> Fingerprint | None:
    """Return a model's fingerprint, None if it has none.

    Parameters
    ----------
    model : keras.Model
    part : {"forward", "measuring", "training"}
        The largest part that is needed.
    """
    fingerprint = Fingerprint(model)
    try:
        hash(getattr(fingerprint, part))
    except (CannotCompare, TypeError):
        return None
    return fingerprint


def kept(
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


def overridden(model: Any, names: tuple[str, ...]) -> list[str]:
    """List the methods that a model does not have from `keras.Model`."""
    return [
        name
        for name in names
        if name in vars(model)
        or getattr(type(model), name) is not getattr(keras.Model, name)
    ]


def unique(variables: list[Any]) -> list[Any]:
    """Leave out what comes again; two names for a variable make one argument."""
    return list({id(v): v for v in variables}.values())
