"""The bank as a re-measurement sees it: what is left to do, items with their readings, peers, and the commit of a batch."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from cruxbank.accuracy import CanaryReading
from cruxbank.config.settings import Settings
from cruxbank.graphs.outcome import Spent, spent_in
from cruxbank.graphs.remeasure_weigh import Weighed, chosen_draft
from cruxbank.graphs.remeasure_work import Scope, Task, Work, versions
from cruxbank.graphs.yardstick import Yardstick
from cruxbank.items import Item, Reading, Status
from cruxbank.memory.dedup import DuplicateChecker
from cruxbank.memory.embeds import Embeds
from cruxbank.memory.outbox import drain
from cruxbank.memory.reading import languages_read
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Measurement, UpdateCommit
from cruxbank.memory.vectors import VectorStore
from cruxbank.science.canary_rates import canary_payload


class Stock:
    """Record and vectors of one bank for one re-measurement."""

    def __init__(
        self,
        record: Record,
        vectors: VectorStore,
        embeds: Embeds,
        settings: Settings,
        scope: Scope,
        run: str,
        seed: int,
    ) -> None:
        self._record = record
        self._vectors = vectors
        self._embeds = embeds
        self._settings = settings
        self._run = run
        self._checker = DuplicateChecker(record, vectors, embeds)
        self.scope = scope
        self.work = Work.of(record, settings, scope, run, seed)
        self._tasks: dict[str, Task] = {}

    async def prepare(self, yardstick: Yardstick) -> None:
        """Bring the vectors up to the record, and let the yardstick learn from what was there before this run."""
        await drain(self._record, self._vectors, self._embeds)
        spoken = (await asyncio.to_thread(self._record.stats)).languages
        reads = await languages_read(self._embeds, spoken)
        self._checker = DuplicateChecker(self._record, self._vectors, self._embeds, reads=reads)
        await asyncio.to_thread(self._teach, yardstick)

    def _teach(self, yardstick: Yardstick) -> None:
        own = {m.item_id: set(m.asked) for m in self._record.measurements(run=self._run)}
        drafts: list[tuple[Item, list[Reading]]] = []
        for item in self._record.items(order="seq"):
            if item.separation is None:
                continue
            new = own.get(item.id, set())
            readings = [r for r in self._record.readings(item.id) if r.response.model not in new]
            if any(r.response.model in self.scope.current for r in readings):
                drafts.append((item, readings))
        yardstick.learn(drafts)

    def plan(self, tasks: Sequence[Task]) -> list[str]:
        """Note the tasks of a batch; returns their items' ids."""
        self._tasks = {task.item: task for task in tasks}
        return list(self._tasks)

    def task(self, item: str) -> Task:
        """The task of an item of the current batch."""
        return self._tasks[item]

    async def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """Items by id."""
        return await asyncio.to_thread(self._record.items_by_id, ids)

    async def readings(self, item: str) -> tuple[Reading, ...]:
        """All readings of an item so far."""
        return await asyncio.to_thread(self._record.readings, item)

    async def spent(self) -> Spent:
        """What this run has spent so far."""
        updates = await asyncio.to_thread(self._record.updates, self._run)
        return spent_in(update.payload for update in updates)

    async def measurements(self) -> tuple[Measurement, ...]:
        """What this run has measured so far."""
        return await asyncio.to_thread(self._record.measurements, None, self._run)

    async def next_batch(self) -> int:
        """One more than the last committed batch."""
        return len(await asyncio.to_thread(self._record.updates, self._run))

    async def repeats(self, item: Item, promoted: Sequence[Item]) -> str:
        """Why a pilot item may not move up beside those that did: it repeats one of them; else an empty text.

        Later drafts were checked against this item, and it against earlier ones. Nobody checked it against the other
        drafts of its slot and window, and against those of its topic that entered by another run's horizon.
        """
        roots = versions(await asyncio.to_thread(self._record.items, order="seq"))
        operational = await asyncio.to_thread(self._record.items, Status.OPERATIONAL, item.language)
        others = [other for other in (*operational, *promoted) if other.id != item.id]
        if same := [other.id for other in others if roots[other.id] == roots[item.id]]:
            return f"{same[0]} is another version of it"
        if item.status is Status.DRAFT:  # it met memory when it entered; the bank may have grown since
            mine = {key for key, root in roots.items() if root == roots[item.id]}
            known = await self._checker.check(chosen_draft(item), apart_from=mine)
            if not known.ok:
                return known.detail
        near = [other for other in others if self._beside(item, other)]
        check = await self._checker.check_window(chosen_draft(item), [chosen_draft(other) for other in near])
        return "" if check.ok else check.detail

    def _beside(self, item: Item, other: Item) -> bool:
        mine, theirs = item.provenance, other.provenance
        window = mine.run == theirs.run and abs(mine.slot - theirs.slot) < self._settings.grow.window
        return window or other.topic.id == item.topic.id

    async def commit(
        self, batch: int, weighed: Sequence[Weighed], spent: Spent, canaries: Sequence[CanaryReading] = ()
    ) -> None:
        """Write a batch in one transaction, then bring the vectors up to it."""
        commit = UpdateCommit(
            run=self._run,
            batch=batch,
            examinee_calls=spent.examinee,
            judge_calls=spent.judge,
            items=tuple(w.item for w in weighed),
            readings=tuple(r for w in weighed for r in w.readings),
            measurements=tuple(w.measurement for w in weighed),
            payload=json.dumps({"spent": spent.model_dump(), **canary_payload(canaries)}, sort_keys=True),
        )
        await asyncio.to_thread(self._record.commit_update, commit)
        await drain(self._record, self._vectors, self._embeds)
        self.work.done(self._tasks.values())
