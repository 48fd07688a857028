"""Models with several inputs or outputs: forms of X, y, weights and classes."""

import pickle
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras.data import ArrayDict

RNG = np.random.RandomState(0)
N = 40
IDS = RNG.randint(1, 50, (N, 4))
AUX = RNG.standard_normal((N, 3)).astype("float32")
X = {"ids": IDS, "aux": AUX}
LEVEL = np.where(IDS[:, 0] > 25, "hi", "lo")
KIND = RNG.randint(0, 3, N)
TAGS = np.r_[[[1, 1, 0]], RNG.randint(0, 2, (N - 1, 3))]
FLAGS = np.c_[KIND > 1, KIND > 0].astype(int)
TABLE = pd.DataFrame(IDS, columns=list("mnop")).join(
    pd.DataFrame(AUX, columns=list("xyz"))
)
COLUMNS = {"ids": list("mnop"), "aux": list("xyz")}


class Build:
    """Build a network of two inputs with the outputs (name, units, activation)."""

    def __init__(self, *heads, as_dict=False):
        self.heads, self.as_dict = heads, as_dict

    def __call__(self, hidden=4):
        ids = keras.Input((4,), name="ids", dtype="int32")
        aux = keras.Input((3,), name="aux")
        words = keras.layers.Flatten()(keras.layers.Embedding(51, 2)(ids))
        x = keras.layers.Concatenate()([words, aux])
        x = keras.layers.Dense(hidden, activation="tanh")(x)
        outputs = {
            name: keras.layers.Dense(units, activation, name=name)(x)
            for name, units, activation in self.heads
        }
        outputs = outputs if self.as_dict else list(outputs.values())
        return keras.Model([ids, aux], outputs)


ONE = Build(("level", 1, "sigmoid"))
TWO = Build(("level", 1, "sigmoid"), ("kind", 3, "softmax"))
TWO_IN_A_DICT = Build(*TWO.heads, as_dict=True)
THREE = Build(*TWO.heads, ("tags", 3, "sigmoid"))
BINARY = Build(("a", 1, "sigmoid"), ("b", 1, "sigmoid"))
VALUES = Build(("wide", 2, None), ("narrow", 1, None))
Y = {"level": LEVEL, "kind": KIND}
QUICK = {"epochs": 1, "random_state": 0}


def classifier(build, **params):
    return KerasClassifier(build, **{**QUICK, **params})


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


def test_a_table_and_its_array_predict_alike():
    e = classifier(ONE, input_columns=COLUMNS).fit(TABLE, LEVEL)
    with pytest.warns(UserWarning, match="valid feature names"):
        p = e.predict_proba(TABLE.to_numpy())
    np.testing.assert_allclose(p, e.predict_proba(TABLE), atol=1e-6)
    np.testing.assert_allclose(e.predict_proba(TABLE[:1]), p[:1], atol=1e-6)


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


@dataclass
class Target:
    y: Any
    kind: type
    builder: Any = TWO


TARGETS = {
    "dict": Target(Y, dict),
    "dict in another order": Target({"kind": KIND, "level": LEVEL}, dict),
    "ArrayDict": Target(ArrayDict(Y), ArrayDict),
    "list": Target([LEVEL, KIND], list),
    "lists": Target([LEVEL.tolist(), KIND.tolist()], list),
    "outputs in a dict": Target(Y, dict, TWO_IN_A_DICT),
}


@pytest.fixture(scope="module")
def loss_of_two():
    return classifier(TWO).fit(X, Y).history_["loss"]


@pytest.mark.parametrize("form", TARGETS)
def test_predictions_have_the_form_of_y(loss_of_two, form):
    case = TARGETS[form]
    e = classifier(case.builder).fit(X, case.y)
    np.testing.assert_allclose(e.history_["loss"], loss_of_two, rtol=1e-6)
    got = [e.predict(X), e.predict_proba(X), e.predict_log_proba(X)]
    assert [type(each) for each in got] == [case.kind] * 3
    names = {0: LEVEL, 1: KIND} if case.kind is list else Y
    for name, y in names.items():
        labels, p, log_p = (each[name] for each in got)
        assert labels.shape == y.shape
        assert labels.dtype.kind == y.dtype.kind
        np.testing.assert_allclose(np.exp(log_p), p)
        np.testing.assert_array_equal(np.unique(y)[p.argmax(axis=1)], labels)
    each = [np.mean(got[0][name] == y) for name, y in names.items()]
    assert e.score(X, case.y) == pytest.approx(np.mean(each))


