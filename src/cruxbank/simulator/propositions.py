"""What a simulated target takes a text to state: a proposition with a key, a direction, and the values of its two sides.

All wordings of a proposition have the same key: the two words of lowest hash among those that say what it is about (for a
dilemma, one of either option). Over 480 local drafts that held for all questions and 99 % of the dilemmas.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from cruxbank.simulator import kinds
from cruxbank.simulator.dif import carriers
from cruxbank.simulator.direction import direction, goods
from cruxbank.simulator.hashing import uniforms
from cruxbank.simulator.roster import DIMENSIONS
from cruxbank.simulator.tables import read
from cruxbank.simulator.tongues import to_english

_OPTIONS = re.compile(r"(?:^|\s)\(?A[:.)]\s.+?\s\(?B[:.)]\s", re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])(?<!\b[A-Z]\.)\s+(?=[\"'“‘(]?[^\W_a-z])")
_HINT = 0.5
_KEYS = 2
_LONGEST = 9  # words of a good


@dataclass(frozen=True)
class Statement:
    """A proposition as it is worded."""

    text: str
    kind: str
    """question, dilemma or scenario."""
    key: tuple[str, ...]
    sign: int
    """+1 where a yes affirms the canonical proposition, -1 where a yes denies it."""
    served: int | None
    """Place in DIMENSIONS of the value that a yes serves, where it can be told."""
    harmed: int | None
    words: frozenset[str]

    def same_as(self, other: Statement) -> bool:
        """Do both state one proposition, affirmed or denied? By half of the words of the shorter one."""
        least = min(len(self.words), len(other.words))
        return self.key == other.key or (bool(least) and 2 * len(self.words & other.words) >= least)


@cache
def table() -> dict[str, Any]:
    """lexicon/moves.yaml."""
    return dict(read("lexicon/moves.yaml"))


@lru_cache(4096)
def statement(text: str, scenario: bool = False) -> Statement | None:
    """The proposition that a message states; None where it only asks about an answer, or nothing."""
    english = to_english(text)
    if scenario:
        return _matter(english, "scenario")
    if _OPTIONS.search(english):
        return _matter(english, "dilemma")
    asked = _proposition(english)
    return None if asked is None else _question(asked)


def value_of(good: str) -> int | None:
    """The value that a good serves, as a place in DIMENSIONS; None where no word tells, or two values tie."""
    text = " " + " ".join(good.casefold().replace("’", "'").split())
    weighed = [_named(text, "goods", name) + _HINT * _named(text, "hints", name) for name in DIMENSIONS]
    best = max(weighed)
    return weighed.index(best) if best and weighed.count(best) == 1 else None


def _named(text: str, group: str, name: str) -> int:
    return sum(f" {begin}" in text for begin in table()[group].get(name, ()))


def _proposition(text: str) -> str | None:
    """Of the sentences with a question mark that do not ask about the answer, the one that says most."""
    found = [part for block in re.split(r"\n\s*\n", text) for part in _SENTENCE.split(" ".join(block.split()))]
    asked = [_without_condition(part) for part in found if part.endswith("?") and part.strip(" ?")]
    own = [part for part in asked if not _about_answer().search(part)]
    return max(own, key=lambda part: len(carriers(part)), default=None)


def _without_condition(text: str) -> str:
    cut = _condition().match(text)
    return text[cut.end() :] if cut else text


def _question(text: str) -> Statement:
    found, words = goods(text), carriers(text)
    first, second = (value_of(_without_topic(side)) for side in found) if found else (None, None)
    sides = (None, None) if first == second else (first, second)
    return Statement(text, "question", _key(words), direction(text).sign, *sides, frozenset(words))


def _without_topic(good: str) -> str:
    """A good without the topic that may come after it."""
    return " ".join(re.split(table()["topic_after"], good)[0].split()[:_LONGEST])


def _matter(text: str, kind: str) -> Statement:
    matter = kinds.dilemma(text) if kind == "dilemma" else kinds.scenario(text)
    anchors = [_first(side) for side in (matter.served, matter.harmed) if side]
    first, second = (value_of(" ".join(side)) for side in (matter.served, matter.harmed))
    words = frozenset((*matter.served, *matter.harmed))
    return Statement(text, kind, tuple(sorted(anchors)), matter.turned.sign, first, second, words)


def _key(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(sorted(set(words), key=_rank)[:_KEYS]))


def _first(words: Sequence[str]) -> str:
    return max(words, key=_rank)


@lru_cache(20_000)
def _rank(word: str) -> float:
    return float(uniforms(1, "anchor", word)[0])


@cache
def _about_answer() -> re.Pattern[str]:
    return re.compile(table()["about_answer"], re.IGNORECASE)


@cache
def _condition() -> re.Pattern[str]:
    return re.compile(table()["condition"], re.IGNORECASE)
