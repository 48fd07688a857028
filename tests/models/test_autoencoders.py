"""Ready autoencoders and their layers: shapes, activations, losses."""

import keras
import numpy as np
import pytest

from sk_keras import KerasAutoencoder
from sk_keras.models import autoencoders
from sk_keras.models.autoencoders import (
    conv,
    deep,
    dense,
    sequence,
    sparse,
    variational,
)
from sk_keras.models.layers import Noise, Sampling, SparsityPenalty

UNIT, WIDE = (0.0, 1.0), (-2.0, 3.0)
FLAT = [dense, deep, sparse, variational]
SHAPES = {conv: (9, 7), sequence: (5, 3)}


def layers(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


def units(model):
    return [layer.units for layer in layers(model, keras.layers.Dense)]


def named(builders):
    return {"argvalues": builders, "ids": [b.__name__ for b in builders]}


def test_the_list_of_ready_autoencoders():
    every = [*FLAT, conv, sequence]
    assert autoencoders.__all__ == sorted(b.__name__ for b in every)


@pytest.mark.parametrize("builder", **named([*FLAT, conv, sequence]))
def test_parts_fit_each_other_and_the_data(builder):
    shape = SHAPES.get(builder, (6,))
    encoder, decoder = builder(shape, 4, UNIT)
    assert (encoder.name, decoder.name) == ("encoder", "decoder")
    X = np.random.RandomState(0).rand(3, *shape).astype("float32")
    codes = encoder(X)
    assert codes.shape == (3, 4)
    assert decoder(codes).shape == X.shape


@pytest.mark.parametrize("builder", **named([*FLAT, conv, sequence]))
@pytest.mark.parametrize(
    ("data_range", "given", "activation"),
    [
        (UNIT, None, "sigmoid"),
        ((0.2, 0.7), None, "sigmoid"),
        (WIDE, None, "linear"),
        ((-0.1, 1.0), None, "linear"),
        ((0.0, 255.0), None, "linear"),
        (WIDE, "tanh", "tanh"),
        (UNIT, "linear", "linear"),
    ],
)
def test_last_activation(builder, data_range, given, activation):
    shape = SHAPES.get(builder, (6,))
    decoder = builder(shape, 2, data_range, output_activation=given)[1]
    last = [one for one in decoder.layers if hasattr(one, "activation")][-1]
    assert last.activation.__name__ == activation


@pytest.mark.parametrize("builder", **named(FLAT))
@pytest.mark.parametrize(
    ("sizes", "expected"),
    [((), []), ((7, 5), [7, 5]), (7, [7]), (np.int64(7), [7])],
    ids=["none", "two", "int", "numpy"],
)
def test_hidden_layers_are_mirrored(builder, sizes, expected):
    encoder, decoder = builder((6,), 3, UNIT, hidden_layer_sizes=sizes)
    codes = [3, 3] if builder is variational else [3]
    assert units(encoder) == [*expected, *codes]
    assert units(decoder) == [*reversed(expected), 6]


def test_deep_is_the_dense_one_with_layers():
    encoder, decoder = deep((784,), 32, UNIT)
    assert units(encoder) == [128, 64, 32]
    assert units(decoder) == [64, 128, 784]


@pytest.mark.parametrize("builder", **named(FLAT))
@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 2)], ids=str)
def test_samples_of_several_axes(builder, shape):
    encoder, decoder = builder(shape, 2, UNIT)
    assert encoder.input_shape == (None, *shape)
    assert decoder.output_shape == (None, *shape)


@pytest.mark.parametrize("builder", **named([*FLAT, sequence]))
def test_none_is_for_images_alone(builder):
    with pytest.raises(ValueError, match=f"{builder.__name__} needs encoding_dim"):
        builder(SHAPES.get(builder, (6,)), None, UNIT)


@pytest.mark.parametrize(
    ("builder", "activation"),
    [(dense, "linear"), (deep, "linear"), (sparse, "relu")],
    ids=["dense", "deep", "sparse"],
)
def test_code_activation(builder, activation):
    def of_code(**given):
        return builder((6,), 3, UNIT, **given)[0].get_layer("code").activation.__name__

    assert of_code() == activation
    assert of_code(code_activation="tanh") == "tanh"


