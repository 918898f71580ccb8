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


@dataclass(frozen=True)
class Speech:
    """What a respondent says in a language other than English."""

    phrases: tuple[ValuePhrases, ...]
    fillers: tuple[str, ...]
    joins: tuple[str, ...]
    end: str
    stances: dict[str, list[str]]
    refusals: tuple[str, ...]


@cache
def speech(language: str) -> Speech:
    """The phrases of phrases/LANGUAGE.yaml, values in the order of DIMENSIONS."""
    data = read(f"phrases/{language}.yaml")
    values = (data["values"][d] for d in DIMENSIONS)
    return Speech(
        tuple(ValuePhrases(tuple(row["supports"]), tuple(row["opposes"])) for row in values),
        tuple(data["fillers"]),
        tuple(data["joins"]),
        data["end"],
        data["stances"],
        tuple(data["refusals"]),
    )


@cache
def deeds() -> Speech:
    """What a respondent does in a scenario, in English."""
    data = read("phrases/actions.yaml")
    values = (data["values"][d] for d in DIMENSIONS)
    told = tuple(ValuePhrases(tuple(row["supports"]), tuple(row["opposes"])) for row in values)
    return Speech(told, tuple(data["fillers"]), ("; then ",), ".", data["stances"], tuple(data["refusals"]))


@cache
def styles() -> dict[str, tuple[str, ...]]:
    """Ways into a key point by family, in worlds with a style."""
    return {family: tuple(found) for family, found in read("phrases/styles.yaml").items()}


@cache
def drafts() -> dict[str, Any]:
    """Sides, tensions and frames of the simulated question writer."""
    return dict(read("lexicon/drafts.yaml"))


@cache
def judge_words() -> dict[str, Any]:
    """Word beginnings by value, and dismissing words."""
    return dict(read("lexicon/judge.yaml"))


@dataclass(frozen=True)
class SystemWords:
    """How a dimension beyond the ten values in English is read, and what it depends on in truth."""

    concepts: tuple[str, ...]
    hints: tuple[str, ...]
    sources: dict[str, float]
    """Share of the texts standing on a value of the ten that show the dimension."""
    members: tuple[str, ...] = ()
    """Of a group: its dimensions."""
    guards: bool = False
    """Its words name a harm that it guards against."""


@cache
def concepts() -> dict[str, dict[str, tuple[str, ...]]]:
    """Words by concept and language."""
    table = read("lexicon/systems.yaml")["concepts"]
    return {name: {language: tuple(found) for language, found in row.items()} for name, row in table.items()}


@cache
def system_words() -> dict[str, SystemWords]:
    """One entry a dimension or group that lexicon/systems.yaml knows; the ten values depend on themselves."""
    data = read("lexicon/systems.yaml")
    found = {
        name: SystemWords(
            tuple(row["read"]), tuple(row.get("hints", ())), row.get("from", {name: 1.0}), (), bool(row.get("guards"))
        )
        for name, row in data["dimensions"].items()
    }
    return found | {name: _group(found, tuple(members)) for name, members in data["groups"].items()}


def _group(known: dict[str, SystemWords], names: tuple[str, ...]) -> SystemWords:
    """What any of the members is read by; it shows where one of them shows, taken as independent."""
    members = [known[name] for name in names]
    strong = tuple(dict.fromkeys(name for member in members for name in member.concepts))
    hints = tuple(dict.fromkeys(name for member in members for name in member.hints))
    left: dict[str, float] = {}
    for member in members:
        for value, share in member.sources.items():
            left[value] = left.get(value, 1.0) * (1.0 - share)
    shares = {value: 1.0 - rest for value, rest in left.items()}
    return SystemWords(strong, hints, shares, names, all(member.guards for member in members))


@cache
def dismissing(language: str, guards: bool = False) -> frozenset[str]:
    """Words that turn a value down: whole words in English, parts of words elsewhere; `guards` leaves out plain negation."""
    if language == "en":
        plain = judge_words()["plain_negation"] if guards else ()
        return frozenset(judge_words()["dismissing"]) - frozenset(plain)
    return frozenset(read("lexicon/systems.yaml")["dismissing"][language]) - (_GERMAN_NOT if guards else frozenset())


_GERMAN_NOT = frozenset(("kein", "nicht"))


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
