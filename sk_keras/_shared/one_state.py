"""Fits and predictions of one estimator in several threads: the old state or the new.

A fit changes a model step by step, and other attributes after it. Who predicts in
another thread meanwhile waits for its end. Pickles do not wait: joblib makes them in a
thread of its own, also for what a callback asks for.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

from sk_keras._shared.warn import warn

#: Seconds that a thread waits for another one at most: the other may wait for it.
LONG = 10.0

MSG_WAITED = (
    "A thread has waited for 10 s for another thread to be done with the same {name}, "
    "and goes on beside it: what it predicts may be of a model that is half trained. "
    "To predict while an estimator is fitted, predict with a copy of it, by "
    "copy.deepcopy, or fit a clone and exchange it when it is ready."
)

_Method = TypeVar("_Method", bound=Callable[..., Any])


class _Gate:
    """Lets many threads in that read, or one that changes something.

    Who is inside comes in again without waiting: a callback of a fit may predict. It
    may also have another thread predict and wait for that, which nobody can know: so
    nobody waits for long, and once is enough in one fit.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._moved = threading.Condition()
        self._readers: Counter[int] = Counter()
        self._writers: Counter[int] = Counter()
        self._waiting = 0
        self._gave_up = False

    @contextmanager
    def many(self) -> Iterator[None]:
        me = threading.get_ident()
        with self._moved:
            if me not in self._readers and me not in self._writers:
                # Not before a thread that waits to change something, or it never could.
                self._wait(lambda: not self._writers and not self._waiting)
            self._readers[me] += 1
        with self._leaving(self._readers, me):
            yield

    @contextmanager
    def one(self) -> Iterator[None]:
        me = threading.get_ident()
        with self._moved:
            self._waiting += 1
            try:
                self._wait(
                    lambda: not (self._readers.keys() | self._writers.keys()) - {me}
                )
            finally:
                self._waiting -= 1
            self._writers[me] += 1
        with self._leaving(self._writers, me):
            yield

    def _wait(self, is_free: Callable[[], bool]) -> None:
        def goes_on() -> bool:
            return self._gave_up or is_free()

        if not self._moved.wait_for(goes_on, timeout=LONG):
            self._gave_up = True
            self._moved.notify_all()
            warn(MSG_WAITED.format(name=self._name))

    @contextmanager
    def _leaving(self, inside: Counter[int], me: int) -> Iterator[None]:
        try:
            yield
        finally:
            with self._moved:
                inside[me] -= 1
                if not inside[me]:
                    del inside[me]
                if not self._writers and not self._waiting:
                    self._gave_up = False
                self._moved.notify_all()


#: By the identity of an estimator: one of a user's may be equal to another.
_gates: dict[int, _Gate] = {}
_new_gate = threading.Lock()

if hasattr(os, "register_at_fork"):
    # The threads that are inside are not in the child.
    os.register_at_fork(after_in_child=_gates.clear)


def _gate(estimator: Any) -> _Gate:
    gate = _gates.get(id(estimator))
    if gate is None:
        with _new_gate:
            gate = _gates.get(id(estimator))
            if gate is None:
                gate = _gates[id(estimator)] = _Gate(type(estimator).__name__)
                end = weakref.finalize(estimator, _gates.pop, id(estimator), None)
                end.atexit = False
    return gate


def changes_state(method: _Method) -> _Method:
    """Let a method of an estimator run when no other thread uses that estimator."""
    return _through(_Gate.one, method)


def reads_state(method: _Method) -> _Method:
    """Let a method of an estimator run while no other thread changes that estimator."""
    return _through(_Gate.many, method)


def _through(way: Callable[[_Gate], Any], method: _Method) -> _Method:
    @wraps(method)
    def gated(self: Any, *args: Any, **kwargs: Any) -> Any:
        with way(_gate(self)):
            return method(self, *args, **kwargs)

    return cast(_Method, gated)
