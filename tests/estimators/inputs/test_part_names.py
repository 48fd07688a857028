"""Names of columns, where X has a table for each input."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict

from sk_keras import KerasFeatureExtractor, KerasRegressor
from sk_keras.data import ArrayDict
from tests.errors import VALUES, X

A = pd.DataFrame(X[:, :2], columns=["a", "b"])
B = pd.DataFrame(X[:, 2:], columns=["c", "d"])
TURNED = A[["b", "a"]]


def build(as_dict=True):
    one, two = keras.Input((2,), name="one"), keras.Input((2,), name="two")
    joined = keras.layers.Concatenate()([keras.layers.Dense(3)(one), two])
    inputs = {"one": one, "two": two} if as_dict else [one, two]
    return keras.Model(inputs, keras.layers.Dense(1)(joined))


FORMS = {
    "dict": lambda a, b: {"one": a, "two": b},
    "list": lambda a, b: [a, b],
    "ArrayDict": lambda a, b: ArrayDict({"one": a, "two": b}),
}
REGRESSOR = KerasRegressor(build, epochs=1, random_state=0)
CALLS = {
    "predict": lambda e, X: e.predict(X),
    "score": lambda e, X: e.score(X, VALUES),
    "partial_fit": lambda e, X: e.partial_fit(X, VALUES),
    "validation": lambda e, X: e.fit(
        FORMS["dict"](A, B), VALUES, X_val=X, y_val=VALUES
    ),
    "pickled": lambda e, X: pickle.loads(pickle.dumps(e)).predict(X),
    "features": lambda e, X: KerasFeatureExtractor(e, layer=-1).fit(X).transform(X),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("call", CALLS)
def test_tables_have_the_columns_of_fit(form, call):
    if (form, call) == ("list", "validation"):
        return
    make = FORMS[form]
    e = clone(REGRESSOR).set_params(model__as_dict=form != "list")
    e.fit(make(A, B), VALUES)
    with pytest.raises(ValueError, match=r"(?s)Input X\[.*must be in the same order"):
        CALLS[call](e, make(TURNED, B))
    with pytest.raises(ValueError, match=r"(?s)Input X\[.*unseen at fit time:\n- c"):
        CALLS[call](e, make(B, A))


def test_as_scikit_learn_warns_of_names_on_one_side():
    e = clone(REGRESSOR).fit(FORMS["dict"](A, B), VALUES)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        e.predict(FORMS["dict"](A.to_numpy(), B))
    e.fit(FORMS["dict"](A.to_numpy(), B), VALUES)
    with pytest.warns(UserWarning, match="X has feature names, but KerasRegressor"):
        e.predict(FORMS["dict"](A, B))
    e.predict(FORMS["dict"](A.to_numpy(), B))  # as in fit


def test_a_new_fit_learns_new_names():
    e = clone(REGRESSOR).fit(FORMS["dict"](A, B), VALUES)
    e.fit(FORMS["dict"](TURNED, B), VALUES).predict(FORMS["dict"](TURNED, B))
    e.fit(ArrayDict({"one": A, "two": B}), VALUES)
    both = cross_val_predict(e, FORMS["ArrayDict"](A, B), VALUES, cv=2)
    assert both.shape == VALUES.shape


def test_array_dicts_keep_tables():
    rows = FORMS["ArrayDict"](A, B)[np.array([2, 0])]
    assert list(rows["one"].columns) == ["a", "b"]
    np.testing.assert_array_equal(rows["one"], A.to_numpy()[[2, 0]])
    again = np.concatenate([rows, FORMS["ArrayDict"](A[:1], B[:1])])
    assert list(again["two"].columns) == ["c", "d"]
    assert np.asarray(again).shape == (3, 4)


@pytest.mark.parametrize("X_", [[A, B], X], ids=["list", "one array"])
def test_a_model_of_named_inputs_takes_lists_and_wide_arrays(X_):
    by_name = clone(REGRESSOR).fit({"one": X[:, :2], "two": X[:, 2:]}, VALUES)
    e = clone(REGRESSOR).fit(X_, VALUES)
    np.testing.assert_array_equal(
        e.predict(X_), by_name.predict({"one": X[:, :2], "two": X[:, 2:]})
    )


def test_as_many_arrays_as_rows_are_rows():
    e = clone(REGRESSOR)
    with pytest.raises(ValueError, match="A list of 2 arrays of 2 rows each is read"):
        e.fit([X[:2, :2], X[:2, 2:]], VALUES[:2])
    named = ArrayDict({"one": X[:2, :2], "two": X[:2, 2:]})
    assert e.fit(named, VALUES[:2]).predict(named).shape == (2,)


def test_a_list_is_no_dict():
    e = clone(REGRESSOR).fit({"one": X[:, :2], "two": X[:, 2:]}, VALUES)
    with pytest.raises(ValueError, match="X is a list, but in fit it was a dict"):
        e.predict([X[:, :2], X[:, 2:]])
