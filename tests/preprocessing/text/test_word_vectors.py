"""`load_word_vectors` and `embedding_matrix`."""

import copy
import gzip
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sk_keras.preprocessing import (
    WordVectors,
    embedding_matrix,
    load_word_vectors,
)
from sk_keras.preprocessing._text import vector_files

GLOVE = "the 0.25 -1 1e-3\ncat +1.5 .5 2.\n, 0 0 1\n"
WORDS = {"the": [0.25, -1, 1e-3], "cat": [1.5, 0.5, 2], ",": [0, 0, 1]}


@pytest.fixture
def write(tmp_path):
    def write_to(text, name="vectors.txt", encoding="utf-8"):
        path = tmp_path / name
        data = text if isinstance(text, bytes) else text.encode(encoding)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write_to


def check(vectors, expected):
    assert list(vectors) == list(expected)
    assert vectors.words == list(expected)
    assert vectors.matrix.dtype == "float32"
    for word, vector in expected.items():
        np.testing.assert_array_equal(vectors[word], np.float32(vector))


# --- files that are right -------------------------------------------------------

FILES = {
    "glove": GLOVE,
    "word2vec": "3 3\n" + GLOVE,
    "spaces at the ends": "3 3 \n" + GLOVE.replace("\n", " \n"),
    "windows": GLOVE.replace("\n", "\r\n"),
    "no last newline": GLOVE.rstrip("\n"),
    "blank lines": f"\n{GLOVE}\n \n",
    "tabs": GLOVE.replace(" ", "\t"),
    "mark": "\ufeff" + GLOVE,
    "twice": GLOVE + "cat 7 8 9\n",
}


@pytest.mark.parametrize("case", FILES)
@pytest.mark.parametrize("name", ["vectors.txt", "vectors.vec.gz"])
def test_files(write, case, name):
    check(load_word_vectors(write(FILES[case], name)), WORDS)


@pytest.mark.parametrize("as_type", [str, lambda path: path])
def test_paths(write, as_type):
    check(load_word_vectors(as_type(write(GLOVE))), WORDS)


def test_words_with_spaces(write):
    text = "the 1 2\n. . . 3 4\nat name@domain.com 5 6\nto infinity 7 8\n1 / 2 nd 9 0\n"
    vectors = load_word_vectors(write(text))
    assert list(vectors) == [
        "the",
        ". . .",
        "at name@domain.com",
        "to infinity",
        "1 / 2 nd",
    ]
    assert vectors[". . ."].tolist() == [3, 4]
    first = load_word_vectors(write("at home 1 2\nthe 3 4\n"))
    check(first, {"at home": [1, 2], "the": [3, 4]})


def test_words_that_look_like_numbers_or_ends_of_lines(write):
    text = "5 1 2\n0.5 3 4\n\u2028 5 6\na\x85b 7 8\n\xa0 9 0\n"
    words = {"5": [1, 2], "0.5": [3, 4], "\u2028": [5, 6], "a\x85b": [7, 8]}
    check(load_word_vectors(write(text)), {**words, "\xa0": [9, 0]})


def test_encodings(write):
    text = "Äpfel 1 2\nñandú 3 4\n"
    expected = {"Äpfel": [1, 2], "ñandú": [3, 4]}
    check(load_word_vectors(write(text)), expected)
    path = write(text, encoding="latin-1")
    check(load_word_vectors(path, encoding="latin-1"), expected)
    with pytest.raises(
        ValueError, match=r"Line 1 of .*vectors\.txt has a word that is"
    ):
        load_word_vectors(path)


@settings(max_examples=50, deadline=None, derandomize=True)
@pytest.mark.slow
@given(
    rows=st.dictionaries(
        st.text(st.characters(exclude_characters="\n\r\t ", codec="utf-8"), min_size=1),
        st.tuples(*[st.floats(width=32, allow_nan=False, allow_infinity=False)] * 3),
        min_size=1,
        max_size=20,
    ).filter(lambda rows: not next(iter(rows)).startswith("\ufeff")),
    header=st.booleans(),
)
def test_any_words_and_values_come_back(tmp_path_factory, rows, header):
    lines = [f"{len(rows)} 3"] * header
    lines += [f"{word} {' '.join(map(repr, row))}" for word, row in rows.items()]
    path = tmp_path_factory.mktemp("any") / "vectors.txt"
    path.write_bytes("\n".join(lines).encode())
    check(load_word_vectors(path), rows)


def test_files_of_many_lines(write, monkeypatch):
    monkeypatch.setattr(vector_files, "_CHUNK", 7)
    matrix = np.random.RandomState(0).randn(50, 4).astype("float32")
    rows = {f"w{i}": row for i, row in enumerate(matrix.tolist())}
    lines = [f"{word} {' '.join(map(repr, row))}" for word, row in rows.items()]
    check(load_word_vectors(write("\n".join(lines))), rows)
    lines[33] = "w33 1 2 x 3"
    with pytest.raises(ValueError, match="Line 34 of .* has 'x' among its values"):
        load_word_vectors(write("\n".join(lines)))


