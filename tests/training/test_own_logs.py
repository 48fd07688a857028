"""Models with a training step or a loss of their own: what is logged, and picked."""

from contextlib import nullcontext

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from sk_keras import KerasClassifier, KerasRegressor
from tests.errors import KIND, VALUES, N, X

ENGINES = pytest.mark.parametrize("engine", ["auto", "keras"])


class Stepping(keras.Model):
    """Trains by itself, and counts nothing."""

    def __init__(self, logs):
        super().__init__()
        self.logs = logs
        self.last = keras.layers.Dense(1)

    def call(self, inputs):
        return self.last(inputs)

    def cost(self, x, y):
        return ops.mean((self(x, training=True) - ops.reshape(y, (-1, 1))) ** 2)

    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = self.cost(data[0], data[1])
        variables = self.trainable_variables
        self.optimizer.apply_gradients(
            zip(tape.gradient(loss, variables), variables, strict=True)
        )
        return dict.fromkeys(self.logs, loss)


class Asking(Stepping):
    """Asks for the compiled loss."""

    def cost(self, x, y):
        return self.compute_loss(x, y, self(x, training=True))


class OwnLoss(keras.Model):
    """Adds to the compiled loss."""

    def __init__(self):
        super().__init__()
        self.last = keras.layers.Dense(1)

    def call(self, inputs):
        return self.last(inputs)

    def compute_loss(self, *args, **kwargs):
        return super().compute_loss(*args, **kwargs) + 1.0


def stepping(cls, logs, **given):
    return KerasRegressor(
        lambda: cls(logs), **{"epochs": 2, "random_state": 0, "batch_size": -1, **given}
    )


@ENGINES
@pytest.mark.parametrize("cls", [Stepping, Asking])
def test_what_a_step_says_is_logged(cls, engine):
    """Keras' mean of a loss that nobody has given it is 0."""
    given = {"engine": engine, "optimizer__learning_rate": 1e-9}
    e = stepping(cls, ["loss"], **given).fit(X, VALUES)
    expected = np.mean((e.predict(X) - VALUES) ** 2)
    np.testing.assert_allclose(e.history_["loss"], expected, rtol=1e-5)
    e.fit(X, VALUES, X_val=X[:5], y_val=VALUES[:5])
    np.testing.assert_allclose(
        e.history_["loss"], np.mean((e.predict(X) - VALUES) ** 2), rtol=1e-5
    )
    expected = np.mean((e.predict(X[:5]) - VALUES[:5]) ** 2)
    np.testing.assert_allclose(e.history_["val_loss"], expected, rtol=1e-5)


def test_a_warm_start_picks_by_the_same_rule():
    class Wanting(Asking):
        def cost(self, x, y):
            assert y.shape[1] == 3
            return self.compute_loss(x, y, self(x, training=True))

    def build():
        inputs = keras.Input((4,))
        outputs = keras.layers.Dense(3, activation="softmax")(inputs)
        model = functional(inputs, outputs)
        model.logs = ["loss"]
        return model

    class functional(keras.Model):
        cost, train_step = Wanting.cost, Wanting.train_step

    e = KerasClassifier(build, epochs=1, warm_start=True, random_state=0)
    e.fit(X, KIND).set_params(optimizer__learning_rate=0.5).fit(X, KIND)
    assert e.score(X, KIND) >= 0


@pytest.mark.slow
@ENGINES
def test_epochs_auto_follows_the_loss_of_a_step(engine):
    given = {"epochs": "auto", "engine": engine, "optimizer__learning_rate": 0.02}
    e = stepping(Stepping, ["loss"], **given)
    e.fit(X, VALUES)
    assert e.n_iter_ > 12
    assert min(e.history_["loss"]) < e.history_["loss"][0]


@ENGINES
def test_logs_without_a_loss(engine):
    e = stepping(Stepping, ["cost"], engine=engine).fit(X, VALUES)
    assert list(e.history_) == ["cost"]
    assert (e.n_iter_, e.best_epoch_) == (2, 2)
    message = r"epochs='auto' ends training by the logged 'loss'.*returns \['cost'\]"
    with pytest.raises(ValueError, match=message):
        e.set_params(epochs="auto").fit(X, VALUES)


def test_no_logs_at_all():
    with pytest.raises(ValueError, match="train_step returns no logs"):
        stepping(Stepping, []).fit(X, VALUES)


