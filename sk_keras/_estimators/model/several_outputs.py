"""Losses, weights and metrics of a model with several outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def spread_over_outputs(arguments: Mapping[str, Any], model: Any) -> dict[str, Any]:
    """Give each of several outputs what is meant for all of them.

    A single loss beside weights for each output, which Keras refuses; weights of a
    part of the outputs (the others weigh 1); a single metric.

    Parameters
    ----------
    arguments : dict
        Of `keras.Model.compile`.
    model : keras.Model

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If a name is that of no output, or a list has not one entry for each.
    """
    import keras

    spread = dict(arguments)
    output = model.output if isinstance(model, keras.Function) else None
    if getattr(model, "outputs", None) is None or len(model.outputs) < 2:
        return spread
    by_name = isinstance(output, Mapping)
    # As heads have them: Keras sorts the outputs in a dict.
    names = sorted(output or ()) if by_name else list(model.output_names)
    for kind in ("loss", "loss_weights", "metrics", "weighted_metrics"):
        _check_names(kind, spread.get(kind), names)
    if spread.get("loss_weights") is not None:
        spread["loss"], spread["loss_weights"] = _weighted(
            spread, names, dict if by_name else list
        )
    for kind in ("metrics", "weighted_metrics"):
        given = spread.get(kind)
        if isinstance(given, list | tuple) and len(given) == 1:
            if not isinstance(given[0], list | tuple | dict | None):
                spread[kind] = {name: [_another(given[0])] for name in names}
    return spread


def _check_names(kind: str, given: Any, names: list[str]) -> None:
    """Refuse names of no output, and lists of another length."""
    by_name = isinstance(given, Mapping)
    unknown = sorted(set(given or ()) - set(names)) if by_name else []
    if unknown:
        raise ValueError(
            f"{kind} has the keys {unknown}, but the model's outputs are {names}."
        )
    one_for_all = kind.endswith("metrics") and len(given or []) < 2
    listed = isinstance(given, list | tuple) and not one_for_all
    if listed and len(given) != len(names):
        several = " several for one in a list," if kind.endswith("metrics") else ""
        raise ValueError(
            f"{kind} has {len(given)} entries, but the model has {len(names)} outputs, "
            f"{names}. Give one for each,{several} or a dict by their names."
        )


def _weighted(
    arguments: Mapping[str, Any], names: list[str], kind: type
) -> tuple[Any, Any]:
    """Return losses and their weights, arranged as the outputs are.

    Keras would take weights in a dict in the order of their sorted names, beside
    losses in the order of the outputs.
    """
    loss, weights = arguments.get("loss"), arguments["loss_weights"]
    if isinstance(loss, list | tuple):
        loss = dict(zip(names, loss, strict=True))
    elif not isinstance(loss, Mapping):
        loss = dict.fromkeys(names, loss)
    if isinstance(weights, list | tuple):
        weights = dict(zip(names, weights, strict=True))
    loss = {name: loss.get(name) for name in names}
    weights = {name: weights.get(name, 1.0) for name in names}
    if kind is dict:
        return loss, weights
    return list(loss.values()), list(weights.values())


def _another(metric: Any) -> Any:
    """Make a metric anew, which counts for one output only."""
    import keras

    if isinstance(metric, keras.metrics.Metric):
        return type(metric).from_config(metric.get_config())
    return metric
