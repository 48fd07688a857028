"""Fits with an augmenter: in training only, anew in every epoch, by the seed."""

import itertools
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import joblib
import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import InvalidParameterError

from sk_keras import KerasClassifier, KerasRegressor, clear_cache
from sk_keras._training import rows
from sk_keras._training.programs.program import Program
from sk_keras.preprocessing import ImageAugmenter

ENGINES = ("auto", "keras")


def looking(input_shape, n_outputs, last=None):
    """Build a network that is the sum of an image's values by fixed weights."""
    size = int(np.prod(input_shape))
    weights = np.linspace(-1, 1, size * n_outputs).reshape(size, n_outputs)
    return keras.Sequential(
        [
            keras.layers.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(
                n_outputs,
                activation=last,
                kernel_initializer=keras.initializers.Constant(weights),
            ),
        ]
    )


def softmax(input_shape, n_classes):
    """Build a network that sees the whole image."""
    return looking(input_shape, n_classes, "softmax")


def looks(augmenter, **params):
    """Make a regressor that does not learn: its loss tells what it was shown."""
    standing = {"optimizer": keras.optimizers.SGD(0.0), "shuffle": False}
    how = {"epochs": 3, "batch_size": 4, "random_state": 0, **standing, **params}
    return KerasRegressor(looking, augmenter=augmenter, **how)


def learns(augmenter, **params):
    """Make a small classifier."""
    how = {"epochs": 2, "batch_size": 8, "random_state": 0, **params}
    return KerasClassifier(softmax, augmenter=augmenter, **how)


def weights(estimator):
    return np.concatenate([w.ravel() for w in estimator.model_.get_weights()])


@pytest.fixture(scope="module")
def pictures():
    """Thirty coloured images of 6 by 6, in three classes, on levels from 0 to 1."""
    X = np.random.RandomState(0).rand(30, 6, 6, 3).astype(np.float32)
    y = np.arange(30) % 3
    X[:, 1, 1] = y[:, None] / 2
    return X, y


@pytest.fixture(scope="module")
def plain_loss(pictures):
    """The losses of each engine without an augmenter."""
    return {
        name: looks(None, engine=name).fit(*pictures).history_["loss"]
        for name in ENGINES
    }


@pytest.fixture(scope="module")
def plain_weights(pictures):
    """The weights that are learned without an augmenter."""
    return weights(learns(None).fit(*pictures))


@pytest.fixture
def turning():
    return ImageAugmenter(rotation_range=90, horizontal_flip=True)


def speckled(x):
    """Draw from Keras' global generator, which makes a graph its model's own."""
    return x + keras.random.normal(keras.ops.shape(x), stddev=0.3)


LAYERS = {
    "flip": lambda: keras.layers.RandomFlip(),
    "noise": lambda: keras.layers.GaussianNoise(0.3),
    "stack": lambda: keras.Sequential(
        [keras.layers.RandomFlip(), keras.layers.RandomRotation(0.2)]
    ),
    "pipeline": lambda: keras.layers.Pipeline(
        [keras.layers.RandomTranslation(0.2, 0.2), keras.layers.RandomContrast(0.4)]
    ),
}
AUGMENTERS = {"images": lambda: ImageAugmenter(rotation_range=90), **LAYERS}
#: One without seeds of its own, which draws in the order in which it is run.
FUNCTION = {"function": lambda: keras.layers.Lambda(speckled)}
#: The largest of Keras' own, which takes long to trace.
LARGE = {"rand augment": lambda: keras.layers.RandAugment((0, 1), num_ops=1)}
#: One of ours, a layer of Keras, and one that is made of others.
FEW = {name: AUGMENTERS[name] for name in ("images", "noise", "stack")}


def each(augmenters):
    return pytest.mark.parametrize("make", augmenters.values(), ids=augmenters)


