"""Classify handwritten digits: a dense network, and a convolutional one.

What this shows:

1. images go to `KerasClassifier` as they are, an array of shape
   ``(n_samples, height, width, channels)``;
2. two builders, whose arguments are parameters of the estimator;
3. `ImageAugmenter` turns and moves the images a little, anew in every epoch of the
   training, and never when the model predicts;
4. the accuracy on images that the training has not seen.

Run it with ``python examples/mnist_cnn.py``. It takes the 1,797 small digits that come
with scikit-learn, and less than a minute. With the folder of MNIST,
``--data-home ~/.keras/datasets`` for one, it takes the 60,000 images for training and
10,000 for tests of that, and some minutes.
"""

import argparse
import os

# Has to be set before TensorFlow is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from time import perf_counter

import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sk_keras import KerasClassifier
from sk_keras.data import fetch_mnist
from sk_keras.preprocessing import ImageAugmenter

AUGMENTER = ImageAugmenter(
    rotation_range=8, width_shift_range=0.07, height_shift_range=0.07, zoom_range=0.07
)


def build_mlp(input_shape, n_classes, hidden=400):
    """Build a network with one hidden layer."""
    return keras.Sequential(
        [
            keras.layers.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def build_cnn(input_shape, n_classes, kernel_size=5, padding="valid", hidden=1024):
    """Build two convolutions, each followed by pooling, and a dense layer."""
    conv = {"activation": "relu", "padding": padding}
    return keras.Sequential(
        [
            keras.layers.Input(input_shape),
            keras.layers.Conv2D(32, kernel_size, **conv),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(64, kernel_size, **conv),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def small_digits():
    """Split scikit-learn's digits, 8 by 8 pixels, with grey values from 0 to 1."""
    X, y = load_digits(return_X_y=True)
    X = X.reshape(-1, 8, 8, 1) / 16
    return train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)


def mnist(data_home):
    """Load MNIST, 28 by 28 pixels, with grey values from 0 to 1."""
    train, test = (
        fetch_mnist(subset=subset, data_home=data_home) for subset in ("train", "test")
    )
    images = (part.images[..., None].astype("float32") / 255 for part in (train, test))
    return *images, train.target, test.target


def classifiers(large, augment):
    """Make the two estimators, for MNIST or for the small digits."""
    mlp = KerasClassifier(
        build_mlp, optimizer="rmsprop", epochs=4, batch_size=32, random_state=0
    )
    cnn = KerasClassifier(
        build_cnn,
        epochs=6,
        batch_size=64,
        augmenter=AUGMENTER if augment else None,
        random_state=0,
    )
    if not large:
        mlp.set_params(epochs=20)
        cnn.set_params(kernel_size=3, padding="same", hidden=128, epochs=20)
    return {"MLP": mlp, "CNN": cnn}


def main():
    """Train both networks, and score them on the images held out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", help="folder with mnist.npz")
    parser.add_argument(
        "--no-augment", action="store_true", help="train the CNN on the images alone"
    )
    options = parser.parse_args()
    large = options.data_home is not None
    X_train, X_test, y_train, y_test = (
        mnist(options.data_home) if large else small_digits()
    )
    print(f"{len(X_train)} images of shape {X_train.shape[1:]} to train on")
    for name, clf in classifiers(large, not options.no_augment).items():
        started = perf_counter()
        clf.fit(X_train, y_train)
        seconds = perf_counter() - started
        print(
            f"{name}: accuracy {clf.score(X_test, y_test):.4f} on {len(X_test)} images "
            f"after {clf.n_iter_} epochs, {seconds:.0f} s"
        )


if __name__ == "__main__":
    main()
