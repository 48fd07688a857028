"""The training of a fit: its rows, its callbacks, its run through the engine.

The functions take the estimator, whose model is made and whose targets are bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from sk_keras._estimators.base.augmenter_checks import (
    check_labels_beyond,
    first_draws,
    next_seed,
)
from sk_keras._estimators.base.call import FitCall
from sk_keras._estimators.base.encode import encoded, encoded_stream
from sk_keras._estimators.base.tasks import FitTask
from sk_keras._estimators.inputs.checked_rows import CheckedRows
from sk_keras._estimators.inputs.stream import BatchStream, open_stream
from sk_keras._estimators.inputs.validation import (
    about_validation,
    check_splittable,
    split_validation,
    warn_of_other_unit,
)
from sk_keras._estimators.targets.finer_losses import with_finer_losses
from sk_keras._shared.routing.prefixes import routed_to
from sk_keras._shared.searches.fit_place import place_of

#: Share of the data that early stopping keeps for validation, if nothing else is.
EARLY_STOPPING_SPLIT = 0.1


def split_rows(
    estimator: Any,
    data: CheckedRows | BatchStream,
    given: tuple[Any, Any, Any] | None,
    arguments: Mapping[str, Any],
    groups: Any,
) -> tuple[CheckedRows | BatchStream, CheckedRows | BatchStream | None]:
    """Find the validation data: given, split off, or none.

    Parameters
    ----------
    estimator : BaseKerasEstimator
    data : CheckedRows or BatchStream
        What the fit was given.
    given : tuple of X, y, weights, or None
        The validation set.
    arguments : dict
        Of the fit.
    groups : array-like of shape (n_samples,) or None
        For a splitter.
    """
    if given is not None:
        with about_validation(targets=estimator._needs_targets):
            # All epochs are measured by the same batches.
            stream = open_stream(
                *given,
                arguments.get("validation_steps"),
                "fit__validation_steps",
                from_start=True,
                targets=estimator._needs_targets,
            )
            held_out = stream or estimator._checked(*given, reset=False)
        if estimator._needs_targets and estimator._numeric_target:
            warn_of_other_unit(data, held_out)
        return data, held_out
    split = arguments["validation_split"]
    if not split and arguments["early_stopping"]:
        split = EARLY_STOPPING_SPLIT
    if not split:
        return data, None
    check_splittable(data, split, estimator.model_)
    assert isinstance(data, CheckedRows)
    return split_validation(
        data,
        split,
        groups=groups,
        stratify=not estimator._numeric_target,
        random_state=check_random_state(estimator._seed),
    )


@dataclass(frozen=True)
class Trained:
    """What came of a training.

    Attributes
    ----------
    history : dict of str to list of float
    engine : str
        Which one it was.
    callbacks : dict of str to keras.callbacks.Callback
        Those of this fit.
    task : FitTask or None
        Told when the estimator is fitted; None where nothing was trained.
    """

    history: dict[str, list[float]] = field(default_factory=dict)
    engine: str = ""
    callbacks: dict[str, Any] = field(default_factory=dict)
    task: FitTask | None = None


def told_by(history: dict[str, list[float]]) -> dict[str, Any]:
    """Return the attributes of an estimator that its history tells."""
    n_iter = len(next(iter(history.values()), []))
    watched = history.get("val_loss", history.get("loss"))
    best_epoch = n_iter  # without a loss no epoch is known to be better than the last
    if n_iter and watched is not None:
        best_epoch = int(np.argmin(np.where(np.isnan(watched), np.inf, watched))) + 1
    return {"history_": history, "n_iter_": n_iter, "best_epoch_": best_epoch}


def train(
    estimator: Any,
    call: FitCall,
    data: CheckedRows | BatchStream,
    held_out: CheckedRows | BatchStream | None,
    arguments: Mapping[str, Any],
) -> Trained:
    """Hand plain values to the engine."""
    from sk_keras._estimators.base.epoch_tasks import EpochTasks
    from sk_keras._training import engine
    from sk_keras._training.settings import FitSettings

    before = vars(estimator).get("history_", {})
    task = FitTask(
        estimator,
        data,
        arguments,
        lambda now: estimator._as_fitted(call.history(before, now)),
    )
    callbacks = _callbacks(estimator, arguments)
    # Weights of a call of its own keep their scale: they count from one to the next.
    scale = not call.one_more
    first = _first(estimator, data)
    by_class = estimator._class_weights(first, arguments)
    weighted = partial(estimator._weighted, by_class=by_class)
    weight = estimator._targets.weighted(first.y, by_class, first.weight)
    estimator._targets = with_finer_losses(estimator.model_, estimator._targets, weight)
    rows = _training_rows(estimator, data, arguments, scale, weighted)
    settings = FitSettings.of(
        arguments,
        n_rows=len(rows),
        engine=estimator.engine,
        seed=estimator._seed,
        order=check_random_state(estimator._order),
        augment=_augmentation(estimator, rows),
    )
    held_out_rows = None
    if held_out is not None:
        with about_validation(targets=estimator._needs_targets):
            held_out_rows = _rows(estimator, held_out, scale, weighted, training=False)
    last = [EpochTasks(task)] if task.is_watched else []
    model = estimator.model_
    history, name = engine.fit(model, rows, held_out_rows, callbacks, settings, last)
    return Trained(history, name, callbacks, task)


def _first(estimator: Any, data: CheckedRows | BatchStream) -> CheckedRows:
    """Return all rows, or the first batch of a stream, checked."""
    if not isinstance(data, BatchStream):
        return data
    checked: CheckedRows = estimator._checked(*data.first(), reset=False, batch=True)
    return checked


def _callbacks(estimator: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Make the callbacks of one fit; among many, it has folders of its own."""
    from sk_keras._training.callbacks.early_stopping import stopping_rule
    from sk_keras._training.callbacks.files import separate_files
    from sk_keras._training.callbacks.fresh import fresh_callbacks

    routed = estimator._all_routed()
    routed = {**routed_to(routed, "callbacks"), **routed_to(routed, "fit__callbacks")}
    callbacks = fresh_callbacks(arguments["callbacks"], routed)
    separate_files(callbacks.values(), place_of(estimator))
    stop = stopping_rule(arguments["early_stopping"], arguments["epochs"])
    for name, rule in stop.items():
        callbacks[name if name not in callbacks else f"{name}_rule"] = rule
    return callbacks


