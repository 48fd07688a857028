"""Ready builders for texts: given word vectors, and blocks for long texts."""

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from keras import layers
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sk_keras import KerasClassifier
from sk_keras.models import bilstm, fasttext, gru, lstm, text_cnn
from sk_keras.preprocessing import WordVectors
from tests.models.texts import SMALL, TEXT_BUILDERS, text_builders

RNG = np.random.RandomState(0)
X = RNG.randint(1, 9, size=(24, 6))
Y = np.arange(24) % 2
MATRIX = RNG.randn(9, 4).astype("float32")
BINARY = ("binary", 1, 2)


def classifier(builder, **params):
    defaults = {"epochs": 2, "random_state": 0, "optimizer__learning_rate": 0.05}
    return KerasClassifier(builder, **{**SMALL[builder], **defaults, **params})


def vectors_of(e):
    return embedding(e.model_).get_weights()[0]


def embedding(model):
    return next(la for la in model.layers if isinstance(la, layers.Embedding))


# --- word vectors that are given -------------------------------------------


#: Frozen in each builder, which has to pass it on; trained by default.
GIVEN = [*((b, False) for b in TEXT_BUILDERS), (text_cnn, True), (lstm, True)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("builder", "trainable"),
    GIVEN,
    ids=[f"{'trained' if trained else 'frozen'}-{b.__name__}" for b, trained in GIVEN],
)
def test_vectors_that_are_given(builder, trainable):
    given = MATRIX.copy()
    e = classifier(builder, embedding_matrix=given, embedding_trainable=trainable)
    e.initialize(X, Y)
    np.testing.assert_array_equal(vectors_of(e), MATRIX)
    assert embedding(e.model_).trainable == trainable
    e.fit(X, Y)
    assert np.array_equal(vectors_of(e), MATRIX) != trainable
    e.partial_fit(X, Y)
    assert np.array_equal(vectors_of(e), MATRIX) != trainable
    np.testing.assert_array_equal(given, MATRIX)
    assert e.get_params()["embedding_matrix"] is given
    assert e.engine_ == "compiled"


@pytest.mark.slow
@pytest.mark.parametrize("builder", [fasttext, gru], ids=lambda b: b.__name__)
def test_random_vectors_that_are_frozen(builder):
    e = classifier(builder, embedding_trainable=False).initialize(X, Y)
    before = vectors_of(e)
    np.testing.assert_array_equal(vectors_of(e.fit(X, Y)), before)
    assert vectors_of(e).shape == (9, 50)


@pytest.mark.parametrize(
    "matrix",
    [MATRIX.astype("float64"), MATRIX.tolist(), pd.DataFrame(MATRIX)],
    ids=["float64", "lists", "frame"],
)
def test_vectors_of_any_kind(matrix):
    e = classifier(fasttext, embedding_matrix=matrix).initialize(X, Y)
    np.testing.assert_array_equal(vectors_of(e), MATRIX)


@pytest.mark.slow
def test_more_vectors_than_the_data_need():
    matrix = np.vstack([MATRIX, MATRIX])
    e = classifier(fasttext, embedding_matrix=matrix).fit(X, Y)
    assert embedding(e.model_).input_dim == 18
    assert e.predict(X + 9).shape == (24,)
    with pytest.raises(ValueError, match="integer 18, but .* 0 to 17 only"):
        e.predict(X + 10)
    few = classifier(fasttext, embedding_matrix=MATRIX[:8])
    with pytest.raises(ValueError, match="integer 8, but .* 0 to 7 only"):
        few.fit(X, Y)
    # The size may be said as well, if it is the same.
    classifier(fasttext, embedding_matrix=MATRIX, vocabulary_size=9).fit(X, Y)


@pytest.mark.parametrize("given", [0, -1, 2.5, "8", [], (4, 0), None, True], ids=str)
@pytest.mark.parametrize("builder", [lstm, gru, bilstm], ids=lambda b: b.__name__)
def test_units_that_are_none(builder, given):
    message = f"{builder.__name__} needs units of one positive integer or several"
    for shape, size in (((6,), 9), ((6, 2), None)):
        with pytest.raises(ValueError, match=message):
            builder(shape, *BINARY, given, vocabulary_size=size)


@text_builders
def test_rows_of_floats_are_named(builder):
    message = f"{builder.__name__} .*X of floats.*X.astype"
    with pytest.raises(ValueError, match=message):
        classifier(builder).fit(X * 1.0, Y)


NAN = np.where(np.arange(9)[:, None] == 3, np.nan, MATRIX)