# --- where and when ----------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ENGINES)
def test_in_training_only(name, pictures):
    """Black images, wherever it augments."""
    X, _ = pictures
    y = np.ones(len(X))
    black = ImageAugmenter(brightness_range=(0, 0))
    how = {"engine": name, "epochs": 1}
    dark = looks(black, **how).fit(X, y, X_val=X, y_val=y)
    plain = looks(None, **how).fit(X, y, X_val=X, y_val=y)
    assert dark.history_["loss"] == pytest.approx([1.0])  # the bias is zero
    assert plain.history_["loss"][0] != pytest.approx(1.0, rel=0.1)
    assert dark.history_["val_loss"] == plain.history_["val_loss"]
    np.testing.assert_array_equal(dark.predict(X), plain.predict(X))
    assert dark.score(X, y + X.mean((1, 2, 3))) == plain.score(X, y + X.mean((1, 2, 3)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "name"),
    [
        *((make, "auto") for make in {**AUGMENTERS, **FUNCTION}.values()),
        *((make, "keras") for make in (AUGMENTERS["images"], FUNCTION["function"])),
    ],
    ids=[*(f"auto-{name}" for name in {**AUGMENTERS, **FUNCTION})]
    + ["keras-images", "keras-function"],
)
def test_anew_in_every_epoch(make, name, pictures, plain_loss):
    """Both engines augment alike; `test_both_engines_do_the_same` has every kind."""
    X, y = pictures
    losses = looks(make(), engine=name).fit(X, y).history_["loss"]
    plain = plain_loss[name]
    assert len(set(np.round(plain, 5))) == 1
    assert len(set(np.round([*losses, plain[0]], 5))) == 4


def test_every_batch_draws_for_itself(pictures, turning):
    """Batches of one image, all the same image: an epoch is its mean change."""
    X = np.repeat(pictures[0][:1], 30, axis=0)
    y = np.zeros(30)
    log = {}
    keep = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: log.setdefault(batch, logs["loss"])
    )
    looks(turning, epochs=1, batch_size=1, callbacks=keep).fit(X, y)
    running = np.array([log[i] for i in range(30)]) * np.arange(1, 31)
    assert len(set(np.round(np.diff(running), 3))) > 25


@pytest.mark.slow
@each({**AUGMENTERS, **LARGE})
def test_both_engines_do_the_same(make, pictures, plain_weights):
    compiled, with_keras = (
        learns(make(), engine=name).fit(*pictures) for name in ENGINES
    )
    assert compiled.engine_ == "compiled"
    assert with_keras.engine_ == "keras (engine='keras')"
    np.testing.assert_allclose(weights(compiled), weights(with_keras), atol=1e-5)
    for name, values in compiled.history_.items():
        np.testing.assert_allclose(values, with_keras.history_[name], rtol=1e-4)
    assert np.abs(weights(compiled) - plain_weights).max() > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(
    "params",
    [
        {"fit__steps_per_epoch": 3, "engine": "keras"},
        {"fit__initial_epoch": 1, "epochs": 4},
        {"run_eagerly": True},
    ],
    ids=lambda params: next(iter(params)),
)
def test_ways_of_a_fit(params, pictures, turning):
    losses = looks(turning, **params).fit(*pictures).history_["loss"]
    assert len(losses) == len(set(np.round(losses, 5))) == 3


# --- from fit to fit -----------------------------------------------------------


@pytest.mark.slow
def test_partial_fit_goes_on_drawing(pictures, turning):
    X, y = pictures
    e = looks(turning)
    for _ in range(3):
        e.partial_fit(X, y)
    losses = e.history_["loss"]
    assert len(set(np.round(losses, 5))) == 3
    stored = clone(e).partial_fit(X, y)
    stored = pickle.loads(pickle.dumps(stored)).partial_fit(X, y)
    assert stored.history_["loss"] == losses[:2]


def test_warm_start_goes_on_drawing(pictures, turning):
    e = looks(turning, warm_start=True, epochs=1)
    losses = [e.fit(*pictures).history_["loss"][0] for _ in range(3)]
    assert len(set(np.round(losses, 5))) == 3
    e.set_params(warm_start=False)
    again = [e.fit(*pictures).history_["loss"][0] for _ in range(2)]
    assert again == [losses[0]] * 2


# --- seeds ---------------------------------------------------------------------


