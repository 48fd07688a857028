"""The report: a page of Markdown."""

from __future__ import annotations

import datetime
import os
import platform
import textwrap
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks import tables
from tests.benchmarks.case import Case
from tests.benchmarks.rounds import Results

HOW = """
Every contender runs in a process of its own, on the CPU, with its default threads, and
in an environment of its own where it needs other packages. They take turns: in each
round ({rounds} in all) all of them do the work once, one after the other, so that a
spell in which the machine is slow falls on all of them. Figures are medians over the
rounds; beside the ratio of the medians stand the lowest and the highest ratio within a
round. Imports are not counted. Data, architecture, optimizer (Adam, learning rate
0.001), batch size, epochs and number type (float32) are the same for all; the
accuracies show that they do the same work. All are seeded: SciKeras by
`keras.utils.set_random_seed`, since its `random_state` turns on deterministic
operations, which are slower. Nothing is measured on a GPU.
"""
SLOW = "SciKeras takes part in {rounds_slow} rounds of the grid search."
QUICK = "**A quick run: sizes are tiny, and the figures mean nothing.**"
REPEAT = "To repeat it, in a checkout with sk_keras installed:"


def page(
    sections: list[tuple[Case, Results]],
    *,
    command: str,
    rounds: int,
    rounds_slow: int,
    quick: bool,
) -> str:
    """Write the report.

    Parameters
    ----------
    sections : list of tuple of Case and Results
    command : str
        What repeats the run.
    rounds, rounds_slow : int
    quick : bool
        Whether the sizes are those of `quick_settings`.

    Returns
    -------
    text : str
    """
    how = HOW.format(rounds=rounds)
    if rounds_slow < rounds:
        how += SLOW.format(rounds_slow=rounds_slow)
    versions = {k: v for _, results in sections for k, v in results.versions.items()}
    lines = [
        *("# Benchmarks", ""),
        *([QUICK, ""] if quick else []),
        *_wrapped(how),
        "",
        *(REPEAT, "", "```", command, "```", ""),
        *("## Machine and versions", ""),
        *_wrapped(f"{machine()}. Measured on {datetime.date.today()}."),
        "",
        *_versions(versions),
        "",
    ]
    for case, results in sections:
        lines += [f"## {case.title}", "", *_wrapped(case.text), ""]
        if case.show:
            lines += [*case.show(results), ""]
    return "\n".join(lines)


def machine() -> str:
    """Name the processor, its cores and the operating system."""
    cores = os.cpu_count()
    return f"{_processor()}, {cores} core{'s' * (cores != 1)}, {_system()}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _versions(versions: Mapping[str, Mapping[str, str]]) -> list[str]:
    rows = [
        (name, ", ".join(f"{package} {number}" for package, number in of.items()))
        for name, of in versions.items()
    ]
    return tables.table(("contender", "versions"), rows, figures=False) if rows else []


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()), 88, break_on_hyphens=False, break_long_words=False
    )
