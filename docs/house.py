"""Draw `docs/images/house.svg` from the package's imports: ``python docs/house.py``.

The floors are those of the contracts for import-linter in `pyproject.toml`, the lines
the first ones of the packages' docstrings. An arrow is as thick as there are imports,
in three steps, so that one import more seldom changes the picture.
"""

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "house.svg"
PACKAGE = "sk_keras"

WIDTH = 800
MARGIN = 12
COLOURS = ("#0072b2", "#c04a00", "#00785a", "#8e4585", "#8a6d00", "#b5304f", "#4d4d4d")

#: From how many imports on an arrow is how thick.
THICKNESS = {1: 1.2, 4: 2.6, 16: 4.5}

LEGEND = (
    "An arrow goes from a package to one that it imports from: thin for up to 3 "
    "imports, thicker for up to 15, thickest for more.",
    "Boxes that touch are on one floor, and import nothing from each other.",
)


@dataclass
class Box:
    """One package or module as a box.

    Attributes
    ----------
    name : str
        With the names of the packages around it.
    x, y, width, height : float
    colour : str
    sources : list of Box
        What imports from it, the nearest first: its arrows arrive in this order.
    """

    name: str
    x: float
    y: float
    width: float
    height: float = 0
    colour: str = ""
    sources: list["Box"] = field(default_factory=list)

    @property
    def right(self) -> float:
        """Where arrows begin and end."""
        return self.x + self.width

    def port(self, number: int) -> float:
        """Return the height of an arrow at the right edge; the last is its own."""
        return self.y + self.height * (number + 1) / (len(self.sources) + 2)


# --- what imports what ----------------------------------------------------------------


@cache
def modules() -> dict[str, Path]:
    """Map the names of all modules of the package to their files."""
    files = sorted((ROOT / PACKAGE).rglob("*.py"))
    names = [".".join(f.relative_to(ROOT).with_suffix("").parts) for f in files]
    named = zip(names, files, strict=True)
    return {name.removesuffix(".__init__"): file for name, file in named}


@cache
def imports() -> set[tuple[str, str]]:
    """Return all pairs of a module and one that it imports from, anywhere in it."""
    files = modules()
    return {
        (importer, name)
        for importer, file in files.items()
        for name in _imported(ast.parse(file.read_text()), files)
    }


def _imported(tree: ast.Module, files: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in files)
        elif isinstance(node, ast.ImportFrom) and node.module in files:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in files else node.module for name in whole)


