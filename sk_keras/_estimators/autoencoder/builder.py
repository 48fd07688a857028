"""A builder of encoder and decoder as a builder of one model."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sk_keras._estimators.parameters.builders import (
    GivenModel,
    builder_name,
    resolve_builder,
    same_builder,
)
from sk_keras._shared.keras_objects.private_api.graphs import calls_of, origin_of
from sk_keras._shared.keras_objects.private_api.layers import all_layers
from sk_keras._shared.routing.did_you_mean import suggestion
from sk_keras._shared.routing.signatures import argument_names
from sk_keras._shared.serialization import tagged

#: Arguments that the whole model needs; builders may ask for them as well.
OWN_ARGUMENTS = ("input_shape", "data_range", "noise")

MSG_PAIR = (
    "{builder} returned {got}. A builder of an autoencoder returns two of keras.Model, "
    "(encoder, decoder): the encoder takes samples of X, the decoder takes what the "
    "encoder gives, and gives samples of X."
)
MSG_SEVERAL_CODES = (
    "The encoder of {builder} gives {n} outputs, and the decoder takes one. Where "
    "these are means and variances, let sk_keras.models.layers.Sampling draw the code "
    "from them in the encoder."
)
MSG_ONE_ARRAY = (
    "The {what} of {builder} gives a {form}, and is to give one array: as in "
    "keras.Model(inputs, outputs), where outputs are not in a {form}."
)


def resolve_autoencoder(
    model: Any, own: Callable[..., Any] | None
) -> AutoencoderBuilder:
    """Turn the ``model`` parameter into a builder of the whole autoencoder.

    Parameters
    ----------
    model : callable, str or None
        A builder of (encoder, decoder), or the name of a ready one.
    own : callable or None
        What a subclass defines itself; used where ``model`` is None. Without it,
        the ready builder "dense" is.

    Raises
    ------
    TypeError
        If it is of no kind that can build two models.
    ValueError
        If it is not the name of a ready builder.
    """
    if model is None:
        model = "dense" if own is None else own
    if isinstance(model, str):
        return AutoencoderBuilder(_ready(model))
    builder = resolve_builder(model)
    if isinstance(builder, GivenModel):
        raise TypeError(
            f"model is the keras.Model {model.name!r}, and an autoencoder is two: "
            "encoder and decoder. Give a function that returns both."
        )
    return AutoencoderBuilder(builder)


def _ready(name: str) -> Callable[..., Any]:
    from sk_keras.models import autoencoders

    known = autoencoders.__all__
    if name not in known:
        raise ValueError(
            f"There is no ready autoencoder {name!r}. {suggestion(name, known)}"
            f"The ready autoencoders are {sorted(known)}."
        )
    return getattr(autoencoders, name)


@tagged("autoencoder")
@dataclass(eq=False)
class AutoencoderBuilder:
    """Builds the model ``decoder(encoder(X))`` out of both.

    Attributes
    ----------
    builder : callable
        Returns (encoder, decoder).
    """

    builder: Callable[..., Any]

    def __post_init__(self) -> None:
        self.__qualname__ = builder_name(self.builder)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AutoencoderBuilder):
            return NotImplemented
        return same_builder(self.builder, other.builder)

    def __hash__(self) -> int:
        return hash(self.__qualname__)

    @property
    def __signature__(self) -> inspect.Signature:
        """The builder's arguments, and those that the whole model needs."""
        signature = inspect.signature(self.builder)
        kind, empty = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.empty
        parameters = dict(signature.parameters)
        any_name = [
            parameters.pop(name)
            for name, p in signature.parameters.items()
            if p.kind is p.VAR_KEYWORD
        ]
        for name in OWN_ARGUMENTS:
            known = parameters.pop(name, None)
            # The shape and the range are always the data's; a builder that adds
            # noise itself may have a default for it.
            default = known.default if known and name == "noise" else empty
            parameters[name] = inspect.Parameter(name, kind, default=default)
        named = [
            p.replace(kind=kind) if p.kind is p.POSITIONAL_OR_KEYWORD else p
            for p in parameters.values()
        ]
        return signature.replace(parameters=[*named, *any_name])

    def __call__(self, **kwargs: Any) -> Any:
        """Build both parts, and the whole; uncompiled.

        Raises
        ------
        TypeError
            If the builder does not return two models.
        ValueError
            If they do not fit X, or each other.
        """
        import keras

        from sk_keras.models.layers import Noise

        taken = argument_names(self.builder)[0]
        own = {name: kwargs[name] for name in OWN_ARGUMENTS if name in kwargs}
        rest = {n: v for n, v in kwargs.items() if n in taken or n not in own}
        encoder, decoder = self._pair(self.builder(**rest))
        x = inputs = keras.Input(own["input_shape"])
        if "noise" not in taken and own["noise"]:
            x = Noise(own["noise"], *own["data_range"])(x)
        code = self._called(encoder, x, "encoder", "X of shape")
        decoded = self._called(decoder, code, "decoder", "codes of shape")
        return keras.Model(inputs, decoded, name="autoencoder")

    def _pair(self, made: Any) -> tuple[Any, Any]:
        import keras

        several = isinstance(made, tuple | list)
        if not several or [isinstance(m, keras.Model) for m in made] != [True, True]:
            kinds = ", ".join(type(m).__name__ for m in made) if several else ""
            got = f"{type(made).__name__} of ({kinds})" if several else f"{made!r}"
            text = MSG_PAIR.format(builder=self.__qualname__, got=got)
            raise TypeError(text)
        return tuple(made)

    def _called(self, model: Any, x: Any, what: str, of_shape: str) -> Any:
        import keras

        try:
            out = model(x)
        except Exception as error:
            shape = ("n_samples", *x.shape[1:])
            plain = re.sub(r"\x1b\[\d+m", "", str(error))  # Keras writes in bold
            line = " ".join(plain.split("Arguments received")[0].split())
            raise ValueError(
                f"The {what} of {self.__qualname__} does not take {of_shape} {shape}: "
                f"{line}"
            ) from error
        if keras.tree.is_nested(out):
            n, form = len(keras.tree.flatten(out)), type(out).__name__
            several = what == "encoder" and n > 1
            text = (MSG_SEVERAL_CODES if several else MSG_ONE_ARRAY).format(
                what=what, builder=self.__qualname__, n=n, form=form
            )
            raise ValueError(text)
        return out


