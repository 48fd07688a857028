"""KerasAutoencoder: a transformer that learns to put out what went in."""

import copy
import inspect
import pickle
import warnings

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from sk_keras import KerasAutoencoder
from sk_keras._training import epochs as epochs_module
from sk_keras.models.layers import Noise, Sampling

VARIANTS = ["conv", "deep", "dense", "sequence", "sparse", "variational"]


@pytest.fixture(scope="module")
def digits():
    """Rows of 64 pixels between 0 and 1, and their labels."""
    X, y = load_digits(return_X_y=True)
    return (X[:200] / 16).astype("float32"), y[:200]


@pytest.fixture(scope="module")
def fitted(digits):
    """Every variant, fitted on rows or images of digits."""
    X, _ = digits
    return {name: small(name).fit(shaped(name, X)) for name in VARIANTS}


def shaped(name, X):
    return X.reshape(-1, 8, 8) if name in ("conv", "sequence") else X


def small(model="dense", **params):
    given = {"encoding_dim": 6, "epochs": 2, "random_state": 0}
    # What Keras traces for Adam takes four times as long.
    return KerasAutoencoder(model, **{"optimizer": "sgd", **given, **params})


LEARNS = {"optimizer": "adam"}


def pair(n_features_in, encoding_dim, hidden=5):
    """Build an autoencoder of one's own, of parts that learn their input's shape."""
    encoder = keras.Sequential(
        [
            keras.layers.Dense(hidden, activation="relu"),
            keras.layers.Dense(encoding_dim),
        ]
    )
    decoder = keras.Sequential([keras.layers.Dense(n_features_in)])
    return encoder, decoder


def same_weights(a, b):
    pairs = zip(a.model_.get_weights(), b.model_.get_weights(), strict=True)
    return all(np.array_equal(*one) for one in pairs)


