"""What sk_keras borrows of Keras and TensorFlow is there, and is in one room.

Read with a new version of either: the first test says which names are gone.
"""

import ast
import importlib
import pkgutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

import sk_keras
from sk_keras._shared.keras_objects import private_api
from sk_keras._shared.keras_objects.private_api.register import BORROWED
from sk_keras._shared.keras_objects.seeding import seeded

from .private_names import Names, own_names, private_uses

PACKAGE = Path(sk_keras.__file__).parent
ROOM = Path(private_api.__file__).parent

MODULES = [
    importlib.import_module(f"{private_api.__name__}.{module.name}")
    for module in pkgutil.iter_modules(private_api.__path__)
]

VERSIONS = {"Keras": keras.__version__, "TensorFlow": tf.__version__}

# --- the names are there --------------------------------------------------------------


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """Make one of each thing that has borrowed names, by the name of its class."""
    inputs = keras.Input((3,), dtype="int32")
    masked = keras.layers.Embedding(5, 4, mask_zero=True)(inputs)
    outputs = keras.layers.Dense(2)(keras.layers.LSTM(4)(masked))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse", metrics=["mae"])
    adam = keras.optimizers.Adam()
    adam.build(model.trainable_variables)
    decaying = keras.optimizers.AdamW()
    decaying.exclude_from_weight_decay(var_names=["bias"])
    cell = keras.layers.LSTMCell(2)
    cell.reset_dropout_mask()
    cell.reset_recurrent_dropout_mask()
    backup = str(tmp_path_factory.mktemp("backup"))
    # What is reached by private names: None where they are gone.
    nodes = getattr(model.layers[-1], "_inbound_nodes", [None])
    config = getattr(model, "_compile_config", None)
    loss = getattr(model, "_compile_loss", None)
    metrics = getattr(model, "_compile_metrics", None)
    found = {
        "keras.KerasTensor": outputs,
        "keras.Layer": model.layers[-1],
        "keras.Model": model,
        "keras.Function": model,
        "keras.Operation": model.layers[-1],
        "keras.Sequential": keras.Sequential([keras.Input((3,))]),
        "keras.Variable": model.variables[0],
        "keras.callbacks.BackupAndRestore": keras.callbacks.BackupAndRestore(backup),
        "keras.layers.StringLookup": keras.layers.StringLookup(vocabulary=["a"]),
        "keras.layers.LSTMCell": cell,
        "keras.optimizers.Adam": adam,
        "keras.optimizers.AdamW": decaying,
        "keras.optimizers.Optimizer": model.optimizer,
        "keras.src.ops.node.KerasHistory": getattr(outputs, "_keras_history", None),
        "keras.src.ops.node.Node": nodes[0],
        "keras.src.saving.serialization_lib.SerializableDict": config,
        "keras.src.trainers.compile_utils.CompileLoss": loss,
        "keras.src.trainers.compile_utils.CompileMetrics": metrics,
        "tensorflow.Tensor": model.layers[1](np.ones((1, 3), "int32")),
    }
    with suppress(ImportError, AttributeError):  # the tests say what is gone
        with seeded(0), ThreadPoolExecutor(1) as new_thread:
            found |= new_thread.submit(_state).result()
    return found


def _state():
    """Have Keras and TensorFlow fill their state, in a thread that has none yet."""
    from keras.src.backend.common import global_state
    from tensorflow.python.eager import context

    keras.utils.set_random_seed(0)
    keras.random.normal((1,))
    keras.layers.Dense(1)
    state = SimpleNamespace(**vars(global_state.GLOBAL_STATE_TRACKER))
    return {
        "keras.src.backend.common.global_state.GLOBAL_STATE_TRACKER": state,
        "tensorflow.python.eager.context.Context": context.context(),
    }


ENTRIES = [(entry, name) for entry in BORROWED for name in entry.names]


def missing(entry, name, examples):
    """Say what an entry's name is missing in, None if it is there."""
    if entry.of in examples:
        owner = examples[entry.of]
    else:
        try:
            owner = pkgutil.resolve_name(entry.of)
        except (ImportError, AttributeError):
            owner = None
    if hasattr(owner, name):
        return None
    library = entry.version.split()[0]
    file = entry.module.replace(".", "/") + ".py"
    return (
        f"{library} {VERSIONS[library]} has no {entry.of}.{name}: see {file}, entry of "
        f"{entry.function}, for what could replace it. It was written for "
        f"{entry.version}."
    )


@pytest.mark.parametrize(
    ("entry", "name"), ENTRIES, ids=[f"{e.of}.{name}" for e, name in ENTRIES]
)
def test_a_borrowed_name_is_there(entry, name, examples):
    gone = missing(entry, name, examples)
    assert gone is None, gone


