"""The defaults are good ones: as good as scikit-learn's perceptrons."""

import warnings

import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
    make_friedman1,
)
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from sk_keras import KerasClassifier, KerasRegressor


def mean_score(estimator, X, y, folds):
    # Small matrices take scikit-learn's perceptrons longer on several threads.
    with threadpool_limits(1), warnings.catch_warnings():
        # Some folds of either kind reach their limit of epochs.
        warnings.simplefilter("ignore")
        return cross_val_score(estimator, X, y, cv=folds).mean()


@pytest.mark.slow
@pytest.mark.parametrize(
    "load", [load_iris, load_wine, load_breast_cancer, load_digits]
)
def test_default_classifier(load):
    X, y = load(return_X_y=True)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    keras, sklearn = (
        mean_score(make_pipeline(StandardScaler(), classifier), X, y, folds)
        for classifier in (
            KerasClassifier(random_state=0),
            MLPClassifier(max_iter=1000, random_state=0),
        )
    )
    assert keras > sklearn - 0.01


@pytest.mark.slow
@pytest.mark.parametrize(
    ("X", "y"),
    [load_diabetes(return_X_y=True), make_friedman1(1000, random_state=0)],
    ids=["diabetes", "friedman1"],
)
def test_default_regressor(X, y):
    folds = KFold(3, shuffle=True, random_state=0)
    keras, sklearn = (
        mean_score(
            TransformedTargetRegressor(
                make_pipeline(StandardScaler(), regressor), transformer=StandardScaler()
            ),
            X,
            y,
            folds,
        )
        for regressor in (
            KerasRegressor(random_state=0),
            MLPRegressor(max_iter=1000, random_state=0),
        )
    )
    assert keras > sklearn - 0.02