# --- codes and reconstructions ----------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_codes_decode_to_the_reconstruction(fitted, digits, name):
    autoencoder, X = fitted[name], shaped(name, digits[0])
    codes = autoencoder.transform(X)
    assert codes.shape == (200, 6)
    assert codes.dtype == np.float32
    again = autoencoder.inverse_transform(codes)
    assert again.shape == X.shape
    np.testing.assert_allclose(again, autoencoder.reconstruct(X), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_parts_are_those_of_the_model(fitted, digits, name):
    autoencoder, X = fitted[name], shaped(name, digits[0])[:5]
    code = autoencoder.encoder_(X, training=False)
    assert autoencoder.code_shape_ == tuple(code.shape[1:])
    whole = autoencoder.model_(X, training=False)
    np.testing.assert_allclose(autoencoder.decoder_(code), whole, atol=1e-6)
    ids = {id(v) for v in autoencoder.model_.variables}
    for part in (autoencoder.encoder_, autoencoder.decoder_):
        assert {id(v) for v in part.variables} <= ids


@pytest.mark.slow
def test_codes_of_an_image_are_flat_and_get_their_shape_back(digits):
    X = digits[0].reshape(-1, 8, 8)
    with pytest.warns(UserWarning, match="The code has 72 numbers"):
        autoencoder = small("conv", encoding_dim=None, filters=(4, 18)).fit(X)
    assert autoencoder.code_shape_ == (2, 2, 18)
    codes = autoencoder.transform(X[:7])
    assert codes.shape == (7, 72)
    expected = autoencoder.encoder_.predict(X[:7], verbose=0).reshape(7, -1)
    np.testing.assert_allclose(codes, expected, atol=1e-6)
    again = autoencoder.inverse_transform(codes)
    np.testing.assert_allclose(again, autoencoder.reconstruct(X[:7]), atol=1e-6)


@pytest.mark.slow
def test_learns_as_much_as_pca():
    X = load_digits().data / 16
    autoencoder = KerasAutoencoder("deep", encoding_dim=8, epochs=40, random_state=0)
    pca = PCA(8).fit(X)
    linear = np.mean((X - pca.inverse_transform(pca.transform(X))) ** 2)
    assert -autoencoder.fit(X).score(X) < linear


@pytest.mark.slow
def test_errors_are_mean_squares(fitted, digits):
    autoencoder, X = fitted["conv"], digits[0].reshape(-1, 8, 8)
    errors = autoencoder.reconstruction_error(X)
    expected = np.mean((X - autoencoder.reconstruct(X)) ** 2, axis=(1, 2))
    np.testing.assert_allclose(errors, expected, rtol=1e-5)
    np.testing.assert_array_equal(autoencoder.score_samples(X), -errors)
    assert autoencoder.score(X) == pytest.approx(-errors.mean())
    weight = np.arange(len(X))
    weighted = autoencoder.score(X, sample_weight=weight)
    assert weighted == pytest.approx(-np.average(errors, weights=weight))
    assert autoencoder.score(X, "ignored") == autoencoder.score(X)


def test_errors_of_sparse_rows(digits):
    X = digits[0]
    rows = sparse.csr_matrix(X)
    autoencoder = small().fit(rows)
    assert same_weights(autoencoder, small().fit(X))
    np.testing.assert_allclose(
        autoencoder.reconstruction_error(rows), autoencoder.reconstruction_error(X)
    )
    np.testing.assert_array_equal(autoencoder.transform(rows), autoencoder.transform(X))


@pytest.mark.parametrize("form", ["frame", "float64", "one", "list"])
def test_any_form_of_x_gives_the_same_codes(fitted, digits, form):
    X = digits[0][:9]
    forms = {
        "frame": pd.DataFrame(X),
        "float64": X.astype("float64"),
        "one": X[:1],
        "list": X.tolist(),
    }
    codes = fitted["dense"].transform(forms[form])
    expected = fitted["dense"].transform(X)[: len(codes)]
    np.testing.assert_allclose(codes, expected, atol=1e-6)


def test_names_of_codes_and_tables(digits):
    X = pd.DataFrame(digits[0], columns=[f"p{i}" for i in range(64)])
    autoencoder = small().set_output(transform="pandas")
    codes = autoencoder.fit_transform(X)
    names = [f"kerasautoencoder{i}" for i in range(6)]
    assert list(codes.columns) == names == list(autoencoder.get_feature_names_out())
    assert list(autoencoder.feature_names_in_) == list(X.columns)
    assert isinstance(autoencoder.inverse_transform(codes), np.ndarray)


# --- what is trained --------------------------------------------------------


@pytest.mark.parametrize(
    ("scaler", "loss", "activation"),
    [
        (MinMaxScaler(), "binary_crossentropy", "sigmoid"),
        (StandardScaler(), "mean_squared_error", "linear"),
    ],
    ids=["unit", "standardised"],
)
@pytest.mark.parametrize("name", ["conv", "dense", "sequence", "variational"])
def test_loss_and_last_activation_follow_the_range(
    digits, name, scaler, loss, activation
):
    X = shaped(name, scaler.fit_transform(digits[0]))
    autoencoder = small(name).initialize(X)
    assert autoencoder.model_.loss.name == loss
    last = [
        layer for layer in autoencoder.decoder_.layers if hasattr(layer, "activation")
    ]
    assert last[-1].activation.__name__ == activation
    low, high = autoencoder.X_range_
    assert (low, high) == pytest.approx((X.min(), X.max()))


@pytest.mark.parametrize(
    ("given", "loss"),
    [
        ({"output_activation": "linear"}, "mean_squared_error"),
        ({"loss": "mean_absolute_error"}, "mean_absolute_error"),
        ({"model": pair}, "mean_squared_error"),
    ],
    ids=["activation", "loss", "own"],
)
def test_loss_can_be_chosen(digits, given, loss):
    autoencoder = small(**given).initialize(digits[0])
    chosen = autoencoder.model_.loss
    assert getattr(chosen, "name", chosen) == loss


def test_scaled_data_may_miss_their_range_by_rounding(digits):
    X = digits[0] + np.float32(1e-7)
    assert X.max() > 1
    assert small().fit(X).model_.loss.name == "binary_crossentropy"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dense", "sparse", "variational"])
def test_engine_and_keras_agree(fitted, digits, name):
    by_keras = small(name, engine="keras").fit(digits[0])
    assert by_keras.engine_.startswith("keras")
    assert fitted[name].engine_ == "compiled"
    np.testing.assert_allclose(
        by_keras.history_["loss"], fitted[name].history_["loss"], rtol=1e-5
    )
    X = digits[0][:20]
    np.testing.assert_allclose(
        by_keras.transform(X), fitted[name].transform(X), rtol=1e-3, atol=1e-4
    )


@pytest.mark.slow
@pytest.mark.parametrize("params", [{}, {"noise": 0.3}, {"model": "variational"}])
def test_same_seed_same_weights(digits, params):
    one, other = (small(**params).fit(digits[0]) for _ in range(2))
    assert same_weights(one, other)
    assert not same_weights(one, small(**{**params, "random_state": 1}).fit(digits[0]))


@pytest.mark.slow
def test_variants_share_no_program_that_differs(digits):
    """A graph of one kind would train another one wrongly."""
    X = digits[0]
    kinds = [
        {},
        {"noise": 0.2},
        {"noise": 0.6},
        {"model": "sparse", "code_activation": "linear"},
        {"model": "sparse", "code_activation": "linear", "l1": 0.1},
        {"model": "variational", "hidden_layer_sizes": ()},
        {"model": "variational", "hidden_layer_sizes": (), "kl_weight": 5.0},
    ]
    losses = [small(epochs=1, **kind).fit(X).history_["loss"][0] for kind in kinds]
    assert len(set(losses)) == len(losses)
    alone = [
        small(epochs=1, engine="keras", **kind).fit(X).history_["loss"][0]
        for kind in kinds
    ]
    np.testing.assert_allclose(losses, alone, rtol=1e-5)


@pytest.mark.slow
def test_a_search_traces_each_kind_once(digits, monkeypatch):
    traced = []
    trace = epochs_module.trace

    def count(*args, **kwargs):
        traced.append(1)
        return trace(*args, **kwargs)

    monkeypatch.setattr(epochs_module, "trace", count)
    X = np.clip(digits[0], 0.0, 0.993)  # a range of its own, for graphs of its own
    autoencoder = small("sparse", noise=0.1, encoding_dim=7, hidden_layer_sizes=(9,))
    cross_val_score(autoencoder, X, cv=3)
    assert len(traced) == 1


# --- noise ------------------------------------------------------------------


@pytest.mark.slow
def test_noise_is_there_in_training_only(digits):
    X = digits[0]
    noisy = small(noise=0.5).fit(X)
    layer = next(one for one in noisy.model_.layers if isinstance(one, Noise))
    assert (layer.stddev, layer.low, layer.high) == (0.5, *noisy.X_range_)
    np.testing.assert_array_equal(noisy.reconstruct(X), noisy.reconstruct(X))
    seen = [np.array(layer(X, training=True)) for _ in range(2)]
    assert not np.array_equal(*seen)
    assert all(one.min() >= 0 and one.max() <= 1 for one in seen)
    quiet = noisy.model_(X[:3], training=False)
    np.testing.assert_allclose(quiet, noisy.reconstruct(X[:3]), atol=1e-6)
    assert not np.allclose(noisy.model_(X[:3], training=True), quiet, atol=1e-3)


def test_without_noise_there_is_no_layer_of_it(fitted):
    assert not any(isinstance(one, Noise) for one in fitted["dense"].model_.layers)


@pytest.mark.slow
def test_denoising_cleans_better(digits):
    X = load_digits().data[:900].astype("float32") / 16
    noisy = np.random.RandomState(0).normal(X, 0.4).clip(0, 1)

    def error(noise):
        params = {"encoding_dim": 16, "epochs": 30, "noise": noise, **LEARNS}
        autoencoder = small("deep", **params).fit(X)
        return np.mean((autoencoder.reconstruct(noisy) - X) ** 2)

    assert error(0.4) < 0.9 * error(0.0)


@pytest.mark.slow
def test_a_builder_that_asks_for_noise_adds_it_itself(digits):
    asked = []

    def builder(n_features_in, encoding_dim, noise):
        asked.append(noise)
        return pair(n_features_in, encoding_dim)

    autoencoder = small(builder, noise=0.25).fit(digits[0])
    assert asked == [0.25]
    assert not any(isinstance(one, Noise) for one in autoencoder.model_.layers)


@pytest.mark.slow
@pytest.mark.parametrize("given", [{}, {"noise": 0.25}])
def test_a_builder_may_have_a_default_for_noise(digits, given):
    asked = []

    def builder(n_features_in, encoding_dim=5, noise=0.7):
        asked.append(noise)
        return pair(n_features_in, encoding_dim)

    KerasAutoencoder(builder, epochs=1, **given).fit(digits[0])
    assert asked == [given.get("noise", 0.7)]


@pytest.mark.slow
@pytest.mark.parametrize("further", ["partial_fit", "warm_start", "stream"])
def test_noise_cuts_no_data_of_later_batches(digits, further):
    """The first batch's range is not that of all."""
    X = StandardScaler().fit_transform(digits[0])
    first, later = 0.01 * X[:50], X[50:100]
    autoencoder = small(noise=0.05, warm_start=True, shuffle=False)
    if further == "partial_fit":
        autoencoder.partial_fit(first).partial_fit(later)
    elif further == "warm_start":
        autoencoder.fit(first).fit(later)
    else:
        autoencoder.fit(
            (X for _ in range(2) for X in (first, later)), steps_per_epoch=2
        )
    layer = next(one for one in autoencoder.model_.layers if isinstance(one, Noise))
    assert np.abs(np.array(layer(later, training=True)) - later).max() < 0.5


# --- builders of one's own --------------------------------------------------


@pytest.mark.slow
def test_arguments_of_a_builder_are_parameters(digits):
    autoencoder = small(pair, hidden=9)
    assert autoencoder.get_params()["hidden"] == 9
    autoencoder.set_params(hidden=4, encoding_dim=3).fit(digits[0])
    assert autoencoder.transform(digits[0]).shape == (200, 3)
    assert autoencoder.encoder_.layers[0].units == 4


@pytest.mark.slow
def test_a_subclass_that_builds(digits):
    class Mine(KerasAutoencoder):
        def __call__(self, n_features_in, encoding_dim):
            return pair(n_features_in, encoding_dim, hidden=3)

    autoencoder = Mine(None, encoding_dim=2, epochs=1).fit(digits[0])
    assert autoencoder.encoder_.layers[0].units == 3


def test_none_is_the_dense_one():
    assert KerasAutoencoder(None).get_params()["hidden_layer_sizes"] == ()


def stack(*layers):
    return keras.Sequential(list(layers))


def two_codes(n_features_in):
    inputs = keras.Input((n_features_in,))
    codes = [keras.layers.Dense(2)(inputs) for _ in range(2)]
    return keras.Model(inputs, codes), stack(keras.layers.Dense(n_features_in))


def one_code_in_a_list(n_features_in):
    inputs = keras.Input((n_features_in,))
    encoder = keras.Model(inputs, [keras.layers.Dense(2)(inputs)])
    return encoder, stack(keras.layers.Dense(n_features_in))


def samples_in_a_dict(n_features_in):
    codes = keras.Input((2,))
    decoder = keras.Model(codes, {"a": keras.layers.Dense(n_features_in)(codes)})
    return stack(keras.layers.Dense(2)), decoder


@pytest.mark.parametrize(
    ("builder", "error", "message"),
    [
        (lambda: None, TypeError, "returned None"),
        (lambda: stack(keras.layers.Dense(2)), TypeError, r"\(encoder, decoder\)"),
        (lambda: (1, 2), TypeError, r"returned tuple of \(int, int\)"),
        (
            lambda: (stack(keras.layers.Dense(2)), stack(keras.layers.Dense(3))),
            ValueError,
            r"puts out shape \(None, 3\), but X has shape \('n_samples', 64\)",
        ),
        (
            lambda: (stack(keras.Input((5,)), keras.layers.Dense(2)), stack()),
            ValueError,
            r"encoder of .* does not take X of shape \('n_samples', 64\)",
        ),
        (
            lambda: (
                stack(keras.layers.Dense(2)),
                stack(keras.Input((3,)), keras.layers.Dense(64)),
            ),
            ValueError,
            r"decoder of .* does not take codes of shape \('n_samples', 2\)",
        ),
        (two_codes, ValueError, "gives 2 outputs"),
        (one_code_in_a_list, ValueError, "encoder of .* gives a list, and is to give"),
        (samples_in_a_dict, ValueError, "decoder of .* gives a dict, and is to give"),
    ],
    ids="none one numbers output input code codes code-list sample-dict".split(),
)
def test_builders_that_give_something_else(digits, builder, error, message):
    with pytest.raises(error, match=message) as caught:
        small(builder).fit(digits[0])
    assert "\x1b" not in str(caught.value)


def test_a_model_object_is_refused(digits):
    with pytest.raises(TypeError, match="an autoencoder is two"):
        small(stack(keras.Input((64,)), keras.layers.Dense(64))).fit(digits[0])


@pytest.mark.slow
def test_layers_can_be_frozen(digits):
    autoencoder = small(trainable="decoder/*").fit(digits[0])
    assert autoencoder.encoder_.trainable_variables == []
    assert len(autoencoder.decoder_.trainable_variables) == 2


# --- copies -----------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("way", ["pickle", "joblib", "deepcopy"])
def test_copies_encode_alike_and_train_on(fitted, digits, tmp_path, name, way):
    autoencoder, X = fitted[name], shaped(name, digits[0])
    if way == "joblib":
        joblib.dump(autoencoder, tmp_path / "file")
        twin = joblib.load(tmp_path / "file")
    elif way == "pickle":
        twin = pickle.loads(pickle.dumps(autoencoder))
    else:
        twin = copy.deepcopy(autoencoder)
    np.testing.assert_array_equal(twin.transform(X), autoencoder.transform(X))
    assert twin.score(X) == autoencoder.score(X)
    if way == "pickle" and name != "conv":
        other = pickle.loads(pickle.dumps(autoencoder)).partial_fit(X)
        assert same_weights(twin.partial_fit(X), other)
        assert twin.n_iter_ == 3


def test_a_clone_has_the_parameters_and_nothing_else():
    autoencoder = KerasAutoencoder(
        pair,
        encoding_dim=3,
        noise=0.2,
        optimizer="sgd",
        loss="mean_absolute_error",
        metrics=["mean_squared_error"],
        epochs=3,
        batch_size=7,
        validation_batch_size=9,
        shuffle=False,
        validation_split=0.3,
        early_stopping=4,
        callbacks=[keras.callbacks.EarlyStopping],
        trainable="dense*",
        warm_start=True,
        random_state=3,
        run_eagerly=True,
        engine="keras",
        custom_objects={"pair": pair},
        verbose=2,
        hidden=4,
        optimizer__learning_rate=0.5,
        fit__steps_per_epoch=2,
    )
    params = autoencoder.get_params()
    assert clone(autoencoder).get_params() == params
    defaults = KerasAutoencoder(pair).get_params()
    left = [k for k in defaults if k in params and params[k] == defaults[k]]
    assert left == ["model"]


@pytest.mark.slow
def test_a_saved_model_loads_as_keras_does(fitted, digits, tmp_path):
    X = digits[0]
    for name in ("sparse", "variational"):
        path = tmp_path / f"{name}.keras"
        fitted[name].model_.save(path)
        again = keras.models.load_model(path).predict(X, verbose=0)
        np.testing.assert_allclose(again, fitted[name].reconstruct(X), atol=1e-6)


# --- further training, streams, validation ----------------------------------


def test_partial_fit_counts_epochs(digits):
    autoencoder = small()
    for start in (0, 100):
        autoencoder.partial_fit(digits[0][start : start + 100])
    assert autoencoder.n_iter_ == len(autoencoder.history_["loss"]) == 2


def test_warm_start_goes_on(digits):
    X = digits[0]
    autoencoder = small(warm_start=True, epochs=3).fit(X)
    first = autoencoder.history_["loss"]
    autoencoder.fit(X)
    assert autoencoder.history_["loss"][0] < first[-1]
    with pytest.raises(ValueError, match="but noise changed"):
        autoencoder.set_params(noise=0.1).fit(X)


@pytest.mark.slow
def test_warm_start_takes_other_ranges(digits):
    """Data of a smaller range are no other model."""
    X = StandardScaler().fit_transform(digits[0])
    autoencoder = small(warm_start=True).fit(X)
    assert autoencoder.fit(digits[0]).model_.loss.name == "mean_squared_error"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["generator", "dataset", "pairs", "pydataset"])
