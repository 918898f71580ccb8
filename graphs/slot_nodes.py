"""The nodes of one slot: open, write, critique, recall, ask, read, weigh, decide, leave. Each returns an update."""

from __future__ import annotations

import asyncio
from functools import wraps
from typing import Protocol

from langgraph.runtime import Runtime

from cruxbank.agents.llm_critic import FAILED
from cruxbank.agents.roles import Brief, Feedback, Reaction
from cruxbank.graphs.admission import Measured, admit
from cruxbank.graphs.assembly import to_item, unscored_share
from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.meter import Meter, metering
from cruxbank.graphs.outcome import SlotOutcome, Tried
from cruxbank.graphs.stages import calls_per_answer, missing, next_stage
from cruxbank.graphs.state import SlotDone, SlotFull, SlotState
from cruxbank.items import Draft, Exit, Outcome, Reading, Response, item_id

Slot = Runtime[GrowContext]


class Node(Protocol):
    """A node of the slot graph."""

    __name__: str

    async def __call__(self, state: SlotFull, runtime: Slot) -> SlotState:
        """A partial update of the desk."""
        ...


_CLEAN: SlotState = {
    "feedback": None,
    "stage": "pilot",
    "readings": (),
    "separation": None,
    "nearest": None,
    "pushes": False,
}
"""What every new draft starts with."""


def metered(node: Node) -> Node:
    """Book every model call of a node on its slot's meter."""

    @wraps(node)
    async def inner(state: SlotFull, runtime: Slot) -> SlotState:
        with metering(state["meter"]):
            return await node(state, runtime)

    return inner


async def open_slot(state: SlotFull, runtime: Slot) -> SlotState:
    """Lay the desk. A slot whose outcome is staged already (a stop between slot and commit) has nothing to do."""
    grow = runtime.context.settings.grow
    if await runtime.context.library.is_staged(state["slot"], state["topic"]):
        return {"race": "staged"}
    return {
        "attempts_left": grow.attempts,
        "rewrites_left": grow.max_rewrites,
        "step": 0,
        "draft": None,
        "original": None,
        "feedback": None,
        "tried": (),
        "readings": (),
        "race": "open",
        "exit": None,
        "detail": "",
        "meter": Meter(),
    }


@metered
async def write(state: SlotFull, runtime: Slot) -> SlotState:
    """A new draft, or the last one rewritten with what the panel said."""
    context = runtime.context
    brief = await _brief(context, state)
    original, feedback = state.get("original"), state.get("feedback")
    rewriting = original is not None and feedback is not None
    if original is not None and feedback is not None:
        written = await context.generator.rewrite(original, feedback, brief)
    else:
        written = await context.generator.write(brief)
    return {
        **_CLEAN,
        "draft": written.draft,
        "original": original if rewriting and written.draft else None,
        "step": state["step"] + 1,
        "attempts_left": state["attempts_left"] - 1,
        "detail": "" if written.draft else f"{written.failure}: {written.detail}",
    }


@metered
async def critique(state: SlotFull, runtime: Slot) -> SlotState:
    """Ask the critic; a refused draft is kept with the reasons."""
    context, draft = runtime.context, _draft(state)
    reviewed = await context.critic.review(draft, await _brief(context, state))
    if reviewed.review.ok:
        return {}
    failed = FAILED in reviewed.review.reasons  # the critic itself gave no answer: the text may come again
    return _drop(state, context, Exit.FAILED if failed else Exit.CRITIC, reviewed.review.reasons)


async def recall(state: SlotFull, runtime: Slot) -> SlotState:
    """Ask memory for the nearest item; a duplicate is kept with its neighbour and the gate that caught it."""
    context, draft = runtime.context, _draft(state)
    if own := _repeats_own(draft, state["tried"]):
        return _drop(state, context, Exit.DUPLICATE_TEXT, (f"this slot tried {own} already",))
    check = await context.library.check(draft)
    if check.ok:
        return {"nearest": check.nearest}
    return _drop({**state, "nearest": check.nearest}, context, check.exit or Exit.DUPLICATE_MEANING, (check.detail,))


@metered
async def ask(state: SlotFull, runtime: Slot) -> SlotState:
    """Ask the stage's models what they have not answered yet, all at once."""
    context, draft = runtime.context, _draft(state)
    wanted = missing(state["stage"], context.settings, state["readings"])
    wanted = [(model, w) for model, w in wanted if w < len(draft.wordings)]
    if state["meter"].spent.calls + len(wanted) * calls_per_answer(context.settings) > state["quota"]:
        return {**_drop(state, context, Exit.BUDGET, ("the slot's quota is used up",)), "exit": Exit.BUDGET}
    answers = await asyncio.gather(
        *(context.panel[model].answer(draft.id, draft.wordings[w], w) for model, w in wanted), return_exceptions=True
    )
    fresh: list[Response] = []
    for answer in answers:  # all have come to an end: what a sibling of a failed call was paid for is in the ledger
        if isinstance(answer, BaseException):
            raise answer
        fresh.append(answer.response)
    return {"fresh": tuple(fresh)}


@metered
async def read(state: SlotFull, runtime: Slot) -> SlotState:
    """The judge reads the new answers; old ones keep their verdicts."""
    fresh = state["fresh"]
    given = await runtime.context.judge.read(fresh, runtime.context.system)
    new = (Reading(response=r, verdict=v) for r, v in zip(fresh, given.verdicts, strict=True))
    return {"readings": (*state["readings"], *new), "fresh": ()}


