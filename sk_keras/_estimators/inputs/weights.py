"""Weights of rows, checked and scaled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import _check_sample_weight

from sk_keras._estimators.inputs.one_input import refuse_masked
from sk_keras._shared.arrays.array_dict import ArrayDict
from sk_keras._shared.arrays.parts import parts_of
from sk_keras._shared.arrays.ragged import Ragged, rows_of, sequences


def check_weight(sample_weight: Any, y: Any, *, zeros: bool = False) -> Any:
    """Check sample weights; copies of shape (n_samples,), or of a target's first axes.

    Parameters
    ----------
    sample_weight : array-like, mapping of str to array-like, or None
        A mapping gives weights to outputs by their names, a list of arrays in their
        order.
    y : array or Ragged, or a dict of them
        Checked.
    zeros : bool, default=False
        Whether all may be 0: those of a batch, of more.
    """
    if sample_weight is None:
        return None
    if isinstance(y, dict) and _is_listed(sample_weight, y):
        sample_weight = dict(zip(y, sample_weight, strict=True))
    if isinstance(sample_weight, Mapping | ArrayDict):
        if not isinstance(y, dict) or set(sample_weight.keys()) - set(y):
            outputs = f"the keys {sorted(y)}" if isinstance(y, dict) else "no names"
            raise ValueError(
                f"sample_weight has the keys {sorted(sample_weight.keys())}, but the "
                f"targets have {outputs}."
            )
        given = {name: sample_weight[name] for name in sample_weight.keys()}
        weight: Any = {
            # An output may count for nothing, as long as another one does.
            name: np.ones(len(target))
            if given.get(name) is None
            else _one_weight(given[name], target, zeros=True)
            for name, target in y.items()
        }
    else:
        weight = _one_weight(sample_weight, parts_of(y)[0], zeros=zeros)
    if not zeros and not any(map(some, parts_of(weight))):
        raise ValueError(
            "All sample weights are zero: there is nothing to train on. Give at least "
            "one sample a positive weight."
        )
    return weight


def _is_listed(weight: Any, y: dict[str, Any]) -> bool:
    """Tell a list of weights for each of the outputs that came in a list."""
    return (
        isinstance(weight, list | tuple)
        and list(y) == [str(i) for i in range(len(weight))]
        and all(array is None or np.ndim(array) > 0 for array in weight)
    )


def some(weight: Any) -> bool:
    """Tell whether there are weights that are not 0."""
    return bool(np.any(weight.values if isinstance(weight, Ragged) else weight))


def refuse_nothing(weight: Any) -> None:
    """Raise a ValueError if all weights are 0."""
    if not any(map(some, parts_of(weight))):
        raise ValueError(
            "All sample weights are zero in the rows to train or to validate on. "
            "Give at least one row a positive weight."
        )


def scaled(weight: Any, *, by_column: bool = False) -> Any:
    """Give weights a mean of 1; those of an output may all be 0.

    Parameters
    ----------
    weight : array or Ragged
    by_column : bool, default=False
        Whether each column has a mean of its own: that of a label.
    """
    if isinstance(weight, Ragged):
        return Ragged(scaled(weight.values, by_column=by_column), weight.splits)
    axes = tuple(range(weight.ndim - 1)) if by_column else None
    mean = weight.mean(axis=axes)
    return weight / np.where(mean > 0, mean, 1.0)


def _one_weight(weight: Any, y: Any, *, zeros: bool = False) -> Any:
    refuse_masked(weight, "sample_weight")
    if isinstance(y, Ragged) and (sequences(weight) is not None or np.ndim(weight) > 1):
        return _of_steps(weight, y)
    if zeros and np.shape(weight) == (len(y),) and not np.any(weight):
        return np.zeros(len(y))  # scikit-learn refuses these
    if np.asarray(weight).ndim > 1 and y.ndim > 1:  # for each step of a sequence
        weight = check_array(
            weight,
            dtype=np.float64,
            allow_nd=True,
            ensure_non_negative=True,
            copy=True,
            input_name="sample_weight",
        )
        if weight.shape != y.shape[: weight.ndim]:
            raise ValueError(
                f"sample_weight has shape {weight.shape}, but y has shape {y.shape}: "
                "give a weight for each row, or for each of the first axes of y."
            )
        return weight
    return _check_sample_weight(
        weight, y, dtype=np.float64, ensure_non_negative=True, copy=True
    )


def _of_steps(weight: Any, y: Ragged) -> Ragged:
    """Check weights for each step of rows of unequal length, padded ones too."""
    if getattr(weight, "shape", None) == (len(y), y.longest):
        weight = [row[:n] for row, n in zip(weight, y.lengths, strict=True)]
    found = Ragged.of(rows_of(weight, "sample_weight"))
    if not np.array_equal(found.splits, y.splits):
        raise ValueError(
            "sample_weight must have a weight for each row, or for each step of each "
            "row, as y has labels or values."
        )
    found.values = check_array(
        found.values,
        dtype=np.float64,
        ensure_2d=False,
        ensure_non_negative=True,
        copy=True,
        input_name="sample_weight",
    )
    return found
