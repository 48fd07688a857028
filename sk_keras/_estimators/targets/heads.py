"""What a built model puts out: one `Head` for each of its outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.keras_objects.private_api.graphs import calls_of, origin_of
from sk_keras._shared.serialization import tagged


@tagged("output")
@dataclass(frozen=True)
class Head:
    """One output of a model.

    Attributes
    ----------
    name : str
    shape : tuple of int or None
        Without the batch axis.
    activation : str or None
        Its last activation, None where the model does not tell.
    """

    name: str
    shape: tuple[int | None, ...]
    activation: str | None

    @property
    def width(self) -> int | None:
        """Size of the last axis; 1 where there is none."""
        return self.shape[-1] if self.shape else 1

    def __str__(self) -> str:
        kind = f" with {self.activation}" if self.activation else ""
        return f"output {self.name!r} of shape {(None, *self.shape)}{kind}"


def output_heads(model: Any, few: Any) -> tuple[list[Head], str]:
    """Describe the outputs of a built model.

    Parameters
    ----------
    model : keras.Model
    few : array of shape (n, ...)
        A few rows of input, for models that only tell when called.

    Returns
    -------
    heads : list of Head
    structure : {"array", "list", "dict"}
        How the model arranges them: "array" is a single output, alone.
    """
    import keras

    if getattr(model, "outputs", None):
        output = model.output if isinstance(model, keras.Function) else None
        if isinstance(output, Mapping):
            names, tensors = _named(output)
        else:
            tensors = list(model.outputs)
            names = list(getattr(model, "output_names", [model.layers[-1].name]))
        activations = [_activation_of(t) for t in tensors]
    else:
        output = model(few, training=False)
        names, tensors = _named(output)
        activations = [_guess_activation(t) for t in tensors]
    heads = [
        Head(name, tuple(t.shape[1:]), activation)
        for name, t, activation in zip(names, tensors, activations, strict=True)
    ]
    if isinstance(output, Mapping):
        return heads, "dict"
    return heads, "array" if len(heads) == 1 else "list"


def flat_outputs(raw: Any, heads: Sequence[Head]) -> list[Any]:
    """Put what a model returned into a list in the order of its heads."""
    if isinstance(raw, Mapping):
        raw = [raw[head.name] for head in heads]
    parts = raw if isinstance(raw, list | tuple) else [raw]
    return [part if isinstance(part, Ragged) else np.asarray(part) for part in parts]


def packed(parts: list[Any], heads: Sequence[Head], structure: str) -> Any:
    """Arrange encoded targets as the model arranges its outputs."""
    if structure == "dict":
        return {head.name: part for head, part in zip(heads, parts, strict=True)}
    return parts[0] if structure == "array" else parts


def _named(output: Any) -> tuple[list[str], list[Any]]:
    if isinstance(output, Mapping):
        names = sorted(output)
        return names, [output[n] for n in names]
    tensors = list(output) if isinstance(output, list | tuple) else [output]
    return [f"output_{i}" for i in range(len(tensors))], tensors


#: Layers that hand values on as they are; the activation lies before them.
_SEE_THROUGH = (
    "Reshape",
    "Flatten",
    "Permute",
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "Identity",
)


def _activation_of(tensor: Any) -> str | None:
    """Name the activation that a symbolic tensor went through last."""
    origin = origin_of(tensor)
    if origin is None:
        return None
    layer = origin.operation
    if type(layer).__name__ in _SEE_THROUGH:
        before = calls_of(layer)[origin.node_index].input_tensors
        return _activation_of(before[0])
    if hasattr(layer, "outputs") and hasattr(layer, "layers"):
        return _activation_of(layer.outputs[origin.tensor_index])
    return layer_activation(layer)


def layer_activation(layer: Any) -> str | None:
    """Name a layer's activation, None where it has none that can be named."""
    import keras

    if type(layer).__name__ in ("TimeDistributed", "Bidirectional"):
        layer = getattr(layer, "layer", None) or layer.forward_layer
    if isinstance(layer, keras.layers.Softmax):
        return "softmax"
    activation = getattr(layer, "activation", None)
    if activation is None:
        return None
    return getattr(activation, "__name__", None) or type(activation).__name__


def _guess_activation(values: Any) -> str | None:
    """Name the last activation of a subclassed model, where that is certain.

    Such a model has no graph to look at. Only rows that sum to 1 tell what
    gave them.
    """
    values = np.asarray(values)
    in_unit = bool(np.all((values >= 0) & (values <= 1)))
    several = values.ndim > 1 and values.shape[-1] > 1
    if several and in_unit and np.allclose(values.sum(axis=-1), 1.0, atol=1e-4):
        return "softmax"
    return None
