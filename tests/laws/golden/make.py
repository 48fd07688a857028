"""Write the files that later versions must read: ``python -m tests.laws.golden.make``.

Each holds fitted estimators, data, and what they predicted when they were saved. A
format has its files once: those of earlier formats stay as they are.
"""

import pickle
from pathlib import Path

import joblib
import numpy as np

from sk_keras import KerasAutoencoder, KerasClassifier, KerasRegressor
from sk_keras._shared.pickle_format import FORMAT
from sk_keras.preprocessing import (
    ImageStandardizer,
    LayerTransformer,
    SequencePadder,
    TextTokenizer,
)
from tests.builders import linear

FOLDER = Path(__file__).parent
QUICK = {"epochs": 1, "random_state": 0}


def fitted():
    """Make estimators of every kind that has a state of its own, with their data."""
    import keras

    rng = np.random.RandomState(0)
    X = rng.randn(12, 3).round(3)
    y = np.array(["no", "yes", "perhaps"])[np.arange(12) % 3]
    texts = ["one two", "two three three"]
    images = rng.randint(0, 255, (3, 2, 2, 1)).astype(np.float32)
    classifier = KerasClassifier(
        linear, optimizer="sgd", optimizer__learning_rate=0.1, **QUICK
    )
    numbers = KerasRegressor(
        "mlp", hidden_layer_sizes=(2,), loss=keras.losses.Huber(0.5), **QUICK
    )
    return {
        "classifier": (classifier.fit(X, y), "predict_proba", X),
        "multilabel": (
            KerasClassifier("mlp", hidden_layer_sizes=(2,), **QUICK).fit(X, X > 0),
            "predict_proba",
            X,
        ),
        "regressor": (numbers.fit(X, X[:, :2]), "predict", X),
        "autoencoder": (
            KerasAutoencoder(encoding_dim=2, **QUICK).fit(X),
            "transform",
            X,
        ),
        "tokenizer": (TextTokenizer().fit(texts), "transform", texts),
        "padder": (SequencePadder().fit([[1, 2], [3]]), "transform", [[4], [5, 6]]),
        "images": (
            ImageStandardizer(zca_whitening=True).fit(images),
            "transform",
            images,
        ),
        "layer": (
            LayerTransformer(keras.layers.Normalization()).fit(X),
            "transform",
            X,
        ),
    }


def main():
    """Write the files of today's format, once."""
    path = FOLDER / f"format_{FORMAT}"
    if path.with_suffix(".pickle").exists():
        raise SystemExit(f"There are files of format {FORMAT}: raise FORMAT first.")
    entries = {
        name: {
            "estimator": estimator,
            "method": method,
            "X": X,
            "result": getattr(estimator, method)(X),
        }
        for name, (estimator, method, X) in fitted().items()
    }
    path.with_suffix(".pickle").write_bytes(pickle.dumps(entries))
    joblib.dump(entries, path.with_suffix(".joblib"), compress=3)


if __name__ == "__main__":
    main()
