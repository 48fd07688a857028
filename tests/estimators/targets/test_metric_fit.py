"""Every metric of Keras under every kind of target: right, or refused."""

import keras
import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn import metrics as reference

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.losses import Plan
from sk_keras._estimators.targets.metric_fit import Place, suited
from sk_keras._estimators.targets.metrics import (
    CHANCES,
    COLUMNS,
    MARGINS,
    NEVER,
    NUMBERS,
    SPARSE,
    THRESHOLDS,
    VALUES,
    known,
    wants_columns,
)
from sk_keras._shared.keras_objects.losses_metrics import snake_case
from tests.builders import dense, ends_in
from tests.errors import FLAG, KIND, MANY, X

#: Arguments that have no default.
NEEDED = {
    "MeanIoU": {"num_classes": 3, "sparse_y_pred": False},
    "IoU": {"num_classes": 3, "target_class_ids": [1], "sparse_y_pred": False},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [1]},
    "OneHotMeanIoU": {"num_classes": 3},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}
CLASSES = {
    name: cls
    for name, cls in vars(keras.metrics).items()
    if isinstance(cls, type) and name not in ("Metric", "MeanMetricWrapper")
}
EVERY = (*CHANCES, *COLUMNS, *MARGINS, *NEVER, *NUMBERS, *SPARSE, *THRESHOLDS, *VALUES)


def of_keras(name):
    """Give a metric by its name where it has one, as an object where it has not."""
    return CLASSES[name](**NEEDED[name]) if name in NEEDED else snake_case(name)


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_of_keras_is_known(name):
    found = known(CLASSES[name](**NEEDED.get(name, {})))
    assert found.name in EVERY


FUNCTIONS = [
    name
    for name, thing in vars(keras.metrics).items()
    if callable(thing) and name.islower()
]


@pytest.mark.parametrize(
    "function", sorted({*FUNCTIONS} - {"get", "serialize", "deserialize"})
)
def test_every_function_of_keras_is_known(function):
    assert known(getattr(keras.metrics, function)).name in EVERY


# --- kinds of targets, and the metrics of each ------------------------------------

