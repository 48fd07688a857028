"""`skipgrams` and `make_sampling_table`, beside the functions they take after."""

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sk_keras.preprocessing import make_sampling_table, skipgrams
from sk_keras.preprocessing._sequence import skipgrams as module
from tests.preprocessing.references import old_sequence

WORDS = st.lists(st.integers(0, 8), max_size=25)
#: The chance that a right program fails is this small, and seeds are fixed.
P_VALUE = 1e-3


def reference_skipgrams(words, size, *args, seed=0, **kwargs):
    """Call the reference, whose random state is the global one."""
    state = random.getstate()
    random.seed(seed)
    try:
        # Without a seed of its own it asks for one between 0 and a float.
        couples, labels = old_sequence().skipgrams(
            words, size, *args, seed=seed, **kwargs
        )
    finally:
        random.setstate(state)
    return np.array(couples, int).reshape(-1, 2), np.array(labels)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, derandomize=True)
@given(words=WORDS, window_size=st.integers(0, 30), categorical=st.booleans())
def test_pairs_and_order_of_the_reference(words, window_size, categorical):
    couples, labels = skipgrams(words, 9, window_size, 0, False, categorical)
    expected, expected_labels = reference_skipgrams(
        words, 9, window_size, 0, False, categorical
    )
    np.testing.assert_array_equal(couples, expected)
    np.testing.assert_array_equal(labels, expected_labels.reshape(labels.shape))


@pytest.mark.slow
@settings(max_examples=100, deadline=None, derandomize=True)
@given(words=WORDS, kept=st.lists(st.sampled_from([0.0, 1.0]), min_size=9, max_size=9))
def test_tables_without_chance_as_the_reference(words, kept):
    given = (words, 9, 2, 0, False, False, kept)
    couples, labels = skipgrams(*given)
    expected, expected_labels = reference_skipgrams(*given)
    np.testing.assert_array_equal(couples, expected)
    np.testing.assert_array_equal(labels, expected_labels)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    words=WORDS,
    negative_samples=st.sampled_from([0.3, 1, 2.5]),
    shuffle=st.booleans(),
    seed=st.integers(0, 99),
)
def test_random_pairs_have_the_words_of_the_near_ones(
    words, negative_samples, shuffle, seed
):
    couples, labels = skipgrams(
        words, 9, 3, negative_samples, shuffle, random_state=seed
    )
    near, _ = skipgrams(words, 9, 3, 0, False)
    far = couples[labels == 0]
    n_far = int(len(near) * negative_samples)
    assert len(far) == n_far
    assert ((far[:, 1] >= 1) & (far[:, 1] < 9)).all()
    # Each near word comes as often as it can, and no other.
    counts, had = (
        np.bincount(near[:, 0], minlength=9),
        np.bincount(far[:, 0], minlength=9),
    )
    turns = n_far // max(len(near), 1)
    assert (had >= counts * turns).all()
    assert (had <= counts * (turns + 1)).all()
    found = couples[labels == 1]
    if not shuffle:
        np.testing.assert_array_equal(found, near)
        assert (np.diff(labels) <= 0).all()
    np.testing.assert_array_equal(*(a[np.lexsort(a.T)] for a in (found, near)))


def test_chunks_make_no_difference(monkeypatch):
    words = np.random.RandomState(0).randint(0, 50, 500)
    whole, _ = skipgrams(words, 50, 5, 0, False)
    monkeypatch.setattr(module, "_CHUNK", 64)
    parts, _ = skipgrams(words, 50, 5, 0, False)
    np.testing.assert_array_equal(parts, whole)


# --- equal in distribution ------------------------------------------------------

ZIPF = np.random.RandomState(0).zipf(1.3, size=3000).clip(0, 20)


def test_random_words_are_uniform():
    couples, labels = skipgrams(ZIPF, 21, 2, 3.0, random_state=0)
    counts = np.bincount(couples[labels == 0, 1], minlength=21)
    assert counts[0] == 0
    assert stats.chisquare(counts[1:]).pvalue > P_VALUE


def test_a_part_of_the_words_that_gets_random_pairs_is_drawn():
    words = np.arange(1, 1001)
    couples, labels = skipgrams(words, 1001, 1, 0.1, False, random_state=0)
    chosen = couples[labels == 0, 0]
    assert len(chosen) == 199
    assert stats.kstest(chosen / 1001, "uniform").pvalue > P_VALUE


