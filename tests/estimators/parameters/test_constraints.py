"""Values of parameters: what may be, and scikit-learn's words for the rest."""

import re

import pytest

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense_classifier
from tests.errors import KIND, VALUES, X, refused


@pytest.mark.parametrize("estimator", [KerasClassifier, KerasRegressor])
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("epochs", 0, r"an int in the range \[1, inf\)"),
        ("epochs", -1, r"an int in the range \[1, inf\)"),
        ("epochs", 1.5, r"a str among {'auto'} or an int"),
        ("epochs", "automatic", r"a str among {'auto'}"),
        ("epochs", None, r"a str among {'auto'} or an int"),
        ("batch_size", 0, r"an int in the range \[1, inf\).*-1.* or None"),
        ("batch_size", -2, r"an int in the range \[1, inf\)"),
        ("batch_size", 2.5, r"an int in the range"),
        ("batch_size", "all", r"an int in the range"),
        ("validation_batch_size", 0, r"an int in the range \[1, inf\)"),
        ("validation_split", 1.0, r"a float in the range \[0.0, 1.0\)"),
        ("validation_split", -0.1, r"a float in the range \[0.0, 1.0\)"),
        ("validation_split", 5, r"a float in the range .* implementing 'split'"),
        ("early_stopping", 0, r"'bool'.*an int in the range \[1, inf\)"),
        ("early_stopping", "yes", r"'bool'.*an int in the range"),
        ("engine", "torch", r"a str among {'\w+', '\w+'}"),
        ("engine", None, r"a str among {'\w+', '\w+'}"),
        ("verbose", -1, r"an int in the range \[0, inf\)"),
        ("verbose", "loud", r"a str among {'auto'}"),
        ("shuffle", "no", "an instance of 'bool'"),
        ("warm_start", 2, "an instance of 'bool'"),
        ("run_eagerly", "no", "an instance of 'bool'"),
        ("random_state", "seed", "an int in the range.*RandomState.*None"),
        ("random_state", -1, r"an int in the range \[0, "),
        ("custom_objects", [1], "an instance of 'dict' or None"),
        ("metrics", 3, "an instance of 'list'.*None"),
    ],
    ids=str,
)
def test_parameter_values(estimator, name, value, expected):
    # scikit-learn's grammar: The 'x' parameter of Y must be ... Got ... instead.
    e = estimator("mlp", **{name: value})
    grammar = (
        f"^The '{name}' parameter of {estimator.__name__} must be .*{expected}"
        rf".* Got {re.escape(repr(value))} instead\.$"
    )
    refused(lambda: e.fit(X, VALUES), ValueError, grammar)
    refused(lambda: e.initialize(X, VALUES), ValueError, grammar)


@pytest.mark.parametrize(
    "give",
    [
        lambda e, name, value: e.fit(X, KIND, **{name: value}),
        lambda e, name, value: e.set_params(**{f"fit__{name}": value}).fit(X, KIND),
    ],
    ids=["call", "routed"],
)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", "x"),
        ("batch_size", 0),
        ("batch_size", 2.5),
        ("verbose", -3),
        ("shuffle", "no"),
        ("validation_split", 2.0),
        ("class_weight", "balance"),
        ("initial_epoch", -1),
        ("validation_freq", 0),
    ],
    ids=str,
)
def test_values_of_fit(give, name, value):
    e = KerasClassifier(dense_classifier, epochs=1)
    message = rf"'{name}'.* must be .*Got {re.escape(repr(value))}"
    refused(lambda: give(e, name, value), (ValueError, TypeError), message)


@pytest.mark.parametrize(
    ("name", "value"),
    [("batch_size", 0), ("batch_size", -3), ("batch_size", "x"), ("verbose", -3)],
    ids=str,
)
def test_values_of_predict(name, value):
    e = KerasClassifier(dense_classifier).initialize(X, KIND)
    message = rf"'{name}'.* must be .*Got {re.escape(repr(value))}"
    refused(lambda: e.predict(X, **{name: value}), (ValueError, TypeError), message)
