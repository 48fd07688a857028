"""Ready builders for texts, given as rows of integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sk_keras._shared.set_module import set_module
from sk_keras.models._arguments import positive_integers
from sk_keras.models._embedding import WordEmbedding
from sk_keras.models._heads import model_of


@set_module("sk_keras.models")
def text_cnn(
    input_shape: tuple[int, ...],
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    vocabulary_size: int | None = None,
    embedding_dim: int = 50,
    filters: int | Sequence[int] = 64,
    kernel_sizes: int | Sequence[int] = (3, 4, 5),
    pool_size: int = 5,
    hidden: int = 0,
    dropout: float = 0.5,
    mask_zero: bool = True,
    embedding_matrix: Any = None,
    embedding_trainable: bool = True,
    meta: Mapping[str, Any] | None = None,
) -> Any:
    """Build a convolutional network for texts.

    Convolutions of several window sizes look for phrases side by side, and of
    each filter the largest value in the text counts, wherever it is. This is
    the network of Kim (2014), "Convolutional neural networks for sentence
    classification". For long texts, blocks of convolutions can follow each other
    with pooling between them: the network of Keras' tutorial on pre-trained word
    vectors has ``filters=(128, 128, 128), kernel_sizes=5, hidden=128, dropout=0``.

    Parameters
    ----------
    input_shape : tuple (n_steps,)
        A sample is a row of `n_steps` integers.
    target_type, n_outputs, n_classes
        Facts about the target, filled in by the estimators.
    vocabulary_size : int or None, default=None
        Number of different integers: the largest in X, plus 1. None is that of
        the data in fit, where the estimators fill it in. Larger integers in later
        data count as 0 then; with a number they are an error.
    embedding_dim : int, default=50
        Length of the vector that is learned for each integer; an
        `embedding_matrix` has its own.
    filters : int or sequence of int, default=64
        Filters of each convolution; several numbers for several blocks.
    kernel_sizes : int or sequence of int, default=(3, 4, 5)
        Number of words that each convolution sees at once; no more than the
        text has.
    pool_size : int, default=5
        Steps of which the largest goes from one block to the next.
    hidden : int, default=0
        Units of a dense layer behind the convolutions; 0 for none.
    dropout : float, default=0.5
        Share of units dropped before the output, in training.
    mask_zero : bool, default=True
        Whether 0 is padding, which counts for nothing: how far a text is padded,
        and on which side, makes no difference then; with several blocks, how far
        it is padded at the end.
    embedding_matrix : array-like of shape (vocabulary_size, dim), default=None
        Vectors to start from, row i for the integer i; zeros where there is none.
        None starts from random ones.
    embedding_trainable : bool, default=True
        Whether the vectors are trained. False keeps them as they begin.
    meta : dict, default=None
        Facts about the data, filled in by the estimators.

    Returns
    -------
    keras.Model
        Not compiled.

    Raises
    ------
    ValueError
        If a sample is no row, `vocabulary_size` is not a positive integer, or the
        matrix is of another shape.

    Examples
    --------
    >>> from sk_keras.models import text_cnn
    >>> text_cnn((20,), "multiclass", 1, 4, vocabulary_size=500).output_shape
    (None, 4)
    """
    words = WordEmbedding.among(locals())
    import keras

    inputs, x = words.of("text_cnn", input_shape)
    is_word = None
    if mask_zero:
        is_word = keras.ops.cast(keras.ops.not_equal(inputs, 0), x.dtype)
        is_word = keras.ops.expand_dims(is_word, -1)
        x = x * is_word
    n_steps = input_shape[0]
    kernel_sizes = positive_integers(kernel_sizes, "text_cnn", "kernel_sizes")
    (pool_size,) = positive_integers([pool_size], "text_cnn", "pool_size")
    for i, number in enumerate(positive_integers(filters, "text_cnn", "filters")):
        if i:
            x, is_word = (_pooled(part, pool_size) for part in (x, is_word))
            n_steps = n_steps and -(-n_steps // pool_size)
        x = _convolved(x, is_word, number, _windows(kernel_sizes, n_steps))
    x = keras.layers.GlobalMaxPooling1D()(x)
    target = (target_type, n_outputs, n_classes)
    return model_of(inputs, x, target, hidden, dropout)


@set_module("sk_keras.models")
def fasttext(
    input_shape: tuple[int, ...],
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    vocabulary_size: int | None = None,
    embedding_dim: int = 50,
    dropout: float = 0.0,
    mask_zero: bool = True,
    embedding_matrix: Any = None,
    embedding_trainable: bool = True,
    meta: Mapping[str, Any] | None = None,
) -> Any:
    """Build a linear model of the average word of a text.

    This is the network of Joulin et al. (2016), "Bag of tricks for efficient
    text classification". The order of the words makes no difference to it; add
    pairs of words to the vocabulary where it should.

    Parameters
    ----------
    input_shape : tuple (n_steps,)
        A sample is a row of `n_steps` integers.
    target_type, n_outputs, n_classes
        Facts about the target, filled in by the estimators.
    vocabulary_size : int or None, default=None
        Number of different integers: the largest in X, plus 1. None is that of
        the data in fit, where the estimators fill it in. Larger integers in later
        data count as 0 then; with a number they are an error.
    embedding_dim : int, default=50
        Length of the vector that is learned for each integer; an
        `embedding_matrix` has its own.
    dropout : float, default=0.0
        Share of the average dropped before the output, in training.
    mask_zero : bool, default=True
        Whether 0 is padding, which is left out of the average. A text of
        nothing but zeros is the vector learned for 0.
    embedding_matrix : array-like of shape (vocabulary_size, dim), default=None
        Vectors to start from, row i for the integer i; zeros where there is none.
        None starts from random ones.
    embedding_trainable : bool, default=True
        Whether the vectors are trained. False keeps them as they begin.
    meta : dict, default=None
        Facts about the data, filled in by the estimators.

    Returns
    -------
    keras.Model
        Not compiled.

    Raises
    ------
    ValueError
        If a sample is no row, `vocabulary_size` is not a positive integer, or the
        matrix is of another shape.

    Examples
    --------
    >>> from sk_keras.models import fasttext
    >>> fasttext((20,), "binary", 1, 2, vocabulary_size=500).output_shape
    (None, 1)
    """
    words = WordEmbedding.among(locals())
    import keras

    inputs, x = words.of("fasttext", input_shape)
    counts = None
    if mask_zero:
        is_word = keras.ops.not_equal(inputs, 0)
        # An average of no words at all would be no number.
        is_empty = keras.ops.logical_not(keras.ops.any(is_word, axis=1, keepdims=True))
        counts = keras.ops.logical_or(is_word, is_empty)
    x = keras.layers.GlobalAveragePooling1D()(x, mask=counts)
    target = (target_type, n_outputs, n_classes)
    return model_of(inputs, x, target, dropout=dropout)


def _convolved(x: Any, is_word: Any, filters: int, sizes: list[int]) -> Any:
    """Put convolutions of several window sizes side by side."""
    import keras

    towers = [
        keras.layers.Conv1D(filters, size, padding="same", activation="relu")(x)
        for size in sizes
    ]
    x = keras.layers.Concatenate()(towers) if len(towers) > 1 else towers[0]
    # A ReLU gives nothing below 0: padding is never larger than a word.
    return x if is_word is None else x * is_word


def _pooled(x: Any, size: int) -> Any:
    """Keep the largest of each so many steps, counted from the first."""
    import keras

    if x is None or size == 1:
        return x
    # Zeros at the end, so that no step is left over.
    x = keras.layers.ZeroPadding1D((0, size - 1))(x)
    return keras.layers.MaxPooling1D(size)(x)


def _windows(kernel_sizes: list[int], n_steps: int | None) -> list[int]:
    """List the window sizes; none is wider than the text."""
    return [min(size, n_steps or size) for size in kernel_sizes]
