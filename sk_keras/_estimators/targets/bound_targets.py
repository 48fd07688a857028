"""All targets of an estimator, matched with the outputs of its model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_keras._estimators.targets.classes import classes_by_key, keyed, spelled
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.heads import Head, flat_outputs, packed
from sk_keras._estimators.targets.label_codecs import ElementwiseCodec
from sk_keras._estimators.targets.loss_checks import check_loss
from sk_keras._estimators.targets.losses import (
    LossKind,
    Plan,
    loss_kind,
    pick_loss,
    plan_for,
)
from sk_keras._estimators.targets.steps import by_steps, rows_or_array, without_padding
from sk_keras._shared.arrays.array_dict import ArrayDict
from sk_keras._shared.arrays.ragged import Ragged, differ, sequences


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
    names : tuple of str
        Names of the columns, where y was a table.
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
    names: tuple[str, ...] = ()
    plans: tuple[Plan, ...] = ()

    def learned(self) -> dict[str, Any]:
        """Return attributes that only the model's outputs could decide on.

        A matrix of labels turns out to be a label for each element if the
        model has an axis for its columns.
        """
        codec = self.codecs[0]
        if self.form == "dict":
            return self._learned_by_key()
        if self.form == "array" and isinstance(codec, ElementwiseCodec):
            kind, classes, n_classes = codec.target_type, codec.classes, codec.n_classes
        elif self.form == "columns" and codec.classes is not None:
            kind = "multiclass-multioutput"
            classes = self._in_order([codec.classes for codec in self.codecs])
            n_classes = [len(each) for each in classes]
        else:
            return {}
        return {"target_type_": kind, "classes_": classes, "n_classes_": n_classes}

    def _learned_by_key(self) -> dict[str, Any]:
        if not any(isinstance(codec, ElementwiseCodec) for codec in self.codecs):
            return {}
        by_key = dict(zip(self.keys, self.codecs, strict=True))
        each = {
            "target_type_": {key: codec.target_type for key, codec in by_key.items()},
            "classes_": {key: codec.classes for key, codec in by_key.items()},
            "n_classes_": {key: codec.n_classes for key, codec in by_key.items()},
        }
        if self.container is not list:
            return each
        return {name: list(values.values()) for name, values in each.items()}

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
            flat = part.values if isinstance(part, Ragged) else part
            check_loss(target, head, kind, flat)
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

    def as_in_fit(self, y: Any) -> Any:
        """Arrange targets that come later as fit's were, before they are checked.

        A list of targets becomes a dict by position; the columns of a table come in
        the order of those of fit.
        """
        if self.container is list and isinstance(y, list | tuple):
            if len(y) == len(self.keys):
                return {str(i): part for i, part in enumerate(y)}
        columns = [str(name) for name in getattr(y, "columns", ())]
        if columns != list(self.names) and sorted(columns) == sorted(self.names):
            return y.iloc[:, [columns.index(name) for name in self.names]]
        return y

    def check_classes(self, classes: Any, known: Any) -> None:
        """Refuse other classes than those of the first call.

        Parameters
        ----------
        classes, known : array, or dict or list of them
            As given, and as learned.
        """
        now = classes_by_key(classes, known)
        before = {key: np.unique(one) for key, one in keyed(known).items()}
        if any(not np.array_equal(now[key], before[key]) for key in now):
            raise ValueError(
                f"classes={spelled(classes)} is not the same as in the fit before, "
                f"where it was {spelled(known)}. Leave classes out to go on with "
                "those, or fit anew without warm_start."
            )

    def split(self, y: Any) -> list[Any]:
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
            return [_array(y[key]) for key in self.keys]
        if self.form == "columns":
            y = np.asarray(y)
            n_columns = sum(map(len, self.columns))
            if y.ndim != 2 or y.shape[1] != n_columns:
                raise ValueError(
                    f"y has shape {y.shape}, but the targets seen in fit had "
                    f"{n_columns} columns."
                )
            return [y[:, c[0]] if len(c) == 1 else y[:, c] for c in self.columns]
        return [_array(y)]

    def split_weight(self, weight: Any) -> list[Any]:
        """Give each target its weights; those for all are each one's."""
        if isinstance(weight, dict):
            return [weight[key] for key in self.keys]
        return [weight for _ in self.heads]

    def encode(self, y: Any) -> Any:
        """Encode y, arranged as the model arranges its outputs."""
        parts = [
            by_steps(codec.encode, part, plan, head)
            for codec, part, plan, head in zip(
                self.codecs, self.split(y), self.plans, self.heads, strict=True
            )
        ]
        return packed(parts, self.heads, self.structure)

    def without_padding(self, raw: Any, X: Any) -> Any:
        """Cut the steps of outputs to the length of each row of X."""
        return without_padding(raw, X, self.heads, self.structure)

    def decode(self, raw: Any) -> Any:
        """Turn what the model returned into predictions in the form of y."""
        parts = [
            rows_or_array(by_steps(codec.decode, values, plan))
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
            rows_or_array(by_steps(codec.probabilities, values, plan))
            for codec, values, plan in zip(
                self.codecs, flat_outputs(raw, self.heads), self.plans, strict=True
            )
        ]
        return self._joined(parts, stack=False)

    def arrange_weights(self, weight: Any) -> Any:
        """Arrange weights given for each target as the model's outputs.

        Raises
        ------
        ValueError
            If weights are finer than the loss: it has one value for a row, or for
            each of the axes before the last one of an output.
        """
        flat = isinstance(weight, np.ndarray) and weight.ndim == 2
        if self.form == "columns" and flat and weight.shape[1] == len(self.columns):
            columns = weight.T[[c[0] for c in self.columns]]
            weight = dict(zip(self.keys, columns, strict=True))
        several = isinstance(weight, dict)
        parts = [weight[key] if several else weight for key in self.keys]
        parts = [of_rank(*pair) for pair in zip(parts, self.heads, strict=True)]
        alike = not several and len({part.ndim for part in parts}) == 1
        return parts[0] if alike else packed(parts, self.heads, self.structure)

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


def _array(part: Any) -> Any:
    """Make an array of a target; of rows of unequal length, what holds them."""
    if isinstance(part, Ragged):
        return part
    rows = sequences(part)
    return Ragged.of(rows) if rows and differ(rows) else np.asarray(part)


def of_rank(weight: np.ndarray, head: Head) -> np.ndarray:
    """Give weights the axes of an output's loss: Keras aligns others at the end."""
    rank = max(len(head.shape), 1)
    if weight.ndim > rank:
        wanted = ("n_samples", *head.shape[:-1])
        raise ValueError(
            f"sample_weight has shape {weight.shape}, but the {head} has a loss of "
            f"shape {wanted}. Give weights of that shape, or ('n_samples',)."
        )
    return weight.reshape(*weight.shape, *[1] * (rank - weight.ndim))


def _loss_target(codec: TargetCodec) -> str:
    """Name the target kind that decides on the loss."""
    if isinstance(codec, ElementwiseCodec):
        if codec.same_rank:
            return "multilabel-indicator"  # a sigmoid for each element
        return "binary" if codec.n_classes <= 2 else "multiclass"
    return codec.target_type