def test_a_name_that_is_gone_is_told_with_its_entry():
    entry = next(e for e in BORROWED if e.function == "all_layers")
    gone = missing(entry, "_flatten_layers", {"keras.Layer": object()})
    assert gone == (
        f"Keras {keras.__version__} has no keras.Layer._flatten_layers: see "
        "sk_keras/_shared/keras_objects/private_api/layers.py, entry of all_layers, "
        "for what could replace it. It was written for Keras 3.15."
    )


# --- and in one room only -------------------------------------------------------------


def parsed(file):
    return ast.parse(file.read_text(), str(file))


@pytest.fixture(scope="module")
def names(examples):
    """Tell the private names of sk_keras from those of Keras and TensorFlow."""
    files = [file for file in PACKAGE.rglob("*.py") if file.parent != ROOM]
    things = [*examples.values(), keras.losses.MeanSquaredError(), tf.Variable(0)]
    things += [keras.metrics.Mean(), keras.callbacks.ModelCheckpoint("best.keras")]
    foreign = {name for thing in things for name in dir(thing)}
    borrowed = {name for entry in BORROWED for name in entry.names}
    return Names(own_names(map(parsed, files)), frozenset(foreign | borrowed))


@pytest.mark.slow
def test_private_names_are_used_in_the_room_only(names):
    found = [
        f"{file.relative_to(PACKAGE.parent)}:{line} uses {name}"
        for file in sorted(PACKAGE.rglob("*.py"))
        if file.parent != ROOM
        for line, name in private_uses(parsed(file), names)
    ]
    assert not found, (
        "Private names of Keras or TensorFlow go through a function in "
        f"{ROOM.relative_to(PACKAGE.parent)}, with an entry:\n" + "\n".join(found)
    )


def test_every_name_in_the_room_has_an_entry():
    nothing_own = Names(frozenset(), frozenset())
    used = {
        name
        for module in MODULES
        for _, name in private_uses(parsed(Path(module.__file__)), nothing_own)
    }
    entered = {name for entry in BORROWED for name in (entry.of, *entry.names)}
    assert used <= entered


def test_every_entry_says_all():
    for entry in BORROWED:
        assert entry.version.split()[0] in VERSIONS
        assert entry.why.endswith(".") and entry.instead.endswith(".")


#: Lines of code, and the names that are found in them.
PLANTED = [
    ("import keras.src.layers", ["keras.src.layers"]),
    ("from keras import src", ["keras.src"]),
    ("from keras.src import backend", ["keras.src.backend"]),
    (
        "from tensorflow.python.eager import context",
        ["tensorflow.python.eager.context"],
    ),
    ("import_module('tensorflow.python.eager')", ["tensorflow.python.eager"]),
    ("tf.python.eager", ["tf.python"]),
    ("keras.src.backend.common", ["keras.src"]),
    ("from keras.layers import _secret", ["_secret"]),
    ("from keras._secret import thing", ["_secret"]),
    ("model._flatten_layers()", ["_flatten_layers"]),
    ("model.layers[0]._secret", ["_secret"]),
    ("layer._trainable = True", ["_trainable"]),
    ("self._secret", ["_secret"]),
    ("model._mine", []),
    ("self._mine", []),
    ("estimator._mine", []),
    ("self._trainable", []),  # one that is defined in sk_keras as well
    ("layer.trainable", []),
    ("vars(model).__len__()", []),
    ("getattr(model, '_secret', None)", ["_secret"]),
    ("hasattr(model, '_secret')", ["_secret"]),
    ("setattr(model, '_secret', 1)", ["_secret"]),
    ("object.__setattr__(model, '_secret', 1)", ["_secret"]),
    ("getattr(model, '_mine', None)", []),
    ("vars(model)['_secret']", ["_secret"]),
    ("vars(model).get('_secret')", ["_secret"]),
    ("model.__dict__['_secret']", ["_secret"]),
    ("model.__dict__.pop('_secret', None)", ["_secret"]),
    ("'_secret' in vars(model)", ["_secret"]),
    ("names - {'_flatten_layers'}", ["_flatten_layers"]),
    ("names - {'_secret'}", []),  # which may be anything
    ("sys._getframe(1)", []),
    ("from sk_keras._shared import lazy", []),
]


@pytest.mark.parametrize(("source", "expected"), PLANTED, ids=lambda value: str(value))
def test_the_walk_finds(source, expected):
    names = Names(
        own=frozenset({"_mine", "_trainable"}),
        foreign=frozenset({"_trainable", "_flatten_layers"}),
    )
    found = list(private_uses(ast.parse(f"\n{source}"), names))
    assert {name for _, name in found} == set(expected)
    assert {line for line, _ in found} <= {2}


def test_own_names_are_those_of_our_objects():
    source = """
_LIMIT = 3
class _Thing:
    _field: int = 0
    def _do(self, layer):
        self._kept, layer._not_ours = 1, 2
"""
    found = own_names([ast.parse(source)])
    expected = {"_LIMIT", "_Thing", "_do", "_field", "_kept"}
    assert {name for name in found if name.startswith("_")} == expected
