"""Public names are said once, in the stubs; Python and type checkers read them."""

import ast
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import sk_keras

ROOT = Path(sk_keras.__file__).parent
PACKAGES = [
    "sk_keras",
    "sk_keras.data",
    "sk_keras.inspection",
    "sk_keras.models",
    "sk_keras.preprocessing",
]
MISSPELT = """
import sk_keras

sk_keras.KerasClasifier
"""


def names_of(package):
    """List the names that a package's stub takes from its modules."""
    stub = ROOT.joinpath(*package.split(".")[1:], "__init__.pyi")
    imports = [n for n in ast.parse(stub.read_text()).body if hasattr(n, "names")]
    pairs = [(each.name, each.asname) for node in imports for each in node.names]
    # Without "as", a type checker takes a name for private.
    assert all(name == public for name, public in pairs)
    return [name for name, _ in pairs]


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_python_sees_the_names_of_the_stub(package):
    module = import_module(package)
    names = sorted(names_of(package))
    assert len(set(names)) == len(names)
    assert sorted(module.__all__) == names
    assert sorted(dir(module)) == names
    for name in names:
        assert getattr(module, name) is not None


def test_every_public_package_has_a_stub():
    stubs = [path.parent.relative_to(ROOT.parent) for path in ROOT.rglob("*.pyi")]
    assert sorted(".".join(path.parts) for path in stubs) == PACKAGES


@pytest.mark.slow
def test_packages_are_attributes_that_load_on_first_use():
    done = run(
        "import sys, sk_keras\n"
        "assert not {'numpy', 'sklearn', 'keras', 'tensorflow'} & set(sys.modules)\n"
        "sk_keras.data, sk_keras.inspection, sk_keras.models, sk_keras.preprocessing\n"
        "sk_keras.models.mlp, sk_keras.preprocessing.TextTokenizer\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)\n"
    )
    assert done.returncode == 0, done.stderr


def test_a_misspelt_name():
    done = run(MISSPELT)
    assert "No sk_keras attribute KerasClasifier" in done.stderr
    assert "Did you mean: 'KerasClassifier'?" in done.stderr
    with pytest.raises(ImportError, match="cannot import name 'KerasClasifier'"):
        from sk_keras import KerasClasifier  # noqa: F401


@pytest.mark.slow
def test_everything_can_be_loaded_at_once():
    done = run("import sk_keras; sk_keras.KerasClassifier", EAGER_IMPORT="1")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_type_checkers_see_every_name(tmp_path):
    lines = [
        f"import {package}\nreveal_type({package}.{name})"
        for package in PACKAGES
        for name in names_of(package)
    ]
    script = tmp_path / "script.py"
    script.write_text(
        "\n".join(lines)
        + "\nreveal_type(sk_keras.KerasClassifier(hidden=3))"
        + "\nreveal_type(sk_keras.KerasClassifier().fit)"
        + MISSPELT
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--ignore-missing-imports"]
        + ["--cache-dir", tmp_path, script],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT.parent,
    )
    *notes, _ = done.stdout.splitlines()
    errors = [line for line in notes if " error: " in line]
    assert len(errors) == 1, done.stdout
    assert 'no attribute "KerasClasifier"; maybe "KerasClassifier"?' in errors[0]
    revealed = [line for line in notes if "Revealed type is" in line]
    assert len(revealed) == len(lines) + 2
    assert not [line for line in revealed if 'is "Any"' in line]
    assert revealed[-2].endswith('"sk_keras._estimators.classifier.KerasClassifier"')
    assert "sample_weight: Any =" in revealed[-1]
