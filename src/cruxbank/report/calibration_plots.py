"""Drawings of a calibration: sensitivity and specificity with intervals, reliability curves."""

from __future__ import annotations

from markupsafe import Markup

from cruxbank.accuracy import Bin, Calibration, DimensionAccuracy, Rate, Reliability
from cruxbank.report.svg import drawing, el, label, line, pc, tip
from cruxbank.report.wording import shorten

ROW, AXIS, TALL = 40.0, 22.0, 150.0
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def accuracies(found: Calibration) -> Markup:
    """A row a dimension: sensitivity above, specificity below, each with its interval."""
    bottom = ROW * len(found.dimensions) + 4
    grid = [line(pc(t), 0, pc(t), bottom, "grid") for t in TICKS]
    rows = [_row(name, d, i * ROW) for i, (name, d) in enumerate(found.dimensions.items())]
    names = [label(pc(t), bottom + 15, f"{t:g}", class_="tick", anchor=_anchor(t)) for t in TICKS]
    desc = "; ".join(
        f"{name}: sensitivity {_said(d.present.sensitivity)}, specificity {_said(d.present.specificity)}"
        for name, d in found.dimensions.items()
    )
    title = "Sensitivity and specificity by dimension"
    return drawing("accuracies", title, desc, bottom + AXIS, *grid, *rows, *names)


def _row(name: str, d: DimensionAccuracy, y: float) -> Markup:
    side = label("-8", y + 22, shorten(name, 18), class_="side", anchor="end")
    first = _whisker(d.present.sensitivity, y + 13, f"{name}: sensitivity", "dot")
    return el("g", side, first, _whisker(d.present.specificity, y + 27, f"{name}: specificity", "hit"))


def _whisker(found: Rate, y: float, said: str, kind: str) -> Markup:
    hint = tip(f"{said} {_said(found)}")
    if not found.n:
        return el("g", hint)
    bar = line(pc(found.lo), y, pc(found.hi), y, "whisker")
    return el("g", hint, bar, el("circle", cx=pc(found.est), cy=y, r=4.5, class_=kind))


def _said(found: Rate) -> str:
    if not found.n:
        return "unknown (no texts)"
    return f"{found.est:.2f} ({found.lo:.2f} to {found.hi:.2f}), {found.hits} of {found.n} texts"


def _anchor(t: float) -> str:
    return {0.0: "start", 1.0: "end"}.get(t, "middle")


def reliability(slug: str, name: str, found: Reliability) -> Markup:
    """Share with the value over mean probability, a bin a dot; on the diagonal a probability means what it says."""
    diagonal = line("0", TALL, "100%", 0, "grid")
    frame = [line("0", TALL, "100%", TALL, "axis"), diagonal]
    marks = [_bin(name, one) for one in found.bins]
    ends = [
        label("0", TALL + 15, "0", class_="tick"),
        label("100%", TALL + 15, "probability 1", class_="tick", anchor="end"),
        label("0", 11, "share 1", class_="tick"),
    ]
    desc = "; ".join(f"probability {b.mean:.2f}: {_said(b.rate)}" for b in found.bins)
    return drawing(slug, f"Reliability of {name}", desc, TALL + AXIS, *frame, *marks, *ends)


def _bin(name: str, one: Bin) -> Markup:
    at = pc(one.mean)
    hint = tip(f"{name}, probability {one.mean:.2f}: {_said(one.rate)}")
    whisker = line(at, TALL * (1 - one.rate.lo), at, TALL * (1 - one.rate.hi), "whisker thin")
    radius = 2.5 + min(3.5, one.rate.n**0.5 / 8)
    return el("g", hint, whisker, el("circle", cx=at, cy=TALL * (1 - one.rate.est), r=radius, class_="dot"))
