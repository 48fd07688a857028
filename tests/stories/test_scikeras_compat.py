"""What users of SciKeras, and of Keras 2's wrapper before it, have written.

The code in these tests is theirs, but for the import and for arguments that
Keras 3 no longer takes.
"""

import math
import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier, KerasRegressor

pytestmark = pytest.mark.slow

#: A single split, where it does not matter what is scored.
HALVES = [(np.arange(20), np.arange(20, 40))]
#: One step of training, for tests that do not care what was learned.
ONE_STEP = {"epochs": 1, "batch_size": -1, "random_state": 0}


def get_clf(meta, hidden_layer_sizes=(), dropout=0.0):
    """Build the classifier of SciKeras' guide, uncompiled."""
    model = keras.Sequential()
    model.add(keras.layers.Input((meta["n_features_in_"],)))
    for units in hidden_layer_sizes:
        model.add(keras.layers.Dense(units, activation="relu"))
        model.add(keras.layers.Dropout(dropout))
    if meta["target_type_"] == "binary":
        model.add(keras.layers.Dense(1, activation="sigmoid"))
    else:
        model.add(keras.layers.Dense(meta["n_classes_"], activation="softmax"))
    return model


def get_reg(meta):
    """Build a linear regression, uncompiled."""
    return keras.Sequential(
        [
            keras.layers.Input((meta["n_features_in_"],)),
            keras.layers.Dense(meta["n_outputs_"]),
        ]
    )


def two_outputs(meta):
    """Build a model with two named sigmoid outputs."""
    inputs = keras.layers.Input((meta["n_features_in_"],))
    outputs = [
        keras.layers.Dense(1, activation="sigmoid", name=name)(inputs)
        for name in ("out1", "out2")
    ]
    return keras.Model(inputs, outputs)


@pytest.fixture(scope="module")
def binary(iris):
    """40 irises of two species, alternating."""
    X, y = iris
    rows = np.arange(40) // 2 + np.arange(40) % 2 * 50
    return X[rows], (y[rows] == "versicolor").astype(int)


@pytest.fixture(scope="module")
def columns(binary):
    """Two columns of words, for models with two outputs."""
    X, y = binary
    return X, np.column_stack([np.where(y, "yes", "no"), np.where(y, "low", "high")])


@pytest.fixture(scope="module")
def line():
    """A straight line, exactly."""
    X = np.linspace(-1, 1, 40)[:, None]
    return X, 3 * X.ravel()


def n_steps(fitted):
    return int(fitted.model_.optimizer.iterations)


def rate(fitted):
    return float(fitted.model_.optimizer.learning_rate)


# --- the builder's arguments ---------------------------------------------


@pytest.mark.parametrize("name", ["hidden_layer_sizes", "model__hidden_layer_sizes"])
@pytest.mark.parametrize("way", ["constructor", "set_params", "search"])
def test_builder_arguments(name, way, binary):
    estimator = KerasClassifier(get_clf, loss="binary_crossentropy", **ONE_STEP)
    if way == "constructor":
        estimator = KerasClassifier(get_clf, **ONE_STEP, **{name: (3, 2)})
    elif way == "set_params":
        estimator.set_params(**{name: (3, 2)})
    else:
        estimator = GridSearchCV(estimator, {name: [(3, 2)]}, cv=HALVES)
    fitted = estimator.fit(*binary)
    if way == "search":
        assert fitted.best_params_ == {name: (3, 2)}
        fitted = fitted.best_estimator_
    dense = [x for x in fitted.model_.layers if isinstance(x, keras.layers.Dense)]
    assert [layer.units for layer in dense] == [3, 2, 1]


def test_arguments_without_default(binary):
    """SciKeras' guide gives them to the constructor."""

    def build(hidden_layer_sizes, dropout, meta):
        return get_clf(meta, hidden_layer_sizes, dropout)

    estimator = KerasClassifier(build, hidden_layer_sizes=(5,), dropout=0.5, **ONE_STEP)
    assert estimator.fit(*binary).model_.layers[0].units == 5
    with pytest.raises(ValueError, match="'dropout' without a default"):
        KerasClassifier(build, hidden_layer_sizes=(5,), **ONE_STEP).fit(*binary)


def test_argument_that_the_builder_lacks():
    """SciKeras: a TypeError in fit. A search expects ValueErrors."""
    for error in (TypeError, ValueError):
        with pytest.raises(error, match="'hiden'.*Did you mean 'hidden'"):
            KerasClassifier(lambda hidden=3: None, hiden=4)