async def weigh(state: SlotFull, runtime: Slot) -> SlotState:
    """Estimate the separation and race: low drafts leave, open ones are asked on, settled ones go to the decision."""
    context, draft = runtime.context, _draft(state)
    found = await asyncio.to_thread(context.yardstick.measure, draft, state["readings"], state["slot"], state["step"])
    update: SlotState = {"separation": found.separation, "pushes": found.pushes}
    after = next_stage(state["stage"], found.race)
    if after is not None:
        return {**update, "race": "open", "stage": after}
    if state["stage"] != "pilot":
        return {**update, "race": "settled"}
    return {**update, **_low(state, context, update)}


async def decide(state: SlotFull, runtime: Slot) -> SlotState:
    """Walk the table of admission."""
    separation = state["separation"]
    if separation is None:  # pragma: no cover - weigh comes before decide in the graph
        raise RuntimeError("decide before weigh")
    measured = Measured(separation, unscored_share(state["readings"]), state["pushes"])
    exit_, reasons = admit(measured, runtime.context.settings)
    return {**_drop(state, runtime.context, exit_, reasons), "exit": exit_}


async def leave(state: SlotFull, runtime: Slot) -> SlotDone:
    """Stage what the slot came to; the commit node of the round writes it into the record."""
    if state["race"] != "staged":
        tried = state["tried"]
        exit_ = state.get("exit") or (tried[-1].item.exit if tried else Exit.NOT_WRITTEN)
        outcome = SlotOutcome(
            run=runtime.context.run.id,
            slot=state["slot"],
            topic=state["topic"],
            tried=tried,
            exit=exit_,
            detail=state["detail"],
            spent=state["meter"].spent,
        )
        await runtime.context.library.stage(outcome)
        runtime.context.events.emit("slot_done", slot=state["slot"], exit=exit_.value, calls=outcome.spent.calls)
    return {"done": [state["slot"]]}


async def _brief(context: GrowContext, state: SlotFull) -> Brief:
    topic = context.library.topic(state["topic"])
    return Brief(
        topic=topic,
        system=context.system,
        language=topic.language,
        examples=await context.library.examples(topic.id),
        avoid=tuple(t.item.text for t in state["tried"]),
        wordings=context.settings.grow.wordings,
        seed=context.run.seed,
        run=context.run.id,
        slot=state["slot"],
        step=state["step"],
    )


def _draft(state: SlotFull) -> Draft:
    draft = state.get("draft")
    if draft is None:  # pragma: no cover - the routers send no slot here without a draft
        raise RuntimeError("a node was reached without a draft")
    return draft


def _repeats_own(draft: Draft, tried: tuple[Tried, ...]) -> str:
    """Id of an earlier draft of this slot that shares a wording. Memory cannot tell: it sees earlier slots only, and two
    drafts under one id would mix the wordings of one with the answers to the other."""
    mine = {item_id(w.text, draft.language) for w in draft.wordings}
    same = [t.item.id for t in tried if mine & {item_id(w.text, t.item.language) for w in t.item.wordings}]
    return same[0] if same else ""


def _drop(state: SlotFull, context: GrowContext, exit_: Exit, reasons: tuple[str, ...]) -> SlotState:
    """Put the draft on the pile of tried ones, with its exit."""
    original = state.get("original")
    item = to_item(
        context,
        state["slot"],
        _draft(state),
        exit_,
        reasons,
        state["readings"],
        state.get("separation"),
        state.get("nearest"),
        replaces=original.id if original and original.id != _draft(state).id else None,
    )
    tried = Tried(item=item, readings=state["readings"])
    return {"tried": (*state["tried"], tried), "draft": None, "original": None}


def _low(state: SlotFull, context: GrowContext, update: SlotState) -> SlotState:
    """A pilot that cannot reach the cut: the draft leaves, and is rewritten if the slot may still do so."""
    separation = update["separation"]
    best = separation.joint.hi if separation else 0.0
    measured: SlotFull = {**state, **update}
    dropped = _drop(measured, context, Exit.PILOT_LOW, (f"upper bound {best:.3f} bits after the pilot",))
    if state["rewrites_left"] <= 0 or state["attempts_left"] <= 0:
        return {**dropped, "race": "low"}
    draft = _draft(state)
    return {
        **dropped,
        "race": "low",
        "original": draft,
        "feedback": _feedback(measured),
        "rewrites_left": state["rewrites_left"] - 1,
    }


def _feedback(state: SlotFull) -> Feedback:
    """What reflection is shown: how the panel answered the base wording."""
    separation = state.get("separation")
    shown = [r for r in state["readings"] if r.response.wording == 0 and r.response.stance is not None]
    return Feedback(
        separation=separation.joint.est if separation else 0.0, reactions=tuple(_reaction(r) for r in shown)
    )


def _reaction(reading: Reading) -> Reaction:
    response: Response = reading.response
    raised = tuple(d for d, outcome in reading.verdict.outcomes.items() if outcome is not Outcome.ABSENT)
    stance = response.stance or "neutral"
    return Reaction(model=response.model, stance=stance, key_points=response.key_points, values=raised)
