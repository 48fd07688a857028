"""pickle, joblib, copy: equal predictions, training that goes on, small files."""

import copy
import io
import pickle

import joblib
import keras
import numpy as np
import pytest
from sklearn.base import clone

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense_classifier, dense_regressor, linear, subclassed
from tests.builders import given_model as plain_model
from tests.fits import ONE_STEP, assert_same_weights


class Scale(keras.layers.Layer):
    """A layer that nobody has registered."""

    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x):
        return x * self.factor * self.w

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class Net(keras.Model):
    """A subclassed model whose constructor takes its own arguments only."""

    def __init__(self, units=3):
        super().__init__()
        self.units = units
        self.hidden = keras.layers.Dense(units, activation=double_relu)
        self.out = keras.layers.Dense(3, activation="softmax")

    def call(self, x):
        return self.out(self.hidden(x))

    def get_config(self):
        return {"units": self.units}


class WeightedLoss(keras.losses.Loss):
    """A loss that nobody has registered."""

    def __init__(self, weight=1.0, **kwargs):
        super().__init__(**kwargs)
        self.weight = weight

    def call(self, y_true, y_pred):
        return self.weight * keras.losses.categorical_crossentropy(y_true, y_pred)

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


class SlowSGD(keras.optimizers.SGD):
    """An optimizer that nobody has registered."""


class Remembers(keras.callbacks.Callback):
    """A callback with a parameter and a state."""

    def __init__(self, factor=1.0):
        super().__init__()
        self.factor = factor
        self.losses = []

    def on_epoch_end(self, epoch, logs=None):
        self.losses.append(logs["loss"] * self.factor)


def double_relu(x):
    """Activate."""
    return 2 * keras.ops.relu(x)


