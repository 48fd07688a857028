"""Classes and functions of the user's in Keras objects.

Keras names them in configs, and finds them again in a global registry. Here they
are collected, to be handed to Keras beside the config.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any

from sk_keras._shared.keras_objects.private_api.layers import all_layers
from sk_keras._shared.keras_objects.private_api.training import compile_arguments
from sk_keras._shared.routing.signatures import argument_names

MSG_OTHER_COPY = (
    "The model {name!r} cannot be copied: its config makes another one ({what}). Keras "
    "does not write down what a subclassed model was made with. Give {cls} a "
    "get_config with all arguments of its constructor, or give the class, and its "
    "arguments as parameters: KerasClassifier({cls}, ...)."
)

#: Entries of a layer's config that need not be the same in a copy: names, and the flag,
#: which is copied by other means.
_FREE = (
    "name",
    "trainable",
    "layers",
    "inbound_nodes",
    "input_layers",
    "output_layers",
)


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
        if not (is_keras_object(thing) or inspect.isfunction(thing)):
            return
        named = thing if inspect.isfunction(thing) else type(thing)
        if named.__name__ == "<lambda>":
            return  # Keras writes its code into the config
        if is_custom(named):
            found[named.__name__] = named
        if is_layer(thing):
            for layer in all_layers(thing, include_self=False):
                visit(layer, 0)
        visit(compile_arguments(thing), 1)
        if hasattr(thing, "__dict__"):
            for name, value in vars(thing).items():
                # Keras wraps an object's own methods in functions.
                if not (inspect.isfunction(value) and hasattr(type(thing), name)):
                    visit(value, depth + 1)

    visit(list(things), 0)
    return found


_NOT_CUSTOM = ("keras", "tensorflow", "builtins", "numpy", "functools")


def is_custom(thing: Any) -> bool:
    """Tell whether a class or function is a user's."""
    return (thing.__module__ or "").split(".")[0] not in _NOT_CUSTOM


def is_keras_object(thing: Any) -> bool:
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


def is_plain(thing: Any) -> bool:
    """Tell whether Python can copy and pickle a Keras object as any other.

    So it is with a user's schedules, regularizers, initializers and constraints,
    which need no config for that.
    """
    reduce: Any = type(thing).__reduce__
    return is_custom(type(thing)) and reduce is object.__reduce__


def check_parts(model: Any) -> None:
    """Refuse a model with a part that its config does not describe.

    Only parts that Keras makes again from configs are looked at; a model or layer
    of a user's class makes its own.

    Raises
    ------
    TypeError
        Names the part, and the arguments that would get lost.
    """
    if is_custom(type(model).__init__):
        return
    for layer in model.layers:
        if hasattr(layer, "layers"):
            check_parts(layer)
        for part in [layer] if is_custom(type(layer)) else leaves(vars(layer)):
            check_config(part)


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
    if not is_custom(cls) or not is_keras_object(thing) or hasattr(thing, "layers"):
        return  # models describe themselves, or Keras says so
    if is_custom(inspect.unwrap(cls.from_config)):
        return  # it knows best
    names, takes_any = argument_names(cls)
    try:
        config = set(thing.get_config())
    except NotImplementedError:
        config = set()
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


def has_own_constructor(model: Any) -> bool:
    """Tell whether a model, or one inside it, is made by a user's ``__init__``."""
    models = [m for m in all_layers(model) if hasattr(m, "layers")]
    return any(is_custom(type(m).__init__) for m in models)


def check_copy(model: Any, copy: Any) -> None:
    """Refuse a copy whose layers are others than those of the original.

    Keras writes the defaults of the arguments into the config of a subclassed
    model that has no ``get_config``, whatever it was made with.

    Raises
    ------
    TypeError
        Says what is different.
    """
    if not has_own_constructor(model):
        return
    layers = all_layers(model, include_self=False)
    copied = all_layers(copy, include_self=False)
    what = [f"{len(copied)} layers in place of {len(layers)}"]
    if len(layers) == len(copied):
        what = [d for pair in zip(layers, copied, strict=True) for d in _differ(*pair)]
    if what:
        cls = next(m for m in all_layers(model) if is_custom(type(m).__init__))
        name, cls_name = model.name, type(cls).__name__
        raise TypeError(MSG_OTHER_COPY.format(name=name, what=what[0], cls=cls_name))


def _differ(layer: Any, copy: Any) -> list[str]:
    """Say in what a copy of a layer is another one."""
    if type(layer) is not type(copy):
        return [f"a {type(copy).__name__} in place of {layer.name!r}"]
    was, now = _told(layer), _told(copy)
    return [
        f"{layer.name!r} with {name}={now.get(name)!r} in place of {value!r}"
        for name, value in was.items()
        if repr(value) != repr(now.get(name))
    ]


def _told(layer: Any) -> dict[str, Any]:
    """Return what a layer says that it was made with, without names."""
    if hasattr(layer, "layers") or type(layer).__name__ == "Lambda":
        return {}
    try:
        config = layer.get_config()
    except Exception:  # a user's get_config, or none
        return {}
    return {name: _unnamed(v) for name, v in config.items() if name not in _FREE}


def _unnamed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _unnamed(v) for k, v in value.items() if k not in _FREE}
    return [_unnamed(v) for v in value] if isinstance(value, list | tuple) else value


def is_model(thing: Any) -> bool:
    """Tell whether it is a `keras.Model` object, without importing Keras."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(thing, keras.Model)


def is_layer(thing: Any) -> bool:
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(thing, keras.Layer)


def is_model_class(thing: Any) -> bool:
    keras = sys.modules.get("keras")
    return (
        inspect.isclass(thing) and keras is not None and issubclass(thing, keras.Model)
    )
