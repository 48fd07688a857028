"""A test that takes more than a second of processor must carry the mark `slow`.

Seconds are those of a processor like the one that runs the checks: where a small
computation takes longer, so may a test.
"""

import gc
import os
import statistics
import sys
import time

import numpy as np
import pytest

#: Seconds of processor that a test without the mark may take.
LIMIT = 1.0

#: From here on a test may have paid for TensorFlow's start.
START = LIMIT / 2

#: Seconds that `calibration` takes on the fastest processor that runs the checks.
REFERENCE = 0.035

MESSAGE = (
    "This test took {spent:.1f} s of processor. Above {allowed:.1f} s a test needs the "
    "mark `slow` (@pytest.mark.slow), or less work."
)


class Collections:
    """Sums the time of garbage collections: they fall on whichever test is there."""

    def __init__(self, clock=time.process_time):
        self.clock = clock
        self.spent = self.began = 0.0

    def __call__(self, phase, info):
        now = self.clock()
        if phase == "start":
            self.began = now
        else:
            self.spent += now - self.began


collections = Collections()
gc.callbacks.append(collections)


def processor_time():
    """Sum what this process and the children that it waited for have used."""
    return sum(os.times()[:4]) - collections.spent


def calibration():
    """Time a fixed computation, half of it Python's and half NumPy's."""
    began = time.thread_time()
    words = {str(i): i * i % 7 for i in range(60_000)}
    sum(words[key] for key in sorted(words))
    x = np.random.RandomState(0).rand(400, 400)
    for _ in range(8):
        x = np.sort(np.tanh(x), axis=0)
    return time.thread_time() - began


def slowness():
    """Say how many times slower than the reference this processor is, 1 at least."""
    measured = statistics.median(calibration() for _ in range(3))
    return max(1.0, measured / REFERENCE)


class Judge:
    """Tells which tests take too long.

    The first one that takes long with Keras loaded is not blamed: it is the one that
    pays for TensorFlow's start.
    """

    def __init__(self, slowness=slowness):
        self.slowness = slowness
        self.started = False

    def exceeded(self, spent, keras):
        """Give the limit that a test has exceeded, if any; keras: is it loaded."""
        if spent <= START:
            return None
        if keras and not self.started:
            self.started = True
            return None
        if spent <= LIMIT:
            return None
        allowed = LIMIT * self.slowness()
        return allowed if spent > allowed else None


judge = Judge()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fail a test without the mark that takes too long; fixtures do not count.

    Nor does a run that measures coverage, which takes twice as long.
    """
    if item.get_closest_marker("slow") or item.config.pluginmanager.hasplugin("_cov"):
        return (yield)
    began = processor_time()
    result = yield
    spent = processor_time() - began
    allowed = judge.exceeded(spent, "keras" in sys.modules)
    if allowed:
        pytest.fail(MESSAGE.format(spent=spent, allowed=allowed), pytrace=False)
    return result
