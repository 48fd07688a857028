"""`ColumnTargets`: a matrix whose columns are shared by several outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_keras._estimators.targets.base import Targets, mismatch, refuse_several
from sk_keras._estimators.targets.class_weights import times, weights_by_column
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.heads import Head
from sk_keras._shared.plain import tagged

ADVICE = (
    "Build a model with one output for each column, or one output of shape (None, "
    "n_columns, n_classes)."
)


@tagged("columns of targets")
@dataclass(frozen=True, eq=False)
class ColumnTargets(Targets):
    """A matrix, some columns of it for each output.

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

    def bind(self, heads: Sequence[Head], structure: str) -> Targets:
        """Give outputs their columns: by the names of a table, or else in order."""
        if self.elements is not None and along_an_axis(heads):
            return self.elements.bind(heads, structure)
        if len(self.codecs) != len(heads):
            raise mismatch(heads, f"{len(self.codecs)} columns of labels", ADVICE)
        codecs: Sequence[TargetCodec] = self.codecs
        columns: list[tuple[int, ...]]
        names = [head.name for head in heads]
        if sorted(self.names) == sorted(names):
            numbers = [self.names.index(name) for name in names]
            codecs = [codecs[i] for i in numbers]
            columns = [(i,) for i in numbers]
        else:
            ends = np.cumsum([codec.n_columns for codec in codecs]).tolist()
            pairs = zip([0, *ends], ends, strict=False)
            columns = [tuple(range(*pair)) for pair in pairs]
        changes = {"columns": tuple(columns), "elements": None}
        return self._bound(codecs, heads, structure, **changes)

    def learned(self) -> dict[str, Any]:
        """Return the labels; one array of values stays that."""
        return {} if self.codecs[0].classes is None else self._label_facts()

    def as_in_fit(self, y: Any) -> Any:
        """Put the columns of a table in the order of those of fit."""
        return columns_as_in_fit(y, self.names)

    def split(self, y: Any) -> list[Any]:
        """Give each output its columns; one alone as a vector."""
        refuse_several(y)
        y = np.asarray(y)
        n_columns = sum(map(len, self.columns))
        if y.ndim != 2 or y.shape[1] != n_columns:
            raise ValueError(
                f"y has shape {y.shape}, but the targets seen in fit had "
                f"{n_columns} columns."
            )
        return [y[:, c[0]] if len(c) == 1 else y[:, list(c)] for c in self.columns]

    def _apart(self, weight: Any) -> list[Any] | None:
        if weight.ndim != 2 or weight.shape[1] != len(self.columns):
            return None
        return [weight[:, columns[0]] for columns in self.columns]

    def _by_class(self, y: Any, class_weight: Any, weight: Any) -> Any:
        refuse_several(y)
        return times(weights_by_column(y, class_weight), weight)

    def decode(self, raw: Any) -> Any:
        """Put the predictions in columns as y had them."""
        joined = np.column_stack(self._read("decode", raw))
        return joined[:, np.argsort(np.concatenate(self.columns))]


def along_an_axis(heads: Sequence[Head]) -> bool:
    """Tell whether a single output has an axis for the columns of y."""
    return len(heads) == 1 and len(heads[0].shape) > 1


def columns_as_in_fit(y: Any, names: tuple[str, ...]) -> Any:
    """Put the columns of a table in the order of those of fit."""
    columns = [str(name) for name in getattr(y, "columns", ())]
    if columns != list(names) and sorted(columns) == sorted(names):
        return y.iloc[:, [columns.index(name) for name in names]]
    return y
