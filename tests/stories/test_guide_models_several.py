"""Models of the guides with several inputs or outputs, through the estimators.

As in `tests.stories.test_guide_models`, the layers, losses and optimizers are those
of the guides, and the sizes are small.
"""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from sk_keras import KerasClassifier
from sk_keras.data import ArrayDict
from tests.stories.guides import check_labels, labelled_patterns, texts, yes_or_no

pytestmark = pytest.mark.slow

# --- the models ------------------------------------------------------------


def two_branches(n_classes, width=784):
    left, right = (
        keras.Input((width,), name="left"),
        keras.Input((width,), name="right"),
    )
    merged = layers.Concatenate()([layers.Dense(32)(left), layers.Dense(32)(right)])
    outputs = layers.Dense(n_classes, activation="softmax")(merged)
    return keras.Model([left, right], outputs)


def vision(shape, blocks, padding):
    """Build the convolutions that the guides put before a language model.

    `padding` is that of the first convolution of a block.
    """
    model = keras.Sequential([layers.Input(shape)])
    for first, *others in blocks:
        model.add(layers.Conv2D(first, 3, activation="relu", padding=padding))
        for filters in others:
            model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D((2, 2)))
    model.add(layers.Flatten())
    return model


def captions(
    n_classes,
    side=100,
    n_words=16,
    vocabulary_size=10_000,
    blocks=((32, 32), (64, 64)),
    embedding_dim=256,
    encoding_dim=128,
    units=256,
):
    image = keras.Input((side, side, 3), name="image")
    caption = keras.Input((n_words,), name="caption", dtype="int32")
    seen = layers.Dense(encoding_dim)(vision(image.shape[1:], blocks, "valid")(image))
    seen = layers.RepeatVector(n_words)(seen)
    read = layers.Embedding(vocabulary_size, embedding_dim)(caption)
    read = layers.GRU(encoding_dim, return_sequences=True)(read)
    read = layers.TimeDistributed(layers.Dense(encoding_dim))(read)
    x = layers.GRU(units)(layers.Concatenate(axis=-1)([seen, read]))
    return keras.Model([image, caption], layers.Dense(n_classes, "softmax")(x))


def two_encoders(n_classes, n_steps=8, n_features=16):
    inputs = [keras.Input((n_steps, n_features), name=name) for name in "ab"]
    x = layers.Concatenate()([layers.LSTM(32)(one) for one in inputs])
    x = layers.Dense(32, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(n_classes, activation="softmax")(x))


def news(n_words=100, vocabulary_size=10_000, embedding_dim=512, units=32, hidden=64):
    main_input = keras.Input((n_words,), dtype="int32", name="main_input")
    aux_input = keras.Input((5,), name="aux_input")
    x = layers.Embedding(vocabulary_size, embedding_dim)(main_input)
    read = layers.LSTM(units)(x)
    aux_output = layers.Dense(1, activation="sigmoid", name="aux_output")(read)
    x = layers.Concatenate()([read, aux_input])
    for _ in range(3):
        x = layers.Dense(hidden, activation="relu")(x)
    main_output = layers.Dense(1, activation="sigmoid", name="main_output")(x)
    return keras.Model([main_input, aux_input], [main_output, aux_output])


def shared_lstm(n_steps=140, n_characters=256, units=64):
    tweets = [keras.Input((n_steps, n_characters), name=name) for name in "ab"]
    lstm = layers.LSTM(units)
    x = layers.Concatenate(axis=-1)([lstm(tweet) for tweet in tweets])
    return keras.Model(tweets, layers.Dense(1, activation="sigmoid")(x))


def shared_vision(side=27, filters=64):
    digit = keras.Input((side, side, 1))
    x = layers.Conv2D(filters, 3)(digit)
    x = layers.Conv2D(filters, 3)(x)
    encoder = keras.Model(digit, layers.Flatten()(layers.MaxPooling2D((2, 2))(x)))
    digits = [keras.Input((side, side, 1), name=name) for name in "ab"]
    x = layers.Concatenate()([encoder(one) for one in digits])
    return keras.Model(digits, layers.Dense(1, activation="sigmoid")(x))


def question_encoder(n_words, vocabulary_size, units):
    question = keras.Input((n_words,), dtype="int32")
    x = layers.Embedding(vocabulary_size, units)(question)
    return keras.Model(question, layers.LSTM(units)(x))


BLOCKS = ((64, 64), (128, 128), (256, 256, 256))


