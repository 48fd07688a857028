"""Where SciKeras 0.13 and Keras' own wrappers break, we work.

A test for each breakage that was seen when the two ran on scikit-learn 1.9 and
Keras 3.15. The docstrings say what happens there.
"""

import copy
import functools
import pickle

import keras
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.metrics import log_loss, r2_score
from sklearn.utils import get_tags
from sklearn.utils.validation import has_fit_parameter

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import (
    Network,
    dense_classifier,
    dense_regressor,
    given_model,
    linear,
    subclassed,
)
from tests.fits import CAREFUL, ONE_STEP, QUICK, assert_same_weights, weights_of

pytestmark = pytest.mark.slow

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


def without_input(n_classes, hidden=4):
    return keras.Sequential(
        [
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


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


def scores_only(units):
    """Make a builder of a model that ends in raw scores."""

    def build(n_features_in):
        return keras.Sequential(
            [keras.layers.Input((n_features_in,)), keras.layers.Dense(units)]
        )

    return build


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
    estimator = KerasClassifier("mlp", metrics=[metric], **routed, **ONE_STEP)
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
