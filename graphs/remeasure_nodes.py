"""The nodes of a re-measurement: choose a batch; ask, read, weigh and update it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

from langgraph.runtime import Runtime

from cruxbank.errors import TooMuchUnscored
from cruxbank.graphs.asking import ask_all, read_all
from cruxbank.graphs.assembly import unscored_share
from cruxbank.graphs.meter import Meter, metering
from cruxbank.graphs.outcome import Spent
from cruxbank.graphs.remeasure_context import RemeasureContext
from cruxbank.graphs.remeasure_state import BatchFull, BatchState, RemeasureState, RemeasureUpdate
from cruxbank.graphs.remeasure_summary import summary
from cruxbank.graphs.remeasure_weigh import Desk, Weighed, repeated, stayed, weigh
from cruxbank.graphs.remeasure_work import Task
from cruxbank.graphs.round_nodes import budgets_left
from cruxbank.items import Item, Reading, Response, Status

Remeasure = Runtime[RemeasureContext]


async def choose(state: RemeasureState, runtime: Remeasure) -> RemeasureUpdate:
    """The next batch: items to ask while the budget pays for them, then those that only need recounting."""
    context = runtime.context
    tasks, stop = next_tasks(context, await context.stock.spent())
    plan = context.stock.plan(tasks[: context.settings.grow.window])
    if plan:
        calls = sum(context.stock.task(item).calls for item in plan)
        context.events.emit("batch_planned", batch=state["batch"], items=plan, calls=calls)
    return {"plan": plan, "stop": "" if plan else stop}


def next_tasks(context: RemeasureContext, spent: Spent) -> tuple[list[Task], str]:
    """What is left to do and can be paid for; where that is nothing, why."""
    work = context.stock.work
    name, calls = calls_left(context, spent)
    tasks = work.granted(calls) or work.recounts()
    if tasks or not len(work):
        return tasks, "every item is measured"
    return [], "the sample is complete" if work.sampled() else f"budget.{name} reached"


def calls_left(context: RemeasureContext, spent: Spent) -> tuple[str, int | None]:
    """The budget that ends first and the calls it still pays for; None without a budget of calls, tokens or money."""
    budget = context.settings.budget.model_copy(update={"items": None})  # that one counts what `grow` makes
    left = budgets_left(budget, spent, 0, 1, context.price)
    return min(left.items(), key=lambda kv: kv[1], default=("", None))


async def ask(state: BatchState, runtime: Remeasure) -> BatchState:
    """Put every item's missing questions to their models, all at once."""
    context, meter = runtime.context, Meter()
    items = await context.stock.items(state["plan"])
    with metering(meter):
        answers = await asyncio.gather(*(_answers(context, items[key]) for key in state["plan"]))
    return {"fresh": dict(zip(state["plan"], answers, strict=True)), "meter": meter}


async def _answers(context: RemeasureContext, item: Item) -> tuple[Response, ...]:
    questions = context.stock.task(item.id).questions
    return await ask_all(_roles(context), item.id, item.wordings, questions, kind=item.kind)


def _roles(context: RemeasureContext) -> Any:
    """Asking and reading want panel, judge and system; both contexts have them."""
    return context


async def read(state: BatchState, runtime: Remeasure) -> BatchState:
    """The judge reads the new answers, item by item; a batch that it cannot read ends the run."""
    context = runtime.context
    with metering(state["meter"]):
        keys = [key for key in state["plan"] if state["fresh"][key]]
        found = await asyncio.gather(*(read_all(_roles(context), state["fresh"][key]) for key in keys))
    readings = dict(zip(keys, found, strict=True))
    _stop_if_unreadable(context, [r for one in readings.values() for r in one])
    return {"readings": readings}


def _stop_if_unreadable(context: RemeasureContext, readings: Sequence[Reading]) -> None:
    share, limit = unscored_share(readings), context.settings.limits.max_unscored
    if share > limit:
        why = Counter(str(r.verdict.failure) for r in readings if r.verdict.state == "unscored").most_common(1)
        message = f"{share:.0%} of {len(readings)} responses unscored in the last batch, limit {limit:.0%}"
        raise TooMuchUnscored(message, hint=f"most often {why[0][0]}; the same command goes on when that is mended")


async def weigh_batch(state: BatchState, runtime: Remeasure) -> BatchState:
    """Old, new and all models' figures of every item; a pilot item moves up unless it repeats one that is up."""
    context, stock = runtime.context, runtime.context.stock
    items = await stock.items(state["plan"])
    promoted: list[Item] = []
    found: list[Weighed] = []
    for place, key in enumerate(state["plan"]):
        desk = _desk(context, state["batch"], place)
        before, fresh = await stock.readings(key), state["readings"].get(key, ())
        one = await asyncio.to_thread(weigh, desk, stock.task(key), items[key], before, fresh)
        if one.measurement.after is Status.OPERATIONAL and items[key].status is not Status.OPERATIONAL:
            if why := await stock.repeats(items[key], promoted):
                said = f"passes admission, but {why}"
                one = repeated(one, said) if items[key].status is Status.DRAFT else stayed(one, items[key], said)
            else:
                promoted.append(one.item)
        found.append(one)
    return {"weighed": tuple(found)}


def _desk(context: RemeasureContext, batch: int, place: int) -> Desk:
    reader = {"judge": context.judge.name, "signed": context.yardstick.signed}
    reader |= {"judge_digest": context.judge_digest, "local_reader": context.local_reader}
    scope, dimensions = context.stock.scope, context.system.ids
    return Desk(context.settings, scope, context.yardstick, dimensions, context.run.id, batch, place, reader)


async def update(state: BatchFull, runtime: Remeasure) -> RemeasureUpdate:
    """Write the batch in one transaction and say where the run stands."""
    context, batch = runtime.context, state["batch"]
    meter = state["meter"]
    await context.stock.commit(batch, state["weighed"], meter.spent, meter.canaries)
    spent = await context.stock.spent()
    figures = summary(await context.stock.measurements())
    context.events.emit("batch_committed", batch=batch, calls=spent.calls, usd=round(spent.usd, 6), **figures)
    return {"batch": batch + 1, "plan": []}