def test_random_pairs_are_distributed_as_those_of_the_reference():
    ours, labels = skipgrams(ZIPF, 21, 2, 2.0, random_state=0)
    theirs, their_labels = reference_skipgrams(ZIPF.tolist(), 21, 2, 2.0)
    tables = [
        np.bincount(c[y == 0] @ [21, 1], minlength=441)
        for c, y in ((ours, labels), (theirs, their_labels))
    ]
    seen = np.add(*tables) >= 10
    table = np.array([t[seen] for t in tables])
    assert seen.sum() > 300
    assert stats.chi2_contingency(table).pvalue > P_VALUE


def test_words_are_taken_by_the_table():
    table = np.linspace(0, 1, 21)
    couples, _ = skipgrams(
        np.tile(np.arange(1, 21), 2000), 21, 1, 0, False, False, table, random_state=0
    )
    taken = np.bincount(couples[:, 0], minlength=21)[1:] / 2
    p_values = [
        stats.binomtest(round(k), 2000, p).pvalue
        for k, p in zip(taken, table[1:], strict=True)
    ]
    assert min(p_values) > P_VALUE / 20
    assert abs(taken[-1] - 2000) <= 1  # of certainty, but for an end of the sequence


def test_table_is_used_as_by_the_reference():
    table = make_sampling_table(21, 0.05)
    ours, _ = skipgrams(ZIPF, 21, 2, 0, False, False, table, random_state=0)
    theirs, _ = reference_skipgrams(ZIPF.tolist(), 21, 2, 0, False, False, table)
    counts = [np.bincount(c[:, 0], minlength=21)[1:] for c in (ours, theirs)]
    # Pairs of a word come together: their number is counted in words.
    assert stats.chi2_contingency(np.array(counts) // 4 + 1).pvalue > P_VALUE


def test_order_is_random_and_labels_go_with_their_pairs():
    words = np.arange(1, 300)
    couples, labels = skipgrams(words, 10_000, 2, 1.0, random_state=0)
    near = np.abs(np.subtract(*couples.T)) <= 2
    assert (near[labels == 1]).all()
    assert near[labels == 0].mean() < 0.05
    places = np.flatnonzero(labels)
    assert stats.kstest(places / len(labels), "uniform").pvalue > P_VALUE


# --- random state ---------------------------------------------------------------


def test_random_state():
    table = make_sampling_table(21, 0.05)

    def draw(seed):
        return skipgrams(ZIPF, 21, sampling_table=table, random_state=seed)

    np.testing.assert_array_equal(draw(3)[0], draw(3)[0])
    again = draw(np.random.RandomState(3))
    np.testing.assert_array_equal(draw(3)[0], again[0])
    np.testing.assert_array_equal(draw(3)[1], again[1])
    assert len(draw(3)[0]) != len(draw(4)[0])


def test_global_random_state_is_left_alone():
    before = np.random.get_state()[1].copy(), random.getstate()
    skipgrams([1, 2, 3], 5, random_state=0)
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])
    assert random.getstate() == before[1]


# --- forms ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        (1, 2, 0, 3),
        np.array([1, 2, 0, 3], "uint8"),
        pd.Series([1, 2, 0, 3], index=list("abcd")),
        np.array([1, 2, 0, 3], object),
        iter([1, 2, 0, 3]),
    ],
    ids=["tuple", "uint8", "series", "objects", "iterator"],
)
def test_forms_of_sequences(words):
    couples, labels = skipgrams(words, 4, 2, 0, False)
    assert couples.tolist() == [[1, 2], [2, 1], [2, 3], [3, 2]]
    assert (couples.dtype, labels.dtype) == ("int32", "int32")


@pytest.mark.parametrize("words", [[], [3], [0, 0], [0, 3, 0], ()], ids=str)
def test_nothing_to_pair(words):
    couples, labels = skipgrams(words, 4)
    assert (couples.shape, labels.shape) == ((0, 2), (0,))
    assert skipgrams(words, 4, categorical=True)[1].shape == (0, 2)


def test_large_vocabularies():
    couples, _ = skipgrams([1, 2**31 + 5], 2**31 + 6, 1, 0, False)
    assert couples.tolist() == [[1, 2**31 + 5], [2**31 + 5, 1]]


def test_zeros_between_sequences_keep_them_apart():
    first, second = [1, 2, 3], [4, 5, 6, 7]
    together, _ = skipgrams([*first, 0, 0, *second], 8, 2, 0, False)
    apart = [skipgrams(words, 8, 2, 0, False)[0] for words in (first, second)]
    np.testing.assert_array_equal(together, np.concatenate(apart))


# --- bad input ------------------------------------------------------------------

