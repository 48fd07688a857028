"""Everything that is kept between fits, dropped."""

from __future__ import annotations

from sk_keras._estimators.features.kept_rows import kept_rows
from sk_keras._shared.set_module import set_module
from sk_keras._training.programs.program_cache import kept_programs


@set_module("sk_keras")
def clear_cache() -> None:
    """Drop all traced programs, and the features that are kept.

    The first fit and the first prediction of each architecture trace a
    program, which later ones use again. At most 128 are kept, those used last; they
    take a few megabytes each and some 300 in all, and features 128.

    Examples
    --------
    >>> import sk_keras
    >>> sk_keras.clear_cache()
    """
    kept_programs.clear()
    kept_rows.clear()
