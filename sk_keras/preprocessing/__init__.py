"""Text, sequences and images as scikit-learn transformers, and plain functions.

The names load on first use; importing them does not import TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sk_keras._lazy import lazy_names

if TYPE_CHECKING:
    from sk_keras.preprocessing._embedding import embedding_matrix as embedding_matrix
    from sk_keras.preprocessing._padder import SequencePadder as SequencePadder
    from sk_keras.preprocessing._padding import pad_sequences as pad_sequences
    from sk_keras.preprocessing._skipgrams import (
        make_sampling_table as make_sampling_table,
    )
    from sk_keras.preprocessing._skipgrams import skipgrams as skipgrams
    from sk_keras.preprocessing._vector_files import (
        load_word_vectors as load_word_vectors,
    )
    from sk_keras.preprocessing._windows import sliding_windows as sliding_windows
    from sk_keras.preprocessing._word_vectors import WordVectors as WordVectors

_HOME: dict[str, str] = {
    "SequencePadder": "sk_keras.preprocessing._padder",
    "WordVectors": "sk_keras.preprocessing._word_vectors",
    "embedding_matrix": "sk_keras.preprocessing._embedding",
    "load_word_vectors": "sk_keras.preprocessing._vector_files",
    "make_sampling_table": "sk_keras.preprocessing._skipgrams",
    "pad_sequences": "sk_keras.preprocessing._padding",
    "skipgrams": "sk_keras.preprocessing._skipgrams",
    "sliding_windows": "sk_keras.preprocessing._windows",
}

__all__: list[str] = [
    "SequencePadder",
    "WordVectors",
    "embedding_matrix",
    "load_word_vectors",
    "make_sampling_table",
    "pad_sequences",
    "skipgrams",
    "sliding_windows",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME, globals())
