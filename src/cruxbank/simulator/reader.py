"""The simulated judge: reads values from the fenced text by its own words, with errors that a hash decides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cruxbank.simulator.asking import Asked, label
from cruxbank.simulator.hashing import Picks, normals
from cruxbank.simulator.roster import family_of
from cruxbank.simulator.stems import words
from cruxbank.simulator.tables import judge_words

_DIMENSION = re.compile(r"^- ([\w-]+):[ \t]*(.*)$", re.MULTILINE)
_POINT = re.compile(r"^\s*(\d+)\.\s+(.*)$", re.MULTILINE)
_MISSED = 0.06  # on top of what the words themselves miss: a sensitivity near .85 a response in all
_INVENTED = 0.001  # a point and value, on top of words read wrongly: a specificity near .95 a response in all
_BY_DIMENSION = 0.4  # SD of the log of both from one dimension to another, the same for judges of one family
_FAMILY_SD = 0.05 / 3  # family-specific false positives, SD .05 a response of three points (SCIENCE 4)


@dataclass(frozen=True)
class Sight:
    """How a judge reads one dimension."""

    dimension: str
    strong: tuple[str, ...]
    hints: tuple[str, ...]
    miss: float
    """Chance to overlook the value where its words are."""
    slip: float
    """Chance to see the value where it is not."""


def read(asked: Asked, seed: int) -> dict[str, Any]:
    """An answer of type ValueReading: the nonce echoed and one entry a key point."""
    text = asked.user_text("<<<<")
    fence = re.search(r"^<<<<(\w+)\n(.*?)\n\1>>>>", text, re.MULTILINE | re.DOTALL)
    inside = fence.group(2) if fence else text
    dimensions = dict(_DIMENSION.findall(text[: fence.start()] if fence else ""))
    family = family_of(asked.model)
    sights = _sights(dimensions, seed, family)
    points = [_point(int(n), said, sights, seed, family) for n, said in _POINT.findall(inside)]
    return {"nonce": label(text, "Nonce"), "points": points}


def _sights(dimensions: Mapping[str, str], seed: int, family: str) -> list[Sight]:
    """Of a dimension that the judge has no words for, the longer words of its definition."""
    table = judge_words()
    sights = []
    for name, definition in dimensions.items():
        bias, missing, inventing = normals(3, seed, "bias", family, name)
        own = sorted({word[:6] for word in words(definition) if len(word) > 5}) or [name]
        miss = _MISSED * float(np.exp(_BY_DIMENSION * missing))
        slip = _INVENTED * float(np.exp(_BY_DIMENSION * inventing)) + max(0.0, _FAMILY_SD * float(bias))
        strong, hints = tuple(table["values"].get(name, own)), tuple(table["hints"].get(name, ()))
        sights.append(Sight(name, strong, hints, miss, slip))
    return sights


def _point(number: int, said: str, sights: Sequence[Sight], seed: int, family: str) -> dict[str, Any]:
    found = words(said)
    picks = Picks(seed, "read", family, said)
    supports: list[str] = []
    opposes: list[str] = []
    for sight in sights:
        missed, slipped = picks.chance(sight.miss), picks.chance(sight.slip)
        places = _places(found, sight)
        if slipped or (places and not missed):
            (opposes if _dismissed(found, places) else supports).append(sight.dimension)
    return {"point": number, "supports": supports, "opposes": opposes}


def _places(found: Sequence[str], sight: Sight) -> list[int]:
    """Where the value is named; one hint alone does not name it."""
    strong = [k for k, word in enumerate(found) if word.startswith(sight.strong)]
    hints = [k for k, word in enumerate(found) if sight.hints and word.startswith(sight.hints)]
    return strong or (hints if len(hints) > 1 else [])


def _dismissed(found: Sequence[str], places: Sequence[int]) -> bool:
    """Is there a dismissing word near a word of the value?"""
    table = frozenset(judge_words()["dismissing"])
    near = {word for k in places for word in found[max(0, k - 4) : k + 8]}
    return bool(near & table)
