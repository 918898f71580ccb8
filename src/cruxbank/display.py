"""What notebooks show: small tables. Every cell is escaped, because it may hold a model's text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from cruxbank.items import Item

SIMULATED = "Simulated models answered: these figures say nothing about any real model."


def html_table(head: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """An HTML table of plain cells.

    >>> html_table(("question",), [("<b>Why?</b>",)]).split("<tbody>")[1]
    '<tr><td>&lt;b&gt;Why?&lt;/b&gt;</td></tr></tbody></table>'
    """
    top = f"<caption>{escape(caption)}</caption>" if caption else ""
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>{top}<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def bits(item: Item) -> str:
    """Joint separation with its interval, empty where nothing was measured."""
    if item.separation is None:
        return ""
    joint = item.separation.joint
    return f"{joint.est:.2f} ({joint.lo:.2f} to {joint.hi:.2f})"


def label(simulated: bool) -> str:
    """The warning that every figure made with simulated models carries."""
    return SIMULATED if simulated else ""
