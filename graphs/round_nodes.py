"""The nodes of a round: choose topics, commit what the slots came to."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from langgraph.runtime import Runtime

from cruxbank.config.settings import BudgetSettings
from cruxbank.errors import TooMuchUnscored
from cruxbank.graphs.assembly import draft_of, unscored_share
from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.expansion import expand
from cruxbank.graphs.outcome import SlotOutcome, Spent, Tried
from cruxbank.graphs.stages import TOKENS_PER_CALL, dearest_call, worst_case
from cruxbank.graphs.state import GrowState, GrowUpdate, Planned
from cruxbank.items import Draft, Exit, Status
from cruxbank.science.seeds import rng

Grow = Runtime[GrowContext]

QUIET_ROUNDS = 2
"""Rounds without an admission after which a run over resting topics ends: with local agents a slot that only repeats
known questions costs no call, so no budget would ever end it."""


async def choose(state: GrowState, runtime: Grow) -> GrowUpdate:
    """Plan the next round: as many slots as the budget surely pays for, each with its own topic."""
    context, first = runtime.context, state["next_slot"]
    spent = await context.library.spent()
    have = await context.library.admitted()
    count, stop = grant(context, spent, have)
    context.library.look_from(first)
    arms = await context.library.arms(context.settings.objective)
    arms = replace(arms, seed=context.run.seed, budget=_pulls(context))
    if arms.exhausted.all() and await context.library.dry(QUIET_ROUNDS * context.settings.grow.window):
        count, stop = 0, "topics exhausted: none gave an item of late; add topics, or raise grow.attempts"
    chosen = context.policy.choose(arms, count, rng(context.run.seed, first, "topics"))
    topics = context.library.topics
    quota = worst_case(context.settings)
    plan = [Planned(slot=first + i, topic=topics[arm], quota=quota) for i, arm in enumerate(chosen)]
    context.events.emit("round_planned", slots=[p["slot"] for p in plan], topics=[p["topic"] for p in plan])
    return {"plan": plan, "done": None, "stop": "" if plan else stop or "no topics left"}


def _pulls(context: GrowContext) -> int:
    """Slots that the whole budget pays for in the worst case; 0 where only items end the run."""
    budget = context.settings.budget.model_copy(update={"items": None})
    left = budgets_left(budget, Spent(), 0, worst_case(context.settings), dearest_call(context.settings))
    return min(left.values(), default=0)


def grant(context: GrowContext, spent: Spent, have: int) -> tuple[int, str]:
    """Slots that every budget can pay for in the worst case, and the budget that forbids more."""
    settings, worst = context.settings, worst_case(context.settings)
    left = budgets_left(settings.budget, spent, have, worst, dearest_call(context.settings))
    name, slots = min(left.items(), key=lambda kv: kv[1], default=("", settings.grow.window))
    return max(0, min(settings.grow.window, slots)), f"budget.{name} reached" if name else ""


def budgets_left(budget: BudgetSettings, spent: Spent, have: int, worst: int, price: float) -> dict[str, int]:
    """Slots that each budget still pays for."""
    left: dict[str, int] = {}
    if budget.calls is not None:
        left["calls"] = (budget.calls - spent.calls) // worst
    if budget.tokens is not None:
        left["tokens"] = (budget.tokens - spent.tokens) // (worst * TOKENS_PER_CALL)
    if budget.usd is not None and price > 0:
        left["usd"] = int((budget.usd - spent.usd) / (worst * price))
    if budget.items is not None:
        left["items"] = budget.items - have
    return left


async def commit(state: GrowState, runtime: Grow) -> GrowUpdate:
    """Write the round into the record, in the order of its slots; then let bandit and yardstick learn from it."""
    context = runtime.context
    slots = [planned["slot"] for planned in state["plan"]]
    staged = await context.library.staged(slots)
    await _stop_if_unreadable(context, list(staged.values()))
    outcomes = await _without_repeats(context, [staged[slot] for slot in slots])
    branches = await expand(context, outcomes)
    await context.library.commit(outcomes, context.settings.objective, branches)
    news = await context.library.news()
    await asyncio.to_thread(context.yardstick.learn, news)
    context.events.emit("round_committed", **await context.library.figures(), origin=context.run.origin)
    return {"next_slot": slots[-1] + 1, "plan": [], "done": None}


async def _stop_if_unreadable(context: GrowContext, outcomes: Sequence[SlotOutcome]) -> None:
    """An instrument that failed a whole round is not asked on; the round is forgotten, its failed calls come again."""
    readings = [r for outcome in outcomes for tried in outcome.tried for r in tried.readings]
    share, limit = unscored_share(readings), context.settings.limits.max_unscored
    if share > limit:
        await context.library.forget([outcome.slot for outcome in outcomes])
        why = Counter(str(r.verdict.failure) for r in readings if r.verdict.state == "unscored").most_common(1)
        message = f"{share:.0%} of {len(readings)} responses unscored in the last round, limit {limit:.0%}"
        raise TooMuchUnscored(message, hint=f"most often {why[0][0]}; the same command goes on when that is mended")


async def _without_repeats(context: GrowContext, outcomes: Sequence[SlotOutcome]) -> list[SlotOutcome]:
    """Slots of one round did not see each other: the later of two equal drafts is no longer admitted."""
    kept: list[Draft] = []
    clean = []
    for outcome in outcomes:
        won = outcome.admitted
        if won is not None:
            check = await context.library.check_window(draft_of(won.item), kept)
            if check.ok:
                kept.append(draft_of(won.item))
            else:
                outcome = _demoted(outcome, won, check.detail)
        clean.append(outcome)
    return clean


def _demoted(outcome: SlotOutcome, won: Tried, why: str) -> SlotOutcome:
    change = {"status": Status.PILOT, "exit": Exit.DUPLICATE_IN_WINDOW, "reasons": (why,)}
    lost = won.model_copy(update={"item": won.item.model_copy(update=change)})
    tried = tuple(lost if t is won else t for t in outcome.tried)
    return outcome.model_copy(update={"tried": tried, "exit": Exit.DUPLICATE_IN_WINDOW})
