"""Values told in full, to compare copies."""

from functools import partial

import keras
import numpy as np
from sklearn.model_selection import KFold

from sk_keras.preprocessing import ImageAugmenter
from tests.builders import Building


def told(value):
    """Describe a value so that a faithful copy of it compares equal."""
    if isinstance(value, type):
        return value
    if isinstance(value, keras.Model):
        compiled = value.get_compile_config() if value.compiled else None
        weights = [w.tolist() for w in value.get_weights()]
        return type(value), value.get_config(), compiled, weights
    if isinstance(value, keras.callbacks.Callback | Building):
        return type(value), {name: told(v) for name, v in vars(value).items()}
    if hasattr(value, "get_config"):
        return type(value), told(value.get_config())
    if isinstance(value, ImageAugmenter):
        return told(value.get_params())
    if isinstance(value, np.random.RandomState):
        return told(value.get_state())
    if isinstance(value, KFold):
        return vars(value)
    if isinstance(value, partial):
        return value.func, value.args, value.keywords
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {name: told(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value), [told(v) for v in value]
    return value
