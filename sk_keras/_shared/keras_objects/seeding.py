"""``random_state`` without a trace.

Keras layers and initializers draw their own seeds, when they are made, from
Python's global generator. Seeding is therefore a matter of the moment in which
a model is built; what happens later follows from the seeds drawn then.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from sk_keras._shared.keras_objects.forks import refuse_late_fork
from sk_keras._shared.keras_objects.private_api.process_state import (
    NAME_COUNTS,
    SEED,
    SEED_GENERATOR,
    eager_context,
    keras_state,
    set_tensorflow_seed,
    tensorflow_seed,
)

#: Global generators can serve one build at a time. Builds without a seed take
#: turns as well: they would draw from the generators of a seeded one.
_TURNS = threading.RLock()

_KERAS_NAMES = (SEED, SEED_GENERATOR)


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
    refuse_late_fork()
    with _TURNS:
        if seed is None:
            yield
            return
        state = _read()
        drawn = _seed_all(seed)
        try:
            yield
        finally:
            _write(state)
            if drawn():
                # TensorFlow keeps the state of operations that have drawn, and
                # would go on with it when they come again.
                eager_context().clear_kernel_cache()


class _WatchedSeed(int):
    """A seed that knows whether it was used: TensorFlow takes it modulo 2**31."""

    used = False

    def __mod__(self, other: int) -> int:
        self.used = True
        return int(self) % other


def _seed_all(seed: int) -> Callable[[], bool]:
    """Seed every global generator as `keras.utils.set_random_seed` does.

    That function also has TensorFlow drop all prepared operations, programs
    among them, to be ready for one that has drawn with this seed before.

    Returns
    -------
    callable
        Tells whether something has drawn from TensorFlow's generator.
    """
    random.seed(seed)
    np.random.seed(seed)
    for name, value in zip(_KERAS_NAMES, (seed, None), strict=True):
        keras_state().set_global_attribute(name, value)
    # Not the seed itself: a user may have drawn with that.
    watched = _WatchedSeed(random.Random(seed).getrandbits(31))
    set_tensorflow_seed(watched, random.Random(watched))
    return lambda: watched.used


def random_state() -> tuple[Any, ...]:
    """Read the generators of Python and NumPy, to see whether something draws."""
    state: Any = np.random.get_state()
    return random.getstate(), state[1].tobytes(), state[2]


def _read() -> dict[str, Any]:
    return {
        "python": random.getstate(),
        "numpy": np.random.get_state(),
        "keras": {
            name: keras_state().get_global_attribute(name) for name in _KERAS_NAMES
        },
        "tensorflow": tensorflow_seed(),
    }


def _write(state: dict[str, Any]) -> None:
    random.setstate(state["python"])
    np.random.set_state(state["numpy"])
    for name, value in state["keras"].items():
        keras_state().set_global_attribute(name, value)
    set_tensorflow_seed(*state["tensorflow"])


@contextmanager
def plain_variable_names() -> Iterator[None]:
    """Give all variables of TensorFlow one name; those of Keras keep theirs.

    TensorFlow keeps some 30 kB for each name of a variable that it has met, for
    good, and Keras numbers its layers through a process ("dense_7/kernel").
    """
    import tensorflow as tf

    def create(make: Callable[..., Any], **kwargs: Any) -> Any:
        with tf.name_scope("sk_keras/"):
            return make(**{**kwargs, "name": "variable"})

    with tf.variable_creator_scope(create):
        yield


@contextmanager
def names_made_up() -> Iterator[dict[str, str]]:
    """Take down the names that Keras makes up for layers without any.

    It counts the layers of a class in a process: the names of a model's layers
    depend on the models made before.

    Yields
    ------
    dict of str to str
        Filled at the end: each name, and the name without its number.
    """
    names: dict[str, str] = {}
    before = _name_counts()
    yield names
    for stem, count in _name_counts().items():
        for number in range(before.get(stem, 0), count):
            names[f"{stem}_{number}" if number else stem] = stem


def _name_counts() -> dict[str, int]:
    return dict(keras_state().get_global_attribute(NAME_COUNTS) or {})