def test_streams(digits, kind):
    X = digits[0]

    class Data(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return X[index * 50 : index * 50 + 50]

    streams = {
        "generator": lambda: (X[i : i + 50] for _ in range(9) for i in (0, 50, 100)),
        "dataset": lambda: tf.data.Dataset.from_tensor_slices(X).batch(50),
        "pairs": lambda: tf.data.Dataset.from_tensor_slices((X, X)).batch(50),
        "pydataset": lambda: Data(workers=1),
    }
    steps = {"fit__steps_per_epoch": 3} if kind == "generator" else {}
    autoencoder = small(**steps, shuffle=False).fit(streams[kind]())
    assert len(autoencoder.history_["loss"]) == 2
    if kind == "generator":
        return
    held_out = streams[kind]()
    autoencoder = small(shuffle=False).fit(streams[kind](), validation_data=held_out)
    in_memory = small(shuffle=False, batch_size=50).fit(X, X_val=X)
    for name in ("loss", "val_loss"):
        expected = in_memory.history_[name]
        np.testing.assert_allclose(autoencoder.history_[name], expected, rtol=1e-5)
    codes = autoencoder.transform(streams[kind]())
    np.testing.assert_allclose(codes, autoencoder.transform(X), atol=1e-6)
    assert autoencoder.score(streams[kind]()) == pytest.approx(autoencoder.score(X))


@pytest.mark.parametrize(
    "given",
    [
        lambda X: {"X_val": X},
        lambda X: {"validation_data": X},
        lambda X: {"validation_data": (X, X)},
        lambda X: {"validation_data": (X, None, np.ones(len(X)))},
        lambda X: {"X_val": X, "sample_weight_val": np.ones(len(X))},
    ],
    ids=["X_val", "array", "pair", "weights", "X_val-weights"],
)
def test_validation_sets(digits, given):
    X = digits[0]
    history = small().fit(X[:150], **given(X[150:])).history_
    expected = small().fit(X[:150], X_val=X[150:]).history_
    np.testing.assert_allclose(history["val_loss"], expected["val_loss"], rtol=1e-6)


def test_bad_validation_sets(digits):
    """Messages name no y_val, which fit does not take."""
    X = digits[0]
    for given in ({"X_val": X[:, :5]}, {"sample_weight_val": np.ones(3)}):
        with pytest.raises(ValueError, match="X_val") as caught:
            small().fit(X, **given)
        assert "y_val" not in str(caught.value)


def test_early_stopping_and_splits(digits):
    stopped = small(early_stopping=1, epochs=30, **LEARNS, optimizer__learning_rate=0.2)
    stopped.fit(digits[0])
    assert stopped.n_iter_ < 30
    assert "val_loss" in small(validation_split=KFold(4)).fit(digits[0]).history_


@pytest.mark.parametrize("form", ["X_val", "validation_data", "stream"])
def test_validation_keeps_to_the_range_of_the_loss(digits, form):
    """Beyond 1 a cross-entropy falls for ever."""
    X = digits[0]
    given = {form: 1.05 * X}
    if form == "stream":
        given = {"validation_data": tf.data.Dataset.from_tensors(1.05 * X)}
    with pytest.raises(ValueError, match="validation set.*0 and 1.*clip=True"):
        small().fit(X, **given)
    free = small(loss="mse", output_activation="linear")
    history = free.fit(X, X_val=1.05 * X).history_
    assert np.isfinite(history["val_loss"]).all()


@pytest.mark.slow
def test_sample_weights_count(digits):
    X = digits[0]
    weight = (np.arange(200) < 100).astype(float)
    weighted = small(shuffle=False).fit(X, sample_weight=weight)
    assert same_weights(weighted, small(shuffle=False).fit(X[:100]))
    images = X.reshape(-1, 8, 8)
    uneven = small("conv", epochs=1).fit(images, sample_weight=1 + 5 * weight)
    even = small("conv", epochs=1).fit(images)
    assert not same_weights(uneven, even)


# --- inside scikit-learn ----------------------------------------------------


@pytest.mark.slow
def test_unsupervised_search(digits):
    search = GridSearchCV(
        small(epochs=15, **LEARNS),
        [{"encoding_dim": [1, 12], "noise": [0.0]}, {"noise": [0.9]}],
        cv=2,
    ).fit(digits[0])
    assert search.best_params_ == {"encoding_dim": 12, "noise": 0.0}
    best = search.best_estimator_
    assert search.score(digits[0]) == best.score(digits[0]) < 0


@pytest.mark.slow
def test_search_over_variants(digits):
    search = GridSearchCV(small(), {"model": ["dense", "sparse", "deep", pair]}, cv=2)
    assert len(search.fit(digits[0]).cv_results_["params"]) == 4


@pytest.mark.slow
def test_supervised_search_with_a_classifier_behind(digits):
    X, y = digits
    pipeline = Pipeline(
        [
            ("ae", small(epochs=10, **LEARNS)),
            ("clf", LogisticRegression(max_iter=1000)),
        ]
    )
    search = GridSearchCV(pipeline, {"ae__encoding_dim": [1, 16]}, cv=2).fit(X, y)
    assert search.best_params_ == {"ae__encoding_dim": 16}
    assert search.score(X, y) > 0.7


@pytest.mark.slow
def test_unions_and_columns(digits):
    X, _ = digits
    union = FeatureUnion([("ae", small()), ("pca", PCA(2))]).fit(X)
    assert union.transform(X).shape == (200, 8)
    frame = pd.DataFrame(X, columns=[f"p{i}" for i in range(64)])
    upper, lower = list(frame.columns[:32]), list(frame.columns[32:])
    columns = ColumnTransformer(
        [("a", small(encoding_dim=3), upper), ("b", small(encoding_dim=2), lower)]
    )
    columns.set_output(transform="pandas")
    found = list(columns.fit_transform(frame).columns)
    names = ["a__kerasautoencoder0", "a__kerasautoencoder1", "a__kerasautoencoder2"]
    assert found == [*names, "b__kerasautoencoder0", "b__kerasautoencoder1"]


def test_a_pipeline_decodes(digits):
    X, y = digits
    pipeline = make_pipeline(MinMaxScaler(), small()).fit(X, y)
    assert pipeline.inverse_transform(pipeline.transform(X)).shape == X.shape


def test_fit_ignores_labels(digits):
    X, y = digits
    assert same_weights(small().fit(X, y), small().fit(X))
    np.testing.assert_array_equal(small().fit_transform(X, y), small().fit_transform(X))


# --- new samples ------------------------------------------------------------


def test_samples_of_a_variational_one(fitted):
    autoencoder = fitted["variational"]
    samples = autoencoder.sample(5, random_state=0)
    assert samples.shape == (5, 64)
    np.testing.assert_array_equal(samples, autoencoder.sample(5, random_state=0))
    assert not np.array_equal(samples, autoencoder.sample(5, random_state=1))
    codes = np.random.RandomState(0).standard_normal((5, 6))
    np.testing.assert_array_equal(samples, autoencoder.inverse_transform(codes))
    assert autoencoder.sample().shape == (1, 64)


@pytest.mark.parametrize("name", [n for n in VARIANTS if n != "variational"])
def test_others_have_no_samples(fitted, name):
    with pytest.raises(ValueError, match=r"Use KerasAutoencoder\('variational'\)"):
        fitted[name].sample()


# --- bad input --------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "change", "error", "message"),
    [
        ({"loss": "binary_crossentropy"}, 2.0, ValueError, "X lies between 0 and 2"),
        (
            {"output_activation": "sigmoid"},
            2.0,
            ValueError,
            "ends in a sigmoid.*X lies between 0 and 2",
        ),
        (
            {"loss": "binary_crossentropy", "output_activation": "linear"},
            1.0,
            ValueError,
            "Let it end in a sigmoid",
        ),
        (
            {"loss": keras.losses.BinaryCrossentropy(from_logits=True)},
            1.0,
            ValueError,
            "without from_logits=True",
        ),
        (
            {"loss": "categorical_crossentropy"},
            1.0,
            ValueError,
            "is a loss for classes",
        ),
        ({"model": "dens"}, 1.0, ValueError, "Did you mean 'dense'"),
        ({"model": "mlp"}, 1.0, ValueError, "ready autoencoders are"),
        ({"model": "conv"}, 1.0, ValueError, "conv needs images"),
        ({"model": "sequence"}, 1.0, ValueError, "needs sequences of vectors"),
        ({"encoding_dim": None}, 1.0, ValueError, "needs encoding_dim"),
        ({"encoding_dim": 0}, 1.0, ValueError, "'encoding_dim' parameter"),
        ({"model": "sparse", "l1": -1.0}, 1.0, ValueError, "l1 must be a number"),
        (
            {"model": "variational", "kl_weight": -0.5},
            1.0,
            ValueError,
            r"kl_weight must be a number, 0 or greater. Got -0.5",
        ),
        ({"model": "variational", "kl_weight": None}, 1.0, ValueError, "Got None"),
        (
            {"output_activation": "tanh"},
            2.0,
            ValueError,
            "ends in a tanh.*between -1 and 1, and X lies between 0 and 2",
        ),
        ({"noise": -0.1}, 1.0, ValueError, "'noise' parameter"),
        ({}, np.nan, ValueError, "contains NaN"),
    ],
)
def test_bad_fits(digits, params, change, error, message):
    autoencoder = small(**params)
    with pytest.raises(error, match=message):
        autoencoder.fit(change * digits[0])
    with pytest.raises(NotFittedError):
        autoencoder.transform(digits[0])


