"""Ready builders: their parameters, their outputs, and by name."""

import inspect

import keras
import numpy as np
import pytest

from sk_keras import KerasClassifier, KerasRegressor, models
from sk_keras.models import (
    bilstm,
    cnn,
    fasttext,
    gru,
    lstm,
    mlp,
    siamese,
    text_cnn,
)

RECURRENT = [lstm, gru, bilstm]
CELLS = {lstm: keras.layers.LSTM, gru: keras.layers.GRU, bilstm: keras.layers.LSTM}

#: A shape of samples for each builder, small; pairs lie side by side.
SHAPES = {
    mlp: (4,),
    cnn: (8, 8),
    lstm: (5, 3),
    gru: (5, 3),
    bilstm: (5, 3),
    text_cnn: (6,),
    fasttext: (6,),
    siamese: (4,),
}

TEXT = [text_cnn, fasttext]
VOCABULARY_SIZE = 9

#: Arguments that keep each of them small.
SMALL = {
    mlp: {"hidden_layer_sizes": (4,)},
    cnn: {"filters": (2,), "hidden": 4},
    lstm: {"units": 2},
    gru: {"units": 2},
    bilstm: {"units": 2},
    text_cnn: {
        "vocabulary_size": VOCABULARY_SIZE,
        "embedding_dim": 3,
        "filters": 2,
        "kernel_sizes": (2, 3),
    },
    fasttext: {"vocabulary_size": VOCABULARY_SIZE, "embedding_dim": 3},
    siamese: {"hidden_layer_sizes": (3,)},
}

BUILDERS = list(SHAPES)
THREE_CLASSES = ("multiclass", 1, 3)


def named(builders):
    return {"argvalues": builders, "ids": [b.__name__ for b in builders]}


def layers(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


def test_the_list_of_ready_builders():
    assert sorted(models.__all__) == sorted(b.__name__ for b in BUILDERS)


# --- parameters have effect -------------------------------------------------


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
        (text_cnn, "dropout", keras.layers.Dropout, {0.0: 0, 0.5: 1}),
        (text_cnn, "hidden", keras.layers.Dense, {0: 1, 6: 2}),
        (fasttext, "dropout", keras.layers.Dropout, {0.0: 0, 0.5: 1}),
    ],
    ids=lambda v: v if isinstance(v, str) else getattr(v, "__name__", None),
)
def test_layers_that_can_be_left_out(builder, given, kind, counts):
    two = {mlp: {"hidden_layer_sizes": (5, 4)}, cnn: {"filters": (2, 3)}}
    small = {**SMALL[builder], **two.get(builder, {})}
    for value, count in counts.items():
        model = builder(SHAPES[builder], *THREE_CLASSES, **{**small, given: value})
        assert len(layers(model, kind)) == count


@pytest.mark.parametrize("builder", **named([mlp, cnn, text_cnn, fasttext]))
def test_dropout_rate(builder):
    model = builder(SHAPES[builder], *THREE_CLASSES, **SMALL[builder], dropout=0.3)
    assert [layer.rate for layer in layers(model, keras.layers.Dropout)] == [0.3]


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


# --- texts ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel_sizes", "n_steps", "expected"),
    [
        ((2, 3), 6, [2, 3]),
        ([5], 6, [5]),
        (3, 6, [3]),
        (np.int64(3), 6, [3]),
        ((3, 4, 5), 4, [3, 4, 4]),
        ((3, 4, 5), 1, [1, 1, 1]),
        ((3, 4, 5), None, [3, 4, 5]),
    ],
    ids=["tuple", "list", "int", "numpy", "short", "one-word", "any-length"],
)
def test_text_cnn_windows_are_no_wider_than_the_text(kernel_sizes, n_steps, expected):
    model = text_cnn(
        (n_steps,), *THREE_CLASSES, 9, 4, filters=2, kernel_sizes=kernel_sizes
    )
    kernels = [tuple(c.kernel.shape) for c in layers(model, keras.layers.Conv1D)]
    assert kernels == [(size, 4, 2) for size in expected]
    # The largest value of each filter of each window.
    assert layers(model, keras.layers.Dense)[-1].kernel.shape == (2 * len(expected), 3)
    assert model(np.zeros((5, n_steps or 7), "int32")).shape == (5, 3)


def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def random_weights(model):
    """Draw weights that tell more places apart than initial ones do."""
    rng = np.random.RandomState(0)
    return [0.5 * rng.randn(*w.shape) for w in model.get_weights()]


