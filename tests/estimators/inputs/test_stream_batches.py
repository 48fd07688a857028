"""Batches that are alike are put together."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_keras._estimators.inputs import stream_batches
from sk_keras._estimators.inputs.stream import BatchStream


def a(*shape, dtype="float32"):
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def ragged(*lengths):
    return tf.ragged.constant([[1.0] * length for length in lengths])


#: Batches, and how many of them come together.
TOGETHER = {
    "alike": ([(a(4, 2), a(4))] * 5, [3, 2]),
    "the last is smaller": (
        [(a(4, 2), a(4)), (a(4, 2), a(4)), (a(3, 2), a(3))],
        [2, 1],
    ),
    "tensors": ([(tf.constant(a(4, 2)), tf.constant(a(4)))] * 2, [2]),
    "tensor and array": ([(tf.constant(a(4)),), (a(4),)], [1, 1]),
    "weights": ([(a(4), a(4), a(4))] * 2 + [(a(4), a(4))] * 2, [2, 2]),
    "dicts": ([({"a": a(4), "b": a(4, 2)}, a(4))] * 3, [3]),
    "other keys": ([({"a": a(4)}, a(4)), ({"b": a(4)}, a(4))], [1, 1]),
    "tuples": ([((a(4), a(4, 2)), a(4))] * 3, [3]),
    "lists may be of unequal rows": ([([a(2), a(2)], a(2))] * 2, [1, 1]),
    "ragged tensors": ([(ragged(1, 2), a(2))] * 2, [1, 1]),
    "ragged, all of one length": ([(ragged(2, 2), a(2))] * 2, [1, 1]),
    "steps of another number": ([(a(4, 2), a(4)), (a(4, 3), a(4))], [1, 1]),
    "other types": ([(a(4), a(4)), (a(4, dtype="int32"), a(4))], [1, 1]),
    "objects": ([(a(4, dtype="object"), a(4))] * 2, [1, 1]),
    "words": ([(np.array(["a", "b"]), a(2)), (np.array(["a", "bcd"]), a(2))], [1, 1]),
    "X alone": ([a(4, 2)] * 2, [2]),
}


@pytest.mark.parametrize(("batches", "counts"), TOGETHER.values(), ids=TOGETHER)
def test_batches_that_are_alike_come_together(batches, counts):
    def opened():
        return BatchStream(iter(batches), len(batches), "steps")

    found = list(opened().together(3))
    assert [n for _, n in found] == counts
    one_by_one = iter(opened())
    for together, n in found:
        some = [next(one_by_one) for _ in range(n)]
        for parts, expected in zip(together, zip(*some, strict=True), strict=True):
            flat, *others = (keras.tree.flatten(e) for e in (parts, *expected))
            for part, *pieces in zip(flat, *others, strict=True):
                if part is not None:
                    joined = np.concatenate([np.atleast_1d(p) for p in pieces])
                    np.testing.assert_array_equal(np.atleast_1d(part), joined)


def test_a_generator_may_fill_one_array_again_and_again():
    def filling():
        buffer = np.zeros((2, 1))
        for i in range(3):
            buffer[:] = i
            yield buffer, buffer[:, 0]

    found = list(BatchStream(filling(), 3, "steps").together(32))
    assert [n for _, n in found] == [3]
    np.testing.assert_array_equal(found[0][0][1], [0, 0, 1, 1, 2, 2])


def test_no_more_bytes_come_together_than_may(monkeypatch):
    monkeypatch.setattr(stream_batches, "JOINED_BYTES", 2 * (4 * 2 + 4) * 4)
    batches = iter([(a(4, 2), a(4))] * 5)
    found = BatchStream(batches, 5, "steps").together(32)
    assert [n for _, n in found] == [2, 2, 1]
