"""Data and fitted models that the tests share.

Models from session fixtures are shared by many tests: do not fit them again,
clone them. Keras is slow to start, so that only the tests that need it import it.
"""

import gc
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.preprocessing import StandardScaler

from sk_keras import KerasClassifier, KerasRegressor
from tests.fits import ONE_STEP
from tests.slow import pytest_runtest_call  # noqa: F401

# Traces make many objects that stay: to look through them as often as usual takes 7 %
# of the time.
gc.set_threshold(50_000, 20, 100)


def pytest_collection_finish(session):
    """Have collections leave out what was imported, a million objects."""
    gc.collect()
    gc.freeze()


def pytest_xdist_auto_num_workers(config):
    """Start no process for the tests of one file; for all else xdist counts cores."""
    files = {argument.partition("::")[0] for argument in config.args}
    one = len(files) == 1 and os.path.isfile(files.pop())
    return 0 if one else None


@pytest.fixture(scope="session")
def iris():
    """Standardised iris, three classes as strings; X of shape (150, 4)."""
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])
    return StandardScaler().fit_transform(X), names[y]


@pytest.fixture(scope="session")
def cancer():
    """Standardised breast cancer, two classes 0/1; X of shape (300, 30)."""
    X, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(X)[:300], y[:300]


@pytest.fixture(scope="session")
def diabetes():
    """Standardised diabetes; X of shape (300, 10), y standardised too."""
    X, y = load_diabetes(return_X_y=True)
    return StandardScaler().fit_transform(X)[:300], ((y - y.mean()) / y.std())[:300]


@pytest.fixture(scope="session")
def few(iris):
    """Every third iris, 50 of them."""
    X, y = iris
    return X[::3], y[::3]


@pytest.fixture(scope="session")
def small():
    """Twenty-four rows of three classes; X of shape (24, 4)."""
    rng = np.random.RandomState(0)
    return rng.randn(24, 4).astype("float32"), np.arange(24) % 3


@pytest.fixture(scope="session")
def one_step(few):
    """A classifier after one step."""
    from tests.builders import linear

    return KerasClassifier(linear, **ONE_STEP).fit(*few)


@pytest.fixture(scope="session")
def fitted_classifier(iris):
    """A classifier fitted on iris."""
    from tests.builders import dense_classifier

    X, y = iris
    return KerasClassifier(dense_classifier, epochs=30, random_state=0).fit(X, y)


@pytest.fixture(scope="session")
def fitted_binary(cancer):
    """A classifier fitted on breast cancer, one sigmoid unit."""
    from tests.builders import dense_classifier

    X, y = cancer
    return KerasClassifier(dense_classifier, epochs=20, random_state=0).fit(X, y)


@pytest.fixture(scope="session")
def fitted_regressor(diabetes):
    """A regressor fitted on diabetes."""
    from tests.builders import dense_regressor

    X, y = diabetes
    return KerasRegressor(dense_regressor, epochs=30, random_state=0).fit(X, y)
