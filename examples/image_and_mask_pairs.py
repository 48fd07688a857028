"""Change pictures and their masks by the same draw, and learn from the pairs.

What this shows, on the photograph of a flower that comes with scikit-learn, and a mask
of its petals:

1. twenty changed versions of the picture, saved with their masks;
2. a mask moves with its picture: what is petal in the changed picture is petal in the
   changed mask;
3. a small network that marks petals, trained on patches that are changed anew in every
   epoch, and its score on patches that it has not seen.

Run it with ``python examples/image_and_mask_pairs.py``. It takes less than a minute,
and writes to ``examples/output/pairs``.
"""

import os

# Has to be set before TensorFlow is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_sample_image
from sklearn.feature_extraction.image import extract_patches_2d

from sk_keras import KerasRegressor
from sk_keras.preprocessing import ImageAugmenter

OUTPUT = Path(__file__).parent / "output" / "pairs"
PATCH = 32

AUGMENTER = ImageAugmenter(
    rotation_range=40,
    width_shift_range=0.2,
    height_shift_range=0.2,
    shear_range=11.5,
    zoom_range=0.2,
    horizontal_flip=True,
    random_state=0,
)


def petals(images):
    """Mark the pixels that are more red than green, as 0 and 1."""
    red, green = images[..., :1].astype(float), images[..., 1:2]
    return (red - green > 30).astype("uint8")


def build_marker(input_shape, filters=16):
    """Build a network that gives the probability of petal for each pixel."""
    conv = {"padding": "same", "activation": "relu"}
    return keras.Sequential(
        [
            keras.layers.Input(input_shape),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(filters, 3, **conv),
            keras.layers.Conv2D(filters, 3, dilation_rate=2, **conv),
            keras.layers.Conv2D(1, 1, activation="sigmoid"),
        ]
    )


def patches(photo):
    """Cut 40 patches out of a photograph, at random places."""
    size = (PATCH, PATCH)
    return extract_patches_2d(photo, size, max_patches=40, random_state=0)


def overlap(masks, found):
    """Divide what both have by what any has."""
    return np.logical_and(masks, found).sum() / np.logical_or(masks, found).sum()


def main():
    """Save the versions, compare masks, and train the network."""
    photo = load_sample_image("flower.jpg")[::3, ::3]
    image, mask = photo[None], petals(photo)[None]

    paths = AUGMENTER.preview(
        image, mask, n_images=1, n_versions=20, folder=OUTPUT, prefix="flower"
    )
    print(f"{len(paths)} files in {OUTPUT}")

    many = np.repeat(image, 20, axis=0), np.repeat(mask, 20, axis=0)
    images, masks = AUGMENTER.augment(*many)
    seen = overlap(masks, petals(images))
    print(f"masks as they moved, and as seen: overlap {seen:.3f}")

    rows = photo.shape[0] // 2
    X, X_test = patches(photo[:rows]), patches(photo[rows:])
    marker = KerasRegressor(
        build_marker,
        augmenter=AUGMENTER,
        loss="binary_crossentropy",
        epochs=60,
        optimizer__learning_rate=0.01,
        random_state=0,
    )
    marker.fit(X, petals(X))  # masks have the size of their images, and move along
    truth = petals(X_test)
    found = marker.predict(X_test).reshape(truth.shape) > 0.5
    score = overlap(truth, found)
    print(f"petals found in {len(X_test)} other patches: overlap {score:.3f}")


if __name__ == "__main__":
    main()
