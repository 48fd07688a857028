"""Tag the words of sentences, which differ in length.

What this shows, on sentences that are made up from a small grammar:

1. sentences as lists of different lengths, tags likewise: no padding by hand;
2. the same as padded arrays with a mask: the same network, the same score;
3. weights of classes for rare tags, and a report of scikit-learn over all words.

Run it with ``python examples/tagger.py``. It takes some seconds.
"""

import os

# Has to be set before TensorFlow is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers
from sklearn.metrics import classification_report

from sk_keras import KerasClassifier
from sk_keras.preprocessing import TextTokenizer, pad_sequences

WORDS = {
    "DET": ["the", "a", "every"],
    "ADJ": ["red", "old", "light"],
    "NOUN": ["dog", "house", "light", "watch"],
    "VERB": ["sees", "finds", "watch"],
}
PATTERNS = ["DET NOUN VERB", "DET ADJ NOUN VERB DET NOUN", "DET ADJ ADJ NOUN VERB"]


def sentences(n, seed):
    """Make sentences, and the tags of their words."""
    rng = np.random.RandomState(seed)
    tags = [PATTERNS[rng.randint(len(PATTERNS))].split() for _ in range(n)]
    words = [[WORDS[tag][rng.randint(len(WORDS[tag]))] for tag in row] for row in tags]
    return words, tags


def tagger(n_classes, vocabulary_size, units=16):
    """Build a network that reads in both directions, and tags each word."""
    return keras.Sequential(
        [
            layers.Embedding(vocabulary_size, 16, mask_zero=True),
            layers.Bidirectional(layers.LSTM(units, return_sequences=True)),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


def filled(rows):
    """Fill rows up to six words, at the end."""
    return pad_sequences(rows, 6, padding="post")


def main():
    """Train on sentences as they are, and padded."""
    words, tags = sentences(300, seed=0)
    test_words, test_tags = sentences(100, seed=1)
    numbers = TextTokenizer().fit(words)
    X, X_test = numbers.transform(words), numbers.transform(test_words)
    given = {"epochs": 10, "optimizer__learning_rate": 0.01, "random_state": 0}

    unequal = KerasClassifier(tagger, class_weight="balanced", **given).fit(X, tags)
    print(f"unequal: {unequal.score(X_test, test_tags):.3f} of each sentence right")
    predicted = np.concatenate(unequal.predict(X_test))
    print(classification_report(np.concatenate(test_tags), predicted))

    # Padded, 0 is no word, and a tag of its own for it is not counted.
    kinds = {tag: i for i, tag in enumerate(sorted(WORDS))}
    codes = [[kinds[tag] for tag in row] for row in tags]
    test_codes = [[kinds[tag] for tag in row] for row in test_tags]
    padded = KerasClassifier(tagger, **given)
    padded.fit(
        pad_sequences(X, 6, padding="post"), pad_sequences(codes, 6, padding="post")
    )
    score = padded.score(
        pad_sequences(X_test, 6, padding="post"),
        pad_sequences(test_codes, 6, padding="post"),
    )
    print(f"padded and masked: {score:.3f} of each sentence right")
    assert min(score, unequal.score(X_test, test_tags)) > 0.95


if __name__ == "__main__":
    main()
