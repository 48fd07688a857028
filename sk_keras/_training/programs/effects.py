"""Operations that do more than to compute their outputs."""

from __future__ import annotations

from typing import Any

from sk_keras._shared.keras_objects.private_api.process_state import op_definition

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


def calls_function(operation: str) -> bool:
    """Tell whether an operation calls a function, and waits for a thread to do it."""
    return operation in _CALLS or op_definition(operation) is None


def has_effects(operation: str) -> bool:
    """Tell whether an operation keeps or draws something outside its arguments."""
    definition: Any = op_definition(operation)
    if definition is None or operation.startswith("Resource"):
        return False  # a function of the graph's library; a change of a variable
    if operation in _HARMLESS or operation.endswith("VariableOp"):
        return operation == "VarHandleOp"
    return definition.is_stateful or operation.startswith(("PyFunc", "EagerPyFunc"))
