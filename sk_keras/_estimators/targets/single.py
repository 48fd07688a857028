"""`SingleTarget`: one array, for one output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sk_keras._estimators.targets.base import Targets, mismatch, refuse_several
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.columns import (
    ColumnTargets,
    along_an_axis,
    columns_as_in_fit,
)
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.steps import array_or_ragged
from sk_keras._shared.plain import tagged

ADVICE = (
    "Give y as a dict with a target for each output, or a matrix whose columns are "
    "divided among them."
)


@tagged("one target")
@dataclass(frozen=True, eq=False)
class SingleTarget(Targets):
    """One array, or rows of unequal length.

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

    def bind(self, heads: Sequence[Head], structure: str) -> Targets:
        """Take the array as the outputs have it: whole, by element or by columns."""
        if self.elements is not None and along_an_axis(heads):
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
            raise mismatch(heads, "an array", ADVICE)
        return ColumnTargets(tuple(codecs), names=self.names)

    def as_in_fit(self, y: Any) -> Any:
        """Put the columns of a table in the order of those of fit."""
        return columns_as_in_fit(y, self.names)

    def split(self, y: Any) -> list[Any]:
        """List y alone."""
        refuse_several(y)
        return [array_or_ragged(y)]
