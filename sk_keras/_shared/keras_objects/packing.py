"""A Keras model's architecture and variables as plain, picklable values.

Variables travel as numpy arrays, so that joblib can compress and map them.
The architecture travels as Keras' own config; custom classes and functions in
it travel as references beside the config, and are handed to Keras when the
model is made again. No global registry is touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sk_keras._shared.keras_objects.custom import (
    check_config,
    check_copy,
    check_parts,
    custom_objects_in,
    has_own_constructor,
    is_custom,
    is_keras_object,
    is_plain,
    leaves,
)
from sk_keras._shared.keras_objects.flags import Flags, flags_of, set_flags
from sk_keras._shared.keras_objects.forks import refuse_late_fork
from sk_keras._shared.keras_objects.learned import (
    finish_adapting,
    give_learned,
    give_words,
    learned_by,
    words_of,
)
from sk_keras._shared.keras_objects.optimizers import build_optimizer, compile_anew
from sk_keras._shared.keras_objects.private_api.training import compile_arguments
from sk_keras._shared.routing.signatures import argument_names
from sk_keras._shared.serialization import StandIn, from_plain, tagged, to_plain

MSG_SHAPES = (
    "The stored weights do not fit the model that {source} builds now: {stored} "
    "variables were stored, {built} were built{detail}. The builder has changed since "
    "the estimator was saved."
)


def variables_of(model: Any) -> dict[str, Any]:
    """Read a model's variables and those of its optimizer.

    Returns
    -------
    dict with the keys "model" and "optimizer", lists of arrays, and "flags"
        Seeds of random layers included. The flags say which layers are trained.
        "words" is there for layers that have learned some.
    """
    optimizer = getattr(model, "optimizer", None)
    begun = optimizer if getattr(optimizer, "built", False) else None
    words = words_of(model)
    return {
        "model": [v.numpy() for v in model.variables],
        "optimizer": [v.numpy() for v in begun.variables] if begun else [],
        "flags": flags_of(model),
        **({"words": words} if words else {}),
    }


def assign_variables(model: Any, state: dict[str, Any], source: str) -> None:
    """Write variables read by `variables_of` into a model of the same build.

    Raises
    ------
    ValueError
        If the model has other variables.
    """
    _assign(model.variables, state["model"], source)
    give_words(model, state.get("words", []), source)
    finish_adapting(model)
    if state["optimizer"]:
        build_optimizer(model.optimizer, model.trainable_variables)
        _assign(model.optimizer.variables, state["optimizer"], source)
    if "flags" in state:
        # Last, for they may have been changed since the model was compiled.
        set_flags(model, state["flags"])


def _assign(variables: list[Any], arrays: list[np.ndarray], source: str) -> None:
    shapes = [tuple(v.shape) for v in variables]
    stored = [tuple(a.shape) for a in arrays]
    if shapes != stored:
        differing = [(s, b) for s, b in zip(stored, shapes, strict=False) if s != b]
        detail = f" (first difference: {differing[0]})" if differing else ""
        raise ValueError(
            MSG_SHAPES.format(
                source=source, stored=len(stored), built=len(shapes), detail=detail
            )
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def architecture(model: Any) -> dict[str, Any]:
    """Describe a model by its config, build shapes and compilation."""
    import keras

    for thing in leaves(compile_arguments(model)):
        check_config(thing)
    check_parts(model)
    try:
        described: dict[str, Any] = keras.saving.serialize_keras_object(model)
        return described
    except Exception as error:
        raise _cannot_copy(model, error) from error


def _from_architecture(
    config: dict[str, Any], custom: dict[str, Any], name: str
) -> Any:
    import keras

    cls = custom.get(config["class_name"])
    try:
        if cls is not None and not argument_names(cls)[1]:
            return _from_constructor(cls, config, custom)
        # What made the config is in this process or its pickle; Lambda layers
        # in it are no more foreign than the rest.
        return keras.saving.deserialize_keras_object(
            config, custom_objects=custom, safe_mode=False
        )
    except Exception as error:
        raise _cannot_copy(name, error) from error


def _from_constructor(cls: Any, config: dict[str, Any], custom: dict[str, Any]) -> Any:
    """Make a subclassed model whose constructor takes its own arguments only.

    Keras' automatic config also holds ``trainable`` and ``dtype``, which such
    a constructor refuses.
    """
    import keras

    names, _ = argument_names(cls)
    with keras.saving.custom_object_scope(custom):
        plain = {k: v for k, v in config["config"].items() if k in names}
        made = cls.from_config(plain) if "from_config" in vars(cls) else cls(**plain)
        if config.get("build_config"):
            made.build_from_config(config["build_config"])
        if config.get("compile_config"):
            made.compile_from_config(config["compile_config"])
    return made


def _cannot_copy(model: Any, error: Exception) -> TypeError:
    why = " ".join(str(error).strip().split("\n\n")[0].split())
    return TypeError(
        f"The model {getattr(model, 'name', model)!r} cannot be copied: Keras cannot "
        f"make it again from its config ({why}). Give a "
        "function that builds it in place of the model, or write a get_config for "
        "its custom classes."
    )


def copy_model(model: Any) -> Any:
    """Copy a model with its weights and compilation; the optimizer starts anew.

    Raises
    ------
    TypeError
        If Keras cannot make the model again from its config.
    """
    config, custom = architecture(model), custom_objects_in(model)
    copy = _from_architecture(config, custom, model.name)
    check_copy(model, copy)
    _take_flags(copy, flags_of(model))
    give_words(copy, words_of(model), f"a copy of {model.name!r}")
    if model.built:
        state = {**variables_of(model), "optimizer": []}
        assign_variables(copy, state, f"a copy of {model.name!r}")
        copy.built = True  # Keras does not say so of a subclassed model
    return copy


def _take_flags(copy: Any, flags: Flags) -> None:
    """Freeze what is frozen in the original; configs do not tell all of it."""
    if set_flags(copy, flags) and copy.compiled:
        compile_anew(copy)


@tagged("keras model")
@dataclass(frozen=True)
class PackedModel(StandIn):
    """A `keras.Model` in picklable form.

    Attributes
    ----------
    architecture : dict
        Its config, build shapes and compilation.
    custom_objects : dict
        The classes and functions in it that are not Keras'.
    variables : dict or None
        As `variables_of` reads them; None if it is not built.
    flags : Flags
    name : str
    words : list
        As `words_of` reads them.
    """

    architecture: dict[str, Any]
    custom_objects: dict[str, Any]
    variables: dict[str, Any] | None
    flags: Flags
    name: str
    words: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, model: Any) -> PackedModel:
        """Pack a model."""
        config, custom = architecture(model), custom_objects_in(model)
        if has_own_constructor(model):  # not everything that it was made with counts
            copy_model(model)
        variables = variables_of(model) if model.built else None
        words = words_of(model)
        return cls(config, custom, variables, flags_of(model), model.name, words)

    def unpack(self) -> Any:
        """Make the model again."""
        refuse_late_fork()
        model = _from_architecture(self.architecture, self.custom_objects, self.name)
        _take_flags(model, self.flags)
        give_words(model, self.words, f"the model {self.name!r}")
        if self.variables is not None:
            state = dict(self.variables)
            made = getattr(getattr(model, "optimizer", None), "variables", [])
            if [v.shape for v in made] != [a.shape for a in state["optimizer"]]:
                state["optimizer"] = []  # layers were frozen since it was made
            assign_variables(model, state, f"the model {self.name!r}")
            model.built = True
        return model


@tagged("keras object")
@dataclass(frozen=True)
class PackedObject(StandIn):
    """A loss, metric, optimizer or layer in picklable form.

    Keras pickles its own by name and cannot find unregistered classes again;
    here the class travels by reference.

    Attributes
    ----------
    cls : type
    config : dict
    custom_objects : dict
    learned : dict or None
        What a layer has learned.
    """

    cls: Any
    config: dict[str, Any]
    custom_objects: dict[str, Any]
    learned: dict[str, Any] | None = None

    @classmethod
    def of(cls, thing: Any) -> PackedObject:
        """Pack an object."""
        import keras

        check_config(thing)
        config = _untracked(thing.get_config())
        is_layer = isinstance(thing, keras.Layer)
        learned = learned_by(thing) if is_layer else None
        return cls(type(thing), config, custom_objects_in(thing), learned)

    def unpack(self) -> Any:
        """Make the object again; a layer with what it has learned, all else as new."""
        import keras

        refuse_late_fork()
        with keras.saving.custom_object_scope(self.custom_objects):
            made = self._made()
            if self.learned is not None:
                give_learned(made, self.learned)
            return made

    def _made(self) -> Any:
        import keras

        if not issubclass(self.cls, keras.layers.Layer) or is_custom(self.cls):
            return self.cls.from_config(self.config)
        # As in models, Lambda layers in it are no more foreign than the rest.
        whole = {"module": "keras.layers", "class_name": self.cls.__name__}
        return keras.saving.deserialize_keras_object(
            {**whole, "config": self.config, "registered_name": None},
            safe_mode=False,
        )


def _untracked(value: Any) -> Any:
    """Return lists and dicts of a config as such: Keras tracks them in its own."""
    if isinstance(value, dict):
        return {k: _untracked(v) for k, v in value.items()}
    return [_untracked(v) for v in value] if isinstance(value, list) else value


def pack(value: Any) -> Any:
    """Put plain dicts for Keras objects, and for tagged objects of this package."""
    return to_plain(value, _stand_in)


def _stand_in(value: Any) -> Any:
    if not is_keras_object(value) or is_plain(value):
        return value
    import keras

    if isinstance(value, keras.Model):
        return PackedModel.of(value)
    return PackedObject.of(value)


#: Undoes `pack`.
unpack = from_plain
