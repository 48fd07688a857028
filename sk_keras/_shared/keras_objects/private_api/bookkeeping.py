"""Borrowed: attributes that what an object computes does not depend on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sk_keras._shared.keras_objects.private_api.register import TENSORFLOW, borrows

#: Where an optimizer has the variables that it was made for, notes which of all it
#: does not decay, and by which names.
OPTIMIZED = "_trainable_variables"
EXCLUDED = "_exclude_from_weight_decay"
EXCLUDED_NAMES = "_exclude_from_weight_decay_pattern"

#: Where the losses of a model are, each with the name of its output.
FLAT_LOSSES = "_flat_losses"

_PUBLIC = (
    ("name", "build", "quantize", "call_signature_parameters", "optimizer", "history")
    + ("train_function", "test_function", "predict_function", "stop_training")
    + ("steps_per_execution", "unrolled_steps_per_execution", "input_names")
)
#: Names, records of how an object was made and called, and what tracks its parts.
_LAYER = (
    ("_path", "_parent_path", "_auto_config", "_build_shapes_dict", "_tracker")
    + ("_tracked", "_lock", "_inbound_nodes", "_outbound_nodes", "_called")
    + ("_call_signature", "_losses", "_loss_ids")
    + ("_saved_model_inputs_spec", "_saved_model_arg_spec")
)
#: Made anew by each call.
_CELL = ("_dropout_mask", "_recurrent_dropout_mask")
#: What a function derives from its calls.
_FUNCTION = ("_nodes", "_nodes_by_depth", "_operations", "_operations_by_depth") + (
    "_inputs",
    "_outputs",
    "_inputs_struct",
    "_outputs_struct",
)
#: What a model notes of its compilation and training.
_MODEL = ("_compile_config", "_compiled_trainable_state", "_initial_epoch")
_LOSS = ("_y_pred_build_structure", "_y_true_build_structure")
#: What an optimizer derives from its variables.
_INDICES = ("_trainable_variables_indices",)
_DECAY = ("_exclude_from_weight_decay_cache",)
#: A variable's value, which programs take from outside.
_VARIABLE = ("_name", "_value", "_initializer")

_BOOKKEEPING = frozenset(
    (*_PUBLIC, *_LAYER, *_CELL, *_FUNCTION, *_MODEL, *_LOSS, *_INDICES, *_DECAY)
    + _VARIABLE
)

_WHY = "It is to be known which of an object's attributes need not be compared."
_INSTEAD = "Nothing: with another name, programs are kept less often."


@borrows(*_LAYER, of="keras.Layer", why=_WHY, instead=_INSTEAD)
@borrows(*_CELL, of="keras.layers.LSTMCell", why=_WHY, instead=_INSTEAD)
@borrows(*_FUNCTION, of="keras.Function", why=_WHY, instead=_INSTEAD)
@borrows(*_MODEL, of="keras.Model", why=_WHY, instead=_INSTEAD)
@borrows(
    *_LOSS,
    of="keras.src.trainers.compile_utils.CompileLoss",
    why=_WHY,
    instead=_INSTEAD,
)
@borrows(*_INDICES, of="keras.optimizers.Optimizer", why=_WHY, instead=_INSTEAD)
@borrows(*_DECAY, of="keras.optimizers.AdamW", why=_WHY, instead=_INSTEAD)
@borrows(*_VARIABLE, of="keras.Variable", why=_WHY, instead=_INSTEAD)
@borrows(
    "_self_setattr_tracking",
    of="keras.Layer",
    version=TENSORFLOW,
    why="TensorFlow's attributes on objects of Keras, which all begin alike.",
    instead="A list of the attributes that a new layer has.",
)
def what_counts(attributes: Iterable[str]) -> list[str]:
    """Return the attributes that what an object computes may depend on, sorted."""
    return sorted(
        name
        for name in attributes
        if name not in _BOOKKEEPING and not name.startswith("_self_")
    )


_SIZES_OF_DENSE, _SHAPE = ("units", "_input_spec"), ("_shape",)


@borrows("_input_spec", of="keras.Layer", why=_WHY, instead=_INSTEAD)
def of_any_width(attributes: list[str]) -> list[str]:
    """Leave out what a dense layer holds of the sizes of its input and output."""
    return [name for name in attributes if name not in _SIZES_OF_DENSE]


@borrows(*_SHAPE, of="keras.Variable", why=_WHY, instead=_INSTEAD)
def of_any_shape(attributes: list[str]) -> list[str]:
    """Leave out what a variable holds of its shape."""
    return [name for name in attributes if name not in _SHAPE]


_OF_TRAINING = (
    "_compile_loss",
    "_compile_metrics",
    "_loss_tracker",
    "_jit_compile",
) + ("_compute_loss_has_training_arg",)


@borrows(*_OF_TRAINING, of="keras.Model", why=_WHY, instead=_INSTEAD)
def of_forward_pass(attributes: list[str]) -> list[str]:
    """Leave out what a model holds for training and measuring only."""
    training = (*_OF_TRAINING, "loss", "compiled")
    return [name for name in attributes if name not in training]


@borrows(
    FLAT_LOSSES,
    of="keras.src.trainers.compile_utils.CompileLoss",
    why="The losses of a model are nowhere else.",
    instead="The names of losses are compared, and models with others traced again.",
)
def without_names(losses: list[Any]) -> list[Any]:
    """Return the losses of a model without the names of its outputs."""
    return [tuple(loss)[:-1] for loss in losses]  # they come last


@borrows(
    OPTIMIZED,
    of="keras.optimizers.Optimizer",
    why="Optimizer.variables has its own.",
    instead="The variables that it was built with.",
)
@borrows(
    EXCLUDED,
    EXCLUDED_NAMES,
    of="keras.optimizers.AdamW",
    why="Nothing says what was excluded.",
    instead="A note of the calls of exclude_from_weight_decay.",
)
def exclusions(optimizer: Any) -> tuple[Any, Any, list[Any]]:
    """Return the variables and names that are not decayed, and all variables."""
    held: Mapping[str, Any] = vars(optimizer)
    return held.get(EXCLUDED), held.get(EXCLUDED_NAMES), held.get(OPTIMIZED, [])


@borrows(
    *_DECAY,
    "_var_key",
    of="keras.optimizers.AdamW",
    why="An optimizer looks for them in TensorFlow's names, here all the same.",
    instead="TensorFlow's names of variables, of which each takes 30 kB for good.",
)
def exclude_by_path(optimizer: Any, variables: list[Any]) -> None:
    """Have an optimizer look for names that it does not decay in Keras' paths."""
    names = exclusions(optimizer)[1]
    if names is None:
        return
    decays = optimizer._exclude_from_weight_decay_cache
    for variable in variables:
        if names.search(variable.path):
            decays[optimizer._var_key(variable)] = False


@borrows(
    "TrackedList",
    "TrackedDict",
    "TrackedOrderedDict",
    "TrackedSet",
    of="keras.src.utils.tracking",
    why="The classes are not public.",
    instead="Those that start with Tracked among the bases of a list.",
)
@borrows(
    "ListWrapper",
    "_DictWrapper",
    "_TupleWrapper",
    of="tensorflow.python.trackable.data_structures",
    version=TENSORFLOW,
    why="The classes are not public.",
    instead="Those of what a tf.Module holds.",
)
@cache
def tracked_types() -> Mapping[type, str]:
    """Return the classes that Keras and TensorFlow keep lists and the like in."""
    from keras.src.utils import tracking
    from tensorflow.python.trackable import data_structures

    # Before Keras 3.14 there is no class for it.
    ordered = getattr(tracking, "TrackedOrderedDict", tracking.TrackedDict)
    return {
        tracking.TrackedList: "list",
        tracking.TrackedDict: "dict",
        ordered: "dict",
        tracking.TrackedSet: "set",
        data_structures.ListWrapper: "list",
        data_structures._DictWrapper: "dict",
        data_structures._TupleWrapper: "tuple",
    }
