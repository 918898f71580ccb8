"""Item models of dilemmas and scenarios: two goods that pull apart (weighing.py), put into a concrete situation."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import Field

from cruxbank.agents.dilemmas import Telling, lay_out, options
from cruxbank.agents.frames import PATTERN, Frame, render
from cruxbank.agents.phrases import Phrase
from cruxbank.frozen import Frozen
from cruxbank.items import ItemKind, Option, Wording, WordingKind

_BEFORE = re.compile(r"^(.+?), should \{a\}")
_AFTER = re.compile(r"than \{b\} (.+)\?$")
_CLOSINGS = ("What do you do?", "What do you do now?")


class Form(Frozen):
    """A situation with room for two goods. Each telling of it takes another scene and another way to put the acts."""

    id: str
    scenes: tuple[str, ...] = Field(min_length=4, max_length=4)
    """With the slot {lead}."""
    acts: tuple[str, ...] = Field(min_length=3, max_length=3)
    """Of a dilemma: how an option is put, with the slot {g}. Of a scenario: the request, with the slots {a} and {b}."""


@cache
def forms(kind: ItemKind) -> tuple[Form, ...]:
    """The shipped forms of dilemmas or of scenarios; none for questions."""
    if kind == "question":
        return ()
    names = {"dilemma": ("dilemmas", "situations", "options"), "scenario": ("scenarios", "settings", "requests")}
    name, scenes, acts = names[kind]
    text = files("cruxbank.agents").joinpath("item_models", f"{name}.yaml").read_text(encoding="utf-8")
    raw: list[dict[str, Any]] = yaml.safe_load(text)
    return tuple(Form(id=one["id"], scenes=tuple(one[scenes]), acts=tuple(one[acts])) for one in raw)


def lead_of(frame: Frame) -> str:
    """What a weighing is about, as it stands inside a sentence ("in decisions on {x}"); empty for another frame."""
    found = _BEFORE.match(frame.base) or _AFTER.search(frame.base)
    if not found or not {"a", "b"} <= frame.fills[0].keys():
        return ""
    return found[1][0].lower() + found[1][1:]


def tell(
    kind: ItemKind, form: Form, frame: Frame, phrase: Phrase, count: int
) -> tuple[tuple[Wording, ...], tuple[Option, ...]]:
    """`count` wordings (2 to 10) of one dilemma or scenario in the bank's order, and a dilemma's options."""
    if kind == "dilemma":
        tellings = [_dilemma(form, frame, phrase, k) for k in range(count)]
        return lay_out(tellings, PATTERN[:count]), options(tellings[0], frame.tension)
    texts = [_scenario(form, frame, phrase, k, PATTERN[k]) for k in range(count)]
    return tuple(Wording(kind=PATTERN[k], text=text) for k, text in enumerate(texts)), ()


def _dilemma(form: Form, frame: Frame, phrase: Phrase, k: int) -> Telling:
    act, goods = form.acts[k % 3], frame.fills[0]
    first, second = (render(act, phrase, {"g": goods[name]}) for name in "ab")
    return Telling(situation=_scene(form, frame, phrase, k), first=first, second=second)


def _scenario(form: Form, frame: Frame, phrase: Phrase, k: int, kind: WordingKind) -> str:
    goods = frame.fills[0]
    pair = ("b", "a") if kind == "mirror" else ("a", "b")
    request = render(form.acts[k % 3], phrase, {"a": goods[pair[0]], "b": goods[pair[1]]})
    return f"{_scene(form, frame, phrase, k)} {request} {_CLOSINGS[k % 2]}"


def _scene(form: Form, frame: Frame, phrase: Phrase, k: int) -> str:
    """Four scenes and three ways to put the acts: no two of the first twelve tellings share both."""
    lead = render(lead_of(frame), phrase, {})
    return render(form.scenes[k % 4], phrase, {"lead": lead[0].lower() + lead[1:]})
