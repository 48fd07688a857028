"""Modules and functions stay small."""

import ast
from pathlib import Path

import pytest

import sk_keras

ROOT = Path(sk_keras.__file__).parent
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))
MAX_MODULE = 330
MAX_BODY = 40
MAX_ENTRIES = 10

#: Modules that are longer, and by what.
LONGER = {
    "_estimators/autoencoder/autoencoder.py": "every parameter, documented",
    "_estimators/classifier.py": "every parameter, documented",
    "_estimators/regressor.py": "every parameter, documented",
    "preprocessing/_image/augmenting/augmenter.py": "every parameter, documented",
    "preprocessing/_image/standardizer.py": "every parameter, documented",
}


def n_lines(module):
    return len((ROOT / module).read_text(encoding="utf-8").splitlines())


def bodies(module):
    """Yield the functions of a module, and the lines of each without docstring."""
    for node in ast.walk(ast.parse((ROOT / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node) is not None
            for first in node.body[documented : documented + 1]:
                yield node.name, node.end_lineno - first.lineno + 1


@pytest.mark.parametrize("module", MODULES)
def test_modules(module):
    if module not in LONGER:
        assert n_lines(module) <= MAX_MODULE
    assert {name: n for name, n in bodies(module) if n > MAX_BODY} == {}


@pytest.mark.parametrize("module", LONGER)
def test_exceptions_are_needed(module):
    assert n_lines(module) > MAX_MODULE


def test_the_root_of_the_package():
    entries = [p.name for p in ROOT.iterdir() if p.name != "__pycache__"]
    assert len(entries) <= MAX_ENTRIES, entries
