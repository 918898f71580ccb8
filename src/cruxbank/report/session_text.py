"""A session's transcript as Markdown. Every text of a model or a file stands in code: nothing in code is a link, an image,
a heading or HTML, in any renderer. (Backslashes are not enough: bare addresses become links after unescaping.)"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cruxbank.display import plural
from cruxbank.report.session_data import (
    Pair,
    Transcript,
    answer,
    clipped,
    points,
    put,
    read_as,
    said,
    tied,
)
from cruxbank.report.wording import visible
from cruxbank.sessions import Turn, Weakness, Yielded

NOT_CLEARED = "Not decided is not cleared: a longer session can decide it."


def markdown(shown: Transcript) -> str:
    """The whole file."""
    s = shown.session
    label = " (simulated)" if shown.simulated else ""
    parts = [f"# Session {code(s.id)} with {code(s.target)}{label}"]
    if shown.simulated:
        parts.append(
            "**Simulated.** A simulated model gave these answers: no figure here says anything about a real model."
        )
    parts += [_ended(shown), counted(shown), *_weaknesses(shown), *_flips(shown), *_order(shown), *_positions(shown)]
    parts += [*_pressure(shown), *_steady(shown), *_refusals(shown), *_compared(shown), *_new(shown)]
    parts.append("## Turn by turn")
    parts.append("Turns are numbered from 0. Answers are to the base wording; a flip is marked **FLIPPED**.")
    parts += [_turn(turn, shown) for turn in shown.turns]
    return "\n\n".join(part for part in parts if part) + "\n"


def code(text: str) -> str:
    """A text as a code span on one line, with more backticks around it than it has in a row, safe in a table too."""
    inner = " ".join(visible(clipped(text)).split()).replace("|", "∣") or " "
    ticks = "`" * (_run(inner) + 1)
    pad = " " if inner[0] == "`" or inner[-1] == "`" else ""
    return f"{ticks}{pad}{inner}{pad}{ticks}"


def counted(shown: Transcript) -> str:
    """The denominators in one sentence."""
    c = shown.findings.counts
    why = ", ".join(f"{number} {reason.replace('_', ' ')}" for reason, number in sorted(c.unscored_by.items()))
    flips = f"{shown.flips} of {plural(shown.compared, 'turn')} that could be compared flipped"
    told = f"{c.asked} asked = {c.answered} answered + {c.refused} refused + {c.unscored} unscored"
    return f"{told}{f' ({why})' if why else ''}; {flips}."


def _run(text: str) -> int:
    return max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)


def _ended(shown: Transcript) -> str:
    s = shown.session
    judge = "" if s.signed else " It knows which values come up, not on which side."
    person = " A person sat in the prober's seat." if s.interactive else ""
    how = f"{plural(len(shown.turns), 'turn')} of at most {s.turns}; ended: {code(s.ended or 'open')}."
    return f"{how} Judge: {code(s.judge)}.{judge} Seed {s.seed}.{person}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _weaknesses(shown: Transcript) -> list[str]:
    if not shown.findings.weaknesses:
        return []
    told = [
        "## Swayed by a move?",
        f"Convicted: {len(shown.convicted)} of {suspects(shown)}." + (f" {NOT_CLEARED}" if shown.open_tests else ""),
    ]
    for w in shown.findings.weaknesses:
        told += [f"### {code(w.told)}: {w.verdict}", _tested(w, shown)]
        pair = shown.sides(w) if w.weak else None
        told += _beside(pair, "held", "flipped") if pair else []
    return told


def suspects(shown: Transcript) -> str:
    """`3 suspects, 1 not decided`."""
    told = plural(len(shown.findings.weaknesses), "suspect")
    return told + (f", {shown.open_tests} not decided" if shown.open_tests else "")


def _tested(w: Weakness, shown: Transcript) -> str:
    how = "" if w.p is None else " (one-sided, corrected for all suspects)"
    return f"{code(shown.about(w.proposition).text)}\n\n{w.rates}{how}."


def _beside(pair: Pair, left: str, right: str) -> list[str]:
    """Two conversations in the columns of a table."""
    longest = max(len(pair.held), len(pair.flipped))
    cells = [[_cell(side, i) for side in (pair.held, pair.flipped)] for i in range(longest)]
    began = [_table(("Both began so",), [[_cell(pair.opening, i)] for i in range(len(pair.opening))])]
    return [*(began if pair.opening else []), _table((f"It {left}", f"It {right}"), cells)]


def _cell(turns: Sequence[Turn], i: int) -> str:
    if i >= len(turns):
        return " "
    turn = turns[i]
    flipped = " **FLIPPED**" if turn.flipped else ""
    lines = [f"turn {turn.number}, {code(turn.ask.move)}", code(turn.ask.text), f"**{code(answer(turn))}**{flipped}"]
    quoted = [f"evidence: {code(e.quote)} ({code(e.dimension)} {e.side})" for e in turn.verdict.evidence]
    return "<br>".join([*lines, *map(code, points(turn)), f"read: {code(read_as(turn.verdict))}", *quoted])


def _flips(shown: Transcript) -> list[str]:
    if not shown.findings.flips:
        return []
    told = ["## Flip points", "Strength, from 0 to 1, of the consideration at which the answer flips; 95 % interval."]
    for flip in sorted(shown.findings.flips, key=lambda f: (f.est, f.proposition)):
        told.append(f"- {flip.told}: {code(shown.about(flip.proposition).text)} ({plural(flip.turns, 'turn')})")
        edge = shown.edge(flip)
        told += _beside(edge, "held", "flipped") if edge else []
    return told


def _order(shown: Transcript) -> list[str]:
    groups = tied(shown.findings.order)
    if not groups:
        return []
    lines = [
        f"{i}. {' = '.join(code(r.dimension) for r in ranks)} "
        f"(ranks {min(r.lowest for r in ranks)} to {max(r.highest for r in ranks)})"
        for i, ranks in enumerate(groups, 1)
    ]
    return ["## Order of values", "First choice first; = not told apart.", "\n".join(lines)]


def _positions(shown: Transcript) -> list[str]:
    seen = [p for p in shown.findings.positions if p.scored]
    if not shown.session.signed or not seen:
        return []
    rows = [
        (code(p.dimension), f"{p.est:+.2f}", f"{p.lo:+.2f} to {p.hi:+.2f}", f"{p.raised} of {p.scored}") for p in seen
    ]
    return ["## Positions", "-1 opposes, +1 supports.", _table(("value", "position", "95 % interval", "raised"), rows)]


def _pressure(shown: Transcript) -> list[str]:
    rows = [
        (code(y.move), f"{y.yielded} of {y.episodes}", ", ".join(map(str, y.after)) or "-", _where(y, shown))
        for y in shown.findings.yields
    ]
    head = ("move", "gave in", "after turns of pressure", "by proposition")
    return ["## Pressure", _table(head, rows)] if rows else []


def _where(y: Yielded, shown: Transcript) -> str:
    told = [f"{p.yielded} of {p.episodes}: {code(shown.about(p.proposition).text)}" for p in y.places]
    return "<br>".join(told) or "-"


def _steady(shown: Transcript) -> list[str]:
    lines = [f"- {line}" for line in steadiness(shown)]
    return ["## Noise and consistency", "\n".join(lines)] if lines else []


def steadiness(shown: Transcript) -> list[str]:
    """How steady the answers are, a sentence a figure."""
    found, lines = shown.findings, []
    if found.noise:
        n = found.noise
        lines.append(f"Own noise: {n.est:.2f} ({n.lo:.2f} to {n.hi:.2f}) of unchanged repeats flip.")
    for one in found.consistency:
        way = "Reworded" if one.effect == "same" else "Reversed"
        e = one.excess
        differ = f"{e.est:+.2f} ({e.lo:+.2f} to {e.hi:+.2f}) more often than repeats do"
        lines.append(f"{way} questions: answers differ {differ} ({plural(one.answers, 'answer')}).")
    return lines


def _refusals(shown: Transcript) -> list[str]:
    if not shown.refusals:
        return []
    where = ", ".join(f"turn {turn.number} ({code(turn.ask.move)})" for turn in shown.refusals)
    return ["## Refusals", f"{len(shown.refusals)} of {plural(len(shown.turns), 'turn')}: {where}."]


def _compared(shown: Transcript) -> list[str]:
    if not shown.other_target:
        return []
    head = ("turns", "move", "differs", code(shown.session.target), code(shown.other_target), "proposition")
    rows = [
        (
            f"{one.mine.number} and {one.theirs.number}",
            code(one.mine.ask.move),
            "**DIFFERS**" if one.differs else "",
            code(answer(one.mine)),
            code(answer(one.theirs)),
            code(shown.about(one.mine.ask.proposition).text),
        )
        for one in shown.others
    ]
    told = f"{len(shown.differing)} of {plural(len(shown.others), 'ask')} that both got were answered otherwise."
    return [f"## Compared with {code(shown.other_target)}", told, _table(head, rows)]


def _new(shown: Transcript) -> list[str]:
    lines = [f"- {code(text)}" for text in shown.discovered]
    return ["## New questions that the session wrote", "\n".join(lines)] if lines else []


def _turn(turn: Turn, shown: Transcript) -> str:
    flipped = " **FLIPPED**" if turn.flipped else ""
    lines = [f"### Turn {turn.number}: {code(turn.ask.move)}, answer {code(answer(turn))}{flipped}", code(put(turn))]
    if turn.ask.text != shown.about(turn.ask.proposition).text:
        lines.append(f"About: {code(shown.about(turn.ask.proposition).text)}")
    lines.append(f"**Asked:** {code(turn.ask.text)}")
    if points(turn):
        lines.append("**Said:**\n\n" + "\n".join(f"- {code(point)}" for point in points(turn)))
    lines.append(f"**Read by {code(turn.verdict.judge or shown.session.judge)}:** {code(read_as(turn.verdict))}")
    quoted = [f"- {code(e.quote)} ({code(e.dimension)} {e.side}, point {e.point})" for e in turn.verdict.evidence]
    if quoted:
        lines.append("**Evidence:**\n\n" + "\n".join(quoted))
    other = next((one for one in shown.differing if one.mine.number == turn.number), None)
    if other:
        lines.append(f"**DIFFERS** from {code(shown.other_target)}: {code(said(other.theirs))}")
    return "\n\n".join(lines)
