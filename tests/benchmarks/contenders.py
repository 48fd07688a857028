"""Who is measured, and which packages each needs."""

from __future__ import annotations

import sys
from dataclasses import dataclass

#: On Linux the plain wheels of PyTorch bring gigabytes for GPUs along. Where pip finds
#: no CPU build, skorch is left out.
TORCH = "torch==2.13.0" + ("+cpu" if sys.platform == "linux" else "")


@dataclass(frozen=True)
class Contender:
    """A library to measure.

    Parameters
    ----------
    name : str
        As the report calls it.
    kit : str
        The module of `tests.benchmarks.kits` that runs it.
    distributions : tuple of str
        Packages whose versions are reported.
    requirements : tuple of str, default=()
        What to install into an environment of its own; it runs in this one where there
        are none.
    """

    name: str
    kit: str
    distributions: tuple[str, ...]
    requirements: tuple[str, ...] = ()


_KERAS = ("keras", "tensorflow", "numpy")

CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender(
            "sk_keras", "with_sk_keras", ("sk_keras", *_KERAS, "scikit-learn", "joblib")
        ),
        Contender(
            "SciKeras",
            "with_scikeras",
            ("scikeras", *_KERAS, "scikit-learn"),
            (
                "scikeras==0.13.0",
                "keras==3.15.1",
                "tensorflow==2.21.0",
                "scikit-learn==1.9.1",
                "numpy==2.4.6",
            ),
        ),
        Contender("Keras", "with_keras", _KERAS),
        Contender(
            "skorch",
            "with_skorch",
            ("skorch", "torch", "scikit-learn", "numpy"),
            ("skorch==1.4.0", TORCH, "scikit-learn==1.9.1", "numpy==2.4.6"),
        ),
        Contender("MLPClassifier", "with_sklearn", ("scikit-learn", "numpy")),
    )
}