def test_text_cnn_is_the_best_window_of_each_filter():
    model = text_cnn((4,), *THREE_CLASSES, 9, 3, filters=16, kernel_sizes=3)
    (vectors, kernel, bias, w, b) = random_weights(model)
    model.set_weights([vectors, kernel, bias, w, b])
    text = np.array([4, 8, 2, 5])
    x = np.pad(vectors[text], [(1, 1), (0, 0)])  # nothing before and after it
    windows = [np.einsum("td,tdf->f", x[i : i + 3], kernel) + bias for i in range(4)]
    best = np.maximum(windows, 0).max(axis=0)
    np.testing.assert_allclose(model(text[None])[0], softmax(best @ w + b), rtol=1e-5)


def test_fasttext_is_linear_in_the_average_word():
    model = fasttext((4,), *THREE_CLASSES, 9, 3)
    (vectors, w, b) = model.get_weights()
    texts = np.array([[4, 8, 2, 5], [0, 0, 7, 7], [1, 0, 2, 0]])
    averages = [vectors[[4, 8, 2, 5]].mean(0), vectors[7], vectors[[1, 2]].mean(0)]
    np.testing.assert_allclose(
        model(texts), softmax(np.array(averages) @ w + b), rtol=1e-5
    )


#: The same text, padded in different ways.
PADDED = [
    [4, 8, 2],
    [0, 4, 8, 2],
    [4, 8, 2, 0],
    [0, 0, 0, 0, 4, 8, 2],
    [0, 4, 8, 2, 0, 0, 0],
]


@pytest.mark.parametrize("mask_zero", [True, False])
@pytest.mark.parametrize("builder", **named(TEXT))
def test_padding_of_texts_counts_for_nothing(builder, mask_zero):
    small = {**SMALL[builder], "mask_zero": mask_zero}
    if builder is text_cnn:
        small["filters"] = 16
    weights = random_weights(builder((3,), *THREE_CLASSES, **small))
    results = []
    for text in PADDED:
        model = builder((len(text),), *THREE_CLASSES, **small)
        model.set_weights(weights)
        results.append(np.array(model(np.array([text]))[0]))
    same = [np.allclose(result, results[0], rtol=1e-5) for result in results]
    assert all(same) == mask_zero


@pytest.mark.slow
@pytest.mark.parametrize("builder", **named(TEXT))
def test_texts_of_unequal_length(builder):
    padded = np.array([[*text, *[0] * (7 - len(text))] for text in PADDED * 2])
    y = np.arange(len(padded)) % 2
    e = KerasClassifier(builder, **SMALL[builder], epochs=3, random_state=0)
    expected = e.fit(padded, y).predict_proba(padded)
    # No warning: the model knows padding from words.
    actual = e.fit(PADDED * 2, y).predict_proba(PADDED * 2)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)
    with pytest.warns(UserWarning, match=f"the model of {builder.__name__} has no"):
        e.set_params(mask_zero=False).fit(PADDED * 2, y)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("builder", "engine"),
    [(text_cnn, "auto"), (fasttext, "auto"), (fasttext, "keras")],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_words_that_are_not_in_the_vocabulary(builder, engine):
    X, y = np.array([[1, 2, 3], [4, 5, 6]] * 4), np.arange(8) % 2
    e = KerasClassifier(builder, vocabulary_size=6, epochs=1, engine=engine)
    message = "X has the integer {}, but the Embedding .* for 0 to {} only.*vocabulary"
    with pytest.raises(ValueError, match=message.format(6, 5)):
        e.fit(X, y)
    e.set_params(vocabulary_size=7).fit(X, y)
    with pytest.raises(ValueError, match=message.format(9, 6)):
        e.predict([[1, 9, 2]])


@pytest.mark.slow
@pytest.mark.parametrize("builder", **named(TEXT))
def test_texts_without_words_are_trained_on(builder):
    X, y = np.zeros((6, 4), "int32"), np.arange(6) % 2
    e = KerasClassifier(builder, **SMALL[builder], epochs=3, random_state=0)
    assert np.isfinite(e.fit(X, y).history_["loss"]).all()
    p = e.predict_proba(X)
    assert np.isfinite(p).all()


@pytest.mark.parametrize("builder", **named(TEXT))
@pytest.mark.parametrize("size", [0, -1, 2.5, None, "500"], ids=str)
def test_vocabulary_sizes_that_are_none(builder, size):
    message = rf"{builder.__name__} needs vocabulary_size.*plus 1. Got {size!r}"
    with pytest.raises(ValueError, match=message):
        builder((4,), *THREE_CLASSES, vocabulary_size=size)


