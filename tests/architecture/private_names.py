"""A walk over source code that finds private names of Keras and TensorFlow."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: Private names of others than Keras and TensorFlow.
OF_OTHERS = {
    "_abc_impl",  # Python
    "_getframe",
    "_initializer",  # the end of public names
    # scikit-learn
    "_children_map",
    "_init_callback_context",
    "_log",
    "_parent_callback_ctx",
    "_skl_callbacks",
    "_validate_params",
}

#: What the package calls its own objects by.
OURS = ("self", "cls", "super()", "estimator")

PRIVATE = re.compile(r"_[A-Za-z]\w*")
PRIVATE_MODULE = re.compile(r"\b(tensorflow|tf)\.python\b|\bkeras\.src\b")

#: Functions that take an object and the name of an attribute.
_BY_NAME = ("getattr", "hasattr", "setattr", "delattr", "__getattribute__")
_BY_NAME += ("__setattr__", "__delattr__")


@dataclass(frozen=True)
class Names:
    """Private names that are known.

    Attributes
    ----------
    own : set of str
        Of the package's own classes and modules.
    foreign : set of str
        Of Keras and TensorFlow. One of these may be one of the package's as well:
        then it depends on the object whose it is.
    """

    own: frozenset[str]
    foreign: frozenset[str]


def own_names(trees: Iterable[ast.Module]) -> frozenset[str]:
    """Collect the private names that the package defines itself."""
    found = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if _is_ours(node.value):
                found.add(node.attr)
    return frozenset(found)


def private_uses(tree: ast.Module, names: Names) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each use of a private name."""
    known = names.own | OF_OTHERS
    for node in ast.walk(tree):
        for text in _texts(node):
            if PRIVATE_MODULE.search(text):
                yield node.lineno, text
            elif PRIVATE.fullmatch(text) and text in names.foreign - known:
                yield node.lineno, text
        for owner, name in _lookups(node):
            if not PRIVATE.fullmatch(name):
                continue
            if name not in known or (name in names.foreign and not _is_ours(owner)):
                yield node.lineno, name


def _is_ours(owner: ast.expr) -> bool:
    return ast.unparse(owner) in OURS


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield the modules of an import, paths by points, and strings."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Attribute) and node.attr in ("python", "src"):
        yield ast.unparse(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _lookups(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield the object and the name of an attribute that is looked up in any way."""
    if isinstance(node, ast.Attribute):
        yield node.value, node.attr
    elif isinstance(node, ast.ImportFrom) and node.module:
        if node.module.split(".")[0] in ("keras", "tensorflow"):
            path = [*node.module.split("."), *(alias.name for alias in node.names)]
            yield from ((ast.Name(node.module), name) for name in path)
    elif isinstance(node, ast.Call) and len(node.args) > 1:
        function = ast.unparse(node.func).rpartition(".")[2]
        if function in _BY_NAME:
            yield from _constant(node.args[0], node.args[1])
    elif isinstance(node, ast.Subscript):
        yield from _constant(_holder(node.value), node.slice)
    elif isinstance(node, ast.Compare):
        for where in node.comparators:
            yield from _constant(_holder(where), node.left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.args:  # vars(thing).get("_name")
            yield from _constant(_holder(node.func.value), node.args[0])


def _holder(mapping: ast.expr) -> ast.expr | None:
    """Return the object whose attributes a mapping has."""
    if isinstance(mapping, ast.Attribute) and mapping.attr == "__dict__":
        return mapping.value
    if isinstance(mapping, ast.Call) and ast.unparse(mapping.func) in ("vars", "dir"):
        return mapping.args[0] if mapping.args else None
    return None


def _constant(owner: ast.expr | None, name: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    is_text = isinstance(name, ast.Constant) and isinstance(name.value, str)
    if owner is not None and is_text:
        yield owner, name.value
