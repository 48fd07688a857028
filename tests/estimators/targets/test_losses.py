"""Which loss fits which target and output, and what it makes of both."""

import functools

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import expit, softmax
from sklearn.metrics import hinge_loss, log_loss

from sk_keras import KerasClassifier
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.label_codecs import (
    LabelCodec,
    MultilabelCodec,
    OneHotCodec,
)
from sk_keras._estimators.targets.loss_checks import check_loss
from sk_keras._estimators.targets.losses import (
    LossKind,
    Plan,
    loss_kind,
    pick_loss,
    plan_for,
    probabilities,
)
from sk_keras._shared.keras_objects.losses_metrics import snake_case
from tests.builders import dense, ends_in, logits
from tests.errors import KIND, case, fitting, refused, table
from tests.errors import MANY as MANY_FLAGS

#: Every run draws the same examples, and leaves no database behind.
REPEATABLE = settings(deadline=None, derandomize=True, database=None, max_examples=60)


def head(width, activation):
    return Head("out", (width,), activation)


# --- names -----------------------------------------------------------------


@pytest.mark.parametrize(
    "cls",
    [
        loss
        for loss in vars(keras.losses).values()
        if isinstance(loss, type)
        and issubclass(loss, keras.losses.Loss)
        and loss.__name__ not in ("Loss", "LossFunctionWrapper")
        and loss.__name__ != "CTC"
    ],
    ids=lambda cls: cls.__name__,
)
def test_snake_case_gives_the_name_of_keras_function(cls):
    name = snake_case(cls.__name__)
    # An object of the class and the function are the same loss.
    assert loss_kind(cls()) == loss_kind(getattr(keras.losses, name))


class OwnLoss(keras.losses.Loss):
    """A user's loss."""

    def call(self, y, p):
        """Return the mean error."""
        return keras.ops.mean(y - p, axis=-1)


class OwnHinge(keras.losses.Hinge):
    """A user's variant of Keras' hinge."""


class OwnCrossentropy(keras.losses.BinaryCrossentropy):
    """A user's variant of a loss of Keras'."""


def own_loss(y, p):
    return keras.ops.mean(y - p, axis=-1)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("mse", LossKind("mean_squared_error")),
        ("MeanSquaredError", LossKind("mean_squared_error")),
        ("bce", LossKind("binary_crossentropy")),
        ("kld", LossKind("kl_divergence")),
        ("hinge", LossKind("hinge")),
        (keras.losses.hinge, LossKind("hinge")),
        (keras.losses.Poisson(), LossKind("poisson")),
        (
            keras.losses.SparseCategoricalCrossentropy(),
            LossKind("sparse_categorical_crossentropy"),
        ),
        (
            keras.losses.BinaryCrossentropy(from_logits=True),
            LossKind("binary_crossentropy", from_logits=True),
        ),
        (
            keras.losses.CategoricalFocalCrossentropy(from_logits=True),
            LossKind("categorical_focal_crossentropy", from_logits=True),
        ),
        (keras.losses.BinaryCrossentropy, LossKind("binary_crossentropy")),
        (OwnLoss(), LossKind("own_loss", custom=True)),
        (
            OwnCrossentropy(from_logits=True),
            LossKind("binary_crossentropy", from_logits=True, custom=True),
        ),
        (own_loss, LossKind("own_loss", custom=True)),
    ],
    ids=[
        "alias",
        "class-name",
        "bce",
        "kld",
        "function-name",
        "function",
        "object",
        "sparse",
        "logits",
        "focal",
        "class",
        "own",
        "own-variant",
        "own-function",
    ],
)
def test_loss_kind(loss, expected):
    assert loss_kind(loss) == expected


# --- loss=None -------------------------------------------------------------

BCE, CCE = "BinaryCrossentropy", "CategoricalCrossentropy"
SPARSE = "SparseCategoricalCrossentropy"

