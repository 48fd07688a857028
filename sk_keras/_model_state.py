"""A Keras model's architecture and variables as plain, picklable values.

Variables travel as numpy arrays, so that joblib can compress and map them.
The architecture travels as Keras' own config; custom classes and functions in
it travel as references beside the config, and are handed to Keras when the
model is made again. No global registry is touched.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from sk_keras._routing import argument_names

MSG_SHAPES = (
    "The stored weights do not fit the model that {source} builds now: {stored} "
    "variables were stored, {built} were built{detail}. The builder has changed since "
    "the estimator was saved."
)


def variables_of(model: Any) -> dict[str, list[np.ndarray]]:
    """Read a model's variables and those of its optimizer.

    Returns
    -------
    dict with the keys "model" and "optimizer", lists of arrays
        Seeds of random layers included.
    """
    optimizer = getattr(model, "optimizer", None)
    return {
        "model": [v.numpy() for v in model.variables],
        "optimizer": [v.numpy() for v in optimizer.variables] if optimizer else [],
    }


def assign_variables(
    model: Any, state: dict[str, list[np.ndarray]], source: str
) -> None:
    """Write variables read by `variables_of` into a model of the same build.

    Raises
    ------
    ValueError
        If the model has other variables.
    """
    _assign(model.variables, state["model"], source)
    if state["optimizer"]:
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        _assign(model.optimizer.variables, state["optimizer"], source)


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


def custom_objects_in(*things: Any) -> dict[str, Any]:
    """Collect the classes and functions in Keras objects that are not Keras' own.

    Parameters
    ----------
    *things : object
        Models, layers, losses ...; lists and dicts of them are gone through.

    Returns
    -------
    dict of str to class or function
        Under the names by which a Keras config refers to them.
    """
    found: dict[str, Any] = {}
    seen: set[int] = set()

    def visit(thing: Any, depth: int) -> None:
        if id(thing) in seen or depth > 4:
            return
        seen.add(id(thing))
        if isinstance(thing, list | tuple | dict):
            for item in thing.values() if isinstance(thing, dict) else thing:
                visit(item, depth + 1)
            return
        if not (_is_keras_object(thing) or inspect.isfunction(thing)):
            return
        named = thing if inspect.isfunction(thing) else type(thing)
        if named.__name__ == "<lambda>":
            return  # Keras writes its code into the config
        if (named.__module__ or "").split(".")[0] not in _NOT_CUSTOM:
            found[named.__name__] = named
        if hasattr(thing, "_flatten_layers"):
            for layer in thing._flatten_layers(include_self=False):
                visit(layer, 0)
        compiled = getattr(thing, "_compile_config", None)
        visit(dict(getattr(compiled, "config", {})), 1)
        if hasattr(thing, "__dict__"):
            for name, value in vars(thing).items():
                # Keras wraps an object's own methods in functions.
                if not (inspect.isfunction(value) and hasattr(type(thing), name)):
                    visit(value, depth + 1)

    visit(list(things), 0)
    return found


_NOT_CUSTOM = ("keras", "tensorflow", "builtins", "numpy", "functools")


def _is_keras_object(thing: Any) -> bool:
    """Tell whether it is something that Keras rebuilds from a config."""
    if inspect.isclass(thing):
        return False
    return any(
        base.__module__.startswith("keras.") and hasattr(base, "get_config")
        for base in type(thing).__mro__
    )


def leaves(value: Any) -> list[Any]:
    """List what is in nested lists and dicts."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [thing for item in value for thing in leaves(item)]
    return [value]


def architecture(model: Any) -> dict[str, Any]:
    """Describe a model by its config, build shapes and compilation."""
    import keras

    compiled = getattr(model, "_compile_config", None)
    for thing in leaves(dict(getattr(compiled, "config", {}))):
        check_config(thing)
    try:
        return keras.saving.serialize_keras_object(model)
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
    return TypeError(
        f"The model {getattr(model, 'name', model)!r} cannot be copied: Keras cannot "
        f"make it again from its config ({str(error).splitlines()[0]}). Give a "
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
    if model.built:
        state = {**variables_of(model), "optimizer": []}
        assign_variables(copy, state, f"a copy of {model.name!r}")
    return copy


class PackedModel:
    """A `keras.Model` in picklable form."""

    def __init__(self, model: Any) -> None:
        self.architecture = architecture(model)
        self.custom_objects = custom_objects_in(model)
        self.variables = variables_of(model) if model.built else None
        self.name = model.name

    def unpack(self) -> Any:
        """Make the model again."""
        model = _from_architecture(self.architecture, self.custom_objects, self.name)
        if self.variables is not None:
            assign_variables(model, self.variables, f"the model {self.name!r}")
        return model


def check_config(thing: Any) -> None:
    """Refuse an object of a user's class that its config does not describe.

    Copies are made from configs; an argument that is not in there would come
    back as its default.

    Raises
    ------
    TypeError
        Names the arguments that would get lost.
    """
    cls = type(thing)
    own = cls.__module__.split(".")[0] not in _NOT_CUSTOM
    if not own or not _is_keras_object(thing) or hasattr(thing, "_flatten_layers"):
        return  # models and layers describe themselves, or Keras says so
    names, takes_any = argument_names(cls)
    config = set(thing.get_config())
    # What Keras' own constructors take may be left out, as they do.
    bases = [c for c in cls.__mro__ if c.__module__.split(".")[0] == "keras"]
    standard = {n for base in bases for n in argument_names(base)[0]}
    lost = sorted(set(names) - config - standard)
    refused = [] if takes_any else sorted(config - set(names))
    if lost or refused:
        why = (
            f"its get_config leaves out {lost}"
            if lost
            else f"its constructor does not take {refused}, which are in its config"
        )
        raise TypeError(
            f"{cls.__name__} cannot be copied: {why}. Give it a get_config with all "
            "arguments of its constructor (and **kwargs for those of the base class), "
            f"or give the class, and its arguments as routed parameters."
        )


class PackedObject:
    """A loss, metric, optimizer or layer in picklable form.

    Keras pickles its own by name and cannot find unregistered classes again;
    here the class travels by reference.
    """

    def __init__(self, thing: Any) -> None:
        check_config(thing)
        self.cls = type(thing)
        self.config = thing.get_config()
        self.custom_objects = custom_objects_in(thing)

    def unpack(self) -> Any:
        """Make the object again, as new."""
        import keras

        with keras.saving.custom_object_scope(self.custom_objects):
            return self.cls.from_config(self.config)


def pack(value: Any) -> Any:
    """Put picklable stand-ins for Keras objects; lists and dicts are gone through."""
    if isinstance(value, dict):
        return {k: pack(v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(pack(v) for v in value)
    if not _is_keras_object(value):
        return value
    import keras

    return PackedModel(value) if isinstance(value, keras.Model) else PackedObject(value)


def unpack(value: Any) -> Any:
    """Undo `pack`."""
    if isinstance(value, dict):
        return {k: unpack(v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(unpack(v) for v in value)
    return value.unpack() if isinstance(value, PackedModel | PackedObject) else value


class Packable:
    """Pickles its attributes with Keras objects in them packed."""

    def __getstate__(self) -> dict[str, Any]:
        return pack(dict(vars(self)))

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(unpack(state))
