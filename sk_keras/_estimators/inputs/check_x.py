"""Check X in each of its forms: one array, several, sequences of unequal length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import (
    validate_data,
)

from sk_keras._estimators.inputs.columns import check_columns
from sk_keras._estimators.inputs.one_input import (
    check_input,
    check_ragged,
    kept_dtypes,
    learn_floats,
    refuse_masked,
    width_of,
)
from sk_keras._estimators.inputs.part_names import check_names
from sk_keras._estimators.inputs.texts import MSG_TEXT, are_texts, texts_of
from sk_keras._shared.arrays.array_dict import ArrayDict
from sk_keras._shared.arrays.parts import are_parts, parts_of, shapes
from sk_keras._shared.arrays.ragged import Ragged, differ, rows_of, sequences, stacked
from sk_keras._shared.attributes import forget

MSG_FORMS = {
    "array": "one array",
    "columns": "one table, from which input_columns picks",
    "dict": "a dict with an array for each input",
    "list": "a list with an array for each input",
    "sequences": "a list of sequences",
}


def check_X(
    estimator: Any, X: Any, *, reset: bool, n_samples: int | None = None
) -> Any:
    """Check X against fit's, or learn its form, names and widths from it.

    Parameters
    ----------
    estimator : estimator
        Its ``input_columns`` are read; ``n_features_in_``, ``feature_names_in_``
        and ``input_form_`` are set by ``reset``.
    X : array-like, sparse matrix, DataFrame, dict or list
    reset : bool
    n_samples : int, default=None
        Rows of the target: they tell a list of inputs from a list of rows.

    Returns
    -------
    array of shape (n_samples, ...), CSR matrix or Ragged, or a dict or list of them
    """
    found = _form_of(X, estimator.input_columns, n_samples)
    form = found if reset else estimator._input_form
    if reset:
        learn_floats(estimator)
        estimator._input_form = form
    elif found != form:
        form = _form_after_fit(estimator, X, found)
    if form == "columns" and not reset and isinstance(X, Mapping | ArrayDict):
        form = "dict"  # taken apart already
    read = {"array": _one, "columns": check_columns, "sequences": _sequences}
    # What overflows in float32 is reported as a value too large for it.
    with np.errstate(over="ignore"), about_text():
        X = read.get(form, _several)(estimator, X, reset=reset)
    # Sequences of any length are checked where fit's were of one, as an array.
    if not reset and (form == estimator._input_form or form == "dict"):
        _check_shape(X, estimator)
    if not reset:
        made = vars(estimator).get("_made")
        if made is not None and not made.inputs.declared:
            _check_kinds(X, estimator.X_dtype_)
    return X


def _check_kinds(X: Any, fitted: Any) -> None:
    """Refuse text where fit had numbers, and numbers where it had text."""
    if isinstance(X, dict) != isinstance(fitted, dict):
        return
    if isinstance(X, dict):
        fitted = [fitted.get(name, np.dtype(float)) for name in X]
    for part, kind in zip(parts_of(X), parts_of(fitted), strict=False):
        if are_texts(part) and kind.kind != "O":
            raise ValueError(MSG_TEXT.format(what="X", found=part.ravel()[0][:40]))
        if kind.kind == "O" and not are_texts(part):
            raise ValueError("X holds numbers, and in fit it was text.")


@contextmanager
def about_text() -> Iterator[None]:
    """Say what to do about text where numbers are wanted."""
    try:
        yield
    except ValueError as error:
        if "could not convert string" not in str(error):
            raise
        raise ValueError(
            f"{error}. X must be numbers: encode categories with OneHotEncoder or "
            "OrdinalEncoder and texts with TextTokenizer, and load pictures by their "
            "file names with ImageLoader, in a Pipeline before this estimator."
        ) from error


def _form_of(X: Any, columns: Any, n_samples: int | None) -> str:
    """Name the form in which X comes."""
    if columns is not None:
        return "columns"
    if sparse.issparse(X):
        return "array"  # some of SciPy's are dicts
    if isinstance(X, Mapping | ArrayDict):
        return "dict"
    if isinstance(X, list | tuple) and are_parts(X, n_samples):
        return "list"
    rows = sequences(X)
    return "sequences" if rows is not None and differ(rows) else "array"


def _form_after_fit(estimator: Any, X: Any, found: str) -> str:
    """Say how to read X that came in another form than fit's; refuse what differs."""
    form: str = estimator._input_form
    several = form == "list" and not isinstance(X, list | tuple)
    if several or {found, form} & {"dict", "columns"}:
        listed = found == "array" and isinstance(X, list | tuple)
        given = "a list" if listed else MSG_FORMS[found]
        raise ValueError(f"X is {given}, but in fit it was {MSG_FORMS[form]}.")
    if found != "sequences" or form != "array":
        return form
    inputs = getattr(estimator.model_, "inputs", None) or []
    if len(inputs) == 1 and len(inputs[0].shape) > 1 and inputs[0].shape[1] is None:
        return "sequences"
    raise ValueError(
        "X has sequences of unequal length, but in fit all had the same, "
        f"{estimator.X_shape_[1]} steps, and the model takes no other. Let its input "
        "be of any length, keras.Input((None, ...)), or give X as one padded array."
    )


