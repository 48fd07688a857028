"""An import of sk_keras is light, and changes nothing outside."""

import json
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.slow

IN_A_NEW_PROCESS = """
import json, os, sys

import sk_keras
from sk_keras import KerasClassifier

KerasClassifier("mlp", hidden_layer_sizes=(3,)).get_params()
facts = {"loaded": [name for name in ("tensorflow", "keras") if name in sys.modules]}

import keras
import numpy as np
from tensorflow.python.framework.config import is_op_determinism_enabled

CLASSES = (keras.Model, keras.losses.Loss, keras.metrics.Metric,
           keras.optimizers.Optimizer, keras.layers.Layer, keras.callbacks.Callback)
HOOKS = ("__reduce__", "__reduce_ex__", "__deepcopy__", "__copy__", "__getstate__",
         "__setstate__", "fit", "predict", "train_step")
def hooks():
    return {(c.__name__, h): getattr(c, h, None) for c in CLASSES for h in HOOKS}
before = hooks()
environment = dict(os.environ)

def build(n_features_in):
    return keras.Sequential([
        keras.layers.Input((n_features_in,)),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(1, activation="sigmoid"),
    ])
X = np.random.RandomState(0).normal(size=(40, 3))
y = np.where(X[:, 0] > 0, "yes", "no")
KerasClassifier(build, epochs=1, random_state=0).fit(X, y).predict(X)
facts["changed"] = [str(name) for name, hook in hooks().items() if before[name] != hook]
facts["environment"] = dict(os.environ) == environment
facts["deterministic"] = is_op_determinism_enabled()
facts["unseeded"] = KerasClassifier(build, epochs=1).fit(X, y).predict(X).shape
print(json.dumps(facts))
"""


@pytest.fixture(scope="module")
def new_process():
    """Facts from a process that does nothing before it imports sk_keras."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(IN_A_NEW_PROCESS)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_import_is_light(new_process):
    """SciKeras imports TensorFlow at once."""
    assert new_process["loaded"] == []


def test_import_changes_nothing_outside(new_process):
    """SciKeras replaces `__reduce__` of Model, Loss, Metric and Optimizer."""
    assert new_process["changed"] == []
    assert new_process["environment"]


def test_first_fit_of_a_process_may_be_seeded(new_process):
    """SciKeras: every unseeded fit after it crashes, determinism stays on."""
    assert new_process["deterministic"] is False
    assert new_process["unseeded"] == [40]