# --- images -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "filters", "code"),
    [
        ((28, 28), (16, 8, 8), (4, 4, 8)),
        ((28, 28, 1), (16, 8, 8), (4, 4, 8)),
        ((32, 32, 3), (4, 2), (8, 8, 2)),
        ((15, 9), (4, 2), (4, 3, 2)),
        ((7, 31, 3), (4, 3, 2), (2, 8, 2)),
        ((1, 1), (2,), (1, 1, 2)),
        ((2, 9), (2, 3), (2, 9, 3)),
        ((3, 3), (2, 3), (2, 2, 3)),
        ((9, 8), 3, (5, 4, 3)),
        ((9, 8), np.int64(3), (5, 4, 3)),
    ],
    ids=str,
)
def test_images_of_any_size(shape, filters, code):
    encoder, decoder = conv(shape, None, UNIT, filters=filters)
    assert encoder.output_shape == (None, *code)
    assert decoder.output_shape == (None, *shape)
    X = np.zeros((2, *shape), "float32")
    assert decoder(encoder(X)).shape == X.shape


def test_the_convolutions_of_the_tutorial():
    encoder, decoder = conv((28, 28, 1), None, UNIT)
    found = [layer.filters for layer in layers(encoder, keras.layers.Conv2D)]
    assert found == [16, 8, 8]
    back = [layer.filters for layer in layers(decoder, keras.layers.Conv2D)]
    assert back == [8, 8, 16, 1]
    assert {layer.kernel_size for layer in layers(encoder, keras.layers.Conv2D)} == {
        (3, 3)
    }
    kernels = layers(conv((8, 8), 2, UNIT, kernel_size=5)[1], keras.layers.Conv2D)
    assert {layer.kernel_size for layer in kernels} == {(5, 5)}


def test_codes_of_images_are_as_many_as_asked_for():
    encoder, decoder = conv((28, 28), 10, UNIT, code_activation="relu")
    assert encoder.output_shape == decoder.input_shape == (None, 10)
    assert encoder.get_layer("code").activation.__name__ == "relu"


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_activation_of_a_small_image_of_codes(activation):
    encoder = conv((8, 8), None, UNIT, code_activation=activation)[0]
    found = [one.activation.__name__ for one in layers(encoder, keras.layers.Conv2D)]
    assert found == ["relu", "relu", activation]


@pytest.mark.parametrize(
    ("shape", "filters", "message"),
    [
        ((64,), (2,), "conv needs images"),
        ((8, 8), (), "conv needs filters"),
    ],
)
def test_what_is_no_image(shape, filters, message):
    with pytest.raises(ValueError, match=message):
        conv(shape, 2, UNIT, filters=filters)


# --- sequences --------------------------------------------------------------


def test_sequence_layers():
    encoder, decoder = sequence((5, 3), 4, UNIT, units=7)
    assert [layer.units for layer in layers(encoder, keras.layers.LSTM)] == [4]
    assert [layer.units for layer in layers(decoder, keras.layers.LSTM)] == [7]
    assert layers(decoder, keras.layers.RepeatVector)[0].n == 5


@pytest.mark.parametrize("shape", [(5,), (5, 3, 2), (None, 3)], ids=str)
def test_what_is_no_sequence(shape):
    with pytest.raises(ValueError, match="sequence needs sequences of vectors"):
        sequence(shape, 2, UNIT)


@pytest.mark.slow
def test_sequences_are_learned():
    steps = np.linspace(0, 6, 12)
    phases = np.random.RandomState(0).rand(200, 1)
    X = np.sin(steps + 6 * phases)[:, :, None].astype("float32")
    autoencoder = KerasAutoencoder(
        "sequence",
        encoding_dim=6,
        epochs=30,
        optimizer__learning_rate=0.02,
        random_state=0,
    )
    assert -autoencoder.fit(X).score(X) < 0.2 * X.var()


# --- penalties --------------------------------------------------------------


def test_sparsity_penalty_is_a_sum_over_codes_and_a_mean_over_rows():
    values = np.array([[1.0, -2.0, 0.0], [4.0, 0.0, 0.0]], "float32")
    layer = SparsityPenalty(0.1)
    np.testing.assert_array_equal(layer(values), values)
    assert float(layer.losses[0]) == pytest.approx(0.1 * 7 / 2)


@pytest.mark.slow
def test_a_larger_penalty_makes_smaller_codes():
    X = np.random.RandomState(0).rand(200, 8)

    def mean_code(l1):
        autoencoder = KerasAutoencoder(
            "sparse",
            encoding_dim=6,
            l1=l1,
            epochs=20,
            optimizer__learning_rate=0.01,
            random_state=0,
        )
        return autoencoder.fit_transform(X).mean()

    assert mean_code(0.1) < 0.3 * mean_code(0.0)