#: Target, width, activation of the output; class of the loss, from_logits.
PICKED = [
    ("binary", 1, "sigmoid", BCE, False),
    ("binary", 1, "linear", BCE, True),
    ("binary", 1, "tanh", "Hinge", None),
    ("binary", 2, "softmax", SPARSE, False),
    ("binary", 2, "linear", SPARSE, True),
    ("binary", 2, "sigmoid", BCE, False),
    ("multiclass", 3, "softmax", SPARSE, False),
    ("multiclass", 3, "linear", SPARSE, True),
    ("multiclass", 3, "sigmoid", BCE, False),
    ("multiclass-onehot", 3, "softmax", CCE, False),
    ("multiclass-onehot", 3, "linear", CCE, True),
    ("multiclass-onehot", 3, "sigmoid", BCE, False),
    ("multilabel-indicator", 3, "sigmoid", BCE, False),
    ("multilabel-indicator", 3, "linear", BCE, True),
    ("multilabel-indicator", 1, "sigmoid", BCE, False),
    ("continuous", 1, "linear", "MeanSquaredError", None),
    ("continuous", 1, "sigmoid", "MeanSquaredError", None),
    ("continuous", 3, "softmax", "MeanSquaredError", None),
    ("continuous", 1, None, "MeanSquaredError", None),
]


@pytest.mark.parametrize(("target", "width", "activation", "name", "logits"), PICKED)
def test_pick_loss(target, width, activation, name, logits):
    loss = pick_loss(target, head(width, activation))
    assert type(loss).__name__ == name
    assert loss.get_config().get("from_logits") == logits
    assert loss is not pick_loss(target, head(width, activation))


@pytest.mark.parametrize(("target", "width", "activation", "name", "logits"), PICKED)
def test_a_picked_loss_is_never_refused(target, width, activation, name, logits):
    out = head(width, activation)
    kind = loss_kind(pick_loss(target, out))
    assert check_loss(target, out, kind, np.array([-5.0, 5.0])) is None
    plan = plan_for(target, out, kind)
    if target != "continuous":
        raw = np.random.RandomState(0).uniform(-3, 3, (5, width))
        p = probabilities(raw, plan, exclusive=target != "multilabel-indicator")
        assert ((0 <= p) & (p <= 1)).all()


@pytest.mark.parametrize(
    ("target", "width", "activation", "message"),
    [
        ("binary", 2, "relu", "No loss fits a binary .*relu.*activation='softmax'"),
        ("binary", 1, "relu", "No loss fits a binary .*relu.*activation='sigmoid'"),
        ("multiclass", 3, "tanh", "a multiclass target.*tanh.*activation='softmax'"),
        ("multiclass-onehot", 3, "relu", "multiclass-onehot.*activation='softmax'"),
        ("multilabel-indicator", 3, "softmax", "softmax.*activation='sigmoid'"),
        ("multiclass", 3, None, "does not tell it. Give the loss.*from_logits=True"),
        ("binary", 1, None, "does not tell it. Give the loss"),
    ],
)
def test_no_loss_fits(target, width, activation, message):
    with pytest.raises(ValueError, match=rf"(?s){message}") as caught:
        pick_loss(target, head(width, activation))
    assert f"output 'out' of shape (None, {width})" in str(caught.value)


# --- losses that train nonsense --------------------------------------------

CATEGORICAL_LOGITS = keras.losses.CategoricalCrossentropy(from_logits=True)
BINARY_LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    ("target", "width", "activation", "loss", "y", "message"),
    [
        ("continuous", 1, "linear", "hinge", [0, 1], "for classes.*mean_squared_error"),
        ("continuous", 3, "softmax", "kld", [[0, 1], [1, 1]], "distributions"),
        ("continuous", 3, "softmax", "kld", [0, 1], "distributions"),
        ("continuous", 3, "softmax", "kld", [[-1, 2], [0, 1]], "not negative"),
        ("continuous", 3, "linear", "kld", [[0.5, 0.5], [0, 1]], "'softmax'"),
        ("continuous", 1, "sigmoid", "kld", [0, 1], "for classes"),
        (
            "continuous",
            1,
            "linear",
            "sparse_categorical_crossentropy",
            [0, 1],
            "for classes",
        ),
        ("continuous", 1, "sigmoid", "bce", [0, 2.5], "between 0 and 1.*0 and 2.5"),
        ("continuous", 1, "sigmoid", "bce", [-0.5, 1], "between 0 and 1.*-0.5 and 1"),
        ("continuous", 1, "exponential", "poisson", [-1, 3], "not negative.*-1 and 3"),
        ("continuous", 1, "linear", "msle", [-2, 3], "y lies between -2 and 3"),
        ("continuous", 1, "linear", "poisson", [0, 3], "positive.*'softplus'"),
        ("continuous", 2, "linear", "poisson", [0, 3], "positive.*'softplus'"),
        ("continuous", 1, "linear", "bce", [0, 1], "between 0 and 1.*'sigmoid'"),
        (
            "continuous",
            1,
            "linear",
            "binary_focal_crossentropy",
            [0, 1],
            "'sigmoid'",
        ),
        ("continuous", 1, "linear", "cosine_similarity", [0, 1], "directions"),
        ("binary", 1, "sigmoid", "cosine_similarity", [0, 1], "directions"),
        (
            "multilabel-indicator",
            3,
            "sigmoid",
            "categorical_crossentropy",
            [0],
            "binary_crossentropy",
        ),
        (
            "multilabel-indicator",
            3,
            "sigmoid",
            "sparse_categorical_crossentropy",
            [0],
            "binary_crossentropy",
        ),
        (
            "binary",
            1,
            "sigmoid",
            "categorical_crossentropy",
            [0, 1],
            r"one unit for each class.*Dense\(n_classes",
        ),
        (
            "binary",
            1,
            "sigmoid",
            "sparse_categorical_crossentropy",
            [0, 1],
            "binary_crossentropy",
        ),
        (
            "multiclass-onehot",
            3,
            "softmax",
            "sparse_categorical_crossentropy",
            [0],
            "y is one-hot; use 'categorical_crossentropy'",
        ),
    ],
)
def test_check_loss_refuses(target, width, activation, loss, y, message):
    kind = loss_kind(loss)
    with pytest.raises(ValueError, match=message) as caught:
        check_loss(target, head(width, activation), kind, np.array(y))
    assert f"loss {kind.name!r} does not fit a {target} target" in str(caught.value)
    assert "loss=None" in str(caught.value)


