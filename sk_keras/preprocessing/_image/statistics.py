"""Statistics of images that come batch by batch, exact however they are cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sk_keras._shared.serialization import tagged


class Whitening(NamedTuple):
    """Orthonormal directions, at most one for each image, and what divides each.

    Attributes
    ----------
    directions : ndarray of shape (n_features, n_directions)
    scales : ndarray of shape (n_directions,)
    """

    directions: np.ndarray
    scales: np.ndarray


@tagged("image statistics")
@dataclass
class ImageStatistics:
    """Mean and variance of each channel, and the scatter of all pixels if asked.

    What two sets have is put together by the formula of Chan, Golub and LeVeque,
    "Updating formulae and a pairwise algorithm for computing sample variances"
    (1979), in float64: the order and size of batches do not matter.

    Attributes
    ----------
    mean : ndarray of shape (n_channels,)
    squares : ndarray of shape (n_channels,)
        Sums of squared distances from the mean.
    pixel_mean : ndarray of shape (n_features,) or None
    scatter : ndarray of shape (n_features, n_features) or None
        Sums of products of distances from it, where whitening is wanted.
    n_samples, n_pixels : int
    """

    mean: np.ndarray
    squares: np.ndarray
    pixel_mean: np.ndarray | None = None
    scatter: np.ndarray | None = None
    n_samples: int = 0
    n_pixels: int = 0

    def __post_init__(self) -> None:
        # Kept, for it takes long: what was asked for, and what came out.
        self._whitening: tuple[float, Whitening] | None = None

    @classmethod
    def of(cls, n_channels: int, n_features: int | None = None) -> ImageStatistics:
        """Begin with no image.

        Parameters
        ----------
        n_channels : int
        n_features : int or None
            Values of one image, if their scatter is wanted for whitening; it takes
            ``n_features ** 2`` float64 values.
        """
        none = np.zeros(n_channels)
        if n_features is None:
            return cls(none, none.copy())
        scatter = np.zeros((n_features, n_features))
        return cls(none, none.copy(), np.zeros(n_features), scatter)

    def update(self, images: np.ndarray) -> None:
        """Take in images of shape (n_samples, rows, columns, channels)."""
        self._whitening = None
        images = images.astype(np.float64, copy=False)
        if self.scatter is not None:
            self._update_scatter(images.reshape(len(images), -1))
        pixels = images.reshape(-1, images.shape[-1])
        mean = pixels.mean(axis=0)
        squares = np.square(pixels - mean).sum(axis=0)
        n_pixels = self.n_pixels + len(pixels)
        apart, share = mean - self.mean, len(pixels) / n_pixels
        self.mean = self.mean + apart * share
        self.squares += squares + np.square(apart) * self.n_pixels * share
        self.n_pixels = n_pixels
        self.n_samples += len(images)

    def _update_scatter(self, rows: np.ndarray) -> None:
        assert self.pixel_mean is not None and self.scatter is not None
        mean = rows.mean(axis=0)
        rows = rows - mean
        apart, share = mean - self.pixel_mean, len(rows) / (self.n_samples + len(rows))
        self.scatter += rows.T @ rows
        self.scatter += np.outer(apart, apart * (self.n_samples * share))
        self.pixel_mean = self.pixel_mean + apart * share

    @property
    def has_scatter(self) -> bool:
        """Tell whether there is what whitening needs."""
        return self.scatter is not None

    @property
    def std(self) -> np.ndarray:
        """Standard deviation of each channel, over the number of pixels."""
        return np.sqrt(self.squares / self.n_pixels)

    def whitening(self, epsilon: float) -> Whitening:
        """Find the directions in which images vary, and what to divide each by.

        Parameters
        ----------
        epsilon : float
            Added to the root of the sum of squares along each direction.
        """
        if self._whitening is None or self._whitening[0] != epsilon:
            self._whitening = (epsilon, self._decomposed(epsilon))
        return self._whitening[1]

    def _decomposed(self, epsilon: float) -> Whitening:
        assert self.pixel_mean is not None and self.scatter is not None
        # Images are centred by channel, not by pixel.
        off = self.pixel_mean.reshape(-1, len(self.mean)) - self.mean
        off = off.ravel()
        squares, directions = np.linalg.eigh(
            self.scatter + self.n_samples * np.outer(off, off)
        )
        n_directions = min(self.n_samples, len(squares))
        squares = np.clip(squares[-n_directions:], 0, None)
        scales = (np.sqrt(squares) + epsilon) / np.sqrt(self.n_samples)
        return Whitening(directions[:, -n_directions:], scales)