@pytest.mark.parametrize("training", [True, False])
def test_divergence_from_normal(training):
    mean = np.array([[0.5, -1.0], [0.0, 2.0]], "float32")
    log_variance = np.array([[0.0, 1.0], [-1.0, 0.5]], "float32")
    layer = Sampling(0.3)
    layer([mean, log_variance], training=training)
    variance = np.exp(log_variance)
    kl = 0.5 * (variance + mean**2 - 1 - log_variance).sum(axis=1)
    assert float(layer.losses[0]) == pytest.approx(0.3 * kl.mean(), rel=1e-5)


def test_draws_have_the_mean_and_the_variance():
    shape = (20000, 2)
    mean = np.broadcast_to(np.float32([1.0, -2.0]), shape)
    log_variance = np.broadcast_to(np.float32([0.0, np.log(9.0)]), shape)
    layer = Sampling(seed=0)
    drawn = np.array(layer([mean, log_variance], training=True))
    np.testing.assert_allclose(drawn.mean(axis=0), [1.0, -2.0], atol=0.06)
    np.testing.assert_allclose(drawn.std(axis=0), [1.0, 3.0], rtol=0.02)
    np.testing.assert_array_equal(layer([mean, log_variance], training=False), mean)


def test_the_divergence_weighs_as_in_the_lower_bound():
    """Keras' loss is a mean over the features; so is the divergence's share."""
    encoder, _ = variational((3, 5), 2, UNIT, kl_weight=4.0)
    assert layers(encoder, Sampling)[0].kl_weight == pytest.approx(4.0 / 15)


@pytest.mark.slow
def test_kl_weight_pulls_codes_to_normal():
    X = np.random.RandomState(0).rand(300, 6)

    def spread(kl_weight):
        autoencoder = KerasAutoencoder(
            "variational",
            encoding_dim=2,
            kl_weight=kl_weight,
            epochs=20,
            optimizer__learning_rate=0.01,
            random_state=0,
        )
        return np.abs(autoencoder.fit_transform(X)).mean()

    assert spread(10.0) < 0.5 * spread(0.001)


@pytest.mark.slow
def test_samples_look_like_the_data():
    rng = np.random.RandomState(0)
    X = np.repeat(rng.rand(400, 1) < 0.5, 6, axis=1) * 0.8 + 0.1  # two kinds of rows
    autoencoder = KerasAutoencoder(
        "variational",
        encoding_dim=2,
        kl_weight=0.2,
        epochs=40,
        optimizer__learning_rate=0.01,
        random_state=0,
    ).fit(X)
    samples = autoencoder.sample(200, random_state=0)
    low, high = np.mean(samples < 0.3), np.mean(samples > 0.7)
    assert low > 0.2
    assert high > 0.2


# --- layers -----------------------------------------------------------------


def test_noise_is_clipped_where_asked():
    X = np.full((50, 40), 0.5, "float32")
    free = np.array(Noise(2.0, seed=0)(X, training=True))
    clipped = np.array(Noise(2.0, 0.0, 1.0, seed=0)(X, training=True))
    np.testing.assert_allclose(clipped, free.clip(0, 1), atol=1e-6)
    assert free.std() == pytest.approx(2.0, rel=0.05)
    np.testing.assert_array_equal(Noise(2.0)(X, training=False), X)
    np.testing.assert_array_equal(Noise(0.0)(X, training=True), X)


def test_noise_leaves_values_beyond_its_range():
    X = np.array([[-9.0, 0.5, 7.0]], "float32")
    drawn = np.array(
        [Noise(0.1, 0.0, 1.0, seed=i)(X, training=True) for i in range(20)]
    )
    np.testing.assert_allclose(drawn.min(axis=(0, 1)), [-9.0, 0.3, 6.75], atol=0.2)
    np.testing.assert_allclose(drawn.max(axis=(0, 1)), [-8.75, 0.7, 7.0], atol=0.2)


@pytest.mark.parametrize(
    "layer",
    [Noise(0.2, 0.0, 1.0), Sampling(0.5), SparsityPenalty(0.1)],
    ids=lambda layer: type(layer).__name__,
)
def test_configs_make_the_same_layer(layer):
    twin = type(layer).from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
