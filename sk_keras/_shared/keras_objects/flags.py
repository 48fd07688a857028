"""Which of a model's layers are trained.

Keras has a flag ``trainable`` on every layer and every variable.
"""

from __future__ import annotations

from typing import Any

from sk_keras._shared.keras_objects.private_api.layers import all_layers, set_own_flag

#: Flags of the layers and of the variables, in the order in which a model has them.
Flags = tuple[tuple[bool, ...], tuple[bool, ...]]


def flags_of(model: Any) -> Flags:
    """Read the flags of a model's layers and variables.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    layers, variables : tuple of bool
    """
    layers = tuple(bool(layer.trainable) for layer in all_layers(model))
    return layers, tuple(bool(variable.trainable) for variable in model.variables)


def set_flags(model: Any, flags: Flags) -> bool:
    """Write flags that `flags_of` has read from a model of the same build.

    Returns
    -------
    bool
        Whether any of them was another one before.
    """
    before = flags_of(model)
    for layer, flag in zip(all_layers(model), flags[0], strict=False):
        # The public attribute would set the flags of everything inside.
        set_own_flag(layer, flag)
    for variable, flag in zip(model.variables, flags[1], strict=False):
        variable.trainable = flag
    return flags_of(model) != before
