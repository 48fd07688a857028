"""Targets as values: frozen, made of plain fields, the same after each way round."""

import dataclasses
import pickle

import numpy as np
import pytest

from sk_keras._estimators.autoencoder.target import SampleCodec, reconstruction
from sk_keras._estimators.targets import (
    arrays,
    base,
    codec,
    element_codecs,
    heads,
    label_codecs,
    losses,
    multi_output,
    value_codec,
)
from sk_keras._estimators.targets.arrays import ColumnTargets, SingleTarget
from sk_keras._estimators.targets.element_codecs import ElementwiseCodec
from sk_keras._estimators.targets.heads import Head
from sk_keras._estimators.targets.label_codecs import (
    LabelCodec,
    MultilabelCodec,
    OneHotCodec,
)
from sk_keras._estimators.targets.losses import Plan
from sk_keras._estimators.targets.makers import label_targets, value_targets
from sk_keras._estimators.targets.multi_output import KeyedTargets
from sk_keras._estimators.targets.value_codec import ValueCodec
from sk_keras._shared.arrays.ragged import Ragged

MODULES = (
    *(arrays, base, codec, heads, multi_output),
    *(label_codecs, element_codecs, losses, value_codec),
)
PLAIN = (str, int, float, bool, np.ndarray, type(None))

KIND = np.arange(12) % 3
FLAG = np.arange(12) % 2
MATRIX = np.c_[FLAG, KIND == 0].astype(np.uint8)
NAMED = {"b": KIND, "a": FLAG}
TAGS = Ragged.of([[0, 1], [2], [1, 1, 0]])
COLUMNS = np.c_[KIND, FLAG]
VALUES = np.arange(36.0).reshape(12, 3)


def out(*shape, activation="softmax", name="out"):
    return Head(name, shape, activation)


THREE, ONE = out(3, name="b"), out(1, activation="sigmoid", name="a")
SIGMOIDS = out(2, activation="sigmoid")
LINEAR = [out(n, activation="linear", name=str(n)) for n in (2, 1)]

#: What is learned from, the outputs, the form that they decide on, and its codecs.
CASES = {
    "label": (KIND, [THREE], SingleTarget, [LabelCodec]),
    "steps": (TAGS, [out(None, 3)], SingleTarget, [ElementwiseCodec]),
    "one-hot": (np.eye(3)[KIND], [THREE], SingleTarget, [OneHotCodec]),
    "multilabel": (MATRIX, [SIGMOIDS], SingleTarget, [MultilabelCodec]),
    "multilabel by element": (MATRIX, [out(2, 2)], SingleTarget, [ElementwiseCodec]),
    "multilabel by column": (MATRIX, [ONE, out(2)], ColumnTargets, [LabelCodec] * 2),
    "columns": (COLUMNS, [THREE, ONE], ColumnTargets, [LabelCodec] * 2),
    "columns by element": (COLUMNS, [out(2, 3)], SingleTarget, [ElementwiseCodec]),
    "keys": (NAMED, [ONE, THREE], KeyedTargets, [LabelCodec] * 2),
    "keys by element": (
        {"b": KIND, "a": MATRIX},
        [out(2, 2, name="a"), THREE],
        KeyedTargets,
        [ElementwiseCodec, LabelCodec],
    ),
    "values": (VALUES, [out(3, activation="linear")], SingleTarget, [ValueCodec]),
    "values by column": (VALUES, LINEAR, ColumnTargets, [ValueCodec] * 2),
}


def targets_of(y):
    return value_targets(y) if y is VALUES else label_targets(y)


@pytest.fixture(params=CASES)
def bound(request):
    """Targets that are matched with outputs, and their y."""
    y, outputs, *_ = CASES[request.param]
    return targets_of(y).bind(outputs, "dict"), y


@pytest.mark.parametrize(("y", "outputs", "form", "codecs"), CASES.values(), ids=CASES)
def test_the_outputs_decide_on_the_form(y, outputs, form, codecs):
    found = targets_of(y).bind(outputs, "list")
    assert type(found) is form
    assert [type(one) for one in found.codecs] == codecs
    assert list(found.heads) == outputs
    assert not getattr(found, "elements", None)  # what it could have been


