"""Every drawing of the page, made from the figures."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cruxbank.display import plural
from cruxbank.measures import Counts
from cruxbank.report.bars import Bar, Part, bars
from cruxbank.report.figures import Asked, DomainSpend, RunFigures
from cruxbank.report.heatmaps import heatmap
from cruxbank.report.intervals import Interval, intervals
from cruxbank.report.quotes import Shown
from cruxbank.report.spending import LANE, TALL, gained, raster
from cruxbank.report.strips import strip
from cruxbank.report.wording import bits, percent, said, thousands


def draw(f: RunFigures) -> dict[str, Markup]:
    """Name of a place on the page -> its drawing."""
    return {
        "funnel": _funnel(f),
        "exits": _exits(f),
        "intervals": _intervals(f),
        "coverage": _coverage(f),
        "gained": gained("gained", f.pulls, max(TALL, LANE * len(f.domains))),
        "raster": raster("raster", f.pulls, [d.domain for d in f.domains]),
        "domain_calls": _domain_calls(f),
        "domain_bits": _domain_bits(f),
        "distances": _distances(f),
        "payers": _payers(f),
        "asked": _asked(f.asked),
    }


def _funnel(f: RunFigures) -> Markup:
    rows = [
        Bar(s.name, f"{thousands(s.drafts)} · {percent(s.drafts, f.drafts)}", (Part(s.drafts, _shade(i, f), "drafts"),))
        for i, s in enumerate(f.stages)
    ]
    desc = "; ".join(f"{s.name} {s.drafts}" for s in f.stages) + f" (of {plural(f.drafts, 'draft')})."
    return bars("funnel", "Drafts by how far they came", desc, rows)


def _shade(i: int, f: RunFigures) -> str:
    return "win" if i == len(f.stages) - 1 else "main"


def _exits(f: RunFigures) -> Markup:
    rows = [Bar(said(e), f"{thousands(n)} · {percent(n, f.drafts)}", (Part(n, "lost", "drafts"),)) for e, n in f.exits]
    desc = "; ".join(f"{said(e)} {n}" for e, n in f.exits) or "Every draft was admitted."
    return bars("exits", "Why drafts were not admitted", desc, rows, top=max(f.drafts, 1))


def _intervals(f: RunFigures) -> Markup:
    joint = [(i.text, i.separation.joint) for i in f.items if i.separation]
    return intervals("intervals", [Interval(text, j.est, j.lo, j.hi) for text, j in joint])


def _coverage(f: RunFigures) -> Markup:
    c = f.coverage
    full = sum(n > 0 for row in c.cells for n in row)
    desc = f"{plural(len(f.items), 'item')} fill {full} of {len(c.domains) * len(c.dimensions)} cells."
    title = "Operational items by domain and best dimension"
    return heatmap("coverage", title, desc, c.domains, c.dimensions, c.cells, lambda v: f"{v:g}", least=4)


def _domain_calls(f: RunFigures) -> Markup:
    rows = [Bar(d.domain, f"{thousands(d.calls)} calls", (Part(d.calls, "main", "calls"),)) for d in f.domains]
    desc = "; ".join(f"{d.domain}: {d.calls} calls" for d in f.domains) or "No slot."
    return bars("domain-calls", "Calls by domain", desc, rows)


def _domain_bits(f: RunFigures) -> Markup:
    rows = [Bar(d.domain, _won(d), (Part(round(d.bits, 2), "win", "bits"),)) for d in f.domains]
    desc = "; ".join(f"{d.domain}: {_won(d)}" for d in f.domains) or "No slot."
    return bars("domain-bits", "Admitted bits by domain", desc, rows)


def _won(d: DomainSpend) -> str:
    return f"{bits(d.bits)} bits, {plural(d.items, 'item')}" if d.items else f"none in {plural(d.slots, 'slot')}"


def _distances(f: RunFigures) -> Markup:
    d = f.distances
    pairs = [
        (c, d.models[i], d.models[j]) for i, row in enumerate(d.cells) for j, c in enumerate(row[:i]) if c is not None
    ]
    far = max(pairs, default=None)
    desc = f"Farthest: {far[1]} and {far[2]}, {bits(far[0])}." if far else "No pair of models answered the same items."
    title = "Distance between models over operational items"
    cells = [[None if i == j else c for j, c in enumerate(row)] for i, row in enumerate(d.cells)]
    return heatmap("distances", title, desc, d.models, d.models, cells, _short, breaks=d.breaks, zeros=True)


def _short(value: float) -> str:
    """`.45`: a leading zero does not fit a cell on a phone."""
    text = bits(value)
    return "0" if text == "0.00" else text.removeprefix("0") if value < 1 else f"{value:.1f}"


def _payers(f: RunFigures) -> Markup:
    named = (("models that answer", f.cost.examinee), ("judge", f.cost.judge), ("writer and critic", f.cost.agents))
    shades = ("main", "win", "lost")
    rows = [
        Bar(name, f"{thousands(n)} calls · {percent(n, f.cost.calls)}", (Part(n, shade, "calls"),))
        for (name, n), shade in zip(named, shades, strict=True)
    ]
    desc = "; ".join(f"{name} {n}" for name, n in named) + " calls."
    return bars("payers", "Calls by who was asked", desc, rows)


def _asked(asked: Sequence[Asked]) -> Markup:
    rows = [
        Bar(
            a.model,
            f"{thousands(a.counts.answered)} of {thousands(a.counts.asked)} answered",
            (
                Part(a.counts.answered, "main", "answered"),
                Part(a.counts.refused, "lost", "refused"),
                Part(a.counts.unscored, "bad", "unscored"),
            ),
        )
        for a in asked
    ]
    desc = "; ".join(f"{a.model}: {_spoken(a.counts)}" for a in asked) or "None."
    return bars("asked", "What became of the questions to each model", desc, rows)


def _spoken(c: Counts) -> str:
    return f"asked {c.asked}, refused {c.refused}, unscored {c.unscored}"


def stands(number: int, shown: Shown) -> list[Markup]:
    """The two strips of one of the best items: its stance, and how often its best dimension was raised."""
    strips = [strip(f"stance-{number}", "Mean stance of each model", shown.stances, -1.0, 1.0, ("no", "yes"))]
    if shown.dimension:
        title = f"Share of each model's answers that raise {shown.dimension}"
        ends = ("never", f"always raises {shown.dimension}")
        strips.append(strip(f"raised-{number}", title, shown.raised, 0.0, 1.0, ends))
    return strips
