"""TextTokenizer and HashingTokenizer, against Keras' tokenizer of old."""

import pickle
from itertools import count

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sk_keras import KerasClassifier
from sk_keras.preprocessing import (
    HashingTokenizer,
    SequencePadder,
    SequencesToMatrix,
    TextTokenizer,
    hashing_trick,
)
from sk_keras.preprocessing._text import hashes
from tests.preprocessing.references import old_text

from .text_corpora import FILTER_CHOICES, OOV, SPLITS, corpora

TEXTS = ["The cat sat on the mat.", "The dog sat!", ""]

MATRICES = ["binary", "count", "tfidf", "freq"]


@st.composite
def options(draw):
    """Draw parameters that both have; num_words is often below the vocabulary."""
    oov = draw(st.sampled_from([None, OOV]))
    least = 1 if oov is None else 2
    return {
        "num_words": draw(st.one_of(st.none(), st.integers(least, 8))),
        "filters": draw(st.sampled_from(FILTER_CHOICES)),
        "lower": draw(st.booleans()),
        "split": draw(st.sampled_from(SPLITS)),
        "char_level": draw(st.booleans()),
        "oov_token": oov,
    }


def fitted(corpus, **params):
    """Fit both, ours and the reference."""
    reference = old_text().Tokenizer(**params)
    reference.fit_on_texts(corpus)
    return TextTokenizer(**params).fit(corpus), reference


def same_vocabulary(ours, reference):
    assert ours.word_index_ == reference.word_index
    assert list(ours.word_index_) == list(reference.word_index)
    assert ours.index_word_ == reference.index_word
    assert list(ours.word_counts_.items()) == list(reference.word_counts.items())
    assert ours.word_docs_ == reference.word_docs
    assert ours.document_count_ == reference.document_count


def same_matrices(ours, reference, corpus):
    for mode in MATRICES:
        expected = reference.texts_to_matrix(corpus, mode)
        ours.set_params(output=mode, sparse_output=False)
        dense = ours.transform(corpus)
        assert dense.dtype == expected.dtype
        np.testing.assert_allclose(dense, expected, rtol=1e-14, err_msg=mode)
        csr = ours.set_params(sparse_output=True).transform(corpus)
        np.testing.assert_array_equal(csr.toarray(), dense)
        assert csr.has_canonical_format and csr.nnz == (expected != 0).sum()


@pytest.mark.slow
@settings(max_examples=500, derandomize=True, deadline=None)
@given(train=corpora, more=corpora, params=options())
def test_it_is_the_reference(train, more, params):
    ours, reference = fitted(train, **params)
    same_vocabulary(ours, reference)
    corpus = train + more
    sequences = reference.texts_to_sequences(corpus)
    assert ours.transform(corpus) == sequences
    texts = reference.sequences_to_texts(sequences)
    assert ours.inverse_transform(sequences) == texts
    largest = max((max(sequence, default=0) for sequence in sequences), default=0)
    assert largest < ours.vocabulary_size_ <= len(ours.word_index_) + 1
    if reference.word_index or params["num_words"]:
        same_matrices(ours, reference, corpus)


@pytest.mark.slow
@settings(max_examples=200, derandomize=True, deadline=None)
@given(train=corpora, more=corpora, params=options())
def test_partial_fit_is_that_of_the_reference(train, more, params):
    ours, reference = fitted(train, **params)
    reference.fit_on_texts(more)
    same_vocabulary(ours.partial_fit(more), reference)
    assert ours.transform(more) == reference.texts_to_sequences(more)
    if reference.word_index:
        same_matrices(ours, reference, more)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(corpus=corpora, params=options(), unseen=st.lists(st.integers(1, 30)))
def test_json_goes_both_ways(corpus, params, unseen):
    params["filters"] = list(params["filters"])  # JSON has no tuples
    ours, reference = fitted(corpus, **params)
    theirs = old_text().tokenizer_from_json(ours.to_json())
    assert theirs.get_config() == {
        **reference.get_config(),
        # Keras counts the words of a text in no particular order.
        "word_docs": theirs.get_config()["word_docs"],
        "index_docs": theirs.get_config()["index_docs"],
    }
    assert theirs.word_docs == reference.word_docs
    assert theirs.index_docs == reference.index_docs
    back = TextTokenizer.from_json(reference.to_json(indent=1))
    assert back.get_params() == ours.get_params()
    same_vocabulary(back, reference)
    assert back.transform(corpus) == ours.transform(corpus)
    # Indices of no word, and such as num_words leaves out.
    expected = reference.sequences_to_texts([unseen])
    assert back.inverse_transform([unseen]) == expected


