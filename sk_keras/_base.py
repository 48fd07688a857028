"""The one story of fit and predict, shared by all Keras estimators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import _clone_parametrized
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
)
from sklearn.utils.validation import check_is_fitted

from sk_keras._builders import GivenModel, builder_kwargs, is_model, resolve_builder
from sk_keras._compiling import compile_spec
from sk_keras._inputs import (
    Sample,
    check_sample,
    check_shape,
    check_X,
    one_validation_set,
    split_validation,
)
from sk_keras._params import RoutedParams, same_value
from sk_keras._persistence import packed_state, restore_state
from sk_keras._recipe import Recipe
from sk_keras._repr import layers_table
from sk_keras._routing import CONSUMER_NAMES, argument_names, routed_to, suggestion
from sk_keras._target_set import BoundTargets, TargetSet

#: What early stopping does where the user says no more than True.
EARLY_STOPPING_SPLIT = 0.1
EARLY_STOPPING_PATIENCE = 10

MSG_WARM = (
    "warm_start=True goes on with the last fit's model, but {what} changed: it was "
    "{before} and is {now}. Set warm_start=False to fit a new model."
)


class BaseKerasEstimator(RoutedParams, ABC):
    """A Keras model builder as an estimator; subclasses know about targets."""

    _parameter_constraints: dict[str, list[Any]] = {
        "metrics": [list, tuple, dict, str, callable, HasMethods("update_state"), None],
        "epochs": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "batch_size": [
            Interval(Integral, 1, None, closed="left"),
            Options(Integral, {-1}),
            None,
        ],
        "validation_batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "shuffle": ["boolean"],
        "validation_split": [
            Interval(Real, 0, 1, closed="left"),
            HasMethods("split"),
            None,
        ],
        "early_stopping": ["boolean", Interval(Integral, 1, None, closed="left")],
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
        from sk_keras.training import engine

        self._validate_params()
        how = self._fit_arguments(fit_params)
        given = one_validation_set(*validation, how["validation_split"])
        goes_on = self.warm_start and "model_" in vars(self)
        sample = self._checked(X, y, sample_weight, reset=not goes_on)
        if goes_on:
            self._check_warm_start(sample)
        else:
            self._start(sample, None)
        train, held_out = self._split(sample, given, how)
        train = self._weighted(train, how).without_zero_weights()
        callbacks = self._make_callbacks(how)
        self.history_ = engine.fit(
            self.model_,
            self._rows(train, normalize=True),
            None if held_out is None else self._rows(held_out, normalize=True),
            callbacks,
            self._fit_settings(how, train),
        )
        return self._finish(callbacks, len(next(iter(self.history_.values()), [])))

    def _partial_fit(self, X: Any, y: Any, classes: Any, sample_weight: Any) -> Any:
        """Train one epoch more on the data given."""
        from sk_keras.training import engine

        first = "model_" not in vars(self)
        self._validate_params()
        how = {**self._fit_arguments({}), "epochs": 1}
        sample = self._checked(X, y, sample_weight, reset=first)
        if first:
            self._start(sample, classes)
        train = self._weighted(sample, how).without_zero_weights()
        callbacks = self._make_callbacks({**how, "early_stopping": False})
        # Weights keep their scale: they count from one call to the next.
        rows = self._rows(train, normalize=False)
        settings = self._fit_settings(how, train)
        history = engine.fit(self.model_, rows, None, callbacks, settings)
        before = {} if first else self.history_
        self.history_ = _appended(before, history)
        return self._finish(callbacks, len(next(iter(self.history_.values()), [])))

    def _checked(self, X: Any, y: Any, weight: Any, *, reset: bool) -> Sample:
        sample = check_sample(
            self, X, y, weight, reset=reset, numeric=self._numeric_target
        )
        if not reset:
            check_shape(sample.X, self.X_shape_, type(self).__name__)
        return sample

    def _start(self, sample: Sample, classes: Any) -> None:
        """Learn the facts about the data, and make the model."""
        from sk_keras.training.seeding import draw_seed, seeded

        for name in ("history_", "n_iter_", "best_epoch_", "callbacks_"):
            vars(self).pop(name, None)
        self._seed = draw_seed(self.random_state)
        self._order = None if self._seed is None else np.random.RandomState(self._seed)
        targets = self._make_targets(sample.y, classes)
        self._set_facts(sample, targets)
        self._recipe = self._make_recipe()
        few = _dense(sample.X[:32])
        with seeded(self._seed):
            self.model_, self._targets = self._recipe.make(
                few, lambda model: self._bind(targets, model, few)
            )
        self._targets.set_losses(getattr(self.model_, "loss", None), sample.y)

    def _bind(self, targets: TargetSet, model: Any, few: np.ndarray) -> BoundTargets:
        from sk_keras._outputs import output_heads

        return targets.bind(*output_heads(model, few))

    def _set_facts(self, sample: Sample, targets: TargetSet) -> None:
        """Set the attributes that builders may ask for."""
        y = sample.y
        self.X_shape_ = sample.X.shape
        self.X_dtype_ = sample.X.dtype
        self.target_type_ = targets.target_type
        if isinstance(y, dict):
            self.n_outputs_: Any = {k: _n_columns(v) for k, v in y.items()}
        else:
            self.n_outputs_ = _n_columns(y)
        self.n_outputs_expected_ = len(targets.codecs)
        if targets.form == "dict" or not self._numeric_target:
            self.classes_ = targets.classes
            self.n_classes_ = targets.n_classes

    def _meta(self) -> dict[str, Any]:
        """Gather the facts about the data under SciKeras' names."""
        names = (
            "n_features_in_",
            "X_shape_",
            "X_dtype_",
            "n_outputs_",
            "n_outputs_expected_",
            "classes_",
            "n_classes_",
            "target_type_",
        )
        return {name: vars(self)[name] for name in names if name in vars(self)}

    def _make_recipe(self) -> Recipe:
        """Read the parameters that decide on the model and its compilation."""
        builder = resolve_builder(self.model, self.build_fn, self._own_builder())
        own = {name: getattr(self, name) for name in self._get_param_names()}
        defaults = self._constructor_defaults()
        untouched = {name for name in own if same_value(own[name], defaults[name])}
        given = {k: v for k, v in self.get_params(deep=False).items() if k not in own}
        self._check_names(self._routed, builder)
        meta = self._meta()
        facts = {
            "n_features_in": meta.get("n_features_in_"),
            "input_shape": tuple(self.X_shape_[1:]),
            "n_outputs": self.n_outputs_,
            "n_classes": meta.get("n_classes_"),
            "target_type": self.target_type_,
        }
        kwargs = builder_kwargs(
            builder,
            given=given,
            facts=facts,
            always={"meta": meta, "params": self.get_params(), "compile_kwargs": None},
            own=own,
            untouched=untouched,
        )
        asks = "compile_kwargs" in argument_names(builder)[0]
        if asks:
            kwargs.pop("compile_kwargs", None)
        spec = compile_spec(own, self._routed, untouched)
        return Recipe(builder, kwargs, spec, self.custom_objects or {}, asks)

    def _check_warm_start(self, sample: Sample) -> None:
        """Refuse to go on with a model that no longer fits; compile anew if asked."""
        recipe = self._make_recipe()
        for what in ("kwargs", "builder"):
            before, now = getattr(self._recipe, what), getattr(recipe, what)
            if what == "kwargs":
                ignored = ("meta", "params")
                before = {k: v for k, v in before.items() if k not in ignored}
                now = {k: v for k, v in now.items() if k not in ignored}
            same = type(before) is GivenModel or same_value(before, now)
            if not same:
                raise ValueError(
                    MSG_WARM.format(what=f"the {what}", before=before, now=now)
                )
        if not same_value(recipe.spec, self._recipe.spec):
            arguments = recipe.spec.arguments()
            arguments["loss"] = arguments["loss"] or self.model_.loss
            self.model_.compile(**arguments)
            self._targets.set_losses(self.model_.loss, sample.y)
            self._recipe.spec = recipe.spec

    def _split(
        self, sample: Sample, given: Any, how: Mapping[str, Any]
    ) -> tuple[Sample, Sample | None]:
        """Find the validation data: given, split off, or none."""
        if given is not None:
            X_val, y_val, weight_val = given
            return sample, self._checked(X_val, y_val, weight_val, reset=False)
        split = how["validation_split"]
        if not split and self.early_stopping:
            split = EARLY_STOPPING_SPLIT
        if not split:
            return sample, None
        return split_validation(
            sample,
            split,
            stratify=not self._numeric_target,
            random_state=self._order,
        )

    def _rows(self, sample: Sample, *, normalize: bool) -> Any:
        """Encode the targets; scale weights to a mean of 1."""
        from sk_keras.training.streams import Rows

        weight = sample.weight
        if weight is not None:
            if normalize:
                weight = weight / weight.mean()
            weight = weight.astype(np.float32)
        return Rows(sample.X, self._targets.encode(sample.y), weight)

    def _fit_arguments(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """Merge `Model.fit`'s arguments: the call's, routed ones, plain ones."""
        known = CONSUMER_NAMES["fit"]
        for name in call:
            if name not in known:
                raise TypeError(
                    f"fit got an unexpected argument {name!r}. {suggestion(name, known)}"
                    f"It takes {sorted(known)}."
                )
        own = {name: getattr(self, name) for name in known if hasattr(self, name)}
        routed = {
            k: v for k, v in routed_to(self._routed, "fit").items() if "__" not in k
        }
        return {**own, **routed, **call}

    def _make_callbacks(self, how: Mapping[str, Any]) -> dict[str, Any]:
        """Make this fit's callbacks, the stopping rules among them."""
        from sk_keras.training import callbacks as made

        routed = {
            **routed_to(self._routed, "callbacks"),
            **routed_to(self._routed, "fit__callbacks"),
        }
        every = made.fresh_callbacks(how["callbacks"], routed)
        stops = how.get("early_stopping", self.early_stopping)
        if stops:
            patience = EARLY_STOPPING_PATIENCE if stops is True else int(stops)
            every["early_stopping"] = made.early_stopping(patience)
        elif how["epochs"] == "auto":
            every["auto_epochs"] = made.StopOnPlateau()
        return every

    def _fit_settings(self, how: Mapping[str, Any], train: Sample) -> Any:
        from sk_keras.training.callbacks import AUTO_EPOCHS
        from sk_keras.training.engine import FitSettings
        from sk_keras.training.seeding import order_of

        n_rows = train.X.shape[0]
        batch_size = how["batch_size"] or 32
        batch_size = n_rows if batch_size == -1 else batch_size
        extra = (
            "initial_epoch",
            "steps_per_epoch",
            "validation_steps",
            "validation_freq",
        )
        return FitSettings(
            epochs=AUTO_EPOCHS if how["epochs"] == "auto" else how["epochs"],
            batch_size=batch_size,
            validation_batch_size=how["validation_batch_size"] or batch_size,
            verbose=1 if how["verbose"] == "auto" else int(how["verbose"]),
            engine=self.engine,
            seed=self._seed,
            order=order_of(self._order) if how["shuffle"] else None,
            extra={name: how[name] for name in extra if how.get(name) is not None},
        )

    def _finish(self, callbacks: dict[str, Any], n_epochs: int) -> Any:
        """Set what a fit leaves behind."""
        self.callbacks_ = callbacks
        self.n_iter_ = n_epochs
        watched = self.history_.get("val_loss", self.history_.get("loss", []))
        finite = np.where(np.isnan(watched), np.inf, watched)
        self.best_epoch_ = int(np.argmin(finite)) + 1 if n_epochs else 0
        return self

    def _initialize(self, X: Any, y: Any) -> Any:
        self._validate_params()
        self._start(self._checked(X, y, None, reset=True), None)
        self.history_ = {}
        return self._finish({}, 0)

    # --- predict -----------------------------------------------------------

    def _raw_predictions(self, X: Any, call: Mapping[str, Any]) -> Any:
        """Run the model over X."""
        check_is_fitted(self)
        from sk_keras.training.programs import predict

        known = CONSUMER_NAMES["predict"]
        for name in call:
            if name not in known:
                raise TypeError(
                    f"predict got an unexpected argument {name!r}. "
                    f"{suggestion(name, known)}It takes {sorted(known)}."
                )
        X = check_X(self, X, reset=False)
        check_shape(X, self.X_shape_, type(self).__name__)
        how = {
            "batch_size": self.batch_size,
            **routed_to(self._routed, "predict"),
            **call,
        }
        batch_size = how.pop("batch_size") or 32
        return predict(
            self.model_, X, X.shape[0] if batch_size == -1 else batch_size, how
        )

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
        vars(shown).update(vars(self), _terse=True)
        return RoutedParams.__repr__(shown, N_CHAR_MAX)

    # --- copying -----------------------------------------------------------

    def __sklearn_clone__(self) -> Any:
        from sk_keras._model_state import custom_objects_in

        params = list(self.get_params(deep=False).values())
        if not any(map(_from_keras, params)):
            return _clone_parametrized(self)
        import keras

        # sklearn copies parameters with deepcopy, which Keras answers with a
        # round trip through a config that knows no unregistered classes.
        with keras.saving.custom_object_scope(custom_objects_in(*params)):
            if not is_model(self.model):
                return _clone_parametrized(self)
            twin = object.__new__(type(self))
            vars(twin).update(vars(self), model=GivenModel(self.model))
            cloned = _clone_parametrized(twin)
            cloned.model = cloned.model.model
            return cloned

    def __getstate__(self) -> dict[str, Any]:
        return packed_state(self, dict(super().__getstate__()))

    def __setstate__(self, state: dict[str, Any]) -> None:
        restore_state(self, state)

    def _remake_model(self) -> Any:
        """Make the fitted model again, without its weights."""
        few = np.zeros((2, *self.X_shape_[1:]), dtype=self.X_dtype_)
        return self._recipe.make(few, lambda model: self._targets)[0]


def _from_keras(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_from_keras, value))
    if isinstance(value, dict):
        return any(map(_from_keras, value.values()))
    return any(base.__module__.startswith("keras.") for base in type(value).__mro__)


def _n_columns(y: np.ndarray) -> int:
    return 1 if y.ndim == 1 else y.shape[1]


def _dense(rows: Any) -> np.ndarray:
    return rows.toarray() if sparse.issparse(rows) else rows


def _appended(
    before: Mapping[str, list[float]], after: Mapping[str, list[float]]
) -> dict[str, list[float]]:
    return {name: [*before.get(name, []), *values] for name, values in after.items()}
