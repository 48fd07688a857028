"""Ready builders for tables."""

from __future__ import annotations

from typing import Any

from sk_keras._shared.set_module import set_module
from sk_keras.models._arguments import PAD, of_one_shape, positive_integers
from sk_keras.models._heads import output_layers


@set_module("sk_keras.models")
def mlp(
    input_shape: tuple[int, ...],
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    hidden_layer_sizes: Any = (100,),
    activation: str = "relu",
    dropout: float = 0.0,
    batch_norm: bool = False,
    l2: float = 1e-4,
) -> Any:
    """Build a multi-layer perceptron.

    Parameters
    ----------
    input_shape : tuple of int
        Shape of a sample; more than one axis is flattened.
    target_type, n_outputs, n_classes
        Facts about the target, filled in by the estimators.
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of each hidden layer.
    activation : str or callable, default="relu"
        Of the hidden layers.
    dropout : float, default=0.0
        Share of units dropped after each hidden layer, in training.
    batch_norm : bool, default=False
        Whether each hidden layer is followed by `keras.layers.BatchNormalization`.
    l2 : float, default=1e-4
        Factor of the squared weights in the loss.

    Returns
    -------
    keras.Model
        Not compiled.

    Raises
    ------
    ValueError
        If samples differ in length, or a number of units is none.

    Examples
    --------
    >>> from sk_keras.models import mlp
    >>> mlp((4,), "multiclass", 1, 3, hidden_layer_sizes=(8,)).output_shape
    (None, 3)
    """
    import keras

    of_one_shape(input_shape, "mlp", PAD)
    name = "hidden_layer_sizes"
    sizes = positive_integers(hidden_layer_sizes, "mlp", name, at_least=0)
    regularizer = keras.regularizers.L2(l2) if l2 else None
    inputs = keras.Input(input_shape)
    x = keras.layers.Flatten()(inputs) if len(input_shape) > 1 else inputs
    for units in sizes:
        x = keras.layers.Dense(units, kernel_regularizer=regularizer)(x)
        if batch_norm:
            x = keras.layers.BatchNormalization()(x)
        x = keras.layers.Activation(activation)(x)
        if dropout:
            x = keras.layers.Dropout(dropout)(x)
    return keras.Model(inputs, output_layers(x, target_type, n_outputs, n_classes))
