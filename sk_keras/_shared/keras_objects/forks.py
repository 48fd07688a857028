"""Processes that were forked when TensorFlow had run, in which it would hang.

Its threads do not come along, and the first computation waits for them for ever.
"""

from __future__ import annotations

import os

from sk_keras._shared.keras_objects.private_api.process_state import tensorflow_has_run

MSG_FORKED = (
    "This process was forked from one in which TensorFlow had run already, and "
    "TensorFlow's threads did not come along: it would wait for them for ever. Start "
    'processes another way: multiprocessing.get_context("spawn"), or joblib\'s default '
    'backend "loky". Or have the first fit of the parent come after the fork.'
)

_too_late = False


def _note_fork() -> None:
    global _too_late
    _too_late = _too_late or tensorflow_has_run()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no forks
    os.register_at_fork(after_in_child=_note_fork)


def refuse_late_fork() -> None:
    """Raise an error where TensorFlow would hang.

    Raises
    ------
    RuntimeError
        If this process was forked when TensorFlow had run.
    """
    if _too_late:
        raise RuntimeError(MSG_FORKED)
