"""Chroma behind its owner: neighbours, encoder check, drain, rebuild, verify."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cruxbank.errors import BankMismatch, InputError, StoreError
from cruxbank.items import Status
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.chroma import HnswSettings, connect
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.outbox import drain, rebuild
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import CHUNK, VectorRow, VectorStore, cosine
from cruxbank.memory.verify import verify

RUN = "0001-aaaaaaaa"


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "chroma")


@pytest.fixture
async def store(folder, embeds):
    opened = await VectorStore.open(folder, encoder_id(embeds))
    yield opened
    await opened.close()


@pytest.fixture
def bank(tmp_path, make):
    opened = Record.open(str(tmp_path / "record.sqlite"))
    opened.begin_run(RUN, "a" * 64, seed=1)
    for slot, text in enumerate(["Should zoos close?", "Should zoos grow?", "Should rents fall?"]):
        opened.commit_slot(make.commit(slot, make.item(text, slot=slot, topic=make.topic(text.split()[1]))))
    yield opened
    opened.close()


def rows_of(embeds, texts):
    return [
        VectorRow(id=f"r{i:03d}", text=t, vector=v, metadata={"n": i})
        for i, (t, v) in enumerate(zip(texts, embeds.encode(texts), strict=True))
    ]


def test_cosine_is_exact_and_rounded():
    assert cosine(np.array([1, 0], np.float32), np.array([1, 1], np.float32)) == 0.70711
    assert cosine(np.zeros(2, np.float32), np.array([1, 1], np.float32)) == 0.0
    assert str(cosine(np.array([1, 0], np.float32), np.array([-1e-9, 1], np.float32))) == "0.0"


async def test_neighbours_are_those_of_brute_force(store, embeds):
    texts = [f"Should {a} {b} be allowed?" for a in "abcdefghijklm" for b in "nopqrstuvwxyz"]
    rows = rows_of(embeds, texts)
    await store.upsert("items", rows)
    await store.upsert("items", rows[:5])  # again: replaces
    assert await store.count("items") == len(texts) == 169 > 2 * CHUNK
    query = embeds.encode(["Should a n be allowed?"])[0]
    hits = await store.neighbours("items", query, 10)
    exact = sorted((-cosine(query, r.vector), r.id) for r in rows)[:10]
    assert [(-h.cosine, h.id) for h in hits] == exact
    even = await store.neighbours("items", query, 10, keep=lambda said: int(said["n"]) % 2 == 0)
    assert [h.id for h in even] == [i for _, i in sorted((-cosine(query, r.vector), r.id) for r in rows[::2])][:10]
    await store.delete("items", ["r000", "nothing"])
    assert (await store.ids("items"))[0] == "r001"
    assert await store.metadata("items", []) == {}
    assert await store.metadata("items", ["r003"]) == {"r003": {"n": 3}}


async def test_an_empty_store_has_no_neighbours(store, embeds):
    assert await store.neighbours("items", embeds.encode(["x"])[0], 5) == ()


async def test_settings_are_fixed_at_creation_and_vectors_stay(folder, embeds):
    opened = await VectorStore.open(folder, encoder_id(embeds), HnswSettings(ef_search=150))
    await opened.upsert("topics", rows_of(embeds, ["zoos\0", "\u202erents 🧨"]))
    await opened.close()
    await opened.close()
    again = await VectorStore.open(folder, encoder_id(embeds))
    assert await again.ids("topics") == ("r000", "r001")
    hit = (await again.neighbours("topics", embeds.encode(["zoos\0"])[0], 1))[0]
    assert (hit.id, hit.cosine, hit.text) == ("r000", 1.0, "zoos\0")
    await again.close()
    client = connect(folder)
    assert client.get_collection("items", embedding_function=None).configuration["hnsw"]["ef_search"] == 150
    client.close()


@pytest.mark.parametrize(
    ("change", "shown"),
    [({"name": "other"}, "other (64"), ({"dimension": 8}, "(8,"), ({"digest": "beeffeed"}, "beeffeed")],
)
async def test_another_encoder_is_refused(store, folder, embeds, change, shown):
    wanted = encoder_id(embeds).model_copy(update=change)
    with pytest.raises(BankMismatch, match="was made with encoder bag-of-words") as caught:
        await VectorStore.open(folder, wanted)
    assert shown in caught.value.message
    assert "memory.encoder" in caught.value.hint


async def test_a_server_that_is_not_there_is_named(embeds):
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1"):
        await VectorStore.open("http://127.0.0.1:1", encoder_id(embeds))
    with pytest.raises(InputError, match="chroma_url"):
        await VectorStore.open("ftp://127.0.0.1", encoder_id(embeds))


@pytest.fixture
def server(tmp_path):
    """The URL of a Chroma server of our own, on loopback; it may not answer yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chroma = Path(sys.executable).with_name("chroma")
    command = [str(chroma), "run", "--path", str(tmp_path / "server"), "--host", "127.0.0.1", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=os.environ | {"ANONYMIZED_TELEMETRY": "False"}, **quiet) as process:
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.mark.slow
async def test_a_server_does_what_the_folder_does(server, embeds, bank):
    store = await answering(server, embeds)
    assert await drain(bank, store, embeds) == 5
    assert await verify(bank, store) == []
    hits = await store.neighbours("items", embeds.encode(["Should zoos close?"])[0], 2)
    assert (hits[0].text, hits[0].cosine) == ("Should zoos close?", 1.0)
    await store.close()


