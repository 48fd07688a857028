"""Known pitfalls of training Keras models, by number, and what happens here.

Each test begins with the pitfall. Either it cannot happen, or there is an error or
a warning that says what to do.
"""

import re
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    cross_val_score,
)

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._training import engine, prediction
from sk_keras.inspection import search_history
from tests.builders import dense_classifier, dense_regressor

pytestmark = pytest.mark.slow

L, C = keras.layers, keras.callbacks
N = 24
RNG = np.random.RandomState(0)
X = RNG.randn(N, 4).astype("float32")
LABELS = np.array(["a", "b", "c"])
NAMES = LABELS[np.arange(N) % 3]
FLAG = np.arange(N) % 2
VALUES = X @ [1.0, -2.0, 0.5, 0.0]

ONCE = {"epochs": 1, "random_state": 0}
#: Training that changes nothing, so that every epoch measures the same weights.
STILL = {"optimizer": "sgd", "optimizer__learning_rate": 0.0, "epochs": 3}


def classifier(model=dense_classifier, **params):
    return KerasClassifier(model, **{**ONCE, **params})


def regressor(model=dense_regressor, **params):
    return KerasRegressor(model, **{**ONCE, **params})


def ends_in(units, activation=None):
    def build():
        last = L.Dense(units, activation=activation)
        return keras.Sequential([L.Input((4,)), last])

    return build


def n_steps(estimator):
    """Count the updates of the weights."""
    return int(estimator.model_.optimizer.iterations)


def weights(estimator):
    return np.concatenate([w.ravel() for w in estimator.model_.get_weights()])


@pytest.fixture
def fits(monkeypatch):
    """List the rows that every fit trains on and validates on."""
    seen = []
    usual = engine.fit

    def spy(model, train, held_out, *args):
        seen.append((train, held_out))
        return usual(model, train, held_out, *args)

    monkeypatch.setattr(engine, "fit", spy)
    return seen


class Batches(keras.utils.PyDataset):
    """Four batches of six rows, which count how often they are asked for."""

    def __init__(self, y=VALUES):
        super().__init__()
        self.y = y
        self.asked = []

    def __len__(self):
        return 4

    def __getitem__(self, index):
        self.asked.append(index)
        rows = slice(6 * index, 6 * index + 6)
        return X[rows], self.y[rows]


def endless(y=VALUES):
    while True:
        yield X, y


# --- data and labels ---------------------------------------------------------


def test_p01_validation_split_of_sorted_labels(fits):
    """The last rows are one class only: here a split is drawn, with all classes."""
    classifier(validation_split=0.25).fit(X, np.sort(NAMES))
    _, held_out = fits[0]
    assert np.unique(held_out.y).tolist() == [0, 1, 2]
    with (
        pytest.warns(UserWarning, match="no row of class 'a' in the training set"),
        pytest.warns(match="no row of classes 'b', 'c' in the validation") as caught,
    ):
        classifier(validation_split=KFold(3)).fit(X, np.sort(NAMES))
    assert caught[0].filename == __file__


def test_p02_test_rows_do_not_validate(fits):
    """Stopping early by the test rows: a fit sees those of its own fold only."""
    rows = np.c_[np.arange(N), X]
    cross_val_score(regressor(early_stopping=2), rows, VALUES, cv=KFold(3))
    for fold, (train, held_out) in zip(np.arange(N).reshape(3, -1), fits, strict=True):
        used = np.concatenate([train.X[:, 0], held_out.X[:, 0]]).astype(int)
        assert sorted(used) == sorted(set(range(N)) - set(fold))


def test_p03_one_validation_set_for_all_epochs():
    """The validation set stays as it is; only rows to train on are shuffled."""
    still = regressor(validation_split=0.25, **STILL).fit(X, VALUES)
    assert len(set(still.history_["val_loss"])) == 1


