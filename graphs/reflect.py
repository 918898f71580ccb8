"""Reflection: after a pilot, rewrite the best version once more, let it go on to the scoring panel, or give up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
from langgraph.runtime import Runtime

from cruxbank.agents.roles import Feedback, Reaction
from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.outcome import Tried
from cruxbank.graphs.state import SlotFull, SlotState
from cruxbank.graphs.versions import Version, best_of, file_away, in_order, lay_out, on_desk
from cruxbank.items import Exit, Outcome, Reading, Response
from cruxbank.science import adaem


async def reflect(state: SlotFull, runtime: Runtime[GrowContext]) -> SlotState:
    """The best of the versions so far is rewritten while that pays; then it goes on, if the race leaves it a chance."""
    desk = on_desk(state)
    held = (*state["versions"], desk) if desk else state["versions"]
    best = best_of(held)
    if state["rewrites_left"] > 0 and state["attempts_left"] > 0 and await _pays(runtime.context, held, best):
        return {
            "race": "rewrite",
            "versions": held,
            "draft": None,
            "original": best.draft,
            "feedback": feedback(best),
            "rewrites_left": state["rewrites_left"] - 1,
        }
    return _settle(state, runtime.context, held, best)


async def _pays(context: GrowContext, held: Sequence[Version], best: Version) -> bool:
    """The stop rule of the objective: the posterior of the gain against its calls, or AdAEM's raw gain."""
    if context.settings.objective == "adaem":
        return adaem.repeats(np.array([v.score.total if v.score else -np.inf for v in held]))
    found = await asyncio.to_thread(context.yardstick.outlook, best.draft, best.readings)
    return found.pays


def _settle(state: SlotFull, context: GrowContext, held: Sequence[Version], best: Version) -> SlotState:
    """One version goes on, the others leave; where none may go on, all do."""
    going = best if best.viable else None
    filed = [(v.place, _leaving(context, state["slot"], v, going)) for v in held if v is not going]
    update: SlotState = {"versions": (), "tried": in_order(state["tried"], filed), "feedback": None}
    if going is None:
        return {**update, "race": "low", "draft": None, "original": None}
    return {**update, **lay_out(going), "race": "open", "stage": "scoring"}


def _leaving(context: GrowContext, slot: int, version: Version, going: Version | None) -> Tried:
    if going is not None and version.viable:
        says = f"{version.strength:.3f} after the pilot, {going.strength:.3f} for {going.draft.id}"
        return file_away(context, slot, version, Exit.OUTDONE, (says,))
    if version.separation is None or context.settings.objective == "adaem":
        return file_away(context, slot, version, Exit.PILOT_LOW, ("fewer than two models could be scored",))
    top = version.separation.joint.hi
    return file_away(context, slot, version, Exit.PILOT_LOW, (f"upper bound {top:.3f} bits after the pilot",))


def feedback(version: Version) -> Feedback:
    """What reflection is shown: how well the version did, and how the panel answered its base wording."""
    shown = [r for r in version.readings if r.response.wording == 0 and r.response.stance is not None]
    return Feedback(
        separation=version.strength if version.score or version.separation else 0.0,
        measure="points" if version.score else "bits",
        reactions=tuple(_reaction(r) for r in shown),
    )


def _reaction(reading: Reading) -> Reaction:
    response: Response = reading.response
    raised = tuple(d for d, outcome in reading.verdict.outcomes.items() if outcome is not Outcome.ABSENT)
    stance = response.stance or "neutral"
    return Reaction(model=response.model, stance=stance, key_points=response.key_points, values=raised)
