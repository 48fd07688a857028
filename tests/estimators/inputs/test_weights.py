"""CheckedRows weights."""

import keras
import numpy as np
import pytest
from sklearn.base import clone

from sk_keras import KerasClassifier, KerasRegressor
from tests.builders import dense_regressor
from tests.errors import KIND, N, X, refused, with_value
from tests.estimators import several


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (-np.ones(N), "Negative values in data passed to `sample_weight`"),
        (with_value(np.ones(N), -1), "Negative values in data passed"),
        (np.zeros(N), "(?i)sample weights.*zero"),
        (np.ones(4), r"sample_weight.shape == \(4,\), expected \(24,\)"),
        (np.full(N, np.nan), "Input sample_weight contains NaN"),
        (np.ones((N, 2)), "must be 1D array or scalar"),
    ],
    ids=["negative", "one-negative", "zero", "length", "nan", "2-D"],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_sample_weights(method, weight, message):
    fit = getattr(KerasClassifier("mlp", epochs=1), method)
    refused(lambda: fit(X, KIND, sample_weight=weight), ValueError, message)


def test_weights_that_are_zero_in_a_part_are_refused(diabetes):
    X, y = diabetes

    class Halves:
        def split(self, X, y=None, groups=None):
            yield np.arange(150), np.arange(150, 300)

    for part in (slice(0, 150), slice(150, 300)):
        weight = np.ones(300)
        weight[part] = 0
        e = KerasRegressor(dense_regressor, epochs=1, validation_split=Halves())
        with pytest.raises(ValueError, match="weights are zero"):
            e.fit(X, y, sample_weight=weight)


@pytest.mark.slow
def test_sample_weights_of_each_output():
    # None is zero: a row that counts for no output is left out, which gives the
    # others another order, and the sums another last digit.
    weight = 1.0 + np.arange(several.N)
    e = several.classifier(several.TWO, batch_size=-1)
    histories = [
        clone(e).fit(several.X, y, sample_weight=w).history_
        for y, w in [
            (several.Y, {"kind": weight}),
            ([several.LEVEL, several.KIND], [None, weight]),
            ([several.LEVEL, several.KIND], [np.ones(several.N), weight]),
        ]
    ]
    assert histories[0] == histories[1] == histories[2]
    plain, both = (
        clone(e).fit(several.X, several.Y).history_,
        clone(e).fit(several.X, several.Y, weight).history_,
    )
    assert histories[0]["level_loss"] == plain["level_loss"] != both["level_loss"]
    assert histories[0]["kind_loss"] == both["kind_loss"]


@pytest.mark.slow
def test_an_output_may_count_for_nothing():
    e = several.classifier(several.TWO).fit(
        several.X, several.Y, sample_weight={"level": np.zeros(several.N)}
    )
    assert e.history_["level_loss"] == [0.0]
    columns = np.c_[np.zeros(several.N), np.ones(several.N)]
    e = several.classifier(several.BINARY).fit(
        several.X, several.FLAGS, sample_weight=columns
    )
    assert (e.history_["a_loss"][0], e.history_["b_loss"][0] > 0) == (0.0, True)


@pytest.mark.slow
def test_scores_with_weights():
    weight = np.arange(several.N)
    e = several.classifier(several.TWO).fit(several.X, several.Y)
    right = {
        name: part == several.Y[name] for name, part in e.predict(several.X).items()
    }
    kind = np.average(right["kind"], weights=weight)
    wanted = np.mean([right["level"].mean(), kind])
    assert e.score(several.X, several.Y, {"kind": weight}) == pytest.approx(wanted)
    wanted = np.mean([np.average(right["level"], weights=weight), kind])
    assert e.score(several.X, several.Y, weight) == pytest.approx(wanted)


REFUSED = {
    "weights of nothing": (
        several.fit(
            fit_params={"sample_weight": {k: np.zeros(several.N) for k in several.Y}}
        ),
        "All sample weights are zero",
    ),
    "weight names": (
        several.fit(fit_params={"sample_weight": {"q": np.ones(several.N)}}),
        r"sample_weight has the keys \['q'\], but the targets have the keys",
    ),
    "weights by name of an array": (
        several.fit(
            several.BINARY,
            y=several.FLAGS,
            fit_params={"sample_weight": {"a": np.ones(several.N)}},
        ),
        "but the targets have no names",
    ),
    "fine weights": (
        several.fit(
            several.Build(("tags", 3, "sigmoid")),
            y=several.TAGS,
            loss=lambda y, p: keras.losses.binary_crossentropy(y, p),
            fit_params={"sample_weight": np.ones((several.N, 3))},
        ),
        r"have shape \(40, 3\), but .* loss of shape \('n_samples',\)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, message = REFUSED[case]
    refused(call, ValueError, message)