def _augmentation(estimator: Any, rows: Any) -> Any:
    """Make what changes the batches of a fit, None without an augmenter."""
    augmenter = estimator.augmenter
    if augmenter is None:
        return None
    from sk_keras._estimators.base.augmentation import augmentation_of

    if "_draws" not in vars(estimator):  # which go on from fit to fit
        estimator._draws = first_draws(augmenter, estimator._seed)
    few = rows.batch(slice(0, 2), pad=False)
    check_labels_beyond(augmenter, few[0].shape, estimator._targets)
    return augmentation_of(augmenter, few, next_seed(estimator._draws))


def _training_rows(
    estimator: Any,
    data: CheckedRows | BatchStream,
    arguments: Mapping[str, Any],
    scale_weights: bool,
    weighted: Callable[[CheckedRows], CheckedRows],
) -> Any:
    """Encode what is trained on, with the weights that its classes have."""
    from sk_keras._training.stateful_models import is_stateful

    if isinstance(data, BatchStream):
        if arguments["shuffle"]:
            data.order = check_random_state(estimator._order)
    elif not is_stateful(estimator.model_):  # whose rows keep their places
        data = weighted(data).without_zero_weights()
        return _encoded(estimator, data, scale_weights)
    return _rows(estimator, data, scale_weights, weighted)


def _rows(
    estimator: Any,
    data: CheckedRows | BatchStream,
    scale_weights: bool,
    weighted: Callable[[CheckedRows], CheckedRows],
    *,
    training: bool = True,
) -> Any:
    """Encode rows, or the batches of a stream, whose weights keep their scale."""
    if not isinstance(data, BatchStream):
        return _encoded(estimator, weighted(data), scale_weights, training=training)

    def encode(batch: tuple[Any, ...]) -> Any:
        checked = weighted(estimator._checked(*batch, reset=False, batch=True))
        return _encoded(estimator, checked, False, training=training)

    return encoded_stream(data, encode)


def _encoded(
    estimator: Any, checked: CheckedRows, scale_weights: bool, *, training: bool = True
) -> Any:
    targets, inputs = estimator._targets, estimator._made.inputs
    return encoded(checked, targets, inputs, scale_weights, training=training)
