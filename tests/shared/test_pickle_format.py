"""States in files: their format."""

import pickle

import pytest

from sk_keras import KerasClassifier, KerasRegressor
from sk_keras._shared import pickle_format
from tests.errors import refused


@pytest.mark.parametrize("estimator", [KerasClassifier, KerasRegressor])
def test_a_pickle_of_another_format(estimator, monkeypatch):
    e = estimator("mlp")
    here = pickle_format.FORMAT
    with monkeypatch.context() as patch:
        patch.setattr(pickle_format, "FORMAT", 99)
        data = pickle.dumps(e)
    message = f"{estimator.__name__} was saved in format 99 by sk_keras .*format {here}"
    refused(lambda: pickle.loads(data), ValueError, message + ".*or fit it again")


def test_a_state_without_a_format():
    e = KerasClassifier("mlp")
    state = e.__getstate__()
    del state["_format"]
    refused(lambda: e.__setstate__(state), ValueError, "format")
