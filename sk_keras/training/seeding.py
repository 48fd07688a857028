"""``random_state`` without a trace.

Keras layers and initializers draw their own seeds, when they are made, from
Python's global generator. Seeding is therefore a matter of the moment in which
a model is built; what happens later follows from the seeds drawn then.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

#: Global generators can serve one build at a time. Builds without a seed take
#: turns as well: they would draw from the generators of a seeded one.
_TURNS = threading.RLock()

_KERAS_NAMES = ("global_random_seed", "global_seed_generator")


def draw_seed(random_state: Any) -> int | None:
    """Draw the seed of one fit from a ``random_state`` parameter.

    Parameters
    ----------
    random_state : int, numpy.random.RandomState or None

    Returns
    -------
    int or None
        None leaves the global generators as the user has them.
    """
    from sklearn.utils import check_random_state

    if random_state is None:
        return None
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(np.iinfo(np.int32).max))
    check_random_state(random_state)
    return int(random_state)


@contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Seed every global generator, and put all of them back afterwards.

    Parameters
    ----------
    seed : int or None
        None seeds nothing; it only waits for seeded builds in other threads.
    """
    with _TURNS:
        if seed is None:
            yield
            return
        import keras

        state = _read()
        keras.utils.set_random_seed(seed)
        try:
            yield
        finally:
            _write(state)


def _read() -> dict[str, Any]:
    # Neither library has a public way to read its global seed.
    from keras.src.backend.common import global_state
    from tensorflow.python.eager import context

    eager = context.context()
    return {
        "python": random.getstate(),
        "numpy": np.random.get_state(),
        "keras": {
            name: global_state.get_global_attribute(name) for name in _KERAS_NAMES
        },
        "tensorflow": (eager._seed, getattr(eager, "_rng", None)),
    }


def _write(state: dict[str, Any]) -> None:
    from keras.src.backend.common import global_state
    from tensorflow.python.eager import context

    random.setstate(state["python"])
    np.random.set_state(state["numpy"])
    for name, value in state["keras"].items():
        global_state.set_global_attribute(name, value)
    eager = context.context()
    eager._seed, eager._rng = state["tensorflow"]
