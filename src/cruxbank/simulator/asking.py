"""What a request asks for, read from its messages: role, question, lines with labels."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_BLOCK = "Answer with one JSON object that follows this schema:"
_BORDER = re.compile(r"(?<=[.!?])(?<!\b[A-Z]\.)\s+(?=[\"'“‘(]?[^\W_a-z])")
_FIRST_OPTION = re.compile(
    r"(?:^[ \t]*(?:[-*•]|\(?\w[.):])[ \t]*|\boptions?:[ \t]*|\()[\"']?(yes|no)\b(?=[\"']?[ \t]*(?:$|[:,/|)]|or\b))",
    re.IGNORECASE | re.MULTILINE,
)
ROLES = {
    "Opinion": "respondent",
    "QuestionDraft": "generator",
    "QuestionReview": "critic",
    "ValueReading": "judge",
    "EvidenceReading": "judge",
    "Translation": "translator",
    "Choice": "dilemma",
    "Action": "scenario",
    "DilemmaDraft": "dilemma writer",
    "ScenarioDraft": "scenario writer",
}


@dataclass(frozen=True)
class Asked:
    """One request, read."""

    model: str
    messages: tuple[tuple[str, str], ...]
    """(role, text)"""
    schema: str
    """Name of the wanted type, empty for plain text."""
    json: bool
    shape: Mapping[str, Any]
    """The JSON schema where one came."""
    seed: str
    """The request's `seed`, empty without one."""

    @property
    def role(self) -> str:
        """Which part the model is to play."""
        return ROLES.get(self.schema) or ("other" if self.schema else "respondent")

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes this request this request, for hashing."""
        return (self.seed, *(f"{role}\x1e{text}" for role, text in self.messages))

    def user_text(self, has: str) -> str:
        """The last user message with `has` in it, else the last one (a repair turn asks without repeating)."""
        own = [text for role, text in self.messages if role == "user"] or [text for _, text in self.messages]
        return next((text for text in reversed(own) if has in text), own[-1])


def read_request(body: Mapping[str, Any]) -> Asked:
    """A request whose fields were checked."""
    messages = tuple((str(m["role"]), text_of(m.get("content"))) for m in body["messages"])
    name, wants_json, shape = _schema(body.get("response_format") or {}, messages)
    seed = body.get("seed")
    return Asked(str(body["model"]), messages, name, wants_json, shape, "" if seed is None else str(seed))


def text_of(content: object) -> str:
    """Message content, a string or OpenAI's list of parts, as text."""
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content) if isinstance(content, str) else ""


def question_of(asked: Asked) -> str:
    """The last sentence with a question mark in the first paragraph that has one; else that message's first line.

    A paragraph with Chinese question marks alone is one question.
    """
    text = asked.user_text("?")
    if "?" not in text and "？" in (wide := asked.user_text("？")):
        return next(part for part in re.split(r"\n\s*\n", wide) if "？" in part).strip()
    for paragraph in re.split(r"\n\s*\n", text.split(_BLOCK)[0].strip()):
        found = [part for part in _BORDER.split(" ".join(paragraph.split())) if part.endswith("?") and part.strip(" ?")]
        if found:
            return str(found[-1])
    return text.strip().split("\n")[0][:500]


def order_of(asked: Asked) -> int:
    """+1 when the last user message lists yes first among options, -1 when it lists no first, 0 without a list."""
    found = _FIRST_OPTION.search(asked.user_text("?"))
    return 0 if found is None else 1 if found.group(1).casefold() == "yes" else -1


def label(text: str, name: str, default: str = "") -> str:
    """The rest of the first line `name: ...`."""
    found = re.search(rf"^{re.escape(name)}:[ \t]*(.*)$", text, re.MULTILINE)
    return found.group(1).strip() if found else default


def labels(text: str, name: str) -> list[str]:
    """The rest of every line `name: ...`."""
    return [part.strip() for part in re.findall(rf"^{re.escape(name)}:[ \t]*(.*)$", text, re.MULTILINE)]


def _schema(wanted: Mapping[str, Any], messages: Sequence[tuple[str, str]]) -> tuple[str, bool, Mapping[str, Any]]:
    if wanted.get("type") == "json_schema":
        given = wanted["json_schema"]
        return str(given.get("name", "")), True, given.get("schema") or {}
    for role, text in reversed(messages):
        if role == "user" and _BLOCK in text:
            shape = _block(text)
            return str(shape.get("title", "Opinion")), True, shape
    plain = wanted.get("type") != "json_object"
    return "" if plain else "Opinion", not plain, {}


def _block(text: str) -> Mapping[str, Any]:
    rest = text.split(_BLOCK)[-1].strip()
    try:
        shape, _ = json.JSONDecoder().raw_decode(rest)
    except ValueError:
        return {}
    return shape if isinstance(shape, dict) else {}
