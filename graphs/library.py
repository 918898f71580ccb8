"""Memory as a run sees it: topics, examples, the duplicate check, staging and the commit of a round."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cruxbank.agents.roles import Example
from cruxbank.graphs.outcome import SlotOutcome, Spent, spent_in
from cruxbank.items import Draft, Exit, Item, Reading, Status, Topic
from cruxbank.memory.dedup import DuplicateCheck, DuplicateChecker
from cruxbank.memory.embeds import Embeds
from cruxbank.memory.outbox import drain
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Horizon, SlotCommit
from cruxbank.memory.vectors import VectorStore
from cruxbank.science.bandit import ArmTable

EXAMPLES = 5
"""A topic's best items that the writer is shown (FACTS 1: AdAEM shows five)."""
NEAREST = 8
"""Neighbouring topics whose results a topic that was never tried starts from."""


class Measured(NamedTuple):
    """A committed draft with its readings."""

    item: Item
    readings: tuple[Reading, ...]


class Library:
    """Record, vectors and duplicate check of one bank for one run over a fixed list of topics."""

    def __init__(self, record: Record, vectors: VectorStore, embeds: Embeds, run: str, topics: Sequence[Topic]) -> None:
        self._record = record
        self._vectors = vectors
        self._embeds = embeds
        self._run = run
        self._topics = {topic.id: topic for topic in topics}
        self._checker = DuplicateChecker(record, vectors, embeds)
        self._horizon = Horizon(run=run, slot=0)
        self._near: tuple[np.ndarray, np.ndarray] | None = None
        self._domains = sorted({topic.domain for topic in topics})
        self._seen = 0

    async def prepare(self) -> None:
        """Bring the vectors up to the record, and find every topic's neighbours."""
        await asyncio.to_thread(self._record.add_topics, self._topics.values())
        await drain(self._record, self._vectors, self._embeds)
        self._near = await self._neighbours()

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

    async def examples(self, topic: str) -> tuple[Example, ...]:
        """The best separating items of a topic, best first."""
        items = await asyncio.to_thread(self._record.items_of_topic, topic, self._horizon, EXAMPLES)
        return tuple(Example(text=i.text, separation=i.separation.joint.est) for i in items if i.separation)

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

    async def commit(self, outcomes: Sequence[SlotOutcome]) -> None:
        """Write a round in one transaction, then bring the vectors up to it."""
        commits = [self._commit(outcome) for outcome in outcomes]
        await asyncio.to_thread(self._record.commit_round, commits)
        await drain(self._record, self._vectors, self._embeds)

    async def news(self) -> list[Measured]:
        """Measured drafts that were committed since the last call, in the order of their commits."""
        return await asyncio.to_thread(self._news)

    async def arms(self) -> ArmTable:
        """The topics as arms of the bandit, rebuilt from the decisions."""
        return await asyncio.to_thread(self._arms)

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
        spent = await self.spent()
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
        }

    def _commit(self, outcome: SlotOutcome) -> SlotCommit:
        won = outcome.admitted
        last = won or (outcome.tried[-1] if outcome.tried else None)
        payload = {
            "detail": outcome.detail,
            "spent": outcome.spent.model_dump(),
            "drafts": [{"id": t.item.id, "exit": t.item.exit.value} for t in outcome.tried],
        }
        return SlotCommit(
            run=self._run,
            slot=outcome.slot,
            topic=self._topics[outcome.topic],
            exit=outcome.exit,
            reward=outcome.reward,
            examinee_calls=outcome.spent.examinee,
            judge_calls=outcome.spent.judge,
            agent_calls=outcome.spent.agents,
            item_id=last.item.id if last else None,
            items=tuple(t.item for t in outcome.tried),
            readings=tuple(r for t in outcome.tried for r in t.readings),
            payload=json.dumps(payload, sort_keys=True),
        )

    def _news(self) -> list[Measured]:
        fresh = [d for d in self._record.decisions() if d.seq > self._seen]
        self._seen = max([self._seen, *(d.seq for d in fresh)])
        ids = [i for d in fresh for i in _own_drafts(d.payload, d.seen_before)]
        items = self._record.items_by_id(ids)
        measured = [items[i] for i in ids if i in items and items[i].separation is not None]
        return [Measured(item, self._record.readings(item.id)) for item in measured]

    def _arms(self) -> ArmTable:
        arms = self._record.arms()
        held = self._record.stats().operational_by_domain
        known = [arms.get(key) for key in self._topics]
        near, similarity = self._near or (np.zeros((len(known), 0), dtype=np.int64), np.zeros((len(known), 0)))
        return ArmTable(
            pulls=np.array([a.pulls if a else 0 for a in known], dtype=np.int64),
            bits=np.array([a.reward if a else 0.0 for a in known]),
            calls=np.array([float(a.calls) if a else 0.0 for a in known]),
            dry=np.array([a.misses if a else 0 for a in known], dtype=np.int64),
            domain=np.array([self._domains.index(t.domain) for t in self._topics.values()], dtype=np.int64),
            admitted=np.array([held.get(domain, 0) for domain in self._domains], dtype=np.int64),
            neighbours=near,
            similarity=similarity,
        )

    async def _neighbours(self) -> tuple[np.ndarray, np.ndarray]:
        vectors = np.asarray(await self._embeds.aencode([t.text for t in self._topics.values()]), dtype=np.float64)
        similarity = np.round(vectors @ vectors.T, 5)
        np.fill_diagonal(similarity, -1.0)
        n = min(NEAREST, len(vectors) - 1)
        near = np.argsort(-similarity, axis=1, kind="stable")[:, :n]
        return near, np.take_along_axis(similarity, near, axis=1)


def _own_drafts(payload: str, seen_before: Sequence[str]) -> list[str]:
    drafts = [d["id"] for d in json.loads(payload)["drafts"]]
    return [d for d in dict.fromkeys(drafts) if d not in seen_before]
