"""Borrowed: what is in a layer."""

from __future__ import annotations

from typing import Any

from sk_keras._shared.keras_objects.private_api.register import borrows


@borrows(
    "_flatten_layers",
    of="keras.Layer",
    why="Model.layers has the first level only, and layers inside layers have none.",
    instead="A walk over Model.layers and over the layers among vars(layer).",
)
def all_layers(
    layer: Any, *, include_self: bool = True, recursive: bool = True
) -> list[Any]:
    """List a layer or model, and what is in it; each once."""
    layers: list[Any] = layer._flatten_layers(
        include_self=include_self, recursive=recursive
    )
    return layers


@borrows(
    "_trainable_variables",
    of="keras.Layer",
    why="Layer.trainable_variables has those of inner layers, and no frozen ones.",
    instead="Layer.variables without those of inner layers and of generators.",
)
def own_weights(layer: Any) -> list[Any]:
    """List the weights that a layer holds itself, trained or frozen."""
    weights: list[Any] = layer._trainable_variables
    return weights


@borrows(
    "_non_trainable_variables",
    of="keras.Layer",
    why="Layer.variables has those of inner layers as well.",
    instead="Layer.variables without those of inner layers and of generators.",
)
def own_variables(layer: Any) -> list[Any]:
    """List the weights that a layer holds itself, and what else it keeps."""
    return [*own_weights(layer), *layer._non_trainable_variables]


@borrows(
    "_trainable",
    of="keras.Layer",
    why="Layer.trainable sets the flags of everything inside as well.",
    instead="Layer.trainable, of the outer layers before the inner ones.",
)
def set_own_flag(layer: Any, trainable: bool) -> None:
    """Set the flag of a layer, and of nothing in it."""
    layer._trainable = trainable


@borrows(
    "_seed_generators",
    of="keras.Layer",
    why="A layer has no public list of them.",
    instead="A search of vars(layer) for keras.random.SeedGenerator, lists included.",
)
def own_seed_generators(layer: Any) -> list[Any]:
    """List the seed generators that a layer holds itself."""
    generators: list[Any] = layer._seed_generators
    return generators


@borrows(
    "_has_input_vocabulary",
    of="keras.layers.StringLookup",
    why="get_config leaves words out that come from a file.",
    instead="A note of the arguments where a layer is made.",
)
def was_given_words(layer: Any) -> bool:
    """Tell whether a layer has the vocabulary that it was made with."""
    return bool(getattr(layer, "_has_input_vocabulary", False))
