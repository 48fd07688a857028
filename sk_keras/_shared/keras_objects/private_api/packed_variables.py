"""Borrowed: traced functions that take variables as one tensor of their handles.

TensorFlow prepares a function anew for each combination of shapes that variables among
its arguments have, and keeps it: 0.8 MiB and 15 ms for a small network. It does not
look into a tensor of handles, but at the first of them.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

from sk_keras._shared.keras_objects.private_api.function_definitions import (
    definition_of,
    exchanged,
    redefined,
)
from sk_keras._shared.keras_objects.private_api.register import TENSORFLOW, borrows

#: Of the argument, and of the operation that takes it apart.
_HANDLES, _UNPACK = "sk_keras_handles", "sk_keras_unpack"


def with_packed_variables(function: Any, n_variables: int) -> Any:
    """Return a function that takes its variables in one tensor.

    Parameters
    ----------
    function : AtomicFunction
        Variables come first among its tensors.
    n_variables : int

    Returns
    -------
    AtomicFunction
        Takes what `packed` returns in their place.
    """
    return redefined(function, _repacked(definition_of(function), n_variables))


def _repacked(definition: Any, n: int) -> Any:
    """Change a FunctionDef to take its first n arguments in one tensor."""
    import tensorflow as tf

    resource = tf.resource.as_datatype_enum
    taken = list(definition.signature.input_arg)
    handles, others = taken[:n], taken[n:]
    if any(argument.type != resource for argument in handles):
        raise TypeError(
            f"TensorFlow {tf.__version__} hands variables to traced functions in "
            f"another order than {TENSORFLOW}, which sk_keras was written for. Use "
            "that version."
        )
    notes = {i - n + 1: note for i, note in definition.arg_attr.items() if i >= n}

    changed = deepcopy(definition)
    changed.signature.name += "_packed"
    changed.signature.ClearField("input_arg")
    changed.signature.input_arg.add(name=_HANDLES, type=resource)
    changed.signature.input_arg.extend(others)
    # What goes by the numbers of arguments.
    changed.ClearField("resource_arg_unique_id")
    changed.attr.pop("_read_only_resource_inputs", None)
    changed.ClearField("arg_attr")
    for i, note in notes.items():
        changed.arg_attr[i].CopyFrom(note)

    places = {a.name: f"{_UNPACK}:output:{i}" for i, a in enumerate(handles, 1)}
    for node in changed.node_def:
        node.input[:] = exchanged(node.input, places)
    for name, source in definition.ret.items():
        changed.ret[name] = exchanged([source], places)[0]
    unpack = changed.node_def.add(name=_UNPACK, op="Unpack", input=[_HANDLES])
    unpack.attr["num"].i = n + 1
    unpack.attr["axis"].i = 0
    unpack.attr["T"].type = resource
    return changed


def packed(variables: list[Any]) -> Any:
    """Return the handles of TensorFlow's variables in one tensor."""
    import tensorflow as tf

    handles = [_always_first(), *(variable.handle for variable in variables)]
    return tf.raw_ops.Pack(values=handles, axis=0)


@borrows(
    "eager_mode",
    of="tensorflow.python.eager.context",
    version=TENSORFLOW,
    why="Within a graph of the user's, tf.init_scope makes what belongs to the graph.",
    instead="tf.init_scope; a failure there would be one for good.",
)
@cache
def _always_first() -> Any:
    """Return the handle whose shape TensorFlow sees: the same for all models.

    Nothing reads or writes it.
    """
    import tensorflow as tf
    from tensorflow.python.eager import context

    with context.eager_mode():
        return tf.raw_ops.VarHandleOp(
            dtype=tf.float32, shape=(), shared_name="sk_keras_first"
        )
