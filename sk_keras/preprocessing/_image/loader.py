"""`ImageLoader`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _check_feature_names

from sk_keras._shared.pickle_format import PlainStateMixin
from sk_keras._shared.set_module import set_module
from sk_keras._shared.warn import warn
from sk_keras.preprocessing._image.conversions import img_to_array
from sk_keras.preprocessing._image.files import (
    INTERPOLATIONS,
    MODES,
    check_how,
    converted,
    pair,
    pillow,
    read,
    resized,
    warning_of_values,
)

#: Files that a thread reads before it asks for more.
FILES_AT_A_TIME = 16

MSG_COLUMN = (
    "ImageLoader expects one column of file names: a list, a Series, an array, or a "
    "DataFrame with a single column. Got {what}."
)

MSG_SIZES = (
    "With target_size=None all pictures must have the same size. {first!r} has "
    "{first_size} (rows, columns), and {other!r} has {other_size}. Give a target_size."
)

MSG_DEPTHS = (
    "{shallow!r} has values up to 255 and {deep!r} has more bits a pixel: the same "
    "brightness is another number in them. Load them apart, and scale each kind."
)


@set_module("sk_keras.preprocessing")
class ImageLoader(PlainStateMixin, TransformerMixin, BaseEstimator):
    """Load pictures by their file names, as arrays of one size.

    Put it first in a `Pipeline`, so that file names go through cross-validation,
    and pictures are read as they are needed.

    Parameters
    ----------
    target_size : tuple of 2 int, or None
        (rows, columns) to resize to. None takes pictures that are all of one size.
    color_mode : {"rgb", "rgba", "grayscale", "palette"}, default="rgb"
        3, 4, 1 or 1 channels. Pictures of 16 or 32 bits keep whole numbers with
        "grayscale" and "palette"; the other modes cut them at 255, with a warning.
        "palette" keeps the numbers of a palette, which in masks are classes, as they
        are; files with three channels are refused.
    interpolation : {"nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"}, \
