"""The answer types: tolerant where nothing is lost, strict where the instrument would suffer."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from cruxbank.agents.answers import LONGEST, MOST, EvidenceReading, Opinion, QuestionDraft, QuestionReview

POINTS = ["One.", "Two.", "Three."]


@pytest.mark.parametrize(
    "given, stance",
    [("yes", "yes"), ("Yes.", "yes"), (" NO ", "no"), ("**neutral**", "neutral"), ("Refused", "refuse")],
)
def test_stances_are_read_with_tolerance(given: str, stance: str) -> None:
    assert Opinion.model_validate({"stance": given, "key_points": POINTS}).stance == stance


@pytest.mark.parametrize("given", ["yes, but", "maybe", "", "yes no", None, 1, ["yes"]])
def test_other_stances_are_refused(given: Any) -> None:
    with pytest.raises(ValidationError):
        Opinion.model_validate({"stance": given, "key_points": POINTS})


def test_key_points_lose_markers_space_and_what_nobody_sees() -> None:
    points = ["1. First\nreason.", "- Second\u200b reason.", "(3) Third \u202ereason.", "  ", "3.5 million homes."]
    opinion = Opinion.model_validate({"stance": "yes", "key_points": points, "confidence": 3})
    assert opinion.key_points == ["First reason.", "Second reason.", "Third reason.", "3.5 million homes."]
    assert "confidence" not in opinion.model_dump()


def test_reasons_are_needed_unless_it_refuses() -> None:
    with pytest.raises(ValidationError, match="key_points is empty"):
        Opinion.model_validate({"stance": "no", "key_points": [" "]})
    assert Opinion.model_validate({"stance": "refuse", "key_points": []}).key_points == []


def test_runaway_answers_are_refused() -> None:
    with pytest.raises(ValidationError, match=f"at most {LONGEST}"):
        Opinion.model_validate({"stance": "no", "key_points": ["x" * (LONGEST + 1)]})
    with pytest.raises(ValidationError, match=f"at most {MOST}"):
        QuestionReview.model_validate({"ok": True, "reasons": ["x"] * (MOST + 1)})
    entries = [{"point": 1, "readings": []}] * (MOST + 1)
    with pytest.raises(ValidationError, match=f"at most {MOST}"):
        EvidenceReading.model_validate({"nonce": "x", "points": entries})


def test_a_draft_needs_a_question() -> None:
    with pytest.raises(ValidationError, match="question is empty"):
        QuestionDraft.model_validate({"fact": "", "argument": "", "question": "\n", "paraphrases": [], "mirrors": []})


def objects(schema: Any) -> list[dict[str, Any]]:
    found = [schema] if isinstance(schema, dict) and schema.get("type") == "object" else []
    children = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    return found + [entry for child in children for entry in objects(child)]


@pytest.mark.parametrize("answer", [Opinion, QuestionDraft, QuestionReview, EvidenceReading])
def test_schemas_fit_strict_structured_output(answer: type[BaseModel]) -> None:
    schema = answer.model_json_schema()
    assert schema["title"] == answer.__name__
    for entry in objects(schema):
        assert entry["additionalProperties"] is False
        assert entry["required"] == list(entry["properties"])
        assert "description" not in entry
    assert not {"maxLength", "minLength", "maxItems", "default"} & set(str(schema).replace("'", " ").split())
