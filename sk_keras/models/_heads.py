"""Output layers by the kind of target, shared by the ready builders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any


def model_of(
    inputs: Any, x: Any, target: Iterable[Any], hidden: int = 0, dropout: float = 0.0
) -> Any:
    """Make a model of features, with the output layers that a target needs.

    Parameters
    ----------
    inputs : keras.KerasTensor
    x : keras.KerasTensor of shape (None, n_features)
    target : iterable of target_type, n_outputs, n_classes
        As `output_layers` takes them.
    hidden : int, default=0
        Units of a dense layer on top of the features; 0 for none.
    dropout : float, default=0.0
        Share of units dropped before the output, in training.
    """
    import keras

    if hidden:
        x = keras.layers.Dense(hidden, activation="relu")(x)
    if dropout:
        x = keras.layers.Dropout(dropout)(x)
    return keras.Model(inputs, output_layers(x, *target))


def output_layers(
    features: Any,
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    initializer: str = "glorot_uniform",
) -> Any:
    """Put the output layers that a target needs on top of features.

    Parameters
    ----------
    features : keras.KerasTensor of shape (None, n_features)
    target_type : str or dict of str
        As the estimators find it; a dict gives one named output for each key.
    n_outputs : int, tuple of int, or dict of them
        Number of target columns, or the shape of a sample's values.
    n_classes : int, list of int or dict, or None
        None for regression.
    initializer : str, default="glorot_uniform"
        Of the weights of the output layers.

    Returns
    -------
    outputs : keras.KerasTensor, list or dict of them

    Raises
    ------
    ValueError
        If the target is of a kind that a flat output cannot express.
    """
    if isinstance(target_type, Mapping):
        each = n_classes if isinstance(n_classes, Mapping) else {}
        return {
            name: _output(
                features, kind, n_outputs[name], each.get(name), name, initializer
            )
            for name, kind in target_type.items()
        }
    if target_type == "multiclass-multioutput":
        kinds = [("multiclass" if k > 1 else "binary", k) for k in n_classes]
        return [
            _output(features, kind, 1, k, f"output_{i}", initializer)
            for i, (kind, k) in enumerate(kinds)
        ]
    return _output(features, target_type, n_outputs, n_classes, None, initializer)


def _output(
    features: Any,
    kind: str,
    n_outputs: Any,
    n_classes: Any,
    name: Any,
    initializer: str,
) -> Any:
    import keras

    shape = None
    if kind == "continuous":
        units, activation = n_outputs, "linear"
        if isinstance(n_outputs, tuple):
            units, shape = prod(n_outputs), keras.layers.Reshape(n_outputs, name=name)
    elif kind == "binary":
        units, activation = 1, "sigmoid"
    elif kind == "multilabel-indicator":
        units, activation = n_classes, "sigmoid"
    elif kind in ("multiclass", "multiclass-onehot"):
        units, activation = n_classes, "softmax"
    else:
        raise ValueError(
            "The ready builders give one row of values for each sample, which does "
            f"not fit a target of type {kind!r}. Give a builder of your own."
        )
    layer = keras.layers.Dense(
        units,
        activation=activation,
        kernel_initializer=initializer,
        name=None if shape else name,
    )
    return layer(features) if shape is None else shape(layer(features))
