"""Parameters: the estimator's own, the builder's, and the laws of clone."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import (
    Building,
    any_name,
    dense_regressor,
    hidden_8,
    hidden_16,
    softmax,
)

#: Every run draws the same examples, and leaves no database behind.
REPEATABLE = settings(deadline=None, derandomize=True, database=None, max_examples=50)


MISSING = "missing"


def width_4(width=4):
    return softmax(width)


def required(meta, units, compile_kwargs, params, hidden=8, epochs=5):
    return softmax(units, hidden)


def width(e, X, y):
    """Number of units of the first layer that a fit would make."""
    return e.initialize(X, y).model_.layers[0].units


# --- get_params and set_params ---------------------------------------------


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (hidden_8, {"hidden": 8}),
        (width_4, {"width": 4}),
        (partial(hidden_8, hidden=3), {"hidden": 3}),
        (Building, {"hidden": 8}),
        (Building(), {"hidden": 8}),
        (Building().build, {"hidden": 16}),
        (any_name, {}),
        (required, {"hidden": 8}),
        (
            "mlp",
            {
                "hidden_layer_sizes": (100,),
                "activation": "relu",
                "dropout": 0.0,
                "batch_norm": False,
                "l2": 1e-4,
            },
        ),
    ],
    ids=[
        "function",
        "other-name",
        "partial",
        "class",
        "object",
        "method",
        "kwargs",
        "filled-or-own-names-are-not-listed",
        "ready",
    ],
)
def test_get_params_lists_the_builders_defaults(model, expected):
    e = KerasClassifier(model)
    listed = e.get_params()
    assert {
        k: v for k, v in listed.items() if k not in e._get_param_names()
    } == expected


@pytest.mark.parametrize("name", ["hidden", "model__hidden"])
@pytest.mark.parametrize(
    "make",
    [
        lambda name: KerasClassifier(hidden_8, **{name: 5}),
        lambda name: KerasClassifier(hidden_8).set_params(**{name: 5}),
        lambda name: KerasClassifier(hidden_8, hidden=4).set_params(**{name: 5}),
        lambda name: KerasClassifier().set_params(model=hidden_8, **{name: 5}),
        lambda name: clone(KerasClassifier(hidden_8, **{name: 5})),
        lambda name: KerasClassifier(build_fn=hidden_8, **{name: 5}),
        lambda name: KerasClassifier(partial(hidden_8, hidden=3), **{name: 5}),
        lambda name: KerasClassifier(any_name, **{name: 5}),
        lambda name: KerasClassifier(any_name).set_params(**{name: 5}),
        lambda name: KerasClassifier(Building, **{name: 5}),
        lambda name: KerasClassifier(Building().build, **{name: 5}),
    ],
    ids=[
        "constructor",
        "set_params",
        "over",
        "with-model",
        "clone",
        "build_fn",
        "partial",
        "kwargs",
        "kwargs-set_params",
        "class",
        "method",
    ],
)
def test_builder_arguments_can_be_set(make, name, small):
    e = make(name)
    assert e.get_params()["hidden"] == 5
    assert "model__hidden" not in e.get_params()
    assert width(e, *small) == 5


@pytest.mark.parametrize(
    "make",
    [
        lambda: KerasClassifier(any_name, hidden=3).set_params(hidden=5),
        lambda: KerasClassifier(any_name, hidden=3).set_params(model__hidden=5),
        lambda: KerasClassifier(any_name, model__hidden=3).set_params(hidden=5),
        lambda: KerasClassifier(any_name, model__hidden=3).set_params(model__hidden=5),
        lambda: clone(KerasClassifier(any_name, hidden=3)).set_params(hidden=5),
    ],
    ids=["plain", "plain-routed", "routed-plain", "routed", "clone"],
)
def test_builders_with_any_name_get_the_last_value(make, small):
    assert width(make(), *small) == 5


@pytest.mark.parametrize("name", ["epoch", "nb_epoch", "optimiser", "batchsize"])
def test_a_builder_that_takes_any_name_hides_no_typing_error(name):
    with pytest.raises(ValueError, match=rf"'{name}'.*Did you mean"):
        KerasClassifier(any_name, **{name: 1})
    # Spelled out, it is meant.
    assert KerasClassifier(any_name, **{f"model__{name}": 1})


def test_the_routed_spelling_counts_where_both_are_given(small):
    e = KerasClassifier(hidden_8, hidden=3, model__hidden=5)
    assert e.get_params()["hidden"] == 5
    assert width(e, *small) == 5


@pytest.mark.parametrize(
    "make",
    [
        lambda: KerasClassifier(hidden_8, hidden=5),
        lambda: KerasClassifier(hidden_8, hidden=4).set_params(hidden=5),
        lambda: KerasClassifier(partial(hidden_8, hidden=5)),
        lambda: KerasClassifier(lambda hidden=5: softmax(hidden)),
    ],
    ids=["given", "set", "partial", "default"],
)
def test_builder_arguments_are_attributes(make):
    # As every other parameter of a scikit-learn estimator is.
    assert make().hidden == 5


@pytest.mark.parametrize("given", [{}, {"hidden": 3}], ids=["default", "given"])
def test_an_attribute_set_by_hand_counts(given, small):
    e = KerasClassifier(hidden_8, **given)
    e.hidden = 5
    assert e.get_params()["hidden"] == 5
    assert clone(e).get_params()["hidden"] == 5
    assert width(e, *small) == 5
    assert e.set_params(epochs=3).hidden == 5
    assert e.set_params(hidden=6).hidden == 6
    assert width(e, *small) == 6


def test_an_attribute_set_by_hand_is_shown():
    e = KerasClassifier(hidden_8)
    e.hidden = 5
    assert "hidden=5" in repr(e)


def test_attributes_that_are_not_there():
    with pytest.raises(
        AttributeError, match="'KerasClassifier'.* no attribute 'hiden'"
    ):
        KerasClassifier(hidden_8).hiden  # noqa: B018


@pytest.mark.parametrize("estimator", [KerasClassifier, KerasRegressor])
def test_set_params_sets_nothing_where_one_name_is_wrong(estimator):
    e = estimator(hidden_8)
    before = e.get_params()
    with pytest.raises(ValueError, match="hiden"):
        e.set_params(epochs=3, hidden=4, model=hidden_16, hiden=5)
    assert e.get_params() == before


def test_set_params_without_names_returns_the_estimator():
    e = KerasClassifier(hidden_8)
    assert e.set_params() is e
    assert e.set_params(hidden=3) is e


@pytest.mark.parametrize(
    "e",
    [
        KerasClassifier(),
        KerasClassifier(hidden_8, hidden=5, optimizer__learning_rate=0.1),
        KerasClassifier("mlp", dropout=0.5),
        KerasClassifier(any_name, hidden=5),
        KerasRegressor(dense_regressor, hidden=3, fit__epochs=4),
    ],
    ids=["default", "function", "ready", "kwargs", "regressor"],
)
def test_setting_what_get_params_lists_changes_nothing(e):
    before = e.get_params()
    assert e.set_params(**before).get_params() == before


NAMES = ("hidden", "model__hidden", "epochs", "batch_size", "optimizer__learning_rate")


@pytest.mark.slow
@REPEATABLE
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(1, 9)), max_size=8))
def test_the_last_value_set_counts(steps):
    e = KerasClassifier(hidden_8)
    expected = {"hidden": 8, "epochs": "auto", "batch_size": 32}
    for name, value in steps:
        e.set_params(**{name: value})
        expected[name.removeprefix("model__")] = value
    for copy in (e, clone(e)):
        params = copy.get_params()
        assert {name: params[name] for name in expected} == expected


def test_parameters_reach_the_estimator_through_a_pipeline(small):
    pipeline = make_pipeline(StandardScaler(), KerasClassifier(hidden_8))
    assert pipeline.get_params()["kerasclassifier__hidden"] == 8
    pipeline.set_params(kerasclassifier__hidden=5, kerasclassifier__model__hidden=6)
    assert pipeline.get_params()["kerasclassifier__hidden"] == 6


# --- subclasses ------------------------------------------------------------


class OwnParameter(KerasClassifier):
    """Declares a parameter and hands the rest on."""

    def __init__(self, depth=1, **kwargs):
        self.depth = depth
        super().__init__(**kwargs)

    def __call__(self, depth, hidden=7):
        return softmax(*[hidden] * depth)


class ScikerasBuild(KerasClassifier):
    """Builds by the method that SciKeras asked for."""

    def _keras_build_fn(self, hidden=7):
        return softmax(hidden)


class Forgetful(KerasClassifier):
    """Declares a parameter and loses it."""

    def __init__(self, depth=1, **kwargs):
        super().__init__(**kwargs)


def test_a_subclass_has_its_own_parameters_and_builder(small):
    e = OwnParameter(depth=2, hidden=3, epochs=1)
    params = e.get_params()
    assert (params["depth"], params["hidden"], params["epochs"]) == (2, 3, 1)
    assert clone(e).get_params() == params
    layers = clone(e).initialize(*small).model_.layers
    assert [layer.units for layer in layers] == [3, 3, 3]


def test_the_builder_of_a_scikeras_subclass(small):
    assert width(ScikerasBuild(hidden=3), *small) == 3
    assert ScikerasBuild().get_params()["hidden"] == 7


def test_a_subclass_that_loses_a_parameter_is_told():
    with pytest.raises(
        AttributeError, match=r"Forgetful.*'depth'.*self\.depth = depth"
    ):
        Forgetful().get_params()


# --- searches --------------------------------------------------------------


#: What the builders below were called with.
CALLS = []


@pytest.fixture
def calls():
    """Take down what builders are called with."""
    CALLS.clear()
    return CALLS


def telling_8(meta, hidden=8):
    CALLS.append(hidden)
    return softmax(hidden)


def telling_16(meta, hidden=16):
    CALLS.append(hidden)
    return softmax(hidden)


def telling_optimizer(meta, optimizer="rmsprop"):
    CALLS.append(optimizer)
    return softmax()


def search(e, grid, X, y):
    return GridSearchCV(e, grid, cv=2, error_score="raise", refit=False).fit(X, y)


@pytest.mark.parametrize(
    ("given", "grid", "expected"),
    [
        ({}, {"model": [telling_8, telling_16]}, [8, 8, 16, 16]),
        ({"hidden": 8}, {"model": [telling_8, telling_16]}, [8, 8, 16, 16]),
        ({"hidden": 5}, {"model": [telling_8, telling_16]}, [5, 5, 5, 5]),
        ({}, {"model": [telling_16], "hidden": [8, 3]}, [8, 8, 3, 3]),
        ({}, {"hidden": [3, 4]}, [3, 3, 4, 4]),
        ({}, {"model__hidden": [3, 4]}, [3, 3, 4, 4]),
    ],
    ids=["switch", "at-default", "set", "together", "argument", "routed-argument"],
)
def test_searches_reach_the_builder(given, grid, expected, small, calls, monkeypatch):
    # What the search hands to the builder matters here, not the training.
    monkeypatch.setattr(KerasClassifier, "fit", KerasClassifier.initialize)
    search(KerasClassifier(telling_8, **given), grid, *small)
    assert sorted(calls) == sorted(expected)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda e: e, "rmsprop"),
        (lambda e: e.set_params(optimizer="sgd"), "sgd"),
        (lambda e: e.set_params(optimizer="adam"), "adam"),
        (lambda e: clone(e.set_params(optimizer="adam")), "adam"),
        (lambda e: e.set_params(optimizer="sgd").set_params(optimizer="adam"), "adam"),
        (lambda e: clone(e.set_params(optimizer="sgd")).set_params(epochs=3), "sgd"),
        (
            lambda e: e.set_params(optimizer="adam").set_params(optimizer="rmsprop"),
            "rmsprop",
        ),
        (lambda e: e.set_params(model__optimizer="adagrad"), "adagrad"),
        (lambda e: e.set_params(**e.get_params()), "rmsprop"),
    ],
    ids=[
        "default",
        "other",
        "estimator's-default",
        "cloned",
        "back-again",
        "cloned-other",
        "builder's-default",
        "routed",
        "own-parameters",
    ],
)
def test_who_decides_on_an_argument_that_both_have(make, expected, small, calls):
    make(KerasClassifier(telling_optimizer)).initialize(*small)
    assert calls == [expected]


def test_a_search_over_an_argument_that_both_have(small, calls, monkeypatch):
    monkeypatch.setattr(KerasClassifier, "fit", KerasClassifier.initialize)
    grid = {"optimizer": ["adam", "sgd"]}
    search(KerasClassifier(telling_optimizer), grid, *small)
    assert sorted(calls) == ["adam", "adam", "sgd", "sgd"]


@pytest.mark.slow
def test_a_search_changes_the_fitted_models(small):
    grid = {"optimizer__learning_rate": [1e-8, 0.5], "batch_size": [6]}
    e = KerasClassifier(hidden_8, epochs=3, random_state=0)
    found = GridSearchCV(e, grid, cv=2, scoring="neg_log_loss").fit(*small)
    scores = found.cv_results_["mean_test_score"]
    assert scores[0] != pytest.approx(scores[1], abs=1e-3)
    best = found.best_estimator_
    rate = found.best_params_["optimizer__learning_rate"]
    assert float(best.model_.optimizer.learning_rate) == pytest.approx(rate)


# --- repr ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("e", "expected"),
    [
        (KerasClassifier(), "KerasClassifier()"),
        (KerasRegressor(), "KerasRegressor()"),
        (KerasClassifier("mlp"), "KerasClassifier(model='mlp')"),
        (KerasClassifier(epochs=3), "KerasClassifier(epochs=3)"),
        (KerasClassifier(epochs="auto", batch_size=32), "KerasClassifier()"),
        (KerasClassifier(dropout=0.5), "KerasClassifier(dropout=0.5)"),
        (KerasClassifier(dropout=0.0), "KerasClassifier()"),
        (
            KerasClassifier("mlp", l2=0.5, optimizer__learning_rate=0.1),
            "KerasClassifier(l2=0.5, model='mlp', optimizer__learning_rate=0.1)",
        ),
        (clone(KerasRegressor(dropout=0.5)), "KerasRegressor(dropout=0.5)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_repr(e, expected):
    assert repr(e) == expected


def test_html_repr_names_the_parameters():
    assert "hidden" in KerasClassifier(hidden_8, hidden=5)._repr_html_()
