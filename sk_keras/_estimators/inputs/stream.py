"""Data that come batch by batch: generators, `keras.utils.PyDataset`, `tf.data`."""

from __future__ import annotations

import inspect
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count as count_up
from typing import Any

import numpy as np

from sk_keras._estimators.inputs.stream_batches import as_batch, together
from sk_keras._shared.warn import warn

MSG_ENDLESS = (
    "{what} does not say how many batches it has, and may go on for ever. Give "
    "{argument}, the number of batches to take{hint}."
)
MSG_ENDED = (
    "The generator ended after {done} batches, and each pass takes {steps}. Let it "
    "go on (while True), or ask for fewer: {argument} says how many."
)

MSG_EMPTY = "X is a {what} without batches: there is nothing to take from it."
MSG_ROUND = (
    "{argument}={steps} is more than the {count} batches that X has: a pass goes "
    "round, and takes batches again."
)


def is_stream(X: Any) -> bool:
    """Tell whether X gives batches one after the other."""
    keras, tf = sys.modules.get("keras"), sys.modules.get("tensorflow")
    if keras is not None and isinstance(X, keras.utils.PyDataset):
        return True
    if tf is not None and isinstance(X, tf.data.Dataset):
        return True
    return isinstance(X, Iterator)


def open_stream(
    X: Any,
    y: Any,
    sample_weight: Any,
    steps: int | None,
    argument: str,
    *,
    from_start: bool = False,
    targets: bool = True,
) -> BatchStream | None:
    """Return the batches of X, or None if X is no stream; see `BatchStream`.

    Raises
    ------
    ValueError
        If nobody knows when a pass ends.
    TypeError
        If targets or weights come beside the batches.
    """
    if inspect.isgeneratorfunction(X):
        raise TypeError(
            f"X is the function {X.__name__}, which makes generators. Call it, and "
            f"give what it returns: {X.__name__}()."
        )
    if not is_stream(X):
        return None
    if y is not None or sample_weight is not None:
        what = "y" if y is not None else "sample_weight"
        raise TypeError(
            f"X is a {type(X).__name__}, whose batches hold the targets and weights, "
            f"but {what} was given as well. Leave it out."
        )
    return BatchStream(X, steps, argument, from_start=from_start, targets=targets)


