"""How a simulated judge sees a dimension: its words in each language, and how often it errs there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from cruxbank.simulator.hashing import normals
from cruxbank.simulator.roster import family_of, mode_of
from cruxbank.simulator.stems import words
from cruxbank.simulator.tables import concepts, judge_words, question_words, system_words
from cruxbank.simulator.tongues import LANGUAGES

_MISSED = 0.06  # on top of what the words themselves miss: a sensitivity near .85 a response in all
_INVENTED = 0.001  # a point and value, on top of words read wrongly: a specificity near .95 a response in all
_BY_DIMENSION = 0.4  # SD of the log of both from one dimension to another, the same for judges of one family
_FAMILY_SD = 0.05 / 3  # family-specific false positives, SD .05 a response of three points (SCIENCE 4)
_OWN_SLIP = 0.10
_LEAST = 4  # letters of a word of a definition that says something
_PART = 6  # letters of it that count: its inflections count like it


@dataclass(frozen=True)
class Errors:
    """What was planted in a judge for one dimension, a key point: both come on top of what its words misread."""

    miss: float
    """Chance to overlook the value where its words are; the planted sensitivity is 1 - miss."""
    slip: float
    """Chance to see the value where it is not; the planted specificity is 1 - slip."""


@dataclass(frozen=True)
class Words:
    """What names a value: one of `strong`, or two of `hints`."""

    strong: tuple[str, ...]
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sight:
    """How a judge reads one dimension."""

    dimension: str
    errors: Errors
    words: Mapping[str, Words] = field(default_factory=dict)
    """By language."""
    known: bool = True
    """False: the judge has no words of its own and reads by the definition."""
    guards: bool = False
    """Its words name a harm: a plain negation near them turns nothing down."""


def judge_errors(model: str, dimensions: Sequence[str], seed: int = 0, *, own_style: bool = False) -> dict[str, Errors]:
    """The planted errors of a judge by dimension, for tests of calibration. `own_style`: in a text of its own family.

    A response of n key points is judged without an invented value with chance (1 - slip)**n. Judges of one family err
    alike, those of two families independently.

    Raises:
        KeyError: no such model.
    """
    family, prefers = family_of(model), own_style and mode_of(model) == "own"
    return {name: _errors(name, seed, family, prefers) for name in dimensions}


def _errors(name: str, seed: int, family: str, prefers: bool = False) -> Errors:
    bias, missing, inventing = normals(3, seed, "bias", family, name)
    miss = _MISSED * float(np.exp(_BY_DIMENSION * missing))
    slip = _INVENTED * float(np.exp(_BY_DIMENSION * inventing)) + max(0.0, _FAMILY_SD * float(bias))
    return Errors(0.0, slip + _OWN_SLIP) if prefers else Errors(miss, slip)


def sights(dimensions: Sequence[tuple[str, str]], seed: int, family: str, prefers: bool = False) -> tuple[Sight, ...]:
    """One sight a dimension, given as (id, definition), in their order."""
    return tuple(_sight(name, definition, seed, family, prefers) for name, definition in dimensions)


@lru_cache(4096)
def _sight(name: str, definition: str, seed: int, family: str, prefers: bool) -> Sight:
    errors = _errors(name, seed, family, prefers)
    own = {language: _own(name, language) for language in LANGUAGES}
    if any(found.strong or found.hints for found in own.values()):
        about = system_words().get(name)
        return Sight(name, errors, own, guards=bool(about and about.guards))
    # What it has no words for it does not imagine either: a decoy among the dimensions stays unnamed.
    plain = Errors(errors.miss, 0.0)
    return Sight(name, plain, {language: _defined(name, definition, language) for language in LANGUAGES}, known=False)


def _own(name: str, language: str) -> Words:
    """Of the ten values in English, from lexicon/judge.yaml; all else from the concepts of lexicon/systems.yaml."""
    table, about = judge_words(), system_words().get(name)
    if language == "en" and name in table["values"]:
        return Words(tuple(table["values"][name]), tuple(table["hints"].get(name, ())))
    if about is None:
        return Words(())
    if language == "en" and about.members and all(member in table["values"] for member in about.members):
        parts = [_own(member, language) for member in about.members]
        strong = tuple(word for part in parts for word in part.strong)
        return Words(strong, tuple(word for part in parts for word in part.hints))
    return Words(_listed(about.concepts, language), _listed(about.hints, language))


def _listed(names: Sequence[str], language: str) -> tuple[str, ...]:
    return tuple(word for name in names for word in concepts()[name].get(language, ()))


def _defined(name: str, definition: str, language: str) -> Words:
    """A dimension that the judge has no words for: the longer words of its id and definition, and the concepts that
    they touch as hints."""
    empty = question_words().function | frozenset(judge_words()["empty"])
    said = [word for word in words(f"{name.replace('-', ' ').replace('_', ' ')} {definition}") if word not in empty]
    own = tuple(dict.fromkeys(word[:_PART] for word in said if len(word) >= _LEAST)) or (name,)
    touched = [table for table in concepts().values() if any(word.startswith(table["en"]) for word in said)]
    hints = tuple(dict.fromkeys(word for table in touched for word in table.get(language, ())))
    return Words(own, hints) if language == "en" else Words((), hints)