def _one(estimator: Any, X: Any, *, reset: bool) -> Any:
    refuse_masked(X, "X")
    texts = texts_of(X, "X")
    if texts is not None:
        X = texts[:, None] if texts.ndim == 1 else X
        how: Any = {"dtype": object, "ensure_all_finite": False, "allow_nd": True}
        return validate_data(estimator, X, reset=reset, **how)
    rows = sequences(X)
    if rows is not None and not differ(rows):
        X = stacked(rows)
    if not reset:
        raw = X if hasattr(X, "shape") else np.asarray(X)
        if max(len(raw.shape), len(estimator.X_shape_)) > 2:
            _check_shape(raw, estimator)
    return validate_data(
        estimator,
        X,
        reset=reset,
        dtype=kept_dtypes(estimator),
        accept_sparse="csr",
        allow_nd=True,
        ensure_min_features=1,
    )


def _several(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Check each array of a dict or a list."""
    if isinstance(X, Mapping | ArrayDict):
        if not X.keys():
            raise ValueError("X is an empty dict. Give an array for each input.")
        known = {} if reset else estimator.X_shape_
        named = {str(name): X[name] for name in X.keys()}
        check_names(estimator, named, reset=reset)
        X = {
            name: check_input(estimator, array, f"X[{name!r}]", known.get(name))
            for name, array in named.items()
        }
    else:
        known = dict(enumerate([] if reset else estimator.X_shape_))
        check_names(estimator, dict(enumerate(X)), reset=reset)
        X = [
            check_input(estimator, array, f"X[{i}]", known.get(i))
            for i, array in enumerate(X)
        ]
    arrays = parts_of(X)
    check_consistent_length(*arrays)
    if reset:
        estimator.n_features_in_ = sum(map(width_of, arrays))
        forget(estimator, ["feature_names_in_"])
    return X


def _sequences(estimator: Any, X: Any, *, reset: bool) -> Ragged:
    """Put sequences of unequal length together."""
    if isinstance(X, Ragged):
        return X
    ragged = check_ragged(estimator, rows_of(X, "X"), "X")
    if reset:
        estimator.n_features_in_ = width_of(ragged)
        forget(estimator, ["feature_names_in_"])
    return ragged


def _check_shape(X: Any, estimator: Any) -> None:
    """Compare the axes behind the first with those seen in fit.

    sklearn checks the second axis of one array, which it calls features; in
    sequences and images it is not, and it knows no dict of arrays.
    """
    name, fitted, found = type(estimator).__name__, estimator.X_shape_, shapes(X)
    if isinstance(fitted, dict) and set(found) != set(fitted):
        raise ValueError(
            f"X has the inputs {sorted(found)}, but {name} is expecting "
            f"{sorted(fitted)}, as in fit."
        )
    if isinstance(fitted, list) and len(found) != len(fitted):
        raise ValueError(
            f"X has {len(found)} inputs, but {name} is expecting {len(fitted)}, as in "
            "fit."
        )
    keys: list[Any] = list(fitted) if isinstance(fitted, dict) else []
    if isinstance(fitted, list):
        keys = list(range(len(fitted)))
    pairs = [(f"X[{key!r}]", found[key], fitted[key]) for key in keys]
    for what, shape, wanted in pairs or [("X", found, fitted)]:
        if tuple(shape[1:]) != tuple(wanted[1:]):
            raise ValueError(
                f"{what} has shape {tuple(shape)}, but {name} is expecting "
                f"{('n_samples', *wanted[1:])}, as in fit."
            )