def is_plain(value):
    """Tell whether a value is told in full by what it holds."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = {field.name for field in dataclasses.fields(value)}
        held = [getattr(value, name) for name in names]
        return set(vars(value)) == names and all(map(is_plain, held))
    if isinstance(value, dict):
        return all(isinstance(k, str) and is_plain(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    return type(value) in PLAIN


def told(value):
    """Spell a value by its fields alone."""
    if dataclasses.is_dataclass(value):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {"class": type(value), "fields": told(fields)}
    if isinstance(value, dict):
        return {key: told(each) for key, each in value.items()}
    return tuple(map(told, value)) if isinstance(value, tuple) else value


def made(value):
    """Make what `told` has spelt."""
    if isinstance(value, dict) and "class" in value:
        return value["class"](**made(value["fields"]))
    if isinstance(value, dict):
        return {key: made(each) for key, each in value.items()}
    return tuple(map(made, value)) if isinstance(value, tuple) else value


def plain(encoded):
    """Put arrays in place of rows of unequal length."""
    return {name: getattr(part, "values", part) for name, part in encoded.items()}


def test_fields_are_plain_values(bound):
    targets, y = bound
    assert is_plain(targets_of(y))
    assert is_plain(targets.planned(targets.picked_losses(), y))


def test_fields_tell_all(bound):
    targets, y = bound
    planned = targets.planned(targets.picked_losses(), y)
    raw = {
        head.name: np.full((12, *[3 if n is None else n for n in head.shape]), 0.5)
        for head in planned.heads
    }
    for twin in (made(told(planned)), pickle.loads(pickle.dumps(planned))):
        np.testing.assert_equal(plain(twin.encode(y)), plain(planned.encode(y)))
        np.testing.assert_equal(twin.decode(raw), planned.decode(raw))
        np.testing.assert_equal(twin.facts(), planned.facts())


def test_planning_gives_a_new_object(bound):
    targets, y = bound
    planned = targets.planned(targets.picked_losses(), y)
    assert planned is not targets
    assert targets.plans == ()
    assert len(planned.plans) == len(targets.heads)
    with pytest.raises(dataclasses.FrozenInstanceError):
        targets.plans = planned.plans


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_classes_are_frozen(module):
    for thing in vars(module).values():
        if isinstance(thing, type) and dataclasses.is_dataclass(thing):
            assert thing.__dataclass_params__.frozen, thing


def test_forms_are_final():
    finals = [SingleTarget, ColumnTargets, KeyedTargets, type(reconstruction(VALUES))]
    for form in finals:
        assert form.__base__ is base.Targets
        assert form.__subclasses__() == []


# --- several at once -------------------------------------------------------


@pytest.mark.parametrize(
    ("container", "facts"),
    [
        ("dict", {"b": "multiclass", "a": "binary"}),
        ("ArrayDict", {"b": "multiclass", "a": "binary"}),
        ("list", ["multiclass", "binary"]),
    ],
)
def test_containers(container, facts):
    targets = label_targets(NAMED, container=container)
    assert targets.facts()["target_type_"] == facts
    planned = targets.bind([THREE, ONE], "list").planned(["kld", "bce"], NAMED)
    raw = [np.eye(3)[KIND], FLAG[:, None]]
    predicted = planned.decode(raw)
    assert type(predicted).__name__ == container
    first = predicted[0] if container == "list" else predicted["b"]
    np.testing.assert_array_equal(first, KIND)


def test_columns_by_name():
    y = np.c_[FLAG, KIND]
    targets = label_targets(y, names=("a", "b")).bind([THREE, ONE], "list")
    assert targets.columns == ((1,), (0,))
    assert [len(one) for one in targets.facts()["classes_"]] == [2, 3]
    planned = targets.planned(["kld", "bce"], y)
    raw = [np.eye(3)[KIND], FLAG[:, None]]
    np.testing.assert_array_equal(planned.decode(raw), y)
    by_column = planned.arrange_weights(np.c_[np.zeros(12), np.ones(12)])
    assert [part.mean() for part in by_column] == [1.0, 0.0]


# --- X as its own target ---------------------------------------------------


def test_a_reconstruction_is_plain():
    X = np.linspace(0, 1, 12, dtype=np.float32).reshape(4, 3)
    targets = reconstruction(X).bind([out(3, activation="sigmoid")], "array")
    planned = targets.planned("binary_crossentropy", X)
    assert is_plain(planned)
    assert targets.kind is None and planned.kind.name == "binary_crossentropy"
    assert planned.plans == (Plan("values", "value"),)
    assert planned.encode(X) is X
    assert planned.decode(X) is X
    assert planned.facts() == {"target_type_": "reconstruction", "X_range_": (0.0, 1.0)}
    with pytest.raises(ValueError, match="between 0 and 1"):
        planned.check_range(2 * X)
    with pytest.raises(ValueError, match="puts out shape"):
        SampleCodec((3,)).check(out(2))