@pytest.mark.slow
@each({**FEW, **FUNCTION})
def test_the_same_by_the_seed(make, pictures):
    clear_cache()
    first = weights(learns(make()).fit(*pictures))
    kept = weights(learns(make()).fit(*pictures))
    np.testing.assert_array_equal(first, kept)
    clear_cache()
    np.testing.assert_array_equal(first, weights(learns(make()).fit(*pictures)))
    other = learns(make(), random_state=1).fit(*pictures)
    assert np.abs(weights(other) - first).max() > 1e-4


@pytest.mark.slow
def test_the_same_in_threads_and_processes(pictures, turning):
    e = learns(turning)
    expected = weights(clone(e).fit(*pictures))
    with ThreadPoolExecutor(3) as pool:
        fits = list(pool.map(lambda _: clone(e).fit(*pictures), range(3)))
    for fitted in fits:
        np.testing.assert_array_equal(weights(fitted), expected)
    elsewhere = joblib.Parallel(n_jobs=2)(
        joblib.delayed(clone(e).fit)(*pictures) for _ in range(1)
    )
    np.testing.assert_allclose(weights(elsewhere[0]), expected, atol=1e-6)


@pytest.mark.slow
@each({**FEW, **FUNCTION, "mix": lambda: keras.layers.AugMix((0, 1))})
def test_global_generators_stay(make, pictures):
    random.seed(1)
    np.random.seed(1)
    augmenter = make()
    before = random.getstate(), np.random.get_state()[1].tobytes()
    learns(augmenter).fit(*pictures)
    assert (random.getstate(), np.random.get_state()[1].tobytes()) == before


@pytest.mark.slow
def test_an_augmenter_may_have_a_seed_of_its_own(pictures):
    def losses(own, seed):
        augmenter = ImageAugmenter(rotation_range=90, random_state=own)
        return looks(augmenter, random_state=seed).fit(*pictures).history_["loss"]

    assert losses(5, 0) == losses(5, 1) == losses(5, None)
    assert losses(5, 0) != losses(6, 0)
    assert losses(None, 0) != losses(None, 1)


@pytest.mark.slow
def test_a_layer_may_have_a_seed_of_its_own(pictures):
    def losses(own, seed):
        layer = keras.layers.RandomFlip(seed=own)
        return looks(layer, random_state=seed).fit(*pictures).history_["loss"]

    assert losses(5, 0) == losses(5, 1)
    assert losses(5, 0) != losses(6, 0)
    assert losses(None, 0) != losses(None, 1)


@pytest.mark.slow
def test_a_layer_that_makes_up_a_seed_of_its_own(pictures):
    """RandomCrop does, and its copies would keep to it."""

    def losses(seed, copied):
        crop = [keras.layers.ZeroPadding2D(1), keras.layers.RandomCrop(6, 6)]
        e = looks(keras.Sequential(crop), random_state=seed)
        return (clone(e) if copied else e).fit(*pictures).history_["loss"]

    assert losses(0, True) == losses(0, True) == losses(0, False)
    assert losses(0, True) != losses(1, True)


@pytest.mark.slow
def test_without_any_seed(pictures, turning):
    e = looks(turning, random_state=None, epochs=1)
    one, other = (clone(e).fit(*pictures).history_["loss"] for _ in range(2))
    assert one != other


# --- kept programs -----------------------------------------------------------


def program_count(monkeypatch):
    """Count the programs that are traced from now on."""
    clear_cache()
    traced = []
    make = Program.__init__

    def counting(self, *args, **kwargs):
        traced.append(self)
        make(self, *args, **kwargs)

    monkeypatch.setattr(Program, "__init__", counting)
    return traced


@pytest.mark.slow
def test_ranges_share_a_program(pictures, monkeypatch):
    traced = program_count(monkeypatch)
    fits = []
    for angle, shift in itertools.product((10, 60), ([1, 2], [3])):
        augmenter = ImageAugmenter(rotation_range=angle, width_shift_range=shift)
        fits.append(weights(learns(augmenter).fit(*pictures)))
    assert len(traced) == 1
    for one, other in itertools.combinations(fits, 2):
        assert np.abs(one - other).max() > 1e-5


