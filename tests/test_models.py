"""Ready builders: their parameters, their outputs, and by name."""

import inspect

import keras
import numpy as np
import pytest

from sk_keras import KerasClassifier, KerasRegressor, models
from sk_keras.models import bilstm, cnn, gru, lstm, mlp

RECURRENT = [lstm, gru, bilstm]
CELLS = {lstm: keras.layers.LSTM, gru: keras.layers.GRU, bilstm: keras.layers.LSTM}

#: A shape of samples for each builder, small.
SHAPES = {mlp: (4,), cnn: (8, 8), lstm: (5, 3), gru: (5, 3), bilstm: (5, 3)}

#: Arguments that keep each of them small.
SMALL = {
    mlp: {"hidden_layer_sizes": (4,)},
    cnn: {"filters": (2,), "hidden": 4},
    lstm: {"units": 2},
    gru: {"units": 2},
    bilstm: {"units": 2},
}

BUILDERS = list(SHAPES)
THREE_CLASSES = ("multiclass", 1, 3)


def named(builders):
    return {"argvalues": builders, "ids": [b.__name__ for b in builders]}


def layers(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


def test_the_list_of_ready_builders():
    assert sorted(models.__all__) == sorted(b.__name__ for b in BUILDERS)


# --- parameters have effect ------------------------------------------------


@pytest.mark.parametrize("sizes", [(), (5,), (5, 4, 3), [7]], ids=str)
def test_mlp_has_the_layers_asked_for(sizes):
    model = mlp((4,), *THREE_CLASSES, hidden_layer_sizes=sizes)
    units = [layer.units for layer in layers(model, keras.layers.Dense)]
    assert units == [*sizes, 3]


def test_mlp_is_a_chain_of_affine_maps():
    model = mlp((4,), *THREE_CLASSES, hidden_layer_sizes=(5,), activation="tanh")
    X = np.random.RandomState(0).randn(6, 4).astype("float32")
    (w1, b1, w2, b2) = model.get_weights()
    z = np.tanh(X @ w1 + b1) @ w2 + b2
    expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model(X), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("builder", "given", "kind", "counts"),
    [
        (mlp, "dropout", keras.layers.Dropout, {0.0: 0, 0.5: 2}),
        (mlp, "batch_norm", keras.layers.BatchNormalization, {False: 0, True: 2}),
        (cnn, "dropout", keras.layers.Dropout, {0.0: 0, 0.5: 1}),
        (cnn, "batch_norm", keras.layers.BatchNormalization, {False: 0, True: 2}),
        (cnn, "hidden", keras.layers.Dense, {0: 1, 6: 2}),
    ],
    ids=["mlp-dropout", "mlp-norm", "cnn-dropout", "cnn-norm", "cnn-hidden"],
)
def test_layers_that_can_be_left_out(builder, given, kind, counts):
    two = {"hidden_layer_sizes": (5, 4)} if builder is mlp else {"filters": (2, 3)}
    for value, count in counts.items():
        model = builder(SHAPES[builder], *THREE_CLASSES, **two, **{given: value})
        assert len(layers(model, kind)) == count


@pytest.mark.parametrize(("builder", "rate"), [(mlp, 0.3), (cnn, 0.3)])
def test_dropout_rate(builder, rate):
    model = builder(SHAPES[builder], *THREE_CLASSES, dropout=rate)
    assert [layer.rate for layer in layers(model, keras.layers.Dropout)] == [rate]


def test_mlp_penalises_weights():
    with_penalty = mlp((4,), *THREE_CLASSES, hidden_layer_sizes=(5,), l2=0.5)
    weights = with_penalty.get_weights()[0]
    assert float(with_penalty.losses[0]) == pytest.approx(
        0.5 * (weights**2).sum(), rel=1e-5
    )
    assert mlp((4,), *THREE_CLASSES, l2=0.0).losses == []


@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 3, 2)], ids=str)
def test_mlp_flattens_samples(shape):
    model = mlp(shape, *THREE_CLASSES, hidden_layer_sizes=(5,))
    assert model.input_shape == (None, *shape)
    assert model.get_weights()[0].shape == (np.prod(shape), 5)


