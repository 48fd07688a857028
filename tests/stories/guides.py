"""Data with a rule to find, and checks, for the models of the guides."""

import numpy as np


def labelled_patterns(n_rows, shape, n_classes=10, noise=0.3):
    """Make samples in [0, 1], each near the pattern of its class, and names."""
    rng = np.random.RandomState(0)
    patterns = rng.random_sample((n_classes, *shape))
    kinds = np.arange(n_rows) % n_classes
    X = patterns[kinds] + noise * (rng.random_sample((n_rows, *shape)) - 0.5)
    names = np.array([f"kind {i:03}" for i in range(n_classes)])
    return X.clip(0, 1).astype("float32"), names[kinds]


def yes_or_no(n_rows, shape):
    X, names = labelled_patterns(n_rows, shape, n_classes=2)
    return X, np.where(names == "kind 000", "no", "yes")


def texts(n_rows, n_words, vocabulary_size):
    """Make rows of integers: those of a yes are from the upper half."""
    rng = np.random.RandomState(0)
    half = vocabulary_size // 2
    upper = np.arange(n_rows) % 2
    X = rng.randint(1, half, size=(n_rows, n_words)) + half * upper[:, None]
    return X, np.array(["no", "yes"])[upper]


def check_labels(y, labels, probabilities, classes):
    """Compare the form of predictions with that of a target."""
    assert (labels.shape, labels.dtype) == (y.shape, y.dtype)
    assert probabilities.shape == (*y.shape, len(np.unique(y)))
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1, rtol=1e-5)
    np.testing.assert_array_equal(classes[probabilities.argmax(axis=-1)], labels)
