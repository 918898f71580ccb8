"""Every inconsistency that no repair may touch, planted and found by name: in record, ledger and run folders."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cruxbank.app.verifying import Verified
from cruxbank.cli.bank_verify import _tell
from cruxbank.curation import ExportEntry
from cruxbank.memory import exposures
from cruxbank.memory.findings import Inconsistency
from cruxbank.memory.record import Record
from cruxbank.memory.repair import DONE
from cruxbank.memory.tables import RECORD
from cruxbank.memory.verify import verify_record
from cruxbank.memory.verify_ledger import check_ledger
from cruxbank.memory.verify_runs import check_runs
from tests.made_items import RUN
from tests.memory.sound_bank import PAYLOAD, Bank, Plant, everything, in_record, kinds


def in_ledger(statement: str) -> Plant:
    return lambda bank: bank.ledger(statement)


def damage(path: Callable[[Bank], Path], content: bytes) -> Plant:
    return lambda bank: path(bank).write_bytes(content)


def held_too(bank: Bank) -> None:
    entry = {"id": "e2", "format": "csv", "rule": "top", "seed": 1, "public": True, "at": "", "canary": "c"}
    with bank.record.database.write() as connection:
        exposures.note(connection, ExportEntry(**entry, digest="d", published=0, held=1), [], [bank.ids[0]])
    bank.sql("UPDATE exposures SET item_id = ? WHERE export = 'e2'", bank.ids[1])


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


async def test_a_sound_bank_has_nothing_to_find(bank: Bank):
    assert await bank.check() == Verified(left=())
    assert await bank.mend() == []


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


async def test_open_attempts_beside_a_run_are_no_fault(bank: Bank):
    bank.pay("on its way", answered=False)
    with bank.folder.lock():
        assert await bank.check() == Verified(left=())


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
