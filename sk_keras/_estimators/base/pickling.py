"""The state on disk of what holds a model: plain arrays, and how to make it again."""

from __future__ import annotations

from typing import Any

from sk_keras._estimators.model.built_model import make
from sk_keras._estimators.model.sharing import refuse_overwrite
from sk_keras._shared.arrays.parts import stand_in
from sk_keras._shared.attributes import learn
from sk_keras._shared.keras_objects.packing import (
    assign_variables,
    pack,
    unpack,
    variables_of,
)
from sk_keras._shared.pickle_format import PlainStateMixin


class ModelStateMixin(PlainStateMixin):
    """Pickles without Keras objects; stands left of `sklearn.base.BaseEstimator`."""

    def _packed(self, state: dict[str, Any]) -> dict[str, Any]:
        """Turn attributes into plain values.

        Callbacks of the last fit are left out: they hold files and the model.
        """
        state.pop("callbacks_", None)
        model, made = state.pop("model_", None), state.pop("_made", None)
        if made is not None:
            # To make the model again tells the rest. Names that Keras makes up differ
            # from model to model: equal estimators would pickle as different ones.
            state.update(_recipe=made.recipe, _compiled_flags=made.compiled_flags)
        packed: dict[str, Any] = pack(state)
        return (
            packed if model is None else {**packed, "_variables": variables_of(model)}
        )

    def _restore(self, state: dict[str, Any]) -> None:
        """Set attributes, and make the model again.

        Raises
        ------
        ValueError
            If the builder now builds another model.
        """
        variables = state.pop("_variables", None)
        state = unpack(state)
        recipe, flags = state.pop("_recipe", None), state.pop("_compiled_flags", None)
        learn(self, state)
        if variables is None:
            return
        few = stand_in(state["X_shape_"], state["X_dtype_"])
        with recipe.scope():
            draft = make(recipe, few, flags)
            draft.compile(state["_targets"])
        refuse_overwrite(draft.model, variables["model"], recipe.name)
        assign_variables(draft.model, variables, recipe.name)
        learn(self, {"_made": draft.made, "model_": draft.model})
