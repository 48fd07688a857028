"""Ready builders for sequences of vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

from sk_keras.models._heads import output_layers


def lstm(
    input_shape: tuple[int, ...],
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    units: int | Sequence[int] = 64,
    dropout: float = 0.0,
    recurrent_dropout: float = 0.0,
) -> Any:
    """Build a recurrent network of LSTM layers.

    Parameters
    ----------
    input_shape : tuple (n_steps, n_features)
    target_type, n_outputs, n_classes
        Facts about the target, filled in by the estimators.
    units : int or sequence of int, default=64
        Units of each recurrent layer.
    dropout : float, default=0.0
        Share of inputs dropped at each layer, in training.
    recurrent_dropout : float, default=0.0
        Share of the state dropped between steps, in training.

    Returns
    -------
    keras.Model
        Not compiled.

    Raises
    ------
    ValueError
        If a sample is no sequence of vectors.

    Examples
    --------
    >>> from sk_keras.models import lstm
    >>> lstm((10, 3), "continuous", 1, None, units=(8, 4)).output_shape
    (None, 1)
    """
    import keras

    facts = (target_type, n_outputs, n_classes)
    rates = {"dropout": dropout, "recurrent_dropout": recurrent_dropout}
    return _recurrent("lstm", keras.layers.LSTM, input_shape, facts, units, rates)


def gru(
    input_shape: tuple[int, ...],
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    units: int | Sequence[int] = 64,
    dropout: float = 0.0,
    recurrent_dropout: float = 0.0,
) -> Any:
    """Build a recurrent network of GRU layers.

    Parameters and result are those of `lstm`.

    Examples
    --------
    >>> from sk_keras.models import gru
    >>> gru((10, 3), "binary", 1, 2).output_shape
    (None, 1)
    """
    import keras

    facts = (target_type, n_outputs, n_classes)
    rates = {"dropout": dropout, "recurrent_dropout": recurrent_dropout}
    return _recurrent("gru", keras.layers.GRU, input_shape, facts, units, rates)


def bilstm(
    input_shape: tuple[int, ...],
    target_type: Any,
    n_outputs: Any,
    n_classes: Any,
    units: int | Sequence[int] = 64,
    dropout: float = 0.0,
    recurrent_dropout: float = 0.0,
) -> Any:
    """Build a network of LSTM layers that read forwards and backwards.

    Parameters and result are those of `lstm`.

    Examples
    --------
    >>> from sk_keras.models import bilstm
    >>> bilstm((10, 3), "multiclass", 1, 5).output_shape
    (None, 5)
    """
    import keras

    def layer(*args: Any, **kwargs: Any) -> Any:
        return keras.layers.Bidirectional(keras.layers.LSTM(*args, **kwargs))

    facts = (target_type, n_outputs, n_classes)
    rates = {"dropout": dropout, "recurrent_dropout": recurrent_dropout}
    return _recurrent("bilstm", layer, input_shape, facts, units, rates)


def _recurrent(
    builder: str,
    layer: Callable[..., Any],
    input_shape: tuple[int, ...],
    facts: tuple[Any, Any, Any],
    units: Any,
    rates: dict[str, float],
) -> Any:
    import keras

    if len(input_shape) != 2:
        raise ValueError(
            f"{builder} needs sequences of vectors, X of shape (n_samples, n_steps, "
            f"n_features). Got samples of shape {tuple(input_shape)}; reshape X first."
        )
    sizes = [int(units)] if isinstance(units, Integral) else list(units)
    x = inputs = keras.Input(input_shape)
    for i, size in enumerate(sizes):
        x = layer(size, return_sequences=i < len(sizes) - 1, **rates)(x)
    return keras.Model(inputs, output_layers(x, *facts))
