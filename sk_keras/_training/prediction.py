"""Predictions: a model's forward pass over rows of data."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sk_keras._shared.arrays.parts import n_rows, parts_of
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.keras_objects.forks import refuse_late_fork
from sk_keras._training.batches import take, tensors
from sk_keras._training.embedding_errors import known_integers
from sk_keras._training.programs.by_row import (
    are_alike_in_any_batch,
    may_mix_rows,
)
from sk_keras._training.programs.executor import (
    Execution,
    traced_for_one_thread,
    traced_once,
)
from sk_keras._training.programs.keys import (
    forward_key,
    known_outputs,
    overridden,
    unique,
)
from sk_keras._training.programs.program import Program, trace
from sk_keras._training.programs.program_cache import kept
from sk_keras._training.programs.signature import signature
from sk_keras._training.rows import pieces
from sk_keras._training.stateful_models import fixed_batch_size, predict_in_batches

#: Programs of models, by what they take. They stay when the cache is cleared,
#: for as long as their model does.
_programs: weakref.WeakKeyDictionary[Any, dict[Hashable, tuple[Program, int]]] = (
    weakref.WeakKeyDictionary()
)

#: Rows that a matrix product takes at a time, whatever the processor: a multiple of
#: the 12 or 24 of one with AVX2 and of the 16 or 48 of one with AVX-512.
_BLOCK = 48

#: Rows that small networks take at a time, where batches are smaller: a batch of 32
#: takes as long.
_AT_LEAST = 5 * _BLOCK

#: Methods of a model that a direct call would pass by.
_OWN_WAYS = ("predict", "predict_step", "make_predict_function")


@known_integers()
def predict(model: Any, X: Any, batch_size: int, extra: Mapping[str, Any]) -> Any:
    """Run a model forward over rows, a batch at a time.

    Parameters
    ----------
    model : keras.Model
    X : array of shape (n_samples, ...), CSR matrix or Ragged, or a dict or list of them
    batch_size : int
    extra : dict
        Further arguments of `keras.Model.predict`, which then does it.

    Returns
    -------
    array, list or dict of arrays
        Arranged as the model's outputs.
    """
    refuse_late_fork()
    size = fixed_batch_size(model)
    if size is not None:
        return predict_in_batches(model, X, n_rows(X), size, extra)
    if overridden(model, _OWN_WAYS) or any(extra.values()) or model.run_eagerly:
        arguments = {"verbose": 0, **extra, "batch_size": batch_size}
        return model.predict(take(X, slice(None)), **arguments)
    return joined(list(_parts(model, X, batch_size)))


def joined(parts: list[Any]) -> Any:
    """Put predictions for one batch after the other together."""
    if len(parts) == 1:
        return parts[0]
    return keras.tree.map_structure(lambda *p: np.concatenate(p), *parts)


def forget(model: Any) -> None:
    """Look a model's program up again at its next prediction."""
    _programs.pop(model, None)


def _parts(model: Any, X: Any, batch_size: int) -> Iterator[Any]:
    # Pieces of sequences are filled up to one length, so that they fit together.
    longest = max((p.longest for p in parts_of(X) if isinstance(p, Ragged)), default=0)
    for rows in pieces(X, batch_size):
        variables = unique(model.variables)
        program, at_least = _program_of(model, X, len(variables))
        x = tensors(X, rows, length=longest)
        size = tf.constant(max(batch_size, at_least), tf.int64)
        out = program(program.taking(variables), x, size)
        yield keras.tree.map_structure(np.asarray, out)


def _program_of(model: Any, X: Any, n_variables: int) -> tuple[Program, int]:
    """Find the program of a model, as fast as one row deserves.

    Returns
    -------
    program : Program
    at_least : int
        Rows that it may take at a time, where batches are smaller.
    """
    known = _programs.setdefault(model, {})
    # Layers that were quantised or given an adapter have other variables.
    kinds = tuple((part.dtype, part.shape[1:]) for part in parts_of(X))
    quick = (kinds, n_variables)
    found = known.get(quick)
    if found is None:
        row = take(X, slice(0, 1), pad=False)
        data_key, specs = signature(row, padded=True)
        model_key = forward_key(model, row)
        key = None if model_key is None else ("forward", model_key, data_key)
        known_as = None if model_key is None else model_key[0]
        plain = known_as == "plain"
        by_row = known_as == "by row" or (plain and not may_mix_rows(model))
        program = _forward_program(model, specs, key, by_row=by_row)
        many = plain and by_row and Execution.of(model).one_thread
        at_least = _AT_LEAST if many and are_alike_in_any_batch(model) else 1
        found = known[quick] = program, at_least
    return found