@pytest.mark.parametrize(
    ("shape", "filters", "sizes"),
    [
        ((8, 8), (2,), [(4, 4)]),
        ((8, 8, 3), (2, 3), [(4, 4), (2, 2)]),
        ((8, 8), (2, 3, 4), [(4, 4), (2, 2), None]),
        ((8, 2), (2,), [None]),
        ((3, 5, 1), (2,), [(1, 2)]),
        ((8, 8), (), []),
    ],
    ids=["grey", "colour", "small-at-last", "narrow", "odd", "none"],
)
def test_cnn_halves_images_while_they_are_large(shape, filters, sizes):
    model = cnn(shape, *THREE_CLASSES, filters=filters)
    found = [layer.filters for layer in layers(model, keras.layers.Conv2D)]
    assert found == list(filters)
    pooled = [
        layer.output.shape[1:3] for layer in layers(model, keras.layers.MaxPooling2D)
    ]
    assert pooled == [size for size in sizes if size]
    assert model.output_shape == (None, 3)
    assert model(np.zeros((2, *shape), "float32")).shape == (2, 3)


@pytest.mark.parametrize("kernel_size", [1, 3, 5])
def test_cnn_kernels(kernel_size):
    model = cnn((8, 8, 3), *THREE_CLASSES, filters=(2,), kernel_size=kernel_size)
    kernel = layers(model, keras.layers.Conv2D)[0].kernel
    assert tuple(kernel.shape) == (kernel_size, kernel_size, 3, 2)


def cells(model, builder):
    """List the recurrent layers, one of each pair."""
    if builder is bilstm:
        pairs = layers(model, keras.layers.Bidirectional)
        assert all(isinstance(p.backward_layer, CELLS[builder]) for p in pairs)
        return [pair.forward_layer for pair in pairs]
    return layers(model, CELLS[builder])


@pytest.mark.parametrize("builder", **named(RECURRENT))
@pytest.mark.parametrize(
    ("units", "expected"),
    [(4, [4]), ((4,), [4]), ([4, 3, 2], [4, 3, 2]), (np.int64(4), [4])],
    ids=["int", "tuple", "list", "numpy"],
)
def test_recurrent_layers(builder, units, expected):
    model = builder((5, 3), *THREE_CLASSES, units=units)
    found = cells(model, builder)
    assert [cell.units for cell in found] == expected
    # All but the last hand on every step.
    steps = [cell.return_sequences for cell in found]
    assert steps == [True] * (len(expected) - 1) + [False]
    assert model.output_shape == (None, 3)


@pytest.mark.parametrize("builder", **named(RECURRENT))
def test_recurrent_dropout(builder):
    model = builder(
        (5, 3), *THREE_CLASSES, units=(3, 2), dropout=0.25, recurrent_dropout=0.5
    )
    rates = [(cell.dropout, cell.recurrent_dropout) for cell in cells(model, builder)]
    assert rates == [(0.25, 0.5)] * 2


# --- outputs ---------------------------------------------------------------

