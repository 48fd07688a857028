"""Ready builders for texts, given as rows of integers."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from sk_keras.models._heads import output_layers


def text_cnn(
    input_shape: tuple[int, ...],
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    vocabulary_size: int,
    embedding_dim: int = 50,
    filters: int = 64,
    kernel_sizes: int | Sequence[int] = (3, 4, 5),
    hidden: int = 0,
    dropout: float = 0.5,
    mask_zero: bool = True,
) -> Any:
    """Build a convolutional network for texts.

    Convolutions of several window sizes look for phrases side by side, and of
    each filter the largest value in the text counts, wherever it is. This is
    the network of Kim (2014), "Convolutional neural networks for sentence
    classification".

    Parameters
    ----------
    input_shape : tuple (n_steps,)
        A sample is a row of `n_steps` integers.
    target_type, n_outputs, n_classes
        Facts about the target, filled in by the estimators.
    vocabulary_size : int
        Number of different integers: the largest in X, plus 1.
    embedding_dim : int, default=50
        Length of the vector that is learned for each integer.
    filters : int, default=64
        Filters of each convolution.
    kernel_sizes : int or sequence of int, default=(3, 4, 5)
        Number of words that each convolution sees at once; no more than the
        text has.
    hidden : int, default=0
        Units of a dense layer behind the convolutions; 0 for none.
    dropout : float, default=0.5
        Share of units dropped before the output, in training.
    mask_zero : bool, default=True
        Whether 0 is padding, which counts for nothing: how far a text is padded,
        and on which side, makes no difference then.

    Returns
    -------
    keras.Model
        Not compiled.

    Raises
    ------
    ValueError
        If a sample is no row, or `vocabulary_size` is not a positive integer.

    Examples
    --------
    >>> from sk_keras.models import text_cnn
    >>> text_cnn((20,), "multiclass", 1, 4, vocabulary_size=500).output_shape
    (None, 4)
    """
    import keras

    vectors = (vocabulary_size, embedding_dim, mask_zero)
    inputs, x = _embedded("text_cnn", input_shape, *vectors)
    if mask_zero:
        is_word = keras.ops.cast(keras.ops.not_equal(inputs, 0), x.dtype)
        is_word = keras.ops.expand_dims(is_word, -1)
        x = x * is_word
    towers = []
    for size in _windows(kernel_sizes, input_shape[0]):
        tower = keras.layers.Conv1D(filters, size, padding="same", activation="relu")(x)
        if mask_zero:
            # A ReLU gives nothing below 0: padding is never larger than a word.
            tower = tower * is_word
        towers.append(keras.layers.GlobalMaxPooling1D()(tower))
    x = keras.layers.Concatenate()(towers) if len(towers) > 1 else towers[0]
    if hidden:
        x = keras.layers.Dense(hidden, activation="relu")(x)
    if dropout:
        x = keras.layers.Dropout(dropout)(x)
    return keras.Model(inputs, output_layers(x, target_type, n_outputs, n_classes))


def fasttext(
    input_shape: tuple[int, ...],
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    vocabulary_size: int,
    embedding_dim: int = 50,
    dropout: float = 0.0,
    mask_zero: bool = True,
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
    vocabulary_size : int
        Number of different integers: the largest in X, plus 1.
    embedding_dim : int, default=50
        Length of the vector that is learned for each integer.
    dropout : float, default=0.0
        Share of the average dropped before the output, in training.
    mask_zero : bool, default=True
        Whether 0 is padding, which is left out of the average. A text of
        nothing but zeros is the vector learned for 0.

    Returns
    -------
    keras.Model
        Not compiled.

    Raises
    ------
    ValueError
        If a sample is no row, or `vocabulary_size` is not a positive integer.

    Examples
    --------
    >>> from sk_keras.models import fasttext
    >>> fasttext((20,), "binary", 1, 2, vocabulary_size=500).output_shape
    (None, 1)
    """
    import keras

    vectors = (vocabulary_size, embedding_dim, mask_zero)
    inputs, x = _embedded("fasttext", input_shape, *vectors)
    counts = None
    if mask_zero:
        is_word = keras.ops.not_equal(inputs, 0)
        # An average of no words at all would be no number.
        is_empty = keras.ops.logical_not(keras.ops.any(is_word, axis=1, keepdims=True))
        counts = keras.ops.logical_or(is_word, is_empty)
    x = keras.layers.GlobalAveragePooling1D()(x, mask=counts)
    if dropout:
        x = keras.layers.Dropout(dropout)(x)
    return keras.Model(inputs, output_layers(x, target_type, n_outputs, n_classes))


def _embedded(
    builder: str,
    input_shape: tuple[int, ...],
    vocabulary_size: Any,
    dim: int,
    mask_zero: bool,
) -> tuple[Any, Any]:
    """Make the input of integers, and a vector for each of them."""
    import keras

    if len(input_shape) != 1:
        raise ValueError(
            f"{builder} needs texts as rows of integers, X of shape (n_samples, "
            f"n_steps). Got samples of shape {tuple(input_shape)}; reshape X first."
        )
    if not isinstance(vocabulary_size, Integral) or vocabulary_size < 1:
        raise ValueError(
            f"{builder} needs vocabulary_size, the number of different integers in X: "
            f"the largest of them, plus 1. Got {vocabulary_size!r}."
        )
    inputs = keras.Input(input_shape, dtype="int32")
    words = keras.layers.Embedding(int(vocabulary_size), dim, mask_zero=mask_zero)
    return inputs, words(inputs)


def _windows(kernel_sizes: Any, n_steps: int | None) -> list[int]:
    """List the window sizes; none is wider than the text."""
    one = isinstance(kernel_sizes, Integral)
    sizes = [int(size) for size in ([kernel_sizes] if one else kernel_sizes)]
    return [min(size, n_steps or size) for size in sizes]
