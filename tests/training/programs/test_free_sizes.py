"""Networks of all widths share a program where its graph has no width in it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_keras import KerasClassifier, clear_cache
from sk_keras._shared.keras_objects.private_api import packed_variables
from sk_keras._training import prediction
from sk_keras._training.epochs import Epochs
from sk_keras._training.programs import free_sizes, program
from sk_keras._training.programs.graph_digest import graph_digest
from sk_keras._training.programs.keys import forward_key
from sk_keras._training.rows import Rows
from tests.training.programs.models import rows_for
from tests.training.programs.test_keys import compiled, training_key

L = keras.layers
optimizers = keras.optimizers


@pytest.fixture
def traced(monkeypatch):
    """List the digests of all programs that are traced."""
    digests = []
    usual = program.without_graph

    def noted(function):
        digests.append(graph_digest(function, gradients=False))
        return usual(function)

    monkeypatch.setattr(program, "without_graph", noted)
    clear_cache()
    return digests


def run(model):
    """Trace the programs of a model, for training and for predictions."""
    X, y = rows_for(model)
    Epochs(model, Rows(X, y), training=True, seed=0)
    prediction.predict(model, X, 32, {})


def stack(width):
    """Make a hidden layer for all that is in the tables, each with its own width."""
    kinds = [{"activation": name} for name in sorted(free_sizes.ACTIVATIONS)]
    kinds += [{"kernel_constraint": c()} for c in free_sizes.CONSTRAINTS]
    kinds += [{"bias_constraint": c()} for c in free_sizes.CONSTRAINTS]
    kinds += [{"activity_regularizer": r(0.1)} for r in free_sizes.REGULARIZERS]
    kinds += [{"kernel_regularizer": r(0.1)} for r in free_sizes.REGULARIZERS]
    kinds += [{"bias_regularizer": r(0.1)} for r in free_sizes.REGULARIZERS]
    kinds += [{"use_bias": False}]
    layers = [L.Dense(width(i), **kind) for i, kind in enumerate(kinds)]
    given = {L.Activation: ("relu",), L.Dropout: (0.2,)}
    return [
        *layers,
        *(layer(*given.get(layer, ())) for layer in free_sizes.ELEMENTWISE),
    ]


#: Widths of hidden layers: that of the input among them, and several alike.
WIDTHS = (lambda i: 5 + i % 3, lambda i: 6, lambda i: 9 - i % 4)


@pytest.mark.slow
def test_no_layer_has_its_width_in_the_graph(traced):
    keys = []
    for width in WIDTHS:
        clear_cache()
        model = compiled([*stack(width), L.Dense(1)])
        keys.append((training_key(model), forward_key(model, rows_for(model)[0])))
        run(model)
    assert len(set(keys)) == 1
    assert traced == traced[:2] * len(WIDTHS)


OPTIMIZERS = [
    *(getattr(optimizers, name) for name in sorted(free_sizes.OPTIMIZERS)),
    lambda: optimizers.SGD(momentum=0.9, nesterov=True, clipnorm=1.0),
    lambda: optimizers.RMSprop(momentum=0.9, centered=True, clipvalue=1.0),
    lambda: optimizers.Adam(amsgrad=True, use_ema=True, ema_overwrite_frequency=2),
    lambda: optimizers.AdamW(weight_decay=0.1, global_clipnorm=1.0),
]


@pytest.mark.slow
@pytest.mark.parametrize("make", OPTIMIZERS)
def test_no_optimizer_has_a_width_in_the_graph(make, traced):
    keys = []
    for width in (4, 7):
        clear_cache()
        model = compiled([L.Dense(width, "relu"), L.Dense(1)], optimizer=make())
        keys.append(training_key(model))
        run(model)
    assert len(set(keys)) == 1
    assert traced == traced[:2] * 2


def residual(width):
    inputs = L.Input((6,))
    hidden = L.Dense(width)(inputs)
    out = L.Dense(1)(L.Add()([hidden, L.Dense(width)(hidden)]))
    model = keras.Model(inputs, out)
    model.compile("sgd", "mse")
    return model


def with_set(width, name, value):
    model = compiled([L.Dense(width), L.Dense(1)])
    setattr(model.layers[0].kernel, name, value)
    return model


#: Models whose graphs have a width in them, or may have.
WITH_SIZES = {
    "output": lambda n: compiled([L.Dense(4), L.Dense(n)]),
    "residual": residual,
    "kernel regularizer": lambda n: compiled(
        [L.Dense(n, kernel_regularizer="orthogonal_regularizer"), L.Dense(1)]
    ),
    "batch normalisation": lambda n: compiled(
        [L.Dense(n), L.BatchNormalization(), L.ReLU(), L.Dense(1)]
    ),
    "noise after an activation": lambda n: compiled(
        [L.Dense(n), L.ReLU(), L.GaussianNoise(0.1), L.Dense(1)]
    ),
    "activation": lambda n: compiled([L.Dense(n, "celu"), L.Dense(1)]),
    "constraint": lambda n: compiled(
        [L.Dense(n, kernel_constraint="min_max_norm"), L.Dense(1)]
    ),
    "every step": lambda n: compiled(
        [L.TimeDistributed(L.Dense(n)), L.LSTM(2)], inputs=(3, 2)
    ),
    "convolution": lambda n: compiled(
        [L.Conv1D(n, 2), L.Flatten(), L.Dense(1)], inputs=(3, 2)
    ),
    "optimizer": lambda n: compiled(
        [L.Dense(n), L.Dense(1)], optimizer=optimizers.Adafactor()
    ),
    "gradients that add up": lambda n: compiled(
        [L.Dense(n), L.Dense(1)],
        optimizer=optimizers.SGD(gradient_accumulation_steps=2),
    ),
    "regularizer set on a variable": lambda n: with_set(
        n, "regularizer", keras.regularizers.OrthogonalRegularizer(0.1)
    ),
    "constraint set on a variable": lambda n: with_set(
        n, "constraint", keras.constraints.MinMaxNorm()
    ),
    "a single unit": lambda n: compiled([L.Dense(1 if n == 3 else n), L.Dense(1)]),
}


@pytest.mark.parametrize("name", WITH_SIZES)
def test_other_widths_count(name):
    one, other = (training_key(WITH_SIZES[name](n)) for n in (3, 4))
    assert one != other


def test_the_width_of_an_output_counts_for_predictions():
    def key(width):
        inputs = L.Input((6,))
        hidden = L.Dense(width, "relu")(inputs)
        model = keras.Model(inputs, [hidden, L.Dense(1)(hidden)])
        return forward_key(model, np.ones((2, 6), "float32"))

    assert key(3) != key(4)


def network(widths, activation="relu", out="sigmoid"):
    layers = [L.Dense(n, activation) for n in widths]
    return keras.Sequential([L.Input((30,)), *layers, L.Dense(1, out)])


@pytest.mark.slow
@pytest.mark.parametrize(
    "others", [[(8, 5), (3, 30), (30, 3), (4, 4)], [(200, 150), (160, 220)]]
)
def test_a_fit_after_other_widths_is_as_with_nothing_kept(others, cancer, monkeypatch):
    X, y = cancer

    def outcome(widths):
        estimator = KerasClassifier(
            network, widths=widths, epochs=2, random_state=0, validation_split=0.2
        ).fit(X, y)
        return [
            estimator.predict_proba(X),
            *estimator.model_.get_weights(),
            *estimator.history_.values(),
        ]

    expected = []
    for widths in others:
        clear_cache()
        expected.append(outcome(widths))
    clear_cache()
    outcome(others[0])
    monkeypatch.setattr(program, "trace", None)  # all that follows is kept
    for widths, values in zip(others, expected, strict=True):
        assert all(map(np.array_equal, outcome(widths), values))


class Penalised(keras.Model):
    """A model whose loss looks at regularizers."""

    def compute_loss(self, *args, **kwargs):
        squared = [
            v
            for v in self.trainable_variables
            if isinstance(v.regularizer, keras.regularizers.L2)
        ]
        more = sum(v.regularizer.l2 * keras.ops.sum(keras.ops.abs(v)) for v in squared)
        return super().compute_loss(*args, **kwargs) + more


def penalised(width=8):
    inputs = L.Input((4,))
    hidden = L.Dense(width, kernel_regularizer="l2")(inputs)
    return Penalised(inputs, L.Dense(3, "softmax")(hidden))


def test_code_in_a_model_sees_its_regularizers(small):
    histories = [
        KerasClassifier(
            penalised,
            loss="sparse_categorical_crossentropy",
            epochs=2,
            random_state=0,
            engine=engine,
        )
        .fit(*small)
        .history_["loss"]
        for engine in ("auto", "keras")
    ]
    np.testing.assert_allclose(*histories, rtol=1e-5)


def test_a_fit_within_a_graph_leaves_later_ones_alone(small):
    classifier = KerasClassifier(network, widths=(3,), out="sigmoid", epochs=1)
    X, y = small[0][:, :1].repeat(30, 1), small[1] % 2
    packed_variables._always_first.cache_clear()
    with tf.Graph().as_default(), pytest.raises(Exception):  # noqa: B017
        classifier.fit(X, y)
    assert classifier.fit(X, y).predict(X).shape == (24,)
