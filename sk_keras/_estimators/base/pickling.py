"""An estimator's state on disk: plain arrays, and a recipe to make its model again."""

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
from sk_keras._shared.pickle_format import checked, stamped


def packed_state(estimator: Any, state: dict[str, Any]) -> dict[str, Any]:
    """Turn an estimator's attributes into picklable values.

    Callbacks of the last fit are left out: they hold files and the model.
    """
    state = {k: v for k, v in state.items() if k not in ("model_", "callbacks_")}
    made = state.pop("_made", None)
    if made is not None:
        # To make the model again tells the rest. Names that Keras makes up differ
        # from model to model: equal estimators would pickle as different ones.
        state.update(_recipe=made.recipe, _compiled_flags=made.compiled_flags)
    state = stamped(pack(state))
    model = vars(estimator).get("model_")
    if model is not None:
        state["_variables"] = variables_of(model)
    return state


def restore_state(estimator: Any, state: dict[str, Any]) -> None:
    """Set an estimator's attributes, and make its model again.

    Raises
    ------
    ValueError
        If the state has another format, or the builder now builds another
        model.
    """
    state = checked(estimator, state)
    variables = state.pop("_variables", None)
    state = unpack(state)
    recipe, flags = state.pop("_recipe", None), state.pop("_compiled_flags", None)
    learn(estimator, state)
    if variables is None:
        return
    with recipe.scope():
        draft = make(recipe, stand_in(estimator.X_shape_, estimator.X_dtype_), flags)
        draft.compile(estimator._targets)
    refuse_overwrite(draft.model, variables["model"], recipe.name)
    assign_variables(draft.model, variables, recipe.name)
    learn(estimator, {"_made": draft.made, "model_": draft.model})
