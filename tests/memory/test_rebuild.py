"""Vectors made again from a record of which a part cannot be read: the rest is made, and nothing of that part is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from cruxbank.app.verifying import _Check
from cruxbank.config.loading import settings_from
from cruxbank.config.shipped import presets
from cruxbank.errors import StoreError
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.outbox import drain, rebuild
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.memory.verify import verify
from tests.memory.conftest import BagOfWords, Factory

TEXTS = ("Should zoos close?", "Should rents fall?")
Bank = tuple[BankFolder, Record, list[str]]


@pytest.fixture
async def bank(tmp_path: Path, make: Factory, embeds: BagOfWords) -> AsyncIterator[Bank]:
    """Two measured items with their vectors, and one of another item that nothing knows."""
    folder = BankFolder(tmp_path / "bank")
    folder.ensure(encoder_id(embeds), "schwartz-10")
    record = Record.open(str(folder.record))
    record.begin_run("0001-aaaaaaaa", "a" * 64, seed=1)
    items = [make.item(text, slot=slot, topic=make.topic(text.split()[1])) for slot, text in enumerate(TEXTS)]
    for slot, item in enumerate(items):
        record.commit_slot(make.commit(slot, item))
    store = await VectorStore.open(str(folder.chroma), encoder_id(embeds))
    await drain(record, store, embeds)
    await store.close()
    yield folder, record, [item.id for item in items]
    record.close()


def damage(folder: BankFolder, table: str, key: str) -> None:
    with closing(sqlite3.connect(folder.record)) as connection:
        connection.execute(f"UPDATE {table} SET payload = substr(payload, 1, 40) WHERE id = ?", (key,))  # noqa: S608 - two names
        connection.commit()


@pytest.mark.parametrize("table", ["items", "topics"])
async def test_what_cannot_be_read_keeps_its_vector_and_its_text(bank: Bank, embeds: BagOfWords, table: str) -> None:
    folder, record, ids = bank
    key = ids[0] if table == "items" else record.topics()[0].id
    damage(folder, table, key)
    store = await VectorStore.open(str(folder.chroma), encoder_id(embeds))
    before = await store.texts(table)
    await store.delete("items", [ids[1]])
    assert await rebuild(record, store, embeds) == 3
    assert await store.texts(table) == before
    assert {(one.kind, one.ref) for one in await verify(record, store)} == {("unreadable", key)}
    await store.close()


async def test_the_command_names_it_and_makes_the_rest(bank: Bank, embeds: BagOfWords, tmp_path: Path) -> None:
    folder, record, ids = bank
    damage(folder, "items", ids[0])
    settings = settings_from(yaml.safe_load(presets()["simulated"]) | {"bank": str(folder.path)})
    found = await _Check(settings, record, embeds, folder).go(again=True, repair=False)
    assert ("unreadable", ids[0]) in {(one.kind, one.ref) for one in found.left}
    assert not [one for one in found.left if "vector" in one.kind]


async def test_files_of_chroma_that_nobody_can_open_are_named(bank: Bank, embeds: BagOfWords) -> None:
    folder, record, _ = bank
    for file in folder.chroma.glob("*.sqlite3"):
        file.write_bytes(b"not a database")
    settings = settings_from(yaml.safe_load(presets()["simulated"]) | {"bank": str(folder.path)})
    with pytest.raises(StoreError, match="chroma"):
        await _Check(settings, record, embeds, folder).go(again=True, repair=False)
