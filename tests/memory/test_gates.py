"""The gates for drafts from outside a run: the same words under the code of another language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from cruxbank.app.gates import Gates
from cruxbank.app.reviewing import Desk
from cruxbank.config.loading import settings_from
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.items import Draft, Exit, Status, Wording
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.imports import commit_import
from cruxbank.memory.outbox import drain
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
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
