"""sk_keras."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from statistics import fmean
from typing import Any

import keras
import numpy as np
from sklearn.base import clone

import sk_keras
from sk_keras import KerasClassifier
from sk_keras.preprocessing import (
    ImageAugmenter,
    SequencesToMatrix,
    TextTokenizer,
    make_sampling_table,
    pad_sequences,
    skipgrams,
)
from tests.benchmarks.kits import networks
from tests.benchmarks.settings import AUGMENTING, SEED

# The package imports its modules when they are needed; a first fit is timed without
# imports, for every contender.
for _module in pkgutil.walk_packages(sk_keras.__path__, "sk_keras."):
    importlib.import_module(_module.name)


def _perceptron(
    n_features_in: int, hidden: Any = 16, activation: Any = "relu"
) -> keras.Model:
    return networks.perceptron(n_features_in, hidden, activation)


def tabular(
    n_features: int,
    *,
    hidden: Any,
    epochs: int,
    batch_size: int,
    activation: Any = "relu",
) -> Any:
    """Make a classifier with a hidden layer, or several."""
    return KerasClassifier(
        _perceptron,
        hidden=hidden,
        activation=activation,
        epochs=epochs,
        batch_size=batch_size,
        random_state=SEED,
    )


def sequence_steps(
    rows: list[list[int]], words: list[int], vocabulary: int
) -> dict[str, Callable[[], Any]]:
    """Return steps with sequences; each gives an array of numbers."""
    table = make_sampling_table(vocabulary, 1e-4)

    def pairs(**kwargs: Any) -> np.ndarray:
        return skipgrams(words, vocabulary, random_state=SEED, **kwargs)[1]

    return {
        "padding": lambda: pad_sequences(rows),
        "padding and cutting": lambda: pad_sequences(rows, 200),
        "skipgrams": pairs,
        "skipgrams by frequency": lambda: pairs(sampling_table=table),
    }


def image(kind: str, *, epochs: int, batch_size: int, xla: bool = False) -> Any:
    """Make a classifier of digits."""
    return KerasClassifier(
        networks.IMAGE_NETWORKS[kind],
        compile__jit_compile=xla,
        epochs=epochs,
        batch_size=batch_size,
        random_state=SEED,
    )


def augmented(size: int, *, epochs: int, batch_size: int) -> Any:
    """Make a classifier of coloured images that augments them."""
    return KerasClassifier(
        networks.pictures,
        size=size,
        augmenter=ImageAugmenter(**AUGMENTING),
        epochs=epochs,
        batch_size=batch_size,
        random_state=SEED,
    )


def text_steps(texts: list[str], num_words: int) -> dict[str, Callable[[], float]]:
    """Return steps with texts; each gives the mean of what comes out."""
    fitted = TextTokenizer(num_words).fit(texts)
    dense = clone(fitted).set_params(output="tfidf").fit(texts)
    sparse = clone(dense).set_params(sparse_output=True).fit(texts)
    indices = fitted.transform(texts)
    matrix = SequencesToMatrix(num_words, mode="tfidf", sparse_output=True).fit(indices)

    def fit() -> float:
        return fmean(TextTokenizer().fit(texts).word_counts_.values())

    def sequences() -> float:
        return fmean(map(len, fitted.transform(texts)))

    return {
        "fit": fit,
        "sequences": sequences,
        "dense tf-idf": lambda: float(dense.transform(texts).mean()),
        "sparse tf-idf": lambda: float(sparse.transform(texts).mean()),
        "sparse tf-idf of indices": lambda: float(matrix.transform(indices).mean()),
    }


def parameters(*, hidden: Any, epochs: Any, batch_size: Any) -> dict[str, Any]:
    """Name the values of a search."""
    return {"hidden": hidden, "epochs": epochs, "batch_size": batch_size}
