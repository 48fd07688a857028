"""Texts as lists of words and of hashes, against Keras' functions of old."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sk_keras.preprocessing import (
    TextTokenizer,
    hashing_trick,
    one_hot,
    text_to_word_sequence,
)
from sk_keras.preprocessing._text.words import FILTERS
from tests.preprocessing.references import old_text

from .text_corpora import FILTER_CHOICES, SPLITS, texts

SPLITTING = {
    "filters": st.sampled_from(FILTER_CHOICES),
    "lower": st.booleans(),
    "split": st.sampled_from(SPLITS),
}


@pytest.mark.slow
@settings(max_examples=400, derandomize=True, deadline=None)
@given(text=texts, **SPLITTING)
def test_words_are_those_of_the_reference(text, filters, lower, split):
    how = {"filters": filters, "lower": lower, "split": split}
    expected = old_text().text_to_word_sequence(text, **how)
    assert text_to_word_sequence(text, **how) == expected


@settings(max_examples=200, derandomize=True, deadline=None)
@given(text=texts, n=st.integers(2, 40), **SPLITTING)
def test_hashes_are_those_of_the_reference(text, n, filters, lower, split):
    how = {"filters": filters, "lower": lower, "split": split}
    md5 = old_text().hashing_trick(text, n, "md5", **how)
    salted = old_text().hashing_trick(text, n, **how)
    length = old_text().hashing_trick(text, n, len, **how)
    assert hashing_trick(text, n, **how) == one_hot(text, n, **how) == md5
    assert hashing_trick(text, n, "hash", **how) == salted
    assert hashing_trick(text, n, len, **how) == length
    expected = old_text().one_hot(text, n, **how)
    assert one_hot(text, n, hash_function="hash", **how) == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("",), []),
        ((" .\t\n!  ",), []),
        (("Hello, World! it's  a-b",), ["hello", "world", "it's", "a", "b"]),
        (("A B", "", False), ["A", "B"]),
        (("a\rb\x0bc", FILTERS), ["a\rb\x0bc"]),
        (("a\xa0b c\u3000d",), ["a\xa0b", "c\u3000d"]),
        (("İSTANBUL é.É",), ["i̇stanbul", "é", "é"]),
        (("a.b,c", "", True, ","), ["a.b", "c"]),
        (("a.b--c", ".", True, "--"), ["a", "b", "c"]),
        # A filtered character becomes the separator, of which it is a part.
        (("xaby", "a", True, "ab"), ["x", "by"]),
        (("xabyé", "a", True, "ab"), ["x", "byé"]),
        (("a b", ["a", "a"], True, " "), ["b"]),
        (("a b", (), True, " "), ["a", "b"]),
        (("\ud800 a",), ["\ud800", "a"]),
    ],
)
def test_words(arguments, words):
    assert text_to_word_sequence(*arguments) == words
    assert old_text().text_to_word_sequence(*arguments) == words


def test_hashes_leave_0_for_padding():
    words = " ".join(f"w{i}" for i in range(200))
    assert set(hashing_trick(words, 5)) == {1, 2, 3, 4}
    assert hashing_trick(words, 2) == [1] * 200


def test_hash_of_half_a_surrogate_pair():
    assert len(hashing_trick("\ud800", 10)) == 1


def test_md5_is_the_same_in_every_process_and_hash_is_not():
    code = (
        "from sk_keras.preprocessing import hashing_trick as h;"
        "print(h('a b c', 10**9), h('a b c', 10**9, 'hash'))"
    )
    printed = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("]")
        for seed in ("1", "2")
    ]
    assert printed[0][0] == printed[1][0] == str(hashing_trick("a b c", 10**9))[:-1]
    assert printed[0][1] != printed[1][1]


def test_messages_are_short():
    for text in (["a long text"] * 1000, b"a long text" * 1000):
        for use in (text_to_word_sequence, lambda t: TextTokenizer().fit(["a", [t]])):
            with pytest.raises((TypeError, ValueError)) as error:
                use(text)
            assert len(str(error.value)) < 250


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: text_to_word_sequence(None),
            TypeError,
            "text must be a str. Got None",
        ),
        (lambda: text_to_word_sequence(["a"]), TypeError, "text must be a str"),
        (lambda: text_to_word_sequence("a", split=""), ValueError, "split must be a"),
        (lambda: text_to_word_sequence("a", split=None), ValueError, "split must be a"),
        (lambda: text_to_word_sequence("a", ["ab"]), ValueError, "single characters"),
        (lambda: text_to_word_sequence("a", [["a"]]), ValueError, "single characters"),
        (lambda: text_to_word_sequence("a", None), TypeError, "filters must be a str"),
        (lambda: text_to_word_sequence("a", 5), TypeError, "or a list .* Got 5"),
        (lambda: hashing_trick(b"a", 5), TypeError, "text must be a str"),
        (lambda: hashing_trick("a", 1), ValueError, "n must be an int of at least 2"),
        (lambda: hashing_trick("a", 5.0), ValueError, "n must be an int of at least 2"),
        (lambda: hashing_trick("a", 5, "sha"), ValueError, '"md5", "hash" or a call'),
        (
            lambda: hashing_trick("a", 5, None),
            ValueError,
            '"md5", "hash" or a callable',
        ),
        (lambda: one_hot("a", 5, hash_function=str), TypeError, "must return an int"),
        (lambda: one_hot("a", -3), ValueError, "n must be an int of at least 2"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()
