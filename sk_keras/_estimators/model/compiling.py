"""Compile a model from the estimator's parameters and what is routed there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sk_keras._estimators.model.ready_losses import by_class
from sk_keras._estimators.model.several_outputs import spread_over_outputs
from sk_keras._estimators.targets.base import Targets
from sk_keras._estimators.targets.losses import loss_kind
from sk_keras._shared.keras_objects.losses_metrics import (
    make_losses,
    make_metrics,
)
from sk_keras._shared.keras_objects.optimizers import make_optimizer
from sk_keras._shared.keras_objects.private_api.layers import all_layers
from sk_keras._shared.keras_objects.private_api.training import compile_arguments
from sk_keras._shared.routing.prefixes import routed_to
from sk_keras._shared.routing.signatures import argument_names
from sk_keras._shared.serialization import tagged

METRICS = ("metrics", "weighted_metrics")

MSG_COMPILED = (
    "{given} was given, but {builder} returned a model that is compiled already, "
    "without asking for it. Let the builder take {names} (or compile_kwargs, with all "
    "of them) as an argument, or return the model uncompiled."
)


@tagged("compilation")
@dataclass(frozen=True)
class CompileSpec:
    """What a model is compiled with, before any object is made of it.

    Attributes
    ----------
    optimizer, loss, metrics : str, class, object, list or dict
        As the user gave them. ``loss=None`` has the loss picked.
    extra : dict
        Other arguments of `keras.Model.compile`.
    routed : dict of str to dict
        What is routed to the optimizer, the loss, the metrics.
    changed : tuple of str
        Which of all these the user set to something else than the default.
    """

    optimizer: Any = "adam"
    loss: Any = None
    metrics: Any = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    routed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    changed: tuple[str, ...] = ()

    def arguments(self) -> dict[str, Any]:
        """Make the arguments of `keras.Model.compile`, objects made anew.

        Returns
        -------
        dict
            ``optimizer`` is always an object of its own; ``loss`` may be None.
        """
        routed = self.routed
        return {
            "optimizer": make_optimizer(self.optimizer, routed.get("optimizer", {})),
            "loss": make_losses(by_class(self.loss), routed.get("loss", {})),
            "metrics": make_metrics(self.metrics, routed.get("metrics", {})),
            **self._fresh_extra(),
        }

    def _fresh_extra(self) -> dict[str, Any]:
        """Copy the other arguments; metrics among them are made anew."""
        name = "weighted_metrics"
        fresh = {name: make_metrics(self.extra[name], {})} if name in self.extra else {}
        return {**self.extra, **fresh}

    def routed_objects(
        self, kwargs: Mapping[str, Any], builder: Callable[..., Any]
    ) -> dict[str, Any]:
        """Make the optimizer, loss or metrics that a builder asks for by name.

        Only where something is routed to them: otherwise the builder gets
        what the user gave, a name for instance.

        Parameters
        ----------
        kwargs : dict
            What the builder is called with; its own defaults are not there.
        builder : callable
        """
        arguments, _ = argument_names(builder)
        makers: dict[str, Callable[..., Any]] = {
            "optimizer": make_optimizer,
            "loss": make_losses,
            "metrics": make_metrics,
        }
        return {
            name: make(
                by_class(kwargs.get(name, arguments[name].default)), self.routed[name]
            )
            for name, make in makers.items()
            if name in arguments and self.routed.get(name)
        }


def compile_spec(
    own: Mapping[str, Any], routed: Mapping[str, Any], untouched: set[str]
) -> CompileSpec:
    """Gather what belongs to `keras.Model.compile`.

    Parameters
    ----------
    own : dict
        The estimator's parameters; ``optimizer``, ``loss``, ``metrics`` and
        ``run_eagerly`` are used.
    routed : dict
        Routed parameters, with their prefixes.
    untouched : set of str
        The estimator's parameters that stand at their defaults.
    """
    parts = {name: routed_to(routed, name) for name in ("optimizer", "loss", "metrics")}
    extra = routed_to(routed, "compile")
    main = {name: extra.pop(name, own[name]) for name in parts}
    extra.setdefault("run_eagerly", own["run_eagerly"])
    changed = {name for name in parts if name not in untouched}
    changed |= {name for name in parts if f"compile__{name}" in routed}
    changed |= {f"{name}__{rest}" for name, part in parts.items() for rest in part}
    changed |= {f"compile__{name}" for name in extra if name != "run_eagerly"}
    return CompileSpec(
        **main, extra=extra, routed=parts, changed=tuple(sorted(changed))
    )


def compile_model(
    model: Any,
    spec: CompileSpec,
    targets: Targets,
    *,
    given: Mapping[str, Any] | None,
    taken: set[str],
    builder: str,
) -> None:
    """Compile a model in place, unless its builder has.

    Parameters
    ----------
    model : keras.Model
    spec : CompileSpec
    targets : Targets
        Pick the loss for ``loss=None``.
    given : dict or None
        The ``compile_kwargs`` that the builder took, None if it took none.
    taken : set of str
        Names of the builder's arguments.
    builder : str
        Its name, for messages.

    Raises
    ------
    ValueError
        If the model is compiled with something else than the user asked for.
    """
    if not model.compiled:
        arguments = dict(given or spec.arguments())
        if arguments["loss"] is None:
            arguments["loss"] = picked(model, targets, arguments)
        model.compile(**spread_over_outputs(arguments, model))
        return
    _check_compiled(model, spec, given=given, builder=builder)
    if given is None:
        _check_nothing_ignored(spec, taken, builder)
    if spec.extra.get("run_eagerly"):
        model.run_eagerly = True
    # A builder that compiles by itself without a loss may have one in the model.
    if model.loss is None and (given is not None or _only_regularizers(model)):
        arguments = compile_arguments(model)
        arguments["loss"] = picked(model, targets, arguments)
        if arguments["loss"] is not None:
            model.compile(**spread_over_outputs(arguments, model))


def picked(model: Any, targets: Targets, arguments: Mapping[str, Any]) -> Any:
    """Pick the loss of a model.

    A step or loss of its own may ask for the compiled one, and validation does; it
    takes labels as columns.

    Parameters
    ----------
    model : keras.Model
    targets : Targets
    arguments : dict
        Of `keras.Model.compile`.

    Returns
    -------
    loss, or None where a model that trains itself has no use for any
    """
    import keras

    metrics = metrics_in(arguments)
    if not trains_itself(model):
        return targets.picked_losses(*metrics)
    if type(model).compile is not keras.Model.compile:
        return None
    return targets.loss_of_own_step()


def metrics_in(arguments: Mapping[str, Any]) -> list[Any]:
    """List both kinds of metrics in the arguments of `keras.Model.compile`."""
    return [arguments.get(kind) for kind in METRICS]


def suit_metrics(model: Any, targets: Targets, y: Any) -> None:
    """Compile a model anew with metrics that suit its targets, if others were given.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    targets : Targets
        Planned for the model's losses.
    y : array, Ragged, or a dict of them

    Raises
    ------
    ValueError
        If a metric of Keras cannot be computed of these targets and outputs.
    """
    import keras

    arguments = compile_arguments(model)
    given = {kind: arguments[kind] for kind in METRICS if arguments.get(kind)}
    if not given or type(model).compile is not keras.Model.compile:
        return
    loss = getattr(model, "loss", None)
    suited = {kind: targets.suited(each, loss, y) for kind, each in given.items()}
    pairs = zip(*map(keras.tree.flatten, (given, suited)), strict=True)
    if any(a is not b for a, b in pairs):
        model.compile(**{**arguments, **suited})


def _check_compiled(
    model: Any, spec: CompileSpec, *, given: Mapping[str, Any] | None, builder: str
) -> None:
    """Refuse another loss or optimizer than the builder compiled with."""
    if spec.loss is not None and model.loss is not None:
        asked, got = loss_kind_or_none(spec.loss), loss_kind_or_none(model.loss)
        if asked and got and asked.name != got.name:
            raise ValueError(
                f"loss={spec.loss!r} was given, but {builder} compiled its model with "
                f"{got.name!r}. Give one of them."
            )
    changes_optimizer = any(c.split("__")[0] == "optimizer" for c in spec.changed)
    if given and changes_optimizer and model.optimizer is not given["optimizer"]:
        raise ValueError(
            f"{', '.join(spec.changed)} was given, but {builder} compiled its model "
            "with another optimizer than compile_kwargs['optimizer']."
        )


def _check_nothing_ignored(spec: CompileSpec, taken: set[str], builder: str) -> None:
    """Refuse what a builder that compiles by itself has not asked for."""
    ignored = [
        name
        for name in spec.changed
        if name != "loss" and name.split("__")[0] not in taken
    ]
    if ignored and builder.startswith("the given model"):
        raise ValueError(
            f"{', '.join(ignored)} was given, but {builder} is compiled already. "
            "Give it uncompiled (keras.models.load_model(path, compile=False)), or "
            "compiled as it is to be trained."
        )
    if ignored:
        raise ValueError(
            MSG_COMPILED.format(
                given=", ".join(ignored),
                builder=builder,
                names=" and ".join(sorted({c.split("__")[0] for c in ignored})),
            )
        )


def loss_kind_or_none(loss: Any) -> Any:
    """Recognise a single loss; None for lists and dicts of them."""
    return None if isinstance(loss, list | tuple | Mapping) else loss_kind(loss)


def trains_itself(model: Any) -> bool:
    """Tell whether a model has a training step or loss of its own."""
    import keras

    return any(
        getattr(type(model), name) is not getattr(keras.Model, name)
        for name in ("train_step", "compute_loss")
    )


def _only_regularizers(model: Any) -> bool:
    """Tell whether all losses of a model are penalties on weights and activities."""
    weights = sum(
        getattr(variable, "regularizer", None) is not None
        for variable in model.trainable_variables
    )
    activities = sum(
        getattr(layer, "activity_regularizer", None) is not None
        for layer in all_layers(model)
    )
    return len(model.losses) <= weights + activities
