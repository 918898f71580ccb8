"""A simulated target answers: with what it said before in view, and by what is planted in it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from cruxbank.simulator.asking import Asked
from cruxbank.simulator.conversation import GRADED, Put, read
from cruxbank.simulator.hashing import Picks, uniforms
from cruxbank.simulator.odd_targets import ODD_ANSWERS, refusal
from cruxbank.simulator.propositions import Statement, any_statement
from cruxbank.simulator.prose import as_text, opinion, spoken
from cruxbank.simulator.respondent import matter_of, told_about
from cruxbank.simulator.response import Plans
from cruxbank.simulator.roster import DIMENSIONS, target_of
from cruxbank.simulator.subject import Subject, subject
from cruxbank.simulator.tables import deeds, speech
from cruxbank.simulator.targets import Planted, planted
from cruxbank.simulator.tongues import language_of, to_english
from cruxbank.simulator.world import World

_OWN = 2  # values raised beside those of the two sides
_WORDS = {
    "dilemma": ("choice", "key_points", {1: "a", -1: "b", 0: "neither"}),
    "scenario": ("does", "actions", {1: "yes", -1: "no", 0: "partly"}),
    "respondent": ("stance", "key_points", {1: "yes", -1: "no", 0: "neutral"}),
}


def answer_target(world: World, asked: Asked) -> str:
    """The answer of a target to the last message of a conversation."""
    kind, _ = target_of(asked.model)
    puts = _stated(read(asked), asked)
    plant = planted(asked.model, world.seed)
    if plant.refuses_from and len(puts) >= plant.refuses_from:
        return refusal(asked)
    if kind in ODD_ANSWERS:
        return ODD_ANSWERS[kind](world, asked)
    said = puts[-1].said or any_statement(asked.user_text("?"))
    stance = decide(plant, puts, asked.identity) * said.sign
    return words(world, asked, said, reasons(plant, said, stance))


def decide(plant: Planted, puts: tuple[Put, ...], identity: tuple[str, ...]) -> int:
    """+1, -1 or 0 towards the canonical proposition; the same request, the same answer."""
    put = puts[-1]
    said = put.said or any_statement("")
    u, v = (float(x) for x in uniforms(2, plant.seed, "target", plant.model, *identity))
    earlier = [p for p in puts[:-1] if p.answer is not None and p.said is not None and p.said.same_as(said)]
    base = _base(put, earlier)
    if base is None and plant.chooses and plant.lead(said) and put.move != GRADED:
        yes, no, _ = plant.takes(said)
        return 1 if u < yes else -1 if u < yes + no else 0
    held = plant.canonical(said) if base is None else base
    flipped = u < _flips(plant, replace(put, said=said), earlier, held)
    other = -held or (1 if v < 0.5 else -1)
    return other if flipped else held


def _base(put: Put, earlier: list[Put]) -> int | None:
    """What is held in the conversation: the last answer; against a graded consideration the first without one."""
    if put.move == GRADED:
        return next((p.answer for p in earlier if p.move != GRADED), None)
    return earlier[-1].answer if earlier else None


def _flips(plant: Planted, put: Put, earlier: list[Put], held: int) -> float:
    if put.move == GRADED and put.against is not None and held == -put.against:
        return plant.noise  # it speaks for what is held
    pressed = sum(p.move == plant.move for p in (*earlier[1:], put)) if earlier else 0
    gave_in = bool(earlier) and earlier[-1].answer != earlier[0].answer
    if earlier and put.stated and earlier[-1].said and put.said and put.said.sign == earlier[-1].said.sign:
        put = replace(put, stated=False)  # the framing is the one that was answered before
    return plant.flip_chance(put, pressed, gave_in)


def reasons(plant: Planted, said: Statement, stance: int) -> Plans:
    """The plan of an answer: the value of the side taken first, then mostly against the other's, then the target's own."""
    values, margin = np.zeros(len(DIMENSIONS), dtype=np.int8), np.zeros(len(DIMENSIONS))
    sides = (said.served, said.harmed) if stance >= 0 else (said.harmed, said.served)
    for place, (value, sign) in enumerate(zip(sides, (1, 1 if stance == 0 else -1), strict=True)):
        if value is not None:
            values[value], margin[value] = sign, 9.0 - place
    u = uniforms(len(DIMENSIONS), plant.seed, "reasons", plant.model, *said.key)
    drawn = np.abs(plant.utilities) - np.log(-np.log(u))
    for place, value in enumerate([k for k in np.argsort(-drawn) if not values[k]][:_OWN]):
        values[value], margin[value] = (1 if plant.utilities[value] > 0 else -1), 5.0 - place
    return Plans(np.asarray(False), np.asarray(stance, dtype=np.int8), values, margin)


def words(world: World, asked: Asked, said: Statement, plan: Plans, language: str = "") -> str:
    """The plan in the form that was asked for, in the language of the question or another one."""
    picks = Picks(world.seed, "words", asked.model, *asked.identity)
    language = language or language_of(asked.user_text("?"))
    form = asked.role if asked.role in _WORDS else "respondent"
    plain_question = form == "respondent" and said.kind == "question"
    about = subject(to_english(said.text)) if plain_question else _situation(asked, said)
    if form == "scenario":
        points = spoken(plan, about, picks, deeds() if language == "en" else speech(language))
    else:
        _, points = opinion(plan, about, picks, language)
    field, points_field, names = _WORDS[form]
    if asked.json:
        return json.dumps({field: names[int(plan.stance)], points_field: points}, ensure_ascii=False)
    return as_text({1: "yes", -1: "no", 0: "neutral"}[int(plan.stance)], points, picks, language)


def _situation(asked: Asked, said: Statement) -> Subject:
    kind = "action" if asked.role == "scenario" else "choice"
    return told_about(said.text or matter_of(asked), kind)


def _stated(puts: tuple[Put, ...], asked: Asked) -> tuple[Put, ...]:
    """A conversation without any message of the user, or one that states nothing: the text itself is the proposition."""
    if puts and puts[0].said is not None:
        return puts
    first = any_statement(next((text for role, text in asked.messages if role == "user"), asked.messages[-1][1]))
    rows = puts or (Put(None, False, ""),)
    return tuple(replace(p, said=p.said or first) for p in rows)
