"""Warnings that point at the user's line."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

#: Packages that stand between a user's line and what it comes to, beside Python's own.
_BETWEEN = {"sk_keras", "sklearn", "joblib", "keras", "tensorflow"}


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the innermost line that is the user's.

    As `warnings.warn` does, but with no depth to be counted: there may be a
    pipeline, a search or a callback of Keras' between. Where no line is the user's,
    in a worker process for instance, it is the outermost one of this package.

    Parameters
    ----------
    message : str
    category : type of Warning, default=UserWarning
    """
    place = _place(sys._getframe(1))
    warnings.warn_explicit(
        message,
        category,
        filename=place.f_code.co_filename,
        lineno=place.f_lineno,
        module=place.f_globals.get("__name__", "<string>"),
        # Where Python remembers what was shown once.
        registry=place.f_globals.setdefault("__warningregistry__", {}),
    )


def _place(innermost: FrameType) -> FrameType:
    """Find the frame that a warning is about."""
    place = innermost
    frame: FrameType | None = innermost
    while frame is not None:
        package = _module(frame).partition(".")[0]
        if package not in _BETWEEN and package not in sys.stdlib_module_names:
            return frame
        if package == "sk_keras":
            place = frame
        frame = frame.f_back
    return place


def _module(frame: FrameType) -> str:
    """Name the module of a frame; that of ``python -m`` calls itself __main__."""
    spec = frame.f_globals.get("__spec__")
    return getattr(spec, "name", None) or frame.f_globals.get("__name__") or ""
