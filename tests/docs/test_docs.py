"""The Python blocks of the documentation run, and print what it says they print."""

import contextlib
import doctest
import io
import re
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


# The pages show warnings, too.
@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    "page", [p for p in PAGES if "```python" in p.read_text()], ids=lambda p: p.stem
)
def test_page(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = page.read_text()
    # Pickles refer to functions by the module that they are in.
    module = types.ModuleType(f"page_{page.stem}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    blocks = list(BLOCK.finditer(text))
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block[1] != "python":
            continue
        line = text[: block.start()].count("\n") + 1
        printed = io.StringIO()
        code = compile("\n" * line + block[2], str(page), "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, vars(module))
        if following is None or following[1] != "text":
            continue
        if text[block.end() : following.start()].strip():
            continue  # there is prose between the two
        same = doctest.OutputChecker().check_output(
            following[2], printed.getvalue(), FLAGS
        )
        assert same, f"{page.name}:{line} printed\n{printed.getvalue()}"