TIES = ["b a", "c b", "a c d"]


@pytest.mark.parametrize(
    ("params", "sequences", "size"),
    [
        ({}, [[1, 2], [3, 1], [2, 3, 4]], 5),
        ({"num_words": 3}, [[1, 2], [1], [2]], 3),
        ({"num_words": 1}, [[], [], []], 1),
        ({"num_words": 99}, [[1, 2], [3, 1], [2, 3, 4]], 5),
        ({"oov_token": "-"}, [[2, 3], [4, 2], [3, 4, 5]], 6),
        ({"oov_token": "-", "num_words": 3}, [[2, 1], [1, 2], [1, 1, 1]], 3),
        ({"oov_token": "-", "num_words": 2}, [[1, 1], [1, 1], [1, 1, 1]], 2),
    ],
)
def test_ranks_and_limits(params, sequences, size):
    ours, reference = fitted(TIES, **params)
    assert ours.transform(TIES) == sequences == reference.texts_to_sequences(TIES)
    assert ours.vocabulary_size_ == size
    assert all(type(i) is int for sequence in sequences for i in sequence)


def test_an_oov_token_among_the_words_keeps_index_1():
    tokenizer = TextTokenizer(oov_token="a").fit(["a b b", "a c"])
    assert tokenizer.word_index_ == {"a": 1, "b": 2, "c": 3}
    assert tokenizer.transform(["a b x"]) == [[1, 2, 1]]
    assert tokenizer.vocabulary_size_ == 4


def test_texts_without_words():
    tokenizer = TextTokenizer().fit(["", " ."])
    assert tokenizer.word_index_ == {}
    assert tokenizer.transform(["a", ""]) == [[], []]
    assert tokenizer.vocabulary_size_ == 1
    matrix = tokenizer.set_params(output="tfidf").transform(["a", ""])
    np.testing.assert_array_equal(matrix, [[0.0], [0.0]])
    assert tokenizer.transform([]).shape == (0, 1)
    assert tokenizer.set_params(output="sequences").transform([]) == []


class Text(str):
    """A str, as NumPy has its own."""


