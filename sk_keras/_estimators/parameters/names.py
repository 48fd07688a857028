"""Names of parameters: which there are, and what is meant by one that is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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
    optimizer = routed.get("compile__optimizer", optimizer)
    takers = _Takers(*argument_names(builder), own, optimizer)
    for name, value in routed.items():
        known, accepted = _read(name, takers)
        if not accepted:
            raise InvalidParameterError(
                f"Invalid parameter {name!r} for estimator {estimator}. "
                + _hint(name, value, own, known)
                + _valid_names(takers)
            )


@dataclass(frozen=True)
class _Takers:
    """Who may take a name.

    Attributes
    ----------
    arguments : dict
        The builder's.
    takes_any : bool
        Whether the builder takes any other name as well.
    own : list of str
        The estimator's parameters.
    optimizer : object
    """

    arguments: Mapping[str, Any]
    takes_any: bool
    own: list[str]
    optimizer: Any


#: The names that may have been meant, and whether the one that was given is taken.
_Reading = tuple[Iterable[str], bool]


def _read(name: str, takers: _Takers) -> _Reading:
    """List what may have been meant by a name, and tell whether it is taken."""
    prefix, rest = split_name(name)
    rule = _RULES.get(prefix) if rest else None
    return _plain(name, takers) if rule is None else rule(name, takers)


def _plain(name: str, takers: _Takers) -> _Reading:
    """Read a name without a prefix, or with one that there is not."""
    _, rest = split_name(name)
    known = [*takers.arguments, *takers.own, *_with_two_underscores(name)]
    if rest:
        return [*known, *(f"{prefix}__{rest}" for prefix in PREFIXES)], False
    old = name in TODAY or name == "decay"
    # Builders that take any name take no misspelt one of the estimator's.
    any_name = takers.takes_any and not (old or _close(name, takers.own))
    return known, name in takers.arguments or any_name


def _to_builder(name: str, takers: _Takers) -> _Reading:
    _, rest = split_name(name)
    return takers.arguments, takers.takes_any or rest in takers.arguments


def _to_compile(name: str, takers: _Takers) -> _Reading:
    _, rest = split_name(name)
    if "__" in rest:
        return [rest], False  # optimizer__..., without compile__
    return _to_method(name, takers)


def _to_method(name: str, takers: _Takers) -> _Reading:
    """Read what goes to a method of the model, whose arguments are known."""
    prefix, rest = split_name(name)
    taken = CONSUMER_NAMES[prefix]
    return [f"{prefix}__{other}" for other in taken], split_name(rest)[0] in taken


def _to_optimizer(name: str, takers: _Takers) -> _Reading:
    if name == "optimizer__decay":
        return [], takes_decay(takers.optimizer)
    return _to_objects(name, takers)


def _to_objects(name: str, takers: _Takers) -> _Reading:
    """Read what goes to objects that are made in fit, and answer for it there."""
    return [], name not in TODAY


#: How a name with a prefix is read.
_RULES: dict[str, Callable[[str, _Takers], _Reading]] = {
    "model": _to_builder,
    "compile": _to_compile,
    "fit": _to_method,
    "predict": _to_method,
    "optimizer": _to_optimizer,
    "loss": _to_objects,
    "metrics": _to_objects,
    "callbacks": _to_objects,
}


def _hint(name: str, value: Any, own: list[str], known: Iterable[str]) -> str:
    """Say what to do about a name that nobody takes."""
    prefix, rest = split_name(name)
    if rest and prefix in own and prefix not in PREFIXES:
        return f"The {prefix} has no parameters: give an object with some. "
    if (rest or name) in _GONE:
        return _GONE[rest or name]
    if name in ("decay", "optimizer__decay", "compile__optimizer__decay"):
        return decay_message(value) + " "
    return suggestion(name, known)


def _valid_names(takers: _Takers) -> str:
    builder = sorted(set(takers.arguments) - set(FILLED_BY_FACTS))
    any_name = " (it takes any name routed by model__)" if takers.takes_any else ""
    return (
        f"Valid are its own parameters {takers.own}, the builder's arguments {builder}"
        f"{any_name} and names routed by " + ", ".join(f"{p}__" for p in PREFIXES) + "."
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


def _with_two_underscores(name: str) -> list[str]:
    """Spell ``optimizer_momentum`` as a routed name."""
    prefixes = (p for p in PREFIXES if name.startswith(f"{p}_"))
    return [f"{p}__{name.removeprefix(p).lstrip('_')}" for p in prefixes]


def _close(name: str, own: Iterable[str]) -> bool:
    """Tell whether a name looks like a misspelt parameter of the estimator.

    Builders with ``**kwargs`` take any name, ``epoch`` too. If they mean it,
    it is spelled ``model__epoch``.
    """
    return bool(get_close_matches(name, own, n=1, cutoff=0.85))
