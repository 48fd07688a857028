"""Pipelines from texts to labels: tokenizer, padder, classifier."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import Pipeline

from sk_keras import KerasClassifier
from sk_keras.preprocessing import SequencePadder, TextTokenizer

pytestmark = pytest.mark.slow

GOOD = ["a good film", "so good", "good, all of it", "it was good fun", "fine and good"]
BAD = ["a bad film", "so bad", "bad, all of it", "it was bad fun", "poor and bad"]
TEXTS = (GOOD + BAD) * 4
Y = np.repeat(["good", "bad"], 5).tolist() * 4
BUILDERS = ["text_cnn", "fasttext", "lstm", "gru", "bilstm"]
SMALL = {"text_cnn": {"filters": 4, "kernel_sizes": (1, 2)}, "fasttext": {}}


def network(builder="text_cnn", **params):
    small = {"embedding_dim": 4, **SMALL.get(builder, {"units": 4})}
    defaults = {"epochs": 2, "random_state": 0, "optimizer__learning_rate": 0.05}
    return KerasClassifier(builder, **{**small, **defaults, **params})


def pipeline(builder="text_cnn", *, num_words=None, maxlen=None, padded=True, **params):
    words, pad = TextTokenizer(num_words), SequencePadder(maxlen)
    steps = [("words", words), ("pad", pad), ("net", network(builder, **params))]
    return Pipeline(steps if padded else [steps[0], steps[2]])


@pytest.mark.parametrize(
    ("builder", "padded"),
    [*((builder, False) for builder in BUILDERS), ("text_cnn", True), ("lstm", True)],
    ids=lambda value: {True: "padded", False: "unequal"}.get(value, value),
)
def test_texts_are_learned(builder, padded):
    net = pipeline(builder, padded=padded, epochs=30).fit(TEXTS, Y)
    assert net.score(TEXTS, Y) == 1.0
    assert net["net"].vocabulary_size_ == net["words"].vocabulary_size_
    got = net.predict(["this is a good one", "bad", "bad zzz"])
    assert got.tolist() == ["good", "bad", "bad"]


@pytest.mark.parametrize("builder", ["text_cnn", "fasttext", "lstm"])
def test_words_that_the_padder_has_cut_off(builder):
    # The first word of the last text is in no row that the classifier sees.
    texts, y = [*TEXTS, "rare good film so"], [*Y, "good"]
    net = pipeline(builder, maxlen=3).fit(texts, y)
    rare = net["words"].word_index_["rare"]
    assert net["net"].vocabulary_size_ <= rare
    np.testing.assert_array_equal(
        net.predict_proba(["rare good"]), net.predict_proba(["good"])
    )
    assert 0 <= net.score(["rare", "rare rare"], ["good", "bad"]) <= 1


@pytest.mark.parametrize("texts", [pd.Series(TEXTS), np.array(TEXTS)], ids=type)
def test_texts_in_containers(texts):
    expected = pipeline().fit(TEXTS, Y).predict_proba(TEXTS)
    np.testing.assert_array_equal(
        pipeline().fit(texts, Y).predict_proba(texts), expected
    )


def copied(net, kind, tmp_path):
    if kind == "pickle":
        return pickle.loads(pickle.dumps(net))
    joblib.dump(net, tmp_path / "net.joblib")
    return joblib.load(tmp_path / "net.joblib")


@pytest.mark.parametrize("kind", ["pickle", "joblib"])
def test_pipelines_are_saved(kind, tmp_path):
    net = pipeline(maxlen=3).fit(TEXTS, Y)
    twin = copied(net, kind, tmp_path)
    unknown = ["quite another text", "", "good bad good bad"]
    for texts in (TEXTS, unknown):
        np.testing.assert_array_equal(
            twin.predict_proba(texts), net.predict_proba(texts)
        )


def test_pipelines_are_cloned():
    net = pipeline(num_words=9).fit(TEXTS, Y)
    twin = clone(net)
    assert twin.get_params()["net__vocabulary_size"] is None
    expected = net.predict_proba(TEXTS)
    np.testing.assert_array_equal(twin.fit(TEXTS, Y).predict_proba(TEXTS), expected)


@pytest.mark.parametrize("padded", [True, False], ids=["padded", "unequal"])
def test_pipelines_are_searched(padded):
    # Parameters of each step change by themselves: a product would show no more.
    grid = [{"words__num_words": [4, 12]}]
    grid.append({"net__filters": [2], "net__batch_size": [8]})
    if padded:
        grid.append({"pad__maxlen": [2]})
    search = GridSearchCV(pipeline(padded=padded), grid, cv=2, error_score="raise")
    search.fit(TEXTS, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(search.cv_results_["params"]) == (4 if padded else 3)
    # Words beyond the most frequent are cut off before they come to the classifier.
    limit = search.best_params_["words__num_words"]
    assert search.best_estimator_["net"].vocabulary_size_ <= limit


def test_cross_validation_sees_words_that_training_did_not_have():
    texts = [f"{text} number{i}" for i, text in enumerate(TEXTS)]
    scores = cross_val_score(pipeline(epochs=20), texts, Y, cv=4, error_score="raise")
    assert scores.mean() > 0.9
    p = cross_val_predict(pipeline(), texts, Y, cv=4, method="predict_proba")
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)


def test_a_given_size_is_kept_to():
    net = pipeline(num_words=9, vocabulary_size=9).fit(TEXTS, Y)
    net.predict(["so good a film"])
    small = pipeline(vocabulary_size=5)
    with pytest.raises(ValueError, match="but the Embedding .* 0 to 4 only"):
        small.fit(TEXTS, Y)


def test_frozen_vectors_for_the_words_of_a_tokenizer():
    words = TextTokenizer().fit(TEXTS)
    matrix = np.random.RandomState(0).randn(words.vocabulary_size_, 4).astype("float32")
    net = pipeline("lstm", embedding_matrix=matrix, embedding_trainable=False)
    net.fit(TEXTS, Y)
    layer = net["net"].model_.layers[1]
    np.testing.assert_array_equal(layer.get_weights()[0], matrix)
    assert net.score(TEXTS, Y) >= 0.5


def test_texts_without_words():
    net = pipeline(padded=False).fit(["", *TEXTS], ["good", *Y])
    assert np.isfinite(net.predict_proba(["", "!?", "zzz", "good"])).all()
