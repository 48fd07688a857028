"""Fits as tasks of scikit-learn's callbacks, which came with scikit-learn 1.9.

`KerasClassifier.set_callbacks` registers them. A fit is a task, each of its
epochs a subtask. On an older scikit-learn the estimators work without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from sk_keras._estimators.inputs.checked_rows import CheckedRows
from sk_keras._estimators.inputs.stream import BatchStream

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """What estimators inherit where there are no such callbacks: nothing."""

    def with_callbacks(method: Any) -> Any:
        """Stand in for scikit-learn's decorator: there are no callbacks to manage."""
        return method


class FitTask:
    """One fit of an estimator, and what scikit-learn's callbacks are told of it.

    Parameters
    ----------
    estimator : estimator
        Its method runs within `with_callbacks`.
    train : CheckedRows or BatchStream
        The rows to train on, with the weights that the user gave. Of a stream
        callbacks see neither X nor y.
    fit_arguments : dict
        Arguments of `keras.Model.fit`, as the estimators have them.
    state : callable
        Takes a history, and returns the attributes of an estimator whose fit
        would have ended with it.
    """

    def __init__(
        self,
        estimator: Any,
        train: CheckedRows | BatchStream,
        fit_arguments: Mapping[str, Any],
        state: Callable[[dict[str, list[float]]], dict[str, Any]],
    ) -> None:
        self._state = state
        self._told: dict[str, Any] = {"estimator": estimator}
        if isinstance(train, CheckedRows):
            weight = train.weight
            metadata = None if weight is None else {"sample_weight": weight}
            X = partial(_named, train.X, estimator)
            self._told.update(X=X, y=train.y, metadata=metadata)
        #: The task of scikit-learn's; None where nobody is to be told.
        self._context = None
        if "_skl_callbacks" in vars(estimator):
            n_epochs = _epochs_at_most(fit_arguments)
            context = estimator._init_callback_context(max_subtasks=n_epochs)
            self._context = context.call_on_fit_task_begin(**self._told)

    @property
    def is_watched(self) -> bool:
        """Whether a callback is set."""
        return self._context is not None

    def begin_epoch(self, history: Callable[[], dict[str, list[float]]]) -> Any:
        """Begin an epoch, after those of the history; return its task."""
        assert self._context is not None
        epoch = self._context.subcontext(task_name="epoch")
        return epoch.call_on_fit_task_begin(**self._told_after(history))

    def end_epoch(
        self, epoch: Any, history: Callable[[], dict[str, list[float]]]
    ) -> bool:
        """End an epoch; tell whether a callback wants to stop."""
        return bool(epoch.call_on_fit_task_end(**self._told_after(history)))

    def end(self) -> None:
        """End the fit; the estimator is fitted."""
        if self._context is not None:
            self._context.call_on_fit_task_end(
                **self._told, reconstruction_attributes={}
            )

    def _told_after(
        self, history: Callable[[], dict[str, list[float]]]
    ) -> dict[str, Any]:
        # Asked for only where a callback takes a fitted estimator.
        return {
            **self._told,
            "reconstruction_attributes": lambda: self._state(history()),
        }


def _epochs_at_most(fit_arguments: Mapping[str, Any]) -> int:
    from sk_keras._training.callbacks.early_stopping import AUTO_EPOCHS

    epochs = (
        AUTO_EPOCHS if fit_arguments["epochs"] == "auto" else fit_arguments["epochs"]
    )
    return max(epochs - (fit_arguments.get("initial_epoch") or 0), 0)


def _named(X: Any, estimator: Any) -> Any:
    """Give the columns the names that the estimator expects in predict."""
    names = vars(estimator).get("feature_names_in_")
    if names is None or not isinstance(X, np.ndarray) or X.ndim != 2:
        return X
    return pd.DataFrame(X, columns=names)