META = {
    "vocabulary_size_",
    "n_features_in_",
    "X_shape_",
    "X_dtype_",
    "n_outputs_",
    "n_outputs_expected_",
    "target_type_",
}


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_special_arguments(kind, binary):
    """`meta`, `compile_kwargs` and `params`, as far as the builder names them."""
    X, y = binary
    seen = {}

    def build(meta, compile_kwargs, params):
        seen.update(meta=meta, compile_kwargs=compile_kwargs, params=params)
        model = (get_clf if kind == "classifier" else get_reg)(meta)
        model.compile(**compile_kwargs)
        return model

    make = KerasClassifier if kind == "classifier" else KerasRegressor
    estimator = make(
        build,
        loss="binary_crossentropy" if kind == "classifier" else "mse",
        optimizer="sgd",
        optimizer__learning_rate=0.5,
        metrics=[keras.metrics.MeanSquaredError],
        metrics__0__name="distance",
        **ONE_STEP,
    )
    estimator.fit(X, y)
    labels = {"classes_", "n_classes_"} if kind == "classifier" else set()
    assert set(seen["meta"]) == META | labels
    assert seen["meta"]["X_shape_"] == (40, 4)
    assert seen["meta"]["n_outputs_"] == seen["meta"]["n_outputs_expected_"] == 1
    assert all(np.all(getattr(estimator, k) == v) for k, v in seen["meta"].items())
    compiled = seen["compile_kwargs"]
    assert isinstance(compiled["optimizer"], keras.optimizers.SGD)
    assert [m.name for m in compiled["metrics"]] == ["distance"]
    assert estimator.model_.optimizer is compiled["optimizer"]
    assert rate(estimator) == 0.5
    assert seen["params"] == estimator.get_params()
    assert seen["params"]["optimizer"] == "sgd"


def test_special_arguments_of_a_builder_with_kwargs(binary):
    """A builder that takes any name is given all of them."""
    seen = {}

    def build(**kwargs):
        seen.update(kwargs)
        return get_clf(kwargs["meta"], kwargs["hidden_layer_sizes"])

    KerasClassifier(build, hidden_layer_sizes=(2,), **ONE_STEP).fit(*binary)
    assert {"hidden_layer_sizes", "meta", "compile_kwargs", "params"} <= set(seen)


def test_builder_compiles_with_the_optimizer_only(binary):
    """The builder picks the loss, and takes the optimizer from the user."""

    def build(meta, compile_kwargs):
        model = get_clf(meta)
        model.compile(loss="binary_crossentropy", optimizer=compile_kwargs["optimizer"])
        return model

    estimator = KerasClassifier(build, optimizer="adam", optimizer__learning_rate=0.25)
    search = GridSearchCV(
        estimator.set_params(**ONE_STEP), {"optimizer__learning_rate": [0.5]}, cv=HALVES
    )
    assert rate(search.fit(*binary).best_estimator_) == 0.5


# --- routed parameters ----------------------------------------------------


@pytest.mark.parametrize("optimizer", ["SGD", "sgd", keras.optimizers.SGD])
def test_optimizer_by_name_or_class(optimizer, binary):
    estimator = KerasClassifier(
        get_clf,
        optimizer=optimizer,
        optimizer__learning_rate=0.125,
        optimizer__momentum=0.5,
        **ONE_STEP,
    ).fit(*binary)
    made = estimator.model_.optimizer
    assert type(made) is keras.optimizers.SGD
    assert (rate(estimator), float(made.momentum)) == (0.125, 0.5)


@pytest.mark.parametrize(
    "routed, learning_rate",
    [
        ({"optimizer__0": 0.25}, 0.25),
        ({"optimizer__0": 0.25, "optimizer__1": 0.5}, 0.25),
        (
            {
                "optimizer__0": keras.optimizers.schedules.ExponentialDecay,
                "optimizer__0__0": 0.5,
                "optimizer__0__decay_steps": 1,
                "optimizer__0__decay_rate": 0.5,
            },
            # One step has been made.
            0.25,
        ),
        (
            {
                "optimizer__learning_rate": keras.optimizers.schedules.ExponentialDecay,
                "optimizer__learning_rate__initial_learning_rate": 0.5,
                "optimizer__learning_rate__decay_steps": 1,
                "optimizer__learning_rate__decay_rate": 0.5,
            },
            0.25,
        ),
    ],
    ids=["one", "two", "class with arguments", "class by name"],
)
def test_positional_and_nested_arguments(routed, learning_rate, binary):
    estimator = KerasClassifier(get_clf, optimizer="sgd", **routed, **ONE_STEP).fit(
        *binary
    )
    assert rate(estimator) == pytest.approx(learning_rate)
    if "optimizer__1" in routed:
        assert float(estimator.model_.optimizer.momentum) == 0.5


class Part:
    """Something that a loss is made of."""

    def __init__(self, k=0):
        self.k = k


class LossOfParts(keras.losses.Loss):
    """A loss whose argument is a list of classes."""

    def __init__(self, p, name="parts"):
        super().__init__(name=name)
        self.p = p

    def call(self, y_true, y_pred):
        return keras.losses.binary_crossentropy(y_true, y_pred)


class CallableLoss:
    """A loss that is no Keras class at all."""

    __name__ = "callable_loss"

    def __init__(self, p):
        self.p = p

    def __call__(self, y_true, y_pred):
        return keras.losses.binary_crossentropy(y_true, y_pred)


