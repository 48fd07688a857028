"""Workers: processes that answer in lines of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.benchmarks.contenders import Contender
from tests.benchmarks.settings import Settings, to_json

ROOT = Path(__file__).parents[2]
#: Seconds for an idle worker to end by itself.
PATIENCE = 30


class ContenderFailed(Exception):
    """A contender cannot be measured; the message says why."""


def say(message: str) -> None:
    """Tell the one who waits how far it is."""
    print(message, file=sys.stderr, flush=True)


class Worker:
    """A contender in a process of its own, started at once.

    It is a context manager; the process ends with the block.

    Parameters
    ----------
    contender : Contender
    python : Path
        The interpreter of the contender's environment.
    settings : Settings

    Attributes
    ----------
    versions : dict of str to str
        Of Python and the packages that it uses.
    """

    def __init__(self, contender: Contender, python: Path, settings: Settings) -> None:
        self._limit = settings.limit
        self._log = tempfile.TemporaryFile("w+")
        arguments = [contender.kit, json.dumps(to_json(settings))]
        self._process = subprocess.Popen(
            [
                *(str(python), "-W", "ignore", "-m", "tests.benchmarks.worker"),
                *arguments,
                *contender.distributions,
            ],
            cwd=ROOT,
            env=_variables(contender),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            bufsize=1,
        )
        self.versions: dict[str, str] = {}

    def __enter__(self) -> Worker:
        """Wait until everything is imported."""
        try:
            self.versions = self._answer()
        except ContenderFailed:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._log.close()

    def ask(self, measure: str, **arguments: Any) -> dict[str, Any]:
        """Have something measured, and wait for it.

        Parameters
        ----------
        measure : str
            A name of `tests.benchmarks.measures.MEASURES`.
        **arguments
            Of the measure, plain values.

        Raises
        ------
        ContenderFailed
            If the measure raises an error or takes too long, or the process ends.
        """
        request = json.dumps({"measure": measure, **arguments})
        with suppress(BrokenPipeError):  # it has ended: the answer will tell
            print(request, file=self._process.stdin, flush=True)
        answer = self._answer()
        if "error" in answer:
            raise ContenderFailed(str(answer["error"]))
        return answer

    def _answer(self) -> dict[str, Any]:
        timer = threading.Timer(self._limit, self._process.kill)
        timer.start()
        line = self._process.stdout.readline() if self._process.stdout else ""
        in_time = timer.is_alive()
        timer.cancel()
        if not line and not in_time:
            raise ContenderFailed(f"no answer in {self._limit} s")
        if not line:
            self._log.seek(0)
            last = self._log.read().strip().splitlines()[-1:]
            raise ContenderFailed(f"its process ended ({''.join(last)})")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _variables(contender: Contender) -> dict[str, str]:
    """Return the variables of the environment that a worker gets."""
    variables = {
        **os.environ,
        "CUDA_VISIBLE_DEVICES": "-1",  # on the CPU, all of them
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    if contender.requirements:
        variables.pop("PYTHONPATH", None)  # it is of this environment
    return variables
