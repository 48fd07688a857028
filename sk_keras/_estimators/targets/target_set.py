"""All targets of an estimator, before the model is known: one codec for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sk_keras._estimators.targets.bound_targets import BoundTargets
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.label_codecs import ElementwiseCodec
from sk_keras._estimators.targets.value_codec import ValueCodec

MSG_OUTPUTS = (
    "The model has {n_heads} output{s} ({heads}), but the target is {parts}. {advice}"
)


@dataclass
class TargetSet:
    """The codecs of ``y``, before the model is known.

    Attributes
    ----------
    codecs : dict of str to TargetCodec
        By output name; "" where there is one output.
    form : {"array", "columns", "dict"}
        How y came: one target, a matrix of labels (an output for each
        column), a dict of targets.
    elements : dict of str to ElementwiseCodec
        What matrices of labels are, if the model has an axis for their columns.
    by_column : callable or None
        Makes the codecs of a matrix if the model has several outputs for its
        columns; takes the widths of the outputs.
    container : type
        What held a dict of targets: dict, list (keys are positions) or ArrayDict.
    names : tuple of str
        Names of the columns, where y was a table.
    data_range : tuple of float or None
        The least and the greatest value, where X is its own target.
    """

    codecs: dict[str, TargetCodec]
    form: str
    elements: Mapping[str, ElementwiseCodec] = field(default_factory=dict)
    by_column: Callable[[list[int]], list[TargetCodec]] | None = None
    container: type = dict
    names: tuple[str, ...] = ()
    data_range: tuple[float, float] | None = None

    def _each(self, pick: Callable[[TargetCodec], Any]) -> Any:
        values = {name: pick(codec) for name, codec in self.codecs.items()}
        if self.form == "array":
            return values[""]
        if self.form == "dict" and self.container is not list:
            return values
        return list(values.values())

    @property
    def target_type(self) -> Any:
        """Kind of the target, a dict of kinds for a dict of targets."""
        if self.form == "columns":
            return "multiclass-multioutput"
        return self._each(lambda codec: codec.target_type)

    @property
    def classes(self) -> Any:
        """Classes; a list or dict of them for several outputs."""
        return self._each(lambda codec: codec.classes)

    @property
    def n_classes(self) -> Any:
        """Number of classes; a list or dict of them for several outputs."""
        return self._each(lambda codec: codec.n_classes)

    def bind(self, heads: list[Head], structure: type) -> BoundTargets:
        """Match the targets with a model's outputs.

        Raises
        ------
        ValueError
            If their number, names or widths differ.
        """
        codecs, form = dict(self.codecs), self.form
        columns: list[list[int]] = []
        if "" in self.elements and len(heads) == 1 and len(heads[0].shape) > 1:
            # One output with an axis for the columns: a label for every step.
            codecs, form = {"": self.elements[""]}, "array"
        elif form == "array" and len(heads) > 1:
            codecs, form = self._split_up(heads), "columns"
        by_name = form == "dict" and self.container is not list
        if len(codecs) != len(heads) or (
            by_name and set(codecs) != {head.name for head in heads}
        ):
            raise self._mismatch(heads)
        if by_name:
            codecs = {head.name: codecs[head.name] for head in heads}
        if form == "columns":
            codecs, columns = self._placed(codecs, heads)
        for key, head in zip(codecs, heads, strict=True):
            if form == "dict" and len(head.shape) > 1:
                codecs[key] = self.elements.get(key, codecs[key])
            codecs[key].check(head)
        return BoundTargets(
            list(codecs.values()),
            form,
            heads,
            structure,
            keys=list(codecs),
            columns=columns,
            container=self.container,
            names=self.names,
        )

    def _split_up(self, heads: list[Head]) -> dict[str, TargetCodec]:
        """Make a codec for each output's share of the columns."""
        widths = [head.width or 0 for head in heads]
        flat = all(len(head.shape) <= 1 for head in heads)
        codecs = self.by_column(widths) if self.by_column and flat else []
        if not codecs:
            raise self._mismatch(heads)
        return {str(i): codec for i, codec in enumerate(codecs)}

    def _placed(
        self, codecs: dict[str, TargetCodec], heads: list[Head]
    ) -> tuple[dict[str, TargetCodec], list[list[int]]]:
        """Say which columns are each output's: by name, or else in order."""
        names = [head.name for head in heads]
        if sorted(self.names) == sorted(names):
            numbers = [self.names.index(name) for name in names]
            return {str(i): codecs[str(i)] for i in numbers}, [[i] for i in numbers]
        ends = np.cumsum([_n_columns(codec) for codec in codecs.values()])
        starts = [0, *ends[:-1]]
        return codecs, [list(range(a, b)) for a, b in zip(starts, ends, strict=True)]

    def _mismatch(self, heads: list[Head]) -> ValueError:
        if self.form == "dict" and self.container is list:
            parts, advice = f"a list of {len(self.codecs)}", "Give one for each output."
        else:
            parts, advice = self._described()
        return ValueError(
            MSG_OUTPUTS.format(
                n_heads=len(heads),
                s="s" if len(heads) != 1 else "",
                heads=", ".join(map(str, heads)),
                parts=parts,
                advice=advice,
            )
        )

    def _described(self) -> tuple[str, str]:
        """Say what y is, and how it could be what the model wants."""
        parts = {
            "array": "an array",
            "columns": f"{len(self.codecs)} columns of labels",
            "dict": f"a dict with the keys {sorted(self.codecs)}",
        }[self.form]
        advice = {
            "array": "Give y as a dict with a target for each output, or a matrix "
            "whose columns are divided among them.",
            "columns": "Build a model with one output for each column, or one output "
            "of shape (None, n_columns, n_classes).",
            "dict": "Name the output layers as the keys of y.",
        }[self.form]
        return parts, advice


def _n_columns(codec: TargetCodec) -> int:
    values = isinstance(codec, ValueCodec) and codec.shape
    return int(values[0] or 1) if values else 1