@pytest.mark.parametrize(
    "X",
    [
        tuple(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        np.array(TEXTS)[:, None],
        pd.Series(TEXTS, index=[5, 3, 4]),
        pd.Series(TEXTS, dtype="category"),
        pd.Series(TEXTS, dtype="string"),
        pd.DataFrame({"text": TEXTS}),
        iter(TEXTS),
        (text for text in TEXTS),
        list(map(Text, TEXTS)),
        [("the", "cat", "sat", "on", "the", "mat"), ["the", "dog", "sat"], ()],
    ],
    ids=lambda X: type(X).__name__,
)
def test_containers(X):
    reused = X if hasattr(X, "__len__") else TEXTS
    expected = TextTokenizer().fit(TEXTS)
    assert TextTokenizer().fit(X).word_index_ == expected.word_index_
    assert expected.transform(reused) == expected.transform(TEXTS)


def test_a_long_iterator_is_read_in_batches():
    texts = [f"w{i % 7} w{i % 3}" for i in range(2500)]
    tokenizer = TextTokenizer().fit(iter(texts))
    same_vocabulary(tokenizer, fitted(texts)[1])
    assert tokenizer.transform(iter(texts)) == tokenizer.transform(texts)
    sequences = TextTokenizer().fit_transform(iter(texts))
    assert sequences == tokenizer.transform(texts)


def test_iter_transform_reads_one_text_for_each_sequence():
    tokenizer = TextTokenizer(output="binary").fit(TEXTS)
    endless = (f"cat {i}" for i in count())
    sequences = tokenizer.iter_transform(endless)
    assert [next(sequences), next(sequences)] == [[3], [3]]
    assert next(endless) == "cat 2"
    assert list(tokenizer.iter_transform(TEXTS)) == [[1, 3, 2, 4, 1, 5], [1, 6, 2], []]


MISSING = [None, float("nan"), np.float64("nan"), pd.NA, pd.NaT]


@pytest.mark.parametrize("value", MISSING, ids=str)
@pytest.mark.parametrize("method", ["fit", "partial_fit", "transform", "fit_transform"])
@pytest.mark.parametrize("tokenizer", [TextTokenizer(), HashingTokenizer(9)])
def test_missing_texts_are_named(tokenizer, method, value):
    tokenizer = clone(tokenizer).fit(TEXTS)
    if isinstance(tokenizer, HashingTokenizer) and method in ("fit", "partial_fit"):
        method = "transform"  # to fit, it reads nothing
    before = pickle.dumps(tokenizer)
    with pytest.raises(ValueError, match="X has missing texts in rows 1, 3. Fill them"):
        getattr(tokenizer, method)(pd.Series(["a", value, "b", value], dtype=object))
    assert pickle.dumps(tokenizer) == before


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ("a text", "Iterable over raw text documents expected, string object rec"),
        (b"a text", "string object received"),
        (None, "Expected array-like .* of texts, got None"),
        (5, "Expected array-like .* of texts, got 5"),
        ([], "X has no texts"),
        (iter([]), "X has no texts"),
        (pd.Series([], dtype=object), "X has no texts"),
        ([1, "a", 2.5], "Got others in rows 0, 2: row 0 is 1 of type int"),
        (["a", b"b"], "Got others in row 1: row 1 is b'b' of type bytes"),
        (["a", ["b", 1]], "row 1 is a list with 1 of type int"),
        (["a", ["b", None]], "row 1 is a list with None of type NoneType"),
        (list(range(9)), "in rows 0, 1, 2, 3, 4 and 4 more"),
        (np.ones((2, 3)), r"1-D array of texts. Got an array of shape \(2, 3\)"),
        (np.array("a"), r"1-D array of texts. Got an array of shape \(\)"),
        (
            pd.DataFrame({"a": ["x"], "b": ["y"]}),
            "one column of texts. Got a DataFrame with 2 columns: 'a', 'b'",
        ),
        (pd.DataFrame(index=[0, 1]), "Got a DataFrame with 0 columns"),
        ({"a": 1}, "texts in order: .* Got dict"),
        ({"a", "b"}, "texts in order: .* Got set"),
        (sparse.eye(2, format="csr"), "texts in order: .* Got csr_"),
        ((t for t in ["a", None]), "missing texts in row 1."),
        (iter(["a"] * 1500 + [None]), "missing texts in row 1500."),
    ],
)
def test_what_is_no_collection_of_texts(X, message):
    with pytest.raises(ValueError, match=message):
        TextTokenizer().fit(X)


@pytest.mark.parametrize(
    ("tokenizer", "message"),
    [
        (TextTokenizer(0), "'num_words' parameter .* must be an int in the range"),
        (TextTokenizer(-1), "'num_words' parameter"),
        (TextTokenizer(2.5), "'num_words' parameter"),
        (TextTokenizer(1, oov_token="-"), "num_words=1 leaves no index for oov_token"),
        (TextTokenizer(output="onehot"), "'output' parameter .* must be a str among"),
        (TextTokenizer(filters=None), "'filters' parameter"),
        (TextTokenizer(filters=["ab"]), "single characters. Got 'ab'"),
        (TextTokenizer(filters=[["a"]]), r"single characters. Got \['a'\]"),
        (TextTokenizer(split=""), "split must be a str that is not empty"),
        (TextTokenizer(split=None), "'split' parameter"),
        (TextTokenizer(lower="yes"), "'lower' parameter"),
        (TextTokenizer(oov_token=1), "'oov_token' parameter"),
        (TextTokenizer(sparse_output=None), "'sparse_output' parameter"),
        (HashingTokenizer(1), "'n_features' parameter"),
        (HashingTokenizer(9, hash_function="sha"), "'hash_function' parameter"),
        (HashingTokenizer(9, output="tfidf"), "'output' parameter"),
        (HashingTokenizer(9, split=""), "split must be a str"),
    ],
)
def test_parameters_that_cannot_be(tokenizer, message):
    with pytest.raises(ValueError, match=message):
        tokenizer.fit(TEXTS)