KINDS = {
    "none": None,
    "rotation": ImageAugmenter(rotation_range=20),
    "shear": ImageAugmenter(shear_range=20),
    "wrap": ImageAugmenter(rotation_range=20, fill_mode="wrap"),
    "channels": ImageAugmenter(rotation_range=20, data_format="channels_first"),
    "layer": keras.layers.RandomRotation(0.1),
    "less": keras.layers.RandomRotation(0.05),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:X has 6 channels")
def test_programs_are_not_confused(pictures):
    """Each kind after all others gives what it gives alone."""
    alone = {}
    for name, augmenter in KINDS.items():
        clear_cache()
        alone[name] = weights(learns(augmenter).fit(*pictures))
    clear_cache()
    for name, augmenter in [*KINDS.items(), *KINDS.items()]:
        np.testing.assert_array_equal(
            weights(learns(augmenter).fit(*pictures)), alone[name], err_msg=name
        )
    for one, other in itertools.combinations(alone.values(), 2):
        assert np.abs(one - other).max() > 1e-5


# --- a parameter like others -----------------------------------------------------


@pytest.mark.slow
def test_searched(pictures):
    augmenter = ImageAugmenter(brightness_range=(0, 0))
    e = learns(augmenter, epochs=15, optimizer__learning_rate=0.01)
    grid = {"augmenter__brightness_range": [(0, 0), (1, 1)]}
    search = GridSearchCV(e, grid, cv=2).fit(*pictures)
    assert search.best_params_ == {"augmenter__brightness_range": (1, 1)}
    assert search.best_estimator_.augmenter.brightness_range == (1, 1)
    assert e.augmenter is augmenter and augmenter.brightness_range == (0, 0)
    black, plain = search.cv_results_["mean_test_score"]
    assert plain > black


def test_nested_parameters(turning):
    e = learns(turning)
    assert e.get_params()["augmenter__rotation_range"] == 90
    assert clone(e).set_params(augmenter__rotation_range=3).augmenter is not turning
    assert turning.rotation_range == 90
    e.set_params(augmenter=ImageAugmenter(), augmenter__cval=2)
    assert e.augmenter.cval == 2
    with pytest.raises(ValueError, match="Invalid parameter 'rotation'"):
        e.set_params(augmenter__rotation=3)
    with pytest.raises(
        InvalidParameterError, match="augmenter__rotation_range.*has no parameters"
    ):
        learns(None).set_params(augmenter__rotation_range=3)


@pytest.mark.slow
@each(FEW)
def test_the_augmenter_stays_as_it_was(make, pictures):
    augmenter = make()
    e = learns(augmenter)

    def told():
        if isinstance(augmenter, ImageAugmenter):
            return dict(vars(augmenter))
        states = [v.numpy().tolist() for v in augmenter.variables]
        return augmenter.get_config(), augmenter.built, states

    before = told()
    e.fit(*pictures)
    assert e.augmenter is augmenter
    assert told() == before
    twin = clone(e)
    assert twin.augmenter is not augmenter
    assert type(twin.augmenter) is type(augmenter)


@pytest.mark.slow
@each(AUGMENTERS)
def test_pickles(make, pictures):
    X, y = pictures
    fitted = learns(make()).fit(X, y)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    again = clone(loaded).fit(X, y)
    np.testing.assert_array_equal(weights(again), weights(fitted))


@pytest.mark.slow
def test_a_lambda_in_a_pickle(pictures):
    X, y = pictures
    double = keras.layers.Lambda(lambda x: 2 * x)
    for layer in (double, keras.layers.Pipeline([double])):
        fitted = clone(learns(layer)).fit(X, y)
        again = clone(pickle.loads(pickle.dumps(fitted))).fit(X, y)
        np.testing.assert_array_equal(weights(again), weights(fitted))


# --- data ----------------------------------------------------------------------


def batches(X, y, size=8):
    for start in range(0, len(X), size):
        yield X[start : start + size], y[start : start + size]


@pytest.mark.slow
@each(FEW)
def test_streams(make, pictures):
    X, y = pictures
    whole = looks(make(), batch_size=8, epochs=2).fit(X, y).history_["loss"]
    data = tf.data.Dataset.from_tensor_slices((X, y)).batch(8)
    for name in ENGINES:
        e = looks(make(), engine=name, epochs=2).fit(data)
        np.testing.assert_allclose(e.history_["loss"], whole, rtol=1e-5)


@pytest.mark.slow
def test_data_in_chunks(pictures, turning, monkeypatch):
    X, y = pictures
    whole = learns(turning).fit(X, y)
    monkeypatch.setattr(rows, "WHOLE_BYTES", 0)
    monkeypatch.setattr(rows, "CHUNK_ELEMENTS", 16 * X[0].size)
    np.testing.assert_allclose(
        weights(learns(turning).fit(X, y)), weights(whole), atol=1e-6
    )


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float64"])
def test_types_of_images(dtype, pictures, turning):
    X, y = pictures
    levels = np.rint(X * 255).astype(dtype)
    e = looks(turning).fit(levels, y)
    expected = looks(turning).fit(levels.astype(np.float32), y)
    np.testing.assert_allclose(e.history_["loss"], expected.history_["loss"], rtol=1e-5)


@pytest.mark.slow
def test_grey_images(pictures, turning):
    X, y = pictures
    grey, flat = X[..., :1], X[..., 0]
    one, other = (looks(turning).fit(part, y).history_["loss"] for part in (grey, flat))
    assert one == other


@pytest.mark.slow
def test_weights_and_early_stopping(pictures, turning):
    X, y = pictures
    weight = np.where(y == 0, 0.0, 1.0)
    how = {"early_stopping": 2, "epochs": 5, "class_weight": {0: 1, 1: 2, 2: 3}}
    pair = (learns(turning, engine=name, **how) for name in ENGINES)
    compiled, with_keras = (e.fit(X, y, sample_weight=weight) for e in pair)
    np.testing.assert_allclose(weights(compiled), weights(with_keras), atol=1e-5)
    assert "val_loss" in compiled.history_


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "shape"),
    [("auto", (30, 6, 6)), ("auto", (30, 6, 6, 1)), ("keras", (30, 6, 6))],
)
def test_masks_among_the_targets(shape, name, pictures):
    """A network that returns its input has no loss on its own, moved."""

    def copy(input_shape):
        inputs = keras.Input(input_shape)
        x = keras.layers.Conv2D(1, 1, kernel_initializer="ones")(inputs)
        return keras.Model(inputs, keras.layers.Reshape(shape[1:])(x))

    X = pictures[0][..., :1]
    y = X.reshape(shape)
    flips = ImageAugmenter(horizontal_flip=True, vertical_flip=True)
    how = {"engine": name, "epochs": 1, "random_state": 0}
    e = KerasRegressor(copy, augmenter=flips, optimizer__learning_rate=0.0, **how)
    assert e.fit(X, y).history_["loss"] == [pytest.approx(0, abs=1e-9)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("container", "name"), [(dict, "auto"), (list, "auto"), (dict, "keras")]
)
def test_masks_among_several_targets(container, name, pictures):
    def both(input_shape):
        inputs = keras.Input(input_shape)
        ones = {"kernel_initializer": "ones", "use_bias": False}
        mask = keras.layers.Conv2D(1, 1, name="mask", **ones)(inputs)
        first = keras.layers.Flatten()(inputs)
        number = keras.layers.Dense(1, name="number", **ones)(first)
        outputs = {"mask": mask, "number": number}
        return keras.Model(
            inputs, outputs if container is dict else list(outputs.values())
        )

    X = pictures[0][..., :1]
    y = {"mask": X, "number": X.sum((1, 2, 3))}
    flips = ImageAugmenter(horizontal_flip=True, vertical_flip=True)
    e = KerasRegressor(
        both,
        augmenter=flips,
        engine=name,
        epochs=1,
        loss="mse",
        optimizer__learning_rate=0.0,
        random_state=0,
    )
    e.fit(X, y if container is dict else list(y.values()))
    assert e.history_["loss"] == [pytest.approx(0, abs=1e-9)]
    e.set_params(augmenter=keras.layers.RandomFlip())
    with pytest.raises(ValueError, match="which moves both"):
        e.fit(X, y if container is dict else list(y.values()))