def test_p04_one_batch_size_for_fit_predict_and_score(monkeypatch):
    """evaluate falls back to 32: here one batch_size serves fit, predict, score."""
    sizes = []
    usual = prediction.predict

    def spy(model, X, batch_size, extra):
        sizes.append(batch_size)
        return usual(model, X, batch_size, extra)

    monkeypatch.setattr(prediction, "predict", spy)
    fitted = regressor(batch_size=7).fit(X, VALUES)
    fitted.predict(X)
    fitted.score(X, VALUES)
    assert n_steps(fitted) == 4
    assert sizes == [7, 7]


@pytest.mark.parametrize(
    "loss",
    [
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
        "kl_divergence",
        "categorical_hinge",
    ],
)
def test_p05_labels_are_coded_for_the_loss(loss):
    """Labels must be one-hot for some losses: every loss gets its own coding."""
    fitted = classifier(loss=loss, epochs=2).fit(X, NAMES)
    assert set(fitted.predict(X)) <= set(LABELS)
    assert fitted.score(X, np.full(N, "z")) == 0  # as in scikit-learn
    with pytest.raises(ValueError, match=r"labels that were not seen in fit.*'z'"):
        fitted.partial_fit(X, np.full(N, "z"))


def test_p06_sparse_labels_are_taken_as_they_are():
    """No axis to expand: y of shape (n,) is all that any loss needs."""
    flat = classifier(loss="sparse_categorical_crossentropy").fit(X, np.arange(N) % 3)
    assert flat.predict(X).shape == (N,)


def test_p07_softmax_over_one_unit():
    """It always predicts 1: an error before training says what to use."""
    with pytest.raises(ValueError, match=r"softmax over one unit.*sigmoid"):
        classifier(ends_in(1, "softmax")).fit(X, FLAG)


def test_p08_predictions_are_labels():
    """Keras predicts numbers: here labels come back as they were given."""
    predicted = classifier().fit(X, NAMES).predict(X)
    assert predicted.dtype == NAMES.dtype
    assert set(predicted) <= set(LABELS)


def test_p09_class_weights_beside_sample_weights(fits):
    """Keras refuses both together and "balanced": here they are multiplied."""
    y = np.repeat(["rare", "usual"], [6, 18])
    sample_weight = np.linspace(1, 2, N)
    classifier(class_weight="balanced").fit(X, y, sample_weight=sample_weight)
    classifier(class_weight={"rare": 2, "usual": 2 / 3}).fit(
        X, y, sample_weight=sample_weight
    )
    expected = sample_weight * np.repeat([2, 2 / 3], [6, 18])
    for train, _ in fits:
        np.testing.assert_allclose(train.weight, expected / expected.mean(), rtol=1e-6)


def test_p10_weights_of_steps():
    """sample_weight_mode="temporal" is gone: weights of 2 axes say it themselves."""
    series, values = X.reshape(N, 4, 1), X.cumsum(axis=1)[..., None]
    weight = np.tile([1.0, 0, 0, 0], (N, 1))

    def build():
        return keras.Sequential([L.Input((4, 1)), L.Dense(1)])

    once = regressor(build).fit(series, values, sample_weight=weight)
    values[:, 1:] += 100.0  # what has no weight
    again = regressor(build).fit(series, values, sample_weight=weight)
    np.testing.assert_array_equal(weights(once), weights(again))
    message = (
        "'compile__sample_weight_mode'.*Leave it out: a sample_weight with an axis"
    )
    with pytest.raises(ValueError, match=message):
        regressor(compile__sample_weight_mode="temporal").fit(X, VALUES)


# --- callbacks ---------------------------------------------------------------


def test_p11_a_single_callback_needs_no_list():
    """A callback alone is taken, and each fit gets a copy of its own."""
    stop = C.EarlyStopping(monitor="loss", patience=1)
    model = regressor(callbacks=stop, **STILL)
    assert model.fit(X, VALUES).n_iter_ == model.fit(X, VALUES).n_iter_ == 2
    assert stop.stopped_epoch == 0


