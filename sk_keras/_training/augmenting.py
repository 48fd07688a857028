"""Augmenting in training: batches that are changed at random, anew in every epoch.

What is drawn for a batch depends on the seed of the fit and on the batch's number
in it, and on nothing that is kept: the compiled engine, `keras.Model.fit` and other
threads and processes draw the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sk_keras._shared.keras_objects.packing import pack, unpack
from sk_keras._shared.keras_objects.private_api.layers import (
    all_layers,
    own_seed_generators,
)
from sk_keras._shared.keras_objects.seeding import plain_variable_names, seeded
from sk_keras._training.programs.executor import Execution
from sk_keras._training.programs.keys import layer_key, unique
from sk_keras._training.programs.program import Program
from sk_keras._training.programs.program_cache import kept
from sk_keras._training.programs.signature import signature

#: The seed of a batch: that of the fit, and the batch's number.
BATCH_SEED = tf.TensorSpec((2,), tf.int64)

MSG_SHAPE = (
    "The augmenter {name} makes images of shape {after} of images of shape {before}; "
    "training and prediction need the same. Resize X before the fit."
)
MSG_ROWS = (
    "The augmenter {name} makes {after} images of {before}; each needs to become one."
)
MSG_WEIGHTS = (
    "The augmenter {name} has weights, and an augmenter learns nothing. Put the layer "
    "into the model, or transform X before the fit."
)
MSG_MIXED = (
    "{name} mixes targets as it mixes images, and the targets of this fit are "
    "{got}: their numbers cannot be mixed. Give a loss for one-hot targets, such as "
    "loss='categorical_crossentropy', or leave the layer out."
)
MSG_MIXED_SEVERAL = (
    "{name} mixes targets as it mixes images, and can do so for one target only. This "
    "fit has several: leave the layer out."
)
MSG_GREY = (
    "The augmenter {name} wants images with an axis for their channels, and X has "
    "none. Add it: X[..., None]. Or give an ImageAugmenter, which needs none."
)
MSG_MASKS = (
    "y has the height and width of the images, and the augmenter {name} would leave it "
    "as it is while it changes the images. Give an ImageAugmenter, which moves both."
)


class Augmentation(ABC):
    """What changes the batches of one fit.

    Attributes
    ----------
    seed : int
        Of the fit.
    key : hashable or None
        What its part of a graph depends on; None keeps the graph from others.
    variables : list of keras.Variable
        What it keeps between operations; handed to the graph.
    values : dict of str to array
        Numbers that are handed to the graph, so that others need no new one.
    """

    seed: int
    key: Hashable | None = None
    variables: list[Any]
    values: Mapping[str, np.ndarray]

    @abstractmethod
    def changed(self, batch: Any, values: Any, seed: tf.Tensor) -> Any:
        """Change a batch, in a graph.

        Parameters
        ----------
        batch : tuple (x, y) or (x, y, sample_weight) of tensors
        values : dict of str to tensor
            In place of ``self.values``.
        seed : tensor of two integers
            The batch's own.
        """

    @property
    def specs(self) -> list[Any]:
        """Describe the arguments that a graph takes for it."""
        values = {
            name: tf.TensorSpec((None,) if value.ndim else (), value.dtype)
            for name, value in self.values.items()
        }
        return [values, BATCH_SEED]

    def arguments(self, number: int) -> list[Any]:
        """Return these arguments for a batch, or the first of several."""
        values = {name: tf.constant(value) for name, value in self.values.items()}
        return [values, tf.constant([self.seed, number], tf.int64)]

    def on_batches(self, example: Any) -> Callable[[Any, int], Any]:
        """Return a function that changes batches like the example, by their numbers."""
        key, specs = signature(example)
        whole = None if self.key is None else ("augmented", self.key, key)
        state = unique(self.variables)

        def make() -> Program:
            # By itself, before Keras' own step.
            threads = Execution(one_thread=False, packs=False)
            return Program(self.changed, state, [specs, *self.specs], threads)

        program = kept(whole, make, self.seed)
        variables = program.taking(state)

        def change(batch: Any, number: int) -> Any:
            tensors = keras.tree.map_structure(tf.convert_to_tensor, batch)
            out = program(variables, tensors, *self.arguments(number))
            return keras.tree.map_structure(np.asarray, out)

        return change


class LayerAugmentation(Augmentation):
    """Batches changed by a copy of a Keras layer."""

    def __init__(self, layer: Any, example: Any, seed: int) -> None:
        self.seed = seed
        self.values = {}
        self.name = type(layer).__name__
        self._check_example(*example[:2])
        with seeded(seed), plain_variable_names():
            self._layer = unpack(pack(layer))
            parts = all_layers(self._layer)
            self.mixes = any(map(_mixes, parts))
            # Keras takes three axes for one image: rows would be mixed with rows.
            if example[0].ndim == 3 and any(map(_wants_channels, parts)):
                raise ValueError(MSG_GREY.format(name=self.name))
            self.changed(example, {}, tf.constant([0, 0], tf.int64))  # builds it
        if self._layer.weights:
            raise ValueError(MSG_WEIGHTS.format(name=self.name))
        self.variables = list(self._layer.variables)
        self.key = layer_key(self._layer)

    def _check_example(self, x: Any, y: Any) -> None:
        """Refuse masks, which a layer does not move."""
        shapes = [getattr(part, "shape", ()) for part in keras.tree.flatten(y)]
        if x.ndim > 3 and any(shape[1:3] == x.shape[1:3] for shape in shapes):
            raise ValueError(MSG_MASKS.format(name=self.name))

    def changed(self, batch: Any, values: Any, seed: tf.Tensor) -> Any:
        """Run the layer, its generators seeded for this batch."""
        x, y, *weight = batch
        x = tf.convert_to_tensor(x)
        for i, generator in enumerate(generators_of(self._layer)):
            # Generators of one layer must not draw the same.
            state = tf.random.stateless_uniform(
                (2,), seed + [i, 0], 0, 2**31 - 2, tf.int64
            )
            generator.state.assign(state)
        if self.mixes:
            if keras.tree.is_nested(y):
                raise ValueError(MSG_MIXED_SEVERAL.format(name=self.name))
            out, y = self._mixed(x, tf.convert_to_tensor(y))
        else:
            out = self._layer(x, training=True)
        if out.shape[1:] != x.shape[1:]:
            shapes = {"before": tuple(x.shape[1:]), "after": tuple(out.shape[1:])}
            raise ValueError(MSG_SHAPE.format(name=self.name, **shapes))
        rows = {"before": x.shape[0], "after": out.shape[0]}
        if tf.executing_eagerly() and rows["before"] != rows["after"]:
            raise ValueError(MSG_ROWS.format(name=self.name, **rows))
        return (out, y, *weight)

    def _mixed(self, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        if not y.dtype.is_floating or y.shape.rank > 2:
            got = f"of type {y.dtype.name} and shape (n_samples, ...)"
            if y.dtype.is_integer:
                got = "integers that number the classes"
            raise ValueError(MSG_MIXED.format(name=self.name, got=got))
        columns = y[:, None] if y.shape.rank == 1 else y
        data = {"images": x, "labels": columns}
        out = self._layer(data, training=True)
        return out["images"], tf.cast(tf.reshape(out["labels"], tf.shape(y)), y.dtype)


def generators_of(layer: Any) -> list[Any]:
    """List the seed generators of a layer, and of all layers in it."""
    return unique([g for part in all_layers(layer) for g in own_seed_generators(part)])


def _mixes(layer: Any) -> bool:
    """Tell whether a layer changes labels as well as images."""
    # Keras 3.8 has but the second.
    known = (getattr(keras.layers, name, None) for name in ("CutMix", "MixUp"))
    return isinstance(layer, tuple(filter(None, known)))


def _wants_channels(layer: Any) -> bool:
    """Tell whether it is one of Keras' layers for images."""
    return hasattr(layer, "transform_images")