@pytest.mark.slow
@pytest.mark.parametrize("loss", [None, "categorical_crossentropy"])
def test_labels_beyond_the_edge(loss, pictures):
    """They are numbered anew for the model, which cval is not."""

    def segment(input_shape, n_classes):
        layer = keras.layers.Conv2D(n_classes, 1, activation="softmax")
        return keras.Sequential([keras.Input(input_shape), layer])

    X = pictures[0]
    masks = (2.9 * X[..., 0]).astype(int)  # 0, 1 and 2
    augmenter = ImageAugmenter(rotation_range=20, fill_mode="constant", cval=2)
    how = {"loss": loss, "epochs": 1, "random_state": 0}
    e = KerasClassifier(segment, augmenter=augmenter, **how)
    if loss is None:
        e.fit(X, masks)
    wrong = [(masks + 1, 2), (masks, 3), (masks, 0.5), (masks.astype(str), 2)]
    for y, cval in wrong if loss is None else [(masks, 2)]:
        e.set_params(augmenter__cval=cval)
        with pytest.raises(ValueError, match=f"puts cval={cval} beyond.* of y, "):
            e.fit(X, y)
    e.set_params(augmenter__fill_mode="nearest").fit(X, masks.astype(str))


@pytest.mark.slow
def test_weights_of_pixels_move(pictures):
    """Only pixels of weight 0 have a loss, wherever they are moved to."""

    def zero(input_shape):
        inputs = keras.Input(input_shape)
        layer = keras.layers.Conv2D(1, 1, kernel_initializer="zeros")
        return keras.Model(inputs, layer(inputs))

    X = pictures[0][..., :1]
    y = (X > 0.5).astype(float)
    flips = ImageAugmenter(horizontal_flip=True, vertical_flip=True)
    for name in ENGINES:
        e = KerasRegressor(
            zero,
            augmenter=flips,
            engine=name,
            epochs=2,
            optimizer__learning_rate=0.0,
            random_state=0,
        )
        weighted = clone(e).fit(X, y, sample_weight=1 - y[..., 0])
        assert weighted.history_["loss"] == [pytest.approx(0, abs=1e-9)] * 2
        assert e.fit(X, y).history_["loss"][0] > 0.1