PLACES = {
    "sigmoid": (Head("o", (1,), "sigmoid"), Plan("zero_one", "probability"), True),
    "logit": (Head("o", (1,), "linear"), Plan("zero_one", "logit"), True),
    "tanh": (Head("o", (1,), "tanh"), Plan("zero_one", "margin"), True),
    "own hinge": (Head("o", (1,), "tanh"), Plan("sign", "margin"), True),
    "distance": (Head("o", (1,), "relu"), Plan("zero_one", "distance"), True),
    "integers": (Head("o", (3,), "softmax"), Plan("int", "probability"), True),
    "integers, logits": (Head("o", (3,), "linear"), Plan("int", "logits"), True),
    "columns": (Head("o", (3,), "softmax"), Plan("onehot", "probability"), True),
    "columns, logits": (Head("o", (3,), "linear"), Plan("onehot", "logits"), True),
    "columns, values": (Head("o", (3,), "linear"), Plan("onehot", "value"), True),
    "labels": (Head("o", (3,), "sigmoid"), Plan("zero_one", "probability"), False),
    "labels, logits": (Head("o", (3,), "linear"), Plan("zero_one", "logit"), False),
    "steps": (Head("o", (5, 3), "softmax"), Plan("onehot", "probability"), True),
    "value": (Head("o", (1,), "linear"), Plan("values", "value"), True),
    "values": (Head("o", (3,), "linear"), Plan("values", "value"), True),
    "quantiles": (Head("o", (3,), "linear"), Plan("values", "output"), True),
}
OF_SHAPE = {
    "value": np.array([0.5, 2.0]),
    "values": np.array([[0.5, 2.0, -1.0]]),
}
#: The metrics that fit, by families; all others are refused.
FLAT = {"f1_score", "f_beta_score", "r2_score"}
ALONG = {"cosine_similarity", "pearson_correlation", "concordance_correlation"}
ONE_VALUE = {*VALUES} - ALONG
BY_ARGUMENTS = {"io_u", "mean_io_u"}
FITTING = {
    "sigmoid": {*CHANCES, *THRESHOLDS, *MARGINS, *ONE_VALUE},
    "logit": {"auc", "binary_crossentropy", "binary_accuracy", "binary_io_u", *MARGINS},
    "tanh": {"binary_accuracy", "binary_io_u", *MARGINS},
    "own hinge": {*MARGINS},
    "distance": {*MARGINS},
    "integers": {*SPARSE, *BY_ARGUMENTS},
    "integers, logits": {*SPARSE, *BY_ARGUMENTS},
    "columns": {*EVERY} - {*NEVER, *NUMBERS},
    "columns, logits": {
        *SPARSE,
        *COLUMNS,
        *MARGINS,
        "f1_score",
        "f_beta_score",
    }
    - {"kl_divergence"},
    "columns, values": {
        "sparse_categorical_accuracy",
        "sparse_top_k_categorical_accuracy",
        "categorical_accuracy",
        "top_k_categorical_accuracy",
        "categorical_hinge",
        "one_hot_io_u",
        "one_hot_mean_io_u",
        "binary_accuracy",
        "binary_io_u",
        "f1_score",
        "f_beta_score",
        *MARGINS,
        *VALUES,
    },
    "labels": {*CHANCES, *THRESHOLDS, *MARGINS, *VALUES},
    "labels, logits": {
        "auc",
        "binary_crossentropy",
        "binary_accuracy",
        "binary_io_u",
        *MARGINS,
    },
    "steps": {*EVERY} - {*NEVER, *NUMBERS, *FLAT},
    "value": {*ONE_VALUE},
    "values": {*VALUES},
    "quantiles": set(),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", CLASSES)
def test_which_fit(name, place):
    head, plan, exclusive = PLACES[place]
    y = OF_SHAPE.get(place, np.zeros(3))
    where = Place(head, plan, exclusive, "a_loss", y)
    metric = of_keras(name)
    own = known(metric).name
    if name == "Accuracy":
        return  # by its name it is "accuracy", see below
    if own in FITTING[place]:
        assert suited(metric, where) is not None
        return
    with pytest.raises(ValueError, match=r"does not fit the output 'o'.*'a_loss'.*[:]"):
        suited(metric, where)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["accuracy", "acc"])
def test_accuracy(name, place):
    head, plan, exclusive = PLACES[place]
    where = Place(head, plan, exclusive, "a_loss", OF_SHAPE.get(place, np.zeros(3)))
    if place in ("own hinge", "distance", "value", "values", "quantiles"):
        with pytest.raises(ValueError, match=f"metric '{name}' does not fit"):
            suited(name, where)
        return
    made = suited(name, where)
    boundaries = {"logit": 0.0, "tanh": 0.0, "labels, logits": 0.0, "labels": 0.5}
    if place not in boundaries:
        assert made == name  # Keras chooses
    else:
        assert (made.name, made.threshold) == (name, boundaries[place])


@pytest.mark.parametrize(
    ("metric", "place", "message"),
    [
        (keras.metrics.AUC(), "logit", "use from_logits=True"),
        (keras.metrics.AUC(from_logits=True), "sigmoid", "leave from_logits out"),
        (keras.metrics.BinaryAccuracy(), "logit", "use threshold=0"),
        (keras.metrics.F1Score(), "sigmoid", "use threshold=0.5"),
        (keras.metrics.Accuracy(), "columns", "use 'accuracy'"),
        (keras.metrics.MeanIoU(3), "integers", "use sparse_y_pred=False"),
        (
            keras.metrics.MeanIoU(3, sparse_y_pred=False),
            "columns",
            "use sparse_y_true=False",
        ),
        (
            keras.metrics.SparseCategoricalCrossentropy(ignore_class=0),
            "columns",
            "leave ignore_class out",
        ),
        (keras.metrics.binary_crossentropy, "logit", "with from_logits=True"),
        (keras.metrics.CosineSimilarity(), "value", "a single value has no direction"),
    ],
)
def test_objects_are_as_the_user_made_them(metric, place, message):
    head, plan, exclusive = PLACES[place]
    with pytest.raises(ValueError, match=message):
        suited(metric, Place(head, plan, exclusive, "a_loss", np.array([0.5, 2.0])))


