"""Every inconsistency planted, found by name, mended or left: in record, Chroma, ledger and run folders."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from cruxbank.app.verifying import Verified, _Check
from cruxbank.cli.bank_verify import _tell
from cruxbank.config.loading import load_settings
from cruxbank.config.shipped import presets
from cruxbank.curation import ExportEntry, HumanReview
from cruxbank.items import CallScope, Message, Status
from cruxbank.memory import exposures
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.findings import Inconsistency
from cruxbank.memory.outbox import drain
from cruxbank.memory.record import Record
from cruxbank.memory.repair import DONE, repair_files, repair_record, repair_vectors
from cruxbank.memory.reviews import Reviews
from cruxbank.memory.schema import items
from cruxbank.memory.tables import RECORD, dump
from cruxbank.memory.vectors import VectorRow, VectorStore
from cruxbank.memory.verify import verify, verify_record
from cruxbank.memory.verify_ledger import check_ledger
from cruxbank.memory.verify_runs import check_runs
from cruxbank.models.calls import Reply, Request
from cruxbank.models.ledger_queries import write_answer, write_attempt
from cruxbank.models.ledger_schema import connect

RUN = "0001-aaaaaaaa"
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


@pytest.fixture
async def bank(tmp_path: Path, make: Any, embeds: Any) -> Any:
    made = Bank(tmp_path, make, embeds)
    store = await made.store()
    await drain(made.record, store, embeds)
    await store.close()
    yield made
    made.record.close()


Plant = Callable[[Bank], Any]
PAYLOAD = "UPDATE items SET payload = replace(payload, ?, ?) WHERE id = ?"


def in_record(statement: str, *values: Any) -> Plant:
    return lambda bank: bank.sql(statement, *values)


def in_ledger(statement: str) -> Plant:
    return lambda bank: bank.ledger(statement)


def damage(path: Callable[[Bank], Path], content: bytes) -> Plant:
    return lambda bank: path(bank).write_bytes(content)


def vectors_gone(bank: Bank) -> None:
    shutil.rmtree(bank.folder.chroma)


def other_status(bank: Bank) -> None:
    bank.sql("UPDATE items SET status = 'retired' WHERE id = ?", bank.ids[0])


def open_attempt(bank: Bank) -> None:
    bank.pay("on its way", answered=False)


def held_too(bank: Bank) -> None:
    entry = {"id": "e2", "format": "csv", "rule": "top", "seed": 1, "public": True, "at": "", "canary": "c"}
    with bank.record.database.write() as connection:
        exposures.note(connection, ExportEntry(**entry, digest="d", published=0, held=1), [], [bank.ids[0]])
    bank.sql("UPDATE exposures SET item_id = ? WHERE export = 'e2'", bank.ids[1])


MENDED: dict[str, tuple[Plant, set[str]]] = {
    "vectors gone": (vectors_gone, {"missing_vector"}),
    "outbox": (lambda bank: bank.record.set_status(bank.ids[0], Status.RETIRED, "old"), {"outbox", "stale_summary"}),
    "status column": (other_status, {"columns_differ"}),
    "figure column": (in_record("UPDATE items SET joint_est = 9 WHERE slot = 1"), {"columns_differ"}),
    "wording lost": (in_record("DELETE FROM wordings WHERE position = 1"), {"wordings_differ"}),
    "wording other": (in_record("UPDATE wordings SET hash = 'it_x' || position"), {"wordings_differ"}),
    "staged": (in_record("INSERT INTO staged VALUES (?, 1, '{}')", RUN), {"staged_and_committed"}),
    "open attempt": (open_attempt, {"open_attempts"}),
    "events cut": (lambda bank: bank.file("events.jsonl").open("a").write('{"event": "sl'), {"events_cut_off"}),
    "events unended": (lambda bank: bank.file("events.jsonl").open("a").write('{"event": 1}'), {"events_cut_off"}),
}


LEFT: dict[str, tuple[Plant, set[str]]] = {
    "text changed": (lambda bank: bank.sql(PAYLOAD, "zoos close", "cats close", bank.ids[0]), {"wrong_id"}),
    "payload cut": (in_record("UPDATE items SET payload = substr(payload, 1, 90) WHERE slot = 0"), {"unreadable"}),
    "payload alien": (in_record("UPDATE topics SET payload = '{}' WHERE seq = 1"), {"unreadable"}),
    "history lost": (in_record("DELETE FROM item_history"), {"history_differs"}),
    "history other": (in_record("UPDATE item_history SET after = 'pilot'"), {"history_differs"}),
    "history gap": (in_record("UPDATE item_history SET step = 1"), {"history_with_gaps"}),
    "answers lost": (in_record("DELETE FROM responses"), {"counts_differ"}),
    "decision lost": (in_record("DELETE FROM decisions WHERE slot = 0"), {"item_without_decision", "rows_missing"}),
    "item lost": (in_record("DELETE FROM items WHERE slot = 1"), {"decision_without_item", "rows_missing"}),
    "run lost": (in_record("DELETE FROM runs"), {"dangling", "item_without_run", "folder_without_run"}),
    "topic lost": (in_record("DELETE FROM topics WHERE seq = 1"), {"dangling", "item_without_topic", "rows_missing"}),
    "turn of nothing": (in_record("INSERT INTO turns VALUES ('s', 0, 'p', 0, 0, 0, '{}', '{}')"), {"dangling"}),
    "review of nothing": (in_record("UPDATE reviews SET payload = replace(payload, 'it_', 'ix_')"), {"review_without_item"}),
    "review lost": (in_record("DELETE FROM reviews WHERE number = 0"), {"reviews_with_gaps", "rows_missing"}),
    "export counts": (in_record("DELETE FROM exposures WHERE part = 'held'"), {"export_differs"}),
    "export lost": (in_record("DELETE FROM exports"), {"exposure_without_export", "dangling"}),
    "held and given": (held_too, {"held_and_published"}),
    "exposure of nothing": (in_record("UPDATE exposures SET item_id = part"), {"exposure_without_item", "dangling"}),
    "ledger gone": (lambda bank: bank.folder.ledger.unlink(), {"ledger_missing"}),
    "ledger garbage": (damage(lambda bank: bank.folder.ledger, b"no" * 9999), {"ledger_damaged"}),
    "ledger of tomorrow": (in_ledger("PRAGMA user_version = 9"), {"ledger_damaged"}),
    "answer lost": (in_ledger("UPDATE calls SET status = 'failed'"), {"reading_without_call"}),
    "call lost": (in_ledger("DELETE FROM calls"), {"reading_without_call", "attempt_without_call"}),
    "attempts lost": (in_ledger("DELETE FROM attempts"), {"answer_without_attempt"}),
    "endpoint lost": (in_ledger("DELETE FROM endpoints"), {"call_without_endpoint"}),
    "question changed": (in_ledger("UPDATE calls SET messages = replace(messages, 'zoos', 'cats')"), {"wrong_key"}),
    "answer changed": (in_ledger("UPDATE calls SET answer = 'nein'"), {"answer_differs"}),
    "folder gone": (lambda bank: shutil.rmtree(bank.folder.path / "runs" / RUN), {"run_without_folder"}),
    "folder of nothing": (lambda bank: bank.folder.run_folder("0002-bbbbbbbb"), {"folder_without_run"}),
    "config gone": (lambda bank: bank.file("config.yaml").unlink(), {"run_file_missing"}),
    "result gone": (lambda bank: bank.file("run.json").unlink(), {"run_file_missing"}),
    "result garbage": (lambda bank: bank.file("run.json").write_text("{"), {"run_file_damaged"}),
    "result of another": (lambda bank: bank.file("run.json").write_text('{"run": "x"}'), {"run_file_damaged"}),
    "events garbage": (lambda bank: bank.file("events.jsonl").write_text("\x00\n"), {"run_file_damaged"}),
}  # fmt: skip
ALSO = {
    "exposure_without_item",
    "dangling",
    "wordings_differ",
    "stale_summary",
    "missing_vector",
    "stray_vector",
    "run_file_missing",
    "counts_differ",
    "unreadable",
}
"""What a planted fault brings with it elsewhere, rightly."""


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


async def test_a_sound_bank_has_nothing_to_find(bank: Bank):
    assert await bank.check() == Verified(left=())
    assert await bank.mend() == []


@pytest.mark.parametrize("name", MENDED)
async def test_what_can_be_mended_is_found_and_mended(name: str, bank: Bank):
    plant, expected = MENDED[name]
    plant(bank)
    kept = everything(bank)
    found = kinds(await bank.find())
    assert found == expected
    assert found <= DONE.keys()
    assert await bank.mend() == []
    assert everything(bank) == kept


async def test_garbage_in_place_of_chroma_is_set_aside_and_made_again(bank: Bank):
    (bank.folder.chroma / "chroma.sqlite3").write_bytes(b"no" * 999)
    assert kinds((await bank.check()).left) == {"vectors_unreadable"}
    bank.sql("INSERT INTO staged VALUES (?, 1, '{}')", RUN)
    mended = await bank.check(repair=True)
    assert (mended.left, kinds(mended.mended)) == ((), {"vectors_unreadable", "staged_and_committed"})
    assert (bank.folder.path / "chroma.damaged").is_dir()


@pytest.mark.parametrize("name", LEFT)
async def test_what_cannot_be_mended_is_named_and_left(name: str, bank: Bank):
    plant, expected = LEFT[name]
    plant(bank)
    found = await bank.find()
    assert expected <= kinds(found)
    assert kinds(found) <= expected | ALSO
    assert all(one.hint and one.detail for one in found)
    kept, answers = everything(bank), bank.folder.ledger.read_bytes() if bank.folder.ledger.exists() else b""
    assert expected <= kinds(await bank.mend())
    assert everything(bank) == kept
    assert (bank.folder.ledger.read_bytes() if bank.folder.ledger.exists() else b"") == answers


DAMAGE: dict[str, tuple[str, ...]] = {
    "meta": ("UPDATE meta SET value = 'x' WHERE key = 'outbox'",),
    "topics": ("UPDATE topics SET payload = '{' WHERE seq = 1",),
    "runs": ("UPDATE runs SET payload = '{'", "UPDATE runs SET payload = '[]'", "UPDATE runs SET kind = 'weird'"),
    "items": ("UPDATE items SET payload = '{' WHERE seq = 1", "UPDATE items SET payload = '{}' WHERE seq = 1"),
    "item_history": ("UPDATE item_history SET after = 'weird'",),
    "responses": ("UPDATE responses SET payload = '{'", "UPDATE responses SET payload = '{}'"),
    "decisions": (
        "UPDATE decisions SET payload = '{'",
        "UPDATE decisions SET seen_before = '{}'",
        "UPDATE decisions SET exit = 'weird'",
    ),
    "staged": ("INSERT INTO staged VALUES ('0001-aaaaaaaa', 7, '{')",),
    "outbox": ("INSERT INTO outbox VALUES (99, 'weird', 'x')",),
    "updates": ("INSERT INTO updates VALUES ('0001-aaaaaaaa', 0, 1, 0, 0, '{')",),
    "measurements": ("INSERT INTO measurements SELECT id, 0, run, 0, '{}' FROM items",),
    "sessions": (
        "INSERT INTO sessions VALUES ('s', 1, '0001-aaaaaaaa', 1, 'm', '', '[]', '{')",
        "INSERT INTO sessions VALUES ('s', 1, '0001-aaaaaaaa', 1, 'm', '', '{', '{}')",
    ),
    "turns": ("INSERT INTO turns VALUES ('s', 0, 'p', 0, 0, 0, '{}', '{')",),
    "exports": ("UPDATE exports SET payload = '{'", "UPDATE exports SET payload = '{}'"),
    "reviews": ("UPDATE reviews SET payload = '{' WHERE number = 0",),
}
"""By table, what no reader of it can read; `wordings` and `exposures` are names and numbers only."""


def test_what_cannot_be_read_is_named_in_every_table_and_nothing_else_is_blamed(bank: Bank, tmp_path: Path):
    assert DAMAGE.keys() == RECORD.keys() - {"wordings", "exposures"}
    for table, statement in ((table, one) for table, statements in DAMAGE.items() for one in statements):
        copy = tmp_path / "copy.sqlite"
        copy.unlink(missing_ok=True)
        bank.sql("VACUUM INTO ?", str(copy))
        bank.sql(statement, file=copy)
        record = Record.open(str(copy))
        known, found = verify_record(record)
        with record.database.read() as connection:
            found += [*check_ledger(bank.folder.ledger, connection, idle=True), *check_runs(known.runs, bank.folder)]
        record.close()
        unread = [one.detail for one in found if one.kind == "unreadable"]
        assert unread, statement
        assert all(detail.startswith(f"{table}: ") for detail in unread), statement
        assert kinds(found) <= {"unreadable", "outbox", "dangling"}, statement


async def test_a_repair_ends_beside_what_cannot_be_read(bank: Bank):
    bank.sql("UPDATE items SET payload = '{' WHERE slot = 0")
    bank.sql("UPDATE decisions SET payload = '{' WHERE slot = 0")
    bank.sql("INSERT INTO outbox VALUES (99, 'item', ?)", bank.ids[0])
    bank.file("report.html").unlink()
    check = _Check(bank.settings, bank.record, bank.embeds, bank.folder)
    await check._mend(await bank.find())
    assert {"unreadable", "report_missing"} <= kinds(await bank.find())


async def test_where_an_item_was_made_is_compared_and_mended(bank: Bank):
    for statement in ("UPDATE items SET run = 'elsewhere' WHERE id = ?", "UPDATE items SET slot = 77 WHERE id = ?"):
        bank.sql(statement, bank.ids[1])
        assert [(one.kind, one.ref) for one in await bank.find()] == [("columns_differ", bank.ids[1])]
        assert await bank.mend() == []
    bank.sql(PAYLOAD, RUN, "0009-eeeeeeee", bank.ids[1])  # here the columns are right: no repair may take them
    assert {"columns_differ", "item_without_run"} <= kinds(await bank.mend())
    with bank.record.database.read() as connection:
        assert connection.execute(select(items.c.run).where(items.c.id == bank.ids[1])).scalar_one() == RUN


async def test_stray_and_stale_vectors_are_mended_one_by_one(bank: Bank):
    store = await bank.store()
    vector = bank.embeds.encode(["x"])[0]
    await store.upsert("items", [VectorRow(id="it_stray", text="x", vector=vector, metadata={"n": 1})])
    said = (await store.metadata("items", [bank.ids[0]]))[bank.ids[0]]
    await store.upsert("items", [VectorRow(id=bank.ids[0], text="another text", vector=vector, metadata=said)])
    await store.delete("items", [bank.ids[1]])
    await store.close()
    assert {(one.kind, one.ref) for one in await bank.find()} == {
        ("stray_vector", "it_stray"),
        ("stale_summary", bank.ids[0]),
        ("missing_vector", bank.ids[1]),
    }
    assert await bank.mend() == []
    store = await bank.store()
    assert (await store.neighbours("items", bank.embeds.encode([TEXTS[0]])[0], 1))[0].cosine == 1.0
    await store.close()


async def test_a_cut_off_event_is_kept_beside(bank: Bank):
    bank.file("events.jsonl").open("a").write('{"event": "sl')
    await bank.mend()
    assert bank.file("events.cut-off").read_text() == '{"event": "sl\n'
    assert bank.file("events.jsonl").read_text().endswith('"run_ended"}\n')


async def test_open_attempts_beside_a_run_are_no_fault(bank: Bank):
    bank.pay("on its way", answered=False)
    with bank.folder.lock():
        assert await bank.check() == Verified(left=())


@pytest.mark.parametrize("file", ["header.bin", "index_metadata.pickle"])
async def test_a_cut_off_index_never_kills_the_check(file: str, bank: Bank):
    store = await bank.store()
    rows = [f"Should {n} be?" for n in range(1200)]  # from 1,000 rows on the index lies in files
    vectors = bank.embeds.encode(rows)
    made = [VectorRow(id=f"x{n}", text=t, vector=vectors[n], metadata={"n": n}) for n, t in enumerate(rows)]
    await store.upsert("items", made)
    await store.close()
    cut = [path for path in bank.folder.chroma.rglob(file) if path.stat().st_size]
    for path in cut:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = await bank.check()
    assert kinds(found.left) <= {"vectors_unreadable", "stray_vector"}
    mended = await bank.check(repair=True)
    assert mended.left == ()


def test_many_of_one_kind_are_named_by_three_and_counted(capsys: pytest.CaptureFixture[str]):
    found = [Inconsistency(kind="missing_vector", ref=f"it_{n}", detail="d", hint="h") for n in range(660)]
    _tell([Inconsistency(kind="damaged", ref="record", detail="d", hint="h"), *found])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:4]] == [["damaged", "record:"]] + [
        ["missing_vector", f"it_{n}:"] for n in range(3)
    ]
    assert lines[4:] == ["missing_vector: 657 more; --json names them"]


def test_every_kind_of_finding_is_documented():
    root = Path(__file__).parents[2]
    page = (root / "docs" / "backup.md").read_text()
    sources = "".join(path.read_text() for path in (root / "memory").glob("verify*.py"))
    named = set(re.findall(r'kind="(\w+)"', sources)) | set(DONE)
    assert len(named) > 30
    assert [kind for kind in sorted(named) if f"`{kind}`" not in page] == []