@pytest.mark.parametrize("loss", [LossOfParts, CallableLoss])
@pytest.mark.parametrize("p", ["p", "0"], ids=["by name", "by position"])
def test_classes_in_arguments_become_objects(loss, p, binary):
    routed = {
        f"loss__{p}": [Part, Part],
        f"loss__{p}__k": 1,
        f"loss__{p}__0__k": 2,
    }
    estimator = KerasClassifier(get_clf, loss=loss, **routed, **ONE_STEP).fit(*binary)
    assert [type(part) for part in estimator.model_.loss.p] == [Part, Part]
    assert [part.k for part in estimator.model_.loss.p] == [2, 1]
    assert clone(estimator).get_params()[f"loss__{p}"] == [Part, Part]


@pytest.mark.parametrize(
    "loss", [keras.losses.BinaryCrossentropy, "BinaryCrossentropy"]
)
def test_loss_by_class_takes_parameters(loss, binary):
    estimator = KerasClassifier(get_clf, loss=loss, loss__name="own", **ONE_STEP)
    assert estimator.fit(*binary).model_.loss.name == "own"


@pytest.mark.parametrize("name", ["loss__0", "loss__smoothing"])
def test_functions_take_no_other_parameters_than_their_own(name, binary):
    estimator = KerasClassifier(
        get_clf, loss=keras.losses.binary_crossentropy, **{name: 1}, **ONE_STEP
    )
    with pytest.raises(TypeError, match=name):
        estimator.fit(*binary)


def test_functions_take_their_own_parameters(binary):
    loss = keras.losses.binary_crossentropy
    losses = [
        KerasClassifier(get_clf, loss=loss, loss__label_smoothing=share, **ONE_STEP)
        .fit(*binary)
        .history_["loss"]
        for share in (0.0, 0.2)
    ]
    assert losses[0] != losses[1]


# --- several outputs ------------------------------------------------------

LOSS_FORMS = {
    "list": (
        [keras.losses.BinaryCrossentropy] * 2,
        {"loss__label_smoothing": 0.125, "loss__1__label_smoothing": 0.5},
        [0.125, 0.5],
    ),
    "list of names": (
        ["binary_crossentropy", "BinaryCrossentropy"],
        {"loss__label_smoothing": 0.125, "loss__1__label_smoothing": 0.5},
        [0.125, 0.5],
    ),
    "dict": (
        dict.fromkeys(["out1", "out2"], keras.losses.BinaryCrossentropy),
        {"loss__label_smoothing": 0.125, "loss__out1__label_smoothing": 0.5},
        [0.5, 0.125],
    ),
    "dict, one of them routed": (
        {"out1": "binary_crossentropy", "out2": keras.losses.BinaryCrossentropy},
        {"loss__out2__label_smoothing": 0.5},
        [0.0, 0.5],
    ),
}


def smoothing(loss):
    loss = keras.losses.BinaryCrossentropy() if isinstance(loss, str) else loss
    return loss._fn_kwargs["label_smoothing"]


@pytest.mark.parametrize("loss, routed, expected", LOSS_FORMS.values(), ids=LOSS_FORMS)
def test_loss_for_each_output(loss, routed, expected, columns):
    X, Y = columns
    estimator = KerasClassifier(two_outputs, loss=loss, **routed, **ONE_STEP).fit(X, Y)
    compiled = estimator.model_.loss
    if isinstance(compiled, dict):
        compiled = [compiled["out1"], compiled["out2"]]
    assert [smoothing(one) for one in compiled] == expected
    assert estimator.predict(X).shape == Y.shape


ACCURACY = keras.metrics.BinaryAccuracy
METRIC_FORMS = {
    "list of lists": (
        [["binary_accuracy"], ["mse"]],
        {},
        {"out1_binary_accuracy", "out2_mse"},
    ),
    "list of lists of classes": (
        [[ACCURACY], [ACCURACY]],
        {"metrics__name": "both", "metrics__0__0__name": "first"},
        {"out1_first", "out2_both"},
    ),
    "dict": ({"out1": "binary_accuracy"}, {}, {"out1_binary_accuracy"}),
    "dict of classes": (
        {"out1": ACCURACY, "out2": ACCURACY},
        {"metrics__name": "other", "metrics__out1__name": "own"},
        {"out1_own", "out2_other"},
    ),
    "dict of lists": (
        {"out2": [ACCURACY, keras.metrics.MeanSquaredError]},
        {"metrics__out2__1__name": "distance"},
        {"out2_binary_accuracy", "out2_distance"},
    ),
}


@pytest.mark.parametrize(
    "metrics, routed, expected", METRIC_FORMS.values(), ids=METRIC_FORMS
)
def test_metrics_for_each_output(metrics, routed, expected, columns):
    estimator = KerasClassifier(two_outputs, metrics=metrics, **routed, **ONE_STEP)
    history = estimator.fit(*columns).history_
    losses = {"loss", "out1_loss", "out2_loss"}
    assert set(history) - losses == expected


