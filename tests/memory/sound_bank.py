"""A sound bank with something in every store, and ways to plant a fault behind the back of all code."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from cruxbank.app.verifying import Verified, _Check
from cruxbank.config.loading import load_settings
from cruxbank.config.shipped import presets
from cruxbank.curation import ExportEntry, HumanReview
from cruxbank.items import CallScope, Message
from cruxbank.memory import exposures
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.findings import Inconsistency
from cruxbank.memory.record import Record
from cruxbank.memory.repair import repair_files, repair_record, repair_vectors
from cruxbank.memory.reviews import Reviews
from cruxbank.memory.schema import items
from cruxbank.memory.tables import RECORD, dump
from cruxbank.memory.vectors import VectorStore
from cruxbank.memory.verify import verify, verify_record
from cruxbank.models.calls import Reply, Request
from cruxbank.models.ledger_queries import write_answer, write_attempt
from cruxbank.models.ledger_schema import connect
from tests.made_items import RUN

TEXTS = ("Should zoos close?", "Should zoos grow?", "Should rents fall?")


class Bank:
    """A sound bank with answers in record and ledger, a review, an export, a run folder and vectors."""

    def __init__(self, path: Path, make: Any, embeds: Any) -> None:
        self.folder = BankFolder(path / "bank")
        data = yaml.safe_load(presets()["simulated"]) | {"bank": str(self.folder.path)}
        (path / "crux.yaml").write_text(yaml.safe_dump(data))
        self.settings = load_settings(path / "crux.yaml")
        self.embeds = embeds
        self.folder.ensure(encoder_id(embeds), "schwartz-10")
        self.record = Record.open(str(self.folder.record))
        self.record.begin_run(RUN, "a" * 64, seed=1)
        self.ids = [self._item(make, slot, text) for slot, text in enumerate(TEXTS)]
        self._curate()
        folder = self.folder.run_folder(RUN)
        for name in ("config.yaml", "prompts.json", "report.html"):
            (folder / name).write_text("[]")
        (folder / "run.json").write_text(json.dumps({"run": RUN}))
        (folder / "events.jsonl").write_text('{"event": "run_started"}\n{"event": "run_ended"}\n')
        self.record.finish_run(RUN, "budget.calls reached")

    def _item(self, make: Any, slot: int, text: str) -> str:
        item = make.item(text, slot=slot, topic=make.topic(text.split()[1]), readings=1, extra=[f"Or {text}"])
        reading = make.reading(item.id)
        response = reading.response.model_copy(update={"call": self.pay(text), "text": f"ja {text}"[:5]})
        reading = reading.model_copy(update={"response": response})
        self.record.commit_slot(make.commit(slot, item, readings=[reading]))
        return str(item.id)

    def pay(self, text: str, *, answered: bool = True) -> str:
        scope = CallScope(kind="measurement", purpose="respond")
        request = Request("openai", "https://a.b/v1", "m", {"t": 0.5}, (Message(role="user", content=text),), scope)
        ledger = connect(self.folder.ledger, recover=False)
        number = write_attempt(ledger, request, request.key, RUN, 0.0, 9, 0.5)
        if answered:
            write_answer(ledger, request.key, number, Reply(f"ja {text}"), 1.0)
        ledger.close()
        return request.key

    def _curate(self) -> None:
        reviews = Reviews(self.record.database)
        for choice in ("flag", "accept"):
            reviews.decide(HumanReview(item=self.ids[0], reviewer="ann", choice=choice, reason="why"))
        entry = {"id": "e1", "format": "jsonl", "rule": "top", "seed": 1, "public": True, "at": "", "canary": "c"}
        with self.record.database.write() as connection:
            made = ExportEntry(**entry, digest="d", published=1, held=1)
            exposures.note(connection, made, [self.ids[1]], [self.ids[2]])

    async def store(self) -> VectorStore:
        return await VectorStore.open(str(self.folder.chroma), encoder_id(self.embeds))

    async def find(self) -> list[Inconsistency]:
        """The check itself, without the process that tries Chroma first: that takes a second."""
        store = await self.store()
        try:
            return await verify(self.record, store, self.folder, idle=True)
        finally:
            await store.close()

    async def mend(self) -> list[Inconsistency]:
        """The repair itself; what is left afterwards."""
        found = await self.find()
        known, _ = verify_record(self.record)
        repair_record(self.record, known, found)
        repair_files(self.folder, found)
        store = await self.store()
        await repair_vectors(self.record, store, self.embeds, known, found)
        await store.close()
        return await self.find()

    async def check(self, *, repair: bool = False) -> Verified:
        """All that the command does."""
        return await _Check(self.settings, self.record, self.embeds, self.folder).go(again=False, repair=repair)

    def sql(self, statement: str, *values: Any, file: Path | None = None) -> None:
        """Behind the back of all code: no foreign keys, no transaction of ours."""
        connection = sqlite3.connect(file or self.folder.record, isolation_level=None)
        connection.execute("PRAGMA foreign_keys=OFF")
        changed = connection.execute(statement, values).rowcount
        connection.close()
        assert changed != 0, statement

    def ledger(self, statement: str, *values: Any) -> None:
        self.sql(statement, *values, file=self.folder.ledger)

    def file(self, name: str) -> Path:
        return self.folder.path / "runs" / RUN / name


Plant = Callable[[Bank], Any]
PAYLOAD = "UPDATE items SET payload = replace(payload, ?, ?) WHERE id = ?"


def in_record(statement: str, *values: Any) -> Plant:
    return lambda bank: bank.sql(statement, *values)


_TRUE = tuple(
    RECORD[name] for name in ("topics", "runs", "responses", "decisions", "item_history", "reviews", "exports")
)


def kinds(found: Any) -> set[str]:
    return {one.kind for one in found}


def everything(bank: Bank) -> bytes:
    """What no repair may change: the canonical record without the columns that repeat it, and the ledger's answers."""
    with bank.record.database.read() as connection:
        kept = [line for table in _TRUE for line in dump(connection, table)]
        kept += [json.dumps(list(row)).encode() for row in connection.execute(select(items.c.id, items.c.payload))]
    return b"".join(kept)
