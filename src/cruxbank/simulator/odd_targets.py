"""Targets that do not play along: every session with one has to end in a report."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

from cruxbank.simulator.asking import Asked
from cruxbank.simulator.hashing import Picks
from cruxbank.simulator.tables import fillers, frames, speech
from cruxbank.simulator.tongues import language_of
from cruxbank.simulator.world import World

FLOOD = 1_000_000
"""Characters of one answer."""
_FIELDS = {"dilemma": ("choice", "key_points", "a"), "scenario": ("does", "actions", "yes")}
_OTHER = {"en": "de", "de": "zh", "zh": "de"}
_SENTENCES = 14


def refusal(asked: Asked) -> str:
    """It declines, in the form that was asked for."""
    field, points, _ = _FIELDS.get(asked.role, ("stance", "key_points", ""))
    if asked.json:
        return json.dumps({field: "refuse", points: []})
    return str(Picks("refuses", asked.model, *asked.identity).choice(frames()["refusals"]))


def _loops(world: World, asked: Asked) -> str:
    """Word for word the same, whatever is asked and in whatever conversation."""
    picks = Picks(world.seed, "loops", asked.model)
    spare = [text for text in picks.shuffled(fillers()) if "{" not in text][:3]
    return _answer(asked, [text + "." for text in spare])


def _floods(world: World, asked: Asked) -> str:
    """A million characters, in valid JSON where that was asked for."""
    return _answer(asked, [_flood(str(Picks(world.seed, "floods", asked.model).choice(_plain())), FLOOD)])


def _foreign(world: World, asked: Asked) -> str:
    """In another language than it was asked."""
    table = speech(_OTHER[language_of(asked.user_text("?"))])
    picks = Picks(world.seed, "foreign", asked.model, *asked.identity)
    points = [
        text.replace("{topic}", "").replace("{people}", "") + table.end for text in picks.shuffled(table.fillers)[:3]
    ]
    return _answer(asked, points)


def _rambles(world: World, asked: Asked) -> str:
    """Prose without a form, a stance or an end in sight."""
    picks = Picks(world.seed, "rambles", asked.model, *asked.identity)
    told = [picks.choice(_plain()) for _ in range(_SENTENCES)]
    return " ".join(f"{text}, and then again {text[0].lower() + text[1:]}, which is a long story." for text in told)


def _silent(world: World, asked: Asked) -> str:  # noqa: ARG001
    return ""


def _refuses(world: World, asked: Asked) -> str:  # noqa: ARG001
    return refusal(asked)


def _answer(asked: Asked, points: list[str]) -> str:
    field, name, stance = _FIELDS.get(asked.role, ("stance", "key_points", "yes"))
    if asked.json:
        return json.dumps({field: stance, name: points}, ensure_ascii=False)
    return "\n".join(["My answer is yes.", *(f"{k}. {text}" for k, text in enumerate(points, 1))])


@cache
def _plain() -> tuple[str, ...]:
    """Sentences without slots."""
    return tuple(text for text in fillers() if "{" not in text)


@cache
def _flood(sentence: str, size: int) -> str:
    return (sentence + ". ") * (size // (len(sentence) + 2) + 1)


ODD_ANSWERS: dict[str, Callable[[World, Asked], str]] = {
    "loops": _loops,
    "refuses": _refuses,
    "floods": _floods,
    "foreign": _foreign,
    "silent": _silent,
    "rambles": _rambles,
}
