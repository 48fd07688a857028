"""One fit: choose the path, run the epochs, keep the history.

`fit` is the only way into training. It runs whole epochs in one graph where
that means the same as `keras.Model.fit`, and calls `keras.Model.fit` itself
where it does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import keras

from sk_keras._shared.keras_objects.forks import refuse_late_fork
from sk_keras._shared.keras_objects.optimizers import build_optimizer
from sk_keras._shared.keras_objects.private_api.traced import forget_gradients_of
from sk_keras._shared.keras_objects.seeding import seeded
from sk_keras._training.callbacks.monitoring import (
    EachFigure,
    EpochLog,
    MonitorGuard,
    certain_epochs,
    has_batch_hooks,
)
from sk_keras._training.callbacks.rates import check_rates
from sk_keras._training.datasets import Batches, NewOrder, Order, Passes, StreamBatches
from sk_keras._training.embedding_errors import known_integers
from sk_keras._training.epochs import Epochs
from sk_keras._training.own_logs import StepLogs
from sk_keras._training.prediction import forget
from sk_keras._training.programs.keys import overridden
from sk_keras._training.rows import Rows, Stream
from sk_keras._training.settings import FitSettings
from sk_keras._training.stateful_models import (
    StatesReset,
    check_batch_size,
    fixed_batch_size,
    is_stateful,
)

#: Methods of a model that the compiled path would pass by.
OVERRIDABLE = (
    "fit",
    "evaluate",
    "make_train_function",
    "make_test_function",
)


def why_keras(model: Any, callbacks: list[Any], settings: FitSettings) -> str | None:
    """Say why `keras.Model.fit` is needed, None where it is not."""
    if settings.engine == "keras":
        return "engine='keras'"
    if keras.backend.backend() != "tensorflow":
        return f"the Keras backend is {keras.backend.backend()}"
    if model.run_eagerly:
        return "run_eagerly"
    if model.distribute_strategy.num_replicas_in_sync > 1:
        return "a distribution strategy"
    for name in overridden(model, OVERRIDABLE):
        return f"the model has its own {name}"
    if is_stateful(model):
        return "the model is stateful"
    if fixed_batch_size(model) is not None:
        return "the model's batch size is fixed"
    hooked = [type(c).__name__ for c in callbacks if has_batch_hooks(c)]
    if hooked:
        return f"{hooked[0]} has hooks between batches"
    usual = {"validation_freq": 1, "initial_epoch": settings.extra.get("initial_epoch")}
    unusual = {k: v for k, v in settings.extra.items() if v != usual.get(k)}
    if unusual:
        return f"{sorted(unusual)[0]} is given"
    return None


@known_integers()
def fit(
    model: Any,
    train: Rows | Stream,
    validation: Rows | Stream | None,
    callbacks: Mapping[str, Any],
    settings: FitSettings,
    last: Sequence[Any] = (),
) -> tuple[dict[str, list[float]], str]:
    """Train a compiled model in place.

    Parameters
    ----------
    model : keras.Model
    train, validation : Rows or Stream
    callbacks : dict of str to keras.callbacks.Callback
    settings : FitSettings
    last : sequence of keras.callbacks.Callback, default=()
        Called after the others, with hooks for epochs only.

    Returns
    -------
    history : dict of str to list of float
        A list of one value an epoch for the loss, each metric, and each of
        them on the validation data with the prefix ``val_``.
    engine : str
        "compiled", or "keras" with the reason why it was needed.
    """
    refuse_late_fork()
    forget(model)  # it may have been changed since it last predicted
    if model.optimizer is not None and model.built:
        build_optimizer(model.optimizer, model.trainable_variables)
    settings = _suited(model, train, validation, settings)
    guard = MonitorGuard(callbacks)
    guard.check_validation(validation is not None)
    check_rates(model, callbacks)
    log = EpochLog()
    every = [EachFigure(), *_guarded(list(callbacks.values()), guard), log, *last]
    if is_stateful(model):
        every.insert(0, StatesReset())
    reason = why_keras(model, list(callbacks.values()), settings)
    if reason is None:
        try:
            with about_losses(model):
                programs = _programs(model, train, validation, settings)
        except Exception as error:
            # A step of the user's may do what only works outside of a loop; if
            # it is wrong altogether, Keras says so.
            own = overridden(model, ("train_step", "test_step"))
            if not own:
                raise
            line = str(error).splitlines()[0]
            reason = f"the model's {own[0]} cannot be put into a loop: {line}"
    if reason is None:
        _fit_in_graph(model, *programs, every, settings)
        return log.history(), "compiled"
    with about_losses(model):
        _fit_with_keras(model, train, validation, every, settings)
    return log.history(), f"keras ({reason})"


@contextmanager
def about_losses(model: Any) -> Iterator[None]:
    """Say what to do where Keras has no loss, or losses that it cannot add."""
    try:
        yield
    except TypeError as error:
        if "Cannot convert a list containing a tensor of dtype" not in str(error):
            raise
        raise ValueError(
            "Keras cannot add the losses of this model, whose layers compute in "
            f"{model.compute_dtype}, and losses in {keras.config.floatx()}. Set "
            f"keras.config.set_floatx({model.compute_dtype!r}) where it is trained, or "
            "leave regularizers and add_loss out."
        ) from error
    except ValueError as error:
        if "No loss to compute" not in str(error):
            raise
        raise ValueError(
            "The model's own train_step or compute_loss asks for a compiled loss, and "
            "none could be picked for its outputs. Give loss=..."
        ) from error


def _suited(
    model: Any,
    train: Rows | Stream,
    validation: Rows | Stream | None,
    settings: FitSettings,
) -> FitSettings:
    """Return settings for a model whose batches have one size, or whose rows an order.

    A stream has batches of its own; the steps that it was asked for are its own too.
    """
    streams = {"steps_per_epoch": train, "validation_steps": validation}
    own = {name for name, data in streams.items() if isinstance(data, Stream)}
    extra = {name: value for name, value in settings.extra.items() if name not in own}
    settings = replace(settings, extra=extra)
    if is_stateful(model):
        settings = replace(settings, order=None)
    size = fixed_batch_size(model)
    if size is None:
        return settings
    parts = {"training": train, "validation": validation}
    check_batch_size(size, settings.batch_size, parts)
    return replace(settings, batch_size=size, validation_batch_size=size)


def _programs(
    model: Any,
    train: Rows | Stream,
    validation: Rows | Stream | None,
    settings: FitSettings,
) -> tuple[Epochs, Epochs | None]:
    """Get the programs of a fit, kept or new."""
    make = partial(Epochs, model, seed=settings.seed)
    trains = make(train, training=True, augment=settings.augment)
    measures = None if validation is None else make(validation, training=False)
    return trains, measures


def _guarded(callbacks: list[Any], guard: MonitorGuard) -> list[Any]:
    """Put the guard just before the first callback that monitors something.

    Callbacks before it may add to the logs.
    """
    if not guard.monitors:
        return callbacks
    watching = [isinstance(getattr(c, "monitor", None), str) for c in callbacks]
    first = watching.index(True)
    return [*callbacks[:first], guard, *callbacks[first:]]


def _fit_in_graph(
    model: Any,
    trains: Epochs,
    measures: Epochs | None,
    callbacks: list[Any],
    settings: FitSettings,
) -> None:
    epochs = range(settings.extra.get("initial_epoch", 0), settings.epochs)
    epoch = epochs.start

    def certain() -> int:
        watched = settings.verbose != 0 or measures is not None
        ends = map(certain_epochs, callbacks)
        return 1 if watched else min(epochs.stop - epoch, *ends)

    train = trains.passes(settings.order, settings.batch_size, certain)
    size = settings.validation_batch_size
    measure = None if measures is None else measures.passes(None, size)
    every = keras.callbacks.CallbackList(
        callbacks,
        add_history=False,
        add_progbar=settings.verbose != 0,
        verbose=settings.verbose,
        epochs=settings.epochs,
        steps=trains.n_batches(settings.batch_size),
        model=model,
    )
    model.stop_training = False
    every.on_train_begin()
    logs: dict[str, float] = {}
    for epoch in epochs:
        every.on_epoch_begin(epoch)
        logs = next(train)
        if measure is not None:
            every.on_test_begin()
            measured = next(measure)
            every.on_test_end(measured)
            logs.update({f"val_{name}": value for name, value in measured.items()})
        every.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    if model.optimizer is not None:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    every.on_train_end(logs)


def _fit_with_keras(
    model: Any,
    train: Rows | Stream,
    validation: Rows | Stream | None,
    callbacks: list[Any],
    settings: FitSettings,
) -> None:
    # Epochs of a given number of steps go on where the last one ended.
    each_pass = settings.extra.get("steps_per_epoch") is not None
    own_step = overridden(model, ("train_step",))
    first: list[Any] = [StepLogs()] if own_step else []
    change = None
    if settings.augment is not None:
        change = settings.augment.on_batches(train.batch(slice(0, 2)))
    if isinstance(train, Stream):
        batches: Any = StreamBatches(train, change)
    else:
        order = Order(len(train), settings.order)
        batches = Batches(
            train, settings.batch_size, order, each_pass=each_pass, change=change
        )
        first.append(NewOrder(batches))
    held_out: Any = None
    if isinstance(validation, Stream):
        held_out = StreamBatches(validation)
    elif validation is not None:
        in_order = Order(len(validation), None)
        held_out = Batches(validation, settings.validation_batch_size, in_order)
    # Layers that draw from TensorFlow itself take their seeds while Keras traces,
    # which is somewhere in here.
    with seeded(settings.seed) if settings.seed is not None else nullcontext():
        model.fit(
            batches,
            validation_data=held_out,
            epochs=settings.epochs,
            callbacks=[*first, Passes(batches, held_out), *callbacks],
            verbose=settings.verbose,
            shuffle=False,
            **settings.extra,
        )
    forget_gradients_of(model)