def with_lambda(n_features_in, n_classes):
    """Build with a Lambda layer around a closure."""
    factor = 3.0
    return keras.Sequential(
        [
            keras.layers.Input((n_features_in,)),
            Scale(1.5),
            keras.layers.Lambda(lambda x: x * factor),
            keras.layers.Dense(4, activation=double_relu),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def unbuilt(n_classes):
    """Build a Sequential that does not know its input."""
    return keras.Sequential(
        [keras.layers.Dense(4), keras.layers.Dense(n_classes, activation="softmax")]
    )


class Maker:
    """Builders of other kinds than functions."""

    def __call__(self, n_features_in, n_classes, hidden=4):
        return dense_classifier(
            {
                "target_type_": "multiclass",
                "n_features_in_": n_features_in,
                "n_classes_": n_classes,
            },
            hidden=hidden,
        )

    def method(self, meta, hidden=4):
        return dense_classifier(meta, hidden=hidden)


class Own(KerasClassifier):
    """A subclass that is its own builder."""

    def __init__(self, hidden=4, **kwargs):
        super().__init__(**kwargs)
        self.hidden = hidden

    def __call__(self, meta):
        return dense_classifier(meta, hidden=self.hidden)


def given_model():
    """Make a compiled model with custom parts, outside any builder."""
    model = keras.Sequential(
        [
            keras.layers.Input((4,)),
            Scale(2.0),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(SlowSGD(0.1), WeightedLoss(2.0))
    return model


CASES = {
    "function": lambda: KerasClassifier(dense_classifier),
    "ready": lambda: KerasClassifier("mlp", dropout=0.2, batch_norm=True),
    "lambda and custom layer": lambda: KerasClassifier(with_lambda),
    "sequential without input": lambda: KerasClassifier(unbuilt),
    "model class": lambda: KerasClassifier(
        Net, units=5, loss="sparse_categorical_crossentropy"
    ),
    "callable object": lambda: KerasClassifier(Maker()),
    "class": lambda: KerasClassifier(Maker),
    "method": lambda: KerasClassifier(Maker().method, hidden=3),
    "subclass": lambda: Own(hidden=5),
    "model": lambda: KerasClassifier(given_model()),
    "subclassed model": lambda: KerasClassifier(
        Net(4), loss=WeightedLoss(3.0), optimizer=SlowSGD(0.1)
    ),
    "custom loss, optimizer": lambda: KerasClassifier(
        dense_classifier,
        loss=WeightedLoss(2.0),
        optimizer=SlowSGD(0.1),
        metrics=["accuracy", keras.metrics.AUC(name="auc")],
    ),
    "callbacks": lambda: KerasClassifier(
        dense_classifier, callbacks={"r": Remembers(2.0)}, callbacks__r__factor=3.0
    ),
    "schedule": lambda: KerasClassifier(
        dense_classifier,
        optimizer__learning_rate=keras.optimizers.schedules.ExponentialDecay(
            0.1, 9, 0.9
        ),
    ),
}


@pytest.fixture(scope="module")
def fitted(iris):
    """Every kind of estimator, fitted once."""
    X, y = iris
    return {
        name: make().set_params(epochs=2, random_state=0).fit(X, y)
        for name, make in CASES.items()
    }


def through_joblib(estimator, tmp_path):
    joblib.dump(estimator, tmp_path / "estimator.joblib", compress=3)
    return joblib.load(tmp_path / "estimator.joblib")


WAYS = {
    "pickle": lambda e, _: pickle.loads(pickle.dumps(e)),
    "joblib": through_joblib,
    "deepcopy": lambda e, _: copy.deepcopy(e),
}


#: joblib pickles, but for arrays: not every kind of estimator has to show it.
BY_JOBLIB = ["function", "model", "subclassed model", "callbacks"]
COPIED = [(name, way) for name in CASES for way in ("pickle", "deepcopy")]
COPIED += [(name, "joblib") for name in BY_JOBLIB]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "way"), COPIED)
def test_predictions_stay_and_training_goes_on(iris, fitted, name, way, tmp_path):
    X, y = iris
    before, way = fitted[name], WAYS[way]
    after = way(before, tmp_path)
    assert after.model_ is not before.model_
    np.testing.assert_array_equal(after.predict_proba(X), before.predict_proba(X))
    np.testing.assert_array_equal(after.predict(X), before.predict(X))
    assert after.history_ == before.history_
    assert after.get_params().keys() == before.get_params().keys()
    # The optimizer's state came along: two copies go on alike, and unlike a
    # model that starts its optimizer anew.
    again = way(before, tmp_path)
    for resumed in (after, again):
        resumed.partial_fit(X, y)
    for a, b in zip(
        after.model_.get_weights(), again.model_.get_weights(), strict=True
    ):
        np.testing.assert_allclose(a, b, atol=1e-6)
    steps = int(after.model_.optimizer.iterations)
    assert steps == int(before.model_.optimizer.iterations) + 5


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_unfitted_estimators_clone_and_pickle(iris, name):
    X, y = iris
    estimator = CASES[name]().set_params(epochs=1, random_state=0)
    expected = clone(estimator).fit(X, y).predict_proba(X)
    for twin in (clone(estimator), pickle.loads(pickle.dumps(estimator))):
        assert not hasattr(twin, "model_")
        np.testing.assert_allclose(twin.fit(X, y).predict_proba(X), expected, atol=1e-6)


@pytest.mark.slow
def test_resumed_training_equals_uninterrupted_training(iris):
    X, y = iris
    whole = KerasClassifier(with_lambda, random_state=0)
    for _ in range(4):
        whole.partial_fit(X, y)
    first = KerasClassifier(with_lambda, random_state=0).partial_fit(X, y)
    first.partial_fit(X, y)
    second = pickle.loads(pickle.dumps(first))
    for _ in range(2):
        second.partial_fit(X, y)
    for a, b in zip(
        whole.model_.get_weights(), second.model_.get_weights(), strict=True
    ):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert second.n_iter_ == 4


@pytest.mark.slow
def test_joblib_compresses_and_maps_weights(diabetes, tmp_path):
    X, y = diabetes
    wide = KerasRegressor(
        dense_regressor, hidden=20_000, epochs=1, random_state=0
    ).partial_fit(X, y)
    for weight in wide.model_.weights:
        weight.assign(np.zeros(weight.shape))
    plain, small = tmp_path / "plain", tmp_path / "small"
    joblib.dump(wide, plain)
    joblib.dump(wide, small, compress=3)
    assert small.stat().st_size < 0.8 * plain.stat().st_size
    mapped = joblib.load(plain, mmap_mode="r")
    np.testing.assert_array_equal(mapped.predict(X), wide.predict(X))


def test_a_file_of_another_format_says_so(fitted_classifier):
    state = fitted_classifier.__getstate__()
    state.update(_format=99, _version="9.9")
    with pytest.raises(ValueError, match=r"saved in format 99 by sk_keras 9\.9"):
        KerasClassifier().__setstate__(state)


def test_a_builder_that_changed_says_so(iris):
    X, y = iris
    maker = Maker()
    fitted = KerasClassifier(maker.method, epochs=1).fit(X, y)
    state = fitted.__getstate__()
    state["_recipe"]["kwargs"]["hidden"] = 9
    with pytest.raises(
        ValueError, match=r"Maker\.method builds now.*has changed since"
    ):
        KerasClassifier().__setstate__(state)


def test_callbacks_with_open_files_do_not_get_in_the_way(iris, tmp_path):
    X, y = iris
    fitted = KerasClassifier(
        dense_classifier,
        epochs=1,
        callbacks=[
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
            keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor="loss"),
        ],
    ).fit(X, y)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
    clone(fitted).fit(X, y)


@pytest.mark.slow
def test_saving_changes_nothing(iris, fitted):
    before = fitted["custom loss, optimizer"]
    config = before.model_.get_config()
    pickle.dumps(before)
    assert before.model_.get_config() == config
    assert isinstance(before.loss, WeightedLoss)
    X, y = iris
    before.partial_fit(X, y)


class Factor(keras.layers.Layer):
    """A layer that Keras does not know by name."""

    def build(self, shape):
        self.factor = self.add_weight(shape=(), initializer="ones")

    def call(self, inputs):
        return self.factor * inputs


class OwnLoss(keras.losses.Loss):
    """A loss that Keras does not know by name."""

    def call(self, y_true, y_pred):
        return keras.losses.categorical_crossentropy(y_true, y_pred)


def own_loss(y_true, y_pred):
    return keras.losses.categorical_crossentropy(y_true, y_pred)


def own_metric(y_true, y_pred):
    return keras.ops.max(y_pred, axis=-1)


def with_layer(layer):
    model = linear(4, 3)
    return keras.Sequential([keras.layers.Input((4,)), layer, *model.layers])


def with_a_lambda():
    return with_layer(keras.layers.Lambda(lambda x: 2 * x))


def double(x):
    return 2 * x


def with_named_lambda():
    return with_layer(keras.layers.Lambda(double))


def with_own_layer():
    return with_layer(Factor())


#: What Keras cannot make again from a config alone.
UNKNOWN_TO_KERAS = {
    "Lambda": ({"model": with_a_lambda}, False),
    "own layer": ({"model": with_own_layer}, False),
    "subclassed model": ({"model": subclassed}, False),
    "own loss": ({"model": linear, "loss": OwnLoss()}, False),
    "own loss class": ({"model": linear, "loss": OwnLoss}, False),
    "own loss function": ({"model": linear, "loss": own_loss}, False),
    "own metric": ({"model": linear, "metrics": [own_metric]}, False),
    "given model with Lambda": ({"model": with_a_lambda}, True),
    "given model with named Lambda": ({"model": with_named_lambda}, True),
    "given model with own layer": ({"model": with_own_layer}, True),
}


def by_joblib(estimator):
    file = io.BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    return joblib.load(file)


COPIES = {
    "pickle": lambda estimator: pickle.loads(pickle.dumps(estimator)),
    "joblib": by_joblib,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "params, as_object", UNKNOWN_TO_KERAS.values(), ids=UNKNOWN_TO_KERAS
)
def test_custom_parts_pickle(params, as_object, few):
    """SciKeras loads in safe mode, and finds no unregistered classes."""
    X, y = few
    if as_object:
        params = {"model": params["model"]()}
    estimator = KerasClassifier(**params, **ONE_STEP).fit(X, y)
    twin = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(twin.predict_proba(X), estimator.predict_proba(X))
    unfitted = clone(estimator)
    assert not hasattr(pickle.loads(pickle.dumps(unfitted)), "model_")


@pytest.mark.parametrize("copy_of", COPIES.values(), ids=COPIES)
def test_copies_train_on_where_the_original_was(copy_of, few):
    """SciKeras' copies of optimizers lose their state."""
    X, y = few
    estimator = KerasClassifier(linear, epochs=5, batch_size=-1, shuffle=False).fit(
        X, y
    )
    twin = copy_of(estimator)
    for one in (estimator, twin):
        one.partial_fit(X, y)
    assert_same_weights(estimator.model_, twin.model_)
    assert int(twin.model_.optimizer.iterations) == 6
    assert twin.history_ == estimator.history_


def test_plain_models_pickle_without_us(one_step):
    """SciKeras: a plain Keras model pickles as scikeras' and loads only with it."""
    assert b"sk_keras" not in pickle.dumps(plain_model())