def test_parameters_are_checked_after_fit_too():
    tokenizer = TextTokenizer().fit(TEXTS).set_params(output="onehot")
    with pytest.raises(ValueError, match="'output' parameter"):
        tokenizer.transform(TEXTS)
    with pytest.raises(ValueError, match="'output' parameter"):
        HashingTokenizer(9, output="onehot").transform(TEXTS)


@pytest.mark.parametrize("output", ["sequences", "count"])
def test_an_oov_token_without_an_index_after_fit(output):
    tokenizer = TextTokenizer(output=output).fit(TEXTS)
    tokenizer.set_params(oov_token="<oov>")
    with pytest.raises(
        ValueError, match="oov_token='<oov>' has no index, .* fit again"
    ):
        tokenizer.transform(["cat zebra"])
    tokenizer.fit(TEXTS).set_params(num_words=1)
    with pytest.raises(ValueError, match="num_words=1 leaves no index for oov_token"):
        tokenizer.transform(["cat zebra"])


@pytest.mark.parametrize(
    "use",
    [
        lambda t: t.transform(TEXTS),
        lambda t: t.iter_transform(TEXTS),
        lambda t: t.inverse_transform([[1]]),
        lambda t: t.to_json(),
        lambda t: t.vocabulary_size_,
        lambda t: t.set_params(output="count").get_feature_names_out(),
    ],
)
def test_not_fitted(use):
    with pytest.raises(NotFittedError):
        use(TextTokenizer())


def test_iter_transform_refuses_a_string_at_once():
    with pytest.raises(ValueError, match="string object received"):
        TextTokenizer().fit(TEXTS).iter_transform("cat")


def test_a_failed_fit_leaves_nothing():
    tokenizer = TextTokenizer()
    with pytest.raises(ValueError, match="missing"):
        tokenizer.fit(["a", None])
    with pytest.raises(NotFittedError):
        tokenizer.transform(["a"])


def test_inverse_transform_of_padded_sequences():
    tokenizer = TextTokenizer(oov_token="<oov>").fit(TEXTS)
    padded = np.array([[0, 0, 2, 4], [0, 1, 99, 3]], dtype=np.int32)
    expected = ["the cat", "<oov> <oov> sat"]
    assert tokenizer.inverse_transform(padded) == expected
    assert tokenizer.inverse_transform(padded.astype(float)) == expected
    assert tokenizer.inverse_transform(iter(padded)) == expected
    assert tokenizer.inverse_transform([]) == []
    assert tokenizer.inverse_transform([[], [3]]) == ["", "sat"]


@pytest.mark.parametrize("sparse_output", [False, True])
@pytest.mark.parametrize("output", MATRICES)
def test_inverse_transform_of_a_matrix(output, sparse_output):
    tokenizer = TextTokenizer(5, output=output, sparse_output=sparse_output)
    words = tokenizer.inverse_transform(tokenizer.fit_transform(TEXTS))
    assert [row.tolist() for row in words] == [
        ["the", "sat", "cat", "on"],
        ["the", "sat"],
        [],
    ]
    assert tokenizer.inverse_transform(tokenizer.transform([])) == []


def test_inverse_transform_refuses_another_form():
    tokenizer = TextTokenizer(5).fit(TEXTS)
    with pytest.raises(ValueError, match=r"must be integers. Row 0 has 0.5"):
        tokenizer.inverse_transform([[0.5, 1.0]])
    tokenizer.set_params(output="tfidf")
    with pytest.raises(ValueError, match="a matrix with 5 columns"):
        tokenizer.inverse_transform(np.ones((2, 4)))


def test_names_of_columns():
    tokenizer = TextTokenizer(9, output="count").fit(["b a b", ["<0>", ""]])
    names = tokenizer.get_feature_names_out()
    assert names.tolist() == ["<<0>>", "b", "a", "<0>", "", "<5>", "<6>", "<7>", "<8>"]
    assert names.dtype == object
    hashed = HashingTokenizer(3, output="count").get_feature_names_out()
    assert hashed.tolist() == [f"hashingtokenizer{i}" for i in range(3)]


