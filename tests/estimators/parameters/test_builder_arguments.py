"""What a builder is called with: facts, parameters, and what has no default."""

from functools import partial

import keras
import numpy as np
import pytest

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._estimators.parameters.builder_arguments import builder_kwargs
from sk_keras.models import mlp
from tests.builders import dense_classifier, softmax

FACTS = {"n_classes": 3, "input_shape": (4,)}
ALWAYS = {"meta": {"a": 1}, "params": {}}
OWN = {"optimizer": "adam", "random_state": None, "epochs": "auto"}


@pytest.mark.parametrize(
    ("builder", "given", "touched", "expected"),
    [
        (lambda: 0, {}, set(), {}),
        (lambda a=1: 0, {}, set(), {}),
        (lambda a=1: 0, {"a": 2}, set(), {"a": 2}),
        (lambda a: 0, {"a": 2}, set(), {"a": 2}),
        (lambda n_classes: 0, {}, set(), {"n_classes": 3}),
        (lambda n_classes=7: 0, {}, set(), {}),
        (lambda n_classes: 0, {"n_classes": 9}, set(), {"n_classes": 9}),
        (lambda meta: 0, {}, set(), {"meta": {"a": 1}}),
        (lambda meta=None: 0, {}, set(), {"meta": {"a": 1}}),
        (lambda optimizer: 0, {}, set(), {"optimizer": "adam"}),
        (lambda optimizer="sgd": 0, {}, set(), {}),
        (lambda optimizer="sgd": 0, {}, {"optimizer"}, {"optimizer": "adam"}),
        (lambda epochs=1: 0, {"model__epochs": 4}, {"epochs"}, {"epochs": 4}),
        (lambda **rest: 0, {"a": 2}, set(), {"a": 2, **ALWAYS}),
        (lambda **rest: 0, {"a": 2, "fit__epochs": 3}, set(), {"a": 2, **ALWAYS}),
        (lambda **rest: 0, {"model__epochs": 2}, set(), {"epochs": 2, **ALWAYS}),
        (lambda a, **rest: 0, {"a": 2, "b": 3}, set(), {"a": 2, "b": 3, **ALWAYS}),
        (lambda input_shape, a=1: 0, {"a": 3}, set(), {"input_shape": (4,), "a": 3}),
        (partial(lambda a, b=2: 0, 1), {"b": 5}, set(), {"b": 5}),
    ],
    ids=[
        "nothing",
        "default",
        "given",
        "required-given",
        "fact",
        "default-over-fact",
        "given-over-fact",
        "meta",
        "meta-with-default",
        "own",
        "default-over-untouched-own",
        "touched-own-over-default",
        "model-prefix-over-own",
        "kwargs",
        "kwargs-without-routed",
        "kwargs-model-prefix",
        "kwargs-and-named",
        "several",
        "partial",
    ],
)
def test_builder_kwargs(builder, given, touched, expected):
    kwargs = builder_kwargs(
        builder,
        given=given,
        facts=FACTS,
        always=ALWAYS,
        own=OWN,
        untouched=set(OWN) - touched,
    )
    assert kwargs == expected


#: Facts that were handed to `curious`.
FOUND = {}


def curious(
    meta,
    params,
    compile_kwargs,
    n_features_in,
    input_shape,
    n_outputs,
    n_classes,
    target_type,
    random_state,
):
    FOUND.clear()
    FOUND.update(locals())
    return mlp(input_shape, target_type, n_outputs, n_classes)


X2, X3 = np.zeros((6, 4), "float32"), np.zeros((6, 3, 2))
LABELS = np.array(["a", "b", "c"] * 2)
VALUES_2 = np.arange(12.0).reshape(6, 2)


@pytest.mark.parametrize(
    ("estimator", "X", "y", "expected"),
    [
        (KerasClassifier, X2, LABELS, (4, (4,), 1, 3, "multiclass")),
        (KerasClassifier, X3, LABELS == "a", (3, (3, 2), 1, 2, "binary")),
        (
            KerasClassifier,
            X2,
            np.array([[0, 1, 1]] * 6),
            (4, (4,), 3, 3, "multilabel-indicator"),
        ),
        (
            KerasClassifier,
            X2,
            np.eye(6, dtype=int),
            (4, (4,), 6, 6, "multiclass-onehot"),
        ),
        (
            KerasClassifier,
            X2,
            np.c_[LABELS, LABELS],
            (4, (4,), 2, [3, 3], "multiclass-multioutput"),
        ),
        (
            KerasClassifier,
            X2,
            {"u": LABELS, "v": LABELS == "a"},
            (
                4,
                (4,),
                {"u": 1, "v": 1},
                {"u": 3, "v": 2},
                {"u": "multiclass", "v": "binary"},
            ),
        ),
        (KerasRegressor, X2, VALUES_2[:, 0], (4, (4,), 1, None, "continuous")),
        (KerasRegressor, X2, VALUES_2, (4, (4,), 2, None, "continuous")),
    ],
    ids=[
        "labels",
        "3-D",
        "multilabel",
        "one-hot",
        "columns",
        "dict",
        "values",
        "value-columns",
    ],
)
def test_facts_reach_the_builder_by_name(estimator, X, y, expected):
    e = estimator(curious, random_state=7).initialize(X, y)
    names = ("n_features_in", "input_shape", "n_outputs", "n_classes", "target_type")
    assert tuple(FOUND[name] for name in names) == expected
    assert FOUND["random_state"] == 7
    assert FOUND["params"]["random_state"] == 7
    assert {"optimizer", "loss", "metrics"} <= set(FOUND["compile_kwargs"])
    meta = FOUND["meta"]
    keys = {"n_features_in_", "X_shape_", "X_dtype_", "n_outputs_", "target_type_"}
    assert keys | {"n_outputs_expected_"} <= set(meta)
    assert meta["X_shape_"] == X.shape
    assert meta["X_dtype_"] == np.float32
    assert meta["n_outputs_expected_"] == len(e.model_.outputs)
    assert ("classes_" in meta) == (estimator is KerasClassifier)


def compiling(n_classes, compile_kwargs):
    model = softmax(n=n_classes)
    compile_kwargs["loss"] = "sparse_categorical_crossentropy"
    model.compile(**compile_kwargs)
    return model


def test_a_builder_may_compile_with_what_the_estimator_was_given(small):
    e = KerasClassifier(compiling, optimizer="sgd", optimizer__learning_rate=0.5)
    optimizer = e.initialize(*small).model_.optimizer
    assert isinstance(optimizer, keras.optimizers.SGD)
    assert float(optimizer.learning_rate) == 0.5


def test_the_default_classifier_of_the_shared_tests_takes_facts(iris):
    X, y = iris
    e = KerasClassifier(dense_classifier, hidden=5).initialize(X, y)
    assert [layer.units for layer in e.model_.layers] == [5, 3]
