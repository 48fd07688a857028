"""Optimizers, made anew for every model that is compiled."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from numbers import Real
from typing import Any

from sk_keras._shared.keras_objects.custom import check_config, custom_objects_in
from sk_keras._shared.keras_objects.losses_metrics import get_named
from sk_keras._shared.keras_objects.private_api.bookkeeping import (
    exclude_by_path,
    exclusions,
)
from sk_keras._shared.keras_objects.private_api.training import (
    compile_arguments,
    rate_of,
)
from sk_keras._shared.keras_objects.seeding import plain_variable_names
from sk_keras._shared.routing.making import instantiate
from sk_keras._shared.routing.prefixes import decay_message, takes_decay

MSG_DICT = (
    "An optimizer given as a dict needs the keys 'class_name' and 'config', as "
    "keras.optimizers.serialize makes them. Got {config!r}."
)

MSG_EXCLUDED = (
    "{name} leaves variables out of its weight decay that belong to one model "
    "(var_list), and each fit makes a model anew. Name them: "
    "exclude_from_weight_decay(var_names=['bias'])."
)

MSG_OWN_COMPILE = (
    "The model {name!r} has a compile() of its own, so that it cannot be compiled anew "
    "with other layers to train. Give its class a compile_from_config, or freeze the "
    "layers where the model is made and leave trainable=None."
)


def make_optimizer(optimizer: Any, routed: Mapping[str, Any]) -> Any:
    """Make an optimizer; an object is made anew from its config.

    Keras optimizers are bound to the variables of one model, so that an
    object given once could not serve a second fit.

    Parameters
    ----------
    optimizer : str, class, dict or keras.optimizers.Optimizer
    routed : dict
        What is routed to it, prefix taken off.

    Returns
    -------
    keras.optimizers.Optimizer

    Raises
    ------
    ValueError
        If the optimizer is unknown, or takes no argument of a routed name.
    """
    import keras

    if isinstance(optimizer, str):
        optimizer = _optimizer_class(optimizer)
    elif isinstance(optimizer, Mapping):
        optimizer = _from_dict(optimizer)
    if isinstance(optimizer, keras.optimizers.Optimizer):
        optimizer = fresh_optimizer(optimizer)
    if "learning_rate" in routed:
        routed = {**routed, "learning_rate": _rate(routed["learning_rate"])}
    return instantiate(optimizer, routed, "optimizer")


def _rate(rate: Any) -> Any:
    """Put a learning rate as Keras takes it: a float, a schedule, a function."""
    import keras

    if isinstance(rate, Mapping):
        return keras.optimizers.schedules.deserialize(copy.deepcopy(dict(rate)))
    if isinstance(rate, Real) and not isinstance(rate, bool):
        return float(rate)
    return rate


def fresh_optimizer(optimizer: Any) -> Any:
    """Make an optimizer like another one, at its beginning."""
    import keras

    for thing in (optimizer, rate_of(optimizer)):
        check_config(thing)
    excluded, names, _ = exclusions(_innermost(optimizer))
    if excluded:
        raise ValueError(MSG_EXCLUDED.format(name=type(_innermost(optimizer)).__name__))
    with keras.saving.custom_object_scope(custom_objects_in(optimizer)):
        fresh = type(optimizer).from_config(optimizer.get_config())
    if names is not None:  # which no config has
        _innermost(fresh).exclude_from_weight_decay(var_names=[names.pattern])
    return fresh


def build_optimizer(optimizer: Any, variables: list[Any]) -> None:
    """Have an optimizer make its variables, if it has not.

    Names that it does not decay are looked for in the paths of the variables.
    """
    if not optimizer.built:
        with plain_variable_names():
            optimizer.build(variables)
        exclude_by_path(_innermost(optimizer), variables)


def _innermost(optimizer: Any) -> Any:
    """Return the optimizer that another one wraps, or itself."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def _optimizer_class(name: str) -> Any:
    """Look an optimizer up; Keras would make one to be thrown away."""
    import keras

    for own, thing in vars(keras.optimizers).items():
        if own.lower() == name.lower() and isinstance(thing, type):
            return thing
    own = keras.saving.get_registered_object(name)
    return type(get_named(keras.optimizers, name, "optimizer")) if own is None else own


def _from_dict(config: Mapping[str, Any]) -> Any:
    """Make an optimizer of a config, which may be one of an earlier Keras version."""
    import keras

    if not isinstance(config.get("class_name"), str) or "config" not in config:
        raise ValueError(MSG_DICT.format(config=config))
    config = copy.deepcopy(dict(config))  # Keras changes it
    given = config["config"]
    name = config.get("registered_name") or config["class_name"]
    if not takes_decay(keras.saving.get_registered_object(name)):
        decay = given.pop("decay", None)
        if decay:  # zero was the default
            message = decay_message(decay)
            raise ValueError(f"optimizer's config has 'decay': {decay!r}. {message}")
    if "lr" in given:
        raise ValueError(
            "optimizer's config has 'lr', which is called 'learning_rate' today. "
            "Rename it."
        )
    if "learning_rate" in given:
        given["learning_rate"] = _rate(given["learning_rate"])
    return keras.optimizers.get(config)


def compile_anew(model: Any) -> None:
    """Compile a model as it is compiled, with its optimizer at the beginning.

    Raises
    ------
    ValueError
        If it has a ``compile`` of its own, and nothing that repeats it.
    """
    import keras

    optimizer = None if model.optimizer is None else fresh_optimizer(model.optimizer)
    if type(model).compile is keras.Model.compile:
        model.compile(**{**compile_arguments(model), "optimizer": optimizer})
        return
    if type(model).compile_from_config is keras.Model.compile_from_config:
        raise ValueError(MSG_OWN_COMPILE.format(name=model.name))
    with keras.saving.custom_object_scope(custom_objects_in(model)):
        model.compile_from_config(model.get_compile_config())
