"""Models from the guides and tutorials of Keras, through the estimators.

Each is written in today's Keras, with the layers, loss and optimizer of its guide;
its sizes are arguments, the guide's by default and small ones here. The guides train
on random numbers. Here the numbers follow a rule, so that training has to find it.
"""

import pickle

import keras
import numpy as np
import pytest
from keras import layers
from keras.optimizers.schedules import InverseTimeDecay
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.preprocessing import LabelEncoder, OneHotEncoder

from sk_keras import KerasClassifier, KerasRegressor
from tests.stories.guides import check_labels, labelled_patterns, texts, yes_or_no

pytestmark = pytest.mark.slow

# --- the models ------------------------------------------------------------


def logistic(n_features_in):
    return keras.Sequential(
        [layers.Input((n_features_in,)), layers.Dense(1, activation="sigmoid")]
    )


def softmax_regression(n_features_in, n_classes):
    return keras.Sequential(
        [
            layers.Input((n_features_in,)),
            layers.Dense(n_classes, kernel_initializer="random_uniform"),
            layers.Activation("softmax"),
        ]
    )


def dropout_mlp(n_features_in, n_classes, activation, initializer, last="softmax"):
    model = keras.Sequential([layers.Input((n_features_in,))])
    for _ in range(2):
        model.add(layers.Dense(64, kernel_initializer=initializer))
        model.add(layers.Activation(activation))
        model.add(layers.Dropout(0.5))
    units = 1 if last == "sigmoid" else n_classes
    model.add(layers.Dense(units, kernel_initializer=initializer))
    model.add(layers.Activation(last))
    return model