@pytest.mark.parametrize(
    ("monitor", "engine"),
    [("val_acc", "auto"), ("val_acc", "keras"), ("val_share", "auto")],
)
def test_p12_monitors_that_are_not_logged(monitor, engine):
    """Keras warns and never stops: the first epoch ends with the name that is meant."""

    def share(y_true, y_pred):
        return keras.ops.mean(y_true * y_pred)

    model = classifier(
        loss="categorical_crossentropy",
        metrics=["accuracy", share],
        validation_split=0.25,
        callbacks=C.EarlyStopping(monitor=monitor),
        engine=engine,
    )
    message = {
        "val_acc": r"'val_acc', which is not logged. Did you mean 'val_accuracy'\?",
        "val_share": "Pass `mode='max'`",
    }
    with pytest.raises(ValueError, match=message[monitor]):
        model.fit(X, NAMES)


def test_p13_early_stopping_without_validation_data(fits):
    """Keras warns and trains on: an error says what to give, or a part is split off."""
    with pytest.raises(ValueError, match=r"no validation data. Set validation_split"):
        regressor(callbacks=C.EarlyStopping()).fit(X, VALUES)
    fits.clear()
    regressor(early_stopping=True).fit(X, VALUES)
    train, held_out = fits[0]
    assert (len(train), len(held_out)) == (21, 3)


def test_p14_training_for_too_long():
    """Later epochs may be worse: early_stopping keeps the weights of the best."""
    fitted = regressor(
        epochs=60,
        early_stopping=3,
        optimizer="sgd",
        optimizer__learning_rate=0.3,
    ).fit(X, VALUES, X_val=X[:8], y_val=VALUES[:8])
    losses = fitted.history_["val_loss"]
    assert fitted.n_iter_ < 60
    best = np.mean((fitted.predict(X[:8]) - VALUES[:8]) ** 2)
    assert best == pytest.approx(min(losses), rel=1e-4)


# --- streams -----------------------------------------------------------------

