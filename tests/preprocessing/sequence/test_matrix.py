"""SequencesToMatrix, against the tokenizer that Keras had."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.exceptions import NotFittedError

from sk_keras.preprocessing import SequencesToMatrix, TextTokenizer
from tests.preprocessing.references import old_text

MODES = ["binary", "count", "tfidf", "freq"]

sequence_lists = st.lists(st.lists(st.integers(0, 12), max_size=8), min_size=1)


def same(ours, expected):
    assert ours.dtype == expected.dtype
    np.testing.assert_allclose(ours, expected, rtol=1e-14)


@pytest.mark.slow
@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    train=sequence_lists,
    more=sequence_lists,
    other=sequence_lists,
    num_words=st.one_of(st.none(), st.integers(1, 14)),
)
def test_it_is_the_reference(train, more, other, num_words):
    largest = max((i for sequence in train + more for i in sequence), default=0)
    reference = old_text().Tokenizer(num_words or largest + 1)
    reference.fit_on_sequences(train)
    reference.fit_on_sequences(more)
    for mode in MODES:
        ours = SequencesToMatrix(num_words, mode=mode).fit(train).partial_fit(more)
        expected = reference.sequences_to_matrix(other, mode)
        same(ours.transform(other), expected)
        csr = ours.set_params(sparse_output=True).transform(other)
        same(csr.toarray(), expected)
        assert csr.has_canonical_format and csr.nnz == (expected != 0).sum()


SEQUENCES = [[1, 2, 1], [3], []]


def test_attributes():
    matrix = SequencesToMatrix().fit(SEQUENCES)
    assert (matrix.num_words_, matrix.document_count_) == (4, 3)
    assert matrix.index_docs_.tolist() == [0, 1, 1, 1]
    matrix.partial_fit([[1, 6, 6]])
    assert (matrix.num_words_, matrix.document_count_) == (7, 4)
    assert matrix.index_docs_.tolist() == [0, 2, 1, 1, 0, 0, 1]
    names = [f"sequencestomatrix{i}" for i in range(7)]
    assert matrix.get_feature_names_out().tolist() == names
    matrix.set_params(num_words=3).partial_fit([[2, 9]])
    assert matrix.index_docs_.tolist() == [0, 2, 2]
    assert matrix.fit([[1]]).index_docs_.tolist() == [0, 1, 0]


def test_indices_beyond_fit_are_left_out_but_count_for_the_length():
    matrix = SequencesToMatrix(mode="freq").fit(SEQUENCES)
    assert matrix.transform([[1, 9, 9, 3]]).tolist() == [[0, 0.25, 0, 0.25]]


def test_padding_is_index_0():
    padded = np.array([[0, 0, 1, 2], [0, 3, 3, 3]], dtype=np.int32)
    matrix = SequencesToMatrix(mode="count").fit_transform(padded)
    assert matrix.tolist() == [[2, 1, 1, 0], [1, 0, 0, 3]]


def objects(rows):
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


@pytest.mark.parametrize(
    "X",
    [
        tuple(SEQUENCES),
        [tuple(sequence) for sequence in SEQUENCES],
        [np.array(sequence, dtype=np.int32) for sequence in SEQUENCES],
        [np.array(sequence, dtype=float) for sequence in SEQUENCES],
        objects(SEQUENCES),
        pd.Series(SEQUENCES),
        iter(SEQUENCES),
    ],
)
def test_containers(X):
    matrix = SequencesToMatrix(mode="count").fit_transform(X)
    assert matrix.tolist() == [[0, 2, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    "X", [np.uint8([[1, 2], [3, 0]]), np.float32([[1, 2], [3, 0]]), [[1, 2], [3, 0]]]
)
def test_equal_lengths(X):
    matrix = SequencesToMatrix().fit_transform(X)
    assert matrix.tolist() == [[0, 1, 1, 0], [1, 0, 0, 1]]
    table = SequencesToMatrix().set_output(transform="pandas").fit_transform(X)
    np.testing.assert_array_equal(table, matrix)
    assert list(table.columns) == [f"sequencestomatrix{i}" for i in range(4)]


def test_sequences_without_steps():
    matrix = SequencesToMatrix(mode="tfidf").fit([[], []])
    assert matrix.transform([[], [5]]).tolist() == [[0.0], [0.0]]
    assert matrix.transform([]).shape == (0, 1)


@pytest.mark.parametrize("output", MODES)
def test_texts_by_two_steps_or_one(output):
    texts = ["a b a", "b c", ""]
    sequences = TextTokenizer().fit_transform(texts)
    expected = TextTokenizer(output=output).fit_transform(texts)
    same(SequencesToMatrix(mode=output).fit_transform(sequences), expected)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([], "X has no sequences"),
        (np.zeros((0, 3), int), "X has no sequences"),
        ([[1], [2, -1]], "indices from 0. Row 1 has -1 in it"),
        (np.array([[1, -7]]), "indices from 0. Row 0 has -7 in it"),
        ([[1], [], [0.5]], "must be integers. Row 2 has 0.5"),
        ([[1], [np.nan]], "must be integers. Row 1 has nan"),
        ([[1], [[2]]], "single numbers|one kind"),
        ([[1, [2]]], "numbers, or vectors of one length|numbers of at most 64 bits"),
        ([[1], ["a"]], "numbers"),
        ([1, 2], "Row 0 is 1"),
        (["a b"], "turn texts into sequences of indices first"),
        ([[1], None], "Row 1 is None"),
        ([[2**70]], "at most 64 bits"),
        ([[2**64 - 1]], "indices from 0|at most"),
        (np.zeros((2, 3, 4), int), "single numbers"),
    ],
)
def test_what_is_no_collection_of_sequences(X, message):
    for method in ("fit", "fit_transform"):
        with pytest.raises(ValueError, match=message):
            getattr(SequencesToMatrix(), method)(X)


@pytest.mark.parametrize("X", [5, "a", None, {1: 2}, sparse.eye(3, format="csr")])
def test_what_is_no_collection(X):
    with pytest.raises(TypeError, match="X must be"):
        SequencesToMatrix().fit(X)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"num_words": 0}, "'num_words' parameter"),
        ({"num_words": -2}, "'num_words' parameter"),
        ({"num_words": "all"}, "'num_words' parameter"),
        ({"mode": "onehot"}, "'mode' parameter .* must be a str among"),
        ({"sparse_output": 2}, "'sparse_output' parameter"),
    ],
)
def test_parameters_that_cannot_be(params, message):
    with pytest.raises(ValueError, match=message):
        SequencesToMatrix(**params).fit(SEQUENCES)
    fitted = SequencesToMatrix().fit(SEQUENCES).set_params(**params)
    with pytest.raises(ValueError, match=message):
        fitted.transform(SEQUENCES)


def test_not_fitted():
    for use in (
        lambda m: m.transform(SEQUENCES),
        lambda m: m.get_feature_names_out(),
    ):
        with pytest.raises(NotFittedError):
            use(SequencesToMatrix())
