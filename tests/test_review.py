"""Faults that a reading of the whole brought up, each as the user met it."""

import copy
import functools
import pickle
import warnings

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense_classifier, dense_regressor


def weights(estimator):
    return np.concatenate([w.ravel() for w in estimator.model_.get_weights()])


def logits(n_features_in, n_classes):
    """Build a network that ends in raw scores, one unit for two classes."""
    units = 1 if n_classes == 2 else n_classes
    return keras.Sequential(
        [keras.layers.Input((n_features_in,)), keras.layers.Dense(units)]
    )


class Forgetful(keras.losses.Loss):
    """A loss whose config leaves its argument out."""

    def __init__(self, k=1.0, **kwargs):
        super().__init__(**kwargs)
        self.k = k

    def call(self, y_true, y_pred):
        return self.k * keras.ops.mean((y_true - y_pred) ** 2, axis=-1)


class ForgetfulMetric(keras.metrics.Mean):
    """A metric whose config leaves its argument out."""

    def __init__(self, k=1.0, **kwargs):
        super().__init__(**kwargs)
        self.k = k


class ForgetfulSGD(keras.optimizers.SGD):
    """An optimizer whose config leaves its argument out."""

    def __init__(self, boost=1.0, **kwargs):
        super().__init__(**kwargs)
        self.boost = boost


@pytest.mark.parametrize("copied", [clone, copy.deepcopy, pickle.dumps])
def test_a_loss_that_would_lose_its_argument_is_not_copied(copied):
    with pytest.raises(TypeError, match=r"Forgetful.*get_config leaves out \['k'\]"):
        copied(KerasRegressor(dense_regressor, loss=Forgetful(5.0)))


def test_a_given_model_is_not_copied_without_its_loss_arguments(diabetes):
    model = dense_regressor(10, 1)
    model.compile("sgd", Forgetful(5.0))
    with pytest.raises(TypeError, match=r"Forgetful.*get_config leaves out"):
        KerasRegressor(model, epochs=1).fit(*diabetes)


@pytest.mark.parametrize(
    "params",
    [{"metrics": [ForgetfulMetric(5.0)]}, {"optimizer": ForgetfulSGD(5.0)}],
    ids=["metric", "optimizer"],
)
def test_parts_that_are_made_anew_must_not_lose_arguments(diabetes, params):
    with pytest.raises(TypeError, match="get_config leaves out"):
        KerasRegressor(dense_regressor, epochs=1, **params).fit(*diabetes)


def test_a_loss_class_with_routed_arguments_needs_no_config(diabetes):
    e = KerasRegressor(
        dense_regressor, loss=Forgetful, loss__k=5.0, epochs=1, random_state=0
    )
    plain = clone(e).set_params(loss__k=1.0)
    ratio = clone(e).fit(*diabetes).history_["loss"][0]
    assert ratio > 3 * plain.fit(*diabetes).history_["loss"][0]


def test_warm_start_does_not_recompile_what_the_builder_compiled(diabetes):
    def build(n_features_in):
        model = dense_regressor(n_features_in, 1)
        model.compile("sgd", "mae")
        return model

    e = KerasRegressor(build, epochs=1, warm_start=True).fit(*diabetes)
    with pytest.raises(ValueError, match=r"build.* has compiled"):
        e.set_params(metrics=["mae"]).fit(*diabetes)


def test_warm_start_with_the_loss_picked_anew_pickles_alike(diabetes):
    X, y = diabetes
    e = KerasRegressor(dense_regressor, loss="mae", epochs=1, warm_start=True)
    e.fit(X, y).set_params(loss=None).fit(X, y)
    assert isinstance(e.model_.loss, keras.losses.MeanSquaredError)
    twin = pickle.loads(pickle.dumps(e))
    assert isinstance(twin.model_.loss, keras.losses.MeanSquaredError)


def test_a_callback_may_be_called_early_stopping(cancer, tmp_path):
    X, y = cancer
    log = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    KerasClassifier(
        dense_classifier, epochs=2, early_stopping=2, callbacks={"early_stopping": log}
    ).fit(X, y)
    assert (tmp_path / "log.csv").read_text().count("\n") == 3


@pytest.mark.parametrize(
    "loss",
    [
        "sparse_categorical_crossentropy",
        "categorical_crossentropy",
        "kl_divergence",
        keras.losses.CategoricalFocalCrossentropy(),
    ],
    ids=["sparse", "categorical", "divergence", "focal"],
)
def test_losses_of_probabilities_are_refused_on_raw_scores(iris, loss):
    with pytest.raises(ValueError, match=r"takes probabilities.*from_logits=True"):
        KerasClassifier(logits, loss=loss).fit(*iris)