WRONG = {
    "beyond": (
        [1, 4, 3],
        {},
        "from 0 to vocabulary_size - 1, .* 3. Got 4 at position 1",
    ),
    "below": ([1, 2, -3], {}, "Got -3 at position 2"),
    "nested": ([[[1, 2], [3, 1]]], {}, "sequences of indices, not of more axes"),
    "matrix": (np.ones((2, 2), int), {}, "or a list of sequences. Got 2 axes"),
    "scalar": (3, {}, "or a list of sequences. Got 0 axes"),
    "no random one": ([1, 2, 3, 1], {"avoid_near": True}, "word 1 is near every word"),
    "floats": ([1.0, 2.0], {}, "must be integers.*float64"),
    "words": (["a", "b"], {}, "must be integers"),
    "missing": ([1, None], {}, "must be integers"),
    "window": ([1], {"window_size": -1}, "'window_size'"),
    "half a window": ([1], {"window_size": 1.5}, "'window_size'"),
    "negative": ([1], {"negative_samples": -0.5}, "'negative_samples'"),
    "vocabulary": ([], {"vocabulary_size": 0}, "'vocabulary_size'"),
    "short table": ([1], {"sampling_table": [0.5] * 3}, r"shape \(4,\). Got .*\(3,\)"),
    "table": ([1], {"sampling_table": np.ones((4, 2))}, r"Got the shape \(4, 2\)"),
    "ragged table": ([1], {"sampling_table": [[1], [1, 2]]}, "one probability for"),
    "huge": ([1], {"vocabulary_size": 2**63 + 1}, "'vocabulary_size'"),
    "percent": ([1], {"sampling_table": [50.0] * 4}, "from 0 to 1"),
    "no number": ([1], {"sampling_table": [np.nan] * 4}, "from 0 to 1"),
    "seed": ([1], {"random_state": "a"}, "'random_state'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_input(case):
    words, given, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        skipgrams(words, **{"vocabulary_size": 4, **given})


# --- the table ------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 6, 1000])
@pytest.mark.parametrize("factor", [1e-5, 1e-3, 1, 100])
def test_table_of_the_reference(size, factor):
    ours = make_sampling_table(size, factor)
    expected = old_sequence().make_sampling_table(size, factor)
    np.testing.assert_allclose(ours, expected, rtol=1e-14)
    assert (ours.shape, ours.dtype) == (expected.shape, expected.dtype)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(size=st.integers(1, 500), factor=st.floats(1e-8, 10))
def test_table_has_probabilities_that_grow(size, factor):
    table = make_sampling_table(size, factor)
    assert ((table > 0) & (table <= 1)).all()
    assert (np.diff(table) >= 0).all()


@pytest.mark.parametrize(
    ("given", "name"), [((0,), "size"), ((2.5,), "size"), ((3, 0), "sampling_factor")]
)
def test_bad_table(given, name):
    with pytest.raises(ValueError, match=name):
        make_sampling_table(*given)


# --- several sequences, random pairs that are no near ones -----------------------


@pytest.mark.parametrize("window_size", [0, 1, 3])
def test_several_sequences_in_one_call(window_size):
    rng = np.random.RandomState(0)
    several = [rng.randint(1, 30, n).tolist() for n in (9, 0, 1, 6, 12)]
    how = {"window_size": window_size, "negative_samples": 0, "shuffle": False}
    together = skipgrams(several, 30, **how)[0]
    each = [skipgrams(one, 30, **how)[0] for one in several]
    np.testing.assert_array_equal(together, np.concatenate(each))
    ones = [np.array(one, int) for one in several]
    np.testing.assert_array_equal(skipgrams(iter(ones), 30, **how)[0], together)


@pytest.mark.parametrize("shuffle", [False, True])
def test_random_pairs_that_are_no_near_ones(shuffle):
    rng = np.random.RandomState(0)
    several = [rng.randint(1, 12, 8) for _ in range(6)]
    how = {"negative_samples": 3.0, "shuffle": shuffle, "random_state": 0}
    couples, labels = skipgrams(several, 12, 1, **how, avoid_near=True)
    near = set(map(tuple, couples[labels == 1].tolist()))
    far = couples[labels == 0].tolist()
    assert len(far) == 3 * (labels == 1).sum()
    assert not near & set(map(tuple, far))
    usual, _ = skipgrams(several, 12, 1, **how)
    assert near & set(map(tuple, usual[labels == 0].tolist()))
    assert {0} != {second for _, second in far} <= set(range(1, 12))
