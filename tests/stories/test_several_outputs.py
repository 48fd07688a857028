"""Several outputs in warm starts, in cross-validation and in a search."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras.data import ArrayDict
from tests.estimators.several import (
    BINARY,
    COLUMNS,
    FLAGS,
    KIND,
    TABLE,
    TAGS,
    THREE,
    TWO,
    N,
    X,
    Y,
    classifier,
)

pytestmark = pytest.mark.slow


def test_warm_start_goes_on():
    e = classifier(TWO, warm_start=True).fit(X, Y)
    before = e.model_
    assert e.fit(X, Y).model_ is before
    assert clone(e).fit(X, Y).history_["loss"][0] > e.history_["loss"][0]


def test_cross_validation():
    e = classifier(THREE, input_columns=COLUMNS)
    y = ArrayDict({**Y, "tags": TAGS})
    scores = cross_val_score(e, TABLE, y, cv=2, error_score="raise")
    assert scores.shape == (2,)
    e = classifier(TWO)
    predicted = cross_val_predict(e, ArrayDict(X), ArrayDict(Y), cv=2)
    assert isinstance(predicted, ArrayDict)
    assert predicted["kind"].dtype == KIND.dtype
    half = {name: part[: N // 2] for name, part in X.items()}
    e.fit(ArrayDict(X)[N // 2 :], ArrayDict(Y)[N // 2 :])
    np.testing.assert_array_equal(
        predicted["level"][: N // 2], e.predict(ArrayDict(half))["level"]
    )
    p = cross_val_predict(
        classifier(BINARY), ArrayDict(X), FLAGS, cv=2, method="predict_proba"
    )
    assert [each.shape for each in p] == [(N, 2), (N, 2)]


def test_search_in_a_pipeline_over_a_table():
    scaled = make_column_transformer(
        (StandardScaler(), list("xyz")),
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    pipe = make_pipeline(scaled, classifier(BINARY, input_columns=COLUMNS))
    grid = {"kerasclassifier__hidden": [2, 3], "kerasclassifier__batch_size": [8, 20]}
    search = GridSearchCV(pipe, grid, cv=2, error_score="raise")
    search.fit(TABLE, pd.DataFrame(FLAGS, columns=["b", "a"]))
    best = search.best_estimator_[-1]
    assert list(best.feature_names_in_) == list("xyzmnop")
    assert len(search.cv_results_["params"]) == 4
    twin = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(twin.predict(TABLE), search.predict(TABLE))
