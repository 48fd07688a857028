"""Classes that are told before a fit has seen them all."""

import pytest

from sk_keras.data import ArrayDict
from tests.errors import refused
from tests.estimators.several import (
    BINARY,
    FLAGS,
    KIND,
    LEVEL,
    ONE,
    TWO,
    X,
    classifier,
    fit,
)

SEEN = {"level": ["hi", "lo"], "kind": [0, 1, 2]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (lambda rows: {"level": LEVEL[rows], "kind": KIND[rows] * 0}, SEEN),
        (lambda rows: [LEVEL[rows], KIND[rows] * 0], list(SEEN.values())),
        (lambda rows: ArrayDict({"level": LEVEL[rows], "kind": KIND[rows] * 0}), SEEN),
    ],
    ids=["dict", "list", "ArrayDict"],
)
def test_partial_fit_is_told_the_classes(y, classes):
    few = {name: part[:5] for name, part in X.items()}
    e = classifier(TWO).partial_fit(few, y(slice(0, 5)), classes=classes)
    e.partial_fit(X, y(slice(None)), classes=classes)
    known = e.classes_.values() if isinstance(e.classes_, dict) else e.classes_
    assert [list(each) for each in known] == list(SEEN.values())
    other = {**SEEN, "kind": [0, 1]}
    other = other if isinstance(classes, dict) else list(other.values())
    with pytest.raises(ValueError, match="not the same as in the fit before"):
        e.partial_fit(X, y(slice(None)), classes=other)


@pytest.mark.slow
def test_classes_of_columns():
    few = {name: part[:5] for name, part in X.items()}
    for classes in ([[0, 1], [0, 1]], [0, 1]):
        e = classifier(BINARY).partial_fit(few, FLAGS[:5] * 0, classes=classes)
        assert [list(each) for each in e.classes_] == [[0, 1], [0, 1]]


REFUSED = {
    "classes names": (
        fit(fit_params={"classes": {"q": [1]}}),
        r"classes must be .* Got .*\['q'\]",
    ),
    "one list of classes": (
        fit(fit_params={"classes": [0, 1]}),
        "classes must be .* Got one list",
    ),
    "dict of classes": (
        fit(ONE, y=LEVEL, fit_params={"classes": {"level": ["hi", "lo"]}}),
        "classes is a dict, but y is one array",
    ),
    "classes count": (
        fit(BINARY, y=FLAGS, fit_params={"classes": [[0, 1]]}),
        "classes has 1 entries, but y has 2 columns",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, message = REFUSED[case]
    refused(call, ValueError, message)
