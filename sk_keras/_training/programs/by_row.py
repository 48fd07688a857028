"""Whether a row of a prediction depends on the rows beside it."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from sk_keras._shared.keras_objects.private_api.graphs import calls_in, graph_of
from sk_keras._shared.keras_objects.private_api.layers import all_layers
from sk_keras._training.programs.free_sizes import ELEMENTWISE, is_plain

#: Operations between layers that take each row by itself: x / 255, x + 3.
_ARITHMETIC = frozenset(
    ("Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Negative", "Cast")
)


def may_mix_rows(model: Any) -> bool:
    """Tell whether a row of the output may depend on more than one of the input.

    Layers that are called as in training do, batch normalisation above all, operations
    such as the mean over the first axis, and functions in place of activations.

    Parameters
    ----------
    model : keras.Model
        Of Keras' own classes.
    """
    layers = all_layers(model)
    graphs = [part for part in layers if isinstance(part, keras.Function)]
    return any(0 in _axes(part) or _has_function(part) for part in layers) or not all(
        _is_by_row(call) for graph in graphs for call in calls_in(graph)
    )


def _axes(layer: Any) -> set[Any]:
    axes = getattr(layer, "axis", None), getattr(layer, "axes", None)
    return set(keras.tree.flatten(axes))


def _has_function(layer: Any) -> bool:
    """Tell whether a layer calls something else than one of Keras' activations."""
    called = [getattr(layer, name, None) for name in _CALLED]
    return any(
        function is not None and not _is_activation(function) for function in called
    )


#: Attributes of Keras' layers with functions that are called on what comes in.
_CALLED = ("activation", "recurrent_activation", "function")


def _is_activation(function: Any) -> bool:
    name = getattr(function, "__name__", "")
    return getattr(keras.activations, name, None) is function


def _is_by_row(call: Any) -> bool:
    """Tell whether a call of a layer or operation surely takes each row by itself."""
    operation, args = call.operation, call.arguments.args
    rank = len(call.outputs[0].shape)
    if isinstance(operation, keras.Layer):
        over_rows = {0, -rank} & _axes(operation)
        return not over_rows and not call.arguments.kwargs.get("training")
    name = type(operation).__name__
    if name == "GetItem":
        first = args[1][0] if isinstance(args[1], tuple) else args[1]
        return first is Ellipsis or (isinstance(first, slice) and first == slice(None))
    if name in ("Stack", "Concatenate"):
        return operation.axis not in (0, -rank)
    return name in _ARITHMETIC


#: Layers that compute a row alike in batches of any size.
_ALIKE = (keras.layers.InputLayer, keras.layers.Dense, keras.layers.Flatten)

#: Functions that add up over an axis do not.
_SUMS = ("softmax", "log_softmax")


def are_alike_in_any_batch(model: Any) -> bool:
    """Tell whether rows come out the same to the last bit, however many there are.

    Parameters
    ----------
    model : keras.Model
        Of Keras' own classes; batches are filled up to whole blocks.
    """
    graph = graph_of(model)
    return graph is not None and all(_is_alike(c.operation) for c in calls_in(graph))


def _is_alike(layer: Any) -> bool:
    name = getattr(getattr(layer, "activation", None), "__name__", None)
    known = type(layer) in (*_ALIKE, *ELEMENTWISE)
    return known and is_plain(layer) and name not in _SUMS


#: Operations that take their inputs element by element, repeated where one is smaller.
_ELEMENT_BY_ELEMENT = frozenset(
    "Abs Add AddV2 BiasAdd Cast Ceil Cos DivNoNan Elu Equal Erf Exp Expm1 Floor "
    "Greater GreaterEqual Identity IsFinite LeakyRelu Less LessEqual Log Log1p "
    "LogicalAnd LogicalNot LogicalOr Maximum Minimum Mul Neg NotEqual OnesLike Pow "
    "RealDiv Reciprocal Relu Relu6 Round Rsqrt Select SelectV2 Selu Sigmoid Sign Sin "
    "Softplus Softsign Sqrt Square SquaredDifference StopGradient Sub Tanh "
    "ZerosLike".split()
)

#: Those that add up, or the like, over the axes in their second input.
_OVER_AXES = frozenset(("Max", "Mean", "Min", "Prod", "Sum"))


def rows_stay_apart(function: Any, n_variables: int) -> bool:
    """Tell whether each row of what a traced function puts out comes of one row surely.

    Parameters
    ----------
    function : tensorflow.types.experimental.ConcreteFunction
        Takes variables, then data with an axis for the rows first.
    n_variables : int
    """
    of_rows = set(map(id, function.graph.inputs[n_variables:]))
    needed = _leading_to(function.graph.outputs)
    for operation in function.graph.get_operations():
        of_data = any(id(tensor) in of_rows for tensor in operation.inputs)
        if not of_data or operation.name not in needed:
            continue
        if not _stays_apart(operation, of_rows):
            return False
        of_rows |= set(map(id, operation.outputs))
    return all(id(tensor) in of_rows for tensor in function.graph.outputs)


def _leading_to(outputs: list[tf.Tensor]) -> set[str]:
    """Name the operations that outputs come of; penalties, say, are not among them."""
    names: set[str] = set()
    waiting = [tensor.op for tensor in outputs]
    while waiting:
        operation = waiting.pop()
        if operation.name not in names:
            names.add(operation.name)
            waiting += [tensor.op for tensor in operation.inputs]
    return names


def _stays_apart(operation: Any, of_rows: set[int]) -> bool:
    inputs = list(operation.inputs)
    ranks = [tensor.shape.rank for tensor in inputs]
    rows = [id(tensor) in of_rows for tensor in inputs]
    if None in ranks or min(r for r, of in zip(ranks, rows, strict=True) if of) < 1:
        return False
    if operation.type in _ELEMENT_BY_ELEMENT:
        # The axis of the rows is the first of all, or what has none is repeated.
        return all(
            rank == max(ranks) if of else rank < max(ranks) or tensor.shape[0] == 1
            for tensor, rank, of in zip(inputs, ranks, rows, strict=True)
        )
    if operation.type == "MatMul":
        return rows == [True, False] and not bool(operation.get_attr("transpose_a"))
    if operation.type in _OVER_AXES:
        axes = tf.get_static_value(inputs[1])
        return axes is not None and not {0, -ranks[0]} & set(axes.flat)
    return bool(operation.type == "Softmax" and ranks[0] > 1)