@pytest.mark.parametrize("builder", **named(TEXT))
def test_a_vocabulary_size_can_be_given(builder):
    X, y = samples(builder), NAMES
    e = KerasClassifier(builder.__name__, vocabulary_size=np.int64(VOCABULARY_SIZE))
    embedding = e.initialize(X, y).model_.layers[1]
    assert embedding.embeddings.shape == (VOCABULARY_SIZE, 50)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int64", "uint16", "float64", "float32"])
@pytest.mark.parametrize("builder", **named(TEXT))
def test_texts_of_any_number_type(builder, dtype):
    X = 1000 * samples(builder)
    small = {**SMALL[builder], "vocabulary_size": 1000 * VOCABULARY_SIZE}
    e = KerasClassifier(builder, **small, random_state=0).initialize(X, NAMES)
    np.testing.assert_array_equal(
        e.predict_proba(X.astype(dtype)), e.predict_proba(X.astype("int32"))
    )


# --- pairs ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "inputs"),
    [
        ((8,), {"left": (4,), "right": (4,)}),
        ([(4,), (4,)], {"left": (4,), "right": (4,)}),
        (((4, 3), (4, 3)), {"left": (4, 3), "right": (4, 3)}),
        ({"one": (4,), "other": (4,)}, {"one": (4,), "other": (4,)}),
        ({"b": [4, 3], "a": [4, 3]}, {"b": (4, 3), "a": (4, 3)}),
    ],
    ids=["one-array", "list", "tuple", "dict", "dict-of-lists"],
)
def test_siamese_has_two_inputs(shape, inputs):
    model = siamese(shape, *THREE_CLASSES, **SMALL[siamese])
    found = {tensor.name: tuple(tensor.shape[1:]) for tensor in model.inputs}
    assert found == inputs
    assert list(found) == list(inputs)
    assert model.output_shape == (None, 3)


@pytest.mark.parametrize(
    "shape",
    [
        (7,),
        (8, 4),
        (),
        [(4,)],
        [(4,), (5,)],
        [(4,), (4,), (4,)],
        {"left": (4,), "right": (4, 1)},
    ],
    ids=str,
)
def test_siamese_needs_two_alike(shape):
    with pytest.raises(ValueError, match="siamese needs two inputs of the same shape"):
        siamese(shape, *THREE_CLASSES)


@pytest.mark.parametrize("shape", [(4,), (2, 3)], ids=str)
def test_siamese_encodes_both_with_the_same_weights(shape):
    model = siamese([shape, shape], *THREE_CLASSES, hidden_layer_sizes=(5, 4))
    encoder = model.get_layer("encoder")
    n = int(np.prod(shape))
    assert encoder.count_params() == (n + 1) * 5 + (5 + 1) * 4
    assert model.count_params() == encoder.count_params() + (4 + 1) * 3


def merged(a, b, merge):
    if merge == "concatenate":
        return np.hstack([a, b])
    difference = np.abs(a - b)
    if merge == "difference":
        return difference
    return np.linalg.norm(difference, axis=1, keepdims=True)


@pytest.mark.parametrize("merge", ["difference", "distance", "concatenate"])
def test_siamese_merges(merge):
    model = siamese([(4,), (4,)], *THREE_CLASSES, (5,), activation="tanh", merge=merge)
    model.set_weights(random_weights(model))
    left, right = np.random.RandomState(0).randn(2, 6, 4).astype("float32")
    encoder = model.get_layer("encoder")
    vectors = [np.array(encoder(one)) for one in (left, right)]
    w, b = model.layers[-1].get_weights()
    expected = softmax(merged(*vectors, merge) @ w + b)
    np.testing.assert_allclose(model([left, right]), expected, rtol=1e-4)
    swapped = np.allclose(model([right, left]), expected, rtol=1e-4)
    assert swapped == (merge != "concatenate")


def test_siamese_distance_of_samples_that_are_the_same():
    model = siamese([(4,), (4,)], "continuous", 1, None, (5,), merge="distance")
    model.compile("sgd", "mse")
    model.set_weights(random_weights(model))
    before, X = model.get_weights(), np.ones((6, 4), "float32")
    model.train_on_batch([X, X], np.ones(6, "float32"))
    assert all(np.isfinite(w).all() for w in model.get_weights())
    assert not np.array_equal(model.get_weights()[-1], before[-1])


