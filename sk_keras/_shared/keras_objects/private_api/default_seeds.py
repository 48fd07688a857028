"""Borrowed: where Keras and TensorFlow take the seeds that nobody gave."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sk_keras._shared.keras_objects.private_api.register import TENSORFLOW, borrows

#: Both seeds of an operation of TensorFlow's.
Pair = tuple[int | None, int | None]

#: Gives them, from the operation's own seed if it has one.
GetSeed = Callable[[int | None], Pair]

#: Modules of Keras that draw with Python's generator, and what they call it.
_USERS_OF_RANDOM = (
    ("keras.src.random.seed_generator", "python_random"),
    ("keras.src.layers.preprocessing.image_preprocessing.aug_mix", "py_random"),
)


@borrows(
    "python_random",
    of="keras.src.random.seed_generator",
    why="Default seeds come from Python's global generator, which all threads share.",
    instead="A seed for that generator: other threads would draw from it.",
)
@borrows(
    "py_random",
    of="keras.src.layers.preprocessing.image_preprocessing.aug_mix",
    why="The layer draws what it does from the same generator.",
    instead="The same.",
)
def set_random_of_keras(module: Any) -> None:
    """Have Keras use a module in place of Python's ``random``."""
    for user, name in _USERS_OF_RANDOM:
        with suppress(ModuleNotFoundError):  # Keras 3.8 has no AugMix
            setattr(importlib.import_module(user), name, module)


@borrows(
    "get_seed",
    of="tensorflow.python.framework.random_seed",
    version=TENSORFLOW,
    why="tf.random.set_seed seeds all threads, and nothing reads what it was before.",
    instead="tf.random.set_seed within what is traced; nothing for what runs at once.",
)
def set_seeds_of_tensorflow(around: Callable[[GetSeed], GetSeed]) -> None:
    """Put a function around the one by which operations get their seeds."""
    from tensorflow.python.framework import random_seed

    random_seed.get_seed = around(random_seed.get_seed)
