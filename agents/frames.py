"""Item models: sentence frames with slots, read from YAML. One frame makes one proposition in several wordings."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import yaml
from pydantic import Field

from cruxbank.agents.phrases import Phrase
from cruxbank.items import Frozen, Wording, WordingKind

PATTERN: tuple[WordingKind, ...] = (
    "base", "mirror", "paraphrase", "paraphrase", "mirror", "paraphrase", "paraphrase", "mirror",
)  # fmt: skip
MAX_WORDINGS = len(PATTERN)
CLOSED_TO_ANY = frozenset({"hatred", "crime", "weapon"})
"""Kinds about which a frame for `any` topic would read as if the matter were open. They need a frame that names them."""
_LEAD = "In your view, "


class Frame(Frozen):
    """An item model. `fills` are the ways to fill its slots; `{x}` is the topic, `{is|are}` agrees with it."""

    id: str
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

    @property
    def general(self) -> bool:
        """Whether the frame is about how people talk of a topic, whatever the topic is."""
        return "any" in self.kinds

    def fits(self, phrase: Phrase) -> bool:
        """Whether the frame reads well with a phrase of these kinds."""
        if phrase.kinds & set(self.excluded):
            return False
        if phrase.kinds & set(self.kinds):
            return True
        return self.general and phrase.kind not in CLOSED_TO_ANY

    def fillings(self, phrase: Phrase) -> tuple[dict[str, str], ...]:
        """The fillings meant for the phrase's domain, in the order of the file."""
        return tuple(fill for fill in self.fills if phrase.domain in fill.get("only", phrase.domain).split())


@cache
def shipped_frames() -> tuple[Frame, ...]:
    """All frames of the package, in the order of their ids."""
    folder = files("cruxbank.agents").joinpath("item_models")
    found = []
    for file in folder.iterdir():
        if file.name.endswith(".yaml"):
            found += [Frame.model_validate(raw) for raw in yaml.safe_load(file.read_text(encoding="utf-8"))]
    return tuple(sorted(found, key=lambda frame: frame.id))


def render(template: str, phrase: Phrase, fill: dict[str, str]) -> str:
    """One sentence: slots filled, words that agree with the topic chosen, first letter a capital."""
    agreed = re.sub(r"\{([^{}|]+)\|([^{}|]+)\}", r"\2" if phrase.plural else r"\1", template)
    filled = re.sub(r"\{(\w+)\}", lambda found: {"x": phrase.text, **fill}[found.group(1)], agreed)
    line = " ".join(filled.split())
    return line[0].upper() + line[1:]


def wordings(frame: Frame, phrase: Phrase, fill: dict[str, str], count: int) -> tuple[Wording, ...]:
    """`count` wordings (2 to 8) of one proposition: base, mirror, paraphrase, paraphrase, mirror, paraphrase ..."""
    stock: dict[WordingKind, list[str]] = {
        "base": [frame.base],
        "paraphrase": [*frame.paraphrases[:3], _LEAD + _lower_first(frame.base)],
        "mirror": [*frame.mirrors[:2], _LEAD + _lower_first(frame.mirrors[0])],
    }
    return tuple(Wording(kind=kind, text=render(stock[kind].pop(0), phrase, fill)) for kind in PATTERN[:count])


def _lower_first(text: str) -> str:
    return text[0].lower() + text[1:]