@pytest.mark.parametrize(
    ("target", "width", "activation", "loss", "y"),
    [
        ("continuous", 1, "linear", "mae", [-1, 3]),
        ("continuous", 1, "sigmoid", "bce", [0, 1]),
        ("continuous", 1, "exponential", "poisson", [0, 3]),
        ("continuous", 1, "softplus", "poisson", [0, 3]),
        ("continuous", 1, None, "poisson", [0, 3]),
        ("continuous", 1, "linear", BINARY_LOGITS, [0, 1]),
        ("continuous", 3, "linear", "cosine_similarity", [0, 1]),
        ("continuous", 3, "softmax", "kld", [[0.2, 0.8], [0, 1]]),
        ("continuous", 3, "linear", CATEGORICAL_LOGITS, [[0.2, 0.8], [0, 1]]),
        ("continuous", 1, "linear", "msle", [0, 3]),
        ("continuous", 1, "linear", own_loss, [-1, 3]),
        ("continuous", 1, "linear", OwnCrossentropy(), [-1, 3]),
        ("binary", 1, "sigmoid", "mse", [0, 1]),
        ("binary", 1, "tanh", "hinge", [0, 1]),
        ("binary", 2, "softmax", "categorical_crossentropy", [0, 1]),
        ("multiclass", 3, "softmax", "categorical_crossentropy", [0, 1, 2]),
        ("multiclass", 3, "sigmoid", "bce", [0, 1, 2]),
        ("multiclass", 3, "linear", "categorical_hinge", [0, 1, 2]),
        ("multiclass-onehot", 3, "softmax", "kld", [0, 1]),
        ("multilabel-indicator", 3, "sigmoid", "binary_focal_crossentropy", [0, 1]),
        ("multilabel-indicator", 3, "linear", "hinge", [0, 1]),
        ("multilabel-indicator", 3, "sigmoid", "mse", [0, 1]),
    ],
)
def test_check_loss_accepts(target, width, activation, loss, y):
    out = head(width, activation)
    assert check_loss(target, out, loss_kind(loss), np.array(y)) is None


def test_log_errors_need_targets_that_are_not_negative():
    # Keras takes every negative target for 0, and trains on that.
    y, p = np.array([[-0.5]]), np.array([[2.0]])
    loss = keras.losses.mean_squared_logarithmic_error
    assert float(loss(y, p)[0]) == pytest.approx(float(loss(0 * y, p)[0]), abs=1e-5)
    with pytest.raises(ValueError, match="not negative"):
        check_loss("continuous", head(1, "linear"), loss_kind(loss), y)


# --- plans -----------------------------------------------------------------

LOGITS = {
    "bce": keras.losses.BinaryCrossentropy(from_logits=True),
    "cce": keras.losses.CategoricalCrossentropy(from_logits=True),
    "sparse": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
}


