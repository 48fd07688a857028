"""`ArrayDict`: a dict of arrays that slices like one."""

import numpy as np
import pytest

from sk_keras.data import ArrayDict
from tests.estimators.several import IDS, X


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ArrayDict([IDS]), TypeError, "needs a dict of arrays. Got list"),
        (lambda: ArrayDict({}), ValueError, "one or more arrays"),
        (lambda: ArrayDict({"a": 3}), ValueError, r"\['a'\] are single values"),
        (lambda: ArrayDict({"a": [1], "b": [1, 2]}), ValueError, "same number of rows"),
        (lambda: ArrayDict(X)[0], TypeError, r"slice: X\[i : i \+ 1\]"),
        (lambda: ArrayDict(X)["q"], KeyError, r"the keys are \['ids', 'aux'\]"),
    ],
)
def test_array_dict_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_array_dict_as_an_array():
    mixed = ArrayDict({"a": [1, 2], "b": ["x", "y"]})
    np.testing.assert_array_equal(np.asarray(mixed), [["1", "x"], ["2", "y"]])
    whole = np.asarray(ArrayDict({"a": [1, 2]}))
    assert whole.dtype.kind == "i"
    twice = np.concatenate([mixed, mixed[[True, False]]])
    assert {k: v.tolist() for k, v in twice.items()} == {
        "a": [1, 2, 1],
        "b": ["x", "y", "x"],
    }
    assert np.sum(ArrayDict({"a": [1, 2]})) == 3
