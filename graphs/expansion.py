"""Topics that pay give new topics: narrower or adjacent ones, written into the record with the round that earned them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cruxbank.agents.expander import Expanded, Expander, Seedling
from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.meter import Meter, metering
from cruxbank.graphs.outcome import SlotOutcome, Spent
from cruxbank.graphs.stages import TOKENS_PER_CALL, dearest_call
from cruxbank.items import Topic
from cruxbank.topics.gate import CUT, TopicGate

PAYS = 2
"""Items in the bank from which a topic counts as one that pays; it is expanded once."""
FAMILY_CUT = 0.95
"""Cosine from which a new topic is its parent or sibling in other words. "X" and "X in poor countries" have .61-.94
(161 pairs), so the cut between strangers would refuse every narrower topic."""
NEAR = 8
"""Neighbours that an expander is shown."""
BASELINES = frozenset({"adaem", "adaem-repaired", "random"})
"""Policies that play the arms they are given: a baseline with our expansion would be no baseline."""


class Branch(NamedTuple):
    """What a slot's topic gave: new topics past the gate, and what asking for them cost."""

    children: tuple[Topic, ...] = ()
    spent: Spent = Spent()


async def expand(context: GrowContext, outcomes: Sequence[SlotOutcome]) -> dict[int, Branch]:
    """Slot -> branch for every topic that began to pay in this round. A round that is cut off before its commit is
    expanded again from the ledger, and the record has seen nothing of it."""
    expander, want = context.expander, context.settings.topics.expand
    if expander is None or not want or context.settings.topics.policy in BASELINES:
        return {}
    due = await context.library.due(outcomes, PAYS)
    due = due[: await _affordable(context, expander, outcomes)]
    asked = await asyncio.gather(*(_ask(context, expander, outcome) for outcome in due), return_exceptions=True)
    branches: dict[int, Branch] = {}
    taken: list[Topic] = []
    for outcome, answer in zip(due, asked, strict=True):
        if isinstance(answer, BaseException):
            raise answer
        children = await sift(context, context.library.topic(outcome.topic), answer[0].topics, taken, want)
        taken.extend(children)
        branches[outcome.slot] = Branch(tuple(children), answer[1])
    return branches


async def _affordable(context: GrowContext, expander: Expander, outcomes: Sequence[SlotOutcome]) -> int:
    """Expansions that the budget pays for after this round."""
    if expander.calls == 0:
        return len(outcomes)
    budget, spent = context.settings.budget, await context.library.spent()
    for outcome in outcomes:
        spent = spent.plus(outcome.spent)
    left = [float(len(outcomes))]
    if budget.calls is not None:
        left.append((budget.calls - spent.calls) / expander.calls)
    if budget.tokens is not None:
        left.append((budget.tokens - spent.tokens) / (expander.calls * TOKENS_PER_CALL))
    price = dearest_call(context.settings)
    if budget.usd is not None and price > 0:
        left.append((budget.usd - spent.usd) / (expander.calls * price))
    return max(0, int(min(left)))


async def _ask(context: GrowContext, expander: Expander, outcome: SlotOutcome) -> tuple[Expanded, Spent]:
    topic, won = context.library.topic(outcome.topic), outcome.admitted
    earlier = [example.text for example in await context.library.examples(topic.id)]
    seedling = Seedling(
        topic=topic,
        questions=tuple([won.item.text, *earlier][:5] if won else earlier[:5]),
        near=context.library.nearest(topic.id, NEAR),
        count=context.settings.topics.expand,
        seed=context.run.seed,
        run=context.run.id,
        slot=outcome.slot,
    )
    with metering(Meter()) as meter:
        expanded = await expander.expand(seedling)
    return expanded, meter.spent


async def sift(
    context: GrowContext, parent: Topic, proposed: Sequence[Topic], taken: Sequence[Topic], want: int
) -> list[Topic]:
    """The first `want` proposals that are no topic that is there, nor the parent or a sibling in other words."""
    if not proposed:
        return []
    known = [*(context.library.topic(key) for key in context.library.topics), *taken]
    family = [t for t in known if t.id == parent.id or t.parent == parent.id]
    strangers = [t for t in known if t not in family]
    apart, kin = await _gate(context, strangers, CUT), await _gate(context, family, FAMILY_CUT)
    rows = await context.library.embed([t.text for t in proposed])
    kept: list[Topic] = []
    for topic, row in zip(proposed, rows, strict=True):
        vector = np.asarray(row, dtype=np.float32)
        if len(kept) < want and apart.check(topic.text, vector).ok and kin.admit(topic.text, vector).ok:
            kept.append(topic)
    return kept


async def _gate(context: GrowContext, topics: Sequence[Topic], cut: float) -> TopicGate:
    texts = [topic.text for topic in topics]
    rows = await context.library.embed(texts) if texts else np.zeros((0, 0))
    return TopicGate(texts, np.asarray(rows, dtype=np.float32), cut)
