"""Predict intervals, and measure how many values lie in them.

What this shows, on the diabetes data of scikit-learn:

1. three quantiles learned at once, by ``loss="pinball"``;
2. their coverage in cross-validation, beside what was asked for;
3. a mean and a spread for each row, by a likelihood of one's own.

Run it with ``python examples/prediction_intervals.py``. It takes some seconds.
"""

import os

# Has to be set before TensorFlow is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import ops
from sklearn.datasets import load_diabetes
from sklearn.metrics import mean_pinball_loss
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.preprocessing import scale

from sk_keras import KerasRegressor

LEVELS = [0.1, 0.5, 0.9]
FOLDS = KFold(5, shuffle=True, random_state=0)


def build(n_features_in):
    """Build a network that puts out two values for each row."""
    return keras.Sequential(
        [
            keras.layers.Input((n_features_in,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(2),
        ]
    )


def spread_of(raw):
    """Return the spread that the second value stands for."""
    return ops.softplus(raw[:, 1:]) + 1e-3


def gaussian_nll(y_true, y_pred):
    """Return the negative logarithm of a normal density, but for a constant."""
    spread = spread_of(y_pred)
    errors = (y_true - y_pred[:, :1]) / spread
    return ops.mean(ops.log(spread) + 0.5 * errors**2, axis=-1)


def main():
    """Compare coverages."""
    X, y = load_diabetes(return_X_y=True)
    X, y = scale(X), scale(y)
    given = {"epochs": 40, "optimizer__learning_rate": 0.003, "random_state": 0}
    quantiles = KerasRegressor(
        "mlp",
        hidden_layer_sizes=(16,),
        loss="pinball",
        loss__quantile=LEVELS,
        loss__non_crossing=True,
        **given,
    )
    predicted = cross_val_predict(quantiles, X, y, cv=FOLDS)
    for i, level in enumerate(LEVELS):
        below = np.mean(y < predicted[:, i])
        loss = mean_pinball_loss(y, predicted[:, i], alpha=level)
        print(f"{level:.1f}: {below:.2f} lie below, pinball loss {loss:.3f}")
    covered = np.mean((predicted[:, 0] <= y) & (y <= predicted[:, 2]))
    print(f"quantiles: {covered:.2f} of the values in intervals for 0.80")

    raw = cross_val_predict(
        KerasRegressor(build, loss=gaussian_nll, **given), X, y, cv=FOLDS
    )
    mean, spread = raw[:, 0], np.asarray(spread_of(raw)).ravel()
    of_normal = np.mean(np.abs(y - mean) <= 1.2816 * spread)
    print(f"likelihood: {of_normal:.2f} of the values in intervals for 0.80")
    assert 0.6 < covered < 0.9
    assert 0.6 < of_normal < 0.9


if __name__ == "__main__":
    main()
