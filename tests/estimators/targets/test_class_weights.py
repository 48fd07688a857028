"""Class weights."""

import keras
import numpy as np
import pytest
from sklearn.base import clone

from sk_keras import KerasClassifier
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