@pytest.mark.parametrize(
    "metrics, routed, expected",
    [
        ("accuracy", {}, "accuracy"),
        (ACCURACY, {}, "binary_accuracy"),
        (ACCURACY, {"metrics__name": "own"}, "own"),
        ([ACCURACY], {"metrics__0__name": "own"}, "own"),
        (ACCURACY(name="own"), {}, "own"),
        (["binary_accuracy"], {}, "binary_accuracy"),
    ],
    ids=["name", "class", "class routed", "list", "object", "list of names"],
)
def test_metrics_of_one_output(metrics, routed, expected, binary):
    """A single metric need not be in a list."""
    estimator = KerasClassifier(get_clf, metrics=metrics, **routed, **ONE_STEP)
    assert set(estimator.fit(*binary).history_) == {"loss", expected}


# --- compiled models ------------------------------------------------------


def compiled_clf(meta):
    model = get_clf(meta)
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("loss", [None, "binary_crossentropy", "BinaryCrossentropy"])
def test_compiled_model_keeps_its_compilation(loss, binary):
    estimator = KerasClassifier(compiled_clf, loss=loss, **ONE_STEP).fit(*binary)
    assert type(estimator.model_.optimizer) is keras.optimizers.SGD
    assert set(estimator.history_) == {"loss", "accuracy"}


@pytest.mark.parametrize(
    "loss", ["mse", keras.losses.Hinge(), keras.losses.MeanSquaredError]
)
def test_other_loss_than_compiled(loss, binary):
    with pytest.raises(ValueError, match="loss"):
        KerasClassifier(compiled_clf, loss=loss, **ONE_STEP).fit(*binary)


# --- subclasses -----------------------------------------------------------


