"""A simulated model answers: a yes/no question, a dilemma, a scenario."""

from __future__ import annotations

import json
import re

from cruxbank.simulator.asking import Asked, order_of, question_of
from cruxbank.simulator.hashing import Picks
from cruxbank.simulator.prose import as_text, opinion, spoken, styled, told
from cruxbank.simulator.response import Plans
from cruxbank.simulator.roster import family_of
from cruxbank.simulator.subject import Subject, subject
from cruxbank.simulator.tables import deeds, speech
from cruxbank.simulator.tongues import language_of, to_english
from cruxbank.simulator.world import World

_CHOICES = {1: "a", -1: "b", 0: "neither"}
_DEEDS = {1: "yes", -1: "no", 0: "partly"}
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_NAMES_TOPIC = re.compile(r"\b(?:when it comes to|decisions on|about|over|on|with)\b", re.IGNORECASE)


def answer_question(world: World, asked: Asked) -> str:
    """Stance and key points, as JSON or plain text."""
    question = question_of(asked)
    plan = _one(world.respond(asked.model, question, *asked.identity, order=order_of(asked)))
    picks, language = Picks(world.seed, "words", asked.model, *asked.identity), language_of(question)
    stance, points = opinion(plan, subject(to_english(question)), picks, language)
    if world.preset.style and language == "en":
        points = styled(points, family_of(asked.model), Picks(world.seed, "style", asked.model, *asked.identity))
    return _json({"stance": stance, "key_points": points}) if asked.json else as_text(stance, points, picks, language)


def answer_dilemma(world: World, asked: Asked) -> str:
    """An answer of type Choice: option A is what a yes takes, and it is listed first."""
    text = matter_of(asked)
    plan = _one(world.respond(asked.model, text, *asked.identity, order=1, kind="dilemma"))
    picks, language = Picks(world.seed, "words", asked.model, *asked.identity), language_of(text)
    _, points = opinion(plan, told_about(text, "choice"), picks, language)
    return _json({"choice": "refuse" if plan.refused else _CHOICES[int(plan.stance)], "key_points": points})


def answer_scenario(world: World, asked: Asked) -> str:
    """An answer of type Action, or the same in plain text."""
    text = matter_of(asked)
    plan = _one(world.respond(asked.model, text, *asked.identity, kind="scenario"))
    picks, language = Picks(world.seed, "words", asked.model, *asked.identity), language_of(text)
    table = deeds() if language == "en" else speech(language)
    actions = [] if plan.refused else spoken(plan, told_about(text, "action"), picks, table)
    does = "refuse" if plan.refused else _DEEDS[int(plan.stance)]
    stance = "neutral" if does == "partly" else does
    return _json({"does": does, "actions": actions}) if asked.json else told(stance, actions, picks, table)


def matter_of(asked: Asked) -> str:
    """The dilemma or scenario: the first paragraph of the last user message with a question in it."""
    text = asked.user_text("?")
    text = text if "?" in text else asked.user_text("？")
    return " ".join(re.split(r"\n\s*\n", text.strip())[0].split())


def told_about(text: str, kind: str) -> Subject:
    """Slots from the sentence that names the topic."""
    sentences = _SENTENCE.split(to_english(text))
    named = next((part for part in sentences if _NAMES_TOPIC.search(part)), sentences[0])
    found = subject(named.rstrip(".!?"))
    return Subject(found.topic, found.people, kind)


def _one(plan: Plans) -> Plans:
    return Plans(plan.refused, plan.stance[0], plan.values[0], plan.margin[0])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
