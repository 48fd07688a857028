"""Keras alone: build, compile, fit, as one writes it by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import fmean
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tests.benchmarks.kits import networks
from tests.benchmarks.settings import AUGMENTING, LEARNING_RATE, SEED


class ByHand:
    """The steps of plain Keras under the names that the measures call.

    Parameters
    ----------
    build : callable
        Returns an uncompiled `keras.Model`.
    loss : str
    epochs, batch_size : int
    xla : bool, default=False
        Whether XLA compiles its steps.
    """

    def __init__(
        self,
        build: Callable[[], keras.Model],
        loss: str,
        epochs: int,
        batch_size: int,
        *,
        xla: bool = False,
    ) -> None:
        self.build = build
        self.loss = loss
        self.epochs = epochs
        self.batch_size = batch_size
        self.xla = xla

    def fit(self, X: np.ndarray, y: np.ndarray) -> ByHand:
        """Train a new model."""
        self._compile()
        self.model.fit(X, y, epochs=self.epochs, batch_size=self.batch_size, verbose=0)
        return self

    def _compile(self) -> None:
        keras.utils.set_random_seed(SEED)
        self.model = self.build()
        adam = keras.optimizers.Adam(LEARNING_RATE)
        self.model.compile(adam, self.loss, jit_compile=self.xla)

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return what the model puts out."""
        outputs = self.model.predict(X, batch_size=self.batch_size, verbose=0)
        return np.asarray(outputs)


class Generated(ByHand):
    """The same on what an `ImageDataGenerator` makes of the images."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> Generated:
        """Train a new model."""
        self._compile()
        generator = tf.keras.preprocessing.image.ImageDataGenerator(**AUGMENTING)
        batches = generator.flow(X, y, self.batch_size)
        self.model.fit(batches, epochs=self.epochs, verbose=0)
        return self


def augmented(size: int, *, epochs: int, batch_size: int) -> ByHand:
    """Make a classifier of coloured images that augments them."""
    build = partial(networks.pictures, size)
    return Generated(build, "sparse_categorical_crossentropy", epochs, batch_size)


def tabular(
    n_features: int,
    *,
    hidden: Any,
    epochs: int,
    batch_size: int,
    activation: Any = "relu",
) -> ByHand:
    """Make a classifier with a hidden layer, or several."""
    build = partial(networks.perceptron, n_features, hidden, activation)
    return ByHand(build, "binary_crossentropy", epochs, batch_size)


def text_steps(texts: list[str], num_words: int) -> dict[str, Callable[[], float]]:
    """Return steps with texts; each gives the mean of what comes out."""
    make = tf.keras.preprocessing.text.Tokenizer
    fitted = make(num_words)
    fitted.fit_on_texts(texts)
    indices = fitted.texts_to_sequences(texts)
    matrix = make(num_words)
    matrix.fit_on_sequences(indices)

    def fit() -> float:
        tokenizer = make()
        tokenizer.fit_on_texts(texts)
        return fmean(tokenizer.word_counts.values())

    def sequences() -> float:
        return fmean(map(len, fitted.texts_to_sequences(texts)))

    def tfidf() -> float:
        return float(fitted.texts_to_matrix(texts, "tfidf").mean())

    return {
        "fit": fit,
        "sequences": sequences,
        "dense tf-idf": tfidf,
        "sparse tf-idf": tfidf,
        "sparse tf-idf of indices": lambda: float(
            matrix.sequences_to_matrix(indices, "tfidf").mean()
        ),
    }


def sequence_steps(
    rows: list[list[int]], words: list[int], vocabulary: int
) -> dict[str, Callable[[], Any]]:
    """Return steps with sequences; each gives arrays or lists of numbers."""
    own = tf.keras.preprocessing.sequence
    table = own.make_sampling_table(vocabulary, 1e-4)

    def pairs(**kwargs: Any) -> list[int]:
        return own.skipgrams(words, vocabulary, seed=SEED, **kwargs)[1]

    return {
        "padding": lambda: own.pad_sequences(rows),
        "padding and cutting": lambda: own.pad_sequences(rows, 200),
        "skipgrams": pairs,
        "skipgrams by frequency": lambda: pairs(sampling_table=table),
    }


def image(kind: str, *, epochs: int, batch_size: int, xla: bool = False) -> ByHand:
    """Make a classifier of digits."""
    build = networks.IMAGE_NETWORKS[kind]
    loss = "sparse_categorical_crossentropy"
    return ByHand(build, loss, epochs, batch_size, xla=xla)
