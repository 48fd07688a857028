"""Text, sequences and images as scikit-learn transformers, and plain functions.

The names load on first use; importing them does not import TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sk_keras._lazy import lazy_names

if TYPE_CHECKING:
    from sk_keras.preprocessing._hashes import hashing_trick as hashing_trick
    from sk_keras.preprocessing._hashes import one_hot as one_hot
    from sk_keras.preprocessing._hashing_tokenizer import (
        HashingTokenizer as HashingTokenizer,
    )
    from sk_keras.preprocessing._sequence_matrix import (
        SequencesToMatrix as SequencesToMatrix,
    )
    from sk_keras.preprocessing._text_tokenizer import TextTokenizer as TextTokenizer
    from sk_keras.preprocessing._words import (
        text_to_word_sequence as text_to_word_sequence,
    )

_HOME: dict[str, str] = {
    "HashingTokenizer": "sk_keras.preprocessing._hashing_tokenizer",
    "SequencesToMatrix": "sk_keras.preprocessing._sequence_matrix",
    "TextTokenizer": "sk_keras.preprocessing._text_tokenizer",
    "hashing_trick": "sk_keras.preprocessing._hashes",
    "one_hot": "sk_keras.preprocessing._hashes",
    "text_to_word_sequence": "sk_keras.preprocessing._words",
}

__all__: list[str] = [
    "HashingTokenizer",
    "SequencesToMatrix",
    "TextTokenizer",
    "hashing_trick",
    "one_hot",
    "text_to_word_sequence",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME, globals())
