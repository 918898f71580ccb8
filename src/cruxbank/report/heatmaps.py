"""A grid of coloured cells: seven steps of one hue, each with its own letter colour."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from cruxbank.report.svg import drawing, el, joined, label, line, pc, tip
from cruxbank.report.wording import shorten_apart

STEPS = 7
ROW, HEAD = 26.0, 84.0
NAMED = 16
"""Characters of a name beside or above the cells."""
WRITTEN = 24
"""Cells of wider grids are too narrow for a number; the table has them."""
Cells = Sequence[Sequence[float | None]]


def step(value: float, top: float) -> int:
    """Which of the seven colours: 0 for nothing, 1 to 6 for equal parts up to `top`."""
    if value <= 0 or top <= 0:
        return 0
    return min(STEPS - 1, math.ceil(value / top * (STEPS - 1) - 1e-9))


def heatmap(
    slug: str,
    title: str,
    desc: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Cells,
    write: Callable[[float], str],
    *,
    breaks: Sequence[int] = (),
    least: float = 0.0,
    zeros: bool = False,
) -> Markup:
    """Rows by columns; None is a cell without data.

    `breaks` are row (and column) numbers before which a rule stands; `least` is the smallest value that the darkest
    colour may mean; with `zeros` cells of 0 are written too.
    """
    top = max([least, *(v for row in cells for v in row if v is not None)])
    heads = [_head(name, (j + 0.5) / len(columns)) for j, name in enumerate(shorten_apart(columns, NAMED))]
    body = [
        _cell(_Cell(cells[i][j], i, j, f"{name}, {columns[j]}"), top, len(columns), write, zeros)
        for i, name in enumerate(rows)
        for j in range(len(columns))
    ]
    names = [
        label("-8", HEAD + (i + 0.5) * ROW + 4, name, class_="side", anchor="end")
        for i, name in enumerate(shorten_apart(rows, NAMED))
    ]
    height = HEAD + ROW * len(rows) + 2
    rules = [r for b in breaks for r in _rules(b, len(columns), height)]
    return drawing(slug, title, desc, height, *heads, *names, *body, *rules, class_="heat")


def _head(name: str, x: float) -> Markup:
    """A slanted column head. The inner svg carries the place in per cent, which a rotation cannot."""
    text = el("text", name, x=0, y=0, transform="rotate(-55)", class_="side")
    return el("svg", text, x=pc(x), y=HEAD - 8, overflow="visible", width=1, height=1)


class _Cell(NamedTuple):
    value: float | None
    row: int
    column: int
    name: str


def _cell(cell: _Cell, top: float, width: int, write: Callable[[float], str], zeros: bool) -> Markup:
    value, i, j, name = cell
    said = "no data" if value is None else write(value)
    kind = "none" if value is None else f"h{step(value, top)}"
    y = HEAD + i * ROW
    parts = [
        tip(f"{name}: {said}"),
        el("rect", x=pc(j / width), y=y, width=pc(1 / width), height=ROW, class_=f"cell {kind}"),
    ]
    if value is not None and (value > 0 or zeros) and width <= WRITTEN:
        at = pc((j + 0.5) / width)
        parts.append(label(at, y + ROW / 2 + 4, said, class_=f"in {kind}", anchor="middle"))
    return el("g", joined(parts))


def _rules(at: int, width: int, height: float) -> list[Markup]:
    x, y = pc(at / width), HEAD + at * ROW
    return [line(x, HEAD, x, height - 2, "rule"), line("0", y, "100%", y, "rule")]
