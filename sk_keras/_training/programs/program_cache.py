"""Programs that are kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

from sk_keras._shared.keras_objects.seeding import making
from sk_keras._shared.least_recently_used import LeastRecentlyUsed
from sk_keras._training.programs.program import Program

#: Programs that are kept at most, and the bytes of their graphs. TensorFlow takes 25 to
#: 45 times as much: 2 MB for a small network, 4 for a recurrent one.
MAX_PROGRAMS, MAX_BYTES = 128, 2**23

kept_programs: LeastRecentlyUsed[Program] = LeastRecentlyUsed(
    lambda program: program.graph_bytes, MAX_BYTES, MAX_PROGRAMS
)

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
