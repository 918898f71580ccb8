"""What a simulated target takes a text to state: a proposition with a key, a direction and the values of its sides.

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
from cruxbank.simulator.stems import words
from cruxbank.simulator.tables import judge_words, read
from cruxbank.simulator.tongues import language_of, to_english

_OPTIONS = re.compile(r"(?:^|\s)\(?A[:.)]\s.+?\s\(?B[:.)]\s", re.DOTALL)
_OPTION = re.compile(r"(?:^|(?<=[\s。]))(?:\(?([AB])[:.)：])\s*")
_SENTENCE = re.compile(r"(?<=[。！？])|(?<=[.!?])(?<!\b[A-Z]\.)\s+(?=[\"'“‘(]?[^\W_a-z])")
_END = re.compile(r"(?<=[.!?])\s+|[。？！]")
_KEYS = 2
_NONE: frozenset[str] = frozenset()
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
    if scenario:
        return _matter(text, "scenario")
    if _OPTIONS.search(to_english(text)):
        return _matter(text, "dilemma")
    own = [part for part in _asked(text) if not _pattern("about_answer").search(part)]
    return _question(max(own, key=lambda part: len(carriers(part)))) if own else None


@lru_cache(4096)
def any_statement(text: str) -> Statement:
    """The proposition that a text states; else its last question, and where it has none, the whole text."""
    found, asked = statement(text), _asked(text)
    if found or asked:
        return found or _question(asked[-1])
    return Statement(text, "question", _key(carriers(to_english(text))), 1, None, None, _NONE)


@lru_cache(4096)
def value_of(good: str) -> int | None:
    """The value that a good serves, as a place in DIMENSIONS; None where no word tells, or two values tie."""
    own = good.casefold()
    named = [name for name in DIMENSIONS if any(word in own for word in table()["names"][name])]
    if len(named) == 1:
        return DIMENSIONS.index(named[0])
    text = " " + " ".join(to_english(own).replace("’", "'").replace("-", " ").split())
    weighed = [sum(size * _named(text, words) for size, words in _goods()[name]) for name in DIMENSIONS]
    best = max(weighed)
    return weighed.index(best) if best and weighed.count(best) == 1 else None


def _named(text: str, beginnings: Sequence[str]) -> int:
    return sum(f" {begin}" in text for begin in beginnings)


@cache
def _goods() -> dict[str, tuple[tuple[float, tuple[str, ...]], ...]]:
    """Weight and beginnings of words by value: this table's goods and hints, then what any simulated model reads by."""
    groups = (
        (10.0, {name: [name] for name in DIMENSIONS}),
        (2.0, table()["goods"]),
        (1.0, table()["hints"]),
        (1.0, judge_words()["values"]),
        (0.5, judge_words()["hints"]),
    )
    return {
        name: tuple((size, tuple(word.replace("-", " ") for word in words.get(name, ()))) for size, words in groups)
        for name in DIMENSIONS
    }


def _asked(text: str) -> list[str]:
    """The sentences with a question mark, in English."""
    found = [part for block in re.split(r"\n\s*\n", text) for part in _SENTENCE.split(" ".join(block.split()))]
    asked = [_bare(part) for part in found if part.endswith(("?", "？")) and part.strip(" ?？")]
    return [to_english(part) for part in asked]


def _bare(text: str) -> str:
    """A sentence without a way into it ("She asks: ") and without a counted condition before it."""
    for pattern in (_pattern("lead_in"), _pattern("condition")):
        cut = pattern.match(text)
        text = text[cut.end() :] if cut else text
    return text


def _question(text: str) -> Statement:
    found, about = goods(text), carriers(text)
    first, second = (value_of(_without_topic(side)) for side in found) if found else (None, None)
    sides = (None, None) if first == second else (first, second)
    return Statement(text, "question", _key(about), direction(text).sign, *sides, frozenset(about))


def _without_topic(good: str) -> str:
    """A good without the topic that may come after it."""
    return " ".join(re.split(table()["topic_after"], good)[0].split()[:_LONGEST])


def _matter(text: str, kind: str) -> Statement:
    english = to_english(text)
    matter = kinds.dilemma(english) if kind == "dilemma" else kinds.scenario(english)
    anchors = [_first(side) for side in (matter.served, matter.harmed) if side]
    raw = _options(text) if kind == "dilemma" else (" ".join(matter.served), " ".join(matter.harmed))
    first, second = (value_of(side) for side in raw)
    sides = (None, None) if first == second else (first, second)
    about = frozenset((*matter.served, *matter.harmed))
    return Statement(english, kind, tuple(sorted(anchors)), matter.turned.sign, *sides, about)


def _options(text: str) -> tuple[str, str]:
    """What stands in one option and not in the other."""
    pieces = _OPTION.split(text)
    found = {pieces[k]: pieces[k + 1] for k in range(1, len(pieces) - 1, 2)}
    one, other = found.get("A", ""), _END.split(found.get("B", ""))[0]
    return _without(one, other), _without(other, one)


def _without(text: str, other: str) -> str:
    if language_of(text) == "zh":
        return text
    there = set(words(other))
    return " ".join(word for word in words(text) if word not in there)


def _key(about: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(sorted(set(about), key=_rank)[:_KEYS]))


def _first(about: Sequence[str]) -> str:
    return max(about, key=_rank)


@lru_cache(20_000)
def _rank(word: str) -> float:
    return float(uniforms(1, "anchor", word)[0])


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(table()[name], re.IGNORECASE)
