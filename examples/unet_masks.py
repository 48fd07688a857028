"""Mark the petals of a flower, pixel by pixel, with a small U-Net.

What this shows, on the photograph of a flower that comes with scikit-learn:

1. a network that goes down and up again, with connections across, as an estimator;
   masks as integers, with and without a last axis, and one-hot train it alike;
2. ``metrics`` of Keras under each of them, and ``score`` as the share of right pixels.

Run it with ``python examples/unet_masks.py``. It takes less than a minute.
"""

import os

# Has to be set before TensorFlow is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_sample_image
from sklearn.feature_extraction.image import extract_patches_2d
from sklearn.model_selection import train_test_split

from sk_keras import KerasClassifier

PATCH = 32


def unet(input_shape, n_classes, filters=8):
    """Build a U-Net of two levels, with a softmax over the classes of each pixel."""

    def block(x, n):
        for _ in range(2):
            x = layers.Conv2D(n, 3, padding="same", activation="relu")(x)
        return x

    inputs = keras.Input(input_shape)
    high = block(layers.Rescaling(1 / 255)(inputs), filters)
    low = block(layers.MaxPooling2D()(high), 2 * filters)
    up = layers.Conv2DTranspose(filters, 2, strides=2, padding="same")(low)
    x = block(layers.Concatenate()([high, up]), filters)
    return keras.Model(inputs, layers.Conv2D(n_classes, 1, activation="softmax")(x))


def kinds_of(images):
    """Tell petals (2) and leaves (1) from the background (0), by their colours."""
    red, green = images[..., 0].astype(int), images[..., 1].astype(int)
    return np.where(red - green > 30, 2, np.where(green - red > 10, 1, 0))


def main():
    """Train on three forms of the same masks."""
    photograph = load_sample_image("flower.jpg")[::2, ::2]
    patches = extract_patches_2d(
        photograph, (PATCH, PATCH), max_patches=300, random_state=0
    )
    X, X_test, y, y_test = train_test_split(patches, kinds_of(patches), random_state=0)
    forms = {
        "integers": (y, y_test),
        "integers with an axis": (y[..., None], y_test[..., None]),
        "one-hot": (np.eye(3, dtype=int)[y], np.eye(3, dtype=int)[y_test]),
    }
    for name, (masks, test_masks) in forms.items():
        net = KerasClassifier(
            unet,
            metrics=["accuracy", keras.metrics.OneHotMeanIoU(3, name="iou")],
            epochs=5,
            optimizer__learning_rate=0.003,
            random_state=0,
        ).fit(X, masks)
        score, iou = net.score(X_test, test_masks), net.history_["iou"][-1]
        print(f"{name:>22}: {score:.3f} of pixels right, IoU {iou:.2f} in training")
        assert score > 0.8


if __name__ == "__main__":
    main()
