"""Validation sets: split off by splitters, or given through pipelines."""

import numpy as np
import pytest
import sklearn
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    TimeSeriesSplit,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._estimators.base import fitting, training
from sk_keras._estimators.inputs.checked_rows import CheckedRows
from sk_keras._estimators.inputs.validation import split_validation
from tests.builders import dense_classifier, dense_regressor
from tests.errors import KIND, SEVENS, X, refused, with_value

QUICK = {"epochs": 2, "random_state": 0}
ROWS = np.arange(20.0)


def split(splitter, groups=None):
    checked = CheckedRows(ROWS[:, None], ROWS % 2)
    parts = split_validation(
        checked, splitter, groups=groups, stratify=True, random_state=None
    )
    return [part.X[:, 0].astype(int) for part in parts]


def test_groups_stay_together():
    groups = np.repeat(np.arange(5), 4)
    train, held_out = split(GroupShuffleSplit(1, test_size=2, random_state=0), groups)
    assert len(held_out) == 8
    assert not set(groups[train]) & set(groups[held_out])


def test_the_last_split_in_time_is_used():
    train, held_out = split(TimeSeriesSplit(3, test_size=5))
    assert (train.tolist(), held_out.tolist()) == (list(range(15)), list(range(15, 20)))


@pytest.mark.slow
def test_groups_reach_the_fits_of_a_search(iris, monkeypatch):
    X, y = iris
    groups = np.arange(len(y)) % 10
    seen = []
    inner = GroupShuffleSplit(1, test_size=3, random_state=0)

    def watched(checked, split, *, groups, **rest):
        seen.append(groups)
        train, held_out = split_validation(checked, split, groups=groups, **rest)
        assert len(train) + len(held_out) == len(checked)
        return train, held_out

    monkeypatch.setattr(training, "split_validation", watched)
    with sklearn.config_context(enable_metadata_routing=True):
        e = KerasClassifier(dense_classifier, validation_split=inner, **QUICK)
        e.set_fit_request(groups=True)
        search = GridSearchCV(e, {"hidden": [2]}, cv=GroupKFold(2), error_score="raise")
        search.fit(X, y, groups=groups)
    assert [len(np.unique(each)) for each in seen] == [5, 5, 10]
    assert "val_loss" in search.best_estimator_.history_


@pytest.mark.slow
def test_validation_data_pass_through_a_pipeline(iris):
    X, y = iris
    weight = np.arange(20.0) + 1
    with sklearn.config_context(enable_metadata_routing=True):
        e = KerasClassifier(dense_classifier, **QUICK)
        e.set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
        steps = [("scale", StandardScaler()), ("e", e)]
        pipe = Pipeline(steps, transform_input=["X_val"])
        pipe.fit(X * 50, y, X_val=X[:20] * 50, y_val=y[:20], sample_weight_val=weight)
    plain = KerasClassifier(dense_classifier, **QUICK)
    scaled = StandardScaler().fit(X * 50).transform(X * 50)
    plain.fit(scaled, y, X_val=scaled[:20], y_val=y[:20], sample_weight_val=weight)
    assert pipe[-1].history_ == plain.history_
    unweighted = KerasClassifier(dense_classifier, **QUICK)
    unweighted.fit(scaled, y, X_val=scaled[:20], y_val=y[:20])
    assert unweighted.history_["val_loss"] != plain.history_["val_loss"]


@pytest.mark.parametrize(
    ("params", "given", "message"),
    [
        ({}, {"groups": True}, "groups was given, but validation_split is no splitter"),
        ({"validation_split": 0.2}, {"groups": True}, "Got validation_split=0.2"),
        (
            {"validation_split": GroupShuffleSplit(1)},
            {},
            "The 'groups' parameter should not be None",
        ),
        (
            {"validation_split": GroupShuffleSplit(1)},
            {"groups": [1, 2]},
            "inconsistent numbers of samples",
        ),
        ({}, {"y_val": True}, "only y_val was given"),
        ({}, {"sample_weight_val": True}, "without X_val and y_val"),
        (
            {"validation_split": 0.2},
            {"X_val": True, "y_val": True},
            "given in two ways: X_val, y_val and validation_split=0.2",
        ),
        ({}, {"validation_data": (1, 2, 3, 4)}, "must be a tuple .* Got tuple of 4"),
        (
            {},
            {"X_val": np.ones((2, 9)), "y_val": True},
            r"In the validation set \(X_val",
        ),
    ],
)
def test_refused(iris, params, given, message):
    X, y = iris
    full = {"groups": np.arange(len(y)), "X_val": X, "y_val": y}
    full["sample_weight_val"] = np.ones(len(y))
    given = {name: full[name] if v is True else v for name, v in given.items()}
    with pytest.raises(ValueError, match=rf"(?s){message}"):
        KerasClassifier(dense_classifier, **QUICK, **params).fit(X, y, **given)


