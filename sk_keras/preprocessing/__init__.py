"""Text, sequences and images as scikit-learn transformers, and plain functions.

The names load on first use; importing them does not import TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sk_keras._shared.lazy import lazy_names

if TYPE_CHECKING:
    from sk_keras.preprocessing._image.augmenting.augmenter import (
        ImageAugmenter as ImageAugmenter,
    )
    from sk_keras.preprocessing._image.conversions import array_to_img as array_to_img
    from sk_keras.preprocessing._image.conversions import img_to_array as img_to_array
    from sk_keras.preprocessing._image.files import load_img as load_img
    from sk_keras.preprocessing._image.loader import ImageLoader as ImageLoader
    from sk_keras.preprocessing._image.standardizer import (
        ImageStandardizer as ImageStandardizer,
    )
    from sk_keras.preprocessing._layer.transformer import (
        LayerTransformer as LayerTransformer,
    )
    from sk_keras.preprocessing._sequence.matrix import (
        SequencesToMatrix as SequencesToMatrix,
    )
    from sk_keras.preprocessing._sequence.padder import SequencePadder as SequencePadder
    from sk_keras.preprocessing._sequence.padding import pad_sequences as pad_sequences
    from sk_keras.preprocessing._sequence.skipgrams import (
        make_sampling_table as make_sampling_table,
    )
    from sk_keras.preprocessing._sequence.skipgrams import skipgrams as skipgrams
    from sk_keras.preprocessing._sequence.windows import (
        sliding_windows as sliding_windows,
    )
    from sk_keras.preprocessing._text.embedding import (
        embedding_matrix as embedding_matrix,
    )
    from sk_keras.preprocessing._text.hashes import hashing_trick as hashing_trick
    from sk_keras.preprocessing._text.hashes import one_hot as one_hot
    from sk_keras.preprocessing._text.hashing_tokenizer import (
        HashingTokenizer as HashingTokenizer,
    )
    from sk_keras.preprocessing._text.tokenizer import TextTokenizer as TextTokenizer
    from sk_keras.preprocessing._text.vector_files import (
        load_word_vectors as load_word_vectors,
    )
    from sk_keras.preprocessing._text.word_vectors import WordVectors as WordVectors
    from sk_keras.preprocessing._text.words import (
        text_to_word_sequence as text_to_word_sequence,
    )

_HOME: dict[str, str] = {
    "HashingTokenizer": "sk_keras.preprocessing._text.hashing_tokenizer",
    "ImageAugmenter": "sk_keras.preprocessing._image.augmenting.augmenter",
    "ImageLoader": "sk_keras.preprocessing._image.loader",
    "ImageStandardizer": "sk_keras.preprocessing._image.standardizer",
    "LayerTransformer": "sk_keras.preprocessing._layer.transformer",
    "SequencePadder": "sk_keras.preprocessing._sequence.padder",
    "SequencesToMatrix": "sk_keras.preprocessing._sequence.matrix",
    "TextTokenizer": "sk_keras.preprocessing._text.tokenizer",
    "WordVectors": "sk_keras.preprocessing._text.word_vectors",
    "array_to_img": "sk_keras.preprocessing._image.conversions",
    "embedding_matrix": "sk_keras.preprocessing._text.embedding",
    "hashing_trick": "sk_keras.preprocessing._text.hashes",
    "img_to_array": "sk_keras.preprocessing._image.conversions",
    "load_img": "sk_keras.preprocessing._image.files",
    "load_word_vectors": "sk_keras.preprocessing._text.vector_files",
    "make_sampling_table": "sk_keras.preprocessing._sequence.skipgrams",
    "one_hot": "sk_keras.preprocessing._text.hashes",
    "pad_sequences": "sk_keras.preprocessing._sequence.padding",
    "skipgrams": "sk_keras.preprocessing._sequence.skipgrams",
    "sliding_windows": "sk_keras.preprocessing._sequence.windows",
    "text_to_word_sequence": "sk_keras.preprocessing._text.words",
}

__all__: list[str] = [
    "HashingTokenizer",
    "ImageAugmenter",
    "ImageLoader",
    "ImageStandardizer",
    "LayerTransformer",
    "SequencePadder",
    "SequencesToMatrix",
    "TextTokenizer",
    "WordVectors",
    "array_to_img",
    "embedding_matrix",
    "hashing_trick",
    "img_to_array",
    "load_img",
    "load_word_vectors",
    "make_sampling_table",
    "one_hot",
    "pad_sequences",
    "skipgrams",
    "sliding_windows",
    "text_to_word_sequence",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME, globals())
