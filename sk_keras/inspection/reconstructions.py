"""Originals and reconstructions as one picture."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils._param_validation import Interval, validate_parameter_constraints
from sklearn.utils.validation import check_is_fitted

from sk_keras._shared.set_module import set_module
from sk_keras.inspection._plotting import (
    image_shape_of,
    new_axes,
    show_images,
    side_by_side,
)


@set_module("sk_keras.inspection")
class ReconstructionDisplay:
    """Images over their reconstructions.

    Make it by `from_estimator`.

    Parameters
    ----------
    originals, reconstructions : array of shape (n_images, height, width) or \
(n_images, height, width, channels)

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
    >>> from sk_keras.inspection import ReconstructionDisplay
    >>> X = load_digits().data / 16
    >>> autoencoder = KerasAutoencoder(epochs=2, random_state=0).fit(X)
    >>> display = ReconstructionDisplay.from_estimator(autoencoder, X, n_images=8)
    >>> display.reconstructions.shape
    (8, 8, 8)
    """

    def __init__(self, originals: np.ndarray, reconstructions: np.ndarray) -> None:
        self.originals = originals
        self.reconstructions = reconstructions

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        n_images: int = 10,
        image_shape: tuple[int, ...] | None = None,
        ax: Any = None,
        **imshow_params: Any,
    ) -> ReconstructionDisplay:
        """Reconstruct the first images of X, and draw both.

        Parameters
        ----------
        estimator : fitted transformer
            With ``transform`` and ``inverse_transform``: a `KerasAutoencoder`, a
            Pipeline that ends in one, a PCA to compare with.
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width) \
or (n_samples, height, width, channels)
        n_images : int, default=10
            How many to draw; fewer where X has fewer.
        image_shape : tuple of int, default=None
            Height, width and channels of a sample. None takes flat samples of 4, 9,
            16 ... numbers for square images.
        ax : matplotlib.axes.Axes, default=None
            None makes a new figure.
        **imshow_params : dict
            Arguments of `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : ReconstructionDisplay

        Raises
        ------
        ValueError
            If samples are no images.
        """
        check_is_fitted(estimator)
        validate_parameter_constraints(
            {"n_images": [Interval(Integral, 1, None, closed="left")]},
            {"n_images": n_images},
            f"{cls.__name__}.from_estimator",
        )
        X = (X.tocsr() if sparse.issparse(X) else X)[:n_images]
        again = np.asarray(estimator.inverse_transform(estimator.transform(X)))
        rows = X.toarray() if sparse.issparse(X) else np.asarray(X)
        shape = image_shape_of(rows.shape[1:], image_shape)
        display = cls(*(part.reshape(-1, *shape) for part in (rows, again)))
        return display.plot(ax=ax, **imshow_params)

    def plot(self, *, ax: Any = None, **imshow_params: Any) -> ReconstructionDisplay:
        """Draw the originals, and below each its reconstruction.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            None makes a new figure.
        **imshow_params : dict
            Arguments of `matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : ReconstructionDisplay
        """
        size = (0.8 * len(self.originals) + 1.5, 2.0)
        ax, figure = new_axes(ax, size)
        images = np.concatenate([self.originals, self.reconstructions])
        whole = side_by_side(images, 2, len(self.originals))
        self.image_ = show_images(ax, whole, imshow_params)
        height = self.originals.shape[1]
        ax.set_yticks([(height - 1) / 2, height + (height + 1) / 2])
        ax.set_yticklabels(["original", "reconstruction"])
        ax.tick_params(length=0)
        self.ax_, self.figure_ = ax, figure
        return self