SET = {"X_val": X, "y_val": KIND}
DATA = {"validation_data": (X, KIND)}


@pytest.mark.parametrize(
    ("params", "given", "message"),
    [
        (
            {"validation_split": 0.2},
            SET,
            "two ways: X_val, y_val and validation_split=0.2. Give one of them",
        ),
        ({"validation_split": 0.2}, DATA, "validation_data and validation_split=0.2"),
        ({}, {**SET, **DATA}, "two ways: X_val, y_val and validation_data. Give one"),
        ({}, {**SET, "validation_split": 0.3}, "X_val, y_val and validation_split=0.3"),
        (
            {"validation_split": KFold(3)},
            SET,
            "X_val, y_val and validation_split=KFold",
        ),
        ({}, {"X_val": X}, "X_val and y_val go together, but only X_val was given"),
        ({}, {"y_val": KIND}, "X_val and y_val go together, but only y_val was given"),
        (
            {},
            {"sample_weight_val": X[:, 0]},
            "sample_weight_val was given without X_val",
        ),
        ({}, {"validation_data": X}, r"must be a tuple \(X, y\) or .*Got ndarray"),
        ({}, {"validation_data": "all"}, r"must be a tuple \(X, y\) or .*Got str"),
        ({}, {"validation_data": (X,)}, r"must be a tuple \(X, y\) or .*Got .*\b1\b"),
        ({}, {"validation_data": (X,) * 4}, r"must be a tuple .*Got .*\b4\b"),
        (
            {"validation_split": KFold(30)},
            {},
            "n_splits=30 greater than the number of samples: n_samples=24",
        ),
    ],
    ids=[
        "set-and-split",
        "data-and-split",
        "set-and-data",
        "set-and-split-in-call",
        "set-and-splitter",
        "no-y",
        "no-X",
        "weights-alone",
        "array",
        "text",
        "one",
        "four",
        "too-many-folds",
    ],
)
def test_validation_sets(params, given, message):
    e = KerasClassifier("mlp", epochs=1, **params)
    refused(lambda: e.fit(X, KIND, **given), ValueError, message)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"X_val": with_value(X, np.nan), "y_val": KIND}, "X_val.*NaN"),
        ({"X_val": X[:, :3], "y_val": KIND}, "X_val.*3 features"),
        ({"X_val": X, "y_val": KIND[:3]}, r"X_val.*\[24, 3\]"),
        ({"X_val": X, "y_val": SEVENS}, "y_val.*7"),
        ({**SET, "sample_weight_val": -(X[:, 0] ** 2)}, "sample_weight_val"),
        ({**SET, "sample_weight_val": [1.0]}, r"sample_weight_val.*\(1,\).*\(24,\)"),
    ],
    ids=["nan", "width", "lengths", "label", "negative-weight", "weights"],
)
def test_messages_name_the_validation_set(given, message):
    # X itself is in order: who reads "X contains NaN" looks in the wrong place.
    e = KerasClassifier("mlp", epochs=1)
    refused(lambda: e.fit(X, KIND, **given), ValueError, message)


def test_warm_start_keeps_its_validation_rows(diabetes, monkeypatch):
    X, y = diabetes
    seen = []
    e = KerasRegressor(
        dense_regressor, epochs=1, validation_split=0.1, warm_start=True, random_state=0
    )
    split = fitting.split_rows
    monkeypatch.setattr(
        fitting, "split_rows", lambda *args: seen.append(split(*args)) or seen[-1]
    )
    e.fit(X, y).fit(X, y)
    np.testing.assert_array_equal(seen[0][1].y, seen[1][1].y)
