"""What a worker measures, alike for every contender."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from tests.benchmarks import data
from tests.benchmarks.settings import SEED, Settings

Answer = dict[str, Any]

#: What this process has done before: later runs are warm.
_done: set[str] = set()


def grid(kit: Any, settings: Settings, warm: bool) -> Answer:
    """Search widths, epochs and batch sizes of a network in a pipeline.

    Warm is a process that has fitted something before.
    """
    X, y = data.breast_cancer()
    first = {
        "hidden": settings.grid_widths[0],
        "epochs": settings.grid_epochs[0],
        "batch_size": settings.grid_batch_sizes[0],
    }
    net = kit.tabular(X.shape[1], **first)
    names = kit.parameters(
        hidden=list(settings.grid_widths),
        epochs=list(settings.grid_epochs),
        batch_size=list(settings.grid_batch_sizes),
    )
    pipeline = Pipeline([("scale", StandardScaler()), ("net", net)])
    search = GridSearchCV(
        pipeline,
        {f"net__{name}": values for name, values in names.items()},
        cv=StratifiedKFold(3, shuffle=True, random_state=SEED),
        n_jobs=1,
        error_score="raise",
    )
    if warm:
        _once("grid", lambda: clone(pipeline).fit(X, y))
    seconds = _timed(lambda: search.fit(X, y))
    return {"seconds": seconds, "accuracy": float(search.best_score_)}


def small_fit(kit: Any, settings: Settings, warm: bool) -> Answer:
    """Fit a small network; cold is the first fit of the process."""
    X, y = data.synthetic(settings.small_rows, settings.small_features)
    train = slice(settings.small_rows)
    net = _small(kit, settings, settings.small_epochs)

    def fit() -> None:
        net.fit(X[train], y[train])

    if warm:
        _once("small_fit", fit)
    repeats = settings.small_repeats if warm else 1
    seconds = statistics.median(_timed(fit) for _ in range(repeats))
    return {
        "seconds": seconds,
        "accuracy": _accuracy(net, X[settings.small_rows :], y[settings.small_rows :]),
    }


def sized_fit(
    kit: Any, settings: Settings, rows: int, columns: int, epochs: int
) -> Answer:
    """Fit a small network on data of a size, in a process that has done it."""
    X, y = data.synthetic(rows, columns)
    net = kit.tabular(
        columns,
        hidden=settings.small_width,
        epochs=epochs,
        batch_size=settings.growth_batch_size,
    )
    few = slice(min(rows, 1000))
    _once(f"sized_fit {columns}", lambda: net.fit(X[few], y[few]))
    train = slice(rows)
    return {"seconds": _timed(lambda: net.fit(X[train], y[train]))}


def architectures(
    kit: Any, settings: Settings, candidates: int | None = None
) -> Answer:
    """Search networks of which no two have the same widths; seconds are of a fit."""
    X, y = data.synthetic(settings.architecture_rows, settings.small_features)
    rng = np.random.RandomState(SEED)
    low, high = settings.architecture_widths
    drawn: dict[tuple[int, ...], None] = {}
    while len(drawn) < (candidates or settings.architectures):
        depth = rng.randint(1, 4)
        drawn[tuple(int(n) for n in rng.randint(low, high + 1, depth))] = None
    net = kit.tabular(
        X.shape[1],
        hidden=low,
        epochs=settings.architecture_epochs,
        batch_size=settings.small_batch_size,
    )
    search = GridSearchCV(
        net,
        kit.parameters(
            hidden=list(drawn),
            epochs=[settings.architecture_epochs],
            batch_size=[settings.small_batch_size],
        ),
        cv=StratifiedKFold(3, shuffle=True, random_state=SEED),
        refit=False,
        n_jobs=1,
        error_score="raise",
    )
    rows = slice(settings.architecture_rows)
    seconds = _timed(lambda: search.fit(X[rows], y[rows]))
    return {
        "seconds": seconds / len(drawn) / 3,
        "accuracy": float(search.best_score_),
        "mebibytes": _resident(),
    }


#: Functions of hidden layers, of which two in a row make a structure.
ACTIVATIONS = ("relu", "tanh", "elu", "selu", "sigmoid", "softplus", "gelu", "softsign")


def new_networks(kit: Any, settings: Settings, kind: str) -> Answer:
    """Fit networks of two hidden layers that this process has not met before."""
    X, y = data.synthetic(settings.new_rows, settings.small_features)
    rows = slice(settings.new_rows)

    def fit(width: int, activation: Any) -> Any:
        net = kit.tabular(
            X.shape[1],
            hidden=(width, 80 - width),
            activation=activation,
            epochs=settings.new_epochs,
            batch_size=settings.small_batch_size,
        )
        return net.fit(X[rows], y[rows])

    _once("new_networks", lambda: fit(20, "relu"))
    number = _numbers.setdefault(kind, 0)
    seconds = []
    for i in range(number, number + settings.new_networks):
        # Each pair of functions comes once, as each width does.
        pair = ACTIVATIONS[i % 8], ACTIVATIONS[(i + 1 + i // 8) % 8]
        width, activation = (21 + i, "relu") if kind == "widths" else (20, pair)
        seconds.append(_timed(lambda w=width, a=activation: fit(w, a)))
    _numbers[kind] += settings.new_networks
    net = fit(20, "relu")
    held_out = slice(settings.new_rows, None)
    return {
        "seconds": statistics.median(seconds),
        "accuracy": _accuracy(net, X[held_out], y[held_out]),
    }


#: How many networks of a kind this process has met.
_numbers: dict[str, int] = {}


def image_fit(kit: Any, settings: Settings, kind: str) -> Answer:
    """Fit a network on digits, of a kind that was fitted before."""
    if settings.mnist is None:
        raise ValueError("image_fit needs the path of mnist.npz.")
    n_rows = getattr(settings, f"{kind}_rows")
    train, held_out = data.images(settings.mnist, kind, n_rows)
    net = kit.image(
        kind, epochs=settings.image_epochs, batch_size=settings.image_batch_size
    )
    _once(f"image_fit {kind} False", lambda: net.fit(*train))
    seconds = _timed(lambda: net.fit(*train))
    return {"seconds": seconds, "accuracy": _accuracy(net, *held_out)}


def image_epoch(kit: Any, settings: Settings, kind: str, xla: bool = False) -> Answer:
    """Measure one epoch more: what a long fit is made of."""
    if settings.mnist is None:
        raise ValueError("image_epoch needs the path of mnist.npz.")
    n_rows = getattr(settings, f"{kind}_rows")
    train, held_out = data.images(settings.mnist, kind, n_rows)
    short, long = 1, 1 + settings.image_more_epochs
    seconds = {}
    for epochs in (short, long):
        net = kit.image(
            kind, epochs=epochs, batch_size=settings.image_batch_size, xla=xla
        )
        _once(f"image_fit {kind} {xla}", lambda net=net: net.fit(*train))
        seconds[epochs] = _timed(lambda net=net: net.fit(*train))
    return {
        "seconds": (seconds[long] - seconds[short]) / (long - short),
        "accuracy": _accuracy(net, *held_out),
    }


def augmented(kit: Any, settings: Settings) -> Answer:
    """Fit a network on images that are augmented, in a process that has done it."""
    X, y = data.pictures(settings.augmented_rows, settings.augmented_size)
    net = kit.augmented(
        settings.augmented_size,
        epochs=settings.augmented_epochs,
        batch_size=settings.augmented_batch_size,
    )
    train = slice(settings.augmented_rows)
    few = slice(settings.augmented_batch_size)
    _once("augmented", lambda: net.fit(X[few], y[few]))
    seconds = _timed(lambda: net.fit(X[train], y[train]))
    held_out = slice(settings.augmented_rows, None)
    return {"seconds": seconds, "accuracy": _accuracy(net, X[held_out], y[held_out])}


def predict(kit: Any, settings: Settings, rows: int, calls: int) -> Answer:
    """Predict some rows again and again."""
    X, y = data.synthetic(settings.predict_rows, settings.small_features)
    net = _small(kit, settings, settings.small_epochs)
    net.fit(X[: settings.small_rows], y[: settings.small_rows])
    some = X[:rows]
    net.predict_proba(some)
    seconds = statistics.median(
        _timed(lambda: net.predict_proba(some), collect=False) for _ in range(calls)
    )
    held_out = slice(settings.predict_rows, None)
    return {"seconds": seconds, "accuracy": _accuracy(net, X[held_out], y[held_out])}


def memory_of_fits(kit: Any, settings: Settings, fits: int) -> Answer:
    """Fit a new small network for one epoch, again and again."""
    X, y = data.synthetic(settings.small_rows, settings.small_features)
    train = slice(settings.small_rows)

    def fit() -> None:
        _small(kit, settings, epochs=1).fit(X[train], y[train])

    return _growth(fit, fits)


def memory_of_searches(kit: Any, settings: Settings, searches: int) -> Answer:
    """Clone and fit as searches do: some candidates, some folds."""
    X, y = data.synthetic(settings.small_rows, settings.small_features)
    train = slice(settings.small_rows)
    net = _small(kit, settings, epochs=1)

    def search() -> None:
        for width in settings.memory_widths:
            for _ in range(settings.memory_folds):
                candidate = clone(net).set_params(hidden=width)
                candidate.fit(X[train], y[train])

    return _growth(search, searches)


def text(kit: Any, settings: Settings, step: str) -> Answer:
    """Take a step with texts: learn a vocabulary, or transform."""
    texts = data.texts(
        settings.text_rows, settings.text_length, settings.text_vocabulary
    )
    take = kit.text_steps(texts, settings.text_num_words)[step]
    mean = take()
    seconds = statistics.median(_timed(take) for _ in range(settings.text_repeats))
    return {"seconds": seconds, "mean": float(mean)}


def sequences(kit: Any, settings: Settings, step: str) -> Answer:
    """Pad sequences of indices, or make pairs of words of a long one."""
    rows = data.sequences(
        settings.sequence_rows, settings.sequence_lengths, settings.sequence_vocabulary
    )
    words = data.indices(settings.sequence_words, settings.sequence_vocabulary)
    take = kit.sequence_steps(rows, words, settings.sequence_vocabulary)[step]
    mean = float(np.mean(take()))
    seconds = statistics.median(_timed(take) for _ in range(settings.sequence_repeats))
    return {"seconds": seconds, "mean": mean}


def threads(kit: Any, settings: Settings, n_jobs: int) -> Answer:
    """Search with candidates in threads, or one after the other."""
    X, y = data.synthetic(settings.threads_rows, settings.threads_features)
    train = slice(settings.threads_rows)
    net = kit.tabular(
        settings.threads_features,
        hidden=(settings.threads_width, settings.threads_width),
        epochs=settings.threads_epochs,
        batch_size=settings.small_batch_size,
    )
    rates = list(settings.threads_learning_rates)
    search = GridSearchCV(
        net,
        {"optimizer__learning_rate": rates},
        cv=StratifiedKFold(settings.threads_folds, shuffle=True, random_state=SEED),
        n_jobs=n_jobs,
        error_score="raise",
    )
    _once("threads", lambda: clone(search).set_params(n_jobs=1).fit(X[train], y[train]))
    with joblib.parallel_config(backend="threading"):
        seconds = _timed(lambda: search.fit(X[train], y[train]))
    return {
        "seconds": seconds,
        "accuracy": float(search.best_score_),
        "scores": search.cv_results_["mean_test_score"].tolist(),
    }


MEASURES: dict[str, Callable[..., Answer]] = {
    measure.__name__: measure
    for measure in (
        architectures,
        augmented,
        grid,
        new_networks,
        sized_fit,
        small_fit,
        image_fit,
        image_epoch,
        predict,
        memory_of_fits,
        memory_of_searches,
        text,
        sequences,
        threads,
    )
}


def _timed(action: Callable[[], Any], *, collect: bool = True) -> float:
    """Return the seconds of an action."""
    if collect:
        gc.collect()  # what was before is not charged to it
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _once(name: str, action: Callable[[], Any]) -> None:
    """Act the first time only that this process comes here."""
    if name not in _done:
        action()
        _done.add(name)


def _small(kit: Any, settings: Settings, epochs: int) -> Any:
    return kit.tabular(
        settings.small_features,
        hidden=settings.small_width,
        epochs=epochs,
        batch_size=settings.small_batch_size,
    )


def _accuracy(net: Any, X: np.ndarray, y: np.ndarray) -> float:
    outputs = np.asarray(net.predict_proba(X))
    # Keras alone gives the probability of the second class where there are two.
    one = outputs.shape[1] == 1
    labels = outputs[:, 0] > 0.5 if one else outputs.argmax(axis=1)
    return float(np.mean(labels == y))


def _growth(action: Callable[[], Any], times: int) -> Answer:
    """Return the resident memory after the first tenth and at the end, in MiB."""
    tenth = max(1, times // 10)
    first = 0.0
    for time_ in range(1, times + 1):
        action()
        if time_ == tenth:
            first = _resident()
    return {"first": first, "last": _resident(), "times": times, "tenth": tenth}


def _resident() -> float:
    """Return this process' resident memory in MiB, as Linux tells it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise OSError("/proc/self/status has no VmRSS.")
