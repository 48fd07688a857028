"""Who predicts beside a fit gets what the estimator was before it, or after it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone

from sk_keras import KerasAutoencoder, KerasAutoencoderDetector, KerasClassifier
from sk_keras._shared import one_state
from sk_keras._shared.one_state import changes_state, reads_state
from tests.builders import linear


class Counted:
    """Counts who is inside; equal to all others, and not hashable."""

    def __init__(self):
        self.inside = 0
        self.together = threading.Barrier(2, timeout=20)

    def __eq__(self, other):
        return True

    @changes_state
    def change(self, begun, goes_on):
        self.inside += 1
        begun.set()
        assert goes_on.wait(20)
        self.read_alone()  # without waiting for itself
        self.inside -= 1

    @reads_state
    def read_alone(self):
        return self.inside

    @reads_state
    def read_together(self):
        self.together.wait()  # for another thread to be here too
        return self.read_alone()


def test_readers_wait_for_a_writer_and_not_for_each_other():
    counted = Counted()
    begun, goes_on = threading.Event(), threading.Event()
    with ThreadPoolExecutor(4) as pool:
        writer = pool.submit(counted.change, begun, goes_on)
        assert begun.wait(20)
        readers = [pool.submit(counted.read_together) for _ in range(2)]
        assert not any(reader.done() for reader in readers)
        goes_on.set()
        writer.result(20)
        assert [reader.result(20) for reader in readers] == [0, 0]


def test_nobody_waits_for_ever(monkeypatch):
    """Who waits may be waited for: then it goes on, and says so, once."""
    monkeypatch.setattr(one_state, "LONG", 0.05)
    told = []
    monkeypatch.setattr(one_state, "warn", told.append)
    counted = Counted()

    class Asking(threading.Event):
        """What a change waits for: others that read, in threads of their own."""

        def wait(self, timeout):
            with ThreadPoolExecutor(2) as pool:
                reads = [pool.submit(counted.read_alone) for _ in range(5)]
                assert [read.result(20) for read in reads] == [1] * 5
            return True

    for _ in range(2):
        counted.change(threading.Event(), Asking())
    assert 2 <= len(told) <= 4  # in each change by those who were there together
    assert "the same Counted, and goes on beside it" in told[0]


def test_a_writer_comes_in_among_readers():
    counted = Counted()
    done = threading.Event()

    def read_on():
        while not done.is_set():
            counted.read_alone()

    ready = threading.Event()
    ready.set()
    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read_on) for _ in range(2)]
        for _ in range(5):
            counted.change(threading.Event(), ready)
        done.set()
        for reader in readers:
            reader.result(20)


def test_an_error_lets_others_in():
    counted = Counted()
    with pytest.raises(AttributeError):
        counted.change(None, None)
    counted.inside = 0
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(counted.read_alone).result(20) == 0


REFIT = {
    "fit": (KerasClassifier(linear, epochs=2, random_state=0), "fit"),
    "warm start": (
        KerasClassifier(linear, epochs=2, random_state=0, warm_start=True),
        "fit",
    ),
    "partial_fit": (KerasClassifier(linear, epochs=1, random_state=0), "partial_fit"),
    "autoencoder": (KerasAutoencoder(encoding_dim=2, epochs=1, random_state=0), "fit"),
    "detector": (
        KerasAutoencoderDetector(
            KerasAutoencoder(encoding_dim=2, epochs=1), random_state=0
        ),
        "fit",
    ),
}


@pytest.mark.parametrize(("estimator", "way"), REFIT.values(), ids=REFIT)
def test_the_old_state_or_the_new(estimator, way, small):
    X, y = small

    def value(fitted):
        names = ("predict_proba", "reconstruct", "decision_function")
        method = next(name for name in names if hasattr(fitted, name))
        return getattr(fitted, method)(X).tobytes()

    fitted = clone(estimator).fit(X, y)
    states, done = [value(fitted)], threading.Event()

    def use():
        seen = set()
        while not done.is_set():
            seen.add(value(fitted))
        return seen

    with ThreadPoolExecutor(2) as pool:
        users = [pool.submit(use) for _ in range(2)]
        for scale in (2, 3, 4):
            getattr(fitted, way)((X * scale).astype(np.float32), y)
            states.append(value(fitted))
        done.set()
        seen = set().union(*(user.result(60) for user in users))
    assert seen <= set(states)
