"""Objects made of classes, and changed copies of objects, with what is routed there.

Consumers that are given as classes are made with the routed parameters; those
given as objects are copied with the change.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from sk_keras._shared.routing.did_you_mean import suggestion
from sk_keras._shared.routing.prefixes import decay_message, routed_to, split_name
from sk_keras._shared.routing.signatures import (
    argument_names,
    constructor_names,
)


def _construct(cls: type, params: dict[str, Any], where: str) -> Any:
    """Make an object of a class; digits are positional arguments."""
    own = {k: v for k, v in params.items() if "__" not in k}
    own = {
        k: instantiate(v, routed_to(params, k), f"{where}__{k}") for k, v in own.items()
    }
    given = set(own)
    positional = [own.pop(k) for k in sorted((k for k in own if k.isdigit()), key=int)]
    names, takes_any = constructor_names(cls)
    if where == "optimizer" and "decay" in own and "decay" not in names:
        message = decay_message(own["decay"])
        raise ValueError(f"{cls.__name__} got {where}__decay. {message}")
    nested = {split_name(k)[0]: k for k in params if split_name(k)[0] not in given}
    for name, full in {**{name: name for name in own}, **nested}.items():
        # What is nested in an argument that is not given has nowhere to go.
        if name in nested or (name not in names and not takes_any):
            hint = suggestion(name, names, f"{where}__")
            verb = "is given" if name in names else "takes"
            raise ValueError(
                f"Invalid parameter {where + '__' + full!r}: {cls.__name__} {verb} no "
                f"argument {name!r}. {hint}It takes {sorted(names)}."
            )
    return cls(*positional, **own)


def _amend(item: Any, params: dict[str, Any], where: str) -> Any:
    """Return a changed copy of an object that was given ready made."""
    if inspect.isfunction(item):
        return _bound(item, params, where)
    if hasattr(item, "get_config") and hasattr(type(item), "from_config"):
        config = item.get_config()
        unknown = set(params) - set(config)
        if not unknown:
            return type(item).from_config({**config, **params})
        known = config
    else:
        # Without a config (callbacks), the constructor's names double as
        # attributes; anything else could not be told from a typing error.
        known = {n: 0 for n in constructor_names(type(item))[0] if hasattr(item, n)}
        unknown = set(params) - set(known)
        if not unknown and not callable(item):
            for name, value in params.items():
                setattr(item, name, value)
            return item
    name = sorted(unknown or params)[0]
    if item is None:
        raise TypeError(
            f"{where}__{name} was given, but {where} is None. Give {where} as well."
        )
    hint = suggestion(name, known, f"{where}__")
    raise TypeError(
        f"{where}__{name} was given, but {item!r} does not take it. {hint}"
        "Give the class in place of the object, so that it can be made with the "
        "routed parameters."
    )


def _bound(function: Any, params: dict[str, Any], where: str) -> Any:
    """Return a function with arguments given, of those beyond targets and outputs."""
    known, takes_any = argument_names(function)
    free = {name: known[name] for name in list(known)[2:]}
    unknown = sorted(set(params) - set(free))
    if unknown and not takes_any:
        raise TypeError(
            f"{where}__{unknown[0]} was given, but {where} {function.__name__!r} takes "
            f"no such argument. {suggestion(unknown[0], list(free), f'{where}__')}"
            f"It takes {sorted(free)} beside the targets and the outputs."
        )
    bound = partial(function, **params)
    bound.__name__ = function.__name__  # type: ignore[attr-defined]  # as Keras logs it
    return bound


def instantiate(item: Any, params: Mapping[str, Any], where: str) -> Any:
    """Make objects of the classes in ``item``, with what is routed to them.

    Parameters
    ----------
    item : class, object, list, tuple or dict
        Lists and dicts are gone through; ``params`` without an index or key
        go to every item, those with one to that item alone.
    params : dict
        What is routed here, prefix taken off; ``{"0__from_logits": True}``.
    where : str
        The prefix, for messages.

    Returns
    -------
    object or list, tuple, dict of objects

    Raises
    ------
    TypeError
        If something is routed to an object that cannot take it.
    ValueError
        If a class takes no argument of a routed name.

    Examples
    --------
    >>> from string import Template
    >>> made = instantiate({"a": Template, "b": 1}, {"a__template": "$x"}, "loss")
    >>> made["a"].template, made["b"]
    ('$x', 1)
    """
    params = dict(params)
    if isinstance(item, Mapping):
        return dict(_each(item.items(), params, where))
    if isinstance(item, list | tuple):
        pairs = ((str(i), value) for i, value in enumerate(item))
        return type(item)(value for _, value in _each(pairs, params, where))
    if inspect.isclass(item):
        return _construct(item, params, where)
    return _amend(item, params, where) if params else item


def _check_keys(
    shared: Mapping[str, Any], pairs: list[tuple[Any, Any]], where: str
) -> None:
    """Refuse ``es__patience`` where no item is called ``es``."""
    for name in shared:
        head, rest = split_name(name)
        taken = any(_takes_nested(value, head) for _, value in pairs)
        if not pairs or (rest and not taken):
            keys = [str(key) for key, _ in pairs]
            hint = suggestion(name, [f"{k}__{rest}" for k in keys], f"{where}__")
            raise ValueError(
                f"Invalid parameter {where + '__' + name!r}: there is no {head!r} "
                f"among the {where}. {hint}There are {keys}."
            )


def _takes_nested(value: Any, name: str) -> bool:
    """Tell whether a class has an argument that a nested name can go to."""
    return inspect.isclass(value) and split_name(name)[0] in constructor_names(value)[0]


def _each(
    pairs: Iterable[tuple[Any, Any]], params: dict[str, Any], where: str
) -> Iterable[tuple[Any, Any]]:
    pairs = list(pairs)
    keys = {str(key) for key, _ in pairs}
    shared = {k: v for k, v in params.items() if split_name(k)[0] not in keys}
    _check_keys(shared, pairs, where)
    takers = [
        inspect.isclass(v) or isinstance(v, Mapping | list | tuple) for _, v in pairs
    ]
    for (key, value), takes in zip(pairs, takers, strict=True):
        own = routed_to(params, str(key))
        # What is meant for all goes to the classes among them; where there is
        # none, every item gets it and says itself when it cannot take it.
        if takes or not any(takers):
            shares = (k for k in shared if "__" not in k or _takes_nested(value, k))
            own = {**{k: shared[k] for k in shares}, **own}
        yield key, instantiate(value, own, f"{where}__{key}")