@pytest.mark.parametrize(
    ("metric", "place"),
    [
        (keras.metrics.AUC(from_logits=True), "logit"),
        (keras.metrics.BinaryAccuracy(threshold=0), "logit"),
        (keras.metrics.F1Score(threshold=0.3), "labels"),
        (keras.metrics.PearsonCorrelation(axis=0), "value"),
        (lambda y, p: 0.0, "quantiles"),
        ("binary_accuracy", "columns"),
    ],
)
def test_what_fits_stays_itself(metric, place):
    head, plan, exclusive = PLACES[place]
    where = Place(head, plan, exclusive, "a_loss", np.array([0.5, 2.0]))
    assert suited(metric, where) is metric


def test_values_that_are_flags_or_shares():
    head = Head("o", (3,), "softmax")
    flags = Place(head, Plan("values", "value"), True, "mse", np.eye(3))
    shares = Place(head, Plan("values", "value"), True, "mse", np.full((4, 3), 1 / 3))
    assert suited("auc", flags) == "auc"
    assert suited("categorical_accuracy", shares) == "categorical_accuracy"
    with pytest.raises(ValueError, match="for labels, and y holds values"):
        suited("auc", shares)


# --- figures -----------------------------------------------------------------------


def logged(model, y, metrics, **given):
    """Fit without learning, and return the last figures and raw outputs."""
    estimator = KerasRegressor if np.asarray(y).dtype.kind == "f" else KerasClassifier
    e = estimator(
        model,
        metrics=metrics,
        epochs=1,
        optimizer="sgd",
        optimizer__learning_rate=0.0,
        random_state=0,
        **given,
    ).fit(X, y)
    figures = {name: values[0] for name, values in e.history_.items()}
    return figures, e.model_.predict(X, verbose=0), e


NAMES = ["categorical_accuracy", "accuracy", "sparse_categorical_accuracy"]


@pytest.mark.parametrize("activation", ["softmax", None])
@pytest.mark.parametrize("loss", [None, "given"])
def test_several_classes(activation, loss):
    if loss is not None:
        loss = keras.losses.CategoricalCrossentropy(from_logits=activation is None)
    crossentropies = ["sparse_categorical_crossentropy", "categorical_crossentropy"]
    names = [*NAMES, "f1_score", *crossentropies]
    model = ends_in(dense(3, activation))
    figures, raw, e = logged(model, KIND, names, loss=loss)
    p, best = (softmax(raw, axis=1) if activation is None else raw), raw.argmax(axis=1)
    accuracy = reference.accuracy_score(KIND, best)
    assert accuracy == pytest.approx(e.score(X, KIND))
    for name in NAMES:
        assert figures[name] == pytest.approx(accuracy), name
    each = reference.f1_score(KIND, best, average=None)
    assert [figures[f"f1_score_{i}"] for i in range(3)] == pytest.approx(each, abs=1e-5)
    for name in (*crossentropies, "loss"):
        assert figures[name] == pytest.approx(reference.log_loss(KIND, p), rel=1e-4)


def test_several_classes_by_chances():
    model = ends_in(dense(3, "softmax"))
    names = ["Precision", "Recall", "mse", "AUC", "cosine_similarity"]
    figures, p, _ = logged(model, KIND, names)
    onehot = np.eye(3)[KIND]
    said = p > 0.5
    assert figures["Precision"] == pytest.approx(
        (said & (onehot > 0)).sum() / said.sum()
    )
    assert figures["Recall"] == pytest.approx(said[onehot > 0].mean())
    assert figures["mse"] == pytest.approx(((onehot - p) ** 2).mean(), rel=1e-5)
    auc = reference.roc_auc_score(onehot.ravel(), p.ravel())
    assert figures["AUC"] == pytest.approx(auc, abs=0.02)


