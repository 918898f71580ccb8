"""What models are asked to answer with. The class name is the name of the JSON schema on the wire.

The schema is part of the instrument: it carries no docstrings (an edited comment must not change a call's key), names
every field as required and uses no keyword that strict structured output refuses. Limits are therefore checked here.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from cruxbank.agents.fence import plain

T = TypeVar("T")
LONGEST = 2_000
"""Characters of one text field; 30 words have about 200. A longer one is a runaway answer, not an opinion."""
MOST = 40
"""Entries of one list."""

_WORDS = {"refused": "refuse", "refusal": "refuse", "decline": "refuse", "declined": "refuse"}
_SIDES = {
    **dict.fromkeys(("support", "supports", "supported", "supporting"), "supports"),
    **dict.fromkeys(("oppose", "opposes", "opposed", "opposing"), "opposes"),
}
_MARKER = re.compile(r"^(?:\(?\d[.):]|[-*•–])\s+")


def _text(value: str) -> str:
    cleaned = plain(value)
    if len(cleaned) > LONGEST:
        raise ValueError(f"{len(cleaned)} characters, at most {LONGEST}")
    return cleaned


def _point(value: str) -> str:
    """A key point without the list marker that some models write into it."""
    return _MARKER.sub("", _text(value))


def _limited(values: list[T]) -> list[T]:
    if len(values) > MOST:
        raise ValueError(f"{len(values)} entries, at most {MOST}")
    return values


def _texts(values: list[str]) -> list[str]:
    return [value for value in _limited(values) if value]


def _stance(value: object) -> object:
    """`Yes.`, ` NO ` and `Refused` are stances; `yes, but` is none."""
    if not isinstance(value, str):
        return value
    word = value.strip(" \t\r\n.!\"'`*").casefold()
    return _WORDS.get(word, word)


def _side(value: object) -> object:
    """`Support` and `opposed` are sides."""
    return _SIDES.get(value.strip(" .\"'`*").casefold(), value) if isinstance(value, str) else value


def _schema(schema: dict[str, Any]) -> None:
    schema.pop("description", None)
    schema["additionalProperties"] = False


Words = Annotated[str, AfterValidator(_text)]
KeyPoint = Annotated[str, AfterValidator(_point)]
Side = Annotated[Literal["supports", "opposes"], BeforeValidator(_side)]
Stance = Annotated[Literal["yes", "no", "neutral", "refuse"], BeforeValidator(_stance)]
WordList = Annotated[list[Words], AfterValidator(_texts)]


class AnswerModel(BaseModel):
    """Base of the answer types: frozen; fields that nobody asked for are dropped."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra=_schema)


class Opinion(AnswerModel):
    """A panel model's answer: a stance, and three reasons unless it refuses."""

    stance: Stance
    key_points: Annotated[list[KeyPoint], AfterValidator(_texts)]

    @model_validator(mode="after")
    def _has_reasons(self) -> Opinion:
        if self.stance != "refuse" and not self.key_points:
            raise ValueError("key_points is empty")
        return self


class QuestionDraft(AnswerModel):
    """A generator's answer."""

    fact: Words
    argument: Words
    question: Words
    paraphrases: WordList
    mirrors: WordList

    @model_validator(mode="after")
    def _has_question(self) -> QuestionDraft:
        if not self.question:
            raise ValueError("question is empty")
        return self


class QuestionReview(AnswerModel):
    """A critic's answer."""

    ok: bool
    reasons: WordList


class QuotedReading(AnswerModel):
    """One dimension that a key point stands on or argues against, with the words that show it."""

    value: Words
    side: Side
    quote: KeyPoint


class PointEvidence(AnswerModel):
    """What one key point says."""

    point: int
    readings: Annotated[list[QuotedReading], AfterValidator(_limited)]


class EvidenceReading(AnswerModel):
    """A judge's answer with evidence: the nonce echoed, one entry a key point."""

    nonce: Words
    points: Annotated[list[PointEvidence], AfterValidator(_limited)]