@ENGINES
def test_a_loss_is_picked_for_those_who_ask(engine):
    one, two = (
        KerasRegressor(OwnLoss, loss=loss, epochs=2, random_state=0, engine=engine)
        for loss in (None, "mse")
    )
    assert one.fit(X, VALUES).history_ == two.fit(X, VALUES).history_


@pytest.mark.filterwarnings("ignore:`build\\(\\)` was called on layer")
def test_where_none_can_be_picked():
    class Wide(Asking):
        def __init__(self, logs):
            super().__init__(logs)
            self.last = keras.layers.Dense(2)

    message = "own train_step or compute_loss asks for a compiled loss.*Give loss"
    with pytest.raises(ValueError, match=message):
        stepping(Wide, ["loss"]).fit(X, VALUES)


# --- losses that a model adds ---------------------------------------------------


class Regular(keras.Model):
    """Has a loss of its own beside what is compiled."""

    def __init__(self, adds):
        super().__init__()
        self.adds = adds
        penalty = None if adds else "l2"
        self.first = keras.layers.Dense(4, activity_regularizer=penalty)
        self.last = keras.layers.Dense(3, activation="softmax")

    def call(self, inputs):
        x = self.first(inputs)
        if self.adds:
            self.add_loss(1e-2 * ops.mean(x**2))
        return self.last(x)


@pytest.mark.parametrize("called", [False, True])
@pytest.mark.parametrize("adds", [False, True])
def test_a_loss_is_picked_beside_losses_of_the_model(adds, called):
    def build():
        model = Regular(adds)
        if called:
            model(np.zeros((1, 4), "float32"))
        return model

    one, two = (
        KerasClassifier(build, loss=loss, epochs=2, random_state=0).fit(X, KIND)
        for loss in (None, "sparse_categorical_crossentropy")
    )
    assert one.history_ == two.history_


def test_a_builder_may_compile_without_a_loss():
    def build():
        model = Regular(True)
        model(np.zeros((1, 4), "float32"))
        model.compile("sgd")
        return model

    e = KerasClassifier(build, epochs=1, random_state=0)
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        e.fit(X, KIND)
    assert e.model_.loss is None


def test_what_a_builder_compiled_stays_where_a_loss_is_picked():
    def build():
        model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
        model.compile("sgd", metrics=["mae"], jit_compile=False)
        return model

    e = KerasRegressor(build, epochs=1).fit(X, VALUES)
    assert list(e.history_) == ["loss", "mae"]
    assert type(e.model_.optimizer).__name__ == "SGD"


# --- values that are missing, and those in another unit ----------------------------


def mse_of_what_is_there(y, p):
    there = ops.logical_not(ops.isnan(y))
    errors = ops.where(there, ops.where(there, y, 0.0) - p, 0.0)
    return ops.mean(errors**2, axis=-1)


mse_of_what_is_there.allow_nan = True
LACKING = np.where(np.arange(N) % 3, VALUES, np.nan)


@pytest.mark.parametrize("form", ["vector", "columns", "dict"])
def test_a_loss_may_say_that_values_may_be_missing(form):
    y = {"vector": LACKING, "columns": np.c_[LACKING, VALUES], "dict": {"a": LACKING}}
    e = KerasRegressor("mlp", loss=mse_of_what_is_there, epochs=2).fit(X, y[form])
    assert np.isfinite(e.history_["loss"]).all()
    others = KerasRegressor("mlp", epochs=1, loss=lambda y, p: ops.mean(y - p))
    with pytest.raises(ValueError, match="Input y contains NaN"):
        others.fit(X, y[form])
    with pytest.raises(ValueError, match="infinity"):
        e.fit(X, np.where(np.isnan(LACKING), np.inf, LACKING))


@pytest.mark.parametrize(
    ("far", "warned"),
    [
        (lambda y: 100 * y + 500, True),
        (lambda y: 1.5 * y, False),
        (lambda y: y + 1e3, True),
        (lambda y: y[::-1] * 1.2, False),
    ],
)
def test_targets_for_validation_in_another_unit(far, warned):
    y = np.linspace(1, 5, N)
    e = KerasRegressor("mlp", epochs=1)
    with pytest.warns(UserWarning, match="another unit") if warned else nullcontext():
        e.fit(X, y, X_val=X, y_val=far(y))
