"""Graded considerations: strengths from 0 to 1 as quantities in words, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import Field

from cruxbank.frozen import Frozen
from cruxbank.values.systems import ValueSystem

STEPS = 20
"""A scale has 21 rungs, the strengths that science/threshold.py tries."""
DEFAULT = "livelihood"
"""The ladder where no value is known that stands against an answer."""
_ONE = {"en": "one person", "de": "eine Person", "zh": "一个人"}
_MANY = {"en": "{} people", "de": "{} Menschen", "zh": "{}人"}
Words = dict[str, str]
"""A text by language."""


class Ladder(Frozen):
    """One consideration in 21 strengths. Field by field: the head of ladders.yaml."""

    id: str
    scale: Literal["tens", "hundred"]
    cost: Words
    name: Words = Field(default_factory=dict)
    so: Words = Field(default_factory=dict)
    argument: Words = Field(default_factory=dict)

    def words(self, strength: float, language: str = "en") -> str:
        """The consideration at the rung nearest to a strength. Strictly increasing in its quantity; `strength` reads it.

        Raises:
            KeyError: the ladder has no words in this language.
        """
        return fill(self.cost[language], quantity(self.scale, rung(strength)), language)

    def strength(self, text: str, language: str = "en") -> float | None:
        """The strength whose words stand in a text; None where none do."""
        for step in range(STEPS + 1):
            words = re.escape(self.words(step / STEPS, language))
            if re.search(rf"(?<![\d,.]){words}(?!\d|[.,]\d)", text):
                return step / STEPS
        return None


def rung(strength: float) -> int:
    """Number of the nearest rung, 0 to 20; of two equally near ones the even one.

    Raises:
        ValueError: the strength lies outside [0, 1].
    """
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"strength {strength}: not in [0, 1]")
    return round(strength * STEPS)


def quantity(scale: Literal["tens", "hundred"], step: int) -> int:
    """tens: 1, 2, 5, 10 ... 5,000,000 (log-even); hundred: 1, 5, 10 ... 100."""
    if scale == "hundred":
        return max(5 * step, 1)
    return int((1, 2, 5)[step % 3] * 10 ** (step // 3))


def fill(template: str, number: int, language: str) -> str:
    """A cost with its quantity: `{people}` and `{n}` are its only slots."""
    digits = f"{number:,}".replace(",", "." if language == "de" else ",")
    people = _ONE[language] if number == 1 else _MANY[language].format(digits)
    return template.replace("{people}", people).replace("{n}", digits)


@cache
def shipped_ladders() -> tuple[Ladder, ...]:
    """All ladders of the package, in the order of the file."""
    text = files("cruxbank.agents").joinpath("ladders.yaml").read_text(encoding="utf-8")
    return tuple(Ladder.model_validate(raw) for raw in yaml.safe_load(text))


def ladder_for(dimension: str, ladders: Iterable[Ladder] | None = None) -> Ladder | None:
    """The ladder of a dimension: by its id, else by the longest part of it before a hyphen. None where it has none."""
    known = {one.id: one for one in (shipped_ladders() if ladders is None else ladders)}
    parts = dimension.split("-")
    tried = ("-".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((known[name] for name in tried if name in known and dimension), None)


def priorities(
    pair: tuple[str, str], system: ValueSystem, language: str, patterns: Mapping[str, str]
) -> tuple[str, str] | None:
    """Two dimensions as what two options give priority to; None where no words in this language are known.

    Where one of them has no ladder of exactly its own, both have only the names of their value system, which are English:
    one option that says what its value is for, beside one that does not, would be the better told one.
    """
    ladders = [ladder_for(name) for name in pair]
    told = [one for one, name in zip(ladders, pair, strict=True) if one and one.id == name and language in one.name]
    if len(told) == len(pair):
        first, second = (patterns[language].format(name=one.name[language], so=one.so[language]) for one in told)
        return first, second
    names = {entry.id: entry.name for entry in system.dimensions}
    if language != "en" or not set(pair) <= set(names):
        return None
    first, second = (names[name][:1].lower() + names[name][1:] for name in pair)
    return first, second
