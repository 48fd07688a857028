"""A dict that keeps what was used last, up to a bound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class LeastRecentlyUsed(Generic[T]):
    """A bounded dict, safe under threads, that forgets what is not used.

    Parameters
    ----------
    bytes_of : callable
        Says how many bytes a value takes.
    max_bytes : int
        Bytes that are kept at most.
    max_values : int or None, default=None
        Number of values that are kept at most.
    """

    def __init__(
        self,
        bytes_of: Callable[[T], int],
        max_bytes: int,
        max_values: int | None = None,
    ) -> None:
        self.max_bytes, self.max_values = max_bytes, max_values
        self._bytes_of = bytes_of
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> T | None:
        """Return the value of a key, None if there is none."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: Hashable, value: T) -> None:
        """Keep a value, and forget those that have not been used for longest."""
        with self._lock:
            if key in self._values:
                self._forget(key)
            self._values[key] = value
            self._bytes += self._bytes_of(value)
            while self._values and self._is_full():
                self._forget(next(iter(self._values)))

    def clear(self) -> None:
        """Forget all values."""
        with self._lock:
            self._values.clear()
            self._bytes = 0

    def _is_full(self) -> bool:
        many = self.max_values is not None and len(self._values) > self.max_values
        return many or self._bytes > self.max_bytes

    def _forget(self, key: Hashable) -> None:
        self._bytes -= self._bytes_of(self._values.pop(key))
