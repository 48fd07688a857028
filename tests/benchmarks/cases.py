"""The cases: who runs what, and what the report says about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.benchmarks import tables
from tests.benchmarks.case import Case, one, timings
from tests.benchmarks.growth_cases import growth
from tests.benchmarks.preprocessing_cases import augmented, sequences, text
from tests.benchmarks.rounds import Results, Run, Visit
from tests.benchmarks.settings import Settings


def grid(settings: Settings) -> list[Case]:
    """Return the case of a grid search."""
    widths, epochs = settings.grid_widths, settings.grid_epochs
    batch_sizes = settings.grid_batch_sizes
    fits = 3 * len(widths) * len(epochs) * len(batch_sizes) + 1
    text = (
        "`GridSearchCV` over a `Pipeline` of `StandardScaler` and a network with one "
        "hidden layer, on scikit-learn's breast cancer data (569 rows, 30 features). "
        f"Widths {_listed(widths)}, epochs {_listed(epochs)}, batch sizes "
        f"{_listed(batch_sizes)}, three stratified folds, `n_jobs=1`: {fits} fits with "
        "the last on all rows. The first search of sk_keras is the first thing that "
        "a process does after its imports, and the second follows in the same process; "
        "the processes of the others have fitted before. The accuracy is the best mean "
        "of the folds."
    )
    cold, warm = {"warm": False}, {"warm": True}
    searches = (
        Run("sk_keras, first search", "grid", cold),
        Run("sk_keras, second search", "grid", cold),
    )
    visits = (
        Visit("sk_keras", searches, fresh=True),
        Visit("SciKeras", (Run("SciKeras", "grid", warm),), slow=True),
        one("skorch", "grid", warm=True),
        one("MLPClassifier", "grid", warm=True),
    )
    return [Case("Grid search", text, visits, timings("SciKeras", "s"))]


def small(settings: Settings) -> list[Case]:
    """Return the cases of a fit of a small network."""
    what = (
        f"{settings.small_rows:,} rows of {settings.small_features} features in two "
        f"classes, one hidden layer of {settings.small_width} units, "
        f"{settings.small_epochs} epochs in batches of {settings.small_batch_size}"
    )
    held_out = "The accuracy is that on rows held out."
    warm = (
        f"{what}. Every fit builds a new network, in a process that has done the same "
        f"before; the median of {settings.small_repeats} fits counts for a round. "
        f"{held_out}"
    )
    cold = f"The same as the first fit of a new process, after its imports. {held_out}"
    everyone = ("sk_keras", "Keras", "SciKeras", "skorch", "MLPClassifier")
    return [
        Case(
            "Small fit",
            warm,
            tuple(one(name, "small_fit", warm=True) for name in everyone),
            timings("Keras", "ms"),
        ),
        Case(
            "Small fit, the first of a process",
            cold,
            tuple(
                one(name, "small_fit", fresh=True, warm=False)
                for name in ("sk_keras", "Keras")
            ),
            timings("Keras", "ms"),
        ),
    ]


def architectures(settings: Settings) -> list[Case]:
    """Return the cases of networks that were not met before."""
    low, high = settings.architecture_widths
    search = (
        f"`GridSearchCV` over {settings.architectures} perceptrons of one to three "
        f"hidden layers, their widths drawn from {low} to {high}, of which no two are "
        f"alike, in three folds: {settings.architecture_rows:,} rows of "
        f"{settings.small_features} features, {settings.architecture_epochs} epochs in "
        f"batches of {settings.small_batch_size}. Each process does the search once; "
        "the time is that of one fit and its score. The accuracy is the best mean of "
        "the folds."
    )
    fit = (
        f"Perceptrons of two hidden layers, {settings.new_rows} rows of "
        f"{settings.small_features} features, {settings.new_epochs} epochs in batches "
        f"of {settings.small_batch_size}, in a process that has fitted another one: "
        f"the median of {settings.new_networks} fits, none of a network that was met "
        "before. "
    )
    more = {
        "widths": "They differ in the widths of their layers.",
        "structures": "They differ in their activation functions.",
    }

    def show(results: Results) -> list[str]:
        lines = tables.timings(results, reference="skorch", unit="ms")
        return lines + tables.resident(results)

    return [
        Case(
            "Search over architectures",
            search,
            tuple(
                one(name, "architectures", fresh=True)
                for name in ("sk_keras", "skorch", "MLPClassifier")
            ),
            show,
        ),
        *(
            Case(
                f"A first fit of its kind: other {kind}",
                fit + text,
                tuple(
                    one(name, "new_networks", kind=kind)
                    for name in ("sk_keras", "Keras")
                ),
                timings("Keras", "ms"),
            )
            for kind, text in more.items()
        ),
    ]


def larger(settings: Settings) -> list[Case]:
    """Return the cases of fits on digits."""
    if settings.mnist is None:
        text = (
            "Left out: there is no `mnist.npz`. `--mnist` takes its path; a copy that "
            "`keras.datasets.mnist.load_data()` has stored is found by itself."
        )
        return [Case("Larger fits", text)]
    networks = {
        "mlp": "a perceptron with layers of 512 and 512 units",
        "cnn": "two convolutions (32 and 64 filters of 3x3), each with max-pooling",
        "lstm": "an LSTM of 64 units over the 28 rows of an image",
    }
    pair = ("sk_keras", "Keras")
    cases = []
    for kind, network in networks.items():
        n_rows = getattr(settings, f"{kind}_rows")
        fit = (
            f"{network[0].upper()}{network[1:]}, and a softmax over ten classes: "
            f"{n_rows:,} rows, {settings.image_epochs} epochs in batches of "
            f"{settings.image_batch_size}. Building, compiling and fitting a new "
            "network, in a process that has fitted one of its kind before. The "
            "accuracy is that on rows held out."
        )
        epoch = (
            "What each further epoch takes, which is what a long fit comes down to: "
            f"the time of {1 + settings.image_more_epochs} epochs less that of one, "
            f"divided by {settings.image_more_epochs}."
        )
        title = f"Larger fits: MNIST, {kind.upper()}"
        for name, text, measure in (
            (title, fit, "image_fit"),
            (f"{title}, an epoch more", epoch, "image_epoch"),
        ):
            visits = tuple(one(who, measure, kind=kind) for who in pair)
            cases.append(Case(name, text, visits, timings("Keras", "s")))
    return cases


def xla(settings: Settings) -> list[Case]:
    """Return the cases of steps that XLA compiles."""
    if settings.mnist is None:
        return [Case("Steps compiled by XLA", "Left out: there is no `mnist.npz`.")]
    text = (
        "What each further epoch takes of the fit of the same name above, with "
        "`jit_compile=True` (sk_keras: `compile__jit_compile=True`) and without."
    )
    return [
        Case(
            f"Steps compiled by XLA: {kind.upper()}",
            text,
            tuple(
                Visit(
                    who,
                    tuple(
                        Run(
                            f"{who}, XLA" if compiled else who,
                            "image_epoch",
                            {"kind": kind, "xla": compiled},
                        )
                        for compiled in (False, True)
                    ),
                )
                for who in ("sk_keras", "Keras")
            ),
            timings("Keras", "s"),
        )
        for kind in ("mlp", "cnn", "lstm")
    ]


def predict(settings: Settings) -> list[Case]:
    """Return the cases of prediction for one row and for many."""
    everyone = ("sk_keras", "Keras", "SciKeras", "skorch", "MLPClassifier")

    def case(title: str, rows: int, calls: int, more: str) -> Case:
        text = (
            f"`predict_proba` (Keras: `predict`) of the network of the small fit on "
            f"{rows:,} row{'s' * (rows > 1)} of float32; the median of {calls} calls "
            f"counts for a round. {more}"
        )
        visits = tuple(
            one(name, "predict", rows=rows, calls=calls) for name in everyone
        )
        return Case(title, text, visits, timings("Keras", "ms"))

    many = settings.predict_rows
    batches = (
        f"Batches of {settings.small_batch_size} rows; MLPClassifier takes all rows at "
        "once."
    )
    return [
        case("Prediction for one row", 1, settings.one_row_calls, ""),
        case(f"Prediction for {many:,} rows", many, settings.many_rows_calls, batches),
    ]


def memory(settings: Settings) -> list[Case]:
    """Return the cases of memory over many fits and searches."""
    fits = {
        "sk_keras": settings.memory_fits,
        "Keras": settings.memory_fits_of_others,
        "SciKeras": settings.memory_fits_of_others,
    }
    widths, folds = settings.memory_widths, settings.memory_folds
    return [
        Case(
            "Memory over many fits",
            "Resident memory of a new process that fits new networks, as in the small "
            "fit but for one epoch, one after the other; measured once.",
            tuple(
                one(name, "memory_of_fits", fresh=True, fits=times)
                for name, times in fits.items()
            ),
            partial(tables.memory, noun="fits"),
            once=True,
        ),
        Case(
            "Memory over many searches",
            f"The same with clones, as a search makes them: {len(widths)} widths "
            f"({_listed(widths)}) times {folds} folds, {len(widths) * folds} fits in "
            "all, are one search.",
            (
                one(
                    "sk_keras",
                    "memory_of_searches",
                    fresh=True,
                    searches=settings.memory_searches,
                ),
            ),
            partial(tables.memory, noun="searches"),
            once=True,
        ),
    ]


def threads(settings: Settings) -> list[Case]:
    """Return the case of a search in threads."""
    rates, width = settings.threads_learning_rates, settings.threads_width
    text = (
        f"`GridSearchCV` over {len(rates)} learning rates in {settings.threads_folds} "
        f"folds: {settings.threads_rows:,} rows of {settings.threads_features} "
        f"features, a perceptron with layers of {width} and {width} units, "
        f"{settings.threads_epochs} epochs in batches of {settings.small_batch_size}, "
        "`random_state=0`. Candidates run one after the other, or two at a time under "
        '`joblib.parallel_config(backend="threading")`. The accuracy is the best mean '
        "of the folds."
    )
    runs = tuple(
        Run(f"n_jobs={n_jobs}", "threads", {"n_jobs": n_jobs}) for n_jobs in (1, 2)
    )

    def show(results: Results) -> list[str]:
        lines = tables.timings(results, reference="n_jobs=1", unit="s")
        return lines + tables.same_scores(results)

    return [Case("Search in threads", text, (Visit("sk_keras", runs),), show)]


CASES: dict[str, Callable[[Settings], list[Case]]] = {
    make.__name__: make
    for make in (
        grid,
        small,
        architectures,
        growth,
        larger,
        xla,
        augmented,
        predict,
        memory,
        text,
        sequences,
        threads,
    )
}


def _listed(values: tuple[int, ...]) -> str:
    *first, last = [str(value) for value in values]
    return f"{', '.join(first)} and {last}" if first else last
