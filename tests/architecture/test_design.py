"""docs/design.md names every module once, and none that is not there."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "design.md").read_text()

HEADING = re.compile(r"#+ `(sk_keras/[\w/]*)`")
ROW = re.compile(r"\| `(\w+\.pyi?)` \| \S")
NAME = re.compile(r"`([\w/]+\.py)`")


def listed():
    """Yield the files that the tables have, each under the heading of its folder."""
    folder = ""
    for line in TEXT.splitlines():
        if heading := HEADING.match(line):
            folder = heading[1]
        elif row := ROW.match(line):
            yield f"{folder}{row[1]}"


def test_every_module_is_named_once():
    files = (ROOT / "sk_keras").rglob("*.py")
    modules = [str(f.relative_to(ROOT)) for f in files if f.name != "__init__.py"]
    named = Counter(file for file in listed() if not file.endswith("__init__.py"))
    assert sorted(set(modules) - set(named)) == [], "docs/design.md does not name them"
    assert sorted(set(named) - set(modules)) == [], "docs/design.md names what is gone"
    assert [file for file, count in named.items() if count > 1] == []


def test_every_package_has_a_heading():
    packages = {f.parent for f in (ROOT / "sk_keras").rglob("__init__.py")}
    headings = [m[1] for line in TEXT.splitlines() if (m := HEADING.match(line))]
    assert sorted(headings) == sorted(f"{p.relative_to(ROOT)}/" for p in packages)


def test_every_file_that_is_named_is_there():
    folders = ("sk_keras", "tests", "docs", "examples")
    there = [
        f"/{f.relative_to(ROOT)}" for d in folders for f in (ROOT / d).rglob("*.py")
    ]
    named = sorted(set(NAME.findall(TEXT)))
    assert [n for n in named if not any(t.endswith(f"/{n}") for t in there)] == []
