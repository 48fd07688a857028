"""Classify pictures with few examples, in three ways.

What this shows, on a folder of pictures with a folder for each class:

1. file names are the data: they are split, and a pipeline loads the pictures;
2. a small convolutional network from scratch, on images that are changed anew in
   every epoch;
3. features of a network that was trained on other pictures, and a logistic regression
   on top: the pictures go through the network once, in a search as well;
4. fine-tuning of that network in two stages: a new head first, then its last layers.

Run it with ``python examples/small_data_images.py``. It makes the folder from the
handwritten digits that come with scikit-learn: the digits 5 to 9, of which 8 of each
are to learn from. The network that was trained on other pictures has learned to tell
the digits 0 to 4 apart. It takes about a minute.

With pictures of your own, ``--folder pictures``, that network is VGG16, trained on
ImageNet. Keras downloads its weights; where there is no network, the error says which
file to put where. On 2 x 1,000 photographs of cats and dogs the three ways have been
reported at 80, 90 and 94 percent.
"""

import argparse
import os

# Has to be set before TensorFlow is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier, KerasFeatureExtractor
from sk_keras.data import load_image_folder
from sk_keras.preprocessing import ImageAugmenter, ImageLoader, array_to_img

DIGITS_AUGMENTER = ImageAugmenter(
    rotation_range=15, width_shift_range=0.1, height_shift_range=0.1, zoom_range=0.15
)
PHOTOS_AUGMENTER = ImageAugmenter(
    shear_range=11.5, zoom_range=0.2, horizontal_flip=True
)


def write_digits(folder):
    """Write the digits 5 to 9 as pictures, into a folder for each."""
    digits = load_digits()
    for i, (image, digit) in enumerate(zip(digits.images, digits.target, strict=True)):
        if digit >= 5:
            place = folder / digits.target_names[digit].astype(str)
            place.mkdir(parents=True, exist_ok=True)
            array_to_img(image[..., None] * 255 / 16, scale=False).save(
                place / f"{i:04}.png"
            )


def build_convnet(input_shape, n_classes, filters=(32, 32, 64), hidden=64, dropout=0.5):
    """Build convolutions, each followed by pooling, and a dense layer."""
    model = keras.Sequential(
        [keras.layers.Input(input_shape), keras.layers.Rescaling(1 / 255)]
    )
    for i, n in enumerate(filters):
        conv = keras.layers.Conv2D(
            n, 3, padding="same", activation="relu", name=f"block{i + 1}_conv"
        )
        model.add(conv)
        model.add(keras.layers.MaxPooling2D(name=f"block{i + 1}_pool"))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(hidden, activation="relu"))
    model.add(keras.layers.Dropout(dropout))
    model.add(keras.layers.Dense(n_classes, activation="softmax"))
    return model


def base_from_digits(size):
    """Train a network on the digits 0 to 4, and cut its dense layers off."""
    digits = load_digits()
    others = digits.target < 5
    images = digits.images[others, ..., None] * 255 / 16
    images = np.asarray(keras.ops.image.resize(images, size))
    clf = KerasClassifier(
        build_convnet, epochs=10, augmenter=DIGITS_AUGMENTER, random_state=0
    )
    net = clf.fit(np.repeat(images, 3, axis=-1), digits.target[others]).model_
    return keras.Model(net.inputs, net.get_layer("block3_pool").output, name="base")


def transfer_model(base, n_classes, prepare=None, hidden=64, dropout=0.5):
    """Put a new head on a trained base."""
    inputs = keras.Input(base.input_shape[1:])
    x = inputs if prepare is None else prepare(inputs)
    x = keras.layers.Flatten()(base(x, training=False))
    x = keras.layers.Dense(hidden, activation="relu", name="head_hidden")(x)
    x = keras.layers.Dropout(dropout)(x)
    outputs = keras.layers.Dense(n_classes, activation="softmax", name="head_out")(x)
    return keras.Model(inputs, outputs)


def from_scratch(loader, augmenter, epochs):
    """Train a small network on file names."""
    net = KerasClassifier(
        build_convnet,
        optimizer="rmsprop",
        epochs=epochs,
        batch_size=16,
        augmenter=augmenter,
        random_state=0,
    )
    return make_pipeline(loader, net)


