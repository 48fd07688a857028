"""Virtual environments for contenders whose packages are not here."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.contenders import Contender
from tests.benchmarks.processes import ContenderFailed, say


def interpreter(contender: Contender, cache: Path) -> Path:
    """Return the Python that runs a contender; make its environment if need be.

    pip takes its settings from where it always does, for instance
    ``PIP_EXTRA_INDEX_URL``.

    Parameters
    ----------
    contender : Contender
    cache : Path
        A folder for environments, which are used again.

    Raises
    ------
    ContenderFailed
        If pip cannot install the requirements.
    """
    if not contender.requirements:
        return Path(sys.executable)
    folder = cache / f"{contender.name}-{_fingerprint(contender)}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    complete = folder / "complete"
    if not complete.exists():
        shutil.rmtree(folder, ignore_errors=True)  # left by a run that was stopped
        say(f"making an environment: {' '.join(contender.requirements)}")
        _run(contender, sys.executable, "-m", "venv", str(folder))
        install = ("-m", "pip", "install", "--quiet", *contender.requirements)
        _run(contender, str(python), *install)
        complete.touch()
    return python


def _fingerprint(contender: Contender) -> str:
    """Name the Python and the requirements in a few letters."""
    parts = (sys.version, *contender.requirements)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]


def _run(contender: Contender, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        errors = [s for s in done.stderr.splitlines() if s.startswith("ERROR")]
        reason = errors[-1] if errors else f"exit status {done.returncode}"
        raise ContenderFailed(f"its environment could not be made ({reason})")
