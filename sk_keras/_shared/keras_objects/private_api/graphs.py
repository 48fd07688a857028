"""Borrowed: how the layers of a model are connected."""

from __future__ import annotations

from typing import Any

from sk_keras._shared.keras_objects.private_api.register import borrows


@borrows(
    "_functional",
    of="keras.Sequential",
    why="Sequential has inputs and outputs, but not how they are arranged.",
    instead="keras.Model(model.inputs, model.outputs), which has other calls in it.",
)
def graph_of(model: Any) -> Any:
    """Return what knows how layers are connected, None if nothing does.

    Returns
    -------
    keras.Function or None
        The model itself, if it is a functional one.
    """
    import keras

    graph = model._functional if isinstance(model, keras.Sequential) else model
    return graph if isinstance(graph, keras.Function) else None


@borrows(
    "operation",
    "arguments",
    "input_tensors",
    "output_tensors",
    of="keras.src.ops.node.Node",
    why="The class of calls is not public.",
    instead="The inbound_nodes in get_config of a functional model.",
)
@borrows(
    "_nodes_by_depth",
    of="keras.Function",
    why="Function.operations has each operation once, however often it is called.",
    instead="The inbound_nodes in get_config of a functional model.",
)
def calls_in(graph: Any) -> list[Any]:
    """List the calls of layers and operations that a `keras.Function` is made of."""
    return [node for nodes in graph._nodes_by_depth.values() for node in nodes]


@borrows(
    "_inputs_struct",
    "_outputs_struct",
    of="keras.Function",
    why="Function.inputs and Function.outputs are flat lists.",
    instead="The input_layers and output_layers in get_config of a functional model.",
)
def ends_of(graph: Any) -> tuple[Any, Any]:
    """Return the inputs and the outputs of a `keras.Function`, as they are arranged."""
    return graph._inputs_struct, graph._outputs_struct


@borrows(
    "_inbound_nodes",
    of="keras.Operation",
    why="Operation.input and Operation.output are for what was called once.",
    instead="The inbound_nodes in get_config of a functional model.",
)
def calls_of(operation: Any) -> list[Any]:
    """List the calls of a layer or operation on symbolic tensors."""
    calls: list[Any] = operation._inbound_nodes
    return calls


@borrows(
    "operation",
    "node_index",
    "tensor_index",
    of="keras.src.ops.node.KerasHistory",
    why="The class of origins is not public.",
    instead="A search of the operations of a graph for the one with this output.",
)
@borrows(
    "_keras_history",
    of="keras.KerasTensor",
    why="A symbolic tensor does not say publicly where it comes from.",
    instead="A search of the operations of a graph for the one with this output.",
)
def origin_of(tensor: Any) -> Any:
    """Return the operation, call and place of a symbolic tensor; None if unknown."""
    return getattr(tensor, "_keras_history", None)


@borrows(
    "_keras_mask",
    of="tensorflow.Tensor",
    why="Layer.compute_mask is of one layer, not of what a model has put out.",
    instead="compute_mask of the layers of a graph, one after another.",
)
def mask_of(tensor: Any) -> Any:
    """Return the mask that layers have left on a tensor, None without."""
    return getattr(tensor, "_keras_mask", None)
