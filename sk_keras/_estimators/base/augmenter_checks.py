"""The augmenter of an estimator: what it may be, what X it takes, where draws begin."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import check_random_state

from sk_keras._estimators.targets.base import Targets
from sk_keras._estimators.targets.element_codecs import ElementwiseCodec
from sk_keras._shared.arrays.parts import parts_of
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.keras_objects.private_api.layers import (
    all_layers,
    own_seed_generators,
)

MSG_KIND = (
    "augmenter must be an ImageAugmenter, a Keras layer or None. Got {got}. {hint}"
)
MSG_X = (
    "augmenter changes images that are rows of one array, X of shape (n_samples, "
    "height, width, channels). Got {got}. {hint}"
)

MSG_LABELS = (
    "fill_mode='constant' puts cval={cval} beyond the edges of masks as well, and the "
    "labels of y, {classes}, do not go into the model with that number for one of "
    "them. Number them from 0, with cval one of the numbers and a loss for integers, "
    "or take another fill_mode."
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


def check_labels_beyond(
    augmenter: Any, shape: tuple[int, ...], targets: Targets
) -> None:
    """Refuse labels of pixels that ``cval`` would not stand for beyond the edges.

    Parameters
    ----------
    augmenter : ImageAugmenter or keras.layers.Layer
    shape : tuple of int
        Of X.
    targets : Targets

    Raises
    ------
    ValueError
    """
    if getattr(augmenter, "fill_mode", None) != "constant":
        return
    outputs = zip(targets.codecs, targets.plans, targets.heads, strict=True)
    for codec, plan, head in outputs:
        if not isinstance(codec, ElementwiseCodec) or None in codec.shape:
            continue
        mask = np.empty([1, *map(int, codec.y_shape)])  # type: ignore[arg-type]
        if not augmenter._are_masks(mask, shape):
            continue
        labels = [label for label in codec.classes if label == augmenter.cval]
        coded = [codec.encode(np.full_like(mask, v), plan, head) for v in labels]
        if not labels or (coded[0] != augmenter.cval).any():
            classes = codec.classes.tolist()
            raise ValueError(MSG_LABELS.format(cval=augmenter.cval, classes=classes))


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
    own = _own_seed(augmenter, seed)
    if own is not None:
        return np.random.RandomState(own)
    return None if seed is None else np.random.RandomState(seed)


def _own_seed(augmenter: Any, seed: int | None) -> Any:
    import keras

    from sk_keras._shared.keras_objects.seeding import draw_seed

    if hasattr(augmenter, "draw_transforms"):
        return draw_seed(augmenter.random_state)
    # A layer's own seed counts if every generator in it has one. Copies of a
    # RandomCrop have one that nobody has given.
    seeds = [
        generator.get_config()["seed"]
        for part in all_layers(augmenter)
        if seed is None or not isinstance(part, keras.layers.RandomCrop)
        for generator in own_seed_generators(part)
    ]
    return seeds if seeds and None not in seeds else None


def next_seed(draws: np.random.RandomState | None) -> int:
    """Draw the seed of one fit."""
    return int(check_random_state(draws).randint(np.iinfo(np.int32).max))
