"""Whether a row of a prediction depends on the rows beside it."""

from __future__ import annotations

from typing import Any

import keras

from sk_keras._shared.keras_objects.private_api.graphs import calls_in, graph_of
from sk_keras._shared.keras_objects.private_api.layers import all_layers
from sk_keras._training.programs.free_sizes import ELEMENTWISE, is_plain

#: Operations between layers that take each row by itself: x / 255, x + 3.
_ARITHMETIC = frozenset(
    ("Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Negative", "Cast")
)


def may_mix_rows(model: Any) -> bool:
    """Tell whether a row of the output may depend on more than one of the input.

    Layers that are called as in training do, batch normalisation above all, and so do
    operations such as the mean over the first axis.

    Parameters
    ----------
    model : keras.Model
        Of Keras' own classes.
    """
    layers = all_layers(model)
    graphs = [part for part in layers if isinstance(part, keras.Function)]
    return any(map(_over_rows, layers)) or not all(
        _is_by_row(call) for graph in graphs for call in calls_in(graph)
    )


def _over_rows(layer: Any) -> bool:
    axes = getattr(layer, "axis", None), getattr(layer, "axes", None)
    return 0 in keras.tree.flatten(axes)


def _is_by_row(call: Any) -> bool:
    """Tell whether a call of a layer or operation surely takes each row by itself."""
    operation, args = call.operation, call.arguments.args
    rank = len(call.outputs[0].shape)
    if isinstance(operation, keras.Layer):
        axes = getattr(operation, "axis", None), getattr(operation, "axes", None)
        over_rows = {0, -rank} & set(keras.tree.flatten(axes))
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
