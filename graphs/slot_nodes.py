"""The nodes of one slot: open, write, critique, recall, ask, read, weigh, decide, leave. Each returns an update."""

from __future__ import annotations

import asyncio
from functools import wraps
from typing import Protocol

from langgraph.runtime import Runtime

from cruxbank.agents.llm_critic import FAILED
from cruxbank.agents.roles import Brief
from cruxbank.graphs.admission import Measured, admit
from cruxbank.graphs.asking import ask_all, read_all
from cruxbank.graphs.assembly import unscored_share
from cruxbank.graphs.assignment import kind_of, language_of
from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.meter import Meter, metering
from cruxbank.graphs.opinions import own_values, published
from cruxbank.graphs.outcome import SlotOutcome
from cruxbank.graphs.stages import calls_per_answer, missing, next_stage
from cruxbank.graphs.state import Race, SlotDone, SlotFull, SlotState, Stage
from cruxbank.graphs.versions import file_away, on_desk
from cruxbank.items import Draft, Exit, item_id
from cruxbank.measures import Score

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
    "own_values": None,
    "score": None,
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
        "versions": (),
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
    brief = await brief_of(context, state)
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
    reviewed = await context.critic.review(draft, await brief_of(context, state))
    if reviewed.review.ok:
        return {}
    failed = FAILED in reviewed.review.reasons  # the critic itself gave no answer: the text may come again
    return _drop(state, context, Exit.FAILED if failed else Exit.CRITIC, reviewed.review.reasons)


async def recall(state: SlotFull, runtime: Slot) -> SlotState:
    """Ask memory for the nearest item; a duplicate is kept with its neighbour and the gate that caught it."""
    context, draft = runtime.context, _draft(state)
    if own := _repeats_own(draft, state):
        if own == draft.id and any(v.draft.id == own for v in state["versions"]):
            return {"draft": None, "original": None, "detail": f"the rewrite of {own} changed nothing"}
        return _drop(state, context, Exit.DUPLICATE_TEXT, (f"this slot tried {own} already",))
    check = await context.library.check(draft)
    if check.ok:
        return {"nearest": check.nearest}
    return _drop({**state, "nearest": check.nearest}, context, check.exit or Exit.DUPLICATE_MEANING, (check.detail,))


@metered
async def ask(state: SlotFull, runtime: Slot) -> SlotState:
    """Ask the stage's models what they have not answered yet, all at once."""
    context, draft = runtime.context, _draft(state)
    wanted, repeated = missing(state["stage"], context.settings, state["readings"]), _repeated(context)
    wanted = [(model, k) for model, k in wanted if repeated or k < len(draft.wordings)]
    if state["meter"].spent.calls + len(wanted) * calls_per_answer(context.settings) > state["quota"]:
        return {**_drop(state, context, Exit.BUDGET, ("the slot's quota is used up",)), "exit": Exit.BUDGET}
    return {"fresh": await ask_all(context, draft.id, draft.wordings, wanted, repeated, draft.kind)}


@metered
async def read(state: SlotFull, runtime: Slot) -> SlotState:
    """The judge reads the new answers; old ones keep their verdicts. AdAEM's score needs the question's own values."""
    context, fresh = runtime.context, await read_all(runtime.context, state["fresh"])
    update: SlotState = {"readings": (*state["readings"], *fresh), "fresh": ()}
    if _repeated(context) and state["stage"] == "pilot":
        update["own_values"] = await own_values(context, _draft(state))
    return update


async def weigh(state: SlotFull, runtime: Slot) -> SlotState:
    """Estimate the separation and race: open drafts are asked on, settled ones go to the decision, and after a pilot
    reflection compares the versions."""
    context, draft, stage = runtime.context, _draft(state), state["stage"]
    found = await asyncio.to_thread(context.yardstick.measure, draft, state["readings"], state["slot"], state["step"])
    update: SlotState = {"separation": found.separation, "pushes": found.pushes}
    if _repeated(context):
        score = await published(context, stage, state["readings"], state.get("own_values"))
        return {**update, "score": score, "race": _raced_by_score(stage, score)}
    after = next_stage(stage, found.race)
    if stage == "pilot":
        return {**update, "race": "piloted" if after else "stopped"}
    return {**update, "race": "open", "stage": after} if after else {**update, "race": "settled"}


def _raced_by_score(stage: Stage, score: Score | None) -> Race:
    """AdAEM has no race: what was piloted is scored by the scoring panel."""
    if stage == "pilot":
        return "piloted" if score else "stopped"
    return "settled"


async def decide(state: SlotFull, runtime: Slot) -> SlotState:
    """Walk the table of admission."""
    separation = state["separation"]
    if separation is None:  # pragma: no cover - weigh comes before decide in the graph
        raise RuntimeError("decide before weigh")
    score = state.get("score")
    best = runtime.context.yardstick.among_best(score.total if score else None)
    measured = Measured(separation, unscored_share(state["readings"]), state["pushes"], score, best)
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
            canaries=state["meter"].canaries,
        )
        await runtime.context.library.stage(outcome)
        runtime.context.events.emit("slot_done", slot=state["slot"], exit=exit_.value, calls=outcome.spent.calls)
    return {"done": [state["slot"]]}


def _repeated(context: GrowContext) -> bool:
    """Whether the base wording is asked several times in place of several wordings."""
    return context.settings.objective == "adaem"


async def brief_of(context: GrowContext, state: SlotFull) -> Brief:
    """What writer and critic of this slot are told."""
    topic = context.library.topic(state["topic"])
    kind = kind_of(context.settings, context.run.seed, state["slot"])
    return Brief(
        topic=topic,
        system=context.system,
        language=language_of(context.settings, topic, context.run.seed, state["slot"]),
        kind=kind,
        examples=await context.library.examples(topic.id, kind),
        avoid=(*(t.item.text for t in state["tried"]), *(v.draft.text for v in state["versions"])),
        wordings=context.settings.grow.all_wordings,
        seed=context.run.seed,
        run=context.run.id,
        slot=state["slot"],
        step=state["step"],
        measure="points" if _repeated(context) else "bits",
    )


def _draft(state: SlotFull) -> Draft:
    draft = state.get("draft")
    if draft is None:  # pragma: no cover - the routers send no slot here without a draft
        raise RuntimeError("a node was reached without a draft")
    return draft


def _repeats_own(draft: Draft, state: SlotFull) -> str:
    """Id of an earlier draft of this slot that shares a wording. Memory cannot tell: it sees earlier slots only, and two
    drafts under one id would mix the wordings of one with the answers to the other."""
    mine = {item_id(w.text, draft.language) for w in draft.wordings}
    earlier = (*(t.item for t in state["tried"]), *(v.draft for v in state["versions"]))
    same = [one.id for one in earlier if mine & {item_id(w.text, one.language) for w in one.wordings}]
    return same[0] if same else ""


def _drop(state: SlotFull, context: GrowContext, exit_: Exit, reasons: tuple[str, ...]) -> SlotState:
    """Put the draft on the pile of tried ones, with its exit; where the slot's money ends, its other versions too."""
    desk = on_desk(state)
    leaving = [*(state["versions"] if exit_ is Exit.BUDGET else ()), *([desk] if desk else [])]
    filed = (file_away(context, state["slot"], version, exit_, reasons) for version in leaving)
    return {"tried": (*state["tried"], *filed), "draft": None, "original": None}
