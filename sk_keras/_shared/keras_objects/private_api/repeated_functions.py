"""Borrowed: traced functions that run several times in one call.

A loop around a loop would do it too, but takes a thread more.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from sk_keras._shared.keras_objects.private_api.function_definitions import (
    definition_of,
    exchanged,
    redefined,
)
from sk_keras._shared.keras_objects.private_api.process_state import op_definition

#: Names of nodes beside those of the function.
_APART, _RUN, _ALL = "sk_keras_apart", "sk_keras_run", "sk_keras_all"


def repeated(function: Any, argument: int, times: int) -> Any:
    """Return a function that runs another one several times, one after another.

    Parameters
    ----------
    function : AtomicFunction
        Keeps and draws nothing but in the variables among its arguments.
    argument : int
        The number of the tensor that differs from run to run.
    times : int

    Returns
    -------
    AtomicFunction
        Takes that tensor for all runs, stacked, and returns outputs that are stacked.
    """
    once = definition_of(function)
    many, taken = _without_nodes(once, argument, times)
    arguments = {a.name for a in once.signature.input_arg} - {taken}
    for_all = [node for node in once.node_def if _is_for_all(node, arguments)]
    many.node_def.extend(for_all)
    shared = {node.name for node in for_all}
    own = [node for node in once.node_def if node.name not in shared]
    outputs: dict[str, list[str]] = {output: [] for output in once.ret}
    before: list[str] = []
    for run in range(times):
        places = {node.name: f"{node.name}_{run}" for node in own}
        places[taken] = f"{_APART}:output:{run}"
        copies = [many.node_def.add() for _ in own]
        for node, copy in zip(own, copies, strict=True):
            copy.CopyFrom(node)
            copy.name = places[node.name]
            copy.input[:] = [*exchanged(node.input, places), *before]
        after = [f"^{copy.name}" for copy in copies]
        many.node_def.add(name=f"{_RUN}_{run}", op="NoOp", input=after)
        before = [f"^{_RUN}_{run}"]
        for output, source in once.ret.items():
            outputs[output] += exchanged([source], places)
    many.control_ret[_RUN] = f"{_RUN}_{times - 1}"
    many.signature.control_output.append(_RUN)
    for output in once.signature.output_arg:
        pack = many.node_def.add(name=f"{_ALL}_{output.name}", op="Pack")
        pack.input[:] = outputs[output.name]
        pack.attr["N"].i = times
        pack.attr["T"].type = output.type
        many.ret[output.name] = f"{pack.name}:output:0"
    return redefined(function, many)


def _without_nodes(once: Any, argument: int, times: int) -> tuple[Any, str]:
    """Begin a FunctionDef that takes one argument stacked; return its name too."""
    many = deepcopy(once)
    many.signature.name += f"_{times}_times"
    many.signature.ClearField("control_output")
    for field in ("node_def", "ret", "control_ret"):
        many.ClearField(field)
    many.arg_attr.pop(argument, None)
    taken = many.signature.input_arg[argument]
    apart = many.node_def.add(name=_APART, op="Unpack", input=[taken.name])
    apart.attr["num"].i = times
    apart.attr["T"].type = taken.type
    return many, taken.name


def _is_for_all(node: Any, arguments: set[str]) -> bool:
    """Tell whether a node gives the same in each run, its inputs being arguments."""
    definition = op_definition(node.op)
    is_known = definition is not None and not definition.is_stateful
    return is_known and arguments.issuperset(node.input)