def test_siamese_knows_no_other_merge():
    with pytest.raises(ValueError, match="merge must be one of .*Got 'product'"):
        siamese((4,), *THREE_CLASSES, merge="product")


def steps_encoder(shape):
    return keras.Sequential(
        [keras.layers.Input(shape), keras.layers.LSTM(3, return_sequences=True)]
    )


def test_siamese_with_an_encoder_of_ones_own():
    model = siamese([(5, 2), (5, 2)], *THREE_CLASSES, encoder=steps_encoder)
    assert len(layers(model, keras.Sequential)) == 1
    assert model.layers[-1].kernel.shape == (5 * 3, 3)  # every step counts
    assert model([np.zeros((2, 5, 2))] * 2).shape == (2, 3)


@pytest.mark.parametrize(
    "encoder",
    [steps_encoder((5, 2)), "steps_encoder", lambda shape: None],
    ids=["model", "name", "returns-nothing"],
)
def test_siamese_with_an_encoder_that_is_none(encoder):
    message = "encoder must be a function that takes the shape of a sample and returns"
    with pytest.raises(TypeError, match=message):
        siamese([(5, 2), (5, 2)], *THREE_CLASSES, encoder=encoder)


def test_siamese_dropout():
    model = siamese((4,), *THREE_CLASSES, hidden_layer_sizes=(3, 2), dropout=0.3)
    encoder = model.get_layer("encoder")
    assert [d.rate for d in layers(encoder, keras.layers.Dropout)] == [0.3, 0.3]


# --- outputs ----------------------------------------------------------------

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


def zeros(builder):
    X = np.zeros((2, *SHAPES[builder]))
    return np.split(X, 2, axis=1) if builder is siamese else X


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
        assert sorted(model(zeros(builder))) == sorted(facts[0])


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
        (text_cnn, (4, 3), r"text_cnn needs texts.*n_steps.*samples of shape \(4, 3"),
        (fasttext, (), r"fasttext needs texts.*samples of shape \(\)"),
    ],
)
def test_samples_of_another_rank(builder, shape, message):
    with pytest.raises(ValueError, match=message):
        builder(shape, *THREE_CLASSES, **SMALL[builder])


# --- through the estimators -------------------------------------------------

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
    if builder in TEXT:
        return np.random.RandomState(0).randint(VOCABULARY_SIZE, size=(N, 6))
    return np.random.RandomState(0).randn(N, *SHAPES[builder]).astype("float32")


def check_form(y, predicted):
    if isinstance(y, dict):
        assert set(predicted) == set(y)
        for name in y:
            check_form(y[name], predicted[name])
        return
    assert predicted.shape == y.shape
    assert predicted.dtype == y.dtype


#: One builder for every target, one target of labels and one of values for every
#: builder; `test_outputs_suit_the_target` has all pairs.
BY_NAME = [*((mlp, end) for end in ENDS)] + [
    (builder, end)
    for builder, *ends in [
        (cnn, "multilabel", "values"),
        (lstm, "columns", "value"),
        (gru, "binary", "dict-of-values"),
        (bilstm, "dict", "value"),
        (text_cnn, "multiclass", "dict-of-values"),
        (fasttext, "one-hot", "values"),
        (siamese, "dict", "value"),
    ]
    for end in ends
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("builder", "end"), BY_NAME, ids=[f"{b.__name__}-{end}" for b, end in BY_NAME]
)
def test_builders_by_name_size_themselves(builder, end):
    estimator, y = ENDS[end]
    e = estimator(builder.__name__, **SMALL[builder], random_state=0)
    X = samples(builder)
    check_form(y, e.initialize(X, y).predict(X))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("builder", "end"),
    [
        (mlp, "dict-of-values"),
        (cnn, "columns"),
        (lstm, "multiclass"),
        (gru, "value"),
        (bilstm, "binary"),
        (text_cnn, "multilabel"),
        (fasttext, "dict"),
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
    defaults.pop("meta", None)  # facts about the data
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


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1)], ids=str)
def test_cnn_tells_bright_images_from_dark_ones(shape):
    rng = np.random.RandomState(0)
    y = np.arange(32) % 2
    X = rng.rand(32, *shape).astype("float32") + y.reshape(-1, *[1] * len(shape))
    e = KerasClassifier("cnn", **SMALL[cnn], random_state=0, epochs=15, batch_size=8)
    assert e.set_params(optimizer__learning_rate=0.02).fit(X, y).score(X, y) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("builder", **named(TEXT))
