"""Borrowed: what compiling and training keep."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sk_keras._shared.keras_objects.private_api.register import borrows

#: Where an optimizer holds its rate.
RATE = "_learning_rate"


@borrows(
    "_value",
    of="keras.Variable",
    why="Variable.value looks for scopes first, which takes some 25 times as long, and "
    "each prediction asks for all variables of a model.",
    instead="Variable.value, outside of scopes.",
)
def tensorflow_variables(variables: Iterable[Any]) -> list[Any]:
    """List the `tensorflow.Variable` of each `keras.Variable`."""
    return [variable._value for variable in variables]


@borrows(
    "config",
    of="keras.src.saving.serialization_lib.SerializableDict",
    why="The class is not public.",
    instead="A note of the arguments where a model is compiled.",
)
@borrows(
    "_compile_config",
    of="keras.Model",
    why="get_compile_config gives configs in place of the objects.",
    instead="A note of the arguments where a model is compiled.",
)
def compile_arguments(model: Any) -> dict[str, Any]:
    """Return what a model was compiled with; nothing if it was not."""
    return dict(getattr(getattr(model, "_compile_config", None), "config", {}))


@borrows(
    "built",
    "build",
    of="keras.src.trainers.compile_utils.CompileLoss",
    why="The class is not public.",
    instead="Model.evaluate on a batch, which runs the model.",
)
@borrows(
    "built",
    "build",
    of="keras.src.trainers.compile_utils.CompileMetrics",
    why="The class is not public.",
    instead="Model.evaluate on a batch, which runs the model.",
)
@borrows(
    "_compile_metrics",
    "_compile_loss",
    of="keras.Model",
    why="Nothing has what holds the losses, and Model.metrics is for what was built.",
    instead="Model.evaluate on a batch, which runs the model.",
)
def measures_of(model: Any) -> list[Any]:
    """List what holds the metrics, and what holds the losses, of a compiled model."""
    measures = (model._compile_metrics, model._compile_loss)
    return [measure for measure in measures if measure is not None]


@borrows(
    "_symbolic_build",
    of="keras.Model",
    why="It is what the first batch of Model.fit does.",
    instead="Model.evaluate on a batch, which runs the model.",
)
def build_on(model: Any, batch: Any) -> None:
    """Have a model make what it makes on first data: variables, metrics, losses."""
    model._symbolic_build(data_batch=batch)


@borrows(
    "_call_has_training_arg",
    "_compute_loss",
    of="keras.Model",
    why="They are what train_step and test_step do, without the rest of it.",
    instead="Model.compute_loss, and a look at the signatures of it and of call.",
)
def forward_and_loss(
    model: Any, x: Any, y: Any, sample_weight: Any, *, training: bool
) -> tuple[Any, Any]:
    """Return the output and the loss of a batch, as a step of Keras computes them."""
    given = {"training": training} if model._call_has_training_arg else {}
    out = model(x, **given)
    loss = model._compute_loss(
        x=x, y=y, y_pred=out, sample_weight=sample_weight, training=training
    )
    return out, loss


@borrows(
    RATE,
    of="keras.optimizers.Optimizer",
    why="Optimizer.learning_rate gives the present value in place of a schedule.",
    instead='get_config()["learning_rate"], a dict for a schedule.',
)
def rate_of(optimizer: Any) -> Any:
    """Return the variable, schedule or function of a learning rate, None without."""
    return getattr(optimizer, RATE, None)


@borrows(
    "_momentums",
    "_velocities",
    "_get_variable_index",
    of="keras.optimizers.Adam",
    why="Optimizer.variables has them in an order that is nowhere said.",
    instead="Adam.update_step, which makes many operations.",
)
def moments_of(adam: Any, variable: Any) -> tuple[Any, Any]:
    """Return the two moments that Adam keeps of a variable, as TensorFlow's."""
    index = adam._get_variable_index(variable)
    return adam._momentums[index].value, adam._velocities[index].value


@borrows(
    "_backend_update_step",
    of="keras.optimizers.Optimizer",
    why="Sums over devices make operations, and a gradient of their own, for one too.",
    instead="Nothing: it takes 3 ms of a trace.",
)
@contextmanager
def on_one_device(optimizer: Any) -> Iterator[None]:
    """Have an optimizer leave out, while it is traced, what is for several devices."""
    import keras
    import tensorflow as tf

    usual = keras.optimizers.Optimizer._backend_update_step
    own = getattr(type(optimizer), "_backend_update_step", None)
    if own is not usual or tf.distribute.has_strategy():
        yield
        return

    def update(gradients: Any, variables: Any, learning_rate: Any) -> None:
        for gradient, variable in zip(gradients, variables, strict=True):
            variable = getattr(variable, "value", variable)
            optimizer.update_step(gradient, variable, learning_rate)

    optimizer._backend_update_step = update
    try:
        yield
    finally:
        del optimizer._backend_update_step


@borrows(
    "_weights_path",
    "_training_metadata_path",
    "_prev_weights_path",
    "_prev_training_metadata_path",
    of="keras.callbacks.BackupAndRestore",
    why="A change of backup_dir does not reach the paths that were made of it.",
    instead="A callback made anew, with another backup_dir.",
)
def move_paths(callback: Any, new: str, old: str | None = None) -> None:
    """Have the private paths of a callback lead into another folder.

    Parameters
    ----------
    callback : keras.callbacks.Callback
    new : str
    old : str or None, default=None
        The folder so far; None for the one of a `keras.callbacks.BackupAndRestore`.
    """
    start = os.path.dirname(callback._weights_path) if old is None else old
    start = start.rstrip(os.sep) + os.sep
    for name, value in list(vars(callback).items()):
        if name.startswith("_") and isinstance(value, str) and value.startswith(start):
            setattr(callback, name, os.path.join(new, value.removeprefix(start)))
