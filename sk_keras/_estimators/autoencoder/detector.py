"""`KerasAutoencoderDetector`."""

from __future__ import annotations

from math import prod
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import (
    Interval,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.validation import check_is_fitted, validate_data

from sk_keras._estimators.autoencoder.autoencoder import KerasAutoencoder
from sk_keras._estimators.inputs.check_x import about_text
from sk_keras._estimators.inputs.one_input import kept_dtypes, learn_floats
from sk_keras._estimators.inputs.stream import is_stream
from sk_keras._shared.attributes import forget
from sk_keras._shared.one_state import changes_state, reads_state
from sk_keras._shared.pickle_format import PlainStateMixin
from sk_keras._shared.set_module import set_module


@set_module("sk_keras")
class KerasAutoencoderDetector(PlainStateMixin, OutlierMixin, BaseEstimator):
    """Outliers by the errors with which an autoencoder puts them out.

    An autoencoder that is trained on mostly usual samples has learned how to put
    those out, and fails on others.

    Parameters
    ----------
    autoencoder : KerasAutoencoder, default=None
        A copy of it is trained. Its code should be much narrower than X, or else it
        puts out anything well. None is a dense one whose number of codes is the
        square root of the number of features.
    contamination : float or "auto", default=0.1
        The share of outliers in the data of `fit`, above 0 and at most 0.5, which
        decides on the threshold. "auto" is the rule of box plots: a sample is an
        outlier if its error lies above the upper quartile of those in `fit` by more
        than 1.5 times their interquartile range.
    random_state : int, RandomState instance or None, default=None
        Given to the copy of the autoencoder; None leaves it its own.

    Attributes
    ----------
    autoencoder_ : KerasAutoencoder
        The trained autoencoder.
    offset_ : float
        The threshold: a sample whose score lies below it is an outlier.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has string column names.

    See Also
    --------
    sklearn.ensemble.IsolationForest : Outliers by random trees.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras import KerasAutoencoder, KerasAutoencoderDetector
    >>> rng = np.random.RandomState(0)
    >>> X = rng.randn(300, 2) @ rng.randn(2, 8)  # a plane in 8 dimensions
    >>> X[:3] = 3 * rng.randn(3, 8)
    >>> autoencoder = KerasAutoencoder(encoding_dim=2, epochs=60, random_state=0)
    >>> detector = KerasAutoencoderDetector(autoencoder, contamination=0.01)
    >>> detector.fit_predict(X)[:5].tolist()
    [-1, -1, -1, 1, 1]
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "autoencoder": [KerasAutoencoder, None],
        "contamination": [StrOptions({"auto"}), Interval(Real, 0, 0.5, closed="right")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        autoencoder: Any = None,
        *,
        contamination: Any = 0.1,
        random_state: Any = None,
    ) -> None:
        self.autoencoder = autoencoder
        self.contamination = contamination
        self.random_state = random_state

    @changes_state
    def fit(
        self, X: Any, y: Any = None, sample_weight: Any = None, **fit_params: Any
    ) -> KerasAutoencoderDetector:
        """Train the autoencoder, and find the threshold.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features) or \
(n_samples, ...)
        y : object, default=None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Of rows in training; the threshold counts all rows alike, as that of
            `sklearn.ensemble.IsolationForest` does.
        **fit_params : dict
            Arguments of `KerasAutoencoder.fit`: ``X_val``, ``epochs`` ...

        Returns
        -------
        self : KerasAutoencoderDetector

        Raises
        ------
        ValueError
            If a parameter, or X, is not as it should be, or training diverged.
        """
        params = self.get_params(deep=False)
        name = type(self).__name__
        validate_parameter_constraints(self._parameter_constraints, params, name)
        forget(self, ["autoencoder_", "offset_"])  # a fit that fails leaves nothing
        X = self._checked(X, reset=True)
        for name in {"X_val", "validation_data"} & set(fit_params):
            fit_params[name] = self._checked_set(name, fit_params[name])
        if self.autoencoder is None:
            n_codes = max(round(prod(X.shape[1:]) ** 0.5), 1)
            autoencoder = KerasAutoencoder(encoding_dim=n_codes)
        else:
            autoencoder = clone(self.autoencoder)
        if self.random_state is not None:
            seed = check_random_state(self.random_state).randint(2**31 - 1)
            autoencoder.set_params(random_state=seed)
        fitted = autoencoder.fit(X, None, sample_weight, **fit_params)
        scores = fitted.score_samples(X)
        if not np.isfinite(scores).all():
            raise ValueError(
                "The autoencoder has diverged: its reconstruction errors are not "
                "finite, and no threshold can be found among them. Scale X, or lower "
                "its optimizer__learning_rate."
            )
        self.autoencoder_, self.offset_ = fitted, self._threshold(scores)
        return self

    def _checked(self, X: Any, *, reset: bool) -> Any:
        """Check names and numbers of features here, where errors name this class."""
        if reset:
            learn_floats(self)
        with about_text():
            return validate_data(
                self,
                X,
                reset=reset,
                dtype=kept_dtypes(self),
                accept_sparse="csr",
                allow_nd=True,
            )

    def _checked_set(self, name: str, given: Any) -> Any:
        """Check the rows of a validation set, which may come in a tuple."""
        if name == "validation_data" and isinstance(given, tuple | list) and given:
            return (self._checked(given[0], reset=False), *given[1:])
        plain = given is not None and not is_stream(given)
        return self._checked(given, reset=False) if plain else given

    def _threshold(self, scores: np.ndarray) -> float:
        if self.contamination != "auto":
            return float(np.percentile(scores, 100.0 * self.contamination))
        lower, upper = np.percentile(scores, [25, 75])
        return float(lower - 1.5 * (upper - lower))

    @reads_state
    def score_samples(self, X: Any) -> np.ndarray:
        """Return the negative reconstruction errors: the lower, the more unusual.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, ...)

        Returns
        -------
        scores : ndarray of shape (n_samples,), float64
        """
        check_is_fitted(self)
        return self.autoencoder_.score_samples(self._checked(X, reset=False))

    @reads_state
    def decision_function(self, X: Any) -> np.ndarray:
        """Return the scores less the threshold; negative for outliers.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, ...)

        Returns
        -------
        decision : ndarray of shape (n_samples,), float64
            ``score_samples(X) - offset_``.
        """
        return self.score_samples(X) - self.offset_

    @reads_state
    def predict(self, X: Any) -> np.ndarray:
        """Tell outliers from usual samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, ...)

        Returns
        -------
        labels : ndarray of shape (n_samples,), int
            -1 for outliers, 1 for others.
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    def __sklearn_is_fitted__(self) -> bool:
        return "autoencoder_" in vars(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        return tags
