"""One array as y: whole, or its columns shared by several outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from sk_keras._estimators.targets.base import Targets, mismatch
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.ragged_targets import array_or_ragged
from sk_keras._shared.arrays.array_dict import ArrayDict
from sk_keras._shared.serialization import tagged

NAME_THEM = (
    "Give y as a dict with a target for each output, or a matrix whose columns are "
    "divided among them."
)
BUILD_THEM = (
    "Build a model with one output for each column, or one output of shape (None, "
    "n_columns, n_classes)."
)


@tagged("columns of targets")
@dataclass(frozen=True, eq=False)
class ColumnTargets(Targets):
    """A matrix whose columns are shared by several outputs.

    Attributes
    ----------
    names : tuple of str
        Names of the columns, where y was a table.
    columns : tuple of tuple of int
        Which are each output's; empty until `bind`.
    elements : Targets or None
        What labels are if the model has an axis for the columns.
    """

    names: tuple[str, ...] = ()
    columns: tuple[tuple[int, ...], ...] = ()
    elements: Targets | None = None

    target_type = "multiclass-multioutput"

    def arranged(self, values: Sequence[Any]) -> list[Any]:
        """List what belongs to each output, in the order of the columns of y."""
        firsts = [columns[0] for columns in self.columns] or range(len(values))
        return [values[i] for i in np.argsort(firsts)]

    def of_elements(self) -> Targets | None:
        """Return labels of elements, where there are labels."""
        return self.elements

    def bind(self, heads: Sequence[Head], structure: str) -> Targets:
        """Give outputs their columns: by the names of a table, or else in order."""
        if self.elements is not None and _along_an_axis(heads):
            return self.elements.bind(heads, structure)
        if len(self.codecs) != len(heads):
            raise mismatch(heads, f"{len(self.codecs)} columns of labels", BUILD_THEM)
        codecs, names = self.codecs, [head.name for head in heads]
        if sorted(self.names) == sorted(names):
            order = [self.names.index(name) for name in names]
            codecs = tuple(codecs[i] for i in order)
            columns = [range(i, i + 1) for i in order]
        else:
            counts = [codec.n_columns for codec in codecs]
            ends = accumulate(counts)
            columns = [range(end - n, end) for n, end in zip(counts, ends, strict=True)]
        changes = {"columns": tuple(map(tuple, columns)), "elements": None}
        return self._bound(codecs, heads, structure, **changes)

    def learned(self) -> dict[str, Any]:
        """Return the labels; one array of values stays that."""
        return {} if self.codecs[0].classes is None else self.facts()

    def as_in_fit(self, y: Any) -> Any:
        """Put the columns of a table in the order of those of fit."""
        return _in_order(y, self.names)

    def split(self, y: Any) -> list[Any]:
        """Give each output its columns; one alone as a vector."""
        _refuse_several(y)
        y = np.asarray(y)
        n_columns = sum(map(len, self.columns))
        if y.ndim != 2 or y.shape[1] != n_columns:
            raise ValueError(
                f"y has shape {y.shape}, but the targets seen in fit had "
                f"{n_columns} columns."
            )
        return [y[:, c[0]] if len(c) == 1 else y[:, list(c)] for c in self.columns]

    def split_weight(self, weight: Any) -> list[Any]:
        """Give each target its weights; a column of them is for a column of y."""
        if np.ndim(weight) != 2 or weight.shape[1] != len(self.columns):
            return super().split_weight(weight)
        return [weight[:, columns[0]] for columns in self.columns]

    def _class_weight_of_each(self, y: Any, class_weight: Any) -> list[Any]:
        n_columns = len(self.columns)
        class_weight = _of_columns(class_weight, self.names)
        if isinstance(class_weight, str):
            return [class_weight] * n_columns
        if not isinstance(class_weight, list | tuple) or len(class_weight) != n_columns:
            raise ValueError(
                f"y has {n_columns} columns of labels, whose class_weight is "
                "'balanced' or a list with one for each: 'balanced', None, or a dict. "
                f"Got {class_weight!r}."
            )
        return [class_weight[columns[0]] for columns in self.columns]

    def _weights_as_y(self, parts: list[Any]) -> Any:
        firsts = [columns[0] for columns in self.columns]
        return np.column_stack([parts[i] for i in np.argsort(firsts)])

    def decode(self, raw: Any) -> Any:
        """Put the predictions in columns as y had them."""
        joined = np.column_stack(self._read("decode", raw))
        return joined[:, np.argsort(np.concatenate(self.columns))]


@tagged("one target")
@dataclass(frozen=True, eq=False)
class SingleTarget(Targets):
    """One array for one output, or rows of unequal length.

    Attributes
    ----------
    names : tuple of str
        Names of the columns, where y was a table.
    elements : Targets or None
        What a matrix of labels is if the model has an axis for its columns.
    columns : tuple of TargetCodec
        What each of its columns is if the model has an output for it.
    """

    names: tuple[str, ...] = ()
    elements: Targets | None = None
    columns: tuple[TargetCodec, ...] = ()

    def arranged(self, values: Sequence[Any]) -> Any:
        """Return what belongs to the one codec."""
        return values[0]

    def of_elements(self) -> Targets | None:
        """Return labels of elements, where there are labels."""
        return self.elements

    def bind(self, heads: Sequence[Head], structure: str) -> Targets:
        """Take the array as the outputs have it: whole, by element or by columns."""
        if self.elements is not None and _along_an_axis(heads):
            return self.elements.bind(heads, structure)
        if len(heads) > 1:
            return self._divided(heads).bind(heads, structure)
        return self._bound(self.codecs, heads, structure, elements=None, columns=())

    def _divided(self, heads: Sequence[Head]) -> ColumnTargets:
        """Make a codec for each output's share of the columns."""
        widths = [head.width or 0 for head in heads]
        whole = len(self.columns) != len(heads)
        codecs = self.codecs[0].divided(widths) if whole else self.columns
        if not codecs or any(len(head.shape) > 1 for head in heads):
            raise mismatch(heads, "an array", NAME_THEM)
        return ColumnTargets(tuple(codecs), names=self.names)

    def as_in_fit(self, y: Any) -> Any:
        """Put the columns of a table in the order of those of fit."""
        return _in_order(y, self.names)

    def _class_weight_of_each(self, y: Any, class_weight: Any) -> list[Any]:
        """Give it as it is; by the names of columns, as a list."""
        return [_of_columns(class_weight, self.names)]

    def split(self, y: Any) -> list[Any]:
        """List y alone."""
        _refuse_several(y)
        return [array_or_ragged(y)]


def _of_columns(class_weight: Any, names: tuple[str, ...]) -> Any:
    """List what was given by the names of columns."""
    keys = set(class_weight) if isinstance(class_weight, Mapping) else set()
    if not keys or not names or keys - set(names):
        return class_weight
    return [class_weight.get(name) for name in names]


def _along_an_axis(heads: Sequence[Head]) -> bool:
    """Tell whether a single output has an axis for the columns of y."""
    return len(heads) == 1 and len(heads[0].shape) > 1


def _in_order(y: Any, names: tuple[str, ...]) -> Any:
    """Put the columns of a table in the order of some names."""
    columns = [str(name) for name in getattr(y, "columns", ())]
    if columns != list(names) and sorted(columns) == sorted(names):
        return y.iloc[:, [columns.index(name) for name in names]]
    return y


def _refuse_several(y: Any) -> None:
    """Raise if y holds several targets, but was one array in fit."""
    if isinstance(y, Mapping | ArrayDict):
        raise ValueError(f"y is {type(y).__name__}, but in fit it was an array.")