def visual_answers(n_classes, side=224, blocks=BLOCKS, n_words=100, units=256):
    image = keras.Input((side, side, 3), name="image")
    question = keras.Input((n_words,), dtype="int32", name="question")
    read = question_encoder(n_words, 10_000, units)(question)
    seen = vision(image.shape[1:], blocks, "same")(image)
    x = layers.Concatenate()([read, seen])
    return keras.Model([image, question], layers.Dense(n_classes, "softmax")(x))


def video_answers(
    n_classes, n_frames=100, side=224, blocks=BLOCKS, n_words=100, units=256
):
    video = keras.Input((n_frames, side, side, 3), name="video")
    question = keras.Input((n_words,), dtype="int32", name="question")
    encoder = vision(video.shape[2:], blocks, "same")
    frames = layers.TimeDistributed(encoder)(video)
    seen = layers.LSTM(units)(frames)
    read = question_encoder(n_words, 10_000, units)(question)
    x = layers.Concatenate()([seen, read])
    return keras.Model([video, question], layers.Dense(n_classes, "softmax")(x))


#: The guides' own sizes, and the number of weights that follow from them.
WEIGHTS = {
    "G-2": (lambda: two_branches(10), 2 * 25_120 + 650),
    "G-11": (lambda: two_encoders(10), 2 * 6_272 + 2_080 + 330),
    "G-14": (lambda: news(), 5_120_000 + 69_760 + 33 + 2_432 + 2 * 4_160 + 65),
    "G-15": (lambda: shared_lstm(), 82_176 + 129),
    "G-18": (lambda: shared_vision(), 640 + 36_928 + 2 * 11 * 11 * 64 + 1),
}


@pytest.mark.parametrize("guide", WEIGHTS)
def test_number_of_weights(guide):
    build, expected = WEIGHTS[guide]
    assert build().count_params() == expected


# --- several inputs --------------------------------------------------------


def two_patterns(n_rows, shape):
    """Make two samples a row, both of the row's class; in a list."""
    X, y = labelled_patterns(n_rows, (2, *shape))
    return [X[:, 0], X[:, 1]], y


def both_bright(n_rows, shape):
    """Make pairs of samples, by name; "yes" if both are bright.

    The guides ask whether both are alike. That is not the sum of what each of
    them is, and a sum is all that their output sees.
    """
    rng = np.random.RandomState(0)
    a, b = np.arange(n_rows) % 2, np.arange(n_rows) // 2 % 2
    axes = [1] * len(shape)
    X = {
        name: (rng.random_sample((n_rows, *shape)) + bright.reshape(-1, *axes)) / 2
        for name, bright in (("a", a), ("b", b))
    }
    return X, np.where(a & b == 1, "yes", "no")


def seen_and_read(seen, shape, read, n_words=6):
    """Make images or videos, and texts of the same class; by name."""
    X, _ = yes_or_no(96, shape)
    words, y = texts(96, n_words, 40)
    return {seen: X, read: words}, y


#: Builder, parameters, and data.
SEVERAL_INPUTS = {
    "G-2": (
        two_branches,
        {"width": 784, "metrics": ["accuracy"], "epochs": 10},
        lambda: two_patterns(200, (784,)),
    ),
    "G-8": (
        captions,
        {
            "side": 16,
            "n_words": 6,
            "vocabulary_size": 40,
            "blocks": ((4, 4), (8, 8)),
            "embedding_dim": 8,
            "encoding_dim": 8,
            "units": 8,
            "optimizer__learning_rate": 0.01,
            "epochs": 6,
            "batch_size": 16,
        },
        lambda: seen_and_read("image", (16, 16, 3), "caption"),
    ),
    "G-11": (
        two_encoders,
        {"metrics": ["accuracy"], "epochs": 10, "batch_size": 64},
        lambda: two_patterns(500, (8, 16)),
    ),
    "G-15": (
        shared_lstm,
        {
            "loss": "binary_crossentropy",
            "n_steps": 10,
            "n_characters": 6,
            "units": 8,
            "optimizer__learning_rate": 0.02,
            "epochs": 10,
            "batch_size": 16,
        },
        lambda: both_bright(160, (10, 6)),
    ),
    "G-18": (
        shared_vision,
        {
            "loss": "binary_crossentropy",
            "side": 9,
            "filters": 4,
            "optimizer__learning_rate": 0.01,
            "epochs": 20,
            "batch_size": 16,
        },
        lambda: both_bright(160, (9, 9, 1)),
    ),
    "G-19": (
        visual_answers,
        {
            "side": 30,
            "blocks": ((2, 2), (4, 4), (4, 4, 4)),
            "n_words": 6,
            "units": 8,
            "optimizer__learning_rate": 0.01,
            "epochs": 6,
            "batch_size": 16,
        },
        lambda: seen_and_read("image", (30, 30, 3), "question"),
    ),
    "G-20": (
        video_answers,
        {
            "n_frames": 3,
            "side": 8,
            "blocks": ((2, 2),),
            "n_words": 6,
            "units": 8,
            "optimizer__learning_rate": 0.01,
            "epochs": 6,
            "batch_size": 16,
        },
        lambda: seen_and_read("video", (3, 8, 8, 3), "question"),
    ),
}


