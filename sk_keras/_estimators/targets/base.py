"""`Targets`: y as a fit learns it, whatever its form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from sk_keras._estimators.targets.class_weights import (
    by_class,
    times,
    weights_of_rows,
)
from sk_keras._estimators.targets.codec import TargetCodec
from sk_keras._estimators.targets.element_codecs import ElementCodec
from sk_keras._estimators.targets.heads import Head, flat_outputs, packed
from sk_keras._estimators.targets.losses import (
    Plan,
    check_readable,
    loss_of_each,
    pick_loss,
)
from sk_keras._estimators.targets.metric_fit import place_of_metrics, suited
from sk_keras._estimators.targets.metrics import columns_wanted, metrics_of_each
from sk_keras._estimators.targets.output_weights import weights_of_output
from sk_keras._estimators.targets.planning import plan_of
from sk_keras._estimators.targets.ragged_targets import (
    by_steps,
    rows_or_array,
    without_padding,
)
from sk_keras._shared.arrays.ragged import Ragged


@dataclass(frozen=True, eq=False)
class Targets(ABC):
    """The codecs of y, and the outputs of the model that they belong to.

    Made from y before there is a model; `bind` and `planned` give the same with
    what the model and its loss decide. Subclasses say how y holds its targets.

    Attributes
    ----------
    codecs : tuple of TargetCodec
        In the order of the heads, where these are known.
    heads : tuple of Head
        Empty until `bind`.
    structure : {"array", "list", "dict"}
        How the model arranges its outputs.
    plans : tuple of Plan
        How the loss wants each output's targets; empty until `planned`.
    finer : tuple of bool
        Whether each output's loss has a value for each element along its last axis.
    """

    codecs: tuple[TargetCodec, ...]
    heads: tuple[Head, ...] = ()
    structure: str = "array"
    plans: tuple[Plan, ...] = ()
    finer: tuple[bool, ...] = ()

    #: Whether weights may be finer than rows and steps.
    weighs_elements: ClassVar[bool] = True

    # --- before the model is known -------------------------------------------

    @abstractmethod
    def arranged(self, values: Sequence[Any]) -> Any:
        """Arrange what belongs to each codec as y arranges its targets."""

    @property
    def target_type(self) -> Any:
        """Kind of the target, a list or dict of kinds for several."""
        return self.arranged([codec.target_type for codec in self.codecs])

    def facts(self) -> dict[str, Any]:
        """Return what builders can ask about the targets; classes of labels only."""
        facts = {"target_type_": self.target_type}
        if any(codec.classes is not None for codec in self.codecs):
            facts["classes_"] = self.arranged([codec.classes for codec in self.codecs])
            counts = [codec.n_classes for codec in self.codecs]
            facts["n_classes_"] = self.arranged(counts)
        return facts

    def of_elements(self) -> Targets | None:
        """Return what columns are if the model has an axis for them; None elsewhere."""
        return None

    @abstractmethod
    def bind(self, heads: Sequence[Head], structure: str) -> Targets:
        """Match the targets with a model's outputs.

        Raises
        ------
        ValueError
            If their number, names or widths differ.
        """

    def _bound(
        self, codecs: Any, heads: Sequence[Head], structure: str, **changes: Any
    ) -> Self:
        """Give each output its codec, which checks it."""
        pairs = list(zip(codecs, heads, strict=True))
        codecs = [codec.for_head(head) for codec, head in pairs]
        for codec, (_, head) in zip(codecs, pairs, strict=True):
            codec.check(head)
        changes.update(codecs=tuple(codecs), heads=tuple(heads), structure=structure)
        return replace(self, **changes)

    # --- with a model ----------------------------------------------------------

    def learned(self) -> dict[str, Any]:
        """Return attributes that only the model's outputs could decide on.

        A matrix of labels turns out to be a label for each element if the
        model has an axis for its columns.
        """
        elements = any(isinstance(codec, ElementCodec) for codec in self.codecs)
        return self.facts() if elements else {}

    def picked_losses(self, *metrics: Any) -> Any:
        """Choose a loss for each output, arranged as the model's outputs.

        Where several losses mean the same, it is the one whose coding of the targets
        suits the metrics.
        """
        wanted = columns_wanted(metrics, self.heads)
        each = zip(self.codecs, self.heads, wanted, strict=True)
        losses = [
            pick_loss(codec.loss_target(head), head, columns=columns)
            for codec, head, columns in each
        ]
        return packed(losses, self.heads, self.structure)

    def loss_of_own_step(self) -> Any:
        """Choose the losses that a model which trains itself may ask for.

        They take labels as columns, as such a model does; None where nothing fits.
        """
        pairs = list(zip(self.codecs, self.heads, strict=True))
        if not all(codec.fits_shape(head) for codec, head in pairs):
            return None
        try:
            losses = [
                pick_loss(codec.loss_target(head), head, columns=True)
                for codec, head in pairs
            ]
        except ValueError:
            return None
        return packed(losses, self.heads, self.structure)

    def planned(self, loss: Any, y: Any) -> Self:
        """Check the compiled loss against the targets, and plan the coding."""
        losses = loss_of_each(loss, self.heads)
        each = zip(self.codecs, self.heads, losses, self.split(y), strict=True)
        return replace(self, plans=tuple(plan_of(*one) for one in each))

    def suited(self, metrics: Any, loss: Any, y: Any) -> Any:
        """Fit the metrics of a compiled model to targets and outputs.

        Raises
        ------
        ValueError
            If one cannot be computed of them.
        """
        losses, parts = loss_of_each(loss, self.heads), self.split(y)
        each = zip(self.codecs, self.heads, self.plans, losses, parts, strict=True)
        places = [place_of_metrics(*one) for one in each]
        return metrics_of_each(metrics, self.heads, lambda m, i: suited(m, places[i]))

    # --- y and weights ---------------------------------------------------------

    def as_in_fit(self, y: Any) -> Any:
        """Arrange targets that come later as fit's were, before they are checked."""
        return y

    @abstractmethod
    def split(self, y: Any) -> list[Any]:
        """Take y apart into one array for each output."""

    def check_y(self, y: Any) -> None:
        """Raise a ValueError if y has not the form that it had in fit."""
        for codec, part in zip(self.codecs, self.split(y), strict=True):
            codec.check_y(part.values[None] if isinstance(part, Ragged) else part)

    def encode(self, y: Any) -> Any:
        """Encode y, arranged as the model arranges its outputs."""
        each = zip(self.codecs, self.split(y), self.plans, self.heads, strict=True)
        parts = [by_steps(codec.encode, *one) for codec, *one in each]
        return packed(parts, self.heads, self.structure)

    def split_weight(self, weight: Any) -> list[Any]:
        """Give each target its weights; those for all are each one's."""
        return [weight for _ in self.codecs]

    def arrange_weights(self, weight: Any, *, scale: bool = False) -> Any:
        """Arrange weights given for each target as the model's outputs.

        With ``scale`` those of each target, and of each label that can be true together
        with others, get a mean of 1.

        Raises
        ------
        ValueError
            If weights are finer than the loss: it has one value for a row, or for
            each of the axes before the last one of an output.
        """
        finer = self.finer or (False,) * len(self.heads)
        given = self.split_weight(weight)
        each = zip(given, self.heads, finer, self.codecs, strict=True)
        parts = [weights_of_output(*one, scale=scale) for one in each]
        for_all = all(one is weight for one in given)
        alike = for_all and len({part.ndim for part in parts}) == 1
        return parts[0] if alike else packed(parts, self.heads, self.structure)

    def class_weights(
        self, y: Any, class_weight: Any, masks: Sequence[Any] | None = None
    ) -> list[Any] | None:
        """Find the weights of the classes of each target, of all rows in training.

        Parameters
        ----------
        y : array or dict of arrays
            Checked.
        class_weight : "balanced", dict, list or None
            For several targets in a dict or list one of these for each, or
            "balanced" for all.
        masks : list of (array of bool or None), or None
            For each output, which steps count: padding is no class to be balanced.

        Returns
        -------
        list of (array or None), or None
            One for each codec.

        Raises
        ------
        ValueError
            If a name is that of no target, or weights are negative or all zero.
        """
        if class_weight is None:
            return None
        each = self._class_weight_of_each(y, class_weight)
        masks = [None] * len(self.codecs) if masks is None else masks
        parts = zip(self.split(y), each, self.codecs, masks, strict=True)
        return [by_class(*one) for one in parts]

    def _class_weight_of_each(self, y: Any, class_weight: Any) -> list[Any]:
        """Take apart what was given for all targets, in the order of the outputs."""
        return [class_weight]

    def weighted(self, y: Any, by_class: list[Any] | None, weight: Any) -> Any:
        """Multiply the weights of samples with those of their classes.

        Parameters
        ----------
        y : array or dict of arrays
            Checked.
        by_class : list or None
            As `class_weights` gives them.
        weight : array, dict of arrays or None
            Of the samples.
        """
        if by_class is None:
            return weight
        given = [None] * len(self.codecs)
        if weight is not None:
            given = self.split_weight(weight)
        each = zip(self.split(y), by_class, self.codecs, given, strict=True)
        return self._weights_as_y(
            [times(weights_of_rows(*one), own) for *one, own in each]
        )

    def _weights_as_y(self, parts: list[Any]) -> Any:
        """Arrange weights for each target as those of samples are given."""
        return parts[0]

    # --- what the model returned -----------------------------------------------

    def without_padding(self, raw: Any, X: Any) -> Any:
        """Cut the steps of outputs to the length of each row of X."""
        return without_padding(raw, X, self.heads, self.structure)

    def decode(self, raw: Any) -> Any:
        """Turn what the model returned into predictions in the form of y."""
        return self._predictions(self._read("decode", raw))

    def probabilities(self, raw: Any) -> Any:
        """Turn what the model returned into probabilities.

        Returns
        -------
        array, list of arrays or dict of arrays
            As `decode`, but columns of labels give a list.
        """
        return self._predictions(self._read("probabilities", raw))

    def _read(self, method: str, raw: Any) -> list[Any]:
        outputs = flat_outputs(raw, self.heads)
        for values, plan, head in zip(outputs, self.plans, self.heads, strict=True):
            check_readable(values, plan, head)
        each = zip(self.codecs, outputs, self.plans, strict=True)
        return [
            rows_or_array(by_steps(getattr(codec, method), values, plan))
            for codec, values, plan in each
        ]

    def _predictions(self, parts: list[Any]) -> Any:
        return self.arranged(parts)


def mismatch(heads: Sequence[Head], parts: str, advice: str) -> ValueError:
    """Say what y is, and how it could be what the model wants."""
    outputs = f"{len(heads)} output" if len(heads) == 1 else f"{len(heads)} outputs"
    listed = ", ".join(map(str, heads))
    return ValueError(
        f"The model has {outputs} ({listed}), but the target is {parts}. {advice}"
    )
