"""``random_state`` without a footprint.

Keras layers and initializers draw their own seeds when they are made. Seeding is
therefore a matter of the moment in which a model is built, or a graph is traced; what
happens later follows from the seeds drawn then. They are drawn from a generator of the
thread's own, so that nothing global is seeded: threads neither disturb a fit nor are
disturbed by one.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from sk_keras._shared.keras_objects.default_seeds import (
    DefaultSeeds,
    default_seeds,
    use_default_seeds,
)
from sk_keras._shared.keras_objects.forks import refuse_late_fork
from sk_keras._shared.keras_objects.private_api.process_state import (
    NAME_COUNTS,
    SEED,
    SEED_GENERATOR,
    keras_state,
)
from sk_keras._shared.warn import warn

MSG_GLOBAL = (
    "Something used a global generator while a model was made or trained: random, "
    "numpy.random, or tf.random outside of graphs. random_state does not reach these, "
    "nor does a seed that a model builder sets them to, and the same fit may give "
    "another result. Draw with keras.random, or have the builder ask for an argument "
    "random_state and draw from that."
)


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
    """Have Keras and TensorFlow draw seeds that follow from this one, in this thread.

    Parameters
    ----------
    seed : int or None
        None leaves them what they have.

    Warns
    -----
    UserWarning
        If an operation of TensorFlow's has drawn that a seed does not reach.
    """
    refuse_late_fork()
    if seed is None:
        yield
        return
    seeds = DefaultSeeds(seed)
    others = use_default_seeds(seeds)
    of_keras = [keras_state().get_global_attribute(name) for name in _KERAS_NAMES]
    _set_in_keras((seed, None))
    try:
        yield
    finally:
        use_default_seeds(others)
        _set_in_keras(of_keras)
    if seeds.passed_by:
        warn(MSG_GLOBAL)


@contextmanager
def making(seed: int | None) -> Iterator[None]:
    """Seed what is made, as `seeded` does.

    Warns
    -----
    UserWarning
        If the generators of Python or NumPy were used, which a seed does not reach.
        Another thread may have used them: where there is one, there is no warning.
    """
    drawn = _global_state()
    with seeded(seed):
        yield
    alone = threading.active_count() == 1
    if seed is not None and alone and _global_state() != drawn:
        warn(MSG_GLOBAL)


#: Keras keeps them for each thread.
_KERAS_NAMES = (SEED, SEED_GENERATOR)


def _set_in_keras(values: Any) -> None:
    for name, value in zip(_KERAS_NAMES, values, strict=True):
        keras_state().set_global_attribute(name, value)


def random_state() -> tuple[Any, ...]:
    """Read all that code may draw from, to see whether something does."""
    seeds = default_seeds()
    return *_global_state(), None if seeds is None else seeds.state()


def _global_state() -> tuple[Any, ...]:
    state: Any = np.random.get_state()
    return random.getstate(), state[1].tobytes(), state[2]


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
