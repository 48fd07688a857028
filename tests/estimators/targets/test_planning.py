"""Losses of a user's own, and those of this package: what they make of a target."""

import keras
import numpy as np
import pytest
from keras import ops
from sklearn.base import clone
from sklearn.metrics import mean_pinball_loss
from sklearn.model_selection import GridSearchCV, cross_val_predict

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.trials import prefers_small, takes
from sk_keras.models.losses import ContrastiveLoss, PinballLoss
from tests.builders import dense, ends_in
from tests.errors import FLAG, KIND, MANY, VALUES, X, case, fitting, refused, table

N = len(X)
NOISY = X[:, 0] + np.random.RandomState(1).randn(N)
SAME = np.where(FLAG, "same", "other")
SHARES = np.exp(X[:, :3]) / np.exp(X[:, :3]).sum(axis=1, keepdims=True)


def gaussian_nll(y, p):
    deviation = ops.softplus(p[:, 1:]) + 1e-3
    return ops.mean(
        ops.log(deviation) + 0.5 * ((y - p[:, :1]) / deviation) ** 2, axis=-1
    )


def survival(y, p):
    """Take two columns of y and one output."""
    time, event = y[:, :1], y[:, 1:]
    return ops.mean(ops.exp(p) * time - event * p, axis=-1)


def of_integers(y, p):
    return keras.losses.sparse_categorical_crossentropy(y, p)


def of_columns(y, p):
    return -ops.sum(y * ops.log(p + 1e-7), axis=-1)


def contrastive(y, d):
    return ops.mean(y * d**2 + (1 - y) * ops.maximum(1 - d, 0) ** 2)


def reversed_contrastive(y, d):
    return contrastive(1 - y, d)


def weighted_bce(y, p):
    return -ops.mean(10 * y * ops.log(p + 1e-6) + (1 - y) * ops.log(1 - p + 1e-6))


def pinball(y, p, q=0.5):
    return ops.mean(ops.maximum(q * (y - p), (q - 1) * (y - p)), axis=-1)


# --- another width than that of y ------------------------------------------


def test_an_own_loss_may_want_another_width():
    model = ends_in(dense(2))
    e = KerasRegressor(model, loss=gaussian_nll, epochs=1, random_state=0)
    assert cross_val_predict(e, X, NOISY, cv=2).shape == (N, 2)
    with pytest.raises(ValueError, match="score is R2.*has another shape"):
        e.fit(X, NOISY).score(X, NOISY)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_an_own_loss_of_another_width_trains_as_in_keras(engine):
    given = {"loss": gaussian_nll, "epochs": 2, "random_state": 0, "batch_size": -1}
    e = KerasRegressor(ends_in(dense(2)), engine=engine, **given)
    by_hand = clone(e).initialize(X, NOISY).model_
    by_hand.fit(X, NOISY[:, None], epochs=2, batch_size=N, verbose=0)
    predicted = e.fit(X, NOISY).predict(X)
    assert predicted.dtype == np.float64
    expected = by_hand.predict(X, verbose=0)
    np.testing.assert_allclose(predicted, expected, rtol=1e-4, atol=1e-5)


def test_an_own_loss_may_want_fewer_outputs():
    y = np.c_[np.abs(NOISY), FLAG]
    e = KerasRegressor(ends_in(dense(1)), loss=survival, epochs=1).fit(X, y)
    assert e.predict(X).shape == (N, 1)


@table(
    case(
        "losses-of-keras",
        fitting(ends_in(dense(2)), VALUES, KerasRegressor, loss="mae"),
        ValueError,
        r"y of shape \(None,\) needs 1 unit",
    ),
    case(
        "quantiles-width",
        fitting(
            ends_in(dense(2)),
            VALUES,
            KerasRegressor,
            loss="pinball",
            loss__quantile=[0.1, 0.5, 0.9],
        ),
        ValueError,
        r"y of shape \(None,\) and 3 quantiles needs 3 units",
    ),
    case(
        "one-quantile",
        fitting(ends_in(dense(3)), VALUES, KerasRegressor, loss="pinball"),
        ValueError,
        "needs 1 unit",
    ),
    case(
        "quantiles-of-columns",
        fitting(
            ends_in(dense(4)),
            np.c_[VALUES, VALUES],
            KerasRegressor,
            loss=PinballLoss([0.1, 0.9]),
        ),
        ValueError,
        r"needs shape \(None, 2, 2\)",
    ),
    case(
        "quantiles-of-labels",
        fitting(ends_in(dense(1, "sigmoid")), FLAG, loss="pinball"),
        ValueError,
        "'pinball_loss' does not fit.*loss for values, in KerasRegressor",
    ),
    case(
        "distances-of-values",
        fitting(ends_in(dense(1)), VALUES, KerasRegressor, loss="contrastive"),
        ValueError,
        "'contrastive_loss' does not fit.*loss for labels, in KerasClassifier",
    ),
    case(
        "distances-of-many-labels",
        fitting(ends_in(dense(3, "softmax")), KIND, loss="contrastive"),
        ValueError,
        "takes one distance for each row, and y of two labels",
    ),
    case(
        "distances-multilabel",
        fitting(ends_in(dense(3, "sigmoid")), MANY, loss="contrastive"),
        ValueError,
        "takes one distance for each row",
    ),
    case(
        "own-distances",
        fitting(ends_in(dense(1, "softplus")), SAME, loss=contrastive),
        ValueError,
        "'contrastive' costs less where .* small for the label 'same'.*'contrastive'",
    ),
    case(
        "unknown-argument",
        fitting("mlp", VALUES, KerasRegressor, loss=pinball, loss__quantile=0.3),
        TypeError,
        r"loss 'pinball' takes no such argument.*It takes \['q'\]",
    ),
)
def test_refused(call, error, message):
    refused(call, error, message)


