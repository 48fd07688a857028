"""The one story of a fit, shared by all Keras estimators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.random import RandomState
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import validate_parameter_constraints

from sk_keras._estimators.base.augmenter import (
    check_augmentable,
    check_labels_beyond,
    first_draws,
    next_seed,
)
from sk_keras._estimators.base.copies import CopyingMixin
from sk_keras._estimators.base.predict import PredictingMixin
from sk_keras._estimators.base.show import LookingMixin
from sk_keras._estimators.base.tasks import (
    CallbackSupportMixin,
    FitTask,
    with_callbacks,
)
from sk_keras._estimators.inputs.checked_rows import CheckedRows, check_rows
from sk_keras._estimators.inputs.stream import BatchStream, is_stream, open_stream
from sk_keras._estimators.inputs.validation import (
    about_validation,
    check_groups,
    check_splittable,
    one_validation_set,
    split_validation,
)
from sk_keras._estimators.model.compiling import compile_spec
from sk_keras._estimators.model.facts import data_facts, plain_facts
from sk_keras._estimators.model.recipe import Recipe
from sk_keras._estimators.model.vocabulary import learned_sizes
from sk_keras._estimators.parameters.builder_arguments import builder_kwargs
from sk_keras._estimators.parameters.constraints import FIT_CONSTRAINTS, PARAMETERS
from sk_keras._estimators.parameters.params import RoutedParams
from sk_keras._estimators.targets.class_weights import refuse_balanced
from sk_keras._estimators.targets.steps import check_masked
from sk_keras._estimators.targets.target_set import TargetSet
from sk_keras._shared.arrays.parts import pick
from sk_keras._shared.routing.prefixes import merged_arguments, routed_to
from sk_keras._shared.routing.same_value import same_value
from sk_keras._shared.routing.signatures import argument_names
from sk_keras._shared.searches.fit_place import place_of
from sk_keras._shared.searches.histories import keep_history
from sk_keras._shared.warn import warn

#: Share of the data that early stopping keeps for validation, if nothing else is.
EARLY_STOPPING_SPLIT = 0.1


class BaseKerasEstimator(
    CallbackSupportMixin,
    PredictingMixin,
    LookingMixin,
    CopyingMixin,
    RoutedParams,
    ABC,
):
    """A Keras model builder as an estimator; subclasses know about targets."""

    _parameter_constraints: dict[str, list[Any]] = PARAMETERS

    input_columns: dict[str, Any] | None

    #: Whether targets are numbers to be predicted, not labels.
    _numeric_target: bool

    #: Whether batches of a stream must have targets to train on.
    _needs_targets = True

    @abstractmethod
    def __init__(self) -> None: ...

    @abstractmethod
    def _make_targets(self, y: Any, classes: Any) -> TargetSet:
        """Make the codecs for a checked target."""

    @abstractmethod
    def _weighted(self, checked: CheckedRows, call: Mapping[str, Any]) -> CheckedRows:
        """Return the rows with the weights that its classes have."""

    @with_callbacks
    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation: tuple[Any, Any, Any, Any],
        fit_params: dict[str, Any],
        *,
        classes: Any = None,
        groups: Any = None,
    ) -> Any:
        """Fit from the start, or from the last fit's model (``warm_start``)."""
        self._validate_params()
        fit_arguments = self._fit_arguments(fit_params)
        given = one_validation_set(*validation, fit_arguments["validation_split"])
        check_groups(groups, fit_arguments["validation_split"])
        new = not (self.warm_start and "model_" in vars(self))
        if is_stream(X):
            refuse_balanced(fit_arguments.get("class_weight"))
        steps = fit_arguments.get("steps_per_epoch")
        data = self._prepared(X, y, sample_weight, steps, classes, new=new)
        with self._trained(new=new):
            split = fit_arguments["validation_split"]
            train, held_out = self._split(data, given, split, groups, fit_arguments)
            stop = self.early_stopping
            task = FitTask(self, train, fit_arguments, self._as_fitted)
            history = self._train(
                train, held_out, fit_arguments, stop, task, scale_weights=True
            )
        self._finish(history)
        place = place_of(self)
        if place is not None:
            self._place = place  # by which the search is known, whatever comes later
            keep_history(place, history)
        task.end()
        return self

    @with_callbacks
    def _partial_fit(self, X: Any, y: Any, classes: Any, sample_weight: Any) -> Any:
        """Train one epoch more on the data given."""
        new = "model_" not in vars(self)
        self._validate_params()
        fit_arguments = self._fit_arguments({"epochs": 1})
        steps = fit_arguments.get("steps_per_epoch")
        # They count epochs of a fit.
        fit_arguments.update(dict.fromkeys(FIT_CONSTRAINTS))
        refuse_balanced(fit_arguments.get("class_weight"))
        train = self._prepared(X, y, sample_weight, steps, classes, new=new)
        before = {} if new else self.history_

        def joined(after: dict[str, list[float]]) -> dict[str, list[float]]:
            return {name: [*before.get(name, []), *v] for name, v in after.items()}

        def as_fitted(after: dict[str, list[float]]) -> dict[str, Any]:
            return self._as_fitted(joined(after))

        with self._trained(new=new):
            task = FitTask(self, train, fit_arguments, as_fitted)
            # Weights keep their scale: they count from one call to the next.
            after = self._train(
                train, None, fit_arguments, False, task, scale_weights=False
            )
        self._finish(joined(after))
        task.end()
        return self

    def _prepared(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        steps: int | None,
        classes: Any,
        *,
        new: bool,
    ) -> CheckedRows | BatchStream:
        """Check the data, or the first batch of a stream; have a model for them."""
        argument, needed = "fit__steps_per_epoch", self._needs_targets
        stream = open_stream(X, y, sample_weight, steps, argument, targets=needed)
        first = stream.first() if stream else (X, y, sample_weight)
        checked = self._checked(*first, reset=new)
        check_augmentable(self.augmenter, checked.X)
        if new:
            self._start(checked, classes, streamed=stream is not None)
        else:
            self._go_on(checked)
            if classes is not None:
                self._targets.check_classes(classes, self.classes_)
        return stream or checked

    @contextmanager
    def _trained(self, *, new: bool) -> Iterator[None]:
        """Take a new model back if its training fails: half trained is not fitted."""
        try:
            yield
        except BaseException:
            if new:
                del self.model_
            raise

    def _initialize(self, X: Any, y: Any) -> Any:
        """Make the model without training it."""
        self._validate_params()
        self._start(self._checked(X, y, None, reset=True), None)
        return self._finish({})

    def _fit_arguments(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """Merge and check the arguments of `keras.Model.fit`."""
        fit_arguments = merged_arguments(
            "fit", self._own_params(), self._all_routed(), call
        )
        self._check_arguments("fit", fit_arguments)
        return fit_arguments

    def _check_arguments(self, method: str, arguments: Mapping[str, Any]) -> None:
        """Check what a call or a routed name gives as parameters are checked."""
        name = f"{type(self).__name__}.{method}"
        constraints = {**self._parameter_constraints, **FIT_CONSTRAINTS}
        validate_parameter_constraints(constraints, dict(arguments), name)

    def _check_whole_target(self, y: Any) -> None:
        """Raise if y, a part of the targets, does not tell what they all are."""

    def _own_params(self) -> dict[str, Any]:
        """Read the constructor's parameters."""
        return {name: getattr(self, name) for name in self._get_param_names()}

    def _checked(self, X: Any, y: Any, weight: Any, *, reset: bool) -> CheckedRows:
        """Check data; against the last fit's where it is not to be learned from."""
        numeric = self._numeric_target
        return check_rows(self, X, y, weight, reset=reset, numeric=numeric)

    def _start(
        self, checked: CheckedRows, classes: Any, *, streamed: bool = False
    ) -> None:
        """Learn the facts about the data, and make the model."""
        from sk_keras._estimators.targets.heads import output_heads
        from sk_keras._shared.keras_objects.seeding import draw_seed, seeded

        of_fit = ("history_", "n_iter_", "best_epoch_", "callbacks_", "model_")
        for name in (*of_fit, "_draws"):
            self.__dict__.pop(name, None)
        self._seed = draw_seed(self.random_state)
        self._order = None if self._seed is None else RandomState(self._seed)
        if streamed and classes is None:
            self._check_whole_target(checked.y)
        targets = self._make_targets(checked.y, classes)
        targets.container, targets.names = checked.container, checked.names
        self._meta = data_facts(checked, targets, self.n_features_in_)
        self.__dict__.update(self._meta)
        self._recipe = self._make_recipe()

        def bound(model: Any, few: Any) -> Any:
            check_masked(model, few, checked.y)
            return targets.bind(*output_heads(model, few))

        with seeded(self._seed):
            few = pick(checked.X, slice(0, 32))
            model, self._targets = self._recipe.make(few, bound)
        self._targets.set_losses(getattr(model, "loss", None), checked.y)
        self.__dict__.update(self._targets.learned())
        self.model_ = model

    def _make_recipe(self) -> Recipe:
        """Read the parameters that decide on the model and its compilation."""
        builder = self._resolve(self.model, vars(self).get("build_fn"))
        self._check_names(self._routed, builder)
        own = self._own_params()
        defaults = self._constructor_defaults()
        untouched = {name for name in own if same_value(own[name], defaults[name])}
        given = {k: v for k, v in self._told().items() if k not in own}
        kwargs = builder_kwargs(
            builder,
            given=given,
            facts=plain_facts(self._meta),
            always={"meta": dict(self._meta), "params": self.get_params()},
            own=own,
            untouched=untouched,
        )
        spec = compile_spec(own, self._all_routed(), untouched)
        sizes = self._meta.get("vocabulary_size_")
        return Recipe(
            builder,
            kwargs,
            spec,
            self.custom_objects or {},
            self.trainable,
            vocabulary=learned_sizes(
                argument_names(builder)[0], {**own, **given}, sizes
            ),
        )

    def _go_on(self, checked: CheckedRows) -> None:
        """Take up the last fit's model, compiled anew if that was asked for."""
        self._recipe, anew = self._recipe.go_on(
            self._make_recipe(), self.model_, self._targets
        )
        if anew:
            self._targets.set_losses(self.model_.loss, checked.y)

    def _split(
        self,
        data: CheckedRows | BatchStream,
        given: tuple[Any, Any, Any] | None,
        split: Any,
        groups: Any,
        fit_arguments: Mapping[str, Any],
    ) -> tuple[CheckedRows | BatchStream, CheckedRows | BatchStream | None]:
        """Find the validation data: given, split off, or none."""
        if given is not None:
            with about_validation(targets=self._needs_targets):
                steps = fit_arguments.get("validation_steps")
                argument = "fit__validation_steps"
                # All epochs are measured by the same batches.
                kind = {"from_start": True, "targets": self._needs_targets}
                stream = open_stream(*given, steps, argument, **kind)
                return data, stream or self._checked(*given, reset=False)
        if not split and self.early_stopping:
            split = EARLY_STOPPING_SPLIT
        if not split:
            return data, None
        check_splittable(data, split, self.model_)
        assert isinstance(data, CheckedRows)
        return split_validation(
            data,
            split,
            groups=groups,
            stratify=not self._numeric_target,
            random_state=check_random_state(self._seed),
        )

    def _train(
        self,
        train: CheckedRows | BatchStream,
        held_out: CheckedRows | BatchStream | None,
        fit_arguments: Mapping[str, Any],
        stop: bool | int,
        task: FitTask,
        *,
        scale_weights: bool,
    ) -> dict[str, list[float]]:
        """Hand plain values to the engine; return the history."""
        from sk_keras._estimators.base.epoch_tasks import EpochTasks
        from sk_keras._training import engine

        callbacks = self._make_callbacks(fit_arguments, stop)
        rows = self._training_rows(train, fit_arguments, scale_weights)
        settings = engine.FitSettings.of(
            fit_arguments,
            n_rows=len(rows),
            engine=self.engine,
            seed=self._seed,
            order=check_random_state(self._order),
            augment=self._augmentation(rows),
        )
        held_out_rows = None
        if held_out is not None:
            with about_validation(targets=self._needs_targets):
                held_out_rows = self._rows(held_out, scale_weights, training=False)
        last = [EpochTasks(task)] if task.is_watched else []
        history, self.engine_ = engine.fit(
            self.model_, rows, held_out_rows, callbacks, settings, last
        )
        self.callbacks_ = callbacks
        return history

    def _augmentation(self, rows: Any) -> Any:
        """Make what changes the batches of this fit, None without an augmenter."""
        if self.augmenter is None:
            return None
        from sk_keras._estimators.base.augmentation import augmentation_of

        if "_draws" not in vars(self):  # which go on from fit to fit
            self._draws = first_draws(self.augmenter, self._seed)
        few = rows.batch(slice(0, 2), pad=False)
        check_labels_beyond(self.augmenter, few[0].shape, self._targets)
        return augmentation_of(self.augmenter, few, next_seed(self._draws))

    def _make_callbacks(
        self, fit_arguments: Mapping[str, Any], stop: bool | int
    ) -> dict[str, Any]:
        """Make the callbacks of one fit; among many, it has folders of its own."""
        from sk_keras._training.callbacks.files import separate_files
        from sk_keras._training.callbacks.fresh import fresh_callbacks, stopping_rule

        routed = self._all_routed()
        routed = {
            **routed_to(routed, "callbacks"),
            **routed_to(routed, "fit__callbacks"),
        }
        callbacks = fresh_callbacks(fit_arguments["callbacks"], routed)
        separate_files(callbacks.values(), place_of(self))
        for name, rule in stopping_rule(stop, fit_arguments["epochs"]).items():
            callbacks[name if name not in callbacks else f"{name}_rule"] = rule
        return callbacks

    def _training_rows(
        self,
        train: CheckedRows | BatchStream,
        fit_arguments: Mapping[str, Any],
        scale: bool,
    ) -> Any:
        """Encode what is trained on, with the weights that its classes have."""
        from sk_keras._training.fixed_batches import is_stateful

        if isinstance(train, BatchStream):
            if fit_arguments["shuffle"]:
                train.order = check_random_state(self._order)
            return self._rows(
                train, scale, lambda checked: self._weighted(checked, fit_arguments)
            )
        weighted = self._weighted(train, fit_arguments)
        if not is_stateful(self.model_):  # whose rows keep their places
            weighted = weighted.without_zero_weights()
        return self._rows(weighted, scale)

    def _rows(
        self,
        data: CheckedRows | BatchStream,
        scale_weights: bool,
        weighted: Callable[[CheckedRows], CheckedRows] = lambda checked: checked,
        *,
        training: bool = True,
    ) -> Any:
        """Encode rows, or the batches of a stream, whose weights keep their scale."""
        from sk_keras._estimators.base.encode import encoded, encoded_stream

        if isinstance(data, BatchStream):

            def encode(batch: tuple[Any, ...]) -> Any:
                checked = weighted(self._checked(*batch, reset=False))
                return self._rows(checked, False, training=training)

            return encoded_stream(data, encode)
        inputs = self._recipe.inputs
        return encoded(data, self._targets, inputs, scale_weights, training=training)

    def _finish(self, history: dict[str, list[float]]) -> Any:
        """Set what a fit leaves behind."""
        self.__dict__.update(self._as_fitted(history))
        if not np.isfinite(next(reversed(history.get("loss", [])), 0.0)):
            warn(
                "The training loss is no longer finite: training has diverged, and "
                "predictions mean nothing. Lower optimizer__learning_rate, or scale X.",
                ConvergenceWarning,
            )
        return self

    def _as_fitted(self, history: dict[str, list[float]]) -> dict[str, Any]:
        """Return the attributes of an estimator whose fit ends with a history."""
        n_iter = len(next(iter(history.values()), []))
        watched = history.get("val_loss", history.get("loss", []))
        finite = np.where(np.isnan(watched), np.inf, watched)
        return {
            "model_": self.model_,
            "history_": history,
            "n_iter_": n_iter,
            "best_epoch_": int(np.argmin(finite)) + 1 if n_iter else 0,
        }