SOURCES = {
    "generator": endless,
    "tf.data": lambda: tf.data.Dataset.from_tensors((X, VALUES)).repeat(),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_p15_endless_data_without_a_number_of_batches(source):
    """Keras hangs: an error says at once which argument gives the number."""
    fitted = regressor().fit(X, VALUES)
    for call, argument in (
        (lambda: regressor().fit(source()), "fit__steps_per_epoch"),
        (lambda: regressor().partial_fit(source()), "fit__steps_per_epoch"),
        (
            lambda: regressor().fit(X, VALUES, validation_data=source()),
            "fit__validation_steps",
        ),
        (lambda: fitted.predict(source()), "predict__steps"),
        (lambda: fitted.score(source()), "predict__steps"),
    ):
        with pytest.raises(ValueError, match=f"for ever. Give {argument}"):
            call()


@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_p16_validation_on_a_part_of_the_data(engine):
    """Each epoch measures other rows: here all of them, or the same first batches."""
    still = regressor(engine=engine, **STILL)
    whole = clone(still).fit(X, VALUES, validation_data=(X, VALUES))
    for part, steps in ((Batches(), None), (Batches(), 2)):
        fitted = clone(still)
        fitted.fit(X, VALUES, validation_data=part, validation_steps=steps)
        losses = fitted.history_["val_loss"]
        assert len(set(losses)) == 1
        same = losses[0] == pytest.approx(whole.history_["val_loss"][0], rel=1e-5)
        assert same is (steps is None)


@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_p17_loops_that_must_break_by_themselves(engine):
    """A data set has an end: every epoch takes each batch once, and no more."""
    source = Batches()
    fitted = regressor(epochs=3, engine=engine, shuffle=False).fit(source)
    assert n_steps(fitted) == 12
    asked = source.asked[-12:]  # the ones before were looked at, for shapes
    assert asked == [0, 1, 2, 3] * 3
    assert fitted.predict(source).shape == (N,)


def test_p18_data_larger_than_memory():
    """Batches are held one at a time: an epoch never has all of the data."""
    alive, most = [], 0

    def batches():
        nonlocal most
        for i in range(2 * 20):
            rows = np.full((50, 4), i, dtype="float32")
            alive.append(weakref.ref(rows))
            most = max(most, sum(ref() is not None for ref in alive))
            yield rows, np.zeros(50)

    regressor(epochs=2, fit__steps_per_epoch=20).fit(batches())
    assert len(alive) == 40
    assert most < 6


def test_p19_shuffling_batches():
    """shuffle="batch" is no value: a data set's batches change places as they are."""
    source = Batches()
    fitted = regressor(epochs=3).fit(source)
    order = source.asked[-12:]
    assert order != [0, 1, 2, 3] * 3
    assert all(sorted(order[i : i + 4]) == [0, 1, 2, 3] for i in (0, 4, 8))
    assert n_steps(fitted) == 12
    with pytest.raises(ValueError, match=r"'shuffle' parameter.*bool.*Got 'batch'"):
        regressor(shuffle="batch").fit(X, VALUES)


# --- models ------------------------------------------------------------------


def test_p20_training_loss_above_validation_loss():
    """Training logs a mean with dropout on; validation measures without."""

    def build():
        layers = [L.Dense(8), L.Dropout(0.9), L.Dense(1)]
        return keras.Sequential([L.Input((4,)), *layers])

    fitted = regressor(build, **STILL).fit(X, VALUES, validation_data=(X, VALUES))
    assert min(fitted.history_["loss"]) > max(fitted.history_["val_loss"])
    measured = np.mean((fitted.predict(X) - VALUES) ** 2)
    assert measured == pytest.approx(fitted.history_["val_loss"][-1], rel=1e-5)


def two_layers():
    layers = [L.Dense(5, "tanh", name="base"), L.Dense(1, name="head")]
    return keras.Sequential([L.Input((4,)), *layers])


@pytest.mark.parametrize("how", ["parameter", "by hand"])
def test_p21_layers_frozen_after_a_fit(how):
    """Keras goes on as it was compiled: here the next fit compiles anew."""
    model = regressor(two_layers, warm_start=True).fit(X, VALUES)
    if how == "parameter":
        model.set_params(trainable="head")
    else:
        model.model_.get_layer("base").trainable = False
    base, head = (model.model_.get_layer(n).get_weights() for n in ("base", "head"))
    model.fit(X, VALUES)
    for name, before, same in (("base", base, True), ("head", head, False)):
        now = model.model_.get_layer(name).get_weights()
        assert all(map(np.array_equal, now, before)) is same


def test_p22_models_that_share_a_layer():
    """They train each other's weights: an error, unless the layer is frozen."""
    shared, frozen = L.Dense(4, name="base"), L.Dense(4, trainable=False)

    def build(layer):
        return keras.Sequential([L.Input((4,)), layer, L.Dense(1)])

    first = regressor(build, layer=shared).fit(X, VALUES)
    before = first.predict(X)
    for trainable in (None, "dense*"):
        with pytest.raises(ValueError, match=r"layer 'base'.*Make it in the builder"):
            regressor(build, layer=shared, trainable=trainable).fit(X, VALUES)
    np.testing.assert_array_equal(first.predict(X), before)
    first = regressor(build, layer=frozen).fit(X, VALUES)
    before = first.predict(X)
    second = regressor(build, layer=frozen, epochs=3).fit(X, VALUES)
    np.testing.assert_array_equal(first.predict(X), before)
    assert not np.array_equal(second.predict(X), before)
    with pytest.raises(ValueError, match="freeze it in all of them"):
        regressor(build, layer=frozen, trainable="*").fit(X, VALUES)
    assert not frozen.trainable


def test_p23_fine_tuning_in_two_stages():
    """A random top spoils what is below: train it alone, then all at a lower rate."""
    pretrained = two_layers()
    start = pretrained.get_layer("base").get_weights()
    tuned = regressor(pretrained, trainable="head", warm_start=True).fit(X, VALUES)
    stage = [tuned.model_.get_layer("base").get_weights()]
    tuned.set_params(trainable="*", optimizer="sgd", optimizer__learning_rate=1e-4)
    tuned.fit(X, VALUES)
    stage.append(tuned.model_.get_layer("base").get_weights())
    for a, first, second in zip(start, *stage, strict=True):
        np.testing.assert_array_equal(first, a)
        assert 0 < np.abs(second - a).max() < 0.01


def remembers(rows=8):
    x = L.Input(batch_shape=(rows, 4, 1))
    last = L.Dense(1)(L.SimpleRNN(3, stateful=True)(x))
    return keras.Model(x, last)


def test_p24_stateful_models(fits):
    """Order, batch size and states matter: kept, checked, and cleared."""
    series = X[..., None]
    fitted = KerasRegressor(remembers, batch_size=8, **ONCE).fit(series, VALUES)
    np.testing.assert_array_equal(fits[0][0].X, series)  # rows keep their places
    np.testing.assert_array_equal(fitted.predict(series), fitted.predict(series))
    with pytest.raises(ValueError, match="exactly 8 rows, and the 20 rows of training"):
        clone(fitted).fit(series[:20], VALUES[:20])
    with pytest.raises(ValueError, match=r"stateful.*TimeSeriesSplit"):
        clone(fitted).set_params(validation_split=0.25).fit(series, VALUES)


# --- parameters and scores ---------------------------------------------------


def test_p48_builder_arguments_without_a_default():
    """The argument is named, with the ways to give it."""

    def build(n_features_in, hidden):
        """Never get as far."""

    with pytest.raises(ValueError, match=r"argument 'hidden' without a default"):
        regressor(build).fit(X, VALUES)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("hiden", "hidden"), ("epoch", "epochs"), ("optimizer__lr", "learning_rate")],
)
def test_p49_parameters_with_a_typing_error(name, meant):
    """They are refused when they are given, with the name that is meant."""
    with pytest.raises(ValueError, match=rf"{name}'.*Did you mean '.*{meant}'\?"):
        regressor(**{name: 1})


