"""Predictions: a model's forward pass over rows of data."""

from __future__ import annotations

import weakref
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sk_keras.training.fingerprint import signature
from sk_keras.training.programs import (
    Program,
    fingerprint_of,
    forward_program,
    overridden,
)
from sk_keras.training.streams import pieces, take

#: Programs of models, by what they take. They stay when the cache is cleared,
#: for as long as their model does.
_programs: weakref.WeakKeyDictionary[Any, dict[Hashable, Program]] = (
    weakref.WeakKeyDictionary()
)

#: Methods of a model that a direct call would pass by.
_OWN_WAYS = ("predict", "predict_step", "make_predict_function")


def predict(model: Any, X: Any, batch_size: int, extra: Mapping[str, Any]) -> Any:
    """Run a model forward over rows, a batch at a time.

    Parameters
    ----------
    model : keras.Model
    X : array of shape (n_samples, ...) or CSR matrix
    batch_size : int
    extra : dict
        Further arguments of `keras.Model.predict`, which then does it.

    Returns
    -------
    array, list or dict of arrays
        Arranged as the model's outputs.
    """
    if overridden(model, _OWN_WAYS) or any(extra.values()) or model.run_eagerly:
        arguments = {"verbose": 0, **extra, "batch_size": batch_size}
        return model.predict(take(X, slice(None)), **arguments)
    parts = list(_parts(model, X, batch_size))
    if len(parts) == 1:
        return parts[0]
    return keras.tree.map_structure(lambda *p: np.concatenate(p), *parts)


def _parts(model: Any, X: Any, batch_size: int) -> Iterator[Any]:
    size = tf.constant(batch_size, tf.int64)
    for rows in pieces(X, batch_size):
        part = take(X, rows)
        variables = [v._value for v in model.variables]
        program = _program_of(model, part, len(variables))
        out = program(variables, tf.convert_to_tensor(part), size)
        yield keras.tree.map_structure(np.asarray, out)


def _program_of(model: Any, x: np.ndarray, n_variables: int) -> Program:
    """Find the program of a model, as fast as one row deserves."""
    known = _programs.setdefault(model, {})
    # Layers that were quantised or given an adapter have other variables.
    quick = (x.dtype, x.shape[1:], n_variables)
    program = known.get(quick)
    if program is None:
        fingerprint = fingerprint_of(model)
        key, specs = signature(x)
        key = None if fingerprint is None else ("forward", fingerprint.forward, key)
        program = known[quick] = forward_program(model, specs, key)
    return program
