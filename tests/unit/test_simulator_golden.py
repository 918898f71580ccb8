"""Version 2's replies to version 2's requests: English questions, judge v1 on the ten values, writer, critic. Frozen.

The hashes were made with version 2 of the simulator; later versions may add requests and must not change these replies.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from cruxbank.simulator.asking import read_request
from cruxbank.simulator.roles import reply
from cruxbank.simulator.roster import DIMENSIONS
from cruxbank.simulator.truth import profile, true_separation
from cruxbank.simulator.world import World

MODELS = ("sim-aster-1", "sim-cedar-2", "sim-fern-3", "sim-quill-4")
QUESTIONS = (
    "When it comes to rent control in big cities, should personal freedom count for more than public safety?",
    "Is it wrong that policy makers put social equality above economic influence in matters of AI im Alltag?",
    "Should a village allow fireworks, even if many oppose the noise?",
    "Should Germany's Bundeswehr bring back compulsory service für alle?",
    "Ought schools in Île-de-France to ban smartphones during lessons?",
    "Is it fair that the people of Die and Sind pay more for water in a drought?",
    "Should a museum return objects taken from 北京 in war?",
    "Do you think that patients in Essen should be allowed to refuse a vaccine?",
)
TOPICS = ("rent control in big cities", "the 2023 war in {nowhere}", "die Bahn in Germany", "the hukou (户口) system")
POINTS = (
    "It keeps the streets safe from violence, and freedom of choice is hardly an argument here.",
    "When it comes to schools, tradition is no reason to go on; what is more, everybody enjoys a bit of fun.",
    "The figures are unclear, and nobody has measured what die Kosten are.",
    "Equal rights for minorities matter more than profit, wealth or the authority of those in power.",
    "Hard work, skill and merit deserve a reward, while compassion for the poor is a pretext.",
    "Rules ought to be obeyed, faith is sacred, and a daring experiment 你好 is exciting.",
)
FROZEN = {
    "respondent adaem": "c58cd5bdd136a862",
    "respondent compass": "964163a61d5480e1",
    "respondent compass-f30": "beaaf1b108cd77fe",
    "respondent no-transfer": "4af0304d1bf4f3a7",
    "respondent opinionated": "6cf03bba5e4cbee1",
    "respondent plain": "4318bc1ea66ebb59",
    "respondent ordered": "af8d0ef339806dec",
    "generator": "7b869d5b1354ed77",
    "rewriter": "087a50baa488e7af",
    "critic": "a9997a43012e18e4",
    "judge": "ee2a6f579156eda4",
    "other": "5f7443a8f16fb752",
    "truth": "75ef8592f15706c5",
}


def asked(world: World, model: str, text: str, schema: str = "", seed: int | None = None, shape: Any = None) -> str:
    """The reply to one request."""
    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": text}]}
    if schema:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": schema, "schema": shape or {}}}
    if seed is not None:
        body["seed"] = seed
    return reply(world, read_request(body))


def respondents(preset: str) -> Iterator[str]:
    world = World(4, preset)
    for model, question, seed in itertools.product(MODELS, QUESTIONS, (None, 1)):
        yield asked(world, model, f"{question}\n\nGive your stance and your three key points.", "Opinion", seed)


def plain() -> Iterator[str]:
    world = World(0, "compass")
    for model, question in itertools.product(MODELS, QUESTIONS):
        yield asked(world, model, question)


def ordered() -> Iterator[str]:
    world = World(1, "compass")
    for model, question, first in itertools.product(MODELS, QUESTIONS[:4], (("yes", "no"), ("no", "yes"))):
        yield asked(world, model, f"{question}\n- {first[0]}\n- {first[1]}", "Opinion", 3)


def writers(extra: str = "") -> Iterator[str]:
    world = World(2)
    for model, topic, seed in itertools.product(MODELS, TOPICS, range(4)):
        lines = f"Topic: {topic}\nDomain: other\nRegion: global\nLanguage: en\nParaphrases: 4\nMirrors: 3\n{extra}"
        yield asked(world, model, lines, "QuestionDraft", seed)


def critics() -> Iterator[str]:
    world = World(2)
    for question, topic in itertools.product((*QUESTIONS, "What should be done?", "Surely rents rise, right?"), TOPICS):
        yield asked(world, MODELS[0], f"Topic: {topic}\nQuestion: {question}\nMirror: Why?", "QuestionReview")


def judges() -> Iterator[str]:
    world = World(3)
    said = [point for answer in map(json.loads, respondents("compass")) for point in answer["key_points"]]
    lines = "\n".join(f"- {name}: what it means" for name in DIMENSIONS)
    for model, k in itertools.product(MODELS, range(0, 48, 3)):
        points = said[k : k + 3] if k >= len(POINTS) else POINTS[k : k + 3]
        inside = "\n".join(f"{n}. {point}" for n, point in enumerate(points, 1))
        text = f"Values:\n{lines}\n\nNonce: c0ffee\n\n<<<<c0ffee\n{inside}\nc0ffee>>>>\n\nRead the key points."
        yield asked(world, model, text, "ValueReading")


def others() -> Iterator[str]:
    shape = {"type": "object", "properties": {"ok": {"type": "boolean"}, "word": {"enum": ["b"]}}}
    yield asked(World(0), MODELS[0], "Are you there?", "Ping", shape=shape)


def truths() -> Iterator[str]:
    for preset in ("compass", "opinionated"):
        world = World(7, preset)
        yield ",".join(f"{x:.6f}" for model in MODELS for x in profile(model, world=world))
        found = true_separation(QUESTIONS[:2], [False, True], MODELS, world=world, draws=20)
        yield f"{found.joint:.6f} {found.stance:.6f} {found.mean:.6f} {found.pairwise:.6f}"


def replies(part: str) -> Iterator[str]:
    name, _, preset = part.partition(" ")
    if name == "respondent":
        return plain() if preset == "plain" else ordered() if preset == "ordered" else respondents(preset)
    if name == "generator":
        return writers()
    if name == "rewriter":
        return writers(f"Question: {QUESTIONS[0]}\nAnswer of a model: yes | a | b | c")
    return {"critic": critics, "judge": judges, "other": others, "truth": truths}[name]()


@pytest.mark.parametrize("part", FROZEN)
def test_a_frozen_reply_stays_as_it_is(part: str) -> None:
    digest = hashlib.sha256("\n".join(replies(part)).encode()).hexdigest()[:16]
    assert digest == FROZEN[part]
