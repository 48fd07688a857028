"""Borrowed: traced functions whose definition is changed."""

from __future__ import annotations

from typing import Any

from sk_keras._shared.keras_objects.private_api.register import TENSORFLOW, borrows


@borrows(
    "definition",
    of="tensorflow.python.eager.polymorphic_function.atomic_function.AtomicFunction",
    version=TENSORFLOW,
    why="Nothing public has the definition that the runtime works with.",
    instead="The function as it was traced.",
)
def definition_of(function: Any) -> Any:
    """Return the FunctionDef of a traced function, which is the caller's to change."""
    return function.definition


@borrows(
    "from_function_def",
    of="tensorflow.python.eager.polymorphic_function.atomic_function",
    version=TENSORFLOW,
    why="Nothing public runs a definition without a graph in Python.",
    instead="The function as it was traced.",
)
@borrows(
    "function_type",
    "_children",
    of="tensorflow.python.eager.polymorphic_function.atomic_function.AtomicFunction",
    version=TENSORFLOW,
    why="What is public of a traced function has its graph as well.",
    instead="The same.",
)
def redefined(function: Any, definition: Any) -> Any:
    """Return a function with another FunctionDef, and another name in it."""
    from tensorflow.python.eager.polymorphic_function import atomic_function

    runs = atomic_function.from_function_def(definition, function.function_type)
    runs._children = function.children  # stay as long as it does
    return runs


def exchanged(inputs: Any, places: dict[str, str]) -> list[str]:
    """Return the inputs of a node, those from some nodes or arguments taken elsewhere.

    Parameters
    ----------
    inputs : sequence of str
        As in a FunctionDef: "argument", "node:output:number" or "^node".
    places : dict of str to str
        What takes the place of a node or argument; the output of a node stays.
    """
    taken = []
    for name in inputs:
        control = "^" if name.startswith("^") else ""
        node, *output = name.removeprefix("^").split(":")
        place = places.get(node, node)
        if control:
            place, output = place.split(":")[0], []
        taken.append(":".join([control + place, *output]))
    return taken
