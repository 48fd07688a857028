"""How X goes into a model's inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from sk_keras._estimators.model.input_checks import (
    MSG_NAMES,
    check_shapes,
    miscounted,
    of_kind,
    widths_of_inputs,
)
from sk_keras._estimators.model.vocabulary import Lookup, lookups_of
from sk_keras._shared.arrays.parts import parts_of
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.keras_objects.private_api.graphs import graph_of
from sk_keras._shared.keras_objects.private_api.layers import all_layers
from sk_keras._shared.serialization import tagged
from sk_keras._shared.warn import warn


@tagged("inputs")
@dataclass(frozen=True)
class InputPlan:
    """What to do with checked X before it goes to the model.

    Attributes
    ----------
    widths : tuple of int
        Columns of one array that go to each input; () if X comes apart already.
    single : bool
        Whether the only part of a dict or list is the model's only input.
    packing : str or None
        The key, if the model takes its only input in a dict; "" for a list.
    by_name : bool
        Whether the model takes its inputs in a dict, and X is none.
    names : tuple of str
        The model's inputs, in order.
    integers : tuple of str
        Those of them that take integers.
    declared : bool
        Whether the model says what its inputs are.
    strings : tuple of str
        Those of them that take strings.
    scalars : tuple of str
        Those of them that take a single value for each row, without an axis for it.
    lookups : tuple of pairs (str, Lookup)
        Inputs with the Embedding layers that they go straight into.
    """

    widths: tuple[int, ...] = ()
    single: bool = False
    packing: str | None = None
    by_name: bool = False
    names: tuple[str, ...] = ()
    integers: tuple[str, ...] = ()
    declared: bool = False
    strings: tuple[str, ...] = ()
    scalars: tuple[str, ...] = ()
    lookups: tuple[tuple[str, Lookup], ...] = ()

    def arrange(self, X: Any, *, training: bool = False) -> Any:
        """Return X as the model takes it.

        Parameters
        ----------
        X : array, CSR matrix or Ragged, or a dict or list of them
            Checked.
        training : bool, default=False
            Whether the model learns from it.

        Raises
        ------
        ValueError
            If fractions would be cut off for an input of integers, or integers
            are not known to an Embedding layer.
        """
        X = self._arranged(X)
        if not (self.declared or self.integers or self.lookups):
            return X  # nothing is known of the inputs
        named = (
            dict(X)
            if isinstance(X, dict)
            else dict(zip(self.names, parts_of(X), strict=False))
        )
        for name in named if self.declared else ():
            what = "X" if len(named) == 1 else f"X[{name!r}]"
            named[name] = of_kind(what, named[name], name in self.strings)
        for name in self.integers:
            if _has_fractions(named[name]):
                raise ValueError(
                    f"The model's input {name!r} takes integers, and X has fractions, "
                    "which would be cut off. Give integers, or let the input take "
                    "floats."
                )
        for name, lookup in self.lookups:
            what = "X" if len(named) == 1 else f"X[{name!r}]"
            named[name] = lookup.known(named[name], what, training=training)
        for name in self.scalars:
            named[name] = named[name][:, 0]
        return named if self.by_name else _like(X, named)

    def _arranged(self, X: Any) -> Any:
        X = parts_of(X)[0] if self.single else X
        if self.packing is not None:
            return {self.packing: X} if self.packing else [X]
        if not self.widths:
            return X
        ends = [sum(self.widths[: i + 1]) for i in range(len(self.widths))]
        return [X[:, end - w : end] for w, end in zip(self.widths, ends, strict=True)]


def _like(X: Any, named: dict[str, Any]) -> Any:
    """Put inputs together as they were in X."""
    if isinstance(X, dict):
        return named
    return list(named.values()) if isinstance(X, list) else next(iter(named.values()))


def _has_fractions(part: Any) -> bool:
    values: Any = part.values if isinstance(part, Ragged) else part
    values = values.data if sparse.issparse(values) else values
    return bool(values.dtype.kind == "f" and np.mod(values, 1).any())


MSG_MASK_VALUE = (
    "The model of {builder} masks {value!r}, and sequences of unequal length are "
    "filled up with zeros. Use Masking(0.0), or fill them up yourself: "
    "SequencePadder(value={value!r})."
)


def warn_unmasked(model: Any, X: Any, builder: str) -> None:
    """Warn of a model that cannot tell padding from data, given unequal sequences.

    Raises
    ------
    ValueError
        If it masks another value than what rows are filled up with.
    """
    import keras

    if not any(isinstance(part, Ragged) for part in parts_of(X)):
        return
    others = []
    for layer in all_layers(model):
        own_mask = not type(layer).__module__.startswith("keras.") and (
            type(layer).compute_mask is not keras.Layer.compute_mask
        )
        if isinstance(layer, keras.layers.Masking):
            if not np.any(layer.mask_value):
                return
            others.append(layer)
        elif own_mask or getattr(layer, "mask_zero", False):
            return
    if others:
        raise ValueError(
            MSG_MASK_VALUE.format(builder=builder, value=others[0].mask_value)
        )
    warn(
        "Sequences of unequal length are filled up with zeros at the end, and the "
        f"model of {builder} has no Masking layer and no Embedding(mask_zero=True): it "
        "takes the zeros for data, so that a prediction depends on the rows beside it."
    )


def with_lookups(
    plan: InputPlan, model: Any, learned: Any, row: Sequence[int]
) -> InputPlan:
    """Complete the plan of a model for one array that declared no input.

    Parameters
    ----------
    plan : InputPlan
    model : keras.Model
        Built.
    learned : int, dict, list or None
        Sizes of vocabularies that the builder took from the data.
    row : tuple of int
        Shape of a sample, as the model was called with it.
    """
    tensors = getattr(model, "inputs", None) or []
    inputs = dict(zip(["X"], tensors, strict=False))
    row = inputs["X"].shape[1:] if inputs else row
    lookups = lookups_of(model, inputs, learned, row)
    integers = ("X",) if lookups else ()
    return replace(plan, names=("X",), integers=integers, lookups=lookups)


def plan_inputs(model: Any, X: Any, builder: str, learned: Any = None) -> InputPlan:
    """Match X with the inputs that a built model declares.

    Parameters
    ----------
    model : keras.Model
        With ``inputs``.
    X : array, CSR matrix or Ragged, or a dict or list of them
        A few rows.
    builder : str
        For messages.
    learned : int, dict, list or None, default=None
        Sizes of vocabularies that the builder took from the data.

    Raises
    ------
    ValueError
        If they do not fit.
    """
    tensors = list(model.inputs)
    names = _names_of(model, tensors)
    declared = {n: tuple(t.shape)[1:] for n, t in zip(names, tensors, strict=True)}
    inputs = dict(zip(names, tensors, strict=True))
    lookups = lookups_of(model, inputs, learned, declared[names[0]])
    looked_up = {name for name, _ in lookups}
    integers = [
        n
        for n, t in zip(names, tensors, strict=True)
        if "int" in t.dtype or n in looked_up
    ]
    several = isinstance(X, dict | list)
    apart = len(tensors) > 1 and not isinstance(X, dict)
    kinds = InputPlan(
        by_name=apart and isinstance(_input_structure(model), Mapping),
        declared=True,
        strings=tuple(name for name, t in inputs.items() if t.dtype == "string"),
        scalars=tuple(name for name, shape in declared.items() if not shape),
        names=tuple(names),
        integers=tuple(integers),
        lookups=lookups,
    )
    if not several and len(tensors) > 1:
        return replace(kinds, widths=widths_of_inputs(declared, X, builder))
    if not several:
        check_shapes({"X": X}, {"X": declared[names[0]]}, builder)
        return replace(kinds, packing=_packing(model))
    if len(X) != len(tensors):
        raise ValueError(miscounted(X, names, builder))
    single = len(tensors) == 1
    if isinstance(X, dict) and not single and set(X) != set(names):
        raise ValueError(MSG_NAMES.format(builder=builder, inputs=names, given=list(X)))
    # The only input takes the only array, whatever it is called.
    by_name = isinstance(X, dict) and not single
    parts = [X[name] for name in names] if by_name else parts_of(X)
    check_shapes(dict(zip(names, parts, strict=True)), declared, builder)
    return replace(kinds, single=single, packing=_packing(model) if single else None)


def _input_structure(model: Any) -> Any:
    graph = graph_of(model)
    return None if graph is None else graph.input


def _packing(model: Any) -> str | None:
    """Say how a model takes its only input, where not as it is."""
    structure = _input_structure(model)
    if isinstance(structure, Mapping):
        return next(str(name) for name in structure)
    return "" if isinstance(structure, list | tuple) else None


def _names_of(model: Any, tensors: list[Any]) -> list[str]:
    """Name the inputs as Keras looks them up in a dict."""
    structure = _input_structure(model)
    if isinstance(structure, Mapping):
        by_tensor = {id(tensor): str(name) for name, tensor in structure.items()}
        if all(id(tensor) in by_tensor for tensor in tensors):
            return [by_tensor[id(tensor)] for tensor in tensors]
    return [str(tensor.name) for tensor in tensors]
