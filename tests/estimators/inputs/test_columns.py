"""Several inputs: every form of X, and columns of a table."""

import keras
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import make_column_selector

from sk_keras.data import ArrayDict
from tests.errors import refused
from tests.estimators.several import (
    AUX,
    COLUMNS,
    IDS,
    LEVEL,
    ONE,
    TABLE,
    N,
    X,
    Y,
    classifier,
    fit,
)


@pytest.fixture(scope="module")
def reference():
    """Probabilities of a fit on a dict of inputs."""
    return classifier(ONE).fit(X, LEVEL).predict_proba(X)


FORMS = {
    "dict": (X, None),
    "ArrayDict": (ArrayDict(X), None),
    "list": ([IDS, AUX], None),
    "tuple": ((IDS, AUX), None),
    "lists": ([IDS.tolist(), AUX.tolist()], None),
    "tables": ({"ids": TABLE[list("mnop")], "aux": TABLE[list("xyz")]}, None),
    "split by width": (np.hstack([IDS, AUX]), None),
    "sparse part": ({"ids": IDS, "aux": sparse.csr_matrix(AUX)}, None),
    "names": (TABLE, COLUMNS),
    "one name": (TABLE, {**COLUMNS, "aux": pd.Index(list("xyz"))}),
    "array of names": (TABLE, {k: np.array(v) for k, v in COLUMNS.items()}),
    "tuples": (TABLE, {k: tuple(v) for k, v in COLUMNS.items()}),
    "positions": (TABLE, {"ids": [0, 1, 2, 3], "aux": [-3, -2, -1]}),
    "slices": (TABLE, {"ids": slice(0, 4), "aux": slice(4, None)}),
    "named slices": (TABLE, {"ids": slice("m", "p"), "aux": slice("x", "z")}),
    "masks": (TABLE, {"ids": np.arange(7) < 4, "aux": np.arange(7) >= 4}),
    "callables": (
        TABLE,
        {"ids": make_column_selector("[mnop]"), "aux": lambda X: ["x", "y", "z"]},
    ),
    "array": (TABLE.to_numpy(), {"ids": [0, 1, 2, 3], "aux": [4, 5, 6]}),
    "sparse": (
        sparse.csr_matrix(TABLE.to_numpy()),
        {"ids": slice(0, 4), "aux": [4, 5, 6]},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_forms_of_several_inputs(reference, form):
    data, columns = FORMS[form]
    e = classifier(ONE, input_columns=columns).fit(data, LEVEL)
    np.testing.assert_allclose(e.predict_proba(data), reference, atol=1e-6)
    assert e.n_features_in_ == 7
    assert e.engine_ == "compiled"
    e.partial_fit(data, LEVEL)
    assert e.n_iter_ == 2


def test_types_of_inputs_stay_apart():
    e = classifier(ONE, input_columns=COLUMNS).fit(TABLE, LEVEL)
    assert e.X_dtype_ == {"ids": IDS.dtype, "aux": AUX.dtype}
    assert list(e.feature_names_in_) == list("mnopxyz")


@pytest.mark.slow
def test_a_table_and_its_array_predict_alike():
    e = classifier(ONE, input_columns=COLUMNS).fit(TABLE, LEVEL)
    with pytest.warns(UserWarning, match="valid feature names"):
        p = e.predict_proba(TABLE.to_numpy())
    np.testing.assert_allclose(p, e.predict_proba(TABLE), atol=1e-6)
    np.testing.assert_allclose(e.predict_proba(TABLE[:1]), p[:1], atol=1e-6)


@pytest.mark.slow
def test_a_column_of_sequences_beside_numbers():
    def build():
        words = keras.Input((None,), name="words", dtype="int32")
        size = keras.Input((1,), name="size")
        x = keras.layers.Embedding(9, 4, mask_zero=True)(words)
        x = keras.layers.Concatenate()([keras.layers.LSTM(4)(x), size])
        return keras.Model([words, size], keras.layers.Dense(1, "sigmoid")(x))

    rows = [list(range(1, 2 + i % 5)) for i in range(20)]
    table = pd.DataFrame({"words": rows, "size": [len(row) for row in rows]})
    e = classifier(build, input_columns={"words": "words", "size": ["size"]})
    e.fit(table, table["size"] > 2)
    p = e.predict_proba(table)
    alone = np.concatenate([e.predict_proba(table[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(alone, p, atol=1e-6)


REFUSED = {
    "names of X": (fit(ONE, {"x": IDS, "aux": AUX}, LEVEL), r"inputs \['ids', 'aux'\]"),
    "empty X": (fit(ONE, {}, LEVEL), "X is an empty dict"),
    "rows": (fit(ONE, {"ids": IDS[:5], "aux": AUX}, LEVEL), "inconsistent numbers"),
    "NaN": (fit(ONE, {"ids": IDS, "aux": AUX * np.nan}, LEVEL), r"X\['aux'\] contains"),
    "text": (
        fit(ONE, {"ids": IDS, "aux": np.full((N, 3), "q")}, LEVEL),
        r"X\['aux'\] is text, 'q', .*could not convert string",
    ),
    "widths": (fit(ONE, IDS, LEVEL), "2 inputs .*, but X is one array of shape"),
    "lists": (fit(ONE, [IDS, AUX, AUX], LEVEL), "X is a list of 3 arrays"),
    "no columns": (fit(ONE, TABLE, LEVEL, input_columns={}), "input_columns is empty"),
    "empty columns": (
        fit(ONE, TABLE, LEVEL, input_columns={"ids": [], "aux": ["x"]}),
        r"input_columns\['ids'\]=\[\] picks no column",
    ),
    "unknown column": (
        fit(ONE, TABLE, LEVEL, input_columns={"ids": ["q"], "aux": ["x"]}),
        r"input_columns\['ids'\]=\['q'\] does not fit X with 7 columns",
    ),
    "column out of range": (
        fit(ONE, TABLE, LEVEL, input_columns={"ids": [0], "aux": [77]}),
        r"input_columns\['aux'\]=\[77\] does not fit",
    ),
    "columns of a dict": (
        fit(ONE, X, LEVEL, input_columns=COLUMNS),
        "input_columns picks from one table, but X is a dict",
    ),
    "array later": (
        fit(ONE, [IDS, AUX], LEVEL, lambda e: e.predict(np.hstack([IDS, AUX]))),
        "X is one array, but in fit it was a list",
    ),
    "dict later": (
        fit(ONE, [IDS, AUX], LEVEL, lambda e: e.predict(X)),
        "X is a dict .* in fit it was a list",
    ),
    "fewer later": (
        fit(ONE, X, LEVEL, lambda e: e.predict({"ids": IDS})),
        r"inputs \['ids'\], but KerasClassifier is expecting \['aux', 'ids'\]",
    ),
    "narrow later": (
        fit(ONE, X, LEVEL, lambda e: e.predict({"ids": IDS[:, :2], "aux": AUX})),
        r"X\['ids'\] has shape \(40, 2\), but .* expecting \('n_samples', 4\)",
    ),
    "warm start in another form": (
        fit(then=lambda e: e.set_params(warm_start=True).fit([IDS, AUX], Y)),
        "X is a list .* in fit it was a dict",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, message = REFUSED[case]
    refused(call, ValueError, message)
