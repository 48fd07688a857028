"""The examples in docstrings run.

Public classes say that they are of the package that users import them from, where
pytest's own collector would not look for them.
"""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import sk_keras

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def defined_in(module):
    """Yield the functions and classes that a module defines, and does not import."""
    lines = set(inspect.getsource(module).splitlines())
    for name, thing in vars(module).items():
        starts = (f"def {name}(", f"class {name}(", f"class {name}:")
        if any(line.startswith(starts) for line in lines):
            yield name, thing


def examples():
    """Find the examples of all functions and classes, those of methods among them."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    for found in pkgutil.walk_packages(sk_keras.__path__, "sk_keras."):
        module = importlib.import_module(found.name)
        for name, thing in defined_in(module):
            full = f"{found.name.removeprefix('sk_keras.')}.{name}"
            yield from finder.find(thing, full, module=False, globs=vars(module))


#: What the names of those have in them that train a model.
TRAIN = ("Display", "Keras", "Monitor", "clear_cache", "search_history")

EXAMPLES = {example.name: example for example in examples() if example.examples}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow)
        if any(part in name for part in TRAIN)
        else name
        for name in EXAMPLES
    ],
)
def test_example(name):
    failed, _ = doctest.DocTestRunner(optionflags=FLAGS).run(EXAMPLES[name])
    assert not failed
