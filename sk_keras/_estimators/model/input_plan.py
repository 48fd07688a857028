"""How X goes into a model's inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from sk_keras._estimators.model.vocabulary import Lookup, lookups_of
from sk_keras._shared.arrays.parts import parts_of
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.keras_objects.private_api.graphs import graph_of
from sk_keras._shared.keras_objects.private_api.layers import all_layers
from sk_keras._shared.serialization import tagged
from sk_keras._shared.warn import warn

MSG_INPUT = (
    "The model takes inputs of shape {model}, but {what} has shape {data}. {builder} "
    "can ask for input_shape or meta as an argument to size its input."
)
MSG_SPLIT = (
    "{builder} returned a model with {n} inputs ({inputs}), but X is one array of "
    "shape {data}. Give X as a dict or list with an array for each input, name the "
    "columns of each with input_columns, or let the widths of the inputs add up to "
    "X's.{few}"
)
#: A list of as many arrays as they have rows could be either.
MSG_FEW = (
    " A list of {n} arrays of {n} rows each is read as {n} rows: use a dict or an "
    "ArrayDict."
)
MSG_NAMES = (
    "The model of {builder} has the inputs {inputs}, but X has {given}. Name the Input "
    "layers as the keys of X."
)
MSG_COUNT = (
    "The model of {builder} has {n} input{s} ({inputs}), but X is a list of {given} "
    "arrays."
)

Shape = tuple[int | None, ...]


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
    lookups : tuple of pairs (str, Lookup)
        Inputs with the Embedding layers that they go straight into.
    """

    widths: tuple[int, ...] = ()
    single: bool = False
    packing: str | None = None
    by_name: bool = False
    names: tuple[str, ...] = ()
    integers: tuple[str, ...] = ()
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
        named = (
            dict(X)
            if isinstance(X, dict)
            else dict(zip(self.names, parts_of(X), strict=False))
        )
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
        if self.by_name:
            return named
        return _like(X, named) if self.lookups else X

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
        names=tuple(names),
        integers=tuple(integers),
        lookups=lookups,
    )
    if not several and len(tensors) > 1:
        return replace(kinds, widths=_widths(declared, X, builder))
    if not several:
        _check({"X": X}, {"X": declared[names[0]]}, builder)
        return replace(kinds, packing=_packing(model))
    if len(X) != len(tensors):
        raise ValueError(_miscounted(X, names, builder))
    single = len(tensors) == 1
    if isinstance(X, dict) and not single and set(X) != set(names):
        raise ValueError(MSG_NAMES.format(builder=builder, inputs=names, given=list(X)))
    # The only input takes the only array, whatever it is called.
    by_name = isinstance(X, dict) and not single
    parts = [X[name] for name in names] if by_name else parts_of(X)
    _check(dict(zip(names, parts, strict=True)), declared, builder)
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


def _miscounted(X: Any, names: list[str], builder: str) -> str:
    if isinstance(X, dict):
        return MSG_NAMES.format(builder=builder, inputs=names, given=list(X))
    return MSG_COUNT.format(
        builder=builder,
        n=len(names),
        s="s" if len(names) != 1 else "",
        inputs=", ".join(names),
        given=len(X),
    )


def _widths(declared: dict[str, Shape], X: Any, builder: str) -> tuple[int, ...]:
    """Read how many columns of one array go to each input."""
    flat = [shape[0] for shape in declared.values() if len(shape) == 1]
    widths = tuple(int(width) for width in flat if width is not None)
    whole = not isinstance(X, Ragged) and len(X.shape) == 2
    alike = len(X) == len(declared) and X.shape[1] in (len(X), None)
    if not whole or len(widths) != len(declared) or sum(widths) != X.shape[1]:
        raise ValueError(
            MSG_SPLIT.format(
                builder=builder,
                n=len(declared),
                inputs=", ".join(f"{n!r} {(None, *s)}" for n, s in declared.items()),
                data=("n_samples", *X.shape[1:]),
                few=MSG_FEW.format(n=len(X)) if alike else "",
            )
        )
    return widths


def _check(found: dict[str, Any], declared: dict[str, Shape], builder: str) -> None:
    for name, part in found.items():
        shape = tuple(part.shape[1:])
        if not _fits(declared[name], shape):
            raise ValueError(
                MSG_INPUT.format(
                    model=(None, *declared[name]),
                    what="X" if name == "X" else f"X[{name!r}]",
                    data=("n_samples", *shape),
                    builder=builder,
                )
            )


def _fits(declared: Shape, shape: Shape) -> bool:
    """Compare shapes; where a model has no fixed length (None), any will do."""
    return len(declared) == len(shape) and all(
        d is None or d == s for d, s in zip(declared, shape, strict=True)
    )