class MLPClassifier(KerasClassifier):
    """The self-contained classifier of SciKeras' guide."""

    def __init__(
        self,
        hidden_layer_sizes=(4,),
        optimizer="adam",
        optimizer__learning_rate=0.125,
        epochs=2,
        verbose=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.hidden_layer_sizes = hidden_layer_sizes
        self.optimizer = optimizer
        self.optimizer__learning_rate = optimizer__learning_rate
        self.epochs = epochs
        self.verbose = verbose

    def _keras_build_fn(self, compile_kwargs):
        model = keras.Sequential()
        model.add(keras.layers.Input(shape=(self.n_features_in_,)))
        for units in self.hidden_layer_sizes:
            model.add(keras.layers.Dense(units, activation="relu"))
        if self.target_type_ == "binary":
            n_output_units = 1
            output_activation = "sigmoid"
            loss = "binary_crossentropy"
        elif self.target_type_ == "multiclass":
            n_output_units = self.n_classes_
            output_activation = "softmax"
            loss = "sparse_categorical_crossentropy"
        else:
            raise NotImplementedError(f"Unsupported task type: {self.target_type_}")
        out = keras.layers.Dense(n_output_units, activation=output_activation)
        model.add(out)
        model.compile(loss=loss, optimizer=compile_kwargs["optimizer"])
        return model


class HandedOn(KerasClassifier):
    """A classifier that hands what it declares to its parent."""

    def __init__(self, hidden=4, optimizer__learning_rate=0.125, epochs=2, **kwargs):
        super().__init__(
            optimizer__learning_rate=optimizer__learning_rate, epochs=epochs, **kwargs
        )
        self.hidden = hidden

    def _keras_build_fn(self, meta, dropout=0.0):
        return get_clf(meta, (self.hidden,), dropout)


class MLPRegressor(KerasRegressor):
    """The regressor of the guide."""

    def __init__(self, hidden=4, epochs=60, **kwargs):
        super().__init__(epochs=epochs, **kwargs)
        self.hidden = hidden

    def _keras_build_fn(self, compile_kwargs):
        model = keras.Sequential(
            [
                keras.layers.Input((self.n_features_in_,)),
                keras.layers.Dense(self.hidden, activation="relu"),
                keras.layers.Dense(self.n_outputs_),
            ]
        )
        model.compile(loss="mse", optimizer=compile_kwargs["optimizer"])
        return model


def test_subclass_with_a_builder_method(iris, binary):
    X, y = iris
    estimator = MLPClassifier(epochs=15, batch_size=-1, random_state=0).fit(X, y)
    assert estimator.score(X, y) > 0.85
    assert estimator.model_.output_shape == (None, 3)
    assert estimator.fit(*binary).model_.output_shape == (None, 1)


@pytest.mark.parametrize(
    "cls, hidden", [(MLPClassifier, "hidden_layer_sizes"), (HandedOn, "hidden")]
)
def test_parameters_of_a_subclass(cls, hidden, binary):
    """What a subclass declares is used, cloned, set and searched."""
    value = {"hidden_layer_sizes": (3,), "hidden": 3}[hidden]
    estimator = cls()
    assert rate(estimator.fit(*binary)) == 0.125
    estimator = cls(**{hidden: value}, optimizer__learning_rate=0.25, batch_size=-1)
    assert clone(estimator).get_params() == estimator.get_params()
    fitted = clone(estimator).fit(*binary)
    assert fitted.model_.layers[0].units == 3
    assert (rate(fitted), fitted.n_iter_) == (0.25, 2)
    search = GridSearchCV(
        estimator,
        {hidden: [value], "optimizer__learning_rate": [0.5], "epochs": [1]},
        cv=HALVES,
    )
    best = search.fit(*binary).best_estimator_
    assert best.get_params()["optimizer__learning_rate"] == 0.5
    assert (rate(best), best.n_iter_) == (0.5, 1)


def test_arguments_of_a_builder_method(binary):
    estimator = HandedOn(dropout=0.25).fit(*binary)
    assert estimator.model_.layers[1].rate == 0.25
    assert estimator.get_params()["dropout"] == 0.25


def test_subclass_of_the_regressor(line):
    estimator = MLPRegressor(
        batch_size=-1, optimizer="adam", optimizer__learning_rate=0.1, random_state=0
    )
    assert estimator.fit(*line).score(*line) > 0.9
    assert (
        clone(estimator)
        .set_params(hidden=2, epochs=1)
        .fit(*line)
        .model_.layers[0]
        .units
        == 2
    )


def test_subclasses_pickle(binary):
    estimator = MLPClassifier(random_state=0).fit(*binary)
    twin = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(
        twin.predict_proba(binary[0]), estimator.predict_proba(binary[0])
    )
    assert twin.get_params() == estimator.get_params()


def test_subclass_that_forgets_a_parameter():
    """SciKeras ignored it; the guide's own example lost its learning rate so."""

    class Forgetful(KerasClassifier):
        def __init__(self, optimizer__learning_rate=0.5, **kwargs):
            super().__init__(**kwargs)

        def _keras_build_fn(self, meta):
            return get_clf(meta)

    with pytest.raises(AttributeError, match="'optimizer__learning_rate'.*keep it"):
        Forgetful().get_params()


class CallIsTheBuilder(KerasClassifier):
    """A subclass as Keras 2's wrapper knew it."""

    def __call__(self, n_features_in, hidden=3):
        return keras.Sequential(
            [
                keras.layers.Input((n_features_in,)),
                keras.layers.Dense(hidden, activation="relu"),
                keras.layers.Dense(1, activation="sigmoid"),
            ]
        )


def test_subclass_with_call(binary):
    estimator = clone(CallIsTheBuilder(**ONE_STEP)).set_params(hidden=5).fit(*binary)
    assert estimator.model_.layers[0].units == 5


# --- training -------------------------------------------------------------


@pytest.mark.parametrize(
    "params, call, epochs",
    [
        ({"epochs": 2}, {}, 2),
        ({"epochs": 2, "fit__epochs": 3}, {}, 3),
        ({"epochs": 2, "fit__epochs": 3}, {"epochs": 1}, 1),
        ({"epochs": 2}, {"epochs": 1}, 1),
    ],
    ids=["plain", "routed", "call over routed", "call over plain"],
)
def test_precedence(params, call, epochs, binary):
    estimator = KerasClassifier(get_clf, batch_size=-1, **params).fit(*binary, **call)
    assert estimator.n_iter_ == len(estimator.history_["loss"]) == epochs
    assert {name: estimator.get_params()[name] for name in params} == params


@pytest.mark.parametrize(
    "params, call, steps",
    [
        ({"batch_size": 10}, {}, 4),
        ({"batch_size": -1}, {}, 1),
        ({"batch_size": None}, {}, 2),
        ({"batch_size": 10, "fit__batch_size": 20}, {}, 2),
        ({"fit__batch_size": -1}, {}, 1),
        ({"batch_size": 10}, {"batch_size": 8}, 5),
        ({"batch_size": 10}, {"batch_size": -1}, 1),
    ],
    ids=["plain", "all", "None is 32", "routed", "all routed", "call", "all in call"],
)
def test_batch_size(params, call, steps, binary):
    estimator = KerasClassifier(get_clf, epochs=1, **params).fit(*binary, **call)
    assert n_steps(estimator) == steps
    assert estimator.predict_proba(binary[0]).shape == (40, 2)


@pytest.mark.parametrize(
    "name", ["validation_batch_size", "fit__validation_batch_size"]
)
def test_validation_in_one_batch(name, binary):
    X, y = binary
    estimator = KerasClassifier(get_clf, engine="keras", **ONE_STEP, **{name: -1})
    estimator.fit(X, y, validation_data=(X, y))
    [loss] = estimator.history_["val_loss"]
    assert loss == pytest.approx(log_loss(y, estimator.predict_proba(X)), rel=1e-4)


# Keras' own engine: the other would not come back from a negative batch size.
@pytest.mark.parametrize("way", ["call", "routed"])
@pytest.mark.parametrize(
    "name, value",
    [
        ("batch_size", -5),
        ("batch_size", 0),
        ("validation_batch_size", -5),
        ("epochs", 0),
        ("epochs", 2.5),
    ],
)
def test_arguments_of_fit_are_checked(name, value, way, binary):
    X, y = binary
    estimator = KerasClassifier(get_clf, epochs=1, engine="keras")
    if way == "routed":
        estimator.set_params(**{f"fit__{name}": value})
    call = {name: value} if way == "call" else {}
    with pytest.raises(ValueError, match=f"{name}.*{value}"):
        estimator.fit(X, y, validation_data=(X, y), **call)


@pytest.mark.parametrize(
    "given",
    [
        {"validation_split": 0.2},
        {"fit__validation_split": 0.2},
    ],
    ids=["plain", "routed"],
)
def test_validation_split(given, binary):
    estimator = KerasClassifier(
        get_clf, metrics=["binary_accuracy"], **given, **ONE_STEP
    )
    history = estimator.fit(*binary).history_
    assert set(history) == {
        "loss",
        "binary_accuracy",
        "val_loss",
        "val_binary_accuracy",
    }


def test_predict_arguments(binary, capsys):
    X, y = binary
    estimator = KerasClassifier(get_clf, predict__verbose=2, **ONE_STEP).fit(X, y)
    assert capsys.readouterr().out == ""
    loud = estimator.predict_proba(X)
    assert "1/1" in capsys.readouterr().out
    np.testing.assert_allclose(estimator.predict_proba(X, verbose=0), loud, rtol=1e-5)
    assert capsys.readouterr().out == ""
    for batch_size in (7, -1):
        np.testing.assert_allclose(
            estimator.predict_proba(X, batch_size=batch_size, verbose=0),
            loud,
            rtol=1e-5,
        )
        estimator.set_params(predict__batch_size=batch_size)
        np.testing.assert_array_equal(estimator.predict(X) == 1, loud[:, 1] > 0.5)


def test_initialize_predicts_without_training(line):
    """As SciKeras' guide loads a model from a Keras file."""
    X, y = line
    estimator = KerasRegressor(get_reg, **{**ONE_STEP, "epochs": 3}).fit(X, y)
    again = KerasRegressor(keras.models.clone_model(estimator.model_))
    again.model.set_weights(estimator.model_.get_weights())
    assert again.initialize(X, y) is again
    np.testing.assert_allclose(again.predict(X), estimator.predict(X), rtol=1e-5)
    assert again.history_ == {}


def test_partial_fit_appends_one_epoch(binary):
    estimator = KerasClassifier(get_clf, metrics=["accuracy"], epochs=3, batch_size=10)
    estimator.fit(*binary)
    for n in (4, 5):
        assert estimator.partial_fit(*binary) is estimator
        assert {len(values) for values in estimator.history_.values()} == {n}
    assert n_steps(estimator) == 5 * 4
    estimator.fit(*binary)
    assert len(estimator.history_["loss"]) == 3


def test_partial_fit_takes_no_epochs(binary):
    with pytest.raises(TypeError, match="epochs"):
        KerasClassifier(get_clf).partial_fit(*binary, epochs=2)


def test_warm_start_keeps_the_model(binary):
    estimator = KerasClassifier(get_clf, warm_start=True, epochs=2, batch_size=-1)
    model = estimator.fit(*binary).model_
    assert estimator.fit(*binary).model_ is model
    assert n_steps(estimator) == 4
    assert len(estimator.history_["loss"]) == 2


def test_build_fn(binary):
    estimator = KerasClassifier(build_fn=get_clf, hidden_layer_sizes=(3,), **ONE_STEP)
    assert clone(estimator).fit(*binary).model_.layers[0].units == 3
    with pytest.raises(ValueError, match="build_fn"):
        KerasClassifier(get_clf, build_fn=get_clf).fit(*binary)


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "uncompiled"])
def test_model_made_before(compiled, binary):
    model = get_clf({"n_features_in_": 4, "target_type_": "binary"})
    if compiled:
        model.compile("sgd", "binary_crossentropy")
    estimator = KerasClassifier(model, loss="binary_crossentropy", **ONE_STEP).fit(
        *binary
    )
    kind = keras.optimizers.SGD if compiled else keras.optimizers.Adam
    assert type(estimator.model_.optimizer) is kind
    assert estimator.predict_proba(binary[0]).shape == (40, 2)


