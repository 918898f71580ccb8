"""The nodes of a probing session's turn: choose, compose, approve, ask, read, learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from cruxbank.agents.history import history_of
from cruxbank.agents.probing import Composed, ProbeBrief
from cruxbank.config.settings import LOCAL
from cruxbank.errors import InputError
from cruxbank.graphs.meter import metering
from cruxbank.graphs.probe_context import ProbeContext
from cruxbank.graphs.probe_fold import OWN, ask_of, choice_of, event_of, plain_choice
from cruxbank.graphs.probe_limits import stalled
from cruxbank.graphs.probe_offer import standing
from cruxbank.graphs.probe_routes import LEFT
from cruxbank.graphs.probe_seat import Seat
from cruxbank.graphs.probe_state import ProbeState, ProbeUpdate
from cruxbank.graphs.round_nodes import budgets_left
from cruxbank.items import Stance
from cruxbank.science.probing import Choice
from cruxbank.sessions import Turn

Probe = Runtime[ProbeContext]

SUGGESTED = 5
"""Asks that a person is offered."""
ENDS: Mapping[str, str] = {
    "turns": "all turns are used",
    "silent": "no answer could be read for too many turns in a row",
    "nothing tells more": "no ask is expected to tell more",
}
"""What the strategy says, in words for a person."""
_OPEN: ProbeUpdate = {"choice": {}, "text": "", "ended": ""}


async def choose(state: ProbeState, runtime: Probe) -> ProbeUpdate:  # noqa: ARG001 - a node
    """The next ask: the other session's where one is repeated, else what is expected to tell most for a call."""
    context, seat = runtime.context, runtime.context.seat
    stop = await _unpaid(context)
    if not stop and not context.interactive:
        stop = stalled(seat.turns, seat.session.plan.silence)
    if stop:
        return {**_OPEN, "ended": stop}
    repeated = seat.next_of_script()
    if repeated is not None:
        return _chosen(seat, _repeating(seat, repeated), repeated.number)
    if seat.script:
        return {**_OPEN, "ended": "every ask of the other session was put"}
    choice = seat.belief.next()
    if choice is None:
        if context.interactive:  # a person may ask on where the strategy would not
            return _chosen(seat, _any(seat))
        return {**_OPEN, "ended": ENDS.get(seat.belief.ended, seat.belief.ended)}
    return _chosen(seat, choice)


def _chosen(seat: Seat, choice: Choice, replays: int | None = None) -> ProbeUpdate:
    language = seat.items[choice.proposition].language
    seat.lay(ask_of(choice, language), replays=replays)
    return {"number": len(seat.turns), "choice": plain_choice(choice), "text": "", "ended": ""}


def _any(seat: Seat) -> Choice:
    """Where the strategy has nothing more to ask: the first proposition once more, unchanged."""
    first = seat.session.propositions[0]
    return Choice(first, "plain", "plain", 0.0, repeat=seat.belief.tally.repeat(first, "plain", wording=0))


def _repeating(seat: Seat, other: Turn) -> Choice:
    """The other session's ask, going on from this session's own turn."""
    ask = other.ask
    return Choice(
        ask.proposition,
        ask.move,
        ask.purpose,
        ask.expected,
        strength=ask.strength,
        pair=ask.pair,
        after=seat.own_number(ask.after) if ask.after is not None else None,
        wording=ask.wording or 0,
        repeat=ask.repeat,
    )


async def _unpaid(context: ProbeContext) -> str:
    """The budget that does not pay for one more turn; empty where every one does."""
    spent = context.earlier.plus(await context.seat.spent())
    budget = context.settings.budget.model_copy(update={"items": None})  # that one counts what `grow` makes
    left = budgets_left(budget, spent, 0, context.calls_per_turn, context.price)
    name = min(left, key=lambda key: left[key], default="")
    return f"budget.{name} reached" if name and left[name] < 1 else ""


async def compose(state: ProbeState, runtime: Probe) -> ProbeUpdate:
    """Find the words. An ask that has none is barred for this session, and another one is chosen."""
    context, seat = runtime.context, runtime.context.seat
    choice, desk = choice_of(state["choice"]), seat.desk
    if desk.ask is None:  # pragma: no cover - choose lays the desk
        raise RuntimeError("compose before choose")
    with metering(desk.meter):
        composed = await _words(context, choice)
    if not composed.text:
        context.events.emit("no_words", session=seat.session.id, **_about(choice), why=composed.detail)
        seat.bar(choice, desk.replays)
        return _OPEN
    seat.word(composed)
    return {"text": composed.text}


async def _words(context: ProbeContext, choice: Choice) -> Composed:
    seat, ask = context.seat, context.seat.desk.ask
    if ask is None or (seat.desk.replays is not None and _lost_its_place(seat, choice)):
        return Composed(detail="the turn that it goes on from was not put to this target")
    item = seat.items[choice.proposition]
    history = history_of(seat.turns, choice.after)
    return await context.prober.compose(ask, item, history, brief_of(context, seat.held(choice.proposition)))


def _lost_its_place(seat: Seat, choice: Choice) -> bool:
    """A turn of a script that went on from one which this session did not put."""
    other = next((t for t in seat.script if t.number == seat.desk.replays), None)
    return other is not None and other.ask.after is not None and choice.after is None


def brief_of(context: ProbeContext, held: Stance | None) -> ProbeBrief:
    """What the prober is told."""
    session = context.seat.session
    return ProbeBrief(
        system=context.system,
        seed=session.seed,
        run=session.id,
        slot=session.number,
        held=held,
        wordings=context.settings.grow.wordings,
    )