@pytest.mark.parametrize("further", ["partial_fit", "fit"])
def test_later_data_out_of_range(digits, further):
    autoencoder = small(warm_start=True).fit(digits[0])
    before = autoencoder.transform(digits[0])
    with pytest.raises(ValueError, match="X lies between 0 and 3"):
        getattr(autoencoder, further)(3 * digits[0])
    np.testing.assert_array_equal(autoencoder.transform(digits[0]), before)


@pytest.mark.parametrize(
    ("X", "got"),
    [
        ({"a": np.ones((4, 2)), "b": np.ones((4, 2))}, "a dict of arrays"),
        ([[1.0, 2.0], [1.0, 2.0, 3.0]], "sequences of unequal length"),
    ],
    ids=["dict", "ragged"],
)
def test_x_that_is_not_one_array(X, got):
    with pytest.raises(ValueError, match=f"takes X as one array, and got {got}"):
        small().fit(X)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("params", "warned"),
    [
        ({}, True),
        ({"model": pair}, True),
        ({"noise": 0.1}, False),
        ({"model": "sparse"}, False),
        ({"model": "variational"}, False),
        ({"encoding_dim": 5}, False),
    ],
)
def test_more_codes_than_features(digits, params, warned):
    autoencoder = small(**{"encoding_dim": 9, **params})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        autoencoder.fit(digits[0][:, 20:25])
    texts = [str(one.message) for one in caught if one.category is UserWarning]
    assert [text[:23] for text in texts] == ["The code has 9 numbers,"] * warned