def test_a_single_row_is_scored_as_many():
    few = {name: part[:1] for name, part in X.items()}
    e = classifier(TWO).fit(X, Y)
    score = e.score(few, {name: part[:1] for name, part in Y.items()})
    y = [part[:1] for part in Y.values()]
    listed = classifier(TWO).fit(X, [LEVEL, KIND], X_val=few, y_val=y)
    assert listed.score(few, y) == score
    assert "val_loss" in listed.history_


def test_kinds_of_targets_in_one_dict():
    y = {**Y, "tags": TAGS}
    e = classifier(THREE, epochs=3).fit(X, y)
    kinds = {"level": "binary", "kind": "multiclass", "tags": "multilabel-indicator"}
    assert e.target_type_ == kinds
    shapes = {name: p.shape for name, p in e.predict_proba(X).items()}
    assert shapes == {"level": (N, 2), "kind": (N, 3), "tags": (N, 3)}
    twin = pickle.loads(pickle.dumps(e))
    for name, labels in e.predict(X).items():
        np.testing.assert_array_equal(twin.predict(X)[name], labels)


def test_an_output_alone_in_a_list():
    class Listed(Build):
        def __call__(self):
            return super().__call__()

    e = classifier(Listed(("o", 1, "sigmoid")), metrics=["accuracy"]).fit(X, LEVEL)
    assert set(e.history_) == {"accuracy", "loss"}
    e = KerasRegressor(Listed(("o", 1, None)), **QUICK).fit(X, AUX[:, 0])
    assert e.predict(X).shape == (N,)


@pytest.mark.parametrize("names", [["a", "b"], ["b", "a"]])
def test_columns_of_a_table_go_to_the_outputs_of_their_names(names):
    y = pd.DataFrame(FLAGS, columns=["a", "b"])
    e = classifier(BINARY, epochs=3)
    wanted = clone(e).fit(X, {"a": FLAGS[:, 0], "b": FLAGS[:, 1]})
    e.fit(X, y[names], X_val=X, y_val=y)
    np.testing.assert_allclose(e.history_["loss"], wanted.history_["loss"], rtol=1e-5)
    for i, name in enumerate(names):
        np.testing.assert_array_equal(e.predict(X)[:, i], wanted.predict(X)[name])
    # Later tables may have the columns in another order.
    assert e.score(X, y) == e.score(X, y[names]) == wanted.score(X, dict(y.items()))
    other = clone(e).fit(X, y[names], X_val=X, y_val=y[names])
    assert e.history_["val_loss"] == other.history_["val_loss"]


def test_regression_with_outputs_of_different_widths():
    y = {"wide": AUX[:, :2], "narrow": AUX[:, 2]}
    e = KerasRegressor(VALUES, **QUICK).fit(X, y)
    p = e.predict(X)
    assert {k: v.shape for k, v in p.items()} == {"wide": (N, 2), "narrow": (N,)}
    scores = [r2_score(y[name], p[name]) for name in y]
    assert e.score(X, y) == pytest.approx(np.mean(scores))
    weight = np.arange(N)
    scores = [r2_score(y["wide"], p["wide"])]
    scores.append(r2_score(y["narrow"], p["narrow"], sample_weight=weight))
    assert e.score(X, y, {"narrow": weight}) == pytest.approx(np.mean(scores))
    # Columns of one array are divided, and scored as an array.
    whole = clone(e).fit(X, AUX)
    np.testing.assert_allclose(whole.history_["loss"], e.history_["loss"], rtol=1e-6)
    assert whole.score(X, AUX) == pytest.approx(r2_score(AUX, whole.predict(X)))


LOSS = {"level": "binary_crossentropy", "kind": "sparse_categorical_crossentropy"}
WEIGHTED = {"level": 1.0, "kind": 0.2}


