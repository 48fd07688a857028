"""Clones of estimators whose parameters hold Keras objects."""

from __future__ import annotations

from typing import Any

from sklearn.base import _clone_parametrized

from sk_keras._estimators.parameters.builders import GivenModel
from sk_keras._shared.attributes import shallow_copy
from sk_keras._shared.keras_objects.custom import (
    check_config,
    custom_objects_in,
    is_model,
    is_plain,
    leaves,
)


def clone_estimator(estimator: Any) -> Any:
    """Clone as sklearn does, with copies of Keras objects that know their classes.

    sklearn copies parameters with `copy.deepcopy`. Keras answers that with a
    round trip through a config, in which classes that are not registered
    cannot be found again.
    """
    params = list(estimator.get_params(deep=False).values())
    if not any(map(_from_keras, leaves(params))):
        return _clone_parametrized(estimator)
    import keras

    for thing in leaves(params):
        if not is_plain(thing):
            check_config(thing)
    with keras.saving.custom_object_scope(custom_objects_in(*params)):
        if not is_model(estimator.model):
            return _clone_parametrized(estimator)
        # Subclassed models need our own way of copying, which the stand-in knows.
        twin = shallow_copy(estimator, model=GivenModel(estimator.model))
        cloned = _clone_parametrized(twin)
        cloned.model = cloned.model.model
        return cloned


def _from_keras(value: Any) -> bool:
    return any(base.__module__.startswith("keras.") for base in type(value).__mro__)