# --- a part of a file -----------------------------------------------------------


def test_vocabulary(write):
    path = write(GLOVE + "at home 1 2 3\n")
    for vocabulary in ({"cat": 2, "dog": 1, "at home": 3}, iter(["at home", "cat"])):
        vectors = load_word_vectors(path, vocabulary=vocabulary)
        check(vectors, {"cat": WORDS["cat"], "at home": [1, 2, 3]})
    nothing = load_word_vectors(path, vocabulary=["dog"])
    assert len(nothing) == 0
    assert nothing.matrix.shape == (0, 3)


def test_words_that_the_encoding_lacks_are_not_in_the_file(write):
    path = write("dg 1 2\n")
    found = load_word_vectors(path, vocabulary=["d\u0101g", "dg"], encoding="latin-1")
    check(found, {"dg": [1, 2]})
    assert not load_word_vectors(path, vocabulary=["d\u0101g"], encoding="latin-1")


@pytest.mark.parametrize("header", ["", "3 3\n"])
def test_limit(write, header):
    path = write(header + GLOVE + "wrong\n")
    check(load_word_vectors(path, limit=2), dict(list(WORDS.items())[:2]))
    only = load_word_vectors(path, limit=2, vocabulary=["cat", ","])
    check(only, {"cat": WORDS["cat"]})


# --- files that are wrong -------------------------------------------------------