@pytest.mark.parametrize(
    ("params", "weights"),
    [
        ({"loss": LOSS}, (1, 1)),
        ({"loss": list(LOSS.values())}, (1, 1)),
        ({"loss": ["hinge", "categorical_crossentropy"]}, None),
        ({"compile__loss_weights": WEIGHTED}, (1, 0.2)),
        ({"compile__loss_weights": [1, 0.2]}, (1, 0.2)),
        ({"compile__loss_weights": {"kind": 0.2}}, (1, 0.2)),
        ({"loss": LOSS, "compile__loss_weights": [1, 0.2]}, (1, 0.2)),
        ({"loss": list(LOSS.values()), "compile__loss_weights": WEIGHTED}, (1, 0.2)),
        ({"loss": LOSS, "compile__loss_weights": {"level": 0.5}}, (0.5, 1)),
    ],
    ids=str,
)
def test_losses_and_their_weights(params, weights):
    history = classifier(TWO, batch_size=-1, **params).fit(X, Y).history_
    total = [history["level_loss"][0], history["kind_loss"][0]]
    assert history["loss"][0] == pytest.approx(np.dot(weights or (1, 1), total))


def test_one_loss_with_weights_for_each_output():
    params = {"loss": "binary_crossentropy", "compile__loss_weights": [1.0, 0.2]}
    history = classifier(BINARY, batch_size=-1, **params).fit(X, FLAGS).history_
    a, b = history["a_loss"][0], history["b_loss"][0]
    assert history["loss"][0] == pytest.approx(a + 0.2 * b)


BOTH = {"level_accuracy", "kind_accuracy"}


@pytest.mark.parametrize("builder", [TWO, TWO_IN_A_DICT], ids=["list", "dict"])
@pytest.mark.parametrize(
    ("metrics", "names"),
    [
        ("accuracy", BOTH),
        (["accuracy"], BOTH),
        ([["accuracy"], ["accuracy"]], BOTH),
        ({"level": "accuracy", "kind": ["accuracy"]}, BOTH),
        ({"level": ["AUC"]}, {"level_AUC"}),
        ([keras.metrics.MeanSquaredError], None),
        ([keras.metrics.MeanSquaredError(name="e")], {"level_e", "kind_e"}),
    ],
    ids=["name", "one", "lists", "dict", "of-one", "class", "object"],
)
def test_metrics(builder, metrics, names):
    loss = "mse" if names != BOTH else None
    e = classifier(builder, metrics=metrics, loss=loss).fit(X, Y)
    names = names or {"level_mean_squared_error", "kind_mean_squared_error"}
    assert set(e.history_) == {"loss", "level_loss", "kind_loss"} | names


def test_sample_weights_of_each_output():
    # None is zero: a row that counts for no output is left out, which gives the
    # others another order, and the sums another last digit.
    weight = 1.0 + np.arange(N)
    e = classifier(TWO, batch_size=-1)
    histories = [
        clone(e).fit(X, y, sample_weight=w).history_
        for y, w in [
            (Y, {"kind": weight}),
            ([LEVEL, KIND], [None, weight]),
            ([LEVEL, KIND], [np.ones(N), weight]),
        ]
    ]
    assert histories[0] == histories[1] == histories[2]
    plain, both = clone(e).fit(X, Y).history_, clone(e).fit(X, Y, weight).history_
    assert histories[0]["level_loss"] == plain["level_loss"] != both["level_loss"]
    assert histories[0]["kind_loss"] == both["kind_loss"]


def test_an_output_may_count_for_nothing():
    e = classifier(TWO).fit(X, Y, sample_weight={"level": np.zeros(N)})
    assert e.history_["level_loss"] == [0.0]
    columns = np.c_[np.zeros(N), np.ones(N)]
    e = classifier(BINARY).fit(X, FLAGS, sample_weight=columns)
    assert (e.history_["a_loss"][0], e.history_["b_loss"][0] > 0) == (0.0, True)


def test_scores_with_weights():
    weight = np.arange(N)
    e = classifier(TWO).fit(X, Y)
    right = {name: part == Y[name] for name, part in e.predict(X).items()}
    kind = np.average(right["kind"], weights=weight)
    wanted = np.mean([right["level"].mean(), kind])
    assert e.score(X, Y, {"kind": weight}) == pytest.approx(wanted)
    wanted = np.mean([np.average(right["level"], weights=weight), kind])
    assert e.score(X, Y, weight) == pytest.approx(wanted)


