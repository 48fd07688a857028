"""Targets beside the outputs of the model: which is whose."""

import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import r2_score

from sk_keras import KerasRegressor
from sk_keras.data import ArrayDict
from tests.builders import dense, ends_in
from tests.errors import KIND, NAMES, case, fitting, refused, table
from tests.estimators import several


@table(
    case(
        "columns",
        fitting(ends_in(dense(3, "softmax")), np.c_[KIND, NAMES]),
        ValueError,
        r"1 output \(.*columns.*one output for each column",
    ),
    case(
        "dict",
        fitting(ends_in(dense(3, "softmax")), {"a": KIND, "b": KIND}),
        ValueError,
        r"1 output \(.*\['a', 'b'\].*Name the output layers as the keys of y",
    ),
)
def test_outputs_and_losses(call, error, message):
    refused(call, error, message)


@dataclass
class Target:
    y: Any
    kind: type
    builder: Any = several.TWO


TARGETS = {
    "dict": Target(several.Y, dict),
    "dict in another order": Target(
        {"kind": several.KIND, "level": several.LEVEL}, dict
    ),
    "ArrayDict": Target(ArrayDict(several.Y), ArrayDict),
    "list": Target([several.LEVEL, several.KIND], list),
    "lists": Target([several.LEVEL.tolist(), several.KIND.tolist()], list),
    "outputs in a dict": Target(several.Y, dict, several.TWO_IN_A_DICT),
}


@pytest.fixture(scope="module")
def loss_of_two():
    return several.classifier(several.TWO).fit(several.X, several.Y).history_["loss"]


@pytest.mark.slow
@pytest.mark.parametrize("form", TARGETS)
def test_predictions_have_the_form_of_y(loss_of_two, form):
    case = TARGETS[form]
    e = several.classifier(case.builder).fit(several.X, case.y)
    np.testing.assert_allclose(e.history_["loss"], loss_of_two, rtol=1e-6)
    got = [
        e.predict(several.X),
        e.predict_proba(several.X),
        e.predict_log_proba(several.X),
    ]
    assert [type(each) for each in got] == [case.kind] * 3
    names = {0: several.LEVEL, 1: several.KIND} if case.kind is list else several.Y
    for name, y in names.items():
        labels, p, log_p = (each[name] for each in got)
        assert labels.shape == y.shape
        assert labels.dtype.kind == y.dtype.kind
        np.testing.assert_allclose(np.exp(log_p), p)
        np.testing.assert_array_equal(np.unique(y)[p.argmax(axis=1)], labels)
    each = [np.mean(got[0][name] == y) for name, y in names.items()]
    assert e.score(several.X, case.y) == pytest.approx(np.mean(each))


@pytest.mark.slow
def test_a_single_row_is_scored_as_many():
    few = {name: part[:1] for name, part in several.X.items()}
    e = several.classifier(several.TWO).fit(several.X, several.Y)
    score = e.score(few, {name: part[:1] for name, part in several.Y.items()})
    y = [part[:1] for part in several.Y.values()]
    listed = several.classifier(several.TWO).fit(
        several.X, [several.LEVEL, several.KIND], X_val=few, y_val=y
    )
    assert listed.score(few, y) == score
    assert "val_loss" in listed.history_


@pytest.mark.slow
def test_kinds_of_targets_in_one_dict():
    y = {**several.Y, "tags": several.TAGS}
    e = several.classifier(several.THREE, epochs=3).fit(several.X, y)
    kinds = {"level": "binary", "kind": "multiclass", "tags": "multilabel-indicator"}
    assert e.target_type_ == kinds
    shapes = {name: p.shape for name, p in e.predict_proba(several.X).items()}
    assert shapes == {
        "level": (several.N, 2),
        "kind": (several.N, 3),
        "tags": (several.N, 3),
    }
    twin = pickle.loads(pickle.dumps(e))
    for name, labels in e.predict(several.X).items():
        np.testing.assert_array_equal(twin.predict(several.X)[name], labels)


@pytest.mark.slow
@pytest.mark.parametrize("names", [["a", "b"], ["b", "a"]])
def test_columns_of_a_table_go_to_the_outputs_of_their_names(names):
    y = pd.DataFrame(several.FLAGS, columns=["a", "b"])
    e = several.classifier(several.BINARY, epochs=3)
    wanted = clone(e).fit(
        several.X, {"a": several.FLAGS[:, 0], "b": several.FLAGS[:, 1]}
    )
    e.fit(several.X, y[names], X_val=several.X, y_val=y)
    np.testing.assert_allclose(e.history_["loss"], wanted.history_["loss"], rtol=1e-5)
    for i, name in enumerate(names):
        np.testing.assert_array_equal(
            e.predict(several.X)[:, i], wanted.predict(several.X)[name]
        )
    # Later tables may have the columns in another order.
    assert (
        e.score(several.X, y)
        == e.score(several.X, y[names])
        == wanted.score(several.X, dict(y.items()))
    )
    other = clone(e).fit(several.X, y[names], X_val=several.X, y_val=y[names])
    assert e.history_["val_loss"] == other.history_["val_loss"]


@pytest.mark.slow
def test_regression_with_outputs_of_different_widths():
    y = {"wide": several.AUX[:, :2], "narrow": several.AUX[:, 2]}
    e = KerasRegressor(several.VALUES, **several.QUICK).fit(several.X, y)
    p = e.predict(several.X)
    assert {k: v.shape for k, v in p.items()} == {
        "wide": (several.N, 2),
        "narrow": (several.N,),
    }
    scores = [r2_score(y[name], p[name]) for name in y]
    assert e.score(several.X, y) == pytest.approx(np.mean(scores))
    weight = np.arange(several.N)
    scores = [r2_score(y["wide"], p["wide"])]
    scores.append(r2_score(y["narrow"], p["narrow"], sample_weight=weight))
    assert e.score(several.X, y, {"narrow": weight}) == pytest.approx(np.mean(scores))
    # Columns of one array are divided, and scored as an array.
    whole = clone(e).fit(several.X, several.AUX)
    np.testing.assert_allclose(whole.history_["loss"], e.history_["loss"], rtol=1e-6)
    assert whole.score(several.X, several.AUX) == pytest.approx(
        r2_score(several.AUX, whole.predict(several.X))
    )


REFUSED = {
    "names of y": (
        several.fit(y={"level": several.LEVEL, "q": several.KIND}),
        several.TWO_OUTPUTS
        + r"a dict with the keys \['level', 'q'\]. Name the output layers",
    ),
    "too many in a list": (
        several.fit(y=[several.LEVEL, several.KIND, several.KIND]),
        several.TWO_OUTPUTS + "a list of 3. Give one for each output",
    ),
    "one array": (
        several.fit(y=several.LEVEL),
        several.TWO_OUTPUTS + "an array. Give y as a dict",
    ),
    "three columns": (
        several.fit(several.BINARY, y=np.c_[several.KIND, several.KIND, several.KIND]),
        several.TWO_OUTPUTS + "3 columns of labels",
    ),
    "rows of y": (
        several.fit(y={"level": several.LEVEL, "kind": several.KIND[:5]}),
        "inconsistent numbers",
    ),
    "y lacks one later": (
        several.fit(then=lambda e: e.score(several.X, {"level": several.LEVEL})),
        r"y has no target for \['kind'\]; its keys are \['level'\]",
    ),
    "y array later": (
        several.fit(then=lambda e: e.score(several.X, several.LEVEL)),
        "y is ndarray, but in fit it was a dict with the keys",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, message = REFUSED[case]
    refused(call, ValueError, message)
