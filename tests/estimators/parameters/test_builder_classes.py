"""Classes as builders: an object of them is made for each model, and none before."""

import pickle
from functools import partial, partialmethod

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sk_keras import KerasAutoencoder, KerasClassifier
from sk_keras._estimators.parameters.builders import (
    builder_name,
    resolve_builder,
    same_builder,
)
from sk_keras._shared.routing.signatures import argument_names

X = np.random.RandomState(0).normal(size=(24, 4)).astype("float32")
Y = np.arange(24) % 3


def classifier(hidden):
    """Make a small classifier for four features."""
    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(hidden),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )


class Counting:
    """Counts its objects."""

    made = 0

    def __init__(self):
        Counting.made += 1

    def __call__(self, hidden=2):
        return classifier(hidden)


class CountingModel(keras.Model):
    """Counts its objects."""

    made = 0

    def __init__(self, hidden=2):
        super().__init__()
        CountingModel.made += 1
        self.first = keras.layers.Dense(hidden)
        self.last = keras.layers.Dense(3, activation="softmax")

    def call(self, inputs):
        return self.last(self.first(inputs))


class CountingPair:
    """Counts its objects, which build autoencoders."""

    made = 0

    def __init__(self):
        CountingPair.made += 1

    def __call__(self, n_features_in, hidden=2):
        inputs, codes = keras.Input((n_features_in,)), keras.Input((hidden,))
        encoder = keras.Model(inputs, keras.layers.Dense(hidden)(inputs))
        return encoder, keras.Model(codes, keras.layers.Dense(n_features_in)(codes))


KINDS = [
    (KerasClassifier, Counting),
    (KerasClassifier, CountingModel),
    (KerasAutoencoder, CountingPair),
]


@pytest.fixture(params=KINDS, ids=[cls.__name__ for _, cls in KINDS])
def kind(request):
    """Return an estimator, and the class of its builder, of which no object is made."""
    estimator, cls = request.param
    cls.made = 0
    return estimator(cls, epochs=1, batch_size=24, random_state=0), cls


def search(e):
    """Return a search of five fits."""
    return GridSearchCV(e, {"hidden": [1, 2]}, cv=2, scoring=lambda e, X, y: 0.0)


OPERATIONS = [
    ("construct", lambda e: type(e)(e.model, hidden=3), 0),
    ("hasattr", lambda e: hasattr(e, "no_such_name"), 0),
    ("getattr", lambda e: e.hidden, 0),
    ("repr", repr, 0),
    ("html", lambda e: e._repr_html_(), 0),
    ("get_params", lambda e: e.get_params(), 0),
    ("set_params", lambda e: e.set_params(hidden=3), 0),
    ("set_model", lambda e: e.set_params(model=e.model, hidden=3), 0),
    ("clone", clone, 0),
    ("pickle", lambda e: pickle.loads(pickle.dumps(e)), 0),
    ("initialize", lambda e: e.initialize(X, Y), 1),
    ("fit", lambda e: e.fit(X, Y), 1),
    ("fit_twice", lambda e: e.fit(X, Y).fit(X, Y), 2),
    ("warm_start", lambda e: e.set_params(warm_start=True).fit(X, Y).fit(X, Y), 1),
    ("partial_fit", lambda e: e.partial_fit(X, Y).partial_fit(X, Y), 1),
    ("fit_and_look", lambda e: repr(clone(e.fit(X, Y))), 1),
    ("fit_and_restore", lambda e: pickle.loads(pickle.dumps(e.fit(X, Y))), 2),
    ("search", lambda e: search(e).fit(X, Y), 5),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "made"),
    [row[1:] for row in OPERATIONS],
    ids=[row[0] for row in OPERATIONS],
)
def test_an_object_is_made_for_each_model(kind, operation, made):
    estimator, cls = kind
    operation(estimator)
    assert cls.made == made


def test_a_callable_object_is_used_as_it_is():
    builder = Counting()
    estimator = KerasClassifier(builder, epochs=1, batch_size=24)
    Counting.made = 0
    assert resolve_builder(builder) is builder
    estimator.set_params(hidden=3).fit(X, Y)
    repr(estimator)
    assert Counting.made == 0
    assert estimator.model is builder


class Static:
    @staticmethod
    def __call__(hidden=4):
        return classifier(hidden)


class ByClass:
    @classmethod
    def __call__(cls, hidden=4):
        return classifier(hidden)


class Partly:
    def build(self, units, hidden=4):
        return classifier(hidden)

    __call__ = partialmethod(build, 3)


class Inherited(Static):
    pass


class AnyName:
    def __call__(self, hidden=4, **rest):
        return classifier(hidden)


@pytest.mark.parametrize(
    ("cls", "takes_any"),
    [
        (Counting, False),
        (Static, False),
        (ByClass, False),
        (Partly, False),
        (Inherited, False),
        (AnyName, True),
    ],
)
def test_what_a_class_takes_is_what_its_objects_take(cls, takes_any):
    builder = resolve_builder(cls)
    assert argument_names(builder) == argument_names(cls().__call__)
    assert argument_names(builder)[1] == takes_any
    assert builder(hidden=5).layers[0].units == 5
    assert KerasClassifier(cls, hidden=6).get_params()["hidden"] == 6


def test_names_are_checked_against_the_class():
    with pytest.raises(ValueError, match="'hiden'.*Did you mean 'hidden'"):
        KerasClassifier(Counting, hiden=3)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (Counting, Counting, True),
        (Inherited, Static, True),
        (Counting, Static, False),
        (Counting, Counting(), False),
        (Counting, Counting().__call__, True),
    ],
    ids=["class", "inherited", "others", "object", "bound-method"],
)
def test_classes_are_the_same_builder_where_they_build_by_the_same(a, b, same):
    assert same_builder(resolve_builder(a), resolve_builder(b)) == same


def test_the_name_is_that_of_the_method_that_builds():
    assert builder_name(resolve_builder(Counting)) == "Counting.__call__"
    assert builder_name(resolve_builder(Inherited)) == "Static.__call__"


class NeedsSize:
    made = 0

    def __init__(self, size):
        NeedsSize.made += 1

    def __call__(self):
        """Build nothing."""


def test_a_constructor_that_needs_something_is_refused_without_an_object():
    with pytest.raises(TypeError, match="missing 1 required.*'size'"):
        KerasClassifier(NeedsSize).fit(X, Y)
    assert NeedsSize.made == 0


def test_a_class_without_a_signature_says_itself_what_it_lacks():
    with pytest.raises(TypeError, match="type 'partial' takes at least one argument"):
        KerasClassifier(partial).fit(X, Y)
