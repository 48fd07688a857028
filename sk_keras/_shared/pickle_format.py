"""The state of estimators in pickles: plain values, and a format number."""

from __future__ import annotations

from typing import Any

from sk_keras._shared.attributes import learn, shallow_copy
from sk_keras._shared.serialization import from_plain, to_plain
from sk_keras._shared.version import __version__

#: The layout of a pickled estimator. CONTRIBUTING.md says when and how to raise it.
FORMAT = 2

MSG_FORMAT = (
    "This {cls} was saved in format {found} by sk_keras {version}, and this is "
    "sk_keras {here}, which reads format {expected}. Load it with the version that "
    "saved it, or fit it again."
)

MSG_NO_FORMAT = (
    "The state of this {cls} has no format number: it was saved by a version of "
    "sk_keras before there was one, or changed since. Fit the estimator again."
)


def stamped(state: dict[str, Any]) -> dict[str, Any]:
    """Return a plain state with the number of the format, and who wrote it."""
    return {"_format": FORMAT, "_version": __version__, **state}


def checked(estimator: Any, state: dict[str, Any]) -> dict[str, Any]:
    """Return a state without its stamp, before anything else of it is read.

    Raises
    ------
    ValueError
        If it has another format, or none.
    """
    state = dict(state)
    found, version = state.pop("_format", None), state.pop("_version", None)
    if found is None:
        raise ValueError(MSG_NO_FORMAT.format(cls=type(estimator).__name__))
    if found != FORMAT:
        raise ValueError(
            MSG_FORMAT.format(
                cls=type(estimator).__name__,
                found=found,
                version=version,
                here=__version__,
                expected=FORMAT,
            )
        )
    return state


class PlainStateMixin:
    """Pickles of plain values; stands left of `sklearn.base.BaseEstimator`."""

    def __copy__(self) -> Any:
        # As shallow as any; a pickle would make objects of plain values anew.
        return shallow_copy(self)

    def __getstate__(self) -> dict[str, Any]:
        state: Any = super().__getstate__()
        return stamped(self._packed(dict(state)))

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._restore(checked(self, state))

    def _packed(self, state: dict[str, Any]) -> dict[str, Any]:
        """Turn attributes into plain values."""
        plain: dict[str, Any] = to_plain(state)
        return plain

    def _restore(self, state: dict[str, Any]) -> None:
        """Set attributes from plain values."""
        learn(self, from_plain(state))
