"""Routed names: ``optimizer__learning_rate`` goes to the optimizer.

Plain functions over plain dicts. A routed name is a prefix, two underscores
and the name that the consumer behind the prefix knows. Consumers that are
classes are made into objects by `instantiate`, with what was routed to them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

#: Who can be routed to.
PREFIXES = (
    "model",
    "compile",
    "optimizer",
    "loss",
    "metrics",
    "callbacks",
    "fit",
    "predict",
)

#: What the consumers behind three prefixes take; the others (a builder, an
#: optimizer class ...) are asked for their signature.
CONSUMER_NAMES = {
    "compile": {
        "optimizer",
        "loss",
        "metrics",
        "loss_weights",
        "weighted_metrics",
        "run_eagerly",
        "steps_per_execution",
        "jit_compile",
        "auto_scale_loss",
    },
    "fit": {
        "batch_size",
        "epochs",
        "verbose",
        "callbacks",
        "validation_split",
        "shuffle",
        "class_weight",
        "initial_epoch",
        "steps_per_epoch",
        "validation_steps",
        "validation_batch_size",
        "validation_freq",
    },
    "predict": {"batch_size", "verbose", "steps", "callbacks"},
}

#: Spellings of earlier Keras versions and what they are called today.
TODAY = {
    "nb_epoch": "epochs",
    "n_epochs": "epochs",
    "max_iter": "epochs",
    "samples_per_epoch": "fit__steps_per_epoch",
    "nb_val_samples": "fit__validation_steps",
    "lr": "optimizer__learning_rate",
    "learning_rate": "optimizer__learning_rate",
    "optimizer__lr": "optimizer__learning_rate",
}

MSG_DECAY = (
    "'decay' is no longer an argument of Keras optimizers. Give the learning rate "
    "as a schedule instead: optimizer__learning_rate="
    "keras.optimizers.schedules.InverseTimeDecay(initial_learning_rate, "
    "decay_steps=1, decay_rate=decay)."
)


def split_name(name: str) -> tuple[str, str]:
    """Split a routed name into its prefix and the rest.

    Examples
    --------
    >>> split_name("optimizer__learning_rate"), split_name("epochs")
    (('optimizer', 'learning_rate'), ('epochs', ''))
    """
    prefix, _, rest = name.partition("__")
    return prefix, rest


def routed_to(params: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Pick what is routed to one consumer, with the prefix taken off.

    Examples
    --------
    >>> routed_to({"fit__epochs": 3, "predict__verbose": 1}, "fit")
    {'epochs': 3}
    """
    start = prefix + "__"
    return {k[len(start) :]: v for k, v in params.items() if k.startswith(start)}


def suggestion(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Return "Did you mean 'x'? " for the nearest known name, or nothing.

    Parameters
    ----------
    name, known : str and iterable of str
        Both without the prefix.
    prefix : str
        What stands before both in the user's code; ``optimizer__``.
    """
    near = TODAY.get(prefix + name)
    if near is None:
        found = get_close_matches(name, list(known), n=1, cutoff=0.6)
        near = prefix + found[0] if found else None
    return f"Did you mean {TODAY.get(near, near)!r}? " if near else ""


#: What plain functions take. A search asks for the same few ones thousands of times.
_taken: WeakKeyDictionary[FunctionType, tuple[Any, tuple[dict[str, Any], bool]]] = (
    WeakKeyDictionary()
)


def argument_names(function: Callable[..., Any]) -> tuple[dict[str, Any], bool]:
    """List the named arguments of a callable, and whether it takes any name.

    Returns
    -------
    arguments : dict of str to inspect.Parameter
    takes_any : bool
        Whether it has ``**kwargs``.
    """
    if not isinstance(function, FunctionType) or vars(function):
        return _argument_names(function)  # vars may hold another signature
    made_of = (function.__code__, function.__defaults__, function.__kwdefaults__)
    known = _taken.get(function)
    if known is None or any(a is not b for a, b in zip(known[0], made_of, strict=True)):
        known = _taken[function] = (made_of, _argument_names(function))
    return known[1]


def _argument_names(function: Callable[..., Any]) -> tuple[dict[str, Any], bool]:
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(function).parameters.values()
    return (
        {p.name: p for p in parameters if p.kind in kinds},
        any(p.kind is p.VAR_KEYWORD for p in parameters),
    )


def constructor_names(cls: type) -> tuple[set[str], bool]:
    """List what a class' constructor takes, ``**kwargs`` followed upwards.

    Returns
    -------
    names : set of str
    takes_any : bool
        Whether a constructor without signature, or one with ``**kwargs``
        outside Keras, makes it impossible to say.
    """
    names: set[str] = set()
    for base in cls.__mro__:
        if "__init__" not in vars(base) or base is object:
            continue
        arguments, takes_any = argument_names(vars(base)["__init__"])
        names |= set(arguments) - {"self"}
        if not takes_any:
            return names, False
        if not base.__module__.startswith("keras."):
            return names, True
    return names, False


def _construct(cls: type, params: dict[str, Any], where: str) -> Any:
    """Make an object of a class; digits are positional arguments."""
    own = {k: v for k, v in params.items() if "__" not in k}
    own = {
        k: instantiate(v, routed_to(params, k), f"{where}__{k}") for k, v in own.items()
    }
    given = set(own)
    positional = [own.pop(k) for k in sorted((k for k in own if k.isdigit()), key=int)]
    names, takes_any = constructor_names(cls)
    if "decay" in own and "decay" not in names:
        raise ValueError(f"{cls.__name__} got {where}__decay. {MSG_DECAY}")
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


def merged_arguments(
    consumer: str,
    plain: Mapping[str, Any],
    routed: Mapping[str, Any],
    call: Mapping[str, Any],
) -> dict[str, Any]:
    """Merge the arguments of a Keras method: the call's before routed before plain.

    Parameters
    ----------
    consumer : {"fit", "predict"}
    plain : dict
        The estimator's own parameters; those that the method takes are used.
    routed : dict
        Routed parameters, with their prefixes.
    call : dict
        What was given in the call itself.

    Raises
    ------
    TypeError
        If the method takes no argument of a name in the call.

    Examples
    --------
    >>> merged_arguments("fit", {"epochs": 1}, {"fit__epochs": 2}, {"verbose": 0})
    {'epochs': 2, 'verbose': 0}
    """
    known = CONSUMER_NAMES[consumer]
    for name in call:
        if name not in known:
            hint = suggestion(name, known).replace(f"'{consumer}__", "'")
            raise TypeError(
                f"{consumer} got an unexpected argument {name!r}. "
                f"{hint}It takes {sorted(known)}."
            )
    own = {name: value for name, value in plain.items() if name in known}
    direct = {k: v for k, v in routed_to(routed, consumer).items() if "__" not in k}
    return {**own, **direct, **call}