class BatchStream:
    """Batches of a source, pass after pass.

    Parameters
    ----------
    source : generator, keras.utils.PyDataset or tf.data.Dataset
        Each batch is X, or a tuple (X, y) or (X, y, sample_weight).
    steps : int or None
        Batches of a pass; None is all that the source says it has.
    argument : str
        What the user gives the number by, for messages.
    order : numpy.random.RandomState or None, default=None
        Draws the order of a PyDataset's batches; None keeps it.
    from_start : bool, default=False
        Whether a pass of a number of ``steps`` begins with the source's first
        batch, and not where the last one ended. A generator always goes on.
    targets : bool, default=True
        Whether batches to train on must have targets.

    Raises
    ------
    ValueError
        If nobody knows when a pass ends.
    """

    def __init__(
        self,
        source: Any,
        steps: int | None,
        argument: str,
        order: np.random.RandomState | None = None,
        *,
        from_start: bool = False,
        targets: bool = True,
    ) -> None:
        self.source = source
        self.targets = targets
        self.argument = argument
        self.order = order
        self._from_start = from_start or steps is None
        self.steps = self._count() if steps is None else steps
        self._check_steps()
        self._kept: list[Any] = []
        self._batches: Iterator[Any] | None = None
        self._taken = 0

    def _count(self) -> int:
        """Ask the source how many batches it has."""
        what, hint, count = "A generator", "", _n_batches(self.source)
        if hasattr(self.source, "cardinality"):
            what = "The tf.data.Dataset"
            if count == -2:  # unknown; -1 is without end
                hint = ", or tell it by tf.data.experimental.assert_cardinality"
        elif not isinstance(self.source, Iterator):
            what = "The PyDataset"
        if count is None or count < 0:
            raise ValueError(
                MSG_ENDLESS.format(what=what, argument=self.argument, hint=hint)
            )
        return int(count)

    def _check_steps(self) -> None:
        """Refuse a source without batches; warn of a pass that is longer than it."""
        count = _n_batches(self.source)
        if count == 0 or self.steps == 0:
            raise ValueError(MSG_EMPTY.format(what=type(self.source).__name__))
        if count is not None and 0 < count < self.steps:
            text = MSG_ROUND.format(
                argument=self.argument, steps=self.steps, count=count
            )
            warn(text)

    def first(self) -> tuple[Any, ...]:
        """Return the first batch to train on; a generator's is kept for a pass.

        Raises
        ------
        ValueError
            If it is a single row, or has no targets.
        """
        if isinstance(self.source, Iterator):
            if not self._kept:
                self._kept = [self._next(self.source)]
            batch = _batched(as_batch(self._kept[0]))
        else:
            batch = _batched(as_batch(self._next(self._start())))
        if self.targets and batch[1] is None:
            raise ValueError(
                "X gives batches without targets. To train, each batch must be a tuple "
                "(X, y) or (X, y, sample_weight)."
            )
        return batch

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Go through one pass."""
        yield from map(as_batch, self._pass())
        self._call("on_epoch_end")

    def together(self, at_most: int) -> Iterator[tuple[tuple[Any, ...], int]]:
        """Go through one pass; put batches together that are alike.

        To check and to run each by itself takes longer than to train on it.

        Parameters
        ----------
        at_most : int
            Batches that are put together.

        Yields
        ------
        batch : tuple
            One, or several, one behind the other.
        n_batches : int
            How many these are; all have the same number of rows.
        """
        yield from together(self._pass(), at_most)
        self._call("on_epoch_end")

    def _pass(self) -> Iterator[Any]:
        if self._from_start or self._batches is None:
            self._batches = self._start()
        for _ in range(self.steps):
            batch = self._kept.pop() if self._kept else self._next(self._batches)
            self._taken += 1
            yield batch

    def _next(self, batches: Iterator[Any]) -> Any:
        try:
            return next(batches)
        except StopIteration:
            pass
        if not isinstance(self.source, Iterator):
            # Passes of a given number of batches go on where the last one ended.
            self._batches = self._start()
            for batch in self._batches:
                return batch
            raise ValueError(MSG_EMPTY.format(what=type(self.source).__name__))
        raise ValueError(
            MSG_ENDED.format(done=self._taken, steps=self.steps, argument=self.argument)
        )

    def _start(self) -> Iterator[Any]:
        if isinstance(self.source, Iterator):
            return self.source
        if hasattr(self.source, "cardinality"):
            return iter(self.source)
        self._call("on_epoch_begin")
        return self._items()

    def _items(self) -> Iterator[Any]:
        count = self.source.num_batches
        if count is None:
            numbers: Iterator[int] = count_up()
        else:
            drawn = None if self.order is None else self.order.permutation(count)
            numbers = iter(range(count) if drawn is None else drawn)
        if self.source.workers > 1:
            return _ahead(self.source, numbers)
        return (self.source[int(number)] for number in numbers)

    def _call(self, hook: str) -> None:
        method = getattr(self.source, hook, None)
        if method is not None:
            method()


def _n_batches(source: Any) -> int | None:
    """Count the batches of a source, None where it does not tell; -1 has no end."""
    if hasattr(source, "cardinality"):
        return int(source.cardinality())
    if isinstance(source, Iterator):
        return None
    count: int | None = source.num_batches
    return count


def _ahead(source: Any, numbers: Iterator[int]) -> Iterator[Any]:
    """Get batches of a PyDataset in threads, some ahead of their use."""
    waiting: deque[Future[Any]] = deque()
    with ThreadPoolExecutor(source.workers) as pool:
        try:
            for number in numbers:
                waiting.append(pool.submit(source.__getitem__, int(number)))
                if len(waiting) >= max(source.max_queue_size, 1):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _batched(batch: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuse single rows in place of batches."""
    if any(getattr(values, "shape", None) == () for values in batch):
        raise ValueError(
            "X gives single rows, and batches are needed: arrays with an axis for the "
            "rows. A tf.data.Dataset is cut into batches by its batch(32)."
        )
    return batch
