"""Programs that are kept, and what they are found by."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import keras

from sk_keras._shared.keras_objects.seeding import seeded
from sk_keras._shared.least_recently_used import LeastRecentlyUsed
from sk_keras._training.programs.fingerprint import Fingerprint
from sk_keras._training.programs.program import Program
from sk_keras._training.programs.tokens import CannotCompare

#: Programs that are kept at most. Each takes 2 to 5 MB with small models.
MAX_PROGRAMS = 128


kept_programs: LeastRecentlyUsed[Program] = LeastRecentlyUsed(MAX_PROGRAMS)


def fingerprint_of(model: Any, part: str) -> Fingerprint | None:
    """Return a model's fingerprint, None if it has none.

    Parameters
    ----------
    model : keras.Model
    part : {"forward", "measuring", "training"}
        The largest part that is needed.
    """
    fingerprint = Fingerprint(model)
    try:
        hash(getattr(fingerprint, part))
    except (CannotCompare, TypeError):
        return None
    return fingerprint


def kept(
    key: Hashable | None, make: Callable[[], Program], seed: int | None
) -> Program:
    """Return the program of a key; make it, and keep it if it may be shared."""
    program = None if key is None else kept_programs.get(key)
    if program is not None:
        return program
    # One at a time: the first to come makes it for all who wait.
    with seeded(seed):
        program = None if key is None else kept_programs.get(key)
        if program is None:
            program = make()
            if key is not None and program.shareable:
                kept_programs.put(key, program)
    return program


def overridden(model: Any, names: tuple[str, ...]) -> list[str]:
    """List the methods that a model does not have from `keras.Model`."""
    return [
        name
        for name in names
        if name in vars(model)
        or getattr(type(model), name) is not getattr(keras.Model, name)
    ]


def unique(variables: list[Any]) -> list[Any]:
    """Leave out what comes again; two names for a variable make one argument."""
    return list({id(v): v for v in variables}.values())
