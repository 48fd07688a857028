"""Traced programs, kept by what they depend on.

A program takes the variables that it works on as arguments. So one trace
serves every model of the same architecture, nothing is copied, and models
share nothing but the graph: fits in several threads can run one program.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from copy import copy
from functools import partial
from typing import Any

import tensorflow as tf

from sk_keras._shared.keras_objects.private_api.packed_variables import (
    packed,
    with_packed_variables,
)
from sk_keras._shared.keras_objects.private_api.repeated_functions import repeated
from sk_keras._shared.keras_objects.private_api.traced import (
    forget_gradients,
    without_graph,
)
from sk_keras._shared.keras_objects.private_api.training import tensorflow_variables
from sk_keras._shared.keras_objects.seeding import random_state
from sk_keras._training.programs.effects import calls_function, has_effects
from sk_keras._training.programs.executor import (
    Execution,
    NeedsThreads,
    alone,
    in_one_thread,
    pool_threads,
)
from sk_keras._training.programs.graph_digest import holds_constants_only

#: Calls from which on a program of several runs saves more time than it takes to be
#: prepared: 10 ms for each of its runs, against 0.2 ms for each run of a call.
WORTH_REPEATING = 300


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
    execution : Execution
        How it is run.

    Attributes
    ----------
    shareable : bool
        Whether it works on nothing but its arguments, so that it may be called
        with another model's variables.
    graph_bytes : int
        Size of its graph.
    """

    def __init__(
        self,
        body: Callable[..., Any],
        variables: list[Any],
        specs: list[Any],
        execution: Execution,
    ) -> None:
        def run(values: list[tf.Variable], tensors: list[tf.Tensor]) -> Any:
            # TensorFlow takes a variable among the arguments for an argument
            # wherever it meets it.
            return body(*tf.nest.pack_sequence_as(specs, tensors, True))

        self._one_thread, self._packs = execution
        drawn_before = random_state()
        with in_one_thread() if self._one_thread else nullcontext():
            # As in `keras.Model.fit`, Python code of layers is not converted.
            traced = tf.function(run, autograph=False)
            function = traced.get_concrete_function(
                tensorflow_variables(variables), _flat(specs)
            )
        definition = function.graph.as_graph_def()
        forget_gradients(definition)
        self.graph_bytes: int = definition.ByteSize()
        inner = [n for f in definition.library.function for n in f.node_def]
        if self._one_thread and any(calls_function(node.op) for node in inner):
            raise NeedsThreads
        operations = {node.op for node in (*definition.node, *inner)}
        self.shareable = (
            holds_constants_only(function)
            and not any(map(has_effects, operations))
            and random_state() == drawn_before
        )
        self._captured = list(function.captured_inputs)
        self._function = without_graph(function)
        if self._packs:
            self._function = with_packed_variables(self._function, len(variables))
        self._calls = 0
        self._repeated: dict[tuple[int, int], Program] = {}

    def may_be_repeated(self, more: int) -> bool:
        """Tell whether a program of several runs may be made, and is worth it.

        Parameters
        ----------
        more : int
            How many runs are to come for certain.
        """
        plain = self._one_thread and self._packs and self.shareable
        return plain and self._calls + more >= WORTH_REPEATING

    def repeated(self, argument: int, times: int) -> Program:
        """Return a program that runs this one several times, one after another.

        Parameters
        ----------
        argument : int
            Which of the tensors after the variables has a value for each run; they
            are stacked, as the outputs are.
        times : int
        """
        kept = self._repeated.get((argument, times))
        if kept is None:
            kept = copy(self)
            kept._function = repeated(self._function, 1 + argument, times)
            self._repeated[argument, times] = kept
        return kept

    def taking(self, variables: list[Any]) -> list[tf.Tensor]:
        """Return the variables of a model as a call takes them.

        Parameters
        ----------
        variables : list of keras.Variable
            As many as it was traced with, in the same order.
        """
        values = tensorflow_variables(variables)
        return [packed(values)] if self._packs else [value.handle for value in values]

    def __call__(self, variables: list[tf.Tensor], *arguments: Any) -> Any:
        """Run on the variables of a model, as `taking` returns them, and on data."""
        self._calls += 1
        tensors = [*variables, *_flat(list(arguments)), *self._captured]
        usual = not self._one_thread or pool_threads() == 1
        if usual or not alone.acquire(blocking=False):
            return self._function.call_preflattened(tensors)
        try:
            with in_one_thread():
                return self._function.call_preflattened(tensors)
        finally:
            alone.release()


def _flat(structure: list[Any]) -> list[Any]:
    flat: list[Any] = tf.nest.flatten(structure, expand_composites=True)
    return flat


def trace(
    body: Callable[..., Any],
    model: Any,
    variables: list[Any],
    specs: list[Any],
    *,
    threads: bool = False,
) -> Program:
    """Make a `Program` with the executor that suits a model, or one with threads."""
    execution = Execution.of(model, threads=threads)
    make = partial(Program, body, variables, specs)
    try:
        return make(execution)
    except NeedsThreads:
        return make(Execution(one_thread=False, packs=execution.packs))
