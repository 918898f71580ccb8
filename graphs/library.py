"""Memory as a run sees it: topics, examples, the duplicate check, staging and the commit of a round."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cruxbank.agents.roles import Example
from cruxbank.graphs.arms import SEPARATION, tabulate
from cruxbank.graphs.outcome import SlotOutcome, Spent, spent_in
from cruxbank.items import Draft, Exit, Item, ItemKind, Reading, Status, Topic
from cruxbank.memory.dedup import DuplicateCheck, DuplicateChecker, Rule
from cruxbank.memory.embeds import Embeds
from cruxbank.memory.outbox import drain
from cruxbank.memory.reading import base, languages_read
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Horizon, SlotCommit
from cruxbank.memory.tallies import best_dimension
from cruxbank.memory.vectors import VectorStore
from cruxbank.science.arms import ArmTable
from cruxbank.science.canary_rates import canary_payload

EXAMPLES = 5
"""A topic's best items that the writer is shown (FACTS 1: AdAEM shows five)."""
LOOKED_AT = 200
"""Items of a topic among which they are found; the record sorts by separation, not by a published score."""


class Measured(NamedTuple):
    """A committed draft with its readings."""

    item: Item
    readings: tuple[Reading, ...]


class Library:
    """Record, vectors and duplicate check of one bank for one run over its topics and those that they give."""

    def __init__(
        self,
        record: Record,
        vectors: VectorStore,
        embeds: Embeds,
        run: str,
        topics: Sequence[Topic],
        *,
        duplicates: Rule = "crux",
        languages: Sequence[str] = ("en",),
    ) -> None:
        self._record = record
        self._vectors = vectors
        self._embeds = embeds
        self._run = run
        self._topics = {topic.id: topic for topic in topics}
        self._rule = duplicates
        self._languages = tuple(languages)
        self.unread: tuple[str, ...] = ()
        """Languages of this run that the encoder does not read: there, only words tell duplicates."""
        self._checker = DuplicateChecker(record, vectors, embeds, rule=duplicates)
        self._horizon = Horizon(run=run, slot=0)
        self._places = np.zeros((0, embeds.dimension), dtype=np.float32)
        self._seen = 0

    async def prepare(self) -> None:
        """Bring the vectors up to the record; take in the topics that earlier rounds added to this run's topics."""
        spoken = {*self._languages, *(topic.language for topic in self._topics.values())}
        reads = await languages_read(self._embeds, spoken)
        self.unread = tuple(language for language in sorted(spoken) if base(language) not in reads)
        self._checker = DuplicateChecker(self._record, self._vectors, self._embeds, rule=self._rule, reads=reads)
        await asyncio.to_thread(self._record.add_topics, self._topics.values())
        await drain(self._record, self._vectors, self._embeds)
        await self._adopt()

    async def _adopt(self) -> None:
        """The record says which topics came from which: children of this run's topics are its topics too, behind them."""
        for topic in await asyncio.to_thread(self._record.topics):
            if topic.parent in self._topics:
                self._topics.setdefault(topic.id, topic)
        fresh = [topic.text for topic in list(self._topics.values())[len(self._places) :]]
        if fresh:
            rows = np.asarray(await self._embeds.aencode(fresh), dtype=np.float32)
            self._places = np.concatenate([self._places, rows])

    def topic(self, key: str) -> Topic:
        """A topic of this run."""
        return self._topics[key]

    @property
    def topics(self) -> tuple[str, ...]:
        """Ids of this run's topics, in their order."""
        return tuple(self._topics)

    def look_from(self, slot: int) -> None:
        """From now on slots see what was committed before `slot`."""
        self._horizon = Horizon(run=self._run, slot=slot)

    async def examples(self, topic: str, kind: ItemKind = "question") -> tuple[Example, ...]:
        """A topic's best items of a kind, best first: by separation, or by the published score they were admitted for."""
        items = await asyncio.to_thread(self._record.items_of_topic, topic, self._horizon, LOOKED_AT)
        mine = [i for i in items if i.separation and i.kind == kind]
        figures = [(i.score.total if i.score else i.separation.joint.est, i.text) for i in mine if i.separation]
        best = sorted(figures, key=lambda pair: -pair[0])[:EXAMPLES]
        return tuple(Example(text=text, separation=figure) for figure, text in best)

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        """(n, dimension) unit rows, one a text, by the bank's encoder."""
        return np.asarray(await self._embeds.aencode(list(texts)), dtype=np.float64)

    async def check(self, draft: Draft) -> DuplicateCheck:
        """Whether memory has this crux already."""
        return await self._checker.check(draft, self._horizon)

    async def check_window(self, draft: Draft, earlier: Sequence[Draft]) -> DuplicateCheck:
        """Whether an earlier slot of the same round wrote this crux."""
        return await self._checker.check_window(draft, earlier)

    async def is_staged(self, slot: int, topic: str) -> bool:
        """Whether this slot was computed for this topic before a stop."""
        staged = await self.staged([slot])
        return slot in staged and staged[slot].topic == topic

    async def stage(self, outcome: SlotOutcome) -> None:
        """Keep a computed slot until its round is committed."""
        await asyncio.to_thread(self._record.stage, self._run, outcome.slot, outcome.model_dump_json())

    async def staged(self, slots: Sequence[int]) -> dict[int, SlotOutcome]:
        """Computed slots that wait for their commit."""
        found = await asyncio.to_thread(self._record.staged, self._run, slots)
        return {slot: SlotOutcome.model_validate_json(payload) for slot, payload in found.items()}

    async def forget(self, slots: Sequence[int]) -> None:
        """Drop computed slots that shall not be committed."""
        await asyncio.to_thread(self._record.unstage, self._run, slots)

    async def commit(
        self,
        outcomes: Sequence[SlotOutcome],
        objective: str = SEPARATION,
        children: Mapping[int, tuple[tuple[Topic, ...], Spent]] | None = None,
    ) -> None:
        """Write a round in one transaction, then bring the vectors up to it. `children`: slot -> the new topics that its
        topic gave, and what asking for them cost; they are topics of this run from now on."""
        given = children or {}
        commits = [self._commit(outcome, objective, given.get(outcome.slot)) for outcome in outcomes]
        await asyncio.to_thread(self._record.commit_round, commits)
        await drain(self._record, self._vectors, self._embeds)
        await self._adopt()

    async def due(self, outcomes: Sequence[SlotOutcome], pays: int) -> list[SlotOutcome]:
        """Outcomes of a round, not yet committed, with which their topic has `pays` admitted items for the first time."""
        decisions = await asyncio.to_thread(self._record.decisions)
        have = Counter(d.topic_id for d in decisions if d.exit is Exit.ADMITTED)
        done = {d.topic_id for d in decisions if "expanded" in json.loads(d.payload)}
        found = []
        for outcome in outcomes:
            have[outcome.topic] += outcome.admitted is not None
            if outcome.admitted is not None and have[outcome.topic] >= pays and outcome.topic not in done:
                done.add(outcome.topic)
                found.append(outcome)
        return found

    def nearest(self, key: str, n: int) -> tuple[str, ...]:
        """Texts of the n topics nearest to one, itself left out."""
        topics, row = list(self._topics.values()), list(self._topics).index(key)
        cosines = np.round((self._places @ self._places[row]).astype(np.float64), 5)
        order = [i for i in np.argsort(-cosines, kind="stable") if i != row]
        return tuple(topics[i].text for i in order[:n])

    async def news(self) -> list[Measured]:
        """Measured drafts that were committed since the last call, in the order of their commits."""
        return await asyncio.to_thread(self._news)

    async def arms(self, objective: str = SEPARATION) -> ArmTable:
        """The topics as arms of the bandit, rebuilt from the decisions that were made for this objective."""
        return await asyncio.to_thread(self._arms, objective)

    async def dry(self, slots: int) -> bool:
        """Whether this run's last slots, at least so many, admitted nothing."""
        decisions = await asyncio.to_thread(self._record.decisions, self._run)
        recent = decisions[-slots:]
        return len(recent) == slots and all(d.exit is not Exit.ADMITTED for d in recent)

    async def spent(self) -> Spent:
        """What this run has spent so far, by its decisions."""
        decisions = await asyncio.to_thread(self._record.decisions, self._run)
        return spent_in(decision.payload for decision in decisions)

    async def admitted(self) -> int:
        """Operational items that this run has made."""
        return len(await asyncio.to_thread(self._record.operational_bits, self._run))

    async def figures(self) -> dict[str, Any]:
        """Where bank and run stand: what progress and report show."""
        stats = await asyncio.to_thread(self._record.stats)
        bits = await asyncio.to_thread(self._record.operational_bits)
        spent, kinds = await self.spent(), stats.operational_by_kind
        return {
            "run": self._run,
            "slots": await asyncio.to_thread(self._record.next_slot, self._run),
            "operational": stats.by_status.get(Status.OPERATIONAL.value, 0),
            "run_operational": await self.admitted(),
            "drafts": stats.items,
            "topics": len(self._topics),
            "topics_tried": stats.topics_tried,
            "topics_operational": stats.topics_operational,
            "domains": stats.domains,
            "median": round(float(np.median(bits)), 6) if bits else 0.0,
            "best": round(max(bits, default=0.0), 6),
            "calls": spent.calls,
            "tokens": spent.tokens,
            "usd": round(spent.usd, 6),
            **({"kinds": kinds} if set(kinds) - {"question"} else {}),
        }

    def _commit(
        self, outcome: SlotOutcome, objective: str, branch: tuple[tuple[Topic, ...], Spent] | None
    ) -> SlotCommit:
        won = outcome.admitted
        last = won or (outcome.tried[-1] if outcome.tried else None)
        children, extra = branch or ((), Spent())
        spent = outcome.spent.plus(extra)
        payload: dict[str, Any] = {
            "detail": outcome.detail,
            "spent": spent.model_dump(),
            "drafts": [_noted(t.item) for t in outcome.tried],
            "objective": objective,
            **canary_payload(outcome.canaries),
        }
        if branch is not None:
            payload["expanded"] = [child.id for child in children]
        return SlotCommit(
            run=self._run,
            slot=outcome.slot,
            topic=self._topics[outcome.topic],
            exit=outcome.exit,
            reward=outcome.reward,
            examinee_calls=spent.examinee,
            judge_calls=spent.judge,
            agent_calls=spent.agents,
            item_id=last.item.id if last else None,
            items=tuple(t.item for t in outcome.tried),
            readings=tuple(r for t in outcome.tried for r in t.readings),
            payload=json.dumps(payload, sort_keys=True),
            children=children,
        )

    def _news(self) -> list[Measured]:
        fresh = [d for d in self._record.decisions() if d.seq > self._seen]
        self._seen = max([self._seen, *(d.seq for d in fresh)])
        ids = [i for d in fresh for i in _own_drafts(d.payload, d.seen_before)]
        items = self._record.items_by_id(ids)
        measured = [items[i] for i in ids if i in items and items[i].separation is not None]
        return [Measured(item, self._record.readings(item.id)) for item in measured]

    def _arms(self, objective: str) -> ArmTable:
        topics = tuple(self._topics.values())
        return tabulate(self._record.decisions(), topics, self._places, self._record.stats(), objective)


def _noted(item: Item) -> dict[str, str]:
    """A draft in its decision's payload; `lead` is the dimension on which it separates best, once it is measured."""
    lead = best_dimension(item.separation)
    return {"id": item.id, "exit": item.exit.value} | ({"lead": lead} if lead else {})


def _own_drafts(payload: str, seen_before: Sequence[str]) -> list[str]:
    drafts = [d["id"] for d in json.loads(payload)["drafts"]]
    return [d for d in dict.fromkeys(drafts) if d not in seen_before]