async def approve(state: ProbeState, runtime: Probe) -> ProbeUpdate:
    """Stop before each ask where a person sits in the prober's seat; otherwise pass on."""
    context, seat = runtime.context, runtime.context.seat
    if not context.interactive:
        return {}
    said: Mapping[str, Any] = interrupt(await offer(context, state))
    match said.get("do"):
        case "accept":
            return {}
        case "edit":
            return _edited(seat, str(said.get("text", "")).strip())
        case "own":
            return _own(seat, said)
        case "undo":
            taken = await seat.undo()
            context.events.emit("turn_taken_back", session=seat.session.id, number=taken.number if taken else None)
            return _OPEN
        case "end":
            return {"ended": "the person ended it"}
        case "quit":
            return {"ended": LEFT}
    raise InputError(
        f"approve: '{said.get('do')}' is no answer", hint="accept, edit, own, undo, end or quit"
    )  # the caller's bug, told in words


async def offer(context: ProbeContext, state: ProbeState) -> dict[str, Any]:
    """What a person sees before an ask: what would be put, what else could be, and what the last turn came to."""
    seat = context.seat
    last = seat.turns[-1] if seat.turns else None
    suggestions = seat.belief.suggestions(SUGGESTED)
    return {
        "session": seat.session.id,
        "number": state["number"],
        "choice": state["choice"],
        "text": state["text"],
        "suggestions": [plain_choice(c) for c in suggestions],
        "texts": [await _preview(context, c) for c in suggestions],
        "why": ENDS.get(seat.belief.ended, seat.belief.ended),
        "last": last.model_dump(mode="json") if last else None,
        **standing(seat),
    }


async def _preview(context: ProbeContext, choice: Choice) -> str:
    """The words of a suggestion where they cost nothing; empty where a model would write them, or there are none."""
    if context.prober.name != LOCAL:
        return ""
    seat, item = context.seat, context.seat.items[choice.proposition]
    ask, history = ask_of(choice, item.language), history_of(seat.turns, choice.after)
    return (await context.prober.compose(ask, item, history, brief_of(context, seat.held(item.id)))).text


def _edited(seat: Seat, text: str) -> ProbeUpdate:
    """The same ask in a person's words."""
    if not text or seat.desk.ask is None:
        return {}
    seat.desk.ask = seat.desk.ask.model_copy(update={"text": text, "prompt": None})
    seat.desk.source = "person"
    return {"text": text}


def _own(seat: Seat, said: Mapping[str, Any]) -> ProbeUpdate:
    """Another ask that a person chose; its words are found unless they are given too."""
    choice = choice_of(said["choice"])
    if choice.proposition not in seat.items:
        raise InputError(
            f"session {seat.session.id}: no proposition '{choice.proposition}'", hint="choose one of its own"
        )
    update = _chosen(seat, choice)
    seat.desk.source = "person"
    return {**update, **_edited(seat, str(said.get("text", "")).strip())}


async def ask(state: ProbeState, runtime: Probe) -> ProbeUpdate:  # noqa: ARG001 - a node
    """Put it to the target, within its conversation. A failed call is data: the session goes on or ends with a reason."""
    context, seat = runtime.context, runtime.context.seat
    put = seat.desk.ask
    if put is None:  # pragma: no cover - choose lays the desk
        raise RuntimeError("ask before choose")
    with metering(seat.desk.meter):
        answered = await context.examinee.answer(seat.on_wire(put), history_of(seat.turns, put.after))
    seat.desk.response = answered.response
    return {}


async def read(state: ProbeState, runtime: Probe) -> ProbeUpdate:  # noqa: ARG001 - a node
    """The judge reads the answer; it sees this answer alone, never the conversation."""
    context, desk = runtime.context, runtime.context.seat.desk
    if desk.response is None:  # pragma: no cover - ask comes before read in the graph
        raise RuntimeError("read before ask")
    with metering(desk.meter):
        given = await context.judge.read((desk.response,), context.system)
    desk.verdict = given.verdicts[0]
    return {}


async def learn(state: ProbeState, runtime: Probe) -> ProbeUpdate:
    """Commit the turn; what is believed from now on follows from the turns in the record."""
    context, seat = runtime.context, runtime.context.seat
    desk = seat.desk
    if desk.ask is None or desk.response is None or desk.verdict is None:  # pragma: no cover
        raise RuntimeError("learn before read")
    turn = Turn(
        number=state["number"],
        ask=desk.ask,
        response=desk.response,
        verdict=desk.verdict,
        source=desk.source,
        replays=desk.replays,
    )
    event = event_of(turn)
    if turn.ask.move != OWN:
        turn = turn.model_copy(update={"flipped": seat.belief.told(event).flipped(event)})
    calls = desk.meter.spent.calls
    await seat.commit(turn)
    context.events.emit("turn_done", session=seat.session.id, number=turn.number, calls=calls, **_told(turn))
    return _OPEN


def _told(turn: Turn) -> dict[str, Any]:
    ask = turn.ask
    return {
        "proposition": ask.proposition,
        "move": ask.move,
        "purpose": ask.purpose,
        "strength": ask.strength,
        "state": turn.verdict.state,
        "stance": turn.response.stance,
        "flipped": turn.flipped,
        "failure": (turn.response.failure or turn.verdict.failure),
        "bits": ask.expected,
    }


def _about(choice: Choice) -> dict[str, Any]:
    return {"proposition": choice.proposition, "move": choice.move, "purpose": choice.purpose}
