"""In what precision Keras computes, and which floats X and y are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


def policy_name() -> str:
    """Name the dtype policy that new layers get."""
    import keras

    name: str = keras.config.dtype_policy().name
    return name


@contextmanager
def policy(name: str | None) -> Iterator[None]:
    """Have new layers get a dtype policy; Keras keeps it for each thread.

    Parameters
    ----------
    name : str or None
        None, or a policy that is no name alone, changes nothing.
    """
    import keras

    before = keras.config.dtype_policy()
    if name is None or name == before.name:
        yield
        return
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def float_type() -> np.dtype:
    """Return the floats that X and y are handed on as, float64 where Keras has them."""
    keras = sys.modules.get("keras")
    if keras is None:
        return np.dtype(np.float32)
    names = (keras.config.floatx(), keras.config.dtype_policy().compute_dtype)
    return np.dtype("float64" if "float64" in names else "float32")
