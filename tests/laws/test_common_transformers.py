"""What holds for every transformer: scikit-learn's checks, and its laws."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import check_estimator

from sk_keras.preprocessing import (
    HashingTokenizer,
    SequencePadder,
    SequencesToMatrix,
    TextTokenizer,
)
from tests.laws.checks import WITHOUT_DATA

TEXTS = ["The cat sat on the mat.", "", "The dog sat!", "cat, dog", "bird"]
SEQUENCES = [[1, 2, 1], [3], [], [5, 0, 0], [2, 2]]

#: Transformers with the rows that they take.
TRANSFORMERS = [
    (HashingTokenizer(50), TEXTS),
    (HashingTokenizer(50, hash_function=len, output="freq"), TEXTS),
    (SequencePadder(), SEQUENCES),
    (SequencePadder(3, padding="post", value=-1), SEQUENCES),
    (SequencesToMatrix(), SEQUENCES),
    (SequencesToMatrix(4, mode="tfidf", sparse_output=True), SEQUENCES),
    (TextTokenizer(), TEXTS),
    (TextTokenizer(char_level=True, oov_token="-", output="count"), TEXTS),
    (TextTokenizer(num_words=4, output="tfidf", sparse_output=True), TEXTS),
]

#: Why a check fails, for all transformers.
EXPECTED_FAILURES: dict[str, str] = {}


def every_transformer(test):
    """Run a test with a clone of each transformer and its rows."""
    return pytest.mark.parametrize(
        ("transformer", "X"),
        [pytest.param(clone(t), X, id=str(t)) for t, X in TRANSFORMERS],
    )(test)


def same(one, other):
    """Compare what transformers give: lists, arrays or sparse matrices."""
    assert type(one) is type(other)
    if isinstance(one, list):
        assert one == other
        return
    if sparse.issparse(one):
        one, other = one.toarray(), other.toarray()
    assert one.dtype == other.dtype
    np.testing.assert_array_equal(one, other)


def stacked(parts):
    """Put what was given for single rows together."""
    if isinstance(parts[0], list):
        return [row for part in parts for row in part]
    if sparse.issparse(parts[0]):
        return sparse.vstack(parts, format="csr")
    return np.concatenate(parts)


# The checks feed data on which nothing converges, and more of the kind.
@pytest.mark.filterwarnings("ignore")
@every_transformer
def test_estimator_checks(transformer, X):
    check_estimator(transformer, expected_failed_checks=EXPECTED_FAILURES)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("check", WITHOUT_DATA)
@every_transformer
def test_checks_without_data(transformer, X, check):
    getattr(estimator_checks, check)(type(transformer).__name__, transformer)


@every_transformer
def test_fit_keeps_parameters_and_data(transformer, X):
    before = clone(transformer).get_params()
    rows = copy.deepcopy(X)
    assert transformer.fit(X, [0] * len(X)) is transformer
    transformer.transform(X)
    assert transformer.get_params() == before
    assert X == rows
    assert clone(transformer).get_params() == before


@every_transformer
def test_not_fitted(transformer, X):
    if not get_tags(transformer).requires_fit:
        same(transformer.transform(X), clone(transformer).fit(X).transform(X))
        return
    with pytest.raises(NotFittedError):
        transformer.transform(X)


@every_transformer
def test_fit_transform_is_fit_and_transform(transformer, X):
    expected = clone(transformer).fit(X).transform(X)
    same(transformer.fit_transform(X), expected)
    same(transformer.fit_transform(X, [0] * len(X)), expected)
    same(make_pipeline(clone(transformer)).fit_transform(X), expected)


@every_transformer
def test_fit_forgets_what_was_before(transformer, X):
    expected = clone(transformer).fit(X).transform(X)
    same(transformer.fit(X[:1]).fit(X).transform(X), expected)


@every_transformer
def test_partial_fit_adds_up(transformer, X):
    if not hasattr(transformer, "partial_fit"):
        pytest.skip("It has no partial_fit.")
    expected = clone(transformer).fit(X).transform(X)
    same(transformer.partial_fit(X[:2]).partial_fit(X[2:]).transform(X), expected)


@every_transformer
def test_copies_transform_alike(transformer, X):
    expected = transformer.fit(X).transform(X)
    same(pickle.loads(pickle.dumps(transformer)).transform(X), expected)
    same(copy.deepcopy(transformer).transform(X), expected)


@every_transformer
def test_a_row_does_not_depend_on_the_others(transformer, X):
    expected = transformer.fit(X).transform(X)
    rows = [transformer.transform([row]) for row in X]
    same(stacked(rows), expected)
    same(stacked(rows[::-1]), transformer.transform(X[::-1]))


@every_transformer
def test_names_of_columns(transformer, X):
    transformer.fit(X)
    expected = transformer.transform(X)
    names = transformer.get_feature_names_out()
    if isinstance(expected, list):  # of sequences, which have one name
        assert len(names) == 1
        return
    assert names.dtype == object and len(set(names)) == len(names)
    assert len(names) == expected.shape[1]
    if not sparse.issparse(expected):
        table = transformer.set_output(transform="pandas").transform(X)
        assert list(table.columns) == list(names)
        np.testing.assert_array_equal(table, expected)


@pytest.mark.slow
def test_names_load_without_tensorflow():
    code = (
        "import sys, sklearn.base; before = set(sys.modules);"
        "import sk_keras.preprocessing as p;"
        "[getattr(p, name) for name in p.__all__];"
        "heavy = {'tensorflow', 'keras', 'pandas', 'PIL'};"
        "print(heavy & (set(sys.modules) - before))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "set()"
