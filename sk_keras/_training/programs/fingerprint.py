"""What a traced program depends on, as a value that can be compared.

A graph that was traced for one model may run another one's variables only if
tracing that other one would have given the same graph. A fingerprint holds
everything that goes into a trace: configs of layers, losses, metrics and
optimizers without the names that Keras numbers; for classes and functions that
are not part of an installed package also their code, and what that code reads
from closures, defaults and globals. Something that cannot be compared raises
`CannotCompare`; such a model keeps its programs for itself.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Mapping
from typing import Any

import keras
import tensorflow as tf

from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.keras_objects.private_api.training import compile_arguments
from sk_keras._training.programs.keras_tokens import KerasTokens, variable_token


class Fingerprint:
    """The parts of a model's fingerprint; programs take what they depend on.

    Parameters
    ----------
    model : keras.Model
        Built.

    Raises
    ------
    CannotCompare
        If there is something that cannot be compared.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self._tokens = KerasTokens(model)

    @functools.cached_property
    def forward(self) -> Hashable:
        """What a forward pass depends on."""
        return (
            keras.config.floatx(),
            keras.config.image_data_format(),
            keras.config.epsilon(),
            keras.config.dtype_policy().name,
            self._tokens.of(self.model),
            tuple(variable_token(v) for v in self.model.variables),
        )

    @functools.cached_property
    def measuring(self) -> Hashable:
        """What the forward pass with loss and metrics depends on."""
        model = self.model
        compiled = compile_arguments(model)
        compiled.pop("optimizer", None)
        several = isinstance(getattr(model, "output_names", None), list)
        names = list(model.output_names) if several else []
        return (
            self.forward,
            self._tokens.of(compiled),
            self._tokens.of(model.loss),
            model.jit_compile,
            # Logs are named after the outputs where there is more than one.
            tuple(names) if len(names) > 1 else (),
        )

    @functools.cached_property
    def training(self) -> Hashable:
        """What a step of training depends on."""
        # A rate that is a number is kept in a variable, and not in here.
        optimizer = self.model.optimizer
        made = [] if optimizer is None else optimizer.variables
        return (
            self.measuring,
            self._tokens.of(optimizer),
            tuple(variable_token(v) for v in made),
        )


def signature(data: Any, *, padded: bool = False) -> tuple[Hashable, Any]:
    """Describe a batch of arrays or tensors, but for the number of its rows.

    Parameters
    ----------
    data : array or Ragged, or a structure of them
    padded : bool, default=False
        Whether sequences of unequal length come filled up.

    Returns
    -------
    key : hashable
    specs : the same structure of tensorflow.TensorSpec
    """
    specs = keras.tree.map_structure(
        lambda part: _spec(part, ragged=isinstance(part, Ragged) and not padded), data
    )
    key = tuple(
        (path, type(spec), spec.shape.as_list().__repr__(), spec.dtype.name)
        for path, spec in keras.tree.flatten_with_path(specs)
    )
    return (_structure(data), key), specs


def _spec(part: Any, *, ragged: bool) -> Any:
    shape, dtype = (None, *part.shape[1:]), tf.as_dtype(part.dtype)
    if ragged:
        return tf.RaggedTensorSpec(shape, dtype, 1, row_splits_dtype=tf.int64)
    return tf.TensorSpec(shape, dtype)


def _structure(data: Any) -> Hashable:
    if isinstance(data, Mapping):
        return (dict, tuple((k, _structure(v)) for k, v in data.items()))
    if isinstance(data, list | tuple):
        return (type(data), tuple(_structure(v) for v in data))
    return None
