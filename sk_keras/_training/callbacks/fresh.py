"""Callbacks made anew for each fit."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any

import keras

from sk_keras._shared.routing.making import instantiate
from sk_keras._training.callbacks.files import follow_routed_path

MSG_NO_CALLBACK = (
    "callbacks must be Keras callbacks (objects or classes), a list or a dict of them. "
    "Got {item!r} as callback {name!r}.{hint}"
)


HINT_SKLEARN = " Callbacks of scikit-learn are set by estimator.set_callbacks(...)."


MSG_NO_COPY = (
    "Every fit needs a copy of callback {name!r}, and {item!r} cannot be copied: "
    "{error}. Let it open what cannot be copied in on_train_begin, or give the class, "
    "of which every fit makes an object: callbacks={{'name': Class}}, with its "
    "arguments as callbacks__name__argument."
)


def fresh_callbacks(callbacks: Any, routed: Mapping[str, Any]) -> dict[str, Any]:
    """Make the callbacks of one fit.

    Parameters
    ----------
    callbacks : Callback, class, list, tuple, dict or None
        Objects are copied, classes instantiated; the user's stay as they are.
    routed : dict
        What is routed to them, prefix taken off.

    Returns
    -------
    dict of str to keras.callbacks.Callback
        By name, or by position where they came without names.

    Raises
    ------
    TypeError
        If something is no Keras callback.
    """
    if callbacks is None:
        instantiate(None, routed, "callbacks")  # refuses what is routed to nothing
        return {}
    single = not isinstance(callbacks, Mapping | list | tuple)
    copies = _copied([callbacks] if single else callbacks)
    made = instantiate(copies, dict(routed), "callbacks")
    named = made if isinstance(made, Mapping) else dict(enumerate(made))
    for name, callback in named.items():
        if not isinstance(callback, keras.callbacks.Callback):
            raise _no_callback(callback, name)
        follow_routed_path(callback)
    return {str(name): callback for name, callback in named.items()}


def _no_callback(item: Any, name: Any) -> TypeError:
    kind = item if inspect.isclass(item) else type(item)
    # The hooks of scikit-learn's callbacks; it has no class for all of them.
    hint = HINT_SKLEARN if hasattr(kind, "on_fit_task_begin") else ""
    return TypeError(MSG_NO_CALLBACK.format(item=item, name=name, hint=hint))


def _copied(item: Any, name: Any = 0) -> Any:
    if isinstance(item, Mapping):
        return {key: _copied(value, key) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [_copied(value, i) for i, value in enumerate(item)]
    if inspect.isclass(item):
        if not issubclass(item, keras.callbacks.Callback):
            raise _no_callback(item, name)
        return item
    # A callback that has been in use holds its model, which is not the copy's.
    model = getattr(item, "model", None)
    try:
        return copy.deepcopy(item, {id(model): None} if model is not None else {})
    except TypeError as error:
        raise TypeError(
            MSG_NO_COPY.format(item=item, name=name, error=error)
        ) from error
