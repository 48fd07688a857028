"""An estimator's state on disk: plain arrays, a recipe, and a format number."""

from __future__ import annotations

from typing import Any

from sk_keras._estimators.model.sharing import refuse_overwrite
from sk_keras._shared.keras_objects.packing import (
    assign_variables,
    pack,
    unpack,
    variables_of,
)

#: The layout of a pickled estimator. Raise it by one with every change of the
#: state that an older version could not read, and keep a reader for the old.
FORMAT = 1

MSG_FORMAT = (
    "This {cls} was saved in format {found} by sk_keras {version}, and this is "
    "sk_keras {here}, which reads format {expected}. Load it with the version that "
    "saved it, or fit it again."
)


def packed_state(estimator: Any, state: dict[str, Any]) -> dict[str, Any]:
    """Turn an estimator's attributes into picklable values.

    Callbacks of the last fit are left out: they hold files and the model.
    """
    from sk_keras._shared.version import __version__

    state = {k: v for k, v in state.items() if k not in ("model_", "callbacks_")}
    state = pack(state)
    state["_format"] = FORMAT
    state["_version"] = __version__
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
    from sk_keras._shared.version import __version__

    state = dict(state)
    found = state.pop("_format", None)
    version = state.pop("_version", "?")
    if found != FORMAT:
        raise ValueError(
            MSG_FORMAT.format(
                cls=type(estimator).__name__,
                found=found,
                version=version,
                here=__version__,
                expected=FORMAT,
            )
        )
    variables = state.pop("_variables", None)
    vars(estimator).update(unpack(state))
    if variables is not None:
        model = estimator._remake_model()
        builder = estimator._recipe.name
        refuse_overwrite(model, variables["model"], builder)
        assign_variables(model, variables, builder)
        estimator.model_ = model
