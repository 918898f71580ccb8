"""Stores of a test that are closed at its end, and what the graphs run over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cruxbank.config.loading import load_settings
from cruxbank.config.shipped import presets
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from tests.graphs import grow_bench, remeasure_bank
from tests.memory.conftest import BagOfWords

Stores = Callable[[Path], Awaitable[tuple[Record, VectorStore]]]


@pytest.fixture
async def open_stores() -> AsyncIterator[Stores]:
    """Opens record and vectors in a folder, as often as one likes; closes all at the end."""
    opened: list[Any] = []

    async def begin(folder: Path) -> tuple[Record, VectorStore]:
        opened.append(Record.open(str(folder / "record.sqlite")))
        opened.append(await VectorStore.open(str(folder / "chroma"), encoder_id(BagOfWords())))
        return opened[-2], opened[-1]

    yield begin
    for one in reversed(opened):
        closing = one.close()
        if closing is not None:
            await closing


@pytest.fixture
def make_bench(tmp_path: Path, open_stores: Stores) -> Callable[..., Awaitable[grow_bench.Bench]]:
    """A bench over these topics; the sections change the configuration."""

    async def begin(topics: list[str], **sections: Any) -> grow_bench.Bench:
        file = tmp_path / "crux.yaml"
        file.write_text(presets()["simulated"], encoding="utf-8")
        agents = {"generator": "sim-quill-1", "judge": "sim-quill-3"}
        base: dict[str, Any] = {"agents": agents, "grow": {"window": 4, "attempts": 2}, "budget": {"calls": 2000}}
        given = {**base, **sections}
        given["grow"] = {"confirm_responses": 0, **given["grow"]}
        record, vectors = await open_stores(tmp_path)
        record.begin_run(grow_bench.RUN, "0badcafe")
        return grow_bench.Bench(load_settings(file, given), record, vectors, topics)

    return begin


@pytest.fixture
def make_bank(tmp_path: Path, open_stores: Stores) -> Callable[..., Awaitable[remeasure_bank.Bank]]:
    """An empty bank in a folder of this name; the sections change the configuration."""

    async def begin(name: str = "bank", **sections: Any) -> remeasure_bank.Bank:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "crux.yaml").write_text(presets()["simulated"], encoding="utf-8")
        given = {"grow": {"window": 4}, "budget": {"calls": 100_000}} | sections
        record, vectors = await open_stores(folder)
        record.begin_run(remeasure_bank.GROWN, "a" * 64)
        return remeasure_bank.Bank(load_settings(folder / "crux.yaml", given), record, vectors)

    return begin
