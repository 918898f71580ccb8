"""An answer's text -> a value of the wanted type, or a typed failure. Tolerant of form, never of contradiction."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from cruxbank.items import FailureReason
from cruxbank.models.json_scan import Found, find_objects

T = TypeVar("T", bound=BaseModel)

MAX_CHARS = 262_144
"""Longer answers are not read: three key points need about 600 characters."""
DETAIL_CHARS = 200

_THOUGHT = re.compile(r"</?think(?:ing)?>", re.IGNORECASE)
_LONE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry|afraid|unable|not able)|i (?:can(?:no|')t|won't|will not|must decline|refuse)|"
    r"i(?:'d| would) (?:rather|prefer) not|as an ai\b[^.]{0,60}\b(?:can(?:no|')t|don't|do not)|"
    r"(?:can(?:no|')t|unable to) (?:help|assist|answer|comply))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Parsed(Generic[T]):
    """A value, or why there is none with a short detail for the repair turn."""

    value: T | None = None
    failure: FailureReason | None = None
    detail: str = ""


def parse(text: str, answer: type[T], *, limit: int = MAX_CHARS) -> Parsed[T]:
    """Read one `answer` out of a model's text.

    Plain JSON, fences, `<think>` blocks, prose around it, Python literals and a one-key wrapper are read. Two
    objects that differ, or one key with two values, are AMBIGUOUS: the last never wins.
    Time is linear in len(text); above `limit` characters it is not read at all.
    """
    if len(text) > limit:
        return Parsed(failure=FailureReason.TOO_LONG, detail=f"{len(text)} characters, at most {limit} are read")
    spoken = _without_thought(text).strip()
    if not spoken:
        return Parsed(failure=FailureReason.EMPTY, detail="no text outside the thoughts" if text.strip() else "no text")
    found = find_objects(spoken)
    if found.rejected is not None:
        return Parsed(failure=found.rejected.reason, detail=found.rejected.detail)
    if _LONE.search(spoken) and not _encodable(found):
        return Parsed(failure=FailureReason.WRONG_TYPE, detail="a string holds half of a surrogate pair")
    return _choose(found, answer) if found.objects else _nothing(found, spoken)


def _encodable(found: Found) -> bool:
    """Whether UTF-8 can hold every string: pydantic lets lone surrogates through, no database does."""
    try:
        json.dumps(found.objects, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def is_refusal(text: str) -> bool:
    """Whether plain text opens (first 300 characters) like a refusal to answer."""
    return _REFUSAL.search(text[:300].replace("’", "'")) is not None


def _without_thought(text: str) -> str:
    """Text outside `<think>` blocks. Some chat templates swallow the opening tag: then all up to the close is thought.

    An answer that begins with an object is left alone: a tag inside it is content.
    """
    if text.lstrip()[:1] == "{":
        return text
    kept: list[str] = []
    position, thinking = 0, False
    for tag in _THOUGHT.finditer(text):
        if tag.group()[1] == "/":
            if not thinking:
                kept.clear()
            thinking, position = False, tag.end()
        elif not thinking:
            kept.append(text[position : tag.start()])
            thinking = True
    return "".join(kept) if thinking else "".join([*kept, text[position:]])


def _nothing(found: Found, text: str) -> Parsed[T]:
    if found.unfinished:
        return Parsed(failure=FailureReason.TRUNCATED, detail="the JSON object is not finished")
    if found.broken:
        return Parsed(failure=FailureReason.UNPARSEABLE, detail="the JSON object cannot be read")
    if is_refusal(text):
        return Parsed(failure=FailureReason.REFUSAL, detail="refused in plain text")
    return Parsed(failure=FailureReason.UNPARSEABLE, detail="no JSON object in the answer")


def _choose(found: Found, answer: type[T]) -> Parsed[T]:
    """The one value that all readable objects agree on."""
    good: list[tuple[dict[str, Any], T]] = []
    bad: list[tuple[dict[str, Any], str]] = []
    for candidate in found.objects:
        value, raw, problem = _validated(candidate, answer)
        if value is not None:
            good.append((raw, value))
        else:
            bad.append((raw, problem))
    if not good and found.unfinished:  # what was read are parts of the object that was cut off
        return Parsed(failure=FailureReason.TRUNCATED, detail="the JSON object is not finished")
    if not good:
        return Parsed(failure=FailureReason.WRONG_TYPE, detail=_about(bad, answer))
    winner, value = good[0]
    if any(other != value for _, other in good[1:]) or _contradicted(winner, bad, answer):
        return Parsed(failure=FailureReason.AMBIGUOUS, detail="several JSON objects that differ")
    if found.broken or found.unfinished:
        return Parsed(failure=FailureReason.AMBIGUOUS, detail="a second JSON object cannot be read")
    return Parsed(value=value)


def _validated(candidate: dict[str, Any], answer: type[T]) -> tuple[T | None, dict[str, Any], str]:
    try:
        return answer.model_validate(candidate), candidate, ""
    except ValidationError as error:
        problem = _first(error)
    inner = next(iter(candidate.values())) if len(candidate) == 1 else None
    if isinstance(inner, dict) and not candidate.keys() & answer.model_fields.keys():
        try:
            return answer.model_validate(inner), inner, ""
        except ValidationError:
            return None, candidate, problem
    return None, candidate, problem


def _contradicted(winner: dict[str, Any], bad: list[tuple[dict[str, Any], str]], answer: type[T]) -> bool:
    """Whether an object of the wrong type gives a field another value. An echoed schema shares no field."""
    for raw, _ in bad:
        for name in raw.keys() & answer.model_fields.keys():
            if json.dumps(raw[name], sort_keys=True) != json.dumps(winner.get(name), sort_keys=True):
                return True
    return False


def _about(bad: list[tuple[dict[str, Any], str]], answer: type[T]) -> str:
    """The problem of the object that shares most fields with the type."""
    names = answer.model_fields.keys()
    return max(bad, key=lambda pair: len(pair[0].keys() & names))[1]


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}"[:DETAIL_CHARS] if place else first["msg"][:DETAIL_CHARS]
