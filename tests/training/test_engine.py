"""Fitting: both paths, stopping, callbacks, seeds, streams of rows."""

import random
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from tensorflow.python.framework.config import is_op_determinism_enabled

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._estimators.inputs.checked_rows import CheckedRows
from sk_keras._estimators.inputs.validation import split_validation
from sk_keras._training import engine, rows
from sk_keras._training.callbacks.monitoring import has_batch_hooks
from tests.builders import dense_classifier, dense_regressor
from tests.fits import ONE_STEP


def regular(n_features_in, n_classes, rate=0.3):
    """Build a network with dropout, batch normalisation and noise."""
    return keras.Sequential(
        [
            keras.layers.Input((n_features_in,)),
            keras.layers.GaussianNoise(0.1),
            keras.layers.Dense(8, kernel_regularizer="l2"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(rate),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


class TensorFlowNoise(keras.layers.Layer):
    """Draws from TensorFlow itself, not through a Keras seed generator."""

    def call(self, x, training=False):
        return x + tf.random.normal(tf.shape(x), stddev=0.1) if training else x


def noisy(n_features_in, n_classes):
    """Build a network whose layer draws at training time."""
    return keras.Sequential(
        [
            keras.layers.Input((n_features_in,)),
            TensorFlowNoise(),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def weights(estimator):
    """Flatten a fitted model's weights into one vector."""
    return np.concatenate([w.ravel() for w in estimator.model_.get_weights()])


class CountsBatches(keras.callbacks.Callback):
    """Count the batches of a fit."""

    def __init__(self):
        super().__init__()
        self.batches = 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1


class SetsWeights(keras.callbacks.Callback):
    """Set all weights to zero when the second epoch begins."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.set_weights([0 * w for w in self.model.get_weights()])


# --- both paths do the same ------------------------------------------------

#: With what Keras traces for Adam each takes four times as long.
SAME = {
    "plain": {"optimizer": "adam"},
    "unshuffled": {"shuffle": False},
    "validation": {"validation_split": 0.2, "metrics": ["accuracy"]},
    "batch of all rows": {"batch_size": -1},
    "partial last batch": {"batch_size": 47},
    "learning rate schedule": {
        "callbacks": keras.callbacks.LearningRateScheduler(lambda e: 0.1 / (e + 1))
    },
    "momentum": {"optimizer__momentum": 0.9},
    "averaged weights": {"optimizer": "adam", "optimizer__use_ema": True},
    "early stopping": {"early_stopping": 1, "optimizer__learning_rate": 0.3},
    "weights set by a callback": {"callbacks": SetsWeights},
    "class weight": {"class_weight": "balanced"},
    "steps per execution": {"compile__steps_per_execution": 2},
    "XLA": {"compile__jit_compile": True},
}


@pytest.mark.slow
@pytest.mark.parametrize("params", SAME.values(), ids=SAME.keys())
def test_both_engines_give_the_same_weights_and_history(iris, params):
    X, y = iris
    params = {"optimizer": "sgd", "epochs": 3, "random_state": 1, **params}
    compiled, reference = (
        KerasClassifier(dense_classifier, engine=e, **params) for e in ("auto", "keras")
    )
    compiled.fit(X, y)
    reference.fit(X, y)
    np.testing.assert_allclose(weights(compiled), weights(reference), atol=1e-5)
    assert list(compiled.history_) == list(reference.history_)
    for name, values in reference.history_.items():
        np.testing.assert_allclose(compiled.history_[name], values, atol=1e-5)


@pytest.mark.slow
def test_both_engines_agree_on_random_layers(iris):
    X, y = iris
    fits = [
        KerasClassifier(
            regular, engine=e, epochs=2, optimizer="sgd", random_state=1
        ).fit(X, y)
        for e in ("auto", "keras")
    ]
    np.testing.assert_allclose(weights(fits[0]), weights(fits[1]), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({}, None),
        ({"engine": "keras"}, "engine='keras'"),
        ({"run_eagerly": True}, "run_eagerly"),
        ({"callbacks": CountsBatches}, "CountsBatches has hooks"),
        ({"fit__steps_per_epoch": 2}, "steps_per_epoch"),
        ({"compile__steps_per_execution": 2}, None),
        ({"compile__jit_compile": True}, None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_needs_keras_fit(iris, params, reason):
    X, y = iris
    fitted = KerasClassifier(dense_classifier, **ONE_STEP, **params)
    fitted.fit(X, y)
    if reason is None:
        assert fitted.engine_ == "compiled"
    else:
        assert fitted.engine_.startswith(f"keras ({reason}")


def test_own_train_step_is_called_by_keras(iris):
    class Counting(keras.Model):
        def __init__(self, units):
            super().__init__()
            self.out = keras.layers.Dense(units, activation="softmax")

        def call(self, x):
            return self.out(x)

        def train_step(self, data):
            return {**super().train_step(data), "steps": 7.0}

    def build(n_classes):
        return Counting(n_classes)

    X, y = iris
    fitted = KerasClassifier(
        build, epochs=2, loss="sparse_categorical_crossentropy", random_state=0
    ).fit(X, y)
    assert fitted.history_["steps"] == [7.0, 7.0]


@pytest.mark.slow
def test_batch_hooks_are_called(iris):
    X, y = iris
    fitted = KerasClassifier(
        dense_classifier,
        epochs=2,
        batch_size=50,
        optimizer="sgd",
        callbacks=CountsBatches,
    ).fit(X, y)
    assert fitted.callbacks_["0"].batches == 6


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        (keras.callbacks.EarlyStopping(), False),
        (keras.callbacks.ReduceLROnPlateau(), False),
        (keras.callbacks.CSVLogger("x.csv"), False),
        (keras.callbacks.LambdaCallback(on_train_batch_end=print), True),
        (keras.callbacks.TerminateOnNaN(), True),
        (CountsBatches(), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_has_batch_hooks(callback, expected):
    assert has_batch_hooks(callback) is expected


# --- when it ends -----------------------------------------------------------


def test_auto_epochs_stop_when_the_loss_no_longer_falls(iris):
    X, y = iris
    fitted = KerasClassifier(
        dense_classifier, optimizer__learning_rate=0.1, random_state=0
    ).fit(X, y)
    loss = np.array(fitted.history_["loss"])
    assert 12 <= fitted.n_iter_ < 200
    best_before = np.minimum.accumulate(loss)[-12]
    assert loss[-11:].min() > best_before - 1e-4


@pytest.mark.slow
def test_auto_epochs_warn_at_their_limit(iris):
    X, y = iris
    slow = KerasClassifier(
        dense_classifier, optimizer="sgd", optimizer__learning_rate=0.02, random_state=0
    )
    with pytest.warns(ConvergenceWarning, match="limit of 200 epochs"):
        slow.fit(X, y)
    assert slow.n_iter_ == 200


@pytest.mark.slow
def test_early_stopping_keeps_the_best_weights(cancer):
    X, y = cancer
    fitted = KerasClassifier(
        dense_classifier,
        epochs=60,
        early_stopping=3,
        optimizer__learning_rate=0.1,
        random_state=0,
    ).fit(X, y, X_val=X[:60], y_val=y[:60])
    losses = fitted.history_["val_loss"]
    assert fitted.n_iter_ == fitted.best_epoch_ + 3
    assert losses[fitted.best_epoch_ - 1] == min(losses)
    p = fitted.predict_proba(X[:60])[np.arange(60), y[:60]]
    np.testing.assert_allclose(-np.log(p).mean(), min(losses), rtol=1e-3)


def test_validation_is_stratified_and_drawn_by_random_state(iris):
    X, y = iris
    seen = []
    for seed in (0, 0, 1):
        rng = np.random.RandomState(seed)
        checked = CheckedRows(np.arange(150)[:, None], y)
        _, held = split_validation(checked, 0.2, stratify=True, random_state=rng)
        assert np.unique(held.y, return_counts=True)[1].tolist() == [10, 10, 10]
        seen.append(held.X.ravel().tolist())
    assert seen[0] == seen[1] != seen[2]


# --- seeds ------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("build", [dense_classifier, regular, noisy])
def test_same_random_state_same_weights(iris, build):
    X, y = iris
    a, b, c = (
        KerasClassifier(build, epochs=2, random_state=s).fit(X, y) for s in (3, 3, 4)
    )
    np.testing.assert_array_equal(weights(a), weights(b))
    assert not np.array_equal(weights(a), weights(c))


@pytest.mark.slow
def test_same_random_state_in_threads(iris):
    X, y = iris
    one = KerasClassifier(regular, epochs=2, random_state=3)
    expected = weights(clone(one).fit(X, y))
    results = {}

    def work(i):
        seeded = clone(one) if i % 2 else KerasClassifier(regular, epochs=1)
        results[i] = seeded.fit(X, y)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in (1, 3):
        np.testing.assert_array_equal(weights(results[i]), expected)


def test_a_random_state_object_draws_anew_for_each_fit(iris):
    X, y = iris
    fits = []
    for _ in range(2):
        rng = np.random.RandomState(0)
        pair = KerasClassifier(dense_classifier, epochs=1, random_state=rng)
        fits.append([weights(pair.fit(X, y)), weights(pair.fit(X, y))])
    np.testing.assert_array_equal(fits[0], fits[1])
    assert not np.array_equal(*fits[0])


@pytest.mark.slow
def test_global_random_state_is_as_before(iris):
    X, y = iris
    # Keras' own generator, which a seed does not reach before Keras 3.10.
    keras.utils.clear_session()
    keras.utils.set_random_seed(5)
    expected = [random.random(), np.random.rand(), float(tf.random.uniform(()))]
    expected.append(float(keras.random.uniform(())))
    keras.utils.clear_session()
    keras.utils.set_random_seed(5)
    KerasClassifier(noisy, epochs=1, random_state=0).fit(X, y)
    found = [random.random(), np.random.rand(), float(tf.random.uniform(()))]
    found.append(float(keras.random.uniform(())))
    assert found == expected
    assert not is_op_determinism_enabled()


@pytest.mark.slow
def test_without_random_state_the_global_seed_counts(iris):
    X, y = iris
    fits = []
    for _ in range(2):
        keras.utils.set_random_seed(11)
        fits.append(weights(KerasClassifier(regular, epochs=2).fit(X, y)))
    np.testing.assert_array_equal(*fits)


# --- data -------------------------------------------------------------------


@pytest.mark.slow
def test_sparse_and_dense_X_give_the_same(cancer, monkeypatch):
    X, y = cancer
    X = np.where(np.abs(X) > 0.5, X, 0).astype(np.float32)
    monkeypatch.setattr(rows, "CHUNK_ELEMENTS", 30 * 70)  # three chunks an epoch
    model = KerasClassifier(dense_classifier, epochs=3, random_state=0)
    dense = clone(model).fit(X, y)
    for container in (sparse.csr_array, sparse.csc_array, sparse.csr_matrix):
        thin = clone(model).fit(container(X), y)
        np.testing.assert_allclose(weights(thin), weights(dense), atol=1e-5)
        np.testing.assert_allclose(
            thin.predict_proba(container(X)), dense.predict_proba(X), atol=1e-5
        )


@pytest.mark.slow
def test_large_X_is_used_in_chunks(cancer, monkeypatch):
    X, y = cancer
    model = KerasClassifier(dense_classifier, epochs=3, random_state=0, metrics=["mae"])
    whole = clone(model).fit(X, y)
    expected = whole.predict_proba(X)
    monkeypatch.setattr(rows, "WHOLE_BYTES", 0)
    monkeypatch.setattr(rows, "CHUNK_ELEMENTS", 30 * 70)
    chunks = clone(model).fit(X, y)
    np.testing.assert_array_equal(weights(chunks), weights(whole))
    assert chunks.history_ == whole.history_
    np.testing.assert_array_equal(chunks.predict_proba(X), expected)


@pytest.mark.slow
def test_X_is_not_copied_on_the_way():
    X = np.random.RandomState(0).rand(40, 4).astype(np.float32)
    seen = []
    usual = engine.fit

    def spy(model, train, *args):
        seen.append(train.X)
        return usual(model, train, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "fit", spy)
        KerasRegressor(dense_regressor, epochs=1).fit(X, X[:, 0])
    assert np.shares_memory(seen[0], X)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_one_row_is_predicted_as_among_many(seed):
    rng = np.random.RandomState(seed)
    X = rng.randn(65, 30).astype(np.float32)
    y = rng.randn(65)
    fitted = KerasRegressor(dense_regressor, hidden=100, epochs=1, random_state=0)
    many = fitted.fit(X, y).predict(X)
    one_by_one = [fitted.predict(X[i : i + 1])[0] for i in range(65)]
    np.testing.assert_array_equal(one_by_one, many)


@pytest.mark.slow
def test_weights_count_by_proportion_only(diabetes):
    X, y = diabetes
    weight = np.random.RandomState(0).uniform(0.1, 1, len(y))
    model = KerasRegressor(dense_regressor, epochs=3, random_state=0)
    a = clone(model).fit(X, y, sample_weight=weight)
    b = clone(model).fit(X, y, sample_weight=1000 * weight)
    np.testing.assert_allclose(weights(a), weights(b), rtol=1e-4, atol=1e-5)
    assert not np.allclose(weights(a), weights(clone(model).fit(X, y)), atol=1e-4)


@pytest.mark.slow
def test_zero_weights_leave_rows_out(diabetes):
    X, y = diabetes
    weight = np.ones(len(y))
    weight[200:] = 0
    model = KerasRegressor(dense_regressor, epochs=3, random_state=0, shuffle=False)
    a = clone(model).fit(X, y, sample_weight=weight)
    b = clone(model).fit(X[:200], y[:200])
    np.testing.assert_allclose(weights(a), weights(b), atol=1e-6)


def test_partial_fit_goes_on(iris):
    X, y = iris
    model = KerasClassifier(dense_classifier, random_state=0, shuffle=False)
    for _ in range(3):
        model.partial_fit(X, y)
    whole = clone(model).set_params(epochs=3).fit(X, y)
    np.testing.assert_allclose(weights(model), weights(whole), atol=1e-6)
    assert model.n_iter_ == len(model.history_["loss"]) == 3


def test_warm_start_goes_on_and_takes_a_new_rate(iris):
    X, y = iris
    model = KerasClassifier(
        dense_classifier, epochs=2, warm_start=True, random_state=0
    ).fit(X, y)
    first = model.model_
    before = weights(model)
    model.set_params(optimizer__learning_rate=1e-12).fit(X, y)
    assert model.model_ is first
    np.testing.assert_allclose(weights(model), before, atol=1e-6)
    with pytest.raises(ValueError, match="hidden changed: it was 8 and is 4"):
        model.set_params(hidden=4).fit(X, y)


@pytest.mark.slow
@pytest.mark.parametrize("verbose", [1, 2, "auto", True])
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_progress_is_printed(iris, capsys, verbose, engine):
    X, y = iris
    KerasClassifier(
        dense_classifier, epochs=2, optimizer="sgd", verbose=verbose, engine=engine
    ).fit(X, y)
    printed = capsys.readouterr().out
    assert "Epoch 2/2" in printed
    assert "loss:" in printed


@pytest.mark.parametrize("seed", range(3))
def test_a_row_is_predicted_alike_at_any_place(seed):
    rng = np.random.RandomState(seed)
    X = rng.randn(45, 4).astype(np.float32)
    fitted = KerasClassifier(dense_classifier, epochs=2, random_state=seed)
    fitted.fit(X, np.arange(45) % 3)
    expected = fitted.predict_proba(X)
    for _ in range(5):
        order = rng.permutation(45)
        np.testing.assert_array_equal(fitted.predict_proba(X[order]), expected[order])
