"""Graphs that TensorFlow has traced, as a value that can be compared.

Whatever Python code did while it was traced, a layer's, a loss's, what it read from
closures, globals or files, is in the graph that came of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from sk_keras._training.programs.effects import has_effects

#: Attributes of operations that are names, or notes for TensorFlow itself.
_NOTES = frozenset(
    ("_class", "_output_shapes", "_xla_inferred_shapes", "_num_original_outputs")
    + ("_lower_using_switch_merge", "_read_only_resource_inputs", "debug_name")
    + ("shared_name", "container", "_gradient_op_type")
)


class NotComparable(Exception):
    """A graph that does not say all that it does."""


def graph_digest(function: Any, *, gradients: bool) -> str:
    """Return a digest of a traced function, equal for graphs that are equal.

    Parameters
    ----------
    function : tensorflow.types.experimental.ConcreteFunction
    gradients : bool
        Whether gradients will be taken of what it computes.

    Returns
    -------
    str
        Of operations, their attributes, constants and connections. Names do not count.

    Raises
    ------
    NotComparable
        If it holds on to something that is no argument, has effects on something
        else, or has gradients of its own, which are Python code.
    """
    if not holds_constants_only(function):
        raise NotComparable("it holds on to something")
    definition = function.graph.as_graph_def()
    if definition.library.gradient:
        raise NotComparable("it has gradients of its own")
    outputs = [tensor.op.name for tensor in function.graph.outputs]
    graph = _Digests(definition.library, gradients).of_graph(definition.node, outputs)
    held = [tensor.numpy() for tensor in function.captured_inputs]
    constants = [f"{value.dtype} {value.shape} {value.tobytes()!r}" for value in held]
    return _digest([graph, *constants])


def holds_constants_only(function: Any) -> bool:
    """Tell whether all that a function holds, besides its graph, are plain values."""
    return all(
        isinstance(held, tf.Tensor) and (held.dtype.is_numeric or held.dtype.is_bool)
        for held in function.captured_inputs
    )


class _Digests:
    """Digests of a graph and of the functions that it calls."""

    def __init__(self, library: Any, gradients: bool) -> None:
        self._functions = {f.signature.name: f for f in library.function}
        self._known: dict[str, str] = {}
        self._gradients = gradients

    def of_graph(self, nodes: Iterable[Any], outputs: list[str]) -> str:
        places = {node.name: str(i) for i, node in enumerate(nodes)}
        lines = [self._line(node, places) for node in nodes]
        return _digest([*lines, repr([places[name] for name in outputs])])

    def _of_function(self, name: str) -> str:
        if name not in self._known:
            function = self._functions[name]
            arguments = function.signature.input_arg
            places = {argument.name: f"a{i}" for i, argument in enumerate(arguments)}
            places |= {node.name: str(i) for i, node in enumerate(function.node_def)}
            lines = [repr([argument.type for argument in arguments])]
            lines += [self._line(node, places) for node in function.node_def]
            for output in function.signature.output_arg:
                lines.append(_place(function.ret[output.name], places))
            controls = sorted(places[node] for node in function.control_ret.values())
            self._known[name] = _digest([*lines, repr(controls)])
        return self._known[name]

    def _line(self, node: Any, places: dict[str, str]) -> str:
        if has_effects(node.op):
            raise NotComparable(f"{node.op} has effects")
        own = node.attr["_gradient_op_type"].s.decode().partition("-")[0]
        if self._gradients and own not in ("", "PartitionedCall", _STATEFUL):
            raise NotComparable("it has gradients of its own")
        called = node.op in self._functions
        operation = self._of_function(node.op) if called else node.op
        inputs = [_place(name, places) for name in node.input if name[0] != "^"]
        # What is only to come before has no order, and TensorFlow gives it any.
        inputs += sorted(_place(name, places) for name in node.input if name[0] == "^")
        attributes = [
            (name, self._attribute(node.attr[name]))
            for name in sorted(node.attr)
            if name not in _NOTES
        ]
        return repr((operation, inputs, node.device, attributes))

    def _attribute(self, value: Any) -> Any:
        functions = [value.func] if value.HasField("func") else value.list.func
        if functions:
            return [
                self._of_function(f.name) if f.name in self._functions else f.name
                for f in functions
            ]
        return value.SerializeToString(deterministic=True)


_STATEFUL = "StatefulPartitionedCall"


def _place(name: str, places: dict[str, str]) -> str:
    """Return an input of an operation, with a number in place of a name."""
    control = "^" if name.startswith("^") else ""
    node, *output = name.removeprefix("^").split(":")
    return ":".join([control + places[node], *output])


def _digest(lines: Iterable[str]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for line in lines:
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()
