"""What an endpoint is told about the wanted type: response_format, the block of text, the repair turn."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel

from cruxbank.items import Message

Structured = Literal["json_schema", "json", "text"]
BLOCK = "Answer with one JSON object that follows this schema:"
QUOTED_CHARS = 2_000
"""How much of a bad answer the repair turn quotes."""


def type_name(answer: type[BaseModel]) -> str:
    """Name of the schema on the wire: the class name, as the OpenAI API allows it ([A-Za-z0-9_-], 64 characters)."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", answer.__name__)[:64]


@lru_cache(maxsize=64)
def schema_text(answer: type[BaseModel]) -> str:
    """The strict JSON schema of a type on one line: every object closed, every property required.

    Properties keep their order: endpoints write them in that order, so a fact can come before the question.
    """
    schema = _closed(answer.model_json_schema())
    schema["title"] = type_name(answer)
    return json.dumps(schema, separators=(",", ":"))


def response_format(answer: type[BaseModel], structured: Structured) -> dict[str, Any] | None:
    """The `response_format` parameter of the chat completions API; None in text mode."""
    if structured == "json_schema":
        inner = {"name": type_name(answer), "schema": json.loads(schema_text(answer)), "strict": True}
        return {"type": "json_schema", "json_schema": inner}
    return {"type": "json_object"} if structured == "json" else None


def with_block(messages: Sequence[Message], answer: type[BaseModel], structured: Structured) -> tuple[Message, ...]:
    """The messages, with the schema appended to the last user message where the endpoint is not told it otherwise."""
    if structured == "json_schema":
        return tuple(messages)
    return _appended(messages, f"{BLOCK}\n{schema_text(answer)}")


def repair_messages(messages: Sequence[Message], text: str, detail: str) -> tuple[Message, ...]:
    """The repair turn: the task, the answer that could not be used, the task again with what was wrong.

    The task is repeated so that a small model, which looks at the last turn only, still has all of it.
    """
    said = Message(role="assistant", content=text[:QUOTED_CHARS] or "(no text)")
    complaint = f"Your last answer could not be used ({detail}). Answer again with one JSON object and nothing else."
    task = next((m for m in reversed(messages) if m.role == "user"), Message(role="user", content=""))
    return (*messages, said, Message(role="user", content=f"{task.content}\n\n{complaint}".strip()))


def _appended(messages: Sequence[Message], block: str) -> tuple[Message, ...]:
    last = max((i for i, m in enumerate(messages) if m.role == "user"), default=None)
    if last is None:
        return (*messages, Message(role="user", content=block))
    longer = Message(role="user", content=f"{messages[last].content}\n\n{block}")
    return (*messages[:last], longer, *messages[last + 1 :])


def _closed(node: Any) -> Any:
    """Strict mode wants `additionalProperties: false`, all properties required and no defaults."""
    if isinstance(node, list):
        return [_closed(part) for part in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items() if key not in {"default", "properties"}}
    properties = node.get("properties")
    if node.get("type") == "object" and isinstance(properties, dict):
        closed["properties"] = {name: _closed(value) for name, value in properties.items()}
        closed["additionalProperties"] = False
        closed["required"] = list(properties)
    return closed
