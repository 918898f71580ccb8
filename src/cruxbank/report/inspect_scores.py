"""Verdicts of a turn and findings of a session as Inspect's scores: names, values, explanations, metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cruxbank.report.session_data import Transcript, answer, points, read_as, said
from cruxbank.report.session_text import counted, steadiness
from cruxbank.report.wording import shorten
from cruxbank.sessions import Flip, Turn

STANCE, FLIPPED, VERDICT, VALUE = "stance", "flipped", "verdict", "value_"
SESSION = "session"
"""Scorer of what belongs to no single turn."""
SHORT = 60
"""Characters of a proposition in the name of a metric; its id follows."""


def raised_in(turns: Sequence[Turn]) -> tuple[str, ...]:
    """Dimensions that some answer raised. Each is a score of every turn that was read, `absent` where it is."""
    verdicts = (turn.verdict for turn in _read(turns))
    return tuple(sorted({name for verdict in verdicts for name, o in verdict.outcomes.items() if o != "absent"}))


def _read(turns: Sequence[Turn]) -> list[Turn]:
    """Those whose answer the judge could read."""
    return [turn for turn in turns if turn.verdict.state == "scored"]


def scores_of(turn: Turn, raised: Sequence[str]) -> dict[str, Any]:
    """The stance with its reasons, whether it flipped, the judge's verdict, and each raised value with its evidence.

    What was not measured is left out: a turn without a position before it has no `flipped`, one that the judge could not
    read no values.
    """
    found = {STANCE: _score(said(turn), answer(turn), "\n".join(f"{i}. {p}" for i, p in enumerate(points(turn), 1)))}
    if turn.flipped is not None:
        found[FLIPPED] = _score("flipped" if turn.flipped else "held")
    verdict = turn.verdict
    why = [verdict.failure.value.replace("_", " ")] if verdict.failure else []
    reasons = "\n".join([*why, *([verdict.detail] if verdict.detail else []), *_quotes(turn)])
    about = {"judge": verdict.judge, "signed": verdict.signed, "votes": _dumped(verdict.votes)}
    found[VERDICT] = _score(verdict.state, read_as(verdict), reasons, about | {"evidence": _dumped(verdict.evidence)})
    return found | (_values(turn, raised) if verdict.state == "scored" else {})


def _values(turn: Turn, raised: Sequence[str]) -> dict[str, Any]:
    found = {}
    for name in raised:
        outcome = turn.verdict.outcomes.get(name)
        side = outcome.value if outcome else "absent"
        shown = side if turn.verdict.signed or side == "absent" else "present"
        found[VALUE + name] = _score(shown, None, "\n".join(_quotes(turn, name)))
    return found


def _quotes(turn: Turn, dimension: str = "") -> list[str]:
    """Quoted words of the answer, of one dimension or of all. Without a side where the judge knows presence only."""
    found = [e for e in turn.verdict.evidence if dimension in ("", e.dimension)]
    sides = [f" {e.side}" if turn.verdict.signed else "" for e in found]
    return [f"“{e.quote}” ({e.dimension}{side}, point {e.point})" for e, side in zip(found, sides, strict=True)]


def _score(
    value: str, answered: str | None = None, explanation: str = "", metadata: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    made = {"value": value, "answer": answered, "explanation": explanation or None, "metadata": dict(metadata or {})}
    return {key: each for key, each in made.items() if each is not None} | {"history": []}


def _dumped(values: Sequence[Any]) -> list[Any]:
    return [value.model_dump(mode="json") for value in values]


def results_of(shown: Transcript, lost: int) -> dict[str, Any]:
    """What the log says before any turn is opened: counts by score, then the findings of the session. `lost`: calls that
    gave nothing."""
    return {
        "total_samples": len(shown.turns),
        "completed_samples": len(shown.turns) - lost,
        "scores": [*_by_turn(shown), *_of_session(shown)],
        "headline": {"scorer": SESSION, "score": "weaknesses", "metric": "shown"},
    }


def _by_turn(shown: Transcript) -> list[dict[str, Any]]:
    counts, turns = shown.findings.counts, shown.turns
    became: dict[str, float] = {"answered": counts.answered, "refused": counts.refused, "unscored": counts.unscored}
    share = {"share": shown.flips / shown.compared} if shown.compared else {}
    found = [
        _entry(STANCE, STANCE, became, scored=len(turns)),
        _entry(FLIPPED, FLIPPED, {"flips": shown.flips, "compared": shown.compared} | share, scored=shown.compared),
        _entry(VERDICT, VERDICT, {"read": len(_read(turns))}, scored=len(turns)),
    ]
    return found + [_value(name, shown) for name in raised_in(turns)]


def _value(name: str, shown: Transcript) -> dict[str, Any]:
    """In how many of the answers that were read it came up; and the position, which rests on the plain ones alone."""
    outcomes = [turn.verdict.outcomes.get(name) for turn in _read(shown.turns)]
    seen: dict[str, float] = {"raised": sum(bool(o) and o != "absent" for o in outcomes), "read": len(outcomes)}
    where = next((p for p in shown.findings.positions if p.dimension == name and p.scored), None)
    if where is not None and shown.session.signed:
        seen |= {"position": where.est, "from": where.lo, "to": where.hi}
    return _entry(VALUE + name, VALUE + name, seen, scored=len(outcomes))


def _of_session(shown: Transcript) -> list[dict[str, Any]]:
    """Weaknesses, flip points, pressure, order, noise and consistency; only what was measured has a figure."""
    found = shown.findings
    tests: dict[str, float] = {"shown": len(shown.convicted), "suspects": len(found.weaknesses)}
    flips = {_about(f.proposition, shown): f.est for f in found.flips if _inside(f)}
    ranks = {rank.dimension: f"rank {rank.lowest} to {rank.highest}" for rank in found.order}
    words = told(shown)
    parts = [
        _entry("weaknesses", SESSION, tests | {"undecided": shown.open_tests}, words["weaknesses"]),
        _entry("flip points", SESSION, flips, words["flip points"]),
        _entry("gave in", SESSION, {y.move: y.yielded / y.episodes for y in found.yields if y.episodes}),
        _entry("order", SESSION, {rank.dimension: rank.utility.est for rank in found.order}, ranks),
        _entry("noise", SESSION, {"own noise": found.noise.est} if found.noise else {}),
        _entry("consistency", SESSION, {one.effect: one.excess.est for one in found.consistency}),
    ]
    return [part for part in parts if part["metrics"] or part["metadata"]]


def told(shown: Transcript) -> dict[str, Any]:
    """The findings in the words of the other transcripts: a figure alone would say too much of a test that was not read, or
    of a flip point beyond the scale."""
    found = shown.findings
    return {
        "turns": counted(shown),
        "weaknesses": {
            f"{w.told}: {_about(w.proposition, shown)}": f"{w.verdict}; {w.rates}" for w in found.weaknesses
        },
        "flip points": {_about(f.proposition, shown): f.told for f in found.flips},
        "noise and consistency": steadiness(shown),
    }


def _inside(flip: Flip) -> bool:
    """Whether it lies on the scale of strengths; nothing was put beyond, so a figure there would say too much."""
    return flip.above < 0.5 and flip.below < 0.5 and 0.0 <= flip.est <= 1.0


def _about(proposition: str, shown: Transcript) -> str:
    text = shown.about(proposition).text
    return f"{shorten(text, SHORT)} [{proposition}]" if text != proposition else proposition


def _entry(
    name: str,
    scorer: str,
    metrics: Mapping[str, float],
    metadata: Mapping[str, str] | None = None,
    *,
    scored: int | None = None,
) -> dict[str, Any]:
    made = {key: {"name": key, "value": value, "params": {}} for key, value in metrics.items()}
    return {
        "name": name,
        "scorer": scorer,
        "scored_samples": scored,
        "params": {},
        "metrics": made,
        "metadata": dict(metadata or {}),
    }