@pytest.mark.slow
def test_pairs_of_noisy_and_clean_samples_are_no_target(digits):
    X, y = digits
    with pytest.warns(UserWarning, match="is ignored.*with noise="):
        small().fit(X + 0.1, X)
    small().fit(X, X.copy())
    small().fit(X, y[:, None])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a, X: a.inverse_transform(X), "X has 64 codes, but .* expecting 6"),
        (lambda a, X: a.transform(X[:, :5]), "X has 5 features"),
        (lambda a, X: a.sample(0), "'n_samples' parameter"),
        (lambda a, X: a.score(X, sample_weight=-np.ones(200)), "Negative values"),
    ],
)
def test_bad_calls(fitted, digits, call, message):
    with pytest.raises(ValueError, match=message):
        call(fitted["dense"], digits[0])


@pytest.mark.parametrize(
    "method",
    ["inverse_transform", "reconstruct", "reconstruction_error", "score", "transform"],
)
def test_unfitted(digits, method):
    with pytest.raises(NotFittedError):
        getattr(KerasAutoencoder(), method)(digits[0])
    assert not hasattr(KerasAutoencoder(), "encoder_")


def test_names_that_nobody_takes():
    with pytest.raises(ValueError, match="Did you mean 'encoding_dim'"):
        KerasAutoencoder(encodin_dim=3)
    with pytest.raises(ValueError, match="Did you mean 'kl_weight'"):
        KerasAutoencoder("variational", kl_weigth=3)


