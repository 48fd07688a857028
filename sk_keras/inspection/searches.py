"""`search_history`: the training histories of a search as one table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from sk_keras._estimators.autoencoder.detector import KerasAutoencoderDetector
from sk_keras._estimators.base.fitting import BaseKerasEstimator
from sk_keras._shared.searches.histories import STORE, History, Levels
from sk_keras._shared.set_module import set_module

MSG_NONE = (
    "The histories of this search are not here. They stay in the process that has "
    "fitted, for the last searches only, and the refitted estimator leads to them: "
    "fits in other processes (n_jobs), refit=False, and a search from a file have "
    "none. Before the search is fitted, give its estimator a monitor, which brings "
    "them home: estimator.set_callbacks(sk_keras.inspection.HistoryMonitor()), in a "
    "Pipeline on the step that is the Keras estimator. It needs scikit-learn 1.9."
)

MSG_SEVERAL = (
    "The HistoryMonitor of this search has seen {n} searches, and with refit=False it "
    "cannot be told which one this is. Give each search a monitor of its own."
)


@set_module("sk_keras.inspection")
def search_history(search: Any) -> pd.DataFrame:
    """Put the histories of all fits of a search into one table.

    Parameters
    ----------
    search : GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV ...
        Fitted, over a `KerasClassifier`, a `KerasRegressor`, or a `Pipeline`
        that ends with one. Fits in other processes need a `HistoryMonitor`.

    Returns
    -------
    pandas.DataFrame
        A row for each epoch of each fit, with the columns

        - ``candidate``: row of ``search.cv_results_``, from 0;
        - ``split``: number of the split, from 0;
        - ``iter``: iteration of successive halving, from 0, if it is one;
        - ``param_...``: the searched parameters, as in ``cv_results_``;
        - ``epoch``: from 1;
        - the figures of ``history_``: ``loss``, ``val_loss`` ... NaN in fits
          that do not have them. One that has the name of a column above is
          called ``history_...``.

        Fits that have failed have no rows. The refit is not in it: that is
        ``search.best_estimator_.history_frame()``.

    Raises
    ------
    TypeError
        If it is not a fitted search, or not over a Keras estimator.
    ValueError
        If the histories are not to be had; the message says what to do.

    See Also
    --------
    HistoryMonitor : Brings the histories home from other processes.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sk_keras import KerasClassifier
    >>> from sk_keras.inspection import search_history
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = KerasClassifier("mlp", epochs=2, random_state=0)
    >>> search = GridSearchCV(clf, {"batch_size": [32, 64]}, cv=2).fit(X, y)
    >>> search_history(search).drop(columns="loss")
       candidate  split  param_batch_size  epoch
    0          0      0                32      1
    1          0      0                32      2
    2          0      1                32      1
    3          0      1                32      2
    4          1      0                64      1
    5          1      0                64      2
    6          1      1                64      1
    7          1      1                64      2
    """
    for name in ("cv_results_", "n_splits_", "estimator"):
        if not hasattr(search, name):
            raise TypeError(
                "search_history needs a fitted search, such as GridSearchCV. Got "
                f"{search!r}, which has no {name!r}."
            )
    parts = [*_parts(search.estimator), *_parts(vars(search).get("best_estimator_"))]
    if any(isinstance(part, KerasAutoencoderDetector) for part in parts):
        raise TypeError(
            "search_history knows no fits inside a KerasAutoencoderDetector. Search "
            "its autoencoder by itself, or look at autoencoder_.history_ of the best."
        )
    if not any(isinstance(part, BaseKerasEstimator) for part in parts):
        raise TypeError(
            "search_history needs a search over a KerasClassifier or a KerasRegressor, "
            f"or over a Pipeline that ends with one. Got {search.estimator!r}."
        )
    return pd.DataFrame(list(_rows(search, _histories(search))))


def _rows(search: Any, histories: dict[int, History]) -> Iterator[dict[str, Any]]:
    results = search.cv_results_
    names = list(dict.fromkeys(n for params in results["params"] for n in params))
    for number, history in sorted(histories.items()):
        candidate, split = divmod(number, search.n_splits_)
        fit: dict[str, Any] = {"candidate": candidate, "split": split}
        if "iter" in results:
            fit["iter"] = int(results["iter"][candidate])
        params = results["params"][candidate]
        fit.update({f"param_{name}": params.get(name, np.nan) for name in names})
        columns = [f"history_{n}" if n in (*fit, "epoch") else n for n in history]
        for i, figures in enumerate(zip(*history.values(), strict=True)):
            yield {**fit, "epoch": i + 1, **dict(zip(columns, figures, strict=True))}


def _histories(search: Any) -> dict[int, History]:
    """Find the histories, by numbers of pairs of candidate and split."""
    runs = _monitored(search)
    known = _run_of(search)
    if known is not None:
        run, above = known
        # The refit of an outer search runs here, also where its candidates do not.
        fits = {**runs.get(run, {}), **STORE.fits(run)}
    elif len(runs) > 1:
        raise ValueError(MSG_SEVERAL.format(n=len(runs)))
    else:
        fits, above = next(iter(runs.values()), {}), ()
    found = {}
    for levels, history in fits.items():
        number, *below = levels[len(above) :] or (None,)
        # What a search inside of this one has refitted is the fit of a candidate.
        if (
            levels[: len(above)] == above
            and number is not None
            and set(below) <= {None}
        ):
            found[number] = history
    if not found:
        raise ValueError(MSG_NONE)
    return found


def _run_of(search: Any) -> tuple[str, Levels] | None:
    """Find out which search it is, and the searches that it ran in.

    The refitted estimator knows: it was fitted in the same search.
    """
    best, depth = vars(search).get("best_estimator_"), 1
    while hasattr(best, "best_estimator_"):
        best, depth = best.best_estimator_, depth + 1
    for part in _parts(best):
        place = vars(part).get("_place")
        if place is not None:
            return place.run, place.levels[:-depth]
    return None


def _monitored(search: Any) -> dict[str, dict[Levels, History]]:
    """Gather what monitors on the estimator of a search have seen."""
    runs: dict[str, dict[Levels, History]] = {}
    for part in _parts(search.estimator):
        for callback in vars(part).get("_skl_callbacks", []):
            # Only a scikit-learn that has callbacks can import it.
            from sk_keras.inspection.monitor import HistoryMonitor

            if isinstance(callback, HistoryMonitor):
                runs.update(callback.runs())
    return runs


def _parts(estimator: Any) -> Iterator[Any]:
    """Yield an estimator and the estimators in it that have attributes."""
    if hasattr(estimator, "get_params"):
        for part in (estimator, *estimator.get_params(deep=True).values()):
            if hasattr(part, "get_params") and not isinstance(part, type):
                yield part
