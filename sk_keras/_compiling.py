"""Compile a model from the estimator's parameters and what is routed there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from sk_keras._losses import loss_kind, snake_case
from sk_keras._model_state import Packable, check_config, custom_objects_in
from sk_keras._routing import argument_names, instantiate, routed_to, suggestion
from sk_keras._several_outputs import spread_over_outputs

#: Metrics that Keras chooses by loss and output.
BY_OUTPUT = ("acc", "accuracy", "ce", "crossentropy")

MSG_COMPILED = (
    "{given} was given, but {builder} returned a model that is compiled already, "
    "without asking for it. Let the builder take {names} (or compile_kwargs, with all "
    "of them) as an argument, or return the model uncompiled."
)


@dataclass
class CompileSpec(Packable):
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
            "optimizer": _optimizer(self.optimizer, routed.get("optimizer", {})),
            "loss": _consumer(self.loss, routed.get("loss", {}), "loss"),
            "metrics": _consumer(
                _listed(self.metrics), routed.get("metrics", {}), "metrics"
            ),
            **self._fresh_extra(),
        }

    def _fresh_extra(self) -> dict[str, Any]:
        """Copy the other arguments; metrics among them are made anew."""
        name = "weighted_metrics"
        fresh = (
            {name: _fresh(self.extra[name], "metrics")} if name in self.extra else {}
        )
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
            "optimizer": _optimizer,
            "loss": partial(_consumer, where="loss"),
            "metrics": partial(_consumer, where="metrics"),
        }
        return {
            name: make(kwargs.get(name, arguments[name].default), self.routed[name])
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


def _optimizer(optimizer: Any, routed: Mapping[str, Any]) -> Any:
    """Make an optimizer; an object is made anew from its config.

    Keras optimizers are bound to the variables of one model, so that an
    object given once could not serve a second fit.
    """
    import keras

    if isinstance(optimizer, str):
        optimizer = _optimizer_class(optimizer)
    elif isinstance(optimizer, Mapping):
        optimizer = keras.optimizers.get(dict(optimizer))
    if isinstance(optimizer, keras.optimizers.Optimizer):
        check_config(optimizer)
        with keras.saving.custom_object_scope(custom_objects_in(optimizer)):
            optimizer = type(optimizer).from_config(optimizer.get_config())
    return instantiate(optimizer, routed, "optimizer")


def _optimizer_class(name: str) -> Any:
    """Look an optimizer up; Keras would make one to be thrown away."""
    import keras

    for own, thing in vars(keras.optimizers).items():
        if own.lower() == name.lower() and isinstance(thing, type):
            return thing
    return type(_get(keras.optimizers, name, "optimizer"))


def _listed(metrics: Any) -> Any:
    """Put a single metric in a list, as Keras wants it."""
    several = metrics is None or isinstance(metrics, Mapping | list | tuple)
    return metrics if several else [metrics]


def _consumer(items: Any, routed: Mapping[str, Any], where: str) -> Any:
    """Make losses or metrics; names become classes where they get parameters."""
    fresh = _fresh(items, where)
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


def _fresh(items: Any, where: str) -> Any:
    """Make stateful objects anew from their configs, lists and dicts copied."""
    import keras

    if isinstance(items, Mapping):
        return {key: _fresh(item, where) for key, item in items.items()}
    if isinstance(items, list | tuple):
        return [_fresh(item, where) for item in items]
    if isinstance(items, keras.metrics.Metric):
        check_config(items)
        return type(items).from_config(items.get_config())
    if isinstance(items, str) and items not in BY_OUTPUT:
        own = keras.saving.get_registered_object(items)
        if own is not None:
            return own
        _get(keras.losses if where == "loss" else keras.metrics, items, where)
    return items


def _get(module: Any, name: str, where: str) -> Any:
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


def compile_model(
    model: Any,
    spec: CompileSpec,
    pick: Callable[[], Any],
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
    pick : callable
        Gives the loss for ``loss=None``.
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
        if arguments["loss"] is None and not _has_own_loss(model):
            arguments["loss"] = pick()
        model.compile(**spread_over_outputs(arguments, model))
        return
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
    if given is None:
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
    if spec.extra.get("run_eagerly"):
        model.run_eagerly = True
    if model.loss is None and not _has_own_loss(model):
        arguments = {**spec.arguments(), "optimizer": model.optimizer, "loss": pick()}
        model.compile(**spread_over_outputs(arguments, model))


def loss_kind_or_none(loss: Any) -> Any:
    """Recognise a single loss; None for lists and dicts of them."""
    return None if isinstance(loss, list | tuple | Mapping) else loss_kind(loss)


def _has_own_loss(model: Any) -> bool:
    """Tell whether a model trains without a compiled loss."""
    import keras

    overridden = any(
        getattr(type(model), name) is not getattr(keras.Model, name)
        for name in ("train_step", "compute_loss")
    )
    return overridden or bool(model.losses and not _only_regularizers(model))


def _only_regularizers(model: Any) -> bool:
    weights = sum(
        getattr(variable, "regularizer", None) is not None
        for variable in model.trainable_variables
    )
    return len(model.losses) <= weights