def encoder_and_decoder(model: Any) -> tuple[Any, Any, tuple[int, ...]]:
    """Find the parts of a model that `AutoencoderBuilder` has built.

    Returns
    -------
    encoder, decoder : keras.Model
    code_shape : tuple of int
        Of what goes from one to the other, without the batch axis.
    """
    last = origin_of(model.outputs[0])
    decoder = last.operation
    code = calls_of(decoder)[last.node_index].input_tensors[0]
    return origin_of(code).operation, decoder, tuple(code.shape[1:])


def is_variational(encoder: Any) -> bool:
    """Tell whether codes are drawn, so that new ones can be."""
    from sk_keras.models.layers import Sampling

    return any(isinstance(layer, Sampling) for layer in all_layers(encoder))


def behind_sampling(encoder: Any) -> Any:
    """Cut an encoder off before what it draws codes for.

    Returns
    -------
    keras.Model or None
        From the draws to the codes, on the same layers; None where these are the same.

    Raises
    ------
    ValueError
        If the codes are made of something else as well.
    """
    import keras

    from sk_keras.models.layers import Sampling

    (codes,) = encoder.outputs
    if isinstance(origin_of(codes).operation, Sampling):
        return None
    drawing = [layer for layer in encoder.layers if isinstance(layer, Sampling)]
    try:
        (layer,) = drawing
        return keras.Model(layer.output, codes)
    except ValueError as error:
        raise ValueError(
            "sample draws at the encoder's Sampling layer, and its codes are made of "
            "something else as well, or of several draws. Let the encoder end in one "
            "sk_keras.models.layers.Sampling."
        ) from error


def penalises_codes(encoder: Any) -> bool:
    """Tell whether something keeps an encoder from copying its input."""
    from sk_keras.models.layers import Sampling, SparsityPenalty

    return any(
        isinstance(layer, Sampling | SparsityPenalty)
        or getattr(layer, "activity_regularizer", None) is not None
        for layer in all_layers(encoder)
    )
