"""Learn word vectors from skip-grams, and see which words are near each other.

What this shows, on the docstrings of scikit-learn as it is installed on this machine:

1. `TextTokenizer` numbers the words by frequency, and `skipgrams` makes pairs of words
   that stand near each other, and of random ones, rare words more often by
   `make_sampling_table`;
2. a Keras model of two inputs, whose vectors are multiplied, learns to tell them apart
   as a `KerasClassifier`; the builder is told the number of words of each input;
3. the nearest words are looked up in the vectors that were learned;
4. the vectors are put to a test on texts that were held out: tell pairs of near words
   from the same words paired at random. How frequent words are says nothing there.

Run it with ``python examples/word2vec.py``. It takes less than a minute on two cores.
"""

import os

# Has to be set before TensorFlow is imported. TensorFlow 2.21 prints a few lines
# to the standard error all the same.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import ast
import re
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import keras
import numpy as np
from keras import layers
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from sk_keras import KerasClassifier
from sk_keras.preprocessing import TextTokenizer, make_sampling_table, skipgrams

NUM_WORDS = 1500
WINDOW = 4
ASKED = ["regression", "tree", "fit", "sparse", "kernel", "probability"]


def load_docstrings(library="sklearn"):
    """Read the docstrings of a library without importing it; code is left out."""
    root = Path(find_spec(library).origin).parent
    kinds = (ast.Module, ast.FunctionDef, ast.ClassDef)
    texts = {}
    for path in sorted(root.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            docstring = ast.get_docstring(node) if isinstance(node, kinds) else None
            lines = (docstring or "").lower().splitlines()
            prose = (x for x in lines if not x.lstrip().startswith((">>>", "...")))
            words = re.findall("[a-z]{2,}", " ".join(prose))
            texts[" ".join(words)] = None  # in order, and each one once
    return [text for text in texts if text]


def build(vocabulary_size, dim=50):
    """Build the network: the product of two vectors says whether words are near."""
    inputs = [keras.Input((1,), name=name) for name in ("word", "context")]
    vectors = [
        layers.Embedding(vocabulary_size[name], dim, name=f"{name}_vectors")(one)
        for name, one in zip(("word", "context"), inputs, strict=True)
    ]
    product = layers.Flatten()(layers.Dot(axes=2)(vectors))
    return keras.Model(inputs, layers.Activation("sigmoid")(product))


def pairs(sequences, negative_samples, sampling_table=None):
    """Make pairs of words of each text, and labels."""
    found = [
        skipgrams(
            sequence,
            NUM_WORDS,
            window_size=WINDOW,
            negative_samples=negative_samples,
            sampling_table=sampling_table,
            random_state=i,
        )
        for i, sequence in enumerate(sequences)
    ]
    couples = np.concatenate([couple for couple, _ in found])
    labels = np.concatenate([label for _, label in found])
    return {"word": couples[:, 0], "context": couples[:, 1]}, labels


def learn(sequences):
    """Train the network on near and on random pairs."""
    table = make_sampling_table(NUM_WORDS, sampling_factor=2e-4)
    X, y = pairs(sequences, 2.0, table)
    print(f"{len(y)} pairs to learn from, {y.sum()} of them of near words.")
    model = KerasClassifier(build, epochs=5, batch_size=512, random_state=0)
    model.set_params(optimizer__learning_rate=0.005)
    return model.fit(X, y)


def nearest(vectors, index, n=6):
    """Return the words whose vectors have the smallest angle with that of one."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    order = np.argsort(-(unit @ unit[index]))
    return [i for i in order if i not in (0, index)][:n]


def put_to_test(model, sequences, counts):
    """Tell near words from the same words, paired at random."""
    near, _ = pairs(sequences, 0.0)
    drawn = np.random.RandomState(0).permutation(near["context"])
    X = {
        "word": np.concatenate([near["word"], near["word"]]),
        "context": np.concatenate([near["context"], drawn]),
    }
    y = np.repeat([1, 0], len(drawn))
    frequency = np.log(counts[X["word"]]) + np.log(counts[X["context"]])
    learned = roc_auc_score(y, model.predict_proba(X)[:, 1])
    print(f"\n{len(drawn)} pairs of near words in texts held out, and as many drawn at")
    print("random from the same words. Area under the ROC curve (chance is 0.5):")
    print(f"  word vectors     {learned:.3f}")
    print(f"  word frequencies {roc_auc_score(y, frequency):.3f}")


def main():
    """Run every step."""
    started = perf_counter()
    texts, held_out = train_test_split(load_docstrings(), test_size=0.2, random_state=0)
    tokenizer = TextTokenizer(NUM_WORDS).fit(texts)
    n_words = sum(tokenizer.word_counts_.values())
    print(f"{len(texts)} docstrings of scikit-learn, {n_words} words.")
    model = learn(tokenizer.transform(texts))

    vectors = model.model_.get_layer("word_vectors").get_weights()[0]
    words = tokenizer.index_word_
    print("\nNearest words:")
    for word in ASKED:
        near = nearest(vectors, tokenizer.word_index_[word])
        print(f"  {word:12} {', '.join(words[i] for i in near)}")

    counts = np.ones(NUM_WORDS)
    for i in range(1, NUM_WORDS):
        counts[i] = tokenizer.word_counts_[words[i]]
    put_to_test(model, tokenizer.transform(held_out), counts)
    print(f"Done in {perf_counter() - started:.0f} seconds.")


if __name__ == "__main__":
    main()