def several_inputs(guide):
    build, parameters, make_data = SEVERAL_INPUTS[guide]
    usual = {"loss": "categorical_crossentropy", "optimizer": "rmsprop"}
    return KerasClassifier(
        build, **{**usual, **parameters}, random_state=0
    ), *make_data()


@pytest.mark.parametrize("guide", SEVERAL_INPUTS)
def test_several_inputs(guide):
    e, X, y = several_inputs(guide)
    e.fit(X, y)
    assert e.engine_ == "compiled"
    assert e.history_["loss"][-1] < e.history_["loss"][0]
    check_labels(y, e.predict(X), e.predict_proba(X), e.classes_)
    assert e.score(X, y) == pytest.approx(np.mean(e.predict(X) == y))
    assert e.score(X, y) > 0.9


@pytest.mark.parametrize("guide", ["G-2", "G-8"])
def test_models_of_several_inputs_are_cloned_and_pickled(guide):
    e, X, y = several_inputs(guide)
    expected = e.set_params(epochs=1).fit(X, y).predict_proba(X)
    again = clone(e).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), expected)
    loaded = pickle.loads(pickle.dumps(e))
    np.testing.assert_array_equal(loaded.predict_proba(X), expected)


def test_two_branches_on_the_columns_of_one_array():
    # G-2
    e, X, y = several_inputs("G-2")
    apart = clone(e).fit(X, y).predict_proba(X)
    beside = np.hstack(X)
    np.testing.assert_allclose(e.fit(beside, y).predict_proba(beside), apart, rtol=1e-5)


def test_two_encoders_with_a_validation_set():
    # G-11
    e, X, y = several_inputs("G-11")
    held_out = [part[400:] for part in X], y[400:]
    e.fit([part[:400] for part in X], y[:400], validation_data=held_out)
    assert e.history_["val_accuracy"][-1] == pytest.approx(e.score(*held_out))


def test_pairs_in_cross_validation():
    # G-15
    e, X, y = several_inputs("G-15")
    scores = cross_val_score(e, ArrayDict(X), y, cv=2, scoring="roc_auc")
    assert scores.min() > 0.9


def lstm_encoder(shape):
    return keras.Sequential([layers.Input(shape), layers.LSTM(8)])


def test_shared_lstm_as_a_ready_builder():
    # G-15
    e, X, y = several_inputs("G-15")
    ready = KerasClassifier(
        "siamese",
        encoder=lstm_encoder,
        merge="concatenate",
        optimizer="rmsprop",
        optimizer__learning_rate=0.02,
        epochs=10,
        batch_size=16,
        random_state=0,
    )
    ready.fit(X, y)
    assert ready.engine_ == "compiled"
    assert [tensor.name for tensor in ready.model_.inputs] == ["a", "b"]
    weights = e.initialize(X, y).model_.count_params()
    assert ready.model_.count_params() == weights
    assert ready.score(X, y) > 0.9


def test_siamese_tells_whether_samples_are_alike():
    X, names = labelled_patterns(400, (6,), 4)
    rng = np.random.RandomState(0)
    other = np.where(np.arange(400) % 2, rng.permutation(400), np.arange(400) - 4)
    pairs, alike = {"left": X, "right": X[other]}, names == names[other]
    scores = {}
    for merge in ("difference", "distance", "concatenate"):
        e = KerasClassifier("siamese", merge=merge, epochs=20, random_state=0)
        e.set_params(optimizer__learning_rate=0.01).fit(pairs, alike)
        scores[merge] = e.score(pairs, alike)
    beside = np.hstack(list(pairs.values()))
    np.testing.assert_allclose(
        clone(e).fit(beside, alike).predict_proba(beside),
        e.predict_proba(pairs),
        rtol=1e-4,
    )
    assert min(scores["difference"], scores["distance"]) > 0.95 > scores["concatenate"]


# --- several outputs -------------------------------------------------------

WORDS = [f"word_{i}" for i in range(20)]
FACTS = ["hour", "day", "month", "followers", "links"]