@pytest.mark.parametrize(
    ("target", "width", "activation", "loss", "expected"),
    [
        ("continuous", 1, "linear", "mse", Plan("values", "value")),
        ("continuous", 1, "sigmoid", "bce", Plan("values", "value")),
        ("binary", 1, "sigmoid", "bce", Plan("zero_one", "probability")),
        ("binary", 1, "linear", LOGITS["bce"], Plan("zero_one", "logit")),
        ("binary", 1, "tanh", "hinge", Plan("zero_one", "margin")),
        ("binary", 1, "linear", "squared_hinge", Plan("zero_one", "margin")),
        ("binary", 1, "sigmoid", "mse", Plan("zero_one", "probability")),
        ("binary", 1, "linear", "mse", Plan("zero_one", "value")),
        (
            "binary",
            2,
            "softmax",
            "sparse_categorical_crossentropy",
            Plan("int", "probability"),
        ),
        ("binary", 2, "linear", LOGITS["sparse"], Plan("int", "logits")),
        (
            "binary",
            2,
            "softmax",
            "categorical_crossentropy",
            Plan("onehot", "probability"),
        ),
        ("binary", 2, "softmax", "bce", Plan("onehot", "probability")),
        ("multiclass", 3, "linear", LOGITS["cce"], Plan("onehot", "logits")),
        ("multiclass", 3, "linear", LOGITS["bce"], Plan("onehot", "logit")),
        ("multiclass", 3, "linear", "categorical_hinge", Plan("onehot", "margin")),
        ("multiclass", 3, "linear", "hinge", Plan("onehot", "margin")),
        ("multiclass", 3, "softmax", "mse", Plan("onehot", "probability")),
        ("multiclass", 3, "linear", "mse", Plan("onehot", "value")),
        ("multiclass", 3, "softmax", "kld", Plan("onehot", "probability")),
        (
            "multiclass-onehot",
            3,
            "softmax",
            "categorical_crossentropy",
            Plan("onehot", "probability"),
        ),
        ("multilabel-indicator", 3, "sigmoid", "bce", Plan("zero_one", "probability")),
        ("multilabel-indicator", 3, "linear", LOGITS["bce"], Plan("zero_one", "logit")),
        ("multilabel-indicator", 3, "linear", "hinge", Plan("zero_one", "margin")),
        ("multilabel-indicator", 1, "sigmoid", "bce", Plan("zero_one", "probability")),
        ("multiclass", 3, "softmax", own_loss, Plan("onehot", "probability")),
        ("multiclass", 3, "relu", own_loss, Plan("onehot", "own")),
        ("binary", 1, "linear", OwnHinge(), Plan("sign", "margin")),
    ],
)
def test_plan_for(target, width, activation, loss, expected):
    assert plan_for(target, head(width, activation), loss_kind(loss)) == expected


# --- probabilities ---------------------------------------------------------

LINKS = ("probability", "logit", "logits", "margin", "value")


def raws(widths=(1, 4), low=-60, high=60):
    """Draw what a model puts out, in Keras' dtype."""
    shape = st.tuples(st.integers(1, 5), st.integers(*widths))
    values = st.floats(low, high, width=32)
    return shape.flatmap(lambda s: hnp.arrays(np.float32, s, elements=values))


@pytest.mark.slow
@REPEATABLE
@given(raws(), st.sampled_from(LINKS))
def test_probabilities_of_classes_sum_to_one(raw, link):
    if link == "logits" and raw.shape[1] == 1:
        return  # a softmax over one unit is refused before
    p = probabilities(raw, Plan("onehot", link), exclusive=True)
    assert p.shape == (len(raw), max(raw.shape[1], 2))
    assert p.dtype == np.float64
    assert ((0 <= p) & (p <= 1)).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-12)


@pytest.mark.slow
@REPEATABLE
@given(raws(), st.sampled_from(["probability", "logit", "margin", "value"]))
def test_probabilities_of_labels_are_independent(raw, link):
    p = probabilities(raw, Plan("zero_one", link), exclusive=False)
    assert p.shape == raw.shape
    assert ((0 <= p) & (p <= 1)).all()
    for i in range(raw.shape[1]):
        alone = probabilities(raw[:, [i]], Plan("zero_one", link), exclusive=False)
        np.testing.assert_array_equal(alone[:, 0], p[:, i])


@REPEATABLE
@given(raws((2, 4), -8, 8), st.sampled_from(["logits", "logit", "margin"]))
def test_the_largest_raw_value_is_the_most_probable_class(raw, link):
    p = probabilities(raw, Plan("onehot", link), exclusive=True)
    largest = np.take_along_axis(p, raw.argmax(axis=1)[:, None], axis=1)[:, 0]
    np.testing.assert_allclose(largest, p.max(axis=1), rtol=1e-6)


