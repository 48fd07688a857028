"""Memory stays flat over many fits. In a process of its own, to see nothing else."""

import subprocess
import sys

import pytest

SCRIPT = """
import gc
import warnings

warnings.simplefilter("error")
import keras
import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sk_keras import KerasClassifier


def build(n_features_in, hidden=4):
    layers = [keras.layers.Dense(hidden, "relu"), keras.layers.Dense(1, "sigmoid")]
    return keras.Sequential([keras.layers.Input((n_features_in,)), *layers])


def resident():
    gc.collect()
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


X = np.random.RandomState(0).randn(60, 5).astype("float32")
y = (X[:, 0] > 0).astype(int)
model = KerasClassifier(build, epochs=2)


def fits(n):
    for _ in range(n):
        clone(model).fit(X, y).predict(X)


def searches(n):
    for _ in range(n):
        GridSearchCV(model, {"hidden": [3, 4]}, cv=2).fit(X, y)


for work, n in ((fits, 100), (searches, 25)):
    work(n // 10)
    tenth = resident()
    work(n - n // 10)
    print(work.__name__, resident() - tenth)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_flat():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    grown = dict(line.split() for line in done.stdout.splitlines())
    assert grown.keys() == {"fits", "searches"}
    for work, mebibytes in grown.items():
        assert float(mebibytes) < 10, f"{work} grew by {mebibytes} MiB"
