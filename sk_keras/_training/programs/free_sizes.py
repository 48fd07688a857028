"""Widths of layers that programs do not depend on: one serves networks of all widths.

What a dense layer computes, and its gradient and update, is the same graph whatever
its number of units: TensorFlow learns of shapes when it runs. So does what is computed
element by element in between. Other layers have their sizes in constants of the graph.

No size is lost that counts: those of the inputs, of the outputs and of what goes into
any other layer are in the shapes of symbolic tensors, which count, and the shape of a
dense layer's weights follows from the tensors before and behind it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from sk_keras._shared.keras_objects.private_api.bookkeeping import (
    of_any_shape,
    of_any_width,
)
from sk_keras._shared.keras_objects.private_api.graphs import (
    calls_in,
    ends_of,
    graph_of,
)

L, C, R = keras.layers, keras.constraints, keras.regularizers

#: Layers whose output has the shape of their input, computed element by element.
ELEMENTWISE = (L.Activation, L.Dropout, L.ELU, L.Identity, L.LeakyReLU, L.ReLU)

#: Functions of Keras whose graph has no size in it.
ACTIVATIONS = frozenset(
    "elu exponential gelu hard_sigmoid hard_silu leaky_relu linear log_sigmoid "
    "log_softmax mish relu relu6 selu sigmoid silu softmax softplus softsign tanh "
    "tanh_shrink".split()
)

#: Optimizers that treat a variable element by element, or look at its norm.
OPTIMIZERS = frozenset(
    "SGD RMSprop Adam AdamW Nadam Adamax Adagrad Adadelta Ftrl Lamb Lion".split()
)

#: What layers may have on their weights, and regularizers on their outputs too.
CONSTRAINTS = (C.MaxNorm, C.NonNeg, C.UnitNorm)
REGULARIZERS = (R.L1, R.L2, R.L1L2)


class FreeSizes:
    """What of a model has a size that its programs do not depend on.

    Parameters
    ----------
    model : keras.Model or None
        Of Keras' own classes, all with the code that they came with; None for none.
    optimizer : keras.optimizers.Optimizer or None, default=None
        If it updates the variables.
    """

    def __init__(self, model: Any, optimizer: Any = None) -> None:
        graph = None if model is None else graph_of(model)
        #: Variables of dense layers with an open size, in a model that is trained.
        self.variables: list[Any] = []
        self._tensors: set[int] = set()
        self._dense: set[int] = set()
        self._variables: set[int] = set()
        if graph is None or not (optimizer is None or _is_elementwise(optimizer)):
            return
        calls = calls_in(graph)
        self._tensors = _free_tensors(calls, ends_of(graph))
        for call in calls:
            tensors = {*map(id, call.input_tensors), *map(id, call.outputs)}
            if type(call.operation) is L.Dense and tensors & self._tensors:
                self._dense.add(id(call.operation))
                self.variables += call.operation.variables
        self._variables = set(map(id, self.variables))
        # An optimizer's have the shapes of those that it updates.
        if self._dense and optimizer is not None:
            self._variables |= set(map(id, optimizer.variables))

    def counted(self, thing: Any, attributes: list[str]) -> list[str]:
        """Leave out attributes that tell sizes.

        Parameters
        ----------
        thing : object
        attributes : list of str
        """
        if id(thing) in self._dense:  # whose tensors tell what counts
            return of_any_width(attributes)
        if id(thing) in self._variables:
            return of_any_shape(attributes)
        return attributes

    def of_tensor(self, tensor: Any) -> Hashable:
        """Return the shape of a symbolic tensor, as far as it counts."""
        *others, last = tensor.shape or (None,)
        return (*others, _size(last)) if id(tensor) in self._tensors else tensor.shape

    def of_variable(self, variable: Any) -> Hashable:
        """Return the shape of a variable, as far as it counts."""
        shape = tuple(variable.shape)
        return tuple(map(_size, shape)) if id(variable) in self._variables else shape


@contextmanager
def sized_when_run(variables: list[Any]) -> Iterator[None]:
    """Have the graphs of penalties on variables leave shapes open while it is traced.

    The gradient of a sum has the shape of what was added up in it, if that is known.

    Parameters
    ----------
    variables : list of keras.Variable
        Of a model without code that would look at their regularizers.
    """
    regularizers = [(v, v.regularizer) for v in variables if v.regularizer is not None]
    for variable, usual in regularizers:
        variable.regularizer = _SizedWhenRun(usual)
    try:
        yield
    finally:
        for variable, usual in regularizers:
            variable.regularizer = usual


class _SizedWhenRun(keras.regularizers.Regularizer):
    def __init__(self, usual: Any) -> None:
        self._usual = usual

    def __call__(self, variable: Any) -> Any:
        value = keras.ops.convert_to_tensor(variable)
        shape = (None,) * len(value.shape)
        return self._usual(tf.raw_ops.PlaceholderWithDefault(input=value, shape=shape))


def _size(size: Any) -> Hashable:
    # A single one is repeated wherever there are more beside it.
    return size if size == 1 else "any"


def _free_tensors(calls: list[Any], ends: Any) -> set[int]:
    """Return the ids of the tensors whose last axis may have any length."""
    fixed = set(map(id, keras.tree.flatten(ends)))
    tied = []
    for call in calls:
        tensors = {*map(id, call.input_tensors), *map(id, call.outputs)}
        if type(call.operation) in ELEMENTWISE and is_plain(call.operation):
            tied.append(tensors)
        elif not _is_free_dense(call):
            fixed |= tensors
    everything = {id(t) for call in calls for t in (*call.input_tensors, *call.outputs)}
    before = -1
    while before != len(fixed):
        before = len(fixed)
        for tensors in tied:
            if tensors & fixed:
                fixed |= tensors
    return everything - fixed


def _is_free_dense(call: Any) -> bool:
    layer = call.operation
    return (
        type(layer) is L.Dense
        and len(call.input_tensors) == 1
        and len(call.input_tensors[0].shape) == 2
        and not call.arguments.kwargs
        and not layer.lora_enabled
        and layer.quantization_mode is None
        and all(_is_one_of(REGULARIZERS, v.regularizer) for v in layer.variables)
        and all(_is_one_of(CONSTRAINTS, v.constraint) for v in layer.variables)
        and is_plain(layer)
    )


def is_plain(layer: Any) -> bool:
    """Tell whether the activation and the penalty of a layer are in the tables.

    Functions go by their names: that they are Keras' own is for `PlainValues` to say.
    """
    activation = getattr(layer, "activation", None)
    name = "linear" if activation is None else getattr(activation, "__name__", None)
    known = name in ACTIVATIONS
    return known and _is_one_of(
        REGULARIZERS, getattr(layer, "activity_regularizer", None)
    )


def _is_one_of(classes: Iterable[type], thing: Any) -> bool:
    return thing is None or type(thing) in classes


def _is_elementwise(optimizer: Any) -> bool:
    return (
        type(optimizer).__name__ in OPTIMIZERS
        and optimizer.gradient_accumulation_steps is None
    )
