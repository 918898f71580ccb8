"""How the budget was spent: bits won over calls paid, and a raster of slots by domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from cruxbank.report.svg import drawing, el, label, line, number, pc, tip
from cruxbank.report.wording import bits, plural, shorten, thousands, ticks

TALL, AXIS, LANE = 200.0, 22.0, 22.0
POINTS = 600
"""A longer path than this shows no more at 1,200 pixels."""


class Pull(NamedTuple):
    """One slot as the bandit sees it."""

    slot: int
    domain: str
    topic: str
    calls: int
    won: float
    """Bits of admitted separation, 0 without an item."""
    admitted: bool


def gained(slug: str, pulls: Sequence[Pull]) -> Markup:
    """Admitted bits, summed up, over the calls that were paid."""
    calls, won = _sums(pulls)
    across, up = max(calls[-1], 1), ticks(won[-1])
    grid = [line("0", _y(t, up[-1]), "100%", _y(t, up[-1]), "grid") for t in up]
    names = [label("0", _y(t, up[-1]) - 3, f"{number(t)} bits", class_="tick") for t in up[1:]]
    ends = [
        label("0", TALL + 17, "0 calls", class_="tick"),
        label("100%", TALL + 17, f"{thousands(calls[-1])} calls", class_="tick", anchor="end"),
    ]
    desc = f"{bits(won[-1])} bits of admitted separation after {plural(calls[-1], 'call')} in {plural(len(pulls), 'slot')}."
    path = _path(calls, won, across, up[-1])
    return drawing(slug, "Admitted bits over calls", desc, TALL + AXIS, *grid, path, *names, *ends, class_="gained")


def _sums(pulls: Sequence[Pull]) -> tuple[list[int], list[float]]:
    calls, won = [0], [0.0]
    for pull in pulls:
        calls.append(calls[-1] + pull.calls)
        won.append(won[-1] + pull.won)
    return calls, won


def _y(value: float, top: float) -> float:
    return 8 + (TALL - 8) * (1 - value / top)


def _path(calls: Sequence[int], won: Sequence[float], across: float, top: float) -> Markup:
    """A staircase, stretched to the width: its units are per mille of the width and pixels of the height."""
    every = max(1, len(calls) // POINTS)
    kept = sorted({*range(0, len(calls), every), len(calls) - 1})
    steps = [f"M0 {number(_y(0, top))}"]
    steps += [f"H{number(1000 * calls[i] / across)}V{number(_y(won[i], top))}" for i in kept[1:]]
    inner = el("path", d="".join(steps), class_="stairs", vector_effect="non-scaling-stroke")
    whole = f"0 0 1000 {number(TALL)}"
    return el("svg", inner, viewBox=whole, preserveAspectRatio="none", width="100%", height=TALL, x=0, y=0)


def raster(slug: str, pulls: Sequence[Pull], domains: Sequence[str]) -> Markup:
    """One lane a domain, one mark a slot: a tick without an item, a disc with one (its area grows with the bits)."""
    lane = {name: i for i, name in enumerate(domains)}
    height = LANE * len(domains)
    rows = [line("0", (i + 0.5) * LANE, "100%", (i + 0.5) * LANE, "grid") for i in range(len(domains))]
    names = [
        label("-8", (i + 0.5) * LANE + 4, shorten(name, 14), class_="side", anchor="end")
        for i, name in enumerate(domains)
    ]
    best = max((p.won for p in pulls), default=0.0) or 1.0
    marks = [_mark(p, i, len(pulls), lane[p.domain], best) for i, p in enumerate(pulls)]
    ends = [
        label("0", height + 15, "first slot", class_="tick"),
        label("100%", height + 15, f"slot {pulls[-1].slot}" if pulls else "", class_="tick", anchor="end"),
    ]
    hits = sum(p.admitted for p in pulls)
    desc = f"{plural(len(pulls), 'slot')} over {plural(len(domains), 'domain')}; {hits} ended with an operational item."
    title = "Slots by domain, in their order"
    return drawing(slug, title, desc, height + AXIS, *rows, *names, *marks, *ends, class_="raster")


def _mark(pull: Pull, place: int, count: int, lane: int, best: float) -> Markup:
    x, y = pc((place + 0.5) / max(count, 1)), (lane + 0.5) * LANE
    end = f"{bits(pull.won)} bits" if pull.admitted else "no item"
    hint = tip(f"slot {pull.slot}, {shorten(pull.topic, 80)}: {plural(pull.calls, 'call')}, {end}")
    if not pull.admitted:
        return el("line", hint, x1=x, x2=x, y1=y - 5, y2=y + 5, class_="miss")
    radius = 3.5 + 5.0 * (max(pull.won, 0.0) / best) ** 0.5
    return el("circle", hint, cx=x, cy=y, r=radius, class_="hit")

