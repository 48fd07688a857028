"""What `set_params` changes: plain functions from old parameters to new.

``routed`` is in all of them what an estimator was given beyond its own parameters.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from sk_keras._shared.routing.prefixes import PREFIXES, split_name
from sk_keras._shared.routing.same_value import same_value


def sorted_out(
    params: Mapping[str, Any], own: set[str], holders: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Tell parameters of parameters from those that are routed.

    Parameters
    ----------
    params : dict
        What is to be set.
    own : set of str
        The estimator's own parameters.
    holders : dict
        All parameters by their names; those with ``set_params`` set theirs.

    Returns
    -------
    given : dict
        What is neither the estimator's own nor a parameter of one.
    nested : dict of dict
        What is to be set of each parameter that has some.
    """
    given: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    for name, value in params.items():
        prefix, rest = split_name(name)
        has_some = hasattr(holders.get(prefix), "set_params")
        if rest and prefix not in PREFIXES and has_some:
            nested.setdefault(prefix, {})[rest] = value
        elif name not in own:
            given[name] = value
    return given, nested


def without_defaults(
    routed: Mapping[str, Any], arguments: Mapping[str, inspect.Parameter]
) -> dict[str, Any]:
    """Drop arguments that stand at the defaults of a builder, which is replaced."""
    return {
        name: value
        for name, value in routed.items()
        if name not in arguments or not same_value(value, arguments[name].default)
    }


def with_explicit(
    routed: Mapping[str, Any],
    params: Mapping[str, Any],
    arguments: Mapping[str, inspect.Parameter],
    defaults: Mapping[str, Any],
) -> dict[str, Any]:
    """Keep explicit values from giving way to the builder's defaults.

    A builder's own default stands until the user sets the estimator's
    parameter of that name to something else than the estimator's default.
    A search that sets it to just that default means it, though; the value
    is then written down for the builder as ``model__name``.

    Parameters
    ----------
    routed, params : dict
        The latter is what is to be set.
    arguments : dict of str to inspect.Parameter
        The builder's.
    defaults : dict
        Of the estimator's own parameters.
    """
    told = dict(routed)
    for name in set(defaults) & set(params):
        if f"model__{name}" in params:
            continue
        told.pop(f"model__{name}", None)
        if name not in arguments or arguments[name].default is inspect.Parameter.empty:
            continue
        usual = same_value(params[name], defaults[name])
        if usual and not same_value(params[name], arguments[name].default):
            told[f"model__{name}"] = params[name]
    return told