# --- codings -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "y"),
    [(of_integers, KIND), (of_columns, KIND), (of_integers, np.eye(3)[KIND])],
    ids=["integers", "columns", "integers-of-one-hot"],
)
def test_an_own_loss_gets_the_coding_that_it_takes(loss, y):
    model = ends_in(dense(3, "softmax"))
    given = {"epochs": 3, "random_state": 0}
    own = KerasClassifier(model, loss=loss, **given).fit(X, y)
    usual = KerasClassifier(model, **given).fit(X, y)
    np.testing.assert_allclose(
        own.predict_proba(X), usual.predict_proba(X), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("ragged", [False, True])
def test_an_own_loss_of_steps_gets_the_coding_that_it_takes(ragged):
    rng = np.random.RandomState(0)
    lengths = rng.randint(2, 6, 12) if ragged else [5] * 12
    steps = [rng.randint(1, 9, n) for n in lengths]
    tags = [row % 3 for row in steps]

    def build():
        return keras.Sequential(
            [
                keras.layers.Embedding(9, 4, mask_zero=True),
                keras.layers.Dense(3, activation="softmax"),
            ]
        )

    given = {"epochs": 2, "random_state": 0}
    own = KerasClassifier(build, loss=of_integers, **given).fit(steps, tags)
    loss = "sparse_categorical_crossentropy"
    usual = KerasClassifier(build, loss=loss, **given).fit(steps, tags)
    for a, b in zip(own.predict_proba(steps), usual.predict_proba(steps), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("loss", "y", "shape", "expected"),
    [
        (of_integers, np.zeros(2, "int32"), (3,), True),
        (of_integers, np.zeros((2, 3), "float32"), (3,), False),
        (of_columns, np.zeros((2, 3), "float32"), (3,), True),
        (of_integers, np.zeros((2, 5), "int32"), (None, 3), True),
        (of_integers, np.zeros((2, 5, 3), "float32"), (None, 3), False),
        ("nonsense", np.zeros(2), (3,), False),
    ],
)
def test_takes(loss, y, shape, expected):
    assert takes(loss, y, Head("out", shape, "softmax")) is expected


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (contrastive, True),
        (ContrastiveLoss(), True),
        (ContrastiveLoss(similar=0), False),
        (reversed_contrastive, False),
        (weighted_bce, False),
        (keras.losses.Hinge(), False),
        (lambda y, p: 1 / 0, False),
    ],
)
def test_prefers_small(loss, expected):
    assert prefers_small(loss, Head("out", (1,), None)) is expected


# --- quantiles ---------------------------------------------------------------


def test_quantiles_as_scikit_learn_counts_them():
    rng = np.random.RandomState(0)
    y, p = rng.randn(40), rng.randn(40, 3)
    levels = [0.1, 0.5, 0.8]
    each = [mean_pinball_loss(y, p[:, i], alpha=q) for i, q in enumerate(levels)]
    loss = PinballLoss(levels)
    np.testing.assert_allclose(loss(y[:, None], p), np.mean(each), rtol=1e-6)
    made = PinballLoss.from_config(loss.get_config())
    assert made.quantile == levels
    assert not made.non_crossing
    np.testing.assert_allclose(
        PinballLoss(0.1)(y[:, None], p[:, :1]), each[0], rtol=1e-6
    )


@pytest.mark.parametrize("model", ["mlp", ends_in(dense(3))], ids=["mlp", "own"])
def test_several_quantiles(model):
    e = KerasRegressor(
        model,
        loss="pinball",
        loss__quantile=[0.4, 0.5, 0.6],
        loss__non_crossing=True,
        epochs=1,
        random_state=0,
    ).fit(X, NOISY)
    raw, predicted = e.model_.predict(X, verbose=0), e.predict(X)
    assert not (np.diff(raw) >= 0).all()
    np.testing.assert_array_equal(predicted, np.sort(raw.astype("float64"), axis=1))
    assert e.n_outputs_ == 1
    e.set_params(loss__non_crossing=False)
    np.testing.assert_array_equal(e.fit(X, NOISY).predict(X), raw)


