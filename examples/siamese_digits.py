"""Learn whether two pictures show the same digit, by a contrastive loss.

What this shows, on the digits of scikit-learn:

1. a network of two inputs with one encoder, which puts out a distance;
2. ``loss="contrastive"``: distances below a threshold are pairs of the same digit;
3. the threshold, found anew by scikit-learn.

Run it with ``python examples/siamese_digits.py``. It takes less than a minute.
"""

import os

# Has to be set before TensorFlow is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from sk_keras import KerasClassifier
from sk_keras.data import ArrayDict


def distance_of_pairs(width=64):
    """Build one encoder for both pictures, and the distance between their codes."""
    encoder = keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(width, activation="relu"),
            layers.Dense(width),
        ]
    )
    left = keras.Input((8, 8, 1), name="left")
    right = keras.Input((8, 8, 1), name="right")
    squares = ops.square(encoder(left) - encoder(right))
    distance = ops.sqrt(ops.maximum(ops.sum(squares, axis=1, keepdims=True), 1e-7))
    return keras.Model({"left": left, "right": right}, distance)


def pairs_of(images, digits, n, seed):
    """Draw pairs, half of them of the same digit."""
    rng = np.random.RandomState(seed)
    left = rng.randint(len(images), size=n)
    places = {digit: np.flatnonzero(digits == digit) for digit in np.unique(digits)}
    same = rng.rand(n) < 0.5
    right = np.array(
        [
            rng.choice(
                places[digits[i]]
                if alike
                else places[(digits[i] + rng.randint(1, 10)) % 10]
            )
            for i, alike in zip(left, same, strict=True)
        ]
    )
    pairs = ArrayDict({"left": images[left], "right": images[right]})
    return pairs, np.where(same, "same", "other")


def main():
    """Train on pairs of some pictures, and score on pairs of others."""
    X, digits = load_digits(return_X_y=True)
    images = X.reshape(-1, 8, 8, 1).astype("float32") / 16
    train, test, digits_train, digits_test = train_test_split(
        images, digits, stratify=digits, random_state=0
    )
    X_train, y_train = pairs_of(train, digits_train, 8000, seed=0)
    X_test, y_test = pairs_of(test, digits_test, 2000, seed=1)
    clf = KerasClassifier(
        distance_of_pairs, loss="contrastive", epochs=15, random_state=0
    ).fit(X_train, y_train)
    accuracy = clf.score(X_test, y_test)
    area = roc_auc_score(y_test == "same", clf.predict_proba(X_test)[:, 1])
    print(f"{accuracy:.3f} of pairs right, area under the curve {area:.4f}")
    assert accuracy > 0.95


if __name__ == "__main__":
    main()
