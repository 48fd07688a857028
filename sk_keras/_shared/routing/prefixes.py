"""Routed names: ``optimizer__learning_rate`` goes to the optimizer.

Plain functions over plain dicts. A routed name is a prefix, two underscores
and the name that the consumer behind the prefix knows.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from sk_keras._shared.routing.did_you_mean import suggestion
from sk_keras._shared.routing.signatures import constructor_names

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


MSG_DECAY = (
    "Keras optimizers have no argument 'decay' any more. The same rates come from a "
    "schedule: optimizer__learning_rate=keras.optimizers.schedules.InverseTimeDecay("
    "initial_learning_rate, decay_steps=1, decay_rate={decay!r})."
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


def takes_decay(optimizer: Any) -> bool:
    """Tell whether an optimizer is of a class that has an argument ``decay``.

    Those of earlier Keras versions had; today a user's own may have.
    """
    cls = optimizer if inspect.isclass(optimizer) else type(optimizer)
    return "decay" in constructor_names(cls)[0]


def decay_message(decay: Any) -> str:
    """Say what takes the place of ``decay=``, with the value that was given."""
    return MSG_DECAY.format(decay=decay)


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
