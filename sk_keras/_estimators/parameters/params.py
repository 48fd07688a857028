"""Parameters: the estimator's own, the builder's arguments, routed names.

The signature of ``__init__`` holds the estimator's own parameters. Everything
else (`hidden=32`, `optimizer__learning_rate=0.01`) lives in one private dict
under the name it was given, and is checked when it is given: against the
builder's signature, the known prefixes, and the consumers behind them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import validate_parameter_constraints

from sk_keras._estimators.parameters.builders import FILLED_BY_FACTS, resolve_builder
from sk_keras._estimators.parameters.changes import (
    sorted_out,
    with_explicit,
    without_defaults,
)
from sk_keras._estimators.parameters.constraints import FIT_CONSTRAINTS
from sk_keras._estimators.parameters.names import canonical, check_names
from sk_keras._shared.routing.same_value import same_value
from sk_keras._shared.routing.signatures import argument_names

_MISSING = object()

MSG_UNSTORED = (
    "{cls}.__init__ declares {name!r} but does not keep it. Hand it on, "
    "super().__init__({name}={name}, **kwargs), or store it: self.{name} = {name}."
)


class RoutedParams(BaseEstimator):
    """Routed and builder parameters behind ``get_params`` and ``set_params``."""

    _routed: dict[str, Any]

    # --- the names -------------------------------------------------------

    @classmethod
    def _get_param_names(cls) -> list[str]:
        """List the constructor's parameters, ``**kwargs`` followed upwards.

        A subclass may declare parameters of its own and hand the rest on.
        """
        names: set[str] = set()
        for base in cls.__mro__:
            if "__init__" not in vars(base):
                continue
            arguments, takes_any = argument_names(vars(base)["__init__"])
            names |= set(arguments) - {"self"}
            if not takes_any or base is RoutedParams:
                break
        return sorted(names)

    @classmethod
    def _constructor_defaults(cls) -> dict[str, Any]:
        """Map the constructor's parameters to their defaults."""
        defaults: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            if "__init__" in vars(base) and base is not object:
                for name, p in argument_names(vars(base)["__init__"])[0].items():
                    defaults[name] = p.default
        return {name: defaults[name] for name in cls._get_param_names()}

    def _own_builder(self) -> Callable[..., Any] | None:
        """Return the builder that a subclass defines as a method, or None."""
        for name in ("_keras_build_fn", "__call__"):
            if any(name in vars(base) for base in type(self).__mro__):
                return getattr(self, name)
        return None

    def _builder(self, **changed: Any) -> Callable[..., Any] | None:
        """Return the builder that the parameters name, or None if they do not."""
        model = changed.get("model", vars(self).get("model"))
        build_fn = changed.get("build_fn", vars(self).get("build_fn"))
        try:
            return self._resolve(model, build_fn)
        except (ValueError, TypeError):
            return None

    def _resolve(self, model: Any, build_fn: Any) -> Callable[..., Any]:
        """Turn the parameters that name the builder into one callable."""
        return resolve_builder(model, build_fn, self._own_builder())

    def _builder_parameters(self, builder: Any) -> dict[str, inspect.Parameter]:
        """Map the builder's own arguments to their signature entries."""
        if builder is None:
            return {}
        arguments, _ = argument_names(builder)
        hidden = {*FILLED_BY_FACTS, *self._get_param_names()}
        return {name: p for name, p in arguments.items() if name not in hidden}

    # --- reading ---------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        """Read a parameter that is no attribute: a routed one, or the builder's.

        Only called where there is no attribute of the name.
        """
        if not (name.startswith("_") or name.endswith("_")):
            routed = self.__dict__.get("_routed", {})
            if name in routed:
                return routed[name]
            defaults = self._builder_defaults()
            if name in defaults:
                return defaults[name]
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r}"
        )

    def _all_routed(self) -> dict[str, Any]:
        """Gather the routed parameters, those that a subclass declares included."""
        declared = {n: getattr(self, n) for n in self._get_param_names() if "__" in n}
        return {**self._routed, **declared}

    def _builder_defaults(self) -> dict[str, Any]:
        """Map those of the builder's own arguments that have defaults to these."""
        arguments = self._builder_parameters(self._builder())
        return {n: p.default for n, p in arguments.items() if p.default is not p.empty}

    def _told(self) -> dict[str, Any]:
        """Gather what the builder and others are told, defaults of it included."""
        told = {**self._builder_defaults(), **self._routed}
        # An attribute that was set by hand counts too.
        told.update({k: v for k, v in vars(self).items() if k in told})
        return told

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters, the builder's arguments among them.

        Parameters
        ----------
        deep : bool, default=True
            Whether to list the parameters of parameters that are estimators, and
            the builder's arguments that stand at its defaults.

        Returns
        -------
        params : dict
            The constructor's parameters, the arguments of the builder and the
            routed parameters.
        """
        params = {}
        for name in self._get_param_names():
            try:
                params[name] = getattr(self, name)
            except AttributeError:
                raise AttributeError(
                    MSG_UNSTORED.format(cls=type(self).__name__, name=name)
                ) from None
        told = self._told()
        if not deep:
            # scikit-learn prints these, and takes all that it does not know from
            # the constructor for changed.
            for name, default in self._builder_defaults().items():
                if same_value(told[name], default):
                    del told[name]
        params.update(told)
        if deep:
            for name, value in list(params.items()):
                if hasattr(value, "get_params") and not isinstance(value, type):
                    nested = value.get_params().items()
                    params.update({f"{name}__{k}": v for k, v in nested})
        return params

    def _check_arguments(self, method: str, arguments: Mapping[str, Any]) -> None:
        """Check what a call or a routed name gives as parameters are checked."""
        name = f"{type(self).__name__}.{method}"
        constraints = {**self._parameter_constraints, **FIT_CONSTRAINTS}
        validate_parameter_constraints(constraints, dict(arguments), name)

    def _own_params(self) -> dict[str, Any]:
        """Read the constructor's parameters."""
        return {name: getattr(self, name) for name in self._get_param_names()}

    # --- writing ---------------------------------------------------------

    def set_params(self, **params: Any) -> Any:
        """Set parameters, routed ones and the builder's arguments included.

        A change of the builder resets those of its arguments that stand at
        the previous builder's defaults and are not given with it.

        Parameters
        ----------
        **params : dict
            Names as `get_params` lists them, routed names
            (``optimizer__learning_rate``), builder arguments (``hidden`` or
            ``model__hidden``).

        Returns
        -------
        self : estimator

        Raises
        ------
        InvalidParameterError
            If nobody takes a name; it is a ValueError and a TypeError, and
            names the nearest right one. Nothing is set then.
        """
        if not params:
            return self
        builder = self._builder(**params)
        own = set(self._get_param_names())
        by_hand = self._set_by_hand()
        routed = {**self._routed, **by_hand}
        if {"model", "build_fn"} & set(params):
            replaced = self._builder_parameters(self._builder())
            routed = without_defaults(routed, replaced)
        holders = {**vars(self), **routed, **params}
        given, nested = sorted_out(params, own, holders)
        routed.update(canonical(given, own, builder))
        optimizer = params.get("optimizer", vars(self).get("optimizer"))
        self._check_names(routed, builder, optimizer)
        # All parameters at once are another estimator's state, and say
        # themselves what was told to the builder.
        if builder is not None and not own <= set(params):
            arguments = argument_names(builder)[0]
            defaults = self._constructor_defaults()
            routed = with_explicit(routed, params, arguments, defaults)
        for name in own & set(params):
            setattr(self, name, params[name])
        for name in by_hand:
            delattr(self, name)
        self._routed = routed
        for prefix, parameters in nested.items():
            getattr(self, prefix).set_params(**parameters)
        return self

    def _set_by_hand(self) -> dict[str, Any]:
        """Gather attributes that were set in place of parameters of the builder."""
        told = {*self._routed, *self._builder_defaults()} - {*self._get_param_names()}
        return {name: value for name, value in vars(self).items() if name in told}

    def _store_routed(self, routed: Mapping[str, Any]) -> None:
        """Take what the constructor was given beyond its signature."""
        builder = self._builder()
        self._routed = canonical(routed, set(self._get_param_names()), builder)
        self._check_names(self._routed, builder)

    def _check_names(
        self, routed: Mapping[str, Any], builder: Any, optimizer: Any = _MISSING
    ) -> None:
        """Refuse names that nobody takes; those behind classes wait for fit."""
        if builder is None:
            # The parameter that names the builder is wrong itself. Fit says so.
            return
        if optimizer is _MISSING:
            optimizer = vars(self).get("optimizer")
        own, name = self._get_param_names(), type(self).__name__
        check_names(routed, builder, own, optimizer, name)
