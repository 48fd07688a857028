"""Copies of Keras layers: as new, or with all they have learned."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_keras._shared.keras_objects.custom import (
    check_config,
    custom_objects_in,
    is_custom,
)
from sk_keras._shared.keras_objects.private_api.layers import (
    all_layers,
    was_given_words,
)
from sk_keras._shared.routing.did_you_mean import suggestion
from sk_keras._shared.routing.making import instantiate
from sk_keras._shared.routing.prefixes import split_name
from sk_keras._shared.routing.signatures import constructor_names
from sk_keras._shared.serialization import StandIn, tagged
from sk_keras.preprocessing._layer.stable_pickle import stable_pickle

MSG_KINDS = (
    "layer must be a Keras layer, such as keras.layers.Normalization(), or the class "
    "of one. Got {layer!r} instead."
)

MSG_UNTRAINED = (
    "{layer} has weights that nobody has trained, and LayerTransformer trains none. "
    "Give the layer of a trained model, or put it into a model for KerasClassifier or "
    "KerasRegressor."
)


MSG_NOT_ADAPTED = (
    "The layer {part!r} in {layer} has not been adapted, and LayerTransformer adapts "
    "single layers only. Adapt it first, or make a pipeline of two LayerTransformers."
)

MSG_COPY = (
    "The layer {layer!r} cannot be copied: {why} A layer of one's own needs a "
    "get_config with all arguments of its constructor; layers with a vocabulary inside "
    "another layer must have learned it."
)

#: What Keras puts into its messages for terminals.
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def told(error: Exception) -> str:
    """Return what an error of Keras says, in one line."""
    return " ".join(_COLOURS.sub("", str(error)).split())


def is_layer(thing: Any) -> bool:
    """Tell whether it is a layer, not a class; Keras is not imported for it."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(thing, keras.Layer)


def is_layer_class(thing: Any) -> bool:
    """Tell whether it is the class of layers."""
    keras = sys.modules.get("keras")
    return (
        keras is not None and inspect.isclass(thing) and issubclass(thing, keras.Layer)
    )


@tagged("layer")
@dataclass(frozen=True)
class PackedLayer(StandIn):
    """A layer in picklable form.

    Keras' own pickles cannot find unregistered classes and functions again; here they
    travel by reference.

    Attributes
    ----------
    name : str
    custom_objects : dict
    config : dict or None
        Of a layer without a state: Keras cannot load all of these.
    pickle : bytes or None
        Of any other.
    """

    name: str
    custom_objects: dict[str, Any]
    config: dict[str, Any] | None = None
    pickle: bytes | None = None

    @classmethod
    def of(cls, layer: Any, *, learned: bool) -> PackedLayer:
        """Pack a layer, with what it has learned by `adapt` or without."""
        check_config(layer)
        custom = custom_objects_in(layer)
        with _lambdas_allowed():
            # A user's class, and what is in a layer, may have a state of another kind.
            known = not is_custom(type(layer)) and len(all_layers(layer)) == 1
            if learned if hasattr(layer, "adapt") else layer.variables or not known:
                return cls(layer.name, custom, pickle=stable_pickle(layer))
            return cls(layer.name, custom, config=_config(layer))

    def unpack(self) -> Any:
        """Make the layer again."""
        import keras

        from sk_keras._shared.keras_objects.seeding import seeded

        try:
            with seeded(0), keras.saving.custom_object_scope(self.custom_objects):
                if self.pickle is None:
                    return _from_config(self.config)
                return pickle.loads(self.pickle)
        except Exception as error:
            raise TypeError(
                MSG_COPY.format(layer=self.name, why=told(error))
            ) from error


@contextmanager
def _lambdas_allowed() -> Iterator[None]:
    """Keep Keras from advising against what stays in this process or its pickle."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The object being serialized includes a `la")
        yield


def _config(layer: Any) -> dict[str, Any]:
    """Describe a layer that has learned nothing."""
    import keras

    config: dict[str, Any] = keras.saving.serialize_keras_object(layer)
    config.pop("build_config", None)
    # What had been learned; with it no other vocabulary can be.
    config["config"].pop("vocabulary_size", None)
    if was_given_words(layer) and config["config"].get("vocabulary") is None:
        # Keras leaves words out that come from a file.
        words = layer.get_vocabulary(include_special_tokens=False)
        config["config"]["vocabulary"] = np.array(words).tolist()
    return config


def _from_config(config: Any) -> Any:
    import keras

    config = copy.deepcopy(config)  # Keras changes it
    return keras.saving.deserialize_keras_object(config, safe_mode=False)


class GivenLayer:
    """A layer that `copy.deepcopy` copies by our own means."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer

    def __deepcopy__(self, memo: Any) -> GivenLayer:
        return GivenLayer(PackedLayer.of(self.layer, learned=False).unpack())