def _forward_program(
    model: Any, specs: Any, key: Hashable | None, *, by_row: bool
) -> Program:
    """Return the program that runs a model forward over rows, by batches.

    Parameters
    ----------
    model : keras.Model
    specs : structure of tensorflow.TensorSpec
    key : hashable or None
        What it depends on; None keeps it from other models.
    by_row : bool
        Whether no row depends on those beside it.

    Returns
    -------
    Program
        Takes the rows and the batch size, and returns what the model does.
    """
    forward = _forward(model, by_row)
    variables = unique(model.variables)
    arguments = [specs, tf.TensorSpec((), tf.int64)]

    def make() -> Program:
        try:
            known = partial(forward, out=known_outputs(model))
            return trace(known, model, variables, arguments)
        except _OtherOutputs:
            return trace(partial(forward, out=None), model, variables, arguments)

    return kept(key, make, None)


def _forward(model: Any, by_row: bool) -> Callable[..., Any]:
    """Return a function that loops a model's forward pass over batches of rows.

    It takes the rows, the batch size, and ``out``: symbols of what the model puts out,
    None for a trace that tells.
    """

    def forward(x: Any, batch_size: tf.Tensor, *, out: Any) -> Any:
        n_rows = tf.shape(keras.tree.flatten(x)[0], out_type=tf.int64)[0]
        small = traced_for_one_thread()

        def batch(number: tf.Tensor) -> Any:
            start = number * batch_size
            n_here = tf.minimum(batch_size, n_rows - start)
            rows = tf.range(start, start + n_here)
            if by_row:
                rows = tf.minimum(_numbers(start, n_here, small), n_rows - 1)
            some = keras.tree.map_structure(partial(tf.gather, indices=rows), x)
            out = model(some, training=False)
            return keras.tree.map_structure(lambda o: o[:n_here], out)

        zero, one = tf.zeros((), tf.int64), tf.ones((), tf.int64)
        batch = traced_once(batch)
        # All batches go through the loop: outside of it, TensorFlow may choose
        # other kernels, with another rounding.
        if out is None:
            traced = tf.function(batch, autograph=False).get_concrete_function(zero)
            out = traced.structured_outputs
        n_batches = (n_rows - 1) // batch_size + 1
        arrays = [_empty_array(o, n_batches) for o in keras.tree.flatten(out)]

        def write(number: tf.Tensor, arrays: list[Any]) -> tuple[tf.Tensor, list[Any]]:
            at, outs = tf.cast(number, tf.int32), keras.tree.flatten(batch(number))
            if not all(map(_alike, outs, keras.tree.flatten(out))):
                raise _OtherOutputs
            pairs = zip(arrays, outs, strict=True)
            return number + one, [a.write(at, o) for a, o in pairs]

        _, arrays = tf.while_loop(
            lambda number, _: number < n_batches, write, (zero, arrays)
        )
        return keras.tree.pack_sequence_as(out, [a.concat() for a in arrays])

    return forward


class _OtherOutputs(Exception):
    """A model puts out something else than its symbols say."""


def _alike(out: tf.Tensor, symbol: Any) -> bool:
    """Tell whether an output is as its symbol says, but for the number of rows."""
    shape = tf.TensorShape(symbol.shape)[1:]
    same_shape: bool = out.shape[1:].is_compatible_with(shape)
    return same_shape and tf.as_dtype(symbol.dtype) == out.dtype


def _numbers(start: tf.Tensor, n_rows: tf.Tensor, small: bool) -> tf.Tensor:
    """Return the numbers of a batch's rows, and of some beyond it, to be cut off.

    Processors take several rows at a time, and what is left over in another way, with
    another rounding; a single row takes another path as well. Rows beyond the batch
    leave nothing over, so that a row gets the same at any place. Larger models, for
    which these would cost too much, have one for a single row.
    """
    whole = -(-n_rows // _BLOCK) * _BLOCK if small else n_rows
    return tf.range(start, start + tf.maximum(whole, 2))


def _empty_array(out: tf.Tensor, n_batches: tf.Tensor) -> tf.TensorArray:
    """Make an array for the outputs of batches, given one of them."""
    return tf.TensorArray(
        out.dtype,
        size=tf.cast(n_batches, tf.int32),
        infer_shape=False,
        element_shape=(None, *out.shape[1:]),
    )
