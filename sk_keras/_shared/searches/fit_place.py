"""Which fit of a search a fit is.

From 1.9 on, scikit-learn tells an estimator which task of a meta-estimator its fit
is, by an attribute that is there while the fit runs. The tasks of a search are
numbered through its candidates and splits. How many splits there are they do not say,
nor does anything else that an estimator can reach; that is read from the stack. Before
1.9, and in ensembles and cross-validation, the stack alone tells who fits: a clone does
not know why it was made.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

from sk_keras._shared.serialization import tagged

#: Names of scikit-learn's tasks.
_CANDIDATE = "candidate-split-evaluation"
_REFIT = "refit-with-best-params"
_HALVING = "halving-iteration"

#: Where scikit-learn fits an estimator for a candidate and a split.
_FIT_AND_SCORE = ("sklearn.model_selection._validation", "_fit_and_score")

#: Modules of scikit-learn that hand a fit on, once.
_WRAPPERS = (
    "sklearn.base",
    "sklearn.callback",
    "sklearn.compose",
    "sklearn.pipeline",
    "sklearn.utils",
)


@tagged("place in a search")
@dataclass(frozen=True)
class FitPlace:
    """A fit within a search.

    Attributes
    ----------
    run : str
        Of all fits of the outermost estimator's fit, and of no others.
    levels : tuple of int or None
        For each search around the fit, the outermost first: the number of
        the pair of candidate and split, splits running faster and candidates
        in the order of ``cv_results_``; None for the refit.
    """

    run: str
    levels: tuple[int | None, ...]


def place_of(estimator: Any) -> FitPlace | None:
    """Tell where in a search the fit is that runs now.

    Parameters
    ----------
    estimator : estimator
        The one whose fit runs.

    Returns
    -------
    FitPlace or None
        None outside of searches, and before scikit-learn 1.9.
    """
    context = vars(estimator).get("_parent_callback_ctx")
    if context is None:
        return None
    levels: list[int | None] = []
    node = context
    while node is not None:
        names = (node.task_name, node.source_task_name)
        if _CANDIDATE in names:
            levels.append(node.task_id + _before(node.parent))
        elif _REFIT in names:
            levels.append(None)
        node = node.parent
    return FitPlace(context.root_uuid.hex, tuple(reversed(levels))) if levels else None


def _before(parent: Any) -> int:
    """Count the fits in earlier iterations of successive halving."""
    if parent.task_name != _HALVING:
        return 0
    iterations = parent.parent._children_map.values()
    return sum(i.max_subtasks for i in iterations if i.task_id < parent.task_id)


def split_count() -> int | None:
    """Return the number of splits of the innermost search that fits now.

    It is in the thread of the fit. Searches around it may be in another thread or
    process, and cannot be asked.
    """
    for frame in _frames():
        if (frame.f_globals.get("__name__"), frame.f_code.co_name) == _FIT_AND_SCORE:
            progress = frame.f_locals.get("split_progress")
            return None if progress is None else progress[1]
    return None


def called_by_sklearn() -> bool:
    """Tell whether a tool of scikit-learn's runs now that may fit many times.

    A pipeline, a column transformer or a transformed target fits once, and
    does not count.
    """
    modules = (frame.f_globals.get("__name__") or "" for frame in _frames())
    return any(
        module.startswith("sklearn.") and not module.startswith(_WRAPPERS)
        for module in modules
    )


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back
