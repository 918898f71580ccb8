"""Simulated models in German and Chinese: one proposition in three languages, unless a shift was planted."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.agents.roles import Brief
from cruxbank.simulator import tables
from cruxbank.simulator.asking import read_request
from cruxbank.simulator.features import build, gather, word_vector
from cruxbank.simulator.reader import exact_reading
from cruxbank.simulator.roles import reply
from cruxbank.simulator.roster import DIMENSIONS, MODELS
from cruxbank.simulator.tongues import from_english, language_of, to_english
from cruxbank.simulator.truth import language_shift
from cruxbank.simulator.world import World
from cruxbank.topics.reader import seed_topics
from cruxbank.values.systems import load_system

TOPIC = "rent control in big cities"
QUESTION = f"When it comes to {TOPIC}, should personal freedom count for more than public safety?"
MIRROR = f"When it comes to {TOPIC}, should public safety count for more than personal freedom?"
IDS = [model.id for model in MODELS]
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def world() -> World:
    return World(0, "compass")


def play(world: World, schema: str, text: str, **more: Any) -> dict[str, Any]:
    wanted = {"type": "json_schema", "json_schema": {"name": schema, "schema": {}}}
    messages = [{"role": "user", "content": text}]
    request = {"model": "sim-quill-1", "messages": messages, "response_format": wanted, **more}
    return dict(json.loads(reply(world, read_request(request))))


@pytest.fixture
async def wordings() -> list[tuple[str, str]]:
    """(topic, wording) of 40 drafts of the local generator."""
    found = []
    for slot, topic in enumerate(seed_topics()[::12][:40]):
        brief = Brief(topic=topic, system=load_system("schwartz-10"), wordings=4, seed=2, run="r", slot=slot)
        written = await LocalGenerator().write(brief)
        assert written.draft is not None
        found += [(topic.text, wording.text) for wording in written.draft.wordings]
    return found


async def test_a_translation_has_the_key_and_the_content_of_its_original(wordings: list[tuple[str, str]]) -> None:
    for topic, text in wordings:
        assert to_english(text) == text
        for language in ("de", "zh"):
            moved = from_english(text, language, [topic])
            assert language_of(moved) == language, moved
            assert topic.casefold() in moved.casefold()
            assert to_english(moved).casefold() == text.casefold()
            one, two = (build(t, [(s, w, word_vector(0, s)) for s, w in gather(t)]) for t in (text, to_english(moved)))
            assert one.sign == two.sign
            assert np.array_equal(one.z_stance, two.z_stance)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text_has_a_key_and_a_key_is_its_own(text: str) -> None:
    key = to_english(text)
    assert language_of(text) in {"en", "de", "zh"}
    if language_of(text) == "en":
        assert key == text
    for language in ("de", "zh"):
        from_english(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (QUESTION, "en"),
        ("Should Germany's Bundeswehr bring back service für alle?", "en"),
        ("Is it fair that the people of Die and Sind pay more?", "en"),
        ("Should a museum return objects from 北京?", "en"),
        ("Soll der Staat das Rauchen verbieten?", "de"),
        ("Gehören Schuluniformen an die Schulen, oder nicht?", "de"),
        ("政府应该禁止吸烟吗？", "zh"),
        ("在“rent control in big cities”这个问题上，自由是否更重要？", "zh"),
    ],
)
def test_languages_are_told_apart(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("language", ["de", "zh"])
def test_a_translated_question_is_the_same_proposition(world: World, language: str) -> None:
    base, mirror = (from_english(text, language, [TOPIC]) for text in (QUESTION, MIRROR))
    plain = world.features(QUESTION)
    for text, sign in ((base, 1), (mirror, -1)):
        found = world.features(text)
        assert (found.text, found.sign) == (text, sign * plain.sign)
        assert np.array_equal(found.z_values, plain.z_values)
    there, here = (world.latents(IDS, text).stance for text in (base, QUESTION))
    assert np.corrcoef(here, there)[0, 1] > 0.5
    assert not np.array_equal(here, there)  # wording noise is of the text


@pytest.mark.parametrize(("language", "target"), [("de", "zh"), ("zh", "en"), ("en", "de"), ("en", "zh")])
def test_a_translator_translates_between_any_two(world: World, language: str, target: str) -> None:
    base, mirror = (from_english(text, language, [TOPIC]) for text in (QUESTION, MIRROR))
    lines = f"From: {language}\nTo: {target}\nTopic: {TOPIC}\nQuestion: {base}\nMirror: {mirror}\nParaphrase: {base}"
    answer = play(world, "Translation", lines)
    texts = [answer["question"], *answer["mirrors"], *answer["paraphrases"]]
    assert [len(answer["mirrors"]), len(answer["paraphrases"])] == [1, 1]
    assert all(language_of(text) == target for text in texts)
    assert [to_english(text).casefold() for text in texts[:2]] == [QUESTION.casefold(), MIRROR.casefold()]


def test_a_few_translations_leave_a_wording_as_it_was(world: World) -> None:
    lines = f"From: en\nTo: de\nTopic: {TOPIC}\nQuestion: {QUESTION}"
    left = [play(world, "Translation", lines, seed=k)["question"] == QUESTION for k in range(300)]
    assert 0.003 < np.mean(left) < 0.05


@pytest.mark.parametrize("language", ["de", "zh"])
def test_writer_critic_and_respondent_speak_the_language(world: World, language: str) -> None:
    lines = f"Topic: {TOPIC}\nDomain: housing\nRegion: global\nLanguage: {language}\nParaphrases: 3\nMirrors: 2\n"
    passed = 0
    for seed in range(12):
        draft = play(world, "QuestionDraft", lines, seed=seed)
        texts = [draft["question"], *draft["paraphrases"], *draft["mirrors"]]
        assert all(language_of(text) == language for text in [*texts, draft["fact"], draft["argument"]])
        assert all(TOPIC in text for text in texts)
        passed += play(world, "QuestionReview", f"Topic: {TOPIC}\nQuestion: {draft['question']}")["ok"]
        again = play(world, "QuestionDraft", f"{lines}Refused: {draft['question']}\nQuestion: {draft['question']}")
        assert again["question"] != draft["question"]
        said = play(world, "Opinion", f"{draft['question']}\n\nGive your stance.", seed=seed)
        assert said["stance"] in {"yes", "no", "neutral", "refuse"}
        assert len(said["key_points"]) == (0 if said["stance"] == "refuse" else 3)
        assert all(language_of(point) == language for point in said["key_points"])
    assert passed >= 9


@pytest.mark.parametrize("language", ["de", "zh"])
def test_the_judge_reads_key_points_about_as_well_as_english_ones(language: str) -> None:
    hits, sides, wrong, texts = 0, 0, 0, 0
    for name, table in zip(DIMENSIONS, tables.speech(language).phrases, strict=True):
        for side, some in (("supports", table.supports), ("opposes", table.opposes)):
            assert len(some) >= 4
            for text in some:
                found = exact_reading([text], DIMENSIONS)
                texts += 1
                hits += found[name] != "absent"
                sides += found[name] == side
                wrong += sum(outcome != "absent" for other, outcome in found.items() if other != name)
    assert hits / texts > 0.85
    assert sides / texts > 0.8
    assert wrong / (9 * texts) < 0.05


def test_phrases_share_no_run_of_words_with_what_the_judge_reads() -> None:
    for language, longest in (("de", 1), ("zh", 4)):
        words = {word for table in tables.concepts().values() for word in table[language]}
        assert all(len(word.split()) == 1 for word in words)
        assert language == "de" or all(len(word) <= longest for word in words)


def test_a_planted_shift_moves_what_it_says_and_nothing_else() -> None:
    told, shifted = 0, 0
    goods = [good for some in tables.drafts()["sides"].values() for good in some]
    for k, topic in enumerate(seed_topics()[::9]):
        world, plain = (World(k % 5, name) for name in ("compass-dif20", "compass"))
        text = f"When it comes to {topic.text}, should {goods[k % 16]} count for more than {goods[16 + k % 14]}?"
        there = from_english(text, "de", [topic.text])
        found = language_shift(text, "en", "de", world=world)
        assert found == language_shift(there, "en", "de", world=world)
        gap = [w.latents(IDS, there).stance - w.latents(IDS, text).stance for w in (world, plain)]
        change = gap[0] - gap[1]
        told += bool(found["uniform"] or found["reordered"])
        shifted += bool(found["uniform"])
        assert (np.abs(change).max() > 1e-9) == bool(found["uniform"] or found["reordered"])
        if not found["reordered"]:
            assert np.allclose(change, found["uniform"])
    assert 10 < told < 40
    assert 4 < shifted < told


def test_without_a_preset_for_it_no_language_is_shifted(world: World) -> None:
    assert language_shift(QUESTION, "en", "zh", world=world) == {"uniform": 0.0, "reordered": False}
    text = from_english(QUESTION, "zh", [TOPIC])
    assert HAN.search(text)
