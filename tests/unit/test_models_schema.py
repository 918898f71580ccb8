"""What an endpoint is told about the wanted type."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import BaseModel

from cruxbank.items import Message
from cruxbank.models.answer_schema import BLOCK, repair_messages, response_format, schema_text, with_block


class Point(BaseModel):
    default: int = 3
    supports: list[str] = []


class Reading(BaseModel):
    nonce: str
    points: list[Point]
    note: str | None = None


ASKED = (Message(role="system", content="Be brief."), Message(role="user", content="Is it so?"))


def objects(node: Any) -> list[dict[str, Any]]:
    found = [node] if isinstance(node, dict) and node.get("type") == "object" else []
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    return found + [part for child in inner for part in objects(child)]


def test_the_schema_is_strict_at_every_level() -> None:
    schema = json.loads(schema_text(Reading))
    assert schema["title"] == "Reading"
    assert len(objects(schema)) == 2
    for part in objects(schema):
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])
    assert "default" in schema["$defs"]["Point"]["properties"]  # a field of that name is no default


def test_json_schema_names_the_class() -> None:
    wanted = response_format(Reading, "json_schema")
    assert wanted is not None
    assert wanted["json_schema"]["name"] == "Reading"
    assert wanted["json_schema"]["strict"] is True
    assert with_block(ASKED, Reading, "json_schema") == ASKED


@pytest.mark.parametrize("structured", ["json", "text"])
def test_other_endpoints_get_the_schema_as_text(structured: Any) -> None:
    last = with_block(ASKED, Reading, structured)[-1]
    task, line, schema = last.content.rsplit("\n", 2)
    assert task == "Is it so?\n"
    assert line == BLOCK
    assert json.loads(schema)["title"] == "Reading"


def test_only_json_mode_has_a_response_format() -> None:
    assert response_format(Reading, "json") == {"type": "json_object"}
    assert response_format(Reading, "text") is None


def test_the_block_goes_to_the_last_user_message() -> None:
    longer = (*ASKED, Message(role="assistant", content="Yes."))
    blocked = with_block(longer, Reading, "text")
    assert [m.role for m in blocked] == ["system", "user", "assistant"]
    assert BLOCK in blocked[1].content


def test_the_repair_turn_repeats_the_task_and_says_what_was_wrong() -> None:
    turns = repair_messages(ASKED, "x" * 10_000, "nonce: Field required")
    assert turns[:2] == ASKED
    assert [m.role for m in turns[2:]] == ["assistant", "user"]
    assert len(turns[2].content) == 2_000
    assert turns[3].content.startswith("Is it so?\n\n")
    assert "nonce: Field required" in turns[3].content
    assert "?" not in turns[3].content.split("\n\n", 1)[1]


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_repair_never_sends_an_empty_turn(text: str, detail: str) -> None:
    assert all(m.content for m in repair_messages(ASKED, text, detail))
