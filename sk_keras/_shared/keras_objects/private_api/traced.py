"""Borrowed: what TensorFlow keeps of a traced function."""

from __future__ import annotations

from typing import Any

from sk_keras._shared.keras_objects.private_api.register import TENSORFLOW, borrows


@borrows(
    "gradient_registry",
    of="tensorflow.python.framework.ops",
    version=TENSORFLOW,
    why="Gradients of single operations are registered for good, with their graph.",
    instead="Nothing: some MiB stay for each trace (tensorflow#97697).",
)
@borrows(
    "_registry",
    of="tensorflow.python.framework.ops.gradient_registry",
    version=TENSORFLOW,
    why="A registry has no way to take an entry out.",
    instead="The same.",
)
def forget_gradients(definition: Any) -> None:
    """Have TensorFlow forget the gradients that were made for a graph alone.

    Nobody can differentiate what the graph computes any more. Functions in it that are
    a `tf.function` of somebody's stay as they are.

    Parameters
    ----------
    definition : GraphDef
    """
    from tensorflow.python.framework import ops

    inner = [
        node
        for function in definition.library.function
        if not _is_called_elsewhere(function.signature.name)
        for node in function.node_def
    ]
    for node in (*definition.node, *inner):
        name = node.attr["_gradient_op_type"].s.decode()
        if name.startswith("CustomGradient-"):
            ops.gradient_registry._registry.pop(name, None)


def _is_called_elsewhere(name: str) -> bool:
    """Tell whether a function is not the body of a loop or a branch, by its name."""
    return name.startswith("__")  # "__inference_", "__forward_"


def forget_gradients_of(model: Any) -> None:
    """Have TensorFlow forget the gradients in what `keras.Model.fit` has traced."""
    for function in (model.train_function, model.test_function):
        for traced in _traced_in(function):
            forget_gradients(traced.graph.as_graph_def())


@borrows(
    "_list_all_concrete_functions",
    "python_function",
    of="tensorflow.python.eager.polymorphic_function.polymorphic_function.Function",
    version=TENSORFLOW,
    why="Nothing public lists what a tf.function has traced.",
    instead="get_concrete_function, with the signature of each.",
)
def _traced_in(function: Any) -> list[Any]:
    """List what was traced of a function, and of those that it calls."""
    found = []
    if hasattr(function, "_list_all_concrete_functions"):
        found += function._list_all_concrete_functions()
        function = function.python_function
    for cell in getattr(function, "__closure__", None) or ():
        if callable(cell.cell_contents):
            found += _traced_in(cell.cell_contents)
    return found


@borrows(
    "dismantle_func_graph",
    of="tensorflow.python.framework.func_graph",
    version=TENSORFLOW,
    why="A graph and its operations hold each other, and wait for a collection.",
    instead="The garbage collector.",
)
@borrows(
    "call_preflattened",
    "children",
    "_cached_graph",
    of="tensorflow.python.eager.polymorphic_function.atomic_function.AtomicFunction",
    version=TENSORFLOW,
    why="It is what runs a function; nothing public does without the graph in Python.",
    instead="The concrete function, which takes some 2 MiB more.",
)
@borrows(
    "inference_fn",
    of="tensorflow.python.eager.polymorphic_function.concrete_function.ConcreteFunction",
    version=TENSORFLOW,
    why="It has what runs it, and the graph in Python as well.",
    instead="The concrete function itself.",
)
def without_graph(function: Any) -> Any:
    """Return what runs a traced function, and drop its graph in Python.

    TensorFlow's runtime has a copy of its own. The function cannot be differentiated,
    saved or called in another graph any more. What is a `tf.function` of somebody's in
    it keeps its graph.
    """
    from tensorflow.python.framework import func_graph

    runs = function.inference_fn
    functions = [runs]
    while functions:
        one = functions.pop()
        functions += [
            child
            for child in one.children
            if not _is_called_elsewhere(child.name.decode())
        ]
        graph, one._cached_graph = one._cached_graph, None
        if graph is not None:
            func_graph.dismantle_func_graph(graph)
    return runs
