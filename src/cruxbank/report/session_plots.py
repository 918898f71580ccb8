"""Flip points of a session on the scale of strengths: the interval, the estimate, and the answers that it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cruxbank.report.session_data import Transcript
from cruxbank.report.svg import drawing, el, label, line, number, pc, tip
from cruxbank.report.wording import shorten
from cruxbank.sessions import Flip, Turn

ROW, AXIS = 44.0, 22.0
MARKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def flip_points(slug: str, shown: Transcript) -> Markup:
    """A row a proposition, softest first: dots are answers (filled: flipped) at the strength that was put."""
    flips = sorted(shown.findings.flips, key=lambda f: (f.est, f.proposition))
    top = _top(flips)
    marks = [*MARKS, *([top] if top > 1 else [])]
    bottom = ROW * len(flips) + 4
    grid = [line(pc(at / top), 0, pc(at / top), bottom, "grid") for at in marks]
    rows = [_row(shown, flip, i * ROW, top) for i, flip in enumerate(flips)]
    names = [_mark(at, top, bottom + 15) for at in marks]
    told = "; ".join(f"{shorten(shown.about(f.proposition).text, 80)}: {f.told}" for f in flips)
    desc = f"Strength of the consideration against it at which the answer flips: {told or 'none'}."
    return drawing(slug, "Flip points", desc, bottom + AXIS, *grid, *rows, *names, class_="intervals")


def _top(flips: Sequence[Flip]) -> float:
    """Strengths end at 1; a flip point beyond it is drawn where its interval ends."""
    return max([1.0, *(flip.hi for flip in flips), *(flip.est for flip in flips)])


def _mark(at: float, top: float, y: float) -> Markup:
    anchor = "start" if at == 0 else "end" if at == top else "middle"
    return label(pc(at / top), y, number(at), class_="tick", anchor=anchor)


def _row(shown: Transcript, flip: Flip, y: float, top: float) -> Markup:
    middle = y + 30
    text = shorten(shown.about(flip.proposition).text, 140)
    value = el("tspan", f"{flip.told}  ", class_="value")
    return el(
        "g",
        tip(f"{flip.told}: {text}"),
        el("text", value, text, x="0", y=y + 15),
        line(pc(flip.lo / top), middle, pc(flip.hi / top), middle, "whisker"),
        *(_answer(turn, middle, top) for turn in shown.graded(flip)),
        el("circle", cx=pc(flip.est / top), cy=middle, r=5, class_="dot"),
    )


def _answer(turn: Turn, y: float, top: float) -> Markup:
    hint = tip(f"turn {turn.number}: {'flipped' if turn.flipped else 'held'} at {number(turn.ask.strength or 0.0)}")
    class_ = "answer turned" if turn.flipped else "answer"
    return el("circle", hint, cx=pc((turn.ask.strength or 0.0) / top), cy=y + 9, r=3, class_=class_)
