"""The simulator's data files, read once: phrases, the words of questions, the writer's frames, the judge's words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from cruxbank.simulator.hashing import Floats
from cruxbank.simulator.roster import DIMENSIONS
from cruxbank.simulator.stems import stem

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
    values = {stem(word): _signs(marks) for word, marks in data["values"].items()}
    loaded = data["loaded"]
    return QuestionWords(
        values=values, up=frozenset(loaded["up"]), down=frozenset(loaded["down"]), order=dict(data["order"]), **words
    )


def _signs(marks: str) -> Floats:
    vector = np.zeros(len(DIMENSIONS))
    for mark in marks.split():
        vector[_CODES[mark[:2]]] = 1.0 if mark[2] == "+" else -1.0
    return vector
