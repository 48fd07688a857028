"""Measure sk_keras beside Keras, SciKeras, skorch and scikit-learn.

``python -m tests.benchmarks`` in the root of a checkout, with sk_keras installed, runs
all cases, prints a report in Markdown and writes it to ``docs/benchmarks.md``. It makes
the environments for SciKeras and skorch itself, with pip. On Linux skorch is measured
only where pip finds a CPU build of PyTorch, which ``PIP_EXTRA_INDEX_URL`` or
``PIP_FIND_LINKS`` can show it.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from tests.benchmarks.case import Case
from tests.benchmarks.cases import CASES
from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.environments import interpreter
from tests.benchmarks.processes import ROOT, ContenderFailed, Worker, say
from tests.benchmarks.report import page
from tests.benchmarks.rounds import measured
from tests.benchmarks.settings import Settings, quick_settings

CACHE = Path("~/.cache/sk_keras-benchmarks")
OUTPUT = ROOT / "docs" / "benchmarks.md"
ROUNDS = 5


def main(arguments: list[str] | None = None) -> None:
    """Run the cases that the command line names, and write the report."""
    options = _options(arguments)
    mnist = _mnist(options.mnist)
    settings = quick_settings(mnist) if options.quick else Settings(mnist)
    cases = [case for name in options.cases for case in CASES[name](settings)]
    start = partial(_start, _interpreters(cases, options.cache.expanduser()), settings)
    sections = []
    for case in cases:
        say(case.title)
        rounds = 1 if case.once else options.rounds
        results = measured(
            case.visits, start, rounds=rounds, rounds_slow=options.rounds_slow
        )
        sections.append((case, results))
    text = page(
        sections,
        command=_command(options),
        rounds=options.rounds,
        rounds_slow=options.rounds_slow,
        quick=options.quick,
    )
    print(text)
    options.output.write_text(text, encoding="utf-8")
    say(f"written to {options.output}")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    add = parser.add_argument
    add("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; else all")
    add("--rounds", type=int, help=f"turns of each contender ({ROUNDS})")
    add("--rounds-slow", type=int, help="turns of SciKeras in the grid search")
    add("--quick", action="store_true", help="tiny sizes, one round, for a trial")
    add("--mnist", type=Path, help="an mnist.npz with x_train and y_train")
    add("--cache", type=Path, default=CACHE, help="for environments (%(default)s)")
    add("--output", type=Path, default=OUTPUT, help="report (docs/benchmarks.md)")
    options = parser.parse_args(arguments)
    unknown = set(options.cases) - set(CASES)
    if unknown:
        names = ", ".join(sorted(unknown))
        parser.error(f"no such case: {names}; there are {', '.join(CASES)}")
    options.cases = options.cases or list(CASES)
    if options.rounds is None:
        options.rounds = _usual_rounds(options)
    if options.rounds_slow is None:
        options.rounds_slow = options.rounds
    if min(options.rounds, options.rounds_slow) < 1:
        parser.error("there has to be a round")
    return options


def _usual_rounds(options: argparse.Namespace) -> int:
    return 1 if options.quick else ROUNDS


def _mnist(given: Path | None) -> str | None:
    """Find the digits: the path given, else the copy that Keras has stored."""
    if given is not None:
        if not given.is_file():
            sys.exit(f"--mnist: there is no file {given}")
        return str(given.resolve())
    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    stored = home / "datasets" / "mnist.npz"
    return str(stored) if stored.is_file() else None


def _interpreters(cases: list[Case], cache: Path) -> dict[str, Path | ContenderFailed]:
    """Make the environments that the cases need, before anything is measured."""
    names = dict.fromkeys(visit.contender for case in cases for visit in case.visits)
    found: dict[str, Path | ContenderFailed] = {}
    for name in names:
        try:
            found[name] = interpreter(CONTENDERS[name], cache)
        except ContenderFailed as failure:
            say(f"{name}: {failure}")
            found[name] = failure
    return found


def _start(
    interpreters: dict[str, Path | ContenderFailed], settings: Settings, name: str
) -> Worker:
    python = interpreters[name]
    if isinstance(python, ContenderFailed):
        raise python
    return Worker(CONTENDERS[name], python, settings)


def _command(options: argparse.Namespace) -> str:
    """Return the command that repeats this run, on whatever machine."""
    words = ["python -m tests.benchmarks"]
    if options.cases != list(CASES):
        words += options.cases
    if options.quick:
        words.append("--quick")
    if options.rounds != _usual_rounds(options):
        words.append(f"--rounds {options.rounds}")
    if options.rounds_slow < options.rounds:
        words.append(f"--rounds-slow {options.rounds_slow}")
    if options.mnist is not None:
        words.append("--mnist mnist.npz")
    return " ".join(words)


if __name__ == "__main__":
    main()
