"""One ask of a session with everything that its words depend on: which wording stands, which answer is held."""

from __future__ import annotations

from dataclasses import dataclass, field

from cruxbank.agents.ladders import Ladder
from cruxbank.agents.moves import Move, base_of
from cruxbank.agents.probing import Exchange, ProbeBrief, Sense
from cruxbank.agents.tongues import same_language
from cruxbank.agents.voices import Voices
from cruxbank.items import Item, ItemKind, Stance, recode
from cruxbank.sessions import Ask


class Missing(Exception):
    """A move cannot be put here; the text says what is missing."""


@dataclass(frozen=True)
class Standing:
    """The wording that the conversation stands on once the ask is put. `text` is empty for a pair in words of our own."""

    text: str
    place: int
    sense: Sense
    kind: ItemKind
    language: str


@dataclass(frozen=True)
class Texts:
    """What a model wrote in place of shipped words; None where it wrote nothing."""

    cost: Ladder | None = None
    argument: str | None = None


@dataclass(frozen=True)
class Scene:
    """An ask, where it is put, and the words there are."""

    ask: Ask
    move: Move
    item: Item
    history: tuple[Exchange, ...]
    brief: ProbeBrief
    voices: Voices
    written: Texts = field(default_factory=Texts)

    @property
    def standing(self) -> Standing:
        """The wording that is put, or the one that the conversation stands on.

        Raises:
            Missing: the item has no such wording.
        """
        if self.move.effect == "pair":
            return self._pair()
        if self.history and (self.move.effect == "graded" or "wording" not in self.move.inputs):
            last = self.history[-1]
            return Standing(last.text, last.place, last.sense, last.kind, last.language)
        return self._wording()

    @property
    def held(self) -> Stance | None:
        """The position towards the base: the last answer of the conversation, else what the session found."""
        told = [one.stance for one in self.history if one.stance is not None]
        return told[-1] if told else self.brief.held

    @property
    def shown(self) -> Stance:
        """The position in the terms of the wording that stands.

        Raises:
            Missing: no position is held.
        """
        if self.held is None:
            raise Missing("no position is held")
        return recode(self.held, self.standing.sense)

    @property
    def opposing(self) -> str:
        """The dimension that stands against the position held; empty where none is known."""
        if self.ask.pair:
            return self.ask.pair[1]
        if len(self.item.options) < 2 or self.held not in ("yes", "no"):
            return ""
        return self.item.options[1 if self.held == "yes" else 0].value

    @property
    def language(self) -> str:
        """The language that the move's own words are in."""
        return base_of(self.standing.language)

    @property
    def pressed(self) -> int:
        """How often the conversation has been pressed before: its first answer was not."""
        return max(len(self.history) - 1, 0)

    def _wording(self) -> Standing:
        found = self._places()
        if not found:
            raise Missing(f"the item has no {self.move.header.wording} wording")
        place = found[(self.ask.wording or 0) % len(found)]
        wording = self.item.wordings[place]
        sense: Sense = "mirror" if wording.kind == "mirror" else "base"
        return Standing(wording.text, place, sense, self.item.kind, wording.language or self.item.language)

    def _places(self) -> list[int]:
        """Those of the move's wordings that are in the language asked for."""
        found = places(self.move, self.item)
        return [i for i in found if self._asked_for(self.item.wordings[i].language)]

    def _asked_for(self, language: str) -> bool:
        """An ask in the item's own language leaves the choice of the translation open."""
        asked = self.ask.language
        return not language or same_language(asked, self.item.language) or same_language(asked, language)

    def _pair(self) -> Standing:
        """The item's own dilemma where its options are these two values, in the order of the pair: yes is the first."""
        goods = tuple(option.value for option in self.item.options)
        kinds = {goods: "base", goods[::-1]: "mirror"}
        wanted = kinds.get(self.ask.pair or ())
        for place, wording in enumerate(self.item.wordings):
            if self.item.kind == "dilemma" and wording.kind == wanted and not wording.language:
                return Standing(wording.text, place, "base", "dilemma", self.item.language)
        return Standing("", 0, "base", "dilemma", self.item.language)


def playable(move: Move, item: Item) -> bool:
    """Whether a move can be put to an item at all: it has the wordings and the move has words for its kind and language."""
    found = places(move, item)
    kind: ItemKind = "dilemma" if move.effect == "pair" else item.kind
    languages = [item.wordings[place].language or item.language for place in found]
    return any(move.fits(kind, language) for language in languages)


def places(move: Move, item: Item) -> list[int]:
    """Places of the wordings that a move puts, in the item's order."""
    wanted = move.header.wording
    pairs = list(enumerate(item.wordings))
    if wanted == "translation":
        return [i for i, w in pairs if w.language and w.kind != "mirror"]
    own = [(i, w) for i, w in pairs if not w.language]
    return [i for i, w in own if (w.kind != "mirror" if wanted == "base" else w.kind == wanted)]
