"""All targets of an estimator: one codec for each output of the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from sk_keras._losses import LossKind, Plan, check_loss, loss_kind, pick_loss, plan_for
from sk_keras._outputs import Head, flat_outputs, packed
from sk_keras._targets import (
    ElementwiseCodec,
    TargetCodec,
    ValueCodec,
    label_codec,
    label_kind,
)
from sk_keras.data import ArrayDict

MSG_OUTPUTS = (
    "The model has {n_heads} output{s} ({heads}), but the target has {n_parts}: "
    "{parts}. {advice}"
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
    elements : ElementwiseCodec or None
        What a matrix of labels is if the model has an axis for its columns.
    by_column : callable or None
        Makes the codecs of a matrix if the model has several outputs for its
        columns; takes the widths of the outputs.
    container : type
        What held a dict of targets: dict, list (keys are positions) or ArrayDict.
    names : tuple of str
        Names of the columns, where y was a table.
    """

    codecs: dict[str, TargetCodec]
    form: str
    elements: ElementwiseCodec | None = None
    by_column: Callable[[list[int]], list[TargetCodec]] | None = None
    container: type = dict
    names: tuple[str, ...] = ()

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
        if self.elements and len(heads) == 1 and len(heads[0].shape) > 1:
            # One output with an axis for the columns: a label for every step.
            codecs, form = {"": self.elements}, "array"
        elif form == "array" and len(heads) > 1:
            codecs, form = self._split_up(heads), "columns"
        if form == "dict" and self.container is list and len(codecs) == len(heads):
            pass  # in the order of the outputs
        elif form == "dict" and set(codecs) == {head.name for head in heads}:
            codecs = {head.name: codecs[head.name] for head in heads}
        elif form == "dict" or len(codecs) != len(heads):
            raise self._mismatch(heads)
        if form == "columns":
            codecs, columns = self._placed(codecs, heads)
        for codec, head in zip(codecs.values(), heads, strict=True):
            codec.check(head)
        return BoundTargets(
            list(codecs.values()),
            form,
            heads,
            structure,
            keys=list(codecs),
            columns=columns,
            container=self.container,
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
        parts = {"array": "an array", "columns": "columns of labels"}.get(
            self.form, f"the keys {sorted(self.codecs)}"
        )
        advice = {
            "array": "Give y as a dict with a target for each output, or a matrix "
            "whose columns are divided among them.",
            "columns": "Build a model with one output for each column, or one output "
            "of shape (None, n_columns, n_classes).",
            "dict": "Name the output layers as the keys of y.",
        }[self.form]
        return ValueError(
            MSG_OUTPUTS.format(
                n_heads=len(heads),
                s="s" if len(heads) != 1 else "",
                heads=", ".join(map(str, heads)),
                n_parts=len(self.codecs),
                parts=parts,
                advice=advice,
            )
        )


@dataclass
class BoundTargets:
    """Codecs, the outputs they belong to, and how the loss wants them.

    Attributes
    ----------
    codecs : list of TargetCodec
    form : {"array", "columns", "dict"}
    heads : list of Head
    structure : type
        How the model arranges its outputs: object, list or dict.
    keys : list of str
        Where y finds the target of each head: in a dict.
    columns : list of list of int
        The same in a matrix.
    container : type
        What holds several targets: dict, list or ArrayDict.
    plans : tuple of Plan
        Empty until `set_losses`.
    """

    codecs: list[TargetCodec]
    form: str
    heads: list[Head]
    structure: type
    keys: list[str]
    columns: list[list[int]]
    container: type = dict
    plans: tuple[Plan, ...] = ()

    def learned(self) -> dict[str, Any]:
        """Return attributes that only the model's outputs could decide on.

        A matrix of labels turns out to be a label for each element if the
        model has an axis for its columns.
        """
        codec = self.codecs[0]
        if self.form == "array" and isinstance(codec, ElementwiseCodec):
            kind, classes, n_classes = codec.target_type, codec.classes, codec.n_classes
        elif self.form == "columns" and codec.classes is not None:
            kind = "multiclass-multioutput"
            classes = self._in_order([codec.classes for codec in self.codecs])
            n_classes = [len(each) for each in classes]
        else:
            return {}
        return {"target_type_": kind, "classes_": classes, "n_classes_": n_classes}

    def _in_order(self, parts: list[Any]) -> list[Any]:
        """Arrange what belongs to each output by its columns in y."""
        return [parts[i] for i in np.argsort([c[0] for c in self.columns])]

    def picked_losses(self) -> Any:
        """Choose a loss for each output, arranged as the model's outputs."""
        losses = [
            pick_loss(_loss_target(codec), head)
            for codec, head in zip(self.codecs, self.heads, strict=True)
        ]
        return packed(losses, self.heads, self.structure)

    def set_losses(self, loss: Any, y: Any) -> None:
        """Check the compiled loss against the targets and plan the coding."""
        kinds = self._kinds(loss)
        parts = self.split(y)
        plans = []
        for codec, head, kind, part in zip(
            self.codecs, self.heads, kinds, parts, strict=True
        ):
            target = _loss_target(codec)
            if kind is None:
                plans.append(plan_for(target, head, LossKind("none", custom=True)))
                continue
            check_loss(target, head, kind, part)
            plans.append(plan_for(target, head, kind))
        self.plans = tuple(plans)

    def _kinds(self, loss: Any) -> list[LossKind | None]:
        names = [head.name for head in self.heads]
        if isinstance(loss, Mapping):
            unknown = sorted(set(loss) - set(names))
            if unknown:
                raise ValueError(
                    f"loss has the keys {unknown}, but the model's outputs are {names}."
                )
            each = [loss.get(name) for name in names]
        elif isinstance(loss, list | tuple):
            each = list(loss)
            if len(each) != len(names):
                raise ValueError(
                    f"loss has {len(each)} entries, but the model has {len(names)} "
                    f"outputs, {names}. Give one loss for each."
                )
        else:
            each = [loss] * len(self.heads)
        return [loss_kind(one) if one is not None else None for one in each]

    def split(self, y: Any) -> list[np.ndarray]:
        """Take y apart into one array for each output."""
        if self.container is list and isinstance(y, list | tuple):
            y = dict(zip(self.keys, y, strict=False))
        if isinstance(y, Mapping | ArrayDict) != (self.form == "dict"):
            form = f"a {self.container.__name__} with the keys {self.keys}"
            raise ValueError(
                f"y is {type(y).__name__}, but in fit it was "
                f"{form if self.form == 'dict' else 'an array'}."
            )
        if self.form == "dict":
            missing = [key for key in self.keys if key not in y]
            if missing:
                raise ValueError(
                    f"y has no target for {missing}; its keys are {list(y)}."
                )
            return [np.asarray(y[key]) for key in self.keys]
        if self.form == "columns":
            y = np.asarray(y)
            n_columns = sum(map(len, self.columns))
            if y.ndim != 2 or y.shape[1] != n_columns:
                raise ValueError(
                    f"y has shape {y.shape}, but the targets seen in fit had "
                    f"{n_columns} columns."
                )
            return [y[:, c[0]] if len(c) == 1 else y[:, c] for c in self.columns]
        return [np.asarray(y)]

    def encode(self, y: Any) -> Any:
        """Encode y, arranged as the model arranges its outputs."""
        parts = [
            codec.encode(part, plan, head)
            for codec, part, plan, head in zip(
                self.codecs, self.split(y), self.plans, self.heads, strict=True
            )
        ]
        return packed(parts, self.heads, self.structure)

    def decode(self, raw: Any) -> Any:
        """Turn what the model returned into predictions in the form of y."""
        parts = [
            codec.decode(values, plan)
            for codec, values, plan in zip(
                self.codecs, flat_outputs(raw, self.heads), self.plans, strict=True
            )
        ]
        return self._joined(parts, stack=True)

    def probabilities(self, raw: Any) -> Any:
        """Turn what the model returned into probabilities.

        Returns
        -------
        array, list of arrays or dict of arrays
            As `decode`, but columns of labels give a list.
        """
        parts = [
            codec.probabilities(values, plan)
            for codec, values, plan in zip(
                self.codecs, flat_outputs(raw, self.heads), self.plans, strict=True
            )
        ]
        return self._joined(parts, stack=False)

    def arrange_weights(self, weight: Any) -> Any:
        """Arrange weights given for each target as the model's outputs."""
        if not isinstance(weight, dict):
            return weight
        return packed([weight[key] for key in self.keys], self.heads, self.structure)

    def _joined(self, parts: list[np.ndarray], *, stack: bool) -> Any:
        if self.form == "array":
            return parts[0]
        if self.form == "dict":
            if self.container is list:
                return parts
            return self.container(dict(zip(self.keys, parts, strict=True)))
        if not stack:
            return self._in_order(parts)
        joined = np.column_stack(parts)
        return joined[:, np.argsort(np.concatenate(self.columns))]


def _n_columns(codec: TargetCodec) -> int:
    return int(np.prod(codec.shape)) if isinstance(codec, ValueCodec) else 1


def _loss_target(codec: TargetCodec) -> str:
    """Name the target kind that decides on the loss."""
    if isinstance(codec, ElementwiseCodec):
        if codec.same_rank:
            return "multilabel-indicator"  # a sigmoid for each element
        return "binary" if codec.n_classes <= 2 else "multiclass"
    return codec.target_type


def make_targets(
    y: Any,
    codec_of: Callable[[np.ndarray], TargetCodec],
    known: Mapping[str, TargetCodec] | None = None,
) -> TargetSet:
    """Make the codecs for a target: one, or one for each key of a dict.

    Parameters
    ----------
    y : array or dict of arrays
    codec_of : callable
        Makes the codec of one array.
    known : dict of str to TargetCodec, default=None
        Codecs of keys that are not to be learned from y.
    """
    if isinstance(y, Mapping):
        known = known or {}
        codecs = {k: known.get(k) or codec_of(np.asarray(v)) for k, v in y.items()}
        return TargetSet(codecs, "dict")
    return TargetSet({"": codec_of(y)}, "array")


def value_targets(y: Any) -> TargetSet:
    """Make the codecs for a regressor's target."""
    targets = make_targets(y, lambda part: ValueCodec(part.shape[1:]))
    if not isinstance(y, Mapping) and y.ndim == 2:
        targets.by_column = partial(_value_columns, y.shape[1])
    return targets


def _value_columns(n_columns: int, widths: list[int]) -> list[TargetCodec]:
    if sum(widths) != n_columns:
        return []
    return [ValueCodec((width,) if width > 1 else ()) for width in widths]


def _label_columns(y: np.ndarray, widths: list[int]) -> list[TargetCodec]:
    if len(widths) != y.shape[1]:
        return []
    return [label_codec(column) for column in y.T]


def label_targets(y: Any) -> TargetSet:
    """Make the codecs for a classifier's target.

    Raises
    ------
    ValueError
        If y holds no labels.
    """
    if not isinstance(y, Mapping) and y.ndim == 2:
        elements = ElementwiseCodec(np.unique(y), y.shape[1:])
        if label_kind(y) == "multiclass-multioutput":
            codecs = {str(i): label_codec(column) for i, column in enumerate(y.T)}
            return TargetSet(codecs, "columns", elements)
        columns = partial(_label_columns, y)
        return TargetSet({"": label_codec(y)}, "array", elements, columns)
    return make_targets(y, label_codec)