def check_arguments(layer: Any, routed: Mapping[str, Any]) -> None:
    """Refuse names that the layer does not take.

    Raises
    ------
    TypeError
        If a name has not the prefix ``layer__``.
    ValueError
        Names the nearest right one.
    """
    if not routed or not (is_layer(layer) or is_layer_class(layer)):
        return  # fit says what is wrong with the layer
    cls = layer if inspect.isclass(layer) else type(layer)
    known, takes_any = constructor_names(cls)
    for full in routed:
        prefix, name = split_name(full)
        if prefix != "layer" or not name:
            raise TypeError(
                f"LayerTransformer got an unexpected argument {full!r}. Arguments of "
                f"the layer have a prefix: layer__{full}."
            )
        if name not in known and not takes_any:
            hint = suggestion(name, known, "layer__")
            raise ValueError(
                f"Invalid parameter 'layer__{name}': {cls.__name__} takes no argument "
                f"{name!r}. {hint}It takes {sorted(known)}."
            )


def fresh_layer(layer: Any, arguments: Mapping[str, Any]) -> Any:
    """Make a layer that is ready to learn.

    Parameters
    ----------
    layer : keras.layers.Layer or class
        A layer that learns by `adapt` is made anew, and forgets what it knows. Any
        other is copied with its weights.
    arguments : dict
        Arguments of its constructor that take the place of those it was made with.

    Raises
    ------
    TypeError
        If it is no layer, or cannot be copied.
    """
    import keras

    from sk_keras._shared.keras_objects.seeding import seeded

    if not (is_layer(layer) or is_layer_class(layer)):
        raise TypeError(MSG_KINDS.format(layer=layer))
    with seeded(0):  # layers draw from global generators when they are made
        if inspect.isclass(layer):
            return instantiate(layer, arguments, "layer")
        if not arguments:
            return PackedLayer.of(layer, learned=False).unpack()
        check_config(layer)
        with _lambdas_allowed():
            config = _config(layer)
            for name, value in arguments.items():
                if isinstance(value, np.ndarray):
                    value = value.tolist()
                config["config"][name] = keras.saving.serialize_keras_object(value)
        custom = custom_objects_in(layer, dict(arguments))
        with keras.saving.custom_object_scope(custom):
            made = _from_config(config)
            if layer.weights and not hasattr(layer, "adapt"):
                _give_weights(made, layer, arguments)
            return made


def _give_weights(made: Any, layer: Any, arguments: Mapping[str, Any]) -> None:
    """Give a layer the weights of another, from which it differs by some arguments."""
    try:
        made.build_from_config(layer.get_build_config())
        made.set_weights(layer.get_weights())
    except Exception as error:
        raise ValueError(
            f"{type(layer).__name__} cannot keep its weights with other values of "
            f"{sorted(arguments)}: {told(error)}"
        ) from error


def learns(layer: Any) -> bool:
    """Tell whether there is something to adapt: nothing where it was given."""
    if not callable(getattr(layer, "adapt", None)):
        return False
    config = layer.get_config()
    given = was_given_words(layer) or config.get("mean") is not None
    return not given and config.get("num_bins", 1) is not None


def refuse_empty(layer: Any) -> None:
    """Refuse a vocabulary without words, which Keras cannot use.

    Raises
    ------
    ValueError
        If it is empty after the layer was adapted.
    """
    if not hasattr(layer, "get_vocabulary"):
        return
    if not layer.get_vocabulary(include_special_tokens=False):
        raise ValueError(
            f"The vocabulary of {type(layer).__name__} is empty: X has nothing in it "
            "that the layer could learn."
        )


def refuse_untrained(layer: Any, given: Any) -> None:
    """Refuse a layer that means nothing: with random weights, or nothing learned.

    Raises
    ------
    ValueError
        Names the layer.
    """
    name = type(layer).__name__
    built = is_layer(given) and given.built
    if layer.trainable_variables and not built:
        raise ValueError(MSG_UNTRAINED.format(layer=name))
    for part in all_layers(layer, include_self=False):
        if type(part).__name__ == "Normalization" and _knows_nothing(part):
            raise ValueError(MSG_NOT_ADAPTED.format(layer=name, part=part.name))


def _knows_nothing(normalization: Any) -> bool:
    if not learns(normalization):
        return False
    mean, variance = normalization.adapt_mean, normalization.adapt_variance
    return not np.any(mean) and bool(np.all(np.asarray(variance) == 1))
