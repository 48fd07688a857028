"""Custom layers, losses and the rest: used, and found again by every copy."""

import copy
import os
import pickle
import subprocess
import sys
import textwrap
from functools import reduce

import joblib
import keras
import numpy as np
import pytest
from keras import layers
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense_regressor

from . import custom_parts as here

LOSS = "sparse_categorical_crossentropy"


def named(**things):
    return {"custom_objects": things}


def part(argument, kind):
    """Give the cases of a part of a layer: as builder argument, and in a model."""
    cases = {
        f"{kind} function": lambda m: {argument: getattr(m, f"own_{kind}")},
        f"{kind} object": lambda m: {argument: getattr(m, f"Own{kind.title()}")(0.3)},
        f"{kind} without config": lambda m: {
            argument: getattr(m, f"{kind.title()}WithoutConfig")(0.3)
        },
        f"{kind} registered": lambda m: {
            argument: getattr(m, f"Registered{kind.title()}")(0.3)
        },
    }
    if kind == "activation":
        cases[f"{kind} registered"] = lambda m: {argument: m.registered_activation}
        del cases[f"{kind} without config"]
    given = {
        f"{name} in a given model": lambda m, make=make: {
            "model": m.build(4, 3, **make(m))
        }
        for name, make in cases.items()
        if name in GIVEN
    }
    return {**cases, **given}


#: Each kind of part, and each way of writing one, once in a model that is given.
GIVEN = {
    "activation function",
    "initializer object",
    "regularizer registered",
    "constraint function",
    "activation object",
}

#: Parameters by a function of the module that the custom things are in.
CASES = {
    "loss function": lambda m: {"loss": m.own_loss},
    "loss class": lambda m: {"loss": m.OwnLoss, "loss__power": 3.0},
    "loss class without config": lambda m: {
        "loss": m.LossWithoutConfig,
        "loss__power": 3.0,
    },
    "loss object": lambda m: {"loss": m.OwnLoss(3.0)},
    "loss by name": lambda m: {"loss": "own_loss", **named(own_loss=m.own_loss)},
    "loss class by name": lambda m: {
        "loss": "OwnLoss",
        "loss__power": 3.0,
        **named(OwnLoss=m.OwnLoss),
    },
    "loss function, registered name": lambda m: {
        "loss": f"{m.PACKAGE}>registered_loss"
    },
    "loss class, registered name": lambda m: {"loss": f"{m.PACKAGE}>RegisteredLoss"},
    "metric function": lambda m: {"metrics": [m.own_metric]},
    "metric class": lambda m: {"metrics": [m.OwnMetric], "metrics__0__scale": 2.0},
    "metric object": lambda m: {"metrics": [m.OwnMetric(2.0, name="own")]},
    "metric by name": lambda m: {
        "metrics": ["own_metric"],
        "compile__weighted_metrics": ["OwnMetric"],
        **named(own_metric=m.own_metric, OwnMetric=m.OwnMetric),
    },
    "metric, registered name": lambda m: {"metrics": [f"{m.PACKAGE}>RegisteredMetric"]},
    "optimizer class": lambda m: {"optimizer": m.OwnSGD, "optimizer__factor": 0.5},
    "optimizer object": lambda m: {"optimizer": m.OwnSGD(0.1, 0.5)},
    "optimizer by name": lambda m: {
        "optimizer": "OwnSGD",
        "optimizer__factor": 0.5,
        **named(OwnSGD=m.OwnSGD),
    },
    "optimizer dict": lambda m: {
        "optimizer": {"class_name": "OwnSGD", "config": {"factor": 0.5}},
        **named(OwnSGD=m.OwnSGD),
    },
    "optimizer, registered name": lambda m: {"optimizer": f"{m.PACKAGE}>RegisteredSGD"},
    "function as rate": lambda m: {"optimizer__learning_rate": m.own_rate},
    "function as rate of an object": lambda m: {
        "optimizer": keras.optimizers.SGD(m.own_rate)
    },
    "schedule": lambda m: {"optimizer__learning_rate": m.OwnSchedule(0.2)},
    "schedule of an object": lambda m: {
        "optimizer": keras.optimizers.SGD(m.OwnSchedule(0.2))
    },
    "callback class": lambda m: {"callbacks": m.OwnCallback, "callbacks__factor": 0.5},
    "callback object": lambda m: {"callbacks": {"own": m.OwnCallback(0.5)}},
    **part("activation", "activation"),
    **part("kernel_initializer", "initializer"),
    **part("kernel_regularizer", "regularizer"),
    **part("kernel_constraint", "constraint"),
    "initializer by name": lambda m: {
        "kernel_initializer": "OwnInitializer",
        **named(OwnInitializer=m.OwnInitializer),
    },
    "layer object": lambda m: {"layer": m.OwnLayer(3.0)},
    "layer class": lambda m: {"layer": m.OwnLayer},
    "layer in a given model": lambda m: {"model": m.build(4, 3, m.OwnLayer(3.0))},
    "layer that Keras describes": lambda m: {
        "model": m.build(4, 3, m.LayerThatKerasDescribes(3.0))
    },
    "layer registered": lambda m: {"model": m.build(4, 3, m.RegisteredLayer(3.0))},
    "everything in a config, by name": lambda m: {
        "model": m.from_config,
        **named(**m.NAMES),
    },
    "wrapped": lambda m: {"model": m.wrapped},
    "wrapped in a given model": lambda m: {"model": m.wrapped(4, 3)},
    "compiled": lambda m: {"model": m.build_compiled},
    "given compiled": lambda m: {"model": m.build_compiled(4, 3)},
    "train_step class": lambda m: {
        "model": m.OwnStep,
        "units": 5,
        "loss": LOSS,
    },
    "train_step given": lambda m: {
        "model": m.OwnStep(3, 5),
        "loss": LOSS,
    },
    "train_step functional": lambda m: {
        "model": m.build_functional,
        "loss": LOSS,
    },
    "train_step functional, given": lambda m: {
        "model": m.build_functional(4, 3),
        "loss": LOSS,
    },
}


