"""Clones of estimators whose parameters hold Keras objects."""

from __future__ import annotations

from typing import Any

from sklearn.base import _clone_parametrized

from sk_keras._builders import GivenModel, is_model


def clone_estimator(estimator: Any) -> Any:
    """Clone as sklearn does, with copies of Keras objects that know their classes.

    sklearn copies parameters with `copy.deepcopy`. Keras answers that with a
    round trip through a config, in which classes that are not registered
    cannot be found again.
    """
    params = list(estimator.get_params(deep=False).values())
    if not any(map(_from_keras, params)):
        return _clone_parametrized(estimator)
    import keras

    from sk_keras._model_state import check_config, custom_objects_in

    for thing in _objects_in(params):
        check_config(thing)
    with keras.saving.custom_object_scope(custom_objects_in(*params)):
        if not is_model(estimator.model):
            return _clone_parametrized(estimator)
        # Subclassed models need our own way of copying, which the stand-in knows.
        twin = object.__new__(type(estimator))
        twin.__dict__.update(vars(estimator), model=GivenModel(estimator.model))
        cloned = _clone_parametrized(twin)
        cloned.model = cloned.model.model
        return cloned


def _objects_in(value: Any) -> list[Any]:
    """List what is in nested lists and dicts; models are no single objects."""
    if isinstance(value, list | tuple):
        return [thing for item in value for thing in _objects_in(item)]
    if isinstance(value, dict):
        return [thing for item in value.values() for thing in _objects_in(item)]
    return [] if is_model(value) else [value]


def _from_keras(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_from_keras, value))
    if isinstance(value, dict):
        return any(map(_from_keras, value.values()))
    return any(base.__module__.startswith("keras.") for base in type(value).__mro__)