@pytest.mark.parametrize("model", ["mlp", "own"])
def test_quantiles_of_several_values(model):
    last = [dense(6), (keras.layers.Reshape, ((2, 3),), {})]
    e = KerasRegressor(
        model if model == "mlp" else ends_in(*last),
        loss=PinballLoss([0.1, 0.5, 0.9]),
        epochs=1,
    ).fit(X, np.c_[NOISY, VALUES])
    assert e.predict(X).shape == (N, 2, 3)
    assert e.n_outputs_ == 2


@pytest.mark.parametrize("wrong", [0, 1.0, -0.5, [], [0.5, 0.5], [0.9, 0.1], [[0.5]]])
def test_quantiles_are_ascending_and_between_0_and_1(wrong):
    with pytest.raises(ValueError, match="quantile must be a number between 0 and 1"):
        PinballLoss(wrong)


@pytest.mark.slow
def test_a_search_over_arguments_of_a_function():
    search = GridSearchCV(
        KerasRegressor("mlp", loss=pinball, epochs=1, random_state=0),
        {"loss__q": [0.1, 0.9]},
        cv=2,
    ).fit(X, NOISY)
    low, high = search.cv_results_["mean_test_score"]
    assert low != high
    e = KerasRegressor(
        "mlp", metrics=[pinball], metrics__q=0.9, epochs=1, random_state=0
    ).fit(X, NOISY)
    assert list(e.history_) == ["loss", "pinball"]


# --- distances -----------------------------------------------------------------


@pytest.mark.parametrize("similar", [0, 1])
def test_distances_below_the_threshold_are_alike(similar):
    y = SAME if similar else np.where(FLAG, "different", "alike")
    e = KerasClassifier(
        ends_in(dense(8, "relu"), dense(1, "softplus")),
        loss="contrastive",
        loss__margin=2.0,
        loss__threshold=0.7,
        loss__similar=similar,
        epochs=1,
        random_state=0,
    ).fit(X, y)
    near = e.model_.predict(X, verbose=0).ravel() < 0.7
    assert 0 < near.sum() < N
    np.testing.assert_array_equal(e.predict(X) == e.classes_[similar], near)
    p = e.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_array_equal(p[:, similar] > 0.5, near)


def test_a_loss_derived_from_it_is_read_likewise():
    class Squared(ContrastiveLoss):
        def call(self, y_true, y_pred):
            return ops.mean(ops.square(y_true * y_pred), axis=-1)

    e = KerasClassifier(ends_in(dense(1, "softplus")), loss=Squared(threshold=0.6))
    e.set_params(epochs=1, random_state=0).fit(X, SAME)
    near = e.model_.predict(X, verbose=0).ravel() < 0.6
    np.testing.assert_array_equal(e.predict(X) == "same", near)


def test_contrastive_loss_has_a_config():
    loss = ContrastiveLoss(2.0, threshold=0.5, similar=0)
    made = ContrastiveLoss.from_config(loss.get_config())
    assert (made.margin, made.boundary, made.similar) == (2.0, 0.5, 0)
    assert ContrastiveLoss(3.0).boundary == 1.5
    for wrong in ({"margin": 0}, {"threshold": -1.0}, {"similar": 2}):
        with pytest.raises(ValueError, match="must be"):
            ContrastiveLoss(**wrong)


@pytest.mark.parametrize("call", ["predict", "predict_proba", "score"])
def test_values_beyond_0_and_1_are_no_probabilities(call):
    last = keras.layers.Lambda, (lambda x: 5 * ops.abs(x) + 2,), {}
    e = KerasClassifier(
        ends_in(dense(1, "relu"), last), loss=reversed_contrastive, epochs=1
    ).fit(X, FLAG)
    with pytest.raises(ValueError, match=r"lie between 2 .*no probabilities"):
        getattr(e, call)(*([X, FLAG] if call == "score" else [X]))


# --- distributions ---------------------------------------------------------------


@pytest.mark.parametrize(
    "loss",
    ["kl_divergence", "categorical_crossentropy", "categorical_focal_crossentropy"],
)
def test_distributions_are_values(loss):
    model = ends_in(dense(3, "softmax"))
    given = {"epochs": 2, "random_state": 0, "batch_size": -1}
    e = KerasRegressor(model, loss=loss, **given).fit(X, SHARES)
    by_hand = KerasRegressor(model, loss=loss, **given).initialize(X, SHARES).model_
    by_hand.fit(X, SHARES, epochs=2, batch_size=N, verbose=0)
    np.testing.assert_allclose(
        e.predict(X), by_hand.predict(X, verbose=0), rtol=1e-4, atol=1e-5
    )
    assert e.score(X, SHARES) <= 1
