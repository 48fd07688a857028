"""Labels beside the outputs of the model, and labels that fit has not seen."""

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, GroupKFold

from sk_keras import KerasClassifier
from tests.builders import dense, ends_in
from tests.errors import (
    FLAG,
    KIND,
    MANY,
    MASKS,
    NAMES,
    SEVENS,
    UNSEEN,
    VALUES,
    X,
    case,
    fitting,
    refused,
    table,
)

layers = keras.layers


@table(
    case(
        "one-softmax",
        fitting(ends_in(dense(1, "softmax")), FLAG),
        ValueError,
        r"softmax over one unit.*Dense\(1, activation='sigmoid'\)",
    ),
    case(
        "one-softmax-for-three",
        fitting(ends_in(dense(1, "softmax")), KIND),
        ValueError,
        r"softmax over one unit.*(Dense\(3|3 units)",
    ),
    case(
        "too-many",
        fitting(ends_in(dense(4, "softmax")), KIND),
        ValueError,
        r"shape \(None, 4\) with softmax.*label of 3 classes needs 3 units.*n_classes",
    ),
    case(
        "too-few",
        fitting(ends_in(dense(1, "sigmoid")), NAMES),
        ValueError,
        r"shape \(None, 1\) with sigmoid.*3 classes needs 3 units",
    ),
    case(
        "three-for-two",
        fitting(ends_in(dense(3, "softmax")), FLAG),
        ValueError,
        "label of 2 classes needs 1 unit or 2 units",
    ),
    case(
        "steps",
        fitting(ends_in((layers.Reshape, ((2, 2),), {}), dense(3, "softmax")), KIND),
        ValueError,
        r"shape \(None, 2, 3\).*3 classes needs 3 units",
    ),
    case(
        "multilabel",
        fitting(ends_in(dense(2, "sigmoid")), MANY),
        ValueError,
        "multilabel target of 3 columns needs 3 units",
    ),
    case(
        "masks",
        fitting(ends_in(dense(2, "softmax")), MASKS),
        ValueError,
        r"shape \(None, 3, 3\) with 2 classes needs shape \(None, 3, 3, 2\) or",
    ),
)
def test_outputs_and_losses(call, error, message):
    refused(call, error, message)


@table(
    case(
        "continuous",
        fitting("mlp", VALUES),
        ValueError,
        "Unknown label type: contin.*regr",
    ),
    case(
        "continuous-columns",
        fitting("mlp", np.c_[VALUES, VALUES]),
        ValueError,
        "Unknown label type: continuous-multioutput",
    ),
    case(
        "mixed-labels",
        fitting("mlp", np.array([1, "a", None] * 8, dtype=object)),
        ValueError,
        "Unknown label type",
    ),
)
def test_targets(call, error, message):
    refused(call, error, message)


@table(
    case(
        "score-other-type",
        lambda: KerasClassifier("mlp").initialize(X, KIND).score(X, NAMES),
        ValueError,
        "Mix of label input types",
    ),
    case(
        "y_val",
        lambda: KerasClassifier("mlp", epochs=1).fit(X, KIND, X_val=X, y_val=SEVENS),
        ValueError,
        UNSEEN,
    ),
    case(
        "validation_data",
        lambda: KerasClassifier("mlp", epochs=1).fit(
            X, KIND, validation_data=(X, SEVENS)
        ),
        ValueError,
        UNSEEN,
    ),
    case(
        "partial_fit",
        lambda: KerasClassifier("mlp").initialize(X, KIND).partial_fit(X, SEVENS),
        ValueError,
        UNSEEN + ".*or give classes=",
    ),
    case(
        "partial_fit-classes",
        lambda: KerasClassifier("mlp").partial_fit(X, SEVENS, classes=[0, 1, 2]),
        ValueError,
        UNSEEN,
    ),
    case(
        "warm_start",
        lambda: (
            KerasClassifier("mlp", epochs=1, warm_start=True)
            .initialize(X, KIND)
            .fit(X, SEVENS)
        ),
        ValueError,
        UNSEEN,
    ),
)
def test_labels_that_fit_has_not_seen(call, error, message):
    refused(call, error, message)


def test_labels_that_fit_has_not_seen_are_wrong_in_a_score():
    e = KerasClassifier("mlp").initialize(X, KIND)
    for y in (SEVENS, np.where(np.arange(len(KIND)) % 2, KIND, 7)):
        assert e.score(X, y) == accuracy_score(y, e.predict(X))


@pytest.mark.slow
def test_a_search_over_groups_that_are_classes_has_scores():
    groups = KIND
    search = GridSearchCV(
        KerasClassifier("mlp", epochs=1, random_state=0),
        {"hidden_layer_sizes": [(2,), (3,)]},
        cv=GroupKFold(3),
        error_score="raise",
    ).fit(X, KIND, groups=groups)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], 0)


@pytest.mark.slow
def test_rows_with_several_ones_are_refused_after_one_hot_rows(iris):
    X, y = iris
    onehot = (y[:, None] == np.unique(y)).astype(int)
    several = np.ones_like(onehot)
    e = KerasClassifier("mlp", epochs=1)
    with pytest.raises(ValueError, match="several ones"):
        e.fit(X, onehot, X_val=X, y_val=several)
    with pytest.raises(ValueError, match="several ones"):
        clone(e).partial_fit(X, onehot).partial_fit(X, several)
