"""Ready builders for pairs of samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sk_keras._shared.set_module import set_module
from sk_keras.models._arguments import PAD, of_one_shape, positive_integers
from sk_keras.models._heads import output_layers

MERGES = ("difference", "distance", "concatenate")


@set_module("sk_keras.models")
def siamese(
    input_shape: Any,
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    hidden_layer_sizes: int | Sequence[int] = (64, 32),
    activation: str = "relu",
    dropout: float = 0.0,
    merge: str = "difference",
    encoder: Callable[[tuple[int, ...]], Any] | None = None,
) -> Any:
    """Build a network that compares two samples.

    One encoder, with the same weights, turns each of the two into a vector. The
    output is computed from both vectors.

    Parameters
    ----------
    input_shape : tuple of int, dict of str to tuple, or sequence of tuples
        Shapes of the two samples of a pair, which must be alike. A dict names
        the inputs, which are "left" and "right" otherwise. A single tuple
        ``(n_features,)`` means that both lie side by side in one row, each in a
        half of it.
    target_type, n_outputs, n_classes
        Facts about the target, filled in by the estimators.
    hidden_layer_sizes : int or sequence of int, default=(64, 32)
        Units of each dense layer of the encoder, which flattens samples of more
        than one axis.
    activation : str or callable, default="relu"
        Of these layers.
    dropout : float, default=0.0
        Share of units dropped after each of these layers, in training.
    merge : {"difference", "distance", "concatenate"}, default="difference"
        What the output is computed from: the absolute differences between the
        components of both vectors, the Euclidean distance between the vectors,
        or the vectors one after the other. With the first two, it makes no
        difference which sample is on which side.
    encoder : callable, default=None
        Takes the shape of a sample and returns a `keras.Model`, an encoder of
        your own in place of dense layers.

    Returns
    -------
    keras.Model
        Not compiled, of two inputs. The layer "encoder" is the encoder, unless
        your own has another name.

    Raises
    ------
    ValueError
        If there are not two samples of the same shape, samples differ in length,
        `merge` is none of the three, or a number of units is none.
    TypeError
        If `encoder` is no function, or does not return a model.

    Examples
    --------
    >>> from sk_keras.models import siamese
    >>> siamese([(4,), (4,)], "binary", 1, 2).input_shape
    [(None, 4), (None, 4)]
    >>> siamese((8,), "binary", 1, 2).input_shape
    [(None, 4), (None, 4)]
    """
    import keras

    if merge not in MERGES:
        raise ValueError(f"merge must be one of {MERGES}. Got {merge!r}.")
    of_one_shape(input_shape, "siamese", PAD)
    shapes = _shapes_of_both(input_shape)
    shape = next(iter(shapes.values()))
    if encoder is None:
        encode = _dense_encoder(shape, hidden_layer_sizes, activation, dropout)
    else:
        encode = _own_encoder(encoder, shape)
    inputs = [keras.Input(shape, name=name) for name in shapes]
    left, right = (encode(one) for one in inputs)
    if len(left.shape) > 2:
        left, right = keras.layers.Flatten()(left), keras.layers.Flatten()(right)
    # A distance is never negative. A weight for it that begins with the wrong sign
    # would shrink distances in place of changing its sign.
    initializer = "zeros" if merge == "distance" else "glorot_uniform"
    facts = (target_type, n_outputs, n_classes)
    outputs = output_layers(_merged(left, right, merge), *facts, initializer)
    return keras.Model(inputs, outputs)


def _shapes_of_both(input_shape: Any) -> dict[str, tuple[int, ...]]:
    """Find the shapes of the two samples of a pair, by the names of the inputs."""
    if isinstance(input_shape, Mapping):
        shapes = {str(name): tuple(shape) for name, shape in input_shape.items()}
    elif all(isinstance(part, Sequence) for part in input_shape):
        names = ("left", "right", *(f"input_{i}" for i in range(2, len(input_shape))))
        shapes = dict(zip(names, map(tuple, input_shape), strict=False))
    elif len(input_shape) == 1 and input_shape[0] % 2 == 0:
        shapes = dict.fromkeys(("left", "right"), (input_shape[0] // 2,))
    else:
        raise ValueError(
            "siamese needs two inputs of the same shape: X as a dict or list of two "
            "arrays, or one X of shape (n_samples, 2 * n_features) with both samples "
            f"of a pair side by side. Got samples of shape {tuple(input_shape)}."
        )
    if len(shapes) != 2 or len(set(shapes.values())) != 1:
        raise ValueError(
            f"siamese needs two inputs of the same shape. Got {len(shapes)}: {shapes}."
        )
    return shapes


def _dense_encoder(
    shape: tuple[int, ...], sizes: Any, activation: Any, dropout: float
) -> Any:
    import keras

    inputs = keras.Input(shape)
    x = keras.layers.Flatten()(inputs) if len(shape) > 1 else inputs
    name = "hidden_layer_sizes"
    for units in positive_integers(sizes, "siamese", name, at_least=0):
        x = keras.layers.Dense(units, activation=activation)(x)
        if dropout:
            x = keras.layers.Dropout(dropout)(x)
    return keras.Model(inputs, x, name="encoder")


def _own_encoder(encoder: Any, shape: tuple[int, ...]) -> Any:
    import keras

    wanted = (
        "encoder must be a function that takes the shape of a sample and returns a "
        "keras.Model."
    )
    if isinstance(encoder, keras.Layer) or not callable(encoder):
        raise TypeError(f"{wanted} Got {encoder!r}.")
    model = encoder(shape)
    if not isinstance(model, keras.Layer):
        raise TypeError(f"{wanted} {encoder!r} returned {model!r}.")
    return model


def _merged(left: Any, right: Any, merge: str) -> Any:
    import keras

    if merge == "concatenate":
        return keras.layers.Concatenate()([left, right])
    difference = keras.ops.subtract(left, right)
    if merge == "difference":
        return keras.ops.absolute(difference)
    squares = keras.ops.sum(keras.ops.square(difference), axis=-1, keepdims=True)
    # The root has no slope at 0, where both samples are the same.
    return keras.ops.sqrt(keras.ops.maximum(squares, keras.config.epsilon()))
