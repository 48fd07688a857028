"""`ImageStandardizer`."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from sk_keras._shared.arrays.channels import warn_of_channels
from sk_keras._shared.attributes import forget
from sk_keras._shared.pickle_format import PlainStateMixin
from sk_keras._shared.set_module import set_module
from sk_keras.preprocessing._image.arrays import (
    batches,
    channels_last,
    check_axes,
    check_image_shape,
    float_type,
    working_type,
)
from sk_keras.preprocessing._image.statistics import ImageStatistics, Whitening
from sk_keras.preprocessing._image.steps import (
    MSG_NO_NAMES,
    MSG_NOT_WHITENED,
    Learned,
    apply_learned,
    before_learned,
    can_invert,
    check_whitened,
    learned_options,
    learned_values,
    undo_learned,
    warn_of_mixed,
)

#: What a fit forgets of the last one.
FITTED = (
    "image_shape_",
    "mean_",
    "std_",
    "n_samples_seen_",
    "_flat",
    "_statistics",
)


@set_module("sk_keras.preprocessing")
class ImageStandardizer(
    PlainStateMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator
):
    """Put images on one scale: rescaled, centred, of unit variance, whitened.

    The steps, in this order, are those of ``ImageDataGenerator.standardize`` of
    `tf.keras.preprocessing.image`:

    1. `preprocessing_function`, on each image;
    2. `rescale`;
    3. samplewise: minus the mean of the image, over its standard deviation;
    4. featurewise: minus the mean of each channel, over its standard deviation,
       both learned in `fit`;
    5. ZCA whitening, learned in `fit`.

    Parameters
    ----------
    rescale : float, default=None
        What to multiply by; 1 / 255 puts bytes between 0 and 1. None and 0 leave
        the values as they are.
    preprocessing_function : callable, default=None
        Takes one image, a float array of shape (rows, columns, channels), or
        (channels, rows, columns) if that is the `data_format`, and returns one of
        the same shape. It may change the array it gets.
    samplewise_center : bool, default=False
        Subtract the mean of each image.
    samplewise_std_normalization : bool, default=False
        Divide each image by its standard deviation plus 1e-6. It is centred as well.
    featurewise_center : bool, default=False
        Subtract the mean of each channel over all images and pixels of `fit`.
    featurewise_std_normalization : bool, default=False
        Divide by the standard deviation of each channel plus 1e-6. Images are
        centred as well.
    zca_whitening : bool, default=False
        Turn images so that the pixels are uncorrelated and of unit variance, while
        they stay as near to the original as that can be. Images are centred as well,
        and `featurewise_std_normalization` has no effect. Of images of the given size
        a matrix of (rows * columns * channels) squared is made, and decomposed; above
        64 x 64 x 3 values that is refused.
    zca_epsilon : float, default=1e-6
        Keeps directions in which the images hardly vary from being blown up.
    data_format : {"channels_last", "channels_first"}, default="channels_last"
        Which axis of X holds the channels: the last, or the second.
    image_shape : tuple of int, default=None
        How to read X of shape (n_samples, n_features), as ``(rows, columns)`` or
        with channels; one of the numbers may be -1, and follows from the others.

    Attributes
    ----------
    mean_, std_ : ndarray of shape (n_channels,), float64
        Of the rescaled images. They, `n_samples_seen_` and `zca_matrix_` are there
        where a featurewise option or `zca_whitening` is set.
    zca_matrix_ : ndarray of shape (n_values, n_values), float64
        What flat images are multiplied by, in the order of the axes of X, with
        `zca_whitening`.
    image_shape_ : tuple of int
        Axes of one image as seen in `fit`: (rows, columns, channels).
    n_samples_seen_ : int
        Number of images that statistics were learned from.
    n_features_in_ : int
        Length of the second axis of X.
    feature_names_in_ : ndarray of str
        Columns of X, where it was a DataFrame with `image_shape`.

    See Also
    --------
    ImageLoader : Makes arrays of file names.

    Notes
    -----
    X itself is never changed. The result has its shape; it is float64 for float64
    images and float32 for all others. Statistics are kept in float64, and do not
    depend on the batches in which `partial_fit` gets the images.

    Without a featurewise option and `zca_whitening` nothing is learned, and
    `transform` works without `fit`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.preprocessing import ImageStandardizer
    >>> X = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
    >>> scaler = ImageStandardizer(rescale=1 / 255, featurewise_center=True)
    >>> scaled = scaler.fit_transform(X)
    >>> scaled.shape, scaled.dtype
    ((20, 8, 8, 3), dtype('float32'))
    >>> bool(abs(scaled.mean()) < 1e-6)
    True
    >>> scaler.inverse_transform(scaled)[0, 0, 0].round() == X[0, 0, 0]
    array([ True,  True,  True])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "rescale": [Interval(Real, None, None, closed="neither"), None],
        "preprocessing_function": [callable, None],
        "samplewise_center": ["boolean"],
        "samplewise_std_normalization": ["boolean"],
        "featurewise_center": ["boolean"],
        "featurewise_std_normalization": ["boolean"],
        "zca_whitening": ["boolean"],
        "zca_epsilon": [Interval(Real, 0, None, closed="left")],
        "data_format": [StrOptions({"channels_last", "channels_first"})],
        "image_shape": [tuple, list, None],
    }

    def __init__(
        self,
        *,
        rescale: float | None = None,
        preprocessing_function: Callable[[np.ndarray], np.ndarray] | None = None,
        samplewise_center: bool = False,
        samplewise_std_normalization: bool = False,
        featurewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        data_format: str = "channels_last",
        image_shape: tuple[int, ...] | None = None,
    ) -> None:
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.samplewise_center = samplewise_center
        self.samplewise_std_normalization = samplewise_std_normalization
        self.featurewise_center = featurewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.data_format = data_format
        self.image_shape = image_shape

    # --- learning ----------------------------------------------------------

    def fit(self, X: Any, y: Any = None) -> ImageStandardizer:
        """Learn what the featurewise options and whitening need.

        Parameters
        ----------
        X : array-like of shape (n_samples, rows, columns, channels)
            Or as `data_format` and `image_shape` say; grey images may come without
            the axis of channels.
        y : None
            Ignored.

        Returns
        -------
        self : ImageStandardizer

        Raises
        ------
        ValueError
            If X is no array of images, or too large to whiten.
        """
        forget(self, FITTED)
        return self.partial_fit(X)

    def partial_fit(self, X: Any, y: Any = None) -> ImageStandardizer:
        """Learn from more images, in addition to those seen before.

        Parameters
        ----------
        X : array-like of shape (n_samples, rows, columns, channels)
        y : None
            Ignored.

        Returns
        -------
        self : ImageStandardizer
        """
        self._validate_params()
        reset = "image_shape_" not in vars(self)
        X, images = self._images(X, reset=reset)
        shape, self._flat = X.shape[1:], X.ndim == 2
        if self._flat and self.image_shape is not None:
            shape = X.reshape(len(X), *self.image_shape).shape[1:]
        self.image_shape_ = shape
        if not learned_options(self):
            return self
        warn_of_mixed(self)
        warn_of_channels(shape, self.data_format)
        if "_statistics" not in vars(self):
            n_whitened = check_whitened(shape) if self.zca_whitening else None
            self._statistics = ImageStatistics.of(images.shape[-1], n_whitened)
        for rows in batches(images):
            batch = images[rows].astype(np.float64)
            self._statistics.update(batch * self.rescale if self.rescale else batch)
        self.mean_, self.std_ = self._statistics.mean, self._statistics.std
        self.n_samples_seen_ = self._statistics.n_samples
        return self

    @property
    def zca_matrix_(self) -> np.ndarray:
        """What centred, flat images are multiplied by."""
        directions, scales = self._whitening()
        if self.data_format == "channels_first" and len(self.image_shape_) == 3:
            order = np.arange(len(directions)).reshape(*self.image_shape_[1:], -1)
            directions = directions[np.moveaxis(order, -1, 0).ravel()]
        whitening: np.ndarray = (directions / scales) @ directions.T
        return whitening

    def _whitening(self) -> Whitening:
        if "_statistics" not in vars(self) or not self._statistics.has_scatter:
            raise NotFittedError(MSG_NOT_WHITENED.format(name=type(self).__name__))
        return self._statistics.whitening(self.zca_epsilon)

    def _learned(self, dtype: Any) -> Learned | None:
        if not learned_options(self):
            return None
        whitening = self._whitening() if self.zca_whitening else None
        return learned_values(self, self.mean_, self.std_, whitening, dtype)

    # --- applying ----------------------------------------------------------

    def transform(self, X: Any) -> np.ndarray:
        """Standardise images.

        Parameters
        ----------
        X : array-like of shape (n_samples, rows, columns, channels)
            As in `fit`.

        Returns
        -------
        ndarray of the shape of X, float32 or float64

        Raises
        ------
        NotFittedError
            If statistics are needed that have not been learned.
        ValueError
            If X has other axes than in `fit`.
        """
        check_is_fitted(self)
        self._validate_params()
        X, images = self._images(X, reset=False)
        out = np.empty(X.shape, float_type(X.dtype))
        made = self._as_images(out)
        dtype = working_type(X.dtype)
        learned = self._learned(dtype)
        for rows in batches(images):
            batch = before_learned(images[rows].astype(dtype), self)
            made[rows] = batch if learned is None else apply_learned(batch, *learned)
        return out

    @available_if(can_invert)
    def inverse_transform(self, X: Any) -> np.ndarray:
        """Undo `transform`.

        There is no such method with `preprocessing_function` or a samplewise option.

        Parameters
        ----------
        X : array-like of shape (n_samples, rows, columns, channels)
            Standardised images.

        Returns
        -------
        ndarray of the shape of X, float32 or float64

        Raises
        ------
        ValueError
            If images were whitened with statistics of fewer images than an image
            has values: what they do not show was lost.
        """
        check_is_fitted(self)
        X, images = self._images(X, reset=False)
        out = np.empty(X.shape, float_type(X.dtype))
        made = self._as_images(out)
        learned = self._learned(np.float64)
        for rows in batches(images):
            batch = images[rows].astype(np.float64)
            if learned is not None:
                batch = undo_learned(batch, *learned)
            made[rows] = batch / self.rescale if self.rescale else batch
        return out

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the pixels of flat images, as X has them.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of X, if it was no DataFrame.

        Returns
        -------
        ndarray of shape (n_features,), str objects

        Raises
        ------
        ValueError
            If X was no table.
        """
        if "image_shape_" in vars(self) and not self._flat:
            shape = ("n_samples", *self.image_shape_)
            raise ValueError(MSG_NO_NAMES.format(shape=shape))
        names: np.ndarray = super().get_feature_names_out(input_features)
        return names

    # --- checking ----------------------------------------------------------

    def _images(self, X: Any, *, reset: bool) -> tuple[np.ndarray, np.ndarray]:
        """Check X; return it, and a view of it as images with the channels last."""
        if self.image_shape is not None:
            check_image_shape(self.image_shape)
        check_axes(X, None if reset else vars(self).get("image_shape_"), self)
        X = validate_data(self, X, reset=reset, allow_nd=True, dtype="numeric")
        return X, self._as_images(X)

    def _as_images(self, X: np.ndarray) -> np.ndarray:
        name = type(self).__name__
        return channels_last(X, self.data_format, self.image_shape, name)

    def __sklearn_is_fitted__(self) -> bool:
        return not learned_options(self) or "_statistics" in vars(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = self.image_shape is not None
        tags.input_tags.three_d_array = True
        tags.requires_fit = bool(learned_options(self))
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
