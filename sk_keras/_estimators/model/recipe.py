"""How a model was made: enough to make it again.

A fit and a load from disk go the same way: call the builder with the same
arguments, build, compile. That is why a saved estimator needs no copy of
custom layers, losses or lambdas: what made them makes them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sk_keras._estimators.model.compiling import CompileSpec, compile_model
from sk_keras._estimators.model.input_plan import (
    InputPlan,
    plan_inputs,
    warn_unmasked,
    with_lookups,
)
from sk_keras._estimators.model.several_outputs import spread_over_outputs
from sk_keras._estimators.model.sharing import (
    claim_layers,
    claim_model,
    note_frozen,
    refuse_frozen,
)
from sk_keras._estimators.model.trainable import set_trainable
from sk_keras._estimators.parameters.builders import (
    FILLED_BY_FACTS,
    asks_compile_kwargs,
    builder_name,
    same_builder,
)
from sk_keras._estimators.targets.base import Targets
from sk_keras._shared.arrays.parts import dense
from sk_keras._shared.keras_objects.flags import Flags, flags_of, set_flags
from sk_keras._shared.keras_objects.optimizers import compile_anew
from sk_keras._shared.keras_objects.packing import Packable
from sk_keras._shared.routing.same_value import same_value
from sk_keras._shared.routing.signatures import argument_names

MSG_NO_MODEL = (
    "{builder} returned {got}, not a keras.Model. A builder has to return the model "
    "that it made{hint}"
)
MSG_WARM = (
    "warm_start=True goes on with the last fit's model, but {what} changed: it was "
    "{before!r} and is {now!r}. Set warm_start=False to fit a new model."
)


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
    trainable : str, list of str, callable or None
        The layers to train; None for those that the builder leaves open.
    compiles_itself : bool
        Whether the builder returned a compiled model, known once it has.
    inputs : InputPlan
        How X goes into the model, known once it is built.
    built_flags : Flags or None
        Which layers the builder left open, known once it has.
    compiled_flags : Flags or None
        Which were open when the model was last compiled.
    made_up_names : dict of str to str
        Names that Keras gave to layers without, and these without numbers.
    vocabulary : int, dict, list or None
        Sizes of vocabularies that the builder takes from the data.
    """

    builder: Callable[..., Any]
    kwargs: Mapping[str, Any]
    spec: CompileSpec
    custom_objects: Mapping[str, Any] = field(default_factory=dict)
    trainable: Any = None
    compiles_itself: bool = False
    inputs: InputPlan = InputPlan()
    built_flags: Flags | None = None
    compiled_flags: Flags | None = None
    made_up_names: Mapping[str, str] = field(default_factory=dict)
    vocabulary: Any = None

    def __getstate__(self) -> dict[str, Any]:
        # Keras numbers on from model to model: equal recipes would pickle, and be
        # hashed by joblib, as different ones. `make` takes the names down again.
        return {
            **super().__getstate__(),
            "made_up_names": {},
            "inputs": InputPlan(),
        }

    @property
    def name(self) -> str:
        """The builder's name, for messages."""
        return builder_name(self.builder)

    def make(
        self, sample: Any, bind: Callable[[Any, Any], Targets]
    ) -> tuple[Any, Targets]:
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
        targets : Targets
        """
        from sk_keras._shared.keras_objects.seeding import (
            names_made_up,
            plain_variable_names,
        )

        with self._scope(), plain_variable_names():
            kwargs = dict(self.kwargs)
            given = None
            if asks_compile_kwargs(self.builder):
                given = kwargs["compile_kwargs"] = self.spec.arguments()
            kwargs.update(self.spec.routed_objects(kwargs, self.builder))
            with names_made_up() as self.made_up_names:
                model = self.builder(**kwargs)
                self._claim(model)
                self._build(model, sample)
            self.compiles_itself = bool(model.compiled)
            warn_unmasked(model, sample, self.name)
            flags_changed = self._set_flags(model)
            targets = bind(model, dense(self.inputs.arrange(sample)))
            compile_model(
                model,
                self.spec,
                targets.picked_losses,
                given=given,
                taken=set(argument_names(self.builder)[0]),
                builder=self.name,
            )
            if self.compiles_itself and flags_changed:
                compile_anew(model)
        return model, targets

    def _set_flags(self, model: Any) -> bool:
        """Freeze layers of a new model; tell whether its builder had left them open."""
        self.built_flags = flags_of(model)
        if self.compiled_flags is not None:  # it is made again
            set_flags(model, self.compiled_flags)
        else:
            if self.trainable is None:
                refuse_frozen(model, self.name)
            self._choose(model)
        try:
            claim_layers(model, self.name)
        except ValueError:
            set_flags(model, self.built_flags)
            raise
        self.compiled_flags = flags_of(model)
        note_frozen(model, self.built_flags)
        return self.compiled_flags != self.built_flags

    def _choose(self, model: Any) -> None:
        """Set the flags of a model's layers as ``trainable`` says."""
        if self.trainable is not None:
            set_trainable(model, self.trainable, self.made_up_names)
        elif self.built_flags is not None:
            set_flags(model, self.built_flags)

    def go_on(self, other: Recipe, model: Any, targets: Targets) -> tuple[Recipe, bool]:
        """Take up a trained model under another recipe.

        It is compiled anew where the other recipe says so, and where layers
        were frozen or opened: by the parameter, or by hand since the last fit.

        Parameters
        ----------
        other : Recipe
        model : keras.Model
            What this recipe has made.
        targets : Targets

        Returns
        -------
        recipe : Recipe
            How the model could be made now.
        anew : bool
            Whether it was compiled anew.

        Raises
        ------
        ValueError
            If the other recipe makes another model.
        """
        self.check_same_model(other)
        changes = {
            n: getattr(other, n) for n in ("spec", "custom_objects", "trainable")
        }
        now = replace(self, **changes)
        before = flags_of(model)
        try:
            if not same_value(now.trainable, self.trainable):
                now._choose(model)
            claim_layers(model, self.name)
            now.compiled_flags = flags_of(model)
            anew = now._compile_where_needed(model, targets, self)
        except BaseException:
            set_flags(model, before)
            raise
        note_frozen(model, before)
        return now, anew

    def _compile_where_needed(
        self, model: Any, targets: Targets, before: Recipe
    ) -> bool:
        """Compile a trained model anew if that was asked for, or flags changed."""
        asked = not same_value(self.spec, before.spec)
        if not asked and self.compiled_flags == before.compiled_flags:
            return False
        # What others have compiled, before or since, is compiled as they did.
        by_others = self.compiles_itself or not getattr(model.optimizer, "built", False)
        from sk_keras._shared.keras_objects.seeding import plain_variable_names

        with self._scope(), plain_variable_names():
            if by_others and not asked:
                compile_anew(model)
            else:
                self.compile_again(model, targets)
        return True

    def _scope(self) -> Any:
        """Have Keras find the custom objects by their names, for a while."""
        import keras

        return keras.saving.custom_object_scope(dict(self.custom_objects))

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

    def compile_again(self, model: Any, targets: Targets) -> None:
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
        claim_model(model, self.name)

    def _build(self, model: Any, sample: Any) -> None:
        """Create the variables, and see how X goes into the inputs."""
        import keras

        if model.built and getattr(model, "inputs", None):
            self.inputs = plan_inputs(model, sample, self.name, self.vocabulary)
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
        if not isinstance(rows, dict | list):
            row = dense(rows).shape[1:]
            self.inputs = with_lookups(self.inputs, model, self.vocabulary, row)