def test_random_state_object(binary):
    estimator = KerasClassifier(
        get_clf, epochs=1, random_state=np.random.RandomState(3)
    )
    one, two = (
        clone(estimator).fit(*binary).predict_proba(binary[0]) for _ in range(2)
    )
    np.testing.assert_array_equal(one, two)


# --- callbacks ------------------------------------------------------------

STOP = keras.callbacks.EarlyStopping


@pytest.mark.parametrize(
    "callbacks, routed",
    [
        ([STOP], {"callbacks__monitor": "loss", "callbacks__patience": 5}),
        ([STOP], {"callbacks__0__monitor": "loss", "callbacks__0__patience": 5}),
        (
            {"es": STOP},
            {"callbacks__es__monitor": "loss", "callbacks__es__patience": 5},
        ),
        (STOP, {"callbacks__monitor": "loss", "callbacks__patience": 5}),
        (STOP(monitor="loss", patience=5), {}),
        ((STOP(monitor="loss", patience=5),), {}),
    ],
    ids=["for all", "by index", "by name", "class", "object", "tuple"],
)
def test_callback_forms(callbacks, routed, binary):
    estimator = KerasClassifier(get_clf, callbacks=callbacks, **routed, **ONE_STEP)
    estimator.fit(*binary)
    [made] = estimator.callbacks_.values()
    assert type(made) is STOP
    assert (made.monitor, made.patience) == ("loss", 5)