def estimator(module, name):
    params = {"model": module.build, **CASES[name](module)}
    return KerasClassifier(
        **params, epochs=2, batch_size=50, shuffle=False, random_state=0
    )


UNFITTED = {
    "clone": clone,
    "pickle": lambda e: pickle.loads(pickle.dumps(e)),
    "deepcopy": copy.deepcopy,
}


@pytest.fixture(scope="module")
def twins_and_fitted(iris):
    """Every case: copies, what it predicts before it is trained, and it, trained.

    The last copy has been through all ways of copying.
    """
    found = {}
    for name in CASES:
        e = estimator(here, name)
        twins = [way(e) for way in UNFITTED.values()]
        last = reduce(lambda twin, way: way(twin), UNFITTED.values(), e)
        untrained = e.initialize(*iris).predict_proba(iris[0])
        found[name] = [*twins, last], untrained, e.fit(*iris)
    return found


@pytest.fixture(scope="module")
def fitted(twins_and_fitted):
    """Every case, fitted once."""
    return {name: e for name, (*_, e) in twins_and_fitted.items()}


@pytest.mark.slow
def test_every_kind_is_served_by_the_compiled_engine(fitted):
    assert {e.engine_ for e in fitted.values()} == {"compiled"}


@pytest.mark.slow
def test_the_custom_thing_is_used(fitted, iris):
    """Every case differs from the plain model, or logs something of its own."""
    plain = KerasClassifier(
        here.build, epochs=2, batch_size=50, shuffle=False, random_state=0
    ).fit(*iris)
    expected = plain.predict_proba(iris[0])
    for name, e in fitted.items():
        other = not np.allclose(e.predict_proba(iris[0]), expected, atol=1e-5)
        assert other or set(e.history_) > set(plain.history_), name
    for name in (n for n in CASES if n.startswith("train_step")):
        assert fitted[name].history_["steps"] == [7.0, 7.0]


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_copies_before_fit(name, twins_and_fitted, iris):
    (*twins, last), untrained, original = twins_and_fitted[name]
    for twin in twins:
        found = twin.initialize(*iris).predict_proba(iris[0])
        np.testing.assert_allclose(found, untrained, atol=1e-6)
    found, expected = (e.predict_proba(iris[0]) for e in (last.fit(*iris), original))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert list(last.history_) == list(original.history_)


