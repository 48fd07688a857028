"""By what programs are found again: when two models may share one.

They may if the graphs are the same that tracing them would give. That is certain in
two ways. Either both consist of Keras' own classes and of plain values throughout, and
of the same ones (`plain_values`). Or what is not Keras' own, layers, losses, metrics,
was traced for both, and the graphs are equal (`graph_digest`); what is around it in a
program, Keras' step and the optimizer, has to be Keras' own all the same. All other
models keep their programs for themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from sk_keras._shared.keras_objects.private_api.graphs import ends_of, graph_of
from sk_keras._shared.keras_objects.private_api.traced import forget_gradients
from sk_keras._shared.keras_objects.private_api.training import (
    forward_and_loss,
    tensorflow_variables,
)
from sk_keras._shared.keras_objects.seeding import random_state, seeded
from sk_keras._training.programs.by_row import rows_stay_apart
from sk_keras._training.programs.executor import Execution
from sk_keras._training.programs.free_sizes import FreeSizes
from sk_keras._training.programs.graph_digest import NotComparable, graph_digest
from sk_keras._training.programs.plain_values import (
    NotPlain,
    PlainValues,
    is_own,
)
from sk_keras._training.programs.signature import signature

#: Methods of a model whose logs need not be its metrics.
LOGGING = ("train_step", "test_step", "compute_metrics", "get_metrics_result")


def overridden(model: Any, names: tuple[str, ...]) -> list[str]:
    """List the methods that a model does not have from `keras.Model`."""
    return [
        name
        for name in names
        if name in vars(model)
        or getattr(type(model), name) is not getattr(keras.Model, name)
    ]


def unique(variables: list[Any]) -> list[Any]:
    """Leave out what comes again; two names for a variable make one argument."""
    return list({id(v): v for v in variables}.values())


def known_outputs(model: Any) -> Any:
    """Return symbols of what a model puts out, None if only a trace could tell."""
    graph = graph_of(model)
    if graph is None or "call" in vars(model) or not is_own(type(model)):
        return None
    return ends_of(graph)[1]


def layer_key(layer: Any, x: Any = None) -> str | None:
    """Return the key of what a layer or model does, None without a plain value.

    Parameters
    ----------
    layer : keras.Layer
        Built.
    x : structure of arrays
        Some rows.
    """
    variables = unique(layer.variables)
    values = PlainValues(variables, training=False)
    try:
        whole = (values.of(layer), values.of_all(variables))
    except NotPlain:
        return None
    return _key("plain", whole, values.names(x))


def forward_key(model: Any, x: Any) -> tuple[str, str] | None:
    """Return the key of a forward pass, None if its program is for this model alone.

    Parameters are as those of `layer_key`.

    Returns
    -------
    tuple or None
        How far it is known whether rows depend on each other, and a digest. "by row":
        they do not; "plain": the model is of Keras' own classes; "traced": unknown.
    """
    execution = Execution.of(model)
    free = FreeSizes(model if execution.packs else None)
    variables = unique(model.variables)
    values = PlainValues(variables, training=False, free=free)
    try:
        whole = (values.of(model), values.of_all(variables))
        shapes = _described(variables, free)
        return "plain", _key(whole, values.names(x), shapes, execution)
    except NotPlain:
        pass
    graph, function = _traced(partial(model, training=False), variables, x, None)
    if graph is None:
        return None
    by_row = rows_stay_apart(function, len(variables))
    return "by row" if by_row else "traced", _key(graph, _described(variables))


class StepKey(NamedTuple):
    """The key of the steps of an epoch, and how they are traced.

    Attributes
    ----------
    key : str or None
        None if the program is for this model alone.
    any_size : list of keras.Variable
        Whose sizes are left open.
    """

    key: str | None
    any_size: list[Any]


def step_key(
    model: Any, variables: list[Any], batch: Any, *, training: bool, seed: int | None
) -> StepKey:
    """Return the key of the steps of an epoch.

    Parameters
    ----------
    model : keras.Model
        Compiled; its variables, and those of its metrics and optimizer, made.
    variables : list of keras.Variable
        The arguments of the program.
    batch : tuple of arrays
        Some rows.
    training : bool
        Whether the steps train, or only measure.
    seed : int or None
        For code that draws while it is traced.

    Returns
    -------
    StepKey
    """
    alone = StepKey(None, [])
    if overridden(model, ("train_step" if training else "test_step",)):
        return alone
    execution, compiles = Execution.of(model), bool(model.jit_compile)
    free = FreeSizes(
        model if execution.packs and not compiles else None,
        model.optimizer if training else None,
    )
    values = PlainValues(variables, free=free)
    try:
        constraints = [variable.constraint for variable in variables]
        updates = values.of([model.optimizer, constraints] if training else None)
    except NotPlain:
        return alone
    around = (training, updates, compiles, execution)
    try:
        whole = (values.of(model), values.of_all(variables))
        shapes = _described(variables, free)
        key = _key("plain", whole, values.names(batch[0]), around, shapes)
        return StepKey(key, free.variables)
    except NotPlain:
        pass

    def parts(batch: Any) -> Any:
        model.reset_metrics()
        x, y, weight = keras.utils.unpack_x_y_sample_weight(batch)
        out, loss = forward_and_loss(model, x, y, weight, training=training)
        logs = model.compute_metrics(x, y, out, sample_weight=weight)
        return loss, logs, model.get_metrics_result()

    graph, _ = _traced(parts, variables, batch, seed, gradients=training)
    if graph is None:
        return alone
    places = {id(variable): i for i, variable in enumerate(variables)}
    trained = tuple(places.get(id(v)) for v in model.trainable_weights)
    own_logs = bool(overridden(model, LOGGING))
    described = _described(variables)
    return StepKey(_key("graph", graph, trained, own_logs, around, described), [])


def _traced(
    body: Callable[[Any], Any],
    variables: list[Any],
    data: Any,
    seed: int | None,
    *,
    gradients: bool = False,
) -> tuple[Hashable | None, Any]:
    """Trace a function of variables and data; return its graph's value, and itself."""
    _, specs = signature(data, padded=True)

    def run(values: list[tf.Variable], data: Any) -> Any:
        return body(data)

    traced = tf.function(run, autograph=False)
    with seeded(seed):
        drawn_before = random_state()
        function = traced.get_concrete_function(tensorflow_variables(variables), specs)
        drew = random_state() != drawn_before
    try:
        digest = graph_digest(function, gradients=gradients)
    except NotComparable:
        return None, function
    finally:
        forget_gradients(function.graph.as_graph_def())
    paths = [
        path for path, _ in keras.tree.flatten_with_path(function.structured_outputs)
    ]
    return None if drew else (digest, repr(paths)), function


def _described(variables: list[Any], free: FreeSizes | None = None) -> Hashable:
    """Return what is to be known of variables as arguments."""
    free = free or FreeSizes(None)
    return tuple(
        (
            free.of_variable(variable),
            str(variable.dtype),
            bool(variable.trainable),
            str(getattr(variable, "aggregation", None)),
            bool(getattr(variable, "overwrite_with_gradient", False)),
        )
        for variable in variables
    )


def _key(*parts: Hashable) -> str:
    settings = (
        keras.config.floatx(),
        keras.config.image_data_format(),
        keras.config.epsilon(),
        keras.config.dtype_policy().name,
    )
    return hashlib.blake2b(repr((settings, parts)).encode(), digest_size=20).hexdigest()
