"""Horizontal bars, single or stacked: a line of text above each bar, so that labels fit a phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from cruxbank.report.svg import drawing, el, joined, label, pc, tip

ROW = 38.0


class Part(NamedTuple):
    """A piece of a bar."""

    value: float
    class_: str
    name: str = ""


class Bar(NamedTuple):
    """A bar with its words: `label` to the left, `note` to the right."""

    label: str
    note: str
    parts: tuple[Part, ...]


def bars(slug: str, title: str, desc: str, rows: Sequence[Bar], *, top: float = 0.0) -> Markup:
    """Bars on one scale; the full width is `top`, or the longest bar when `top` is 0."""
    full = top or max((sum(p.value for p in row.parts) for row in rows), default=0.0) or 1.0
    drawn = [_row(row, i * ROW, full) for i, row in enumerate(rows)]
    return drawing(slug, title, desc, ROW * len(rows), *drawn, class_="bars")


def _row(row: Bar, y: float, full: float) -> Markup:
    pieces = [
        label("0", y + 14, row.label),
        label("100%", y + 14, row.note, class_="note", anchor="end"),
        el("rect", x="0", y=y + 20, width="100%", height=10, rx=2, class_="track"),
    ]
    start = 0.0
    for part in row.parts:
        if part.value > 0:
            hint = tip(f"{row.label}: {part.name} {part.value:g}".replace("  ", " "))
            at, wide = pc(start / full), pc(part.value / full)
            pieces.append(el("rect", hint, x=at, y=y + 20, width=wide, height=10, rx=2, class_=part.class_))
        start += part.value
    return el("g", joined(pieces))
