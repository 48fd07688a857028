"""What a case is: one question, put to several contenders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.benchmarks import tables
from tests.benchmarks.rounds import Results, Run, Visit


@dataclass(frozen=True)
class Case:
    """A section of the report.

    Parameters
    ----------
    title : str
    text : str
        What is done, in a sentence or two.
    visits : tuple of Visit, default=()
        In the order in which they take turns.
    show : callable or None, default=None
        Makes the lines below the text from the results.
    once : bool, default=False
        Whether one round is enough.
    """

    title: str
    text: str
    visits: tuple[Visit, ...] = ()
    show: Callable[[Results], list[str]] | None = None
    once: bool = False


def one(
    contender: str, measure: str, *, fresh: bool = False, **arguments: Any
) -> Visit:
    """Return a visit for one measure, labelled as the contender."""
    return Visit(contender, (Run(contender, measure, arguments),), fresh=fresh)


def timings(reference: str, unit: str) -> Callable[[Results], list[str]]:
    return partial(tables.timings, reference=reference, unit=unit)
