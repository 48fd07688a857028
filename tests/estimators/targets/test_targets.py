"""Targets of every kind: codes for the loss, and predictions in y's own form."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._estimators.targets.element_codecs import ElementwiseCodec
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.label_codecs import (
    LabelCodec,
    MultilabelCodec,
    OneHotCodec,
)
from sk_keras._estimators.targets.losses import Plan
from sk_keras._estimators.targets.makers import (
    label_codec,
    label_targets,
    make_targets,
)
from sk_keras._estimators.targets.planning import plan_of
from sk_keras._estimators.targets.value_codec import ValueCodec
from tests.builders import dense_classifier

#: Every run draws the same examples, and leaves no database behind.
REPEATABLE = settings(deadline=None, derandomize=True, database=None, max_examples=60)


def head(*shape, activation=None, name="out"):
    return Head(name, shape, activation)


# --- codecs: there and back ------------------------------------------------

TEXT = st.text("ab\u00e9\u4e2d ", max_size=3)

#: Types of labels and how they are drawn.
LABEL_TYPES = [
    (np.int64, st.integers(-(2**62), 2**62)),
    (np.int8, st.integers(-128, 127)),
    (np.uint8, st.integers(0, 255)),
    (np.uint64, st.integers(0, 2**64 - 1)),
    (np.bool_, st.booleans()),
    (np.float64, st.floats(-1e9, 1e9)),
    (np.float32, st.integers(-1000, 1000)),
    (np.str_, TEXT),
    (object, TEXT),
    (object, st.integers(-9, 9)),
    (object, st.booleans()),
]


@st.composite
def labels(draw, max_classes=5, shape=None):
    """Draw an array of labels of one type, a few of them different."""
    dtype, values = draw(st.sampled_from(LABEL_TYPES))
    pool = draw(st.lists(values, min_size=1, max_size=max_classes))
    shape = (draw(st.integers(1, 20)),) if shape is None else draw(shape)
    chosen = np.random.RandomState(draw(st.integers(0, 99)))
    return chosen.choice(np.array(pool, dtype=dtype), shape)


def raw_of(encoded, plan, width):
    """Turn targets into outputs that predict just them."""
    if plan.encoding == "int":
        encoded = np.eye(width)[encoded]
    if plan.link in ("logit", "logits") and plan.encoding != "sign":
        return 30 * (2 * encoded - 1)
    return encoded


ONE_UNIT = [
    Plan("zero_one", "probability"),
    Plan("zero_one", "logit"),
    Plan("zero_one", "value"),
    Plan("sign", "margin"),
]
UNITS = [
    Plan("int", "probability"),
    Plan("int", "logits"),
    Plan("onehot", "probability"),
    Plan("onehot", "logits"),
    Plan("onehot", "logit"),
    Plan("onehot", "margin"),
    Plan("onehot", "value"),
    Plan("sign", "margin"),
]


@pytest.mark.slow
@REPEATABLE
@given(labels(), st.data())
def test_labels_come_back_as_they_were(y, data):
    classes, positions = np.unique(y, return_inverse=True)
    codec = LabelCodec(classes)
    k = len(classes)
    width = data.draw(st.sampled_from([1, k] if k <= 2 else [k]))
    plan = data.draw(st.sampled_from(ONE_UNIT if width == 1 else UNITS))
    before = y.copy()
    encoded = codec.encode(y, plan, head(width))
    assert np.isfinite(encoded).all()
    assert len(encoded) == len(y)
    if plan.encoding == "int":
        np.testing.assert_array_equal(encoded, positions)
    else:
        assert encoded.shape == (len(y), width)
    back = codec.decode(raw_of(encoded, plan, width), plan)
    assert back.dtype == y.dtype
    assert back.tolist() == y.tolist()
    assert y.tolist() == before.tolist()


@REPEATABLE
@given(labels(max_classes=3, shape=hnp.array_shapes(min_dims=3, max_dims=3)), st.data())
def test_labels_of_elements_come_back_as_they_were(y, data):
    codec = ElementwiseCodec(np.unique(y), y.shape[1:])
    k = codec.n_classes
    shapes = [(*y.shape[1:], k)] + ([(*y.shape[1:], 1), y.shape[1:]] if k <= 2 else [])
    out = head(*data.draw(st.sampled_from(shapes)))
    codec.check(out)
    one_unit = len(out.shape) < y.ndim or out.width == 1
    plan = data.draw(st.sampled_from(ONE_UNIT if one_unit else UNITS))
    encoded = codec.encode(y, plan, out)
    assert plan.encoding == "int" or encoded.shape == (len(y), *out.shape)
    raw = raw_of(encoded, plan, k)
    p = codec.probabilities(raw, plan)
    back = codec.decode(raw, plan)
    assert back.dtype == y.dtype
    assert back.tolist() == y.tolist()
    np.testing.assert_allclose(p.sum(axis=-1), 1.0, rtol=1e-12)
    assert p.shape == (*y.shape, k)


ZERO_ONE = st.sampled_from(["int64", "uint8", "bool", "float64"]).flatmap(
    lambda dtype: hnp.arrays(
        dtype,
        st.tuples(st.integers(1, 9), st.integers(1, 4)),
        elements=st.integers(0, 1).map(np.dtype(dtype).type),
    )
)


@REPEATABLE
@given(ZERO_ONE, st.sampled_from(ONE_UNIT))
def test_label_matrices_come_back_as_they_were(y, plan):
    codec = MultilabelCodec(y.shape[1], y.dtype)
    encoded = codec.encode(y, plan, head(y.shape[1]))
    assert encoded.shape == y.shape
    back = codec.decode(raw_of(encoded, plan, y.shape[1]), plan)
    assert back.dtype == y.dtype
    np.testing.assert_array_equal(back, y)


@REPEATABLE
@given(st.integers(2, 5), st.lists(st.integers(0, 1), min_size=1), st.data())
def test_one_hot_rows_come_back_as_they_were(k, rows, data):
    dtype = data.draw(st.sampled_from(["int64", "uint8", "float32"]))
    y = np.eye(k, dtype=dtype)[rows]
    codec = OneHotCodec(k, y.dtype)
    plan = data.draw(st.sampled_from(UNITS))
    encoded = codec.encode(y, plan, head(k))
    assert encoded.tolist() == rows if plan.encoding == "int" else True
    back = codec.decode(raw_of(encoded, plan, k), plan)
    assert back.dtype == y.dtype
    np.testing.assert_array_equal(back, y)


@REPEATABLE
@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=4),
        elements=st.floats(-(2.0**99), 2.0**99, width=32),
    ),
    st.booleans(),
)
def test_values_come_back_as_they_were(y, extra_axis):
    codec = ValueCodec(y.shape[1:])
    out = head(*y.shape[1:], *([1] if extra_axis or y.ndim == 1 else []))
    codec.check(out)
    plan = Plan("values", "value")
    encoded = codec.encode(y, plan, out)
    assert encoded.shape == (len(y), *out.shape)
    back = codec.decode(encoded, plan)
    assert back.dtype == np.float64
    np.testing.assert_array_equal(back, y)


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        (np.array(["a", "b"] * 9), LabelCodec),
        (np.array([0, 1, 2] * 9), LabelCodec),
        (np.array([0, 0]), LabelCodec),
        (np.eye(3, dtype=int), OneHotCodec),
        (np.array([[1, 1], [0, 1]]), MultilabelCodec),
        (np.array([[0, 0], [0, 1]]), MultilabelCodec),
        (np.zeros((2, 3, 3), int), ElementwiseCodec),
    ],
    ids=["binary", "multiclass", "one", "one-hot", "two-in-a-row", "none", "masks"],
)
def test_label_codec(y, expected):
    assert type(label_codec(y)) is expected


# --- which outputs fit -----------------------------------------------------

THREE, TWO, ONE = (LabelCodec(np.arange(k)) for k in (3, 2, 1))


def tags(k, *shape):
    return ElementwiseCodec(np.arange(k), shape)


def fit_id(value):
    """Name a codec or an output."""
    if isinstance(value, Head):
        return f"output{value.shape}"
    if isinstance(value, str):
        return ""
    return f"{type(value).__name__}-{value.n_classes}{getattr(value, 'shape', '')}"


@pytest.mark.parametrize(
    ("codec", "out"),
    [
        (TWO, head(1, activation="sigmoid")),
        (TWO, head(2, activation="softmax")),
        (THREE, head(3)),
        (ONE, head(1, activation="sigmoid")),
        (ONE, head(2, activation="softmax")),
        (OneHotCodec(3, int), head(3)),
        (MultilabelCodec(3, int), head(3)),
        (MultilabelCodec(1, int), head(1)),
        (tags(3, 5), head(5, 3)),
        (tags(2, 5), head(5, 2)),
        (tags(2, 5), head(5, 1)),
        (tags(2, 4, 4), head(4, 4, 1)),
        (tags(2, 4, 4), head(4, 4)),
        (tags(3, 5), head(None, 3)),
        (ValueCodec(()), head(1)),
        (ValueCodec(()), head()),
        (ValueCodec((2,)), head(2)),
        (ValueCodec((2, 3)), head(2, 3)),
        (ValueCodec((2, 3)), head(2, 3, 1)),
        (ValueCodec((2, 3)), head(None, 3)),
    ],
    ids=fit_id,
)
def test_outputs_that_fit(codec, out):
    assert codec.check(out) is None


@pytest.mark.parametrize(
    ("codec", "out", "message"),
    [
        (THREE, head(1, activation="softmax"), "softmax over one unit"),
        (TWO, head(1, activation="softmax"), "sigmoid.*or Dense.2, activation='softm"),
        (THREE, head(4), "a label of 3 classes needs 3 units"),
        (THREE, head(1), "a label of 3 classes needs 3 units"),
        (THREE, head(5, 3), "a label of 3 classes needs 3 units"),
        (TWO, head(3), "a label of 2 classes needs 1 unit or 2 units"),
        (OneHotCodec(3, int), head(2), "one-hot target of 3 columns needs 3 units"),
        (MultilabelCodec(3, int), head(2), "multilabel target of 3 columns needs 3"),
        (tags(3, 5), head(5), r"shape \(None, 5\) with 3 .* shape \(None, 5, 3\)"),
        (tags(3, 5), head(4, 3), r"needs shape \(None, 5, 3\)"),
        (tags(2, 4, 4), head(2), r"\(None, 4, 4, 2\) or \(None, 4, 4, 1\)"),
    ],
    ids=fit_id,
)
def test_outputs_that_do_not_fit(codec, out, message):
    with pytest.raises(ValueError, match=message) as caught:
        codec.check(out)
    assert str(out) in str(caught.value) or "softmax over one" in str(caught.value)


@pytest.mark.parametrize(
    ("codec", "out", "message"),
    [
        (ValueCodec(()), head(2), "needs 1 unit[^s]"),
        (ValueCodec((2,)), head(3), "needs 2 units"),
        (ValueCodec((2, 3)), head(6), r"needs shape \(None, 2, 3\)"),
    ],
    ids=fit_id,
)
def test_outputs_of_values_have_the_shape_of_y_for_losses_of_keras(codec, out, message):
    assert not codec.fits_shape(out)
    with pytest.raises(ValueError, match=message) as caught:
        plan_of(codec, out, "mse", np.zeros((3, *codec.shape)))
    assert str(out) in str(caught.value)


NAMED = {"a": np.arange(3.0), "b": np.arange(6.0).reshape(3, 2)}
COLUMNS = np.array([["x", "u"], ["y", "v"], ["z", "u"]])


def values(y):
    return ValueCodec(y.shape[1:])


@pytest.mark.parametrize(
    ("y", "heads", "structure", "loss", "shapes"),
    [
        (np.arange(3.0), [head(1)], object, "mse", [(3, 1)]),
        (
            NAMED,
            [head(1, name="a"), head(2, name="b")],
            list,
            "mse",
            [(3, 1), (3, 2)],
        ),
        (
            NAMED,
            [head(2, name="b"), head(1, name="a")],
            dict,
            {"a": "mae", "b": "mse"},
            [(3, 2), (3, 1)],
        ),
        (COLUMNS, [head(3), head(1)], list, ["kld", "bce"], [(3, 3), (3, 1)]),
        (COLUMNS, [head(2, 5)], object, "kld", [(3, 2, 5)]),
    ],
    ids=["array", "dict", "dict-in-the-model's-order", "columns", "elements"],
)
def test_targets_are_arranged_as_the_outputs(y, heads, structure, loss, shapes):
    targets = label_targets(y) if y is COLUMNS else make_targets(y, values)
    arranged = {object: "array", list: "list", dict: "dict"}[structure]
    bound = targets.bind(heads, arranged).planned(loss, y)
    encoded = bound.encode(y)
    assert isinstance(encoded, np.ndarray if structure is object else structure)
    if structure is dict:
        assert list(encoded) == [out.name for out in heads]
        encoded = list(encoded.values())
    found = [encoded] if structure is object else encoded
    assert [part.shape for part in found] == shapes


@pytest.mark.parametrize(
    ("targets", "heads", "message"),
    [
        (
            make_targets(np.arange(3), values),
            [head(1), head(1)],
            r"2 outputs.*Give y as a dict with a target for each output",
        ),
        (
            make_targets(NAMED, values),
            [head(1, name="a"), head(2, name="c")],
            r"output 'c'.*keys \['a', 'b'\].*Name the output layers as the keys",
        ),
        (
            make_targets(NAMED, values),
            [head(1, name="a")],
            r"1 output \(.*\['a', 'b'\]",
        ),
        (label_targets(COLUMNS), [head(3)], r"1 output \(.*one output for each column"),
        (
            label_targets(COLUMNS),
            [head(3)] * 3,
            "3 outputs.*one output for each column",
        ),
    ],
    ids=["two-for-one", "names", "keys", "columns", "three-for-two"],
)
def test_targets_that_match_no_outputs(targets, heads, message):
    with pytest.raises(ValueError, match=message):
        targets.bind(heads, "list")


@pytest.mark.parametrize(
    ("codec", "y", "message"),
    [
        (THREE, np.array([0, 7]), r"not seen in fit: \[7\].*classes are \[0, 1, 2\]"),
        (THREE, np.array(["0"]), r"not seen in fit: \['0'\]"),
        (THREE, np.array([0.5]), r"not seen in fit: \[0.5\]"),
        (
            LabelCodec(np.array(["a", "b"])),
            np.array(["c"]),
            r"not seen in fit: \['c'\]",
        ),
        (LabelCodec(np.array([False, True])), np.array([2]), r"not seen in fit: \[2\]"),
        (tags(2, 2), np.array([[0, 5]]), r"not seen in fit: \[5\]"),
        (OneHotCodec(3, int), np.eye(2), r"shape \(2, 2\).*fit had 3 columns"),
        (
            MultilabelCodec(3, int),
            np.ones((2, 2)),
            r"shape \(2, 2\).*fit had 3 columns",
        ),
        (ValueCodec((2,)), np.ones((4, 3)), r"shape \(4, 3\).*seen in fit had .*2\)"),
        (ValueCodec(()), np.ones((4, 3)), r"shape \(4, 3\).*seen in fit had"),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "check") else "",
)
def test_targets_unlike_those_of_fit(codec, y, message):
    with pytest.raises(ValueError, match=message):
        codec.encode(y, Plan("int", "probability"), head(3))


# --- end to end ------------------------------------------------------------

N = 48
RNG = np.random.RandomState(0)
KIND = np.arange(N) % 3
FLAG = (np.arange(N) // 3) % 2
NAMES = np.array(["setosa", "versicolor", "virginica"])
MANY = np.c_[FLAG, KIND == 0, KIND > 0].astype(int)


def noisy(a):
    return (a + 0.1 * RNG.randn(*a.shape)).astype(np.float32)


X = noisy(np.c_[2 * np.eye(3)[KIND], 2 * np.eye(2)[FLAG], np.zeros(N)])
TAGS = RNG.randint(0, 3, (N, 5))
STEPS = noisy(2 * np.eye(3)[TAGS])
MASKS = RNG.randint(0, 2, (N, 4, 4))
IMAGES = noisy(2 * MASKS[..., None] - 1)
VALUES = (X @ RNG.randn(6, 6)).astype(np.float64)


def ends_in(*layers, shape=(6,)):
    """Give a builder of a model with these layers: (class, arguments) pairs."""
    return partial(build, layers, shape)


def build(layers, shape):
    made = [cls(*args, **more) for cls, args, more in layers]
    return keras.Sequential([keras.layers.Input(shape), *made])


def dense(units, activation=None):
    return keras.layers.Dense, (units,), {"activation": activation}


def reshape(*shape):
    return keras.layers.Reshape, (shape,), {}


def heads_of(*units, names=None, as_dict=False):
    """Give a builder of a model with several outputs: (units, activation) pairs."""
    return partial(build_heads, units, names, as_dict)


def build_heads(units, names, as_dict):
    inputs = keras.Input((6,))
    names = names or [f"head_{i}" for i in range(len(units))]
    outputs = {
        name: keras.layers.Dense(n, activation=activation, name=name)(inputs)
        for name, (n, activation) in zip(names, units, strict=True)
    }
    return keras.Model(inputs, outputs if as_dict else list(outputs.values()))


@dataclass
class Case:
    """One kind of target, and what has to come out."""

    name: str
    model: Any
    y: Any
    proba: Any = None
    X: np.ndarray = field(default_factory=lambda: X)
    params: dict[str, Any] = field(default_factory=dict)
    score: str = "elements"
    y_given: Any = None


def logits(loss):
    return {"loss": loss(from_logits=True)}


BINARY = [
    Case("sigmoid", ends_in(dense(1, "sigmoid")), FLAG, (N, 2)),
    Case("two-softmax", ends_in(dense(2, "softmax")), FLAG, (N, 2)),
    Case("logit", ends_in(dense(1)), FLAG, (N, 2)),
    Case("two-logits", ends_in(dense(2)), FLAG, (N, 2)),
    Case("two-sigmoids", ends_in(dense(2, "sigmoid")), FLAG, (N, 2)),
    Case("tanh", ends_in(dense(1, "tanh")), FLAG, (N, 2)),
    *(
        Case(
            f"{loss}-{units}-{activation}",
            ends_in(dense(units, activation)),
            FLAG,
            (N, 2),
        )
        for loss, units, activation in [
            ("hinge", 1, None),
            ("squared_hinge", 1, None),
            ("categorical_hinge", 2, None),
            ("mse", 1, "sigmoid"),
            ("binary_focal_crossentropy", 1, "sigmoid"),
            ("categorical_crossentropy", 2, "softmax"),
        ]
    ),
]
for case in BINARY[6:]:
    case.params["loss"] = case.name.split("-")[0]

MULTICLASS = [
    Case("softmax", ends_in(dense(3, "softmax")), NAMES[KIND], (N, 3)),
    Case("logits", ends_in(dense(3)), NAMES[KIND], (N, 3)),
    Case("sigmoids", ends_in(dense(3, "sigmoid")), NAMES[KIND], (N, 3)),
    *(
        Case(f"{loss}-{activation}", ends_in(dense(3, activation)), NAMES[KIND], (N, 3))
        for loss, activation in [
            ("sparse_categorical_crossentropy", "softmax"),
            ("categorical_crossentropy", "softmax"),
            ("categorical_focal_crossentropy", "softmax"),
            ("kl_divergence", "softmax"),
            ("mse", "softmax"),
            ("mse", None),
            ("categorical_hinge", None),
            ("hinge", None),
        ]
    ),
]
for case in MULTICLASS[3:]:
    case.params["loss"] = case.name.split("-")[0]
MULTICLASS += [
    Case(
        "categorical-logits",
        ends_in(dense(3)),
        NAMES[KIND],
        (N, 3),
        params=logits(keras.losses.CategoricalCrossentropy),
    ),
    Case(
        "one-against-rest-logits",
        ends_in(dense(3)),
        NAMES[KIND],
        (N, 3),
        params=logits(keras.losses.BinaryCrossentropy),
    ),
]

MATRICES = [
    Case("multilabel", ends_in(dense(3, "sigmoid")), MANY, (N, 3), score="rows"),
    Case("multilabel-logits", ends_in(dense(3)), MANY, (N, 3), score="rows"),
    Case(
        "multilabel-sparse-y",
        ends_in(dense(3, "sigmoid")),
        MANY,
        (N, 3),
        score="rows",
        y_given=sparse.csr_matrix(MANY),
    ),
    Case(
        "multilabel-frame",
        ends_in(dense(3, "sigmoid")),
        MANY,
        (N, 3),
        score="rows",
        y_given=pd.DataFrame(MANY, columns=list("abc")),
    ),
    Case(
        "multilabel-hinge",
        ends_in(dense(3)),
        MANY,
        (N, 3),
        score="rows",
        params={"loss": "hinge"},
    ),
    Case(
        "one-hot",
        ends_in(dense(3, "softmax")),
        np.eye(3, dtype=int)[KIND],
        (N, 3),
        score="rows",
    ),
    Case("one-hot-logits", ends_in(dense(3)), np.eye(3)[KIND], (N, 3), score="rows"),
]

OUTPUTS = [
    Case(
        "columns",
        heads_of((3, "softmax"), (1, "sigmoid")),
        np.c_[KIND, FLAG + 5],
        [(N, 3), (N, 2)],
    ),
    Case(
        "columns-of-text",
        heads_of((3, "softmax"), (2, "softmax")),
        np.c_[NAMES[KIND], NAMES[FLAG]],
        [(N, 3), (N, 2)],
    ),
    Case(
        "columns-losses",
        heads_of((3, None), (1, None)),
        np.c_[KIND, FLAG],
        [(N, 3), (N, 2)],
        params={"loss": ["categorical_hinge", "hinge"]},
    ),
    Case(
        "dict",
        heads_of((3, "softmax"), (1, "sigmoid"), names=["kind", "flag"]),
        {"flag": FLAG == 1, "kind": NAMES[KIND]},
        {"kind": (N, 3), "flag": (N, 2)},
    ),
    Case(
        "dict-of-dict",
        heads_of((3, "softmax"), (1, None), names=["kind", "flag"], as_dict=True),
        {"flag": FLAG == 1, "kind": NAMES[KIND]},
        {"kind": (N, 3), "flag": (N, 2)},
    ),
    Case(
        "dict-losses",
        heads_of((3, "softmax"), (1, None), names=["kind", "flag"], as_dict=True),
        {"kind": KIND, "flag": FLAG},
        {"kind": (N, 3), "flag": (N, 2)},
        params={"loss": {"kind": "categorical_crossentropy", "flag": "hinge"}},
    ),
    Case(
        "dict-of-one",
        heads_of((3, "softmax"), names=["kind"], as_dict=True),
        {"kind": KIND},
        {"kind": (N, 3)},
    ),
]

ELEMENTS = [
    Case("tags", ends_in(dense(3, "softmax"), shape=(5, 3)), TAGS, (N, 5, 3), STEPS),
    Case("tags-logits", ends_in(dense(3), shape=(5, 3)), TAGS, (N, 5, 3), STEPS),
    Case(
        "tags-of-text",
        ends_in(dense(3, "softmax"), shape=(5, 3)),
        NAMES[TAGS],
        (N, 5, 3),
        STEPS,
    ),
    Case(
        "tags-of-any-length",
        ends_in(dense(3, "softmax"), shape=(None, 3)),
        TAGS,
        (N, 5, 3),
        STEPS,
    ),
    Case(
        "tags-categorical",
        ends_in(dense(3, "softmax"), shape=(5, 3)),
        TAGS,
        (N, 5, 3),
        STEPS,
        {"loss": "categorical_crossentropy"},
    ),
    Case(
        "two-tags",
        ends_in(dense(2, "softmax"), shape=(5, 3)),
        (TAGS == 1).astype(int),
        (N, 5, 2),
        STEPS,
    ),
    Case(
        "two-tags-sigmoid",
        ends_in(dense(1, "sigmoid"), shape=(5, 3)),
        (TAGS == 1).astype(int),
        (N, 5, 2),
        STEPS,
    ),
    Case(
        "masks",
        ends_in(dense(1, "sigmoid"), shape=(4, 4, 1)),
        MASKS,
        (N, 4, 4, 2),
        IMAGES,
    ),
    Case(
        "masks-same-shape",
        ends_in(dense(1, "sigmoid"), reshape(4, 4), shape=(4, 4, 1)),
        MASKS,
        (N, 4, 4, 2),
        IMAGES,
    ),
    Case(
        "masks-logit", ends_in(dense(1), shape=(4, 4, 1)), MASKS, (N, 4, 4, 2), IMAGES
    ),
    Case(
        "masks-softmax",
        ends_in(dense(2, "softmax"), shape=(4, 4, 1)),
        MASKS == 1,
        (N, 4, 4, 2),
        IMAGES,
    ),
]

CLASSIFIERS = [*BINARY, *MULTICLASS, *MATRICES, *OUTPUTS, *ELEMENTS]

#: Cases that are trained to the end; the others are only built, which says
#: enough about shapes and types.
LEARNT = """
sigmoid two-softmax logit tanh hinge-1-None
softmax logits sigmoids categorical_crossentropy-softmax categorical_hinge-None
mse-softmax one-against-rest-logits
multilabel multilabel-hinge one-hot
columns columns-losses dict dict-losses
tags two-tags-sigmoid masks masks-same-shape masks-softmax
values two-columns matrices named-values-dict
""".split()

REGRESSORS = [
    Case("values", ends_in(dense(1)), VALUES[:, 0]),
    Case("values-mae", ends_in(dense(1)), VALUES[:, 0], params={"loss": "mae"}),
    Case("series", ends_in(dense(1)), VALUES[:, 0], y_given=pd.Series(VALUES[:, 0])),
    Case("column", ends_in(dense(1)), VALUES[:, :1]),
    Case("two-columns", ends_in(dense(2)), VALUES[:, :2]),
    Case("integers", ends_in(dense(1)), KIND),
    Case("no-axis", ends_in(dense(1), reshape()), VALUES[:, 0]),
    Case("matrices", ends_in(dense(6), reshape(2, 3)), VALUES.reshape(N, 2, 3)),
    Case(
        "matrices-extra", ends_in(dense(6), reshape(2, 3, 1)), VALUES.reshape(N, 2, 3)
    ),
    Case(
        "images",
        ends_in(dense(1), shape=(4, 4, 1)),
        2.0 * IMAGES + 1,
        X=IMAGES,
    ),
    Case(
        "named-values",
        heads_of((1, None), (2, None), names=["one", "two"]),
        {"two": VALUES[:, :2], "one": VALUES[:, 2]},
    ),
    Case(
        "named-values-dict",
        heads_of((1, None), (2, None), names=["one", "two"], as_dict=True),
        {"two": VALUES[:, :2], "one": VALUES[:, 2]},
        params={"loss": {"one": "mae", "two": "mse"}},
    ),
]


def fit(case, estimator):
    e = estimator(
        case.model,
        epochs=50,
        batch_size=16,
        optimizer__learning_rate=0.1,
        random_state=0,
        **case.params,
    )
    y = case.y if case.y_given is None else case.y_given
    return (e.fit if case.name in LEARNT else e.initialize)(case.X, y), case


def test_the_learnt_cases_exist():
    assert set(LEARNT) <= {case.name for case in [*CLASSIFIERS, *REGRESSORS]}


@pytest.fixture(scope="module", params=CLASSIFIERS, ids=lambda case: case.name)
def classified(request):
    """A fitted classifier and its case; not to be fitted again."""
    return fit(request.param, KerasClassifier)


@pytest.fixture(scope="module", params=REGRESSORS, ids=lambda case: case.name)
def regressed(request):
    """A fitted regressor and its case; not to be fitted again."""
    return fit(request.param, KerasRegressor)


def pairs(*values):
    """Take several dicts, lists or arrays apart in step."""
    if isinstance(values[0], dict):
        return [tuple(value[name] for value in values) for name in values[0]]
    return list(zip(*values, strict=True)) if isinstance(values[0], list) else [values]


def right(y, predicted, how):
    """Compute the accuracy that the documentation promises."""
    same = [np.reshape(a == b, (len(a), -1)) for a, b in pairs(y, predicted)]
    rows = [part.all(axis=1) if how == "rows" else part for part in same]
    return np.mean([part.mean() for part in rows])


@pytest.mark.slow
def test_predictions_have_the_form_of_y(classified):
    e, case = classified
    predicted = e.predict(case.X)
    if isinstance(case.y, dict):
        assert set(predicted) == set(case.y)
    for y, found in pairs(case.y, predicted):
        assert found.shape == y.shape
        assert found.dtype == y.dtype
    assert case.name not in LEARNT or right(case.y, predicted, case.score) > 0.95


@pytest.mark.slow
def test_score_is_the_share_of_right_labels(classified):
    e, case = classified
    y = case.y if case.y_given is None else case.y_given
    score = e.score(case.X, y)
    assert isinstance(score, float)
    assert score == pytest.approx(right(case.y, e.predict(case.X), case.score))
    # Rows in another order, so that not all labels are right.
    turned = case.X[::-1]
    assert e.score(turned, y) == pytest.approx(
        right(case.y, e.predict(turned), case.score)
    )


def test_score_counts_rows_by_their_weights(classified):
    e, case = classified
    weight = np.arange(1.0, N + 1)
    y = case.y if case.y_given is None else case.y_given
    turned = case.X[::-1]
    expected = []
    for true, found in pairs(case.y, e.predict(turned)):
        same = (true == found).reshape(N, -1)
        rows = same.all(axis=1) if case.score == "rows" else same.mean(axis=1)
        expected.append(np.average(rows, weights=weight))
    score = e.score(turned, y, sample_weight=weight)
    assert score == pytest.approx(np.mean(expected))


def test_probabilities_have_a_column_for_each_class(classified):
    e, case = classified
    p = e.predict_proba(case.X)
    assert isinstance(
        p, np.ndarray if isinstance(case.proba, tuple) else type(case.proba)
    )
    for shape, part in pairs(case.proba, p):
        assert part.shape == shape
        assert part.dtype == np.float64
        assert ((0 <= part) & (part <= 1)).all()
        if not case.name.startswith("multilabel"):
            np.testing.assert_allclose(part.sum(axis=-1), 1.0, rtol=1e-12)


def test_the_most_probable_class_is_predicted(classified):
    e, case = classified
    p, predicted = e.predict_proba(case.X), e.predict(case.X)
    if case.name.startswith("multilabel"):
        np.testing.assert_array_equal(p > 0.5, predicted)
        return
    if case.name.startswith("one-hot"):
        predicted = predicted.argmax(axis=1)
    columns = list(predicted.T) if isinstance(p, list) else predicted
    for part, labels_, classes in pairs(p, columns, e.classes_):
        position = np.searchsorted(classes, labels_)[..., None]
        chosen = np.take_along_axis(part, position, axis=-1)[..., 0]
        np.testing.assert_array_equal(chosen, part.max(axis=-1))


def test_log_probabilities_are_logarithms(classified):
    e, case = classified
    p, log_p = e.predict_proba(case.X), e.predict_log_proba(case.X)
    assert type(log_p) is type(p)
    for a, b in pairs(p, log_p):
        with np.errstate(divide="ignore"):
            np.testing.assert_array_equal(np.log(a), b)


def test_one_row_is_predicted_as_many_are(classified):
    e, case = classified
    for a, b in pairs(e.predict(case.X), e.predict(case.X[:1])):
        assert b.shape == (1, *a.shape[1:])
        np.testing.assert_array_equal(a[:1], b)
    for a, b in pairs(e.predict_proba(case.X), e.predict_proba(case.X[:1])):
        np.testing.assert_allclose(a[:1], b, atol=1e-6)


@pytest.mark.slow
def test_values_have_the_form_of_y(regressed):
    e, case = regressed
    predicted = e.predict(case.X)
    for y, found in pairs(case.y, predicted):
        assert found.shape == y.shape
        assert found.dtype == np.float64
    for a, b in pairs(predicted, e.predict(case.X[:1])):
        assert b.shape == (1, *a.shape[1:])
        np.testing.assert_allclose(a[:1], b, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_score_is_the_mean_coefficient_of_determination(regressed):
    e, case = regressed
    predicted = e.predict(case.X)
    scores = []
    for y, found in pairs(case.y, predicted):
        y, found = (a.reshape(N, -1) for a in (y, found))
        left = ((y - found) ** 2).sum(axis=0) / ((y - y.mean(axis=0)) ** 2).sum(axis=0)
        scores.append(np.mean(1 - left))
    score = e.score(case.X, case.y)
    assert isinstance(score, float)
    assert score == pytest.approx(np.mean(scores), rel=1e-6)
    assert case.name not in LEARNT or score > 0.9


# --- labels of any type ----------------------------------------------------

SHIFTED = np.arange(N)[::-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "y",
    [
        KIND,
        KIND.tolist(),
        np.array([10, -3, 7])[KIND],
        KIND.astype(np.int8),
        KIND.astype(np.uint8),
        FLAG.astype(bool),
        (FLAG == 1).tolist(),
        KIND + 1.0,
        KIND.astype(np.float32),
        NAMES[KIND],
        NAMES[KIND].tolist(),
        NAMES[KIND].astype(object),
        pd.Series(NAMES[KIND], index=SHIFTED),
        pd.Series(KIND, index=SHIFTED, name="kind"),
        pd.Series(FLAG == 1),
        pd.Series(NAMES[KIND]).astype("category"),
        pd.Categorical(NAMES[KIND], categories=[*NAMES[::-1], "unused"]),
        pd.Series(NAMES[KIND], dtype="string"),
        pd.Series(KIND, dtype="Int64"),
        pd.Series(FLAG == 1, dtype="boolean"),
        np.array(["a", "b"])[FLAG],
    ],
    ids=[
        "int",
        "list",
        "gaps",
        "int8",
        "uint8",
        "bool",
        "list-of-bool",
        "float",
        "float32",
        "text",
        "list-of-text",
        "objects",
        "series",
        "series-of-int",
        "series-of-bool",
        "series-of-category",
        "categorical",
        "string-dtype",
        "nullable-int",
        "nullable-bool",
        "two-texts",
    ],
)
def test_labels_are_those_of_scikit_learn(y):
    # Of pandas' own kinds scikit-learn makes floats; here they stay what they are.
    kind = getattr(getattr(y, "dtype", None), "numpy_dtype", None)
    plain = y if kind is None else y.to_numpy(kind)
    reference = LogisticRegression().fit(X, plain)
    e = KerasClassifier(dense_classifier, random_state=0).initialize(X, y)
    assert e.classes_.dtype == reference.classes_.dtype
    assert e.classes_.tolist() == reference.classes_.tolist()
    assert e.n_classes_ == len(e.classes_)
    predicted = e.predict(X)
    assert predicted.dtype == reference.predict(X).dtype
    assert predicted.shape == (N,)
    assert set(predicted.tolist()) <= set(e.classes_.tolist())
    assert e.score(X, y) == pytest.approx(np.mean(predicted == np.asarray(y)))


# --- few classes, few rows -------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [
        ends_in(dense(1, "sigmoid")),
        ends_in(dense(1)),
        ends_in(dense(1, "tanh")),
        ends_in(dense(2, "softmax")),
        ends_in(dense(2)),
        "mlp",
    ],
    ids=["sigmoid", "logit", "hinge", "softmax", "logits", "mlp"],
)
def test_one_class_only(model):
    y = np.array(["only"] * N)
    e = KerasClassifier(model, random_state=0).initialize(X, y)
    assert e.classes_.tolist() == ["only"]
    assert e.predict(X).tolist() == y.tolist()
    np.testing.assert_array_equal(e.predict_proba(X), np.ones((N, 1)))
    assert e.score(X, y) == 1.0


@pytest.mark.parametrize(
    ("model", "labels_"),
    [
        (heads_of((3, "softmax"), (1, "sigmoid")), NAMES[0]),
        (heads_of((3, "softmax"), (1, None)), NAMES[0]),
        ("mlp", NAMES[0]),
    ],
    ids=["sigmoid", "logit", "mlp"],
)
def test_one_class_in_a_column(model, labels_):
    y = np.c_[NAMES[KIND], np.full(N, labels_)]
    e = KerasClassifier(model, random_state=0).initialize(X, y)
    assert e.predict(X)[:, 1].tolist() == y[:, 1].tolist()
    assert [part.shape for part in e.predict_proba(X)] == [(N, 3), (N, 1)]


@pytest.mark.parametrize("case", ELEMENTS[7:9], ids=lambda case: case.name)
def test_one_class_in_all_elements(case):
    y = np.zeros_like(MASKS)
    e = KerasClassifier(case.model, random_state=0).initialize(case.X, y)
    np.testing.assert_array_equal(e.predict(case.X), y)
    np.testing.assert_array_equal(e.predict_proba(case.X), np.ones((N, 4, 4, 1)))


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        (FLAG, "binary"),
        (KIND, "multiclass"),
        (np.eye(3, dtype=int)[KIND], "multiclass-onehot"),
        (MANY, "multilabel-indicator"),
        (np.c_[NAMES[KIND], NAMES[FLAG]], "multiclass-multioutput"),
        (np.c_[KIND, FLAG], "multiclass-multioutput"),
        ({"a": KIND, "b": FLAG}, {"a": "multiclass", "b": "binary"}),
    ],
    ids=str,
)
def test_target_type(y, expected):
    assert KerasClassifier("mlp").initialize(X, y).target_type_ == expected


@pytest.mark.parametrize("case", ELEMENTS, ids=lambda case: case.name)
def test_target_type_of_elements(case):
    e = KerasClassifier(case.model, **case.params).initialize(case.X, case.y)
    assert e.target_type_ == "elementwise"
    np.testing.assert_array_equal(e.classes_, np.unique(case.y))


# --- partial_fit -----------------------------------------------------------


@pytest.mark.parametrize(
    "classes",
    [NAMES, NAMES[::-1], NAMES.tolist(), NAMES.astype(object), [*NAMES, *NAMES]],
    ids=["array", "reversed", "list", "objects", "repeated"],
)
def test_partial_fit_knows_classes_that_it_has_not_met(classes):
    e = KerasClassifier(ends_in(dense(3, "softmax")), random_state=0)
    e.partial_fit(X[:2], NAMES[KIND[:2]], classes=classes)
    assert e.classes_.tolist() == NAMES.tolist()
    assert e.predict_proba(X[:2]).shape == (2, 3)
    e.partial_fit(X[2:4], NAMES[KIND[2:4]])
    assert e.n_iter_ == 2
    assert e.score(X, NAMES[KIND]) >= 0


def test_partial_fit_takes_the_labels_of_a_matrix():
    # scikit-learn's perceptron wants them in the first call.
    e = KerasClassifier(ends_in(dense(3, "sigmoid")), random_state=0)
    e.partial_fit(X, MANY, classes=[0, 1, 2]).partial_fit(X, MANY)
    assert e.predict(X).shape == MANY.shape
    assert e.target_type_ == "multilabel-indicator"


def test_partial_fit_learns_what_fit_learns():
    e = KerasClassifier(
        ends_in(dense(3)), optimizer__learning_rate=0.1, random_state=0, batch_size=16
    )
    for rows in [*np.arange(N).reshape(2, -1)] * 3:
        e.partial_fit(X[rows], NAMES[KIND[rows]], classes=NAMES)
    loss = e.history_["loss"]
    assert len(loss) == e.n_iter_ == 6
    assert loss[-1] < loss[0] / 2


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (ends_in(dense(3, "sigmoid")), MANY),
        (heads_of((3, "softmax"), (1, "sigmoid")), np.c_[KIND, FLAG]),
        (
            heads_of((3, "softmax"), names=["kind"], as_dict=True),
            {"kind": NAMES[KIND]},
        ),
    ],
    ids=["multilabel", "columns", "dict"],
)
def test_partial_fit_takes_every_form_of_target(model, y):
    e = KerasClassifier(model, random_state=0).partial_fit(X, y).partial_fit(X, y)
    assert e.n_iter_ == 2
    for a, b in pairs(y, e.predict(X)):
        assert a.shape == b.shape


# --- validation sets -------------------------------------------------------


@pytest.mark.parametrize(
    "case",
    [MULTICLASS[0], MATRICES[0], OUTPUTS[0], OUTPUTS[3], ELEMENTS[7]],
    ids=lambda case: case.name,
)
def test_every_form_of_target_is_split_for_validation(case):
    e = KerasClassifier(case.model, epochs=1, validation_split=0.25, random_state=0)
    history = e.fit(case.X, case.y).history_
    assert {"loss", "val_loss"} <= set(history)
    assert np.isfinite(history["val_loss"]).all()
