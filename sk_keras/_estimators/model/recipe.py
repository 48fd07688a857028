"""How a model is to be made: enough to make it, and to make it again.

A fit and a load from disk go the same way: call the builder with the same
arguments, build, compile. That is why a saved estimator needs no copy of
custom layers, losses or lambdas: what made them makes them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sk_keras._estimators.inputs.texts import are_texts
from sk_keras._estimators.model.compiling import CompileSpec
from sk_keras._estimators.model.input_plan import (
    InputPlan,
    plan_inputs,
    with_lookups,
)
from sk_keras._estimators.parameters.builders import (
    FILLED_BY_FACTS,
    asks_compile_kwargs,
    builder_name,
    same_builder,
)
from sk_keras._shared.arrays.parts import dense
from sk_keras._shared.routing.same_value import same_value
from sk_keras._shared.serialization import tagged

MSG_NO_MODEL = (
    "{builder} returned {got}, not a keras.Model. A builder has to return the model "
    "that it made{hint}"
)
MSG_WARM = (
    "warm_start=True goes on with the last fit's model, but {what} changed: it was "
    "{before!r} and is {now!r}. Set warm_start=False to fit a new model."
)


@tagged("recipe")
@dataclass(frozen=True)
class Recipe:
    """What was asked for: a builder, its arguments, and what compiles its model.

    Attributes
    ----------
    builder : callable
    kwargs : dict
        What it is called with, but for ``compile_kwargs``.
    spec : CompileSpec
    custom_objects : dict
    trainable : str, list of str, callable or None
        The layers to train; None for those that the builder leaves open.
    vocabulary : int, dict, list or None
        Sizes of vocabularies that the builder takes from the data.
    policy : str or None
        The dtype policy that its layers get; None for the one that there is.
    """

    builder: Callable[..., Any]
    kwargs: Mapping[str, Any]
    spec: CompileSpec
    custom_objects: Mapping[str, Any] = field(default_factory=dict)
    trainable: Any = None
    vocabulary: Any = None
    policy: str | None = None

    @property
    def name(self) -> str:
        """The builder's name, for messages."""
        return builder_name(self.builder)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Have Keras find the custom objects, name variables plainly, keep a policy."""
        import keras

        from sk_keras._shared.keras_objects.precision import policy
        from sk_keras._shared.keras_objects.seeding import plain_variable_names

        scope = keras.saving.custom_object_scope(dict(self.custom_objects))
        with scope, plain_variable_names(), policy(self.policy):
            yield

    def call_builder(self) -> tuple[Any, dict[str, Any] | None]:
        """Call the builder.

        Returns
        -------
        model : keras.Model
        compile_kwargs : dict or None
            What the builder was given to compile the model with, if it asks.

        Raises
        ------
        TypeError
            If the builder returns something else.
        """
        import keras

        kwargs = dict(self.kwargs)
        compile_kwargs = None
        if asks_compile_kwargs(self.builder):
            compile_kwargs = kwargs["compile_kwargs"] = self.spec.arguments()
        kwargs.update(self.spec.routed_objects(kwargs, self.builder))
        model = self.builder(**kwargs)
        if not isinstance(model, keras.Model):
            hint = ": is its return statement missing?" if model is None else "."
            got = "None" if model is None else f"a {type(model).__name__}"
            raise TypeError(MSG_NO_MODEL.format(builder=self.name, got=got, hint=hint))
        return model, compile_kwargs

    def build(self, model: Any, few: Any) -> InputPlan:
        """Create a model's variables, and see how X goes into its inputs.

        Parameters
        ----------
        model : keras.Model
        few : array, CSR matrix or Ragged, or a dict or list of them
            Some rows of X.
        """
        import keras

        if model.built and getattr(model, "inputs", None):
            return plan_inputs(model, few, self.name, self.vocabulary)
        stack = isinstance(model, keras.Sequential)
        only = isinstance(few, dict | list) and len(few) == 1
        inputs = InputPlan(single=only and stack)
        rows = inputs.arrange(few)
        if stack and not isinstance(rows, dict | list) and not are_texts(rows):
            # Called with rows, it would take their number for its batch size.
            model.build((None, *rows.shape[1:]))
        else:
            model(dense(rows), training=False)
        if isinstance(rows, dict | list):
            return inputs
        return with_lookups(inputs, model, self.vocabulary, dense(rows).shape[1:])

    def check_same_model(self, other: Recipe) -> None:
        """Raise a ValueError if another recipe makes another model.

        Facts about the data do not count; a difference in them that matters
        shows when the data are checked.
        """
        if not same_builder(self.builder, other.builder):
            raise ValueError(
                MSG_WARM.format(what="the builder", before=self.name, now=other.name)
            )
        for name in sorted({*self.kwargs, *other.kwargs} - set(FILLED_BY_FACTS)):
            before, now = self.kwargs.get(name), other.kwargs.get(name)
            if not same_value(before, now):
                raise ValueError(MSG_WARM.format(what=name, before=before, now=now))