def test_losses_of_raw_scores_are_refused_on_probabilities(iris):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    with pytest.raises(ValueError, match="from_logits=True takes raw scores"):
        KerasClassifier(dense_classifier, loss=loss).fit(*iris)


def test_partial_losses_are_read_like_the_loss_they_hold(cancer):
    X, y = cancer
    loss = functools.partial(keras.losses.binary_crossentropy, from_logits=True)
    fits = [
        KerasClassifier(logits, loss=one, epochs=3, random_state=0).fit(X, y)
        for one in (loss, keras.losses.BinaryCrossentropy(from_logits=True))
    ]
    np.testing.assert_allclose(*(f.predict_proba(X) for f in fits), atol=1e-5)


def test_own_losses_on_raw_scores_give_graded_probabilities(cancer):
    X, y = cancer

    def own(y_true, y_pred):
        return keras.losses.binary_crossentropy(y_true, y_pred, from_logits=True)

    p = KerasClassifier(logits, loss=own, epochs=5, random_state=0).fit(X, y)
    p = p.predict_proba(X)
    assert ((p > 0) & (p < 1)).all()


def test_rows_with_several_ones_are_refused_after_one_hot_rows(iris):
    X, y = iris
    onehot = (y[:, None] == np.unique(y)).astype(int)
    several = np.ones_like(onehot)
    e = KerasClassifier("mlp", epochs=1)
    with pytest.raises(ValueError, match="several ones"):
        e.fit(X, onehot, X_val=X, y_val=several)
    with pytest.raises(ValueError, match="several ones"):
        clone(e).partial_fit(X, onehot).partial_fit(X, several)


def test_weights_that_are_zero_in_a_part_are_refused(diabetes):
    X, y = diabetes

    class Halves:
        def split(self, X, y=None, groups=None):
            yield np.arange(150), np.arange(150, 300)

    for part in (slice(0, 150), slice(150, 300)):
        weight = np.ones(300)
        weight[part] = 0
        e = KerasRegressor(dense_regressor, epochs=1, validation_split=Halves())
        with pytest.raises(ValueError, match="weights are zero"):
            e.fit(X, y, sample_weight=weight)


def test_warm_start_keeps_its_validation_rows(diabetes, monkeypatch):
    X, y = diabetes
    seen = []
    e = KerasRegressor(
        dense_regressor, epochs=1, validation_split=0.1, warm_start=True, random_state=0
    )
    split = type(e)._split
    monkeypatch.setattr(
        type(e), "_split", lambda *args: seen.append(split(*args)) or seen[-1]
    )
    e.fit(X, y).fit(X, y)
    np.testing.assert_array_equal(seen[0][1].y, seen[1][1].y)


@pytest.mark.parametrize(
    "params",
    [{"fit__steps_per_epoch": 3}, {"engine": "keras"}],
    ids=["steps", "keras"],
)
def test_random_state_holds_where_keras_runs_the_epochs(iris, params):
    def noisy(n_features_in, n_classes):
        model = logits(n_features_in, n_classes)
        x = keras.layers.Lambda(lambda t: t + keras.random.normal((n_features_in,)))(
            model.inputs[0]
        )
        return keras.Model(model.inputs, model(x))

    X, y = iris
    e = KerasClassifier(noisy, epochs=3, random_state=0, **params)
    first, second = weights(clone(e).fit(X, y)), weights(clone(e).fit(X, y))
    np.testing.assert_array_equal(first, second)


def test_a_diverged_fit_says_so(diabetes):
    X, y = diabetes
    e = KerasRegressor(
        dense_regressor, optimizer="sgd", optimizer__learning_rate=1e6, epochs=8
    )
    with pytest.warns(ConvergenceWarning, match="diverged"):
        e.fit(X, y)


def test_partial_fit_takes_changed_parameters(iris):
    X, y = iris
    e = KerasClassifier(dense_classifier, random_state=0).partial_fit(X, y)
    e.set_params(optimizer__learning_rate=0.5).partial_fit(X, y)
    assert float(e.model_.optimizer.learning_rate) == 0.5
    with pytest.raises(ValueError, match="hidden changed"):
        e.set_params(hidden=3).partial_fit(X, y)


