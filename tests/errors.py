"""Tables of calls that are refused, and data for them."""

import numpy as np
import pytest

from sk_keras import KerasClassifier
from tests.builders import dense_classifier

N = 24
RNG = np.random.RandomState(0)
X = RNG.randn(N, 4).astype("float32")
STEPS = RNG.randn(N, 5, 2).astype("float32")
KIND, FLAG = np.arange(N) % 3, np.arange(N) % 2
NAMES = np.array(["a", "b", "c"])[KIND]
MANY = np.c_[FLAG, KIND > 0, KIND > 1].astype(int)
MASKS = RNG.randint(0, 2, (N, 3, 3))
VALUES = RNG.randn(N)


def fitting(model, y, estimator=KerasClassifier, rows=X, **params):
    """Postpone a fit of one epoch."""
    return lambda: estimator(model, **{"epochs": 1, **params}).fit(rows, y)


def classifying(**params):
    """Postpone a fit of the shared classifier."""
    return fitting(dense_classifier, KIND, **params)


def refused(call, error, message):
    """Check that a call fails in words, not in a trace of Keras' inside."""
    with pytest.raises(error, match=rf"(?s){message}") as caught:
        call()
    text = str(caught.value)
    assert "in user code" not in text
    assert "Graph execution error" not in text
    assert "Traceback" not in text
    assert len(text) < 1500
    return text


def case(name, call, error, message):
    return pytest.param(call, error, message, id=name)


def table(*cases):
    return pytest.mark.parametrize(("call", "error", "message"), cases)


def with_value(a, value):
    changed = np.array(a, dtype=np.float64)
    changed[1] = value
    return changed


UNSEEN = r"labels that were not seen in fit: \[7\].*classes are \[0, 1, 2\]"
SEVENS = np.full(N, 7)