@pytest.mark.parametrize(
    "tokenizer", [TextTokenizer(output="count"), HashingTokenizer(9, output="count")]
)
def test_tables(tokenizer):
    texts = pd.Series(TEXTS, index=[7, 8, 9])
    expected = clone(tokenizer).fit_transform(TEXTS)
    tokenizer = clone(tokenizer).set_output(transform="pandas")
    for table in (tokenizer.fit_transform(texts), tokenizer.transform(texts)):
        assert list(table.index) == [7, 8, 9]
        assert list(table.columns) == list(tokenizer.get_feature_names_out())
        np.testing.assert_array_equal(table.to_numpy(), expected)
    assert list(tokenizer.transform(TEXTS).index) == [0, 1, 2]
    with pytest.raises(ValueError, match="sparse"):
        tokenizer.set_params(sparse_output=True).transform(TEXTS)


def test_sequences_have_the_name_of_their_column():
    for tokenizer in (TextTokenizer(), HashingTokenizer(9)):
        names = tokenizer.fit(TEXTS).get_feature_names_out
        assert names().tolist() == [type(tokenizer).__name__.lower()]
        assert names("text").tolist() == names(["text"]).tolist() == ["text"]


@pytest.mark.parametrize("container", ["default", "pandas"])
def test_names_all_through(container):
    table = pd.DataFrame({"text": ["a b", "b c d"], "size": [1.0, 2.0]})
    columns = ColumnTransformer(
        [
            ("words", make_pipeline(TextTokenizer(), SequencePadder(3)), "text"),
            ("counts", TextTokenizer(output="count"), "text"),
            ("rest", "passthrough", ["size"]),
        ]
    ).set_output(transform=container)
    made = columns.fit_transform(table)
    names = [f"words__text_{i}" for i in range(3)]
    names += [
        f"counts__{name}"
        for name in columns.transformers_[1][1].get_feature_names_out()
    ]
    names += ["rest__size"]
    assert columns.get_feature_names_out().tolist() == names
    if container == "pandas":
        assert list(made.columns) == names


@pytest.mark.parametrize("tokenizer", [TextTokenizer(), HashingTokenizer(9)])
def test_sequences_are_a_series_where_pandas_is_asked_for(tokenizer):
    expected = clone(tokenizer).fit_transform(TEXTS)
    asked = clone(tokenizer).set_output(transform="pandas").set_output()
    for texts in (pd.Series(TEXTS, [5, 3, 4]), pd.DataFrame({"a": TEXTS}, [5, 3, 4])):
        series = asked.fit_transform(texts)
        assert series.tolist() == asked.transform(texts).tolist() == expected
        assert series.index.tolist() == [5, 3, 4]
    with config_context(transform_output="pandas"):
        series = clone(tokenizer).fit_transform(iter(TEXTS))
    assert series.tolist() == expected and series.index.tolist() == [0, 1, 2]
    table = clone(asked).set_params(output="count").fit_transform(TEXTS)
    assert isinstance(table, pd.DataFrame)
    assert asked.set_output(transform="default").transform(TEXTS) == expected
    assert asked.set_output(transform="polars").transform(TEXTS) == expected


@pytest.mark.slow
def test_sequences_within_pipelines_that_give_tables():
    frame = pd.DataFrame({"text": TEXTS, "n": [1, 2, 3]}, index=[2, 1, 0])
    steps = make_pipeline(TextTokenizer(), SequencesToMatrix(mode="count"))
    expected = clone(steps).fit_transform(TEXTS)
    table = clone(steps).set_output(transform="pandas").fit_transform(frame["text"])
    np.testing.assert_array_equal(table, expected)
    assert list(table.columns) == [f"sequencestomatrix{i}" for i in range(7)]
    columns = make_column_transformer((steps, "text"), ("passthrough", ["n"]))
    both = columns.set_output(transform="pandas").fit_transform(frame)
    np.testing.assert_array_equal(both.loc[frame.index].iloc[:, :7], expected)
    assert both.loc[frame.index].iloc[:, 7].tolist() == [1, 2, 3]
    model = KerasClassifier("fasttext", vocabulary_size=20, epochs=1, random_state=0)
    pipeline = make_pipeline(TextTokenizer(20), model).set_output(transform="pandas")
    expected = clone(pipeline).set_output(transform="default").fit(REVIEWS, KINDS)
    np.testing.assert_array_equal(
        pipeline.fit(pd.Series(REVIEWS), KINDS).predict_proba(REVIEWS),
        expected.predict_proba(REVIEWS),
    )


