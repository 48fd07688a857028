"""Values of all of Keras' own classes, and of nothing that is not Keras' own."""

import functools
import inspect
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_keras._training.programs.keys import unique
from sk_keras._training.programs.plain_values import NotPlain, PlainValues

L = keras.layers


def value(thing):
    return PlainValues(unique(getattr(thing, "variables", []))).of(thing)


#: Arguments of which a class needs some.
NEEDED = {
    "activation": "tanh",
    "axes": 1,
    "bias_axes": "b",
    "bin_boundaries": [0.0, 1.0],
    "dims": (2, 1),
    "equation": "ab,bc->ac",
    "factor": 0.25,
    "filters": 2,
    "head_dim": 4,
    "height": 4,
    "height_factor": 0.125,
    "input_dim": 5,
    "kernel_size": 2,
    "key_dim": 4,
    "max_number": 4,
    "n": 2,
    "num_bins": 3,
    "num_classes": 3,
    "num_heads": 2,
    "num_key_value_heads": 1,
    "num_query_heads": 2,
    "num_tokens": 5,
    "output_dim": 3,
    "output_shape": (3,),
    "output_size": 2,
    "pool_size": 2,
    "precision": 0.5,
    "rate": 0.25,
    "recall": 0.5,
    "scale": 2.0,
    "sensitivity": 0.5,
    "shape": (3,),
    "specificity": 0.5,
    "stddev": 0.125,
    "target_class_ids": [0],
    "target_shape": (-1,),
    "units": 3,
    "width": 4,
    "width_factor": 0.125,
}

#: Those that are objects, made anew each time.
OBJECTS = {
    "cell": lambda: L.LSTMCell(2),
    "cells": lambda: [L.GRUCell(2)],
    "fn": lambda: keras.losses.mean_squared_error,
    "inner_optimizer": lambda: keras.optimizers.SGD(),
    "layer": lambda: L.GRU(2),
}

#: What is not needed by the signature, but is all the same, or is in other ranges.
MORE = {
    L.Discretization: {"num_bins": 3},
    L.CategoryEncoding: {"num_tokens": 5},
    L.InputLayer: {"shape": (3,)},
    L.RandomPosterization: {"factor": 4},
}
if hasattr(keras.optimizers, "Muon"):  # from Keras 3.11 on; it goes by names
    MORE[keras.optimizers.Muon] = {"name": "muon"}

#: What has no value: user's code, objects of other libraries, tables of TensorFlow's.
WITHOUT = {
    "FlaxLayer",
    "IntegerLookup",
    "JaxLayer",
    "Lambda",
    "StringLookup",
    "TFSMLayer",
    "TextVectorization",
    "TorchModuleWrapper",
}

#: Bases to be subclassed, and what is no part of a model.
BASES = {"Constraint", "InputSpec", "Layer", "Loss", "Metric", "Optimizer"}
BASES |= {"Regularizer", "Wrapper", "MultiOptimizer", "OptimizerMap", "Pipeline"}

SPACES = ("layers", "losses", "metrics", "optimizers", "regularizers", "constraints")
CLASSES = {
    f"{space}.{name}": cls
    for space in SPACES
    for name, cls in sorted(vars(getattr(keras, space)).items())
    if inspect.isclass(cls) and name not in BASES | WITHOUT
}


def arguments(cls):
    """Choose arguments for a class, and list the others with their defaults."""
    chosen, defaults = dict(MORE.get(cls, {})), {}
    for name, parameter in inspect.signature(cls.__init__).parameters.items():
        if parameter.default is not parameter.empty:
            defaults[name] = parameter.default
        elif name in OBJECTS:
            chosen[name] = OBJECTS[name]()
        elif name in NEEDED:
            chosen.setdefault(name, NEEDED[name])
    if issubclass(cls, keras.metrics.Metric):
        chosen["name"] = "m"  # else Keras numbers it, and logs have the name
    return chosen, defaults


def made(cls, **changed):
    return cls(**{**arguments(cls)[0], **changed})


@pytest.mark.parametrize("name", CLASSES)
def test_equal_objects_have_equal_values(name):
    assert value(made(CLASSES[name])) == value(made(CLASSES[name]))


#: Arguments that bear on nothing that is traced: where variables and random numbers
#: begin, rates, which are variables, and names.
BEGINNINGS = {"seed", "name", "initial_accumulator_value", "learning_rate"}


def other(default):
    """Return another value of the kind of a default, None if there is none."""
    if isinstance(default, bool):
        return not default
    if isinstance(default, int):
        return default + 1
    return default / 2 + 0.13 if isinstance(default, float) else None


@pytest.mark.parametrize("name", CLASSES)
def test_each_argument_is_in_the_value(name):
    chosen, defaults = arguments(CLASSES[name])
    given = {k: v for k, v in (defaults | chosen).items() if k not in BEGINNINGS}
    before = value(made(CLASSES[name]))
    for argument, default in given.items():
        changed = other(default)
        if changed is None:
            continue
        try:
            thing = made(CLASSES[name], **{argument: changed})
        except (ValueError, TypeError):  # out of range, or not with the others
            continue
        assert value(thing) != before, argument


def with_attribute(name, thing):
    layer = L.Dense(2)
    setattr(layer, name, thing)
    return layer


class Own(L.Dense):
    """A layer that does what Keras' own does."""


def double(x):
    return 2 * x


def passing_for(function):
    """Have a function pass for one of Keras'."""
    return functools.update_wrapper(function, keras.ops.relu)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Own(2),
        lambda: L.Dense(2, activation=double),
        lambda: L.Dense(2, activation=lambda x: x),
        lambda: L.Dense(2, activation=functools.partial(double)),
        lambda: L.Dense(2, activation=passing_for(functools.partial(double))),
        lambda: L.Dense(2, activation=passing_for(lambda x: x)),
        lambda: with_attribute("call", lambda x: x),
        lambda: with_attribute("rate", np.ma.masked_array([1.0], [True])),
        lambda: with_attribute("rate", type("Float", (float,), {})(1.0)),
        lambda: with_attribute("rate", np.array([None])),
        lambda: with_attribute("rate", tf.Variable(1.0)),
        lambda: with_attribute("rate", types.ModuleType("own")),
        lambda: with_attribute("rate", iter("a")),
        lambda: with_attribute("rate", np.ones(2**22 + 1)),
        lambda: keras.Sequential([L.Input((2,)), L.Dense(2), L.Lambda(double)]),
        lambda: keras.metrics.MeanMetricWrapper(double),
        lambda: keras.optimizers.SGD(lambda: 0.1),
    ],
)
def test_what_is_not_kerass_own_has_no_value(make):
    thing = make()
    with pytest.raises(NotPlain):
        value(thing)


def test_a_variable_that_is_no_argument_has_no_value():
    dense = L.Dense(2)
    dense.build((None, 3))
    assert PlainValues(dense.variables).of(dense)
    with pytest.raises(NotPlain, match="kernel, which is no argument"):
        PlainValues([dense.bias]).of(dense)


def test_a_value_tells_of_variables_by_their_places_and_flags():
    def values(**flags):
        dense = L.Dense(2)
        dense.build((None, 3))
        for name, flag in flags.items():
            setattr(dense.kernel, name, flag)
        walk = PlainValues(dense.variables)
        return walk.of(dense), walk.of_all(dense.variables)

    regularizer = keras.regularizers.L2(0.1)
    plain = values()
    assert values() == plain
    for flags in ({"trainable": False}, {"regularizer": regularizer}):
        assert values(**flags)[1] != plain[1]
