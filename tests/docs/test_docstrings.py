"""The examples in docstrings of public classes run.

pytest finds those of functions itself. Classes say that they are of the package that
users import them from, where doctest does not look for them.
"""

import doctest
import importlib
import inspect

import pytest

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
PACKAGES = (
    "sk_keras",
    "sk_keras.data",
    "sk_keras.inspection",
    "sk_keras.models",
    "sk_keras.preprocessing",
)


def examples():
    """Find the examples of every public class, those of its methods among them."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for thing in (getattr(package, each) for each in package.__all__):
            if inspect.isclass(thing) and thing.__module__ == name:
                yield from doctest.DocTestFinder(exclude_empty=True).find(
                    thing, f"{name}.{thing.__name__}", module=False, globs={}
                )


EXAMPLES = [example for example in examples() if example.examples]


def test_public_classes_have_examples():
    assert len(EXAMPLES) >= 21


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example(example):
    failed, _ = doctest.DocTestRunner(optionflags=FLAGS).run(example)
    assert not failed
