"""One contender in a process of its own.

``python -m tests.benchmarks.worker KIT SETTINGS DISTRIBUTION...`` answers requests on
its standard input, a line of JSON each, until the input ends. It runs in every
environment: all that it imports besides the kit are the standard library, NumPy and
scikit-learn.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from importlib import metadata
from typing import Any

from tests.benchmarks.measures import MEASURES
from tests.benchmarks.settings import from_json


def main(kit_name: str, settings_json: str, *distributions: str) -> None:
    """Answer requests for measures.

    Parameters
    ----------
    kit_name : str
        A module of `tests.benchmarks.kits`.
    settings_json : str
    *distributions : str
        Packages whose versions are the first answer.
    """
    # Libraries print; only answers may reach the one who asks.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    settings = from_json(json.loads(settings_json))
    kit = importlib.import_module(f"tests.benchmarks.kits.{kit_name}")
    versions = {name: metadata.version(name) for name in distributions}
    print(json.dumps({"Python": platform.python_version(), **versions}), file=answers)
    for line in sys.stdin:
        print(json.dumps(_answer(kit, settings, json.loads(line))), file=answers)


def _answer(kit: Any, settings: Any, request: dict[str, Any]) -> dict[str, Any]:
    measure = MEASURES[request.pop("measure")]
    try:
        return measure(kit, settings, **request)
    except Exception as error:  # the others go on
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main(*sys.argv[1:])