@pytest.mark.parametrize("activation", ["sigmoid", None])
def test_two_classes(activation):
    names = ["accuracy", "acc", "binary_accuracy", "AUC", "binary_crossentropy"]
    figures, raw, e = logged(ends_in(dense(1, activation)), FLAG, names)
    p = (expit(raw) if activation is None else raw).ravel()
    for name in names[:3]:
        assert figures[name] == pytest.approx(e.score(X, FLAG)), name
    assert figures["AUC"] == pytest.approx(reference.roc_auc_score(FLAG, p), abs=0.02)
    assert figures["binary_crossentropy"] == pytest.approx(figures["loss"], rel=1e-5)


def test_hinge_with_accuracy():
    figures, raw, e = logged(ends_in(dense(1, "tanh")), FLAG, ["accuracy", "hinge"])
    assert figures["accuracy"] == pytest.approx(e.score(X, FLAG))
    margins = np.maximum(1 - (2 * FLAG - 1) * raw.ravel(), 0)
    assert figures["hinge"] == pytest.approx(margins.mean(), rel=1e-5)
    assert figures["loss"] == pytest.approx(margins.mean(), rel=1e-5)


@pytest.mark.parametrize("activation", ["sigmoid", None])
def test_labels_that_are_true_together(activation):
    model = ends_in(dense(3, activation))
    figures, raw, _ = logged(model, MANY, ["accuracy", "binary_accuracy"])
    said = raw > (0.5 if activation else 0)
    assert figures["accuracy"] == pytest.approx((said == MANY).mean())
    assert figures["binary_accuracy"] == pytest.approx((said == MANY).mean())
    if activation:
        figures, _, _ = logged(model, MANY, ["f1_score", "Precision"])
        each = reference.f1_score(MANY, said, average=None, zero_division=0)
        got = [figures[f"f1_score_{i}"] for i in range(3)]
        assert got == pytest.approx(each, abs=1e-5)


def test_one_class_has_one_figure():
    figures, p, _ = logged(ends_in(dense(1, "sigmoid")), FLAG, ["f1_score"])
    expected = reference.f1_score(FLAG, p.ravel() > 0.5)
    assert figures["f1_score"] == pytest.approx(expected, abs=1e-5)


def test_each_output_has_its_own():
    def build():
        inputs = keras.Input((4,))
        kind = keras.layers.Dense(3, activation="softmax", name="kind")(inputs)
        return keras.Model(
            inputs, {"kind": kind, "flag": keras.layers.Dense(1, name="flag")(inputs)}
        )

    metrics = {"kind": ["AUC", "accuracy"], "flag": ["accuracy"]}
    e = KerasClassifier(
        build, metrics=metrics, epochs=1, optimizer__learning_rate=1e-9, random_state=0
    ).fit(X, {"kind": KIND, "flag": FLAG})
    predicted = e.predict(X)
    got = {name: e.history_[f"{name}_accuracy"][0] for name in metrics}
    assert got["kind"] == pytest.approx((predicted["kind"] == KIND).mean())
    assert got["flag"] == pytest.approx((predicted["flag"] == FLAG).mean())


def test_a_builder_that_compiles_has_its_metrics_checked():
    def build():
        model = ends_in(dense(3, "softmax"))()
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["AUC"])
        return model

    with pytest.raises(ValueError, match="metric 'AUC' does not fit.*'categorical_cro"):
        KerasClassifier(build, epochs=1).fit(X, KIND)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("accuracy", False),
        ("sparse_categorical_accuracy", False),
        ("AUC", True),
        (keras.metrics.mean_squared_error, True),
        (keras.metrics.MeanIoU(3, sparse_y_pred=False), False),
        (lambda y, p: 0.0, False),
    ],
)
def test_wants_columns(metric, expected):
    assert wants_columns(metric) is expected
