"""A clear error where a layer is asked for a vector that it does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

#: What TensorFlow says on a CPU; a GPU says nothing, and takes zeros.
_UNKNOWN = re.compile(r"indices\[[\d,]*\] = (-?\d+) is not in \[0, (\d+)\)")


@contextmanager
def known_integers() -> Iterator[None]:
    """Say which integer of X an Embedding layer does not know.

    Raises
    ------
    ValueError
        In place of TensorFlow's error, which speaks of nodes of a graph.
    """
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        found = _UNKNOWN.search(str(error))
        if found is None:
            raise
        unknown, size = found.groups()
        raise ValueError(
            f"X has the integer {unknown}, but an Embedding layer of the model has "
            f"vectors for 0 to {int(size) - 1} only. Make it as large as the largest "
            "integer plus 1 (vocabulary_size of a ready builder, input_dim of the "
            "layer), or turn integers that are not known into one that is."
        ) from error
