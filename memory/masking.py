"""What a question asks apart from its topic: two questions on one topic share its words, and that is no duplicate."""

from __future__ import annotations

import re

import numpy as np

from cruxbank.memory.embeds import Vectors

HOLE = "this"
_WORD = re.compile(r"\w+")
_HOLES = re.compile(rf"\b{HOLE}\b(?:\W+{HOLE}\b)+")
_SMALL = frozenset(
    ["a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "of", "on", "or", "the", "to"]
)


def subject_of(question: str, topic: str, region: str = "global") -> str:
    """The topic, with its region where the question names it: a place that every question of a region names is no news.

    Measured on ValueConsistency: precision on questions about China .60 without, .95 with the region (recall .98, .91).
    """
    stems = {_stem(word) for word in _WORD.findall(region.lower()) if word not in _SMALL}
    named = any(_is_topic(word, stems) for word in _WORD.findall(question.lower()))
    return f"{topic} {region}" if named else topic


def mask_topic(question: str, topic: str) -> str:
    """The question with the topic's words, in any ending, replaced by "this"; neighbouring holes become one."""
    stems = {_stem(word) for word in _WORD.findall(topic.lower()) if word not in _SMALL}

    def hole(match: re.Match[str]) -> str:
        return HOLE if _is_topic(match.group().lower(), stems) else match.group()

    return " ".join(_HOLES.sub(HOLE, _WORD.sub(hole, question)).split())


def without_direction(vector: Vectors, topic: Vectors) -> Vectors:
    """The part of a question's vector at right angles to its topic's vector (any length)."""
    v, t = np.asarray(vector, dtype=np.float64), np.asarray(topic, dtype=np.float64)
    length = float(t @ t)
    return np.asarray(v - (v @ t) / length * t if length > 0 else v, dtype=np.float32)


def _stem(word: str) -> str:
    return word[: max(4, len(word) - 3)]


def _is_topic(word: str, stems: set[str]) -> bool:
    return word in stems or any(len(stem) >= 4 and word.startswith(stem) for stem in stems)
