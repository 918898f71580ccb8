"""What a dilemma or a scenario is about: the two goods, which of them a yes serves, and the situation around them.

A yes takes option A, or does what the scenario asks for. The good that it serves is canonical or not by `direction`'s
ranking of words, so that a wording with the options or the request turned round has the opposite sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from cruxbank.simulator.direction import Direction, ranks_first
from cruxbank.simulator.features import content, weight
from cruxbank.simulator.stems import stem
from cruxbank.simulator.tables import read

_OPTION = re.compile(r"(?:^|\s)(?:\(?([AB])[:.)])\s+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_AROUND = 0.15  # weight of the words of the situation, which differ from wording to wording


@dataclass(frozen=True)
class Matter:
    """A dilemma or scenario, taken apart."""

    served: tuple[str, ...]
    """Stems of the good that a yes serves."""
    harmed: tuple[str, ...]
    around: tuple[str, ...]

    @property
    def turned(self) -> Direction:
        """+1 where a yes serves the canonical good."""
        first = ranks_first(self.served or ("",), self.harmed or ("",))
        other = self.harmed if first else self.served
        return Direction(1 if first else -1, dict.fromkeys(other, -1))

    @property
    def stems(self) -> list[tuple[str, float]]:
        """Stems with their weights, one entry a stem, sorted: the goods count, the situation hardly."""
        found = {word: _AROUND * weight(word) for word in self.around}
        found |= {word: weight(word) for word in (*self.served, *self.harmed)}
        return sorted(found.items()) or [("", 1.0)]


def dilemma(text: str) -> Matter:
    """The options after A: and B:; what both say is no part of the goods."""
    pieces = _OPTION.split(text)
    options = {pieces[k]: pieces[k + 1] for k in range(1, len(pieces) - 1, 2)}
    first, second = _stems(options.get("A", text)), _stems(_SENTENCE.split(options.get("B", ""))[0])
    served = tuple(word for word in first if word not in second) or tuple(first)
    harmed = tuple(word for word in second if word not in first) or tuple(second)
    return Matter(*_without_frames(served, harmed), tuple(_stems(pieces[0])))


def scenario(text: str) -> Matter:
    """The goods of the sentence that asks for an act; the favoured one is served by a yes."""
    sentences = _SENTENCE.split(text)
    asks = next((k for k, part in enumerate(sentences) if _request().search(part)), len(sentences) - 1)
    asked = _request().split(sentences[asks])[-1]
    served, harmed = _goods(asked)
    return Matter(served, harmed, tuple(_stems(" ".join(sentences[:asks]))))


def _goods(asked: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for pattern in _rules()["turned"]:
        found = pattern.match(asked)
        if found:
            return _without_frames(_stems(found.group("a")), _stems(found.group("b")))
    for pattern in _rules()["straight"]:
        cut = pattern.search(asked)
        if cut:
            sides = _without_frames(_stems(asked[: cut.start()]), _stems(asked[cut.end() :]))
            if all(sides):
                return sides
    return _without_frames(_stems(asked), ())


def _without_frames(served: Sequence[str], harmed: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Without what the two share, and without words that say what is done with a good, unless nothing is left."""
    one, other = ([word for word in side if word not in _frames()] or list(side) for side in (served, harmed))
    both = set(one) & set(other)
    return tuple(w for w in one if w not in both) or tuple(one), tuple(w for w in other if w not in both) or tuple(
        other
    )


def _stems(text: str) -> list[str]:
    """Stems of the content words in order, each once."""
    return list(dict.fromkeys(stem(word) for word in content(text))) if text.strip() else []


@cache
def kind_table() -> dict[str, Any]:
    """lexicon/kinds.yaml."""
    return dict(read("lexicon/kinds.yaml"))


@cache
def _frames() -> frozenset[str]:
    return frozenset(stem(word) for word in kind_table()["frame"])


@cache
def _request() -> re.Pattern[str]:
    return re.compile(kind_table()["request"], re.IGNORECASE)


@cache
def _rules() -> dict[str, list[re.Pattern[str]]]:
    return {
        name: [re.compile(p, re.IGNORECASE | re.DOTALL) for p in kind_table()[name]] for name in ("turned", "straight")
    }
