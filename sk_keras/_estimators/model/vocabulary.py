"""Integers that stand for words: how many there are, and which a model knows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse

from sk_keras._shared.arrays.parts import map_parts
from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.keras_objects.private_api.graphs import calls_of
from sk_keras._shared.keras_objects.private_api.layers import all_layers
from sk_keras._shared.serialization import tagged
from sk_keras._shared.warn import warn

#: Arguments of a builder by which a user says how many integers there are.
SIZES = ("vocabulary_size", "embedding_matrix")

MSG_NEGATIVE = (
    "{what} has the integer {found}, but the Embedding layer {layer!r} takes 0 and "
    "more. Number words from 1 on; 0 is for padding."
)
MSG_UNKNOWN = (
    "{what} has the integer {found}, but the Embedding layer {layer!r} has vectors for "
    "0 to {last} only. Make it as large as the largest integer plus 1 "
    "(vocabulary_size of a ready builder, input_dim of the layer), or turn integers "
    "that are not known into one that is."
)
MSG_OUTGROWN = (
    "{what} has the integer {found} in training, but the Embedding layer {layer!r} has "
    "vectors for 0 to {last} only: its size was learned from the data of the first "
    "fit, or from the first batch of a stream. Give vocabulary_size, the largest "
    "integer that may come plus 1, and fit a new model."
)
MSG_A_WORD = (
    "{what} has the integer {found}, which training did not have. It counts as 0, "
    "which is a word like any other to the Embedding layer {layer!r}. If 0 is padding, "
    "give the layer mask_zero=True; if not, give vocabulary_size, the largest integer "
    "that may come plus 1."
)


#: Values that are looked at before all of them are.
FEW = 1000


def vocabulary_size(X: Any, *, whole_floats: bool = False) -> Any:
    """Count the integers from 0 to the largest in X.

    Parameters
    ----------
    X : array, CSR matrix or Ragged, or a dict or list of them
        Checked.
    whole_floats : bool, default=False
        Whether floats that are whole and not negative count as integers, which
        a table of words and numbers makes of the words.

    Returns
    -------
    int or None, or a dict or list of them
        The largest integer plus 1, and at least 1; None for what has floats.
    """
    return map_parts(partial(_size, whole_floats=whole_floats), X)


def _size(part: Any, whole_floats: bool) -> int | None:
    values = _values(part)
    if values.dtype.kind not in "iu" and not (whole_floats and _are_whole(values)):
        return None
    return max(int(values.max(initial=0)) + 1, 1)


def _are_whole(values: np.ndarray) -> bool:
    """Tell whether floats are whole numbers that Keras looks vectors up by."""
    if values.dtype.kind != "f" or not values.size:
        return False
    return all(
        not np.mod(some, 1).any() and some.min() >= 0 and some.max() < 2**31 - 1
        for some in (values.ravel()[:FEW], values)
    )


def learned_sizes(
    names: Mapping[str, Any], given: Mapping[str, Any], sizes: Any
) -> Any:
    """Return the sizes that a builder takes from the data, None if it does not.

    Parameters
    ----------
    names : dict
        The builder's arguments.
    given : dict
        What the user, or a default of the builder, gives for them.
    sizes : int, dict or list
        As `vocabulary_size` finds them.
    """
    told = {given.get(f"model__{name}", given.get(name)) is not None for name in SIZES}
    return sizes if "vocabulary_size" in names and True not in told else None


@tagged("lookup")
@dataclass(frozen=True)
class Lookup:
    """An Embedding layer that an input goes straight into.

    Attributes
    ----------
    layer : str
        Its name.
    size : int
        How many integers it has vectors for.
    learned : bool
        Whether its size is that of the data in fit. Larger integers are words
        then that training did not have.
    masks: bool
        Whether 0 is padding to it, and not a word.
    """

    layer: str
    size: int
    learned: bool
    masks: bool

    def known(self, part: Any, what: str, *, training: bool) -> Any:
        """Return an input whose integers the layer has vectors for.

        Where the size was learned, integers beyond it count as 0, as words do
        that a tokenizer does not know, with a warning if 0 is a word itself; in
        training there can be none of them.

        Parameters
        ----------
        part : array, CSR matrix or Ragged
        what : str
            Its name, for messages.
        training : bool

        Raises
        ------
        ValueError
            If there are integers that the layer cannot take.
        """
        values = _values(part)
        smallest, largest = values.min(initial=0), values.max(initial=0)
        if smallest < 0:
            raise ValueError(
                MSG_NEGATIVE.format(what=what, found=int(smallest), layer=self.layer)
            )
        if largest < self.size:
            return part
        if self.learned and not training:
            if not self.masks:
                message = MSG_A_WORD.format(
                    what=what, found=int(largest), layer=self.layer
                )
                warn(message)
            return _with_values(part, np.where(values < self.size, values, 0))
        message = MSG_OUTGROWN if self.learned else MSG_UNKNOWN
        found = {"found": int(largest), "last": self.size - 1}
        raise ValueError(message.format(what=what, layer=self.layer, **found))


def lookups_of(
    model: Any, tensors: Mapping[str, Any], learned: Any, row: Sequence[int | None]
) -> tuple[tuple[str, Lookup], ...]:
    """Find the Embedding layers that inputs go straight into.

    Of a model with one input, a layer whose size was learned is found wherever it
    is: in a model inside the model, or in a subclassed one. But where only a part
    of a row goes into it, the rest may be other numbers, which stay as they are.

    Parameters
    ----------
    model : keras.Model
    tensors : dict of str to keras.KerasTensor
        Its inputs, as far as it declares them.
    learned : int, dict, list or None
        The sizes that its builder took from the data.
    row : tuple of int or None
        Shape of a sample of the only input.

    Returns
    -------
    tuple of pairs (name of the input, Lookup)
    """
    import keras

    names = {id(tensor): name for name, tensor in tensors.items()}
    by_name = _named(learned, list(tensors))
    # Inputs with one numbering of words have the size of the largest of them.
    common = max((size for size in by_name.values() if size is not None), default=None)
    found: dict[tuple[str, int], Lookup] = {}
    kind = keras.layers.Embedding
    layers = [la for la in all_layers(model) if isinstance(la, kind)]
    for layer in layers:
        for tensor in (t for node in calls_of(layer) for t in node.input_tensors):
            name = names.get(id(tensor))
            if name is not None:
                own = by_name.get(name)
                is_learned = own is not None and layer.input_dim in (own, common)
                found[name, id(layer)] = _lookup(layer, is_learned)
    pairs = [(name, lookup) for (name, _), lookup in found.items()]
    if not pairs and len(tensors) < 2 and isinstance(learned, int):
        only = next(iter(tensors), "X")
        sized = [la for la in layers if la.input_dim == learned and _whole(la, row)]
        pairs = [(only, _lookup(layer, True)) for layer in sized]
    # What is learned comes first: it leaves nothing for the others to refuse.
    return tuple(sorted(pairs, key=lambda pair: not pair[1].learned))


def _lookup(layer: Any, learned: bool) -> Lookup:
    masks = bool(layer.mask_zero)
    return Lookup(layer.name, int(layer.input_dim), learned, masks)


def _whole(layer: Any, row: Sequence[int | None]) -> bool:
    """Tell whether all numbers of a row go into a layer at once."""
    built = (layer.get_build_config() or {}).get("input_shape")
    return built is not None and _count(built[1:]) == _count(row)


def _count(shape: Sequence[int | None]) -> int:
    """Count the numbers of a sample; 0 where its length is not fixed."""
    return math.prod(size or 0 for size in shape)


def _named(sizes: Any, names: list[str]) -> dict[str, Any]:
    """Tell the sizes by the inputs' names; one array may go to several of them."""
    if isinstance(sizes, dict):
        only = len(sizes) == 1 == len(names)
        return {names[0]: next(iter(sizes.values()))} if only else sizes
    if isinstance(sizes, list):
        return dict(zip(names, sizes, strict=False))
    return dict.fromkeys(names, sizes)


def _values(part: Any) -> Any:
    if isinstance(part, Ragged):
        return part.values
    return part.data if sparse.issparse(part) else part


def _with_values(part: Any, values: Any) -> Any:
    if isinstance(part, Ragged):
        return Ragged(values, part.splits)
    if sparse.issparse(part):
        return sparse.csr_matrix((values, part.indices, part.indptr), part.shape)
    return values