def convolutional(input_shape, n_classes, filters=(32, 64), hidden=256):
    model = keras.Sequential([layers.Input(input_shape)])
    for n_filters in filters:
        for _ in range(2):
            model.add(layers.Conv2D(n_filters, 3, padding="valid"))
            model.add(layers.Activation("relu"))
        model.add(layers.MaxPooling2D((2, 2)))
        model.add(layers.Dropout(0.25))
    model.add(layers.Flatten())
    model.add(layers.Dense(hidden))
    model.add(layers.Activation("relu"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(n_classes))
    model.add(layers.Activation("softmax"))
    return model


def embedded_lstm(input_shape, vocabulary_size, embedding_dim=256, units=128):
    return keras.Sequential(
        [
            layers.Input(input_shape, dtype="int32"),
            layers.Embedding(vocabulary_size, embedding_dim),
            layers.LSTM(
                units, activation="sigmoid", recurrent_activation="hard_sigmoid"
            ),
            layers.Dropout(0.5),
            layers.Dense(1),
            layers.Activation("sigmoid"),
        ]
    )


def stacked_lstm(input_shape, n_classes, units=32):
    return keras.Sequential(
        [
            layers.Input(input_shape),
            layers.LSTM(units, return_sequences=True),
            layers.LSTM(units, return_sequences=True),
            layers.LSTM(units),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


def stateful_lstm(input_shape, n_classes, batch_size, units=32):
    stateful = {"stateful": True}
    return keras.Sequential(
        [
            layers.Input(batch_shape=(batch_size, *input_shape)),
            layers.LSTM(units, return_sequences=True, **stateful),
            layers.LSTM(units, return_sequences=True, **stateful),
            layers.LSTM(units, **stateful),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


def next_step(batch_size, n_steps=10, n_features=16, units=32, stateful=True):
    return keras.Sequential(
        [
            layers.Input(batch_shape=(batch_size, n_steps, n_features)),
            layers.LSTM(units, stateful=stateful),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def frozen_mlp(n_features_in, n_classes):
    return keras.Sequential(
        [
            layers.Input((n_features_in,)),
            layers.Dense(32, activation="relu", trainable=False, name="frozen"),
            layers.Dense(n_classes, activation="softmax", name="head"),
        ]
    )


def functional_mlp(n_features_in, n_classes):
    inputs = keras.Input((n_features_in,))
    x = layers.Dense(64, activation="relu")(inputs)
    x = layers.Dense(64, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(n_classes, activation="softmax")(x))


def model_at_every_step(input_shape, n_labels):
    frames = keras.Input(input_shape)
    model = functional_mlp(input_shape[-1], n_labels)
    return keras.Model(frames, layers.TimeDistributed(model)(frames))


def inception(input_shape, n_classes, filters=64):
    def convolution(size, x):
        return layers.Conv2D(filters, size, padding="same", activation="relu")(x)

    image = keras.Input(input_shape)
    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(image)
    towers = [
        convolution(3, convolution(1, image)),
        convolution(5, convolution(1, image)),
        convolution(1, pooled),
    ]
    x = layers.Concatenate(axis=-1, name="block")(towers)
    # The guide ends with the block; a classifier needs an output.
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(n_classes, activation="softmax")(x))


def residual(input_shape):
    x = keras.Input(input_shape)
    y = layers.Conv2D(input_shape[-1], 3, padding="same")(x)
    return keras.Model(x, layers.Add()([x, y]))


def two_dense(n_features_in, n_classes, hidden=64):
    return keras.Sequential(
        [
            layers.Input((n_features_in,)),
            layers.Dense(hidden, activation="relu"),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


def line(n_features_in):
    return keras.Sequential([layers.Input((n_features_in,)), layers.Dense(1)])


def autoencoder(n_features_in, encoding_dim=32):
    inputs = keras.Input((n_features_in,))
    encoded = layers.Dense(encoding_dim, activation="relu", name="encoded")(inputs)
    return keras.Model(inputs, layers.Dense(n_features_in)(encoded))


def decaying_sgd(rate):
    """Make what the guides write as ``SGD(lr=rate, decay=1e-6, ...)``."""
    schedule = InverseTimeDecay(rate, decay_steps=1, decay_rate=1e-6)
    return keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True)


#: The guides' own sizes, and the number of weights that follow from them.
WEIGHTS = {
    "G-1": (lambda: logistic(784), 785),
    "G-3": (lambda: dropout_mlp(20, 10, "tanh", "random_uniform"), 6_154),
    "G-4": (lambda: dropout_mlp(20, 10, "relu", "glorot_uniform"), 6_154),
    "G-5": (lambda: dropout_mlp(20, 2, "relu", "random_uniform", "sigmoid"), 5_569),
    "G-6": (lambda: convolutional((100, 100, 3), 10), 7_998_250),
    "G-7": (lambda: embedded_lstm((80,), 1_000), 453_249),
    "G-9": (lambda: stacked_lstm((8, 16), 10), 23_242),
    "G-10": (lambda: stateful_lstm((8, 16), 10, 32), 23_242),
    "G-12": (lambda: functional_mlp(784, 10), 55_050),
    "G-13": (lambda: model_at_every_step((20, 784), 10), 55_050),
    "G-16": (lambda: inception((256, 256, 3), 10), 140_160 + 1_930),
    "G-17": (lambda: residual((256, 256, 3)), 84),
    "G-21": (lambda: autoencoder(784), 25_120 + 25_872),
    "G-22": (lambda: softmax_regression(784, 10), 7_850),
    "E1": (lambda: line(1), 2),
    "E5": (lambda: two_dense(784, 10, hidden=1_000), 795_010),
    "E11": (lambda: two_dense(100, 10), 7_114),
}


@pytest.mark.parametrize("guide", WEIGHTS)
def test_number_of_weights(guide):
    build, expected = WEIGHTS[guide]
    assert build().count_params() == expected


# --- classifiers -----------------------------------------------------------

CROSSENTROPY = {"loss": "categorical_crossentropy", "metrics": ["accuracy"]}
BINARY = {"loss": "binary_crossentropy", "metrics": ["accuracy"]}


def labelled_steps(n_rows, n_steps, n_features):
    X, names = labelled_patterns(n_rows * n_steps, (n_features,), 4)
    shape = (n_rows, n_steps)
    return X.reshape(*shape, n_features), names.reshape(shape)


#: Builder, parameters, and data.
CLASSIFIERS = {
    "G-1": (
        logistic,
        {**BINARY, "optimizer": "rmsprop", "epochs": 10, "batch_size": 32},
        lambda: yes_or_no(1000, (784,)),
    ),
    "G-3": (
        dropout_mlp,
        {
            **CROSSENTROPY,
            "activation": "tanh",
            "initializer": "random_uniform",
            "optimizer": decaying_sgd(0.1),
            "epochs": 20,
            "batch_size": 16,
        },
        lambda: labelled_patterns(300, (20,)),
    ),
    "G-4": (
        dropout_mlp,
        {
            **CROSSENTROPY,
            "activation": "relu",
            "initializer": "glorot_uniform",
            "optimizer": "adadelta",
            # Its rate was 1 when the guide was written; it is 0.001 now.
            "optimizer__learning_rate": 1.0,
            "epochs": 20,
            "batch_size": 16,
        },
        lambda: labelled_patterns(300, (20,)),
    ),
    "G-5": (
        dropout_mlp,
        {
            **BINARY,
            "activation": "relu",
            "initializer": "random_uniform",
            "last": "sigmoid",
            "optimizer": "rmsprop",
            "epochs": 20,
            "batch_size": 16,
        },
        lambda: yes_or_no(300, (20,)),
    ),
    "G-6": (
        convolutional,
        {
            "loss": "categorical_crossentropy",
            "filters": (4, 8),
            "hidden": 16,
            # 0.1, as in the guide, is too much for so few filters.
            "optimizer": decaying_sgd(0.02),
            "epochs": 15,
            "batch_size": 32,
        },
        lambda: labelled_patterns(160, (16, 16, 3), 3),
    ),
    "G-7": (
        embedded_lstm,
        {
            **BINARY,
            "vocabulary_size": 40,
            "embedding_dim": 8,
            "units": 8,
            "optimizer": "rmsprop",
            "optimizer__learning_rate": 0.01,
            "epochs": 10,
            "batch_size": 16,
        },
        lambda: texts(128, 12, 40),
    ),
    "G-9": (
        stacked_lstm,
        {
            **CROSSENTROPY,
            "optimizer": "rmsprop",
            "epochs": 8,
            "batch_size": 32,
        },
        lambda: labelled_patterns(640, (8, 16)),
    ),
    "G-12": (
        functional_mlp,
        {**CROSSENTROPY, "optimizer": "rmsprop", "epochs": 3, "batch_size": 32},
        lambda: labelled_patterns(500, (784,)),
    ),
    "G-13": (
        model_at_every_step,
        {
            **CROSSENTROPY,
            "n_labels": 4,
            "optimizer": "rmsprop",
            "optimizer__learning_rate": 0.01,
            "epochs": 5,
            "batch_size": 8,
        },
        lambda: labelled_steps(80, 20, 12),
    ),
    "G-16": (
        inception,
        {
            "loss": "categorical_crossentropy",
            "filters": 8,
            "optimizer": "rmsprop",
            "optimizer__learning_rate": 0.005,
            "epochs": 12,
            "batch_size": 8,
        },
        lambda: labelled_patterns(120, (8, 8, 3), 3),
    ),
    "G-22": (
        softmax_regression,
        {
            "loss": "categorical_crossentropy",
            "optimizer": "rmsprop",
            "epochs": 20,
            "batch_size": 128,
        },
        lambda: labelled_patterns(500, (784,)),
    ),
    "E11": (
        two_dense,
        {
            "loss": keras.losses.categorical_crossentropy,
            "metrics": ["accuracy"],
            "optimizer": keras.optimizers.SGD,
            "optimizer__learning_rate": 0.01,
            "optimizer__momentum": 0.9,
            "optimizer__nesterov": True,
            "epochs": 5,
            "batch_size": 32,
        },
        lambda: labelled_patterns(1000, (100,)),
    ),
}


def classifier(guide):
    build, parameters, make_data = CLASSIFIERS[guide]
    return KerasClassifier(build, **parameters, random_state=0), *make_data()


@pytest.mark.parametrize("guide", CLASSIFIERS)
def test_classifier(guide):
    e, X, y = classifier(guide)
    e.fit(X, y)
    assert e.engine_ == "compiled"
    assert e.n_iter_ == e.epochs
    assert e.history_["loss"][-1] < e.history_["loss"][0]
    check_labels(y, e.predict(X), e.predict_proba(X), e.classes_)
    assert e.score(X, y) == pytest.approx(np.mean(e.predict(X) == y))
    assert e.score(X, y) > 0.9


@pytest.mark.parametrize("guide", ["G-3", "G-7", "G-9", "G-13", "G-16"])
def test_classifiers_are_cloned_and_pickled(guide):
    e, X, y = classifier(guide)
    e.set_params(epochs=1).fit(X[:64], y[:64])
    expected = e.predict_proba(X[:8])
    again = clone(e)
    assert not hasattr(again, "model_")
    again.fit(X[:64], y[:64])
    np.testing.assert_array_equal(again.predict_proba(X[:8]), expected)
    loaded = pickle.loads(pickle.dumps(e))
    np.testing.assert_array_equal(loaded.predict_proba(X[:8]), expected)


def test_a_guide_model_in_cross_validation():
    e, X, y = classifier("G-1")
    assert cross_val_score(e, X, y, cv=3, scoring="roc_auc").min() > 0.9


def test_stacked_lstm_with_a_validation_set():
    # G-9
    e, X, y = classifier("G-9")
    e.set_params(epochs=2).fit(X[:540], y[:540], validation_data=(X[540:], y[540:]))
    assert e.engine_ == "compiled"
    assert list(e.history_) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert e.history_["val_accuracy"][-1] == pytest.approx(e.score(X[540:], y[540:]))


def crossentropy_of_rows(y_true, y_pred):
    return keras.losses.categorical_crossentropy(y_true, y_pred)


def test_targets_that_are_no_labels():
    # G-9: the guide's targets are rows of numbers between 0 and 1. For these a loss
    # for classes is refused under its own name. (Its three LSTMs are not needed here.)
    X, names = labelled_patterns(300, (16,))
    y = 0.02 + 0.8 * (names[:, None] == np.unique(names))
    e = KerasRegressor(
        two_dense,
        n_classes=10,
        loss=crossentropy_of_rows,
        optimizer="rmsprop",
        optimizer__learning_rate=0.01,
        epochs=5,
        random_state=0,
    )
    e.fit(X, y)
    assert e.engine_ == "compiled"
    assert e.history_["loss"][-1] < e.history_["loss"][0]
    predicted = e.predict(X)
    np.testing.assert_allclose(predicted.sum(axis=1), 1, rtol=1e-5)
    assert e.score(X, y) > 0


# --- stateful layers -------------------------------------------------------


def test_stacked_lstm_whose_states_go_on():
    # G-10
    X, y = labelled_patterns(416, (8, 16))
    e = KerasClassifier(
        stateful_lstm,
        **CROSSENTROPY,
        optimizer="rmsprop",
        optimizer__learning_rate=0.005,
        epochs=10,
        random_state=0,
    )
    e.fit(X[:320], y[:320], validation_data=(X[320:], y[320:]))
    assert e.engine_ == "keras (the model is stateful)"
    assert e.history_["val_accuracy"][-1] == pytest.approx(e.score(X[320:], y[320:]))
    assert e.history_["loss"][-1] < 0.3 * e.history_["loss"][0]
    assert e.score(X[320:], y[320:]) > 0.6  # a tenth would be guessing
    loaded = pickle.loads(pickle.dumps(e))
    np.testing.assert_array_equal(loaded.predict_proba(X), e.predict_proba(X))


def halves_of_series(seed, n_series=128):
    """Make series of twice 10 steps; what they are about is told in the first step."""
    rng = np.random.RandomState(seed)
    series = rng.normal(scale=0.3, size=(n_series, 20, 16)).astype("float32")
    up = rng.randint(2, size=n_series)
    series[:, 0, 0] = 4 * up - 2
    # The second halves follow the first ones, in the same places of the next batch.
    return np.concatenate([series[:, :10], series[:, 10:]]), np.tile(up, 2)


def test_the_step_after_the_ones_before():
    # G-21: feed the first ten steps, then the next ten; the state has seen them all.
    (X, y), (X_new, y_new) = halves_of_series(0), halves_of_series(1)
    second = np.arange(len(X)) >= len(X) // 2
    right = {}
    for stateful in (True, False):
        e = KerasClassifier(
            next_step,
            stateful=stateful,
            batch_size=128,
            shuffle=False,
            optimizer="rmsprop",
            optimizer__learning_rate=0.03,
            epochs=15,
            random_state=0,
        )
        e.fit(X, y)
        right[stateful] = (e.predict(X_new) == y_new)[second].mean()
    assert right[True] > 0.95
    assert right[False] < 0.7  # which is guessing


def test_frozen_layers():
    # G-21: a layer that is frozen in one model and trained in another.
    X, y = labelled_patterns(200, (32,))
    frozen = KerasClassifier(frozen_mlp, epochs=2, random_state=0).fit(X, y)
    trained = clone(frozen).set_params(trainable="*").fit(X, y)
    start = clone(frozen).initialize(X, y)

    def layer(e, name):
        return e.model_.get_layer(name).get_weights()[0]

    np.testing.assert_array_equal(layer(frozen, "frozen"), layer(start, "frozen"))
    assert not np.array_equal(layer(frozen, "head"), layer(start, "head"))
    assert not np.array_equal(layer(trained, "frozen"), layer(start, "frozen"))


# --- labels through scikit-learn's encoders --------------------------------


def test_encoded_labels_and_labels_give_the_same_model():
    # E5
    X, digits = load_digits(return_X_y=True)
    X, y = X[:600] / 16, np.char.add("digit ", digits[:600].astype(str))
    encoder, onehot = LabelEncoder(), OneHotEncoder(sparse_output=False)
    rows = onehot.fit_transform(encoder.fit_transform(y).reshape(-1, 1))
    X_train, X_test, y_train, y_test, rows_train, rows_test = train_test_split(
        X, y, rows, test_size=0.3, random_state=0
    )
    e = KerasClassifier(
        two_dense,
        hidden=100,
        optimizer="sgd",
        optimizer__learning_rate=0.1,
        **CROSSENTROPY,
        epochs=50,
        batch_size=128,
        random_state=0,
    )
    by_rows, by_labels = clone(e).fit(X_train, rows_train), e.fit(X_train, y_train)
    np.testing.assert_array_equal(
        by_rows.predict_proba(X_test), by_labels.predict_proba(X_test)
    )
    columns = onehot.inverse_transform(by_rows.predict(X_test)).astype(int)
    names = encoder.inverse_transform(columns.ravel())
    np.testing.assert_array_equal(names, by_labels.predict(X_test))
    assert by_rows.score(X_test, rows_test) == by_labels.score(X_test, y_test) > 0.8


# --- regressors ------------------------------------------------------------


def noisy_line():
    """Make the tutorial's points on y = 0.5 x + 2, and split them."""
    rng = np.random.RandomState(1337)
    x = np.linspace(-1, 1, 200)
    rng.shuffle(x)
    y = 0.5 * x + 2 + rng.normal(0, 0.05, 200)
    X = x.reshape(-1, 1)
    return X[:160], X[160:], y[:160], y[160:]


def test_linear_regression():
    # E1. The tutorial's steps are on all rows at once, and so are epochs here.
    X, X_test, y, y_test = noisy_line()
    e = KerasRegressor(line, optimizer="sgd", batch_size=-1, random_state=46)

    def test_error(estimator):
        return mean_squared_error(y_test, estimator.predict(X_test))

    # On these 40 points the line of least squares has an error of 0.00325, and
    # the one that the points are made of 0.00321. From some starts, this one among
    # them, training passes lines that suit them better, and the tutorial's steps
    # end near one.
    least_squares = LinearRegression().fit(X, y)
    assert test_error(clone(e).set_params(epochs=260).fit(X, y)) <= 0.0031
    assert test_error(clone(e).set_params(epochs=301).fit(X, y)) <= 0.003137

    e.set_params(optimizer__learning_rate=0.1, epochs=400).fit(X, y)
    assert e.engine_ == "compiled"
    kernel, bias = e.model_.get_weights()
    assert kernel[0, 0] == pytest.approx(least_squares.coef_[0], abs=1e-4)
    assert bias[0] == pytest.approx(least_squares.intercept_, abs=1e-4)
    assert test_error(e) == pytest.approx(test_error(least_squares), abs=1e-6)
    assert e.score(X, y) == pytest.approx(least_squares.score(X, y), abs=1e-5)
    assert e.predict(X_test).shape == y_test.shape


def test_residual_connection():
    # G-17, from an image to an image: each becomes itself and a blurred half.
    rng = np.random.RandomState(0)
    X = rng.random_sample((64, 8, 8, 3)).astype("float32")
    y = X + 0.5 * (np.roll(X, 1, axis=1) + np.roll(X, -1, axis=1))
    e = KerasRegressor(
        residual, optimizer="rmsprop", optimizer__learning_rate=0.01, random_state=0
    )
    e.set_params(epochs=30, batch_size=8).fit(X, y)
    assert e.engine_ == "compiled"
    assert e.history_["loss"][-1] < e.history_["loss"][0]
    assert e.predict(X).shape == y.shape
    assert e.score(X, y) > 0.7
    loaded = pickle.loads(pickle.dumps(e))
    np.testing.assert_array_equal(loaded.predict(X), e.predict(X))


# --- frequently asked ------------------------------------------------------


def test_early_stopping():
    # G-21: how to stop when the validation loss no longer falls.
    e, X, y = classifier("E11")
    y = np.random.RandomState(0).permutation(y)  # there is nothing to learn
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=2)
    e.set_params(callbacks=[stop], validation_split=0.2, epochs=200).fit(X, y)
    assert e.engine_ == "compiled"
    assert e.n_iter_ < 200
    assert e.n_iter_ - e.best_epoch_ == 2
    assert e.callbacks_["0"].stopped_epoch == e.n_iter_ - 1
    assert len(e.history_["val_loss"]) == e.n_iter_


def test_encoder_of_an_autoencoder():
    # G-21: the codes of an autoencoder are the output of a layer inside.
    X = load_digits().data[:400] / 16
    e = KerasRegressor(
        autoencoder, encoding_dim=16, epochs=20, batch_size=32, random_state=0
    )
    e.fit(X, X)
    assert e.history_["loss"][-1] < 0.5 * e.history_["loss"][0]
    assert e.predict(X).shape == X.shape

    encoder = keras.Model(e.model_.inputs, e.model_.get_layer("encoded").output)
    codes = encoder.predict(X, verbose=0)
    kernel, bias = e.model_.get_layer("encoded").get_weights()
    np.testing.assert_allclose(codes, np.maximum(X @ kernel + bias, 0), atol=1e-5)
    # The codes are what the second half makes its images of.
    kernel, bias = e.model_.layers[-1].get_weights()
    np.testing.assert_allclose(e.predict(X), codes @ kernel + bias, atol=1e-5)


class LossHistory(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.losses = []

    def on_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])


def test_loss_of_every_batch():
    # G-22
    e, X, y = classifier("G-22")
    history = LossHistory()
    e.set_params(callbacks=[history], epochs=3).fit(X, y)
    assert e.engine_ == "keras (LossHistory has hooks between batches)"
    losses = e.callbacks_["0"].losses
    assert len(losses) == 3 * int(np.ceil(500 / 128))
    assert losses[-1] < losses[0]
    assert not hasattr(history, "losses")


def test_checkpoint_of_the_best_epoch(tmp_path):
    # G-22
    e, X, y = classifier("G-22")
    path = tmp_path / "best.keras"
    checkpoint = keras.callbacks.ModelCheckpoint(path, save_best_only=True)
    e.set_params(callbacks=[checkpoint], epochs=3)
    e.fit(X[:400], y[:400], X_val=X[400:], y_val=y[400:])
    saved = keras.models.load_model(path)
    right = np.array(saved(X[400:]))[np.arange(100), np.arange(400, 500) % 10]
    best = min(e.history_["val_loss"])
    assert -np.log(right).mean() == pytest.approx(best, rel=1e-4)