WRONG = {
    "empty": ("", "vectors.txt is empty"),
    "blank": (" \n\n", "is empty"),
    "word": ("the\ncat 1\n", "Line 1 of .* is not a word and its values"),
    "text": ("It was a dark night.\n", "Line 1 of .* is not a word and its values"),
    "few": (GLOVE + "dog 1 2\n", "Line 4 of .*vectors.txt has 2 values, not 3"),
    "none": (GLOVE + "dog\n", "Line 4 of .* has 0 values, not 3"),
    "many": (GLOVE + "dog 1 2 3 4\n", "Line 4 of .* has more than 3 values"),
    "no number": ("the 1 2\ncat 1 two\n", "Line 2 of .* has 'two' among its values"),
    "comma": ("the 1 2\ncat 1,5 2\n", "Line 2 of .* has '1,5' among"),
    "hexadecimal": ("the 1 2\ncat 0x1 2\n", "Line 2 of .* has '0x1' among"),
    "missing": ("the 1 2\ncat nan 2\n", "Line 2 of .* has 'nan' among"),
    "infinite": ("the 1 2\ncat 1 inf\n", "Line 2 of .* has 'inf' among"),
    "large": ("the 1 2\ncat 1 1e39\n", "Line 2 of .* has 1e39, which is no float32"),
    "missing, first": ("the nan 2\ncat 1 2\n", "Line 1 of .* has 'nan' among"),
    "no word": ("the 1 2\n 1 2\n", "Line 2 of .* has no word before its values"),
    "no word, first": (" 1 2\nthe 1 2\n", "Line 1 of .* has no word before"),
    "no word, tabs": ("the\t1\t2\n\t1\t2\n", "Line 2 of .* has no word before"),
    "gap": ("the 1 2\ncat  1 2\n", "Line 2 of .* has spaces in a row"),
    "double": ("the 1 2\ncat 1  2\n", "Line 2 of .* has more than 2 values"),
    "header": ("2 2\nthe 1 2 3\n", "Line 2 of .* has more than 2 values"),
    "header only": ("3 3\n", "it has 3 words, but there are 0"),
    "ends early": ("4 3\n" + GLOVE, "ends too soon: .* has 4 words, but there are 3"),
    "no values": ("3 0\nthe\n", "says that vectors have no values"),
    "numbers": (b"\x80\x03c\x00\n\x01", "Line 1 of .* is not a word"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files(write, case):
    text, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        load_word_vectors(write(text))


def test_broken_gzip_files(write):
    path = write(GLOVE, "vectors.gz")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"vectors\.gz is no whole file of gzip"):
        load_word_vectors(path)
    path.write_text(GLOVE)
    with pytest.raises(ValueError, match=r"vectors\.gz is no whole file of gzip"):
        load_word_vectors(path)


def test_wrong_arguments(write, tmp_path):
    with pytest.raises(FileNotFoundError):
        load_word_vectors(tmp_path / "nowhere.txt")
    for wrong, message in (
        ({"vocabulary": "cat"}, "Got a single text"),
        ({"vocabulary": [1]}, "must have strings. Got 1"),
        ({"limit": 0}, "'limit'"),
        ({"encoding": "utf-9"}, "no encoding of texts"),
        ({"encoding": None}, "'encoding'"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            load_word_vectors(write(GLOVE), **wrong)


# --- the mapping ----------------------------------------------------------------


def test_mapping(write):
    vectors = load_word_vectors(write(GLOVE))
    assert len(vectors) == 3
    assert "cat" in vectors and "dog" not in vectors
    assert vectors.get("dog") is None
    with pytest.raises(KeyError):
        vectors["dog"]
    with pytest.raises(ValueError, match="read-only"):
        vectors["cat"][0] = 1
    assert np.shares_memory(vectors["cat"], vectors.matrix)
    assert repr(vectors) == "WordVectors(3 words, 3 values each)"


def test_equal_mappings(write):
    vectors = load_word_vectors(write(GLOVE))
    assert vectors == load_word_vectors(write(GLOVE))
    assert vectors == WordVectors(vectors.words, vectors.matrix.copy())
    turned = WordVectors(vectors.words[::-1], vectors.matrix[::-1])
    assert vectors == turned  # as dicts in another order are
    assert vectors != WordVectors(vectors.words[::-1], vectors.matrix)
    assert vectors != WordVectors(vectors.words, vectors.matrix[:, :2])
    assert vectors != load_word_vectors(write(GLOVE), limit=2)
    assert vectors != WORDS
    assert vectors != 1


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_copies_cannot_be_written_to(write, copied):
    again = copied(load_word_vectors(write(GLOVE)))
    check(again, WORDS)
    for array in (again.matrix, again["cat"]):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 1


@pytest.mark.parametrize(
    ("words", "matrix", "message"),
    [
        (["a"], np.zeros((2, 3)), r"Got 1 words, and a matrix of shape \(2, 3\)"),
        (["a"], np.zeros(1), r"shape \(1,\)"),
        (["a", "a"], np.zeros((2, 3)), "without duplicates"),
    ],
)
def test_words_go_with_rows(words, matrix, message):
    with pytest.raises(ValueError, match=message):
        WordVectors(words, matrix)


# --- embedding_matrix -----------------------------------------------------------

INDEX = {"the": 1, "dog": 2, "cat": 3, "mouse": 4}
MATRIX = np.array(
    [[0, 0, 0], WORDS["the"], [0, 0, 0], WORDS["cat"], [0, 0, 0]], "float32"
)


@pytest.mark.parametrize(
    ("num_words", "n_rows", "coverage"),
    [(None, 5, 0.5), (99, 5, 0.5), (5, 5, 0.5), (4, 4, 2 / 3), (2, 2, 1), (1, 1, 0)],
)
@pytest.mark.parametrize("as_dict", [True, False])
def test_embedding_matrix(write, num_words, n_rows, coverage, as_dict):
    vectors = WORDS if as_dict else load_word_vectors(write(GLOVE))
    matrix, share = embedding_matrix(INDEX, vectors, num_words)
    np.testing.assert_array_equal(matrix, MATRIX[:n_rows])
    assert matrix.dtype == "float32"
    assert share == coverage
    matrix[:] = 1  # its memory is its own
    assert vectors["cat"][1] == 0.5


def test_indices_with_holes():
    matrix, coverage = embedding_matrix({"cat": 6, "the": 4}, WORDS)
    assert matrix.shape == (7, 3)
    np.testing.assert_array_equal(matrix[6], np.float32(WORDS["cat"]))
    assert not matrix[:4].any()
    assert coverage == 1


@pytest.mark.parametrize(
    ("word_index", "vectors", "message"),
    [
        ({}, WORDS, "word_index .* is empty"),
        (INDEX, {}, "vectors .* is empty"),
        ({"cat": 0}, WORDS, "Got 0 for 'cat'"),
        ({"cat": -1}, WORDS, "Got -1 for 'cat'"),
        ({"cat": 1.0}, WORDS, "Got 1.0 for 'cat'"),
        (INDEX, {"the": [1], "cat": [1, 2]}, r"'cat' .*\(1,\).* Got the shape \(2,\)"),
        (INDEX, {"the": 1}, "'the' must have one axis"),
        (INDEX, {"the": ["a"]}, "'the' must be numbers"),
        (INDEX, {"a": [0], "the": [np.nan]}, "'the' must be finite float32 .* Got nan"),
        (INDEX, {"the": [1, 1e39]}, r"'the' must be finite float32 .* Got inf"),
    ],
)
def test_wrong_mappings(word_index, vectors, message):
    with pytest.raises(ValueError, match=message):
        embedding_matrix(word_index, vectors)


def test_no_mappings():
    class Tokenizer:
        word_index_ = INDEX

    for mappings, message in (
        ((list(INDEX), WORDS), "word_index must be a mapping .* Got list"),
        ((Tokenizer(), WORDS), "Got Tokenizer; pass its word_index_"),
        ((INDEX, MATRIX), "vectors must be a mapping .* Got ndarray"),
    ):
        with pytest.raises(TypeError, match=message):
            embedding_matrix(*mappings)
    with pytest.raises(ValueError, match="'num_words'"):
        embedding_matrix(INDEX, WORDS, 0)