async def answering(url, embeds):
    for _ in range(100):
        try:
            return await VectorStore.open(url, encoder_id(embeds))
        except StoreError:
            await asyncio.sleep(0.2)
    raise AssertionError("the Chroma server did not start")


async def test_draining_writes_all_once_and_may_be_repeated(store, embeds, bank):
    assert await drain(bank, store, embeds) == 5
    assert await drain(bank, store, embeds) == 0
    assert await store.ids("items") == tuple(sorted(i.id for i in bank.items()))
    assert await verify(bank, store) == []
    item = bank.items()[0]
    bank.set_status(item.id, Status.RETIRED, "old")
    assert {one.kind for one in await verify(bank, store)} == {"outbox", "stale_summary"}
    await drain(bank, store, embeds)
    assert (await store.metadata("items", [item.id]))[item.id]["status"] == "retired"
    bank.set_status(item.id, Status.DRAFT, "unsound")
    await drain(bank, store, embeds)
    assert item.id not in await store.ids("items")
    assert await verify(bank, store) == []


async def test_a_drain_cut_off_before_clearing_is_repeated(store, embeds, bank, monkeypatch):
    def die(_seqs):
        raise StoreError("killed here")

    with monkeypatch.context() as patch:
        patch.setattr(bank, "clear_outbox", die)
        with pytest.raises(StoreError):
            await drain(bank, store, embeds)
    assert await store.count("items") == 3
    assert await drain(bank, store, embeds) == 5
    assert await verify(bank, store) == []


async def test_a_rebuild_gives_the_same_store(store, embeds, bank):
    await drain(bank, store, embeds)
    before = {h.id: (h.cosine, h.metadata) for h in await store.neighbours("items", embeds.encode(["zoos"])[0], 9)}
    await store.delete("items", [bank.items()[0].id])
    await store.upsert("items", rows_of(embeds, ["stray"]))
    kinds = [one.kind for one in await verify(bank, store)]
    assert kinds == ["missing_vector", "stray_vector"]
    assert await rebuild(bank, store, embeds) == 5
    after = {h.id: (h.cosine, h.metadata) for h in await store.neighbours("items", embeds.encode(["zoos"])[0], 9)}
    assert after == before
    assert await verify(bank, store) == []


async def test_verify_names_what_does_not_agree(store, embeds, bank, make, tmp_path):
    await drain(bank, store, embeds)
    lost = make.item("Should cars go?", run="0007-cccccccc", slot=9, readings=3)
    wrong = make.item("Should bikes go?", slot=3).model_copy(update={"id": "it_0000000000000000"})
    bank.commit_slot(make.commit(3, wrong))
    bank.commit_slot(make.commit(4, lost))
    await drain(bank, store, embeds)
    home = BankFolder(tmp_path)
    home.run_folder("0002-bbbbbbbb")
    found = {(one.kind, one.ref) for one in await verify(bank, store, home)}
    assert found == {
        ("wrong_id", wrong.id),
        ("item_without_decision", lost.id),
        ("item_without_run", lost.id),
        ("counts_differ", lost.id),
        ("columns_differ", lost.id),
        ("run_without_folder", RUN),
        ("folder_without_run", "0002-bbbbbbbb"),
    }


async def test_the_event_loop_goes_on_while_chroma_works(store, embeds):
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    beat = asyncio.create_task(tick())
    await store.upsert("items", rows_of(embeds, [f"text {i}" for i in range(300)]))
    beat.cancel()
    assert ticks >= 4  # once a chunk at the least; none when a call blocks the loop
