"""Outliers found by an autoencoder, beside an isolation forest.

What this shows, on the handwritten digits that come with scikit-learn:

1. `KerasAutoencoderDetector` learns from half of the digits of one kind, and is then
   shown the other half among the digits of all other kinds;
2. the area under the ROC curve tells how well its scores part these, for each of the
   ten kinds, beside those of `sklearn.ensemble.IsolationForest`;
3. `contamination` sets the threshold as in scikit-learn's detectors: here so that one
   in twenty of the digits that it has learned from counts as an outlier.

Run it with ``python examples/autoencoder_outliers.py``. It takes less than a minute on
two cores.
"""

import os

# Has to be set before TensorFlow is imported. TensorFlow 2.21 prints a few lines
# to the standard error all the same.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from sk_keras import KerasAutoencoder, KerasAutoencoderDetector

CONTAMINATION = 0.05

DETECTORS = {
    "autoencoder": KerasAutoencoderDetector(
        KerasAutoencoder("deep", encoding_dim=8, noise=0.3, epochs=60),
        contamination=CONTAMINATION,
        random_state=0,
    ),
    "isolation forest": IsolationForest(contamination=CONTAMINATION, random_state=0),
}


def one_kind(X, y, kind, rng):
    """Return half of the digits of a kind, all others, and which are outliers."""
    own = rng.permutation(np.flatnonzero(y == kind))
    known, new = np.array_split(own, 2)
    rows = np.concatenate([new, np.flatnonzero(y != kind)])
    return X[known], X[rows], y[rows] != kind


def main():
    """Learn each kind of digits in turn, and find the others."""
    X, y = load_digits(return_X_y=True)
    X = X / 16
    rng = np.random.RandomState(0)
    areas, shares = {}, {}
    for kind in range(10):
        known, rows, is_other = one_kind(X, y, kind, rng)
        for name, detector in DETECTORS.items():
            scores = detector.fit(known).score_samples(rows)
            areas[kind, name] = roc_auc_score(is_other, -scores)
            outlier = detector.predict(rows) < 0
            shares[kind, name] = outlier[is_other].mean(), outlier[~is_other].mean()
    table = pd.Series(areas).unstack()
    table.loc["mean"] = table.mean()
    print("Area under the ROC curve, by the kind of digit that was learned:\n")
    print(table.to_string(float_format="%.3f"))
    found = pd.DataFrame(shares, index=["others found", "own kind refused"]).T
    print("\nShares of outliers at the threshold, means over the ten kinds:\n")
    print(found.groupby(level=1).mean().to_string(float_format="%.3f"))


if __name__ == "__main__":
    main()
