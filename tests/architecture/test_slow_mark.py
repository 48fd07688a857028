"""The hook that fails a slow test without the mark, and the choice of processes."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import conftest, slow
from tests.slow import LIMIT, START, Judge

LONG = 1.5 * LIMIT


@pytest.mark.parametrize(
    ("spent", "slowness", "limit"),
    [
        (0.9 * LIMIT, 1.0, None),
        (1.1 * LIMIT, 1.0, LIMIT),
        (1.5 * LIMIT, 2.0, None),
        (2.1 * LIMIT, 2.0, 2 * LIMIT),
    ],
    ids=["short", "long", "long-on-a-slow-processor", "too-long-there-too"],
)
def test_the_limit_goes_with_the_processor(spent, slowness, limit):
    assert Judge(lambda: slowness).exceeded(spent, keras=False) == limit


def test_the_first_long_test_pays_for_the_start_of_tensorflow():
    judge = Judge(lambda: 1.0)
    assert judge.exceeded(0.9 * START, keras=True) is None
    assert judge.exceeded(LONG, keras=True) is None
    assert judge.exceeded(LONG, keras=True) == LIMIT


def test_a_slow_processor_is_measured(monkeypatch):
    monkeypatch.setattr(slow, "calibration", lambda: 3 * slow.REFERENCE)
    assert slow.slowness() == pytest.approx(3)
    monkeypatch.setattr(slow, "calibration", lambda: slow.REFERENCE / 3)
    assert slow.slowness() == 1


TESTS = """
import subprocess, sys, time
import pytest

def work(seconds=0.3):
    began = time.process_time()
    while time.process_time() < began + seconds:
        pass

@pytest.fixture
def long():
    work()

def test_long():
    work()

def test_long_in_a_child():
    subprocess.run([sys.executable, "-c", "sum(range(2 * 10**7))"])

@pytest.mark.slow
def test_long_and_marked():
    work()

def test_after_a_long_fixture(long):
    pass

def test_sleeps():
    time.sleep(0.5)
"""

PLUGIN = """
from tests import slow
slow.LIMIT = 0.2
slow.START = 0.1
slow.slowness = lambda: 1.0
slow.judge = slow.Judge(slow.slowness)
from tests.slow import pytest_runtest_call
"""


@pytest.mark.slow
def test_a_long_test_without_the_mark_fails(tmp_path):
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")
    root = Path(conftest.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rN", tmp_path, "--rootdir", tmp_path],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert "2 failed, 3 passed" in done.stdout, done.stdout
    assert done.stdout.count("This test took") == 2
    failed = re.findall("_ (test_[a-z_]+) _", done.stdout)
    assert failed == ["test_long", "test_long_in_a_child"]


@pytest.mark.parametrize(
    ("arguments", "processes"),
    [
        ([__file__], 0),
        ([f"{__file__}::one", f"{__file__}::two[a::b]"], 0),
        ([__file__, conftest.__file__], None),
        ([str(Path(__file__).parent)], None),
        (["tests", "sk_keras"], None),
    ],
    ids=["file", "tests-of-a-file", "files", "folder", "all"],
)
def test_one_file_starts_no_processes(arguments, processes):
    config = SimpleNamespace(args=arguments)
    assert conftest.pytest_xdist_auto_num_workers(config) == processes


def test_garbage_collections_do_not_count(monkeypatch):
    collections = slow.Collections(iter([1.0, 3.5]).__next__)
    collections("start", {})
    collections("stop", {})
    with monkeypatch.context() as patched:  # the hook itself looks there afterwards
        patched.setattr(slow, "collections", collections)
        spent = slow.processor_time() - sum(os.times()[:4])
    assert spent == pytest.approx(-2.5, abs=0.1)


def test_processor_time_is_no_wall_time():
    began = slow.processor_time()
    time.sleep(0.2)
    assert slow.processor_time() - began < 0.15