def floors() -> list[tuple[str, list[list[str]]]]:
    """Return each contract's package, and the names on each of its floors."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    found = []
    for contract in settings["importlinter"]["contracts"]:
        if contract["type"] == "layers":
            (around,) = contract.get("containers", [""])
            whole = [
                [part.strip() for part in f.split(":")] for f in contract["layers"]
            ]
            prefix = f"{around}." if around else ""
            found.append((around, [[prefix + name for name in f] for f in whole]))
    return found


# --- where things are drawn -----------------------------------------------------------


def count_between(names: list[str]) -> Counter[tuple[str, str]]:
    """Count the imports between packages, those within left out."""

    def home(module: str) -> str | None:
        around = (name for name in names if f"{module}.".startswith(f"{name}."))
        return next(around, None)

    pairs = ((home(importer), home(imported)) for importer, imported in imports())
    return Counter((a, b) for a, b in pairs if a and b and a != b)


def _column(
    whole: list[list[str]],
    counts: Counter[tuple[str, str]],
    x: float,
    y: float,
    width: float,
    inner: dict[str, float],
) -> list[Box]:
    """Put floors below each other; ``inner`` has the heights of boxes around others."""
    boxes: list[Box] = []
    for floor in whole:
        for name in floor:
            box = Box(name, x, y, width)
            # The lane of the source that is drawn last is the nearest.
            box.sources = [b for b in reversed(boxes) if counts[b.name, name]]
            box.height = max(42, 9 * (len(box.sources) + 2)) + inner.get(name, 0)
            box.colour = COLOURS[len(boxes) % len(COLOURS)]
            boxes.append(box)
            y += box.height
        y += 12
    return boxes


def _arrows(
    boxes: list[Box], counts: Counter[tuple[str, str]], end: float, behind: str
) -> Iterator[str]:
    """Draw the arrows of a column of boxes, each source in a lane of its own.

    Where they cross, the one above has an edge in the colour ``behind`` it.
    """
    origins = [b for b in boxes if any(counts[b.name, other.name] for other in boxes)]
    step = (end - boxes[0].right - 8) / len(origins)
    lane = {box.name: end - i * step - 8 for i, box in enumerate(origins)}
    heads = []
    for source in origins:
        start, x = source.port(len(source.sources)), lane[source.name]
        around, lines = [], []
        for target in (box for box in boxes if source in box.sources):
            y, tip = target.port(target.sources.index(source)), target.right + 1
            n = counts[source.name, target.name]
            thick = max(width for least, width in THICKNESS.items() if n >= least)
            path = f"M{source.right:.1f} {start:.1f}H{x:.1f}V{y:.1f}H{tip + 7:.1f}"
            line = f'<path d="{path}" fill="none" stroke-linejoin="round"'
            around.append(f'{line} stroke="{behind}" stroke-width="{thick + 3}"/>')
            lines.append(f'{line} stroke="{source.colour}" stroke-width="{thick}"/>')
            heads.append(
                f'<path d="M{tip:.1f} {y:.1f}l9 -4.5v9z" fill="{source.colour}"/>'
            )
        yield from [*around, *lines]
    yield from heads


def _shown(box: Box, fill: str) -> Iterator[str]:
    """Draw a box with its name and what it is for."""
    file = modules()[box.name]
    docstring = ast.get_docstring(ast.parse(file.read_text())) or ""
    about = docstring.splitlines()[0].replace("`", "")
    own = box.name.rpartition(".")[2]
    if about.lower().startswith(f"{own.strip('_')}: "):
        about = about[about.index(":") + 2 :]
    about = escape(about[0].upper() + about[1:])
    name = own + ("/" if file.stem == "__init__" else ".py")
    place = f'x="{box.x}" y="{box.y:.1f}" height="{box.height:.1f}"'
    yield f'<rect {place} width="{box.width}" fill="{fill}" stroke="#8a8f98"/>'
    yield f'<rect {place} width="5" fill="{box.colour}"/>'
    x, y = box.x + 14, box.y + 18
    yield f'<text class="name" x="{x}" y="{y:.1f}">{escape(name)}</text>'
    yield f'<text class="about" x="{x}" y="{y + 16:.1f}">{about}</text>'


def drawn() -> str:
    """Return the picture."""
    (_, outside), (estimators, inside) = floors()
    outer, inner = (
        count_between([name for floor in whole for name in floor])
        for whole in (outside, inside)
    )
    rooms = _column(inside, inner, MARGIN + 16, 0, 400, {})
    room_height = rooms[-1].y + rooms[-1].height + 8
    boxes = _column(outside, outer, MARGIN, MARGIN, 570, {estimators: room_height})
    around = next(box for box in boxes if box.name == estimators)
    for room in rooms:
        room.y += around.y + 44
    bottom = boxes[-1].y + boxes[-1].height + 24
    height = round(bottom + 16 * len(LEGEND))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img">',
        "<title>The packages of sk_keras, and what imports what</title>",
        "<style>.name{font:bold 13px monospace;fill:#1c1e21}"
        ".about,.legend{font:11px sans-serif;fill:#41464d}</style>",
        f'<rect width="{WIDTH}" height="{height}" rx="6" fill="#fff"/>',
        *(part for box in boxes for part in _shown(box, "#f1f3f5")),
        *_arrows(boxes, outer, WIDTH - MARGIN, "#fff"),
        *(part for room in rooms for part in _shown(room, "#fff")),
        *_arrows(rooms, inner, around.right, "#f1f3f5"),
        *(
            f'<text class="legend" x="{MARGIN}" y="{bottom + 16 * i:.1f}">{line}</text>'
            for i, line in enumerate(LEGEND)
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn())