def test_p50_metrics_are_not_what_is_trained_on():
    """They are measured only: weights are the same with and without."""
    plain, measured = (
        regressor(metrics=m, epochs=2).fit(X, VALUES) for m in (None, ["mae"])
    )
    np.testing.assert_array_equal(weights(plain), weights(measured))
    assert sorted(measured.history_) == ["loss", "mae"]


def test_p52_the_log_of_every_run():
    """Logs of many runs get mixed up: a table has them by candidate and split."""
    search = GridSearchCV(regressor(epochs=2), {"batch_size": [8, 24]}, cv=2)
    log = search_history(search.fit(X, VALUES))
    assert len(log) == 2 * 2 * 2
    assert not log.duplicated(["candidate", "split", "epoch"]).any()
    assert set(log["param_batch_size"]) == {8, 24}
    assert log["loss"].notna().all()


def test_p53_losses_of_several_outputs():
    """They are added up by their weights; an output may be a loss itself."""

    def build():
        x = L.Input((4,))
        value = L.Dense(1, name="value")(x)
        penalty = L.Lambda(lambda v: keras.ops.abs(v), name="penalty")(value)
        return keras.Model(x, {"value": value, "penalty": penalty})

    def as_it_is(y_true, y_pred):
        return keras.ops.mean(y_pred, axis=-1)

    fitted = regressor(
        build,
        loss={"value": "mse", "penalty": as_it_is},
        compile__loss_weights={"value": 1.0, "penalty": 0.2},
        batch_size=-1,
        **{**STILL, "epochs": 1},
    ).fit(X, {"value": VALUES, "penalty": np.zeros(N)})
    history = {name: values[0] for name, values in fitted.history_.items()}
    raw = fitted.predict(X)
    assert history["value_loss"] == pytest.approx(np.mean((raw["value"] - VALUES) ** 2))
    assert history["penalty_loss"] == pytest.approx(np.mean(raw["penalty"]))
    assert history["loss"] == pytest.approx(
        history["value_loss"] + 0.2 * history["penalty_loss"]
    )


