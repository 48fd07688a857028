"""Rounds: all contenders of a case one after the other, again and again.

What slows the machine for a while then slows all of them, and a ratio within a round
means something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.processes import ContenderFailed, Worker, say


@dataclass(frozen=True)
class Run:
    """A row of a table: one measure.

    Parameters
    ----------
    label : str
        As the row is called.
    measure : str
        A name of `tests.benchmarks.measures.MEASURES`.
    arguments : dict
        Of the measure.
    """

    label: str
    measure: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Visit:
    """What a contender does in a round.

    Parameters
    ----------
    contender : str
    runs : tuple of Run
        One after the other, in one process.
    fresh : bool, default=False
        Whether every round has a new process; one lives over all rounds otherwise.
    slow : bool, default=False
        Whether it may take part in fewer rounds.
    """

    contender: str
    runs: tuple[Run, ...]
    fresh: bool = False
    slow: bool = False


@dataclass
class Results:
    """What a case has given.

    Attributes
    ----------
    answers : dict of str to list
        For each label an answer for each round, None in rounds without one.
    failures : dict of str to str
        Why a label has no more answers.
    versions : dict of str to dict
        What each contender ran on.
    """

    answers: dict[str, list[dict[str, Any] | None]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)


def measured(
    visits: tuple[Visit, ...],
    start: Callable[[str], Worker],
    *,
    rounds: int,
    rounds_slow: int,
) -> Results:
    """Run all visits in rounds.

    Parameters
    ----------
    visits : tuple of Visit
    start : callable
        Starts a worker, given the name of a contender.
    rounds : int
    rounds_slow : int
        For visits that are slow.

    Returns
    -------
    Results
        A contender that fails once takes no further part.
    """
    labels = [run.label for visit in visits for run in visit.runs]
    results = Results({label: [None] * rounds for label in labels})
    with ExitStack() as stack:
        living: dict[str, Worker] = {}
        for number in range(rounds):
            for visit in visits:
                failed = any(run.label in results.failures for run in visit.runs)
                if failed or (visit.slow and number >= rounds_slow):
                    continue
                try:
                    with _worker(visit, start, living, stack) as worker:
                        _ask(visit, worker, number, results)
                except ContenderFailed as failure:
                    say(f"  {visit.contender}: {failure}")
                    for run in visit.runs:
                        if results.answers[run.label][number] is None:
                            results.failures[run.label] = str(failure)
    return results


@contextmanager
def _worker(
    visit: Visit,
    start: Callable[[str], Worker],
    living: dict[str, Worker],
    stack: ExitStack,
) -> Iterator[Worker]:
    """Lend a new worker for this visit, or the one that lives over all rounds."""
    if visit.fresh:
        with start(visit.contender) as worker:
            yield worker
        return
    if visit.contender not in living:
        living[visit.contender] = stack.enter_context(start(visit.contender))
    yield living[visit.contender]


def _ask(visit: Visit, worker: Worker, number: int, results: Results) -> None:
    for run in visit.runs:
        answer = worker.ask(run.measure, **run.arguments)
        results.answers[run.label][number] = answer
        results.versions[visit.contender] = worker.versions
        told = f"{answer['seconds']:.3g} s" if "seconds" in answer else "done"
        say(f"  round {number + 1}, {run.label}: {told}")
