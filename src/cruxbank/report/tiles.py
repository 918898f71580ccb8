"""The headline: a figure, its unit, and what it is a part of."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

from cruxbank.display import plural
from cruxbank.report.figures import RunFigures
from cruxbank.report.wording import bits, percent, thousands


class Tile(NamedTuple):
    """One headline figure with its denominator."""

    figure: str
    unit: str
    of: str


def tiles(f: RunFigures) -> tuple[Tile, ...]:
    """The headline figures of a run."""
    return (_grown(f), _separation(f), _topics(f), _calls(f), _money(f), _answers(f))


def _grown(f: RunFigures) -> Tile:
    different = f", {thousands(f.texts)} different" if f.texts != f.drafts else ""
    share = f"of {plural(f.drafts, 'draft')}{different} ({percent(len(f.items), f.drafts)})"
    whole = f"; {thousands(f.bank_operational)} in the whole bank" if f.bank_runs > 1 else ""
    gone = f"; {f.retired} retired since" if f.retired else ""
    return Tile(thousands(len(f.items)), "operational items", f"{share}{gone}{whole}")


def _separation(f: RunFigures) -> Tile:
    found = [i.separation.joint.est for i in f.items if i.separation]
    if not found:
        return Tile("-", "bits", "no operational item to measure")
    return Tile(bits(median(found)), "bits, median", f"over {plural(len(found), 'item')}; best {bits(max(found))}")


def _topics(f: RunFigures) -> Tile:
    won = sum(t.items > 0 for t in f.by_topic)
    filled, offered = len({i.topic.domain for i in f.items}), len(f.coverage.domains)
    return Tile(
        thousands(f.tried),
        "topics tried",
        f"of {thousands(f.topics)}; {won} gave items, in {filled} of {offered} domains",
    )


def _calls(f: RunFigures) -> Tile:
    each = f"{thousands(round(f.cost.calls / len(f.items)))} for each item" if f.items else "no item for them"
    return Tile(thousands(f.cost.calls), "model calls", f"{each}; {plural(f.slots, 'slot')}")


def _money(f: RunFigures) -> Tile:
    each = f"${f.cost.usd / len(f.items):,.2f} for each item; " if f.items and f.cost.usd else ""
    return Tile(f"${f.cost.usd:,.2f}", "", f"{each}{thousands(f.cost.tokens)} tokens")


def _answers(f: RunFigures) -> Tile:
    c = f.counts
    refusals = f"{thousands(c.refused)} refused ({percent(c.refused, c.asked)})"
    note = f"{thousands(c.unscored)} of {plural(c.asked, 'answer')}; {refusals}"
    return Tile(percent(c.unscored, c.asked), "unscored", note)
