"""What preprocessing layers in a model have learned, and no variable of it holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from sk_keras._shared.keras_objects.private_api.layers import (
    all_layers,
    was_given_words,
)

MSG_WORDS = (
    "The words that were stored are not those of the layer {layer!r} that {source} has "
    "now: it has been adapted to other data since. Make a new layer for each model."
)
MSG_LAYERS = (
    "The stored words do not fit the model that {source} builds now: {stored} layers "
    "had some, and it has {built} of their kind. The builder has changed since."
)


def learned_by(layer: Any) -> dict[str, Any]:
    """Read what a layer has learned: its weights, and words."""
    return {
        "build_config": layer.get_build_config() if layer.built else None,
        "weights": layer.get_weights(),
        "words": words_of(layer),
    }


def give_learned(layer: Any, learned: dict[str, Any]) -> None:
    """Give a new layer what `learned_by` has read."""
    if learned["build_config"] is not None:
        layer.build_from_config(learned["build_config"])
    give_words(layer, learned["words"], f"the layer {layer.name!r}")
    if learned["weights"]:
        layer.set_weights(learned["weights"])
        finish_adapting(layer)


def words_of(layer: Any) -> list[dict[str, Any]]:
    """Read the vocabularies that layers in a model were adapted to.

    Those that they were made with are in their configs.

    Parameters
    ----------
    layer : keras.Layer
        A model, or a layer.

    Returns
    -------
    list of dict
        With the keys "words" and "weights", for each lookup; [] if none has any.
    """
    found = [_learned(lookup) for lookup in _lookups(layer)]
    return found if any(each["words"] for each in found) else []


def give_words(layer: Any, learned: list[dict[str, Any]], source: str) -> None:
    """Give the layers of a copy what `words_of` has read.

    Raises
    ------
    ValueError
        If there are other layers, or a layer knows other words.
    """
    if not learned:
        return
    lookups = _lookups(layer)
    if len(lookups) != len(learned):
        stored, built = len(learned), len(lookups)
        text = MSG_LAYERS.format(source=source, stored=stored, built=built)
        raise ValueError(text)
    for lookup, each in zip(lookups, learned, strict=True):
        now = _learned(lookup)["words"]
        if now and now != each["words"]:
            raise ValueError(MSG_WORDS.format(layer=lookup.name, source=source))
        if each["words"] and not now:
            _teach(lookup, **each)


def finish_adapting(layer: Any) -> None:
    """Have layers take up statistics that were written into their variables."""
    import keras

    for part in all_layers(layer):
        if isinstance(part, keras.layers.Normalization):
            part.finalize_state()


def _lookups(layer: Any) -> list[Any]:
    """List the layers that adapt their vocabularies; each once."""
    import keras

    kinds = (keras.layers.StringLookup, keras.layers.IntegerLookup)
    parts = [part for part in all_layers(layer) if isinstance(part, kinds)]
    return [part for part in parts if not was_given_words(part)]


def _learned(lookup: Any) -> dict[str, Any]:
    """Read one vocabulary, and the weights of its words for TF-IDF."""
    import tensorflow as tf

    try:
        words = lookup.get_vocabulary(include_special_tokens=False)
    except tf.errors.FailedPreconditionError:  # it was not adapted
        words = []
    weights = None
    if words and lookup.output_mode == "tf_idf":
        weights = lookup.idf_weights_const.numpy()
    return {"words": np.asarray(words).tolist(), "weights": weights}


def _teach(lookup: Any, words: list[Any], weights: np.ndarray | None) -> None:
    if weights is None:
        lookup.set_vocabulary(words)
        return
    # The first of the weights is that of words that are not known.
    special = lookup.num_oov_indices
    lookup.set_vocabulary(words, weights[special : special + len(words)])
    lookup.load_own_variables({"idf_weights": weights})  # to the last bit