@text_builders
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"embedding_matrix": np.ones(9)}, r"\(vocabulary_size, dim\).*shape \(9,\)"),
        ({"embedding_matrix": np.ones((9, 2, 2))}, r"row for each.*\(9, 2, 2\)"),
        ({"embedding_matrix": np.ones((9, 0))}, r"shape \(9, 0\)"),
        ({"embedding_matrix": [["a", "b"]]}, "of numbers"),
        ({"embedding_matrix": [[1, 2], [3]]}, "of numbers"),
        ({"embedding_matrix": "glove.txt"}, "of numbers.*Got a str"),
        ({"embedding_matrix": (MATRIX, 0.5)}, "Got a tuple; .* give the matrix"),
        (
            {"embedding_matrix": WordVectors(["a", "b"], np.eye(2))},
            r"a WordVectors; sk_keras.preprocessing.embedding_matrix\(word_index",
        ),
        ({"embedding_trainable": "no"}, "needs embedding_trainable=True or.*Got 'no'"),
        ({"mask_zero": None}, "needs mask_zero=True or False. Got None"),
        ({"embedding_matrix": NAN}, "NaN or infinity, in row 3. Give zeros"),
        (
            {"embedding_matrix": MATRIX, "vocabulary_size": 20},
            "vocabulary_size=20 and an embedding_matrix of 9 rows.*make the two equal",
        ),
    ],
    ids=[
        "1-D",
        "3-D",
        "no-dim",
        "words",
        "unequal",
        "path",
        "pair",
        "mapping",
        "trainable",
        "mask",
        "nan",
        "other-size",
    ],
)
def test_vectors_that_are_none(builder, params, message):
    with pytest.raises(ValueError, match=f"{builder.__name__} .*{message}"):
        classifier(builder, **params).fit(X, Y)


def joblib_copy(e, tmp_path):
    joblib.dump(e, tmp_path / "e.joblib")
    return joblib.load(tmp_path / "e.joblib")


COPIES = {
    "pickle": lambda e, _: pickle.loads(pickle.dumps(e)),
    "joblib": joblib_copy,
    "deepcopy": lambda e, _: copy.deepcopy(e),
}


@pytest.mark.slow
@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_copies_keep_the_vectors(copied, tmp_path):
    e = classifier(text_cnn, embedding_matrix=MATRIX, embedding_trainable=False)
    e.set_params(warm_start=True).fit(X, Y)
    twin = copied(e, tmp_path)
    np.testing.assert_array_equal(twin.predict_proba(X), e.predict_proba(X))
    np.testing.assert_array_equal(twin.get_params()["embedding_matrix"], MATRIX)
    # The same vectors, in another array: it is the same model that goes on.
    for one in (e, twin):
        one.fit(X, Y)
    np.testing.assert_array_equal(twin.predict_proba(X), e.predict_proba(X))
    np.testing.assert_array_equal(vectors_of(twin), MATRIX)
    with pytest.raises(ValueError, match="but embedding_matrix changed"):
        twin.set_params(embedding_matrix=MATRIX + 1).fit(X, Y)


def test_a_clone_has_vectors_of_its_own():
    e = classifier(fasttext, embedding_matrix=MATRIX.copy())
    twin = clone(e)
    assert twin.get_params()["embedding_matrix"] is not e.embedding_matrix
    twin.embedding_matrix[:] = 0
    np.testing.assert_array_equal(e.embedding_matrix, MATRIX)


@pytest.mark.slow
def test_two_matrices_in_graphs_that_are_kept():
    one = classifier(text_cnn, embedding_matrix=MATRIX, embedding_trainable=False)
    others = [clone(one) for _ in range(3)]
    others[1].set_params(embedding_matrix=-MATRIX)
    others[2].set_params(embedding_trainable=True)
    results = [e.fit(X, Y).predict_proba(X) for e in (one, *others)]
    np.testing.assert_array_equal(results[0], results[1])
    assert not np.allclose(results[0], results[2])
    assert not np.allclose(results[0], results[3])
    np.testing.assert_array_equal(vectors_of(others[1]), -MATRIX)


