"""Cases of how the time of a fit or a search grows."""

from __future__ import annotations

from functools import partial

from tests.benchmarks import tables
from tests.benchmarks.case import Case
from tests.benchmarks.rounds import Run, Visit
from tests.benchmarks.settings import Settings


def growth(settings: Settings) -> list[Case]:
    """Return the cases of more rows, more columns and more candidates."""
    width, batch_size = settings.small_width, settings.growth_batch_size
    fit = (
        f"One hidden layer of {width} units, batches of {batch_size}; each fit builds "
        "a new network, in a process that has fitted one of its kind before. "
    )
    columns, rows = settings.small_features, settings.growth_rows_of_columns
    low, high = settings.architecture_widths
    search = (
        f"The search over perceptrons of widths from {low} to {high} above, over fewer "
        f"or more of them, each in a new process: {settings.architecture_rows:,} rows, "
        f"{settings.architecture_epochs} epochs, three folds. The time is that of one "
        "fit and its score."
    )
    everyone = ("sk_keras", "Keras", "MLPClassifier")
    return [
        _case(
            "More rows",
            f"{fit}{columns} columns, one epoch.",
            everyone,
            [
                (f"{n:,}", "sized_fit", {"rows": n, "columns": columns, "epochs": 1})
                for n in settings.growth_rows
            ],
        ),
        _case(
            "More columns",
            f"{fit}{rows:,} rows, 5 epochs.",
            everyone,
            [
                (f"{n:,}", "sized_fit", {"rows": rows, "columns": n, "epochs": 5})
                for n in settings.growth_columns
            ],
        ),
        _case(
            "More candidates",
            search,
            ("sk_keras", "skorch", "MLPClassifier"),
            [
                (f"{n:,}", "architectures", {"candidates": n})
                for n in settings.growth_candidates
            ],
            fresh=True,
        ),
    ]


def _case(
    title: str,
    text: str,
    contenders: tuple[str, ...],
    sizes: list[tuple[str, str, dict[str, int]]],
    *,
    fresh: bool = False,
) -> Case:
    """Make a case whose table has a line for each size."""
    visits = tuple(
        Visit(who, (Run(f"{who}, {size}", measure, arguments),), fresh=fresh)
        for size, measure, arguments in sizes
        for who in contenders
    )
    names = [size for size, *_ in sizes]
    noun = title.lower().removeprefix("more ")
    show = partial(tables.by_size, noun=noun, contenders=contenders, sizes=names)
    return Case(title, text, visits, show)
