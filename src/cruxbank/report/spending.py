"""How the budget was spent: bits won over calls paid, and a raster of slots by domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from cruxbank.display import plural
from cruxbank.report.svg import drawing, el, label, line, number, pc, tip
from cruxbank.report.wording import bits, shorten, thousands, ticks

TALL, AXIS, LANE, AIR = 200.0, 22.0, 22.0, 18.0
"""Pixels: a drawing's height, its axis, a domain's lane, air above the topmost grid line."""
TOLD = 400
"""Up to so many slots each has a mark that tells its topic: about 150 bytes each."""
CROWD = 250
"""Beyond so many slots the discs shrink, so that they do not cover one another."""
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


def gained(slug: str, pulls: Sequence[Pull], tall: float = TALL) -> Markup:
    """Admitted bits, summed up, over the calls that were paid; `tall` pixels high without the axis."""
    calls, won = _sums(pulls)
    across, up = max(calls[-1], 1), ticks(won[-1])
    grid = [line("0", _y(t / up[-1], tall), "100%", _y(t / up[-1], tall), "grid") for t in up]
    names = [label("0", _y(t / up[-1], tall) - 3, f"{number(t)} bits", class_="tick") for t in up[1:]]
    ends = [
        label("0", tall + 17, "0 calls", class_="tick"),
        label("100%", tall + 17, f"{thousands(calls[-1])} calls", class_="tick", anchor="end"),
    ]
    desc = f"{bits(won[-1])} bits of admitted separation after {plural(calls[-1], 'call')} in {plural(len(pulls), 'slot')}."
    path = _path(calls, [w / up[-1] for w in won], across, tall)
    return drawing(slug, "Admitted bits over calls", desc, tall + AXIS, *grid, path, *names, *ends, class_="gained")


def _sums(pulls: Sequence[Pull]) -> tuple[list[int], list[float]]:
    calls, won = [0], [0.0]
    for pull in pulls:
        calls.append(calls[-1] + pull.calls)
        won.append(won[-1] + pull.won)
    return calls, won


def _y(share: float, tall: float) -> float:
    return AIR + (tall - AIR) * (1 - share)


def _path(calls: Sequence[int], won: Sequence[float], across: float, tall: float) -> Markup:
    """A staircase, stretched to the width: its units are per mille of the width and pixels of the height."""
    every = max(1, len(calls) // POINTS)
    kept = sorted({*range(0, len(calls), every), len(calls) - 1})
    steps = [f"M0 {number(_y(0, tall))}"]
    steps += [f"H{number(1000 * calls[i] / across)}V{number(_y(won[i], tall))}" for i in kept[1:]]
    inner = el("path", d="".join(steps), class_="stairs", vector_effect="non-scaling-stroke")
    return _stretched(inner, tall)


def _stretched(inner: Markup, tall: float) -> Markup:
    """Stretch a drawing that is 1,000 units wide to the whole width; its pixels along y stay."""
    size = f"0 0 1000 {number(tall)}"
    return el("svg", inner, viewBox=size, preserveAspectRatio="none", width="100%", height=tall, x=0, y=0)


def raster(slug: str, pulls: Sequence[Pull], domains: Sequence[str]) -> Markup:
    """One lane a domain, one mark a slot: a tick without an item, a disc with one (its area grows with the bits)."""
    lane = {name: i for i, name in enumerate(domains)}
    height = LANE * len(domains)
    rows = [line("0", (i + 0.5) * LANE, "100%", (i + 0.5) * LANE, "grid") for i in range(len(domains))]
    names = [
        label("-8", (i + 0.5) * LANE + 4, shorten(name, 14), class_="side", anchor="end")
        for i, name in enumerate(domains)
    ]
    marks = _marks(pulls, lane, height)
    ends = [
        label("0", height + 15, "first slot", class_="tick"),
        label("100%", height + 15, f"slot {pulls[-1].slot}" if pulls else "", class_="tick", anchor="end"),
    ]
    hits = sum(p.admitted for p in pulls)
    desc = f"{plural(len(pulls), 'slot')} over {plural(len(domains), 'domain')}; {hits} ended with an operational item."
    title = "Slots by domain, in their order"
    return drawing(slug, title, desc, height + AXIS, *rows, *names, *marks, *ends, class_="raster")


def _marks(pulls: Sequence[Pull], lane: dict[str, int], height: float) -> list[Markup]:
    """A mark a slot; beyond TOLD slots the misses are one path, and of hits on one spot the best is drawn."""
    best = max((p.won for p in pulls), default=0.0) or 1.0
    if len(pulls) <= TOLD:
        return [_mark(p, i, len(pulls), lane[p.domain], best) for i, p in enumerate(pulls)]
    misses = {(lane[p.domain], _spot(i, len(pulls))) for i, p in enumerate(pulls) if not p.admitted}
    path = "".join(f"M{x} {number((row + 0.5) * LANE - 5)}v10" for row, x in sorted(misses))
    hits: dict[tuple[int, int], tuple[Pull, int]] = {}
    for i, pull in enumerate(pulls):
        key = lane[pull.domain], _spot(i, len(pulls)) // 2
        if pull.admitted and (key not in hits or pull.won > hits[key][0].won):
            hits[key] = pull, i
    drawn = el("path", d=path, class_="miss", vector_effect="non-scaling-stroke")
    return [_stretched(drawn, height), *(_mark(p, i, len(pulls), key[0], best) for key, (p, i) in sorted(hits.items()))]


def _spot(place: int, count: int) -> int:
    """Per mille of the width, in steps of four."""
    return 4 * round(250 * (place + 0.5) / count)


def _mark(pull: Pull, place: int, count: int, lane: int, best: float) -> Markup:
    x, y = pc((place + 0.5) / max(count, 1)), (lane + 0.5) * LANE
    end = f"{bits(pull.won)} bits" if pull.admitted else "no item"
    hint = tip(f"slot {pull.slot}, {shorten(pull.topic, 80)}: {plural(pull.calls, 'call')}, {end}")
    if not pull.admitted:
        return el("line", hint, x1=x, x2=x, y1=y - 5, y2=y + 5, class_="miss")
    crowd = min(1.0, (CROWD / max(count, 1)) ** 0.5)
    radius = crowd * (3.5 + 5.0 * (max(pull.won, 0.0) / best) ** 0.5)
    return el("circle", hint, cx=x, cy=y, r=radius, class_="hit")