def test_json_of_keras_with_an_oov_token_among_the_words():
    reference = old_text().Tokenizer(3, oov_token="a")
    reference.fit_on_texts(["b a b a b c"])
    tokenizer = TextTokenizer.from_json(reference.to_json())
    assert tokenizer.word_index_ == {"a": 3, "b": 2, "c": 4}
    assert tokenizer.transform(["b c a"]) == [[2, 3, 3]]
    assert tokenizer.vocabulary_size_ == 4  # index 3 is given, whatever num_words is
    assert tokenizer.partial_fit(["b"]).word_index_ == {"a": 1, "b": 2, "c": 3}
    assert tokenizer.vocabulary_size_ == 3


def test_json_of_a_tokenizer_of_keras_that_counted_sequences():
    reference = old_text().Tokenizer(oov_token="-")
    reference.fit_on_texts(["a b", "a"])
    reference.fit_on_sequences([[1, 2], [2], [7]])
    tokenizer = TextTokenizer.from_json(reference.to_json())
    assert tokenizer.document_count_ == 5
    assert tokenizer.word_docs_ == {"-": 1, "a": 4, "b": 1}
    assert list(tokenizer.transform(["b c"])) == [[3, 1]]
    same_matrices(tokenizer, reference, ["a b a", "b c"])


def test_json_of_an_unfitted_tokenizer_of_keras():
    text = old_text().Tokenizer(num_words=0, split="--").to_json()
    tokenizer = TextTokenizer.from_json(text)
    assert tokenizer.get_params() == TextTokenizer(split="--").get_params()
    with pytest.raises(NotFittedError):
        tokenizer.transform(TEXTS)


def test_json_keeps_all_parameters():
    tokenizer = TextTokenizer(
        np.int64(5),
        filters=[",", "."],
        lower=False,
        split="--",
        char_level=True,
        oov_token="é",
        output="freq",
        sparse_output=True,
    ).fit(TEXTS)
    back = TextTokenizer.from_json(tokenizer.to_json(ensure_ascii=False))
    assert back.get_params() == tokenizer.get_params()
    expected = tokenizer.transform(TEXTS).toarray()
    np.testing.assert_array_equal(back.transform(TEXTS).toarray(), expected)
    assert back.partial_fit(TEXTS).document_count_ == 6


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "3", '{"config": {}}', '{"config": null}', None]
)
def test_what_is_no_json_of_a_tokenizer(text):
    with pytest.raises(ValueError, match="not the JSON of a tokenizer"):
        TextTokenizer.from_json(text)


def test_json_with_an_impossible_index():
    text = TextTokenizer().fit(["a"]).to_json()
    for wrong in ("0", "-1", "null", r"\"1\""):
        with pytest.raises(ValueError, match="not a positive int"):
            TextTokenizer.from_json(text.replace(r"{\"a\": 1}", rf"{{\"a\": {wrong}}}"))


def test_fit_forgets_and_partial_fit_remembers():
    tokenizer = TextTokenizer().partial_fit(["a b"]).partial_fit(["b"])
    assert tokenizer.word_index_ == {"b": 1, "a": 2}
    assert tokenizer.word_counts_ == {"a": 1, "b": 2}
    copy = pickle.loads(pickle.dumps(tokenizer))
    assert copy.partial_fit(["a a"]).word_index_ == {"a": 1, "b": 2}
    assert tokenizer.fit(["c"]).word_index_ == {"c": 1}
    assert tokenizer.document_count_ == 1


