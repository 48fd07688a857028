"""Programs that are kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

from sk_keras._shared.keras_objects.seeding import making
from sk_keras._shared.least_recently_used import LeastRecentlyUsed
from sk_keras._training.programs.program import Program

#: Programs that are kept at most. Each takes 2 to 5 MB with small models.
MAX_PROGRAMS = 128


kept_programs: LeastRecentlyUsed[Program] = LeastRecentlyUsed(MAX_PROGRAMS)

#: Held by the thread that makes one.
_TURN = threading.RLock()


def kept(
    key: Hashable | None, make: Callable[[], Program], seed: int | None
) -> Program:
    """Return the program of a key; make it, and keep it if it may be shared."""
    program = None if key is None else kept_programs.get(key)
    if program is not None:
        return program
    # One at a time: the first to come makes it for all who wait.
    with _TURN, making(seed):
        program = None if key is None else kept_programs.get(key)
        if program is None:
            program = make()
            if key is not None and program.shareable:
                kept_programs.put(key, program)
    return program
