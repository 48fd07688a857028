"""Models that the builder compiles, beside what the estimator was given."""

import keras
import pytest

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense, dense_regressor, ends_in
from tests.errors import KIND, X, refused


def compiled():
    model = ends_in(dense(3, "softmax"))()
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"optimizer": "rmsprop"},
            "optimizer was given.*compiled already.*take optimi",
        ),
        ({"optimizer__learning_rate": 0.1}, "optimizer__learning_rate was given"),
        ({"metrics": ["accuracy"]}, "metrics was given.*compile_kwargs.*uncompiled"),
        ({"compile__loss_weights": [1.0]}, "compile__loss_weights was.*compile_kwargs"),
        (
            {"loss": "categorical_crossentropy"},
            "loss='categorical_crossentropy' was given.*'sparse_categorical_cross",
        ),
        ({"loss__from_logits": True}, "loss__from_logits was given"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_models_compiled_with_something_else(params, message):
    call = KerasClassifier(compiled, **params).initialize
    refused(lambda: call(X, KIND), ValueError, message)


def test_a_compiled_model_object_is_not_called_by_a_private_name():
    call = KerasClassifier(compiled(), optimizer="rmsprop").initialize
    text = refused(lambda: call(X, KIND), ValueError, "optimizer was given.*compiled")
    assert "GivenModel" not in text


@pytest.mark.slow
def test_weighted_metrics_are_made_anew(diabetes):
    metric = keras.metrics.MeanAbsoluteError()
    KerasRegressor(dense_regressor, epochs=1, compile__weighted_metrics=[metric]).fit(
        *diabetes
    )
    assert float(metric.result()) == 0.0


def test_builders_that_ignore_compile_kwargs_are_told(iris):
    X, y = iris

    def build(n_features_in, n_classes, compile_kwargs):
        model = keras.Sequential(
            [
                keras.layers.Input((n_features_in,)),
                keras.layers.Dense(n_classes, activation="softmax"),
            ]
        )
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    with pytest.raises(ValueError, match=r"another optimizer than compile_kwargs"):
        KerasClassifier(build, optimizer__learning_rate=0.5).fit(X, y)
