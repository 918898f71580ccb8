"""Where every model stands on one item: a dot a model along one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from cruxbank.report.svg import drawing, el, label, line, number, pc, tip

BINS = 24
"""Dots nearer than a 24th of the line stand on one another."""
STACK, RADIUS, FOOT = 11.0, 5.0, 20.0
HUES = 8


class Stand(NamedTuple):
    """A model's mean on a line from `lo` to `hi`."""

    model: str
    at: float
    answers: int
    hue: int
    """Number of the model's family; the colours repeat after eight."""


def strip(slug: str, title: str, stands: Sequence[Stand], lo: float, hi: float, ends: tuple[str, str]) -> Markup:
    """Dots along a line, stacked where they fall together, lowest model name at the bottom."""
    ordered = sorted(stands, key=lambda s: (s.hue, s.model))
    bins = [round((s.at - lo) / (hi - lo) * BINS) for s in ordered]
    tallest = max(Counter(bins).values(), default=1)
    base = STACK * tallest + 4
    height = base + FOOT
    risen: Counter[int] = Counter()
    dots = []
    for stand, place in zip(ordered, bins, strict=True):
        dots.append(_dot(stand, place, base - RADIUS - 2 - STACK * risen[place]))
        risen[place] += 1
    marks = [line("0", base, "100%", base, "axis"), line("50%", base - 3, "50%", base + 3, "axis")]
    names = [
        label("0", base + 15, ends[0], class_="tick"),
        label("100%", base + 15, ends[1], class_="tick", anchor="end"),
    ]
    said = ", ".join(f"{s.model} {number(s.at)}" for s in ordered)
    desc = f"Mean of each model, from {number(lo)} ({ends[0]}) to {number(hi)} ({ends[1]}): {said or 'none'}."
    return drawing(slug, title, desc, height, *marks, *dots, *names, class_="strip")


def _dot(stand: Stand, place: int, y: float) -> Markup:
    # 2 % of air at either end, so that a dot at the end of the line is not cut
    x = pc(0.02 + 0.96 * place / BINS)
    hint = tip(f"{stand.model}: {number(stand.at)} over {stand.answers} answers")
    return el("circle", hint, cx=x, cy=y, r=RADIUS, class_=f"family f{stand.hue % HUES}")
