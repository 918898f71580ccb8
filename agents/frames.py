"""Item models: sentence frames with slots. One frame with one filling is one proposition in several wordings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from pydantic import ConfigDict, Field

from cruxbank.agents.phrases import Phrase
from cruxbank.frozen import Frozen
from cruxbank.items import Wording, WordingKind

PATTERN: tuple[WordingKind, ...] = (
    "base", "mirror", "paraphrase", "paraphrase", "mirror", "paraphrase", "paraphrase", "mirror", "paraphrase",
    "paraphrase",
)  # fmt: skip
MAX_WORDINGS = len(PATTERN)
CLOSED_TO_ANY = frozenset({"hatred", "crime"})
"""Kinds about which a frame for `any` topic would read as if the matter were open. They need a frame that names them."""
_LEADS = ("In your view, ", "All things considered, ", "If you had to choose, ")
"""Ways into a sentence that make another wording of it: thin, so they serve confirmation, after the frame's own."""


class Frame(Frozen):
    """An item model. `fills` are the ways to fill its slots; `{x}` is the topic, `{is|are}` agrees with it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: str
    tier: Literal["weighing", "specific", "general"] = "specific"
    """weighing: two goods of a domain; specific: made for a kind of topic; general: how people talk of any topic."""
    requires: frozenset[str] = frozenset()
    """Marks that a phrase must have besides a kind, such as `domain:cities` or `topic:whaling`."""
    kinds: tuple[str, ...] = Field(min_length=1)
    excluded: tuple[str, ...] = Field(default=(), alias="not")
    tension: tuple[str, str]
    """The two values that pull in different directions."""
    fills: tuple[dict[str, str], ...] = Field(min_length=1)
    """Slots such as who, whom, place, what. The key `only` names the domains that a filling is meant for."""
    base: str
    paraphrases: tuple[str, ...] = Field(min_length=3)
    mirrors: tuple[str, ...] = Field(min_length=2)
    argument: str = ""

    def fits(self, phrase: Phrase) -> bool:
        """Whether the frame reads well with a phrase of these kinds."""
        if phrase.kinds & set(self.excluded) or not self.requires <= phrase.kinds:
            return False
        if phrase.kinds & set(self.kinds):
            return True
        return "any" in self.kinds and phrase.kind not in CLOSED_TO_ANY

    def fillings(self, phrase: Phrase) -> tuple[dict[str, str], ...]:
        """The fillings meant for the phrase's domain, in the order of the file."""
        return tuple(fill for fill in self.fills if phrase.domain in fill.get("only", phrase.domain).split())


def render(template: str, phrase: Phrase, fill: dict[str, str]) -> str:
    """One sentence: slots filled, words that agree with the topic chosen, first letter a capital."""
    agreed = re.sub(r"\{([^{}|]+)\|([^{}|]+)\}", r"\2" if phrase.plural else r"\1", template)
    filled = re.sub(r"\{(\w+)\}", lambda found: {"x": phrase.text, **fill}[found.group(1)], agreed)
    line = " ".join(filled.split())
    return line[0].upper() + line[1:]


def wordings(frame: Frame, phrase: Phrase, fill: dict[str, str], count: int) -> tuple[Wording, ...]:
    """`count` wordings (2 to 10) of one proposition: base, mirror, paraphrase, paraphrase, mirror, paraphrase ..."""
    stock: dict[WordingKind, list[str]] = {
        "base": [frame.base],
        "paraphrase": [*frame.paraphrases[:3], *(lead + _lower_first(text) for lead, text in _led(frame))],
        "mirror": [*frame.mirrors[:2], _LEADS[0] + _lower_first(frame.mirrors[0])],
    }
    return tuple(Wording(kind=kind, text=render(stock[kind].pop(0), phrase, fill)) for kind in PATTERN[:count])


def _led(frame: Frame) -> Iterable[tuple[str, str]]:
    return zip(_LEADS, (frame.base, frame.paraphrases[0], frame.paraphrases[1]), strict=True)


def _lower_first(text: str) -> str:
    return text[0].lower() + text[1:]