def on_features(loader, extractor, memory):
    """Search a logistic regression on features, which are computed once."""
    pipeline = make_pipeline(
        loader,
        extractor,
        StandardScaler(),
        LogisticRegression(max_iter=2000),
        memory=memory,
    )
    grid = {"logisticregression__C": [1e-4, 1e-3, 1e-2, 1e-1]}
    return GridSearchCV(pipeline, grid, cv=3)


def fine_tuned(model, X, y, augmenter, epochs, patterns):
    """Train the head, and then the head and the last layers of the base."""
    clf = KerasClassifier(
        model,
        trainable="head_*",
        optimizer="rmsprop",
        epochs=epochs,
        batch_size=16,
        augmenter=augmenter,
        random_state=0,
    )
    clf.fit(X, y)
    # The gradients of a head that knows nothing yet would destroy the base; now that
    # it knows something, small steps improve both.
    clf.set_params(
        trainable=["head_*", *patterns],
        optimizer="sgd",
        optimizer__learning_rate=1e-3,
        optimizer__momentum=0.9,
        warm_start=True,
    )
    return clf.fit(X, y)


def parsed_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="pictures, a folder for each class")
    parser.add_argument(
        "--weights", default="imagenet", help="of VGG16: imagenet, none, or a file"
    )
    parser.add_argument("--size", type=int, help="rows and columns of the pictures")
    parser.add_argument("--train-size", type=int, help="pictures to train on")
    parser.add_argument("--epochs", type=int, help="of each training")
    return parser.parse_args()


def report(name, started, accuracy):
    """Print a line of results."""
    print(f"{name:<42}{accuracy:>9.3f}{perf_counter() - started:>9.0f} s", flush=True)


def compare(folder, options, own):
    """Run the three ways on a folder."""
    size = (options.size or (150 if own else 32),) * 2
    epochs = options.epochs or (50 if own else 60)
    augmenter = PHOTOS_AUGMENTER if own else DIGITS_AUGMENTER
    weights = None if options.weights == "none" else options.weights
    pictures = load_image_folder(folder)
    n_classes = len(pictures.target_names)
    train_size = options.train_size or (0.7 if own else 8 * n_classes)
    train, test, y, y_test = train_test_split(
        pictures.data,
        pictures.target,
        train_size=train_size,
        stratify=pictures.target,
        random_state=0,
    )
    loader = ImageLoader(size, interpolation="bilinear", root=folder)
    print(
        f"{len(train)} pictures of {n_classes} classes to learn from, {len(test)} not"
    )
    print(f"{'':<42}{'accuracy':>9}{'time':>11}")

    if own:
        extractor = KerasFeatureExtractor("VGG16", weights=weights)
        extractor.fit(loader.fit_transform(train[:2]))  # says what is missing, if so
        base = keras.applications.VGG16(
            weights=weights, include_top=False, input_shape=(*size, 3), name="base"
        )
    else:
        base = base_from_digits(size)
        extractor = KerasFeatureExtractor(base)

    started = perf_counter()
    scratch = from_scratch(loader, augmenter, epochs).fit(train, y)
    report("a network from scratch, augmented", started, scratch.score(test, y_test))

    with TemporaryDirectory() as memory:
        started = perf_counter()
        search = on_features(loader, extractor, memory).fit(train, y)
        name = "features of a trained network, logistic"
        report(name, started, search.score(test, y_test))

    started = perf_counter()
    prepare = keras.applications.vgg16.preprocess_input if own else None
    patterns = ["base/block5_*"] if own else ["base/block3_*"]
    X, X_test = loader.fit_transform(train), loader.transform(test)
    model = transfer_model(base, n_classes, prepare)
    tuned = fine_tuned(model, X, y, augmenter, epochs, patterns)
    report("the trained network, fine-tuned", started, tuned.score(X_test, y_test))


def main():
    """Make the folder if none is given."""
    options = parsed_options()
    keras.utils.set_random_seed(0)  # for the head, which no estimator builds
    if options.folder is not None:
        compare(options.folder, options, own=True)
        return
    with TemporaryDirectory() as folder:
        write_digits(Path(folder))
        compare(Path(folder), options, own=False)


if __name__ == "__main__":
    main()
