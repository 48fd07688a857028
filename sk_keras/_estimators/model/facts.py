"""Facts about the data, under the names by which builders ask for them."""

from __future__ import annotations

from typing import Any

from sk_keras._estimators.inputs.checked_rows import CheckedRows
from sk_keras._estimators.model.vocabulary import vocabulary_size
from sk_keras._estimators.targets.base import Targets
from sk_keras._shared.arrays.parts import map_parts, shapes
from sk_keras._shared.arrays.ragged import Ragged


def data_facts(
    checked: CheckedRows,
    targets: Targets,
    n_features_in: int,
    *,
    whole_floats: bool = False,
) -> dict[str, Any]:
    """Gather the facts under SciKeras' names, which are attributes too.

    Parameters
    ----------
    checked : CheckedRows
    targets : Targets
    n_features_in : int
    whole_floats : bool, default=False
        Whether floats that are whole count for ``vocabulary_size_``.

    Returns
    -------
    dict
        The ``meta`` argument of a builder. ``classes_`` and ``n_classes_`` are
        there for labels only; ``vocabulary_size_`` is None for X of floats.
    """
    y = checked.y
    return {
        "n_features_in_": n_features_in,
        "X_shape_": shapes(checked.X),
        "X_dtype_": map_parts(lambda part: part.dtype, checked.X),
        "vocabulary_size_": vocabulary_size(checked.X, whole_floats=whole_floats),
        "n_outputs_": {k: _n_columns(v) for k, v in y.items()}
        if isinstance(y, dict)
        else _n_columns(y),
        "n_outputs_expected_": len(targets.codecs),
        **targets.facts(),
    }


def plain_facts(meta: dict[str, Any]) -> dict[str, Any]:
    """Spell the facts as arguments of their own (`builders.DATA_FACTS`)."""
    facts = {
        "n_features_in": meta["n_features_in_"],
        "input_shape": _without_rows(meta["X_shape_"]),
        "n_outputs": meta["n_outputs_"],
        "n_classes": meta.get("n_classes_"),
        "target_type": meta["target_type_"],
        "vocabulary_size": meta.get("vocabulary_size_"),
    }
    if "X_range_" in meta:
        facts["data_range"] = meta["X_range_"]
    return facts


def _without_rows(shape: Any) -> Any:
    """Take the first axis off a shape, or off each in a dict or list."""
    if isinstance(shape, dict):
        return {name: each[1:] for name, each in shape.items()}
    return [each[1:] for each in shape] if isinstance(shape, list) else shape[1:]


def with_quantiles(n_outputs: Any, several: int) -> Any:
    """Return ``n_outputs`` of a model that puts out several values for each of y."""
    if several == 1 or isinstance(n_outputs, dict):
        return n_outputs
    shape = n_outputs if isinstance(n_outputs, tuple) else (n_outputs,)
    return several if shape == (1,) else (*shape, several)


def _n_columns(y: Any) -> Any:
    """Count the columns of y; give the shape of a sample of more axes."""
    y = y.values if isinstance(y, Ragged) else y
    return y.shape[1:] if y.ndim > 2 else y.shape[1] if y.ndim == 2 else 1
