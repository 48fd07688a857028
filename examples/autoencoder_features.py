"""Codes of an autoencoder as features, beside principal components.

What this shows:

1. a deep autoencoder reduces images to 32 codes, `sklearn.decomposition.PCA` to 32
   components; a linear classifier on either tells how much of the digit is in them;
2. the autoencoder is a step of a `Pipeline`, whose number of codes `GridSearchCV`
   chooses by what the classifier behind makes of them;
3. t-SNE brings both to the plane: the share of neighbours with the same label, and,
   with ``--pictures FOLDER``, the pictures.

Run it with ``python examples/autoencoder_features.py``. On the digits that come with
scikit-learn it takes about a minute on two cores. With ``--data-home FOLDER`` it takes
10,000 images of the real MNIST, FOLDER/mnist.npz as Keras has it.
"""

import os

# Has to be set before TensorFlow is imported. TensorFlow 2.21 prints a few lines
# to the standard error all the same.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import argparse
from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasAutoencoder
from sk_keras.data import fetch_mnist
from sk_keras.inspection import LatentSpaceDisplay

N_CODES = 32
N_TRAINING_ROWS = 10_000
N_MAPPED = 2_000


def load(data_home):
    """Return pixels between 0 and 1 to train on and to test, and their labels."""
    if data_home is None:
        X, y = load_digits(return_X_y=True)
        return train_test_split(X / 16, y, test_size=0.25, random_state=0)
    train, test = (
        fetch_mnist(subset=s, data_home=data_home) for s in ("train", "test")
    )
    rows = slice(N_TRAINING_ROWS)
    X, X_test = (
        (part / 255).astype("float32") for part in (train.data[rows], test.data)
    )
    return X, X_test, train.target[rows], test.target


def reducers():
    """Make the two ways to reduce dimensions that are compared."""
    deep = KerasAutoencoder(
        "deep",
        encoding_dim=N_CODES,
        hidden_layer_sizes=(256, 128),
        noise=0.3,
        epochs=40,
        random_state=0,
    )
    return {"autoencoder": deep, "PCA": PCA(N_CODES, random_state=0)}


def linear():
    """Make a linear classifier."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))


def compare(X, X_test, y, y_test, pictures):
    """Print what a linear classifier, and neighbours in the plane, make of each."""
    for name, reducer in reducers().items():
        codes, codes_test = reducer.fit_transform(X), reducer.transform(X_test)
        accuracy = linear().fit(codes, y).score(codes_test, y_test)
        plane = TSNE(random_state=0).fit_transform(codes_test[:N_MAPPED])
        labels = y_test[:N_MAPPED]
        near = cross_val_score(KNeighborsClassifier(10), plane, labels).mean()
        print(
            f"{name:12} {N_CODES} numbers an image: linear classifier {accuracy:.4f}, "
            f"neighbours in the plane {near:.4f}"
        )
        if pictures:
            display = LatentSpaceDisplay(plane, labels).plot()
            display.ax_.set(xlabel=None, ylabel=None, title=f"t-SNE of {name}")
            path = Path(pictures) / f"tsne_{name.lower()}.png"
            display.figure_.savefig(path, bbox_inches="tight")


def search_codes(X, y):
    """Choose the number of codes by the classifier behind."""
    autoencoder = KerasAutoencoder("deep", epochs=20, random_state=0)
    pipeline = Pipeline([("ae", autoencoder), ("classifier", linear())])
    search = GridSearchCV(pipeline, {"ae__encoding_dim": [4, 8, 16, 32]}, cv=3)
    search.fit(X, y)
    for params, score in zip(
        search.cv_results_["params"],
        search.cv_results_["mean_test_score"],
        strict=True,
    ):
        print(f"{params['ae__encoding_dim']:4} codes: {score:.4f}")


def main():
    """Compare, then search."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", help="folder with mnist.npz")
    parser.add_argument("--pictures", help="folder to write pictures to")
    arguments = parser.parse_args()
    X, X_test, y, y_test = load(arguments.data_home)
    print(f"{len(X)} images to train on, {len(X_test)} to test.\n")
    compare(X, X_test, y, y_test, arguments.pictures)
    print("\nAccuracy of the pipeline by the number of codes, 3-fold:")
    search_codes(X, y)


if __name__ == "__main__":
    main()
