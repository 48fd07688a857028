"""The data of all cases: float32 rows, integer labels."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_breast_cancer, make_classification

from tests.benchmarks.settings import SEED

#: Rows that no fit has seen, to measure the accuracy on.
HELD_OUT = 2000


def breast_cancer() -> tuple[np.ndarray, np.ndarray]:
    """Load 569 rows of 30 features in two classes."""
    X, y = load_breast_cancer(return_X_y=True)
    return X.astype(np.float32), y.astype(np.int64)


def synthetic(n_rows: int, n_features: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows in two classes, and `HELD_OUT` rows more at the end.

    Parameters
    ----------
    n_rows : int
        Without those held out.
    n_features : int

    Returns
    -------
    X : array of float32 of shape (n_rows + HELD_OUT, n_features)
    y : array of int64 of shape (n_rows + HELD_OUT,)
    """
    X, y = make_classification(
        n_rows + HELD_OUT,
        n_features,
        n_informative=n_features // 2,
        n_redundant=0,
        random_state=SEED,
    )
    return X.astype(np.float32), y.astype(np.int64)


def images(
    path: str, kind: str, n_rows: int
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Read digits in the shape that a kind of network takes.

    Parameters
    ----------
    path : str
        An ``mnist.npz`` with ``x_train`` and ``y_train``.
    kind : {"mlp", "cnn", "lstm"}
        Rows become vectors, images with a channel, or sequences.
    n_rows : int
        The first rows are for training; the last `HELD_OUT` are held out.

    Returns
    -------
    train, held_out : tuple of (X, y)
    """
    shape = {"mlp": (784,), "cnn": (28, 28, 1), "lstm": (28, 28)}[kind]
    with np.load(path) as file:
        X, y = file["x_train"], file["y_train"].astype(np.int64)
    X = X.reshape(-1, *shape)
    train, held_out = slice(n_rows), slice(-HELD_OUT, None)
    return _scaled(X[train], y[train]), _scaled(X[held_out], y[held_out])


def indices(n_words: int, vocabulary: int) -> list[int]:
    """Draw indices of words by Zipf's law, from 1.

    Parameters
    ----------
    n_words : int
    vocabulary : int
        The largest index, plus 1.

    Returns
    -------
    indices : list of int
    """
    rng = np.random.RandomState(SEED)
    return np.minimum(rng.zipf(1.3, n_words), vocabulary - 1).tolist()


def sequences(
    n_rows: int, lengths: tuple[int, ...], vocabulary: int
) -> list[list[int]]:
    """Cut such indices into sequences of random lengths.

    Parameters
    ----------
    n_rows : int
    lengths : tuple of two int
        The shortest and the longest.
    vocabulary : int

    Returns
    -------
    sequences : list of list of int
    """
    shortest, longest = lengths
    ends = np.cumsum(
        np.random.RandomState(SEED).randint(shortest, longest + 1, n_rows)
    ).tolist()
    words = indices(ends[-1], vocabulary)
    return [words[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _scaled(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return X.astype(np.float32) / 255, y


def pictures(n_rows: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw noisy discs in the colours of ten classes, `HELD_OUT` more at the end.

    Returns
    -------
    X : array of float32 of shape (n_rows + HELD_OUT, size, size, 3)
    y : array of int64 of shape (n_rows + HELD_OUT,)
    """
    rng = np.random.RandomState(SEED)
    y = rng.randint(0, 10, n_rows + HELD_OUT)
    X = rng.rand(len(y), size, size, 3).astype(np.float32) / 2
    place = np.arange(size) - (size - 1) / 2
    disc = (place[:, None] ** 2 + place**2 < (size / 4) ** 2).astype(np.float32)
    colours = rng.rand(10, 3).astype(np.float32) / 2
    X += disc[..., None] * colours[y][:, None, None]
    return X, y.astype(np.int64)


def texts(n_texts: int, n_words: int, vocabulary: int) -> list[str]:
    """Draw words by Zipf's law, a full stop behind each text.

    Parameters
    ----------
    n_texts, n_words : int
        Texts, and words of each.
    vocabulary : int
        Number of different words.

    Returns
    -------
    texts : list of str
    """
    rng = np.random.RandomState(SEED)
    words = np.array([f"word{i}" for i in range(vocabulary)])
    ranks = np.minimum(rng.zipf(1.3, (n_texts, n_words)), vocabulary) - 1
    return [f"{' '.join(row)}." for row in words[ranks]]