#: joblib's way is that of `test_a_new_process_finds_them`, for every case.
FITTED = {
    "pickle": lambda e: pickle.loads(pickle.dumps(e)),
    "deepcopy": copy.deepcopy,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_copies_after_fit(name, fitted, iris):
    X, y = iris
    before = fitted[name]
    twins = [way(before) for way in FITTED.values()]
    for twin in twins:
        np.testing.assert_array_equal(twin.predict_proba(X), before.predict_proba(X))
        assert twin.get_params().keys() == before.get_params().keys()
    # They go on, and the copy of a copy does.
    again = copy.deepcopy(twins[0])
    for twin in (twins[0], again):
        twin.partial_fit(X, y)
    np.testing.assert_allclose(
        twins[0].predict_proba(X), again.predict_proba(X), atol=1e-6
    )
    assert twins[0].n_iter_ == 3


# --- other processes -------------------------------------------------------


IN_A_NEW_PROCESS = """
    import sys, joblib, numpy as np
    pipeline, X, expected = joblib.load(sys.argv[1])
    np.testing.assert_allclose(pipeline.predict_proba(X), expected, atol=1e-6)
    cases, X, y = joblib.load(sys.argv[2])
    for name, (ready, unfitted, expected) in cases.items():
        try:
            np.testing.assert_allclose(ready.predict_proba(X), expected, atol=1e-6)
            twin = unfitted.initialize(X, y)
            if ready.n_iter_:
                assert ready.partial_fit(X, y).n_iter_ == 3
            else:
                np.testing.assert_allclose(twin.predict_proba(X), expected, atol=1e-6)
        except Exception as error:
            print(name, type(error).__name__, error)
    print(len(cases), "cases")
"""


@pytest.mark.slow
def test_a_new_process_finds_them(iris, tmp_path):
    """And, before any of it is imported there, a pipeline without custom things."""
    X, y = iris
    plain = KerasClassifier("mlp", epochs=2, random_state=0)
    pipeline = make_pipeline(StandardScaler(), plain).fit(X, y)
    joblib.dump((pipeline, X, pipeline.predict_proba(X)), tmp_path / "pipeline")
    cases = {}
    for name in CASES:
        unfitted = estimator(here, name)
        train = name.startswith(("optimizer object", "loss class", "given compiled"))
        e = clone(unfitted)
        e = e.fit(X, y) if train else e.initialize(X, y)
        cases[name] = (e, unfitted, e.predict_proba(X))
    joblib.dump((cases, X, y), tmp_path / "cases")
    done = subprocess.run(
        [
            *(sys.executable, "-c", textwrap.dedent(IN_A_NEW_PROCESS)),
            *(tmp_path / "pipeline", tmp_path / "cases"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert done.stdout == f"{len(CASES)} cases\n", done.stdout + done.stderr


@pytest.mark.slow
def test_processes_of_a_search_find_them(iris):
    """With a single fit in another process, for a second would start TensorFlow too."""
    search = GridSearchCV(
        KerasClassifier(
            here.build,
            layer=here.OwnLayer(3.0),
            activation=here.own_activation,
            kernel_regularizer=here.RegularizerWithoutConfig(0.01),
            metrics=[here.own_metric],
            optimizer=here.OwnSGD(0.1),
            epochs=1,
            random_state=0,
        ),
        {"loss": [here.RegisteredLoss(3.0)]},
        cv=[(np.arange(0, 150, 2), np.arange(1, 150, 2))],
        error_score="raise",
    )
    alone = clone(search).set_params(refit=False).fit(*iris)
    both = search.set_params(n_jobs=2).fit(*iris)
    np.testing.assert_allclose(
        both.cv_results_["split0_test_score"],
        alone.cv_results_["split0_test_score"],
        atol=1e-6,
    )
    assert set(both.best_estimator_.history_) == {"loss", "own_metric"}


# --- what a copy would lose ------------------------------------------------


@pytest.mark.slow
def test_a_given_model_is_copied_with_all_it_was_made_with(iris):
    model = here.build(
        4, 3, here.OwnLayer(5.0), kernel_regularizer=here.OwnRegularizer(0.7)
    )
    for e in (KerasClassifier(model), clone(clone(KerasClassifier(model)))):
        made = pickle.loads(pickle.dumps(e)).set_params(epochs=1).fit(*iris).model_
        assert made.layers[2].factor == 5.0
        assert made.layers[1].kernel_regularizer.value == 0.7


@pytest.mark.parametrize("make", [here.OwnStep, here.OwnFunctional])
def test_a_copy_of_a_copy_has_the_weights(make, iris):
    """Keras does not count a copied subclassed model as built."""
    model = here.build_functional(4, 3) if make is here.OwnFunctional else make(3, 5)
    model(iris[0][:2])
    model.set_weights([w + 1 for w in model.get_weights()])
    e = clone(clone(KerasClassifier(model, loss=LOSS)))
    e = pickle.loads(pickle.dumps(e)).initialize(*iris)
    for a, b in zip(model.get_weights(), e.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_a_given_model_that_was_compiled_and_not_trained_pickles(iris):
    model = here.build(4, 3)
    model.compile("adam", LOSS)
    e = pickle.loads(pickle.dumps(KerasClassifier(model, epochs=1)))
    assert type(e.fit(*iris).model_.optimizer) is keras.optimizers.Adam


LOST = {
    "layer": (
        lambda: here.build(4, 3, here.ForgetfulLayer()),
        "ForgetfulLayer.*factor",
    ),
    "layer inside": (
        lambda: keras.Sequential(
            [layers.Input((4,)), here.build(4, 3, here.ForgetfulLayer())]
        ),
        "ForgetfulLayer.*factor",
    ),
    "wrapped layer": (
        lambda: keras.Sequential(
            [
                layers.Input((2, 2)),
                layers.TimeDistributed(here.ForgetfulLayer(3.0)),
                layers.Flatten(),
                layers.Dense(3, activation="softmax"),
            ]
        ),
        "ForgetfulLayer.*factor",
    ),
    **{
        kind: (
            lambda cls=cls, argument=argument: here.build(4, 3, **{argument: cls(0.3)}),
            f"{cls.__name__} cannot be copied.*get_config",
        )
        for kind, argument, cls in (
            ("initializer", "kernel_initializer", here.InitializerWithoutConfig),
            ("regularizer", "kernel_regularizer", here.RegularizerWithoutConfig),
            ("constraint", "kernel_constraint", here.ConstraintWithoutConfig),
        )
    },
    "units": (lambda: here.WithoutConfig(5), "with units=3 in place of 5.*get_config"),
    "rate": (lambda: here.WithoutConfig(rate=0.9), "rate=0.1 in place of 0.9"),
    "built": (lambda: built(here.WithoutConfig(rate=0.9)), "rate=0.1 in place of 0.9"),
    "inside": (
        lambda: keras.Sequential([layers.Input((4,)), here.WithoutConfig(rate=0.9)]),
        "rate=0.1 in place of 0.9.*KerasClassifier.WithoutConfig, ",
    ),
}


def built(model):
    model(np.zeros((2, 4), dtype=np.float32))
    return model


@pytest.mark.parametrize(
    "way",
    [
        lambda e: e.fit(np.zeros((6, 4)), [0, 1, 2] * 2),
        clone,
        pickle.dumps,
        copy.deepcopy,
    ],
    ids=["fit", "clone", "pickle", "deepcopy"],
)
@pytest.mark.parametrize("name", LOST)
def test_a_copy_that_would_be_another_model_is_refused(name, way):
    make, message = LOST[name]
    e = KerasClassifier(make(), loss=LOSS, epochs=1)
    with pytest.raises(TypeError, match=message):
        way(e)


def test_a_subclassed_model_of_defaults_needs_no_config(iris):
    e = KerasClassifier(here.WithoutConfig(), loss=LOSS, epochs=1)
    assert clone(e).fit(*iris).model_.hidden.units == 3


@pytest.mark.slow
def test_a_layer_that_makes_itself_again_in_its_own_way(iris):
    """A ``from_config`` may use other names than the constructor has."""
    model = here.build(4, 3, Renamed(3.0))
    e = clone(KerasClassifier(model, epochs=1))
    assert e.fit(*iris).model_.layers[2].factor == 3.0


class Renamed(layers.Layer):
    """A layer with another name in its config."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return self.factor * x

    def get_config(self):
        return {**super().get_config(), "f": self.factor}

    @classmethod
    def from_config(cls, config):
        factor = config.pop("f")
        return cls(factor, **config)


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


@pytest.mark.slow
def test_a_loss_class_with_routed_arguments_needs_no_config(diabetes):
    e = KerasRegressor(
        dense_regressor, loss=Forgetful, loss__k=5.0, epochs=1, random_state=0
    )
    plain = clone(e).set_params(loss__k=1.0)
    ratio = clone(e).fit(*diabetes).history_["loss"][0]
    assert ratio > 3 * plain.fit(*diabetes).history_["loss"][0]


@pytest.mark.slow
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
