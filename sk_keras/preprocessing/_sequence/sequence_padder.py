"""`SequencePadder`."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils._param_validation import validate_parameter_constraints
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from sk_keras._shared.arrays.ragged import Ragged
from sk_keras._shared.attributes import forget
from sk_keras._shared.pickle_format import PlainStateMixin
from sk_keras._shared.set_module import set_module
from sk_keras.preprocessing._sequence.padding import (
    PADDING_CONSTRAINTS,
    End,
    number_type,
    padded,
    stripped,
    wide_enough,
)
from sk_keras.preprocessing._sequence.sequences import (
    as_rows,
    checked_sequences,
    refuse_nested,
)


@set_module("sk_keras.preprocessing")
class SequencePadder(
    PlainStateMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator
):
    """Make one array of sequences, as wide as the training data.

    Parameters
    ----------
    maxlen : int, default=None
        The width of the result; None is the length of the longest sequence in ``fit``.
    padding : {"pre", "post"}, default="pre"
        Where shorter sequences are filled up.
    truncating : {"pre", "post"}, default="pre"
        Where longer sequences are cut.
    value : float, default=0
        What fills.
    dtype : str or dtype, default="int32"
        Of the result. It is widened where it would lose values: floats in an integer
        type keep a float type, and integers that are out of its range become int64 or
        uint64, or float64 in a float type that has too few digits. Floats are rounded
        to a smaller float type, as it is asked for, unless they are out of its range.

    Attributes
    ----------
    maxlen_ : int
        The width of what `transform` returns.
    step_shape_ : tuple of int
        () for sequences of numbers, (n_values,) for sequences of vectors.
    dtype_ : dtype
        That holds the training data.
    n_features_in_ : int
        Number of columns, if ``fit`` got a table. Tables must then have as many in
        `transform`, while lists of sequences may be of any length.
    feature_names_in_ : array of str
        Names of the columns, if ``fit`` got a DataFrame.

    See Also
    --------
    pad_sequences : The same as a function, without a memory.

    Examples
    --------
    >>> from sk_keras.preprocessing import SequencePadder
    >>> padder = SequencePadder().fit([[1, 2, 3], [4]])
    >>> padder.transform([[5], [6, 7, 8, 9]])
    array([[0, 0, 5],
           [7, 8, 9]], dtype=int32)
    >>> padder.inverse_transform([[0, 0, 5], [7, 8, 9]])
    [[5], [7, 8, 9]]
    """

    _parameter_constraints = PADDING_CONSTRAINTS

    def __init__(
        self,
        maxlen: int | None = None,
        *,
        padding: End = "pre",
        truncating: End = "pre",
        value: float = 0,
        dtype: Any = "int32",
    ) -> None:
        self.maxlen = maxlen
        self.padding = padding
        self.truncating = truncating
        self.value = value
        self.dtype = dtype

    def fit(self, X: Any, y: Any = None) -> SequencePadder:
        """Learn the width.

        Parameters
        ----------
        X : list, tuple or iterator of sequences, Series of sequences, or array of \
                shape (n_rows, n_steps, ...)
            A sequence is a list, a tuple or an array of numbers or of vectors.
        y : None
            Ignored.

        Returns
        -------
        SequencePadder

        Raises
        ------
        TypeError
            If X is no collection, or ``dtype`` no dtype.
        ValueError
            If a parameter is wrong, there are no sequences, a row is no sequence of
            numbers or of vectors of one length, or all sequences are empty and
            ``maxlen`` is None.
        """
        self._learn(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Learn the width, and pad the same sequences; an iterator is read once.

        Parameters
        ----------
        X : list, tuple or iterator of sequences, Series of sequences, or array of \
                shape (n_rows, n_steps, ...)
        y : None
            Ignored.

        Returns
        -------
        array of shape (n_rows, maxlen_) or (n_rows, maxlen_, ...)
        """
        return self._padded(self._learn(X))

    def transform(self, X: Any) -> np.ndarray:
        """Fill up and cut sequences to the width of the training data.

        Parameters
        ----------
        X : list, tuple or iterator of sequences, Series of sequences, or array of \
                shape (n_rows, n_steps, ...)

        Returns
        -------
        array of shape (n_rows, maxlen_) or (n_rows, maxlen_, ...)

        Raises
        ------
        NotFittedError
            Before ``fit``.
        TypeError
            If X is no collection.
        ValueError
            If there are no sequences, a row is no sequence, or its steps are of another
            shape than those in ``fit``.
        """
        check_is_fitted(self)
        ragged = self._checked(X, reset=False)
        if not ragged.values.size:
            ragged = Ragged(
                np.zeros((0, *self.step_shape_), self.dtype_), ragged.splits
            )
        if ragged.values.shape[1:] != self.step_shape_:
            raise ValueError(
                "The steps of the sequences in X must be of the same shape as in fit, "
                f"{self.step_shape_}. Got {ragged.values.shape[1:]}."
            )
        return self._padded(ragged)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return names of the steps: ``"sequencepadder0"`` and so on.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            The name of the sequences, to which steps are added: ``"text_0"``; others
            than one are ignored.

        Returns
        -------
        array of str of shape (maxlen_,)

        Raises
        ------
        ValueError
            If steps are vectors: the result is no table.
        """
        check_is_fitted(self)
        self._refuse_vectors("names of columns")
        given: Any = [] if input_features is None else np.atleast_1d(input_features)
        if len(given) == 1:
            steps = [f"{given[0]}_{i}" for i in range(self.maxlen_)]
            return np.array(steps, dtype=object)
        names: np.ndarray = super().get_feature_names_out(input_features)
        return names

    def inverse_transform(self, X: Any) -> list[Any]:
        """Take the padding off.

        Steps at the end of sequences that are equal to ``value`` count as padding;
        what `transform` has cut off does not come back.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_steps, ...)

        Returns
        -------
        list of lists, or of arrays of shape (n_steps, ...) for sequences of vectors
        """
        check_is_fitted(self)
        ndim = 2 + len(self.step_shape_)
        X = check_array(X, dtype="numeric", allow_nd=True, ensure_all_finite=False)
        if X.ndim != ndim:
            raise ValueError(
                f"X must have {ndim} axes, as transform returns it. Got an array of "
                f"shape {X.shape}."
            )
        rows = stripped(X, self.padding, self.value)
        return rows if self.step_shape_ else [row.tolist() for row in rows]

    def _learn(self, X: Any) -> Ragged:
        validate_parameter_constraints(
            self._parameter_constraints, self.get_params(), type(self).__name__
        )
        dtype = number_type(self.dtype)
        ragged = self._checked(X, reset=True)
        if self.maxlen is None and not ragged.longest:
            raise ValueError(
                "All sequences are empty, so that there is no length to learn. Give "
                "maxlen, or at least one step."
            )
        self.maxlen_ = int(self.maxlen or ragged.longest)
        self.step_shape_ = ragged.values.shape[1:]
        self.dtype_ = wide_enough(dtype, ragged.values, self.value)
        return ragged

    def _checked(self, X: Any, *, reset: bool) -> Ragged:
        """Check a table as scikit-learn does, and sequences of any length."""
        if reset:
            forget(self, ["n_features_in_", "feature_names_in_"])
        n_axes = np.asarray(X).ndim if hasattr(X, "__array__") else 1
        if sparse.issparse(X) or n_axes != 1:
            if n_axes > 1:
                refuse_nested(np.asarray(X))
            checks = {"dtype": "numeric", "allow_nd": True, "ensure_all_finite": False}
            # Of arrays of more axes the second one is steps, of which there may be any
            # number, and not columns.
            known = reset or "n_features_in_" in vars(self)
            if known and n_axes < 3:
                table = validate_data(self, X, reset=reset, **checks)
            else:
                table = check_array(X, estimator=self, **checks)
            objects = np.asarray(X).dtype == object  # which keep their types
            X = X if objects else table
        rows = as_rows(X)
        if not len(rows):
            raise ValueError(
                "Found array with 0 sample(s) while a minimum of 1 is required by "
                f"{type(self).__name__}."
            )
        return checked_sequences(rows, vectors=True)

    def _refuse_vectors(self, what: str) -> None:
        if self.step_shape_:
            raise ValueError(
                f"{what[0].upper()}{what[1:]} need a result of two axes. These "
                f"sequences have steps of shape {self.step_shape_}, and make an array "
                f"of {2 + len(self.step_shape_)} axes; call "
                'set_output(transform="default").'
            )

    def _padded(self, ragged: Ragged) -> np.ndarray:
        container = _get_output_config("transform", self)["dense"]
        if container != "default":
            self._refuse_vectors(f"{container} containers")
        dtype = wide_enough(self.dtype_, ragged.values, self.value)
        return padded(
            ragged, self.maxlen_, self.padding, self.truncating, self.value, dtype
        )

    @property
    def _n_features_out(self) -> int:
        return self.maxlen_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        # A float type that is asked for is what comes out.
        keeps_floats = str(self.dtype).startswith(("int", "uint", "bool"))
        tags.transformer_tags.preserves_dtype = (
            ["float64", "float32"] if keeps_floats else []
        )
        return tags
