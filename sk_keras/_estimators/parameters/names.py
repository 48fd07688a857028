"""Names of parameters: which there are, and what is meant by one that is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from sklearn.utils._param_validation import InvalidParameterError

from sk_keras._estimators.parameters.builders import FILLED_BY_FACTS
from sk_keras._shared.routing.did_you_mean import TODAY, suggestion
from sk_keras._shared.routing.prefixes import (
    CONSUMER_NAMES,
    PREFIXES,
    decay_message,
    split_name,
    takes_decay,
)
from sk_keras._shared.routing.signatures import argument_names

#: What earlier Keras versions had, and what does the same without it.
_GONE = {
    "sample_weight_mode": "Leave it out: a sample_weight with an axis for the steps "
    "says by itself that it weighs steps. ",
}


def check_names(
    routed: Mapping[str, Any],
    builder: Any,
    own: list[str],
    optimizer: Any,
    estimator: str,
) -> None:
    """Refuse names that nobody takes; those behind classes wait for fit.

    Parameters
    ----------
    routed : dict
        What was given beyond the estimator's own parameters.
    builder : callable
    own : list of str
        The estimator's own parameters.
    optimizer : object
        The estimator's parameter of that name.
    estimator : str
        The name of its class, for messages.

    Raises
    ------
    InvalidParameterError
        With the nearest right name.
    """
    arguments, takes_any = argument_names(builder)
    optimizer = routed.get("compile__optimizer", optimizer)
    for name, value in routed.items():
        known, accepted = _known(name, arguments, takes_any, own)
        decay = name in ("decay", "optimizer__decay", "compile__optimizer__decay")
        if name == "optimizer__decay":
            accepted = takes_decay(optimizer)
        if not accepted:
            hint = decay_message(value) + " " if decay else suggestion(name, known)
            prefix, rest = split_name(name)
            hint = _GONE.get(rest or name, hint)
            if rest and prefix in own and prefix not in PREFIXES:
                hint = f"The {prefix} has no parameters: give an object with some. "
            raise InvalidParameterError(
                f"Invalid parameter {name!r} for estimator {estimator}. "
                + hint
                + _valid_names(own, arguments, takes_any)
            )


def _known(
    name: str, arguments: Mapping[str, Any], takes_any: bool, own: list[str]
) -> tuple[Mapping[str, Any], bool]:
    """List what may have been meant by a name, and tell whether it is taken."""
    prefix, rest = split_name(name)
    if prefix == "model" and rest:
        return arguments, takes_any or rest in arguments
    if prefix == "compile" and "__" in rest:
        return {rest: 0}, False  # optimizer__..., without compile__
    if prefix in CONSUMER_NAMES and rest:
        names = {f"{prefix}__{n}": 0 for n in CONSUMER_NAMES[prefix]}
        return names, split_name(rest)[0] in CONSUMER_NAMES[prefix]
    if prefix in PREFIXES and rest:
        return {}, name not in TODAY
    known: dict[str, Any] = {**arguments, **dict.fromkeys(own)}
    known.update({f"{p}__{rest}": 0 for p in PREFIXES if rest})
    known.update(_with_two_underscores(name))
    old = name in TODAY or name == "decay"
    typo = takes_any and (old or _close(name, own))
    return known, not rest and (name in arguments or (takes_any and not typo))


def _valid_names(own: list[str], arguments: Mapping[str, Any], takes_any: bool) -> str:
    builder = sorted(set(arguments) - set(FILLED_BY_FACTS))
    return (
        f"Valid are its own parameters {own}, the builder's arguments {builder}"
        f"{' (it takes any name routed by model__)' if takes_any else ''} and names "
        "routed by " + ", ".join(f"{p}__" for p in PREFIXES) + "."
    )


def canonical(params: Mapping[str, Any], own: set[str], builder: Any) -> dict[str, Any]:
    """Spell ``model__hidden`` as ``hidden`` where the builder has such an argument.

    Not so for the estimator's own names, which the builder may use as well,
    nor for names that look like one of them. Where both spellings are
    given the routed one counts.
    """
    arguments = {} if builder is None else argument_names(builder)[0]
    plain = {k: v for k, v in params.items() if not k.startswith("model__")}
    for name, value in params.items():
        prefix, rest = split_name(name)
        if prefix == "model" and rest:
            typo = rest not in arguments and (rest in TODAY or _close(rest, own))
            ambiguous = rest in own or typo
            plain[name if ambiguous else rest] = value
    return plain


def _with_two_underscores(name: str) -> dict[str, int]:
    """Spell ``optimizer_momentum`` as a routed name."""
    prefixes = (p for p in PREFIXES if name.startswith(f"{p}_"))
    return {f"{p}__{name.removeprefix(p).lstrip('_')}": 0 for p in prefixes}


def _close(name: str, own: Iterable[str]) -> bool:
    """Tell whether a name looks like a misspelt parameter of the estimator.

    Builders with ``**kwargs`` take any name, ``epoch`` too. If they mean it,
    it is spelled ``model__epoch``.
    """
    return bool(get_close_matches(name, own, n=1, cutoff=0.85))
