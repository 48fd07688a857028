"""Borrowed: what Keras and TensorFlow keep for a thread or a process."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from sk_keras._shared.keras_objects.private_api.register import TENSORFLOW, borrows

#: The names of what Keras keeps for each thread.
SEED, SEED_GENERATOR = "global_random_seed", "global_seed_generator"
NAME_COUNTS = "object_name_uids"


@borrows(
    SEED,
    SEED_GENERATOR,
    NAME_COUNTS,
    of="keras.src.backend.common.global_state.GLOBAL_STATE_TRACKER",
    why="keras.utils.set_random_seed sets the seed, and nothing reads it.",
    instead="Nothing: what a fit draws would change what the user draws next.",
)
@borrows(
    "get_global_attribute",
    "set_global_attribute",
    of="keras.src.backend.common.global_state",
    why="The module is not public.",
    instead="keras.utils.clear_session to forget names; nothing for the seed.",
)
def keras_state() -> Any:
    """Return the module that reads and sets what Keras keeps for each thread."""
    from keras.src.backend.common import global_state

    return global_state


@borrows(
    "function_call_options",
    "config",
    of="tensorflow.python.eager.context.Context",
    version=TENSORFLOW,
    why="tf.experimental.function_executor_type leaves TensorFlow's rewriting on.",
    instead="That; its rewriting takes long for small models.",
)
@borrows(
    "context",
    of="tensorflow.python.eager.context",
    version=TENSORFLOW,
    why="The module is not public.",
    instead="tf.experimental.function_executor_type.",
)
def eager_context() -> Any:
    """Return the context that TensorFlow runs operations in."""
    return _eager().context()


@borrows(
    "context_safe",
    of="tensorflow.python.eager.context",
    version=TENSORFLOW,
    why="Everything public makes the context that it is asked about.",
    instead="A note of the first fit, without what the user ran beside.",
)
@borrows(
    "_initialized",
    of="tensorflow.python.eager.context.Context",
    version=TENSORFLOW,
    why="Everything public makes the context run.",
    instead="The same note.",
)
def tensorflow_has_run() -> bool:
    """Tell whether TensorFlow has started its threads in this process."""
    module = sys.modules.get("tensorflow.python.eager.context")
    context = module.context_safe() if module is not None else None
    return context is not None and bool(context._initialized)


@cache
def _eager() -> Any:
    # Kept, for small models come here with each prediction.
    from tensorflow.python.eager import context

    return context


@borrows(
    "executor_type",
    of="tensorflow.python.eager.context.FunctionCallOptions",
    version=TENSORFLOW,
    why="Nothing public tells the executor that is in use.",
    instead="A note of it where it is chosen.",
)
@borrows(
    "FunctionCallOptions",
    of="tensorflow.python.eager.context",
    version=TENSORFLOW,
    why="tf.experimental.function_executor_type takes no configuration.",
    instead="That; its rewriting takes long for small models.",
)
def call_options(executor: str, config: Any) -> Any:
    """Make options of an executor by name, and of a configuration of TensorFlow."""
    return _eager().FunctionCallOptions(executor, config)


@borrows(
    "get",
    of="tensorflow.python.framework.op_def_registry",
    version=TENSORFLOW,
    why="tf.raw_ops has functions only, which do not say whether they have effects.",
    instead="A list of the operations with effects.",
)
def op_definition(name: str) -> Any:
    """Return what TensorFlow knows about an operation, None if there is none."""
    from tensorflow.python.framework import op_def_registry

    return op_def_registry.get(name)
