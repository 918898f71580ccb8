"""The gates for drafts from outside a run: the same words under the code of another language."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from cruxbank.agents.roles import Brief, Reviewed
from cruxbank.app.gates import Gates, open_gates
from cruxbank.app.import_files import Row
from cruxbank.app.importing import ASKED, ImportRequest, Job
from cruxbank.app.reviewing import Desk
from cruxbank.config.loading import settings_from
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.errors import BudgetExhausted
from cruxbank.items import Draft, Exit, Review, Status, Wording
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.imports import commit_import
from cruxbank.memory.outbox import drain
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.values.systems import load_system
from tests.memory.conftest import BagOfWords, Factory

BASE = "Should rent control be banned?"
WAITS = "Should night flights be banned?"


def configured(tmp_path: Path) -> Settings:
    return settings_from({**yaml.safe_load(presets()["simulated"]), "bank": str(tmp_path), "languages": ["en", "nl"]})


@pytest.fixture
async def desk(tmp_path: Path, make: Factory, embeds: BagOfWords) -> AsyncIterator[tuple[Desk, Record]]:
    record = Record.open(str(tmp_path / "record.sqlite"))
    record.begin_run("0001-aaaaaaaa", "a" * 64, seed=1)
    record.commit_slot(make.commit(4, make.item(BASE, slot=4)))
    waiting = make.item(WAITS, slot=5, status=Status.DRAFT, exit=Exit.IMPORTED, topic=make.topic("night flights"))
    record.commit_slot(make.commit(5, waiting))
    vectors = await VectorStore.open(str(tmp_path / "chroma"), encoder_id(embeds))
    await drain(record, vectors, embeds)
    yield Desk(configured(tmp_path), record, vectors, embeds, "ada"), record
    await vectors.close()
    record.close()


@pytest.fixture
async def gates(desk: tuple[Desk, Record]) -> Gates:
    return await desk[0].gates()


def draft(make: Factory, text: str, language: str, *more: str) -> Draft:
    texts = (text, *more)
    kinds = ("base", *("paraphrase" for _ in more))
    made = [Wording.model_validate({"kind": kind, "text": one}) for kind, one in zip(kinds, texts, strict=True)]
    return Draft(topic=make.topic("rents"), wordings=tuple(made), generator="import", language=language)


@pytest.mark.parametrize(
    ("text", "exit_"), [(BASE, Exit.DUPLICATE_TEXT), (WAITS, Exit.DUPLICATE_IN_WINDOW), ("Do whales grieve?", None)]
)
@pytest.mark.parametrize("first", [True, False])
async def test_the_code_of_another_language_makes_no_new_crux(
    gates: Gates, make: Factory, text: str, exit_: Exit | None, first: bool
) -> None:
    own = "Is walvisvaart verkeerd?"
    new = draft(make, text, "nl") if first else draft(make, own, "nl", text)
    assert (await gates.remember(new)).exit is exit_


async def test_drafts_that_came_while_the_reviewer_read_are_compared(desk: tuple[Desk, Record], make: Factory) -> None:
    seat, record = desk
    text = "Should whaling be banned?"
    assert (await (await seat.gates()).remember(draft(make, text, "en"))).exit is None
    other = make.item(text, slot=6, status=Status.DRAFT, exit=Exit.EDITED, topic=make.topic("rents"))
    commit_import(record.database, "0001-aaaaaaaa", [other])
    again = draft(make, "Should whaling be BANNED", "en", text)
    assert (await (await seat.gates()).remember(again)).exit is Exit.DUPLICATE_IN_WINDOW


class Purse:
    """A critic at the model seam: says yes until its money is gone, and knows how many it reads at once."""

    name = "purse"

    def __init__(self, money: int) -> None:
        self._money, self._reading = money, 0
        self.asked, self.most = 0, 0

    async def review(self, draft: Draft, brief: Brief) -> Reviewed:
        self.asked, self._reading = self.asked + 1, self._reading + 1
        self.most = max(self.most, self._reading)
        await asyncio.sleep(0)
        self._reading -= 1
        if self.asked > self._money and brief.slot > self._money:
            raise BudgetExhausted("no money is left")
        return Reviewed(review=Review(ok=True, critic=self.name))


async def test_a_critic_reads_several_lines_at_once_and_memory_them_in_order(
    tmp_path: Path, make: Factory, embeds: BagOfWords
) -> None:
    (tmp_path / "a.jsonl").touch()
    settings = configured(tmp_path)
    system, critic = load_system(settings.values), Purse(money=ASKED + 2)
    texts = [" ".join(re.findall(".{8}", sha256(str(n).encode()).hexdigest())) for n in range(3 * ASKED)]
    texts[1] = texts[0].upper()
    rows = [Row(n, draft(make, text, "en")) for n, text in enumerate(texts, 1)]
    record = Record.open(str(tmp_path / "record.sqlite"))
    vectors = await VectorStore.open(str(tmp_path / "chroma"), encoder_id(embeds))
    try:
        gates = await open_gates(settings, system, record, vectors, embeds, critic)
        request = ImportRequest(file=tmp_path / "a.jsonl")
        taken = await Job(settings, request, system, record, vectors, embeds)._through(gates, rows, lambda *_: None)
    finally:
        await vectors.close()
        record.close()
    assert [one.row for one in taken] == rows
    assert [one.refused for one in taken] == [
        "", "duplicate_in_window", *[""] * ASKED, *["budget_ended"] * (2 * ASKED - 2)
    ]  # fmt: skip
    assert (critic.most, critic.asked) == (16, 32)  # nobody is asked once the money is gone
