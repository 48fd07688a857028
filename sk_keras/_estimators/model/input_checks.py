"""Whether checked X fits the inputs that a model declares."""

from __future__ import annotations

from typing import Any

import numpy as np

from sk_keras._estimators.inputs.texts import MSG_TEXT, are_texts
from sk_keras._shared.arrays.ragged import Ragged

MSG_INPUT = (
    "The model takes inputs of shape {model}, but {what} has shape {data}. {builder} "
    "can ask for input_shape or meta as an argument to size its input."
)
MSG_SPLIT = (
    "{builder} returned a model with {n} inputs ({inputs}), but X is one array of "
    "shape {data}. Give X as a dict or list with an array for each input, name the "
    "columns of each with input_columns, or let the widths of the inputs add up to "
    "X's.{few}"
)
#: A list of as many arrays as they have rows could be either.
MSG_FEW = (
    " A list of {n} arrays of {n} rows each is read as {n} rows: use a dict or an "
    "ArrayDict."
)
MSG_NAMES = (
    "The model of {builder} has the inputs {inputs}, but X has {given}. Name the Input "
    "layers as the keys of X."
)
MSG_COUNT = (
    "The model of {builder} has {n} input{s} ({inputs}), but X is a list of {given} "
    "arrays."
)

Shape = tuple[int | None, ...]


def of_kind(what: str, part: Any, takes_strings: bool) -> Any:
    """Return a part of X as text where a model takes strings, or else as numbers.

    Raises
    ------
    ValueError
        If it is text that is no number, or numbers for a model that takes strings.
    """
    if takes_strings:
        if not are_texts(part):
            raise ValueError(
                f"The model's input takes strings, and {what} holds numbers. Give them "
                "as strings, X.astype(str)."
            )
        return part
    if not are_texts(part):
        return part
    try:
        return part.astype(np.float32)  # "1.5", as scikit-learn reads it
    except ValueError:
        text = MSG_TEXT.format(what=what, found=part.ravel()[0][:40])
        raise ValueError(text) from None


def miscounted(X: Any, names: list[str], builder: str) -> str:
    if isinstance(X, dict):
        return MSG_NAMES.format(builder=builder, inputs=names, given=list(X))
    return MSG_COUNT.format(
        builder=builder,
        n=len(names),
        s="s" if len(names) != 1 else "",
        inputs=", ".join(names),
        given=len(X),
    )


def widths_of_inputs(
    declared: dict[str, Shape], X: Any, builder: str
) -> tuple[int, ...]:
    """Read how many columns of one array go to each input."""
    flat = [shape[0] for shape in declared.values() if len(shape) == 1]
    widths = tuple(int(width) for width in flat if width is not None)
    whole = not isinstance(X, Ragged) and len(X.shape) == 2
    alike = len(X) == len(declared) and X.shape[1] in (len(X), None)
    if not whole or len(widths) != len(declared) or sum(widths) != X.shape[1]:
        raise ValueError(
            MSG_SPLIT.format(
                builder=builder,
                n=len(declared),
                inputs=", ".join(f"{n!r} {(None, *s)}" for n, s in declared.items()),
                data=("n_samples", *X.shape[1:]),
                few=MSG_FEW.format(n=len(X)) if alike else "",
            )
        )
    return widths


def check_shapes(
    found: dict[str, Any], declared: dict[str, Shape], builder: str
) -> None:
    for name, part in found.items():
        shape = tuple(part.shape[1:])
        if not fits(declared[name], shape):
            raise ValueError(
                MSG_INPUT.format(
                    model=(None, *declared[name]),
                    what="X" if name == "X" else f"X[{name!r}]",
                    data=("n_samples", *shape),
                    builder=builder,
                )
            )


def fits(declared: Shape, shape: Shape) -> bool:
    """Compare shapes; where a model has no fixed length (None), any will do."""
    if declared == () and shape == (1,):
        return True
    return len(declared) == len(shape) and all(
        d is None or d == s for d, s in zip(declared, shape, strict=True)
    )
