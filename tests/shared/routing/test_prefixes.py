"""Names with prefixes: taken apart, and merged by who wins over whom."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sk_keras import KerasClassifier
from sk_keras._shared.routing.prefixes import (
    PREFIXES,
    merged_arguments,
    routed_to,
    split_name,
)
from tests.builders import dense_classifier
from tests.errors import KIND, X, refused


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("epoch", r"fit got an unexpected argument 'epoch'\. Did you mean 'epochs'\?"),
        ("nb_epoch", r"'nb_epoch'\. Did you mean 'epochs'\? It takes \['batch_size'"),
        ("hidden", r"unexpected argument 'hidden'.*It takes \["),
    ],
)
def test_names_in_fit(name, message):
    e = KerasClassifier(dense_classifier)
    refused(lambda: e.fit(X, KIND, **{name: 1}), TypeError, message)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("batchsize", r"unexpected argument 'batchsize'\. Did you mean 'batch_size'\?"),
        ("epochs", r"unexpected argument 'epochs'.*It takes \['batch_size'"),
    ],
)
def test_names_in_predict(method, name, message):
    e = KerasClassifier(dense_classifier).initialize(X, KIND)
    refused(lambda: getattr(e, method)(X, **{name: 1}), TypeError, message)


#: Every run draws the same examples, and leaves no database behind.
REPEATABLE = settings(deadline=None, derandomize=True, database=None, max_examples=50)

NAMES = st.from_regex(r"[a-z]{1,6}(__[a-z]{1,6}){0,2}", fullmatch=True)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("epochs", ("epochs", "")),
        ("model__hidden", ("model", "hidden")),
        ("callbacks__0__patience", ("callbacks", "0__patience")),
        ("batch_size", ("batch_size", "")),
        ("_odd", ("_odd", "")),
    ],
)
def test_split_name(name, parts):
    assert split_name(name) == parts


@pytest.mark.slow
@REPEATABLE
@given(NAMES)
def test_split_name_loses_nothing(name):
    prefix, rest = split_name(name)
    assert "__" not in prefix
    assert (f"{prefix}__{rest}" if rest else prefix) == name


@pytest.mark.parametrize(
    ("params", "prefix", "expected"),
    [
        ({"fit__epochs": 3, "predict__verbose": 1}, "fit", {"epochs": 3}),
        ({"fit_epochs": 3, "fitting__epochs": 2}, "fit", {}),
        ({"callbacks__0__patience": 3}, "callbacks", {"0__patience": 3}),
        ({"callbacks__0__patience": 3}, "callbacks__0", {"patience": 3}),
        ({}, "fit", {}),
    ],
)
def test_routed_to(params, prefix, expected):
    assert routed_to(params, prefix) == expected


@REPEATABLE
@given(st.dictionaries(NAMES, st.integers(), max_size=6), st.sampled_from(PREFIXES))
def test_routed_to_inverts_prefixing(params, prefix):
    others = {f"x{name}": value for name, value in params.items()}
    routed = {f"{prefix}__{name}": value for name, value in params.items()}
    before = {**others, **routed}
    assert routed_to(before, prefix) == params
    assert before == {**others, **routed}


@pytest.mark.parametrize(
    ("consumer", "plain", "routed", "call", "expected"),
    [
        ("fit", {}, {}, {}, {}),
        ("fit", {"epochs": 1, "optimizer": "sgd"}, {}, {}, {"epochs": 1}),
        ("fit", {"epochs": 1}, {"fit__epochs": 2}, {}, {"epochs": 2}),
        ("fit", {"epochs": 1}, {"fit__epochs": 2}, {"epochs": 3}, {"epochs": 3}),
        ("fit", {"epochs": 1}, {"predict__verbose": 1}, {}, {"epochs": 1}),
        ("fit", {}, {"fit__callbacks__patience": 1}, {}, {}),
        ("predict", {"batch_size": 1}, {"fit__batch_size": 2}, {}, {"batch_size": 1}),
        (
            "predict",
            {},
            {"predict__verbose": 1},
            {"steps": 2},
            {"verbose": 1, "steps": 2},
        ),
    ],
    ids=[
        "nothing",
        "plain",
        "routed",
        "call",
        "other-consumer",
        "nested",
        "not-fit's",
        "together",
    ],
)
def test_merged_arguments(consumer, plain, routed, call, expected):
    assert merged_arguments(consumer, plain, routed, call) == expected


@pytest.mark.parametrize(
    ("consumer", "name", "message"),
    [
        ("fit", "epoch", r"fit got an unexpected argument 'epoch'\. .*mean 'epochs'\?"),
        ("predict", "epochs", r"predict got an unexpected argument 'epochs'.*It takes"),
    ],
)
def test_arguments_that_fit_and_predict_do_not_take(consumer, name, message):
    with pytest.raises(TypeError, match=message):
        merged_arguments(consumer, {}, {}, {name: 1})