# --- layers that mix labels ------------------------------------------------------

MIXES = {"cut": keras.layers.CutMix, "mix": keras.layers.MixUp}


@pytest.mark.slow
@each(MIXES)
def test_mixed_labels(make, pictures):
    X, y = pictures
    how = {"loss": "categorical_crossentropy", "batch_size": 30}
    pair = (learns(make(), engine=name, **how).fit(X, y) for name in ENGINES)
    compiled, with_keras = pair
    np.testing.assert_allclose(weights(compiled), weights(with_keras), atol=1e-5)
    plain = learns(None, **how).fit(X, y)
    assert np.abs(weights(compiled) - weights(plain)).max() > 1e-5


@pytest.mark.slow
@each(MIXES)
def test_labels_are_mixed_as_images_are(make):
    """Images that are their labels stay it, on average over the pixels."""
    from sk_keras._estimators.base.augmentation import augmentation_of

    rng = np.random.RandomState(0)
    y = rng.rand(8).astype(np.float32)
    X = np.ones((8, 5, 5, 1), np.float32) * y[:, None, None, None]
    for target in (y, y[:, None]):
        change = augmentation_of(make(), (X, target), 3).on_batches((X, target))
        mixed, labels = change((X, target), 0)
        assert labels.shape == target.shape
        np.testing.assert_allclose(mixed.mean((1, 2, 3)), labels.ravel(), atol=0.15)
        assert np.abs(labels - target).max() > 0.05


@each(MIXES)
def test_several_targets_cannot_be_mixed(make, pictures):
    def two(input_shape):
        inputs = keras.Input(input_shape)
        flat = keras.layers.Flatten()(inputs)
        outputs = {name: keras.layers.Dense(1, name=name)(flat) for name in "ab"}
        return keras.Model(inputs, outputs)

    X, y = pictures
    with pytest.raises(ValueError, match="for one target only"):
        KerasRegressor(two, augmenter=make(), loss="mse").fit(X, {"a": y, "b": y})


@each(MIXES)
def test_numbered_labels_cannot_be_mixed(make, pictures):
    with pytest.raises(ValueError, match="mixes targets.*categorical_crossentropy"):
        learns(make()).fit(*pictures)
    stack = keras.layers.Pipeline([keras.layers.RandomFlip(), make()])
    with pytest.raises(ValueError, match="mixes targets"):
        learns(stack).fit(*pictures)


