"""Ready builders for sequences of vectors, or of integers that stand for words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sk_keras._shared.set_module import set_module
from sk_keras.models._arguments import positive_integers
from sk_keras.models._embedding import WordEmbedding, is_row, shown
from sk_keras.models._heads import model_of


@set_module("sk_keras.models")
def lstm(
    input_shape: tuple[int, ...],
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    units: int | Sequence[int] = 64,
    dropout: float = 0.0,
    recurrent_dropout: float = 0.0,
    vocabulary_size: int | None = None,
    embedding_dim: int = 50,
    mask_zero: bool = True,
    embedding_matrix: Any = None,
    embedding_trainable: bool = True,
    meta: Mapping[str, Any] | None = None,
) -> Any:
    """Build a recurrent network of LSTM layers.

    A sample is a sequence of vectors, or a row of integers that stand for words:
    these go through an Embedding layer first, which learns a vector for each. A
    row of numbers that are no words, counts for instance, is given as floats of
    shape (n_steps, 1).

    Parameters
    ----------
    input_shape : tuple (n_steps, n_features) or (n_steps,)
    target_type, n_outputs, n_classes
        Facts about the target, filled in by the estimators.
    units : int or sequence of int, default=64
        Units of each recurrent layer.
    dropout : float, default=0.0
        Share of inputs dropped at each layer, in training.
    recurrent_dropout : float, default=0.0
        Share of the state dropped between steps, in training.
    vocabulary_size : int or None, default=None
        Number of different integers: the largest in X, plus 1. None is that of
        the data in fit, where the estimators fill it in. Larger integers in later
        data count as 0 then; with a number they are an error.
    embedding_dim : int, default=50
        Length of the vector that is learned for each integer; an
        `embedding_matrix` has its own.
    mask_zero : bool, default=True
        Whether the integer 0 is padding, which is passed over.
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
        If a sample is no sequence of vectors and no row of integers, or
        `vocabulary_size` or the matrix does not fit.

    Examples
    --------
    >>> from sk_keras.models import lstm
    >>> lstm((10, 3), "continuous", 1, None, units=(8, 4)).output_shape
    (None, 1)
    >>> lstm((10,), "continuous", 1, None, vocabulary_size=500).output_shape
    (None, 1)
    """
    arguments = locals()
    import keras

    return _recurrent("lstm", keras.layers.LSTM, arguments)


@set_module("sk_keras.models")
def gru(
    input_shape: tuple[int, ...],
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    units: int | Sequence[int] = 64,
    dropout: float = 0.0,
    recurrent_dropout: float = 0.0,
    vocabulary_size: int | None = None,
    embedding_dim: int = 50,
    mask_zero: bool = True,
    embedding_matrix: Any = None,
    embedding_trainable: bool = True,
    meta: Mapping[str, Any] | None = None,
) -> Any:
    """Build a recurrent network of GRU layers.

    Parameters and result are those of `lstm`.

    Examples
    --------
    >>> from sk_keras.models import gru
    >>> gru((10, 3), "binary", 1, 2).output_shape
    (None, 1)
    """
    arguments = locals()
    import keras

    return _recurrent("gru", keras.layers.GRU, arguments)


@set_module("sk_keras.models")
def bilstm(
    input_shape: tuple[int, ...],
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    units: int | Sequence[int] = 64,
    dropout: float = 0.0,
    recurrent_dropout: float = 0.0,
    vocabulary_size: int | None = None,
    embedding_dim: int = 50,
    mask_zero: bool = True,
    embedding_matrix: Any = None,
    embedding_trainable: bool = True,
    meta: Mapping[str, Any] | None = None,
) -> Any:
    """Build a network of LSTM layers that read forwards and backwards.

    Parameters and result are those of `lstm`.

    Examples
    --------
    >>> from sk_keras.models import bilstm
    >>> bilstm((10, 3), "multiclass", 1, 5).output_shape
    (None, 5)
    """
    arguments = locals()
    import keras

    def layer(*args: Any, **kwargs: Any) -> Any:
        return keras.layers.Bidirectional(keras.layers.LSTM(*args, **kwargs))

    return _recurrent("bilstm", layer, arguments)


def _recurrent(
    builder: str,
    layer: Callable[..., Any],
    arguments: Mapping[str, Any],
) -> Any:
    """Stack recurrent layers; the arguments are those of `lstm`, by name."""
    import keras

    words = WordEmbedding.among(arguments)
    input_shape = arguments["input_shape"]
    is_text = is_row(input_shape) and words.knows_integers
    if not is_text and (isinstance(input_shape, Mapping) or len(input_shape) != 2):
        raise ValueError(
            f"{builder} needs sequences of vectors, X of shape (n_samples, n_steps, "
            f"n_features), or rows of integers, (n_samples, n_steps). Got "
            f"samples of shape {shown(input_shape)}{_remedy(input_shape, words)}"
        )
    if is_text:
        inputs, x = words.of(builder, input_shape)
    else:
        words.refuse_vectors(builder, input_shape)
        x = inputs = keras.Input(input_shape)
    sizes = positive_integers(arguments["units"], builder, "units")
    rates = {name: arguments[name] for name in ("dropout", "recurrent_dropout")}
    for i, size in enumerate(sizes):
        x = layer(size, return_sequences=i < len(sizes) - 1, **rates)(x)
    target = (arguments[name] for name in ("target_type", "n_outputs", "n_classes"))
    return model_of(inputs, x, target)


def _remedy(input_shape: Any, words: WordEmbedding) -> str:
    """Say what to do with samples that are no sequences."""
    if not (is_row(input_shape) and words.learns):
        return "; reshape X first."
    return (
        " for X of floats: reshape it to (n_samples, n_steps, 1), or, if the numbers "
        "are words, use X.astype(int)."
    )
