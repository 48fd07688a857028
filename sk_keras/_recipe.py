"""How a model was made: enough to make it again.

A fit and a load from disk go the same way: call the builder with the same
arguments, build, compile. That is why a saved estimator needs no copy of
custom layers, losses or lambdas: what made them makes them again.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sk_keras._builders import builder_name
from sk_keras._compiling import CompileSpec, compile_model
from sk_keras._model_state import pack, unpack
from sk_keras._routing import argument_names
from sk_keras._target_set import BoundTargets

MSG_NO_MODEL = (
    "{builder} returned {got}, not a keras.Model. A builder has to return the model that "
    "it made{hint}."
)
MSG_SAME_MODEL = (
    "{builder} returned a model that it has returned before. Estimators that share a "
    "model would train each other's: make a new model in each call, or give the model "
    "itself, KerasClassifier(model), which is copied for each fit."
)
MSG_INPUT = (
    "The model takes inputs of shape {model}, but X has shape {data}. {builder} can ask "
    "for input_shape or meta as an argument to size its input."
)

#: Models that are somebody's already.
_HANDED_OUT: weakref.WeakSet[Any] = weakref.WeakSet()


class Packable:
    """Pickles its attributes with Keras objects in them packed."""

    def __getstate__(self) -> dict[str, Any]:
        return pack(dict(vars(self)))

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(unpack(state))


@dataclass
class Recipe(Packable):
    """A builder, its arguments, and what the model is compiled with.

    Attributes
    ----------
    builder : callable
    kwargs : dict
        What it is called with, but for ``compile_kwargs``.
    spec : CompileSpec
    custom_objects : dict
    wants_compile_kwargs : bool
    """

    builder: Callable[..., Any]
    kwargs: Mapping[str, Any]
    spec: CompileSpec
    custom_objects: Mapping[str, Any] = field(default_factory=dict)
    wants_compile_kwargs: bool = False

    @property
    def name(self) -> str:
        """The builder's name, for messages."""
        return builder_name(self.builder)

    def make(
        self, sample: np.ndarray, bind: Callable[[Any], BoundTargets]
    ) -> tuple[Any, BoundTargets]:
        """Make, build and compile a model.

        Parameters
        ----------
        sample : array of shape (n, ...)
            A few rows of X.
        bind : callable
            Gives the targets as they fit the built model's outputs.

        Returns
        -------
        model : keras.Model
        targets : BoundTargets
        """
        import keras

        with keras.saving.custom_object_scope(dict(self.custom_objects)):
            kwargs = dict(self.kwargs)
            given = self.spec.arguments() if self.wants_compile_kwargs else None
            if given is not None:
                kwargs["compile_kwargs"] = given
            model = self.builder(**kwargs)
            self._claim(model)
            self._build(model, sample)
            targets = bind(model)
            self.compile(model, targets, given)
        return model, targets

    def compile(
        self, model: Any, targets: BoundTargets, given: Mapping[str, Any] | None = None
    ) -> None:
        """Compile a model, unless its builder has."""
        compile_model(
            model,
            self.spec,
            targets.picked_losses,
            given=given,
            taken=set(argument_names(self.builder)[0]),
            builder=self.name,
        )

    def _claim(self, model: Any) -> None:
        import keras

        if not isinstance(model, keras.Model):
            hint = ": is its return statement missing?" if model is None else ""
            got = "None" if model is None else f"a {type(model).__name__}"
            raise TypeError(
                MSG_NO_MODEL.format(builder=self.name, got=got, hint=hint).replace(
                    "?.", "?"
                )
            )
        if model in _HANDED_OUT:
            raise ValueError(MSG_SAME_MODEL.format(builder=self.name))
        _HANDED_OUT.add(model)

    def _build(self, model: Any, sample: np.ndarray) -> None:
        """Create the variables, and check the input shape if one was declared."""
        if model.built and getattr(model, "inputs", None):
            declared = [tuple(tensor.shape) for tensor in model.inputs]
            if len(declared) == 1 and not _fits(declared[0][1:], sample.shape[1:]):
                raise ValueError(
                    MSG_INPUT.format(
                        model=declared[0],
                        data=("n_samples", *sample.shape[1:]),
                        builder=self.name,
                    )
                )
        else:
            model(sample, training=False)


def _fits(declared: tuple[int | None, ...], shape: tuple[int, ...]) -> bool:
    return len(declared) == len(shape) and all(
        d is None or d == s for d, s in zip(declared, shape, strict=True)
    )
