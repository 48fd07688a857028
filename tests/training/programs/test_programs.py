"""Traced programs: the same as Keras, shared where and only where they may be."""

import functools
import gc
import threading
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.model_selection import GridSearchCV
from tensorflow.python.eager import context
from tensorflow.python.framework import ops

from sk_keras import KerasClassifier, KerasRegressor, clear_cache
from sk_keras._training import engine, epochs, prediction
from sk_keras._training.programs import program as programs
from sk_keras._training.programs.program_cache import kept_programs
from sk_keras._training.rows import Rows
from sk_keras._training.settings import FitSettings
from tests.builders import dense_classifier, dense_regressor
from tests.training.programs.models import MODELS, own_step

L = keras.layers


OPTIMIZERS = {
    "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "schedule": lambda: keras.optimizers.Adam(
        keras.optimizers.schedules.ExponentialDecay(0.02, 5, 0.7)
    ),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.01),
    "clipped": lambda: keras.optimizers.AdamW(0.01, clipnorm=0.1),
}


def data(model, n_rows, seed, weighted):
    """Draw rows that fit a model."""
    rng = np.random.RandomState(seed)
    X = rng.randint(0, 4, (n_rows, 6)).astype(np.float32)
    y = X.sum(axis=1).astype(np.int32) % 3
    weight = rng.uniform(0.5, 2, n_rows).astype(np.float32) if weighted else None
    if isinstance(model.inputs, list) and len(model.inputs) > 1:
        X = {"a": X, "b": X[:, :2] - X[:, 2:4]}
    return Rows(X, y, weight)


def settings(which="auto", n_epochs=2, seed=None):
    return FitSettings(
        epochs=n_epochs,
        batch_size=8,
        validation_batch_size=8,
        verbose=0,
        engine=which,
        seed=seed,
        order=None,
        extra={},
    )


def train(which, build, optimizer, full, seed=7):
    """Build, compile and fit; return the weights, the history and the path."""
    keras.utils.set_random_seed(seed)
    model = build()
    accuracy = ["accuracy", keras.metrics.SparseCategoricalCrossentropy(name="ce")]
    model.compile(
        optimizer(),
        "sparse_categorical_crossentropy",
        metrics=accuracy if full else None,
        weighted_metrics=["accuracy"] if full else None,
    )
    train_rows = data(model, 29, 0, weighted=full)
    held_out = data(model, 11, 1, weighted=full) if full else None
    history, path = engine.fit(model, train_rows, held_out, {}, settings(which))
    return model.get_weights(), history, path


#: Each model plain, and with another optimizer and all the rest.
PAIRED = [
    pytest.param(
        MODELS[model],
        OPTIMIZERS[name],
        full,
        id=f"{model}-{name}-{'weights-metrics-val' if full else 'plain'}",
    )
    for i, model in enumerate(MODELS)
    for full in (False, True)
    for name in [[*OPTIMIZERS][(i + full) % len(OPTIMIZERS)]]
]


@pytest.mark.slow
@pytest.mark.parametrize(("build", "optimizer", "full"), PAIRED)
def test_the_same_as_keras_and_again_from_the_cache(
    build, optimizer, full, monkeypatch
):
    weights, history, path = train("auto", build, optimizer, full)
    assert path == "compiled"
    expected_weights, expected_history, _ = train("keras", build, optimizer, full)
    for got, expected in zip(weights, expected_weights, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)
    assert list(history) == list(expected_history)
    for name, values in expected_history.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5)

    if build is not own_step:
        monkeypatch.setattr(epochs, "trace", None)  # what is not kept fails
    again_weights, again_history, path = train("auto", build, optimizer, full)
    assert path == "compiled"
    assert again_history == history
    for got, expected in zip(again_weights, weights, strict=True):
        np.testing.assert_array_equal(got, expected)


# --- the cache --------------------------------------------------------------


class Noise(L.Layer):
    """Draws from TensorFlow itself: each program has its own stream."""

    def call(self, x, training=False):
        return x + tf.random.normal(tf.shape(x)) if training else x


class NumpyNoise(L.Layer):
    """Draws from NumPy while it is traced."""

    def call(self, x, training=False):
        return x * np.random.uniform(0.5, 1.5) if training else x


class Table(L.Layer):
    """Holds a resource of TensorFlow's that is no Keras variable."""

    def __init__(self):
        super().__init__()
        self.counter = tf.Variable(0.0, trainable=False)

    def call(self, x):
        self.counter.assign_add(1.0)
        return x + 0 * self.counter


class Printing(L.Layer):
    """Calls Python from the graph."""

    def call(self, x):
        return tf.ensure_shape(tf.numpy_function(lambda a: a, [x], tf.float32), x.shape)


