"""Duplicates across languages: through translations with any encoder, directly with one that reads both languages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from cruxbank.items import Draft, Exit, Wording
from cruxbank.memory.dedup import DuplicateChecker
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.outbox import drain, rebuild
from cruxbank.memory.reading import ENGLISH, PROBES, languages_read
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.memory.verify import verify
from tests.memory.conftest import BagOfWords

RUN = "0001-aaaaaaaa"
ENGLISH_BASE = "Should large cities cap the rents of old flats?"
GERMAN_BASE = "Sollen große Städte die Mieten alter Wohnungen begrenzen?"
CHINESE_BASE = "大城市应该限制旧公寓的租金吗？"
CONCEPTS = {
    "should": ("sollen", "应该"),
    "large": ("große", "大"),
    "cities": ("städte", "城市"),
    "cap": ("begrenzen", "限制"),
    "rents": ("mieten", "租金"),
    "old": ("alter", "旧"),
    "flats": ("wohnungen", "公寓"),
    "zoos": ("zoos", "动物园"),
    "close": ("schließen", "关闭"),
    **dict(zip(ENGLISH, zip(PROBES["de"], PROBES["zh"], strict=True), strict=True)),
}


class Bilingual(BagOfWords):
    """Reads English, German and Chinese by construction: a word and its translations are one direction; others are none."""

    name, digest = "bilingual", "cafebabe"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return super().encode([" ".join(self._concepts(text)) for text in texts])

    def _concepts(self, text: str) -> list[str]:
        lowered = text.lower()
        forms = [(form.lower(), english) for english, others in CONCEPTS.items() for form in (english, *others)]
        found = {(lowered.find(form), english) for form, english in forms if form in lowered}
        return [english for _, english in sorted(found)] or ["nothing"]


def translated(make, language: str, text: str, slot: int = 4):
    item = make.item(ENGLISH_BASE, slot=slot, extra=["Ought rents to be capped?"])
    return item.model_copy(update={"wordings": (*item.wordings, Wording(kind="base", text=text, language=language))})


def draft(make, text: str, language: str) -> Draft:
    return Draft(topic=make.topic(), wordings=(Wording(kind="base", text=text),), generator="llm", language=language)


@pytest.fixture
async def bank(tmp_path, make):
    """A bank over one encoder with one English item, put into Chinese."""
    opened = []

    async def begin(embeds):
        record = Record.open(str(tmp_path / f"{embeds.name}.sqlite"))
        record.begin_run(RUN, "a" * 64, seed=1)
        record.commit_slot(make.commit(4, translated(make, "zh", CHINESE_BASE)))
        vectors = await VectorStore.open(str(tmp_path / embeds.name), encoder_id(embeds))
        opened.append((record, vectors))
        await drain(record, vectors, embeds)
        return record, vectors

    yield begin
    for record, vectors in opened:
        await vectors.close()
        record.close()


async def test_an_encoder_is_asked_what_it_reads():
    assert await languages_read(BagOfWords(), ["en", "zh", "de"]) == {"en"}
    assert await languages_read(Bilingual(), ["en", "zh-Hans", "de", "fr", "tlh"]) == {"en", "zh", "de"}
    assert await languages_read(Bilingual(), ["en"]) == {"en"}, "no probe where nothing is asked"


@pytest.mark.parametrize(
    ("text", "exit"),
    [
        (CHINESE_BASE, Exit.DUPLICATE_TEXT),
        (CHINESE_BASE.replace("旧", "的旧"), Exit.DUPLICATE_LEXICAL),
        ("动物园应该关闭吗？", None),
    ],
)
async def test_a_draft_meets_the_translation_of_an_item_with_any_encoder(bank, make, text, exit):
    embeds = BagOfWords()
    record, vectors = await bank(embeds)
    found = await DuplicateChecker(record, vectors, embeds).check(draft(make, text, "zh"))
    assert (found.ok, found.exit) == (exit is None, exit)
    if exit:
        assert found.nearest.id == record.items()[0].id


async def test_only_an_encoder_that_reads_both_finds_the_meaning_in_another_language(bank, make):
    asked = draft(make, GERMAN_BASE, "de")
    blind, seeing = BagOfWords(), Bilingual()
    record, vectors = await bank(blind)
    assert (await DuplicateChecker(record, vectors, blind).check(asked)).ok
    record, vectors = await bank(seeing)
    reads = await languages_read(seeing, ["en", "zh", "de"])
    found = await DuplicateChecker(record, vectors, seeing, reads=reads).check(asked)
    assert found.exit is Exit.DUPLICATE_MEANING
    assert found.nearest.id == record.items()[0].id
    assert (await DuplicateChecker(record, vectors, seeing, reads=reads).check(draft(make, "Zoos schließen?", "de"))).ok


async def test_the_meaning_gate_is_silent_in_a_language_that_is_not_read(bank, make):
    """An encoder that finds every Chinese text alike would refuse them all."""

    class OneForAll(BagOfWords):
        name = "one-for-all"

        def encode(self, texts):
            return super().encode(["same" if any(letter > "\u3400" for letter in text) else text for text in texts])

    embeds = OneForAll()
    record, vectors = await bank(embeds)
    other = draft(make, "动物园应该关闭吗？", "zh")
    assert (await DuplicateChecker(record, vectors, embeds).check(other)).ok
    trusting = DuplicateChecker(record, vectors, embeds, reads=frozenset({"en", "zh"}))
    assert (await trusting.check(other)).exit is Exit.DUPLICATE_MEANING


async def test_two_drafts_of_one_window_meet_in_every_language(bank, make):
    embeds = BagOfWords()
    record, vectors = await bank(embeds)
    english = draft(make, ENGLISH_BASE, "en")
    both = english.model_copy(
        update={"wordings": (*english.wordings, Wording(kind="base", text=CHINESE_BASE, language="zh"))}
    )
    checker = DuplicateChecker(record, vectors, embeds)
    chinese = draft(make, CHINESE_BASE, "zh")
    assert (await checker.check_window(chinese, [english])).ok
    found = await checker.check_window(chinese, [both])
    assert (found.exit, found.nearest.id) == (Exit.DUPLICATE_IN_WINDOW, english.id)


async def test_translations_are_vectors_of_their_own_and_can_be_made_again(bank):
    embeds = Bilingual()
    record, vectors = await bank(embeds)
    item = record.items()[0]
    assert await vectors.ids("translations") == (f"{item.id}/zh",)
    assert await vectors.count("items") == 1, "an item counts once"
    assert await verify(record, vectors) == []
    await vectors.delete("translations", [f"{item.id}/zh"])
    assert [(p.kind, p.ref) for p in await verify(record, vectors)] == [("missing_vector", f"{item.id}/zh")]
    await rebuild(record, vectors, embeds)
    assert await verify(record, vectors) == []
