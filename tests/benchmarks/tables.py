"""Tables in Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from tests.benchmarks.rounds import Results

#: How many of a unit make a second.
UNITS = {"s": 1, "ms": 1000}


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, figures: bool = True
) -> list[str]:
    """Return the lines of a table.

    Parameters
    ----------
    header : sequence of str
    rows : iterable of sequence of str
    figures : bool, default=True
        Whether all columns but the first hold figures.

    Returns
    -------
    lines : list of str
    """
    rule = ["---", *["---:" if figures else "---"] * (len(header) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (header, rule, *rows)]


def figure(value: float) -> str:
    """Return three digits, without an exponent."""
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3g}"


def timings(
    results: Results, reference: str, unit: str, score: str = "accuracy"
) -> list[str]:
    """Tabulate medians over the rounds, and ratios to a reference.

    Parameters
    ----------
    results : Results
    reference : str
        The label of the row that the others are compared with.
    unit : {"s", "ms"}
    score : str, default="accuracy"
        What the answers have that shows that all do the same work.

    Returns
    -------
    lines : list of str
    """
    header = (
        "contender",
        f"median, {unit}",
        f"times faster than {reference}",
        "lowest and highest of the rounds",
        score,
    )
    rows = [
        _timing(results, label, reference, unit, score) for label in results.answers
    ]
    return table(header, rows) + _failures(results)


def _timing(
    results: Results, label: str, reference: str, unit: str, score: str
) -> tuple[str, str, str, str, str]:
    seconds = _values(results, label, "seconds")
    if not seconds:
        return label, "-", "-", "-", "-"
    median = statistics.median(seconds)
    middle = statistics.median(_values(results, label, score))
    of_rounds = _ratios(results, label, reference)
    ratio = spread = "-"
    if label == reference:
        ratio = "1 (reference)"
    elif of_rounds:
        of_reference = statistics.median(_values(results, reference, "seconds"))
        ratio = figure(of_reference / median)
        spread = f"{figure(min(of_rounds))} to {figure(max(of_rounds))}"
    return label, figure(median * UNITS[unit]), ratio, spread, f"{middle:.3f}"


def _ratios(results: Results, label: str, reference: str) -> list[float]:
    """Return the ratios of the rounds in which both took part."""
    pairs = zip(results.answers[reference], results.answers[label], strict=True)
    return [a["seconds"] / b["seconds"] for a, b in pairs if a and b]


def _values(results: Results, label: str, key: str) -> list[Any]:
    return [answer[key] for answer in results.answers[label] if answer]


def memory(results: Results, noun: str) -> list[str]:
    """Tabulate resident memory after the first tenth and at the end.

    Parameters
    ----------
    results : Results
    noun : str
        What was repeated, in the plural: "fits" or "searches".

    Returns
    -------
    lines : list of str
    """
    header = (
        "contender",
        noun,
        "MiB after the first tenth",
        "MiB after the last",
        f"MiB more in 100 {noun}",
    )
    rows = []
    for label, (answer, *_) in results.answers.items():
        if answer is None:
            rows.append((label, "-", "-", "-", "-"))
            continue
        first, last, times = answer["first"], answer["last"], answer["times"]
        growth = 100 * (last - first) / max(1, times - answer["tenth"])
        sizes = (f"{first:.0f}", f"{last:.0f}", f"{growth:.1f}")
        rows.append((label, str(times), *sizes))
    return table(header, rows) + _failures(results)


def resident(results: Results) -> list[str]:
    """Say how much memory the processes had at the end of their first round."""
    sizes = [
        f"{label} {answers[0]['mebibytes']:,.0f} MiB"
        for label, answers in results.answers.items()
        if answers and answers[0]
    ]
    return ["", f"Resident memory after the first search: {', '.join(sizes)}."]


def by_size(
    results: Results, noun: str, contenders: Sequence[str], sizes: Sequence[str]
) -> list[str]:
    """Tabulate medians with a line for each size and a column for each contender.

    Parameters
    ----------
    results : Results
        Its labels are "contender, size".
    noun : str
        What the sizes count, in the plural.
    contenders, sizes : sequence of str
        The ratios are those of each other contender to the first.

    Returns
    -------
    lines : list of str
    """
    first, *others = contenders
    header = (
        noun,
        *(f"{who}, ms" for who in contenders),
        *(f"{who} / {first}" for who in others),
    )
    rows = []
    for size in sizes:
        found = {
            who: _values(results, f"{who}, {size}", "seconds") for who in contenders
        }
        medians = {who: statistics.median(v) for who, v in found.items() if v}
        times = [figure(medians[w] * 1000) if w in medians else "-" for w in contenders]
        ratios = [
            figure(medians[w] / medians[first]) if {w, first} <= medians.keys() else "-"
            for w in others
        ]
        rows.append((size, *times, *ratios))
    return table(header, rows) + _failures(results)


def same_scores(results: Results) -> list[str]:
    """Say whether all labels have the same scores in every round."""
    answers = [a for of_label in results.answers.values() for a in of_label if a]
    if len({label for label, a in results.answers.items() if any(a)}) < 2:
        return []
    same = all(answer["scores"] == answers[0]["scores"] for answer in answers)
    verb = "are equal" if same else "differ"
    return ["", f"The mean test scores of both, in all rounds, {verb}."]


def _failures(results: Results) -> list[str]:
    """Say who is missing, and why."""
    return [
        line
        for label, reason in results.failures.items()
        for line in ("", f"{label} failed: {reason}.")
    ]
