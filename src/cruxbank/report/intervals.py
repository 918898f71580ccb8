"""Separation with its intervals, sorted: labelled rows for a few items, a rank plot for many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from cruxbank.report.svg import drawing, el, label, line, number, pc, tip
from cruxbank.report.wording import bits, shorten, ticks

FEW = 24
"""Up to so many items each has a row with its question; more are a rank plot."""
MANY = 400
"""More than so many whiskers cannot be told apart at 1,200 pixels: they are thinned evenly."""
ROW, AXIS, TALL = 36.0, 22.0, 240.0


class Interval(NamedTuple):
    """A figure with its interval (bits)."""

    label: str
    est: float
    lo: float
    hi: float


def intervals(slug: str, rows: Sequence[Interval], *, title: str = "Separation of operational items") -> Markup:
    """The rows, largest estimate first, ties by label."""
    ordered = sorted(rows, key=lambda r: (-r.est, r.label))
    desc = _describe(ordered)
    return _labelled(slug, title, desc, ordered) if len(ordered) <= FEW else _ranked(slug, title, desc, ordered)


def _describe(rows: Sequence[Interval]) -> str:
    if not rows:
        return "No item."
    best, worst = rows[0], rows[-1]
    return (
        f"{len(rows)} items, from {bits(best.est)} bits (95 % interval {bits(best.lo)} to {bits(best.hi)}) "
        f"down to {bits(worst.est)} bits ({bits(worst.lo)} to {bits(worst.hi)})."
    )


def _hint(row: Interval) -> Markup:
    return tip(f"{bits(row.est)} bits ({bits(row.lo)} to {bits(row.hi)}): {shorten(row.label, 120)}")


def _labelled(slug: str, title: str, desc: str, rows: Sequence[Interval]) -> Markup:
    marks = ticks(max((r.hi for r in rows), default=1.0))
    bottom = ROW * len(rows) + 4
    grid = [line(pc(t / marks[-1]), 0, pc(t / marks[-1]), bottom, "grid") for t in marks]
    names = [_tick(t, marks[-1], bottom + 15) for t in marks]
    drawn = [_one(row, i * ROW, marks[-1]) for i, row in enumerate(rows)]
    return drawing(slug, title, desc, bottom + AXIS, *grid, *drawn, *names, class_="intervals")


def _tick(at: float, top: float, y: float) -> Markup:
    anchor = "start" if at == 0 else "end" if at == top else "middle"
    unit = " bits" if at == top else ""
    return label(pc(at / top), y, f"{number(at)}{unit}", class_="tick", anchor=anchor)


def _one(row: Interval, y: float, top: float) -> Markup:
    middle = y + 26
    value = el("tspan", f"{bits(row.est)}  ", class_="value")
    return el(
        "g",
        _hint(row),
        el("text", value, shorten(row.label, 150), x="0", y=y + 15),
        line(pc(row.lo / top), middle, pc(row.hi / top), middle, "whisker"),
        el("circle", cx=pc(row.est / top), cy=middle, r=5, class_="dot"),
    )


def _ranked(slug: str, title: str, desc: str, rows: Sequence[Interval]) -> Markup:
    shown = _thinned(rows)
    marks = ticks(max(r.hi for r in rows))
    grid = [line("0", _y(t, marks[-1]), "100%", _y(t, marks[-1]), "grid") for t in marks]
    names = [_height(t, marks[-1]) for t in marks[1:]]
    drawn = [_upright(row, (i + 0.5) / len(shown), marks[-1]) for i, row in enumerate(shown)]
    ends = [
        label("0", TALL + 18, "best", class_="tick"),
        label("100%", TALL + 18, f"rank {len(rows)}", class_="tick", anchor="end"),
    ]
    return drawing(slug, title, desc, TALL + AXIS, *grid, *drawn, *names, *ends, class_="intervals")


def _height(at: float, top: float) -> Markup:
    """At the right end: there the sorted intervals leave room."""
    return label("100%", _y(at, top) - 3, f"{number(at)} bits", class_="tick", anchor="end")


def _thinned(rows: Sequence[Interval]) -> list[Interval]:
    if len(rows) <= MANY:
        return list(rows)
    return [rows[round(i * (len(rows) - 1) / (MANY - 1))] for i in range(MANY)]


def _y(value: float, top: float) -> float:
    return 18 + (TALL - 18) * (1 - min(1.0, max(0.0, value / top)))


def _upright(row: Interval, x: float, top: float) -> Markup:
    at = pc(x)
    whisker = line(at, _y(row.lo, top), at, _y(row.hi, top), "whisker thin")
    return el("g", _hint(row), whisker, el("circle", cx=at, cy=_y(row.est, top), r=2.5, class_="dot"))
