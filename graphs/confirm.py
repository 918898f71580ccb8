"""Confirmation: an item that was admitted is asked once more, on wordings and by models that had no say in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from langgraph.runtime import Runtime

from cruxbank.config.settings import Settings
from cruxbank.graphs.asking import ask_all, read_all
from cruxbank.graphs.assembly import count
from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.outcome import Tried
from cruxbank.graphs.slot_nodes import metered
from cruxbank.graphs.stages import Question, confirm_questions
from cruxbank.graphs.state import SlotFull, SlotState
from cruxbank.graphs.transfer import with_transfer
from cruxbank.items import Item, Reading
from cruxbank.measures import Confirmation, Fresh
from cruxbank.science.quadratic import q_item
from cruxbank.science.readings import collect
from cruxbank.science.seeds import rng
from cruxbank.science.shrink import joint_bits
from cruxbank.science.transfer import PairDistances


@metered
async def confirm(state: SlotFull, runtime: Runtime[GrowContext]) -> SlotState:
    """Ask the fresh wordings of an operational item, if it is one of those to be confirmed."""
    context, (*before, won) = runtime.context, state["tried"]
    won = won.model_copy(update={"item": _carried(context, won)})
    wanted = confirm_questions(context.settings)
    if wanted and chosen(context, state["slot"]):
        won = await _confirmed(context, won, wanted)
    return {"tried": (*before, won)}


def chosen(context: GrowContext, slot: int) -> bool:
    """Whether the item of this slot is confirmed: drawn by slot, so that no result has a part in it."""
    return bool(rng(context.run.seed, slot, "confirm", 0).random() < context.settings.grow.confirm_share)


async def _confirmed(context: GrowContext, won: Tried, wanted: Sequence[Question]) -> Tried:
    item = won.item
    possible = [(model, w) for model, w in wanted if w < len(item.wordings)]
    readings = await read_all(context, await ask_all(context, item.id, item.wordings, possible, kind=item.kind))
    panels = context.settings.panels
    found = Confirmation(
        scoring=fresh(context, item, readings, panels.scoring),
        holdout=fresh(context, item, readings, panels.holdout) if panels.holdout else None,
        counts=count(readings),
    )
    return Tried(item=item.model_copy(update={"confirmation": found}), readings=(*won.readings, *readings))


def fresh(context: GrowContext, item: Item, readings: Sequence[Reading], panel: Sequence[str]) -> Fresh:
    """Q of one panel on the fresh wordings, between families, in the metric of the moment of admission.

    Between families, because the panels differ in how many families they have; se is that of Q over all pairs.
    """
    mine = [r for r in readings if r.response.model in panel]
    arrays = collect(
        mine,
        item.wordings,
        panel,
        context.system.ids,
        families(context.settings, panel),
        signed=context.yardstick.signed,
    )
    stats = q_item(arrays, context.yardstick.metric)
    models, se = int(stats.models[0]), float(stats.se[0])
    q = PairDistances.of(arrays, context.yardstick.metric).between()
    low, high = (q - 1.96 * se, q + 1.96 * se) if np.isfinite(se) else (0.0, np.inf)
    est, lo, hi = (float(joint_bits(value, models)) for value in (q, low, high))
    known = se if np.isfinite(se) else 0.0
    return Fresh(est=est, lo=lo, hi=hi, q=q, q_se=known, models=models, responses=int(arrays.kept().sum()))


def families(settings: Settings, panel: Sequence[str]) -> dict[str, str]:
    """Family of each model of a panel."""
    return {model: settings.model(model).family for model in panel}


def _carried(context: GrowContext, won: Tried) -> Item:
    """The item with what its own panel says about families that were not asked."""
    separation = won.item.separation
    if separation is None:
        return won.item
    found = with_transfer(context.settings, context.yardstick, won.item.chosen_on, won.readings, separation)
    return won.item.model_copy(update={"separation": found})