default="nearest"
        How to resize.
    keep_aspect_ratio : bool, default=False
        Whether to cut the longer side off, equally at both ends, before resizing.
    root : str or Path, default=None
        The folder that file names start from, where they are not absolute.
    n_jobs : int, default=None
        Number of threads; None is 1, -1 is one for each core.

    Attributes
    ----------
    n_features_in_ : int
        1, the column of file names.
    feature_names_in_ : ndarray of shape (1,)
        Its name, where X was a DataFrame.

    See Also
    --------
    sk_keras.data.load_image_folder : File names and classes of a folder.
    load_img : Loads one picture.

    Notes
    -----
    Nothing is learned, and `transform` works without `fit`. Pictures are read and
    resized as `keras.utils.load_img` does. Pillow is needed: ``sk_keras[image]``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> import numpy as np
    >>> from sk_keras.preprocessing import ImageLoader, array_to_img
    >>> folder = Path(mkdtemp())
    >>> for name in ("a.png", "b.png"):
    ...     array_to_img(np.arange(48.0).reshape(4, 4, 3)).save(folder / name)
    >>> X = ImageLoader((8, 6), root=folder).fit_transform(["a.png", "b.png"])
    >>> X.shape, X.dtype
    ((2, 8, 6, 3), dtype('float32'))
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "target_size": [tuple, list, None],
        "color_mode": [StrOptions(set(MODES))],
        "interpolation": [StrOptions(set(INTERPOLATIONS))],
        "keep_aspect_ratio": ["boolean"],
        "root": [str, os.PathLike, None],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        target_size: tuple[int, int] | None,
        *,
        color_mode: str = "rgb",
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        root: str | os.PathLike[str] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.target_size = target_size
        self.color_mode = color_mode
        self.interpolation = interpolation
        self.keep_aspect_ratio = keep_aspect_ratio
        self.root = root
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> ImageLoader:
        """Check the parameters and the form of X; no file is opened.

        Parameters
        ----------
        X : list, Series, DataFrame or array of shape (n_samples,) or (n_samples, 1)
            File names: str or Path.
        y : None
            Ignored.

        Returns
        -------
        self : ImageLoader

        Raises
        ------
        ValueError, TypeError
            If X is no column of file names.
        """
        self._check_params()
        _check_feature_names(self, X, reset=True)
        self._paths(X)
        self.n_features_in_ = 1
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Load pictures.

        Parameters
        ----------
        X : list, Series, DataFrame or array of shape (n_samples,) or (n_samples, 1)
            File names: str or Path.

        Returns
        -------
        ndarray of shape (n_samples, rows, columns, channels), float32
            Values between 0 and 255, unless the pictures have more bits.

        Raises
        ------
        FileNotFoundError
            If there is no file of a name.
        ValueError
            If a file is no picture, or a broken one.
        ImportError
            If Pillow is not installed.
        """
        self._check_params()
        if hasattr(self, "n_features_in_"):
            _check_feature_names(self, X, reset=False)
        paths = self._paths(X)
        pillow()  # whose absence is no fault of the first file
        first, said, deep = self._load(paths[0])
        warnings_of, are_deep = [said] * len(paths), [deep] * len(paths)
        out = np.empty((len(paths), *first.shape), np.float32)
        out[0] = first

        def fill(start: int) -> None:
            for i in range(start, min(start + FILES_AT_A_TIME, len(paths))):
                array, warnings_of[i], are_deep[i] = self._load(paths[i])
                if array.shape != first.shape:
                    raise ValueError(_differ(paths[0], first, paths[i], array))
                out[i] = array

        starts = range(1, len(paths), FILES_AT_A_TIME)
        Parallel(n_jobs=self.n_jobs, prefer="threads", require="sharedmem")(
            delayed(fill)(start) for start in starts
        )
        _warn_once(warnings_of)
        if self.color_mode in ("grayscale", "palette") and len(set(are_deep)) > 1:
            pair_of = paths[are_deep.index(False)], paths[are_deep.index(True)]
            warn(MSG_DEPTHS.format(shallow=pair_of[0], deep=pair_of[1]))
        return out

    def _check_params(self) -> None:
        self._validate_params()
        check_how(self.color_mode, self.interpolation)
        if self.target_size is not None:
            pair(self.target_size, "target_size")

    def _load(self, path: str) -> tuple[np.ndarray, str | None, bool]:
        """Load a picture; return what is to be said of it, and if it has many bits."""
        image = read(path)
        deep = image.mode.startswith("I") or image.mode == "F"
        warning = warning_of_values(f"{path!r} has", image, self.color_mode)
        image = converted(image, self.color_mode, path)
        if self.target_size is not None:
            size = pair(self.target_size, "target_size")
            image = resized(image, size, self.interpolation, self.keep_aspect_ratio)
        return img_to_array(image), warning, deep

    def _paths(self, X: Any) -> list[str]:
        """List what X holds, below the root."""
        return [os.path.join(self.root or "", name) for name in _names(X)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = []
        return tags


def _names(X: Any) -> Sequence[Any]:
    """Take file names out of a list or one column."""
    if isinstance(X, str | bytes | os.PathLike):
        raise ValueError(
            MSG_COLUMN.format(what=f"{X!r}; for a single picture write [{X!r}]")
        )
    if not (isinstance(X, Sequence) or hasattr(X, "shape")):
        raise TypeError(MSG_COLUMN.format(what=f"{type(X).__name__} {X!r}"))
    if hasattr(X, "shape"):
        shape, column = tuple(X.shape), np.asarray(X)
    else:
        column = np.empty(len(X), dtype=object)
        column[:] = [_single(item) for item in X]
        shape = column.shape
    if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1):
        raise ValueError(MSG_COLUMN.format(what=f"an array of shape {shape}"))
    if not shape[0]:
        raise ValueError("X has 0 samples, and at least 1 is needed.")
    names = list(column.ravel())
    for i, name in enumerate(names):
        if not isinstance(name, str | os.PathLike) or not str(name):
            raise TypeError(
                f"X must hold file names, each a str or a Path. Got {name!r} in row "
                f"{i}."
            )
    return names


def _single(item: Any) -> Any:
    """Take a name out of a row of one."""
    one = isinstance(item, list | tuple | np.ndarray) and len(item) == 1
    return item[0] if one else item


def _warn_once(messages: list[str | None]) -> None:
    """Warn of the first file, and of how many others there are."""
    told = [message for message in messages if message]
    if told:
        others = f" So it is with {len(told) - 1} more files." if len(told) > 1 else ""
        warn(told[0] + others)


def _differ(path: str, first: np.ndarray, other: str, array: np.ndarray) -> str:
    return MSG_SIZES.format(
        first=path,
        first_size=first.shape[:2],
        other=other,
        other_size=array.shape[:2],
    )
