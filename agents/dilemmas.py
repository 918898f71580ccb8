"""How a dilemma is laid out as one line of text: the situation, option A, option B, the closing question.

Its base and paraphrases list the option that `yes` stands for as A; a mirror is the same dilemma in words of its own with
the options listed the other way round, so that re-coding its letter also cancels a liking for the letter A.
"""

from __future__ import annotations

from collections.abc import Sequence

from cruxbank.frozen import Frozen
from cruxbank.items import Option, Wording, WordingKind

CLOSING = "Which do you choose, A or B?"


class Telling(Frozen):
    """One way to tell a dilemma, its options in the order of the item."""

    situation: str
    first: str
    second: str


def told(telling: Telling, closing: str = "", turned: bool = False) -> str:
    """The line that is asked; `turned` lists the second option as A."""
    pair = (telling.second, telling.first) if turned else (telling.first, telling.second)
    one, two = (_sentence(option) for option in pair)
    return f"{_sentence(telling.situation)} A: {one} B: {two} {closing or CLOSING}"


def lay_out(tellings: Sequence[Telling], kinds: Sequence[WordingKind], closing: str = "") -> tuple[Wording, ...]:
    """One wording a telling, in order; those of kind `mirror` are turned."""
    pairs = zip(tellings, kinds, strict=True)
    return tuple(Wording(kind=kind, text=told(telling, closing, kind == "mirror")) for telling, kind in pairs)


def options(telling: Telling, values: tuple[str, str]) -> tuple[Option, Option]:
    """The two options of the item, by the words of its base."""
    first, second = values
    return Option(text=_sentence(telling.first), value=first), Option(text=_sentence(telling.second), value=second)


def _sentence(text: str) -> str:
    """Capital first letter, closing mark at the end."""
    line = " ".join(text.split())
    capital = line[:1].upper() + line[1:]
    return capital if capital.endswith((".", "!", "?", "。", "!", "?")) else f"{capital}."
