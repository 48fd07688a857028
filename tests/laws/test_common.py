"""scikit-learn's own checks on every estimator."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from sk_keras import (
    KerasAutoencoder,
    KerasAutoencoderDetector,
    KerasClassifier,
    KerasRegressor,
)
from tests.builders import dense_classifier, dense_regressor

FLOAT32 = (
    "Weights and repetitions train the same model, but in float32: after hundreds of "
    "steps the predictions differ by about 1e-6, and the check asks for 1e-7."
)

THRESHOLD = "As in IsolationForest, weights count in training, not in the threshold."


def expected_failures(estimator):
    """Say why checks fail."""
    detector = isinstance(estimator, KerasAutoencoderDetector)
    return {
        f"check_sample_weight_equivalence_on_{kind}_data": (
            THRESHOLD if detector else FLOAT32
        )
        for kind in ("dense", "sparse")
    }


class Builder:
    """A user's builder whose name is the same in every process that collects."""

    def __call__(self, meta, hidden=8):
        return dense_classifier(meta, hidden=hidden)


class RegressorBuilder:
    """The same for values."""

    def __call__(self, n_features_in, n_outputs, hidden=8):
        return dense_regressor(n_features_in, n_outputs, hidden=hidden)


ESTIMATORS = [
    KerasAutoencoder(),
    KerasAutoencoder("sparse", encoding_dim=4, noise=0.1, epochs=5, random_state=0),
    KerasAutoencoderDetector(),
    KerasClassifier(),
    KerasRegressor(),
    KerasClassifier(
        Builder,
        hidden=32,
        epochs=15,
        optimizer__learning_rate=0.05,
        fit__shuffle=True,
        random_state=0,
    ),
    KerasRegressor(
        RegressorBuilder,
        model__hidden=32,
        epochs=20,
        optimizer="sgd",
        optimizer__learning_rate=0.02,
        optimizer__momentum=0.9,
        random_state=0,
    ),
]


#: The estimator whose fits are the quickest: its checks are not slow, but for these.
QUICK = ESTIMATORS[-1]
SLOW_CHECKS = {
    "check_estimators_dtypes",
    "check_estimator_sparse_array",
    "check_estimator_sparse_matrix",
    "check_sample_weight_equivalence_on_dense_data",
}


def marked(checks):
    """Mark the slow ones among checks of estimators."""
    for case in checks.args[1]:
        estimator, check = getattr(case, "values", case)
        if (
            type(estimator) is type(QUICK)
            and estimator.model
            and check.func.__name__ not in SLOW_CHECKS
        ):
            yield case
        else:
            marks = [*getattr(case, "marks", ()), pytest.mark.slow]
            yield pytest.param(estimator, check, marks=marks)


CHECKS = parametrize_with_checks(ESTIMATORS, expected_failed_checks=expected_failures)


# The checks feed data on which nothing converges, and more of the kind.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(CHECKS.args[0], list(marked(CHECKS)), **CHECKS.kwargs)
def test_estimator_checks(estimator, check):
    check(estimator)
