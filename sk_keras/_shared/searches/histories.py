"""Histories of the fits of searches, kept in this process for a while.

A search drops the estimators that it has fitted. Their histories stay here, the last
ones of them, until `sk_keras.inspection.search_history` asks.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

import numpy as np

from sk_keras._shared.searches.fit_place import FitPlace

History = Mapping[str, list[float]]
Levels = tuple[int | None, ...]
Kept = tuple[tuple[str, ...], np.ndarray]

#: What all histories together may take, in bytes.
MAX_BYTES = 2**25

#: How many searches may be remembered, those without their histories included.
MAX_RUNS = 2**10

#: What a history takes beside its numbers, about, in bytes.
_OVERHEAD = 400


def _cost(kept: Kept | None) -> int:
    return 0 if kept is None else kept[1].nbytes + _OVERHEAD


class HistoryStore:
    """Histories by searches and fits, the latest searches only.

    Parameters
    ----------
    max_bytes : int
        A search whose histories alone take more is not kept at all.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._bytes = 0
        #: None in place of what was dropped, so that nothing comes in half.
        self._runs: OrderedDict[str, dict[Levels, Kept] | None] = OrderedDict()

    def keep(self, place: FitPlace, history: History) -> None:
        """Keep the history of a fit; a later one at the same place replaces it."""
        kept = (tuple(history), np.array(list(history.values()), dtype=np.float64))
        with self._lock:
            fits = self._runs.setdefault(place.run, {})
            if fits is None:
                return
            self._bytes -= _cost(fits.get(place.levels))
            fits[place.levels] = kept
            self._bytes += _cost(kept)
            self._shrink()

    def _shrink(self) -> None:
        """Drop the histories of the oldest searches, and forget very old ones."""
        if self._bytes > self.max_bytes:
            for run in self._runs:
                self._drop(run)
                if self._bytes <= self.max_bytes:
                    break
        while len(self._runs) > MAX_RUNS:
            self._drop(next(iter(self._runs)))
            self._runs.popitem(last=False)

    def _drop(self, run: str) -> None:
        fits = self._runs[run] or {}
        self._bytes -= sum(map(_cost, fits.values()))
        self._runs[run] = None

    def fits(self, run: str) -> dict[Levels, History]:
        """Return the histories of a search; none if they are not here."""
        with self._lock:
            fits = dict(self._runs.get(run) or {})
        return {
            levels: dict(zip(names, values.tolist(), strict=True))
            for levels, (names, values) in fits.items()
        }


#: The one of this process.
STORE = HistoryStore()


def keep_history(place: FitPlace, history: History) -> None:
    """Keep the history of a fit for a candidate of a search; no other's."""
    if history and any(n is not None for n in place.levels):
        STORE.keep(place, history)
