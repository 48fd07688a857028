"""Losses and metrics, made anew for every model that is compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from sk_keras._shared.keras_objects.custom import check_config
from sk_keras._shared.routing.did_you_mean import suggestion
from sk_keras._shared.routing.making import instantiate
from sk_keras._shared.routing.prefixes import routed_to
from sk_keras._shared.routing.signatures import argument_names

#: Metrics that Keras chooses by loss and output.
BY_OUTPUT = ("acc", "accuracy", "ce", "crossentropy")


def make_losses(losses: Any, routed: Mapping[str, Any]) -> Any:
    """Make losses of what a user gave.

    Parameters
    ----------
    losses : str, callable, class, keras.losses.Loss, list or dict
    routed : dict
        What is routed to them, prefix taken off.

    Returns
    -------
    the same, lists and dicts copied
        Classes are made into objects, and names too where something is routed
        to them.
    """
    return _made(losses, routed, "loss")


def make_metrics(metrics: Any, routed: Mapping[str, Any]) -> Any:
    """Make metrics of what a user gave, objects anew; a single one in a list.

    Parameters and returned value are as those of `make_losses`.
    """
    several = metrics is None or isinstance(metrics, Mapping | list | tuple)
    return _made(metrics if several else [metrics], routed, "metrics")


def _made(items: Any, routed: Mapping[str, Any], where: str) -> Any:
    """Make losses or metrics; names become classes where they get parameters."""
    fresh = fresh_items(items, where)
    classes = _classes(fresh, routed, where) if routed else fresh
    if where == "metrics":
        routed = {**_metric_names(classes, fresh, routed, set()), **routed}
    return instantiate(classes, routed, where)


def _metric_names(
    items: Any, given: Any, routed: Mapping[str, Any], used: set[str]
) -> dict[str, str]:
    """Name the metrics that are made of classes without a name of their own.

    Keras numbers such metrics through a whole process ("auc", "auc_1"), so that
    a second fit would log under another name than the first.

    Parameters
    ----------
    items : class, object, list or dict
    given : the same, with the strings that the user gave for classes
    routed : dict
        What the user routes; a name among it stays.
    used : set of str
        Names that are taken; added to.

    Returns
    -------
    dict of str to str
        Routed names, ``{"0__name": "auc"}``.
    """
    if isinstance(items, Mapping | list | tuple):
        keyed = items if isinstance(items, Mapping) else dict(enumerate(items))
        names: dict[str, str] = {}
        for key, item in keyed.items():
            inner = _metric_names(item, given[key], routed_to(routed, str(key)), used)
            names.update({f"{key}__{k}": v for k, v in inner.items()})
        return {} if "name" in routed else names
    if not isinstance(items, type) or "name" in routed:
        return {}
    arguments, takes_any = argument_names(items)
    unnamed = arguments["name"].default is None if "name" in arguments else takes_any
    if not unnamed:
        return {}
    base = given if isinstance(given, str) else snake_case(items.__name__)
    name = next(n for n in _numbered(base) if n not in used)
    used.add(name)
    return {"name": name}


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{i}" for i in count(1))


def fresh_items(items: Any, where: str) -> Any:
    """Make stateful objects anew from their configs, lists and dicts copied."""
    import keras

    if isinstance(items, Mapping):
        return {key: fresh_items(item, where) for key, item in items.items()}
    if isinstance(items, list | tuple):
        return [fresh_items(item, where) for item in items]
    if isinstance(items, keras.metrics.Metric):
        check_config(items)
        return type(items).from_config(items.get_config())
    if isinstance(items, str) and items not in BY_OUTPUT:
        own = keras.saving.get_registered_object(items)
        if own is not None:
            return own
        get_named(keras.losses if where == "loss" else keras.metrics, items, where)
    return items


def get_named(module: Any, name: str, where: str) -> Any:
    """Look a name up in Keras, and say what is meant if it is not there."""
    try:
        return module.get(name)
    except (ValueError, TypeError) as error:
        known = [
            snake_case(k) if where != "optimizer" else k.lower()
            for k, thing in vars(module).items()
            if isinstance(thing, type)
        ]
        raise ValueError(
            f"Keras has no {'metric' if where == 'metrics' else where} {name!r}. "
            f"{suggestion(name, known)}"
            "Give its name, class or object; names of your own go in custom_objects."
        ) from error


def _classes(items: Any, routed: Mapping[str, Any], where: str) -> Any:
    """Put classes in place of names, where something is routed to them."""
    if isinstance(items, Mapping):
        pairs = [(key, item) for key, item in items.items()]
        return {k: _classes(v, _for(k, pairs, routed), where) for k, v in pairs}
    if isinstance(items, list | tuple):
        pairs = [(str(i), item) for i, item in enumerate(items)]
        return [_classes(v, _for(k, pairs, routed), where) for k, v in pairs]
    named = isinstance(items, str) and items not in BY_OUTPUT
    return _class_named(items, where) if named and routed else items


def _for(key: str, pairs: list[tuple[str, Any]], routed: Mapping[str, Any]) -> Any:
    own = {k: v for k, v in routed.items() if k.split("__")[0] not in dict(pairs)}
    return {**own, **routed_to(routed, key)}


def _class_named(name: str, where: str) -> Any:
    """Find the class behind a loss or metric name ("mse", "AUC")."""
    import keras

    module = keras.losses if where == "loss" else keras.metrics
    found = module.get(name)
    if isinstance(found, type):
        return found
    if not callable(found) or hasattr(found, "get_config"):
        return type(found)
    function = getattr(found, "__name__", name)
    for thing in vars(module).values():
        if isinstance(thing, type) and snake_case(thing.__name__) == function:
            return thing
    raise ValueError(f"{where} {name!r} is a function and takes no parameters.")


def snake_case(name: str) -> str:
    """Turn a class name into Keras' name of the function.

    Examples
    --------
    >>> snake_case("SparseCategoricalCrossentropy"), snake_case("KLDivergence")
    ('sparse_categorical_crossentropy', 'kl_divergence')
    """
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
