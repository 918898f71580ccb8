"""The simulator's data files, read once: phrases, the words of questions, the writer's frames, the judge's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from cruxbank.simulator.hashing import Floats
from cruxbank.simulator.roster import DIMENSIONS
from cruxbank.simulator.stems import forms, stem

_CODES = dict(zip(("sd", "st", "he", "ac", "po", "se", "co", "tr", "be", "un"), range(10), strict=True))


def read(path: str) -> Any:
    """A YAML file of this package."""
    return yaml.safe_load(files("cruxbank.simulator").joinpath(path).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class ValuePhrases:
    """Sentences that argue from a value, and sentences that turn it down."""

    supports: tuple[str, ...]
    opposes: tuple[str, ...]


@dataclass(frozen=True)
class QuestionWords:
    """What the simulated models see in the words of a question."""

    values: dict[str, Floats]
    reversing: frozenset[str]
    affirming: frozenset[str]
    up: frozenset[str]
    down: frozenset[str]
    function: frozenset[str]
    verbs: frozenset[str]
    order: dict[str, int]


_PATTERNS = ("opening", "answering", "about_someone")
_CHOICES = ("asides", "alternatives", "neutral", "phrases")
_WORD_SETS = (
    "verbs_only", "intransitive", "verb_after", "noun_after", "noun_before", "good_ends", "empty_goods", "judging",
    "subject_after",
)  # fmt: skip


@dataclass(frozen=True)
class DirectionRules:
    """How the direction of a proposition is read from its clauses."""

    asking: re.Pattern[str]
    asking_after_comma: re.Pattern[str]
    asides: re.Pattern[str]
    resumes: re.Pattern[str]
    """An aside between two commas, before the proposition goes on."""
    opening: re.Pattern[str]
    alternatives: re.Pattern[str]
    neutral: re.Pattern[str]
    phrases: re.Pattern[str]
    comparisons: tuple[re.Pattern[str], ...]
    verbs_only: frozenset[str]
    intransitive: frozenset[str]
    verb_after: frozenset[str]
    noun_after: frozenset[str]
    noun_before: frozenset[str]
    good_ends: frozenset[str]
    empty_goods: frozenset[str]
    judging: frozenset[str]
    subject_after: frozenset[str]
    answering: re.Pattern[str]
    about_someone: re.Pattern[str]


@cache
def phrases() -> tuple[ValuePhrases, ...]:
    """One entry a dimension, in the order of DIMENSIONS."""
    data = read("phrases/values-a.yaml") | read("phrases/values-b.yaml")
    return tuple(ValuePhrases(tuple(data[d]["supports"]), tuple(data[d]["opposes"])) for d in DIMENSIONS)


@cache
def fillers() -> tuple[str, ...]:
    """Key points that stand on no value."""
    return tuple(read("phrases/fillers.yaml")["fillers"])


@cache
def frames() -> dict[str, Any]:
    """Openers, joins, courses, people, stances, refusals."""
    return dict(read("phrases/frames.yaml"))


@cache
def drafts() -> dict[str, Any]:
    """Sides, tensions and frames of the simulated question writer."""
    return dict(read("lexicon/drafts.yaml"))


@cache
def judge_words() -> dict[str, Any]:
    """Word beginnings by value, and dismissing words."""
    return dict(read("lexicon/judge.yaml"))


@cache
def question_words() -> QuestionWords:
    """The lexicon of questions."""
    data = read("lexicon/questions.yaml")
    words = {name: frozenset(data[name]) for name in ("reversing", "affirming", "function", "verbs")}
    words["reversing"] |= {form for verb in data["reversing_verbs"] for form in forms(verb)}
    values = {stem(word): _signs(marks) for word, marks in data["values"].items()}
    loaded = data["loaded"]
    return QuestionWords(
        values=values, up=frozenset(loaded["up"]), down=frozenset(loaded["down"]), order=dict(data["order"]), **words
    )


def _with_wide_words(data: dict[str, Any]) -> dict[str, Any]:
    """Patterns in which a word may have hyphens and apostrophes: "state-funded", "victims'"."""

    def wide(value: str | list[str]) -> str | list[str]:
        if isinstance(value, list):
            return [str(wide(part)) for part in value]
        return value.replace(r"\w+", r"[\w'-]+")

    return {name: wide(value) for name, value in data.items()}


@cache
def direction_rules() -> DirectionRules:
    """The rules of lexicon/direction.yaml, compiled."""
    data = _with_wide_words(read("lexicon/direction.yaml"))
    asks = data["asking"]
    made: dict[str, Any] = {name: re.compile(data[name]) for name in _PATTERNS}
    made |= {name: re.compile(rf"\b(?:{'|'.join(data[name])})\b") for name in _CHOICES}
    made |= {name: frozenset(data[name]) for name in _WORD_SETS}
    return DirectionRules(
        asking=re.compile(rf"\b(?P<ask>(?:{asks})\b)"),
        asking_after_comma=re.compile(rf",\s+(?P<ask>(?:{asks})\b)"),
        resumes=re.compile(rf"[^,]*,\s+(?=(?:be|to|{asks})\b)"),
        comparisons=tuple(re.compile(pattern) for pattern in data["comparisons"]),
        **made,
    )


def _signs(marks: str) -> Floats:
    vector = np.zeros(len(DIMENSIONS))
    for mark in marks.split():
        vector[_CODES[mark[:2]]] = 1.0 if mark[2] == "+" else -1.0
    return vector