def test_partial_fit_weighs_classes_by_all_of_them(iris):
    X, y = iris
    e = KerasClassifier(dense_classifier, class_weight={"virginica": 5.0})
    e.partial_fit(X[:50], y[:50], classes=np.unique(y))
    with pytest.raises(ValueError, match="class_weight='balanced' cannot be known"):
        e.set_params(class_weight="balanced").partial_fit(X, y)


def test_partial_fit_is_one_epoch_whatever_fit_is_told(iris):
    X, y = iris
    e = KerasClassifier(dense_classifier, fit__initial_epoch=3, epochs=5)
    assert e.partial_fit(X, y).n_iter_ == 1


@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_hooks_around_validation_are_called(iris, engine):
    class Hooks(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.calls = []

        def on_test_begin(self, logs=None):
            self.calls.append("begin")

        def on_test_end(self, logs=None):
            self.calls.append("end")

    X, y = iris
    e = KerasClassifier(
        dense_classifier, epochs=2, engine=engine, callbacks=Hooks, validation_split=0.2
    ).fit(X, y)
    assert e.callbacks_["0"].calls == ["begin", "end"] * 2


def test_weighted_metrics_are_made_anew(diabetes):
    metric = keras.metrics.MeanAbsoluteError()
    KerasRegressor(dense_regressor, epochs=1, compile__weighted_metrics=[metric]).fit(
        *diabetes
    )
    assert float(metric.result()) == 0.0


def test_a_failed_fit_leaves_nothing_fitted(iris):
    X, y = iris
    stop = keras.callbacks.EarlyStopping(monitor="nothing")
    e = KerasClassifier(dense_classifier, epochs=2, callbacks=stop)
    with pytest.raises(ValueError, match="is not logged"):
        e.fit(X, y)
    with pytest.raises(NotFittedError):
        e.predict(X)


def test_lists_of_sequences_predict_like_arrays():
    X = np.random.RandomState(0).randn(20, 5, 3).astype(np.float32)
    y = np.arange(20) % 2
    e = KerasClassifier("lstm", units=3, epochs=1, random_state=0).fit(X.tolist(), y)
    np.testing.assert_array_equal(e.predict(X.tolist()), e.predict(X))
    e.partial_fit(X.tolist(), y)


def test_custom_objects_are_found_by_name(diabetes):
    def own(y_true, y_pred):
        return keras.ops.mean((y_true - y_pred) ** 2, axis=-1)

    e = KerasRegressor(
        dense_regressor,
        loss="own",
        metrics=["own"],
        custom_objects={"own": own},
        epochs=1,
    ).fit(*diabetes)
    history = {name: values[0] for name, values in e.history_.items()}
    assert history["own"] == pytest.approx(history["loss"], rel=1e-5)


def test_metrics_of_several_values_are_refused(iris):
    X, y = iris
    e = KerasClassifier(
        dense_classifier,
        loss="categorical_crossentropy",
        metrics=[keras.metrics.F1Score(average=None)],
        epochs=1,
    )
    with pytest.raises(ValueError, match="'f1_score' gives 3 values an epoch"):
        e.fit(X, y)


def test_early_stopping_waits_for_the_first_validation(cancer):
    X, y = cancer
    e = KerasClassifier(
        dense_classifier, epochs=4, early_stopping=5, fit__validation_freq=2
    )
    with warnings.catch_warnings():
        # Keras warns in every epoch without the figure.
        warnings.simplefilter("ignore", UserWarning)
        assert e.fit(X, y).n_iter_ == 4


def test_builders_that_ignore_compile_kwargs_are_told(iris):
    X, y = iris

    def build(n_features_in, n_classes, compile_kwargs):
        model = keras.Sequential(
            [
                keras.layers.Input((n_features_in,)),
                keras.layers.Dense(n_classes, activation="softmax"),
            ]
        )
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    with pytest.raises(ValueError, match=r"another optimizer than compile_kwargs"):
        KerasClassifier(build, optimizer__learning_rate=0.5).fit(X, y)


def test_subclassed_models_do_not_have_their_activation_guessed(cancer):
    class Scores(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = keras.layers.Dense(1)
            self.hidden = keras.layers.Dense(8, activation="sigmoid")

        def call(self, x):
            return self.head(self.hidden(x))

    with pytest.raises(ValueError, match="does not tell it"):
        KerasClassifier(Scores).fit(*cancer)


def test_warm_start_with_other_classes(iris):
    X, y = iris
    e = KerasClassifier(dense_classifier, epochs=1, warm_start=True)
    e.fit(X, y)
    with pytest.raises(ValueError, match="not the same as in the fit before.*anew"):
        e.fit(X, y, classes=[*np.unique(y), "another"])
