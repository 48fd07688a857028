"""How pytest runs: on how many processes, and which tests are slow."""

import os

from tests.slow import pytest_runtest_call  # noqa: F401


def pytest_xdist_auto_num_workers(config):
    """Use every core, but start no process for the tests of one file."""
    files = {argument.partition("::")[0] for argument in config.args}
    one = len(files) == 1 and os.path.isfile(files.pop())
    return 0 if one else os.cpu_count()
