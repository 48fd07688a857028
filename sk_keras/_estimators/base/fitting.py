"""The one story of a fit, shared by all Keras estimators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import RandomState
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from sk_keras._estimators.base.asked_for import asked_for, facts_for
from sk_keras._estimators.base.augmenter_checks import check_augmentable
from sk_keras._estimators.base.call import FitCall
from sk_keras._estimators.base.clones import clone_estimator
from sk_keras._estimators.base.layers_table import layers_table
from sk_keras._estimators.base.pickling import ModelStateMixin
from sk_keras._estimators.base.tasks import CallbackSupportMixin, with_callbacks
from sk_keras._estimators.base.training import Trained, split_rows, told_by, train
from sk_keras._estimators.inputs.checked_rows import CheckedRows, check_rows
from sk_keras._estimators.inputs.stream import BatchStream, is_stream, open_stream
from sk_keras._estimators.inputs.validation import check_groups, one_validation_set
from sk_keras._estimators.model.built_model import Draft, Made, make
from sk_keras._estimators.model.compiling import suit_metrics
from sk_keras._estimators.model.recipe import Recipe
from sk_keras._estimators.parameters.constraints import PARAMETERS
from sk_keras._estimators.parameters.params import RoutedParams
from sk_keras._estimators.targets.base import Targets
from sk_keras._estimators.targets.class_weights import refuse_balanced
from sk_keras._estimators.targets.classes import check_same_classes
from sk_keras._estimators.targets.ragged_targets import check_masked
from sk_keras._shared.arrays.parts import dense, pick
from sk_keras._shared.attributes import forget, learn
from sk_keras._shared.one_state import changes_state
from sk_keras._shared.routing.prefixes import merged_arguments
from sk_keras._shared.searches.fit_place import place_of
from sk_keras._shared.searches.histories import keep_history
from sk_keras._shared.warn import warn

#: What the last fit left, and a new one begins without.
OF_THE_LAST_FIT = (
    "model_",
    "history_",
    "n_iter_",
    "best_epoch_",
    "callbacks_",
    "_draws",
)


class BaseKerasEstimator(CallbackSupportMixin, ModelStateMixin, RoutedParams, ABC):
    """A Keras model builder as an estimator; subclasses know about targets."""

    _parameter_constraints: dict[str, list[Any]] = PARAMETERS

    #: What a fit learns, beside the facts about the data.
    model_: Any
    history_: dict[str, list[float]]
    n_iter_: int
    engine_: str
    callbacks_: dict[str, Any]
    _meta: dict[str, Any]
    _made: Made
    _targets: Targets
    _seed: int | None
    _order: RandomState | None

    #: Whether targets are numbers to be predicted, not labels.
    _numeric_target: bool

    #: Whether batches of a stream must have targets to train on.
    _needs_targets = True

    @abstractmethod
    def __init__(self) -> None: ...

    # --- what subclasses say ---------------------------------------------------

    @abstractmethod
    def _make_targets(self, checked: CheckedRows, classes: Any) -> Targets:
        """Make the codecs for a checked target."""

    @abstractmethod
    def _class_weights(
        self, first: CheckedRows, call: Mapping[str, Any]
    ) -> list[Any] | None:
        """Find the weights of the classes in training; None where none were given."""

    def _weighted(self, checked: CheckedRows, by_class: Any) -> CheckedRows:
        """Return rows with the weights that their classes have."""
        weight = self._targets.weighted(checked.y, by_class, checked.weight)
        return replace(checked, weight=weight)

    def _check_whole_target(self, y: Any) -> None:
        """Raise if y, a part of the targets, does not tell what they all are."""

    def _check_model(self, checked: CheckedRows) -> None:
        """Warn of a new model that does not suit the data."""

    def _checked(
        self, X: Any, y: Any, weight: Any, *, reset: bool, batch: bool = False
    ) -> CheckedRows:
        """Check data; against the last fit's where it is not to be learned from.

        Those of a batch of more may all have the weight 0.
        """
        numeric = self._numeric_target
        return check_rows(self, X, y, weight, reset=reset, numeric=numeric, batch=batch)

    # --- the story -------------------------------------------------------------

    @changes_state
    def _follow(self, call: FitCall) -> Any:
        """Do what a call of `fit`, `partial_fit` or `initialize` asks for.

        They are one story, as is a warm start, which goes on with the last model.
        """
        self._validate_params()
        new = call.is_first(self)
        arguments, given = self._arguments(call)  # 1 of this fit, and what validates
        data, first = self._opened(call, arguments, new)  # 2 rows, or a stream's first
        targets = self._targets_of(call, data, first, new)  # 3 made from y
        self._build(targets, first, new)  # 4, 5, 6 a recipe, its model, the two bound
        if not call.trains:
            return self._leave(call, Trained())
        arguments = call.for_training(arguments)
        with self._unfitted_by_errors(new):
            rows = split_rows(self, data, given, arguments, call.groups)  # 7
            trained = train(self, call, *rows, arguments)  # 8
        return self._leave(call, trained)  # 9 what a fit leaves behind

    _fit = with_callbacks(_follow)

    def _arguments(
        self, call: FitCall
    ) -> tuple[dict[str, Any], tuple[Any, Any, Any] | None]:
        """Merge and check the arguments of `keras.Model.fit`; find the validation set.

        ``early_stopping`` is among them, which Keras does not know.
        """
        if not call.trains:
            return {}, None
        of_call = {"epochs": 1} if call.one_more else call.arguments
        own, routed = self._own_params(), self._all_routed()
        arguments = merged_arguments("fit", own, routed, of_call)
        self._check_arguments("fit", arguments)
        arguments["early_stopping"] = self.early_stopping
        if call.one_more:
            return arguments, None
        given = one_validation_set(*call.validation, arguments["validation_split"])
        check_groups(call.groups, arguments["validation_split"])
        return arguments, given

    def _opened(
        self, call: FitCall, arguments: Mapping[str, Any], new: bool
    ) -> tuple[CheckedRows | BatchStream, CheckedRows]:
        """Open the data; return them, and what of them is checked: all, or a batch."""
        if call.one_more or is_stream(call.X):
            refuse_balanced(arguments.get("class_weight"))
        whole = (call.X, call.y, call.sample_weight)
        if not call.trains:  # on what it is shown, as a whole
            checked = self._checked(*whole, reset=new)
            return checked, checked
        steps, argument = arguments.get("steps_per_epoch"), "fit__steps_per_epoch"
        stream = open_stream(*whole, steps, argument, targets=self._needs_targets)
        given = stream.first() if stream else whole
        checked = self._checked(*given, reset=new, batch=stream is not None)
        check_augmentable(self.augmenter, checked.X)
        return stream or checked, checked

    def _targets_of(
        self,
        call: FitCall,
        data: CheckedRows | BatchStream,
        first: CheckedRows,
        new: bool,
    ) -> Targets:
        """Make codecs from y and learn the facts about the data, or know them."""
        if not new:
            if call.classes is not None:
                check_same_classes(call.classes, self.classes_)
            return self._targets
        from sk_keras._shared.keras_objects.seeding import draw_seed

        forget(self, OF_THE_LAST_FIT)
        self._seed = draw_seed(self.random_state)
        self._order = None if self._seed is None else RandomState(self._seed)
        if data is not first and call.classes is None:
            self._check_whole_target(first.y)
        targets = self._make_targets(first, call.classes)
        self._meta = facts_for(self, first, targets)
        learn(self, self._meta)
        return targets

    def _build(self, targets: Targets, first: CheckedRows, new: bool) -> None:
        """Make the model, or take up the last one, and bind the targets to it.

        Columns of labels may be an output each, or tags of a sequence. The model tells;
        a builder that does not come to terms with the numbers of classes of columns is
        asked again with the one of all labels.
        """
        try:
            self._build_for(targets, first, new)
        except (TypeError, ValueError) as error:
            elements = targets.of_elements() if new else None
            if elements is None:
                raise
            meta = self._meta
            self._meta = facts_for(self, first, elements)
            try:
                self._build_for(elements, first, new)
            except (TypeError, ValueError):
                self._meta = meta
                raise error from None
            learn(self, self._meta)

    def _build_for(self, targets: Targets, first: CheckedRows, new: bool) -> None:
        recipe = asked_for(self)  # 4
        with recipe.scope(), self._seeded(new):
            draft = self._draft(recipe, first, new)  # 5 the model: made, or taken up
            self._bind(targets, draft, first, new)  # 6 to the model's outputs

    def _seeded(self, new: bool) -> AbstractContextManager[None]:
        """Seed what a new model draws: weights, and the seeds of its layers."""
        from sk_keras._shared.keras_objects.seeding import making

        return making(self._seed) if new else nullcontext()

    def _draft(self, recipe: Recipe, first: CheckedRows, new: bool) -> Draft:
        """Make the model, or take up the last one under another recipe."""
        if new:
            return make(recipe, pick(first.X, slice(0, 32)))
        return self._made.under(recipe, self.model_)

    def _bind(
        self, targets: Targets, draft: Draft, first: CheckedRows, new: bool
    ) -> None:
        """Match targets and outputs, compile with the losses that suit, and learn."""
        from sk_keras._estimators.targets.heads import output_heads

        if new:
            few = dense(draft.made.inputs.arrange(pick(first.X, slice(0, 32))))
            check_masked(draft.model, few, first.y)
            targets = targets.bind(*output_heads(draft.model, few))
        if draft.compile(targets):
            targets = targets.planned(getattr(draft.model, "loss", None), first.y)
            suit_metrics(draft.model, targets, first.y)
        self._made, self._targets = draft.made, targets
        if new:
            learn(self, targets.learned())
            self.model_ = draft.model
            self._check_model(first)

    @contextmanager
    def _unfitted_by_errors(self, new: bool) -> Iterator[None]:
        """Take a new model back if its training fails: half trained is not fitted."""
        try:
            yield
        except BaseException:
            if new:
                del self.model_
            raise

    def _leave(self, call: FitCall, trained: Trained) -> Any:
        """Learn what a fit leaves behind, and tell who waits for it."""
        before = vars(self).get("history_", {})
        history = call.history(before, trained.history)
        learn(self, self._as_fitted(history))
        if trained.task is None:
            return self
        self.engine_, self.callbacks_ = trained.engine, trained.callbacks
        if not np.isfinite(next(reversed(history.get("loss", [])), 0.0)):
            warn(
                "The training loss is no longer finite: training has diverged, and "
                "predictions mean nothing. Lower optimizer__learning_rate, or scale X.",
                ConvergenceWarning,
            )
        place = None if call.one_more else place_of(self)
        if place is not None:
            self._place = place  # by which the search is known, whatever comes later
            keep_history(place, history)
        trained.task.end()
        return self

    def _as_fitted(self, history: dict[str, list[float]]) -> dict[str, Any]:
        """Return the attributes of an estimator whose fit ends with a history."""
        return {"model_": self.model_, **told_by(history)}

    # --- looking ---------------------------------------------------------------

    def summary(self, **kwargs: Any) -> None:
        """Print the fitted model's layers.

        Parameters
        ----------
        **kwargs : dict
            Passed to `keras.Model.summary`.
        """
        check_is_fitted(self)
        self.model_.summary(**kwargs)

    def history_frame(self) -> pd.DataFrame:
        """Return the training history as a table.

        Returns
        -------
        pandas.DataFrame of shape (n_iter_, n_figures)
            A row for each epoch, counted from 1; the columns are the keys of
            ``history_``.
        """
        check_is_fitted(self)
        index = pd.RangeIndex(1, self.n_iter_ + 1, name="epoch")
        return pd.DataFrame(self.history_, index=index)

    def _html_repr(self) -> str:
        html: str = super()._html_repr()
        return html + layers_table(self.model_) if "model_" in vars(self) else html

    def __sklearn_is_fitted__(self) -> bool:
        return "model_" in vars(self)

    def __sklearn_clone__(self) -> Any:
        return clone_estimator(self)
