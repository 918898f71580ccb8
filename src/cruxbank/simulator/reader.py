"""The simulated judge: reads values from the fenced text by its own words, with errors that a hash decides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cruxbank.simulator.asking import Asked, label
from cruxbank.simulator.hashing import Picks
from cruxbank.simulator.roster import family_of, mode_of
from cruxbank.simulator.sights import Errors, Sight, sights
from cruxbank.simulator.stems import spans, words
from cruxbank.simulator.tables import dismissing, styles
from cruxbank.simulator.tongues import language_of

_DIMENSION = re.compile(r"^- ([\w-]+):[ \t]*(.*)$", re.MULTILINE)
_POINT = re.compile(r"^\s*(\d+)\.\s+(.*)$", re.MULTILINE)
_FENCE = re.compile(r"^<<<<(\w+)\n(.*?)\n\1>>>>", re.MULTILINE | re.DOTALL)
_SEGMENT = re.compile(r"[^；。]+")
_NEVER = Errors(0.0, 0.0)


@dataclass(frozen=True)
class Said:
    """One key point in words with their places; in Chinese the words are the parts of the sentence."""

    text: str
    language: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A value that was read in a key point."""

    dimension: str
    side: str
    places: tuple[int, ...]
    """Words that name it; empty when it was seen by mistake."""


def read(asked: Asked, seed: int) -> dict[str, Any]:
    """An answer of type ValueReading or EvidenceReading: the nonce echoed and one entry a key point."""
    text = asked.user_text("<<<<")
    listed = dimensions_of(text)
    points = [_entry(int(n), said, asked, listed, seed) for n, said in _POINT.findall(fenced(text))]
    return {"nonce": label(text, "Nonce"), "points": points}


def fenced(text: str) -> str:
    """What stands between the two lines of the fence; the whole text without one."""
    fence = _FENCE.search(text)
    return fence.group(2) if fence else text


def dimensions_of(text: str) -> tuple[tuple[str, str], ...]:
    """(id, definition) of every dimension that the prompt lists before its fence."""
    fence = _FENCE.search(text)
    return tuple(dict(_DIMENSION.findall(text[: fence.start()] if fence else "")).items())


def exact_reading(points: Sequence[str], dimensions: Sequence[str]) -> dict[str, str]:
    """What the judge's words find without any planted error: dimension -> supports, opposes, mixed or absent.

    `judge_errors` are errors against this reading: with it as the label, a judge's sensitivity and specificity are the
    planted ones.
    """
    seen = sights(tuple((name, "") for name in dimensions), 0, "aster")
    sides: dict[str, set[str]] = {name: set() for name in dimensions}
    for text in points:
        said = hear(text)
        for sight in seen:
            found = _see(said, replace(sight, errors=_NEVER), (False, False))
            if found:
                sides[sight.dimension].add(found.side)
    return {name: "mixed" if len(both) > 1 else next(iter(both), "absent") for name, both in sides.items()}


def hear(text: str) -> Said:
    """A key point as the judge takes it in."""
    language = language_of(text)
    parts = _SEGMENT.findall(text) if language == "zh" else words(text)
    return Said(text, language, tuple(parts))


def _entry(number: int, text: str, asked: Asked, listed: Sequence[tuple[str, str]], seed: int) -> dict[str, Any]:
    family, said = family_of(asked.model), hear(text)
    prefers = mode_of(asked.model) == "own" and text.startswith(styles()[family])
    seen = sights(listed, seed, family, prefers)
    if asked.schema == "EvidenceReading":
        return _with_quotes(number, said, seen, seed, asked.model)
    picks = Picks(seed, "read", family, text)
    found = [_see(said, sight, (picks.chance(sight.errors.miss), picks.chance(sight.errors.slip))) for sight in seen]
    named = [entry for entry in found if entry]
    sides = {side: [f.dimension for f in named if f.side == side] for side in ("supports", "opposes")}
    return {"point": number, **sides}


def _with_quotes(number: int, said: Said, seen: Sequence[Sight], seed: int, model: str) -> dict[str, Any]:
    """Each dimension has a draw of its own: the order in which they are listed changes nothing."""
    readings = []
    for sight in seen:
        picks = Picks(seed, "read", family_of(model), said.text, sight.dimension)
        found = _see(said, sight, (picks.chance(sight.errors.miss), picks.chance(sight.errors.slip)))
        if found:
            quote = (
                _misquote(found) if mode_of(model) == "misquote" and picks.chance(0.1) else _quote(said, found, picks)
            )
            readings.append({"value": found.dimension, "side": found.side, "quote": quote})
    return {"point": number, "readings": readings}


def _see(said: Said, sight: Sight, erred: tuple[bool, bool]) -> Found | None:
    """`erred`: is it overlooked where its words are, and seen where they are not?"""
    missed, slipped = erred
    places = _places(said, sight)
    if slipped or (places and not missed):
        return Found(
            sight.dimension, "opposes" if _dismissed(said, places, sight.guards) else "supports", tuple(places)
        )
    return None


def _places(said: Said, sight: Sight) -> list[int]:
    """Where the value is named; one hint alone does not name it."""
    own = sight.words.get(said.language)
    if own is None:
        return []
    strong = _hits(said, own.strong)
    hints = _hits(said, own.hints)
    return strong or (hints if len(hints) > 1 else [])


def _hits(said: Said, beginnings: tuple[str, ...]) -> list[int]:
    """Numbers of the words that begin like that; in German and Chinese, that have it in them."""
    if not beginnings:
        return []
    if said.language == "en":
        return [k for k, word in enumerate(said.words) if word.startswith(beginnings)]
    return [k for k, word in enumerate(said.words) for part in beginnings if part in word]


def _dismissed(said: Said, places: Sequence[int], guards: bool) -> bool:
    """Is there a dismissing word near a word of the value?"""
    table = dismissing(said.language, guards)
    if said.language == "zh":
        return any(part in said.words[k] for k in places for part in table)
    near = {word for k in places for word in said.words[max(0, k - 4) : k + 8]}
    return bool(near & table) if said.language == "en" else any(part in word for word in near for part in table)


def _quote(said: Said, found: Found, picks: Picks) -> str:
    """A run of words of the key point around the first word of the value; any run where there is none."""
    if said.language == "zh":
        segment = said.words[found.places[0]] if found.places else picks.choice(said.words or (said.text,))
        return segment.strip("，,；; ") or said.text
    there = spans(said.text)
    if not there:
        return said.text
    k = min(found.places[0] if found.places else picks.index(len(there)), len(there) - 1)
    first, last = there[max(0, k - 1)], there[min(len(there) - 1, k + 3)]
    return said.text[first[1] : last[2]]


def _misquote(found: Found) -> str:
    return f"the speaker seems to care about {found.dimension.replace('-', ' ')}"
