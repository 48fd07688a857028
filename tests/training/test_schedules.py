"""Learning-rate schedules: the rates that a fit really uses, and who may set them."""

import copy
import math
import pickle
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras.callbacks import LearningRateScheduler, ReduceLROnPlateau
from keras.optimizers import schedules
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sk_keras import KerasRegressor

#: 17 rows in batches of 5: the last one of the 4 in an epoch is smaller.
X, y = np.ones((17, 1), dtype=np.float32), np.zeros(17)
BATCH = 5
STEPS = math.ceil(len(X) / BATCH)

RATE, DROP, EPOCHS_DROP, DECAY = 0.1, 0.5, 10.0, 0.05


def one_weight(n_features_in):
    return keras.Sequential(
        [
            keras.layers.Input((n_features_in,)),
            keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros"),
        ]
    )


def slope(y_true, y_pred):
    """Have a gradient of 1, so that an update takes off just the learning rate."""
    return keras.ops.mean(y_pred, axis=-1)


class Watch(keras.callbacks.Callback):
    """Take down the weight and the optimizer's rate after every epoch."""

    def __init__(self):
        super().__init__()
        self.weights, self.rates = [0.0], []

    def on_epoch_end(self, epoch, logs=None):
        self.weights.append(self.model.get_weights()[0].item())
        self.rates.append(float(np.asarray(self.model.optimizer.learning_rate.numpy())))


def regressor(**params):
    usual = {"optimizer": "sgd", "batch_size": BATCH, "epochs": 4, "random_state": 0}
    return KerasRegressor(one_weight, loss=slope, **{**usual, **params})


def rates_of(estimator):
    """Return the sum of the rates of each epoch, by what they did to the weight."""
    estimator.fit(X, y, callbacks=[*as_list(estimator.callbacks), Watch()])
    watch = next(c for c in estimator.callbacks_.values() if isinstance(c, Watch))
    return -np.diff(watch.weights)


def as_list(callbacks):
    if isinstance(callbacks, dict):
        return list(callbacks.values())
    if isinstance(callbacks, list | tuple):
        return callbacks
    return [] if callbacks is None else [callbacks]


# --- the formulas ----------------------------------------------------------


def time_based(update):
    return RATE / (1 + DECAY * update)


def step(epoch):
    return RATE * DROP ** math.floor((1 + epoch) / EPOCHS_DROP)


def exponential(time):
    return RATE * math.exp(-0.1 * time)


def by_update(formula):
    """Give the sum of a formula's rates for each of an epoch's updates."""
    return lambda e: sum(formula(u) for u in range(e * STEPS, (e + 1) * STEPS))


def by_epoch(formula):
    return lambda e: STEPS * formula(e)