class Decay:
    """SciKeras' example of a schedule."""

    def __init__(self, coef=0.1):
        self.coef = coef

    def __call__(self, epoch, lr):
        return lr * math.exp(-self.coef) if epoch > 1 else lr


@pytest.mark.parametrize("prefix", ["callbacks", "fit__callbacks"])
def test_classes_inside_callbacks(prefix, binary):
    """LearningRateScheduler takes its schedule by position."""
    estimator = KerasClassifier(
        get_clf,
        optimizer=keras.optimizers.SGD(0.5),
        epochs=4,
        batch_size=-1,
        **{
            prefix: [keras.callbacks.LearningRateScheduler],
            f"{prefix}__0__0": Decay,
            f"{prefix}__0__0__coef": 0.25,
        },
    ).fit(*binary)
    assert rate(estimator) == pytest.approx(0.5 * math.exp(-0.25) ** 2)


class MaxValLoss(keras.callbacks.Callback):
    """SciKeras' example of a callback."""

    def __init__(self, monitor, threshold):
        super().__init__()
        self.monitor = monitor
        self.threshold = threshold

    def on_epoch_end(self, epoch, logs=None):
        if logs[self.monitor] > self.threshold:
            self.model.stop_training = True


@pytest.mark.parametrize("way", ["constructor", "call"])
def test_own_callback(way, binary):
    callbacks = [MaxValLoss(monitor="val_binary_accuracy", threshold=-1.0)]
    estimator = KerasClassifier(
        get_clf, metrics=["binary_accuracy"], fit__validation_split=0.2, epochs=5
    )
    if way == "constructor":
        estimator.set_params(callbacks=callbacks).fit(*binary)
    else:
        estimator.fit(*binary, callbacks=callbacks)
    assert len(estimator.history_["loss"]) == 1


# --- Keras 2's wrapper ----------------------------------------------------


def create_model(
    neurons=4,
    dropout_rate=0.0,
    init_mode="uniform",
    activation="relu",
    optimizer="sgd",
    learn_rate=0.25,
):
    """Build and compile, as the tutorials on grid search do."""
    model = keras.Sequential()
    model.add(keras.layers.Input((4,)))
    model.add(
        keras.layers.Dense(neurons, kernel_initializer=init_mode, activation=activation)
    )
    model.add(keras.layers.Dropout(dropout_rate))
    model.add(keras.layers.Dense(1, kernel_initializer=init_mode, activation="sigmoid"))
    made = keras.optimizers.get(optimizer)
    made.learning_rate = learn_rate
    model.compile(loss="binary_crossentropy", optimizer=made, metrics=["accuracy"])
    return model


OLD_GRID = {
    "batch_size": ([10, 20], n_steps, [2, 1]),
    "epochs": ([1, 3], lambda e: e.n_iter_, [1, 3]),
    "neurons": ([2, 6], lambda e: e.model_.layers[0].units, [2, 6]),
    "dropout_rate": ([0.0, 0.5], lambda e: e.model_.layers[1].rate, [0.0, 0.5]),
    "init_mode": (
        ["zero", "uniform"],
        lambda e: type(e.model_.layers[0].kernel_initializer).__name__,
        ["Zeros", "RandomUniform"],
    ),
    "activation": (
        ["tanh", "linear"],
        lambda e: e.model_.layers[0].activation.__name__,
        ["tanh", "linear"],
    ),
    # "adam" is the estimator's default, "sgd" the builder's.
    "optimizer": (
        ["adam", "sgd", "rmsprop"],
        lambda e: type(e.model_.optimizer).__name__,
        ["Adam", "SGD", "RMSprop"],
    ),
    "learn_rate": ([0.125, 0.5], rate, [0.125, 0.5]),
}


