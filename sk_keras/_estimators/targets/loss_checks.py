"""Refuse pairs of loss and target that would train nonsense."""

from __future__ import annotations

import numpy as np

from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.losses import (
    CATEGORICAL_LOSSES,
    MARGIN_LOSSES,
    PROBABILITIES,
    LossKind,
    is_crossentropy,
)

CLASS_LOSSES = (
    *MARGIN_LOSSES,
    *CATEGORICAL_LOSSES,
    "sparse_categorical_crossentropy",
)
#: Losses that are defined on a part of the real line only.
DOMAINS = {
    "binary_crossentropy": (0.0, 1.0, "between 0 and 1"),
    "binary_focal_crossentropy": (0.0, 1.0, "between 0 and 1"),
    "poisson": (0.0, np.inf, "not negative"),
    "mean_squared_logarithmic_error": (0.0, np.inf, "not negative"),
}

#: Losses of predictions in a part of the real line, and an activation that keeps to it.
OUTPUTS = {
    "binary_crossentropy": ("between 0 and 1", "sigmoid"),
    "binary_focal_crossentropy": ("between 0 and 1", "sigmoid"),
    "poisson": ("positive", "softplus"),
}


def check_loss(target_type: str, head: Head, kind: LossKind, y: np.ndarray) -> None:
    """Refuse a loss that cannot train this target on this output.

    Raises
    ------
    ValueError
        Names the loss, the target, the output, and what to use instead.
    """
    numeric = target_type == "continuous"
    problem = _problem_with_one_unit(head, kind) or (
        _problem_with_values(head, kind, y)
        if numeric
        else _problem_with_labels(target_type, head, kind)
    )
    if problem:
        raise ValueError(
            f"loss {kind.name!r} does not fit a {target_type} target and the {head}: "
            f"{problem}, or loss=None to have it picked."
        )


def _problem_with_one_unit(head: Head, kind: LossKind) -> str | None:
    if kind.name == "cosine_similarity" and head.width == 1 and not kind.custom:
        return (
            "it compares directions, and a single value has none; use "
            "'mean_squared_error'"
        )
    return None


def _problem_with_values(head: Head, kind: LossKind, y: np.ndarray) -> str | None:
    if kind.distance:
        return "it is a loss for labels, in KerasClassifier; use 'mean_squared_error'"
    if kind.custom:
        return None
    if head.activation == "linear" and not kind.from_logits and kind.name in OUTPUTS:
        return (
            f"it takes predictions that are {OUTPUTS[kind.name][0]}, and these can "
            f"be any; use activation={OUTPUTS[kind.name][1]!r} in the last layer"
        )
    if kind.name in CATEGORICAL_LOSSES and head.width != 1:
        return _problem_with_distributions(head, kind, y)
    if kind.name in CLASS_LOSSES:
        return "it is a loss for classes; use 'mean_squared_error'"
    if kind.name in DOMAINS:
        low, high, words = DOMAINS[kind.name]
        smallest, largest = float(np.min(y)), float(np.max(y))
        if smallest < low or largest > high:
            return (
                f"its targets are {words}, and y lies between {smallest:.6g} and "
                f"{largest:.6g}; scale y or use 'mean_squared_error'"
            )
    return None


def _problem_with_distributions(
    head: Head, kind: LossKind, y: np.ndarray
) -> str | None:
    """Accept y whose last axis holds shares of a whole, as a softmax gives them."""
    if np.ndim(y) < 2 or not are_distributions(y):
        return (
            "it takes distributions, which are not negative and sum to 1 along the "
            "last axis, and y does not; use 'mean_squared_error'"
        )
    if head.activation == "linear" and not kind.from_logits:
        return (
            "it takes predictions that sum to 1, and these can be any; use "
            "activation='softmax' in the last layer"
        )
    return None


def are_distributions(y: np.ndarray) -> bool:
    """Tell whether values are not negative, and sum to 1 along the last axis."""
    sums = np.sum(y, axis=-1, dtype=np.float64)
    return bool((y >= 0).all() and np.allclose(sums, 1, atol=1e-3))


def _problem_with_labels(target_type: str, head: Head, kind: LossKind) -> str | None:
    one_unit = head.width == 1
    if kind.quantiles:
        return "it is a loss for values, in KerasRegressor; use one for labels"
    if kind.distance and not (one_unit and target_type == "binary"):
        return "it takes one distance for each row, and y of two labels; use another"
    for_one_class = (*CATEGORICAL_LOSSES, "sparse_categorical_crossentropy")
    if target_type == "multilabel-indicator":
        if kind.name in for_one_class:
            return "several labels can be true at once; use 'binary_crossentropy'"
        return None
    if not kind.custom and is_crossentropy(kind) and head.activation == "linear":
        if kind.from_logits:
            return None
        fitting = "sigmoid" if one_unit else "softmax"
        return (
            f"it takes probabilities, and these are raw scores; use activation="
            f"{fitting!r} in the last layer, or the loss with from_logits=True"
        )
    if not kind.custom and kind.from_logits and head.activation in PROBABILITIES:
        return (
            "from_logits=True takes raw scores, and these are probabilities; leave it "
            "out, or leave out the last activation"
        )
    if one_unit and kind.name in for_one_class:
        return (
            "it needs one unit for each class; use 'binary_crossentropy', or "
            "Dense(n_classes, activation='softmax')"
        )
    if target_type == "multiclass-onehot" and kind.name.startswith("sparse_"):
        return "y is one-hot; use 'categorical_crossentropy'"
    return None