#: Facts, and the units and activations of the outputs that they ask for.
TARGETS = {
    "binary": (("binary", 1, 2), [(1, "sigmoid")]),
    "one-class": (("binary", 1, 1), [(1, "sigmoid")]),
    "multiclass": (THREE_CLASSES, [(3, "softmax")]),
    "one-hot": (("multiclass-onehot", 3, 3), [(3, "softmax")]),
    "multilabel": (("multilabel-indicator", 4, 4), [(4, "sigmoid")]),
    "value": (("continuous", 1, None), [(1, "linear")]),
    "values": (("continuous", 2, None), [(2, "linear")]),
    "columns": (
        ("multiclass-multioutput", 2, [3, 2]),
        [(3, "softmax"), (2, "softmax")],
    ),
    "dict": (
        (
            {"a": "multiclass", "b": "binary", "c": "multilabel-indicator"},
            {"a": 1, "b": 1, "c": 4},
            {"a": 3, "b": 2, "c": 4},
        ),
        [(3, "softmax"), (1, "sigmoid"), (4, "sigmoid")],
    ),
    "dict-of-values": (
        ({"a": "continuous", "b": "continuous"}, {"a": 1, "b": 2}, None),
        [(1, "linear"), (2, "linear")],
    ),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("builder", **named(BUILDERS))
def test_outputs_suit_the_target(builder, target):
    facts, expected = TARGETS[target]
    model = builder(SHAPES[builder], *facts, **SMALL[builder])
    assert not model.compiled
    heads = [tensor._keras_history.operation for tensor in model.outputs]
    assert [(h.units, h.activation.__name__) for h in heads] == expected
    if target.startswith("dict"):
        assert [head.name for head in heads] == sorted(facts[0])
        assert sorted(model(np.zeros((2, *SHAPES[builder])))) == sorted(facts[0])


@pytest.mark.parametrize("builder", **named(BUILDERS))
def test_targets_that_need_a_builder_of_ones_own(builder):
    with pytest.raises(ValueError, match="'elementwise'. Give a builder of your own"):
        builder(SHAPES[builder], "elementwise", 5, 3, **SMALL[builder])


@pytest.mark.parametrize(
    ("builder", "shape", "message"),
    [
        (cnn, (4,), r"cnn needs images.*\(n_samples, height, width.*shape \(4,\)"),
        (cnn, (2, 2, 2, 2), r"cnn needs images.*samples of shape \(2, 2, 2, 2\)"),
        (lstm, (4,), r"lstm needs sequences.*n_steps.*samples of shape \(4,\)"),
        (gru, (4, 4, 4), r"gru needs sequences.*samples of shape \(4, 4, 4\)"),
        (bilstm, (4,), r"bilstm needs sequences.*samples of shape \(4,\)"),
    ],
)
def test_samples_of_another_rank(builder, shape, message):
    with pytest.raises(ValueError, match=message):
        builder(shape, *THREE_CLASSES)


# --- through the estimators ------------------------------------------------

N = 12
KIND, FLAG = np.arange(N) % 3, np.arange(N) % 2
NAMES = np.array(["a", "b", "c"])[KIND]

#: Estimator, y, and the shape of its predictions or those of each part.
ENDS = {
    "binary": (KerasClassifier, FLAG == 1),
    "multiclass": (KerasClassifier, NAMES),
    "one-hot": (KerasClassifier, np.eye(3, dtype=int)[KIND]),
    "multilabel": (KerasClassifier, np.c_[FLAG, KIND > 0, KIND > 1].astype(int)),
    "columns": (KerasClassifier, np.c_[KIND, FLAG]),
    "dict": (KerasClassifier, {"a": NAMES, "b": FLAG}),
    "value": (KerasRegressor, KIND / 2),
    "values": (KerasRegressor, np.c_[KIND, FLAG] / 2),
    "dict-of-values": (KerasRegressor, {"a": KIND / 2, "b": np.c_[KIND, FLAG] / 2}),
}


def samples(builder):
    return np.random.RandomState(0).randn(N, *SHAPES[builder]).astype("float32")


def check_form(y, predicted):
    if isinstance(y, dict):
        assert set(predicted) == set(y)
        for name in y:
            check_form(y[name], predicted[name])
        return
    assert predicted.shape == y.shape
    assert predicted.dtype == y.dtype


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("builder", **named(BUILDERS))
def test_builders_by_name_size_themselves(builder, end):
    estimator, y = ENDS[end]
    e = estimator(builder.__name__, **SMALL[builder], random_state=0)
    X = samples(builder)
    check_form(y, e.initialize(X, y).predict(X))


@pytest.mark.parametrize(
    ("builder", "end"),
    [
        (mlp, "dict-of-values"),
        (cnn, "columns"),
        (lstm, "multiclass"),
        (gru, "value"),
        (bilstm, "binary"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_builders_by_name_are_trained(builder, end):
    estimator, y = ENDS[end]
    e = estimator(builder.__name__, **SMALL[builder], random_state=0, epochs=3)
    e.set_params(optimizer__learning_rate=0.01)
    X = samples(builder)
    loss = e.fit(X, y).history_["loss"]
    assert loss[-1] < loss[0]
    check_form(y, e.predict(X))


@pytest.mark.parametrize("builder", **named(BUILDERS))
def test_the_arguments_of_a_ready_builder_are_parameters(builder):
    e = KerasClassifier(builder.__name__)
    signature = inspect.signature(builder).parameters.values()
    defaults = {p.name: p.default for p in signature if p.default is not p.empty}
    params = e.get_params()
    assert {name: params[name] for name in defaults} == defaults
    assert e.set_params(**SMALL[builder]).get_params().items() >= SMALL[builder].items()


def test_the_builder_given_as_a_function_is_the_one_given_by_name():
    X, y = samples(mlp), NAMES
    by_name = KerasClassifier("mlp", hidden_layer_sizes=(3,), random_state=0)
    given = KerasClassifier(mlp, hidden_layer_sizes=(3,), random_state=0)
    default = KerasClassifier(hidden_layer_sizes=(3,), random_state=0)
    p = by_name.initialize(X, y).predict_proba(X)
    np.testing.assert_array_equal(given.initialize(X, y).predict_proba(X), p)
    np.testing.assert_array_equal(default.initialize(X, y).predict_proba(X), p)


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1)], ids=str)
def test_cnn_tells_bright_images_from_dark_ones(shape):
    rng = np.random.RandomState(0)
    y = np.arange(32) % 2
    X = rng.rand(32, *shape).astype("float32") + y.reshape(-1, *[1] * len(shape))
    e = KerasClassifier("cnn", **SMALL[cnn], random_state=0, epochs=15, batch_size=8)
    assert e.set_params(optimizer__learning_rate=0.02).fit(X, y).score(X, y) == 1.0
