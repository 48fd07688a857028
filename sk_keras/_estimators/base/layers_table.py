"""The layers of a fitted model as an HTML table, for notebooks."""

from __future__ import annotations

from html import escape
from typing import Any

_ROW = """<tr><td>{name}</td><td>{kind}</td><td>{shape}</td>
<td style="text-align: right">{count:,}</td></tr>"""

_TABLE = """<details open style="font-family: monospace"><summary>{title}</summary>
<table><thead>
<tr><th>layer</th><th>type</th><th>output shape</th><th>parameters</th></tr>
</thead><tbody>{rows}</tbody></table></details>"""


def layers_table(model: Any) -> str:
    """Return a model's layers as an HTML table.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    html : str
        Name, type, output shape and number of parameters of every layer.
    """
    rows = [
        _ROW.format(
            name=escape(layer.name),
            kind=escape(type(layer).__name__),
            shape=escape(_shape(layer)),
            count=layer.count_params() if layer.built else 0,
        )
        for layer in model.layers
    ]
    title = f"{escape(model.name)}: {model.count_params():,} parameters"
    return _TABLE.format(title=title, rows="".join(rows))


def _shape(layer: Any) -> str:
    try:
        return str(getattr(layer.output, "shape", "several"))
    except (AttributeError, ValueError):  # no graph, or called more than once
        return "?"
