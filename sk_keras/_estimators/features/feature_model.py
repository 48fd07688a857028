"""The model that computes features, and how it is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_keras._shared.keras_objects.private_api.graphs import (
    graph_of,
    mask_of,
    origin_of,
)
from sk_keras._shared.serialization import Plain, from_plain, tagged

MSG_RANK = (
    "pooling={pooling!r} is for outputs with one to three axes between the rows and "
    "the channels. Layer {name!r} puts out {shape}. Set pooling=None."
)

#: Held by the thread that makes a model of a pickle.
_TURN = threading.Lock()


@tagged("kept model", lazy=True)
@dataclass
class KeptModel:
    """A model that is made again from a pickle when it is wanted, and not before.

    Attributes
    ----------
    held : keras.Model or Plain
        Its own copy, or the plain values of one.
    """

    held: Any

    @property
    def model(self) -> Any:
        """The model."""
        if isinstance(self.held, Plain):
            from sk_keras._shared.keras_objects.seeding import (
                plain_variable_names,
                seeded,
            )

            # The seed is for weights that are replaced.
            with _TURN, seeded(0), plain_variable_names():
                if isinstance(self.held, Plain):
                    self.held = from_plain(self.held.value)
        return self.held


def feature_model(
    part: Any, X: Any, prepare: Callable[[Any], Any] | None, pooling: str | None
) -> Any:
    """Put a preparation before a model, and pooling behind it.

    Parameters
    ----------
    part : keras.Model
        Ends in the outputs that are wanted.
    X : array, CSR matrix or Ragged, or a dict or list of them
        Tells the shape of a row, and its type where the model does not.
    prepare : callable or None
        Applied to X.
    pooling : {"avg", "max"} or None

    Returns
    -------
    keras.Model
        Puts out a list of tensors.
    """
    import keras

    graph = graph_of(part)
    inputs, outputs = (None, None) if graph is None else (graph.input, graph.outputs)
    if prepare is not None:
        inputs = keras.Input(X.shape[1:])
        outputs = part(prepare(inputs))
    elif inputs is None:
        kind = "string" if str(X.dtype) == "object" else str(X.dtype)
        inputs = keras.Input(X.shape[1:], dtype=kind)
        outputs = part(inputs)
    pooled = [_pooled(tensor, pooling) for tensor in keras.tree.flatten(outputs)]
    return keras.Model(inputs, pooled)


def _pooled(tensor: Any, pooling: str | None) -> Any:
    import keras

    rank = len(tensor.shape)
    if pooling and rank > 2:
        if rank > 5:
            name = origin_of(tensor).operation.name
            raise ValueError(
                MSG_RANK.format(pooling=pooling, name=name, shape=tensor.shape)
            )
        kind = {"avg": "Average", "max": "Max"}[pooling]
        if pooling == "max" and mask_of(tensor) is not None:
            from sk_keras.models.layers import MaxOfSteps

            return _of_32_bits(MaxOfSteps()(tensor))
        tensor = getattr(keras.layers, f"Global{kind}Pooling{rank - 2}D")()(tensor)
    return _of_32_bits(tensor)


def _of_32_bits(tensor: Any) -> Any:
    """Make floats of what has less than NumPy and scikit-learn want."""
    import keras

    few = tensor.dtype in ("float16", "bfloat16")
    return keras.ops.cast(tensor, "float32") if few else tensor


def side_by_side(outputs: list[np.ndarray]) -> np.ndarray:
    """Flatten the outputs for each row, and join them."""
    flat = [np.reshape(out, (len(out), -1)) for out in outputs]
    return flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)


def known_width(outputs: list[Any]) -> int | None:
    """Count the features of a row; None if the model's shapes do not tell."""
    sizes = [size for tensor in outputs for size in tensor.shape[1:]]
    if None in sizes:
        return None
    return sum(int(np.prod(tensor.shape[1:], dtype=int)) for tensor in outputs)
