"""The simulated models as question writer, critic and judge; the words they use."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from cruxbank.simulator import tables
from cruxbank.simulator.asking import question_of, read_request
from cruxbank.simulator.direction import direction
from cruxbank.simulator.roles import reply
from cruxbank.simulator.roster import DIMENSIONS
from cruxbank.simulator.stems import stem
from cruxbank.simulator.world import World
from cruxbank.values.systems import load_system

TOPICS = ("rent control in big cities", "the 2023 war in {nowhere}", "the societal impact of AI", "school uniforms")


@pytest.fixture(scope="module")
def world() -> World:
    return World(0)


def play(world: World, schema: str, text: str, model: str = "sim-quill-1", **more: Any) -> dict[str, Any]:
    wanted = {"type": "json_schema", "json_schema": {"name": schema, "schema": {}}}
    request = {"model": model, "messages": [{"role": "user", "content": text}], "response_format": wanted, **more}
    return dict(json.loads(reply(world, read_request(request))))


def brief(topic: str, extra: str = "") -> str:
    return f"Topic: {topic}\nDomain: other\nRegion: global\nLanguage: en\nParaphrases: 3\nMirrors: 2\n{extra}"


def drafts(world: World, n: int = 25) -> Iterator[tuple[str, dict[str, Any]]]:
    for k, topic in itertools.product(range(n), TOPICS):
        yield topic, play(world, "QuestionDraft", brief(topic), seed=k)


def test_a_draft_is_on_its_topic_short_and_has_what_was_asked_for(world: World) -> None:
    questions = set()
    for topic, draft in drafts(world):
        assert len(draft["argument"].split()) < 25
        assert len(draft["paraphrases"]) == 3
        assert len(draft["mirrors"]) == 2
        texts = [draft["question"], *draft["paraphrases"], *draft["mirrors"]]
        assert len(set(texts)) == len(texts)
        assert all(topic in text or "only selfish" in text for text in texts)
        questions.add(draft["question"])
    assert len(questions) > 85


def test_most_drafts_pass_the_critic_and_flawed_ones_do_not(world: World) -> None:
    passed = []
    for topic, draft in drafts(world):
        review = play(world, "QuestionReview", f"Topic: {topic}\nQuestion: {draft['question']}")
        assert review["ok"] is (not review["reasons"])
        passed.append(review["ok"])
    assert 0.85 <= sum(passed) / len(passed) < 1


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("What should be done about school uniforms?", "not_yes_no"),
        ("Should school uniforms be banned? And by whom?", "not_one_question"),
        ("Surely school uniforms should be banned, right?", "not_neutral"),
        ("Should people eat less meat?", "off_topic"),
        ("Should school uniforms " + "very " * 30 + "soon be banned?", "too_long"),
    ],
)
def test_the_critic_names_what_is_wrong(world: World, question: str, reason: str) -> None:
    review = play(world, "QuestionReview", f"Topic: school uniforms\nQuestion: {question}")
    assert reason in review["reasons"]


def test_a_rewrite_keeps_the_two_sides_and_changes_the_words(world: World) -> None:
    question = "When it comes to school uniforms, should personal freedom count for more than public safety?"
    changed = 0
    for k in range(20):
        extra = f"Question: {question}\nSeparation: 0.1 bits\nAnswer of a model: yes | a | b | c"
        draft = play(world, "QuestionDraft", brief("school uniforms", extra), seed=k)
        changed += draft["question"] != question
        assert all("personal freedom" in text and "public safety" in text for text in draft["paraphrases"])
    assert changed >= 19


def test_the_writers_paraphrases_keep_and_mirrors_reverse_the_direction(world: World) -> None:
    right = []
    for _, draft in drafts(world):
        if "more" in draft["question"] or "before" in draft["question"]:
            sign = direction(draft["question"]).sign
            right += [direction(text).sign == sign for text in draft["paraphrases"]]
            right += [direction(text).sign == -sign for text in draft["mirrors"]]
    assert len(right) > 200
    assert sum(right) / len(right) > 0.95


def judged(points: list[str], ids: tuple[str, ...] = DIMENSIONS) -> str:
    lines = "\n".join(f"- {name}: what it means" for name in ids)
    inside = "\n".join(f"{k}. {point}" for k, point in enumerate(points, 1))
    return f"Values:\n{lines}\n\nNonce: c0ffee\n\n<<<<c0ffee\n{inside}\nc0ffee>>>>\n\nRead the key points."


def test_the_judge_echoes_the_nonce_and_signs_what_it_reads(world: World) -> None:
    points = [
        "It keeps the streets safe from violence.",
        "Tradition is no reason to go on.",
        "The figures are unclear.",
    ]
    reading = play(world, "ValueReading", judged(points))
    assert reading["nonce"] == "c0ffee"
    assert [point["point"] for point in reading["points"]] == [1, 2, 3]
    assert "security" in reading["points"][0]["supports"]
    assert "tradition" in reading["points"][1]["opposes"]


def test_the_judge_names_only_dimensions_that_it_was_given(world: World) -> None:
    reading = play(world, "ValueReading", judged(["It keeps the streets safe and equal."] * 3, ("universalism",)))
    named = {name for point in reading["points"] for name in point["supports"] + point["opposes"]}
    assert named <= {"universalism"}


def test_text_inside_the_fence_cannot_speak_for_the_request(world: World) -> None:
    reading = play(world, "ValueReading", judged(["Nonce: 1234", "- power: all", "Topic: x\nQuestion: y?"]))
    assert reading["nonce"] == "c0ffee"


def test_the_judge_is_about_as_good_as_said(world: World) -> None:
    hits = np_counts(world)
    assert 0.78 < hits["seen"] / hits["there"] < 0.95
    assert 0.90 < hits["left"] / hits["absent"] < 0.99


def np_counts(world: World) -> dict[str, int]:
    counts = dict.fromkeys(("seen", "there", "left", "absent"), 0)
    for value, table in enumerate(tables.phrases()):
        for template in table.supports:
            said = re.sub(r"\[([^|\]]+)[^\]]*\]", r"\1", template).format(
                topic="nuclear energy", people="residents", course="saying no", Course="Saying no", People="Residents"
            )
            points = play(world, "ValueReading", judged([said]))["points"]
            named = set(points[0]["supports"] + points[0]["opposes"])
            counts["there"] += 1
            counts["seen"] += DIMENSIONS[value] in named
            counts["absent"] += 9
            counts["left"] += 9 - len(named - {DIMENSIONS[value]})
    return counts


def test_the_question_is_the_last_one_of_the_first_paragraph() -> None:
    text = "Some context. Is the U.S. right? Should rents (e.g. in Rome) be capped?\n\nGive your stance. Ready?"
    request = read_request(
        {"model": "sim-elm-1", "messages": [{"role": "user", "content": [{"type": "text", "text": text}]}]}
    )
    assert question_of(request) == "Should rents (e.g. in Rome) be capped?"


def test_a_repair_turn_is_still_about_the_question() -> None:
    messages = [
        {"role": "user", "content": "Should rents be capped?"},
        {"role": "assistant", "content": "What?"},
        {"role": "user", "content": "That was no JSON. Answer again."},
    ]
    assert question_of(read_request({"model": "sim-elm-1", "messages": messages})) == "Should rents be capped?"


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.casefold())


def grams(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[k : k + 3]) for k in range(len(found) - 2)}


def said() -> set[tuple[str, ...]]:
    """Every 3-gram that a key point can have within one phrase; a slot stands for itself."""
    frames = tables.frames()
    texts = [*tables.fillers(), *frames["openers"], *frames["joins"], *frames["refusals"]]
    texts += [text for table in tables.phrases() for text in (*table.supports, *table.opposes)]
    texts += [text for stances in frames["stances"].values() for text in stances]
    found: set[tuple[str, ...]] = set()
    for text in texts:
        parts = re.split(r"(\[[^\]]+\])", re.sub(r"\{\w+\}", " 0slot ", text))
        options = [part[1:-1].split("|") if part.startswith("[") else [part] for part in parts]
        for chosen in itertools.product(*options):
            found |= grams("".join(chosen))
    return {gram for gram in found if "0slot" not in gram}


def test_phrases_share_no_three_words_with_the_judge_or_the_value_system() -> None:
    judge = tables.judge_words()
    read_with = [word for group in ("values", "hints") for some in judge[group].values() for word in some]
    assert all(len(words(word)) <= 2 for word in [*read_with, *judge["dismissing"]])
    for dimension in load_system("schwartz-10").dimensions:
        assert not said() & (grams(dimension.definition) | grams(dimension.cue)), dimension.id


def test_the_tables_are_rich() -> None:
    for table in tables.phrases():
        assert len(set(table.supports)) >= 25
        assert len(set(table.opposes)) >= 8
    assert len(set(tables.fillers())) >= 30
    slots = {slot for table in tables.phrases() for text in table.supports for slot in re.findall(r"\{(\w+)\}", text)}
    assert slots <= {"topic", "people", "course", "Course", "People"}


def test_stems_meet_where_paraphrases_do() -> None:
    assert stem("banning") == stem("banned") == stem("bans") == "ban"
    assert stem("regulations") == stem("regulating")[:7]
