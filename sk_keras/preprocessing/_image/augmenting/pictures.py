"""Pictures that stay in their files until they are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone


class Pictures:
    """The pictures of a column of file names, read when rows are taken.

    Parameters
    ----------
    loader : ImageLoader
        Copied, so that a change of it makes no difference.
    names : list, Series, DataFrame or array of file names

    Attributes
    ----------
    shape : tuple of int
        As if all were read: that of the first picture, which is.

    Raises
    ------
    TypeError
        If the loader is none.
    """

    def __init__(self, loader: Any, names: Any) -> None:
        if not hasattr(loader, "transform") or isinstance(loader, type):
            raise TypeError(
                f"loader must be an ImageLoader, an object of it. Got {loader!r}."
            )
        values = names.to_numpy() if hasattr(names, "to_numpy") else names
        self._names = np.empty(len(names), dtype=object)
        self._names[:] = [n[0] if isinstance(n, np.ndarray) else n for n in values]
        self._loader = clone(loader).fit(list(self._names))
        self.shape = (len(self._names), *self._read(self._names[:1]).shape[1:])

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        images = self._read(self._names[rows])
        if images.shape[1:] != self.shape[1:]:
            raise ValueError(
                f"Pictures are of different sizes: {images.shape[1:]}, and "
                f"{self.shape[1:]} the first. Give the loader a target_size."
            )
        return images

    def _read(self, names: np.ndarray) -> np.ndarray:
        images: np.ndarray = self._loader.transform(list(names))
        return images
