"""The small words of moves, by language: who speaks, how an answer is named, what is put as a condition."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import yaml

from cruxbank.frozen import Frozen
from cruxbank.items import ItemKind, Stance

Lists = dict[str, tuple[str, ...]]


class Voices(Frozen):
    """What voices.yaml holds."""

    personas: Lists
    sources: Lists
    objections: Lists
    shares: tuple[int, ...]
    answers: dict[str, dict[str, dict[str, str]]]
    conditions: dict[str, dict[str, str]]
    priorities: dict[str, str]

    def answer(self, stance: Stance, kind: ItemKind, language: str) -> str:
        """`yes` or `option A` in the middle of a sentence. Raises KeyError for a neutral stance or another language."""
        return self.answers[language][kind][stance]

    def condition(self, stance: Stance, kind: ItemKind, language: str) -> str:
        """`if the answer is yes`. Raises KeyError for a neutral stance or another language."""
        return self.conditions[language][kind].format(self.answer(stance, kind, language))


@cache
def shipped_voices() -> Voices:
    """The words of the package."""
    text = files("cruxbank.agents").joinpath("voices.yaml").read_text(encoding="utf-8")
    return Voices.model_validate(yaml.safe_load(text))


def pick(options: Sequence[str], *identity: str) -> str:
    """One of several, the same for the same identity in every session."""
    digest = hashlib.sha256("\0".join(identity).encode()).digest()
    return options[int.from_bytes(digest[:8], "big") % len(options)]


def turn(options: Sequence[str], number: int) -> str:
    """The next one each time, from the first on."""
    return options[number % len(options)]
