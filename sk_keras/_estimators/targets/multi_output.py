"""`KeyedTargets`: several targets, in a dict or in a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sk_keras._estimators.targets.base import Targets, mismatch
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.ragged_targets import array_or_ragged
from sk_keras._shared.arrays.array_dict import ArrayDict
from sk_keras._shared.serialization import tagged


@tagged("targets by key")
@dataclass(frozen=True, eq=False)
class KeyedTargets(Targets):
    """A target for each key; in a list the keys are the positions.

    Attributes
    ----------
    keys : tuple of str
        Of the targets, one for each codec.
    container : {"dict", "list", "ArrayDict"}
        What held the targets.
    elements : dict of str to TargetCodec
        What matrices of labels are, if their output has an axis for the columns.
    """

    keys: tuple[str, ...] = ()
    container: str = "dict"
    elements: dict[str, TargetCodec] = field(default_factory=dict)

    @property
    def by_position(self) -> bool:
        """Whether the outputs take the targets in order, not by their names."""
        return self.container == "list"

    def _described(self, keys: Any) -> str:
        if self.by_position:
            return f"a list of {len(keys)}"
        return f"a dict with the keys {list(keys)}"

    def arranged(self, values: Sequence[Any]) -> Any:
        """List what belongs to each target, or put it under its key."""
        if self.by_position:
            return list(values)
        return dict(zip(self.keys, values, strict=True))

    def bind(self, heads: Sequence[Head], structure: str) -> Targets:
        """Give each output the target of its name, or else of its position."""
        codecs = dict(zip(self.keys, self.codecs, strict=True))
        keys = self.keys if self.by_position else tuple(head.name for head in heads)
        if len(codecs) != len(heads) or set(keys) != set(codecs):
            named = "Name the output layers as the keys of y."
            advice = "Give one for each output." if self.by_position else named
            raise mismatch(heads, self._described(sorted(codecs)), advice)
        fitting = [
            self.elements.get(key, codecs[key]) if len(head.shape) > 1 else codecs[key]
            for key, head in zip(keys, heads, strict=True)
        ]
        return self._bound(fitting, heads, structure, keys=keys, elements={})

    def as_in_fit(self, y: Any) -> Any:
        """Put a list of targets in a dict by position."""
        listed = self.by_position and isinstance(y, list | tuple)
        if listed and len(y) == len(self.keys):
            return dict(zip(self.keys, y, strict=True))
        return y

    def split(self, y: Any) -> list[Any]:
        """List the targets of y in the order of the outputs."""
        if self.by_position and isinstance(y, list | tuple):
            y = dict(zip(self.keys, y, strict=False))
        self._refuse_one(y)
        missing = [key for key in self.keys if key not in y]
        if missing:
            raise ValueError(f"y has no target for {missing}; its keys are {list(y)}.")
        return [array_or_ragged(y[key]) for key in self.keys]

    def _refuse_one(self, y: Any) -> None:
        """Raise if y is one array, but held several targets in fit."""
        if not isinstance(y, Mapping | ArrayDict):
            raise ValueError(
                f"y is {type(y).__name__}, but in fit it was a {self.container} with "
                f"the keys {list(self.keys)}."
            )

    def split_weight(self, weight: Any) -> list[Any]:
        """Give each target its weights; those for all are each one's."""
        each = weight if isinstance(weight, dict) else dict.fromkeys(self.keys, weight)
        return [each[key] for key in self.keys]

    def _class_weight_of_each(self, y: Any, class_weight: Any) -> list[Any]:
        self._refuse_one(y)
        if isinstance(class_weight, list | tuple):
            if not self.by_position or len(class_weight) != len(y):
                raise ValueError(
                    f"class_weight is a list of {len(class_weight)}, but the targets "
                    f"are {self._described(y)}. Give 'balanced', or the class weights "
                    "of each target as y has the targets."
                )
            class_weight = {str(i): each for i, each in enumerate(class_weight)}
        if not isinstance(class_weight, Mapping):
            return [class_weight] * len(self.keys)
        unknown = sorted(map(str, set(class_weight) - set(y)))
        if unknown:
            raise ValueError(
                f"class_weight has the keys {unknown}, but the targets are "
                f"{sorted(y)}. Give 'balanced', or a dict with the class "
                "weights of each target."
            )
        return [class_weight.get(key) for key in self.keys]

    def _weights_as_y(self, parts: list[Any]) -> Any:
        return dict(zip(self.keys, parts, strict=True))

    def _predictions(self, parts: list[Any]) -> Any:
        arranged = self.arranged(parts)
        return ArrayDict(arranged) if self.container == "ArrayDict" else arranged
