"""A process forked too late raises an error; one forked before TensorFlow ran works."""

import subprocess
import sys
import textwrap

import pytest

SCRIPT = """
import multiprocessing
import pickle
import sys
import warnings

warnings.simplefilter("ignore")
import numpy as np
from sk_keras import KerasRegressor

X = np.ones((8, 2), "float32")
model = KerasRegressor("mlp", hidden_layer_sizes=(2,), epochs=1)

def attempt(queue, do):
    try:
        do()
        queue.put("done")
    except RuntimeError as error:
        queue.put(str(error))

def in_a_fork(do):
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    process = context.Process(target=attempt, args=(queue, do), daemon=True)
    process.start()
    process.join(60)
    print("hangs" if process.is_alive() else queue.get())

in_a_fork(lambda: model.fit(X, X[:, 0]))
model.fit(X, X[:, 0])
in_a_fork(lambda: model.fit(X, X[:, 0]))
in_a_fork(lambda: model.predict(X))
state = pickle.dumps(model)
in_a_fork(lambda: pickle.loads(state).predict(X))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="forks are usual on Linux only")
def test_forks():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT)], capture_output=True, text=True
    )
    before, *after = done.stdout.splitlines()
    assert before == "done", done.stderr
    assert len(after) == 3
    for line in after:
        assert line.startswith("This process was forked")
        assert "spawn" in line and "loky" in line
