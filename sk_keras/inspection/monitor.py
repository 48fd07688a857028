"""`HistoryMonitor`."""

from __future__ import annotations

from typing import Any

from sk_keras._estimators.base.fitting import BaseKerasEstimator
from sk_keras._shared.searches.fit_place import place_of
from sk_keras._shared.searches.histories import History, Levels
from sk_keras._shared.set_module import set_module

try:
    from sklearn.callback import ScoringMonitor
except ImportError as error:
    raise ImportError(
        "HistoryMonitor needs scikit-learn 1.9 or newer, which has callbacks."
    ) from error


@set_module("sk_keras.inspection")
class HistoryMonitor(ScoringMonitor):
    """Bring the histories of a search home, from other processes as well.

    A callback of scikit-learn. Set on an estimator before a search, it
    collects the histories of all fits of the search, wherever they run, and
    `search_history` finds them. In searches with ``n_jobs=1``, or with
    threads, it is not needed.

    It is set on the `KerasClassifier` or `KerasRegressor` itself, in a Pipeline
    on the step; anything else is a TypeError in ``fit``.

    One monitor can serve several searches. It keeps their histories for as
    long as it exists.

    See Also
    --------
    search_history : The histories as one table.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sk_keras import KerasClassifier
    >>> from sk_keras.inspection import HistoryMonitor, search_history
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = KerasClassifier("mlp", epochs=2, random_state=0)
    >>> clf = clf.set_callbacks(HistoryMonitor())
    >>> search = GridSearchCV(clf, {"batch_size": [32, 64]}, cv=2, refit=False)
    >>> search_history(search.fit(X, y)).shape
    (8, 5)
    """

    def __init__(self) -> None:
        super().__init__(scoring=_history)

    def setup(self, estimator: Any, context: Any) -> None:
        """Refuse estimators that have no history."""
        if not isinstance(estimator, BaseKerasEstimator):
            raise TypeError(
                "HistoryMonitor is set on a KerasClassifier or KerasRegressor, in a "
                "Pipeline on the step that is one: pipeline[-1].set_callbacks(...). "
                f"Got a {type(estimator).__name__}."
            )
        super().setup(estimator, context)

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Take the history when a fit in a search has ended."""
        if context.task_name != "epoch" and place_of(estimator) is not None:
            # What it scores is not the rows.
            super().on_fit_task_end(
                estimator, context, X=(), y=(), fitted_estimator=estimator
            )

    def runs(self) -> dict[str, dict[Levels, History]]:
        """Return the histories by searches and the places in them."""
        runs: dict[str, dict[Levels, History]] = {}
        for log in self.get_logs(select="all") if self._log else []:
            for row in log.data:
                runs.setdefault(row["run"], {})[row["levels"]] = row["history"]
        return runs


def _history(estimator: Any, X: Any, y: Any) -> dict[str, Any]:
    place = place_of(estimator)
    assert place is not None
    return {
        "run": place.run,
        "levels": place.levels,
        "history": estimator.history_,
    }
