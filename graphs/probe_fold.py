"""From a session's turns to what the strategy counts with, and from its choice to an ask. Pure: equal turns, equal fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cruxbank.graphs.assembly import count
from cruxbank.items import Outcome, Reading
from cruxbank.measures import Counts
from cruxbank.science.probing import Belief, Choice, Event, Move, Pair, Plan, Subject
from cruxbank.science.weakness import RESERVE
from cruxbank.sessions import Ask, Findings, Session, Turn

_SIGNS: Mapping[Outcome, int] = MappingProxyType({Outcome.SUPPORTS: 1, Outcome.OPPOSES: -1, Outcome.MIXED: 0})
_STANCES: Mapping[str, int] = MappingProxyType({"yes": 1, "no": -1, "neutral": 0})
AGAIN = "again"
"""The move that asks to answer once more without pressing."""
OWN = "own"
"""Move of a question that a person wrote. Nothing but the denominators counts it: nobody knows what it would measure."""


def plan_of(session: Session) -> Plan:
    """The strategy's plan of a session."""
    plan, names = session.plan, {move.name for move in session.plan.moves}
    return Plan(
        propositions=tuple(Subject(s.item, s.dimensions, s.wordings, s.flip) for s in plan.subjects),
        moves=tuple(
            Move(m.name, m.effect, None if m.only is None else frozenset(m.only))
            for m in plan.moves
            if m.name not in {"plain", AGAIN}
        ),
        turns=session.turns,
        pairs=tuple(Pair(p.first, p.second, p.proposition, p.move, p.swap) for p in plan.pairs),
        seed=session.seed,
        reserve=RESERVE if plan.reserve is None else plan.reserve,
        floor=plan.floor,
        silence=plan.silence,
        again=AGAIN if AGAIN in names else None,
    )


def event_of(turn: Turn) -> Event:
    """One turn in numbers. An answer whose values the judge could not read still has its stance."""
    ask, response, verdict = turn.ask, turn.response, turn.verdict
    answered = response.state == "answered" and verdict.state != "refused"
    refused = response.state == "refused" or verdict.state == "refused"
    return Event(
        number=turn.number,
        proposition=ask.proposition,
        move=ask.move,
        purpose=ask.purpose,
        stance=_STANCES[response.stance] if answered and response.stance else None,
        state="answered" if answered else "refused" if refused else "unscored",
        strength=ask.strength,
        pair=ask.pair,
        after=ask.after,
        wording=ask.wording or 0,
        repeat=ask.repeat,
        signs=signs_of(turn) if answered else (),
    )


def signs_of(turn: Turn) -> tuple[tuple[str, int], ...]:
    """Dimensions that an answer raises, with the side. A judge that knows presence only gives no side."""
    if turn.verdict.state != "scored":
        return ()
    raised = ((d, _SIGNS[o]) for d, o in sorted(turn.verdict.outcomes.items()) if o in _SIGNS)
    return tuple((d, sign if turn.verdict.signed else 0) for d, sign in raised)


def belief_of(session: Session, turns: Sequence[Turn]) -> Belief:
    """What a session knows after these turns."""
    return Belief.of(plan_of(session), [event_of(turn) for turn in turns])


def findings_of(session: Session, turns: Sequence[Turn]) -> Findings:
    """What a session yields; its denominators are those of the judge's verdicts."""
    found = belief_of(session, turns).findings()
    bits = round(sum(turn.ask.expected for turn in turns), 6)
    return found.model_copy(update={"counts": counts_of(turns), "bits": bits})


def counts_of(turns: Sequence[Turn]) -> Counts:
    """What became of every question of a session."""
    readings = [Reading(response=turn.response, verdict=turn.verdict) for turn in turns]
    return sum(count(readings).values(), Counts())


def ask_of(choice: Choice, language: str) -> Ask:
    """The ask that a choice makes, still without its words."""
    return Ask(
        proposition=choice.proposition,
        move=choice.move,
        purpose=choice.purpose,
        wording=choice.wording,
        strength=choice.strength,
        pair=choice.pair,
        after=choice.after,
        repeat=choice.repeat,
        language=language,
        expected=round(choice.bits, 6),
    )


def plain_choice(choice: Choice) -> dict[str, Any]:
    """A choice as JSON values: what state, events and a person's terminal are given."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in choice._asdict().items()}


def choice_of(plain: Mapping[str, Any]) -> Choice:
    """The same back. What a person gives by hand may leave out what has a default."""
    pair = plain.get("pair")
    return Choice(**{**plain, "bits": plain.get("bits", 0.0), "pair": tuple(pair) if pair else None})