def news_table(n_rows=128):
    """Make a table of news, of 20 words and 5 numbers each, and both targets.

    Which words there are decides on the likes; shared is what is liked and
    posted early.
    """
    rng = np.random.RandomState(0)
    words, liked = texts(n_rows, len(WORDS), 200)
    facts = rng.random_sample((n_rows, len(FACTS)))
    shared = np.where((liked == "yes") & (facts[:, 0] < 0.5), "yes", "no")
    X = pd.concat(
        [pd.DataFrame(words, columns=WORDS), pd.DataFrame(facts, columns=FACTS)], axis=1
    )
    return X, pd.DataFrame({"main_output": shared, "aux_output": liked})


def by_name(table, y):
    inputs = {"main_input": table[WORDS], "aux_input": table[FACTS]}
    return (
        {name: part.to_numpy() for name, part in inputs.items()},
        {name: y[name].to_numpy() for name in y},
    )


NEWS = {
    "n_words": len(WORDS),
    "vocabulary_size": 200,
    "embedding_dim": 8,
    "units": 8,
    "hidden": 16,
    "optimizer": "rmsprop",
    "optimizer__learning_rate": 0.01,
    "random_state": 0,
}

#: How the guide gives losses and their weights: by order, and by name.
IN_ORDER = {"loss": "binary_crossentropy", "compile__loss_weights": [1.0, 0.2]}
BY_NAME = {
    "loss": {
        "main_output": "binary_crossentropy",
        "aux_output": "binary_crossentropy",
    },
    "compile__loss_weights": {"main_output": 1.0, "aux_output": 0.2},
}


def test_news_in_both_forms_of_the_guide():
    # G-14
    X, y = by_name(*news_table())
    named = KerasClassifier(news, **NEWS, **BY_NAME, epochs=6, batch_size=16)
    named.fit(X, y)
    assert named.engine_ == "compiled"
    history = named.history_frame()
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]
    weighted = history["main_output_loss"] + 0.2 * history["aux_output_loss"]
    np.testing.assert_allclose(history["loss"], weighted, rtol=1e-5)

    labels, p = named.predict(X), named.predict_proba(X)
    assert set(labels) == set(y)
    for name in y:
        check_labels(y[name], labels[name], p[name], named.classes_[name])
    shares = [np.mean(labels[name] == y[name]) for name in y]
    assert named.score(X, y) == pytest.approx(np.mean(shares))
    assert shares[1] > 0.9  # the likes, by the words alone

    ordered = KerasClassifier(news, **NEWS, **IN_ORDER, epochs=6, batch_size=16)
    inputs = list(X.values())
    ordered.fit(inputs, [y["main_output"], y["aux_output"]])
    np.testing.assert_allclose(ordered.history_["loss"], history["loss"], rtol=1e-5)
    main, aux = ordered.predict(inputs)
    np.testing.assert_array_equal(main, labels["main_output"])
    np.testing.assert_array_equal(aux, labels["aux_output"])


def test_the_same_labels_for_both_outputs():
    # G-14: the guide trains both outputs on the same labels.
    X, y = by_name(*news_table(32))
    e = KerasClassifier(news, **NEWS, **IN_ORDER, epochs=1)
    e.fit(X, [y["main_output"]] * 2)
    main, aux = e.predict_proba(X)
    assert main.shape == aux.shape == (32, 2)
    assert not np.allclose(main, aux)


def test_search_over_news_in_a_table():
    # G-14
    table, y = news_table()
    columns = {"main_input": WORDS, "aux_input": FACTS}
    e = KerasClassifier(news, **NEWS, **IN_ORDER, input_columns=columns, epochs=3)
    grid = {"units": [2, 8], "batch_size": [16]}
    search = GridSearchCV(e, grid, cv=2, error_score="raise").fit(table, y)
    results = pd.DataFrame(search.cv_results_)
    assert len(results) == 2
    assert results["mean_test_score"].between(0.4, 1).all()

    best = search.best_estimator_
    shapes = [tuple(tensor.shape) for tensor in best.model_.inputs]
    assert shapes == [(None, 20), (None, 5)]
    lstm = next(x for x in best.model_.layers if isinstance(x, layers.LSTM))
    assert lstm.units == search.best_params_["units"]
    assert list(best.feature_names_in_) == WORDS + FACTS
    predicted = np.asarray(best.predict(table))
    assert predicted.shape == y.shape
    assert search.score(table, y) == pytest.approx(np.mean(predicted == y.to_numpy()))

    # The columns are those that a dict would have.
    X, targets = by_name(table, y)
    apart = clone(best).set_params(input_columns=None).fit(X, targets)
    for i, name in enumerate(y):
        np.testing.assert_array_equal(apart.predict(X)[name], predicted[:, i])

    loaded = pickle.loads(pickle.dumps(search))
    for one, other in zip(
        loaded.predict_proba(table), search.predict_proba(table), strict=True
    ):
        np.testing.assert_array_equal(one, other)