@pytest.mark.parametrize("name", OLD_GRID)
def test_grid_of_the_tutorials(name, binary):
    values, read, expected = OLD_GRID[name]
    model = KerasClassifier(build_fn=create_model, epochs=1, verbose=0)
    seen = []

    def scoring(fitted, X, y):
        seen.append(read(fitted))
        return fitted.score(X, y)

    grid = GridSearchCV(
        estimator=model,
        param_grid={name: values},
        scoring=scoring,
        cv=HALVES,
        refit=False,
    )
    grid.fit(*binary)
    assert seen == expected


def test_grid_of_everything_at_once(binary):
    model = KerasClassifier(build_fn=create_model, verbose=0)
    param_grid = {
        "batch_size": [10],
        "epochs": [2],
        "neurons": [5],
        "dropout_rate": [0.25],
        "optimizer": ["adam"],
        "learn_rate": [0.125],
    }
    grid_result = GridSearchCV(estimator=model, param_grid=param_grid, cv=HALVES).fit(
        *binary
    )
    best = grid_result.best_estimator_
    assert grid_result.best_params_ == {k: v for k, [v] in param_grid.items()}
    assert best.model_.layers[0].units == 5
    assert best.model_.layers[1].rate == 0.25
    assert type(best.model_.optimizer) is keras.optimizers.Adam
    assert rate(best) == 0.125
    assert (best.n_iter_, n_steps(best)) == (2, 8)


def test_defaults_of_the_builder_stand(binary):
    """Our own default optimizer does not replace the one that the builder names."""
    estimator = KerasClassifier(build_fn=create_model, epochs=1).fit(*binary)
    assert type(estimator.model_.optimizer) is keras.optimizers.SGD
    assert rate(estimator) == 0.25


def softmax_model():
    """Build the tutorials' model for iris."""
    model = keras.Sequential()
    model.add(keras.layers.Input((4,)))
    model.add(keras.layers.Dense(8, activation="relu"))
    model.add(keras.layers.Dense(3, activation="softmax"))
    model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.Adam(0.1),
        metrics=["accuracy"],
    )
    return model


@pytest.mark.parametrize("target", ["one-hot", "integers", "strings"])
def test_iris_of_the_tutorials(target, iris):
    X, names = iris
    codes = np.unique(names, return_inverse=True)[1]
    y = {
        "one-hot": keras.utils.to_categorical(codes),
        "integers": codes,
        "strings": names,
    }[target]
    estimator = KerasClassifier(
        build_fn=softmax_model, epochs=15, batch_size=-1, verbose=0, random_state=0
    )
    if target == "one-hot":
        kfold = KFold(n_splits=2, shuffle=True, random_state=0)
        assert cross_val_score(estimator, X, y, cv=kfold).min() > 0.85
    estimator.fit(X, y)
    predicted = estimator.predict(X)
    assert predicted.shape == y.shape
    assert accuracy_score(y, predicted) > 0.85


def wider_model(units=6):
    """Build the tutorials' regression model."""
    model = keras.Sequential()
    model.add(keras.layers.Input((10,)))
    model.add(keras.layers.Dense(units, kernel_initializer="normal", activation="relu"))
    model.add(keras.layers.Dense(1, kernel_initializer="normal"))
    model.compile(loss="mean_squared_error", optimizer=keras.optimizers.Adam(0.03))
    return model


def test_regression_of_the_tutorials(diabetes):
    estimators = [
        ("standardize", StandardScaler()),
        ("mlp", KerasRegressor(build_fn=wider_model, epochs=30, batch_size=50)),
    ]
    pipeline = Pipeline(estimators).set_params(mlp__random_state=0)
    assert cross_val_score(pipeline, *diabetes, cv=2).min() > 0.3
    grid = GridSearchCV(pipeline, {"mlp__units": [3]}, cv=HALVES).fit(*diabetes)
    assert grid.best_estimator_[-1].model_.layers[0].units == 3


@pytest.mark.parametrize(
    "old, today",
    [
        ("nb_epoch", "epochs"),
        ("lr", "optimizer__learning_rate"),
        ("optimizer__lr", "optimizer__learning_rate"),
    ],
)
@pytest.mark.parametrize("way", ["constructor", "set_params"])
def test_names_of_yesterday(old, today, way):
    """The error says what the parameter is called now."""
    with pytest.raises(ValueError, match=f"{old!r}.*Did you mean {today!r}"):
        if way == "constructor":
            KerasClassifier(get_clf, **{old: 3})
        else:
            KerasClassifier(get_clf).set_params(**{old: 3})


def test_names_of_yesterday_in_fit(binary):
    with pytest.raises(TypeError, match="'nb_epoch'.*Did you mean 'epochs'"):
        KerasClassifier(get_clf).fit(*binary, nb_epoch=3)


@pytest.mark.parametrize("name", ["decay", "optimizer__decay"])
def test_decay_is_a_schedule_now(name, binary):
    with pytest.raises(ValueError, match="decay"):
        KerasClassifier(get_clf, **{name: 1e-6}).fit(*binary)