@pytest.mark.parametrize(
    ("raw", "link", "expected"),
    [
        ([[0.25]], "probability", [[0.75, 0.25]]),
        ([[0.0]], "logit", [[0.5, 0.5]]),
        ([[2.0]], "logit", [[1 - expit(2.0), expit(2.0)]]),
        ([[0.0]], "margin", [[0.5, 0.5]]),
        ([[1.0]], "margin", [[1 - expit(2.0), expit(2.0)]]),
        ([[1.5]], "value", [[0.0, 1.0]]),
        ([[1.0, 2.0, 3.0]], "logits", [softmax([1.0, 2.0, 3.0])]),
        ([[0.2, 0.2, 0.4]], "probability", [[0.25, 0.25, 0.5]]),
        ([[0.0, 0.0]], "probability", [[0.5, 0.5]]),
        ([[-1.0, 0.5, 2.0]], "value", [[0.0, 1 / 3, 2 / 3]]),
        ([[0.0, np.log(3)]], "logit", [[0.4, 0.6]]),
    ],
)
def test_probabilities(raw, link, expected):
    p = probabilities(np.array(raw), Plan("onehot", link), exclusive=True)
    np.testing.assert_allclose(p, expected, rtol=1e-12, atol=1e-15)


# --- what Keras computes is what scikit-learn computes ----------------------


def onehot(y):
    return np.eye(3)[y]


def bce(t, p):
    return np.mean(-(t * np.log(p) + (1 - t) * np.log(1 - p)))


def sign(t):
    return 2 * t - 1


BINARY = np.array([0, 1, 1, 0, 1, 0])
THREE = np.array([0, 1, 2, 2, 1, 0])
MANY = np.array([[0, 1, 1], [1, 1, 0], [0, 0, 0], [1, 1, 1], [0, 1, 0], [1, 0, 0]])

TWO_CODEC, THREE_CODEC = LabelCodec(np.arange(2)), LabelCodec(np.arange(3))
ONEHOT_CODEC = OneHotCodec(3, np.dtype(int))
MANY_CODEC = MultilabelCodec(3, np.dtype(int))

#: Name, y, codec, width and activation of the output, the loss, the reference
#: by y, raw output and probabilities.
REFERENCES = [
    ("binary", BINARY, TWO_CODEC, 1, "sigmoid", "bce", lambda y, z, p: log_loss(y, p)),
    (
        "logit",
        BINARY,
        TWO_CODEC,
        1,
        "linear",
        LOGITS["bce"],
        lambda y, z, p: log_loss(y, p),
    ),
    (
        "two-units",
        BINARY,
        TWO_CODEC,
        2,
        "softmax",
        "sparse_categorical_crossentropy",
        lambda y, z, p: log_loss(y, p),
    ),
    (
        "hinge",
        BINARY,
        TWO_CODEC,
        1,
        "linear",
        "hinge",
        lambda y, z, p: hinge_loss(y, z[:, 0]),
    ),
    (
        "squared-hinge",
        BINARY,
        TWO_CODEC,
        1,
        "linear",
        "squared_hinge",
        lambda y, z, p: np.mean(np.maximum(0, 1 - sign(y) * z[:, 0]) ** 2),
    ),
    (
        "sparse",
        THREE,
        THREE_CODEC,
        3,
        "softmax",
        "sparse_categorical_crossentropy",
        lambda y, z, p: log_loss(y, p),
    ),
    (
        "sparse-logits",
        THREE,
        THREE_CODEC,
        3,
        "linear",
        LOGITS["sparse"],
        lambda y, z, p: log_loss(y, p),
    ),
    (
        "categorical",
        THREE,
        THREE_CODEC,
        3,
        "softmax",
        "categorical_crossentropy",
        lambda y, z, p: log_loss(y, p),
    ),
    (
        "categorical-logits",
        THREE,
        THREE_CODEC,
        3,
        "linear",
        LOGITS["cce"],
        lambda y, z, p: log_loss(y, p),
    ),
    (
        "kl-divergence",
        THREE,
        THREE_CODEC,
        3,
        "softmax",
        "kld",
        lambda y, z, p: log_loss(y, p),
    ),
    (
        "one-against-rest",
        THREE,
        THREE_CODEC,
        3,
        "sigmoid",
        "bce",
        lambda y, z, p: bce(onehot(y), z),
    ),
    (
        "one-against-rest-logits",
        THREE,
        THREE_CODEC,
        3,
        "linear",
        LOGITS["bce"],
        lambda y, z, p: bce(onehot(y), expit(z)),
    ),
    (
        "categorical-hinge",
        THREE,
        THREE_CODEC,
        3,
        "linear",
        "categorical_hinge",
        lambda y, z, p: hinge_loss(y, z),
    ),
    (
        "hinge-of-three",
        THREE,
        THREE_CODEC,
        3,
        "linear",
        "hinge",
        lambda y, z, p: np.mean(np.maximum(0, 1 - sign(onehot(y)) * z)),
    ),
    (
        "squares",
        THREE,
        THREE_CODEC,
        3,
        "softmax",
        "mse",
        lambda y, z, p: np.mean((onehot(y) - z) ** 2),
    ),
    (
        "one-hot",
        onehot(THREE),
        ONEHOT_CODEC,
        3,
        "softmax",
        "categorical_crossentropy",
        lambda y, z, p: log_loss(THREE, p),
    ),
    (
        "multilabel",
        MANY,
        MANY_CODEC,
        3,
        "sigmoid",
        "bce",
        lambda y, z, p: bce(y, p),
    ),
    (
        "multilabel-logits",
        MANY,
        MANY_CODEC,
        3,
        "linear",
        LOGITS["bce"],
        lambda y, z, p: bce(y, p),
    ),
    (
        "multilabel-hinge",
        MANY,
        MANY_CODEC,
        3,
        "linear",
        "hinge",
        lambda y, z, p: np.mean(np.maximum(0, 1 - sign(y) * z)),
    ),
]


