"""Where SciKeras 0.13 and Keras' own wrappers break, we work.

A test for each breakage that was seen when the two ran on scikit-learn 1.9 and
Keras 3.15. The docstrings say what happens there.
"""

import copy
import functools
import io
import json
import pickle
import random
import subprocess
import sys
import textwrap

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
import sklearn
import tensorflow as tf
from scipy import sparse
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.utils import get_tags
from sklearn.utils.validation import has_fit_parameter

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._shared.routing.same_value import same_value
from tests.builders import dense_classifier, dense_regressor

#: One step of training, for tests that do not care what was learned.
ONE_STEP = {"epochs": 1, "batch_size": -1, "optimizer": "sgd", "random_state": 0}
#: Settings that learn iris in a quarter of a second.
QUICK = {
    "epochs": 15,
    "batch_size": -1,
    "optimizer": "sgd",
    "optimizer__learning_rate": 1.0,
    "random_state": 0,
}
#: For models on which such steps would be too long.
CAREFUL = {**QUICK, "optimizer": "adam", "optimizer__learning_rate": 0.1}


def linear(n_features_in, n_classes, use_bias=True):
    """Build a softmax regression: the model that is quickest to fit."""
    return keras.Sequential(
        [
            keras.layers.Input((n_features_in,)),
            keras.layers.Dense(n_classes, activation="softmax", use_bias=use_bias),
        ]
    )


def given_model():
    """Make a model for iris that somebody has trained and compiled already."""
    model = linear(4, 3)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def weights_of(model):
    return [np.asarray(v) for v in model.trainable_variables]


def assert_same_weights(a, b):
    for v, w in zip(weights_of(a), weights_of(b), strict=True):
        np.testing.assert_array_equal(v, w)


def differ(a, b):
    pairs = zip(weights_of(a), weights_of(b), strict=True)
    return not all(np.array_equal(v, w) for v, w in pairs)


@pytest.fixture(scope="module")
def few(iris):
    """Every third iris, 50 of them."""
    X, y = iris
    return X[::3], y[::3]


@pytest.fixture(scope="module")
def one_step(few):
    """A classifier after one step. Do not fit it again."""
    return KerasClassifier(linear, **ONE_STEP).fit(*few)


# --- what a model builder can be -----------------------------------------


class Builders:
    """Holds builders of several kinds."""

    def method(self, n_features_in, n_classes, hidden=4):
        return dense_classifier(
            {
                "n_features_in_": n_features_in,
                "n_classes_": n_classes,
                "target_type_": "multiclass",
            },
            hidden,
        )

    def __call__(self, n_features_in, n_classes, hidden=4):
        return self.method(n_features_in, n_classes, hidden)


class Network(keras.Model):
    """A subclassed model without an input layer."""

    def __init__(self, n_classes, hidden=4):
        super().__init__()
        self.first = keras.layers.Dense(hidden, activation="relu")
        self.last = keras.layers.Dense(n_classes, activation="softmax")

    def call(self, inputs):
        return self.last(self.first(inputs))


