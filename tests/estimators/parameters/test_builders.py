"""Builders: what may be one, and what it is called with."""

from functools import partial

import keras
import pytest

from sk_keras import KerasClassifier
from sk_keras._estimators.parameters.builders import (
    GivenModel,
    builder_name,
    resolve_builder,
)
from sk_keras.models import mlp
from tests.builders import (
    Building,
    any_name,
    dense_classifier,
    hidden_8,
    hidden_16,
    softmax,
)
from tests.errors import KIND, case, fitting, refused, table
from tests.told import told

layers = keras.layers


def needs(n_features_in, hidden):
    return dense_classifier({"n_features_in_": n_features_in}, hidden)


def fails():
    raise ZeroDivisionError("in the user's own code")


class NoCall:
    pass


class NeedsArgument:
    def __init__(self, size):
        self.size = size

    def __call__(self):
        """Build nothing."""


@table(
    case(
        "argument",
        fitting(needs, KIND),
        ValueError,
        r"needs has an argument 'hidden' without a default.*hidden=\.\.\.",
    ),
    case("number", fitting(3, KIND), TypeError, "model must be a function.*Got 3"),
    case("list-of", fitting([fails], KIND), TypeError, r"model must be.*Got \["),
    case("dict", fitting({"a": 1}, KIND), TypeError, "model must be.*Got {'a': 1}"),
    case(
        "layer-object",
        fitting(layers.Dense(3), KIND),
        TypeError,
        "model must be a function.*Got <Dense",
    ),
    case("class", fitting(NoCall, KIND), TypeError, "model must be.*the class NoCall"),
    case("class-argument", fitting(NeedsArgument, KIND), TypeError, "Needs.*'size'"),
    case(
        "name",
        fitting("mpl", KIND),
        ValueError,
        r"no ready builder 'mpl'\. Did you mean 'mlp'\?.*\['bilstm', 'cnn'",
    ),
    case(
        "name-far-off",
        fitting("transformer", KIND),
        ValueError,
        r"no ready builder 'transformer'\. The ready builders are \['bilstm'",
    ),
    case(
        "both",
        fitting(dense_classifier, KIND, build_fn=dense_classifier),
        ValueError,
        "model= and build_fn=.*older name.*one of them",
    ),
)
def test_builders(call, error, message):
    refused(call, error, message)


@pytest.mark.parametrize("model", [3, "mpl", NoCall], ids=["number", "name", "class"])
def test_a_wrong_builder_waits_for_fit(model):
    # As scikit-learn's estimators do: the constructor takes whatever comes.
    e = KerasClassifier(model, hidden=3)
    assert e.get_params()["model"] is model
    assert repr(e).startswith("KerasClassifier(")


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (hidden_8, "hidden_8"),
        (partial(partial(hidden_8), hidden=2), "hidden_8"),
        (Building, "Building.__call__"),
        (Building(), "Building"),
        (Building().build, "Building.build"),
        ("lstm", "lstm"),
        (keras.Sequential, "Sequential"),
    ],
    ids=["function", "partial", "class", "object", "method", "ready", "model-class"],
)
def test_every_kind_of_builder_has_a_name(model, name):
    assert builder_name(resolve_builder(model)) == name


def test_none_is_the_own_builder_or_the_ready_one():
    assert resolve_builder(None) is mlp
    assert resolve_builder(None, None, hidden_8) is hidden_8
    assert resolve_builder(None, hidden_16, hidden_8) is hidden_16
    assert resolve_builder(hidden_8) is hidden_8


def test_a_model_object_becomes_a_builder_of_copies():
    model = softmax(2)
    builder = resolve_builder(model)
    assert isinstance(builder, GivenModel)
    copy = builder()
    assert copy is not model
    assert told(copy) == told(model)


@pytest.mark.parametrize(
    "model",
    [
        hidden_8,
        partial(hidden_8),
        Building,
        Building(),
        Building().build,
        softmax(8),
        any_name,
        lambda meta: softmax(meta["n_features_in_"]),
    ],
    ids=[
        "function",
        "partial",
        "class",
        "object",
        "method",
        "model",
        "kwargs",
        "lambda",
    ],
)
def test_every_kind_of_builder_builds(model, small):
    X, y = small
    p = KerasClassifier(model).initialize(X, y).predict_proba(X)
    assert p.shape == (24, 3)
