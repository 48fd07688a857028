"""Objects of this package as plain dicts: pickles that outlive a move of a class.

Pickle names a class by the module that it is in, and fails where that has moved,
before anything could say which version wrote it. A dict names a kind of object by a
tag, and its state by the names of fields.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

#: The key of a dict that stands for an object; its value is the tag.
TAG = "__sk_keras__"

T = TypeVar("T", bound=type)

_classes: dict[str, type] = {}
_tags: dict[type, str] = {}
_lazy: set[str] = set()


class StandIn(ABC):
    """What stands in a pickle for something that does not pickle well itself."""

    @abstractmethod
    def unpack(self) -> Any:
        """Make again what it stands for."""


def tagged(tag: str, *, lazy: bool = False) -> Callable[[T], T]:
    """Have objects of a dataclass go into pickles as plain dicts.

    Parameters
    ----------
    tag : str
        What they go by, for as long as there are files.
    lazy : bool, default=False
        Whether they get their fields as plain values, to undo them when they want.
    """

    def register(cls: T) -> T:
        _classes[tag], _tags[cls] = cls, tag
        if lazy:
            _lazy.add(tag)
        return cls

    return register


def to_plain(value: Any, stand_in: Callable[[Any], Any] = lambda value: value) -> Any:
    """Put plain dicts for the objects of tagged classes, in containers as well.

    Parameters
    ----------
    value : object
        Dicts, lists and tuples are gone through; what is neither these nor tagged
        stays as it is.
    stand_in : callable
        Called on all others; may return an object of a tagged class for them.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from sk_keras._shared.serialization import from_plain, tagged, to_plain
    >>> @tagged("point of the example")
    ... @dataclass(frozen=True)
    ... class Point:
    ...     x: int
    >>> plain = to_plain([Point(1)])
    >>> plain
    [{'__sk_keras__': 'point of the example', 'x': 1}]
    >>> from_plain(plain)
    [Point(x=1)]
    """
    if type(value) is dict:
        return {k: to_plain(v, stand_in) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(to_plain(v, stand_in) for v in value)
    if type(value) not in _tags:
        value = stand_in(value)
    tag = _tags.get(type(value))
    if tag is None:
        return value
    fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return {TAG: tag, **to_plain(fields, stand_in)}


def from_plain(value: Any) -> Any:
    """Undo `to_plain`.

    Raises
    ------
    ValueError
        If a tag, or a field, is unknown.
    """
    if type(value) in (list, tuple):
        return type(value)(map(from_plain, value))
    if type(value) is not dict:
        return value
    if TAG not in value:
        return {k: from_plain(v) for k, v in value.items()}
    cls = _classes.get(value[TAG])
    fields = {k: v for k, v in value.items() if k != TAG}
    if cls is None or not fields.keys() <= {f.name for f in dataclasses.fields(cls)}:
        raise ValueError(
            f"The file holds a {value[TAG]!r} with the fields {sorted(fields)}, which "
            "this version of sk_keras does not know. Load it with the version that "
            "saved it."
        )
    made = cls(**(fields if value[TAG] in _lazy else from_plain(fields)))
    return made.unpack() if isinstance(made, StandIn) else made
