"""What a fitted autoencoder does: codes, reconstructions, errors, samples."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import Interval, validate_parameter_constraints
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from sk_keras._estimators.autoencoder.builder import (
    behind_sampling,
    encoder_and_decoder,
    is_variational,
)
from sk_keras._estimators.base.predict import (
    forward,
    predict_arguments,
    raw_predictions,
)
from sk_keras._estimators.inputs.check_x import check_X
from sk_keras._estimators.inputs.stream import open_stream
from sk_keras._estimators.model.built_model import Made
from sk_keras._shared.arrays.parts import put_together
from sk_keras._shared.keras_objects.precision import float_type
from sk_keras._shared.one_state import reads_state
from sk_keras._shared.routing.prefixes import routed_to


class CodesMixin(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """Codes and reconstructions of an autoencoder; stands left of its base."""

    #: The base's.
    model_: Any
    _made: Made
    _all_routed: Callable[[], dict[str, Any]]

    @property
    def encoder_(self) -> Any:
        """The trained encoder, a `keras.Model`."""
        return self._parts()[0]

    @property
    def decoder_(self) -> Any:
        """The trained decoder, a `keras.Model`."""
        return self._parts()[1]

    @property
    def code_shape_(self) -> tuple[int, ...]:
        """The shape of what the encoder gives for a sample."""
        return self._parts()[2]

    def _parts(self) -> tuple[Any, Any, tuple[int, ...]]:
        if "model_" not in vars(self):
            raise AttributeError(f"This {type(self).__name__} is not fitted yet.")
        return encoder_and_decoder(self.model_)

    @property
    def _n_features_out(self) -> int:
        return prod(self.code_shape_)

    @reads_state
    def transform(self, X: Any, **predict_params: Any) -> Any:
        """Encode samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, ...), or a stream
        **predict_params : dict
            Arguments of `keras.Model.predict` for this call.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_codes), float32
            What the encoder gives, made flat; of a variational autoencoder the
            means.

        Raises
        ------
        NotFittedError
            If the autoencoder is not fitted.
        """
        codes = raw_predictions(self, X, predict_params, "encoder_")
        return _of_32_bits(np.asarray(codes)).reshape(len(codes), -1)

    @reads_state
    def inverse_transform(self, X: Any) -> np.ndarray:
        """Decode codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_codes)
            Codes, as `transform` gives them.

        Returns
        -------
        X_original : ndarray of shape (n_samples, ...), float32
            In the shape that X had in `fit`.

        Raises
        ------
        NotFittedError
            If the autoencoder is not fitted.
        ValueError
            If these are not as many codes as `transform` gives.
        """
        check_is_fitted(self)
        floats = [float_type(), np.float32]
        codes = check_array(X, dtype=floats, input_name="codes")
        if codes.shape[1] != self._n_features_out:
            raise ValueError(
                f"X has {codes.shape[1]} codes, but {type(self).__name__} is expecting "
                f"{self._n_features_out}, as transform gives them."
            )
        codes = codes.reshape(len(codes), *self.code_shape_)
        decoded = forward(self, codes, self._predict_arguments(), "decoder_")
        return _of_32_bits(decoded)

    @reads_state
    def reconstruct(self, X: Any, **predict_params: Any) -> np.ndarray:
        """Encode and decode samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, ...), or a stream
        **predict_params : dict
            Arguments of `keras.Model.predict` for this call.

        Returns
        -------
        X_again : ndarray of shape (n_samples, ...), float32
            The same as ``inverse_transform(transform(X))``.
        """
        return _of_32_bits(raw_predictions(self, X, predict_params))

    @reads_state
    def sample(self, n_samples: int = 1, random_state: Any = None) -> np.ndarray:
        """Make new samples: decode codes drawn from a standard normal distribution.

        They are drawn where the encoder draws them, by its Sampling layer; layers
        behind it come before the decoder.

        Parameters
        ----------
        n_samples : int, default=1
        random_state : int, RandomState instance or None, default=None
            Draws the codes.

        Returns
        -------
        X : ndarray of shape (n_samples, ...), float32

        Raises
        ------
        ValueError
            If the autoencoder is not variational: only such a one has codes whose
            distribution is known; or if what lies behind its Sampling layer takes
            something else as well.
        """
        check_is_fitted(self)
        validate_parameter_constraints(
            {"n_samples": [Interval(Integral, 1, None, closed="left")]},
            {"n_samples": n_samples},
            f"{type(self).__name__}.sample",
        )
        if not is_variational(self.encoder_):
            raise ValueError(
                "sample draws codes from a normal distribution, and those of "
                f"{self._made.recipe.name} have another, unknown one. Use "
                f"{type(self).__name__}('variational'), or an encoder that draws its "
                "codes by sk_keras.models.layers.Sampling."
            )
        shape = (n_samples, self._n_features_out)
        behind = behind_sampling(self.encoder_)
        if behind is not None:
            shape = (n_samples, *behind.input_shape[1:])
        codes = check_random_state(random_state).standard_normal(shape)
        if behind is not None:
            codes = np.asarray(behind(codes.astype(float_type()), training=False))
            codes = codes.reshape(n_samples, -1)
        return self.inverse_transform(codes)

    # --- errors ------------------------------------------------------------

    @reads_state
    def reconstruction_error(self, X: Any) -> np.ndarray:
        """Return how much reconstructions differ from samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, ...), or a stream

        Returns
        -------
        errors : ndarray of shape (n_samples,), float64
            The mean of the squared differences over the features of a sample,
            whatever the loss was: so that autoencoders with different losses, or
            PCA, can be compared.
        """
        check_is_fitted(self)
        from sk_keras._training.batches import take
        from sk_keras._training.rows import pieces

        steps = routed_to(self._all_routed(), "predict").get("steps")
        stream = open_stream(X, None, None, steps, "predict__steps")
        if stream:
            return np.concatenate([self.reconstruction_error(x) for x, *_ in stream])
        X = check_X(self, X, reset=False)
        errors = []
        for rows in pieces(X, 1):
            original = take(X, rows)
            again = forward(self, original, self._predict_arguments())
            squares = np.square(original - again)
            axes = tuple(range(1, squares.ndim))
            errors.append(squares.mean(axis=axes, dtype=np.float64))
        return np.concatenate(errors)

    @reads_state
    def score_samples(self, X: Any) -> np.ndarray:
        """Return the negative reconstruction errors: the higher, the more usual.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, ...), or a stream

        Returns
        -------
        scores : ndarray of shape (n_samples,), float64
        """
        return -self.reconstruction_error(X)

    @reads_state
    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the negative mean squared reconstruction error; 0 is perfect.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, ...), or a stream
        y : object, default=None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            A stream has weights in its batches.

        Returns
        -------
        score : float
        """
        steps = routed_to(self._all_routed(), "predict").get("steps")
        stream = open_stream(X, None, sample_weight, steps, "predict__steps")
        if stream:
            batches = list(stream)
            X = np.concatenate([x for x, *_ in batches])
            weights = [weight for *_, weight in batches]
            some = any(weight is not None for weight in weights)
            sample_weight = put_together(weights) if some else None
        scores = self.score_samples(X)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, scores, ensure_non_negative=True
            )
        return float(np.average(scores, weights=sample_weight))

    def _predict_arguments(self) -> dict[str, Any]:
        """Read the arguments of `keras.Model.predict` for rows in memory."""
        arguments = predict_arguments(self, {})
        arguments.pop("steps", None)
        return arguments


def _of_32_bits(values: np.ndarray) -> np.ndarray:
    """Make float32 of half precision, which NumPy and scikit-learn are slow with."""
    return values.astype(np.float32) if values.dtype.itemsize < 4 else values