def test_texts_are_told_apart(builder):
    rng = np.random.RandomState(0)
    n, length, size = 120, 8, 20
    X, y = rng.randint(1, size, size=(n, length)), np.arange(n) % 2
    X[X == 7] = 8
    X[y == 1, 2] = 7  # only there
    X[:, 6:] = 0
    e = KerasClassifier(
        builder.__name__, vocabulary_size=size, epochs=40, random_state=0
    )
    e.set_params(optimizer__learning_rate=0.02).fit(X, y)
    assert e.score(np.roll(X, 1, axis=1), y) == 1.0


@pytest.mark.slow
def test_text_cnn_reads_in_order():
    rng = np.random.RandomState(0)
    n, size = 200, 20
    X, y = rng.randint(3, size, size=(n, 8)), np.arange(n) % 2
    at = rng.randint(7, size=n)
    X[np.arange(n), at], X[np.arange(n), at + 1] = 1 + y, 2 - y  # "1 2" or "2 1"
    scores = {
        name: KerasClassifier(name, vocabulary_size=size, epochs=30, random_state=0)
        .set_params(optimizer__learning_rate=0.02)
        .fit(X[:150], y[:150])
        .score(X[150:], y[150:])
        for name in ("text_cnn", "fasttext")
    }
    assert scores["text_cnn"] > 0.9
    assert scores["fasttext"] < 0.8


# --- sizes as searches give them, and those that are none -------------------

IMAGES = np.random.RandomState(0).rand(12, 6, 6, 1).astype("float32")
WIDE = np.random.RandomState(0).rand(12, 6).astype("float32")
FLAGS = np.arange(12) % 2


@pytest.mark.parametrize(
    ("model", "X", "sizes"),
    [
        ("mlp", WIDE, {"hidden_layer_sizes": (np.int64(3),)}),
        ("mlp", WIDE, {"hidden_layer_sizes": np.array([3, 2])}),
        ("mlp", WIDE, {"hidden_layer_sizes": np.int32(3)}),
        ("siamese", WIDE, {"hidden_layer_sizes": [np.int64(3)]}),
        ("cnn", IMAGES, {"filters": np.array([2])}),
        ("cnn", IMAGES, {"filters": 2}),
    ],
)
def test_sizes_may_be_numbers_of_numpy(model, X, sizes):
    e = KerasClassifier(model, epochs=1, **sizes).fit(X, FLAGS)
    assert e.predict(X).shape == (12,)


def test_own_builders_get_numbers_of_python():
    def build(sizes):
        assert [type(size) for size in sizes] == [int, int]
        stack = [keras.layers.Dense(size) for size in sizes]
        return keras.Sequential([keras.layers.Input((6,)), *stack])

    e = KerasClassifier(build, sizes=(np.int64(3), np.int32(1)), epochs=1)
    e.set_params(loss="hinge").fit(WIDE, FLAGS)
    assert isinstance(e.get_params()["sizes"][0], np.int64)  # as it was given


@pytest.mark.parametrize("wrong", [None, "a", (None,), 0, -1, 2.5, True, (0,)])
@pytest.mark.parametrize(
    ("model", "X", "name"),
    [
        ("mlp", WIDE, "hidden_layer_sizes"),
        ("siamese", WIDE, "hidden_layer_sizes"),
        ("cnn", IMAGES, "filters"),
    ],
)
def test_sizes_that_are_none(model, X, name, wrong):
    with pytest.raises(ValueError, match=f"{model} needs {name} of one positive int"):
        KerasClassifier(model, epochs=1, **{name: wrong}).fit(X, FLAGS)


SPECTROGRAMS = [np.ones((3 + i % 3, 5), "float32") for i in range(12)]


@pytest.mark.parametrize(
    ("model", "X", "message"),
    [
        ("cnn", SPECTROGRAMS, r"one shape, .*\(.n_samples., None, 5\).*to one size"),
        ("mlp", SPECTROGRAMS, "mlp takes samples of one shape.*SequencePadder"),
        ("mlp", [[1] * (1 + i % 3) for i in range(12)], "mlp takes samples of one sha"),
        ("siamese", SPECTROGRAMS, "siamese takes samples of one shape"),
        (
            "cnn",
            [sample.T for sample in SPECTROGRAMS],
            r"first axis only.*\(5, 3\), \(5, 4\), \(5, 5\).*\[sample.T for sample in",
        ),
    ],
)
def test_samples_that_differ_in_length(model, X, message):
    with pytest.raises(ValueError, match=message):
        KerasClassifier(model, epochs=1).fit(X, FLAGS)
