"""Seven autoencoders of handwritten digits, side by side.

What this shows:

1. the ready autoencoders behind one class: simple (one dense layer on each side),
   sparse, deep, convolutional, denoising, sequence (the rows of an image, one after
   the other) and variational;
2. a table of their validation losses, squared errors and codes: the loss picked for
   pixels between 0 and 1 is the binary cross-entropy, the sparse one's holds the
   penalty on its codes, and the variational one's the divergence of its codes from
   normal ones;
3. with ``--pictures FOLDER``, what they make of the digits: reconstructions, noise
   taken away, and the plane and the manifold of two variational codes.

Run it with ``python examples/autoencoders.py``. On the digits that come with
scikit-learn it takes about a minute on two cores. With ``--data-home FOLDER`` it takes
the real MNIST, FOLDER/mnist.npz as Keras has it, and a quarter of an hour; names before
it (``simple deep``) choose among the seven.
"""

import os

# Has to be set before TensorFlow is imported. TensorFlow 2.21 prints a few lines
# to the standard error all the same.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import argparse
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sk_keras import KerasAutoencoder
from sk_keras.data import fetch_mnist
from sk_keras.inspection import (
    LatentSpaceDisplay,
    ManifoldDisplay,
    ReconstructionDisplay,
)

NOISE = 0.5

#: The autoencoders; the codes of the first two are not negative, to be compared.
AUTOENCODERS = {
    "simple": KerasAutoencoder("dense", code_activation="relu"),
    "sparse": KerasAutoencoder("sparse", l1=1e-4),
    "deep": KerasAutoencoder("deep"),
    "convolutional": KerasAutoencoder("conv", encoding_dim=None),
    "denoising": KerasAutoencoder("conv", noise=NOISE, filters=(16, 16)),
    "sequence": KerasAutoencoder("sequence"),
    "variational": KerasAutoencoder("variational", encoding_dim=2),
}
#: Those that take images, and not rows of pixels.
TAKE_IMAGES = ("convolutional", "denoising", "sequence")

#: Epochs and rates for MNIST; the digits are fewer, and take more epochs.
MNIST = {
    "simple": {"epochs": 15, "batch_size": 256},
    "sparse": {"epochs": 15, "batch_size": 256},
    "deep": {"epochs": 15, "batch_size": 256},
    "convolutional": {"epochs": 15, "optimizer__learning_rate": 0.003},
    "denoising": {"epochs": 5},
    "sequence": {"epochs": 8, "optimizer__learning_rate": 0.004},
    "variational": {"epochs": 20},
}
DIGITS = {"epochs": 60, "batch_size": 32}


def load(data_home):
    """Return images between 0 and 1 and their labels, to train on and to validate."""
    if data_home is None:
        X, y = load_digits(return_X_y=True)
        images = (X / 16).reshape(-1, 8, 8).astype("float32")
        return train_test_split(images, y, test_size=0.25, random_state=0)
    parts = [fetch_mnist(subset=s, data_home=data_home) for s in ("train", "test")]
    images = [(part.images / 255).astype("float32") for part in parts]
    return *images, *(part.target for part in parts)


def fit(name, how, X, X_val):
    """Train one of the seven; return it, and its line of the table."""
    autoencoder = AUTOENCODERS[name].set_params(**how, random_state=0)
    started = perf_counter()
    autoencoder.fit(X, X_val=X_val)
    seconds = perf_counter() - started
    codes = autoencoder.transform(X_val)
    line = {
        "codes": codes.shape[1],
        "epochs": autoencoder.n_iter_,
        "seconds": round(seconds),
        "validation loss": autoencoder.history_["val_loss"][-1],
        "squared error": -autoencoder.score(X_val),
        "mean code": np.abs(codes).mean(),
    }
    return autoencoder, line


def draw(name, autoencoder, X, y, folder):
    """Save the pictures of one autoencoder."""
    if name == "denoising":
        rng = np.random.default_rng(0)
        X = rng.normal(X, NOISE).clip(0, 1).astype("float32")
    pictures = {"digits": ReconstructionDisplay.from_estimator(autoencoder, X)}
    if name == "variational":
        pictures["plane"] = LatentSpaceDisplay.from_estimator(autoencoder, X, y)
        pictures["manifold"] = ManifoldDisplay.from_estimator(autoencoder)
    for what, display in pictures.items():
        path = Path(folder) / f"{name}_{what}.png"
        display.figure_.savefig(path, bbox_inches="tight")


def main():
    """Train those that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"among {', '.join(AUTOENCODERS)}")
    parser.add_argument("--data-home", help="folder with mnist.npz")
    parser.add_argument("--pictures", help="folder to write pictures to")
    arguments = parser.parse_args()
    images, held_out, y, y_held_out = load(arguments.data_home)
    table = {}
    for name in arguments.names or AUTOENCODERS:
        small = arguments.data_home is None
        how = DIGITS if small else {"batch_size": 128, **MNIST[name]}
        flat = name not in TAKE_IMAGES
        X, X_val = (
            part.reshape(len(part), -1) if flat else part for part in (images, held_out)
        )
        autoencoder, table[name] = fit(name, how, X, X_val)
        if arguments.pictures:
            draw(name, autoencoder, X_val, y_held_out, arguments.pictures)
    frame = pd.DataFrame(table).T.astype({"codes": int, "epochs": int, "seconds": int})
    print(f"{len(images)} images to train on, {len(held_out)} to validate:\n")
    print(frame.to_string(float_format="%.4f"))


if __name__ == "__main__":
    main()