def without_input(n_classes, hidden=4):
    return keras.Sequential(
        [
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def subclassed(n_classes, hidden=4):
    return Network(n_classes, hidden)


BUILDERS = {
    "function": dense_classifier,
    "lambda": lambda n_classes, hidden=4: without_input(n_classes, hidden),
    "bound method": Builders().method,
    "partial": functools.partial(dense_classifier, activation="tanh"),
    "callable object": Builders(),
    "class with __call__": Builders,
    "Model class": Network,
    "Sequential without Input": without_input,
    "subclassed Model": subclassed,
}


@pytest.mark.parametrize("builder", BUILDERS.values(), ids=BUILDERS)
def test_kinds_of_builders(builder, few):
    """SciKeras takes functions only, and no model without an input layer."""
    X, y = few
    estimator = KerasClassifier(builder, **ONE_STEP)
    assert "hidden" in estimator.get_params()
    fitted = clone(estimator).set_params(hidden=5).fit(X, y)
    assert fitted.model_.layers[0].units == 5
    assert fitted.predict_proba(X).shape == (50, 3)


def test_subclassed_model_in_a_regressor(diabetes):
    """SciKeras: 'no attribute outputs', for regressors too."""

    class Line(keras.Model):
        def __init__(self):
            super().__init__()
            self.last = keras.layers.Dense(1)

        def call(self, inputs):
            return self.last(inputs)

    X, y = diabetes
    estimator = KerasRegressor(
        Line, epochs=20, optimizer__learning_rate=0.05, random_state=0
    )
    assert estimator.fit(X, y).score(X, y) > 0.4


# --- parameters ----------------------------------------------------------

NOT_DEFAULT = {
    "input_columns": {"all": slice(0, 4)},
    "optimizer": "sgd",
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "epochs": 3,
    "batch_size": 7,
    "validation_batch_size": 9,
    "shuffle": False,
    "validation_split": 0.3,
    "early_stopping": 4,
    "callbacks": [keras.callbacks.EarlyStopping],
    "augmenter": keras.layers.RandomFlip(seed=3),
    "class_weight": "balanced",
    "trainable": "dense*",
    "warm_start": True,
    "random_state": 3,
    "run_eagerly": True,
    "engine": "keras",
    "custom_objects": {"Network": Network},
    "verbose": 2,
    "use_bias": False,
    "optimizer__learning_rate": 0.5,
    "loss__from_logits": True,
    "compile__loss_weights": [2.0],
    "callbacks__monitor": "loss",
    "fit__epochs": 4,
    "predict__batch_size": 11,
}


def test_clone_keeps_every_parameter():
    """Keras' wrappers lose `fit_kwargs`: searches train a single epoch."""
    estimator = KerasClassifier(linear, **NOT_DEFAULT)
    params = estimator.get_params()
    assert {name: params[name] for name in NOT_DEFAULT} == NOT_DEFAULT
    assert same_value(clone(estimator).get_params(), params)
    assert set(params) - {"model", "build_fn"} == set(NOT_DEFAULT)


def test_epochs_survive_a_clone(few):
    assert clone(KerasClassifier(linear, epochs=3)).fit(*few).n_iter_ == 3


def test_clones_share_nothing_that_trains():
    """Keras' wrappers hand one model object to every clone."""
    given = KerasClassifier(
        given_model(),
        optimizer=keras.optimizers.SGD(0.5),
        callbacks=[keras.callbacks.EarlyStopping(patience=7)],
        loss=keras.losses.SparseCategoricalCrossentropy(),
    )
    twin = clone(given)
    for name in ("model", "optimizer", "loss"):
        assert getattr(twin, name) is not getattr(given, name)
    assert twin.callbacks[0] is not given.callbacks[0]
    assert_same_weights(twin.model, given.model)
    assert not {id(v) for v in twin.model.layers} & {id(v) for v in given.model.layers}
    assert twin.optimizer.get_config() == given.optimizer.get_config()
    assert twin.callbacks[0].patience == 7


@pytest.mark.parametrize(
    "preset",
    [{}, {"callbacks__patience": 3}, {"callbacks__0__patience": 3}],
    ids=["not preset", "preset for all", "preset by index"],
)
@pytest.mark.parametrize("stop", ["class", "object"])
def test_callback_parameters_can_be_set(preset, stop, few):
    """SciKeras: 'list' object has no attribute 'set_params'."""
    callback = keras.callbacks.EarlyStopping
    if stop == "object":
        callback = callback(monitor="loss")
    estimator = KerasClassifier(linear, callbacks=[callback], **ONE_STEP, **preset)
    estimator.set_params(callbacks__0__patience=5, callbacks__0__monitor="loss")
    assert estimator.get_params()["callbacks__0__patience"] == 5
    made = clone(estimator).fit(*few).callbacks_["0"]
    assert (made.patience, made.monitor) == (5, "loss")


def test_undeclared_builder_arguments_are_parameters(few):
    """SciKeras: 'Invalid parameter' unless given at construction."""
    estimator = KerasClassifier(linear, **ONE_STEP)
    assert estimator.get_params()["use_bias"] is True
    assert len(weights_of(estimator.fit(*few).model_)) == 2
    estimator.set_params(use_bias=False)
    assert len(weights_of(estimator.fit(*few).model_)) == 1


def test_fit_leaves_parameters_alone(few):
    """Keras' wrappers write the arguments of `fit` into `fit_kwargs`."""
    given = {
        "metrics": ["accuracy"],
        "class_weight": {"setosa": 1.0, "versicolor": 2.0, "virginica": 1.0},
        "callbacks": {"stop": keras.callbacks.EarlyStopping(monitor="loss")},
        "custom_objects": {},
        "optimizer": {"class_name": "SGD", "config": {"learning_rate": 0.1}},
        "loss": keras.losses.SparseCategoricalCrossentropy(),
    }
    before = copy.deepcopy({k: v for k, v in given.items() if k not in ("loss",)})
    del before["callbacks"]
    estimator = KerasClassifier(linear, epochs=2, **given)
    params = estimator.get_params()
    estimator.fit(*few, epochs=1, batch_size=10, sample_weight=np.ones(50))
    assert estimator.n_iter_ == 1
    assert all(estimator.get_params()[name] is params[name] for name in params)
    assert {name: given[name] for name in before} == before
    assert list(given["callbacks"]) == ["stop"]


def test_fit_leaves_data_alone(few):
    """SciKeras multiplies class weights into the caller's array."""
    X, y = few
    weight = np.full(50, 2)
    copies = X.copy(), y.copy(), weight.copy()
    KerasClassifier(linear, class_weight="balanced", **ONE_STEP).fit(X, y, weight)
    for now, then in zip((X, y, weight), copies, strict=True):
        np.testing.assert_array_equal(now, then)
        assert now.dtype == then.dtype


# --- models and optimizers given as objects -------------------------------


def test_given_model_is_not_trained(few):
    """SciKeras trains it in place, and a second fit goes on from there."""
    model = given_model()
    before = weights_of(model)
    estimator = KerasClassifier(model, epochs=2, random_state=0)
    first = weights_of(estimator.fit(*few).model_)
    assert estimator.model_ is not model
    second = weights_of(estimator.fit(*few).model_)
    for start, now, one, two in zip(
        before, weights_of(model), first, second, strict=True
    ):
        np.testing.assert_array_equal(start, now)
        np.testing.assert_array_equal(one, two)
        assert not np.array_equal(start, one)


def test_given_weights_are_the_start(few):
    """Keras' wrappers throw the weights of a pretrained model away."""
    model = given_model()
    estimator = KerasClassifier(model).initialize(*few)
    assert_same_weights(estimator.model_, model)
    np.testing.assert_allclose(
        estimator.predict_proba(few[0]), model.predict(few[0], verbose=0), rtol=1e-5
    )


def test_warm_start_goes_on_with_a_given_model(few):
    """Keras' wrappers begin anew."""
    estimator = KerasClassifier(given_model(), epochs=2, batch_size=-1, warm_start=True)
    fitted = estimator.fit(*few).model_
    after_first = weights_of(fitted)
    assert estimator.fit(*few).model_ is fitted
    assert int(fitted.optimizer.iterations) == 4
    assert not np.array_equal(after_first[0], weights_of(fitted)[0])


def test_optimizer_object_serves_every_fit(few):
    """SciKeras: 'Unknown variable' in the second fit."""
    optimizer = keras.optimizers.SGD(0.25, momentum=0.5)
    estimator = KerasClassifier(linear, **{**ONE_STEP, "optimizer": optimizer})
    first = weights_of(estimator.fit(*few).model_)
    for v, w in zip(first, weights_of(estimator.fit(*few).model_), strict=True):
        np.testing.assert_array_equal(v, w)
    assert estimator.model_.optimizer is not optimizer
    assert float(estimator.model_.optimizer.momentum) == 0.5
    assert not optimizer.built


# --- dtypes, names and shapes of X ---------------------------------------


@pytest.mark.parametrize("fit_dtype", ["int64", "float32", "float64"])
def test_predict_takes_any_number_type(fit_dtype):
    """SciKeras: 'casting from float64 to int64 is not safe'."""
    rng = np.random.RandomState(0)
    X, y = rng.randint(-3, 4, (60, 5)), rng.randint(0, 2, 60)
    estimator = KerasClassifier(linear, **ONE_STEP).fit(X.astype(fit_dtype), y)
    expected = estimator.predict_proba(X.astype(fit_dtype))
    for dtype in ("int8", "int64", "float32", "float64", "object"):
        np.testing.assert_allclose(
            estimator.predict_proba(X.astype(dtype)), expected, rtol=1e-6
        )
    np.testing.assert_allclose(
        estimator.predict_proba(pd.DataFrame(X)), expected, rtol=1e-6
    )
    # Fractions are not cut off.
    assert not np.allclose(estimator.predict_proba(X + 0.5), expected, rtol=1e-3)


@pytest.mark.parametrize("dtype", ["uint8", "float64", "bool"])
def test_score_takes_any_label_type(dtype, cancer, fitted_binary):
    """SciKeras: integers in fit and floats in score raise."""
    X, y = cancer
    expected = accuracy_score(y, fitted_binary.predict(X))
    assert fitted_binary.score(X, y.astype(dtype)) == expected


def test_names_of_features_are_checked(few):
    """SciKeras takes columns in any order and never says a word."""
    X, y = few
    frame = pd.DataFrame(X, columns=list("abcd"))
    estimator = KerasClassifier(linear, **ONE_STEP).fit(frame, y)
    assert estimator.feature_names_in_.tolist() == list("abcd")
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.predict(frame[list("dcba")])


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array])
def test_sparse_rows(kind, few):
    """Keras' wrappers refuse them, SciKeras makes lists of them."""
    X, y = few
    X = np.where(np.abs(X) > 0.5, X, 0)
    dense = KerasClassifier(linear, **ONE_STEP).fit(X, y)
    estimator = KerasClassifier(linear, **ONE_STEP).fit(kind(X), y)
    np.testing.assert_allclose(
        estimator.predict_proba(kind(X)), dense.predict_proba(X), rtol=1e-5
    )


