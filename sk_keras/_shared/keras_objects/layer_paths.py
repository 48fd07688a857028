"""Layers of a model by their paths: the names of the models around them, and their own.

The path of a layer reads ``base/block5_conv1``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Any

#: How many names a message lists.
MAX_LISTED = 40


@dataclass(frozen=True)
class LayerPath:
    """A layer in a model.

    Attributes
    ----------
    chain : tuple of keras.Layer
        The models that the layer is in, without the whole one, and the layer.
    """

    chain: tuple[Any, ...]

    @property
    def layer(self) -> Any:
        """The layer itself."""
        return self.chain[-1]

    @property
    def path(self) -> str:
        """Its name after those of the models that it is in."""
        return "/".join(self.names())

    def names(self, renamed: Mapping[str, str] | None = None) -> list[str]:
        """List the names along the path, some of them replaced by others."""
        return [(renamed or {}).get(thing.name, thing.name) for thing in self.chain]

    def ends(self, renamed: Mapping[str, str] | None = None) -> list[str]:
        """List the names that it goes by: its own, and longer and longer paths."""
        names = self.names(renamed)
        return ["/".join(names[start:]) for start in range(len(names))]

    def stretches(self, renamed: Mapping[str, str] | None = None) -> list[str]:
        """List all stretches of the path, names of models that it is in included."""
        names = self.names(renamed)
        pairs = combinations(range(len(names) + 1), 2)
        return ["/".join(names[start:stop]) for start, stop in pairs]


def any_matches(names: Iterable[str], pattern: str) -> bool:
    """Tell whether one of the names matches a shell pattern."""
    return any(fnmatchcase(name, pattern) for name in names)


def counts_on_numbers(
    names: Callable[[Mapping[str, str]], Iterable[str]],
    pattern: str,
    numbered: Mapping[str, str],
) -> bool:
    """Tell whether a pattern matches otherwise where Keras counts from elsewhere.

    Parameters
    ----------
    names : callable
        Gives the names of a layer, from other names for some.
    pattern : str
    numbered : dict of str to str
        Names that Keras has made up, and what they are without their numbers.
    """
    numbers = ("", "_7", "_77", "_777")
    others = [{name: stem + n for name, stem in numbered.items()} for n in numbers]
    others.append({})  # as they are now
    return len({any_matches(names(renamed), pattern) for renamed in others}) > 1


def listed(layers: list[LayerPath]) -> str:
    """Spell the paths of layers for a message, of many the first ones."""
    names = [layer.path for layer in layers]
    more = len(names) - MAX_LISTED
    return f"{names[:MAX_LISTED]}" + (f" and {more} more" if more > 0 else "")
