"""`ImageAugmenter`."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils._param_validation import (
    Interval,
    StrOptions,
    validate_parameter_constraints,
)

from sk_keras._shared.arrays.channels import warn_of_channels
from sk_keras._shared.pickle_format import PlainStateMixin
from sk_keras._shared.set_module import set_module
from sk_keras.preprocessing._image.augmenting.checks import (
    check_count,
    check_fill,
    check_image_shape,
    check_interpolation,
    checked_transforms,
    height_and_width,
)
from sk_keras.preprocessing._image.augmenting.ranges import Range, ranges

_NOT_NEGATIVE = Interval(Real, 0, None, closed="left")


@set_module("sk_keras.preprocessing")
class ImageAugmenter(PlainStateMixin, BaseEstimator):
    """Random rotations, shifts, zooms, flips and the like of images.

    More pictures from few: every epoch of a fit sees each image changed in another
    way. Give it to an estimator, ``KerasClassifier(..., augmenter=ImageAugmenter(
    rotation_range=20))``, which augments while it trains, and never while it
    predicts, scores or validates. It is no transformer, since in a pipeline it would
    change the images to predict as well.

    Rotation, shear, shifts and zoom are one affine map about the middle of the image,
    with one bilinear interpolation; then come the shift of the channels, the flips and
    the brightness.

    Parameters
    ----------
    rotation_range : float, default=0
        Degrees: angles are drawn from ``[-rotation_range, rotation_range]``.
    width_shift_range, height_shift_range : float, int or list of numbers, default=0
        How far images move to the sides, and up or down. A float below 1 is a share of
        the width or height; a float from 1 on is in pixels, and an int in whole pixels,
        ends included. Of a list, one of the numbers is drawn, to either side; they are
        shares if all are below 1.
    shear_range : float, default=0
        Degrees. (Keras 1 took radians: 0.2 there is 11.5 here.)
    zoom_range : float or pair of float, default=0
        A float z below 1 is the pair ``(1 - z, 1 + z)``. Factors for height and width
        are drawn apart; below 1 things get larger, above 1 smaller.
    channel_shift_range : float, default=0
        What is added to all values of an image, clipped to the image's own range; in
        the units of X.
    brightness_range : pair of float, default=None
        Factors; 0 is black, 1 no change. Results are clipped at white: at 255, or at 1
        for images of floats that are nowhere above it. Images with negative values, or
        values above 255, have black and white of their own.
    fill_mode : {"nearest", "constant", "reflect", "wrap"}, default="nearest"
        What is beyond the edges, as in `scipy.ndimage.affine_transform`: the edge,
        ``cval``, a mirror image, or the image again.
    cval : float, default=0
        For ``fill_mode="constant"``, of masks as well.
    horizontal_flip, vertical_flip : bool, default=False
        Whether to flip every other image.
    data_format : {"channels_last", "channels_first"}, default="channels_last"
        Where images have their channels. Images without, of shape
        ``(n_samples, height, width)``, are grey.
    random_state : int, RandomState instance or None, default=None
        An int draws the same in each call. None draws anew, or, in an estimator, by
        the estimator's ``random_state``.

    See Also
    --------
    sk_keras.KerasClassifier : Takes it as ``augmenter``.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_keras.preprocessing import ImageAugmenter
    >>> X = np.arange(12, dtype="float32").reshape(1, 3, 4)
    >>> augmenter = ImageAugmenter(width_shift_range=[1], random_state=0)
    >>> augmenter.augment(X)[0].tolist()
    [[1.0, 2.0, 3.0, 3.0], [5.0, 6.0, 7.0, 7.0], [9.0, 10.0, 11.0, 11.0]]
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "rotation_range": [_NOT_NEGATIVE],
        "width_shift_range": [_NOT_NEGATIVE, "array-like"],
        "height_shift_range": [_NOT_NEGATIVE, "array-like"],
        "shear_range": [_NOT_NEGATIVE],
        "zoom_range": [Interval(Real, 0, 1, closed="left"), tuple, list],
        "channel_shift_range": [_NOT_NEGATIVE],
        "brightness_range": [tuple, list, None],
        "fill_mode": [StrOptions({"constant", "nearest", "reflect", "wrap"})],
        "cval": [Interval(Real, None, None, closed="neither")],
        "horizontal_flip": ["boolean"],
        "vertical_flip": ["boolean"],
        "data_format": [StrOptions({"channels_last", "channels_first"})],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        rotation_range: float = 0,
        width_shift_range: Any = 0,
        height_shift_range: Any = 0,
        shear_range: float = 0,
        zoom_range: Any = 0,
        channel_shift_range: float = 0,
        brightness_range: Any = None,
        fill_mode: str = "nearest",
        cval: float = 0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        data_format: str = "channels_last",
        random_state: Any = None,
    ) -> None:
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.shear_range = shear_range
        self.zoom_range = zoom_range
        self.channel_shift_range = channel_shift_range
        self.brightness_range = brightness_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.data_format = data_format
        self.random_state = random_state

    # --- images in memory --------------------------------------------------

    def augment(
        self, X: Any, y: Any = None, *, mask_interpolation: str = "nearest"
    ) -> Any:
        """Change each image at random, and a mask with it.

        Parameters
        ----------
        X : array of shape (n_samples, height, width, channels), or (n_samples, \
channels, height, width), or (n_samples, height, width)
        y : array of shape (n_samples, height, width, ...), default=None
            Masks, or other images that go with X: rotated, moved and flipped by the
            same draw; channel shift and brightness are not for them.
        mask_interpolation : {"nearest", "bilinear"}, default="nearest"
            "nearest" has no values in y that were not there, so that labels stay
            labels.

        Returns
        -------
        X : array of the same shape
            Of the type of X if that is a float, else float32.
        y : array of the same shape and type
            If ``y`` was given.

        Raises
        ------
        ValueError
            If X is no array of images, or the masks are of another size.
        """
        transforms = self.draw_transforms(X)
        return self.apply_transforms(
            X, transforms, y, mask_interpolation=mask_interpolation
        )

    def draw_transforms(self, X: Any) -> dict[str, np.ndarray]:
        """Draw how each image would be changed.

        Parameters
        ----------
        X : array
            Images, as in `augment`. Their number and size count.

        Returns
        -------
        transforms : dict of str to array of shape (n_samples,)
            Of the names "rotation" and "shear" (degrees), "shift_rows" and
            "shift_columns" (pixels that the image moves up and to the left),
            "zoom_rows" and "zoom_columns" (factors), "flip_horizontal" and
            "flip_vertical", "channel_shift" and "brightness" those that may change
            an image.
        """
        from sk_keras.preprocessing._image.augmenting.in_memory import drawn

        X = self._check_images(X, "X")
        return drawn(self._ranges(X.shape), len(X), (self._draw_seed(), 0))

    def apply_transforms(
        self,
        X: Any,
        transforms: Mapping[str, Any],
        y: Any = None,
        *,
        mask_interpolation: str = "nearest",
    ) -> Any:
        """Change images as drawn by `draw_transforms`, or as you say.

        Parameters
        ----------
        X : array
            Images, as in `augment`.
        transforms : dict of str to number or array of shape (n_samples,)
            As `draw_transforms` returns them. What is left out leaves images as they
            are.
        y : array, default=None
            Masks, as in `augment`.
        mask_interpolation : {"nearest", "bilinear"}, default="nearest"

        Returns
        -------
        X, or X and y
            As from `augment`.

        Examples
        --------
        >>> import numpy as np
        >>> from sk_keras.preprocessing import ImageAugmenter
        >>> X = np.array([[[1, 2], [3, 4]]])
        >>> ImageAugmenter().apply_transforms(X, {"rotation": 90})[0].tolist()
        [[2.0, 4.0], [1.0, 3.0]]
        """
        from sk_keras.preprocessing._image.augmenting.in_memory import changed

        self._validate()
        X = self._check_images(X, "X")
        check_interpolation(mask_interpolation)
        masks = None if y is None else self._check_masks(y, X)
        given = checked_transforms(transforms, len(X))
        how = {"fill_mode": self.fill_mode, "data_format": self.data_format}
        return changed(X, masks, given, float(self.cval), how, mask_interpolation)

    def flow(
        self,
        X: Any,
        y: Any = None,
        batch_size: int = 32,
        *,
        sample_weight: Any = None,
        shuffle: bool = True,
        mask_interpolation: str = "nearest",
        loader: Any = None,
    ) -> Any:
        """Return batches of changed images, for `keras.Model.fit`.

        The estimators need none of it for images in memory: they take the augmenter
        itself. Pictures that stay in their files are read batch by batch, and the
        batches go to the estimators, in `fit`, `predict` and `score`.

        Parameters
        ----------
        X : array, or column of file names
            Images, as in `augment`; with a `loader`, what it takes.
        y : array-like of shape (n_samples, ...), default=None
            Targets. Those of the height and width of the images are masks, and are
            moved with them.
        batch_size : int, default=32
        sample_weight : array-like of shape (n_samples,), default=None
        shuffle : bool, default=True
            Whether each epoch has an order of its own.
        mask_interpolation : {"nearest", "bilinear"}, default="nearest"
        loader : ImageLoader, default=None
            Reads the pictures of a batch when its turn comes.

        Returns
        -------
        keras.utils.PyDataset
            Of ``ceil(n_samples / batch_size)`` batches ``X``, ``(X, y)`` or
            ``(X, y, sample_weight)``. Each epoch, and each ``for`` loop over it, draws
            anew; nothing global is drawn from.
        """
        from sk_keras.preprocessing._image.augmenting.in_memory import Flow
        from sk_keras.preprocessing._image.augmenting.pictures import Pictures

        check_count("batch_size", batch_size)
        X = self._check_images(X, "X") if loader is None else Pictures(loader, X)
        self._check_shape(X.shape, "X")
        self._ranges(X.shape)  # says what is wrong with the parameters
        check_interpolation(mask_interpolation)
        if sample_weight is not None and y is None:
            raise ValueError("sample_weight needs targets: give y as well.")
        y = None if y is None else np.asarray(y)
        weight = None if sample_weight is None else np.asarray(sample_weight)
        check_consistent_length(X, y, weight)
        seed = self._draw_seed()
        parts = (X, y, weight)
        return Flow(self, parts, int(batch_size), seed, shuffle, mask_interpolation)

    def preview(
        self,
        X: Any,
        y: Any = None,
        *,
        n_images: int = 3,
        n_versions: int = 5,
        folder: Any = None,
        prefix: str = "augmented",
    ) -> Any:
        """Show what becomes of the first images.

        Parameters
        ----------
        X : array
            Images, as in `augment`.
        y : array, default=None
            Masks, shown below their images.
        n_images : int, default=3
        n_versions : int, default=5
            Changed versions of each.
        folder : str or path, default=None
            Where to save the versions as PNG files, which needs Pillow; it is made if
            it is not there. None draws a figure.
        prefix : str, default="augmented"
            Of the names of the files.

        Returns
        -------
        matplotlib.figure.Figure, or list of pathlib.Path
            The figure has the original on the left of each row.
        """
        from sk_keras.preprocessing._image.augmenting.previews import figure, saved

        check_count("n_images", n_images)
        check_count("n_versions", n_versions)
        X = self._check_images(X, "X")[:n_images]
        masks = None if y is None else self._check_masks(np.asarray(y)[:n_images], X)
        n_images = len(X)
        many = np.repeat(X, n_versions, axis=0)
        first = self.data_format == "channels_first"
        if masks is None:
            pairs = [(X, self.augment(many))]
        else:
            versions = self.augment(many, np.repeat(masks, n_versions, axis=0))
            pairs = list(zip((X, masks), versions, strict=True))
        if folder is not None:
            return saved(pairs, Path(folder), prefix, first)
        return figure(pairs, n_images, n_versions, first)

    # --- checks ------------------------------------------------------------

    def _validate(self) -> None:
        params = self.get_params(deep=False)
        validate_parameter_constraints(
            self._parameter_constraints, params, caller_name=type(self).__name__
        )

    def _ranges(self, shape: tuple[int, ...]) -> dict[str, Range]:
        """Check the parameters, and say what is drawn for images of a shape."""
        self._validate()
        warn_of_channels(shape[1:], self.data_format)
        return ranges(
            self.get_params(deep=False), *height_and_width(shape, self.data_format)
        )

    def _check_images(self, X: Any, name: str) -> np.ndarray:
        images: np.ndarray = check_array(
            X, allow_nd=True, ensure_2d=False, input_name=name, estimator=self
        )
        self._check_shape(images.shape, name)
        return images

    def _check_shape(self, shape: tuple[int, ...], name: str) -> None:
        check_image_shape(shape, self.data_format, name)

    def _check_masks(self, given: Any, X: np.ndarray) -> np.ndarray:
        y = self._check_images(given, "y")
        check_consistent_length(X, y)
        if not self._are_masks(y, X.shape):
            raise ValueError(
                f"Masks must have the height and width of their images. X is of shape "
                f"{X.shape}, and y of shape {y.shape}."
            )
        check_fill(self.fill_mode, self.cval, y.dtype)
        return y

    def _are_masks(self, y: Any, shape: tuple[int, ...]) -> bool:
        """Tell whether targets have the height and width of images of a shape."""
        of_y = getattr(y, "shape", ())
        if len(of_y) not in (3, 4):
            return False
        of_masks = height_and_width(of_y, self.data_format)
        return of_masks == height_and_width(shape, self.data_format)

    def _draw_seed(self) -> int:
        from sk_keras._shared.keras_objects.seeding import draw_seed

        seed = draw_seed(self.random_state)
        # Not from NumPy's global generator, which is the user's.
        return int(np.random.default_rng().integers(2**31)) if seed is None else seed
