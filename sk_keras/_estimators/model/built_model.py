"""What a recipe made: a model, and what is known of it since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sk_keras._estimators.model.compiling import compile_model, picked
from sk_keras._estimators.model.input_plan import InputPlan, warn_unmasked
from sk_keras._estimators.model.recipe import Recipe
from sk_keras._estimators.model.several_outputs import spread_over_outputs
from sk_keras._estimators.model.sharing import (
    claim_layers,
    claim_model,
    note_frozen,
    refuse_frozen,
)
from sk_keras._estimators.model.trainable import set_trainable
from sk_keras._estimators.targets.base import Targets
from sk_keras._shared.keras_objects.flags import Flags, flags_of, set_flags
from sk_keras._shared.keras_objects.optimizers import compile_anew
from sk_keras._shared.routing.same_value import same_value
from sk_keras._shared.routing.signatures import argument_names


@dataclass(frozen=True)
class Made:
    """What came of a recipe.

    Attributes
    ----------
    recipe : Recipe
    inputs : InputPlan
        How X goes into the model.
    compiles_itself : bool
        Whether the builder returned a compiled model.
    built_flags : Flags
        Which layers the builder left open.
    compiled_flags : Flags
        Which were open when the model was last compiled.
    made_up_names : dict of str to str
        Names that Keras gave to layers without, and these without numbers.
    """

    recipe: Recipe
    inputs: InputPlan
    compiles_itself: bool
    built_flags: Flags
    compiled_flags: Flags
    made_up_names: Mapping[str, str]

    def under(self, recipe: Recipe, model: Any) -> Draft:
        """Take a trained model up under another recipe.

        It is to be compiled anew where the other recipe says so, and where layers
        were frozen or opened: by the parameter, or by hand since the last fit.

        Parameters
        ----------
        recipe : Recipe
        model : keras.Model
            What this recipe has made.

        Raises
        ------
        ValueError
            If the other recipe makes another model.
        """
        self.recipe.check_same_model(recipe)
        # Facts about the data stay those that the model was made for.
        recipe = replace(
            recipe,
            builder=self.recipe.builder,
            kwargs=self.recipe.kwargs,
            vocabulary=self.recipe.vocabulary,
            policy=self.recipe.policy,
        )
        before = flags_of(model)
        try:
            if not same_value(recipe.trainable, self.recipe.trainable):
                choose_flags(model, recipe, self.built_flags, self.made_up_names)
            claim_layers(model, recipe.name)
        except BaseException:
            set_flags(model, before)
            raise
        now = replace(self, recipe=recipe, compiled_flags=flags_of(model))
        return Draft(model, now, partial(_compile_again, model, now, self, before))


@dataclass(frozen=True)
class Draft:
    """A model that is built, and not yet compiled: its loss depends on the targets.

    Attributes
    ----------
    model : keras.Model
    made : Made
    compile : callable
        Takes the targets that are bound to the model's outputs, compiles the model
        if it is to be, and returns whether its losses may be others since.
    """

    model: Any
    made: Made
    compile: Callable[[Targets], bool]


def make(recipe: Recipe, few: Any, flags: Flags | None = None) -> Draft:
    """Make and build the model of a recipe, within its scope.

    Parameters
    ----------
    recipe : Recipe
    few : array, CSR matrix or Ragged, or a dict or list of them
        Some rows of X.
    flags : Flags or None
        Which layers are open, of a model that is made again; None has the recipe
        choose.

    Raises
    ------
    TypeError, ValueError
        If the builder returns no model, one of another estimator, or one that X does
        not go into.
    """
    from sk_keras._shared.keras_objects.seeding import names_made_up

    with names_made_up() as made_up_names:
        model, compile_kwargs = recipe.call_builder()
        claim_model(model, recipe.name)
        inputs = recipe.build(model, few)
    compiled = bool(model.compiled)
    warn_unmasked(model, few, recipe.name)
    built = flags_of(model)
    if flags is not None:
        set_flags(model, flags)
    else:
        if recipe.trainable is None:
            refuse_frozen(model, recipe.name)
        choose_flags(model, recipe, built, made_up_names)
    try:
        claim_layers(model, recipe.name)
    except ValueError:
        set_flags(model, built)
        raise
    note_frozen(model, built)
    made = Made(recipe, inputs, compiled, built, flags_of(model), made_up_names)
    return Draft(model, made, partial(_compile_new, model, made, compile_kwargs))


def choose_flags(
    model: Any, recipe: Recipe, built: Flags, made_up_names: Mapping[str, str]
) -> None:
    """Freeze and open the layers of a model as a recipe's ``trainable`` says."""
    if recipe.trainable is not None:
        set_trainable(model, recipe.trainable, made_up_names)
    else:
        set_flags(model, built)


def _compile_new(
    model: Any,
    made: Made,
    compile_kwargs: Mapping[str, Any] | None,
    targets: Targets,
) -> bool:
    compile_model(
        model,
        made.recipe.spec,
        targets,
        given=compile_kwargs,
        taken=set(argument_names(made.recipe.builder)[0]),
        builder=made.recipe.name,
    )
    if made.compiles_itself and made.compiled_flags != made.built_flags:
        compile_anew(model)
    return True


def _compile_again(
    model: Any, now: Made, last: Made, flags: Flags, targets: Targets
) -> bool:
    """Compile a trained model anew if that was asked for, or flags changed."""
    asked = not same_value(now.recipe.spec, last.recipe.spec)
    anew = asked or now.compiled_flags != last.compiled_flags
    # What others have compiled, before or since, is compiled as they did.
    by_others = now.compiles_itself or not getattr(model.optimizer, "built", False)
    try:
        if anew and by_others and not asked:
            compile_anew(model)
        elif anew:
            _compile_as_asked(model, now, targets)
    except BaseException:
        set_flags(model, flags)
        raise
    note_frozen(model, flags)
    return anew


def _compile_as_asked(model: Any, made: Made, targets: Targets) -> None:
    """Compile a trained model with the recipe's optimizer and loss."""
    if made.compiles_itself:
        raise ValueError(
            "warm_start=True goes on with the last fit's model, which "
            f"{made.recipe.name} has compiled; the optimizer, loss or metrics changed. "
            "Return the model uncompiled, or set warm_start=False."
        )
    arguments = made.recipe.spec.arguments()
    if arguments["loss"] is None:
        arguments["loss"] = picked(model, targets, arguments)
    model.compile(**spread_over_outputs(arguments, model))