# --- looking ----------------------------------------------------------------


def test_summary_shows_both_parts(fitted, capsys):
    fitted["deep"].summary()
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("encoder", "decoder", "code"))
    frame = fitted["deep"].history_frame()
    assert list(frame.index) == [1, 2]


def test_docstring_names_every_parameter():
    for name in inspect.signature(KerasAutoencoder).parameters:
        assert f"    {name}" in KerasAutoencoder.__doc__


# --- draws before the codes, half precision ---------------------------------


def behind(input_shape, encoding_dim, several=False):
    """Build an encoder with a layer behind its draws."""
    inputs = keras.Input(input_shape)
    mean, spread = (keras.layers.Dense(3)(inputs) for _ in range(2))
    codes = Sampling()([mean, spread])
    codes = keras.layers.Concatenate()([codes, mean]) if several else codes
    codes = keras.layers.Dense(encoding_dim, use_bias=False)(codes)
    decoder = [
        keras.layers.Input((encoding_dim,)),
        keras.layers.Dense(input_shape[0], use_bias=False),
    ]
    return keras.Model(inputs, codes), keras.Sequential(decoder)


def test_samples_are_drawn_where_the_encoder_draws():
    X = np.random.RandomState(0).rand(30, 5)
    e = KerasAutoencoder(behind, encoding_dim=2, epochs=1, random_state=0).fit(X)
    drawn = np.random.RandomState(1).standard_normal((4, 3))
    kernels = [e.encoder_.layers[-1].kernel, e.decoder_.layers[-1].kernel]
    expected = drawn @ np.asarray(kernels[0]) @ np.asarray(kernels[1])
    got = e.sample(4, random_state=1)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
    e = KerasAutoencoder(behind, several=True, encoding_dim=2, epochs=1).fit(X)
    with pytest.raises(ValueError, match="made of something else as well"):
        e.sample()


@pytest.mark.slow
@pytest.mark.parametrize("model", ["dense", "sparse", "variational"])
def test_half_precision(model):
    X = np.random.RandomState(0).rand(30, 5)
    keras.config.set_dtype_policy("mixed_float16")
    try:
        e = KerasAutoencoder(model, encoding_dim=2, epochs=2, random_state=0).fit(X)
        assert np.isfinite(e.history_["loss"]).all()
        for values in (
            e.transform(X),
            e.reconstruct(X),
            e.inverse_transform(np.eye(2)),
        ):
            assert values.dtype == np.float32
    finally:
        keras.config.set_dtype_policy("float32")
