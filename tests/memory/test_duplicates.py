"""The three gates, against memory and within a window."""

from __future__ import annotations

import pytest

from cruxbank.items import Draft, Exit, Wording
from cruxbank.memory.dedup import DuplicateChecker
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.outbox import drain
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Horizon
from cruxbank.memory.thresholds import Thresholds
from cruxbank.memory.vectors import VectorStore

RUN = "0001-aaaaaaaa"
BASE = "Should city councils ban rent control even if some small landlords lose money?"


@pytest.fixture
async def memory(tmp_path, make, embeds):
    """A record and vectors with one operational item in slot 4, on rent control."""
    record = Record.open(str(tmp_path / "record.sqlite"))
    record.begin_run(RUN, "a" * 64, seed=1)
    record.commit_slot(make.commit(4, make.item(BASE, slot=4, extra=["Ought rent control to end?"])))
    vectors = await VectorStore.open(str(tmp_path / "chroma"), encoder_id(embeds))
    await drain(record, vectors, embeds)
    yield record, vectors
    await vectors.close()
    record.close()


def draft(make, text, *, topic="rent control", extra=(), language="en"):
    wordings = (Wording(kind="base", text=text), *(Wording(kind="paraphrase", text=t) for t in extra))
    return Draft(topic=make.topic(topic, language=language), wordings=wordings, generator="local", language=language)


def words(text):
    return text.replace("some small", "many small")


@pytest.mark.parametrize(
    ("text", "topic", "exit"),
    [
        (BASE.upper() + "!!", "rent control", Exit.DUPLICATE_TEXT),
        ("ought rent-control to end", "rent control", Exit.DUPLICATE_TEXT),
        (words(BASE), "rent control", Exit.DUPLICATE_LEXICAL),
        ("Should city councils ban rent control even if landlords lose?", "rent control", Exit.DUPLICATE_MEANING),
        ("Is rent control fair towards young families who move often?", "rent control", None),
        (BASE.replace("rent control", "night flights"), "night flights", None),
        ("Do whales feel grief?", "whales", None),
    ],
)
async def test_each_gate_refuses_what_it_is_for(memory, make, embeds, text, topic, exit):
    record, vectors = memory
    checker = DuplicateChecker(record, vectors, embeds)
    found = await checker.check(draft(make, text, topic=topic))
    assert (found.ok, found.exit) == (exit is None, exit)
    assert found.nearest is not None
    assert found.nearest.id == record.items()[0].id
    assert (found.nearest.id in found.detail) is (exit is not None)


async def test_a_paraphrase_of_the_draft_may_be_the_repeated_text(memory, make, embeds):
    record, vectors = memory
    new = draft(make, "Do whales feel grief?", extra=["Ought rent control to END"])
    found = await DuplicateChecker(record, vectors, embeds).check(new)
    assert found.exit is Exit.DUPLICATE_TEXT


async def test_a_replayed_slot_never_meets_itself(memory, make, embeds):
    record, vectors = memory
    checker = DuplicateChecker(record, vectors, embeds)
    for text in (BASE, words(BASE)):
        for slot in (0, 4):
            assert await checker.check(draft(make, text), Horizon(run=RUN, slot=slot)) == (
                await checker.check(draft(make, "unlike"), Horizon(run=RUN, slot=slot))
            )
        assert not (await checker.check(draft(make, text), Horizon(run=RUN, slot=5))).ok
        assert not (await checker.check(draft(make, text), Horizon(run="0002-bbbbbbbb", slot=0))).ok


async def test_another_language_is_another_item(memory, make, embeds):
    record, vectors = memory
    assert (await DuplicateChecker(record, vectors, embeds).check(draft(make, words(BASE), language="de"))).ok


async def test_new_commits_are_seen_without_a_new_checker(memory, make, embeds):
    record, vectors = memory
    checker = DuplicateChecker(record, vectors, embeds)
    new = draft(make, "Do whales feel grief?", topic="whales")
    assert (await checker.check(new)).ok
    near = "Do most whales feel grief?"
    record.commit_slot(make.commit(5, make.item(near, topic=make.topic("whales"), slot=5)))
    await drain(record, vectors, embeds)
    assert (await checker.check(new)).exit in {Exit.DUPLICATE_LEXICAL, Exit.DUPLICATE_MEANING}


async def test_the_published_rule_is_the_mean_of_three_above_its_cut(memory, make, embeds):
    record, vectors = memory
    checker = DuplicateChecker(record, vectors, embeds, rule="adaem", thresholds=Thresholds(lexical=1.0))
    near = draft(make, words(BASE))
    alone = await checker.check(near)
    assert (alone.exit, alone.detail.split()[3:5]) == (Exit.DUPLICATE_MEANING, ["top", "1"])
    for slot, text in ((5, "Do whales feel grief?"), (6, "Must trains run?")):
        record.commit_slot(make.commit(slot, make.item(text, topic=make.topic(text), slot=slot)))
    await drain(record, vectors, embeds)
    assert (await checker.check(near)).ok  # now two of the top three are far away


@pytest.mark.parametrize(
    ("text", "topic", "ok"),
    [
        (BASE.lower(), "rent control", False),
        (words(BASE), "rent control", False),
        ("Should city councils ban rent control even if landlords lose?", "rent control", False),
        ("Is rent control fair towards young families who move often?", "rent control", True),
        (BASE.replace("rent control", "night flights"), "night flights", True),
    ],
)
async def test_a_window_refuses_its_own_repeats(memory, make, embeds, text, topic, ok):
    record, vectors = memory
    checker = DuplicateChecker(record, vectors, embeds)
    others = [draft(make, "Do whales feel grief?", topic="whales"), draft(make, BASE)]
    found = await checker.check_window(draft(make, text, topic=topic), others)
    assert found.ok is ok
    if not ok:
        assert found.exit is Exit.DUPLICATE_IN_WINDOW
        assert found.nearest is not None
        assert found.nearest.id == others[1].id


@pytest.mark.parametrize("text", ["\0?", "\u202e?", "?!", "🧨 " * 50, "' OR 1=1 --", "this this this"])
async def test_odd_texts_pass_through_all_gates(memory, make, embeds, text):
    record, vectors = memory
    checker = DuplicateChecker(record, vectors, embeds)
    new = draft(make, text, topic=text)
    assert isinstance((await checker.check(new)).ok, bool)
    assert not (await checker.check_window(new, [new])).ok


@pytest.mark.slow
async def test_with_the_real_encoder_paraphrases_are_refused_and_neighbours_pass(tmp_path, make):
    from cruxbank.encoder import load_encoder

    encoder = load_encoder()
    record = Record.open(str(tmp_path / "record.sqlite"))
    record.begin_run(RUN, "a" * 64)
    record.commit_slot(make.commit(0, make.item("Should landlords be forbidden to raise rents above inflation?")))
    vectors = await VectorStore.open(str(tmp_path / "chroma"), encoder_id(encoder))
    await drain(record, vectors, encoder)
    checker = DuplicateChecker(record, vectors, encoder)
    same = "Do you think that rent increases above inflation should be prohibited for landlords?"
    other = "Does rent control make it harder for young people to find a flat?"
    assert (await checker.check(draft(make, same))).exit is Exit.DUPLICATE_MEANING
    assert (await checker.check(draft(make, other))).ok
    await vectors.close()
    record.close()
