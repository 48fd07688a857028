"""Rows handed to TensorFlow: the same as taken, with as few copies as can be."""

import gc

import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._training import batches
from sk_keras._training.batches import take, tensors

RNG = np.random.RandomState(0)
ARRAYS = {
    dtype: (RNG.rand(9, 4, 2) * 9).astype(dtype)
    for dtype in ("float16", "float32", "float64", "int32", "uint8", "int64", "bool")
}
PARTS = {
    **ARRAYS,
    "columns of a larger array": RNG.rand(9, 6)[:, ::2],
    "in Fortran's order": np.asfortranarray(RNG.rand(9, 6)),
    "read only": np.broadcast_to(np.float32(3), (9, 2)),
    "no columns": np.empty((9, 0), "float32"),
    "strings": np.array([["a"], ["b"], ["c"]] * 3, dtype=object),
    "sparse": sparse.random(9, 5, 0.4, "csr", "float32", 0),
    "several": [ARRAYS["float32"], ARRAYS["int32"]],
    "named": {"a": ARRAYS["float32"], "b": sparse.random(9, 5, 0.4, "csr")},
    "nothing": None,
}
ROWS = {
    "all": slice(None),
    "some": slice(2, 7),
    "beyond the end": slice(4, 100),
    "none": slice(5, 5),
    "drawn": np.array([8, 0, 3, 3]),
}


@pytest.mark.parametrize("limit", [0, 2**20])
@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_tensors_are_what_is_taken(monkeypatch, part, rows, limit):
    monkeypatch.setattr(batches, "LARGE_BYTES", limit)
    made, expected = tensors(part, rows), take(part, rows)
    tf.nest.assert_same_structure(made, expected)
    pairs = zip(tf.nest.flatten(made), tf.nest.flatten(expected), strict=True)
    for tensor, array in pairs:
        if array is not None:
            assert tensor.dtype == tf.as_dtype(array.dtype)
            np.testing.assert_array_equal(tensor, tf.constant(array))


def test_sequences_are_filled_up_where_a_length_is_given():
    sequences = Ragged.of([[1.0, 2.0], [3.0], [4.0, 5.0, 6.0]])
    assert tensors(sequences, slice(1, 3)).to_list() == [[3.0], [4.0, 5.0, 6.0]]
    padded = sequences[1:3].padded(5)
    np.testing.assert_array_equal(tensors(sequences, slice(1, 3), length=5), padded)


def test_a_tensor_has_memory_of_its_own(monkeypatch):
    monkeypatch.setattr(batches, "LARGE_BYTES", 0)
    array = np.ones((1000, 50), "float32")
    made = [tensors(array, slice(None)), tensors(array, np.arange(1000))]
    array[:] = 2
    del array
    gc.collect()
    for tensor in made:
        assert float(tf.reduce_sum(tensor)) == 50_000
