"""Seeds for what asks for none, in one thread."""

from __future__ import annotations

import random
import threading
from functools import cache
from typing import Any

from sk_keras._shared.keras_objects.private_api.default_seeds import (
    GetSeed,
    Pair,
    set_random_of_keras,
    set_seeds_of_tensorflow,
)

#: The end of what TensorFlow takes for a seed.
_MAX_SEED = 2**31 - 1


class DefaultSeeds:
    """What Keras and TensorFlow draw from where no seed was given.

    Parameters
    ----------
    seed : int
        What is drawn follows from it.
    """

    def __init__(self, seed: int) -> None:
        #: In place of Python's global generator.
        self.of_keras = random.Random(seed)
        self._of_tensorflow = random.Random(f"tensorflow {seed}")
        self._tensorflow_seed = self._of_tensorflow.randint(1, _MAX_SEED)
        #: Whether an operation has run that TensorFlow keeps the state of.
        self.passed_by = False

    def pair(self, op_seed: int | None, usual: GetSeed) -> Pair:
        """Return both seeds of an operation of TensorFlow's.

        One that runs at once, not in a graph, has what TensorFlow gives it: there is
        one of a pair of seeds in a process, which would go on where it stopped in
        another fit, in whichever thread.
        """
        import tensorflow as tf

        if tf.executing_eagerly():
            self.passed_by = True
            return usual(op_seed)
        if op_seed is None:
            op_seed = self._of_tensorflow.randint(0, _MAX_SEED)
        return self._tensorflow_seed, op_seed % (_MAX_SEED + 1)

    def state(self) -> tuple[Any, ...]:
        """Return what changes when something is drawn."""
        return self.of_keras.getstate(), self._of_tensorflow.getstate()


class _Here(threading.local):
    seeds: DefaultSeeds | None = None


#: The seeds of each thread, None where the global generators serve.
_here = _Here()


class _Random:
    """Python's module ``random``, with a generator of the thread's where it has one."""

    def __getattr__(self, name: str) -> Any:
        seeds = _here.seeds
        return getattr(random if seeds is None else seeds.of_keras, name)


def _around(usual: GetSeed) -> GetSeed:
    def get_seed(op_seed: int | None) -> Pair:
        seeds = _here.seeds
        return usual(op_seed) if seeds is None else seeds.pair(op_seed, usual)

    return get_seed


@cache
def _serve_threads() -> None:
    """Have Keras and TensorFlow ask for the seeds of the thread that they run in."""
    set_random_of_keras(_Random())
    set_seeds_of_tensorflow(_around)


def use_default_seeds(seeds: DefaultSeeds | None) -> DefaultSeeds | None:
    """Set the seeds of this thread; return those before."""
    _serve_threads()
    before, _here.seeds = _here.seeds, seeds
    return before


def default_seeds() -> DefaultSeeds | None:
    """Return the seeds of this thread."""
    return _here.seeds
