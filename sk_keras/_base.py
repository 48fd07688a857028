"""The one story of fit and predict, shared by all Keras estimators."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import RandomState
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.validation import check_is_fitted

from sk_keras._builders import builder_kwargs, resolve_builder
from sk_keras._cloning import clone_estimator
from sk_keras._compiling import compile_spec
from sk_keras._facts import data_facts, plain_facts
from sk_keras._inputs import (
    Sample,
    about_validation,
    check_sample,
    check_shape,
    check_X,
    dense_rows,
    one_validation_set,
    split_validation,
)
from sk_keras._params import RoutedParams, same_value
from sk_keras._persistence import packed_state, restore_state
from sk_keras._recipe import Recipe
from sk_keras._repr import layers_table
from sk_keras._routing import merged_arguments, routed_to
from sk_keras._target_set import TargetSet

#: Share of the data that early stopping keeps for validation, if nothing else is.
EARLY_STOPPING_SPLIT = 0.1

#: Arguments of `keras.Model.fit` that are no parameters of the estimators.
FIT_CONSTRAINTS: dict[str, list[Any]] = {
    "initial_epoch": [Interval(Integral, 0, None, closed="left")],
    "steps_per_epoch": [Interval(Integral, 1, None, closed="left"), None],
    "validation_steps": [Interval(Integral, 1, None, closed="left"), None],
    "validation_freq": [Interval(Integral, 1, None, closed="left"), list, tuple],
}


class BaseKerasEstimator(RoutedParams, ABC):
    """A Keras model builder as an estimator; subclasses know about targets."""

    _parameter_constraints: dict[str, list[Any]] = {
        "optimizer": [str, type, dict, HasMethods("apply_gradients")],
        "loss": [str, type, callable, list, tuple, dict, None],
        "metrics": [list, tuple, dict, str, callable, HasMethods("update_state"), None],
        "epochs": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "batch_size": [
            Interval(Integral, 1, None, closed="left"),
            Options(Integral, {-1}),
            None,
        ],
        "validation_batch_size": [
            Interval(Integral, 1, None, closed="left"),
            Options(Integral, {-1}),
            None,
        ],
        "shuffle": ["boolean"],
        "validation_split": [
            Interval(Real, 0, 1, closed="left"),
            HasMethods("split"),
            None,
        ],
        "early_stopping": ["boolean", Interval(Integral, 1, None, closed="left")],
        "trainable": [str, list, tuple, callable, None],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "run_eagerly": ["boolean"],
        "engine": [StrOptions({"auto", "keras"})],
        "custom_objects": [dict, None],
        "verbose": ["verbose", StrOptions({"auto"})],
    }

    #: Whether targets are numbers to be predicted, not labels.
    _numeric_target: bool

    @abstractmethod
    def __init__(self) -> None: ...

    @abstractmethod
    def _make_targets(self, y: Any, classes: Any) -> TargetSet:
        """Make the codecs for a checked target."""

    @abstractmethod
    def _weighted(self, sample: Sample, call: Mapping[str, Any]) -> Sample:
        """Return the sample with the weights that its classes have."""

    # --- fit ---------------------------------------------------------------

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation: tuple[Any, Any, Any, Any],
        fit_params: dict[str, Any],
    ) -> Any:
        """Fit from the start, or from the last fit's model (``warm_start``)."""
        self._validate_params()
        how = self._fit_arguments(fit_params)
        given = one_validation_set(*validation, how["validation_split"])
        goes_on = self.warm_start and "model_" in vars(self)
        sample = self._checked(X, y, sample_weight, reset=not goes_on)
        if goes_on:
            self._go_on(sample)
        else:
            self._start(sample, None)
        train, held_out = self._split(sample, given, how["validation_split"])
        try:
            stop = self.early_stopping
            history = self._train(train, held_out, how, stop, scale_weights=True)
        except BaseException:
            if not goes_on:  # half trained is not fitted
                del self.model_
            raise
        return self._finish(history)

    def _partial_fit(self, X: Any, y: Any, classes: Any, sample_weight: Any) -> Any:
        """Train one epoch more on the data given."""
        first = "model_" not in vars(self)
        self._validate_params()
        how = self._fit_arguments({"epochs": 1})
        how.update(dict.fromkeys(FIT_CONSTRAINTS))  # they count epochs of a fit
        if how.get("class_weight") == "balanced":
            raise ValueError(
                "class_weight='balanced' cannot be known from a part of the data. Give "
                "partial_fit a dict, sklearn.utils.class_weight.compute_class_weight "
                "makes one, or sample_weight."
            )
        sample = self._checked(X, y, sample_weight, reset=first)
        if first:
            self._start(sample, classes)
        else:
            self._go_on(sample)
        if classes is not None and not first:
            self._check_classes(classes)
        before = {} if first else self.history_
        # Weights keep their scale: they count from one call to the next.
        after = self._train(sample, None, how, False, scale_weights=False)
        return self._finish({n: [*before.get(n, []), *v] for n, v in after.items()})

    def _initialize(self, X: Any, y: Any) -> Any:
        """Make the model without training it."""
        self._validate_params()
        self._start(self._checked(X, y, None, reset=True), None)
        return self._finish({})

    def _fit_arguments(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """Merge and check the arguments of `keras.Model.fit`."""
        how = merged_arguments("fit", self._own_params(), self._all_routed(), call)
        self._check_arguments("fit", how)
        return how

    def _check_arguments(self, method: str, how: Mapping[str, Any]) -> None:
        """Check what a call or a routed name gives as parameters are checked."""
        name = f"{type(self).__name__}.{method}"
        constraints = {**self._parameter_constraints, **FIT_CONSTRAINTS}
        validate_parameter_constraints(constraints, dict(how), name)

    def _check_classes(self, classes: Any) -> None:
        """Refuse other classes than those of the first call."""
        if not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(
                f"classes={list(classes)} is not the same as in the first call of "
                f"partial_fit, where it was {self.classes_.tolist()}."
            )

    def _own_params(self) -> dict[str, Any]:
        """Read the constructor's parameters."""
        return {name: getattr(self, name) for name in self._get_param_names()}

    def _checked(self, X: Any, y: Any, weight: Any, *, reset: bool) -> Sample:
        """Check data; against the last fit's where it is not to be learned from."""
        numeric = self._numeric_target
        if not reset:
            check_shape(X, self.X_shape_, type(self).__name__)
        return check_sample(self, X, y, weight, reset=reset, numeric=numeric)

    def _start(self, sample: Sample, classes: Any) -> None:
        """Learn the facts about the data, and make the model."""
        from sk_keras._outputs import output_heads
        from sk_keras.training.seeding import draw_seed, seeded

        for name in ("history_", "n_iter_", "best_epoch_", "callbacks_", "model_"):
            self.__dict__.pop(name, None)
        self._seed = draw_seed(self.random_state)
        self._order = None if self._seed is None else RandomState(self._seed)
        targets = self._make_targets(sample.y, classes)
        self._meta = data_facts(sample, targets, self.n_features_in_)
        self.__dict__.update(self._meta)
        self._recipe = self._make_recipe()
        few = dense_rows(sample.X[:32])
        with seeded(self._seed):
            model, self._targets = self._recipe.make(
                few, lambda model: targets.bind(*output_heads(model, few))
            )
        self._targets.set_losses(getattr(model, "loss", None), sample.y)
        self.__dict__.update(self._targets.learned())
        self.model_ = model

    def _make_recipe(self) -> Recipe:
        """Read the parameters that decide on the model and its compilation."""
        builder = resolve_builder(self.model, self.build_fn, self._own_builder())
        self._check_names(self._routed, builder)
        own = self._own_params()
        defaults = self._constructor_defaults()
        untouched = {name for name in own if same_value(own[name], defaults[name])}
        kwargs = builder_kwargs(
            builder,
            given={k: v for k, v in self.get_params(False).items() if k not in own},
            facts=plain_facts(self._meta),
            always={"meta": dict(self._meta), "params": self.get_params()},
            own=own,
            untouched=untouched,
        )
        spec = compile_spec(own, self._all_routed(), untouched)
        return Recipe(builder, kwargs, spec, self.custom_objects or {}, self.trainable)

    def _go_on(self, sample: Sample) -> None:
        """Take up the last fit's model, compiled anew if that was asked for."""
        self._recipe, anew = self._recipe.go_on(
            self._make_recipe(), self.model_, self._targets
        )
        if anew:
            self._targets.set_losses(self.model_.loss, sample.y)

    def _split(
        self, sample: Sample, given: tuple[Any, Any, Any] | None, split: Any
    ) -> tuple[Sample, Sample | None]:
        """Find the validation data: given, split off, or none."""
        if given is not None:
            X_val, y_val, weight_val = given
            with about_validation():
                return sample, self._checked(X_val, y_val, weight_val, reset=False)
        if not split and self.early_stopping:
            split = EARLY_STOPPING_SPLIT
        if not split:
            return sample, None
        stratify = not self._numeric_target
        return split_validation(
            sample,
            split,
            stratify=stratify,
            random_state=check_random_state(self._seed),
        )

    def _train(
        self,
        train: Sample,
        held_out: Sample | None,
        how: Mapping[str, Any],
        stop: bool | int,
        *,
        scale_weights: bool,
    ) -> dict[str, list[float]]:
        """Hand plain values to the engine; return the history."""
        from sk_keras.training import engine
        from sk_keras.training.callbacks import fresh_callbacks, stopping_rule

        train = self._weighted(train, how).without_zero_weights()
        routed = self._all_routed()
        routed = {
            **routed_to(routed, "callbacks"),
            **routed_to(routed, "fit__callbacks"),
        }
        callbacks = fresh_callbacks(how["callbacks"], routed)
        for name, rule in stopping_rule(stop, how["epochs"]).items():
            callbacks[name if name not in callbacks else f"{name}_rule"] = rule
        settings = engine.FitSettings.of(
            how,
            n_rows=train.X.shape[0],
            engine=self.engine,
            seed=self._seed,
            order=check_random_state(self._order),
        )
        rows = self._rows(train, scale_weights)
        held_out_rows = None
        if held_out is not None:
            with about_validation():
                held_out_rows = self._rows(held_out, scale_weights)
        history, self.engine_ = engine.fit(
            self.model_, rows, held_out_rows, callbacks, settings
        )
        self.callbacks_ = callbacks
        return history

    def _rows(self, sample: Sample, scale_weights: bool) -> Any:
        """Encode the targets; scale weights to a mean of 1."""
        from sk_keras.training.streams import Rows

        weight = sample.weight
        if weight is not None and not weight.any():
            raise ValueError(
                "All sample weights are zero in the rows to train or to validate on. "
                "Give at least one row a positive weight."
            )
        if weight is not None and scale_weights:
            weight = weight / weight.mean()
        y = self._targets.encode(sample.y)
        return Rows(sample.X, y, None if weight is None else weight.astype(np.float32))

    def _finish(self, history: dict[str, list[float]]) -> Any:
        """Set what a fit leaves behind."""
        self.history_ = history
        if not np.isfinite(next(reversed(history.get("loss", [])), 0.0)):
            warnings.warn(
                "The training loss is no longer finite: training has diverged, and "
                "predictions mean nothing. Lower optimizer__learning_rate, or scale X.",
                ConvergenceWarning,
                stacklevel=4,
            )
        self.n_iter_ = len(next(iter(history.values()), []))
        watched = history.get("val_loss", history.get("loss", []))
        finite = np.where(np.isnan(watched), np.inf, watched)
        self.best_epoch_ = int(np.argmin(finite)) + 1 if self.n_iter_ else 0
        return self

    # --- predict -----------------------------------------------------------

    def _raw_predictions(self, X: Any, predict_params: Mapping[str, Any]) -> Any:
        """Run the model over X."""
        check_is_fitted(self)
        from sk_keras.training.prediction import predict

        size = {"batch_size": self.batch_size}
        how = merged_arguments("predict", size, self._all_routed(), predict_params)
        self._check_arguments("predict", how)
        check_shape(X, self.X_shape_, type(self).__name__)
        X = check_X(self, X, reset=False)
        batch_size = how.pop("batch_size") or 32
        batch_size = X.shape[0] if batch_size == -1 else batch_size
        return predict(self.model_, X, batch_size, how)

    def __sklearn_is_fitted__(self) -> bool:
        return "model_" in vars(self)

    # --- looking -----------------------------------------------------------

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
        html = super()._html_repr()
        return html + layers_table(self.model_) if "model_" in vars(self) else html

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        # Builder arguments at their defaults are left out, as sklearn leaves
        # out parameters at theirs: a stand-in that does not hold them prints.
        shown = object.__new__(type(self))
        shown.__dict__.update(vars(self), _terse=True)
        return super(BaseKerasEstimator, shown).__repr__(N_CHAR_MAX)

    # --- copying -----------------------------------------------------------

    def __sklearn_clone__(self) -> Any:
        return clone_estimator(self)

    def __getstate__(self) -> dict[str, Any]:
        return packed_state(self, dict(super().__getstate__()))

    def __setstate__(self, state: dict[str, Any]) -> None:
        restore_state(self, state)

    def _remake_model(self) -> Any:
        """Make the fitted model again, without its weights."""
        few = np.zeros((2, *self.X_shape_[1:]), dtype=self.X_dtype_)
        return self._recipe.make(few, lambda model: self._targets)[0]
