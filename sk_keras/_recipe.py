"""How a model was made: enough to make it again.

A fit and a load from disk go the same way: call the builder with the same
arguments, build, compile. That is why a saved estimator needs no copy of
custom layers, losses or lambdas: what made them makes them again.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sk_keras._bound_targets import BoundTargets
from sk_keras._builders import (
    FILLED_BY_FACTS,
    asks_compile_kwargs,
    builder_name,
    same_builder,
)
from sk_keras._compiling import CompileSpec, compile_model
from sk_keras._input_plan import InputPlan, plan_inputs, warn_unmasked
from sk_keras._model_state import Packable
from sk_keras._params import same_value
from sk_keras._parts import dense
from sk_keras._routing import argument_names
from sk_keras._several_outputs import spread_over_outputs

MSG_NO_MODEL = (
    "{builder} returned {got}, not a keras.Model. A builder has to return the model "
    "that it made{hint}"
)
MSG_SAME_MODEL = (
    "{builder} returned a model that it has returned before. Estimators that share a "
    "model would train each other's: make a new model in each call, or give the "
    "model itself, KerasClassifier(model), which is copied for each fit."
)
MSG_WARM = (
    "warm_start=True goes on with the last fit's model, but {what} changed: it was "
    "{before!r} and is {now!r}. Set warm_start=False to fit a new model."
)

#: Models that are somebody's already.
_HANDED_OUT: weakref.WeakSet[Any] = weakref.WeakSet()


@dataclass
class Recipe(Packable):
    """A builder, its arguments, and what the model is compiled with.

    Attributes
    ----------
    builder : callable
    kwargs : dict
        What it is called with, but for ``compile_kwargs``.
    spec : CompileSpec
    custom_objects : dict
    compiles_itself : bool
        Whether the builder returned a compiled model, known once it has.
    inputs : InputPlan
        How X goes into the model, known once it is built.
    """

    builder: Callable[..., Any]
    kwargs: Mapping[str, Any]
    spec: CompileSpec
    custom_objects: Mapping[str, Any] = field(default_factory=dict)
    compiles_itself: bool = False
    inputs: InputPlan = InputPlan()

    @property
    def name(self) -> str:
        """The builder's name, for messages."""
        return builder_name(self.builder)

    def make(
        self, sample: Any, bind: Callable[[Any, Any], BoundTargets]
    ) -> tuple[Any, BoundTargets]:
        """Make, build and compile a model.

        Parameters
        ----------
        sample : array, CSR matrix or Ragged, or a dict or list of them
            A few rows of X.
        bind : callable
            Gives the targets as they fit the built model's outputs, from the
            model and from rows as it takes them.

        Returns
        -------
        model : keras.Model
        targets : BoundTargets
        """
        import keras

        from sk_keras.training.seeding import plain_variable_names

        custom_objects = keras.saving.custom_object_scope(dict(self.custom_objects))
        with custom_objects, plain_variable_names():
            kwargs = dict(self.kwargs)
            given = None
            if asks_compile_kwargs(self.builder):
                given = kwargs["compile_kwargs"] = self.spec.arguments()
            kwargs.update(self.spec.routed_objects(kwargs, self.builder))
            model = self.builder(**kwargs)
            self._claim(model)
            self._build(model, sample)
            self.compiles_itself = bool(model.compiled)
            warn_unmasked(model, sample, self.name)
            targets = bind(model, dense(self.inputs.arrange(sample)))
            compile_model(
                model,
                self.spec,
                targets.picked_losses,
                given=given,
                taken=set(argument_names(self.builder)[0]),
                builder=self.name,
            )
        return model, targets

    def check_same_model(self, other: Recipe) -> None:
        """Raise a ValueError if another recipe makes another model.

        Facts about the data do not count; a difference in them that matters
        shows when the data are checked.
        """
        if not same_builder(self.builder, other.builder):
            raise ValueError(
                MSG_WARM.format(what="the builder", before=self.name, now=other.name)
            )
        for name in sorted({*self.kwargs, *other.kwargs} - set(FILLED_BY_FACTS)):
            before, now = self.kwargs.get(name), other.kwargs.get(name)
            if not same_value(before, now):
                raise ValueError(MSG_WARM.format(what=name, before=before, now=now))

    def compile_again(self, model: Any, targets: BoundTargets) -> None:
        """Compile a trained model with this recipe's optimizer and loss."""
        if self.compiles_itself:
            raise ValueError(
                "warm_start=True goes on with the last fit's model, which "
                f"{self.name} has compiled; the optimizer, loss or metrics changed. "
                "Return the model uncompiled, or set warm_start=False."
            )
        arguments = self.spec.arguments()
        if arguments["loss"] is None:
            arguments["loss"] = targets.picked_losses()
        model.compile(**spread_over_outputs(arguments, model))

    def _claim(self, model: Any) -> None:
        import keras

        if not isinstance(model, keras.Model):
            hint = ": is its return statement missing?" if model is None else "."
            got = "None" if model is None else f"a {type(model).__name__}"
            raise TypeError(MSG_NO_MODEL.format(builder=self.name, got=got, hint=hint))
        if model in _HANDED_OUT:
            raise ValueError(MSG_SAME_MODEL.format(builder=self.name))
        _HANDED_OUT.add(model)

    def _build(self, model: Any, sample: Any) -> None:
        """Create the variables, and see how X goes into the inputs."""
        import keras

        if model.built and getattr(model, "inputs", None):
            self.inputs = plan_inputs(model, sample, self.name)
            return
        stack = isinstance(model, keras.Sequential)
        only = isinstance(sample, dict | list) and len(sample) == 1
        self.inputs = InputPlan(single=only and stack)
        rows = self.inputs.arrange(sample)
        if stack and not isinstance(rows, dict | list):
            # Called with rows, it would take their number for its batch size.
            model.build((None, *rows.shape[1:]))
        else:
            model(dense(rows), training=False)
