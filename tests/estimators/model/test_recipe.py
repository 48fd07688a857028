"""What a builder returns, and models that a warm start cannot go on with."""

import pickle

import keras
import pytest

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense_classifier, dense_regressor
from tests.errors import KIND, X, case, fitting, refused, table

layers = keras.layers


def forgets_to_return():
    keras.Sequential([layers.Input((4,)), layers.Dense(3)])


def fails():
    raise ZeroDivisionError("in the user's own code")


@table(
    case(
        "no-return",
        fitting(forgets_to_return, KIND),
        TypeError,
        "forgets_to_return returned None, not a keras.Model.*return statement missing",
    ),
    case(
        "layer",
        fitting(lambda: layers.Dense(3), KIND),
        TypeError,
        "returned a Dense, not a keras.Model",
    ),
    case(
        "list",
        fitting(lambda: [1], KIND),
        TypeError,
        "returned a list, not a keras.Model",
    ),
    case(
        "model-class",
        fitting(lambda: keras.Sequential, KIND),
        TypeError,
        "not a keras.Model",
    ),
    case(
        "own-error", fitting(fails, KIND), ZeroDivisionError, "^in the user's own code$"
    ),
    case(
        "layer-wants-3-D",
        fitting(
            lambda: keras.Sequential([layers.LSTM(2), layers.Dense(3, "softmax")]), KIND
        ),
        ValueError,
        r"expected ndim=3, found ndim=2.*\(None, 4\)",
    ),
)
def test_builders(call, error, message):
    refused(call, error, message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda e: e.set_params(hidden=3), "hidden.* was 8 .*3.*warm_start=False"),
        (lambda e: e.set_params(model="mlp"), "builder.*mlp.*warm_start=False"),
    ],
    ids=["argument", "builder"],
)
def test_warm_start_with_another_model(change, message):
    e = KerasClassifier(dense_classifier, warm_start=True, epochs=1).initialize(X, KIND)
    refused(lambda: change(e).fit(X, KIND), ValueError, message)


@pytest.mark.slow
def test_warm_start_does_not_recompile_what_the_builder_compiled(diabetes):
    def build(n_features_in):
        model = dense_regressor(n_features_in, 1)
        model.compile("sgd", "mae")
        return model

    e = KerasRegressor(build, epochs=1, warm_start=True).fit(*diabetes)
    with pytest.raises(ValueError, match=r"build.* has compiled"):
        e.set_params(metrics=["mae"]).fit(*diabetes)


@pytest.mark.slow
def test_warm_start_with_the_loss_picked_anew_pickles_alike(diabetes):
    X, y = diabetes
    e = KerasRegressor(dense_regressor, loss="mae", epochs=1, warm_start=True)
    e.fit(X, y).set_params(loss=None).fit(X, y)
    assert isinstance(e.model_.loss, keras.losses.MeanSquaredError)
    twin = pickle.loads(pickle.dumps(e))
    assert isinstance(twin.model_.loss, keras.losses.MeanSquaredError)


@pytest.mark.slow
def test_partial_fit_takes_changed_parameters(iris):
    X, y = iris
    e = KerasClassifier(dense_classifier, random_state=0).partial_fit(X, y)
    e.set_params(optimizer__learning_rate=0.5).partial_fit(X, y)
    assert float(e.model_.optimizer.learning_rate) == 0.5
    with pytest.raises(ValueError, match="hidden changed"):
        e.set_params(hidden=3).partial_fit(X, y)