def fitted(layer=None, **params):
    X = np.random.RandomState(0).randn(40, 4).astype(np.float32)
    y = (X[:, 0] > 0).astype(int)

    def build(n_classes):
        layers = [] if layer is None else [layer()]
        return keras.Sequential([L.Input((4,)), *layers, L.Dense(1, "sigmoid")])

    params = {"epochs": 2, "random_state": 0, **params}
    return KerasClassifier(build, **params).fit(X, y), X, y


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layer", "kept"),
    [
        (None, True),
        (lambda: L.Dropout(0.5), True),
        (lambda: L.RandomFlip(seed=1), True),
        (Noise, False),
        (Table, False),
        (Printing, False),
    ],
)
def test_programs_with_effects_of_their_own_are_not_shared(layer, kept):
    if layer is not None and isinstance(layer(), L.RandomFlip):

        def layer():
            flip = [L.Reshape((2, 2, 1)), L.RandomFlip(seed=1), L.Flatten()]
            return keras.Sequential(flip)

    clear_cache()
    once, X, _ = fitted(layer)
    twice, _, _ = fitted(layer)
    assert once.engine_ == "compiled"
    assert (len(kept_programs) == 1) is kept
    for a, b in zip(once.model_.get_weights(), twice.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(once.predict_proba(X), twice.predict_proba(X))


def test_programs_that_drew_from_a_global_generator_are_not_shared(monkeypatch):
    clear_cache()
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # nobody else drew
    with pytest.warns(UserWarning, match="a global generator"):
        once, _, _ = fitted(NumpyNoise)
    assert once.engine_ == "compiled"
    assert len(kept_programs) == 0


@pytest.mark.slow
def test_a_second_search_traces_nothing(monkeypatch, cancer):
    X, y = cancer
    grid = [
        {"hidden": [4, 6], "batch_size": [16, 50]},
        {"hidden": [4, 6], "epochs": [2], "optimizer__learning_rate": [0.1, 0.01]},
    ]
    model = KerasClassifier(
        dense_classifier, metrics=["accuracy"], epochs=1, random_state=0
    )
    search = GridSearchCV(model, grid, cv=2)
    clear_cache()
    first = search.fit(X, y).cv_results_["mean_test_score"]
    assert len(kept_programs) == 2  # for fit and predict, whatever the width
    for module in (epochs, prediction):
        monkeypatch.setattr(module, "trace", None)
    np.testing.assert_array_equal(
        first, search.fit(X, y).cv_results_["mean_test_score"]
    )


@pytest.mark.slow
def test_a_fit_writes_no_other_models_variables():
    first, X, y = fitted(metrics=["accuracy"])
    model = first.model_
    held = [*model.variables, *model.optimizer.variables]
    before = [v.numpy().copy() for v in held]
    second, _, _ = fitted(metrics=["accuracy"], epochs=4, random_state=3)
    second.predict(X)
    for variable, value in zip(held, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert int(second.model_.optimizer.iterations) == 8
    assert not set(map(id, held)) & set(map(id, second.model_.variables))


@pytest.mark.slow
def test_kept_programs_keep_no_model_alive():
    clear_cache()
    estimator, X, _ = fitted()
    estimator.predict(X)
    model = weakref.ref(estimator.model_)
    del estimator
    gc.collect()
    assert model() is None
    assert len(kept_programs) == 2


@pytest.mark.slow
def test_the_cache_is_bounded(monkeypatch):
    monkeypatch.setattr(kept_programs, "max_values", 3)
    clear_cache()
    for rate in (0.1, 0.2, 0.3, 0.4, 0.5):
        fitted(functools.partial(L.Dropout, rate))
    assert len(kept_programs) == 3
    fitted(functools.partial(L.Dropout, 0.5))
    assert len(kept_programs) == 3
    clear_cache()
    assert len(kept_programs) == 0


def test_clearing_the_cache_leaves_fitted_models_alone():
    estimator, X, _ = fitted()
    before = estimator.predict_proba(X)
    clear_cache()
    np.testing.assert_array_equal(estimator.predict_proba(X), before)


class Constant(keras.metrics.Metric):
    """Has a variable that reset_state leaves alone."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.held = self.add_variable((), "ones", name="held")

    def update_state(self, y_true, y_pred, sample_weight=None):
        pass

    def reset_state(self):
        pass

    def result(self):
        return 3.0 * self.held


class ReadsMetrics(keras.callbacks.Callback):
    """Take down what the model's own metrics say after each epoch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        result = self.model.get_metrics_result()
        self.seen.append({name: float(value) for name, value in result.items()})


@pytest.mark.slow
def test_metrics_keep_their_state_and_callbacks_see_it():
    for _ in range(2):  # the second time from the cache
        estimator, _, _ = fitted(
            metrics=[Constant(name="constant"), "accuracy"], callbacks=ReadsMetrics
        )
        history = estimator.history_
        assert history["constant"] == [3.0, 3.0]
        for i, seen in enumerate(estimator.callbacks_["0"].seen):
            assert seen == {name: history[name][i] for name in seen}
            assert "accuracy" in seen


@pytest.mark.slow
def test_a_method_set_on_the_model_is_used():
    def build(n_features_in, factor=1.0):
        model = keras.Sequential([L.Input((n_features_in,)), L.Dense(1)])
        usual = model.compute_loss
        model.compute_loss = lambda *args, **kwargs: factor * usual(*args, **kwargs)
        return model

    X, y = np.ones((8, 3), "float32"), np.arange(8.0)
    one, five = (
        KerasRegressor(build, factor=f, epochs=1, loss="mse", random_state=0).fit(X, y)
        for f in (1.0, 5.0)
    )
    ratio = five.history_["loss"][0] / one.history_["loss"][0]
    assert ratio == pytest.approx(5.0, rel=1e-5)


@pytest.mark.slow
def test_predictions_follow_a_model_changed_between_fits():
    estimator, X, y = fitted(warm_start=True)
    estimator.predict_proba(X)
    estimator.model_.layers[-1].activation = keras.activations.softplus
    estimator.fit(X, y)
    positive = estimator.predict_proba(X)[:, 1]
    expected = np.asarray(estimator.model_(X)).ravel()
    np.testing.assert_allclose(positive, np.minimum(expected, positive), rtol=1e-5)


@pytest.mark.slow
def test_threads_share_a_program(monkeypatch):
    expected = fitted(random_state=5)[0].model_.get_weights()
    clear_cache()
    traces = []
    traced = programs.trace

    def count(*args, **kwargs):
        traces.append(1)
        return traced(*args, **kwargs)

    monkeypatch.setattr(epochs, "trace", count)
    results = {}

    def work(i):
        results[i] = fitted(random_state=5)[0]

    threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    assert len(traces) == 1
    for i in range(4):
        got = results[i].model_.get_weights()
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_array_equal(a, b)


def with_own_gradient(n_features_in, hidden):
    """Build a network with a function of one's own, in which a gradient is Python's."""
    layers = [L.Dense(hidden, lambda x: tf.nn.silu(x) + 0), L.Dense(1)]
    return keras.Sequential([L.Input((n_features_in,)), *layers])


def left_behind():
    """Return what TensorFlow holds for the process: gradients and functions."""
    gc.collect()
    gradients = set(ops.gradient_registry.list())
    return gradients, context.context().list_function_names()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("build", "engine"),
    [
        (dense_regressor, "auto"),
        (dense_regressor, "keras"),
        (with_own_gradient, "auto"),
    ],
)
def test_nothing_stays_of_what_was_traced(build, engine):
    def fit(width):
        X = np.ones((20, 3), "float32")
        model = KerasRegressor(build, epochs=1, hidden=width, engine=engine)
        model.fit(X, X[:, 0]).predict(X)
        clear_cache()

    fit(5)
    gradients, functions = left_behind()
    fit(6)
    assert left_behind()[0] == gradients
    if engine == "auto":
        assert left_behind()[1] == functions


class OwnFunction(L.Layer):
    """Has a tf.function, which a fit traces, and the user calls afterwards."""

    def __init__(self, activation):
        super().__init__()
        self.dense = L.Dense(3)
        self.activation = activation

    def build(self, shape):
        self.dense.build(shape)
        self.function = tf.function(lambda x: self.activation(self.dense(x)))

    def call(self, x):
        return self.function(x)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize("activation", [tf.nn.tanh, tf.nn.silu])
def test_functions_of_layers_stay_as_they_are(activation, engine):
    def build():
        model = keras.Sequential([L.Input((3,)), OwnFunction(activation), L.Dense(1)])
        model.compile("sgd", "mse")
        return model

    X = np.ones((8, 3), "float32")
    fitted = KerasRegressor(build, epochs=1, engine=engine).fit(X, X[:, 0])
    with tf.GradientTape() as tape:
        out = tf.reduce_sum(fitted.model_(tf.constant(X)))
    gradients = tape.gradient(out, [w.value for w in fitted.model_.trainable_weights])
    assert None not in gradients


def test_the_bytes_of_kept_programs_have_a_bound(monkeypatch):
    clear_cache()
    fitted()
    monkeypatch.setattr(kept_programs, "max_bytes", kept_programs.max_bytes // 1000)
    fitted(lambda: L.Dense(3))  # takes 20 kB
    assert len(kept_programs) == 0