@pytest.mark.parametrize(
    ("y", "codec", "width", "activation", "loss", "reference"),
    [case[1:] for case in REFERENCES],
    ids=[case[0] for case in REFERENCES],
)
def test_the_loss_of_encoded_targets(y, codec, width, activation, loss, reference):
    # Wrong codes train as well, to something else.
    z = np.random.RandomState(0).uniform(-1, 1, (len(y), width))
    activate = {"sigmoid": expit, "softmax": lambda a: softmax(a, axis=1)}
    raw = activate.get(activation, np.asarray)(z).astype(np.float32)
    out, kind = head(width, activation), loss_kind(loss)
    codec.check(out)
    check_loss(codec.target_type, out, kind, y)
    plan = plan_for(codec.target_type, out, kind)
    found = np.mean(keras.losses.get(loss)(codec.encode(y, plan, out), raw))
    expected = reference(y, raw.astype(float), codec.probabilities(raw, plan))
    assert found == pytest.approx(expected, rel=1e-4)


@table(
    case(
        "multilabel-softmax",
        fitting(ends_in(dense(3, "softmax")), MANY_FLAGS),
        ValueError,
        "No loss fits a multilabel-indicator.*activation='sigmoid'",
    ),
    case(
        "relu",
        fitting(ends_in(dense(3, "relu")), KIND),
        ValueError,
        "No loss fits a multiclass.*with relu.*activation='softmax'",
    ),
)
def test_outputs_and_losses(call, error, message):
    refused(call, error, message)


@pytest.mark.slow
def test_partial_losses_are_read_like_the_loss_they_hold(cancer):
    X, y = cancer
    loss = functools.partial(keras.losses.binary_crossentropy, from_logits=True)
    fits = [
        KerasClassifier(logits, loss=one, epochs=3, random_state=0).fit(X, y)
        for one in (loss, keras.losses.BinaryCrossentropy(from_logits=True))
    ]
    np.testing.assert_allclose(*(f.predict_proba(X) for f in fits), atol=1e-5)


def test_own_losses_on_raw_scores_give_graded_probabilities(cancer):
    X, y = cancer

    def own(y_true, y_pred):
        return keras.losses.binary_crossentropy(y_true, y_pred, from_logits=True)

    p = KerasClassifier(logits, loss=own, epochs=5, random_state=0).fit(X, y)
    p = p.predict_proba(X)
    assert ((p > 0) & (p < 1)).all()


def test_subclassed_models_do_not_have_their_activation_guessed(cancer):
    class Scores(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = keras.layers.Dense(1)
            self.hidden = keras.layers.Dense(8, activation="sigmoid")

        def call(self, x):
            return self.head(self.hidden(x))

    with pytest.raises(ValueError, match="does not tell it"):
        KerasClassifier(Scores).fit(*cancer)