#: What is given, for how many epochs, and the sum of the rates of an epoch.
FORMULAS = {
    "R1 an update": (
        {"optimizer__learning_rate": schedules.InverseTimeDecay(RATE, 1, DECAY)},
        5,
        by_update(time_based),
    ),
    "R1 an epoch": (
        {
            "optimizer__learning_rate": schedules.InverseTimeDecay(
                RATE, STEPS, DECAY, staircase=True
            )
        },
        5,
        by_epoch(time_based),
    ),
    "R1 by a callback": (
        {"callbacks": LearningRateScheduler(time_based)},
        5,
        by_epoch(time_based),
    ),
    "R2 by a callback": (
        {"callbacks": LearningRateScheduler(step)},
        21,
        by_epoch(step),
    ),
    "R2 by updates": (
        {
            "optimizer__learning_rate": schedules.PiecewiseConstantDecay(
                [9 * STEPS - 1, 19 * STEPS - 1], [0.1, 0.05, 0.025]
            )
        },
        21,
        by_epoch(step),
    ),
    "R2 dropping after whole periods": (
        {
            "optimizer__learning_rate": schedules.ExponentialDecay(
                RATE, 10 * STEPS, DROP, staircase=True
            )
        },
        21,
        by_epoch(lambda e: RATE * DROP ** (e // 10)),
    ),
    "R3": (
        {
            "optimizer__learning_rate": schedules.ExponentialDecay(
                RATE, STEPS, math.exp(-0.1)
            )
        },
        5,
        by_update(lambda u: exponential(u / STEPS)),
    ),
    "R3 by a callback": (
        {"callbacks": LearningRateScheduler(lambda epoch, rate: exponential(epoch))},
        5,
        by_epoch(exponential),
    ),
    "cosine": (
        {"optimizer__learning_rate": schedules.CosineDecay(RATE, 5 * STEPS)},
        5,
        by_update(lambda u: RATE * (1 + math.cos(math.pi * u / (5 * STEPS))) / 2),
    ),
    "polynomial": (
        {"optimizer__learning_rate": schedules.PolynomialDecay(RATE, 5 * STEPS, 0.0)},
        5,
        by_update(lambda u: RATE * (1 - u / (5 * STEPS))),
    ),
    # The loss falls in every epoch, so that by mode="max" only the first one is
    # better than those before.
    "R4": (
        {
            "callbacks": ReduceLROnPlateau(
                monitor="loss", mode="max", factor=DROP, patience=2, min_lr=0.02
            ),
            "optimizer__learning_rate": RATE,
        },
        9,
        by_epoch(lambda e: max(0.02, RATE * DROP ** max(0, (e - 1) // 2))),
    ),
    "R4 with a pause": (
        {
            "callbacks": ReduceLROnPlateau(
                monitor="loss", mode="max", factor=DROP, patience=1, cooldown=2
            ),
            "optimizer__learning_rate": RATE,
        },
        6,
        by_epoch([0.1, 0.1, 0.05, 0.05, 0.025, 0.025].__getitem__),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize("name", FORMULAS)
def test_a_fit_uses_the_rates_of_the_formula(name, engine):
    params, epochs, expected = FORMULAS[name]
    estimator = regressor(**params, epochs=epochs, engine=engine)
    np.testing.assert_allclose(
        rates_of(estimator), [expected(e) for e in range(epochs)], rtol=2e-5
    )
    assert estimator.engine_ == {"auto": "compiled"}.get(
        engine, "keras (engine='keras')"
    )
    logged = "callbacks" in params
    assert ("learning_rate" in estimator.history_) == logged


def test_the_worked_values_of_the_step_formula():
    values = {0: 0.1, 8: 0.1, 9: 0.05, 18: 0.05, 19: 0.025}
    assert {e: step(e) for e in values} == values
    e = regressor(callbacks=LearningRateScheduler(step), epochs=20).fit(X, y)
    logged = e.history_["learning_rate"]
    assert {epoch: pytest.approx(logged[epoch]) for epoch in values} == values


def test_the_rate_after_an_epoch_is_that_of_the_next_update():
    """A callback that reads the rate at the end of an epoch sees a schedule go on."""
    watch = Watch()
    e = regressor(optimizer__learning_rate=schedules.InverseTimeDecay(RATE, 1, DECAY))
    e.fit(X, y, callbacks={"watch": watch})
    expected = [time_based((e + 1) * STEPS) for e in range(4)]
    np.testing.assert_allclose(e.callbacks_["watch"].rates, expected, rtol=1e-6)


# --- given as parameters ---------------------------------------------------


class StepDecay:
    """The step formula with parameters of its own."""

    def __init__(self, initial=RATE, drop=DROP, epochs_drop=2.0):
        self.initial, self.drop, self.epochs_drop = initial, drop, epochs_drop

    def __call__(self, epoch):
        return self.initial * self.drop ** math.floor((1 + epoch) / self.epochs_drop)


class Halving(schedules.LearningRateSchedule):
    """A schedule of one's own without a config, and not registered."""

    def __init__(self, initial, every=STEPS):
        self.initial, self.every = initial, every

    def __call__(self, update):
        periods = keras.ops.floor(keras.ops.cast(update, "float32") / self.every)
        return self.initial * keras.ops.power(0.5, periods)


class Described(Halving):
    """The same with a config."""

    def get_config(self):
        return {"initial": self.initial, "every": self.every}


def constant_rate():
    return 0.25


def halves(epoch):
    return 0.1 * 0.5**epoch


HALVES = [STEPS * 0.1 * 0.5**e for e in range(4)]

GIVEN = {
    "schedule": {
        "optimizer__learning_rate": schedules.ExponentialDecay(
            0.1, STEPS, 0.5, staircase=True
        )
    },
    "class": {
        "optimizer__learning_rate": schedules.ExponentialDecay,
        "optimizer__learning_rate__initial_learning_rate": 0.1,
        "optimizer__learning_rate__decay_steps": STEPS,
        "optimizer__learning_rate__decay_rate": 0.5,
        "optimizer__learning_rate__staircase": True,
    },
    "schedule, changed": {
        "optimizer__learning_rate": schedules.ExponentialDecay(
            0.1, STEPS, 0.9, staircase=True
        ),
        "optimizer__learning_rate__decay_rate": 0.5,
    },
    "config": {
        "optimizer__learning_rate": schedules.serialize(
            schedules.ExponentialDecay(0.1, STEPS, 0.5, staircase=True)
        )
    },
    "optimizer": {
        "optimizer": keras.optimizers.SGD(
            schedules.ExponentialDecay(0.1, STEPS, 0.5, staircase=True)
        )
    },
    "optimizer's config": {
        "optimizer": keras.optimizers.serialize(
            keras.optimizers.SGD(
                schedules.ExponentialDecay(0.1, STEPS, 0.5, staircase=True)
            )
        )
    },
    "optimizer's short config": {
        "optimizer": {
            "class_name": "SGD",
            "config": {
                "learning_rate": {
                    "class_name": "ExponentialDecay",
                    "config": {
                        "initial_learning_rate": 0.1,
                        "decay_steps": STEPS,
                        "decay_rate": 0.5,
                        "staircase": True,
                    },
                },
                "decay": 0.0,  # as Keras 2 wrote
            },
        }
    },
    "own schedule": {"optimizer__learning_rate": Described(0.1)},
    "own schedule without config": {"optimizer__learning_rate": Halving(0.1)},
    "own schedule class": {
        "optimizer__learning_rate": Halving,
        "optimizer__learning_rate__initial": 0.1,
    },
    "own schedule in an optimizer": {"optimizer": keras.optimizers.SGD(Described(0.1))},
    "callback": {"callbacks": LearningRateScheduler(halves)},
    "callback with an object": {
        "callbacks": [LearningRateScheduler(StepDecay(0.2, 0.5, 1))]
    },
    "callback class": {
        "callbacks": {"rate": LearningRateScheduler},
        "callbacks__rate__schedule": StepDecay,
        "callbacks__rate__schedule__initial": 0.2,
        "callbacks__rate__schedule__epochs_drop": 1,
    },
}

WAYS = {
    "as given": lambda e: e,
    "clone": clone,
    "pickle": lambda e: pickle.loads(pickle.dumps(e)),
    "deepcopy": copy.deepcopy,
    "pickled after fit": lambda e: clone(pickle.loads(pickle.dumps(e.fit(X, y)))),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("name", GIVEN)
def test_schedules_survive_copies(name, way):
    before = copy.deepcopy({k: str(v) for k, v in GIVEN[name].items()})
    estimator = way(regressor(**GIVEN[name]))
    estimator.fit(X, y)
    weight = estimator.model_.get_weights()[0].item()
    assert -weight == pytest.approx(sum(HALVES), rel=1e-5)
    assert estimator.engine_ == "compiled"
    assert {k: str(v) for k, v in GIVEN[name].items()} == before


@pytest.mark.parametrize(
    "rate", [1, np.float32(1), np.int64(1), np.float64(1)], ids=lambda r: type(r)
)
def test_a_rate_may_be_any_number(rate):
    np.testing.assert_allclose(
        rates_of(regressor(optimizer__learning_rate=rate)), STEPS, rtol=1e-6
    )


def last_rate(estimator, X, y):
    return float(np.asarray(estimator.model_.optimizer.learning_rate.numpy()))


@pytest.mark.slow
def test_schedules_can_be_searched():
    given = [
        0.5,
        schedules.ExponentialDecay(0.1, STEPS, 0.5),
        schedules.PiecewiseConstantDecay([3], [0.1, 0.75]),
        schedules.InverseTimeDecay(0.1, 1, 1.0),
    ]
    search = GridSearchCV(
        regressor(batch_size=4, epochs=2),  # 2 folds of 8 and 9 rows
        {"optimizer__learning_rate": given},
        scoring=last_rate,
        cv=2,
        error_score="raise",
    ).fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    updates = [4, 6]  # in two epochs of the two folds
    halved = np.mean([0.1 * 0.5 ** (u / STEPS) for u in updates])
    inverse = np.mean([0.1 / (1 + u) for u in updates])
    np.testing.assert_allclose(scores, [0.5, halved, 0.75, inverse], rtol=1e-5)
    assert search.best_params_["optimizer__learning_rate"].boundaries == [3]
    best = search.best_estimator_.model_.optimizer.get_config()["learning_rate"]
    assert best["class_name"] == "PiecewiseConstantDecay"


@pytest.mark.parametrize(
    ("params", "grid", "expected"),
    [
        (
            {},
            {
                "callbacks": [
                    LearningRateScheduler(StepDecay(0.2)),
                    ReduceLROnPlateau(
                        monitor="loss", mode="max", patience=1, factor=0.25
                    ),
                ],
                "optimizer__learning_rate": [0.1],
            },
            [0.1, 0.1 * 0.25],
        ),
        (
            {"callbacks": {"rate": LearningRateScheduler(StepDecay())}},
            {"callbacks__rate__schedule": [StepDecay(0.2), StepDecay(0.2, 0.25)]},
            [0.1, 0.05],
        ),
        (
            {
                "callbacks": {"rate": LearningRateScheduler},
                "callbacks__rate__schedule": StepDecay,
            },
            {"callbacks__rate__schedule__drop": [0.5, 0.25]},
            [0.05, 0.025],
        ),
        (
            {
                "callbacks": ReduceLROnPlateau(monitor="loss", mode="max", patience=1),
                "optimizer__learning_rate": 0.1,
            },
            {"callbacks__factor": [0.5, 0.1]},
            [0.05, 0.01],
        ),
    ],
    ids=["callbacks", "schedules", "an argument", "plateau"],
)
def test_rates_of_callbacks_can_be_searched(params, grid, expected):
    search = GridSearchCV(
        regressor(**params, epochs=2),
        grid,
        scoring=last_rate,
        cv=2,
        refit=False,
        error_score="raise",
    ).fit(X, y)
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], expected, rtol=1e-5
    )


# --- going on --------------------------------------------------------------


@pytest.mark.parametrize("way", ["partial_fit", "warm_start", "after pickle"])
def test_a_schedule_goes_on_with_the_updates(way):
    e = regressor(optimizer__learning_rate=schedules.InverseTimeDecay(RATE, 1, DECAY))
    if way == "warm_start":
        e.set_params(warm_start=True, epochs=2).fit(X, y).fit(X, y)
    else:
        for _ in range(4):
            e = pickle.loads(pickle.dumps(e)) if way == "after pickle" else e
            e.partial_fit(X, y)
    expected = sum(time_based(u) for u in range(4 * STEPS))
    assert -e.model_.get_weights()[0].item() == pytest.approx(expected, rel=1e-5)


def test_a_callback_counts_the_epochs_of_its_fit():
    """Unlike a schedule; ``fit__initial_epoch`` tells it where to go on."""
    e = regressor(callbacks=LearningRateScheduler(halves), warm_start=True, epochs=2)
    assert e.fit(X, y).history_["learning_rate"] == pytest.approx([0.1, 0.05])
    assert e.fit(X, y).history_["learning_rate"] == pytest.approx([0.1, 0.05])
    e.set_params(fit__initial_epoch=2, epochs=4).fit(X, y)
    assert e.history_["learning_rate"] == pytest.approx([0.025, 0.0125])


# --- what is refused -------------------------------------------------------


class OwnDecay(keras.optimizers.SGD):
    """An optimizer that does have such an argument."""

    def __init__(self, learning_rate=0.1, decay=0.5, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.decay = decay

    def get_config(self):
        return {**super().get_config(), "decay": self.decay}


def takes_any(**kwargs):
    return one_weight(1)


def as_dict(**config):
    return {"class_name": "SGD", "config": {"learning_rate": 0.1, **config}}


FORMULA = r"schedules\.InverseTimeDecay\(initial_learning_rate, decay_steps=1, "
FORMULA += r"decay_rate=1e-06\)"

DECAYS = {
    "decay": lambda: regressor(decay=1e-6),
    "decay, any name": lambda: KerasRegressor(takes_any, decay=1e-6),
    "optimizer__decay": lambda: regressor(optimizer__decay=1e-6),
    "set_params": lambda: regressor().set_params(optimizer__decay=1e-6),
    "class": lambda: KerasRegressor(
        one_weight, optimizer=keras.optimizers.SGD, optimizer__decay=1e-6
    ),
    "object": lambda: KerasRegressor(
        one_weight, optimizer=keras.optimizers.SGD(), optimizer__decay=1e-6
    ),
    "own class, then another": lambda: (
        KerasRegressor(one_weight, optimizer=OwnDecay, optimizer__decay=1e-6, epochs=1)
        .set_params(optimizer="sgd")
        .fit(X, y)
    ),
    "compile__optimizer__decay": lambda: regressor(compile__optimizer__decay=1e-6),
    "dict": lambda: KerasRegressor(one_weight, optimizer=as_dict(decay=1e-6)).fit(X, y),
    "compile__optimizer": lambda: KerasRegressor(
        one_weight, compile__optimizer=as_dict(decay=1e-6)
    ).fit(X, y),
    "search": lambda: GridSearchCV(regressor(), {"optimizer__decay": [1e-6]}, cv=2).fit(
        X, y
    ),
    "search over dicts": lambda: GridSearchCV(
        regressor(), {"optimizer": [as_dict(decay=1e-6)]}, cv=2, error_score="raise"
    ).fit(X, y),
}


@pytest.mark.parametrize("call", DECAYS.values(), ids=DECAYS)
def test_decay_names_the_schedule(call):
    with pytest.raises(ValueError, match=FORMULA):
        call()


def test_the_schedule_that_the_message_names_has_the_rates_of_decay():
    with pytest.raises(ValueError, match="decay") as raised:
        regressor(optimizer__decay=DECAY)
    found = re.search(r"=(keras\S+\(.*?\))\.", str(raised.value))
    schedule = eval(found[1], {"keras": keras, "initial_learning_rate": RATE})
    # Keras 1 and 2: the rate of an update, counted from 0
    for update in (0, 1, 10, 100):
        old = RATE * (1.0 / (1.0 + DECAY * update))
        assert float(schedule(update)) == pytest.approx(old)


@pytest.mark.parametrize(
    "params",
    [
        {"optimizer": OwnDecay, "optimizer__decay": 0.25},
        {"optimizer": OwnDecay(), "optimizer__decay": 0.25},
        {"compile__optimizer": OwnDecay, "optimizer__decay": 0.25},
        {
            "optimizer": {"class_name": "OwnDecay", "config": {"decay": 0.25}},
            "custom_objects": {"OwnDecay": OwnDecay},
        },
    ],
    ids=["class", "object", "compile", "dict"],
)
def test_an_optimizer_may_have_an_argument_called_decay(params):
    e = KerasRegressor(one_weight, loss=slope, epochs=1, **params)
    assert clone(e).fit(X, y).model_.optimizer.decay == 0.25
    set_later = KerasRegressor(one_weight, loss=slope, epochs=1).set_params(**params)
    assert set_later.fit(X, y).model_.optimizer.decay == 0.25


class Decaying(keras.callbacks.Callback):
    """A callback with an argument of that name."""

    def __init__(self, decay=1.0):
        super().__init__()
        self.decay = decay


def test_a_callback_may_have_an_argument_called_decay():
    e = regressor(callbacks=Decaying, callbacks__decay=2.0, epochs=1).fit(X, y)
    assert e.callbacks_["0"].decay == 2.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: regressor(lr=0.1),
        lambda: regressor(optimizer__lr=0.1),
        lambda: regressor().set_params(optimizer__lr=0.1),
        lambda: KerasRegressor(takes_any, lr=0.1),
        lambda: regressor(compile__optimizer__lr=0.1),
        lambda: regressor(compile__optimizer__learning_rate=0.1),
        lambda: KerasRegressor(
            one_weight, optimizer={"class_name": "SGD", "config": {"lr": 0.1}}
        ).fit(X, y),
    ],
    ids=["lr", "routed", "set", "any", "compile", "compile's rate", "dict"],
)
def test_lr_names_the_learning_rate(call):
    with pytest.raises(ValueError, match="learning_rate'( today|\\?)"):
        call()


@pytest.mark.parametrize("config", [{}, {"class_name": "SGD"}, {"config": {}}])
def test_a_dict_that_is_no_optimizer(config):
    e = KerasRegressor(one_weight, optimizer=config)
    with pytest.raises(ValueError, match="'class_name' and 'config'"):
        e.fit(X, y)


@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize(
    "callback",
    [
        LearningRateScheduler(halves),
        ReduceLROnPlateau(monitor="loss", patience=1000),
        ReduceLROnPlateau,
    ],
    ids=["scheduler", "plateau", "class"],
)
def test_a_schedule_and_a_callback_would_both_set_the_rate(callback, engine):
    schedule = schedules.ExponentialDecay(0.1, STEPS, 0.5)
    e = regressor(
        optimizer__learning_rate=schedule,
        callbacks={"rate": callback},
        engine=engine,
        validation_split=0.2,
    )
    message = "callback 'rate', a .*sets the learning rate.*ExponentialDecay.*Give one"
    with pytest.raises(ValueError, match=message):
        e.fit(X, y)
    assert not hasattr(e, "model_")


def test_an_own_schedule_without_config_in_an_optimizer_says_so():
    e = KerasRegressor(one_weight, optimizer=keras.optimizers.SGD(Halving(0.1)))
    with pytest.raises(TypeError, match="Halving cannot be copied.*get_config"):
        e.fit(X, y)


# --- the page of the guide -------------------------------------------------


def test_the_table_of_defaults_is_right():
    page = (Path(__file__).parents[2] / "docs" / "schedules.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| [\d.]+ \| ([\d.]+) \|", page, re.MULTILINE)
    assert len(rows) == 7
    for name, rate in rows:
        optimizer = getattr(keras.optimizers, name)()
        assert float(optimizer.learning_rate.numpy()) == pytest.approx(float(rate))