#: Of other processes there is one, with a single fit: each starts TensorFlow.
SEARCHED = {
    "here": ([None, MATRIX], [True, False], {"cv": 2}),
    "elsewhere": (
        [MATRIX],
        [False],
        {"cv": [(np.arange(12), np.arange(12, 24))], "n_jobs": 2},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("matrices", "trainable", "how"), SEARCHED.values(), ids=SEARCHED
)
def test_a_search_over_vectors(matrices, trainable, how):
    grid = {"embedding_matrix": matrices, "embedding_trainable": trainable}
    search = GridSearchCV(classifier(fasttext), grid, error_score="raise", **how)
    search.fit(X, Y)
    assert len(search.cv_results_["params"]) == len(matrices) * len(trainable)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    best = search.best_params_["embedding_matrix"]
    shape = vectors_of(search.best_estimator_).shape
    assert shape == ((9, 50) if best is None else (9, 4))


def test_repr_with_vectors():
    assert "embedding_matrix=array(" in repr(classifier(lstm, embedding_matrix=MATRIX))


# --- blocks of convolutions ------------------------------------------------


def test_the_tutorials_network():
    model = text_cnn(
        (1000,),
        "multiclass",
        1,
        20,
        vocabulary_size=200,
        embedding_dim=100,
        filters=(128, 128, 128),
        kernel_sizes=5,
        hidden=128,
        dropout=0,
    )
    found = [
        layer.output.shape[1:]
        for layer in model.layers
        if isinstance(layer, layers.Conv1D)
    ]
    # The tutorial's 996, 195 and 35: here convolutions reach over the ends.
    assert found == [(1000, 128), (200, 128), (40, 128)]
    dense = [la.units for la in model.layers if isinstance(la, layers.Dense)]
    assert dense == [128, 20]
    n = 200 * 100 + (5 * 100 + 1) * 128 + 2 * (5 * 128 + 1) * 128
    assert model.count_params() == n + 129 * 128 + 129 * 20


@pytest.mark.parametrize("n_steps", [1, 2, 4, 5, 6, 30, None])
@pytest.mark.parametrize("mask_zero", [True, False])
def test_blocks_fit_texts_of_any_length(n_steps, mask_zero):
    model = text_cnn(
        (n_steps,), *BINARY, 9, 3, (2, 3, 2), (2, 5), 5, 0, mask_zero=mask_zero
    )
    rows = RNG.randint(1, 9, size=(2, n_steps or 13))
    assert np.isfinite(model(rows)).all()
    convolutions = [la for la in model.layers if isinstance(la, layers.Conv1D)]
    assert len(convolutions) == 6


@pytest.mark.parametrize(
    "params",
    [
        {"filters": 0},
        {"filters": 8.0},
        {"filters": []},
        {"filters": (4, 2.5)},
        {"kernel_sizes": ()},
    ]
    + [{"kernel_sizes": -1}, {"pool_size": 0}, {"pool_size": 2.0}],
    ids=str,
)
def test_blocks_that_are_none(params):
    (name,) = params
    with pytest.raises(ValueError, match=f"text_cnn needs {name} of one positive"):
        text_cnn((6,), *BINARY, 9, **params)


def test_one_block_in_a_list_is_one():
    counts = [
        text_cnn((6,), *BINARY, 9, filters=filters).count_params()
        for filters in (4, [4], (4,), np.array([4]))
    ]
    assert len(set(counts)) == 1


@pytest.mark.parametrize("pool_size", [1, 2, 3])
def test_pooling_keeps_the_largest(pool_size):
    model = text_cnn(
        (None,), *BINARY, 9, 2, (1, 1), 1, pool_size, 0, 0.0, mask_zero=True
    )
    rng = np.random.RandomState(1)
    model.set_weights([rng.rand(*w.shape) for w in model.get_weights()])
    table, w1, b1, w2, b2, w3, b3 = model.get_weights()
    text = np.array([3, 1, 4, 1, 5, 2, 6])
    x = np.maximum(table[text] @ w1[0] + b1, 0)
    parts = [x[i : i + pool_size].max(axis=0) for i in range(0, 7, pool_size)]
    x = np.maximum(np.array(parts) @ w2[0] + b2, 0).max(axis=0)
    expected = 1 / (1 + np.exp(-(x @ w3 + b3)))
    np.testing.assert_allclose(model(text[None])[0], expected, rtol=1e-5)
    # Padding at the end makes no difference.
    padded = np.r_[text, [0] * 8]
    np.testing.assert_allclose(model(padded[None])[0], expected, rtol=1e-5)


@pytest.mark.slow
def test_blocks_read_sequences_of_unequal_length():
    texts = [row[: 1 + i % 6].tolist() for i, row in enumerate(X)]
    e = classifier(text_cnn, filters=(3, 2), pool_size=2).fit(texts, Y)
    alone = np.vstack([e.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(e.predict_proba(texts), alone, rtol=1e-5)


@pytest.mark.slow
def test_blocks_find_a_phrase_in_a_long_text():
    rng = np.random.RandomState(0)
    y = np.arange(80) % 2
    rows = rng.randint(3, 20, size=(80, 60))
    at = rng.randint(59, size=80)
    rows[np.arange(80), at], rows[np.arange(80), at + 1] = 1 + y, 2 - y
    e = KerasClassifier(
        "text_cnn", filters=(16, 16), kernel_sizes=3, dropout=0.0, epochs=25
    )
    e.set_params(random_state=0, optimizer__learning_rate=0.02).fit(rows, y)
    assert e.score(np.roll(rows, 3, axis=1), y) > 0.9


def test_builders_are_called_without_an_estimator():
    assert lstm((6,), *BINARY, vocabulary_size=9).output_shape == (None, 1)
    with pytest.raises(ValueError, match=r"text_cnn needs vocabulary_size.*Got None\."):
        text_cnn((6,), *BINARY)
    with pytest.raises(ValueError, match=r"lstm needs sequences.*rows of integers"):
        lstm((6,), *BINARY)
