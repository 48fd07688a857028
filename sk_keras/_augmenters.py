"""The augmenter of an estimator: what it may be, what X it takes, where draws begin."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import check_random_state

from sk_keras._parts import parts_of
from sk_keras._ragged import Ragged

MSG_KIND = (
    "augmenter must be an ImageAugmenter, a Keras layer or None. Got {got}. {hint}"
)
MSG_X = (
    "augmenter changes images that are rows of one array, X of shape (n_samples, "
    "height, width, channels). Got {got}. {hint}"
)


def check_augmentable(augmenter: Any, X: Any) -> None:
    """Refuse what is no augmenter, and data that an augmenter cannot change.

    Parameters
    ----------
    augmenter : ImageAugmenter, keras.layers.Layer or None
    X : array, CSR matrix or Ragged, or a dict or list of them

    Raises
    ------
    TypeError, ValueError
    """
    if augmenter is None:
        return
    images = hasattr(augmenter, "draw_transforms")
    if isinstance(augmenter, type) or not (images or _is_layer(augmenter)):
        got, hint = repr(augmenter), "Wrap a function in keras.layers.Lambda."
        if isinstance(augmenter, type):
            got = f"the class {augmenter.__name__}"
            hint = f"Give an object of it: {augmenter.__name__}(...)."
        raise TypeError(MSG_KIND.format(got=got, hint=hint))
    if isinstance(X, dict | list | tuple):
        got = f"{len(parts_of(X))} inputs"
        hint = "Put Keras' layers for augmenting behind the input that they are for."
        raise ValueError(MSG_X.format(got=got, hint=hint))
    if sparse.issparse(X) or isinstance(X, Ragged):
        got = "sequences of unequal length" if isinstance(X, Ragged) else "a sparse X"
        raise ValueError(MSG_X.format(got=got, hint="Give a dense array."))
    if images:
        augmenter._check_shape(X.shape, "X")


def _is_layer(thing: Any) -> bool:
    import keras

    return isinstance(thing, keras.layers.Layer)


def first_draws(augmenter: Any, seed: int | None) -> np.random.RandomState | None:
    """Return what draws the seeds of the fits of an estimator.

    Parameters
    ----------
    augmenter : ImageAugmenter or keras.layers.Layer
    seed : int or None
        The estimator's, for an augmenter that has none of its own.

    Returns
    -------
    numpy.random.RandomState or None
        None for draws that cannot be repeated.
    """
    own = _own_seed(augmenter)
    if own is not None:
        return np.random.RandomState(own)
    return None if seed is None else np.random.RandomState(seed)


def _own_seed(augmenter: Any) -> Any:
    from sk_keras.training.augmenting import generators_of
    from sk_keras.training.seeding import draw_seed

    if hasattr(augmenter, "draw_transforms"):
        return draw_seed(augmenter.random_state)
    # A layer's own seed counts if every generator in it has one.
    seeds = [generator._initial_seed for generator in generators_of(augmenter)]
    return seeds if seeds and None not in seeds else None


def next_seed(draws: np.random.RandomState | None) -> int:
    """Draw the seed of one fit."""
    return int(check_random_state(draws).randint(np.iinfo(np.int32).max))
