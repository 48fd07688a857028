"""The table of what is borrowed.

Private names of Keras and TensorFlow may change with any version. Each is used in one
function of this folder, under an entry that says why no public name serves, and what
would replace it. `tests/architecture/test_private_api.py` holds the entries against
what is installed, and keeps private names out of all other modules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

KERAS = "Keras 3.15"
TENSORFLOW = "TensorFlow 2.21"

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Borrowed:
    """Private names, and what is known about them.

    Attributes
    ----------
    module, function : str
        What uses them.
    names : tuple of str
    of : str
        The class or module that has them.
    version : str
        The library, and the version of it that they were written for.
    why : str
        Why no public name serves.
    instead : str
        What would replace them.
    """

    module: str
    function: str
    names: tuple[str, ...]
    of: str
    version: str
    why: str
    instead: str


#: All entries of the modules that have been imported.
BORROWED: list[Borrowed] = []


def borrows(
    *names: str, of: str, version: str = KERAS, why: str, instead: str
) -> Callable[[_Function], _Function]:
    """Enter the names that a function uses into the table.

    The function itself is returned as it is.
    """

    def enter(function: _Function) -> _Function:
        user = function.__module__, function.__name__
        BORROWED.append(Borrowed(*user, names, of, version, why, instead))
        return function

    return enter