def test_class_weights_of_each_output():
    e = classifier(TWO, batch_size=-1)
    hi = {"hi": 3.0, "lo": 1.0}
    by_weights = np.where(LEVEL == "hi", 3.0, 1.0)
    wanted = clone(e).fit(X, Y, sample_weight={"level": by_weights}).history_
    for y, class_weight in [(Y, {"level": hi}), ([LEVEL, KIND], [hi, None])]:
        got = clone(e).set_params(class_weight=class_weight).fit(X, y).history_
        np.testing.assert_allclose(got["loss"], wanted["loss"], rtol=1e-6)
    balanced = [
        clone(e).set_params(class_weight=w).fit(X, Y).history_["loss"]
        for w in ("balanced", {"level": "balanced", "kind": "balanced"})
    ]
    assert balanced[0] == balanced[1]


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1.0, 1: 4.0, 2: 1.0}])
def test_one_hot_rows_weigh_as_labels(class_weight):
    build = Build(("kind", 3, "softmax"))
    loss = "categorical_crossentropy"
    e = classifier(build, loss=loss, class_weight=class_weight)
    labels, rows = (clone(e).fit(X, y) for y in (KIND, np.eye(3, dtype=int)[KIND]))
    assert rows.target_type_ == "multiclass-onehot"
    assert rows.history_ == labels.history_


SEEN = {"level": ["hi", "lo"], "kind": [0, 1, 2]}


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (lambda rows: {"level": LEVEL[rows], "kind": KIND[rows] * 0}, SEEN),
        (lambda rows: [LEVEL[rows], KIND[rows] * 0], list(SEEN.values())),
        (lambda rows: ArrayDict({"level": LEVEL[rows], "kind": KIND[rows] * 0}), SEEN),
    ],
    ids=["dict", "list", "ArrayDict"],
)
def test_partial_fit_is_told_the_classes(y, classes):
    few = {name: part[:5] for name, part in X.items()}
    e = classifier(TWO).partial_fit(few, y(slice(0, 5)), classes=classes)
    e.partial_fit(X, y(slice(None)), classes=classes)
    known = e.classes_.values() if isinstance(e.classes_, dict) else e.classes_
    assert [list(each) for each in known] == list(SEEN.values())
    other = {**SEEN, "kind": [0, 1]}
    other = other if isinstance(classes, dict) else list(other.values())
    with pytest.raises(ValueError, match="not the same as in the fit before"):
        e.partial_fit(X, y(slice(None)), classes=other)


def test_classes_of_columns():
    few = {name: part[:5] for name, part in X.items()}
    for classes in ([[0, 1], [0, 1]], [0, 1]):
        e = classifier(BINARY).partial_fit(few, FLAGS[:5] * 0, classes=classes)
        assert [list(each) for each in e.classes_] == [[0, 1], [0, 1]]


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


def fit(build=TWO, X=X, y=Y, then=lambda e: e, fit_params=None, **params):
    return lambda: then(classifier(build, **params).fit(X, y, **(fit_params or {})))


