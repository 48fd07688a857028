"""What layers have done, undone."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

MSG_NO_INVERSE = (
    "LayerTransformer has no inverse_transform with {layer}. Normalization and, with "
    "output_mode='int', StringLookup and IntegerLookup can be undone."
)


def can_invert(transformer: Any) -> bool:
    """Tell whether a transformer has an inverse, as `available_if` asks.

    Raises
    ------
    NotFittedError
        Before it is fitted.
    AttributeError
        Names the layer that cannot be undone.
    """
    check_is_fitted(transformer)
    layer = transformer.layer_
    config = layer.get_config()
    lookup = type(layer).__name__ in ("StringLookup", "IntegerLookup")
    whole = lookup and config["output_mode"] == "int"
    if config.get("invert") or not (whole or type(layer).__name__ == "Normalization"):
        raise AttributeError(MSG_NO_INVERSE.format(layer=type(layer).__name__))
    return True


def undone(X: np.ndarray, layer: Any) -> np.ndarray:
    """Return what a layer has made X of.

    Raises
    ------
    ValueError
        If X holds integers that are no positions in the vocabulary of the layer.
    """
    if hasattr(layer, "get_vocabulary"):
        return _looked_up(X, layer.get_vocabulary())
    import keras

    std = np.sqrt(np.asarray(layer.variance))
    std = np.maximum(std, keras.config.epsilon())
    inverse: np.ndarray = X * std + np.asarray(layer.mean)
    return inverse


def _looked_up(X: np.ndarray, vocabulary: list[Any]) -> np.ndarray:
    """Take words by their positions in a vocabulary."""
    positions = X.astype(np.int64)
    if (positions != X).any() or (positions < 0).any() or (X >= len(vocabulary)).any():
        raise ValueError(
            f"X must hold positions in a vocabulary of {len(vocabulary)}: integers "
            f"from 0 to {len(vocabulary) - 1}. Got values between {X.min()} and "
            f"{X.max()}."
        )
    words = np.array(vocabulary)
    words = words.astype(object) if words.dtype.kind == "U" else words
    return words[positions]