@pytest.mark.parametrize(
    "builder, shape, argument",
    [
        ("lstm", (6, 2), {"units": 3}),
        ("cnn", (6, 6, 1), {"filters": (2,), "hidden": 4}),
    ],
    ids=["sequences", "images"],
)
def test_sequences_and_images(builder, shape, argument):
    """Keras' wrappers take tables only."""
    rng = np.random.RandomState(0)
    y = np.repeat(["calm", "loud"], 20)
    X = rng.normal(size=(40, *shape)) + 3.0 * (y == "loud").reshape(
        -1, *[1] * len(shape)
    )
    estimator = KerasClassifier(builder, **CAREFUL, **argument).fit(X, y)
    assert estimator.score(X, y) > 0.9
    assert estimator.predict_proba(X[:1]).shape == (1, 2)
    with pytest.raises(ValueError, match="expecting"):
        estimator.predict(X[:, :, :1] if X.ndim == 3 else X[..., 0])


@pytest.mark.parametrize("what", ["fit X", "fit y", "predict"])
def test_nan_is_refused(what, few, one_step):
    X, y = few
    hole = X.copy()
    hole[3, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        if what == "fit X":
            KerasClassifier(linear, **ONE_STEP).fit(hole, y)
        elif what == "fit y":
            KerasRegressor(dense_regressor, **ONE_STEP).fit(X, hole[:, 1])
        else:
            one_step.predict(hole)


# --- targets -------------------------------------------------------------


def multilabel(y):
    return np.column_stack([y != "setosa", y == "virginica"]).astype(int)


def one_hot(y):
    return (y[:, None] == np.unique(y)).astype(int)


def two_columns(y):
    return np.column_stack([y, np.where(y == "setosa", "small", "large")])


@pytest.mark.parametrize(
    "target, target_type, n_outputs",
    [
        (multilabel, "multilabel-indicator", 1),
        (one_hot, "multiclass-onehot", 1),
        (two_columns, "multiclass-multioutput", 2),
    ],
    ids=["multilabel", "one-hot", "label columns"],
)
def test_several_labels(target, target_type, n_outputs, iris):
    """Keras' wrappers refuse them; SciKeras cannot predict label columns."""
    X, y = iris
    Y = target(y)
    estimator = KerasClassifier("mlp", hidden_layer_sizes=(8,), **QUICK).fit(X, Y)
    assert estimator.target_type_ == target_type
    assert estimator.n_outputs_expected_ == n_outputs
    predicted = estimator.predict(X)
    assert predicted.shape == Y.shape
    assert (predicted == Y).mean() > 0.85
    assert estimator.score(X, Y) > 0.8
    p = estimator.predict_proba(X)
    shapes = [part.shape for part in p] if isinstance(p, list) else p.shape
    assert shapes == ([(150, 3), (150, 2)] if n_outputs == 2 else Y.shape)


def test_a_label_for_every_pixel():
    """SciKeras refuses targets of more than two dimensions."""
    X = np.random.RandomState(0).normal(size=(30, 5, 4, 2))
    Y = np.where(X.sum(axis=3) > 0, "up", "down")

    def per_pixel(input_shape, n_classes):
        return keras.Sequential(
            [
                keras.layers.Input(input_shape),
                keras.layers.Dense(n_classes, activation="softmax"),
            ]
        )

    estimator = KerasClassifier(per_pixel, **{**QUICK, "epochs": 30}).fit(X, Y)
    assert estimator.predict(X).shape == (30, 5, 4)
    assert estimator.predict_proba(X).shape == (30, 5, 4, 2)
    assert estimator.score(X, Y) > 0.9


def test_several_values(diabetes):
    """Keras' wrappers take one column."""
    X, y = diabetes
    Y = np.column_stack([y, -y, 2 * y])
    estimator = KerasRegressor(dense_regressor, **CAREFUL).fit(X, Y)
    assert estimator.predict(X).shape == (300, 3)
    assert estimator.score(X, Y) > 0.4


def test_binary_model_of_one_unit(cancer, fitted_binary):
    """Keras' wrappers encode one-hot, whatever the model's output is."""
    X, y = cancer
    assert fitted_binary.model_.output_shape == (None, 1)
    p = fitted_binary.predict_proba(X)
    assert p.shape == (300, 2)
    np.testing.assert_array_equal(fitted_binary.predict(X), (p[:, 1] > 0.5).astype(int))
    assert fitted_binary.score(X, y) > 0.85


# --- probabilities -------------------------------------------------------


@pytest.mark.parametrize(
    "fixture, data, width",
    [("fitted_classifier", "iris", 3), ("fitted_binary", "cancer", 2)],
    ids=["multiclass", "binary"],
)
def test_one_row_keeps_its_shape(fixture, data, width, request):
    """SciKeras squeezes it: (3,) in place of (1, 3)."""
    fitted = request.getfixturevalue(fixture)
    X, _ = request.getfixturevalue(data)
    one = fitted.predict_proba(X[:1])
    assert one.shape == (1, width)
    np.testing.assert_allclose(one, fitted.predict_proba(X)[:1], rtol=1e-5)
    assert fitted.predict(X[:1]).shape == (1,)
    np.testing.assert_array_equal(fitted.predict_log_proba(X[:1]), np.log(one))


def test_one_row_of_a_regressor(fitted_regressor, diabetes):
    X, _ = diabetes
    one = fitted_regressor.predict(X[:1])
    assert one.shape == (1,)
    np.testing.assert_allclose(one, fitted_regressor.predict(X)[:1], rtol=1e-5)


def scores_only(units):
    """Make a builder of a model that ends in raw scores."""

    def build(n_features_in):
        return keras.Sequential(
            [keras.layers.Input((n_features_in,)), keras.layers.Dense(units)]
        )

    return build


LOGIT_LOSSES = {
    "picked, one unit": (2, 1, None),
    "picked, two units": (2, 2, None),
    "picked, three units": (3, 3, None),
    "binary": (2, 1, keras.losses.BinaryCrossentropy(from_logits=True)),
    "categorical": (3, 3, keras.losses.CategoricalCrossentropy(from_logits=True)),
}


@pytest.mark.parametrize(
    "n_classes, units, loss", LOGIT_LOSSES.values(), ids=LOGIT_LOSSES
)
def test_logits_become_probabilities(n_classes, units, loss, iris):
    """SciKeras returns the logits: [-3.3, 4.3]."""
    X, y = iris
    X, y = X[: 50 * n_classes], y[: 50 * n_classes]
    estimator = KerasClassifier(scores_only(units), loss=loss, **QUICK).fit(X, y)
    raw = estimator.model_.predict(X, verbose=0)
    assert raw.min() < 0 or raw.max() > 1
    p = estimator.predict_proba(X)
    assert p.shape == (len(X), n_classes)
    assert p.min() >= 0
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(
        estimator.classes_[p.argmax(axis=1)], estimator.predict(X)
    )
    assert estimator.score(X, y) > 0.8
    assert log_loss(y, p) == pytest.approx(
        estimator.model_.evaluate(X, estimator._targets.encode(y), verbose=0), rel=1e-3
    )


def test_score_needs_no_metrics(few):
    """Keras 2's wrapper wanted accuracy compiled, and scored losses as they are."""
    X, y = few
    scores = [
        KerasClassifier(linear, metrics=metrics, **QUICK).fit(X, y).score(X, y)
        for metrics in (None, ["accuracy"], ["sparse_top_k_categorical_accuracy"])
    ]
    assert len(set(scores)) == 1
    assert scores[0] > 0.8


def test_score_of_a_regressor_is_r2(fitted_regressor, diabetes):
    """Keras 2's wrapper gave the loss, so that searches picked the worst."""
    X, y = diabetes
    expected = r2_score(y, fitted_regressor.predict(X))
    assert fitted_regressor.score(X, y) == pytest.approx(expected)


# --- weights -------------------------------------------------------------


def test_integer_weights_with_class_weight(few):
    """SciKeras: UFuncTypeError."""
    X, y = few
    weight = np.arange(50) % 3 + 1
    estimator = KerasClassifier(linear, class_weight="balanced", **ONE_STEP)
    ints = weights_of(clone(estimator).fit(X, y, sample_weight=weight).model_)
    floats = weights_of(clone(estimator).fit(X, y, sample_weight=1.0 * weight).model_)
    unweighted = weights_of(clone(estimator).fit(X, y).model_)
    np.testing.assert_array_equal(ints[0], floats[0])
    assert not np.allclose(ints[0], unweighted[0], atol=1e-7)


def test_class_weight_is_by_the_users_labels(iris):
    """Keras' wrappers want them by position."""
    X, y = iris
    weight = {"setosa": 1.0, "versicolor": 1.0, "virginica": 0.0}
    estimator = KerasClassifier(linear, class_weight=weight, **QUICK).fit(X, y)
    assert set(estimator.predict(X)) == {"setosa", "versicolor"}


def test_weights_are_an_argument_of_fit():
    """AdaBoost refuses Keras' wrappers for the want of it."""
    assert has_fit_parameter(KerasClassifier(), "sample_weight")
    assert has_fit_parameter(KerasRegressor(), "sample_weight")


def test_weights_of_nothing_are_refused(few):
    X, y = few
    with pytest.raises(ValueError, match="[Ss]ample weights"):
        KerasClassifier(linear, **ONE_STEP).fit(X, y, sample_weight=np.zeros(50))


# --- validation ----------------------------------------------------------


@pytest.mark.parametrize("form", ["validation_data", "X_val"])
def test_validation_labels_are_encoded(form, few):
    """SciKeras hands string labels to Keras: 'Invalid dtype'."""
    X, y = few
    given = (
        {"validation_data": (X[::2], y[::2])}
        if form == "validation_data"
        else {"X_val": X[::2], "y_val": y[::2]}
    )
    estimator = KerasClassifier(linear, **ONE_STEP).fit(X, y, **given)
    expected = log_loss(y[::2], estimator.predict_proba(X[::2]))
    assert estimator.history_["val_loss"] == [pytest.approx(expected, rel=1e-4)]


def test_validation_split_is_stratified(iris):
    """SciKeras splits the last rows off: of sorted labels, one class."""
    X, y = iris
    estimator = KerasClassifier(linear, validation_split=0.2, **QUICK).fit(X, y)
    assert set(estimator.predict(X)) == set(y)


# --- history and callbacks -----------------------------------------------


def test_history_keeps_the_names_of_keras(cancer):
    """SciKeras renames: mean_absolute_error beside val_mae, a_u_c beside val_auc."""
    X, y = cancer
    names = ["mae", "accuracy", "AUC", keras.metrics.Precision(name="precision")]

    def build(n_features_in=30):
        return keras.Sequential(
            [
                keras.layers.Input((n_features_in,)),
                keras.layers.Dense(1, activation="sigmoid"),
            ]
        )

    estimator = KerasClassifier(build, metrics=names, **ONE_STEP)
    history = estimator.fit(X, y, validation_data=(X[:50], y[:50])).history_
    model = build()
    made = [*names[:3], keras.metrics.Precision(name="precision")]
    model.compile("sgd", "binary_crossentropy", metrics=made)
    theirs = model.fit(
        X, y, validation_data=(X[:50], y[:50]), batch_size=300, verbose=0
    ).history
    assert set(history) == set(theirs)


@pytest.mark.parametrize(
    "metric, routed, name",
    [
        ("AUC", {}, "AUC"),
        (keras.metrics.AUC, {}, "auc"),
        (keras.metrics.AUC(), {}, None),
        ("AUC", {"metrics__0__num_thresholds": 20}, None),
    ],
    ids=["name", "class", "object", "name with parameters"],
)
def test_history_has_the_same_names_in_every_fit(metric, routed, name, cancer):
    """A class that Keras numbers as it goes would be val_auc_3 in the third fold."""
    X, y = cancer
    keras.metrics.AUC()
    estimator = KerasClassifier(scores_only(1), metrics=[metric], **routed, **ONE_STEP)
    first, second = (set(clone(estimator).fit(X, y).history_) for _ in range(2))
    assert first == second
    assert name is None or first == {"loss", name}


def test_history_is_a_plain_dict(few):
    """Keras' wrappers keep the callback, so that `epoch_` raises."""
    estimator = KerasClassifier(linear, metrics=["accuracy"], epochs=3).fit(*few)
    assert type(estimator.history_) is dict
    assert estimator.n_iter_ == 3
    for values in estimator.history_.values():
        assert [type(v) for v in values] == [float] * 3
    assert estimator.history_frame().shape == (3, 2)


def test_open_files_in_callbacks(few, tmp_path):
    """SciKeras: a fitted estimator with a CSVLogger cannot be cloned or pickled."""
    X, y = few
    log = tmp_path / "log.csv"
    callback = keras.callbacks.CSVLogger(str(log))
    estimator = KerasClassifier(linear, callbacks=[callback], epochs=3).fit(X, y)
    assert pd.read_csv(log)["epoch"].tolist() == [0, 1, 2]
    for twin in (pickle.loads(pickle.dumps(estimator)), copy.deepcopy(estimator)):
        np.testing.assert_array_equal(twin.predict(X), estimator.predict(X))
    assert clone(estimator).set_params(epochs=1).fit(X, y).n_iter_ == 1
    assert estimator.callbacks[0] is callback
    assert getattr(callback, "_model", None) is None


def test_nothing_is_printed(few, capsys):
    """Keras' wrappers print a progress bar in every predict."""
    estimator = KerasClassifier(linear, **ONE_STEP).fit(*few)
    estimator.predict(few[0])
    estimator.score(*few)
    assert capsys.readouterr().out == ""


# --- random state --------------------------------------------------------


def noisy(n_features_in, n_classes):
    """Build a model that draws random numbers in training."""
    return keras.Sequential(
        [
            keras.layers.Input((n_features_in,)),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def test_same_seed_same_weights(few):
    """Keras' wrappers have no `random_state`."""
    estimator = KerasClassifier(noisy, epochs=2, random_state=0)
    one, two = clone(estimator).fit(*few), clone(estimator).fit(*few)
    other = clone(estimator).set_params(random_state=1).fit(*few)
    assert_same_weights(one.model_, two.model_)
    assert differ(one.model_, other.model_)


def test_global_generators_are_left_alone(few):
    """SciKeras seeds them, and may leave operations deterministic for good."""

    def draws():
        return (
            random.random(),
            np.random.random_sample(),
            float(tf.random.uniform(())),
            float(keras.random.uniform(())),
        )

    keras.utils.set_random_seed(7)
    undisturbed = draws()
    keras.utils.set_random_seed(7)
    KerasClassifier(noisy, **ONE_STEP).fit(*few).predict(few[0])
    assert draws() == undisturbed


def test_unseeded_fits_differ(few):
    estimator = KerasClassifier(noisy, epochs=1)
    assert differ(clone(estimator).fit(*few).model_, clone(estimator).fit(*few).model_)


# --- a second fit --------------------------------------------------------


def test_facts_for_the_builder_are_those_of_the_fit(few):
    """SciKeras' meta holds the last fit's model_ and history_ in a second fit."""
    X, y = few
    seen = []

    def build(meta):
        seen.append(dict(meta))
        return linear(meta["n_features_in_"], meta["n_classes_"])

    estimator = KerasClassifier(build, **ONE_STEP).fit(X, y)
    estimator.fit(X[:, :2], np.where(y == "setosa", 0, 1))
    first, second = seen
    assert set(first) == set(second)
    assert not {"model_", "history_", "n_iter_"} & set(second)
    assert (first["n_features_in_"], second["n_features_in_"]) == (4, 2)
    assert (first["n_classes_"], second["n_classes_"]) == (3, 2)
    assert (first["target_type_"], second["target_type_"]) == ("multiclass", "binary")
    assert second["X_shape_"] == (50, 2)


def test_partial_fit_trains_one_epoch_more(few):
    """Keras' wrappers have none."""
    X, y = few
    estimator = KerasClassifier(linear, epochs=9, batch_size=25)
    estimator.partial_fit(X[:20], y[:20], classes=np.unique(y))
    assert estimator.n_classes_ == 3
    estimator.partial_fit(X, y)
    assert estimator.n_iter_ == len(estimator.history_["loss"]) == 2
    assert int(estimator.model_.optimizer.iterations) == 1 + 2


# --- pickling ------------------------------------------------------------


class Scale(keras.layers.Layer):
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


def with_lambda():
    return with_layer(keras.layers.Lambda(lambda x: 2 * x))


def double(x):
    return 2 * x


def with_named_lambda():
    return with_layer(keras.layers.Lambda(double))


def with_own_layer():
    return with_layer(Scale())


#: What Keras cannot make again from a config alone.
UNKNOWN_TO_KERAS = {
    "Lambda": ({"model": with_lambda}, False),
    "own layer": ({"model": with_own_layer}, False),
    "subclassed model": ({"model": subclassed}, False),
    "own loss": ({"model": linear, "loss": OwnLoss()}, False),
    "own loss class": ({"model": linear, "loss": OwnLoss}, False),
    "own loss function": ({"model": linear, "loss": own_loss}, False),
    "own metric": ({"model": linear, "metrics": [own_metric]}, False),
    "given model with Lambda": ({"model": with_lambda}, True),
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
    assert b"sk_keras" not in pickle.dumps(given_model())


# --- importing -----------------------------------------------------------

IN_A_NEW_PROCESS = """
import json, os, sys

import sk_keras
from sk_keras import KerasClassifier

KerasClassifier("mlp", hidden_layer_sizes=(3,)).get_params()
facts = {"loaded": [name for name in ("tensorflow", "keras") if name in sys.modules]}

import keras
import numpy as np
from tensorflow.python.framework.config import is_op_determinism_enabled

CLASSES = (keras.Model, keras.losses.Loss, keras.metrics.Metric,
           keras.optimizers.Optimizer, keras.layers.Layer, keras.callbacks.Callback)
HOOKS = ("__reduce__", "__reduce_ex__", "__deepcopy__", "__copy__", "__getstate__",
         "__setstate__", "fit", "predict", "train_step")
def hooks():
    return {(c.__name__, h): getattr(c, h, None) for c in CLASSES for h in HOOKS}
before = hooks()
environment = dict(os.environ)

def build(n_features_in):
    return keras.Sequential([
        keras.layers.Input((n_features_in,)),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(1, activation="sigmoid"),
    ])
X = np.random.RandomState(0).normal(size=(40, 3))
y = np.where(X[:, 0] > 0, "yes", "no")
KerasClassifier(build, epochs=1, random_state=0).fit(X, y).predict(X)
facts["changed"] = [str(name) for name, hook in hooks().items() if before[name] != hook]
facts["environment"] = dict(os.environ) == environment
facts["deterministic"] = is_op_determinism_enabled()
facts["unseeded"] = KerasClassifier(build, epochs=1).fit(X, y).predict(X).shape
print(json.dumps(facts))
"""


@pytest.fixture(scope="module")
def new_process():
    """Facts from a process that does nothing before it imports sk_keras."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(IN_A_NEW_PROCESS)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_import_is_light(new_process):
    """SciKeras imports TensorFlow at once."""
    assert new_process["loaded"] == []


def test_import_changes_nothing_outside(new_process):
    """SciKeras replaces `__reduce__` of Model, Loss, Metric and Optimizer."""
    assert new_process["changed"] == []
    assert new_process["environment"]


def test_first_fit_of_a_process_may_be_seeded(new_process):
    """SciKeras: every unseeded fit after it crashes, determinism stays on."""
    assert new_process["deterministic"] is False
    assert new_process["unseeded"] == [40]


# --- tags, requests and what is not fitted -------------------------------


def test_kind_of_estimator():
    """SciKeras: neither, so that folds are not stratified and scorers fail."""
    classifier, regressor = KerasClassifier(linear), KerasRegressor(dense_regressor)
    assert is_classifier(classifier) and not is_regressor(classifier)
    assert is_regressor(regressor) and not is_classifier(regressor)
    assert get_tags(classifier).estimator_type == "classifier"
    assert get_tags(regressor).estimator_type == "regressor"
    assert get_tags(classifier).classifier_tags.multi_label
    assert get_tags(regressor).target_tags.multi_output
    assert get_tags(regressor).input_tags.sparse


@pytest.mark.parametrize(
    "name", ["sample_weight", "X_val", "y_val", "sample_weight_val", "validation_data"]
)
def test_requests_land_on_fit(name):
    """Keras' wrappers register them for score; SciKeras has one."""
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = KerasClassifier(linear).set_fit_request(**{name: True})
        requests = estimator.get_metadata_routing()
        assert requests.fit.requests[name] is True
        assert requests.score.requests.get(name) is None


@pytest.mark.parametrize("method", ["predict", "predict_proba", "score", "summary"])
def test_not_fitted(method, few):
    X, y = few
    arguments = {"score": (X, y), "summary": ()}.get(method, (X,))
    with pytest.raises(NotFittedError):
        getattr(KerasClassifier(linear), method)(*arguments)