TWO_OUTPUTS = r"The model has 2 outputs \(.*\), but the target is "
REFUSED = {
    "names of X": (fit(ONE, {"x": IDS, "aux": AUX}, LEVEL), r"inputs \['ids', 'aux'\]"),
    "empty X": (fit(ONE, {}, LEVEL), "X is an empty dict"),
    "rows": (fit(ONE, {"ids": IDS[:5], "aux": AUX}, LEVEL), "inconsistent numbers"),
    "NaN": (fit(ONE, {"ids": IDS, "aux": AUX * np.nan}, LEVEL), r"X\['aux'\] contains"),
    "text": (
        fit(ONE, {"ids": IDS, "aux": np.full((N, 3), "q")}, LEVEL),
        r"Input X\['aux'\]: could not convert string",
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
    "names of y": (
        fit(y={"level": LEVEL, "q": KIND}),
        TWO_OUTPUTS + r"a dict with the keys \['level', 'q'\]. Name the output layers",
    ),
    "too many in a list": (
        fit(y=[LEVEL, KIND, KIND]),
        TWO_OUTPUTS + "a list of 3. Give one for each output",
    ),
    "one array": (fit(y=LEVEL), TWO_OUTPUTS + "an array. Give y as a dict"),
    "three columns": (
        fit(BINARY, y=np.c_[KIND, KIND, KIND]),
        TWO_OUTPUTS + "3 columns of labels",
    ),
    "rows of y": (fit(y={"level": LEVEL, "kind": KIND[:5]}), "inconsistent numbers"),
    "y lacks one later": (
        fit(then=lambda e: e.score(X, {"level": LEVEL})),
        r"y has no target for \['kind'\]; its keys are \['level'\]",
    ),
    "y array later": (
        fit(then=lambda e: e.score(X, LEVEL)),
        "y is ndarray, but in fit it was a dict with the keys",
    ),
    "new label later": (
        fit(then=lambda e: e.score(X, {**Y, "kind": KIND + 1})),
        r"not seen in fit: \[3\]. .* give classes=",
    ),
    "loss names": (fit(loss={"q": "mse", "kind": "mse"}), r"loss has the keys \['q'\]"),
    "loss count": (fit(loss=["mse"]), "loss has 1 entries, but the model has 2"),
    "loss_weights names": (
        fit(compile__loss_weights={"q": 1.0}),
        r"loss_weights has the keys \['q'\], but the model's outputs are",
    ),
    "loss_weights count": (
        fit(compile__loss_weights=[1.0]),
        "loss_weights has 1 entries, but the model",
    ),
    "metrics names": (fit(metrics={"q": "mse"}), r"metrics has the keys \['q'\]"),
    "metrics count": (
        fit(metrics=["mse", "mae", "mape"]),
        "metrics has 3 entries, but the model has 2 outputs",
    ),
    "weights of nothing": (
        fit(fit_params={"sample_weight": {k: np.zeros(N) for k in Y}}),
        "All sample weights are zero",
    ),
    "weight names": (
        fit(fit_params={"sample_weight": {"q": np.ones(N)}}),
        r"sample_weight has the keys \['q'\], but the targets have the keys",
    ),
    "weights by name of an array": (
        fit(BINARY, y=FLAGS, fit_params={"sample_weight": {"a": np.ones(N)}}),
        "but the targets have no names",
    ),
    "fine weights": (
        fit(
            Build(("tags", 3, "sigmoid")),
            y=TAGS,
            fit_params={"sample_weight": np.ones((N, 3))},
        ),
        r"sample_weight has shape \(40, 3\), but .* loss of shape \('n_samples',\)",
    ),
    "class_weight names": (
        fit(class_weight={"q": "balanced"}),
        r"class_weight has the keys \['q'\]",
    ),
    "class_weight list": (
        fit(class_weight=["balanced", None]),
        "class_weight is a list of 2, but the targets are a dict with the keys",
    ),
    "class_weight count": (
        fit(y=[LEVEL, KIND], class_weight=["balanced"]),
        "class_weight is a list of 1, but the targets are a list of 2",
    ),
    "classes names": (
        fit(fit_params={"classes": {"q": [1]}}),
        r"classes must be .* Got .*\['q'\]",
    ),
    "one list of classes": (
        fit(fit_params={"classes": [0, 1]}),
        "classes must be .* Got one list",
    ),
    "dict of classes": (
        fit(ONE, y=LEVEL, fit_params={"classes": {"level": ["hi", "lo"]}}),
        "classes is a dict, but y is one array",
    ),
    "classes count": (
        fit(BINARY, y=FLAGS, fit_params={"classes": [[0, 1]]}),
        "classes has 1 entries, but y has 2 columns",
    ),
    "warm start in another form": (
        fit(then=lambda e: e.set_params(warm_start=True).fit([IDS, AUX], Y)),
        "X is a list .* in fit it was a dict",
    ),
    "partly balanced": (
        lambda: classifier(TWO, class_weight={"kind": "balanced"}).partial_fit(X, Y),
        "class_weight='balanced' cannot be known from a part",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=rf"(?s){message}") as caught:
        call()
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ArrayDict([IDS]), TypeError, "needs a dict of arrays. Got list"),
        (lambda: ArrayDict({}), ValueError, "one or more arrays"),
        (lambda: ArrayDict({"a": 3}), ValueError, r"\['a'\] are single values"),
        (lambda: ArrayDict({"a": [1], "b": [1, 2]}), ValueError, "same number of rows"),
        (lambda: ArrayDict(X)[0], TypeError, r"slice: X\[i : i \+ 1\]"),
        (lambda: ArrayDict(X)["q"], KeyError, r"the keys are \['ids', 'aux'\]"),
    ],
)
def test_array_dict_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_array_dict_as_an_array():
    mixed = ArrayDict({"a": [1, 2], "b": ["x", "y"]})
    np.testing.assert_array_equal(np.asarray(mixed), [["1", "x"], ["2", "y"]])
    whole = np.asarray(ArrayDict({"a": [1, 2]}))
    assert whole.dtype.kind == "i"
    twice = np.concatenate([mixed, mixed[[True, False]]])
    assert {k: v.tolist() for k, v in twice.items()} == {
        "a": [1, 2, 1],
        "b": ["x", "y", "x"],
    }
    assert np.sum(ArrayDict({"a": [1, 2]})) == 3
