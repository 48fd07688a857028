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

#: The tag of a user's dict that has the key itself.
_ESCAPED = "dict"

#: Values that are plain already; most of them are.
_LEAVES = frozenset((str, int, float, bool, bytes, type(None)))

T = TypeVar("T", bound=type)

_classes: dict[str, type] = {}
_tags: dict[type, str] = {}
_lazy: set[str] = set()


class StandIn(ABC):
    """What stands in a pickle for something that does not pickle well itself."""

    @abstractmethod
    def unpack(self) -> Any:
        """Make again what it stands for."""


@dataclasses.dataclass
class Plain:
    """Plain values that no object has been made of yet."""

    value: Any


def tagged(tag: str, *, lazy: bool = False) -> Callable[[T], T]:
    """Have objects of a dataclass go into pickles as plain dicts.

    Parameters
    ----------
    tag : str
        What they go by, for as long as there are files.
    lazy : bool, default=False
        Whether they get their fields as `Plain`, to undo them when they want.
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
    kind = type(value)
    if kind in _LEAVES:
        return value
    if kind is Plain:
        return value.value
    if isinstance(value, dict):
        return _plain_dict(value, stand_in)
    if kind in (list, tuple):
        made = [to_plain(v, stand_in) for v in value]
        same = all(new is old for new, old in zip(made, value, strict=True))
        return value if same else kind(made)
    if kind not in _tags:
        value = stand_in(value)
    tag = _tags.get(type(value))
    if tag is None:
        return value
    fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return {TAG: tag, **{k: to_plain(v, stand_in) for k, v in fields.items()}}


def _plain_dict(value: Any, stand_in: Callable[[Any], Any]) -> Any:
    """Go through a dict; one in which all is plain stays the object that it is."""
    made = {
        k: v if type(v) in _LEAVES else to_plain(v, stand_in) for k, v in value.items()
    }
    if TAG in value:
        return {TAG: _ESCAPED, "items": list(made.items())}
    return value if all(made[k] is v for k, v in value.items()) else made


def from_plain(value: Any) -> Any:
    """Undo `to_plain`.

    Raises
    ------
    ValueError
        If a tag is unknown, or has other fields.
    """
    if type(value) in (list, tuple):
        each = list(map(from_plain, value))
        same = all(new is old for new, old in zip(each, value, strict=True))
        return value if same else type(value)(each)
    if type(value) is not dict:
        return value
    tag: Any = value.get(TAG)
    if tag == _ESCAPED:
        return {k: from_plain(v) for k, v in value["items"]}
    if TAG in value:
        return _made(tag, {k: v for k, v in value.items() if k != TAG})
    made = {k: v if type(v) in _LEAVES else from_plain(v) for k, v in value.items()}
    return value if all(made[k] is v for k, v in value.items()) else made


def _made(tag: str, fields: dict[str, Any]) -> Any:
    """Make the object that a tagged dict stands for."""
    cls = _classes.get(tag)
    known = () if cls is None else dataclasses.fields(cls)
    needed = {f.name for f in known if f.default is f.default_factory}
    if cls is None or not needed <= fields.keys() <= {f.name for f in known}:
        raise ValueError(
            f"The file holds a {tag!r} with the fields {sorted(fields)}, which this "
            "version of sk_keras does not know. Load it with the version that saved it."
        )
    wrap: Callable[[Any], Any] = Plain if tag in _lazy else from_plain
    made = cls(**{k: wrap(v) for k, v in fields.items()})
    return made.unpack() if isinstance(made, StandIn) else made
