"""scikit-learn's own checks on every transformer."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from sk_keras.preprocessing import SequencePadder

#: Why a check fails, for the transformers by name.
EXPECTED_FAILURES = {}

TRANSFORMERS = [
    SequencePadder(),
]


@parametrize_with_checks(
    TRANSFORMERS,
    expected_failed_checks=lambda e: EXPECTED_FAILURES.get(type(e).__name__, {}),
)
def test_transformer_checks(estimator, check):
    check(estimator)