# --- errors ----------------------------------------------------------------------


@keras.saving.register_keras_serializable("tests")
class Learning(keras.layers.Layer):
    """A layer with weights."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(1,), initializer="ones")

    def call(self, x):
        return x * self.scale


def twice(x):
    """Make more rows."""
    return keras.ops.concatenate([x, x])


def mean_image(x):
    """Make one row, to which targets could be stretched."""
    return keras.ops.mean(x, axis=0, keepdims=True)


@pytest.mark.parametrize(
    ("augmenter", "error", "message"),
    [
        ("flip", TypeError, "must be an ImageAugmenter, a Keras layer.*Got 'flip'"),
        (abs, TypeError, "Got <built-in function abs>.*keras.layers.Lambda"),
        (ImageAugmenter, TypeError, r"Got the class ImageAugmenter.*Augmenter\(\.\."),
        (keras.layers.RandomFlip, TypeError, r"object of it: RandomFlip\(\.\.\.\)"),
        (ImageAugmenter(zoom_range=3), ValueError, "'zoom_range'"),
        (ImageAugmenter(zoom_range=(2, 1)), ValueError, "zoom_range must be a pair"),
        (keras.layers.RandomCrop(4, 4), ValueError, r"\(4, 4, 3\) of images.*\(6, 6"),
        (Learning(), ValueError, "Learning has weights"),
        (keras.layers.Lambda(twice), ValueError, "Lambda makes 4 images of 2"),
        (keras.layers.Lambda(mean_image), ValueError, "Lambda makes 1 images of 2"),
    ],
)
@pytest.mark.parametrize("name", ENGINES)
def test_what_is_no_augmenter(augmenter, error, message, name, pictures):
    e = learns(augmenter, engine=name)
    with pytest.raises(error, match=message):
        e.fit(*pictures)
    assert not hasattr(e, "model_")


SPARSE = sparse.csr_matrix(np.eye(30))
SEVERAL = {"a": np.zeros((30, 6, 6, 3)), "b": np.zeros((30, 2))}


@pytest.mark.parametrize(
    ("make", "X", "message"),
    [
        (ImageAugmenter, np.eye(30), r"X must be images.*shape \(30, 30\)"),
        (ImageAugmenter, SPARSE, "Got a sparse X"),
        (ImageAugmenter, SEVERAL, "Got 2 inputs"),
        (keras.layers.RandomFlip, SPARSE, "Got a sparse X"),
        (keras.layers.RandomFlip, SEVERAL, "Got 2 inputs"),
    ],
)
def test_what_cannot_be_augmented(make, X, message, pictures):
    with pytest.raises(ValueError, match=message):
        learns(make()).fit(X, pictures[1])


@pytest.mark.slow
def test_a_layer_for_rows():
    rng = np.random.RandomState(0)
    X, y = rng.rand(30, 4), rng.rand(30)
    e = looks(keras.layers.GaussianNoise(0.5)).fit(X, y)
    assert len(set(np.round(e.history_["loss"], 5))) == 3


@pytest.mark.slow
@pytest.mark.parametrize("make", [LAYERS["flip"], LAYERS["stack"]])
@pytest.mark.parametrize("name", ENGINES)
def test_layers_want_channels(make, name, pictures):
    """Keras would take a batch of grey images for one image."""
    grey = pictures[0][..., 0]
    with pytest.raises(ValueError, match=r"Add it: X\[\.\.\., None\]"):
        looks(make(), engine=name).fit(grey, pictures[1])
    rows = looks(keras.layers.GaussianNoise(0.1), engine=name).fit(grey, pictures[1])
    assert len(rows.history_["loss"]) == 3


def test_layers_leave_masks(pictures):
    X, _ = pictures
    e = KerasRegressor(
        lambda: keras.Sequential([keras.Input((6, 6, 3)), keras.layers.Conv2D(1, 1)]),
        augmenter=keras.layers.RandomFlip(),
    )
    with pytest.raises(ValueError, match="Give an ImageAugmenter, which moves both"):
        e.fit(X, X[..., :1])
