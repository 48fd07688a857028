"""Losses, metrics and weights of several outputs."""

import keras
import numpy as np
import pytest

from sk_keras import KerasRegressor
from tests.builders import two_outputs
from tests.errors import FLAG, KIND, case, fitting, refused, table
from tests.estimators import several


@table(
    case(
        "losses-too-few",
        fitting(two_outputs, np.c_[KIND, FLAG], loss=["categorical_crossentropy"]),
        ValueError,
        "loss.*(1|one).*(2|two) outputs|2 outputs.*loss",
    ),
    case(
        "losses-too-many",
        fitting(two_outputs, np.c_[KIND, FLAG], loss=["mse"] * 3),
        ValueError,
        "loss.*3.*2 outputs|2 outputs.*loss",
    ),
    case(
        "losses-by-unknown-name",
        fitting(two_outputs, np.c_[KIND, FLAG], loss={"kind": "mse", "falg": "mse"}),
        ValueError,
        "'flag'.*loss has the keys.*'falg'|loss has the keys.*'falg'.*'flag'",
    ),
)
def test_outputs_and_losses(call, error, message):
    refused(call, error, message)


@pytest.mark.slow
def test_an_output_alone_in_a_list():
    class Listed(several.Build):
        def __call__(self):
            return super().__call__()

    e = several.classifier(Listed(("o", 1, "sigmoid")), metrics=["accuracy"]).fit(
        several.X, several.LEVEL
    )
    assert set(e.history_) == {"accuracy", "loss"}
    e = KerasRegressor(Listed(("o", 1, None)), **several.QUICK).fit(
        several.X, several.AUX[:, 0]
    )
    assert e.predict(several.X).shape == (several.N,)


LOSS = {"level": "binary_crossentropy", "kind": "sparse_categorical_crossentropy"}
WEIGHTED = {"level": 1.0, "kind": 0.2}


@pytest.mark.slow
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
    history = (
        several.classifier(several.TWO, batch_size=-1, **params)
        .fit(several.X, several.Y)
        .history_
    )
    total = [history["level_loss"][0], history["kind_loss"][0]]
    assert history["loss"][0] == pytest.approx(np.dot(weights or (1, 1), total))


@pytest.mark.slow
def test_one_loss_with_weights_for_each_output():
    params = {"loss": "binary_crossentropy", "compile__loss_weights": [1.0, 0.2]}
    history = (
        several.classifier(several.BINARY, batch_size=-1, **params)
        .fit(several.X, several.FLAGS)
        .history_
    )
    a, b = history["a_loss"][0], history["b_loss"][0]
    assert history["loss"][0] == pytest.approx(a + 0.2 * b)


BOTH = {"level_accuracy", "kind_accuracy"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "builder", [several.TWO, several.TWO_IN_A_DICT], ids=["list", "dict"]
)
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
    e = several.classifier(builder, metrics=metrics, loss=loss).fit(
        several.X, several.Y
    )
    names = names or {"level_mean_squared_error", "kind_mean_squared_error"}
    assert set(e.history_) == {"loss", "level_loss", "kind_loss"} | names


REFUSED = {
    "loss names": (
        several.fit(loss={"q": "mse", "kind": "mse"}),
        r"loss has the keys \['q'\]",
    ),
    "loss count": (
        several.fit(loss=["mse"]),
        "loss has 1 entries, but the model has 2",
    ),
    "loss_weights names": (
        several.fit(compile__loss_weights={"q": 1.0}),
        r"loss_weights has the keys \['q'\], but the model's outputs are",
    ),
    "loss_weights count": (
        several.fit(compile__loss_weights=[1.0]),
        "loss_weights has 1 entries, but the model",
    ),
    "metrics names": (
        several.fit(metrics={"q": "mse"}),
        r"metrics has the keys \['q'\]",
    ),
    "metrics count": (
        several.fit(metrics=["mse", "mae", "mape"]),
        "metrics has 3 entries, but the model has 2 outputs",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, message = REFUSED[case]
    refused(call, ValueError, message)
