"""Every inconsistency that a repair mends, planted, found by name and mended: in record, Chroma and run folders."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import select

from cruxbank.app.verifying import _Check
from cruxbank.items import Status
from cruxbank.memory.repair import DONE
from cruxbank.memory.schema import items
from cruxbank.memory.vectors import VectorRow
from tests.made_items import RUN
from tests.memory.sound_bank import PAYLOAD, TEXTS, Bank, Plant, everything, in_record, kinds


def vectors_gone(bank: Bank) -> None:
    shutil.rmtree(bank.folder.chroma)


def other_status(bank: Bank) -> None:
    bank.sql("UPDATE items SET status = 'retired' WHERE id = ?", bank.ids[0])


def open_attempt(bank: Bank) -> None:
    bank.pay("on its way", answered=False)


def told(event: str) -> Plant:
    """The last event of a run that ended while it wrote."""

    def plant(bank: Bank) -> None:
        with bank.file("events.jsonl").open("a") as file:
            file.write(event)

    return plant


MENDED: dict[str, tuple[Plant, set[str]]] = {
    "vectors gone": (vectors_gone, {"missing_vector"}),
    "outbox": (lambda bank: bank.record.set_status(bank.ids[0], Status.RETIRED, "old"), {"outbox", "stale_summary"}),
    "status column": (other_status, {"columns_differ"}),
    "figure column": (in_record("UPDATE items SET joint_est = 9 WHERE slot = 1"), {"columns_differ"}),
    "wording lost": (in_record("DELETE FROM wordings WHERE position = 1"), {"wordings_differ"}),
    "wording other": (in_record("UPDATE wordings SET hash = 'it_x' || position"), {"wordings_differ"}),
    "staged": (in_record("INSERT INTO staged VALUES (?, 1, '{}')", RUN), {"staged_and_committed"}),
    "open attempt": (open_attempt, {"open_attempts"}),
    "events cut": (told('{"event": "sl'), {"events_cut_off"}),
    "events unended": (told('{"event": 1}'), {"events_cut_off"}),
}


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
    told('{"event": "sl')(bank)
    await bank.mend()
    assert bank.file("events.cut-off").read_text() == '{"event": "sl\n'
    assert bank.file("events.jsonl").read_text().endswith('"run_ended"}\n')


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
