"""Losses that Keras has not; importing them imports Keras.

The estimators also know them by name: ``loss="pinball"``, ``loss="contrastive"``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("sk_keras")
class PinballLoss(keras.losses.Loss):
    """Loss of quantiles: of one, or of several at once.

    An error of a quantile q costs q where the prediction is too low, and 1 - q where
    it is too high [1]_. The model puts out one value for each quantile along its last
    axis: an output of shape (None, n_quantiles) for a target of shape (n_samples,).

    Parameters
    ----------
    quantile : float or sequence of float, default=0.5
        Between 0 and 1, ascending. 0.5 is the median: half the mean absolute error.
    non_crossing : bool, default=False
        Whether `sk_keras.KerasRegressor` puts the quantiles that it predicts for a
        row in ascending order. Quantiles that are learned side by side can cross;
        in order they are never farther from the truth, by this loss [2]_. Training is
        the same.
    reduction, name, dtype
        As in `keras.losses.Loss`.

    Raises
    ------
    ValueError
        If quantiles are not between 0 and 1, or not ascending.

    References
    ----------
    .. [1] R. Koenker, G. Bassett, "Regression Quantiles", Econometrica 46 (1978).
    .. [2] V. Chernozhukov, I. Fernandez-Val, A. Galichon, "Quantile and Probability
       Curves Without Crossing", Econometrica 78 (2010).

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.models.losses import PinballLoss
    >>> float(PinballLoss(0.25)(np.array([[2.0]]), np.array([[4.0]])))
    1.5
    """

    def __init__(
        self,
        quantile: float | Sequence[float] = 0.5,
        non_crossing: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "pinball",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        levels = np.atleast_1d(np.asarray(quantile, dtype=np.float64))
        inside = levels.ndim == 1 and bool(((levels > 0) & (levels < 1)).all())
        if not (levels.size and inside and (np.diff(levels) > 0).all()):
            raise ValueError(
                "quantile must be a number between 0 and 1, or several in ascending "
                f"order. Got {quantile!r}."
            )
        self.quantile = levels.tolist() if np.ndim(quantile) else float(levels[0])
        self.non_crossing = non_crossing

    @property
    def n_quantiles(self) -> int:
        """Number of values that the model puts out for each of the target."""
        return int(np.size(self.quantile))

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the mean loss of the quantiles, for each value of the target."""
        if len(y_true.shape) < len(y_pred.shape):
            y_true = ops.expand_dims(y_true, -1)
        levels = ops.convert_to_tensor(self.quantile, dtype=y_pred.dtype)
        missing = y_true - y_pred
        return ops.mean(ops.maximum(levels * missing, (levels - 1) * missing), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the loss anew."""
        own = {"quantile": self.quantile, "non_crossing": self.non_crossing}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("sk_keras")
class ContrastiveLoss(keras.losses.Loss):
    """Loss of the distance between the two samples of a pair.

    Pairs that are alike cost the square of their distance; pairs that are not cost
    the square of what is missing to the margin [1]_. The model puts out one distance
    for each pair. `sk_keras.KerasClassifier` reads distances below the threshold as
    the label of pairs that are alike; probabilities are a logistic function of the
    distance, in the right order and 0.5 at the threshold, but not calibrated.

    Derive losses of other distances from it, with another ``call``.

    Parameters
    ----------
    margin : float, default=1.0
        Distance from which pairs that are not alike cost nothing.
    threshold : float or None, default=None
        Distance below which pairs are taken to be alike. None is half the margin,
        where both labels cost the same.
    similar : {0, 1}, default=1
        Which of the two labels, in sorted order, says that a pair is alike.
    reduction, name, dtype
        As in `keras.losses.Loss`.

    Raises
    ------
    ValueError
        If margin or threshold is not positive, or `similar` neither 0 nor 1.

    References
    ----------
    .. [1] R. Hadsell, S. Chopra, Y. LeCun, "Dimensionality Reduction by Learning an
       Invariant Mapping", CVPR 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.models.losses import ContrastiveLoss
    >>> alike, distances = np.array([[1.0], [0.0]]), np.array([[0.5], [0.5]])
    >>> float(ContrastiveLoss()(alike, distances))
    0.25
    """

    def __init__(
        self,
        margin: float = 1.0,
        threshold: float | None = None,
        similar: int = 1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "contrastive",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not margin > 0 or not (threshold is None or threshold > 0):
            raise ValueError(
                "margin and threshold are distances, which must be positive. Got "
                f"margin={margin!r} and threshold={threshold!r}."
            )
        if similar not in (0, 1):
            raise ValueError(f"similar must be 0 or 1. Got {similar!r}.")
        self.margin = float(margin)
        self.threshold = None if threshold is None else float(threshold)
        self.similar = int(similar)

    @property
    def boundary(self) -> float:
        """The threshold, or what takes its place."""
        return self.margin / 2 if self.threshold is None else self.threshold

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each pair."""
        alike = y_true if self.similar else 1 - y_true
        missing = ops.maximum(self.margin - y_pred, 0)
        return ops.mean(
            alike * ops.square(y_pred) + (1 - alike) * ops.square(missing), axis=-1
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the loss anew."""
        own = {
            "margin": self.margin,
            "threshold": self.threshold,
            "similar": self.similar,
        }
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("sk_keras")
class EachElement(keras.losses.Loss):
    """A loss of Keras with a value for each element, in place of one for a row.

    So that each element can have a weight: rows of several labels, pixels. Without
    weights, or with weights for rows, it comes to the same.

    Parameters
    ----------
    loss : str, callable or keras.losses.Loss
        Whose value for a row is the mean of what its elements cost.
    reduction, name, dtype
        As in `keras.losses.Loss`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.models.losses import EachElement
    >>> y, p = np.zeros((1, 2)), np.array([[1.0, 3.0]])
    >>> loss = EachElement("mean_squared_error")
    >>> float(loss(y, p)), float(loss(y, p, sample_weight=np.array([[2.0, 0.0]])))
    (5.0, 1.0)
    """

    def __init__(
        self,
        loss: Any,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        loss = keras.losses.get(loss)
        own = getattr(loss, "name", None) or getattr(loss, "__name__", None)
        super().__init__(name=name or own, reduction=reduction, dtype=dtype)
        self.loss = loss

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each element."""
        each = self.loss.call if isinstance(self.loss, keras.losses.Loss) else self.loss
        return each(ops.expand_dims(y_true, -1), ops.expand_dims(y_pred, -1))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the loss anew."""
        own = {"loss": keras.losses.serialize(self.loss)}
        return {**super().get_config(), **own}