@pytest.mark.slow
@settings(max_examples=100, derandomize=True, deadline=None)
@given(corpus=corpora, params=options(), n=st.integers(2, 20))
def test_hashes_are_those_of_the_function(corpus, params, n):
    keep = {"filters", "lower", "split"}
    how = {name: value for name, value in params.items() if name in keep}
    corpus = [text for text in corpus if isinstance(text, str)]
    tokenizer = HashingTokenizer(n, **how)
    expected = [hashing_trick(text, n, **how) for text in corpus]
    assert tokenizer.transform(corpus) == expected
    assert list(tokenizer.iter_transform(corpus)) == expected
    for mode in ("binary", "count", "freq"):
        counts = np.array([np.bincount(row, minlength=n) for row in expected])
        counts = counts.reshape(len(corpus), n)
        lengths = np.maximum(counts.sum(axis=1, keepdims=True), 1)
        matrix = {"binary": counts > 0, "count": counts, "freq": counts / lengths}[mode]
        tokenizer = HashingTokenizer(n, output=mode, sparse_output=True, **how)
        np.testing.assert_array_equal(tokenizer.transform(corpus).toarray(), matrix)


def test_hashing_words_and_characters():
    words = HashingTokenizer(50).transform([["The", "cat"], "the cat"])
    assert words[0] == words[1] == hashing_trick("the cat", 50)
    characters = HashingTokenizer(50, char_level=True).transform(["a."])
    assert characters == [
        [*hashing_trick("a", 50), *hashing_trick(".", 50, filters="")]
    ]
    lengths = HashingTokenizer(50, hash_function=len).transform(["a bb ccc"])
    assert lengths == [[2, 3, 4]]


@pytest.mark.parametrize("output", MATRICES)
def test_a_wide_matrix_is_never_dense(output):
    tokenizer = TextTokenizer(2**40, output=output, sparse_output=True)
    if output != "tfidf":
        tokenizer = HashingTokenizer(2**40, output=output, sparse_output=True)
    assert tokenizer.fit(TEXTS).transform(TEXTS).shape == (3, 2**40)


def test_texts_of_an_iterator_are_hashed_while_it_is_read():
    hashed = []

    def texts():
        yield from (f"w{i}" for i in range(3000))
        assert "w0" in hashed
        yield "end"

    tokenizer = HashingTokenizer(50, hash_function=lambda w: hashed.append(w) or 7)
    assert tokenizer.fit_transform(texts()) == [[8]] * 3001


def test_hashes_that_are_kept_are_not_ever_more(monkeypatch):
    monkeypatch.setattr(hashes, "_KEPT", 10)
    table = hashes.HashTable(50, "md5")
    words = [f"w{i}" for i in range(25)] * 2
    assert table.hashes(words) == hashing_trick(" ".join(words), 50)
    assert 0 < len(table) <= 10


REVIEWS = ["a good film", "good, fine", "fine!", "so bad", "a bad film", "poor"] * 5
KINDS = np.array(["good", "good", "good", "bad", "bad", "bad"] * 5)


@pytest.mark.slow
def test_a_search_in_two_processes():
    pipeline = make_pipeline(
        TextTokenizer(output="tfidf", sparse_output=True), LogisticRegression()
    )
    grid = {"texttokenizer__num_words": [2, 20]}
    scores = [
        GridSearchCV(pipeline, grid, cv=2, n_jobs=n_jobs, error_score="raise")
        .fit(X, KINDS)
        .cv_results_["mean_test_score"]
        for X, n_jobs in [(REVIEWS, 1), (np.array(REVIEWS), 1), (pd.Series(REVIEWS), 2)]
    ]
    np.testing.assert_array_equal(scores[0], scores[1])
    np.testing.assert_array_equal(scores[0], scores[2])
    assert scores[0].max() == 1 > scores[0].min()


@pytest.mark.slow
def test_sequences_go_into_a_keras_model():
    model = KerasClassifier("fasttext", vocabulary_size=20, epochs=2, random_state=0)
    pipeline = make_pipeline(TextTokenizer(num_words=20), model).fit(REVIEWS, KINDS)
    texts = [*REVIEWS[:6], ""]
    expected = pipeline.predict_proba(texts)
    assert expected.shape == (7, 2)
    copied = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(copied.predict_proba(texts), expected)
    one = pipeline.predict_proba(["a good film"])
    np.testing.assert_allclose(one, expected[:1], rtol=1e-5)


def test_tables_where_all_transformers_are_to_give_them():
    with config_context(transform_output="pandas"):
        table = TextTokenizer(output="count").fit_transform(["a b"])
    assert list(table.columns) == ["<0>", "a", "b"]
