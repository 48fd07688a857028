"""All targets of an estimator: one codec for each output of the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_keras._losses import LossKind, Plan, check_loss, loss_kind, pick_loss, plan_for
from sk_keras._outputs import Head, flat_outputs, packed
from sk_keras._targets import (
    ElementwiseCodec,
    TargetCodec,
    label_codec,
    label_kind,
)

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
    """

    codecs: dict[str, TargetCodec]
    form: str
    elements: ElementwiseCodec | None = None

    def _each(self, pick: Callable[[TargetCodec], Any]) -> Any:
        values = {name: pick(codec) for name, codec in self.codecs.items()}
        if self.form == "array":
            return values[""]
        return values if self.form == "dict" else list(values.values())

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
        codecs = self.codecs
        form = self.form
        if self.elements and len(heads) == 1 and len(heads[0].shape) > 1:
            # One output with an axis for the columns: a label for every step.
            codecs, form = {"": self.elements}, "array"
        if form == "dict" and set(codecs) == {head.name for head in heads}:
            codecs = {head.name: codecs[head.name] for head in heads}
        elif form == "dict" or len(codecs) != len(heads):
            raise self._mismatch(heads)
        for codec, head in zip(codecs.values(), heads, strict=True):
            codec.check(head)
        return BoundTargets(list(codecs.values()), form, heads, structure)

    def _mismatch(self, heads: list[Head]) -> ValueError:
        parts = {"array": "an array", "columns": "columns of labels"}.get(
            self.form, f"the keys {sorted(self.codecs)}"
        )
        advice = {
            "array": "Give y as a dict with a target for each output.",
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
    plans : list of Plan
        Empty until `set_losses`.
    """

    codecs: list[TargetCodec]
    form: str
    heads: list[Head]
    structure: type
    plans: tuple[Plan, ...] = ()

    def learned(self) -> dict[str, Any]:
        """Return attributes that only the model's outputs could decide on.

        A matrix of labels turns out to be a label for each element if the
        model has an axis for its columns.
        """
        codec = self.codecs[0]
        if self.form != "array" or not isinstance(codec, ElementwiseCodec):
            return {}
        return {
            "target_type_": codec.target_type,
            "classes_": codec.classes,
            "n_classes_": codec.n_classes,
        }

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
        if isinstance(y, Mapping) != (self.form == "dict"):
            form = f"a dict with the keys {[head.name for head in self.heads]}"
            raise ValueError(
                f"y is {type(y).__name__}, but in fit it was "
                f"{form if self.form == 'dict' else 'an array'}."
            )
        if self.form == "dict":
            missing = [head.name for head in self.heads if head.name not in y]
            if missing:
                raise ValueError(
                    f"y has no target for {missing}; its keys are {list(y)}."
                )
            return [np.asarray(y[head.name]) for head in self.heads]
        if self.form == "columns":
            y = np.asarray(y)
            if y.ndim != 2 or y.shape[1] != len(self.codecs):
                raise ValueError(
                    f"y has shape {y.shape}, but the targets seen in fit had "
                    f"{len(self.codecs)} columns."
                )
            return list(y.T)
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

    def _joined(self, parts: list[np.ndarray], *, stack: bool) -> Any:
        if self.form == "array":
            return parts[0]
        if self.form == "dict":
            return {h.name: p for h, p in zip(self.heads, parts, strict=True)}
        return np.column_stack(parts) if stack else parts


def _loss_target(codec: TargetCodec) -> str:
    """Name the target kind that decides on the loss."""
    if isinstance(codec, ElementwiseCodec):
        if codec.same_rank:
            return "multilabel-indicator"  # a sigmoid for each element
        return "binary" if codec.n_classes <= 2 else "multiclass"
    return codec.target_type


def make_targets(y: Any, codec_of: Callable[[np.ndarray], TargetCodec]) -> TargetSet:
    """Make the codecs for a target: one, or one for each key of a dict.

    Parameters
    ----------
    y : array or dict of arrays
    codec_of : callable
        Makes the codec of one array.
    """
    if isinstance(y, Mapping):
        return TargetSet(
            {str(k): codec_of(np.asarray(v)) for k, v in y.items()}, "dict"
        )
    return TargetSet({"": codec_of(y)}, "array")


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
        return TargetSet({"": label_codec(y)}, "array", elements)
    return make_targets(y, label_codec)
