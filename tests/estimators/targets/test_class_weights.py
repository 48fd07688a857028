"""Class weights."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense, dense_classifier, ends_in
from tests.errors import KIND, MASKS, NAMES, X, fitting, refused
from tests.estimators import several

layers = keras.layers


@pytest.mark.parametrize(
    ("weight", "y", "message"),
    [
        (
            {0: 1, 1: 2, 2: 3},
            NAMES,
            r"The classes, \['a', 'b', 'c'\], are not in class_w",
        ),
        (
            {"a": 2, "bee": 3},
            NAMES,
            r"The classes, \['b', 'c'\], are not in class_weight",
        ),
        ({0: -1, 1: 1, 2: 1}, KIND, "(?i)negative"),
        ({0: 0, 1: 0, 2: 0}, KIND, "(?i)zero"),
        (
            "balance",
            KIND,
            "'class_weight' parameter of KerasClassifier must be.*balance",
        ),
        (3, KIND, "'class_weight' parameter of KerasClassifier must be"),
        ({0: 0, 1: 0}, MASKS, "(?i)zero"),
        ({"b": "balanced"}, {"a": KIND}, r"keys \['b'\], but the targets are \['a'\]"),
    ],
    ids=["codes", "typo", "negative", "zero", "text", "number", "masks", "dict"],
)
def test_class_weights(weight, y, message):
    model = "mlp"
    if y is MASKS:
        model = ends_in(dense(9, "sigmoid"), (layers.Reshape, ((3, 3, 1),), {}))
    refused(fitting(model, y, class_weight=weight), ValueError, message)


def test_classes_without_a_weight_count_once():
    # As in scikit-learn.
    few, all_ = (
        KerasClassifier(
            dense_classifier, class_weight=weight, epochs=2, random_state=0
        ).fit(X, KIND)
        for weight in ({0: 5.0}, {0: 5.0, 1: 1.0, 2: 1.0})
    )
    np.testing.assert_allclose(few.predict_proba(X), all_.predict_proba(X), atol=1e-6)


def test_partial_fit_weighs_classes_by_all_of_them(iris):
    X, y = iris
    e = KerasClassifier(dense_classifier, class_weight={"virginica": 5.0})
    e.partial_fit(X[:50], y[:50], classes=np.unique(y))
    with pytest.raises(ValueError, match="class_weight='balanced' cannot be known"):
        e.set_params(class_weight="balanced").partial_fit(X, y)


@pytest.mark.slow
def test_class_weights_of_each_output():
    e = several.classifier(several.TWO, batch_size=-1)
    hi = {"hi": 3.0, "lo": 1.0}
    by_weights = np.where(several.LEVEL == "hi", 3.0, 1.0)
    wanted = (
        clone(e).fit(several.X, several.Y, sample_weight={"level": by_weights}).history_
    )
    for y, class_weight in [
        (several.Y, {"level": hi}),
        ([several.LEVEL, several.KIND], [hi, None]),
    ]:
        got = clone(e).set_params(class_weight=class_weight).fit(several.X, y).history_
        np.testing.assert_allclose(got["loss"], wanted["loss"], rtol=1e-6)
    balanced = [
        clone(e).set_params(class_weight=w).fit(several.X, several.Y).history_["loss"]
        for w in ("balanced", {"level": "balanced", "kind": "balanced"})
    ]
    assert balanced[0] == balanced[1]


@pytest.mark.slow
@pytest.mark.parametrize("class_weight", ["balanced", {0: 1.0, 1: 4.0, 2: 1.0}])
def test_one_hot_rows_weigh_as_labels(class_weight):
    build = several.Build(("kind", 3, "softmax"))
    loss = "categorical_crossentropy"
    e = several.classifier(build, loss=loss, class_weight=class_weight)
    labels, rows = (
        clone(e).fit(several.X, y)
        for y in (several.KIND, np.eye(3, dtype=int)[several.KIND])
    )
    assert rows.target_type_ == "multiclass-onehot"
    assert rows.history_ == labels.history_


REFUSED = {
    "class_weight names": (
        several.fit(class_weight={"q": "balanced"}),
        r"class_weight has the keys \['q'\]",
    ),
    "class_weight list": (
        several.fit(class_weight=["balanced", None]),
        "class_weight is a list of 2, but the targets are a dict with the keys",
    ),
    "class_weight count": (
        several.fit(y=[several.LEVEL, several.KIND], class_weight=["balanced"]),
        "class_weight is a list of 1, but the targets are a list of 2",
    ),
    "partly balanced": (
        lambda: several.classifier(
            several.TWO, class_weight={"kind": "balanced"}
        ).partial_fit(several.X, several.Y),
        "class_weight='balanced' cannot be known from a part",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, message = REFUSED[case]
    refused(call, ValueError, message)


# --- weights of labels that can be true together ----------------------------

RNG = np.random.RandomState(0)
ROWS = RNG.randn(60, 5).astype("float32")
LABELS = (ROWS[:, :3] + RNG.randn(60, 3) > [1.2, 0.3, 1.6]).astype(int)
SHARED = {"epochs": 3, "batch_size": -1, "random_state": 0}


def of_labels():
    return ends_in(dense(3, "sigmoid"), shape=(5,))()


def of_outputs():
    inputs = keras.Input((5,))
    outputs = {
        name: layers.Dense(1, activation="sigmoid", name=name)(inputs) for name in "abc"
    }
    return keras.Model(inputs, outputs)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_labels_weigh_as_outputs_of_their_own(engine):
    """Each label counts by its own class, however many of a row are true."""
    start = KerasClassifier(of_labels, **SHARED).initialize(ROWS, LABELS).model_
    kernel, bias = start.get_weights()

    def same_start():
        model = of_outputs()
        for i, name in enumerate("abc"):
            model.get_layer(name).set_weights([kernel[:, i : i + 1], bias[i : i + 1]])
        return model

    given = {**SHARED, "engine": engine, "optimizer": "sgd", "class_weight": "balanced"}
    labels = KerasClassifier(of_labels, **given)
    outputs = KerasClassifier(same_start, **given)
    # A mean over labels there, and a sum over outputs here.
    outputs.set_params(optimizer__learning_rate=0.01 / 3)
    labels.set_params(optimizer__learning_rate=0.01)
    labels.fit(ROWS, LABELS)
    outputs.fit(ROWS, dict(zip("abc", LABELS.T, strict=True)))
    p = outputs.predict_proba(ROWS)
    together = np.stack([p[name][:, 1] for name in "abc"], axis=1)
    np.testing.assert_allclose(labels.predict_proba(ROWS), together, atol=1e-5)


def test_a_list_has_the_weights_of_each_label():
    given = [{0: 1.0, 1: 3.0}, None, {1: 0.0}]
    e = KerasClassifier(
        of_labels,
        class_weight=given,
        epochs=1,
        optimizer__learning_rate=1e-9,
        random_state=0,
    ).fit(ROWS, LABELS)
    p = e.predict_proba(ROWS)
    costs = -np.where(LABELS, np.log(p), np.log(1 - p))
    weights = np.where(LABELS, [3.0, 1.0, 0.0], 1.0)
    # Each label counts as much as another, as outputs of their own do.
    columns = zip(costs.T, weights.T, strict=True)
    expected = np.mean([np.average(c, weights=w) for c, w in columns])
    np.testing.assert_allclose(e.history_["loss"][0], expected, rtol=1e-4)


def test_columns_of_labels_weigh_each_its_output():
    y = np.where(LABELS, "yes", "no")
    names = {**SHARED, "class_weight": "balanced"}
    columns = KerasClassifier(of_outputs, **names).fit(ROWS, y)
    keyed = KerasClassifier(of_outputs, **names)
    keyed.fit(ROWS, dict(zip("abc", y.T, strict=True)))
    np.testing.assert_allclose(columns.history_["loss"], keyed.history_["loss"])


@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_weights_of_elements(engine):
    """As by hand: the mean of what each element costs, times its weight."""
    e = KerasClassifier(
        of_labels, epochs=1, optimizer__learning_rate=1e-9, random_state=0
    ).set_params(engine=engine)
    weight = RNG.uniform(0.5, 2, LABELS.shape)
    p = e.fit(ROWS, LABELS, sample_weight=weight).predict_proba(ROWS)
    costs = -np.where(LABELS, np.log(p), np.log(1 - p))
    columns = zip(costs.T, weight.T, strict=True)
    expected = np.mean([np.average(c, weights=w) for c, w in columns])
    np.testing.assert_allclose(e.history_["loss"][0], expected, rtol=1e-4)
    e.partial_fit(ROWS, LABELS)  # rows count once again
    np.testing.assert_allclose(e.history_["loss"][1], costs.mean(), rtol=1e-4)
    values = KerasRegressor(ends_in(dense(3), shape=(5,)), epochs=1, engine=engine)
    values.set_params(optimizer__learning_rate=1e-9).fit(
        ROWS, ROWS[:, :3], sample_weight=weight
    )
    errors = (values.predict(ROWS) - ROWS[:, :3]) ** 2
    expected = np.average(errors, weights=weight)
    np.testing.assert_allclose(values.history_["loss"][0], expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda y, p: keras.losses.binary_crossentropy(y, p), "has a loss of shape"),
        (keras.losses.BinaryCrossentropy(reduction="sum"), "no mean over elements"),
    ],
    ids=["own", "sum"],
)
def test_losses_that_have_no_elements(loss, message):
    e = KerasClassifier(of_labels, loss=loss, epochs=1, class_weight="balanced")
    with pytest.raises(ValueError, match=message):
        e.fit(ROWS, LABELS)


def test_a_dict_is_for_one_column():
    e = KerasClassifier(of_labels, epochs=1, class_weight={0: 1.0, 1: 2.0})
    with pytest.raises(ValueError, match="3 columns of 0 and 1, whose class_weight is"):
        e.fit(ROWS, LABELS)
    e = KerasClassifier(of_outputs, epochs=1, class_weight={0: 1.0, 1: 2.0})
    with pytest.raises(ValueError, match="3 columns of labels, whose class_weight is"):
        e.fit(ROWS, np.where(LABELS, "yes", "no"))


def test_pixels_weigh_alike_with_and_without_an_axis():
    masks = (RNG.rand(12, 4, 4) > 0.8).astype(int)
    last = [(layers.Conv2D, (1, 1), {"activation": "sigmoid"})]
    images = RNG.rand(12, 4, 4, 1).astype("float32")
    got = [
        KerasClassifier(
            ends_in(*last, *more, shape=(4, 4, 1)),
            class_weight="balanced",
            epochs=1,
            random_state=0,
        ).fit(images, masks)
        for more in ([], [(layers.Reshape, ((4, 4),), {})])
    ]
    losses = [e.history_["loss"] for e in got]
    np.testing.assert_allclose(*losses, rtol=1e-5)


# --- validation -------------------------------------------------------------


@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize("class_weight", ["balanced", {0: 1.0, 1: 6.0}])
def test_classes_weigh_alike_in_validation(class_weight, engine):
    y = LABELS[:, 2]
    e = KerasClassifier(
        ends_in(dense(1, "sigmoid"), shape=(5,)),
        class_weight=class_weight,
        optimizer__learning_rate=1e-9,
        epochs=1,
        random_state=0,
        engine=engine,
    ).fit(ROWS, y, X_val=ROWS[:25], y_val=y[:25])
    p = e.predict_proba(ROWS)[np.arange(60), y]
    counts = np.bincount(y)
    by_class = 30 / counts if class_weight == "balanced" else np.array([1.0, 6.0])
    weights = by_class[y]
    history = e.history_
    expected = np.average(-np.log(p), weights=weights)
    np.testing.assert_allclose(history["loss"][0], expected, rtol=1e-4)
    # By the classes in training, not by those in this set.
    expected = np.average(-np.log(p[:25]), weights=weights[:25])
    np.testing.assert_allclose(history["val_loss"][0], expected, rtol=1e-4)


def test_weights_of_a_validation_set_multiply():
    y, weight = LABELS[:, 2], np.linspace(0.5, 2, 60)
    e = KerasClassifier(
        ends_in(dense(1, "sigmoid"), shape=(5,)),
        class_weight={0: 1.0, 1: 6.0},
        optimizer__learning_rate=1e-9,
        epochs=1,
        random_state=0,
    ).fit(ROWS, y, X_val=ROWS, y_val=y, sample_weight_val=weight)
    p = e.predict_proba(ROWS)[np.arange(60), y]
    both = weight * np.array([1.0, 6.0])[y]
    expected = np.average(-np.log(p), weights=both)
    np.testing.assert_allclose(e.history_["val_loss"][0], expected, rtol=1e-4)


def test_weights_by_the_names_of_columns():
    named = pd.DataFrame(LABELS, columns=["a", "b", "c"])
    given = {"epochs": 1, "random_state": 0}
    by_name = KerasClassifier(of_labels, class_weight={"a": {1: 3.0}}, **given)
    listed = KerasClassifier(of_labels, class_weight=[{1: 3.0}, None, None], **given)
    assert by_name.fit(ROWS, named).history_ == listed.fit(ROWS, LABELS).history_
    texts = named.replace({0: "no", 1: "yes"})
    weights = {"b": {"yes": 2.0}}
    columns = KerasClassifier(of_outputs, class_weight=weights, **given)
    keyed = KerasClassifier(of_outputs, class_weight=weights, **given)
    keyed.fit(ROWS, {name: texts[name] for name in texts})
    np.testing.assert_allclose(
        columns.fit(ROWS, texts).history_["loss"], keyed.history_["loss"]
    )


def test_weighted_metrics_beside_weights_of_labels():
    metrics = {"compile__weighted_metrics": ["binary_accuracy"]}
    e = KerasClassifier(of_labels, epochs=1, class_weight="balanced", **metrics)
    with pytest.raises(ValueError, match="weighted_metrics have a value for each row"):
        e.fit(ROWS, LABELS)
