"""Whether the operations of a program run one after another, or in threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from sk_keras._shared.keras_objects.private_api.layers import all_layers, own_variables
from sk_keras._shared.keras_objects.private_api.process_state import (
    call_options,
    eager_context,
)

#: Multiplications for one row up to which operations run one after another in
#: the calling thread. Handing them to a pool of threads costs more than that.
SMALL_MODEL = 2**14

#: The same, up to which a program is prepared once for all widths of layers. Larger
#: ones gain more from what TensorFlow makes of their shapes.
MEDIUM_MODEL = 2**17

_ONE_THREAD = "SINGLE_THREADED_EXECUTOR"


#: Held by a program that runs in one thread. It has one of TensorFlow's pool, and
#: waits for another one that runs the body of its loop: if several did, they could
#: wait for each other. Whoever comes second runs with the usual executor, which
#: gives the same results and never waits.
alone = threading.Lock()


class Execution(NamedTuple):
    """How the programs of a model are run.

    Attributes
    ----------
    one_thread : bool
        Whether operations run one after another.
    packs : bool
        Whether a program is prepared once for variables of all shapes.
    """

    one_thread: bool
    packs: bool

    @classmethod
    def of(cls, model: Any, *, threads: bool = False) -> Execution:
        """Choose what suits a model; ``threads`` asks for them."""
        if tf.config.list_logical_devices("GPU"):
            return cls(one_thread=False, packs=False)
        work = work_per_row(model)
        small = work <= SMALL_MODEL and not threads
        return cls(one_thread=small, packs=work <= MEDIUM_MODEL)


@cache
def pool_threads() -> int:
    """Count the threads that TensorFlow runs operations in."""
    given = tf.config.threading.get_inter_op_parallelism_threads()
    if not given:
        given = int(os.environ.get("TF_NUM_INTEROP_THREADS") or 0)
    if not given and hasattr(os, "sched_getaffinity"):
        given = len(os.sched_getaffinity(0))
    return given or os.cpu_count() or 1


class NeedsThreads(Exception):
    """A program has calls in calls, which would wait for more than one thread."""


def traced_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Have a part of a program that is used more than once traced once.

    Programs that run in one thread are written out, to have no calls in calls.
    """
    if traced_for_one_thread():
        return function
    traced: Callable[..., Any] = tf.function(function, autograph=False)
    return traced


def traced_for_one_thread() -> bool:
    """Tell whether what is being traced will run in one thread."""
    executor = eager_context().function_call_options.executor_type
    return bool(executor == _ONE_THREAD)


@contextmanager
def in_one_thread() -> Iterator[None]:
    """Trace or run with the executor that has no threads of its own.

    Without TensorFlow's optimizations: they take as long as some twenty epochs
    of a model so small, which is no faster with them.
    """
    eager = eager_context()
    usual = eager.function_call_options
    eager.function_call_options = _one_thread_options()
    try:
        yield
    finally:
        eager.function_call_options = usual


@cache
def _one_thread_options() -> Any:
    config = eager_context().config
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return call_options(_ONE_THREAD, config)


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
    for layer in all_layers(model):
        if isinstance(layer, _WITH_THREADS):
            return np.inf
        try:
            shape = [size or 1 for size in layer.output.shape]
        except (AttributeError, ValueError):  # not called by itself
            shape = []
        # Convolutions use their weights at every position.
        positions = int(np.prod(shape[1:-1]))
        total += positions * sum(int(np.prod(v.shape)) for v in own_variables(layer))
    return total
