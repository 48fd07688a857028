"""What a model computes at one of its layers, as a model of its own.

A layer is named by its path, as in ``trainable``: the names of the models that it
is in, and its own, ``base/block5_pool``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sk_keras._shared.keras_objects.layer_paths import (
    LayerPath,
    any_matches,
    counts_on_numbers,
    listed,
)
from sk_keras._shared.keras_objects.private_api.graphs import (
    calls_in,
    graph_of,
    origin_of,
)
from sk_keras._shared.routing.did_you_mean import suggestion

MSG_NO_GRAPH = (
    "{what} needs a model whose layers are connected as a graph, a functional or "
    "sequential one. {name!r} is a {cls}. {advice}"
)
MSG_UNKNOWN = "layer={layer!r} is no layer of the model. {hint}Its layers are {names}."
MSG_INDEX = "layer={layer} is out of range: the model has {n} layers, {names}."
MSG_SEVERAL = "layer={layer!r} is the name of several layers. Give one of {names}."
MSG_NUMBER = (
    "layer={layer!r} counts on the name {path!r}, which Keras has made up. It numbers "
    "layers without names, and in the next model otherwise. Give the layer's index, "
    "{index}, or name it where the model is built."
)
MSG_SHARED = (
    "The layer {path!r} is called {n} times in the model, on {inputs}, so that it has "
    "no output of its own. Give a layer behind it, or a keras.Model that ends in the "
    "output that you mean."
)
MSG_NO_HEAD = (
    "The part of the model before its output layer could not be told ({why}). Say "
    "which layer gives the features: layer=... is one of {names}."
)


def model_to_layer(model: Any, layer: str | int, numbered: Mapping[str, str]) -> Any:
    """Cut a model off behind a layer.

    Parameters
    ----------
    model : keras.Model
        Functional or sequential.
    layer : str or int
        A name, a path, a shell pattern, or an index into ``model.layers``. What
        several layers put out that match a pattern comes as a list.
    numbered : dict of str to str
        Names that Keras has made up, and what they are without their numbers.

    Returns
    -------
    keras.Model
        On the same layers.

    Raises
    ------
    TypeError
        If the model is of another kind.
    ValueError
        If there is no such layer, it has no output of its own, or its name
        depends on a number that Keras gave.
    """
    graph = _graph(model, f"layer={layer!r}", "Leave layer out, for its output.")
    chosen = _chosen(model, layer, numbered)
    tensors = [t for place in chosen for t in _outputs(graph, place.chain)]
    return _cut(graph, tensors)


def model_before_head(model: Any) -> Any:
    """Cut a model off before its last layer with weights.

    Raises
    ------
    TypeError, ValueError
        If it cannot be told what that is.
    """
    advice = "Give a model of that kind, or its output: KerasFeatureExtractor(model)."
    graph = _graph(model, "The part before the output layer", advice)
    found = _before_head(graph, listed(list(_places(model))))
    return _cut(graph, [found])


def _graph(model: Any, what: str, advice: str) -> Any:
    """Return what knows how the layers are connected."""
    graph = graph_of(model)
    if graph is None:
        name, cls = model.name, type(model).__name__
        raise TypeError(
            MSG_NO_GRAPH.format(what=what, name=name, cls=cls, advice=advice)
        )
    return graph


def _places(model: Any, outer: tuple[Any, ...] = ()) -> Iterator[LayerPath]:
    """Go through the layers of a model and of the models inside it."""
    for layer in model.layers:
        yield LayerPath((*outer, layer))
        if graph_of(layer) is not None:
            yield from _places(layer, (*outer, layer))


def _chosen(model: Any, layer: Any, numbered: Mapping[str, str]) -> list[LayerPath]:
    places = list(_places(model))
    if not isinstance(layer, str):
        if not -len(model.layers) <= layer < len(model.layers):
            names = [one.name for one in model.layers]
            n = len(names)
            raise ValueError(MSG_INDEX.format(layer=layer, n=n, names=names))
        return [LayerPath((model.layers[layer],))]
    found = [place for place in places if place.path == layer]
    found = found or [place for place in places if layer in place.ends()]
    if len(found) > 1:
        names = [place.path for place in found]
        raise ValueError(MSG_SEVERAL.format(layer=layer, names=names))
    found = found or [place for place in places if any_matches(place.ends(), layer)]
    if not found:
        named = [p for p in places if not {t.name for t in p.chain} & {*numbered}]
        known = {name for place in named for name in place.ends()}
        hint = suggestion(layer.strip("*"), known)
        text = MSG_UNKNOWN.format(layer=layer, hint=hint, names=listed(places))
        raise ValueError(text)
    _check_numbers(model, places, layer, numbered)
    return found


def _check_numbers(
    model: Any, places: list[LayerPath], layer: str, numbered: Mapping[str, str]
) -> None:
    """Refuse a name that means another layer where Keras counts from elsewhere."""
    for place in places:
        if counts_on_numbers(place.ends, layer, numbered):
            index = model.layers.index(place.chain[0])
            raise ValueError(
                MSG_NUMBER.format(layer=layer, path=place.path, index=index)
            )


def _outputs(graph: Any, chain: tuple[Any, ...]) -> list[Any]:
    """Return what a layer puts out, in terms of the inputs of the graph."""
    node = _only_node(graph, chain[0])
    if len(chain) == 1:
        return list(node.output_tensors)
    inner = graph_of(chain[0])
    return _call(_cut(inner, _outputs(inner, chain[1:])), node)


def _call(model: Any, node: Any) -> list[Any]:
    """Call a part of a model as a node of a graph calls the whole."""
    import keras

    given = node.arguments.args[0]
    if isinstance(model.input, keras.KerasTensor):
        given = keras.tree.flatten(given)[0]
    return list(keras.tree.flatten(model(given)))


def _cut(graph: Any, tensors: list[Any]) -> Any:
    import keras

    inputs = graph.input
    if isinstance(inputs, list | tuple) and len(inputs) == 1:
        inputs = inputs[0]
    return keras.Model(inputs, tensors[0] if len(tensors) == 1 else tensors)


def _only_node(graph: Any, layer: Any) -> Any:
    """Return the one call of a layer in a graph; others may call it as well."""
    nodes = [node for node in calls_in(graph) if node.operation is layer]
    if len(nodes) == 1:
        return nodes[0]
    inputs = [
        " and ".join(repr(origin_of(t).operation.name) for t in node.input_tensors)
        for node in nodes
    ]
    raise ValueError(
        MSG_SHARED.format(path=layer.name, n=len(nodes), inputs=", on ".join(inputs))
    )


def _before_head(graph: Any, names: str) -> Any:
    """Return the tensor that goes into the last layer with weights."""
    makers = {id(t): node for node in calls_in(graph) for t in node.output_tensors}
    tensors = list(graph.outputs)
    several = f"the model has {len(tensors)} outputs"
    while True:
        if len(tensors) != 1:
            why = several if len(graph.outputs) > 1 else f"{len(tensors)} branches meet"
            raise ValueError(MSG_NO_HEAD.format(why=why, names=names))
        node = makers[id(tensors[0])]
        if not node.input_tensors:
            why = "nothing comes before it"
            raise ValueError(MSG_NO_HEAD.format(why=why, names=names))
        if getattr(node.operation, "weights", None):
            break
        tensors = node.input_tensors
    inner = graph_of(node.operation)
    if inner is not None and not _is_only_head(inner):
        return _call(_cut(inner, [_before_head(inner, names)]), node)[0]
    found = node.input_tensors
    if len(found) != 1 or not makers[id(found[0])].input_tensors:
        why = "nothing comes before it" if len(found) == 1 else "it has several inputs"
        raise ValueError(MSG_NO_HEAD.format(why=why, names=names))
    return found[0]


def _is_only_head(graph: Any) -> bool:
    """Tell whether a model inside has one layer with weights: it is the head."""
    return sum(bool(layer.weights) for layer in graph.layers) == 1