def test_p54_score_without_the_accuracy_as_a_metric():
    """score needs no metrics: it is the accuracy of what predict returns."""
    fitted = classifier().fit(X, NAMES)
    assert list(fitted.history_) == ["loss"]
    assert fitted.score(X, NAMES) == accuracy_score(NAMES, fitted.predict(X))


def test_p55_the_sign_of_a_regressors_score():
    """A loss would be the better the lower: score is R2, the higher the better."""
    fitted = regressor(epochs=60, optimizer__learning_rate=0.05).fit(X, VALUES)
    assert fitted.score(X, VALUES) == pytest.approx(r2_score(VALUES, fitted.predict(X)))
    assert fitted.score(X, VALUES) > 0.5


def test_p56_one_feature_without_an_axis():
    """X of shape (n,): scikit-learn's own message says how to reshape it."""
    with pytest.raises(ValueError, match=r"(?s)Expected 2D array.*reshape\(-1, 1\)"):
        regressor(ends_in(1)).fit(X[:, 0], VALUES)
    fitted = regressor().fit(X[:, :1], VALUES)
    assert fitted.predict(X[:, :1]).shape == (N,)


def test_p57_steps_per_epoch():
    """Its default is no batch size: an epoch is all rows, unless a number is given."""
    assert n_steps(regressor(batch_size=8, epochs=2).fit(X, VALUES)) == 3 * 2
    given = regressor(batch_size=8, epochs=2, fit__steps_per_epoch=2)
    assert n_steps(given.fit(X, VALUES)) == 2 * 2


def test_p58_a_validation_set_beside_a_split():
    """One of them would be ignored: both together are an error."""
    with pytest.raises(ValueError, match=r"validation_data and validation_split=0.2"):
        regressor(validation_split=0.2).fit(X, VALUES, validation_data=(X, VALUES))


@pytest.mark.parametrize(
    ("old", "today"),
    [
        ("nb_epoch", "epochs"),
        ("samples_per_epoch", "steps_per_epoch"),
        ("nb_val_samples", "validation_steps"),
    ],
)
def test_p59_names_of_older_versions(old, today):
    """Samples became steps: the old names are errors with those of today."""
    given_to = rf"(?s){old}'.*Did you mean '(fit__)?{today}'\?"
    with pytest.raises(ValueError, match=given_to):
        regressor(**{old: 24})
    with pytest.raises(TypeError, match=rf"{old}'. Did you mean '{today}'\?"):
        regressor().fit(X, VALUES, **{old: 24})


def test_p60_one_loss_and_weights_for_several_outputs():
    """Keras refuses a list of loss_weights beside one loss: here it is each one's."""

    def build():
        x = L.Input((4,))
        return keras.Model(x, [L.Dense(1, name=name)(x) for name in ("one", "two")])

    fits = [
        regressor(build, loss=loss, compile__loss_weights=[1.0, 0.2]).fit(
            X, np.c_[VALUES, -VALUES]
        )
        for loss in ("mse", ["mse", "mse"])
    ]
    np.testing.assert_array_equal(*map(weights, fits))


def test_every_number_has_a_test():
    found = (re.match(r"test_p(\d+)_", name) for name in globals())
    numbers = {int(match.group(1)) for match in found if match}
    downloads = {51}
    assert numbers >= {*range(1, 25), *range(48, 61)} - downloads
