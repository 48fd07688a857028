"""The nearest right name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: Spellings of earlier Keras versions and what they are called today.
TODAY = {
    "nb_epoch": "epochs",
    "n_epochs": "epochs",
    "max_iter": "epochs",
    "samples_per_epoch": "fit__steps_per_epoch",
    "nb_val_samples": "fit__validation_steps",
    "lr": "optimizer__learning_rate",
    "learning_rate": "optimizer__learning_rate",
    "optimizer__lr": "optimizer__learning_rate",
}


def suggestion(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Return "Did you mean 'x'? " for the nearest known name, or nothing.

    Parameters
    ----------
    name, known : str and iterable of str
        Both without the prefix.
    prefix : str
        What stands before both in the user's code; ``optimizer__``.
    """
    near = TODAY.get(prefix + name)
    if near is None:
        found = get_close_matches(name, list(known), n=1, cutoff=0.6)
        near = prefix + found[0] if found else None
    return f"Did you mean {TODAY.get(near, near)!r}? " if near else ""
