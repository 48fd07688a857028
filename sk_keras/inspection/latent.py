"""The plane of an autoencoder's two codes, and what its points decode to."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from scipy.stats import norm
from sklearn.utils import check_consistent_length
from sklearn.utils._param_validation import Interval, validate_parameter_constraints
from sklearn.utils.validation import check_is_fitted

from sk_keras._estimators.autoencoder.autoencoder import KerasAutoencoder
from sk_keras._estimators.autoencoder.builder import is_variational
from sk_keras._shared.set_module import set_module
from sk_keras.inspection._plotting import (
    image_shape_of,
    new_axes,
    show_images,
    side_by_side,
)

MSG_PLANE = (
    "{display} draws a plane, and {estimator} has {n} codes. Set encoding_dim=2, or "
    "bring the codes to two dimensions, for instance by sklearn.manifold.TSNE, and "
    "give them to {display}(codes, y).plot()."
)

#: Up to so many different numbers, y is taken for classes.
MOST_CLASSES = 20


@set_module("sk_keras.inspection")
class LatentSpaceDisplay:
    """Samples as points in the plane of two codes.

    Make it by `from_estimator`, or from two numbers for each sample that come from
    elsewhere.

    Parameters
    ----------
    codes : array-like of shape (n_samples, 2)
    y : array-like of shape (n_samples,) or None, default=None
        Classes or values, which give points their colours.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
    figure_ : matplotlib.figure.Figure
    points_ : list of matplotlib.collections.PathCollection
        One for each class; a single one for values, or without y.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sk_keras import KerasAutoencoder
    >>> from sk_keras.inspection import LatentSpaceDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> vae = KerasAutoencoder("variational", encoding_dim=2, epochs=2, random_state=0)
    >>> display = LatentSpaceDisplay.from_estimator(vae.fit(X / 16), X / 16, y)
    >>> len(display.points_)
    10
    """

    def __init__(self, codes: Any, y: Any = None) -> None:
        self.codes = codes
        self.y = y

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any = None, *, ax: Any = None, **scatter: Any
    ) -> LatentSpaceDisplay:
        """Encode samples, and draw their codes.

        Parameters
        ----------
        estimator : fitted transformer
            Whose ``transform`` gives two columns.
        X : array-like of shape (n_samples, ...)
        y : array-like of shape (n_samples,), default=None
            Classes or values, which give points their colours.
        ax : matplotlib.axes.Axes, default=None
            None makes a new figure.
        **scatter : dict
            Arguments of `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : LatentSpaceDisplay

        Raises
        ------
        ValueError
            If there are not two codes.
        """
        check_is_fitted(estimator)
        codes = np.asarray(estimator.transform(X))
        if codes.shape[1] != 2:
            name = type(estimator).__name__
            text = MSG_PLANE.format(
                display=cls.__name__, estimator=name, n=codes.shape[1]
            )
            raise ValueError(text)
        return cls(codes, y).plot(ax=ax, **scatter)

    def plot(self, *, ax: Any = None, **scatter: Any) -> LatentSpaceDisplay:
        """Draw the points, with a legend of the classes.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None makes a new figure.
        **scatter : dict
            Arguments of `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : LatentSpaceDisplay

        Raises
        ------
        ValueError
            If there are not two codes for each sample, or not as many of ``y``.
        TypeError
            If colours or labels are given beside ``y``, which makes them.
        """
        ax, figure = new_axes(ax)
        y = None if self.y is None else np.asarray(self.y)
        if y is not None:
            _refuse_twice(scatter)
        options = {"s": 8, "alpha": 0.7, "linewidths": 0, **scatter}
        codes = np.asarray(self.codes)
        if codes.ndim != 2 or codes.shape[1] != 2:
            raise ValueError(
                f"{type(self).__name__} draws a plane, and needs two codes for each "
                f"sample. Got codes of shape {codes.shape}."
            )
        if y is not None:
            check_consistent_length(codes, y)
        classes: Any = [] if y is None else np.unique(y)
        labels = y is not None and y.dtype.kind not in "iuf"
        if labels or 0 < len(classes) <= MOST_CLASSES:
            self.points_ = _draw_classes(ax, codes, y, classes, options)
        else:
            points = ax.scatter(*codes.T, **({} if y is None else {"c": y}), **options)
            if y is not None:
                figure.colorbar(points, ax=ax)
            self.points_ = [points]
        ax.set(xlabel="code 0", ylabel="code 1")
        self.ax_, self.figure_ = ax, figure
        return self


def _refuse_twice(scatter: dict[str, Any]) -> None:
    """Refuse what y decides on already."""
    twice = sorted({"c", "color", "label"} & set(scatter))
    if twice:
        raise TypeError(
            f"{', '.join(twice)} was given, and y gives points their colours and "
            "labels. Leave one of them out."
        )


def _draw_classes(
    ax: Any, codes: np.ndarray, y: Any, classes: Any, options: dict[str, Any]
) -> list[Any]:
    import matplotlib

    colours = matplotlib.colormaps["tab10" if len(classes) <= 10 else "tab20"]
    points = [
        ax.scatter(
            *codes[y == one].T,
            **{"color": colours(i % colours.N), **options},
            label=one,
        )
        for i, one in enumerate(classes)
    ]
    outside = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}
    ax.legend(**outside, markerscale=2.5, frameon=False)
    return points


@set_module("sk_keras.inspection")
class ManifoldDisplay:
    """What the points of the plane of two codes decode to, as images.

    The points are quantiles of the normal distribution, which codes of a variational
    autoencoder follow: each image stands for as many samples. Make it by
    `from_estimator`.

    Parameters
    ----------
    images : array of shape (n * n, height, width) or (n * n, height, width, channels)
        Row after row, from the greatest second code to the least, as in a plane.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
    figure_ : matplotlib.figure.Figure
    image_ : matplotlib.image.AxesImage
        All images in one.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sk_keras import KerasAutoencoder
    >>> from sk_keras.inspection import ManifoldDisplay
    >>> X = load_digits().data / 16
    >>> vae = KerasAutoencoder("variational", encoding_dim=2, epochs=2, random_state=0)
    >>> ManifoldDisplay.from_estimator(vae.fit(X), n_images=5).images.shape
    (25, 8, 8)
    """

    def __init__(self, images: np.ndarray) -> None:
        self.images = images

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        n_images: int = 15,
        image_shape: tuple[int, ...] | None = None,
        ax: Any = None,
        **imshow_params: Any,
    ) -> ManifoldDisplay:
        """Decode points of the plane, and draw them.

        Parameters
        ----------
        estimator : fitted transformer
            Whose ``inverse_transform`` takes two columns: a variational
            `KerasAutoencoder` of two codes, or a Pipeline that ends in one.
        n_images : int, default=15
            Images in a row and in a column.
        image_shape : tuple of int, default=None
            Height, width and channels of a sample. None takes flat samples of 4, 9,
            16 ... numbers for square images.
        ax : matplotlib.axes.Axes, default=None
            None makes a new figure.
        **imshow_params : dict
            Arguments of `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : ManifoldDisplay

        Raises
        ------
        ValueError
            If there are not two codes, samples are no images, or an autoencoder is not
            variational: nobody knows where its codes lie.
        """
        check_is_fitted(estimator)
        validate_parameter_constraints(
            {"n_images": [Interval(Integral, 1, None, closed="left")]},
            {"n_images": n_images},
            f"{cls.__name__}.from_estimator",
        )
        n_codes = len(estimator.get_feature_names_out())
        if n_codes != 2:
            name = type(estimator).__name__
            raise ValueError(
                f"{cls.__name__} decodes points of a plane, and {name} has {n_codes} "
                "codes. Set encoding_dim=2."
            )
        last = estimator[-1] if hasattr(estimator, "named_steps") else estimator
        if isinstance(last, KerasAutoencoder) and not is_variational(last.encoder_):
            raise ValueError(
                f"{cls.__name__} decodes quantiles of the normal distribution, which "
                f"codes of {last.model!r} do not follow. Use KerasAutoencoder("
                "'variational'), or LatentSpaceDisplay to see the codes."
            )
        ends = (0.05, 0.95) if n_images > 1 else (0.5, 0.5)
        points = norm.ppf(np.linspace(*ends, n_images))
        grid = [(x, y) for y in reversed(points) for x in points]
        decoded = np.asarray(estimator.inverse_transform(np.array(grid)))
        shape = image_shape_of(decoded.shape[1:], image_shape)
        display = cls(decoded.reshape(-1, *shape))
        return display.plot(ax=ax, **imshow_params)

    def plot(self, *, ax: Any = None, **imshow_params: Any) -> ManifoldDisplay:
        """Draw the images, the first code from left to right, the second upwards.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None makes a new figure.
        **imshow_params : dict
            Arguments of `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : ManifoldDisplay
        """
        ax, figure = new_axes(ax, (6.4, 6.4))
        n = round(len(self.images) ** 0.5)
        whole = side_by_side(self.images, n, n)
        self.image_ = show_images(ax, whole, imshow_params)
        ax.set(xlabel="code 0", ylabel="code 1")
        self.ax_, self.figure_ = ax, figure
        return self
